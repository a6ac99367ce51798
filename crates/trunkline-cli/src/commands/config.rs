//! `trunkline config print|check|sample`.

use anyhow::Context as _;

use super::{checked, settings};
use crate::args::{ConfigCommand, Global};
use crate::config::sample;
use crate::failure::Failure;
use crate::output::{self, Format};

pub(crate) fn run(global: &Global, command: &ConfigCommand) -> Result<(), Failure> {
    match command {
        ConfigCommand::Sample => output::print(&sample()),
        ConfigCommand::Print => {
            let settings = settings(global)?;
            match global.format {
                Format::Json => output::object(Format::Json, &settings, &[]),
                Format::Text => {
                    output::print(&toml::to_string(&settings).context("cannot print the configuration")?)
                }
            }
        }
        ConfigCommand::Check => {
            checked(settings(global)?)?;
            match global.format {
                Format::Json => output::print("{\"valid\":true}\n"),
                Format::Text => output::print("the configuration is valid\n"),
            }
        }
    }
}
