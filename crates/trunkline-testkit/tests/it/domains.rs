//! Spec 01 over the wire; the forms themselves are tested beside the handlers.

use serde_json::json;
use trunkline_services::Options;
use trunkline_services::domains::DomainOptions;
use trunkline_testkit::{RawConnection, Settings, TestServer};

const PREFIXES: [&str; 2] = ["api", "csdr"];

/// The official sample asks over plain HTTP, in lower case and with `Content-Length: 0`.
#[tokio::test]
async fn every_form_answers_the_samples_bytes_on_one_connection() {
    let server = TestServer::new().await;
    let host = server.base().strip_prefix("http://").unwrap();
    let mut connection = RawConnection::open(&server).await;
    let mut lists = Vec::new();
    for prefix in PREFIXES {
        for end in ["baseURI.json?version=1.0", "baseURI?version=1.0", "baseURI.json", "baseURI"] {
            let path = format!("/{prefix}/account/10020030/service");
            let head =
                format!("GET {path}/{end} HTTP/1.1\nhost: {host}\ncontent-length: 0\nconnection: keep-alive");
            let answer = connection.call(&head, "").await;
            assert_eq!(answer.status_line, "HTTP/1.1 200 OK");
            lists.push(answer.json());
            for uri in lists[0]["baseURIs"].as_array().unwrap() {
                let service = uri["service"].as_str().unwrap();
                let head = format!("GET {path}/{service}/{end} HTTP/1.1\nhost: {host}\ncontent-length: 0");
                let answer = connection.call(&head, "").await;
                assert_eq!(&answer.json(), uri);
                assert_eq!(
                    answer.text,
                    format!(r#"{{"service":"{service}","account":"10020030","baseURI":"{host}"}}"#)
                );
            }
        }
    }
    assert!(lists.iter().all(|list| *list == lists[0]));
}

#[tokio::test]
async fn every_client_finds_its_services() {
    let server = TestServer::new().await;
    let list = server.get("/api/account/10020030/service/baseURI.json?version=1.0").await.json();
    let names: Vec<_> =
        list["baseURIs"].as_array().unwrap().iter().map(|uri| uri["service"].as_str().unwrap()).collect();
    // Spec 01 §3; `facadeMsg` and `asyncMessagingEnt` for the two generations of the agent SDK (20 §2).
    for service in [
        "asyncMessagingEnt",
        "sentinel",
        "idp",
        "swift",
        "msgHist",
        "agentVep",
        "accountConfigReadWrite",
        "facadeMsg",
        "smt",
    ] {
        assert_eq!(names.iter().filter(|name| **name == service).count(), 1, "{service}");
    }
}

/// Clients put `https://` in front and a path behind.
#[tokio::test]
async fn hosts_may_be_configured_by_service() {
    let host = "connect.example.net".to_owned();
    let files = ("swift".to_owned(), "files.example.net:8443".to_owned());
    let domains = DomainOptions { services: std::iter::once(files).collect(), host };
    let options = Options { domains, ..Options::default() };
    let server = TestServer::with(Settings { options, ..Settings::default() }).await;
    let one = server.get("/api/account/10020030/service/swift/baseURI.json?version=1.0").await.json();
    assert_eq!(one["baseURI"], "files.example.net:8443");
    let login = server.sign_in(TestServer::ACCOUNT, TestServer::ADMIN).await.login;
    let uris = login["csdsCollectionResponse"]["baseURIs"].as_array().unwrap();
    assert!(uris.contains(&one), "both copies agree");
}

#[tokio::test]
async fn refusals_are_those_of_the_table() {
    let server = TestServer::new().await;
    for prefix in PREFIXES {
        for (path, status) in [
            ("account/1/service/baseURI.json?version=1.0", 401),
            ("account/1/service/baseURI?version=1.0", 401),
            ("account/1/service/sentinel/baseURI.json", 401),
            ("account/10020030/service/baseURI.json?version=2.0", 400),
            ("account/10020030/service/sentinel/baseURI?version=0", 400),
        ] {
            let answer = server.get(&format!("/{prefix}/{path}")).await;
            assert_eq!(answer.status, status, "{path}");
            assert!(answer.json()["error"].is_string());
        }
        for name in ["Sentinel", "SENTINEL", "nope"] {
            let answer = server.get(&format!("/{prefix}/account/10020030/service/{name}/baseURI.json")).await;
            assert_eq!((answer.status, answer.json()), (404, json!({})), "names are case sensitive");
        }
    }
}
