//! The read form of an app installation. Source: spec 02 §3.

use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::manifest::Manifest;
use crate::json::JsValue;
use crate::{AppInstallationId, EpochSeconds};

/// An app installation as clients read it, secret included. `id` and `client_id` are the same value, because the
/// official sample reads and deletes by one and updates by the other.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct AppObject {
    /// `id` and `client_id`.
    pub client_id: AppInstallationId,
    /// 26 characters of `0-9a-v` when made here; opaque text.
    pub client_secret: String,
    /// When it was registered.
    pub client_id_issued_at: EpochSeconds,
    /// The writable members.
    pub manifest: Manifest,
}

impl AppObject {
    /// Puts the object together.
    pub fn new(
        client_id: AppInstallationId,
        client_secret: String,
        client_id_issued_at: EpochSeconds,
        manifest: Manifest,
    ) -> Self {
        Self { client_id, client_secret, client_id_issued_at, manifest }
    }
}

impl std::fmt::Debug for AppObject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AppObject").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

impl Serialize for AppObject {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &self.client_id)?;
        map.serialize_entry("client_id", &self.client_id)?;
        map.serialize_entry("client_secret", &self.client_secret)?;
        map.serialize_entry("client_id_issued_at", &self.client_id_issued_at)?;
        // Secrets never expire by themselves.
        map.serialize_entry("client_secret_expires_at", &0)?;
        self.manifest.write(&mut map, Some(false))?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for AppObject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;

        let value = JsValue::deserialize(deserializer)?;
        let members =
            value.as_object().ok_or_else(|| D::Error::custom("an app installation must be an object"))?;
        let text = |name: &'static str| {
            members.get(name).and_then(JsValue::as_text).ok_or_else(|| D::Error::missing_field(name))
        };
        let client_id = AppInstallationId::parse(text("client_id")?).map_err(D::Error::custom)?;
        let client_secret = text("client_secret")?.to_owned();
        let issued_at = members
            .get("client_id_issued_at")
            .and_then(JsValue::as_integer)
            .ok_or_else(|| D::Error::missing_field("client_id_issued_at"))?;
        let manifest = Manifest::from_value(value).map_err(D::Error::custom)?;
        Ok(Self { client_id, client_secret, client_id_issued_at: EpochSeconds(issued_at), manifest })
    }
}
