//! Sharing a file: URLs and the message. Source: spec 07.

use serde::Deserialize;

use super::Caller;
use crate::http::{Answer, Request};

/// Where to put or get a file, for a minute. Source: spec 07 §2, §5.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SignedUrl {
    /// What a message calls the file.
    pub relative_path: String,
    query_params: Signature,
}

#[derive(Debug, Clone, Deserialize)]
struct Signature {
    temp_url_sig: String,
    temp_url_expires: String,
}

impl SignedUrl {
    /// Takes the URL out of the answer to a SEND; `None` when it has none.
    pub fn answered(answer: &Answer<'_>) -> Option<Self> {
        #[derive(Deserialize)]
        struct Issued {
            body: SignedUrl,
        }
        let issued: Issued = (answer.status == 200).then(|| serde_json::from_slice(answer.body).ok())??;
        Some(issued.body)
    }

    /// A request on the URL.
    pub fn request(&self, method: &str) -> Request {
        let Self { relative_path, query_params: Signature { temp_url_sig, temp_url_expires } } = self;
        let query = format!("temp_url_sig={temp_url_sig}&temp_url_expires={temp_url_expires}");
        Request::new(method, &format!("{relative_path}?{query}"))
    }
}

impl Caller {
    /// Asks where to put a GIF of so many bytes. Source: spec 07 §2.
    pub fn upload_url(&self, consumer_jws: &str, size: usize) -> Vec<u8> {
        let body = format!(
            r#"{{"kind":"req","id":"3","type":"ms.GenerateURLForUploadFile","body":{{"fileSize":"{size}","fileType":"GIF"}}}}"#
        );
        self.on_behalf("/messaging/consumer/conversation/send?v=3", consumer_jws, &body)
    }

    /// Publishes what was put there. Source: spec 07 §4.
    pub fn file(&self, consumer_jws: &str, conversation: &str, path: &str) -> Vec<u8> {
        let body = format!(
            r#"{{"kind":"req","id":"4","type":"ms.PublishEvent","body":{{"dialogId":"{conversation}","conversationId":"{conversation}","event":{{"type":"ContentEvent","contentType":"hosted/file","message":{{"caption":"Receipt","relativePath":"{path}","fileType":"GIF"}}}}}}}}"#
        );
        self.on_behalf("/messaging/consumer/conversation/send?v=3", consumer_jws, &body)
    }

    /// Asks where to get it. Source: spec 07 §5.
    pub fn download_url(&self, consumer_jws: &str, path: &str) -> Vec<u8> {
        let body = format!(
            r#"{{"kind":"req","id":"5","type":"ms.GenerateURLForDownloadFile","body":{{"relativePath":"{path}"}}}}"#
        );
        self.on_behalf("/messaging/consumer/conversation/send?v=3", consumer_jws, &body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signed_url_is_asked_as_it_was_issued() {
        let body = br#"{"code":"OK","body":{"relativePath":"/v1/AUTH_async-images/1/x.GIF","queryParams":{"temp_url_sig":"ab","temp_url_expires":"17"}},"reqId":"3"}"#;
        let url = SignedUrl::answered(&Answer { status: 200, body }).unwrap();
        let request = String::from_utf8(url.request("GET").empty()).unwrap();
        let line = "GET /v1/AUTH_async-images/1/x.GIF?temp_url_sig=ab&temp_url_expires=17 HTTP/1.1\r\n";
        assert!(request.starts_with(line), "{request}");
        assert!(SignedUrl::answered(&Answer { status: 400, body }).is_none());
        assert!(SignedUrl::answered(&Answer { status: 200, body: b"{}" }).is_none());
    }
}
