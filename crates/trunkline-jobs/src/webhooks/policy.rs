//! What an app wants to hear, and what happens when it does not answer.

use std::sync::Arc;
use std::time::Duration;

use trunkline_model::conversation::LogEntry;
use trunkline_services::webhooks::{ChatState, Notifier, notification};
use trunkline_wire::installations::{DeliveryOrder, WebhookEvent};

/// The part of an app's configuration that delivery decides by.
#[derive(Debug, Clone, Default)]
pub(crate) struct Policy {
    pub(crate) targets: Vec<Target>,
    /// Retry by time to live keeps events for so long; `None` retries by number.
    pub(crate) retention: Option<Duration>,
    /// Whether a failed event may be overtaken.
    pub(crate) best_effort: bool,
    /// Whether messages for agents and managers only are delivered, too.
    pub(crate) agent_only: bool,
    /// How old a chat state may be when it is sent.
    pub(crate) chat_state_lifetime: Duration,
}

/// Where notifications of one type go.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) event: WebhookEvent,
    pub(crate) endpoint: Arc<str>,
    pub(crate) max_retries: Option<u8>,
}

/// All types of notification.
pub(crate) const EVENTS: [WebhookEvent; 5] = [
    WebhookEvent::Content,
    WebhookEvent::RichContent,
    WebhookEvent::AcceptStatus,
    WebhookEvent::ChatState,
    WebhookEvent::ConversationChange,
];

impl Policy {
    /// The policy of an app.
    pub(crate) fn of(notifier: &Notifier, agent_only: bool, chat_state_lifetime: Duration) -> Self {
        let target = |event| {
            let endpoint = Arc::clone(notifier.endpoint(event)?);
            Some(Target { event, endpoint, max_retries: notifier.max_retries(event) })
        };
        Self {
            targets: EVENTS.into_iter().filter_map(target).collect(),
            retention: notifier.retention(),
            best_effort: notifier.order() == DeliveryOrder::BestEffort,
            agent_only,
            chat_state_lifetime,
        }
    }

    /// A policy for these targets.
    #[cfg(test)]
    pub(crate) fn for_targets(targets: Vec<Target>) -> Self {
        Self { targets, chat_state_lifetime: Duration::from_secs(10), ..Self::default() }
    }

    /// `max_retries: 0` for this endpoint.
    #[cfg(test)]
    pub(crate) fn exempt(&mut self, endpoint: &str) {
        for target in self.targets.iter_mut().filter(|target| &*target.endpoint == endpoint) {
            target.max_retries = Some(0);
        }
    }

    /// No webhooks at this endpoint any more.
    #[cfg(test)]
    pub(crate) fn forget(&mut self, endpoint: &str) {
        self.targets.retain(|target| &*target.endpoint != endpoint);
    }

    /// Where an entry goes; `None` when the app does not want it.
    pub(crate) fn target_of(&self, entry: &LogEntry) -> Option<&Target> {
        if !self.agent_only && !notification::is_for_connectors(entry) {
            return None;
        }
        self.target(notification::event_of(entry))
    }

    /// Where a chat state goes; `None` when the app does not want it.
    pub(crate) fn target_of_chat_state(&self, state: &ChatState) -> Option<&Target> {
        if !self.agent_only && !notification::is_chat_state_for_connectors(state) {
            return None;
        }
        self.target(WebhookEvent::ChatState)
    }

    /// Where notifications of a type go.
    pub(crate) fn target(&self, event: WebhookEvent) -> Option<&Target> {
        self.targets.iter().find(|target| target.event == event)
    }

    /// Whether any type goes to this endpoint.
    pub(crate) fn uses(&self, endpoint: &str) -> bool {
        self.targets.iter().any(|target| &*target.endpoint == endpoint)
    }
}
