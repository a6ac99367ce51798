//! The receiver itself, called by a client that behaves.

use super::*;

async fn post(receiver: &Receiver, path: &str) -> reqwest::Result<u16> {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let response = client.post(receiver.url(path)).body(path.to_owned()).send().await?;
    Ok(response.status().as_u16())
}

#[tokio::test]
async fn requests_come_out_as_they_came_in() {
    let receiver = Receiver::start().await;
    for path in ["/a?x=1", "/b", "/c"] {
        assert_eq!(post(&receiver, path).await.unwrap(), 200);
    }
    let first = receiver.next().await;
    assert_eq!((first.method.as_str(), first.target.as_str(), first.path()), ("POST", "/a?x=1", "/a"));
    assert_eq!((first.text(), first.header("content-length")), ("/a?x=1", Some("6")));
    assert_eq!(receiver.next().await.number, 1);
    assert_eq!(receiver.wait_for(3).await.len(), 3);

    assert_eq!(receiver.take().len(), 3);
    assert_eq!((receiver.requests().len(), receiver.count()), (0, 3));
    post(&receiver, "/d").await.unwrap();
    assert_eq!(receiver.next().await.target, "/d");
}

#[tokio::test]
async fn behaviour_is_for_once_for_a_path_or_for_all() {
    let receiver = Receiver::start().await;
    receiver.behave(Behaviour::Answer(500));
    receiver.behave_at("/good", Behaviour::Answer(201));
    receiver.once(Behaviour::Answer(401));
    receiver.once(Behaviour::Answer(402));
    for (path, status) in [("/good", 401), ("/", 402), ("/good?x=1", 201), ("/", 500)] {
        assert_eq!(post(&receiver, path).await.unwrap(), status, "{path}");
    }
}

#[tokio::test]
async fn held_requests_are_answered_when_they_are_released() {
    let receiver = Receiver::start().await;
    receiver.behave(Behaviour::Hold);
    let release = async {
        receiver.wait_for(2).await;
        receiver.release();
    };
    let (first, second, ()) = tokio::join!(post(&receiver, "/"), post(&receiver, "/"), release);
    assert_eq!((first.unwrap(), second.unwrap()), (200, 200));
}

#[tokio::test]
async fn a_receiver_that_refuses_returns_on_the_same_port() {
    let receiver = Receiver::start().await;
    let address = receiver.address();
    for _ in 0..3 {
        assert_eq!(post(&receiver, "/").await.unwrap(), 200);
        receiver.refuse().await;
        receiver.refuse().await;
        assert!(post(&receiver, "/").await.unwrap_err().is_connect());
        receiver.resume();
        receiver.resume();
        assert_eq!(receiver.address(), address);
    }
    assert_eq!((receiver.count(), receiver.connections()), (3, 3));
}

#[tokio::test]
async fn a_receiver_ends_when_it_is_dropped() {
    let receiver = Receiver::start().await;
    receiver.behave(Behaviour::Hang);
    let url = receiver.url("/");
    let ending = async {
        receiver.wait_for(1).await;
        drop(receiver);
    };
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let (hung, ()) = tokio::join!(client.post(&url).send(), ending);
    assert!(hung.unwrap_err().is_request());
    assert!(client.post(&url).send().await.unwrap_err().is_connect());
}

#[tokio::test]
#[should_panic(expected = "the receiver waited in vain for 2 requests; 1 connections, 1 requests")]
async fn waiting_in_vain_tells_what_came() {
    let receiver = Receiver::start().await;
    post(&receiver, "/").await.unwrap();
    // From here on time passes at once.
    tokio::time::pause();
    receiver.wait_for(2).await;
}
