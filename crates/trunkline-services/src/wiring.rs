//! Puts the services of one process together.

use std::sync::Arc;

use trunkline_jose::SealingKey;
use trunkline_model::{Behaviour, Clock, Rng};
use trunkline_storage::{Blobs, Storage};
use trunkline_wire::installations::EndpointPolicy;

use crate::Error;
use crate::accounts::Accounts;
use crate::agent::{Agents, AgentsParts};
use crate::audit::Audit;
use crate::auth::{Auth, AuthOptions, SessionOptions, Sessions};
use crate::backups::Backups;
use crate::consumer::{Consumers, ConsumersParts};
use crate::conversations::{self, Conversations};
use crate::domains::{DomainOptions, Domains};
use crate::erasure::{self, Erasure, ErasureParts};
use crate::expiry::{Expiry, ExpiryParts};
use crate::files::{self, Files, FilesParts};
use crate::history::History;
use crate::idp::{Idp, IdpOptions, IdpParts};
use crate::installations::{Installations, Registry};
use crate::keys::{KeyRing, KeyRingOptions};
use crate::monitoring::Monitoring;
use crate::sentinel::{ClientSecrets, Sentinel, SentinelOptions};
use crate::settings::Settings;
use crate::skills::Skills;
use crate::users::{PasswordOptions, Passwords, Users};
use crate::webhooks::{Hub, Webhooks, WebhooksParts};

/// How many app installations are kept in memory.
const REMEMBERED_APPS: usize = 16 * 1024;

/// What the services stand on.
#[derive(Clone)]
pub struct Dependencies {
    /// The store.
    pub storage: Arc<dyn Storage>,
    /// Where the bytes of files are.
    pub blobs: Arc<dyn Blobs>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub rng: Arc<dyn Rng>,
    /// The master key that seals secrets.
    pub sealing: Arc<SealingKey>,
}

/// How the services behave. The defaults are those of the contract.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The advertised hosts.
    pub domains: DomainOptions,
    /// Which webhook endpoints manifests may name.
    pub endpoints: EndpointPolicy,
    /// The signing keys.
    pub keys: KeyRingOptions,
    /// The AppJWT.
    pub sentinel: SentinelOptions,
    /// The ConsumerJWS.
    pub idp: IdpOptions,
    /// How tokens are checked.
    pub auth: AuthOptions,
    /// How long sessions live.
    pub sessions: SessionOptions,
    /// What a password hash costs.
    pub passwords: PasswordOptions,
    /// How conversations behave.
    pub conversations: conversations::Options,
    /// How they behave in accounts that have set nothing.
    pub behaviour: Behaviour,
    /// How files are shared.
    pub files: files::Options,
    /// How long conversations keep their content.
    pub erasure: erasure::Options,
}

/// Every service of one process, wired to one store.
pub struct Services {
    /// The store.
    pub storage: Arc<dyn Storage>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Which host serves which service.
    pub domains: Arc<Domains>,
    /// App installations.
    pub installations: Arc<Installations>,
    /// The app installations in use.
    pub registry: Arc<Registry>,
    /// AppJWTs.
    pub sentinel: Arc<Sentinel>,
    /// ConsumerJWSs and logins.
    pub idp: Arc<Idp>,
    /// Conversations.
    pub conversations: Arc<Conversations>,
    /// Shared files.
    pub files: Arc<Files>,
    /// Accounts.
    pub accounts: Arc<Accounts>,
    /// What was done to accounts.
    pub audit: Arc<Audit>,
    /// Backups.
    pub backups: Arc<Backups>,
    /// Users of accounts.
    pub users: Arc<Users>,
    /// How accounts are set up.
    pub settings: Arc<Settings>,
    /// Skills of accounts.
    pub skills: Arc<Skills>,
    /// Signing keys.
    pub keys: Arc<KeyRing>,
    /// Who may do what.
    pub auth: Arc<Auth>,
    /// The client secrets of apps.
    pub secrets: Arc<ClientSecrets>,
    /// Where services and webhook delivery meet.
    pub hub: Arc<Hub>,
    /// Agents' sockets.
    pub agents: Arc<Agents>,
    /// Consumers' sockets.
    pub consumers: Arc<Consumers>,
    /// Erasing consumers, and what is too old.
    pub erasure: Arc<Erasure>,
    /// Time-outs.
    pub expiry: Arc<Expiry>,
    /// Conversations as they were.
    pub history: Arc<History>,
    /// What visitors came by.
    pub monitoring: Arc<Monitoring>,
    /// What operators and connectors may ask about deliveries.
    pub webhooks: Arc<Webhooks>,
}

impl Services {
    /// Wires the services; makes the first signing keys on an empty store.
    ///
    /// # Errors
    /// Trouble with the store, or stored keys that the master key does not open.
    #[expect(clippy::too_many_lines, reason = "a list of parts in the order in which they need each other")]
    pub async fn start(dependencies: Dependencies, options: Options) -> Result<Self, Error> {
        let Dependencies { storage, blobs, clock, rng, sealing } = dependencies;
        let keys = KeyRing::open(
            Arc::clone(&storage),
            Arc::clone(&clock),
            Arc::clone(&rng),
            Arc::clone(&sealing),
            options.keys,
        )
        .await?;
        let keys = Arc::new(keys);
        let registry = Arc::new(Registry::new(Arc::clone(&storage) as _, REMEMBERED_APPS));
        let accounts = Arc::new(Accounts::new(
            Arc::clone(&storage) as _,
            Arc::clone(&clock),
            Arc::clone(&rng),
            Arc::clone(&sealing),
        ));
        let sessions = Arc::new(Sessions::new(
            Arc::clone(&storage),
            Arc::clone(&clock),
            Arc::clone(&rng),
            options.sessions,
        ));
        let passwords = Arc::new(Passwords::new(options.passwords, Arc::clone(&rng))?);
        let hub = Arc::new(Hub::default());
        let secrets = Arc::new(ClientSecrets::new(Arc::clone(&sealing), Arc::clone(&clock)));
        let settings = Arc::new(Settings::new(Arc::clone(&storage), options.behaviour));
        let parts = FilesParts {
            storage: Arc::clone(&storage),
            blobs,
            clock: Arc::clone(&clock),
            rng: Arc::clone(&rng),
            accounts: Arc::clone(&accounts),
        };
        let files = Arc::new(Files::new(parts, options.files));
        let conversations = Arc::new(Conversations::new(
            Arc::clone(&storage),
            Arc::clone(&clock),
            Arc::clone(&rng),
            Arc::clone(&hub),
            Arc::clone(&settings),
            Arc::clone(&files),
            options.conversations,
        ));
        let users = Arc::new(Users::new(
            Arc::clone(&storage),
            Arc::clone(&clock),
            Arc::clone(&rng),
            Arc::clone(&passwords),
            Arc::clone(&sessions),
        ));
        let agents = Arc::new(Agents::new(AgentsParts {
            storage: Arc::clone(&storage),
            rng: Arc::clone(&rng),
            hub: Arc::clone(&hub),
            users: Arc::clone(&users),
            sessions: Arc::clone(&sessions),
            conversations: Arc::clone(&conversations),
            settings: Arc::clone(&settings),
            files: Arc::clone(&files),
        }));
        let expiry = Arc::new(Expiry::new(ExpiryParts {
            storage: Arc::clone(&storage),
            settings: Arc::clone(&settings),
            conversations: Arc::clone(&conversations),
        }));
        let audit = Arc::new(Audit::new(Arc::clone(&storage), Arc::clone(&clock)));
        let parts = ErasureParts {
            storage: Arc::clone(&storage),
            clock: Arc::clone(&clock),
            accounts: Arc::clone(&accounts),
            settings: Arc::clone(&settings),
            conversations: Arc::clone(&conversations),
            files: Arc::clone(&files),
            audit: Arc::clone(&audit),
            hub: Arc::clone(&hub),
        };
        let erasure = Arc::new(Erasure::new(parts, options.erasure));
        let auth = Arc::new(Auth::new(
            Arc::clone(&keys),
            Arc::clone(&registry),
            Arc::clone(&sessions),
            Arc::clone(&clock),
            AuthOptions { identity_life: options.idp.identities.life, ..options.auth },
        ));
        let consumers = Arc::new(Consumers::new(ConsumersParts {
            storage: Arc::clone(&storage),
            rng: Arc::clone(&rng),
            hub: Arc::clone(&hub),
            auth: Arc::clone(&auth),
            conversations: Arc::clone(&conversations),
            files: Arc::clone(&files),
        }));
        let webhooks = Arc::new(Webhooks::new(WebhooksParts {
            storage: Arc::clone(&storage),
            clock: Arc::clone(&clock),
            rng: Arc::clone(&rng),
            hub: Arc::clone(&hub),
            secrets: Arc::clone(&secrets),
            endpoints: options.endpoints,
        }));
        let monitoring = Arc::new(Monitoring::new(
            Arc::clone(&storage),
            Arc::clone(&rng),
            Arc::clone(&accounts),
            Arc::clone(&registry),
            Arc::clone(&settings),
        ));
        Ok(Self {
            monitoring,
            domains: Arc::new(Domains::new(Arc::clone(&accounts), options.domains)),
            installations: Arc::new(Installations::new(
                Arc::clone(&storage) as _,
                Arc::clone(&clock),
                Arc::clone(&rng),
                sealing,
                Arc::clone(&registry),
                options.endpoints,
                Arc::clone(&hub),
            )),
            sentinel: Arc::new(Sentinel::new(
                Arc::clone(&keys),
                Arc::clone(&registry),
                Arc::clone(&secrets),
                Arc::clone(&clock),
                options.sentinel,
            )),
            idp: Arc::new(Idp::new(
                IdpParts {
                    storage: Arc::clone(&storage),
                    clock: Arc::clone(&clock),
                    rng: Arc::clone(&rng),
                    accounts: Arc::clone(&accounts),
                    keys: Arc::clone(&keys),
                    passwords: Arc::clone(&passwords),
                    sessions: Arc::clone(&sessions),
                    settings: Arc::clone(&settings),
                    profiles: Arc::clone(conversations.profiles()),
                },
                options.idp,
            )),
            conversations,
            files,
            history: Arc::new(History::new(Arc::clone(&storage), Arc::clone(&users), Arc::clone(&clock))),
            agents,
            consumers,
            settings,
            audit,
            erasure,
            expiry,
            backups: Arc::new(Backups::new(Arc::clone(&storage), Arc::clone(&clock))),
            skills: Arc::new(Skills::new(Arc::clone(&storage), Arc::clone(&clock))),
            users,
            auth,
            webhooks,
            accounts,
            secrets,
            hub,
            keys,
            registry,
            storage,
            clock,
        })
    }
}
