//! A consumer's conversations. Source: spec 24 §3.4, 22 §1.3, §1.4.

use serde_json::{Value, json};

use super::{agent_in, changes, done, newcomer, open, refused, say, server};

fn close(conversation: &str) -> Value {
    json!({"conversationId": conversation,
        "conversationField": [{"field": "Stage", "conversationState": "CLOSE"}]})
}

#[tokio::test]
async fn nothing_is_said_by_an_empty_list_after_the_response() {
    let server = server().await;
    let mut socket = newcomer(&server).await;
    // Somebody else's conversation is none of this consumer's.
    open(&mut newcomer(&server).await).await;
    let body = json!({"stage": ["OPEN", "CLOSE"], "convState": ["OPEN", "CLOSE"]});
    let subscribed = socket.request("cqm.SubscribeExConversations", body).await;
    assert_eq!(subscribed["type"], "cqm.SubscribeExConversationsResponse");
    assert!(socket.take_notifications().is_empty(), "the response comes first");
    let frame = socket.notification(|_| true).await;
    let id = &subscribed["body"]["subscriptionId"];
    assert_eq!(
        frame,
        json!({"kind": "notification", "type": "cqm.ExConversationChangeNotification",
        "body": {"subscriptionId": id, "changes": []}})
    );
}

#[tokio::test]
async fn a_close_leaves_a_filter_on_open_and_stays_in_one_on_both() {
    let server = server().await;
    let token = server.sign_up().await;
    let (mut both, mut only_open) =
        (server.consumer_socket(&token).await, server.consumer_socket(&token).await);
    let filter = json!({"stage": ["OPEN", "CLOSE"], "convState": ["OPEN", "CLOSE"]});
    done(&mut both, "cqm.SubscribeExConversations", filter.clone()).await;
    done(&mut only_open, "cqm.SubscribeExConversations", json!({"convState": "OPEN"})).await;
    assert!(changes(&mut both).await.is_empty() && changes(&mut only_open).await.is_empty());
    let conversation = open(&mut both).await;
    for socket in [&mut both, &mut only_open] {
        let opened = &changes(socket).await[0];
        assert_eq!((&opened["type"], &opened["result"]["convId"]), (&json!("UPSERT"), &json!(conversation)));
    }
    done(&mut both, "cm.UpdateConversationField", close(&conversation)).await;
    let upsert = &changes(&mut both).await[0];
    let details = &upsert["result"]["conversationDetails"];
    assert_eq!(
        (&upsert["type"], &details["state"], &details["stage"]),
        (&json!("UPSERT"), &json!("CLOSE"), &json!("CLOSE"))
    );
    assert_eq!(details["closeReason"], "CONSUMER");
    let delete = &changes(&mut only_open).await[0];
    assert_eq!((&delete["type"], &delete["result"]["convId"]), (&json!("DELETE"), &json!(conversation)));

    // Afterwards both come in a list, and one on open holds nothing.
    let mut later = server.consumer_socket(&token).await;
    done(&mut later, "cqm.SubscribeExConversations", filter).await;
    assert_eq!(changes(&mut later).await.len(), 1);
    done(&mut later, "cqm.SubscribeExConversations", json!({"stage": ["OPEN"]})).await;
    assert!(changes(&mut later).await.is_empty());
}

#[tokio::test]
async fn nothing_of_the_brands_side_is_shown() {
    let server = server().await;
    let mut socket = newcomer(&server).await;
    let conversation = open(&mut socket).await;
    done(&mut socket, "cqm.SubscribeExConversations", json!({})).await;
    assert_eq!(changes(&mut socket).await.len(), 1);
    let mut agent = agent_in(&server, &conversation).await;
    let joined = changes(&mut socket).await;
    assert!(joined[0].to_string().contains("ASSIGNED_AGENT"));
    let note = json!({"conversationId": conversation, "conversationField": {"field": "Note", "note": "a secret note"}});
    done(&mut agent, ".ams.cm.UpdateConversationField", note).await;
    say(&mut socket, &conversation, "hello").await;
    done(&mut socket, "cm.UpdateConversationField", close(&conversation)).await;
    let mut all = joined;
    loop {
        let next = changes(&mut socket).await;
        let closed = next[0]["result"]["conversationDetails"]["stage"] == "CLOSE";
        all.extend(next);
        if closed {
            break;
        }
    }
    let all = json!(all).to_string();
    for hidden in ["secret note", "participantsPId", "note", "context", "numberOfunread", "10020030."] {
        assert!(!all.contains(hidden), "{hidden}: {all}");
    }
    assert!(all.contains(r#""participants":[{"#));
}

#[tokio::test]
async fn a_list_can_be_given_up() {
    let server = server().await;
    let mut socket = newcomer(&server).await;
    let body = done(&mut socket, "cqm.SubscribeExConversations", json!({})).await;
    changes(&mut socket).await;
    let id = json!({"subscriptionId": body["subscriptionId"]});
    done(&mut socket, "cqm.UnsubscribeExConversations", id.clone()).await;
    assert_eq!(refused(&mut socket, "cqm.UnsubscribeExConversations", id).await.0, 404);
    open(&mut socket).await;
    done(&mut socket, "GetClock", json!({})).await;
    assert!(socket.take_notifications().is_empty());
    for _ in 0..16 {
        done(&mut socket, "cqm.SubscribeExConversations", json!({})).await;
    }
    assert_eq!(refused(&mut socket, "cqm.SubscribeExConversations", json!({})).await.0, 429);
}
