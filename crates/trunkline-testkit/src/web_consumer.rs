//! A consumer without a connector: a page with a socket of its own.

use reqwest::Method;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use crate::{AgentSocket, Answer, TestServer};

impl TestServer {
    /// Posts to the identity provider; `path` follows the account.
    pub async fn post_idp(&self, path: &str, body: &Value) -> Answer {
        let path = format!("/api/account/{}/{path}", Self::ACCOUNT);
        Answer::to(self.request(Method::POST, &path).json(body)).await
    }

    /// The token of a new consumer, by `signup`.
    pub async fn sign_up(&self) -> String {
        let answer = self.post_idp("signup", &json!({})).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()["jwt"].as_str().expect("a token").to_owned()
    }

    /// Tries to open a consumer's socket; the status when it is refused. `query` begins with a question mark or is empty.
    ///
    /// # Errors
    /// The status of the refusal.
    pub async fn try_consumer_socket(
        &self,
        query: &str,
        authorization: Option<&str>,
    ) -> Result<AgentSocket, u16> {
        let address = self.base().strip_prefix("http://").expect("test servers speak plain HTTP");
        let path = format!("/ws_api/account/{}/messaging/consumer{query}", Self::ACCOUNT);
        let mut request = format!("ws://{address}{path}").into_client_request().expect("a valid URL");
        if let Some(value) = authorization {
            let value = value.parse().expect("tokens are visible text");
            request.headers_mut().insert("authorization", value);
        }
        let stream = TcpStream::connect(address).await.expect("the test server accepts");
        match client_async(request, stream).await {
            Ok((socket, _)) => Ok(AgentSocket::over(socket)),
            Err(Error::Http(response)) => Err(response.status().as_u16()),
            Err(error) => panic!("the handshake failed: {error}"),
        }
    }

    /// A consumer's socket that is signed in by the handshake.
    pub async fn consumer_socket(&self, token: &str) -> AgentSocket {
        let opened = self.try_consumer_socket("?v=3", Some(&format!("jwt {token}"))).await;
        opened.unwrap_or_else(|status| panic!("the socket was refused: {status}"))
    }
}
