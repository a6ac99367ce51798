//! Steps 2 and 3: admin login and app installation (spec 02).

use serde_json::json;
use trunkline_wire::AppInstallationId;
use trunkline_wire::json::JsValue;

use crate::demo::call::Call;
use crate::demo::mismatch::{Mismatch, expect};
use crate::demo::walk::Walk;

/// Step 2.
pub(crate) async fn login(walk: &mut Walk) -> Result<String, Mismatch> {
    let url = format!("{}/api/account/{}/login?v=1.3", walk.service("agentVep")?, walk.account);
    let (username, password) = walk.admin.clone();
    let answer =
        walk.call(Call::post(url).json(&json!({"username": username, "password": password}))).await?;
    answer.status(200)?.is("config.loginName", &username)?;
    expect(*answer.at("config.isAdmin")? == JsValue::Bool(true), "config.isAdmin is not true")?;
    for name in ["csrf", "config.userId", "sessionTTl"] {
        answer.text(name)?;
    }
    answer.is("csdsCollectionResponse.baseURIs.0.account", &walk.account)?;
    let bearer = answer.text("bearer")?;
    expect(
        bearer.len() == 64 && bearer.bytes().all(|byte| byte.is_ascii_hexdigit()),
        "bearer is not 64 hex digits",
    )?;
    bearer.clone_into(&mut walk.bearer);
    let cookie = answer.headers.get("set-cookie").and_then(|value| value.to_str().ok()).unwrap_or_default();
    expect(cookie.starts_with("Session_id="), "there is no cookie Session_id")?;
    Ok(format!("signed in as {username}"))
}

/// Step 3.
pub(crate) async fn install(walk: &mut Walk) -> Result<String, Mismatch> {
    let base = walk.service("accountConfigReadWrite")?;
    let url = format!("{base}/api/account/{}/configuration/app-install/installations?v=1.0", walk.account);
    let manifest = json!({
        "client_name": "com.example.sms-bridge",
        "description": "SMS bridge",
        "enabled": true,
        "grant_types": ["client_credentials"],
        "scope": "msg.consumer",
        "logo_uri": "",
        "capabilities": {"webhooks": {
            "retry": {"retention_time": 3600},
            "ms.MessagingEventNotification.ContentEvent": {"endpoint": walk.webhook("/content")},
            "ms.MessagingEventNotification.RichContentEvent": {"endpoint": walk.webhook("/rich")},
            "ms.MessagingEventNotification.AcceptStatusEvent": {"endpoint": walk.webhook("/receipt")},
            "ms.MessagingEventNotification.ChatStateEvent": {"endpoint": walk.webhook("/typing")},
            "cqm.ExConversationChangeNotification": {"endpoint": walk.webhook("/conversation")},
        }},
    });
    let bearer = format!("Bearer {}", walk.bearer);
    let answer = walk.call(Call::post(url).authorization(bearer).json(&manifest)).await?;
    answer.status(201)?.is("client_name", "com.example.sms-bridge")?.is("scope", "msg.consumer")?;
    expect(*answer.at("enabled")? == JsValue::Bool(true), "enabled is not true")?;
    expect(*answer.at("deleted")? == JsValue::Bool(false), "deleted is not false")?;
    expect(
        answer.integer("client_id_issued_at")? < 100_000_000_000,
        "client_id_issued_at is not in seconds",
    )?;
    let revision =
        answer.headers.get("ac-revision").and_then(|value| value.to_str().ok()?.parse::<i64>().ok());
    expect(revision.is_some(), "the header ac-revision is missing or no integer")?;
    let id = answer.text("client_id")?;
    answer.is("id", id)?;
    expect(AppInstallationId::parse(id).is_ok(), "client_id is not a lower-case UUID")?;
    let secret = answer.text("client_secret")?;
    let is_radix_32 = secret.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'v'));
    expect(secret.len() == 26 && is_radix_32, "client_secret is not 26 characters of 0-9a-v")?;
    id.clone_into(&mut walk.client_id);
    secret.clone_into(&mut walk.client_secret);
    Ok(format!("client_id {id}"))
}
