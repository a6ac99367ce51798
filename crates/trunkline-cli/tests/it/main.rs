//! Tests of the binary as a spawned process.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

mod commands;
mod config;
mod crash;
mod crash_webhooks;
mod demo;
mod operator_api;
mod serve;
mod support;
mod webhook;
