//! CONVERSATION. Source: spec 05 §3.

use std::sync::Arc;

use axum::extract::{FromRequest as _, Request, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Serialize;
use trunkline_services::Services;
use trunkline_services::auth::OnBehalf;
use trunkline_services::conversations::ConversationError;
use trunkline_wire::conversations::conversation::{
    Action, Element, Opened, OpenedResult, Request as ConversationRequest, RequestConversation,
};
use trunkline_wire::conversations::envelope::{
    BAD_REQUEST, BadRequest, Code, PROFILE_SET, TextResult, already_open,
};
use trunkline_wire::conversations::profile::Profile;
use trunkline_wire::conversations::properties::ClientProperties;

use super::admit;
use super::error::Failure;
use crate::error::json_response;
use crate::extract::Body;

pub(super) async fn open(State(services): State<Arc<Services>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    match admit(&services, &head).await {
        Ok((caller, quota)) => {
            (quota, carry_out(&services, &caller, Request::from_parts(head, body)).await).into_response()
        }
        Err(failure) => failure.into_response(),
    }
}

async fn carry_out(services: &Services, caller: &OnBehalf, request: Request) -> Result<Response, Failure> {
    let properties = request.headers().get("client-properties").and_then(|value| value.to_str().ok());
    let properties = properties.map(ClientProperties::parse).unwrap_or_default();
    let body = Body::from_request(request, &()).await?;
    let elements =
        ConversationRequest::parse(body.json_text()?).map_err(|_| Failure::Refused(String::new()))?.elements;
    let (profile, request) = match two(elements) {
        Ok(both) => both,
        Err(refused) => return Ok(json_response(StatusCode::BAD_REQUEST, &refused)),
    };
    if let Ok((_, request)) = &request
        && request.brand_id.is_none()
    {
        return Err(Failure::MissingBrand);
    }
    // The profile first: nothing is opened after a failure, and nothing fails after a conversation was opened.
    let profile = set_profile(services, caller, profile).await?;
    if profile.code == Code::BadRequest {
        let id = request.map_or_else(|bad| bad.id, |(id, _)| id);
        let both = (profile, TextResult::failure(id, BAD_REQUEST));
        return Ok(json_response(StatusCode::BAD_REQUEST, &both));
    }
    let request = request_conversation(services, caller, request, properties).await?;
    let status = match &request {
        Second::Opened(_) => StatusCode::OK,
        Second::Refused(_) => StatusCode::BAD_REQUEST,
    };
    Ok(json_response(status, &(profile, request)))
}

type First = (String, Profile);
type Wanted = Result<(String, RequestConversation), BadRequest>;

/// The profile and the request, the latter possibly unreadable, if the body has the documented form. Otherwise the results to
/// answer with: nothing is done then.
fn two(mut elements: Vec<Result<Element, BadRequest>>) -> Result<(First, Wanted), Vec<TextResult>> {
    if elements.len() == 2
        && let (Some(second), Some(first)) = (elements.pop(), elements.pop())
    {
        return match (first, second) {
            (Ok(Element { id, action: Action::SetUserProfile(profile) }), second) => match second {
                Ok(Element { id: second_id, action: Action::RequestConversation(request) }) => {
                    Ok(((id, profile), Ok((second_id, *request))))
                }
                Ok(Element { id: second_id, .. }) => Ok((
                    (id, profile),
                    Err(BadRequest::new(&second_id, "the second element must be a request")),
                )),
                Err(bad) => Ok(((id, profile), Err(bad))),
            },
            // Without a readable profile in front nothing is opened.
            (first, second) => Err(vec![refused(first), refused(second)]),
        };
    }
    Err(elements.into_iter().map(refused).collect())
}

fn refused(element: Result<Element, BadRequest>) -> TextResult {
    let id = element.map_or_else(|bad| bad.id, |element| element.id);
    TextResult::failure(id, BAD_REQUEST)
}

async fn set_profile(
    services: &Services,
    caller: &OnBehalf,
    (id, profile): First,
) -> Result<TextResult, Failure> {
    match services.conversations.set_profile(caller, profile).await {
        Ok(()) => Ok(TextResult::success(id, PROFILE_SET)),
        Err(ConversationError::Service(error)) => Err(Failure::of_conversation(error.into(), id)),
        Err(_) => Ok(TextResult::failure(id, BAD_REQUEST)),
    }
}

/// The result of the second element.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Second {
    Opened(OpenedResult),
    Refused(TextResult),
}

async fn request_conversation(
    services: &Services,
    caller: &OnBehalf,
    request: Wanted,
    properties: ClientProperties,
) -> Result<Second, Failure> {
    let (id, request) = match request {
        Ok(request) => request,
        Err(bad) => return Ok(Second::Refused(TextResult::failure(bad.id, BAD_REQUEST))),
    };
    match services.conversations.open(caller, request, properties).await {
        Ok(conversation_id) => {
            Ok(Second::Opened(OpenedResult { code: Code::Ok, body: Opened { conversation_id }, req_id: id }))
        }
        Err(ConversationError::AlreadyOpen(consumer)) => {
            Ok(Second::Refused(TextResult::failure(id, already_open(consumer))))
        }
        Err(ConversationError::Service(error)) => Err(Failure::of_conversation(error.into(), id)),
        Err(_) => Ok(Second::Refused(TextResult::failure(id, BAD_REQUEST))),
    }
}
