//! Checking that a notification was signed for this receiver, independently of the server's code.

use aws_lc_rs::hmac;
use data_encoding::BASE64;

/// Checks `x-liveperson-signature` with SHA-1, the default. Source: spec 06 §4.
pub struct SignatureCheck(hmac::Key);

impl SignatureCheck {
    /// For the notifications of the app with this secret.
    pub fn new(client_secret: &str) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, client_secret.as_bytes()))
    }

    /// Whether the header's value fits the body.
    pub fn fits(&self, header: Option<&[u8]>, body: &[u8]) -> bool {
        // 28 characters stand for the 20 bytes of SHA-1; decoding wants room for one more.
        let mut tag = [0; 21];
        let encoded = header.and_then(|value| value.strip_prefix(b"sha1=")).filter(|text| text.len() == 28);
        let length = encoded.and_then(|text| BASE64.decode_mut(text, &mut tag).ok());
        length
            .is_some_and(|length| hmac::verify(&self.0, body, tag.get(..length).unwrap_or_default()).is_ok())
    }
}

impl std::fmt::Debug for SignatureCheck {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("SignatureCheck")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first vector of spec 06 §4.
    const BODY: &[u8] = br#"{"kind":"notification","body":{"changes":[{"originatorId":"6d0b5c1e-93a4-5f27-8c41-7be2d90a1f36","originatorMetadata":{"id":"6d0b5c1e-93a4-5f27-8c41-7be2d90a1f36","role":"ASSIGNED_AGENT"},"event":{"type":"ChatStateEvent","chatState":"COMPOSING"},"conversationId":"b0d7f5a2-7c1e-4f9b-8a33-2e6c1d9f0a57","dialogId":"b0d7f5a2-7c1e-4f9b-8a33-2e6c1d9f0a57"}]},"type":"ms.MessagingEventNotification"}"#;
    const HEADER: &[u8] = b"sha1=4DPDEdCefXSPvy99TDuOQJyrSPA=";

    #[test]
    fn the_published_vector_fits_and_nothing_else_does() {
        let check = SignatureCheck::new("m4q0v7t2b9k1s8e5h3g6d0a2u9");
        assert!(check.fits(Some(HEADER), BODY));
        assert!(!check.fits(Some(HEADER), &BODY[1..]));
        assert!(!check.fits(None, BODY));
        for wrong in [&b""[..], b"sha1=", b"sha256=4DPDEdCefXSPvy99TDuOQJyrSPA=", &HEADER[5..], &HEADER[..32]]
        {
            assert!(!check.fits(Some(wrong), BODY));
        }
        assert!(!SignatureCheck::new("other").fits(Some(HEADER), BODY));
    }
}
