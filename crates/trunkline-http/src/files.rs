//! The file store: PUT and GET on signed URLs, from connectors and from browsers on other origins. Source: spec 07 §3, §6.
//!
//! What was uploaded by anybody is opened in a browser tab on our own origin. So its type is told by its bytes and never
//! guessed, and the page that a browser makes of it may run and load nothing.

mod bytes;
mod download;
mod range;
mod upload;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use http::{HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use trunkline_services as services;
use trunkline_services::Services;
use trunkline_services::files::{UrlMethod, UrlPermit};
use trunkline_wire::Auth;
use trunkline_wire::files::{PATH, PATH_AFTER_SLASH};

use crate::RouteInfo;
use crate::error::{error_response, internal_error, unavailable};
use crate::extract::Pairs;

/// The routes of this module.
pub(crate) const ROUTES: &[RouteInfo] = &[
    RouteInfo::new(Method::PUT, PATH, Auth::SignedUrl),
    RouteInfo::new(Method::GET, PATH, Auth::SignedUrl),
    RouteInfo::new(Method::HEAD, PATH, Auth::SignedUrl),
    RouteInfo::new(Method::OPTIONS, PATH, Auth::None),
    RouteInfo::new(Method::PUT, PATH_AFTER_SLASH, Auth::SignedUrl),
    RouteInfo::new(Method::GET, PATH_AFTER_SLASH, Auth::SignedUrl),
    RouteInfo::new(Method::HEAD, PATH_AFTER_SLASH, Auth::SignedUrl),
    RouteInfo::new(Method::OPTIONS, PATH_AFTER_SLASH, Auth::None),
];

/// What a page of any origin may do with a signed URL. That it may read the answers is added to all of them.
const CORS: [(HeaderName, HeaderValue); 3] = [
    (header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, HEAD, PUT, OPTIONS")),
    (
        header::ACCESS_CONTROL_ALLOW_HEADERS,
        HeaderValue::from_static("content-type, range, if-range, if-match, if-none-match"),
    ),
    (header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("content-range, etag")),
];

/// When to try again what was refused for trouble on our side.
const RETRY_AFTER: Duration = Duration::from_secs(1);

pub(crate) fn router() -> Router<Arc<Services>> {
    Router::new().route(PATH, methods()).route(PATH_AFTER_SLASH, methods())
}

fn methods() -> MethodRouter<Arc<Services>> {
    let of_no_signature = async || (CORS, Refusal::Signature);
    get(serve)
        .head(serve)
        .put(serve)
        .options(async || (CORS, StatusCode::NO_CONTENT))
        .fallback(of_no_signature)
}

async fn serve(State(services): State<Arc<Services>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let answer = match permit(&services, &head.method, &head.uri).await {
        Ok(UrlPermit::Upload(permit)) => upload::put(&services, permit, &head, body).await,
        Ok(UrlPermit::Download(permit)) => download::get(&services, &permit, &head).await,
        Err(refusal) => Err(refusal),
    };
    (CORS, answer.unwrap_or_else(IntoResponse::into_response)).into_response()
}

/// Why a request on a signed URL was not carried out.
#[derive(Debug)]
enum Refusal {
    /// The signature is wrong, expired or for another method: 401.
    Signature,
    /// There is no such file: 404.
    Missing,
    /// The file is too large: 413.
    TooLarge,
    /// The bytes are no image: 415.
    Unsupported,
    /// Only a part of the file comes: 400.
    Partial,
    /// The client wants another version: 412.
    AnotherVersion,
    /// The bytes did not come in time: 408.
    TimedOut,
    /// The bytes stopped coming: 400, if anybody still listens.
    Disconnected,
    /// Trouble on our side.
    Service(services::Error),
}

impl From<services::Error> for Refusal {
    fn from(error: services::Error) -> Self {
        Self::Service(error)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::Signature => {
                let challenge =
                    [(header::WWW_AUTHENTICATE, HeaderValue::from_static("Swift realm=\"files\""))];
                let text = "the URL is not signed for this, or has expired";
                (challenge, error_response(StatusCode::UNAUTHORIZED, text)).into_response()
            }
            Self::Missing => error_response(StatusCode::NOT_FOUND, "there is no such file"),
            Self::TooLarge => error_response(StatusCode::PAYLOAD_TOO_LARGE, "the file is too large"),
            Self::Unsupported => {
                error_response(StatusCode::UNSUPPORTED_MEDIA_TYPE, "the file is no JPEG, PNG or GIF")
            }
            Self::Partial => error_response(StatusCode::BAD_REQUEST, "a file is uploaded as a whole"),
            Self::AnotherVersion => {
                error_response(StatusCode::PRECONDITION_FAILED, "the file is another one by now")
            }
            Self::TimedOut => error_response(StatusCode::REQUEST_TIMEOUT, "the file did not arrive in time"),
            Self::Disconnected => error_response(StatusCode::BAD_REQUEST, "the file is incomplete"),
            Self::Service(services::Error::Overloaded) => unavailable(RETRY_AFTER),
            Self::Service(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "a request for a file failed");
                // A store that fails now may answer soon; nothing else here does.
                if matches!(error, services::Error::Storage(_)) {
                    unavailable(RETRY_AFTER)
                } else {
                    internal_error()
                }
            }
        }
    }
}

/// Checks the signature in the query. Parameters may come in any order and once only; others are ignored.
async fn permit(services: &Services, method: &Method, uri: &Uri) -> Result<UrlPermit, Refusal> {
    let method = match *method {
        Method::PUT => UrlMethod::Put,
        Method::HEAD => UrlMethod::Head,
        _ => UrlMethod::Get,
    };
    let pairs = Pairs::of_query(uri).map_err(|_| Refusal::Signature)?;
    let only = |name| {
        let mut values = pairs.all(name);
        values.next().filter(|_| values.next().is_none()).ok_or(Refusal::Signature)
    };
    let (signature, expires) = (only("temp_url_sig")?, only("temp_url_expires")?);
    let path = uri.path();
    // As the documents write the URL; what is signed has one slash.
    let path = if path.starts_with("//") { &path[1..] } else { path };
    services.files.permit(method, path, signature, expires).await?.ok_or(Refusal::Signature)
}
