//! Transcripts as records. Source: spec 08 §2.

mod changes;
mod info;
mod messages;
mod people;
mod sdes;
mod surveys;

use trunkline_model::{ConsumerProfile, Transcript};
use trunkline_wire::history::{Campaign, Content, Contents, ContextData, Record, Summary};
use trunkline_wire::json::{JsValue, Members};
use trunkline_wire::{EpochMillis, JsonText};

use super::Style;
use super::names::Names;

pub(super) use info::source_of;
pub(super) use messages::searchable_text;

/// What a record is written from.
pub(super) struct Source<'a> {
    pub(super) transcript: &'a Transcript,
    pub(super) names: &'a Names,
    /// What is known about the consumer now; not read when nothing of it is wanted.
    pub(super) profile: Option<&'a ConsumerProfile>,
    /// Whether it is the consumer's first conversation.
    pub(super) is_first: bool,
    /// Whether the log was not read to its end.
    pub(super) is_partial: bool,
    pub(super) now: EpochMillis,
    pub(super) style: Style,
}

impl Source<'_> {
    /// The record, with the wanted parts.
    pub(super) fn record(&self, contents: &Contents) -> Record {
        let transcript = self.transcript;
        let info = self.info();
        // Messages repeat what the conversation says about its client.
        let client = messages::Client { source: &info.source, device: &info.device };
        Record {
            campaign: wanted(contents, Content::Campaign, || self.campaign()).flatten(),
            message_records: wanted(contents, Content::MessageRecords, || self.messages(client)),
            agent_participants: wanted(contents, Content::AgentParticipants, || {
                self.participants(transcript.joined.iter())
            }),
            agent_participants_active: wanted(contents, Content::AgentParticipantsActive, || {
                self.participants(transcript.present())
            }),
            agent_participants_leave: wanted(contents, Content::AgentParticipantsLeave, || {
                self.participants(transcript.left.iter())
            }),
            consumer_participants: wanted(contents, Content::ConsumerParticipants, || self.consumers()),
            transfers: wanted(contents, Content::Transfers, || self.transfers()),
            interactions: wanted(contents, Content::Interactions, || self.interactions()),
            message_scores: wanted(contents, Content::MessageScores, Vec::new),
            message_statuses: wanted(contents, Content::MessageStatuses, || self.statuses()),
            conversation_surveys: wanted(contents, Content::ConversationSurveys, || {
                surveys::surveys(transcript)
            }),
            summary: wanted(contents, Content::Summary, || self.summary()).flatten(),
            sdes: wanted(contents, Content::Sdes, || sdes::vouched(self.profile, self.style)),
            // Source: spec 08 §1, `v`.
            un_auth_sdes: wanted(contents, Content::UnAuthSdes, || {
                sdes::by_consumer(self.profile, self.style)
            })
            .filter(|_| self.style.typed),
            dialogs: wanted(contents, Content::Dialogs, || self.dialogs()),
            response_time: wanted(contents, Content::ResponseTime, || self.response_time()),
            skill_changes: wanted(contents, Content::SkillChanges, || self.skill_changes()),
            info,
        }
    }

    fn campaign(&self) -> Option<Campaign> {
        self.transcript.state.campaign.as_ref().map(|campaign| Campaign {
            campaign_id: campaign.campaign.clone(),
            campaign_engagement_id: campaign.engagement.clone(),
        })
    }

    fn summary(&self) -> Option<Summary> {
        let text = self.transcript.state.note.clone()?;
        Some(Summary { text, last_updated_time: self.transcript.noted_at })
    }
}

fn wanted<T>(contents: &Contents, content: Content, make: impl FnOnce() -> T) -> Option<T> {
    contents.has(content).then(make)
}

/// `metadata` of a request: as it came, and each element under a member called like its type.
fn context_data(metadata: Option<&JsonText>) -> Option<ContextData> {
    let metadata = metadata?;
    let elements = match JsValue::parse(metadata.as_str()) {
        Ok(JsValue::Array(elements)) => elements,
        Ok(one @ JsValue::Object(_)) => vec![one],
        _ => Vec::new(),
    };
    let structured = JsValue::Array(elements.into_iter().filter_map(structured).collect());
    Some(ContextData {
        raw_metadata: metadata.as_str().to_owned(),
        structured_metadata: structured.to_json(),
    })
}

/// `{"type":"BotResponse",…}` as `{"botResponse":{…}}`.
fn structured(element: JsValue) -> Option<JsValue> {
    let JsValue::Object(mut members) = element else { return None };
    let kind = members.take("type")?;
    let mut letters = kind.as_text()?.chars();
    let name: String = letters.next()?.to_lowercase().chain(letters).collect();
    let mut holder = Members::default();
    holder.set(&name, JsValue::Object(members));
    Some(JsValue::Object(holder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_is_shown_as_it_came_and_by_type() {
        let text = r#"[{"type":"BotResponse","intents":[{"id":"i"}],"businessCases":["b"]},{"type":"ActionReason","reason":"r"},7,{"no":"type"}]"#;
        let metadata = JsonText::normalise(text).unwrap();
        let data = context_data(Some(&metadata)).unwrap();
        assert_eq!(data.raw_metadata, text);
        assert_eq!(
            data.structured_metadata.as_str(),
            r#"[{"botResponse":{"intents":[{"id":"i"}],"businessCases":["b"]}},{"actionReason":{"reason":"r"}}]"#
        );
        assert_eq!(context_data(None), None);
    }
}
