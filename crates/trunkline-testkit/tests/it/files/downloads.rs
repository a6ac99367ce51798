//! GET and HEAD. Source: spec 07 §6, RFC 9110.

use reqwest::Method;
use trunkline_testkit::{Answer, TestServer};

use super::{Url, ask_for_download, jpeg, shared, upload_url};

/// A shared file of a thousand bytes.
async fn file(server: &TestServer) -> Url {
    let consumer = server.app().await.consumer("crm-1").await;
    let conversation = consumer.open().await;
    let path = shared(&consumer, &conversation, &jpeg(1000)).await;
    let answer = ask_for_download(&consumer, &path).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let url = Url::of(&answer.json()["body"]);
    assert_eq!(url.path, path);
    url
}

#[tokio::test]
async fn a_download_is_an_image_and_nothing_else() {
    let server = TestServer::new().await;
    let url = file(&server).await;
    let answer = url.request(&server, Method::GET).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let headers = answer.headers().clone();
    let header = |name: &str| headers.get(name).map(|value| value.to_str().unwrap());
    assert_eq!(header("content-type"), Some("image/jpeg"));
    assert_eq!(header("content-length"), Some("1000"));
    assert_eq!(header("x-content-type-options"), Some("nosniff"));
    assert_eq!(header("content-security-policy"), Some("default-src 'none'; sandbox"));
    assert_eq!(header("accept-ranges"), Some("bytes"));
    assert_eq!(header("access-control-allow-origin"), Some("*"));
    assert_eq!(header("referrer-policy"), Some("no-referrer"));
    let disposition = header("content-disposition").unwrap();
    assert!(
        disposition.starts_with("inline; filename=\"") && disposition.ends_with(".jpeg\""),
        "{disposition}"
    );
    assert!(header("etag").unwrap().starts_with('"'));
    assert!(answer.bytes().await.unwrap() == jpeg(1000));
}

#[tokio::test]
async fn a_head_says_the_same_without_the_bytes() {
    let server = TestServer::new().await;
    let url = file(&server).await;
    for signed_for in ["GET", "PUT"] {
        let url = url.signed_for(&server, signed_for).await;
        let answer = Answer::to(url.request(&server, Method::HEAD)).await;
        assert_eq!((answer.status, answer.text.as_str()), (200, ""));
        assert_eq!(answer.header("content-length"), Some("1000"));
        assert_eq!(answer.header("content-type"), Some("image/jpeg"));
    }
    let put = url.signed_for(&server, "PUT").await;
    assert_eq!(put.get(&server).await.0, 401, "a URL for uploads does not download");
}

#[tokio::test]
async fn ranges_are_served() {
    let server = TestServer::new().await;
    let (url, content) = (file(&server).await, jpeg(1000));
    for (range, part, described) in [
        ("bytes=0-499", 0..500, "bytes 0-499/1000"),
        ("bytes=500-", 500..1000, "bytes 500-999/1000"),
        ("bytes=-1", 999..1000, "bytes 999-999/1000"),
        ("bytes=990-5000", 990..1000, "bytes 990-999/1000"),
    ] {
        let answer = url.request(&server, Method::GET).header("range", range).send().await.unwrap();
        assert_eq!(answer.status(), 206, "{range}");
        assert_eq!(answer.headers()["content-range"], described);
        assert_eq!(answer.headers()["content-length"], part.len().to_string());
        assert!(answer.bytes().await.unwrap() == content[part], "{range}");
    }
    for range in ["bytes=0-1,5-6", "bytes=5-4", "lines=0-1", "nonsense"] {
        let answer = url.request(&server, Method::GET).header("range", range).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{range}");
    }
    for range in ["bytes=1000-", "bytes=-0"] {
        let answer = Answer::to(url.request(&server, Method::GET).header("range", range)).await;
        assert_eq!((answer.status, answer.header("content-range")), (416, Some("bytes */1000")), "{range}");
    }
}

#[tokio::test]
async fn who_has_the_bytes_gets_304_and_who_has_others_the_whole() {
    let server = TestServer::new().await;
    let url = file(&server).await;
    let answer = url.request(&server, Method::GET).send().await.unwrap();
    let tag = answer.headers()["etag"].to_str().unwrap().to_owned();
    for known in [tag.clone(), format!("W/{tag}"), format!("\"x\", {tag}"), "*".to_owned()] {
        let request = url.request(&server, Method::GET).header("if-none-match", &known);
        let answer = Answer::to(request).await;
        assert_eq!((answer.status, answer.text.as_str()), (304, ""), "{known}");
    }
    for (known, status) in [(tag.as_str(), 206), ("\"x\"", 200), ("Tue, 14 Nov 2023 22:13:20 GMT", 200)] {
        let request =
            url.request(&server, Method::GET).header("range", "bytes=0-1").header("if-range", known);
        assert_eq!(request.send().await.unwrap().status(), status, "{known}");
    }
}

/// RFC 9110 §13.1.1.
#[tokio::test]
async fn who_wants_another_version_gets_412() {
    let server = TestServer::new().await;
    let url = file(&server).await;
    let answer = url.request(&server, Method::GET).send().await.unwrap();
    let tag = answer.headers()["etag"].to_str().unwrap().to_owned();
    for (wanted, status) in [
        ("\"x\"".to_owned(), 412),
        (format!("W/{tag}"), 412),
        (tag.clone(), 200),
        (format!("\"x\", {tag}"), 200),
        ("*".to_owned(), 200),
    ] {
        let answer = url.request(&server, Method::GET).header("if-match", &wanted).send().await.unwrap();
        assert_eq!(answer.status(), status, "{wanted}");
        assert_eq!(answer.headers()["access-control-allow-origin"], "*");
    }
}

#[tokio::test]
async fn what_was_never_uploaded_is_missing() {
    let server = TestServer::new().await;
    let consumer = server.app().await.consumer("crm-1").await;
    consumer.open().await;
    let url = upload_url(&consumer, 10).await.signed_for(&server, "GET").await;
    let answer = Answer::to(url.request(&server, Method::GET)).await;
    assert_eq!(answer.status, 404);
    answer.json();
    let unknown = Url { path: url.path.replace(".PNG", ".GIF"), ..url };
    assert_eq!(unknown.signed_for(&server, "GET").await.get(&server).await.0, 404);
    assert_eq!(unknown.signed_for(&server, "PUT").await.put(&server, jpeg(10)).await.status, 404);
}
