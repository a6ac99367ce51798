//! `[limits]`: what one client may ask of the server.

use serde::{Deserialize, Serialize};

use super::{Invalid, Size, Span, require};

/// What one client may ask of the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Limits {
    pub(crate) body: Size,
    pub(crate) json_depth: usize,
    pub(crate) headers: Size,
    pub(crate) tls_handshake: Span,
    pub(crate) request_headers: Span,
    pub(crate) request_body: Span,
    pub(crate) idle: Span,
    pub(crate) response_stall: Span,
    pub(crate) connections: usize,
    pub(crate) app_requests: u32,
    pub(crate) app_window: Span,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body: Size::from_bytes(1 << 20),
            json_depth: 64,
            headers: Size::from_bytes(64 << 10),
            tls_handshake: Span::from_secs(10),
            request_headers: Span::from_secs(10),
            request_body: Span::from_secs(30),
            idle: Span::from_secs(75),
            response_stall: Span::from_secs(30),
            connections: 10_000,
            app_requests: 0,
            app_window: Span::from_secs(1),
        }
    }
}

impl Limits {
    pub(super) fn validate(&self, violations: &mut Vec<Invalid>) {
        let mut span =
            |value: Span, field| require(violations, !value.get().is_zero(), field, "must not be zero");
        span(self.tls_handshake, "limits.tls_handshake");
        span(self.request_headers, "limits.request_headers");
        span(self.request_body, "limits.request_body");
        span(self.idle, "limits.idle");
        span(self.response_stall, "limits.response_stall");
        span(self.app_window, "limits.app_window");
        // A request of the Send API may have 5000 characters and a preview of 30 KiB beside them (spec 05 §6.2).
        require(violations, self.body.bytes() >= 65_536, "limits.body", "must be at least 64KiB");
        // hyper refuses smaller buffers.
        require(violations, self.headers.bytes() >= 8192, "limits.headers", "must be at least 8KiB");
        require(violations, (8..=512).contains(&self.json_depth), "limits.json_depth", "must be 8 to 512");
        require(violations, self.connections > 0, "limits.connections", "must be at least 1");
    }
}
