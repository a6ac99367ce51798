//! Upload URLs and PUT. Source: spec 07 §2, §3.

use std::time::Duration;

use reqwest::{Method, header};
use serde_json::json;
use trunkline_testkit::{Answer, RawConnection, Settings, TestServer};

use super::{MOST, Url, ask, ask_for_upload, jpeg, upload_url};

#[tokio::test]
async fn an_upload_url_is_answered_as_documented() {
    let server = TestServer::new().await;
    let consumer = server.app().await.consumer("crm-1").await;
    consumer.open().await;
    let answer = ask_for_upload(&consumer, 48_213).await;
    let body = answer.json();
    assert_eq!((&body["reqId"], &body["code"]), (&json!("3"), &json!("OK")));
    // The clock of tests stands at 1 700 000 000.
    assert_eq!(body["body"]["queryParams"]["temp_url_expires"], "1700000060");
    let signature = body["body"]["queryParams"]["temp_url_sig"].as_str().unwrap();
    assert!(signature.len() == 40 && signature.bytes().all(|b| b.is_ascii_hexdigit()));
    let path = body["body"]["relativePath"].as_str().unwrap();
    let name = path.strip_prefix("/v1/AUTH_async-images/10020030/").unwrap();
    let (consumer_id, rest) = name.split_once("_uuid_").unwrap();
    assert!(consumer_id.len() == 64 && rest.len() == 36 + 1 + 23 + 4, "{name}");
    assert!(rest.ends_with("_14-11-2023_22-13-20-000.PNG"), "{name}");
}

#[tokio::test]
async fn sizes_and_types_that_are_not_allowed_get_no_url() {
    let server = TestServer::new().await;
    let consumer = server.app().await.consumer("crm-1").await;
    consumer.open().await;
    for (size, kind, status) in [
        (json!("0"), "PNG", 400),
        (json!("1"), "PNG", 200),
        (json!(MOST), "JPG", 200),
        (json!(MOST.to_string()), "GIF", 200),
        (json!(MOST + 1), "JPEG", 400),
        (json!("-1"), "PNG", 400),
        (json!("99999999999999999999"), "PNG", 400),
        (json!("1"), "PDF", 400),
        (json!(null), "PNG", 400),
    ] {
        let body = json!({"fileSize": size, "fileType": kind});
        let answer = ask(&consumer, "ms.GenerateURLForUploadFile", body).await;
        assert_eq!(answer.status, status, "{size} {kind}: {answer:?}");
        if status == 400 {
            let refused = r#"{"code":"BAD_REQUEST","body":{"msg":"Bad Request"},"reqId":"3"}"#;
            assert_eq!(answer.text, refused);
        }
    }
}

#[tokio::test]
async fn a_consumer_needs_a_conversation_but_not_an_open_one() {
    let server = TestServer::new().await;
    let consumer = server.app().await.consumer("crm-1").await;
    assert_eq!(ask_for_upload(&consumer, 10).await.status, 400);
    let conversation = consumer.open().await;
    consumer.close(&conversation).await;
    assert_eq!(ask_for_upload(&consumer, 10).await.status, 200);
}

#[tokio::test]
async fn files_that_wait_are_bounded_and_unused_urls_make_room() {
    let server = TestServer::new().await;
    let consumer = server.app().await.consumer("crm-1").await;
    consumer.open().await;
    for _ in 0..20 {
        upload_url(&consumer, 10).await;
    }
    assert_eq!(ask_for_upload(&consumer, 10).await.status, 400);
    // Longer than any upload on these URLs could take.
    server.clock.advance(Duration::from_mins(20));
    upload_url(&consumer, 10).await;
}

/// Whatever the limit is counted by: the announced length, or the bytes as they come.
#[tokio::test]
async fn sizes_are_exact() {
    let server = TestServer::new().await;
    let consumer = server.app().await.consumer("crm-1").await;
    consumer.open().await;
    for (size, status) in [(0, 415), (1, 415), (2, 415), (3, 201), (4, 201), (MOST, 201), (MOST + 1, 413)] {
        let url = upload_url(&consumer, 10).await;
        let read = url.signed_for(&server, "GET").await;
        let answer = url.put(&server, jpeg(size)).await;
        assert_eq!(answer.status, status, "{size}: {answer:?}");
        assert_eq!(read.get(&server).await.0, if status == 201 { 200 } else { 404 }, "{size}");
        if status != 201 {
            answer.json();
        }
        let in_pieces = futures_util::stream::iter(
            jpeg(size)
                .chunks(60_000)
                .map(|piece| Ok::<_, std::io::Error>(piece.to_vec()))
                .collect::<Vec<_>>(),
        );
        let url = upload_url(&consumer, 10).await;
        let request = url.request(&server, Method::PUT).body(reqwest::Body::wrap_stream(in_pieces));
        assert_eq!(Answer::to(request).await.status, status, "{size} in pieces");
    }
}

/// A browser shows an answer only to who was heard to the end.
#[tokio::test]
async fn what_is_too_large_is_heard_to_the_end() {
    let server = TestServer::new().await;
    let consumer = server.app().await.consumer("crm-1").await;
    consumer.open().await;
    let content = jpeg(3 * MOST);
    for size in [MOST + 1, 3 * MOST] {
        let url = upload_url(&consumer, 10).await;
        let mut connection = RawConnection::open(&server).await;
        connection.send(&put_head(&url, &format!("content-length: {size}")), &content[..size]).await;
        let answer = connection.answer().await;
        assert_eq!(answer.status_line, "HTTP/1.1 413 Payload Too Large");
        answer.json();
        let mut connection = RawConnection::open(&server).await;
        let mut chunked = format!("{size:x}\r\n").into_bytes();
        chunked.extend_from_slice(&content[..size]);
        chunked.extend_from_slice(b"\r\n0\r\n\r\n");
        connection.send(&put_head(&url, "transfer-encoding: chunked"), &chunked).await;
        assert_eq!(connection.answer().await.status(), 413);
        // Whoever asks first is told before the body comes.
        let mut connection = RawConnection::open(&server).await;
        let head = put_head(&url, &format!("content-length: {size}\nexpect: 100-continue"));
        connection.send(&head, b"").await;
        assert_eq!(connection.answer().await.status(), 413);
    }
    assert_eq!(server.stored_blobs(), 0);
}

/// What comes in for a consumer who is erased meanwhile is not kept until the sweep.
#[tokio::test]
async fn an_upload_that_is_under_way_when_its_consumer_is_erased_leaves_nothing() {
    let server = TestServer::new().await;
    let consumer = server.app().await.consumer("crm-1").await;
    consumer.open().await;
    let url = upload_url(&consumer, 3000).await;
    let content = jpeg(3000);
    let mut connection = RawConnection::open(&server).await;
    // The second piece begins with an empty head.
    let head = put_head(&url, "content-length: 3004\nexpect: 100-continue");
    connection.send(&head, &content[..100]).await;
    assert_eq!(connection.answer().await.status(), 100);
    crate::erasure::erase(&server, "crm-1").await;
    connection.send("", &content[100..]).await;
    assert_eq!(connection.answer().await.status(), 404);
    assert_eq!(server.stored_blobs(), 0);
}

#[tokio::test]
async fn three_megabytes_come_back_as_they_went() {
    let server = TestServer::new().await;
    let consumer = server.app().await.consumer("crm-1").await;
    consumer.open().await;
    let url = upload_url(&consumer, MOST).await;
    let content = jpeg(MOST);
    let answer = url.put(&server, content.clone()).await;
    assert_eq!((answer.status, answer.text.as_str()), (201, ""));
    let (status, bytes) = url.signed_for(&server, "GET").await.get(&server).await;
    assert!(status == 200 && bytes == content);
}

/// The sample always announces PNG.
#[tokio::test]
async fn the_bytes_count_and_not_what_was_announced() {
    let server = TestServer::new().await;
    let consumer = server.app().await.consumer("crm-1").await;
    consumer.open().await;
    for (content, media_type) in [
        (&b"\xff\xd8\xff\xdb, a JPEG"[..], "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n, a PNG", "image/png"),
        (b"GIF87a, a GIF", "image/gif"),
    ] {
        let url = upload_url(&consumer, content.len()).await;
        let request = url.request(&server, Method::PUT).header("content-type", "application/pdf");
        assert_eq!(Answer::to(request.body(content.to_vec())).await.status, 201);
        let get = url.signed_for(&server, "GET").await.request(&server, Method::GET);
        assert_eq!(get.send().await.unwrap().headers()[header::CONTENT_TYPE], media_type);
    }
    for content in
        [&b"%PDF-1.7"[..], b"<svg/>", b"<html>", b"RIFF\0\0\0\0WEBPVP8 ", b"\xff\xd8", b" \xff\xd8\xff"]
    {
        let url = upload_url(&consumer, content.len()).await;
        let request = url.request(&server, Method::PUT).header("content-type", "image/png");
        let answer = Answer::to(request.body(content.to_vec())).await;
        assert_eq!(answer.status, 415, "{}: {answer:?}", content.escape_ascii());
        assert_eq!(url.signed_for(&server, "GET").await.get(&server).await.0, 404);
    }
    assert_eq!(server.stored_blobs(), 3);
}

#[tokio::test]
async fn a_url_ends_with_its_second() {
    let server = TestServer::new().await;
    let consumer = server.app().await.consumer("crm-1").await;
    consumer.open().await;
    let url = upload_url(&consumer, 10).await;
    server.clock.advance(Duration::from_millis(59_999));
    assert_eq!(url.put(&server, jpeg(10)).await.status, 201);
    server.clock.advance(Duration::from_millis(1));
    assert_eq!(url.put(&server, jpeg(10)).await.status, 401);
    server.clock.advance(Duration::from_secs(1));
    let late = url.put(&server, jpeg(10)).await;
    assert_eq!(late.status, 401);
    late.json();
}

#[tokio::test]
async fn a_second_put_overwrites() {
    let server = TestServer::new().await;
    let consumer = server.app().await.consumer("crm-1").await;
    consumer.open().await;
    let url = upload_url(&consumer, 10).await;
    let read = url.signed_for(&server, "GET").await;
    for content in [jpeg(1000), b"GIF89a, a GIF".to_vec()] {
        assert_eq!(url.put(&server, content.clone()).await.status, 201);
        assert_eq!(read.get(&server).await, (200, content));
    }
    // What is refused leaves what was there.
    assert_eq!(url.put(&server, "no image").await.status, 415);
    assert_eq!(read.get(&server).await, (200, b"GIF89a, a GIF".to_vec()));
    server.advance_and_sweep(Duration::from_mins(10)).await;
    assert_eq!(server.stored_blobs(), 1);
}

#[tokio::test]
async fn an_upload_that_breaks_off_leaves_nothing() {
    let server = TestServer::new().await;
    let consumer = server.app().await.consumer("crm-1").await;
    consumer.open().await;
    let url = upload_url(&consumer, 10).await;
    let read = url.signed_for(&server, "GET").await;
    let head = put_head(&url, "content-length: 100000");
    let mut connection = RawConnection::open(&server).await;
    connection.send(&head, &jpeg(50_000)).await;
    assert_eq!(read.get(&server).await.0, 404);
    drop(connection);
    let mut chunked = RawConnection::open(&server).await;
    chunked.send(&put_head(&url, "transfer-encoding: chunked"), b"8\r\nGIF89a, \r\n").await;
    assert_eq!(read.get(&server).await.0, 404);
    drop(chunked);
    server.uploads_cleared().await;
    assert_eq!(server.stored_blobs(), 0);
    assert_eq!(url.put(&server, jpeg(10)).await.status, 201);
    assert_eq!(read.get(&server).await, (200, jpeg(10)));
}

#[tokio::test]
async fn a_body_that_stops_coming_is_given_up() {
    let mut settings = Settings::default();
    settings.limits.body = Duration::from_millis(100);
    let server = TestServer::with(settings).await;
    let consumer = server.app().await.consumer("crm-1").await;
    consumer.open().await;
    let url = upload_url(&consumer, 10).await;
    let mut connection = RawConnection::open(&server).await;
    connection.send(&put_head(&url, "content-length: 100000"), &jpeg(10)).await;
    assert_eq!(connection.answer().await.status(), 408);
}

#[tokio::test]
async fn a_body_that_goes_on_too_long_is_given_up() {
    let mut settings = Settings::default();
    settings.options.files.upload_time = Duration::from_millis(100);
    let server = TestServer::with(settings).await;
    let consumer = server.app().await.consumer("crm-1").await;
    consumer.open().await;
    let url = upload_url(&consumer, 10).await;
    let mut connection = RawConnection::open(&server).await;
    connection.send(&put_head(&url, "content-length: 100000"), &jpeg(10)).await;
    assert_eq!(connection.answer().await.status(), 408);
}

#[tokio::test]
async fn uploads_at_the_same_time_are_bounded() {
    let mut settings = Settings::default();
    settings.options.files.uploads = 1;
    let server = TestServer::with(settings).await;
    let consumer = server.app().await.consumer("crm-1").await;
    consumer.open().await;
    let url = upload_url(&consumer, 10).await;
    let head = put_head(&url, "content-length: 10\nexpect: 100-continue");
    let mut waiting = RawConnection::open(&server).await;
    waiting.send(&head, b"").await;
    // The server wants the body: this upload is under way.
    assert_eq!(waiting.answer().await.status(), 100);
    let refused = url.put(&server, jpeg(10)).await;
    assert_eq!((refused.status, refused.header("retry-after")), (503, Some("1")));
}

/// Who has one signed URL does not take every place.
#[tokio::test]
async fn uploads_of_one_file_at_the_same_time_are_bounded() {
    let server = TestServer::new().await;
    let consumer = server.app().await.consumer("crm-1").await;
    consumer.open().await;
    let (url, another) = (upload_url(&consumer, 10).await, upload_url(&consumer, 10).await);
    let head = put_head(&url, "content-length: 10\nexpect: 100-continue");
    let mut waiting = Vec::new();
    for _ in 0..2 {
        let mut connection = RawConnection::open(&server).await;
        connection.send(&head, &jpeg(3)).await;
        assert_eq!(connection.answer().await.status(), 100);
        waiting.push(connection);
    }
    let refused = url.put(&server, jpeg(10)).await;
    assert_eq!((refused.status, refused.header("retry-after")), (503, Some("1")));
    assert_eq!(another.put(&server, jpeg(10)).await.status, 201);
    // Begins with an empty head, which is four bytes.
    waiting[0].send("", &[0; 3]).await;
    assert_eq!(waiting[0].answer().await.status(), 201);
    assert_eq!(url.put(&server, jpeg(10)).await.status, 201);
}

/// The folder of files is no folder any more.
#[tokio::test]
async fn a_store_that_fails_is_to_be_tried_again() {
    let server = TestServer::new().await;
    let consumer = server.app().await.consumer("crm-1").await;
    consumer.open().await;
    let url = upload_url(&consumer, 10).await;
    let objects = server.directory().join("files/objects");
    std::fs::remove_dir_all(&objects).unwrap();
    std::fs::write(&objects, "").unwrap();
    let refused = url.put(&server, jpeg(10)).await;
    assert_eq!((refused.status, refused.header("retry-after")), (503, Some("1")));
    assert_eq!(refused.json()["error"]["status"], 503);
    std::fs::remove_file(&objects).unwrap();
    std::fs::create_dir(&objects).unwrap();
    assert_eq!(url.put(&server, jpeg(10)).await.status, 201);
}

/// Spec 07 §3: the sample uploads from a browser on another origin.
#[tokio::test]
async fn browsers_of_other_origins_may_upload() {
    let server = TestServer::new().await;
    let consumer = server.app().await.consumer("crm-1").await;
    consumer.open().await;
    let url = upload_url(&consumer, 10).await;
    for slash in ["", "/"] {
        let path = format!("{slash}{}?{}", url.path, url.query);
        let preflight = server
            .request(Method::OPTIONS, &path)
            .header("origin", "https://bridge.example.org")
            .header("access-control-request-method", "PUT")
            .header("access-control-request-headers", "content-type");
        let answer = Answer::to(preflight).await;
        assert_eq!(answer.status, 204);
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
        assert_eq!(answer.header("access-control-allow-methods"), Some("GET, HEAD, PUT, OPTIONS"));
        let allowed = answer.header("access-control-allow-headers").unwrap();
        for header in ["content-type", "range", "if-range", "if-match", "if-none-match"] {
            assert!(allowed.split(", ").any(|name| name == header), "{header} in {allowed}");
        }
        let put = server.request(Method::PUT, &path).header("origin", "https://bridge.example.org");
        let answer = Answer::to(put.body(jpeg(10))).await;
        assert_eq!((answer.status, answer.header("access-control-allow-origin")), (201, Some("*")));
    }
    // A script sees why it was refused, too.
    let answer = Answer::to(server.request(Method::PUT, &url.path).body(jpeg(10))).await;
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (401, Some("*")));
}

/// Spec 07 §3: a URL is signed for one method, and there is none for these.
#[tokio::test]
async fn other_methods_are_refused_like_wrong_signatures() {
    let server = TestServer::new().await;
    let consumer = server.app().await.consumer("crm-1").await;
    consumer.open().await;
    let url = upload_url(&consumer, 10).await;
    assert_eq!(url.put(&server, jpeg(10)).await.status, 201);
    for method in [Method::POST, Method::DELETE, Method::PATCH] {
        for signed_for in ["PUT", "GET", method.as_str()] {
            let url = url.signed_for(&server, signed_for).await;
            let answer = Answer::to(url.request(&server, method.clone()).body("x")).await;
            assert_eq!(answer.status, 401, "{method}: {answer:?}");
            answer.json();
            // A script of any origin sees that.
            assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
            assert!(answer.header("access-control-allow-methods").unwrap().contains("PUT"));
        }
    }
    assert_eq!(url.signed_for(&server, "GET").await.get(&server).await, (200, jpeg(10)));
}

/// RFC 9110 §14.5: a part must not be taken for the whole.
#[tokio::test]
async fn a_part_of_a_file_is_refused() {
    let server = TestServer::new().await;
    let consumer = server.app().await.consumer("crm-1").await;
    consumer.open().await;
    let url = upload_url(&consumer, 10).await;
    let part = url.request(&server, Method::PUT).header("content-range", "bytes 0-9/20").body(jpeg(10));
    let answer = Answer::to(part).await;
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (400, Some("*")));
    answer.json();
    assert_eq!(url.signed_for(&server, "GET").await.get(&server).await.0, 404);
    assert_eq!(server.stored_blobs(), 0);
}

/// One spelling of each path has a signature; what only leads to the same place has none.
#[tokio::test]
async fn other_spellings_of_a_path_are_refused() {
    let server = TestServer::new().await;
    let consumer = server.app().await.consumer("crm-1").await;
    consumer.open().await;
    let url = upload_url(&consumer, 10).await;
    assert_eq!(url.put(&server, jpeg(10)).await.status, 201);
    let name = url.path.rsplit('/').next().unwrap();
    let mut connection = RawConnection::open(&server).await;
    let key = super::key(&server, TestServer::ACCOUNT).await;
    for path in [
        format!("/v1/AUTH_async-images/10020030/%2e/{name}"),
        format!("/v1/AUTH_async-images/10020030/./{name}"),
        format!("/v1/AUTH_async-images/10020030/../10020030/{name}"),
        format!("/v1/AUTH_async-images/10020030/%2e%2e%2f10020030%2f{name}"),
        format!("/v1/AUTH_async-images/10020030//{name}"),
        format!("/v1//AUTH_async-images/10020030/{name}"),
        format!("///v1/AUTH_async-images/10020030/{name}"),
        format!("/v1/AUTH_async-images/10020030/{name}%00"),
        format!("/v1/AUTH_async-images/10020030/{name}/"),
        format!("/v1/AUTH_async-images/1002003%30/{name}"),
        format!("/v1/AUTH_async-images/20030040/{name}"),
        format!("/v1/AUTH_async-images/10020030/{}", name.replace('_', "%5f")),
    ] {
        // Signed for the good path, and even for what stands there.
        for signed in [url.path.as_str(), path.as_str()] {
            let query = super::query(&key, signed, "GET", 1_700_000_060);
            let answer = connection.call(&format!("GET {path}?{query} HTTP/1.1\nhost: x"), "").await;
            assert!(matches!(answer.status(), 401 | 404), "{path}: {answer:?}");
        }
    }
}

fn put_head(url: &Url, headers: &str) -> String {
    format!("PUT {}?{} HTTP/1.1\nhost: x\n{headers}", url.path, url.query)
}
