//! Step 14: the admin reads afterwards what was said (spec 08).

use serde_json::{Value, json};

use crate::demo::answer::Answer;
use crate::demo::call::Call;
use crate::demo::mismatch::{Mismatch, expect};
use crate::demo::transcript::{Message, Said};
use crate::demo::walk::Walk;

/// Both conversations, message by message.
pub(crate) async fn search(walk: &mut Walk) -> Result<String, Mismatch> {
    let conversations = walk.transcript.take();
    let url = format!(
        "{}/messaging_history/api/account/{}/conversations/conversation/search?v=1",
        walk.service("msgHist")?,
        walk.account
    );
    let ids: Vec<_> = conversations.iter().map(|(id, _)| id).collect();
    let body = json!({"conversationIds": ids, "contentToRetrieve": ["campaign", "messageRecords", "messageStatuses"]});
    let bearer = format!("Bearer {}", walk.bearer);
    let answer = walk.call(Call::post(url).authorization(bearer).json(&body)).await?;
    answer.status(200)?.elements("conversationHistoryRecords", conversations.len())?;
    let mut count = 0;
    for (index, (id, messages)) in conversations.iter().enumerate() {
        let record = format!("conversationHistoryRecords.{index}");
        answer
            .is(&format!("{record}.info.conversationId"), id)?
            .is(&format!("{record}.info.status"), "CLOSE")?;
        answer.elements(&format!("{record}.messageRecords"), messages.len())?;
        walk.note("conversation", id);
        for (index, message) in messages.iter().enumerate() {
            shows(&answer, &format!("{record}.messageRecords.{index}"), message)?;
            let Message { sequence, sender, said } = message;
            walk.note(&format!("  sequence {sequence} · {}", sender.as_str()), &said.title());
        }
        answer.is(&format!("{record}.messageStatuses.0.messageDeliveryStatus"), "READ")?;
        count += messages.len();
    }
    let campaign = "conversationHistoryRecords.0.campaign";
    answer
        .is(&format!("{campaign}.campaignId"), &walk.campaign.id.to_string())?
        .is(&format!("{campaign}.campaignEngagementId"), &walk.campaign.engagement.to_string())?;
    Ok(format!("{count} messages, the same as were sent"))
}

/// The record at a path must be this message.
fn shows(answer: &Answer, path: &str, message: &Message) -> Result<(), Mismatch> {
    let at = |name: &str| format!("{path}.{name}");
    let sequence = answer.integer(&at("seq"))?;
    let expected = message.sequence;
    expect(sequence == expected, format!("{path} has the sequence {sequence}, not {expected}"))?;
    answer.is(&at("sentBy"), message.sender.as_str())?;
    match &message.said {
        Said::Text(text) => answer.is(&at("type"), "TEXT_PLAIN")?.is(&at("messageData.msg.text"), text)?,
        Said::File(file) => {
            answer.is(&at("type"), "HOSTED_FILE")?.is(&at("messageData.file.relativePath"), file)?
        }
        Said::Rich(content) => {
            // History has it as a text (spec 08 §2.1).
            let text =
                answer.is(&at("type"), "RICH_CONTENT")?.text(&at("messageData.richContent.content"))?;
            let found: Value = serde_json::from_str(text).map_err(Mismatch::new)?;
            expect(found == *content, format!("{path} shows other structured content"))?;
            answer
        }
    };
    Ok(())
}
