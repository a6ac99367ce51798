//! Steps 9, 11 and the end of 13: what the platform tells the connector (spec 06 §3).

use trunkline_wire::json::JsValue;

use crate::demo::mismatch::{Mismatch, expect};
use crate::demo::notification::Notification;
use crate::demo::walk::Walk;

const CONVERSATION: &str = "/conversation";
pub(super) const DETAILS: &str = "result.conversationDetails";

/// Step 9: the opening, with the complete state.
pub(crate) async fn opened(walk: &mut Walk) -> Result<String, Mismatch> {
    let told = conversation(walk, "OPEN").await?;
    let ttr = told.integer(&format!("{DETAILS}.ttr.value"))?;
    let due = told.integer("result.effectiveTTR")?;
    let started = told.integer(&format!("{DETAILS}.startTs"))?;
    // The captures of spec 06 §3.1 add up to a quarter of a second.
    let expected = started + ttr * 1000;
    expect(
        (expected..expected + 1000).contains(&due),
        format!("effectiveTTR is {due}, not {expected} or a little later"),
    )?;
    told.is(&format!("{DETAILS}.skillId"), &walk.skill)?;
    told.is(&format!("{DETAILS}.dialogs.0.dialogType"), "MAIN")?;
    told.is(&format!("{DETAILS}.dialogs.0.channelType"), "MESSAGING")?;
    Ok("the connector knows of the conversation".to_owned())
}

/// Step 11: the consumer's own events come back, in the order in which they were sent.
pub(crate) async fn echoed(walk: &mut Walk) -> Result<String, Mismatch> {
    for (sequence, text) in [(0, "Is the shop open?"), (1, "¿Abierto? 👋")] {
        let told = event(walk, "/content", "ContentEvent").await?;
        told.is("event.message", text)?
            .is("event.contentType", "text/plain")?
            .is("messageAudience", "ALL")?;
        stored(&told, sequence)?;
    }
    let told = event(walk, "/typing", "ChatStateEvent").await?;
    told.is("event.chatState", "COMPOSING")?.members(&[
        "originatorId",
        "originatorMetadata",
        "event",
        "conversationId",
        "dialogId",
    ])?;
    let told = event(walk, "/receipt", "AcceptStatusEvent").await?;
    stored(&told, 2)?;
    told.is("event.status", "READ")?;
    let seen = JsValue::Array(vec![JsValue::Number(0.0), JsValue::Number(1.0)]);
    expect(*told.at("event.sequenceList")? == seen, "event.sequenceList is not [0,1]")?;
    let told = conversation(walk, "OPEN").await?;
    let rate = told.integer(&format!("{DETAILS}.csat.csatRate"))?;
    expect(rate == 5, format!("csat.csatRate is {rate}, not 5"))?;
    Ok("5 in the order in which they were sent, each signed".to_owned())
}

/// Step 13: closed means that both `state` and `stage` say so.
pub(crate) async fn closed(walk: &mut Walk) -> Result<String, Mismatch> {
    let told = conversation(walk, "CLOSE").await?;
    told.is(&format!("{DETAILS}.closeReason"), "CONSUMER")?;
    told.is(&format!("{DETAILS}.dialogs.0.closedBy"), "CONSUMER")?;
    told.integer(&format!("{DETAILS}.endTs"))?;
    let due = told.integer("result.effectiveTTR")?;
    expect(due == -1, format!("effectiveTTR is {due}, not -1"))?;
    walk.no_other_notification()?;
    Ok("the connector knows that it is over".to_owned())
}

/// A message event of the consumer.
pub(super) async fn event(walk: &mut Walk, path: &str, event: &str) -> Result<Notification, Mismatch> {
    let told = walk.notification(path).await?;
    told.is_event(event, &walk.conversation, (&walk.consumer, "CONSUMER"))?;
    Ok(told)
}

/// What is stored has a number and a time.
pub(super) fn stored(told: &Notification, sequence: i64) -> Result<(), Mismatch> {
    let found = told.integer("sequence")?;
    expect(found == sequence, format!("the sequence is {found}, not {sequence}"))?;
    told.integer("serverTimestamp").map(drop)
}

/// A conversation change, and what each of them says.
pub(super) async fn conversation(walk: &mut Walk, state: &str) -> Result<Notification, Mismatch> {
    let told = walk.notification(CONVERSATION).await?;
    told.is_conversation(&walk.conversation)?;
    for (path, text) in [
        ("brandId", walk.account.as_str()),
        ("state", state),
        ("stage", state),
        ("dialogs.0.dialogId", &walk.conversation),
        ("dialogs.0.state", state),
    ] {
        told.is(&format!("{DETAILS}.{path}"), text)?;
    }
    for list in ["participants", "dialogs.0.participantsDetails"] {
        let found = participant(&told, list, "CONSUMER")?;
        expect(
            found == walk.consumer,
            format!("{list} has the consumer {found:?}, not {:?}", walk.consumer),
        )?;
    }
    Ok(told)
}

/// The id of the one with this role; the lists have no order.
pub(super) fn participant<'a>(told: &'a Notification, list: &str, role: &str) -> Result<&'a str, Mismatch> {
    let JsValue::Array(members) = told.at(&format!("{DETAILS}.{list}"))? else {
        return Err(Mismatch::new(format!("{list} is no list")));
    };
    let text = |member: &'a JsValue, name| member.as_object()?.get(name)?.as_text();
    let mut ids = members.iter().filter(|member| text(member, "role") == Some(role));
    let id = ids.next().and_then(|member| text(member, "id"));
    expect(ids.next().is_none(), format!("{list} has several with the role {role}"))?;
    id.ok_or_else(|| Mismatch::new(format!("{list} has nobody with the role {role}")))
}
