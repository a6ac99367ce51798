//! Requests of agents and their answers. Source: spec 21 §7.

mod conversations;
mod fields;
mod files;
mod messages;
mod profiles;
mod query;

use trunkline_model::conversation::Refusal;
use trunkline_wire::agent::{
    AgentRequest, Answer, ErrorCode, Request, RingAnswer, Unreadable, UserRef, refusal, response,
};
use trunkline_wire::conversations::envelope::CLOSED;

use super::account::{Command, RingRefusal, SubscriptionRefusal};
use super::connection::AgentConnection;
use super::lists::Then;
use crate::Error;
use crate::conversations::NotDone;
use crate::socket::fault;

/// What comes of a request.
pub(super) struct Response {
    /// The answer; `None` for a frame that has no id to answer to.
    pub(super) frame: Option<String>,
    /// Notifications that follow it at once.
    pub(super) notifications: Vec<String>,
    /// What follows at the reader's pace.
    pub(super) then: Option<Then>,
}

impl Response {
    fn only(frame: Option<String>) -> Self {
        Self { frame, notifications: Vec::new(), then: None }
    }
}

/// A request that was not carried out.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) code: ErrorCode,
    pub(super) text: String,
}

impl Refused {
    pub(super) fn new(code: ErrorCode, text: impl Into<String>) -> Self {
        Self { code, text: text.into() }
    }

    pub(super) fn not_found(what: &str) -> Self {
        Self::new(ErrorCode::NotFound, format!("{what} not found"))
    }

    pub(super) fn forbidden(text: &str) -> Self {
        Self::new(ErrorCode::Forbidden, text)
    }

    /// The account's task is gone: the server is stopping.
    pub(super) fn unavailable() -> Self {
        Self::new(ErrorCode::Unavailable, "the server is stopping, connect again")
    }
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        let (code, text) = fault(&error, "a request of an agent");
        Self::new(code, text)
    }
}

impl From<trunkline_storage::Error> for Refused {
    fn from(error: trunkline_storage::Error) -> Self {
        Error::from(error).into()
    }
}

impl From<NotDone> for Refused {
    fn from(error: NotDone) -> Self {
        match error {
            NotDone::Unknown => Self::not_found("conversation"),
            NotDone::Refused(refusal) => refusal.into(),
            NotDone::Service(error) => error.into(),
        }
    }
}

impl From<SubscriptionRefusal> for Refused {
    fn from(refusal: SubscriptionRefusal) -> Self {
        match refusal {
            SubscriptionRefusal::Unknown => Self::not_found("subscription"),
            SubscriptionRefusal::TooMany => {
                Self::new(ErrorCode::TooManyRequests, "the socket has too many subscriptions")
            }
        }
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        let code = match refusal {
            Refusal::UnknownDialog => ErrorCode::NotFound,
            Refusal::NotParticipant | Refusal::ReaderMayNotPublish | Refusal::NotAllowed => {
                ErrorCode::Forbidden
            }
            Refusal::RingLost => ErrorCode::Conflict,
            Refusal::WrongConversation
            | Refusal::Closed
            | Refusal::NotInConversation
            | Refusal::AlreadyAssigned
            | Refusal::IllegalRole
            | Refusal::Full
            | Refusal::UnknownFile
            | Refusal::TooLong => ErrorCode::BadRequest,
        };
        match refusal {
            Refusal::Closed => Self::new(code, CLOSED),
            other => Self::new(code, other.to_string()),
        }
    }
}

/// Answers what was read of one frame.
pub(super) async fn answer(connection: &AgentConnection, request: Result<Request, Unreadable>) -> Response {
    let request = match request {
        Ok(request) => request,
        Err(unreadable) => return Response::only(unreadable.response()),
    };
    let (id, family) = (request.id, request.family);
    let say = |answer: &Answer<'_>| Response::only(Some(response(&id, family, answer)));
    let done = match request.what {
        AgentRequest::GetClock => Ok(say(&Answer::Clock(connection.timer.now()))),
        AgentRequest::KeepAlive => Ok(say(&Answer::KeptAlive)),
        AgentRequest::SetUserProfile(_) => Ok(say(&Answer::ProfileSet)),
        AgentRequest::SetAgentState(state) => {
            set_state(connection, state).await.map(|()| say(&Answer::AgentStateUpdated))
        }
        AgentRequest::UpdateRingState(update) => {
            let ring = update.ring.id().ok_or_else(|| Refused::not_found("ring"));
            match ring {
                Ok(ring) => answer_ring(connection, ring, update.answer).await,
                Err(refused) => Err(refused),
            }
            .map(|()| say(&Answer::RingStateUpdated))
        }
        AgentRequest::SubscribeAgentsState(filter) => {
            conversations::subscribe_agents(connection, filter).await.map(|id| say(&Answer::Subscribed(id)))
        }
        AgentRequest::SubscribeRoutingTasks(filter) => {
            conversations::subscribe_rings(connection, None, filter)
                .await
                .map(|id| say(&Answer::Subscribed(id)))
        }
        AgentRequest::UpdateRoutingTaskSubscription { subscription, filter } => match subscription.id() {
            Some(known) => conversations::subscribe_rings(connection, Some(known), filter).await,
            None => Err(Refused::not_found("subscription")),
        }
        .map(|id| say(&Answer::Subscribed(id))),
        AgentRequest::SubscribeExConversations(filter) => {
            conversations::subscribe(connection, &filter).await.map(|(subscription, snapshot)| Response {
                then: Some(snapshot),
                ..say(&Answer::ConversationsSubscribed(subscription))
            })
        }
        AgentRequest::UnsubscribeExConversations(subscription) => {
            conversations::unsubscribe(connection, subscription.id())
                .await
                .map(|()| say(&Answer::ConversationsUnsubscribed))
        }
        AgentRequest::PublishEvent(publish) => {
            messages::publish(connection, publish, request.metadata, request.encoded_metadata)
                .await
                .map(|sequence| say(&Answer::Published(sequence)))
        }
        AgentRequest::QueryMessages(query) => query::query(connection, query)
            .await
            .map(|found| found.with_events(|events| say(&Answer::Messages(events)))),
        AgentRequest::SubscribeMessagingEvents(wanted) => {
            query::subscribe(connection, wanted).await.map(|found| Response {
                notifications: found.notifications(),
                ..say(&Answer::MessagesSubscribed)
            })
        }
        AgentRequest::UpdateConversationField(update) => fields::update(connection, update, request.metadata)
            .await
            .map(|updated| say(&Answer::FieldsUpdated(updated))),
        AgentRequest::AgentRequestConversation(wanted) => {
            conversations::open(connection, wanted).await.map(|id| say(&Answer::ConversationOpened(id)))
        }
        AgentRequest::GetUserProfile(None) => Ok(say(&Answer::OwnProfile(&connection.caller.aid()))),
        AgentRequest::GetUserProfile(Some(whom)) => {
            profiles::get(connection, &whom).await.map(|profile| match profile {
                profiles::Found::Own => say(&Answer::OwnProfile(&connection.caller.aid())),
                profiles::Found::Consumer(profile) => say(&Answer::ConsumerProfile(&profile)),
            })
        }
        AgentRequest::GenerateUrlForUploadFile(wanted) => {
            files::upload_url(connection, wanted).await.map(|url| say(&Answer::FileUrl(url.as_wire())))
        }
        AgentRequest::GenerateUrlForDownloadFile(path) => {
            files::download_url(connection, &path).await.map(|url| say(&Answer::FileUrl(url.as_wire())))
        }
        _ => Err(Refused::new(ErrorCode::BadRequest, "Unknown request")),
    };
    done.unwrap_or_else(|refused| Response::only(Some(refusal(&id, refused.code, &refused.text))))
}

async fn set_state(
    connection: &AgentConnection,
    state: trunkline_wire::agent::SetAgentState,
) -> Result<(), Refused> {
    let agent = match &state.agent {
        None => connection.caller.pid,
        Some(who) => user(connection, who).await?,
    };
    if agent != connection.caller.pid && !connection.caller.is_manager() {
        return Err(Refused::forbidden("only managers may change the state of other users"));
    }
    let description = state.description.unwrap_or_default();
    let changed = connection
        .ask(|reply| Command::SetState { agent, availability: state.availability, description, reply })
        .await;
    if changed.ok_or_else(Refused::unavailable)? {
        Ok(())
    } else {
        Err(Refused::new(ErrorCode::BadRequest, "the agent is not connected"))
    }
}

async fn answer_ring(
    connection: &AgentConnection,
    ring: trunkline_wire::agent::RingId,
    answer: RingAnswer,
) -> Result<(), Refused> {
    let agent = connection.caller.pid;
    let manager = connection.caller.is_manager();
    let answered = connection.ask(|reply| Command::AnswerRing { agent, manager, ring, answer, reply }).await;
    match answered {
        None => Err(Refused::unavailable()),
        Some(Ok(())) => Ok(()),
        Some(Err(RingRefusal::Unknown)) => Err(Refused::not_found("ring")),
        Some(Err(RingRefusal::Foreign)) => Err(Refused::forbidden("the ring is another agent's")),
        Some(Err(RingRefusal::Lost)) => {
            Err(Refused::new(ErrorCode::Conflict, "the ring is not waiting any more"))
        }
        Some(Err(RingRefusal::NotDone(error))) => Err(error.into()),
    }
}

/// The user whom a request names.
pub(super) async fn user(
    connection: &AgentConnection,
    who: &UserRef,
) -> Result<trunkline_wire::AgentId, Refused> {
    let user = connection.parts.users.resolve(&connection.caller.account, who).await?;
    user.map(|user| user.agent_id()).ok_or_else(|| Refused::not_found("user"))
}
