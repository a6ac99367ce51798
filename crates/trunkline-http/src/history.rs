//! Conversation history over HTTP, service `msgHist`. Source: spec 08.
//!
//! Bearers of any signed-in user: who may read what is decided by the service. Parameters of the query that mean nothing to
//! a search are ignored, as are bodies' unknown members: the official sample and other clients send some (spec 10 §2 C22).

mod query;

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use http::{HeaderMap, Method, StatusCode, Uri};
use serde::de::DeserializeOwned;
use trunkline_services::auth::SignedIn;
use trunkline_services::history::Found;
use trunkline_services::{Error, Services};
use trunkline_wire::history::{
    Answer, CONSUMER_PATH, CONVERSATION_PATH, ConsumerSearch, ConversationSearch, EVENTS_PATH, EventRecords,
    Link, Metadata, ShardsStatus, TIME_PATH, TimeSearch,
};
use trunkline_wire::{AccountId, Auth, ConversationId};

use crate::RouteInfo;
use crate::error::json_response;
use crate::extract::{Body, BodyError, Params, token};
use crate::failure::Failure;
use query::Query;

pub(crate) const ROUTES: &[RouteInfo] = &[
    RouteInfo::of::<ConversationSearch>(),
    RouteInfo::of::<TimeSearch>(),
    RouteInfo::of::<ConsumerSearch>(),
    RouteInfo::new(Method::GET, EVENTS_PATH, Auth::UserBearer),
];

const NO_CONVERSATION: Failure =
    Failure::fixed(StatusCode::BAD_REQUEST, "bad_request", "conversationId is required");
const NO_BODY: Failure = Failure::fixed(StatusCode::BAD_REQUEST, "bad_request", "the request has no body");
const NO_OBJECT: Failure =
    Failure::fixed(StatusCode::BAD_REQUEST, "bad_request", "the request body must be a JSON object");
const NO_ACCOUNT: Failure = Failure::fixed(StatusCode::NOT_FOUND, "not_found", "there is no such account");

pub(crate) fn router() -> Router<Arc<Services>> {
    Router::new()
        .route(CONVERSATION_PATH, post(conversations))
        .route(TIME_PATH, post(search))
        .route(CONSUMER_PATH, post(of_consumer))
        .route(EVENTS_PATH, get(events))
}

async fn conversations(
    State(services): State<Arc<Services>>,
    params: Params,
    headers: HeaderMap,
    uri: Uri,
    body: Result<Body, BodyError>,
) -> Response {
    let result = async {
        let caller = caller(&services, &params, &headers).await?;
        let search: ConversationSearch = parse(body)?;
        // Of the query only the version matters here; whatever else it holds, and in whatever encoding, is ignored.
        let style = Query::parse(&uri).map(|query| query.style()).unwrap_or_default();
        let found = services.history.conversations(&caller, &search, style).await?;
        Ok(answer(&services, caller.account(), &uri, None, found).await)
    };
    respond(result.await)
}

async fn search(
    State(services): State<Arc<Services>>,
    params: Params,
    headers: HeaderMap,
    uri: Uri,
    body: Result<Body, BodyError>,
) -> Response {
    let result = async {
        let caller = caller(&services, &params, &headers).await?;
        let search: TimeSearch = parse(body)?;
        let query = Query::parse(&uri)?;
        let found = services.history.search(&caller, &search, query.page()?, query.style()).await?;
        Ok(answer(&services, caller.account(), &uri, Some(&query), found).await)
    };
    respond(result.await)
}

async fn of_consumer(
    State(services): State<Arc<Services>>,
    params: Params,
    headers: HeaderMap,
    uri: Uri,
    body: Result<Body, BodyError>,
) -> Response {
    let result = async {
        let caller = caller(&services, &params, &headers).await?;
        let search: ConsumerSearch = parse(body)?;
        let query = Query::parse(&uri)?;
        let found = services.history.of_consumer(&caller, &search, query.page()?, query.style()).await?;
        Ok(answer(&services, caller.account(), &uri, Some(&query), found).await)
    };
    respond(result.await)
}

/// Bodies of GET are never read (spec 10 §1 T2).
async fn events(
    State(services): State<Arc<Services>>,
    params: Params,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    let result = async {
        let caller = caller(&services, &params, &headers).await?;
        let query = Query::parse(&uri)?;
        let id = query.get("conversationId").ok_or(NO_CONVERSATION)?;
        let answer = match ConversationId::parse(id) {
            Ok(id) => services.history.events(&caller, id, query.events_page()?).await?,
            // Text that no id looks like names a conversation that is not there.
            Err(_) => EventRecords { message_event_records: Vec::new(), cursor: None },
        };
        Ok(print(answer).await)
    };
    respond(result.await)
}

/// Who asks: a signed-in user of the account in the path. An account that does not exist is told apart from a bearer that
/// is not good, as spec 08 §2.2 recommends: account ids are no secret.
async fn caller(services: &Services, params: &Params, headers: &HeaderMap) -> Result<SignedIn, Failure> {
    let account = params.account().ok_or(NO_ACCOUNT)?;
    match services.auth.signed_in(&account, token(headers, "authorization")).await {
        Ok(caller) => Ok(caller),
        Err(_) if services.accounts.known(&account).await?.is_none() => Err(NO_ACCOUNT),
        Err(refusal) => Err(refusal.into()),
    }
}

/// Reads a body, which is an object: a list would be taken for the members in their order.
fn parse<T: DeserializeOwned>(body: Result<Body, BodyError>) -> Result<T, Failure> {
    let body = body?;
    if body.bytes().trim_ascii().is_empty() {
        return Err(NO_BODY);
    }
    if !body.bytes().trim_ascii_start().starts_with(b"{") {
        return Err(NO_OBJECT);
    }
    Ok(body.json()?)
}

fn respond(result: Result<Response, Failure>) -> Response {
    result.unwrap_or_else(Failure::into_response)
}

/// The answer of a search; lists have a query, and say in it what was asked and where to go on.
async fn answer(
    services: &Services,
    account: &AccountId,
    uri: &Uri,
    query: Option<&Query<'_>>,
    found: Found,
) -> Response {
    let cursor = found.next.map(|cursor| cursor.to_string());
    let base = format!("https://{}{}", host(services, account), uri.path());
    let link = |rel: &str, cursor: Option<&str>| Link {
        rel: rel.to_owned(),
        href: query.map_or_else(|| base.clone(), |query| format!("{base}?{}", query.link(cursor))),
    };
    let metadata = Metadata {
        count: found.count,
        this: link("self", None),
        next: cursor.as_deref().map(|cursor| link("next", Some(cursor))),
        cursor,
        shards_status_result: ShardsStatus { partial_result: found.is_partial },
    };
    print(Answer { metadata, conversation_history_records: found.records }).await
}

/// Where the service is reached, as the Domain API says.
fn host(services: &Services, account: &AccountId) -> String {
    let known = services.domains.list(account).into_iter().find(|entry| entry.service == "msgHist");
    known.map(|entry| entry.host).unwrap_or_default()
}

/// Prints an answer on a thread where nobody waits for it: it may have megabytes.
async fn print<T: serde::Serialize + Send + 'static>(answer: T) -> Response {
    let printed = tokio::task::spawn_blocking(move || json_response(StatusCode::OK, &answer)).await;
    printed.unwrap_or_else(|error| {
        tracing::error!(error = &error as &dyn std::error::Error, "an answer was not printed");
        Failure::from(Error::Overloaded).into_response()
    })
}
