//! What a survey must keep to: small enough to be kept with every conversation that asks it, and every answer
//! unmistakable.

use std::collections::HashSet;

use trunkline_wire::operator::survey::{Question, QuestionKind, Reply, ReplyValue, Survey};

use super::{comparable, label};

/// A survey against the rules. The text names the question and the rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SurveyError(String);

/// The most questions.
const MAX_QUESTIONS: usize = 20;
/// The most replies of a question.
const MAX_REPLIES: usize = 20;
/// The longest text, in characters.
const MAX_TEXT: usize = 1000;
/// The longest reply, in characters.
const MAX_REPLY: usize = 100;
/// The longest id; that of `ExternalId` is as long. Source: spec 05 §10.
const MAX_ID: usize = 64;
/// The most bytes as JSON.
const MAX_BYTES: usize = 16 * 1024;
/// The shortest time-out in seconds: nobody answers faster.
const MIN_TIMEOUT: u32 = 10;
/// The longest: a week, after which any dialog is closed (spec 05 §4.3).
const MAX_TIMEOUT: u32 = 7 * 24 * 3600;

pub(super) fn check(survey: &Survey) -> Result<(), SurveyError> {
    for (name, text) in [("intro", &survey.intro), ("thanks", &survey.thanks), ("hint", &survey.hint)] {
        if let Some(text) = text {
            check_text(text, MAX_TEXT).map_err(|rule| SurveyError(format!("{name} {rule}")))?;
        }
    }
    if !(MIN_TIMEOUT..=MAX_TIMEOUT).contains(&survey.timeout.0) {
        return Err(SurveyError("timeout must be 10s to 7d".to_owned()));
    }
    if survey.question.is_empty() || survey.question.len() > MAX_QUESTIONS {
        return Err(SurveyError(format!("a survey must have 1 to {MAX_QUESTIONS} questions")));
    }
    let mut ids = HashSet::new();
    for (number, question) in (1..).zip(&survey.question) {
        let at = |rule: String| SurveyError(format!("question {number} ({:?}): {rule}", question.id));
        check_question(question).map_err(at)?;
        if !ids.insert(&question.id) {
            return Err(at("another question has this id".to_owned()));
        }
    }
    for (kind, name) in [(QuestionKind::Csat, "csat"), (QuestionKind::Fcr, "fcr")] {
        if survey.question.iter().filter(|question| question.kind == kind).count() > 1 {
            return Err(SurveyError(format!("a survey must have one {name} question at most")));
        }
    }
    let bytes = serde_json::to_string(survey).map_or(usize::MAX, |text| text.len());
    if bytes > MAX_BYTES {
        return Err(SurveyError(format!("the survey has {bytes} bytes as JSON; {MAX_BYTES} are allowed")));
    }
    Ok(())
}

fn check_question(question: &Question) -> Result<(), String> {
    check_id(&question.id).map_err(|rule| format!("id {rule}"))?;
    check_text(&question.text, MAX_TEXT).map_err(|rule| format!("text {rule}"))?;
    let replies = &question.replies;
    match question.kind {
        QuestionKind::Text if replies.is_empty() => return Ok(()),
        QuestionKind::Text => return Err("a question of kind text takes no replies".to_owned()),
        _ if replies.len() < 2 || replies.len() > MAX_REPLIES => {
            return Err(format!("2 to {MAX_REPLIES} replies are needed"));
        }
        _ => {}
    }
    let (mut ids, mut answers) = (HashSet::new(), HashSet::new());
    for (place, reply) in replies.iter().enumerate() {
        let at = |rule: String| format!("reply {} ({:?}): {rule}", place + 1, reply.id);
        check_reply(question.kind, reply).map_err(at)?;
        if !ids.insert(&reply.id) {
            return Err(at("another reply has this id".to_owned()));
        }
        // One reply may be called like its own number, but no two may be taken for each other.
        let mut own = vec![comparable(&reply.text), comparable(&label(reply, place))];
        own.dedup();
        if own.into_iter().any(|answer| !answers.insert(answer)) {
            return Err(at("its text, value or number is that of another reply".to_owned()));
        }
    }
    check_values(question)
}

fn check_reply(kind: QuestionKind, reply: &Reply) -> Result<(), String> {
    check_id(&reply.id).map_err(|rule| format!("id {rule}"))?;
    check_text(&reply.text, MAX_REPLY).map_err(|rule| format!("text {rule}"))?;
    match (kind, &reply.value) {
        (QuestionKind::Csat, Some(ReplyValue::Number(1..=5)))
        | (QuestionKind::Fcr, Some(ReplyValue::Flag(_)))
        | (QuestionKind::Choice, None | Some(ReplyValue::Number(_))) => Ok(()),
        (QuestionKind::Choice, Some(ReplyValue::Text(value))) => {
            check_text(value, MAX_ID).map_err(|rule| format!("value {rule}"))
        }
        (QuestionKind::Csat, _) => Err("value must be a number from 1 to 5".to_owned()),
        (QuestionKind::Fcr, _) => Err("value must be true or false".to_owned()),
        _ => Err("value must be a number or text".to_owned()),
    }
}

/// Whether the replies make sense together.
fn check_values(question: &Question) -> Result<(), String> {
    let valued = question.replies.iter().filter(|reply| reply.value.is_some()).count();
    if valued != 0 && valued != question.replies.len() {
        return Err("either all replies have a value or none has".to_owned());
    }
    let is = |flag| move |reply: &Reply| reply.value == Some(ReplyValue::Flag(flag));
    if question.kind == QuestionKind::Fcr
        && !(question.replies.iter().any(is(true)) && question.replies.iter().any(is(false)))
    {
        return Err("one reply must have the value true and one the value false".to_owned());
    }
    Ok(())
}

fn check_id(id: &str) -> Result<(), String> {
    let is_fine = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if id.is_empty() || id.len() > MAX_ID || !id.chars().all(is_fine) {
        return Err(format!("must have 1 to {MAX_ID} letters, digits, `-`, `_` and `.`"));
    }
    Ok(())
}

/// Whether a text may be said: neither blank, nor longer than this many characters, nor full of control characters.
pub(crate) fn check_text(text: &str, most: usize) -> Result<(), String> {
    if text.trim().is_empty() || text.chars().count() > most {
        return Err(format!("must have 1 to {most} characters that are not all blank"));
    }
    if text.chars().any(|c| c.is_control() && c != '\n') {
        return Err("must not contain control characters but line breaks".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use trunkline_wire::operator::survey::Timeout;

    use super::*;
    use crate::Survey as Checked;

    fn survey(questions: &str) -> Result<Checked, SurveyError> {
        Checked::new(serde_json::from_str(&format!(r#"{{"question":[{questions}]}}"#)).unwrap())
    }

    fn refusal(questions: &str) -> String {
        survey(questions).unwrap_err().to_string()
    }

    #[test]
    fn satisfaction_and_resolution_have_default_replies() {
        let survey = survey(
            r#"{"id":"a","text":"How was it?","kind":"csat"},{"id":"b","text":"Settled?","kind":"fcr"},{"id":"c","text":"Why?","kind":"text"}"#,
        )
        .unwrap();
        let [csat, fcr, text] = survey.questions() else { panic!("three questions") };
        let values: Vec<_> = csat.replies.iter().map(|reply| reply.value.clone()).collect();
        assert_eq!(values, (1..=5).map(|n| Some(ReplyValue::Number(n))).collect::<Vec<_>>());
        assert_eq!((fcr.replies.len(), text.replies.len()), (2, 0));
        assert_eq!(survey.timeout().as_secs(), 600);
        assert!(survey.is_rated());
        let again = Checked::new(survey.definition().clone()).unwrap();
        assert_eq!(again, survey, "what is shown may be set");
    }

    #[test]
    fn errors_name_question_reply_and_rule() {
        let two = r#"{"id":"a","text":"A"},{"id":"b","text":"B"}"#;
        for (questions, expected) in [
            (String::new(), "a survey must have 1 to 20 questions"),
            (r#"{"id":"","text":"?","kind":"text"}"#.to_owned(), r#"question 1 (""): id must have"#),
            (r#"{"id":"a b","text":"?","kind":"text"}"#.to_owned(), r#"question 1 ("a b"): id must have"#),
            (r#"{"id":"a","text":" ","kind":"text"}"#.to_owned(), r#"question 1 ("a"): text must have 1 to 1000"#),
            (r#"{"id":"a","text":"\u0007","kind":"text"}"#.to_owned(), "control characters"),
            (
                r#"{"id":"a","text":"?","kind":"text"},{"id":"a","text":"?","kind":"text"}"#.to_owned(),
                r#"question 2 ("a"): another question has this id"#,
            ),
            (format!(r#"{{"id":"a","text":"?","kind":"text","replies":[{two}]}}"#), "takes no replies"),
            (r#"{"id":"a","text":"?","kind":"choice"}"#.to_owned(), "2 to 20 replies are needed"),
            (
                format!(r#"{{"id":"a","text":"?","kind":"csat","replies":[{two}]}}"#),
                r#"question 1 ("a"): reply 1 ("a"): value must be a number from 1 to 5"#,
            ),
            (
                r#"{"id":"a","text":"?","kind":"csat","replies":[{"id":"a","text":"A","value":5},{"id":"b","text":"B","value":6}]}"#.to_owned(),
                r#"reply 2 ("b"): value must be a number from 1 to 5"#,
            ),
            (format!(r#"{{"id":"a","text":"?","kind":"fcr","replies":[{two}]}}"#), "value must be true or false"),
            (
                r#"{"id":"a","text":"?","kind":"fcr","replies":[{"id":"a","text":"A","value":true},{"id":"b","text":"B","value":true}]}"#.to_owned(),
                "one the value false",
            ),
            (
                r#"{"id":"a","text":"?","kind":"choice","replies":[{"id":"a","text":"A"},{"id":"a","text":"B"}]}"#.to_owned(),
                "another reply has this id",
            ),
            (
                r#"{"id":"a","text":"?","kind":"choice","replies":[{"id":"a","text":"Ja"},{"id":"b","text":" JA. "}]}"#.to_owned(),
                "that of another reply",
            ),
            (
                r#"{"id":"a","text":"?","kind":"choice","replies":[{"id":"a","text":"2"},{"id":"b","text":"1"}]}"#.to_owned(),
                "that of another reply",
            ),
            (
                r#"{"id":"a","text":"?","kind":"choice","replies":[{"id":"a","text":"A","value":7},{"id":"b","text":"B"}]}"#.to_owned(),
                "either all replies have a value or none has",
            ),
            (
                r#"{"id":"a","text":"?","kind":"csat"},{"id":"b","text":"?","kind":"csat"}"#.to_owned(),
                "one csat question at most",
            ),
        ] {
            let refused = refusal(&questions);
            assert!(refused.contains(expected), "{questions}: {refused}");
        }
    }

    #[test]
    fn a_survey_stays_small_and_ends() {
        let long = |id: usize| format!(r#"{{"id":"q{id}","text":"{}","kind":"text"}}"#, "?".repeat(1000));
        let many = (0..18).map(long).collect::<Vec<_>>().join(",");
        assert!(refusal(&many).contains("16384 are allowed"));
        for seconds in [0, 9, MAX_TIMEOUT + 1] {
            let mut given = survey(&long(0)).unwrap().definition().clone();
            given.timeout = Timeout(seconds);
            assert_eq!(Checked::new(given).unwrap_err().to_string(), "timeout must be 10s to 7d");
        }
    }
}
