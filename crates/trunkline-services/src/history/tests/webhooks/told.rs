//! What webhooks told, in the words of history.

use std::collections::HashSet;

use trunkline_wire::conversations::event::EventKind;

use super::*;

/// A message as a webhook tells it, in the words of history.
pub(super) fn message(change: &Value) -> Value {
    let event = &change["event"];
    let mut data = match (event["type"].as_str().unwrap(), event["contentType"].as_str()) {
        ("RichContentEvent", _) => json!({"richContent": {"content": event["content"].to_string()}}),
        (_, Some("hosted/file")) => json!({"file": event["message"]}),
        _ => json!({"msg": {"text": event["message"]}}),
    };
    if let Some(replies) = event.get("quickReplies") {
        data["quickReplies"] = json!({"content": replies.to_string()});
    }
    let metadata = change.get("metadata").map(Value::to_string);
    json!([
        change["dialogId"],
        change["sequence"],
        change["originatorId"],
        change["serverTimestamp"],
        data,
        metadata
    ])
}

/// A message of a record, likewise.
pub(super) fn shown(record: &Value) -> Value {
    let mut data = record["messageData"].clone();
    for name in ["richContent", "quickReplies"] {
        if let Some(content) = data[name]["content"].as_str() {
            // Members are compared, not their order.
            let content: Value = serde_json::from_str(content).unwrap();
            data[name] = json!({"content": content.to_string()});
        }
    }
    let data = data.as_object().unwrap().iter().filter(|(_, value)| !value.is_null());
    let data: serde_json::Map<_, _> = data.map(|(name, value)| (name.clone(), value.clone())).collect();
    let metadata = record["contextData"]["rawMetadata"].as_str();
    let metadata = metadata.map(|text| serde_json::from_str::<Value>(text).unwrap().to_string());
    json!([record["dialogId"], record["seq"], record["participantId"], record["timeL"], data, metadata])
}

pub(super) fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

/// A number of a receipt as a webhook tells it, once each.
pub(super) fn told_statuses<'a>(receipts: impl Iterator<Item = &'a Value>) -> Vec<Value> {
    let mut statuses: Vec<Value> = Vec::new();
    for change in receipts {
        let mut known = HashSet::new();
        for number in list(&change["event"]["sequenceList"]).iter().filter(|number| known.insert(*number)) {
            statuses.push(json!([
                change["dialogId"],
                number,
                change["originatorId"],
                change["serverTimestamp"],
                change["event"]["status"]
            ]));
        }
    }
    statuses
}

/// Of each number of each receipt, in the order of the log, whether connectors are told: they are not of receipts for the
/// brand's side only, nor of its private messages.
pub(super) fn is_told(talk: &Talk) -> Vec<bool> {
    let (mut private, mut told) = (HashSet::new(), Vec::new());
    for entry in &talk.log {
        let EntryBody::Event(event) = &entry.body else { continue };
        if event.kind != EventKind::AcceptStatus {
            if event.audience != Audience::All {
                private.insert((event.dialog, event.sequence));
            }
            continue;
        }
        let receipt: Value = serde_json::from_str(event.event.as_str()).unwrap();
        let mut known = HashSet::new();
        let numbers = list(&receipt["sequenceList"]).iter().map(|number| number.as_u64().unwrap());
        told.extend(
            numbers
                .filter(|number| known.insert(*number))
                .map(|number| event.audience == Audience::All && !private.contains(&(event.dialog, number))),
        );
    }
    told
}

/// Who answers in the main dialog, as a webhook tells it.
fn assigned(state: &Value) -> Option<&Value> {
    let people = list(&state["dialogs"][0]["participantsDetails"]);
    people.iter().find(|who| who["role"] == "ASSIGNED_AGENT").map(|who| &who["id"])
}

/// What history must say about hands and skills after these states: transfers, interactions, changes of the skill. Whether
/// an agent was proposed or took over is not told.
pub(super) fn movements(states: &[&Value]) -> [Vec<Value>; 3] {
    let [mut transfers, mut interactions, mut skills] = [const { Vec::new() }; 3];
    let number = |skill: &Value| skill.as_str().unwrap().parse::<i64>().unwrap();
    for pair in states.windows(2) {
        let [before, after] = [pair[0], pair[1]];
        let ([from, to], [old, new]) =
            ([before, after].map(assigned), [before, after].map(|state| number(&state["skillId"])));
        let is_open = after["dialogs"][0]["state"] == "OPEN";
        let reason = match (from, to) {
            _ if old != new => Some("Skill"),
            (Some(_), None) if is_open => Some("back2Q"),
            (Some(_), Some(_)) if from != to => Some("agents"),
            _ => None,
        };
        let or_nobody = |who: Option<&Value>| who.map_or(json!("null"), Value::clone);
        if let Some(reason) = reason {
            let to_another = to.filter(|_| to != from);
            transfers.push(json!([reason, or_nobody(from), or_nobody(to_another), old, new]));
        }
        if to != from {
            interactions.extend(to.map(|who| json!([interactions.len() + 1, who])));
        }
        if old != new {
            skills.push(json!([old, new]));
        }
    }
    [transfers, interactions, skills]
}

/// The same out of a record.
pub(super) fn shown_movements(record: &Value) -> [Vec<Value>; 3] {
    let reason = |transfer: &Value| match transfer["reason"].as_str().unwrap() {
        "Agent" | "TakeOver" => "agents".to_owned(),
        other => other.to_owned(),
    };
    [
        list(&record["transfers"])
            .iter()
            .map(|transfer| {
                json!([
                    reason(transfer),
                    transfer["sourceAgentId"],
                    transfer["assignedAgentId"],
                    transfer["sourceSkillId"],
                    transfer["targetSkillId"]
                ])
            })
            .collect(),
        list(&record["interactions"])
            .iter()
            .map(|interaction| json!([interaction["interactiveSequence"], interaction["assignedAgentId"]]))
            .collect(),
        list(&record["skillChanges"])
            .iter()
            .map(|change| json!([change["previousSkillId"], change["newSkillId"]]))
            .collect(),
    ]
}

/// The survey of a record against what the states said about satisfaction.
pub(super) fn check_survey(record: &Value, states: &[&Value]) {
    let last = states.last().unwrap();
    let surveys = list(&record["conversationSurveys"]);
    let of_kind = |kind: &str| surveys.iter().find(|survey| survey["surveyType"] == kind);
    let filled = |survey: Option<&Value>| survey.map_or(Value::Null, |survey| survey["surveyStatus"].clone());
    assert_eq!(filled(of_kind("Satisfaction")), last["csat"]["status"]);
    let Some(held) = of_kind("POST_SURVEY") else {
        assert_eq!(list(&last["dialogs"]).len(), 1, "every survey is shown");
        return;
    };
    assert_eq!(held["dialogId"], last["dialogs"][1]["dialogId"]);
    let definition: Value = serde_json::from_str(SURVEY).unwrap();
    let (questions, answers) = (list(&definition["question"]), list(&held["surveyData"]));
    let mut places = Vec::new();
    for answer in answers {
        let place = questions.iter().position(|question| question["text"] == answer["question"]).unwrap();
        places.push(place);
        let said = answer["answer"].as_str().unwrap();
        let is_reply = |place: usize| match place {
            0 => list(&questions[0]["replies"]).iter().any(|reply| reply["text"] == said),
            1 => ["Yes", "No"].contains(&said),
            _ => !said.is_empty(),
        };
        assert!(is_reply(place), "{answer}");
    }
    assert!(places.is_sorted_by(|before, after| before < after), "{answers:?}");
    let Some(ended) = states.iter().find(|state| state["stage"] == "CLOSE") else {
        assert_eq!(held["surveyStatus"], "PARTIALLY_FILLED");
        return;
    };
    let counted = ["SKIPPED", "PARTIALLY_FILLED", "PARTIALLY_FILLED", "FILLED"][answers.len()];
    assert_eq!(held["surveyStatus"], counted);
    // What the consumer gave by himself may stay.
    if states.iter().any(|state| state["stage"] == "OPEN" && state.get("csat").is_some()) {
        return;
    }
    assert_eq!(held["surveyStatus"], ended["csat"]["status"]);
    let answer_to =
        |place: usize| answers.iter().find(|answer| answer["question"] == questions[place]["text"]);
    let replies = list(&questions[0]["replies"]);
    let rate = answer_to(0).and_then(|answer| replies.iter().find(|reply| reply["text"] == answer["answer"]));
    assert_eq!(rate.and_then(|reply| reply["value"].as_i64()), ended["csat"]["csatRate"].as_i64());
    let resolved = answer_to(1).map(|answer| answer["answer"] == "Yes");
    assert_eq!(resolved, ended["csat"]["csatResolutionConfirmation"].as_bool());
}
