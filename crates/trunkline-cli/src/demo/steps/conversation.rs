//! Steps 8 and 13: opening and closing (spec 05 §3, §4.3, §6.2).

use serde_json::{Value, json};
use trunkline_wire::ConversationId;

use super::messages::{done, text_request};
use crate::demo::mismatch::{Mismatch, expect};
use crate::demo::visit::Visit;
use crate::demo::walk::Walk;

const ANY_SKILL: &str = "-1";

/// A visitor who came by a campaign says by which.
fn request(walk: &Walk, visit: Option<&Visit>) -> Value {
    let mut conversation = json!({
        "brandId": walk.account, "channelType": "MESSAGING", "ttrDefName": "NORMAL", "skillId": ANY_SKILL,
        "conversationContext": {"type": "SharkContext", "lang": "en-US", "visitorId": "", "sessionId": ""},
    });
    if let Some(visit) = visit {
        conversation["campaignInfo"] = visit.campaign_info();
        conversation["conversationContext"] = visit.context();
    }
    json!([
        {"kind": "req", "id": "a1", "type": "userprofile.SetUserProfile", "body": {"authenticatedData": {"lp_sdes": [
            {"type": "ctmrinfo", "info": {"socialId": "ig:4711", "ctype": "gold"}},
            {"type": "personal", "personal": {"firstname": "Ada", "lastname": "Byron"}},
        ]}}},
        {"kind": "req", "id": "a2", "type": "cm.ConsumerRequestConversation", "body": conversation},
    ])
}

/// Step 8: profile and conversation in one batch, with what step 7 told. The campaign goes before the skill (spec 05 §3.1).
pub(crate) async fn open_engaged(walk: &mut Walk) -> Result<String, Mismatch> {
    let body = request(walk, walk.visit.as_ref());
    walk.skill.clone_from(&walk.campaign.skill);
    opened(walk, &body).await
}

/// Step 8 without a campaign.
pub(crate) async fn open(walk: &mut Walk) -> Result<String, Mismatch> {
    let body = request(walk, None);
    ANY_SKILL.clone_into(&mut walk.skill);
    opened(walk, &body).await
}

async fn opened(walk: &mut Walk, body: &Value) -> Result<String, Mismatch> {
    let call = walk.messaging("", body)?;
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
    let call = walk.messaging("", &request(walk, None))?;
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
    let body = json!({"kind": "req", "id": "14", "type": "cm.UpdateConversationField", "body": {
        "conversationId": walk.conversation,
        "conversationField": {"field": "ConversationStateField", "conversationState": "CLOSE"},
    }});
    done(walk, "14", &body).await?.is("body.msg", "OK Conversation resolved successfully")?;
    Ok("closed by the consumer".to_owned())
}

/// What is closed stays closed.
pub(crate) async fn send_after_close(walk: &mut Walk) -> Result<String, Mismatch> {
    let call = walk.messaging("/send", &text_request(walk, "15", "One more thing"))?;
    let answer = walk.call(call).await?;
    answer
        .status(400)?
        .members("", &["code", "body", "reqId"])?
        .is("code", "BAD_REQUEST")?
        .is("reqId", "15")?;
    answer.is("body.msg", "Bad Request, Conversation is close")?;
    Ok("as documented: the conversation is closed".to_owned())
}
