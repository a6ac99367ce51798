//! App installations: the manifest a connector registers with, and the object it gets back. Source: spec 02.
//!
//! A manifest is read in two passes over one JSON tree. [`read`](self) turns the tree into types and notes every member
//! of a wrong type; [`Manifest::validate`] checks the values. Both collect all violations, each naming the member by
//! its path and the rule it breaks, so that an author fixes a manifest in one go.

mod app;
mod endpoints;
mod engagement;
mod feature_grants;
mod manifest;
mod read;
mod rules;
mod settings;
#[cfg(test)]
mod tests;
mod violation;
mod webhooks;
mod words;

pub use app::AppObject;
pub use endpoints::{
    CreateInstallation, DeleteInstallation, FEATURE_GRANTS_PATH, GetFeatureGrants, INSTALLATION_PATH,
    INSTALLATIONS_PATH, ListInstallations, ReadInstallation, UpdateInstallation,
};
pub use engagement::Engagement;
pub use feature_grants::{
    AccountData, AccountList, AppData, FeatureGrant, FeatureGrants, FeatureValue, Items,
};
pub use manifest::{Broadcast, Capabilities, Manifest};
pub use rules::EndpointPolicy;
pub use settings::{DeliveryOrder, Settings, SignatureHash};
pub use violation::{ManifestError, Violation};
pub use webhooks::{CustomHeader, MAX_RETRIES, RETENTION_SECONDS, Retry, Webhook, WebhookEvent, Webhooks};
pub use words::{
    ConsumerIdentity, EntryPoint, Goal, GrantType, ResponseType, TargetAudience, VisitorBehavior,
};
