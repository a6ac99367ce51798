//! IDP: names consumers (spec 04, 24 §2), and signs agents and admins in (spec 20 §3–6).

mod allowance;
mod consumer;
mod identity;
mod login;
mod provider;
#[cfg(test)]
mod tests;
mod throttle;

use std::sync::Arc;

use quick_cache::sync::Cache;
use trunkline_model::{Clock, Rng};
use trunkline_storage::Storage;
use trunkline_wire::{AccountId, ExternalConsumerId};

use crate::accounts::Accounts;
use crate::auth::Sessions;
use crate::conversations::Profiles;
use crate::keys::KeyRing;
use crate::settings::Settings;
use crate::users::Passwords;

pub use identity::{IdentityOptions, IdentityRefusal};
pub use login::{LoginRefusal, SignedInUser};
pub use provider::{IdentityProvider, ProviderTokenRefusal};

use allowance::Allowances;
use throttle::Throttle;

/// How many renewals and how many exchanges an account has for each sign-up: whoever signed up stays a while.
const RENEWALS_PER_SIGN_UP: u32 = 10;

/// How consumers are named.
#[derive(Debug, Clone)]
pub struct IdpOptions {
    /// Makes up an id for a consumer who was not named, as one public client expects (spec 04 §4). Off by default.
    pub mint_missing_external_ids: bool,
    /// How many `ConsumerJWS`s are remembered, at about 1 KiB each.
    pub remembered_tokens: usize,
    /// Consumers who need no connector.
    pub identities: IdentityOptions,
}

impl Default for IdpOptions {
    fn default() -> Self {
        Self {
            mint_missing_external_ids: false,
            remembered_tokens: 32 * 1024,
            identities: IdentityOptions::default(),
        }
    }
}

/// What IDP needs from its neighbours.
pub struct IdpParts {
    /// The store.
    pub storage: Arc<dyn Storage>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub rng: Arc<dyn Rng>,
    /// The accounts and their consumer secrets.
    pub accounts: Arc<Accounts>,
    /// The keys.
    pub keys: Arc<KeyRing>,
    /// The password hashes.
    pub passwords: Arc<Passwords>,
    /// The sessions.
    pub sessions: Arc<Sessions>,
    /// How accounts are set up.
    pub settings: Arc<Settings>,
    /// What is known about consumers.
    pub profiles: Arc<Profiles>,
}

/// Names consumers and signs users in.
pub struct Idp {
    parts: IdpParts,
    options: IdpOptions,
    /// By account, external id and the name of the signing key.
    tokens: Cache<(AccountId, ExternalConsumerId, Arc<str>), Arc<str>>,
    password_throttle: Throttle,
    /// Of its own, so that guessing a bot's password does not lock its keys out.
    key_throttle: Throttle,
    /// Each kind of request has its own, so that a flood of sign-ups ends nobody's chat.
    sign_ups: Allowances,
    renewals: Allowances,
    exchanges: Allowances,
    /// Exchanges of others' tokens.
    authentications: Allowances,
}

impl Idp {
    /// Works on these parts.
    pub fn new(parts: IdpParts, options: IdpOptions) -> Self {
        Self {
            tokens: Cache::new(options.remembered_tokens),
            password_throttle: Throttle::new(),
            key_throttle: Throttle::new(),
            sign_ups: Allowances::new(options.identities.per_minute),
            renewals: Allowances::new(options.identities.per_minute.saturating_mul(RENEWALS_PER_SIGN_UP)),
            exchanges: Allowances::new(options.identities.per_minute.saturating_mul(RENEWALS_PER_SIGN_UP)),
            authentications: Allowances::new(
                options.identities.per_minute.saturating_mul(RENEWALS_PER_SIGN_UP),
            ),
            parts,
            options,
        }
    }
}
