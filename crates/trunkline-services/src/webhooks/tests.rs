//! The service in front of a delivering app that the tests play.

mod actor;
mod records;
mod replay;
mod sampling;
mod states;

use std::sync::Arc;

use trunkline_jose::SealingKey;
use trunkline_model::conversation::{ConversationChange, OpenConversation, Ttr};
use trunkline_wire::conversations::TtrType;
use trunkline_wire::installations::{EndpointPolicy, Manifest, Webhook, WebhookEvent};
use trunkline_wire::{AccountId, AppInstallationId, ConsumerId, ConversationId, ExternalConsumerId, SkillId};
use uuid::Uuid;

use super::{Hub, Webhooks, WebhooksParts};
use crate::auth::AccountAdmin;
use crate::auth::tests::{World, account};
use crate::sentinel::ClientSecrets;

const ENDPOINT: &str = "https://bridge.example.org/lp?key=hush";

/// A world with the service on it.
struct Fixture {
    world: World,
    hub: Arc<Hub>,
    webhooks: Webhooks,
}

impl Fixture {
    async fn new() -> Self {
        let world = World::new().await;
        let hub = Arc::new(Hub::default());
        // The key that the world seals with.
        let sealing = Arc::new(SealingKey::from_bytes([7; 32]));
        let webhooks = Webhooks::new(WebhooksParts {
            storage: Arc::clone(&world.storage),
            clock: world.clock.clone(),
            rng: world.rng.clone(),
            hub: Arc::clone(&hub),
            secrets: Arc::new(ClientSecrets::new(sealing, world.clock.clone())),
            endpoints: EndpointPolicy::Https,
        });
        Self { world, hub, webhooks }
    }

    fn admin(&self) -> AccountAdmin {
        self.world.admin()
    }

    /// An admin of the other account.
    fn stranger(&self) -> AccountAdmin {
        self.world.operator.account_admin(account("20030040"))
    }

    /// An app with a webhook for text messages.
    async fn app(&self) -> AppInstallationId {
        self.app_with([(WebhookEvent::Content, Webhook::new(ENDPOINT))]).await
    }

    async fn app_with(
        &self,
        webhooks: impl IntoIterator<Item = (WebhookEvent, Webhook)>,
    ) -> AppInstallationId {
        let mut manifest = Manifest::connector("connector");
        manifest.capabilities.webhooks.events.extend(webhooks);
        self.world.app_with(manifest).await.app.id
    }

    async fn disable(&self, app: AppInstallationId) {
        self.world.installations.set_enabled(&self.admin(), app, false).await.unwrap();
    }

    /// Opens a conversation of an account and returns its id.
    async fn conversation(&self, account: AccountId) -> ConversationId {
        let id = ConversationId::from_uuid(Uuid::new_v4());
        let open = OpenConversation {
            account,
            consumer: ConsumerId::from_bytes(trunkline_jose::sha256(id.as_uuid().as_bytes())),
            external_consumer: ExternalConsumerId::parse("crm-4711").unwrap(),
            app: None,
            skill: SkillId::UNASSIGNED,
            ttr: Ttr { kind: TtrType::Prioritized, seconds: 600 },
            campaign: None,
            context: None,
            client_properties: None,
            features: Vec::new(),
        };
        let change: ConversationChange = open.decide(id, trunkline_model::Clock::now(&*self.world.clock));
        self.world.storage.commit(change).await.unwrap();
        id
    }
}
