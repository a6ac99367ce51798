//! Step 10: what a consumer publishes (spec 05 §4, §5).

use serde_json::{Value, json};

use crate::demo::answer::Answer;
use crate::demo::mismatch::{Mismatch, expect};
use crate::demo::transcript::{Said, Sender};
use crate::demo::walk::Walk;

/// A SEND of one event.
pub(super) fn publish(walk: &Walk, id: &str, event: &Value) -> Value {
    json!({"kind": "req", "id": id, "type": "ms.PublishEvent", "body": {
        "dialogId": walk.conversation, "conversationId": walk.conversation, "event": event,
    }})
}

/// A SEND of a text.
pub(crate) fn text_request(walk: &Walk, id: &str, text: &str) -> Value {
    publish(walk, id, &json!({"type": "ContentEvent", "contentType": "text/plain", "message": text}))
}

/// Sends it; the answer must say that it was done.
pub(super) async fn done(walk: &mut Walk, id: &str, body: &Value) -> Result<Answer, Mismatch> {
    let call = walk.messaging("/send", body)?;
    let answer = walk.call(call).await?;
    answer.status(200)?.members("", &["reqId", "code", "body"])?.is("reqId", id)?.is("code", "OK")?;
    Ok(answer)
}

/// Sends it and returns the sequence of the answer.
pub(super) async fn send(walk: &mut Walk, id: &str, body: &Value) -> Result<i64, Mismatch> {
    let answer = done(walk, id, body).await?;
    answer.members("body", &["sequence"])?.integer("body.sequence")
}

/// Sends a text of the consumer.
pub(super) async fn say(walk: &mut Walk, id: &str, text: &str) -> Result<(), Mismatch> {
    let body = text_request(walk, id, text);
    let sequence = send(walk, id, &body).await?;
    walk.follows(sequence)?;
    walk.said(Sender::Consumer, Said::Text(text.to_owned()));
    Ok(())
}

/// Two texts: sequences count from 0 without a gap.
pub(crate) async fn text(walk: &mut Walk) -> Result<String, Mismatch> {
    for (id, text) in [("6", "Is the shop open?"), ("7", "¿Abierto? 👋")] {
        say(walk, id, text).await?;
    }
    Ok(format!("sequences 0 and {}, durable when answered", walk.sequence))
}

/// Typing is not stored: it takes no sequence.
pub(crate) async fn typing(walk: &mut Walk) -> Result<String, Mismatch> {
    let body = publish(walk, "8", &json!({"type": "ChatStateEvent", "chatState": "COMPOSING"}));
    let sequence = send(walk, "8", &body).await?;
    expect(sequence == 0, format!("a chat state is answered by sequence 0, not {sequence}"))?;
    Ok("takes no sequence".to_owned())
}

/// A receipt is stored like a message.
pub(crate) async fn receipt(walk: &mut Walk) -> Result<String, Mismatch> {
    let body =
        publish(walk, "9", &json!({"type": "AcceptStatusEvent", "status": "READ", "sequenceList": [0, 1]}));
    let sequence = send(walk, "9", &body).await?;
    walk.follows(sequence)?;
    Ok(format!("sequence {}", walk.sequence))
}

/// The consumer's rating.
pub(crate) async fn satisfaction(walk: &mut Walk) -> Result<String, Mismatch> {
    let body = json!({"kind": "req", "id": "10", "type": "cm.UpdateConversationField", "body": {
        "conversationId": walk.conversation,
        "conversationField": [
            {"field": "CSATRate", "csatRate": 5, "csatResolutionConfirmation": true, "status": "FILLED"},
        ],
    }});
    let answer = done(walk, "10", &body).await?;
    answer.members("body", &["msg"])?.text("body.msg")?;
    Ok("5 of 5".to_owned())
}
