//! The `trunkline` binary: configuration, wiring, lifecycle, commands.
//!
//! `main` reads the command line and hands over to one module per command. Commands return what went wrong as a
//! [`failure::Failure`], which knows its exit code and what to do next.

mod allocator;
mod archive;
mod args;
mod bot;
mod client;
mod clock;
mod commands;
mod config;
mod data_dir;
mod demo;
mod descriptors;
mod dev;
mod failure;
mod logging;
mod output;
mod platform;

use std::process::ExitCode;

use clap::Parser as _;

use crate::args::Cli;

fn main() -> ExitCode {
    let cli = Cli::parse();
    match commands::run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            failure.report();
            failure.exit().into()
        }
    }
}
