//! Turns the configuration into the small option structs of the other crates.

use trunkline_http::Limits;
use trunkline_http::rate_limit::Rate;
use trunkline_model::{Offer, Secret, TokenHash};
use trunkline_services::Options;
use trunkline_wire::installations::EndpointPolicy;

use crate::config::{self, Settings, Span};

/// What the platform is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Real connectors: certificate files, webhooks over HTTPS only.
    Production,
    /// A developer's machine: own certificates, webhooks to plain HTTP on loopback allowed.
    Dev,
}

/// The limits of listeners and bodies.
#[expect(clippy::field_reassign_with_default, reason = "the struct is not exhaustive")]
pub(crate) fn limits(settings: &Settings) -> Limits {
    let from = &settings.limits;
    let mut limits = Limits::default();
    limits.body_bytes = from.body.bytes();
    limits.header_bytes = from.headers.bytes();
    limits.json_depth = from.json_depth;
    limits.connections = from.connections;
    limits.handshake = from.tls_handshake.get();
    limits.head = from.request_headers.get();
    limits.body = from.request_body.get();
    limits.idle = from.idle.get();
    limits.write = from.response_stall.get();
    limits.drain = settings.server.drain.get();
    limits
}

/// The rate of each app installation, if it is limited.
pub(crate) fn rate(settings: &Settings) -> Option<Rate> {
    let limits = &settings.limits;
    (limits.app_requests > 0).then(|| Rate { requests: limits.app_requests, window: limits.app_window.get() })
}

/// The options of the services. `advertised` is where they are reached unless the configuration says otherwise.
pub(crate) fn services(
    settings: &Settings,
    mode: Mode,
    operator_token: &Secret,
    advertised: String,
) -> Options {
    let mut options = Options::default();
    options.domains.host = settings.public.host.clone().unwrap_or(advertised);
    options.domains.services.clone_from(&settings.public.services);
    options.endpoints = match mode {
        Mode::Production => EndpointPolicy::Https,
        Mode::Dev => EndpointPolicy::HttpOnLoopback,
    };
    options.auth.operator_token = Some(TokenHash(trunkline_jose::sha256(operator_token.expose().as_bytes())));
    options.auth.skew = settings.tokens.clock_skew.get();
    options.keys.skew = settings.tokens.clock_skew.get();
    options.keys.token_life = settings.tokens.appjwt_life.get();
    options.sentinel.token_life = settings.tokens.appjwt_life.get();
    options.sessions.ttl = settings.tokens.session_life.get();
    options.idp.mint_missing_external_ids = settings.tokens.mint_missing_consumer_ids;
    // On a developer's machine a web chat works at once.
    options.idp.identities.anonymous = settings.consumers.anonymous || mode == Mode::Dev;
    options.idp.identities.per_minute = settings.consumers.sign_ups_per_minute;
    let conversations = &settings.conversations;
    options.behaviour.urgent_seconds = seconds(conversations.ttr_urgent);
    options.behaviour.prioritized_seconds = seconds(conversations.ttr_prioritized);
    options.behaviour.normal_seconds = seconds(conversations.ttr_normal);
    options.behaviour.close_after_seconds = seconds(conversations.close_after);
    options.behaviour.offer = match conversations.offer {
        config::Offer::Creation => Offer::Creation,
        config::Offer::FirstMessage => Offer::FirstMessage,
    };
    options.erasure.retention = conversations.retention.map(Span::get);
    options.conversations.max_request_characters = conversations.max_request_characters;
    options.conversations.cached_conversations = conversations.cached;
    let files = &settings.files;
    options.files.url_life = files.url_life.get();
    options.files.upload_time = files.upload_time.get();
    options.files.uploads = files.uploads;
    options.files.max_waiting = files.max_waiting;
    options.files.waiting_life = files.waiting_life.get();
    options.files.retention = files.retention.map(Span::get);
    options
}

fn seconds(span: Span) -> u32 {
    u32::try_from(span.get().as_secs()).unwrap_or(u32::MAX)
}
