//! `trunkline survey set|show|clear`.

use anyhow::Context as _;
use trunkline_wire::operator::survey::{ClearSurvey, SetSurvey, ShowSurvey, Survey};

use super::document::{self, Kind};
use crate::args::SurveyCommand;
use crate::client::OperatorClient;
use crate::failure::Failure;
use crate::output::{self, Format};

const KIND: Kind = Kind {
    name: "survey",
    max_bytes: 1024 * 1024,
    hint: "docs/surveys.md describes the format, examples/survey.toml is one",
};

pub(crate) async fn run(
    client: &OperatorClient,
    format: Format,
    command: SurveyCommand,
) -> Result<(), Failure> {
    match command {
        SurveyCommand::Set { file, account } => {
            let survey = document::read(&file, KIND, parse)?;
            show(format, &client.call(&[account.account.as_str()], &SetSurvey(survey)).await?)
        }
        SurveyCommand::Show { account } => {
            show(format, &client.call(&[account.account.as_str()], &ShowSurvey {}).await?)
        }
        SurveyCommand::Clear { account } => {
            let account = account.account;
            let done = client.call(&[account.as_str()], &ClearSurvey {}).await?;
            output::object(format, &done, &[("cleared", account.to_string())])
        }
    }
}

fn parse(text: &str) -> anyhow::Result<Survey> {
    Ok(toml::from_str(text)?)
}

/// Prints a survey as the file it could have come from.
fn show(format: Format, survey: &Survey) -> Result<(), Failure> {
    match format {
        Format::Json => output::object(format, survey, &[]),
        Format::Text => {
            let text = toml::to_string_pretty(survey).context("cannot print the survey as TOML")?;
            output::print(&text)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_is_a_survey_and_what_is_shown_reads_back() {
        let survey = parse(include_str!("../../../../examples/survey.toml")).unwrap();
        let checked = trunkline_model::Survey::new(survey).unwrap();
        let shown = toml::to_string_pretty(checked.definition()).unwrap();
        assert_eq!(parse(&shown).unwrap(), *checked.definition());
    }

    #[test]
    fn a_mistake_is_shown_with_its_place() {
        for (text, expected) in [
            ("intro = 5", "intro"),
            ("timeout = \"soon\"\nquestion = []", "a time-out is a whole number and a unit"),
            ("[[question]]\nid = \"a\"\ntext = \"?\"\nkind = \"stars\"", "unknown variant `stars`"),
            ("[[question]]\nid = \"a\"\ntext = \"?\"\nkind = \"text\"\nreply = 1", "unknown field `reply`"),
            ("intro = \"x\"", "missing field `question`"),
        ] {
            let refused = format!("{:#}", parse(text).unwrap_err());
            assert!(refused.contains(expected), "{text}: {refused}");
        }
    }
}
