//! The operations on app installations: method, path and bodies. Source: spec 02 §3, §7.
//!
//! Updating and deleting take `If-Match` with the number of the `ac-revision` header; it is optional, and when present
//! it must be the present revision.

use http::Method;
use serde::{Deserialize, Serialize};

use super::app::AppObject;
use super::feature_grants::FeatureGrants;
use super::manifest::Manifest;
use crate::{Auth, Endpoint};

/// The collection of app installations.
pub const INSTALLATIONS_PATH: &str = "/api/account/{account}/configuration/app-install/installations";

/// One app installation.
pub const INSTALLATION_PATH: &str = "/api/account/{account}/configuration/app-install/installations/{id}";

/// The feature grants.
pub const FEATURE_GRANTS_PATH: &str = "/api/account/{account}/configuration/provision/featureGrants";

macro_rules! endpoint {
    ($(#[$doc:meta])* $name:ident $body:tt, $method:ident $path:ident -> $response:ty) => {
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        $(#[$doc])*
        pub struct $name $body

        impl Endpoint for $name {
            const METHOD: Method = Method::$method;
            const PATH: &'static str = $path;
            const AUTH: Auth = Auth::AdminBearer;
            type Response = $response;
        }
    };
}

endpoint! {
    /// Lists the app installations of an account, oldest first.
    ListInstallations {}, GET INSTALLATIONS_PATH -> Vec<AppObject>
}

endpoint! {
    /// Reads one app installation.
    ReadInstallation {}, GET INSTALLATION_PATH -> AppObject
}

endpoint! {
    /// Registers an app.
    #[serde(transparent)]
    CreateInstallation {
        /// Its manifest.
        pub manifest: Manifest,
    }, POST INSTALLATIONS_PATH -> AppObject
}

endpoint! {
    /// Replaces the writable members of an app.
    #[serde(transparent)]
    UpdateInstallation {
        /// Its new manifest, server-assigned members allowed.
        pub manifest: Manifest,
    }, PUT INSTALLATION_PATH -> AppObject
}

endpoint! {
    /// Deletes an app; the answer is empty.
    DeleteInstallation {}, DELETE INSTALLATION_PATH -> ()
}

endpoint! {
    /// Asks which features an account has.
    GetFeatureGrants {}, GET FEATURE_GRANTS_PATH -> FeatureGrants
}
