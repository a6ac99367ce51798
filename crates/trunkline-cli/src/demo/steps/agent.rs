//! Steps 11 and 13 from the other side: a bot comes in by the agents' socket (spec 20 to 22), and the connector is told
//! of everything it does (spec 06 §3).

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value;
use trunkline_model::Secret;
use trunkline_wire::json::JsValue;
use trunkline_wire::{AccountId, AgentId};

use super::messages::say;
use super::webhooks::{DETAILS, conversation, event, participant, stored};
use crate::bot::{Bot, Credentials, Persona, Place, RunningBot, Script};
use crate::demo::mismatch::{Mismatch, expect};
use crate::demo::notification::Notification;
use crate::demo::transcript::{Said, Sender};
use crate::demo::walk::Walk;
use crate::failure::Failure;

/// What the bot does.
const SCRIPT: &str = r#"
on = [
  { text = "open", do = [{ say = "Yes, until six." }] },
  { text = "where", do = [{ rich = { type = "vertical", elements = [
    { type = "text", text = "7 Mill Lane" },
    { type = "button", title = "Map", click = { actions = [
      { type = "link", name = "Map", uri = "https://shop.example.org/map" },
    ] } },
  ] } }] },
  { text = "bye", do = [{ close = true }] },
]
"#;
/// How the bot is known to the connector.
const ROLE: &str = "ASSIGNED_AGENT";
/// Signing in and subscribing takes no longer.
const PATIENCE: Duration = Duration::from_secs(10);

/// The bot looks its services up, signs in, opens its socket, goes online.
pub(crate) async fn online(walk: &mut Walk) -> Result<String, Mismatch> {
    let mut bot = bot(walk).map_err(Mismatch::new)?;
    let online = bot.online();
    for line in SCRIPT.trim().lines() {
        walk.note("script", line);
    }
    walk.bot = Some(RunningBot::start(bot));
    let came = tokio::time::timeout(PATIENCE, online).await;
    expect(matches!(came, Ok(Ok(()))), "the bot is not online")?;
    Ok(format!("{} is online and waits for rings", walk.agent.0))
}

fn bot(walk: &Walk) -> Result<Bot, Failure> {
    let account = AccountId::parse(&walk.account).map_err(anyhow::Error::new)?;
    let place = Place { base: walk.csds.clone(), account, ca_file: Some(walk.ca_file.clone()) };
    let (username, password) = walk.agent.clone();
    let credentials = Credentials::Password { username, password: Secret::new(password) };
    let script = Script::parse(SCRIPT).map_err(anyhow::Error::new)?;
    Bot::new(place, credentials, Persona::Script(script), BTreeSet::new())
}

/// The agent is a participant now, under the id that consumers may see.
pub(crate) async fn joined(walk: &mut Walk) -> Result<String, Mismatch> {
    let told = conversation(walk, "OPEN").await?;
    let agent = participant(&told, "participants", ROLE)?;
    expect(AgentId::parse(agent).is_ok(), "the agent's id is no UUID")?;
    let in_dialog = participant(&told, "dialogs.0.participantsDetails", ROLE)?;
    expect(in_dialog == agent, format!("the dialog has the agent {in_dialog:?}, not {agent:?}"))?;
    agent.clone_into(&mut walk.agent_id);
    Ok(format!("agent {}", walk.agent_id))
}

/// Step 10: the consumer asks.
pub(crate) async fn question(walk: &mut Walk) -> Result<String, Mismatch> {
    ask(walk, "20", "Is the shop open?").await
}

/// Step 10: the consumer asks for what is shown better than said.
pub(crate) async fn second_question(walk: &mut Walk) -> Result<String, Mismatch> {
    ask(walk, "21", "And where is it?").await
}

/// Step 10: the consumer has what it wanted.
pub(crate) async fn good_bye(walk: &mut Walk) -> Result<String, Mismatch> {
    ask(walk, "22", "Thanks, bye!").await
}

async fn ask(walk: &mut Walk, id: &str, text: &str) -> Result<String, Mismatch> {
    say(walk, id, text).await?;
    Ok(format!("sequence {}", walk.sequence))
}

/// Step 11: the question comes back, then the agent's receipt, typing and answer.
pub(crate) async fn answered(walk: &mut Walk) -> Result<String, Mismatch> {
    consumer_text(walk).await?;
    receipt(walk).await?;
    typing(walk, "COMPOSING").await?;
    let told = of_agent(walk, "/content", "ContentEvent").await?;
    told.is("event.message", "Yes, until six.")?
        .is("event.contentType", "text/plain")?
        .is("messageAudience", "ALL")?;
    stored(&told, next(walk))?;
    walk.said(Sender::Agent, Said::Text("Yes, until six.".to_owned()));
    typing(walk, "ACTIVE").await?;
    Ok("5 in the order in which it happened, each signed".to_owned())
}

/// Step 11: structured content comes as an object (spec 06 §3.5).
pub(crate) async fn answered_richly(walk: &mut Walk) -> Result<String, Mismatch> {
    consumer_text(walk).await?;
    receipt(walk).await?;
    typing(walk, "COMPOSING").await?;
    let told = of_agent(walk, "/rich", "RichContentEvent").await?;
    told.is("messageAudience", "ALL")?;
    let content: Value =
        serde_json::from_str(told.at("event.content")?.to_json().as_str()).map_err(Mismatch::new)?;
    let script: Value = toml::from_str(SCRIPT).map_err(Mismatch::new)?;
    let shown = script.pointer("/on/1/do/0/rich");
    expect(Some(&content) == shown, "event.content is not what the script shows")?;
    stored(&told, next(walk))?;
    walk.said(Sender::Agent, Said::Rich(content));
    typing(walk, "ACTIVE").await?;
    Ok("5, among them the structured content, whole".to_owned())
}

/// Step 13: the agent closes.
pub(crate) async fn closed(walk: &mut Walk) -> Result<String, Mismatch> {
    consumer_text(walk).await?;
    receipt(walk).await?;
    let told = conversation(walk, "CLOSE").await?;
    told.is(&format!("{DETAILS}.closeReason"), "AGENT")?;
    told.is(&format!("{DETAILS}.dialogs.0.closedBy"), "AGENT")?;
    told.integer(&format!("{DETAILS}.endTs"))?;
    walk.no_other_notification()?;
    Ok("closed by the agent, and the connector knows".to_owned())
}

/// The text that the consumer just sent.
async fn consumer_text(walk: &mut Walk) -> Result<(), Mismatch> {
    let told = event(walk, "/content", "ContentEvent").await?;
    stored(&told, walk.sequence)
}

/// The agent has read that text.
async fn receipt(walk: &mut Walk) -> Result<(), Mismatch> {
    let read = JsValue::Array(vec![told_number(walk.sequence)]);
    let told = of_agent(walk, "/receipt", "AcceptStatusEvent").await?;
    told.is("event.status", "READ")?;
    expect(*told.at("event.sequenceList")? == read, "event.sequenceList is not the text of the consumer")?;
    stored(&told, next(walk))
}

async fn typing(walk: &mut Walk, state: &str) -> Result<(), Mismatch> {
    let told = of_agent(walk, "/typing", "ChatStateEvent").await?;
    told.is("event.chatState", state).map(drop)
}

/// A message event of the agent.
async fn of_agent(walk: &mut Walk, path: &str, event: &str) -> Result<Notification, Mismatch> {
    let told = walk.notification(path).await?;
    told.is_event(event, &walk.conversation, (&walk.agent_id, ROLE))?;
    Ok(told)
}

/// The next sequence: stored events of both sides are numbered through (spec 05 §5).
fn next(walk: &mut Walk) -> i64 {
    walk.sequence += 1;
    walk.sequence
}

fn told_number(sequence: i64) -> JsValue {
    JsValue::Number(f64::from(i32::try_from(sequence).unwrap_or(-1)))
}
