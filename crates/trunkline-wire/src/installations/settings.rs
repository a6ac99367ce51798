//! `trunkline`: this platform's own settings of an app, in one manifest member that other platforms ignore.

use serde::Serialize;

use super::read::Object;
use super::words::words;

words! {
    /// The hash of `x-liveperson-signature`. Source: spec 06 §4.
    SignatureHash {
        Sha1 = "sha1",
        Sha256 = "sha256",
    }
}

words! {
    /// Whether a failed delivery holds back the later events of its conversation.
    DeliveryOrder {
        Strict = "strict",
        BestEffort = "best_effort",
    }
}

/// The settings. Unknown ones are refused, so that a misspelt setting is noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Settings {
    /// The hash of the signature; SHA-1 unless set, as connectors expect.
    pub signature: SignatureHash,
    /// Whether non-ASCII characters are written as `\uXXXX`; off unless set.
    pub escape_non_ascii: bool,
    /// Whether Standard Webhooks headers are sent beside the usual ones; off unless set.
    pub standard_webhooks: bool,
    /// The order of deliveries; strict unless set.
    pub order: DeliveryOrder,
}

impl Settings {
    /// What applies to an app that sets nothing.
    pub const DEFAULT: Self = Self {
        signature: SignatureHash::Sha1,
        escape_non_ascii: false,
        standard_webhooks: false,
        order: DeliveryOrder::Strict,
    };

    pub(super) fn read(mut object: Object<'_>) -> Self {
        let settings = Self {
            signature: object.word("signature").unwrap_or(Self::DEFAULT.signature),
            escape_non_ascii: object.flag("escape_non_ascii").unwrap_or(Self::DEFAULT.escape_non_ascii),
            standard_webhooks: object.flag("standard_webhooks").unwrap_or(Self::DEFAULT.standard_webhooks),
            order: object.word("order").unwrap_or(Self::DEFAULT.order),
        };
        for name in object.names() {
            object.refuse(
                name,
                "is no known setting; known are signature, escape_non_ascii, standard_webhooks, order",
            );
        }
        settings
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self::DEFAULT
    }
}
