//! Tests of the binary as a spawned process.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

mod agents;
mod backup;
mod bot;
mod commands;
mod compat_node;
mod config;
mod crash;
mod crash_agents;
mod crash_erasure;
mod crash_webhooks;
mod demo;
mod export;
mod operator_api;
mod serve;
mod support;
mod talk;
mod webhook;
