//! One sample of each kind of notification, made from a conversation that never was.

use trunkline_model::LogPosition;
use trunkline_model::conversation::{EntryBody, LogEntry, MessageEvent, OpenConversation, TailEntry, Ttr};
use trunkline_wire::conversations::event::Event;
use trunkline_wire::conversations::{Audience, ParticipantRole, TtrType};
use trunkline_wire::installations::WebhookEvent;
use trunkline_wire::json::JsValue;
use trunkline_wire::{
    AccountId, AgentId, ConsumerId, ConversationId, DialogId, EpochMillis, ExternalConsumerId, ParticipantId,
    SkillId,
};
use uuid::Uuid;

use crate::webhooks::{ChatState, Notification, Notifier, notification};

/// Every kind, in the order in which a conversation would bring them.
pub(super) const EVENTS: [WebhookEvent; 5] = [
    WebhookEvent::ConversationChange,
    WebhookEvent::Content,
    WebhookEvent::RichContent,
    WebhookEvent::AcceptStatus,
    WebhookEvent::ChatState,
];

const CONSUMER: ConsumerId = ConsumerId::from_bytes([0x51; 32]);
const AGENT: AgentId = AgentId::from_uuid(Uuid::from_u128(0x6d0b_5c1e_93a4_4f27_8c41_7be2_d90a_1f36));

/// A conversation for samples.
pub(super) struct Samples {
    account: AccountId,
    conversation: ConversationId,
    now: EpochMillis,
}

impl Samples {
    pub(super) fn new(account: AccountId, conversation: ConversationId, now: EpochMillis) -> Self {
        Self { account, conversation, now }
    }

    /// The signed sample of a kind; `None` when the app has no webhook for it.
    pub(super) fn sign(&self, event: WebhookEvent, notifier: &Notifier) -> Option<Notification> {
        let (id, body) = match event {
            WebhookEvent::ConversationChange => self.stored(self.opened()),
            WebhookEvent::Content => self.stored(self.published(2, TEXT)),
            WebhookEvent::RichContent => self.stored(self.published(3, RICH)),
            WebhookEvent::AcceptStatus => self.stored(self.published(4, RECEIPT)),
            WebhookEvent::ChatState => {
                let state = self.chat_state();
                (notification::chat_state_message_id(&state), notification::chat_state_body(&state))
            }
        };
        notifier.request(event, &id, body, self.now)
    }

    /// The message id and the body of an entry.
    fn stored(&self, entry: LogEntry) -> (String, String) {
        let id = notification::message_id(self.conversation, entry.version);
        let entry = TailEntry {
            position: LogPosition(entry.version),
            previous: LogPosition(entry.version - 1),
            account: self.account.clone(),
            conversation: self.conversation,
            consumer: CONSUMER,
            entry,
        };
        (id, notification::body(&entry))
    }

    fn opened(&self) -> LogEntry {
        let open = OpenConversation {
            account: self.account.clone(),
            consumer: CONSUMER,
            external_consumer: ExternalConsumerId::parse("webhook-test").expect("it has 1 to 256 characters"),
            app: None,
            skill: SkillId::UNASSIGNED,
            ttr: Ttr { kind: TtrType::Prioritized, seconds: 600 },
            campaign: None,
            context: None,
            client_properties: None,
            features: Vec::new(),
        };
        let mut change = open.decide(self.conversation, self.now);
        change.entries.pop().expect("opening a conversation is an entry")
    }

    fn published(&self, version: u64, json: &str) -> LogEntry {
        // The first entry opened the conversation; sequences count from 0.
        let body = EntryBody::Event(self.message(json, version - 2));
        LogEntry { version, at: self.now, body, state: None }
    }

    fn message(&self, json: &str, sequence: u64) -> MessageEvent {
        let value = JsValue::parse(json).expect("the sample is JSON");
        let event = Event::from_js(value).expect("the sample is an event");
        MessageEvent {
            dialog: DialogId::Main(self.conversation),
            sequence,
            originator: ParticipantId::Agent(AGENT),
            role: ParticipantRole::AssignedAgent,
            kind: event.kind,
            event: event.json,
            audience: Audience::All,
            metadata: None,
            encoded_metadata: None,
            public: None,
        }
    }

    fn chat_state(&self) -> ChatState {
        ChatState {
            account: self.account.clone(),
            conversation: self.conversation,
            after: 4,
            at: self.now,
            event: self.message(TYPING, 0),
        }
    }
}

/// Accents and an emoji, because signatures over them fail where a receiver mixes up characters and bytes.
const TEXT: &str = r#"{"type":"ContentEvent","message":"This is a test of your webhook: Grüße 😀","contentType":"text/plain"}"#;
const RICH: &str = r#"{"type":"RichContentEvent","content":{"type":"vertical","elements":[{"type":"text","text":"This is a test of your webhook."},{"type":"button","title":"OK","click":{"actions":[{"type":"publishText","text":"OK"}]}}]}}"#;
const RECEIPT: &str = r#"{"type":"AcceptStatusEvent","status":"READ","sequenceList":[0,1]}"#;
const TYPING: &str = r#"{"type":"ChatStateEvent","chatState":"COMPOSING"}"#;
