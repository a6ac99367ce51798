//! Reads a script.

use std::fmt;

use serde::Deserialize;

use super::action::{ActionTable, spoken};
use super::pattern::Pattern;
use super::{Action, Rule, Script};

/// The largest file.
const LARGEST: usize = 1 << 20;
/// The most rules, and the most actions of one rule.
const MOST: usize = 1000;

/// Everything that is wrong with a script.
#[derive(Debug, thiserror::Error)]
pub(crate) struct ScriptError(Vec<String>);

impl fmt::Display for ScriptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the script breaks these rules:")?;
        self.0.iter().try_for_each(|fault| write!(f, "\n  {fault}"))
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ScriptTable {
    greeting: Option<String>,
    #[serde(default)]
    on: Vec<RuleTable>,
    #[serde(default)]
    default: Vec<ActionTable>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleTable {
    text: String,
    #[serde(rename = "do", default)]
    actions: Vec<ActionTable>,
}

impl Script {
    /// Reads a script.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its place.
    pub(crate) fn parse(text: &str) -> Result<Self, ScriptError> {
        if text.len() > LARGEST {
            return Err(ScriptError(vec![format!("the file is longer than {LARGEST} bytes")]));
        }
        let table: ScriptTable = toml::from_str(text)
            .map_err(|error| ScriptError(vec![error.to_string().trim_end().to_owned()]))?;
        let mut faults = Vec::new();
        let script = table.read(&mut faults);
        if faults.is_empty() { Ok(script) } else { Err(ScriptError(faults)) }
    }
}

impl ScriptTable {
    fn read(self, faults: &mut Vec<String>) -> Script {
        if let Some(Err(fault)) = self.greeting.as_deref().map(spoken) {
            faults.push(format!("`greeting` {fault}"));
        }
        if self.greeting.is_none() && self.on.is_empty() && self.default.is_empty() {
            faults.push("a bot without `greeting`, [[on]] and [[default]] says nothing".to_owned());
        }
        if self.on.len() > MOST {
            faults.push(format!("{} rules; at most {MOST} are allowed", self.on.len()));
            return Script { greeting: None, rules: Vec::new(), default: Vec::new() };
        }
        let rules =
            self.on.into_iter().zip(1..).filter_map(|(rule, number)| rule.read(number, faults)).collect();
        let default = actions(self.default, "[[default]]", faults);
        Script { greeting: self.greeting, rules, default }
    }
}

impl RuleTable {
    fn read(self, number: usize, faults: &mut Vec<String>) -> Option<Rule> {
        let place = format!("rule {number}");
        if self.actions.is_empty() {
            faults.push(format!("{place}: has no [[on.do]]"));
        }
        let actions = actions(self.actions, &place, faults);
        match Pattern::parse(&self.text) {
            Ok(text) => Some(Rule { text, actions }),
            Err(fault) => {
                faults.push(format!("{place}: `text` {fault}"));
                None
            }
        }
    }
}

fn actions(tables: Vec<ActionTable>, place: &str, faults: &mut Vec<String>) -> Vec<Action> {
    let count = tables.len();
    if count > MOST {
        faults.push(format!("{place}: {count} actions; at most {MOST} are allowed"));
        return Vec::new();
    }
    let mut actions = Vec::with_capacity(count);
    for (table, number) in tables.into_iter().zip(1..) {
        match table.read() {
            Ok(action) if action.is_last() && number < count => faults.push(format!(
                "{place}, action {number}: nothing can follow a transfer or a close: the bot has left"
            )),
            Ok(action) => actions.push(action),
            Err(fault) => faults.push(format!("{place}, action {number}: {fault}")),
        }
    }
    actions
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;
    use trunkline_wire::SkillId;

    use super::*;

    #[test]
    fn the_published_example_is_a_script() {
        let script = Script::parse(include_str!("../../../../../examples/bot.toml")).unwrap();
        assert!(script.greeting.is_some());
        assert!(script.answer("I want to talk to a human").iter().any(Action::is_last));
        assert!(!script.answer("qqq").is_empty());
    }

    #[test]
    fn every_action_is_read_and_the_first_rule_that_fits_counts() {
        let script = Script::parse(
            r#"
            [[on]]
            text = "menu"
            [[on.do]]
            wait = "500ms"
            [[on.do]]
            rich = { type = "vertical", elements = [{ type = "text", text = "A", n = 1 }] }
            [[on.do]]
            transfer = 4242
            [[on]]
            text = "/menu|bye/"
            do = [{ say = "Bye" }, { close = true }]
            [[default]]
            transfer = "7"
            "#,
        )
        .unwrap();
        let rich = json!({"type": "vertical", "elements": [{"type": "text", "text": "A", "n": 1}]});
        let skill = |text| Action::Transfer(SkillId::parse(text).unwrap());
        assert_eq!(
            script.answer("the MENU please"),
            [Action::Wait(Duration::from_millis(500)), Action::Rich(rich), skill("4242")]
        );
        assert_eq!(script.answer("bye"), [Action::Say("Bye".to_owned()), Action::Close]);
        assert_eq!(script.answer("else"), [skill("7")]);
        assert_eq!(script.greeting, None);
    }

    #[test]
    fn everything_wrong_is_said_with_its_place() {
        let error = Script::parse(
            r#"
            greeting = " "
            [[on]]
            text = "/(/"
            do = [{ close = true }, { say = "gone" }]
            [[on]]
            text = "x"
            [[on]]
            text = ""
            do = [{ say = "a", wait = "1s" }, {}, { wait = "1 hour" }, { wait = "11m" }, { rich = { a = 1 } }, { close = false }]
            "#,
        )
        .unwrap_err()
        .to_string();
        for words in [
            "`greeting` is empty",
            "rule 1: `text` no regular expression: unclosed group",
            "rule 1, action 1: nothing can follow",
            "rule 2: has no [[on.do]]",
            "rule 3: `text` is empty",
            "rule 3, action 1: needs exactly one of say, rich, wait, transfer, close",
            "rule 3, action 2: needs exactly one",
            "rule 3, action 3: `wait`: a span is",
            "rule 3, action 4: `wait` is 11m",
            "rule 3, action 5: `rich` needs a `type`",
            "rule 3, action 6: `close = false`",
        ] {
            assert!(error.contains(words), "{words:?} is missing in: {error}");
        }
    }

    #[test]
    fn unknown_members_and_empty_scripts_are_refused() {
        for (text, words) in [
            ("", "says nothing"),
            ("greetings = 'x'", "unknown field"),
            ("[[on]]\ntxt = 'x'", "unknown field"),
            ("[[default]]\nsya = 'x'", "unknown field"),
            ("[[default]]\ntransfer = 'sales'", "SkillId"),
            ("[[on]]\n", "missing field `text`"),
            ("not toml", "line 1"),
        ] {
            let error = Script::parse(text).unwrap_err().to_string();
            assert!(error.contains(words), "{text}: {error}");
        }
        let long = format!("greeting = '{}'", "a".repeat(4001));
        assert!(Script::parse(&long).unwrap_err().to_string().contains("4001 characters"));
        assert!(Script::parse(&"#".repeat(LARGEST + 1)).unwrap_err().to_string().contains("longer than"));
    }
}
