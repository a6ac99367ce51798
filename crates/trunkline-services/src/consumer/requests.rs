//! Requests of consumers and their answers. Source: spec 24 §3.

mod fields;
mod history;
mod lists;
mod messages;

use trunkline_wire::agent::{
    AgentRequest, Answer, Close, ErrorCode, Headers, Request, UNKNOWN_REQUEST, Unreadable, refusal, response,
};

use super::connection::{ConsumerConnection, Member, SignInRefusal, close_of};
use super::refused::Refused;
use crate::files::{FileCaller, SignedFileUrl};
use history::History;
use lists::Snapshot;

/// What comes of a request.
#[derive(Default)]
pub(super) struct Response {
    /// The answer; `None` for a frame that has no id to answer to.
    pub(super) frame: Option<String>,
    /// How the socket is closed after it.
    pub(super) close: Option<Close>,
    /// What follows at the reader's pace.
    pub(super) then: Option<Then>,
}

/// What follows an answer, before the next request is looked at.
pub(super) enum Then {
    /// The conversations that match.
    Conversations(Snapshot),
    /// The events of a dialog.
    Events(History),
}

impl Then {
    pub(super) async fn run(self, connection: &ConsumerConnection, member: &Member) {
        let done = match self {
            Self::Conversations(snapshot) => snapshot.send(connection, member).await,
            Self::Events(history) => history.send(connection, member).await,
        };
        if let Err(error) = done {
            let error = &error as &dyn std::error::Error;
            tracing::error!(account = %connection.account(), error, "cannot read for a consumer's socket");
            // A client that believed to know everything would never ask again.
            connection.outbox().close(Close::GoingAway);
        }
    }
}

/// Answers one frame.
pub(super) async fn answer(connection: &ConsumerConnection, frame: &str) -> Response {
    let max = connection.parts().conversations.options().max_request_characters;
    let request = match Request::parse(frame, max) {
        Ok(request) => request,
        Err(Unreadable { id: None, .. }) => return Response::default(),
        Err(unreadable) => return Response { frame: unreadable.response(), ..Response::default() },
    };
    let (id, family) = (request.id.clone(), request.family);
    let refused = |refused: &Refused| refusal(&id, refused.code, &refused.text);
    if let Err(error) = connection.take_turn() {
        return Response { frame: Some(refused(&error)), ..Response::default() };
    }
    if matches!(request.what, AgentRequest::InitConnection) {
        return match initialise(connection, request.headers).await {
            Ok(()) => {
                Response { frame: Some(response(&id, family, &Answer::Initialized)), ..Response::default() }
            }
            Err((error, close)) => Response { frame: Some(refused(&error)), close, then: None },
        };
    }
    match carry_out(connection, request).await {
        Ok(Done::Answer(answer, then)) => {
            Response { frame: Some(response(&id, family, &answer)), close: None, then }
        }
        Ok(Done::FileUrl(url)) => {
            let answer = Answer::FileUrl(url.as_wire());
            Response { frame: Some(response(&id, family, &answer)), ..Response::default() }
        }
        Err(error) => Response { frame: Some(refused(&error)), ..Response::default() },
    }
}

/// A request that was carried out.
enum Done {
    Answer(Answer<'static>, Option<Then>),
    FileUrl(SignedFileUrl),
}

impl From<Answer<'static>> for Done {
    fn from(answer: Answer<'static>) -> Self {
        Self::Answer(answer, None)
    }
}

/// Takes the credentials and what the client says about itself.
async fn initialise(
    connection: &ConsumerConnection,
    headers: Headers,
) -> Result<(), (Refused, Option<Close>)> {
    if let Some(token) = &headers.token {
        connection.sign_in(token).await.map_err(|refusal| {
            let unauthorized = |text: String| Refused::new(ErrorCode::Unauthorized, text);
            match refusal {
                SignInRefusal::Token(refusal) => (unauthorized(refusal.to_string()), Some(close_of(refusal))),
                SignInRefusal::OtherConsumer => {
                    (Refused::bad("the socket is another consumer's: open one for each"), None)
                }
                SignInRefusal::TooManySockets => {
                    (Refused::too_many("the consumer has too many sockets"), None)
                }
                SignInRefusal::Unavailable => (Refused::unavailable(), None),
            }
        })?;
    } else if connection.member().is_none() {
        return Err((Refused::new(ErrorCode::Unauthorized, "headers hold no token"), None));
    }
    if let Some(properties) = headers.client_properties {
        connection.set_properties(properties);
    }
    Ok(())
}

async fn carry_out(connection: &ConsumerConnection, request: Request) -> Result<Done, Refused> {
    match request.what {
        AgentRequest::GetClock => return Ok(Answer::Clock(connection.now()).into()),
        AgentRequest::KeepAlive => return Ok(Answer::KeptAlive.into()),
        _ => {}
    }
    let member = connection
        .member()
        .ok_or_else(|| Refused::new(ErrorCode::Unauthorized, "send InitConnection with a token first"))?;
    match request.what {
        AgentRequest::ConsumerRequestConversation(wanted) => {
            let conversations = &connection.parts().conversations;
            let id = conversations.open(&member.consumer, *wanted, connection.properties()).await?;
            let then = Some(Then::Events(History::of_new(id)));
            Ok(Done::Answer(Answer::ConversationOpened(id), then))
        }
        AgentRequest::SubscribeExConversations(filter) => {
            let (id, snapshot) = lists::subscribe(connection, member, &filter).await?;
            Ok(Done::Answer(Answer::ConversationsSubscribed(id), Some(Then::Conversations(snapshot))))
        }
        AgentRequest::UnsubscribeExConversations(subscription) => {
            lists::unsubscribe(member, subscription.id()).await?;
            Ok(Answer::ConversationsUnsubscribed.into())
        }
        AgentRequest::SubscribeMessagingEvents(wanted) => {
            let history = messages::subscribe(connection, member, wanted).await?;
            Ok(Done::Answer(Answer::MessagesSubscribed, Some(Then::Events(history))))
        }
        AgentRequest::PublishEvent(publish) => {
            let sequence =
                messages::publish(connection, member, publish, request.metadata, request.encoded_metadata)
                    .await?;
            Ok(Answer::Published(sequence).into())
        }
        AgentRequest::UpdateConversationField(update) => {
            let updated = fields::update(connection, member, update, request.metadata).await?;
            Ok(Answer::FieldsUpdated(updated).into())
        }
        AgentRequest::SetUserProfile(profile) => {
            connection.parts().conversations.set_profile(&member.consumer, profile).await?;
            Ok(Answer::ProfileSet.into())
        }
        AgentRequest::GenerateUrlForUploadFile(wanted) => {
            let files = &connection.parts().files;
            Ok(Done::FileUrl(files.upload_url(&FileCaller::from(&member.consumer), wanted).await?))
        }
        AgentRequest::GenerateUrlForDownloadFile(path) => {
            let files = &connection.parts().files;
            Ok(Done::FileUrl(files.download_url(&FileCaller::from(&member.consumer), &path).await?))
        }
        _ => Err(Refused::bad(UNKNOWN_REQUEST)),
    }
}
