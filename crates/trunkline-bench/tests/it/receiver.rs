//! The webhook receiver as a sender sees it, in this process and in its own.

use std::path::PathBuf;
use std::sync::Arc;

use trunkline_bench::http::{Request, Target};
use trunkline_bench::receiver::process::{Line, Program};
use trunkline_bench::receiver::{Inbox, Receiver, Reply};

const ID: &str = "b0d7f5a2-7c1e-4f9b-8a33-2e6c1d9f0a57";

fn notification(sequence: u64) -> Vec<u8> {
    let body = format!(
        r#"{{"kind":"notification","body":{{"changes":[{{"sequence":{sequence},"originatorId":"a","originatorMetadata":{{"id":"a","role":"CONSUMER"}},"serverTimestamp":1700000020456,"event":{{"type":"ContentEvent","message":"m-{sequence}","contentType":"text/plain"}},"conversationId":"{ID}","dialogId":"{ID}","messageAudience":"ALL"}}]}},"type":"ms.MessagingEventNotification"}}"#
    );
    let id = format!("msg_{}_{}", ID.replace('-', ""), sequence + 2);
    Request::post("/content").header("webhook-id", &id).json(&body)
}

#[tokio::test]
async fn notifications_are_confirmed_and_counted_over_one_connection() {
    let receiver = Receiver::up(Arc::<Inbox>::default()).unwrap();
    let mut connection = Target::plain(receiver.address()).connect().await.unwrap();
    for sequence in 0..50 {
        assert_eq!(connection.exchange(&notification(sequence)).await.unwrap().status, 200);
    }
    receiver.desk().messages(50).await.unwrap();
    receiver.desk().all_well().unwrap();
}

#[tokio::test]
async fn a_failing_receiver_answers_500_and_counts_nothing() {
    let receiver = Receiver::up(Inbox::answering(Reply::Fail)).unwrap();
    let mut connection = Target::plain(receiver.address()).connect().await.unwrap();
    assert_eq!(connection.exchange(&notification(0)).await.unwrap().status, 500);
    assert_eq!(receiver.desk().counts().messages, 0);
}

#[tokio::test]
async fn a_receiver_that_is_down_refuses_and_comes_back_on_its_port() {
    let mut receiver = Receiver::down(Arc::<Inbox>::default()).unwrap();
    let target = Target::plain(receiver.address());
    for sequence in 0..3 {
        assert!(target.connect().await.is_err());
        receiver.start().unwrap();
        let mut connection = target.connect().await.unwrap();
        assert_eq!(connection.exchange(&notification(sequence)).await.unwrap().status, 200);
        receiver.stop().await.unwrap();
        assert!(connection.exchange(&notification(sequence)).await.is_err());
    }
}

#[tokio::test]
async fn what_is_no_request_closes_the_connection() {
    let receiver = Receiver::up(Arc::<Inbox>::default()).unwrap();
    let mut connection = Target::plain(receiver.address()).connect().await.unwrap();
    assert!(connection.exchange(&Request::get("/").empty()).await.is_err());
    assert_eq!(receiver.desk().counts().unreadable, 1);
    assert!(receiver.desk().all_well().is_err());
}

#[tokio::test]
async fn the_process_keeps_a_ledger_for_each_listener() {
    let folder = tempfile::tempdir().unwrap();
    let program = Program {
        path: PathBuf::from(env!("CARGO_BIN_EXE_trunkline-bench")),
        arguments: vec!["receiver".into()],
    };
    let mut process = program.start(folder.path(), 2).await.unwrap();
    let target = |listener| {
        let address = process.url(listener).strip_prefix("http://").unwrap().parse().unwrap();
        Target::plain(address)
    };
    let (first, second) = (target(0), target(1));
    let mut connection = first.connect().await.unwrap();
    assert_eq!(connection.exchange(&notification(0)).await.unwrap().status, 200);
    assert_eq!(second.connect().await.unwrap().exchange(&notification(1)).await.unwrap().status, 200);

    process.check_signatures(1, "m4q0v7t2b9k1s8e5h3g6d0a2u9").unwrap();
    process.answer(0, Reply::Fail).unwrap();
    // Orders are carried out whenever the process gets to them.
    let mut failed = 0;
    while connection.exchange(&notification(0)).await.unwrap().status == 200 {
        failed += 1;
        assert!(failed < 1_000_000, "the order is not carried out");
    }
    drop(connection);
    assert_eq!(second.connect().await.unwrap().exchange(&notification(1)).await.unwrap().status, 200);
    process.mark(3).unwrap();
    let text = loop {
        let text = std::fs::read_to_string(process.ledger()).unwrap();
        if text.ends_with("mark 3\n") {
            break text;
        }
        tokio::task::yield_now().await;
    };
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines.iter().all(|line| Line::parse(line).is_ok()), "{lines:?}");
    assert_eq!(lines[0], format!("entry 0 true {ID} 2 0 m-0"));
    assert_eq!(lines[1], format!("entry 1 true {ID} 3 1 m-1"));
    assert_eq!(lines[lines.len() - 3], format!("entry 0 false {ID} 2 0 m-0"));
    assert_eq!(lines[lines.len() - 2], "forged 1");
}
