//! What an answer to a wrong signature says about a receiver.

use crate::webhooks::SampleAnswer;

/// What an endpoint did with a wrong signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureVerdict {
    /// The endpoint, without its query string.
    pub endpoint: String,
    /// What that says.
    pub verdict: Verdict,
    /// The status of its answer.
    pub status: Option<u16>,
}

/// Whether a receiver checks signatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It accepts right signatures and refuses wrong ones.
    Checks,
    /// It accepted a wrong signature.
    Ignores,
    /// It accepted no right one, so the question was not asked.
    NotAsked,
    /// It did not say yes or no.
    Unclear,
}

impl SignatureVerdict {
    /// Judges the answer to a wrong signature; `None` when none was sent.
    pub(super) fn new(endpoint: String, answer: Option<&SampleAnswer>) -> Self {
        let verdict = match answer.map(|answer| (answer.is_confirmation(), answer.status)) {
            None => Verdict::NotAsked,
            Some((true, _)) => Verdict::Ignores,
            // No answer, or one that speaks of load rather than of the request.
            Some((false, None | Some(408 | 429 | 502..=504))) => Verdict::Unclear,
            Some((false, Some(_))) => Verdict::Checks,
        };
        Self { endpoint, verdict, status: answer.and_then(|answer| answer.status) }
    }
}

impl Verdict {
    /// The verdict in words, with what to do about it.
    pub const fn message(self) -> &'static str {
        match self {
            Self::Checks => "rejects wrong signatures",
            Self::Ignores => {
                "accepted a wrong signature: this receiver does not check, so anybody can send it messages"
            }
            Self::NotAsked => {
                "accepted no sample, so nothing is known about its signature check; if it refused the signature, compare its client_secret and have it compute over the body's bytes as they came"
            }
            Self::Unclear => "gave no clear answer to a wrong signature",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_clear_no_counts_as_a_check() {
        for (status, verdict) in [
            (Some(200), Verdict::Ignores),
            (Some(201), Verdict::Ignores),
            (Some(401), Verdict::Checks),
            (Some(403), Verdict::Checks),
            (Some(400), Verdict::Checks),
            (Some(500), Verdict::Checks),
            (Some(204), Verdict::Checks),
            (Some(302), Verdict::Checks),
            (Some(429), Verdict::Unclear),
            (Some(503), Verdict::Unclear),
            (None, Verdict::Unclear),
        ] {
            let answer = SampleAnswer { status, ..SampleAnswer::default() };
            let judged = SignatureVerdict::new("https://a.example/".to_owned(), Some(&answer));
            assert_eq!((judged.verdict, judged.status), (verdict, status), "{status:?}");
        }
        assert_eq!(SignatureVerdict::new(String::new(), None).verdict, Verdict::NotAsked);
    }
}
