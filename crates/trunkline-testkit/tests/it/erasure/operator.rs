//! What operators may ask for.

use super::*;

const RETENTION: &str = "/operator/v1/accounts/10020030/retention";

#[tokio::test]
async fn a_consumer_is_named_in_exactly_one_way() {
    let server = TestServer::new().await;
    let id = "0a".repeat(32);
    for body in [
        json!({}),
        json!({"external_id": "crm-1", "consumer_id": id}),
        json!({"external_id": ""}),
        json!({"consumer_id": "crm-1"}),
        json!({"consumer_id": 7}),
    ] {
        let answer = call(&server, Method::POST, ERASE, Some(&body)).await;
        assert_eq!((answer.status, &answer.json()["error"]["code"]), (400, &json!("invalid")), "{body}");
    }
    assert_eq!(audit(&server).await, [] as [Value; 0], "nothing was begun");
    let answer = call(&server, Method::POST, ERASE, Some(&json!({"consumer_id": id}))).await;
    let nothing = json!({"consumer_id": id, "conversations": 0, "entries": 0, "files": 0, "profile": false});
    assert_eq!((answer.status, answer.json()), (200, nothing));
}

#[tokio::test]
async fn the_trail_is_read_in_pages() {
    let server = TestServer::new().await;
    for number in 0..5 {
        erase(&server, &format!("crm-{number}")).await;
        server.clock.advance(std::time::Duration::from_secs(1));
    }
    let all = audit(&server).await;
    assert_eq!(all.len(), 10);
    let (mut found, mut query) = (Vec::new(), "?limit=3".to_owned());
    loop {
        let page = call(&server, Method::GET, &format!("{AUDIT}{query}"), None).await.json();
        found.extend(page["entries"].as_array().unwrap().iter().cloned());
        let Some(next) = page["next"].as_u64() else { break };
        query = format!("?limit=3&after={next}");
    }
    assert_eq!(found, all);
    let since = call(&server, Method::GET, &format!("{AUDIT}?since={}", all[4]["at"]), None).await;
    assert_eq!(since.json()["entries"], json!(all[4..]));
    assert_eq!(call(&server, Method::GET, &format!("{AUDIT}?limit=0"), None).await.status, 400);
    assert_eq!(call(&server, Method::DELETE, AUDIT, None).await.status, 405);
    let theirs = "/operator/v1/accounts/20030040/audit";
    server.create_account("20030040").await;
    assert_eq!(call(&server, Method::GET, theirs, None).await.json()["entries"], json!([]));
}

#[tokio::test]
async fn retention_is_set_shown_and_taken_back() {
    let server = TestServer::new().await;
    let show = async || call(&server, Method::GET, RETENTION, None).await.json();
    assert_eq!(show().await, json!({"content_seconds": null}));
    for given in [json!({"content_seconds": 7_776_000}), json!({"content_seconds": null})] {
        let answer = call(&server, Method::PUT, RETENTION, Some(&given)).await;
        assert_eq!((answer.status, answer.json()), (200, given.clone()));
        assert_eq!(show().await, given);
    }
    for wrong in [
        json!({}),
        json!({"content_seconds": 3599}),
        json!({"content_seconds": 3_153_600_001_u32}),
        json!({"content_seconds": "90d"}),
    ] {
        assert_eq!(call(&server, Method::PUT, RETENTION, Some(&wrong)).await.status, 400, "{wrong}");
    }
    assert_eq!(call(&server, Method::DELETE, RETENTION, None).await.json(), json!({}));
    let trail = audit(&server).await;
    let details: Vec<_> = trail.iter().map(|entry| entry["details"].clone()).collect();
    let expected =
        [json!({"content_seconds": 7_776_000}), json!({"content_seconds": null}), json!({"cleared": true})];
    assert_eq!((details.as_slice(), actions(&trail)), (&expected[..], vec!["retention.changed"; 3]));
}
