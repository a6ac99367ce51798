//! `/operator/v1/accounts/{account}/apps`: app installations.
//!
//! Bodies are those of the configuration API (spec 02): a manifest in, the app object out. Unlike there, the secret is
//! shown only in the answers that made it.

use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::Done;
use crate::installations::Manifest;
use crate::{AppInstallationId, Auth, Endpoint, EpochSeconds};

/// Where apps are installed and listed.
pub const PATH: &str = "/operator/v1/accounts/{account}/apps";
/// One app.
pub const ONE_PATH: &str = "/operator/v1/accounts/{account}/apps/{client_id}";
/// Enables an app.
pub const ENABLE_PATH: &str = "/operator/v1/accounts/{account}/apps/{client_id}/enable";
/// Disables an app.
pub const DISABLE_PATH: &str = "/operator/v1/accounts/{account}/apps/{client_id}/disable";
/// Gives an app a new secret.
pub const ROTATE_SECRET_PATH: &str = "/operator/v1/accounts/{account}/apps/{client_id}/rotate-secret";

/// An app installation, with the members and their order of spec 02 §3.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct AppInfo {
    /// The same as `client_id`.
    pub id: AppInstallationId,
    /// The id of the app.
    pub client_id: AppInstallationId,
    /// The secret, in the answers that made it only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<String>,
    /// When it was installed.
    pub client_id_issued_at: EpochSeconds,
    /// The writable members.
    #[serde(flatten)]
    pub manifest: Manifest,
}

impl std::fmt::Debug for AppInfo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AppInfo").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

/// Installs an app; 201 with the app object, secret included. The body is the manifest as its author wrote it: the
/// server names every rule it breaks.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct InstallApp(pub Box<RawValue>);

impl Endpoint for InstallApp {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = PATH;
    const AUTH: Auth = Auth::Operator;
    type Response = AppInfo;
}

/// The apps of an account that are not deleted, oldest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AppList {
    /// The apps.
    pub apps: Vec<AppInfo>,
}

/// Gives an app a new secret; the answer shows it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RotateSecret {
    /// How long the old secret keeps signing in; a day when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overlap_seconds: Option<u64>,
}

impl RotateSecret {
    /// The old secret keeps signing in for this long.
    pub fn overlapping(seconds: u64) -> Self {
        Self { overlap_seconds: Some(seconds) }
    }
}

impl Endpoint for RotateSecret {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = ROTATE_SECRET_PATH;
    const AUTH: Auth = Auth::Operator;
    type Response = AppInfo;
}

macro_rules! bodiless {
    ($(#[$doc:meta])* $name:ident, $method:ident, $path:ident, $response:ty) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
        pub struct $name {}

        impl Endpoint for $name {
            const METHOD: Method = Method::$method;
            const PATH: &'static str = $path;
            const AUTH: Auth = Auth::Operator;
            type Response = $response;
        }
    };
}

bodiless! {
    /// Lists the apps of an account.
    ListApps, GET, PATH, AppList
}
bodiless! {
    /// Shows one app.
    ShowApp, GET, ONE_PATH, AppInfo
}
bodiless! {
    /// Deletes an app: no token, no webhook any more; its name becomes free.
    DeleteApp, DELETE, ONE_PATH, Done
}
bodiless! {
    /// Enables an app.
    EnableApp, POST, ENABLE_PATH, AppInfo
}
bodiless! {
    /// Disables an app: its tokens are refused at once.
    DisableApp, POST, DISABLE_PATH, AppInfo
}

#[cfg(test)]
mod tests {
    use super::*;

    fn app(secret: Option<&str>) -> AppInfo {
        let id = AppInstallationId::parse("3f1c9a52-6b7e-4c1d-9a0e-5d2f8b7c6a41").unwrap();
        AppInfo {
            id,
            client_id: id,
            client_secret: secret.map(str::to_owned),
            client_id_issued_at: EpochSeconds(1_700_000_000),
            manifest: Manifest::connector("com.example.sms-bridge"),
        }
    }

    #[test]
    fn an_app_has_the_members_of_the_configuration_api_in_their_order() {
        let text = serde_json::to_string(&app(Some("m4q0v7t2b9k1s8e5h3g6d0a2u9"))).unwrap();
        assert!(
            text.starts_with(concat!(
                r#"{"id":"3f1c9a52-6b7e-4c1d-9a0e-5d2f8b7c6a41","client_id":"3f1c9a52-6b7e-4c1d-9a0e-5d2f8b7c6a41","#,
                r#""client_secret":"m4q0v7t2b9k1s8e5h3g6d0a2u9","client_id_issued_at":1700000000,"#,
                r#""client_name":"com.example.sms-bridge""#
            )),
            "{text}"
        );
        let read: AppInfo = serde_json::from_str(&text).unwrap();
        assert_eq!(read, app(Some("m4q0v7t2b9k1s8e5h3g6d0a2u9")));
    }

    #[test]
    fn a_secret_that_is_not_shown_is_absent() {
        let text = serde_json::to_string(&app(None)).unwrap();
        assert!(!text.contains("client_secret"), "{text}");
        assert_eq!(serde_json::from_str::<AppInfo>(&text).unwrap(), app(None));
    }
}
