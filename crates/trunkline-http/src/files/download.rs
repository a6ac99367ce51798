//! GET and HEAD. Source: spec 07 §6.

use std::ops::Range;

use axum::body::Body;
use axum::response::{IntoResponse as _, Response};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use trunkline_services::Services;
use trunkline_services::files::{DownloadPermit, StoredFile};

use super::Refusal;
use super::bytes::outgoing;
use super::range::{Wanted, wanted};

/// How often a file is looked up again whose bytes were replaced since.
const LOOKS: usize = 3;

/// What goes with every answer about a file. It is an image and nothing else, nobody may keep it after the URL has expired,
/// and the URL goes nowhere else.
const ALWAYS: [(HeaderName, HeaderValue); 6] = [
    (header::ACCEPT_RANGES, HeaderValue::from_static("bytes")),
    (header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache")),
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("cross-origin")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
];

/// Answers with the file, a part of it, or what is known about it.
pub(super) async fn get(
    services: &Services,
    permit: &DownloadPermit,
    head: &Parts,
) -> Result<Response, Refusal> {
    for _ in 0..LOOKS {
        let file = services.files.stored(permit).await?.ok_or(Refusal::Missing)?;
        if let Some(response) = answer(services, &file, head).await? {
            return Ok((ALWAYS, response).into_response());
        }
    }
    Err(Refusal::Missing)
}

/// `None` when the file's bytes are others by now.
async fn answer(services: &Services, file: &StoredFile, head: &Parts) -> Result<Option<Response>, Refusal> {
    let (headers, size) = (&head.headers, file.size());
    let tag = entity_tag(file);
    if headers.contains_key(header::IF_MATCH) && !tags(headers, header::IF_MATCH).any(|known| is(known, &tag))
    {
        return Err(Refusal::AnotherVersion);
    }
    if is_known(headers, &tag) {
        return Ok(Some(([(header::ETAG, tag)], StatusCode::NOT_MODIFIED).into_response()));
    }
    // A part of another version is of no use to who has the rest of this one.
    let is_same = headers.get(header::IF_RANGE).is_none_or(|known| *known == tag);
    let range = headers.get(header::RANGE).filter(|_| is_same && head.method == Method::GET);
    let (status, part) = match wanted(range.map(HeaderValue::as_bytes), size) {
        Wanted::Whole => (StatusCode::OK, 0..size),
        Wanted::Part(part) => (StatusCode::PARTIAL_CONTENT, part),
        Wanted::Nothing => {
            let there = [(header::CONTENT_RANGE, text(format!("bytes */{size}")))];
            return Ok(Some((StatusCode::RANGE_NOT_SATISFIABLE, there).into_response()));
        }
    };
    let body = if head.method == Method::HEAD {
        Body::empty()
    } else {
        match services.files.read(file, part.clone()).await? {
            Some(reader) => outgoing(reader),
            None => return Ok(None),
        }
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    describe(response.headers_mut(), file, tag, &part);
    if status == StatusCode::PARTIAL_CONTENT {
        let range = text(format!("bytes {}-{}/{size}", part.start, part.end - 1));
        response.headers_mut().insert(header::CONTENT_RANGE, range);
    }
    Ok(Some(response))
}

fn describe(headers: &mut HeaderMap, file: &StoredFile, tag: HeaderValue, part: &Range<u64>) {
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(file.image().media_type()));
    headers.insert(header::CONTENT_LENGTH, (part.end - part.start).into());
    // The announced extension may be wrong; whoever saves the file gets the right one.
    let name = file.path().name();
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let extension = file.image().as_str().to_ascii_lowercase();
    headers.insert(header::CONTENT_DISPOSITION, text(format!("inline; filename=\"{stem}.{extension}\"")));
    headers.insert(header::ETAG, tag);
}

/// A strong tag: whatever is uploaded gets another one.
fn entity_tag(file: &StoredFile) -> HeaderValue {
    text(format!("\"{}\"", file.version()))
}

/// Whether the client has these bytes already. Source: RFC 9110 §13.1.2.
fn is_known(headers: &HeaderMap, tag: &HeaderValue) -> bool {
    tags(headers, header::IF_NONE_MATCH).any(|known| is(known.strip_prefix("W/").unwrap_or(known), tag))
}

fn tags(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = &str> {
    let listed = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    listed.flat_map(|value| value.split(',')).map(str::trim)
}

fn is(known: &str, tag: &HeaderValue) -> bool {
    known == "*" || known.as_bytes() == tag.as_bytes()
}

fn text(value: String) -> HeaderValue {
    HeaderValue::try_from(value).expect("made of digits, names of files and ASCII signs")
}
