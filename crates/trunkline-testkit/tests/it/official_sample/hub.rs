//! The sample's bridge: one kept-alive connection, one signed-in admin, one consumer.

use serde_json::{Value, json};
use trunkline_testkit::{RawAnswer, RawConnection, TestServer};

use super::bodies::Form;

/// The sample as a caller.
pub(super) struct Hub {
    pub(super) connection: RawConnection,
    host: String,
    bearer: String,
    app_jwt: String,
    jws: String,
    /// What the user filled in.
    pub(super) form: Form,
    pub(super) conversation: String,
}

impl Hub {
    pub(super) async fn open(server: &TestServer) -> Self {
        Self {
            connection: RawConnection::open(server).await,
            host: server.base().strip_prefix("http://").unwrap().to_owned(),
            bearer: String::new(),
            app_jwt: String::new(),
            jws: String::new(),
            form: Form::default(),
            conversation: String::new(),
        }
    }

    /// C1, C2: hosts come from the look-up, then from the login; every one of them must answer here.
    pub(super) async fn sign_in(&mut self) {
        let path = "/api/account/10020030/service/baseURI.json?version=1.0";
        let domains = self.get(path, "content-length: 0", "").await.json();
        let uris = domains["baseURIs"].as_array().unwrap();
        let host =
            |service: &str| uris.iter().find(|uri| uri["service"] == service).unwrap()["baseURI"].clone();
        assert_eq!((host("agentVep"), host("swift")), (json!(self.host), json!(self.host)));
        assert_eq!(host("msgHist"), json!(self.host));
        // The account of the first entry becomes that of the sample's session.
        assert!(uris.iter().all(|uri| uri["account"] == TestServer::ACCOUNT), "{domains}");
        let body = json!({"username": TestServer::ADMIN, "password": TestServer::PASSWORD});
        let login = self.post("/api/account/10020030/login", "", &body).await;
        let login = (login.status(), login.json());
        assert_eq!(login.0, 200);
        let config = &login.1["config"];
        assert!(config["isAdmin"] == true && config["userId"].is_string() && config["loginName"] == "ada");
        assert_eq!(login.1["sessionTTl"], "28800000");
        assert_eq!(
            login.1["csdsCollectionResponse"]["baseURIs"], domains["baseURIs"],
            "both copies must agree"
        );
        assert_eq!(login.1["csdsCollectionResponse"]["baseURIs"][0]["account"], TestServer::ACCOUNT);
        login.1["bearer"].as_str().unwrap().clone_into(&mut self.bearer);
    }

    pub(super) fn bearer(&self) -> String {
        format!("authorization: Bearer {}", self.bearer)
    }

    /// A path of the configuration API.
    #[expect(clippy::unused_self, reason = "reads like the other calls")]
    pub(super) fn configuration(&self, path: &str) -> String {
        format!("/api/account/10020030/configuration/{path}")
    }

    /// A request with these headers (the last may be a length; if none is, the body's is added).
    async fn request(&mut self, line: &str, headers: &str, body: &str) -> RawAnswer {
        let headers = headers.trim_matches('\n');
        let length = if headers.contains("content-length") {
            String::new()
        } else {
            format!("content-length: {}", body.len())
        };
        let lines = [format!("{line} HTTP/1.1"), format!("host: {}", self.host), headers.to_owned(), length];
        let head: Vec<_> = lines.iter().map(String::as_str).filter(|line| !line.is_empty()).collect();
        let head = format!("{}\nconnection: keep-alive", head.join("\n"));
        self.connection.call(&head, body).await
    }

    pub(super) async fn get(&mut self, path: &str, headers: &str, body: &str) -> RawAnswer {
        self.request(&format!("GET {path}"), headers, body).await
    }

    async fn post(&mut self, path: &str, headers: &str, body: &Value) -> RawAnswer {
        let headers = format!("content-type: application/json\n{headers}");
        self.request(&format!("POST {path}"), &headers, &body.to_string()).await
    }

    /// C4.
    pub(super) async fn list(&mut self) -> Value {
        let path = self.configuration("app-install/installations?v=1.0");
        let headers = format!("{}\ncontent-type: application/json", self.bearer());
        let answer = self.get(&path, &headers, "[object Object]").await;
        assert_eq!(answer.status(), 200);
        answer.json()
    }

    /// C5, and the GET before C7 and C8; yields the app and the revision.
    pub(super) async fn read(&mut self, id: &str, body: &str, content_type: &str) -> (Value, String) {
        let path = self.configuration(&format!("app-install/installations/{id}?v=1.0"));
        let mut headers = self.bearer();
        if !content_type.is_empty() {
            headers = format!("{headers}\ncontent-type: {content_type}");
        }
        let answer = self.get(&path, &headers, body).await;
        assert_eq!(answer.status(), 200, "{answer:?}");
        (answer.json(), answer.header("ac-revision").unwrap().to_owned())
    }

    /// C6.
    pub(super) async fn create(&mut self, manifest: &Value) -> Value {
        let path = self.configuration("app-install/installations?v=1.0");
        let headers = format!("{}\nuser-agent: Connector App Hub", self.bearer());
        let answer = self.post(&path, &headers, manifest).await;
        assert_eq!(answer.status_line, "HTTP/1.1 201 Created", "{answer:?}");
        answer.json()
    }

    /// C7.
    pub(super) async fn update(&mut self, id: &str, app: &Value, revision: &str) -> RawAnswer {
        let path = self.configuration(&format!("app-install/installations/{id}?v=1.0"));
        let headers = format!(
            "{}\nif-match: {revision}\nx-http-method-override: PUT\ncontent-type: application/json\nuser-agent: Connector App Hub",
            self.bearer()
        );
        self.request(&format!("PUT {path}"), &headers, &app.to_string()).await
    }

    /// C8.
    pub(super) async fn delete(&mut self, id: &str, revision: &str) -> RawAnswer {
        let path = self.configuration(&format!("app-install/installations/{id}?v=1.0"));
        let headers = format!("{}\nif-match: {revision}\nuser-agent: Connector App Hub", self.bearer());
        self.request(&format!("DELETE {path}"), &headers, "[object Object]").await
    }

    /// C9.
    pub(super) async fn token(&mut self, id: &str, secret: &str) -> RawAnswer {
        let path = format!(
            "/sentinel/api/account/10020030/app/token?v=1.0&grant_type=client_credentials&client_id={id}&client_secret={secret}"
        );
        let headers = "content-type: application/x-www-form-urlencoded\ncontent-length: 0";
        self.request(&format!("POST {path}"), headers, "").await
    }

    /// C9, C10, C11.
    pub(super) async fn start_conversation(&mut self, app: &Value, consumer: &str) {
        let member = |name: &str| app[name].as_str().unwrap().to_owned();
        let token = self.token(&member("client_id"), &member("client_secret")).await.json();
        assert_eq!(token["token_type"], "Bearer");
        token["access_token"].as_str().unwrap().clone_into(&mut self.app_jwt);
        let headers = format!("authorization: {}", self.app_jwt);
        let body = json!({"ext_consumer_id": consumer});
        let answer = self.post("/api/account/10020030/consumer?v=1.0", &headers, &body).await;
        assert_eq!(answer.status_line, "HTTP/1.1 201 Created");
        answer.json()["token"].as_str().unwrap().clone_into(&mut self.jws);
        let path = "/api/account/10020030/messaging/consumer/conversation?v=3";
        let answer = self.post(path, &self.s_headers(), &self.form.conversation()).await;
        assert_eq!(answer.status(), 200, "{answer:?}");
        answer.json()[1]["body"]["conversationId"].as_str().unwrap().clone_into(&mut self.conversation);
    }

    /// C12 to C17, C19, C20.
    pub(super) async fn send(&mut self, body: &Value) -> RawAnswer {
        let path = "/api/account/10020030/messaging/consumer/conversation/send?v=3";
        self.post(path, &self.s_headers(), body).await
    }

    /// C18 and C21: a request on a signed URL, which comes from a browser.
    pub(super) async fn storage(
        &mut self,
        method: &str,
        url: &Value,
        headers: &str,
        body: &str,
    ) -> RawAnswer {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let line = format!(
            "{method} {}?temp_url_sig={}&temp_url_expires={}",
            text(&url["relativePath"]),
            text(&url["queryParams"]["temp_url_sig"]),
            text(&url["queryParams"]["temp_url_expires"])
        );
        self.request(&line, &format!("origin: https://bridge.example.org\n{headers}"), body).await
    }

    /// C22. The host comes from the login's answer, where [`Self::sign_in`] found the same as here.
    pub(super) async fn restore(&mut self, id: &str) -> RawAnswer {
        let path = "/messaging_history/api/account/10020030/conversations/conversation/search?offset=0&limit=100&sort=start%3Adesc&NC=true&__d=2013";
        let headers = self.bearer();
        let body = json!({"conversationId": id, "contentToRetrieve": ["campaign", "messageRecords", "agentParticipants",
            "agentParticipantsLeave", "agentParticipantsActive", "consumerParticipants", "transfers", "messageScores",
            "messageStatuses"]});
        self.post(path, &headers, &body).await
    }

    fn s_headers(&self) -> String {
        format!(
            "authorization: {}\nx-lp-on-behalf: {}\nclient-properties: {}",
            self.app_jwt,
            self.jws,
            self.form.client_properties()
        )
    }

    /// The operator's view of a conversation.
    pub(super) async fn log(&mut self, id: &str) -> Vec<Value> {
        let path = format!("/operator/v1/accounts/10020030/conversations/{id}/log");
        let headers = format!("authorization: Bearer {}", TestServer::OPERATOR_TOKEN);
        self.get(&path, &headers, "").await.json()["entries"].as_array().unwrap().clone()
    }
}
