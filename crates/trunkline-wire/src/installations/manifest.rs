//! The writable members of an app installation. Source: spec 02 §1.

use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::engagement::Engagement;
use super::read::Object;
use super::rules::EndpointPolicy;
use super::settings::Settings;
use super::violation::{ManifestError, Violation, note};
use super::webhooks::Webhooks;
use super::words::{GrantType, ResponseType};
use crate::JsonError;
use crate::json::{JsValue, JsonText};

/// Members the server assigns: accepted and ignored on write, because clients send back what they read.
const SERVER_ASSIGNED: [&str; 6] =
    ["id", "client_id", "client_secret", "client_id_issued_at", "client_secret_expires_at", "deleted"];

/// The writable members of an app installation.
///
/// Reading (`Deserialize` and [`Manifest::parse`]) accepts what clients send; writing prints the stored shape in the
/// member order of spec 02 §3.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Manifest {
    /// Unique per account, 1 to 128 characters.
    pub client_name: String,
    /// At most 128 characters.
    pub display_name: Option<String>,
    /// At most 256 characters.
    pub description: Option<String>,
    /// Whether the app may act; `true` when the member is absent.
    pub enabled: bool,
    /// Left out when empty.
    pub grant_types: Vec<GrantType>,
    /// [`Manifest::RESPONSE_TYPES`] when the member is absent.
    pub response_types: Vec<ResponseType>,
    /// At most 128 characters each; left out when empty.
    pub redirect_uris: Vec<String>,
    /// Space separated, at most 128 characters; connectors use `msg.consumer`.
    pub scope: Option<String>,
    /// At most 1024 characters; an empty string occurs.
    pub logo_uri: Option<String>,
    /// What the app can do.
    pub capabilities: Capabilities,
    /// Whether agents see the app in a quick-launch menu.
    pub quick_launch_enabled: Option<bool>,
    /// The launch URI, at most 1024 characters.
    pub entry_uri: Option<String>,
    /// The profiles that see the quick-launch menu: any JSON.
    pub enabled_for_profiles: Option<Vec<JsonText>>,
    /// This platform's own settings; [`Manifest::settings`] has what applies.
    pub trunkline: Option<Settings>,
    /// Members that are not ours to understand: kept and returned.
    pub other: Vec<(String, JsonText)>,
}

/// What an app can do. All three members are always written, because clients read them unasked.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Capabilities {
    /// Notifications.
    pub webhooks: Webhooks,
    /// Engagements; `None` is written as `{}`.
    pub engagement: Option<Engagement>,
    /// Broadcasts; stored apps show it disabled.
    pub broadcast: Broadcast,
    /// Further capabilities: kept and returned.
    pub other: Vec<(String, JsonText)>,
}

/// The broadcast capability.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Broadcast {
    /// Whether the app may broadcast.
    pub enabled: bool,
}

impl Manifest {
    /// The `response_types` of an app that names none, as stored apps show them. Source: spec 02 §1.1.
    pub const RESPONSE_TYPES: [ResponseType; 3] =
        [ResponseType::Code, ResponseType::Token, ResponseType::IdToken];

    /// A manifest with the only required member; everything else has its default.
    pub fn new(client_name: impl Into<String>) -> Self {
        Self {
            client_name: client_name.into(),
            display_name: None,
            description: None,
            enabled: true,
            grant_types: Vec::new(),
            response_types: Self::RESPONSE_TYPES.to_vec(),
            redirect_uris: Vec::new(),
            scope: None,
            logo_uri: None,
            capabilities: Capabilities::default(),
            quick_launch_enabled: None,
            entry_uri: None,
            enabled_for_profiles: None,
            trunkline: None,
            other: Vec::new(),
        }
    }

    /// The manifest of a messaging connector: grant `client_credentials`, scope `msg.consumer`.
    pub fn connector(client_name: impl Into<String>) -> Self {
        Self {
            grant_types: vec![GrantType::ClientCredentials],
            scope: Some("msg.consumer".to_owned()),
            ..Self::new(client_name)
        }
    }

    /// Reads a request body and checks every rule.
    ///
    /// # Errors
    /// [`ManifestError`] with everything that is wrong.
    pub fn parse(body: &[u8], policy: EndpointPolicy) -> Result<Self, ManifestError> {
        let value =
            serde_json::from_slice(body).map_err(|error| ManifestError::Json(JsonError::Syntax(error)))?;
        let mut violations = Vec::new();
        let Some(manifest) = Self::read(value, &mut violations) else {
            return Err(ManifestError::Rules(violations));
        };
        if let Err(error) = manifest.validate(policy) {
            let read = violations.len();
            for violation in error.violations() {
                // A stand-in for what could not be read breaks rules of its own; those say nothing new.
                if !violations[..read].iter().any(|known| known.field.starts_with(&violation.field)) {
                    note(&mut violations, violation.clone());
                }
            }
        }
        ManifestError::unless_empty(violations).map(|()| manifest)
    }

    /// This platform's own settings that apply to the app.
    pub fn settings(&self) -> Settings {
        self.trunkline.unwrap_or_default()
    }

    /// True if the app may obtain tokens by `client_credentials`; an app that names no grant may.
    pub fn allows_client_credentials(&self) -> bool {
        self.grant_types.is_empty() || self.grant_types.contains(&GrantType::ClientCredentials)
    }

    /// Types only; the rules are [`Manifest::validate`]'s. Members that could not be read are noted and replaced by
    /// stand-ins; `None` if there is no object at all.
    fn read(value: JsValue, violations: &mut Vec<Violation>) -> Option<Self> {
        let mut object = Object::root(value, violations)?;
        for name in SERVER_ASSIGNED {
            object.ignore(name);
        }
        let mut manifest = Self::new(object.required_text("client_name").unwrap_or_default());
        manifest.read_optional(&mut object);
        manifest.other = object.rest();
        Some(manifest)
    }

    fn read_optional(&mut self, object: &mut Object<'_>) {
        self.display_name = object.text("display_name");
        self.description = object.text("description");
        self.enabled = object.flag("enabled").unwrap_or(true);
        self.grant_types = object.words("grant_types").unwrap_or_default();
        if let Some(response_types) = object.words("response_types") {
            self.response_types = response_types;
        }
        self.redirect_uris = object.texts("redirect_uris").unwrap_or_default();
        self.scope = object.text("scope");
        self.logo_uri = object.text("logo_uri");
        self.capabilities = object.object("capabilities").map(Capabilities::read).unwrap_or_default();
        self.quick_launch_enabled = object.flag("quick_launch_enabled");
        self.entry_uri = object.text("entry_uri");
        self.enabled_for_profiles = object.raw_list("enabled_for_profiles");
        self.trunkline = object.object("trunkline").map(Settings::read);
    }

    /// Writes the members in the order of spec 02 §3; `deleted` follows `enabled` in the read form.
    pub(super) fn write<M: SerializeMap>(&self, map: &mut M, deleted: Option<bool>) -> Result<(), M::Error> {
        map.serialize_entry("client_name", &self.client_name)?;
        optional(map, "display_name", self.display_name.as_ref())?;
        optional(map, "description", self.description.as_ref())?;
        map.serialize_entry("enabled", &self.enabled)?;
        optional(map, "deleted", deleted.as_ref())?;
        optional(map, "grant_types", Some(&self.grant_types).filter(|list| !list.is_empty()))?;
        map.serialize_entry("response_types", &self.response_types)?;
        optional(map, "redirect_uris", Some(&self.redirect_uris).filter(|list| !list.is_empty()))?;
        optional(map, "scope", self.scope.as_ref())?;
        optional(map, "logo_uri", self.logo_uri.as_ref())?;
        map.serialize_entry("capabilities", &self.capabilities)?;
        optional(map, "quick_launch_enabled", self.quick_launch_enabled.as_ref())?;
        optional(map, "entry_uri", self.entry_uri.as_ref())?;
        optional(map, "enabled_for_profiles", self.enabled_for_profiles.as_ref())?;
        optional(map, "trunkline", self.trunkline.as_ref())?;
        self.other.iter().try_for_each(|(name, value)| map.serialize_entry(name, value))
    }
}

fn optional<M: SerializeMap>(
    map: &mut M,
    name: &str,
    value: Option<&impl Serialize>,
) -> Result<(), M::Error> {
    value.map_or(Ok(()), |value| map.serialize_entry(name, value))
}

impl Capabilities {
    fn read(mut object: Object<'_>) -> Self {
        Self {
            webhooks: object.object("webhooks").map(Webhooks::read).unwrap_or_default(),
            engagement: object.object("engagement").and_then(Engagement::read),
            broadcast: object.object("broadcast").map(Broadcast::read).unwrap_or_default(),
            other: object.rest(),
        }
    }
}

impl Broadcast {
    fn read(mut object: Object<'_>) -> Self {
        Self { enabled: object.flag("enabled").unwrap_or(false) }
    }
}

impl Serialize for Manifest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.write(&mut map, None)?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for Manifest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_value(JsValue::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

impl Manifest {
    /// Reads types, without the rules: what is in the store was checked when it came.
    pub(super) fn from_value(value: JsValue) -> Result<Self, ManifestError> {
        let mut violations = Vec::new();
        match Self::read(value, &mut violations) {
            Some(manifest) if violations.is_empty() => Ok(manifest),
            _ => Err(ManifestError::Rules(violations)),
        }
    }
}

impl Serialize for Capabilities {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Empty {}

        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("webhooks", &self.webhooks)?;
        match &self.engagement {
            Some(engagement) => map.serialize_entry("engagement", engagement)?,
            None => map.serialize_entry("engagement", &Empty {})?,
        }
        map.serialize_entry("broadcast", &self.broadcast)?;
        self.other.iter().try_for_each(|(name, value)| map.serialize_entry(name, value))?;
        map.end()
    }
}
