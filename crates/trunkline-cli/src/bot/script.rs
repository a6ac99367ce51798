//! The script of a bot: what it says to which text. The format is documented in `docs/bots.md`.
//!
//! A script is read whole before anything is done with it; whatever is wrong is said together, each with its place.

mod action;
mod pattern;
mod read;

pub(crate) use action::Action;
use pattern::Pattern;

/// What a bot says and does.
#[derive(Debug)]
pub(crate) struct Script {
    /// Said once in each conversation, before anything else.
    pub(crate) greeting: Option<String>,
    rules: Vec<Rule>,
    /// What is done when no rule fits.
    default: Vec<Action>,
}

/// What is done when a text fits.
#[derive(Debug)]
struct Rule {
    text: Pattern,
    actions: Vec<Action>,
}

impl Script {
    /// What is done about a text: what the first rule that fits says, else the default.
    pub(crate) fn answer(&self, text: &str) -> &[Action] {
        let rule = self.rules.iter().find(|rule| rule.text.fits(text));
        rule.map_or(&self.default, |rule| &rule.actions)
    }
}
