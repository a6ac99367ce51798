//! Spec 01 and the alias of spec 20 §2.

use http::{Method, StatusCode};
use serde_json::json;

use super::*;
use crate::installations::tests::platform::{Call, HOST, Platform};

fn look_up(path: &str) -> Call {
    // The official sample sends an empty body with a length (spec 01 §1).
    Call::new(Method::GET, path).header("content-length", "0")
}

#[test]
fn versions() {
    for (query, accepted) in [
        (None, true),
        (Some(""), true),
        (Some("version=1.0"), true),
        (Some("__d=1&version=1.0"), true),
        (Some("version="), true),
        (Some("version=2.0"), false),
        (Some("version=1.0&version=x"), false),
    ] {
        assert_eq!(accepts_version(query), accepted, "{query:?}");
    }
}

#[tokio::test]
async fn every_form_lists_all_services() {
    let platform = Platform::new().await;
    for prefix in ["api", "csdr"] {
        for suffix in ["baseURI.json?version=1.0", "baseURI?version=1.0", "baseURI.json", "baseURI"] {
            let answer =
                platform.call(look_up(&format!("/{prefix}/account/10020030/service/{suffix}"))).await;
            assert_eq!(answer.status, StatusCode::OK, "{prefix} {suffix}");
            let list = answer.body["baseURIs"].as_array().unwrap();
            assert_eq!(
                list[0],
                json!({"service": "asyncMessagingEnt", "account": "10020030", "baseURI": HOST})
            );
            let names: Vec<_> = list.iter().map(|entry| entry["service"].as_str().unwrap()).collect();
            for service in
                ["sentinel", "idp", "swift", "msgHist", "agentVep", "accountConfigReadWrite", "facadeMsg"]
            {
                assert!(names.contains(&service), "{service}");
            }
        }
    }
}

#[tokio::test]
async fn every_form_finds_one_service() {
    let platform = Platform::new().await;
    for prefix in ["api", "csdr"] {
        for suffix in ["baseURI.json?version=1.0", "baseURI"] {
            let answer = platform
                .call(look_up(&format!("/{prefix}/account/10020030/service/sentinel/{suffix}")))
                .await;
            assert_eq!(answer.status, StatusCode::OK);
            assert_eq!(
                answer.text,
                format!(r#"{{"service":"sentinel","account":"10020030","baseURI":"{HOST}"}}"#)
            );
        }
    }
}

#[tokio::test]
async fn refusals_have_the_documented_status() {
    let platform = Platform::new().await;
    for (path, status) in [
        ("/api/account/1/service/baseURI.json?version=1.0", 401),
        ("/api/account/1/service/sentinel/baseURI.json?version=1.0", 401),
        ("/api/account/%ff/service/baseURI.json?version=1.0", 401),
        ("/api/account/1/service/%ff/baseURI.json?version=1.0", 401),
        ("/api/account/%ff/service/%ff/baseURI.json?version=1.0", 401),
        ("/api/account/a%20b/service/sentinel/baseURI.json?version=1.0", 401),
        ("/api/account/10020030/service/baseURI.json?version=2.0", 400),
        ("/api/account/10020030/service/sentinel/baseURI.json?version=x", 400),
    ] {
        let answer = platform.call(look_up(path)).await;
        assert_eq!(answer.status.as_u16(), status, "{path}");
        assert!(answer.body["error"].is_string(), "{path}");
    }
    for service in ["Sentinel", "nope", "%25", "%ff", "mtlsGateway"] {
        let path = format!("/api/account/10020030/service/{service}/baseURI.json?version=1.0");
        let answer = platform.call(look_up(&path)).await;
        assert_eq!(
            (answer.status, answer.text.as_str()),
            (StatusCode::NOT_FOUND, "{}"),
            "names are case sensitive"
        );
    }
}
