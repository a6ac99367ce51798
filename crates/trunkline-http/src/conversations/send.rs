//! SEND. Source: spec 05 §4.

use std::sync::Arc;

use axum::extract::{FromRequest as _, Request, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use trunkline_services::Services;
use trunkline_services::auth::OnBehalf;
use trunkline_services::conversations::Updated;
use trunkline_services::files::FileCaller;
use trunkline_wire::conversations::envelope::{Message, PROFILE_SET, RESOLVED, Success, UPDATED};
use trunkline_wire::conversations::properties::ClientProperties;
use trunkline_wire::conversations::send::{Action, Published, Request as SendRequest};

use super::admit;
use super::error::Failure;
use crate::error::json_response;
use crate::extract::Body;

pub(super) async fn send(State(services): State<Arc<Services>>, request: Request) -> Response {
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
    let limit = services.conversations.options().max_request_characters;
    let request = SendRequest::parse(body.json_text()?, limit)?;
    let id = request.id;
    let outcome = match request.action {
        Action::Publish(event) => services
            .conversations
            .publish(caller, event, request.metadata, &properties)
            .await
            .map(|sequence| success(&id, Published { sequence })),
        Action::Update(update) => {
            let updated = services.conversations.update(caller, update, request.metadata, properties).await;
            updated.map(|updated| match updated {
                Updated::Closed => success(&id, Message { msg: RESOLVED.into() }),
                Updated::Changed => success(&id, Message { msg: UPDATED.into() }),
            })
        }
        Action::SetUserProfile(profile) => services
            .conversations
            .set_profile(caller, profile)
            .await
            .map(|()| success(&id, Message { msg: PROFILE_SET.into() })),
        Action::UploadUrl(wanted) => {
            let url = services.files.upload_url(&FileCaller::from(caller), wanted).await;
            return url.map(|url| success(&id, url.as_wire())).map_err(|error| Failure::of_file(error, id));
        }
        Action::DownloadUrl(path) => {
            let url = services.files.download_url(&FileCaller::from(caller), &path).await;
            return url.map(|url| success(&id, url.as_wire())).map_err(|error| Failure::of_file(error, id));
        }
        // New actions of the wire are refused until this handler knows them.
        _ => return Err(Failure::Refused(id)),
    };
    outcome.map_err(|error| Failure::of_conversation(error, id))
}

fn success<B: serde::Serialize>(id: &str, body: B) -> Response {
    json_response(StatusCode::OK, &Success::new(id.to_owned(), body))
}
