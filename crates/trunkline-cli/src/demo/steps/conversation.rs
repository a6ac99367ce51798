//! Steps 8 and 13: opening and closing (spec 05 §3, §4.3, §6.2).

use serde_json::{Value, json};
use trunkline_wire::ConversationId;

use super::messages::text_request;
use crate::demo::mismatch::{Mismatch, expect};
use crate::demo::walk::Walk;

fn request(walk: &Walk) -> Value {
    json!([
        {"kind": "req", "id": "a1", "type": "userprofile.SetUserProfile", "body": {"authenticatedData": {"lp_sdes": [
            {"type": "ctmrinfo", "info": {"socialId": "ig:4711", "ctype": "gold"}},
            {"type": "personal", "personal": {"firstname": "Ada", "lastname": "Byron"}},
        ]}}},
        {"kind": "req", "id": "a2", "type": "cm.ConsumerRequestConversation", "body": {
            "brandId": walk.account, "channelType": "MESSAGING", "ttrDefName": "NORMAL", "skillId": "-1",
            "conversationContext": {"type": "SharkContext", "lang": "en-US", "visitorId": "", "sessionId": ""},
        }},
    ])
}

/// Step 8: profile and conversation in one batch.
pub(crate) async fn open(walk: &mut Walk) -> Result<String, Mismatch> {
    let call = walk.messaging("", &request(walk))?;
    let answer = walk.call(call).await?;
    answer.status(200)?.elements("", 2)?;
    for element in ["0", "1"] {
        answer.members(element, &["code", "body", "reqId"])?.is(&format!("{element}.code"), "OK")?;
    }
    answer.is("0.reqId", "a1")?.is("0.body.msg", "OK User Profile set successfully")?.is("1.reqId", "a2")?;
    let id = answer.text("1.body.conversationId")?;
    expect(ConversationId::parse(id).is_ok(), "conversationId is not a lower-case UUID")?;
    id.clone_into(&mut walk.conversation);
    walk.sequence = -1;
    Ok(format!("conversation {id}"))
}

/// A consumer has at most one open conversation (spec 00 §2).
pub(crate) async fn open_twice(walk: &mut Walk) -> Result<String, Mismatch> {
    let call = walk.messaging("", &request(walk))?;
    let answer = walk.call(call).await?;
    answer
        .status(400)?
        .elements("", 2)?
        .is("0.code", "OK")?
        .is("1.code", "BAD_REQUEST")?
        .is("1.reqId", "a2")?;
    let message = format!(
        "Consumer request conversation failed: User {} already has open conversation. Can't open another one.",
        walk.consumer
    );
    answer.is("1.body.msg", &message)?;
    Ok("as documented: one open conversation per consumer".to_owned())
}

/// Step 13.
pub(crate) async fn close(walk: &mut Walk) -> Result<String, Mismatch> {
    let body = json!({"kind": "req", "id": "11", "type": "cm.UpdateConversationField", "body": {
        "conversationId": walk.conversation,
        "conversationField": {"field": "ConversationStateField", "conversationState": "CLOSE"},
    }});
    let call = walk.messaging("/send", &body)?;
    let answer = walk.call(call).await?;
    answer.status(200)?.members("", &["reqId", "code", "body"])?.is("reqId", "11")?.is("code", "OK")?;
    answer.is("body.msg", "OK Conversation resolved successfully")?;
    Ok("closed by the consumer".to_owned())
}

/// What is closed stays closed.
pub(crate) async fn send_after_close(walk: &mut Walk) -> Result<String, Mismatch> {
    let call = walk.messaging("/send", &text_request(walk, "12", "One more thing"))?;
    let answer = walk.call(call).await?;
    answer
        .status(400)?
        .members("", &["code", "body", "reqId"])?
        .is("code", "BAD_REQUEST")?
        .is("reqId", "12")?;
    answer.is("body.msg", "Bad Request, Conversation is close")?;
    Ok("as documented: the conversation is closed".to_owned())
}
