//! What went wrong, in words for the operator. They are made of what we know, never of what was sent or received: no
//! header, no body, no query string, no certificate content.

use std::error::Error;
use std::fmt;
use std::io;
use std::time::Duration;

use rustls::{AlertDescription, CertificateError, PeerIncompatible};

use super::addresses::Denial;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error("the endpoint cannot be called: {0}")]
    Endpoint(&'static str),
    #[error("the endpoint is http, and only https is allowed")]
    PlainHttp,
    #[error("the endpoint is http, which is only allowed to loopback addresses")]
    PlainHttpElsewhere,
    #[error("the endpoint is {0}")]
    DeniedLiteral(Denial),
    #[error("the endpoint's host resolves to {0}")]
    Denied(Denial),
    #[error("the endpoint's host name cannot be resolved: {0}")]
    Dns(io::Error),
    #[error("the endpoint's host name has no address")]
    NoAddress,
    #[error("the endpoint refuses connections")]
    Refused,
    #[error("cannot connect: {0}")]
    Connect(io::Error),
    #[error("no connection within {}: {step} took too long", Span(*.limit))]
    ConnectTimeout { step: Step, limit: Duration },
    #[error("TLS: {0}")]
    Tls(TlsProblem),
    #[error("the endpoint reset the connection")]
    Reset,
    #[error("the endpoint closed the connection without an answer")]
    Closed,
    #[error("the endpoint closed the connection in the middle of the answer's head")]
    CutOff,
    #[error("no answer within {}", Span(*.0))]
    NoAnswer(Duration),
    #[error("the answer's head was not complete within {}", Span(*.0))]
    SlowHead(Duration),
    #[error("the answer's head is too long")]
    LongHead,
    #[error("the answer is not HTTP/1.1: {0}")]
    Malformed(hyper::Error),
    #[error("the request failed: {0}")]
    Other(hyper::Error),
}

/// What connecting consists of.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step {
    LookUp,
    Connect,
    Handshake,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LookUp => "looking up the host name",
            Self::Connect => "connecting",
            Self::Handshake => "the TLS handshake",
        })
    }
}

/// A span as people write it: `5 s`, `200 ms`.
pub(super) struct Span(pub(super) Duration);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.subsec_nanos() == 0 {
            write!(f, "{} s", self.0.as_secs())
        } else {
            write!(f, "{} ms", self.0.as_millis())
        }
    }
}

impl Failure {
    /// Why no TCP connection came about.
    pub(super) fn connect(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::ConnectionRefused => Self::Refused,
            io::ErrorKind::ConnectionReset => Self::Reset,
            _ => Self::Connect(error),
        }
    }

    /// Why no TLS connection came about.
    pub(super) fn handshake(error: &io::Error) -> Self {
        match tls_error(error) {
            Some(error) => Self::Tls(TlsProblem::of(error)),
            None if error.kind() == io::ErrorKind::ConnectionReset => Self::Tls(TlsProblem::Reset),
            None => Self::Tls(TlsProblem::Closed),
        }
    }

    /// Why a request was not answered; `heard` tells whether any byte of an answer came.
    pub(super) fn request(error: hyper::Error, heard: bool) -> Self {
        let io = sources(&error).find_map(|cause| cause.downcast_ref::<io::Error>());
        if let Some(io) = io {
            return match (tls_error(io), io.kind()) {
                (Some(error), _) => Self::Tls(TlsProblem::of(error)),
                (None, io::ErrorKind::ConnectionReset) => Self::Reset,
                // Writing to, or reading TLS from, a connection that the peer closed.
                (None, _) => Self::closed(heard),
            };
        }
        if error.is_parse_too_large() {
            Self::LongHead
        } else if error.is_parse() {
            Self::Malformed(error)
        } else if error.is_incomplete_message() || error.is_canceled() || error.is_closed() {
            Self::closed(heard)
        } else {
            Self::Other(error)
        }
    }

    fn closed(heard: bool) -> Self {
        if heard { Self::CutOff } else { Self::Closed }
    }

    /// Whether the peer ended the connection: on a connection that was used before, most likely not because of the
    /// request.
    pub(super) fn is_end_of_connection(&self) -> bool {
        matches!(self, Self::Closed | Self::Reset)
    }
}

/// What is wrong with the TLS of an endpoint.
#[derive(Debug, thiserror::Error)]
pub(super) enum TlsProblem {
    #[error("the endpoint's certificate has expired")]
    Expired,
    #[error("the endpoint's certificate is not valid yet")]
    NotYet,
    #[error("the endpoint's certificate is not for its host name")]
    Name,
    #[error("the endpoint's certificate is not signed by a trusted authority")]
    Untrusted,
    #[error("the endpoint's certificate is not acceptable: {0}")]
    Certificate(&'static str),
    #[error("the endpoint speaks no TLS version from 1.2 on")]
    Version,
    #[error("the endpoint asks for a client certificate")]
    ClientCertificateMissing,
    #[error("the endpoint does not accept the client certificate")]
    ClientCertificate,
    #[error("the endpoint broke off with alert {0:?}")]
    Alert(AlertDescription),
    #[error("endpoint and platform share no cipher or key exchange")]
    NothingInCommon,
    #[error("what the endpoint says is not TLS")]
    NotTls,
    #[error("the endpoint closed the connection during the handshake")]
    Closed,
    #[error("the endpoint reset the connection during the handshake")]
    Reset,
    #[error("the endpoint breaks the protocol")]
    Other,
}

impl TlsProblem {
    fn of(error: &rustls::Error) -> Self {
        use rustls::Error as E;
        match error {
            E::InvalidCertificate(error) => Self::certificate(error),
            E::AlertReceived(alert) => Self::alert(*alert),
            E::PeerIncompatible(
                PeerIncompatible::ServerDoesNotSupportTls12Or13
                | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig,
            ) => Self::Version,
            E::PeerIncompatible(_) | E::NoApplicationProtocol => Self::NothingInCommon,
            E::InvalidMessage(_) => Self::NotTls,
            _ => Self::Other,
        }
    }

    fn certificate(error: &CertificateError) -> Self {
        use CertificateError as C;
        match error {
            C::Expired | C::ExpiredContext { .. } => Self::Expired,
            C::NotValidYet | C::NotValidYetContext { .. } => Self::NotYet,
            C::NotValidForName | C::NotValidForNameContext { .. } => Self::Name,
            C::UnknownIssuer => Self::Untrusted,
            C::BadEncoding => Self::Certificate("it cannot be read"),
            C::BadSignature => Self::Certificate("its signature is wrong"),
            C::Revoked => Self::Certificate("it is revoked"),
            C::InvalidPurpose | C::InvalidPurposeContext { .. } => {
                Self::Certificate("it is not meant for servers")
            }
            _ => Self::Certificate("it breaks a rule for certificates"),
        }
    }

    fn alert(alert: AlertDescription) -> Self {
        match alert {
            AlertDescription::ProtocolVersion => Self::Version,
            AlertDescription::CertificateRequired => Self::ClientCertificateMissing,
            AlertDescription::BadCertificate
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateUnknown
            | AlertDescription::UnknownCA
            | AlertDescription::AccessDenied => Self::ClientCertificate,
            alert => Self::Alert(alert),
        }
    }
}

/// The error of rustls that tokio-rustls hands on.
fn tls_error(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}

/// The causes of an error, nearest first.
fn sources<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(error.source(), |&error| error.source())
}
