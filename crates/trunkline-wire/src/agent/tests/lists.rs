//! The three lists of participants, as the JavaScript agent SDK puts them together. Source: spec 22 §1.1, 23 §5.

use std::collections::{BTreeMap, HashMap};

use proptest::prelude::*;
use serde::Deserialize;

use super::people::*;
use crate::agent::{AgentConversation, AgentVersion, ForAgents, Identity, Member, Rendered};
use crate::conversations::{ParticipantRole, ParticipantState};
use crate::{AgentId, EpochMillis, UserId};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Outcome {
    conversation_details: Details,
}

#[derive(Deserialize)]
struct Details {
    participants: BTreeMap<String, Vec<String>>,
    #[serde(rename = "participantsPId")]
    pids: BTreeMap<String, Vec<String>>,
    dialogs: Vec<Dialog>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Dialog {
    participants_details: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    id: String,
    role: String,
    state: String,
}

/// What a bot sees in place of an entry's id: the new id at the same position within the role. `Err` is the SDK's warning.
fn seen(details: &Details, dialog: usize) -> Vec<Result<String, String>> {
    let mut met = HashMap::new();
    let mut ids = Vec::new();
    for entry in &details.dialogs[dialog].participants_details {
        let place = met.entry(&entry.role).or_insert(0_usize);
        ids.push(match details.pids.get(&entry.role) {
            None if entry.state == "ACTIVE" => Err(entry.role.clone()),
            pids => Ok(pids.and_then(|pids| pids.get(*place)).unwrap_or(&entry.id).clone()),
        });
        *place += 1;
    }
    ids
}

fn user(number: u8) -> Identity {
    let pid = AgentId::parse(&format!("6d0b5c1e-93a4-5f27-8c41-{number:012}")).unwrap();
    Identity::Agent { pid, user: (number != 3).then(|| UserId::from_number(number.into())) }
}

fn members() -> impl Strategy<Value = Vec<Member>> {
    let role = prop::sample::select(&[
        ParticipantRole::AssignedAgent,
        ParticipantRole::Manager,
        ParticipantRole::Reader,
        ParticipantRole::Agent,
        ParticipantRole::Controller,
    ]);
    let member = (0_u8..6, role).prop_map(|(number, role)| active(user(number), role));
    prop::collection::vec(member, 0..8).prop_map(|mut members| {
        members.push(active(consumer(), ParticipantRole::Consumer));
        members.sort_by_key(|member| (member.role.as_str(), member.who.pid()));
        members.dedup();
        members
    })
}

fn printed(conversation: &AgentConversation<'_>) -> Details {
    let rendered = Rendered::<ForAgents>::of(conversation, AgentVersion::V2Dot1);
    serde_json::from_str::<Outcome>(rendered.as_str()).unwrap().conversation_details
}

proptest! {
    /// Whatever order members come in, a bot sees everybody in the main dialog under his own id.
    #[test]
    fn bots_see_everybody_under_the_right_id(
        (everybody, main) in members().prop_flat_map(|everybody| {
            let some = prop::sample::subsequence(everybody.clone(), 0..=everybody.len()).prop_shuffle();
            (Just(everybody).prop_shuffle(), some)
        }),
        suggested in prop::collection::vec(10_u8..13, 0..3),
    ) {
        let account = account();
        let mut conversation = open(&account);
        conversation.participants = everybody.clone();
        conversation.dialogs[0].participants = main.clone();
        // A conversation that has an agent has him in its main dialog, or nobody is proposed there.
        let is_plain = everybody.iter().all(|one| {
            one.role != ParticipantRole::AssignedAgent || main.contains(one)
        });
        if is_plain {
            for number in suggested {
                conversation.dialogs[0].participants.insert(0, Member {
                    state: ParticipantState::Suggested,
                    ..active(user(number), ParticipantRole::AssignedAgent)
                });
            }
        }
        let details = printed(&conversation);
        let entries = &details.dialogs[0].participants_details;
        prop_assert_eq!(entries.len(), conversation.dialogs[0].participants.len());
        for (entry, seen) in entries.iter().zip(seen(&details, 0)) {
            let seen = seen.unwrap();
            let meant = conversation.dialogs[0].participants.iter().find(|member| {
                let name = match member.who {
                    Identity::Agent { user: Some(user), .. } => format!("{account}.{user}"),
                    other => other.pid().to_string(),
                };
                name == entry.id && member.role.as_str() == entry.role
            });
            let meant = meant.unwrap();
            if meant.state == ParticipantState::Active {
                prop_assert_eq!(seen, meant.who.pid().to_string());
            } else {
                prop_assert_eq!(&seen, &entry.id);
            }
        }
    }

    /// Both maps have the same roles with equally long lists, and hold everybody once per role.
    #[test]
    fn both_maps_agree(everybody in members().prop_shuffle(), survey in members()) {
        let account = account();
        let mut conversation = open(&account);
        let twice = everybody.iter().chain(&everybody).copied().collect();
        conversation.participants = twice;
        let second = crate::agent::AgentDialog {
            participants: survey,
            created_at: EpochMillis(1),
            ..conversation.dialogs[0].clone()
        };
        conversation.dialogs.push(second);
        let details = printed(&conversation);
        let sizes = |map: &BTreeMap<String, Vec<String>>| {
            map.iter().map(|(role, ids)| (role.clone(), ids.len())).collect::<Vec<_>>()
        };
        prop_assert_eq!(sizes(&details.participants), sizes(&details.pids));
        prop_assert_eq!(details.pids.values().map(Vec::len).sum::<usize>(), everybody.len());
        for role in ["CONSUMER", "ASSIGNED_AGENT", "MANAGER", "READER"] {
            prop_assert!(details.pids.contains_key(role));
        }
        for dialog in 0..2 {
            prop_assert!(seen(&details, dialog).iter().all(Result::is_ok));
        }
    }
}
