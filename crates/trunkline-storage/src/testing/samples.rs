//! Things to store.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use trunkline_model::conversation::{
    Conversation, ConversationChange, EntryBody, LogEntry, MessageEvent, OpenConversation, Stage, Ttr,
};
use trunkline_model::{
    Account, AppInstallation, AppSecrets, AppState, DeliveryCursor, DeliveryOutcome, DeliveryProgress,
    DeliveryRecord, KeyPurpose, KeyState, LogPosition, LoginProof, ParkedEvent, Role, SealedSecret, Session,
    SigningKey, Skill, TokenHash, User, UserKey, UserState,
};
use trunkline_wire::conversations::event::EventKind;
use trunkline_wire::conversations::{Audience, CloseReason, ParticipantRole, TtrType};
use trunkline_wire::installations::WebhookEvent;
use trunkline_wire::{
    AccountId, AgentId, AppInstallationId, AppKey, ConsumerId, ConversationId, DeliveryId, DialogId,
    EpochMillis, EpochSeconds, ExternalConsumerId, JsonText, ParticipantId, SkillId, UserId,
};
use uuid::Uuid;

/// The beginning of time in the samples.
pub const NOW: EpochMillis = EpochMillis(1_795_000_000_000);

/// The password hash of every user.
pub const PASSWORD_HASH: &str = "$argon2id$sample";

/// An account id.
pub fn account_id(text: &str) -> AccountId {
    AccountId::parse(text).expect("the sample is well formed")
}

/// The account that most cases use.
pub fn brand() -> AccountId {
    account_id("10020030")
}

/// A consumer.
pub fn consumer(number: u32) -> ConsumerId {
    let mut bytes = [7; 32];
    bytes[..4].copy_from_slice(&number.to_be_bytes());
    ConsumerId::from_bytes(bytes)
}

/// A conversation id; ids sort by number.
pub fn conversation_id(number: u32) -> ConversationId {
    ConversationId::from_uuid(Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_0000 | u128::from(number)))
}

/// An account.
pub fn account(id: &str) -> Account {
    Account {
        id: account_id(id),
        created_at: NOW,
        consumer_secret: SealedSecret::from_ciphertext(id.as_bytes().to_vec()),
    }
}

/// An app installation of [`brand`].
pub fn installation(number: u128, client_name: &str) -> AppInstallation {
    let manifest = json!({
        "client_name": client_name,
        "enabled": true,
        "grant_types": ["client_credentials"],
        "scope": "msg.consumer",
        "capabilities": {"webhooks": {}},
    });
    AppInstallation {
        account: brand(),
        id: AppInstallationId::from_uuid(Uuid::from_u128(number)),
        secrets: AppSecrets { current: SealedSecret::from_ciphertext(vec![1, 2, 3]), previous: None },
        issued_at: EpochSeconds(1_795_000_000),
        manifest: serde_json::from_value(manifest).expect("the sample is a manifest"),
        state: AppState::Enabled,
    }
}

/// A user of [`brand`] without a number.
pub fn user(login_name: &str) -> User {
    User {
        account: brand(),
        id: UserId::from_number(0),
        login_name: login_name.to_owned(),
        role: Role::Agent,
        password_hash: PASSWORD_HASH.to_owned(),
        state: UserState::Active,
        skills: Vec::new(),
        max_conversations: None,
        created_at: NOW,
    }
}

/// The proof of having shown the password with this hash.
pub fn password(hash: &str) -> LoginProof {
    LoginProof::Password { hash: hash.to_owned() }
}

/// A skill of [`brand`] without a number.
pub fn skill(name: &str) -> Skill {
    Skill { account: brand(), id: SkillId::UNASSIGNED, name: name.to_owned(), created_at: NOW }
}

/// The `appKey` of [`user_key`].
pub fn app_key(number: u8) -> AppKey {
    AppKey::parse(&format!("{number:032x}")).expect("the sample is well formed")
}

/// An API key of a user of [`brand`].
pub fn user_key(user: UserId, number: u8) -> UserKey {
    UserKey {
        account: brand(),
        user,
        app_key: app_key(number),
        secrets: TokenHash([number; 32]),
        created_at: EpochMillis(NOW.0 + i64::from(number)),
    }
}

/// A session of a user of [`brand`] that lasts an hour.
pub fn session(user: UserId, number: u8) -> Session {
    Session {
        account: brand(),
        user,
        bearer: TokenHash([number; 32]),
        cookie: TokenHash([number.wrapping_add(100); 32]),
        csrf: TokenHash([number.wrapping_add(200); 32]),
        created_at: NOW,
        expires_at: EpochMillis(NOW.0 + 3_600_000),
    }
}

/// A key made `age` milliseconds before [`NOW`].
pub fn signing_key(kid: &str, purpose: KeyPurpose, state: KeyState, age: i64) -> SigningKey {
    SigningKey {
        kid: kid.to_owned(),
        purpose,
        state,
        private_key: SealedSecret::from_ciphertext(kid.as_bytes().to_vec()),
        created_at: EpochMillis(NOW.0 - age),
    }
}

/// What opens a conversation of which nothing else is known.
pub fn request(account: &AccountId, consumer: ConsumerId) -> OpenConversation {
    OpenConversation {
        account: account.clone(),
        consumer,
        external_consumer: ExternalConsumerId::parse("+31 6 0000 0000").expect("the sample is well formed"),
        app: None,
        skill: SkillId::UNASSIGNED,
        ttr: Ttr { kind: TtrType::Normal, seconds: 1200 },
        campaign: None,
        context: None,
        client_properties: None,
        features: Vec::new(),
    }
}

/// The change that opens a conversation.
pub fn opening(account: &AccountId, number: u32, consumer: ConsumerId) -> ConversationChange {
    request(account, consumer).decide(conversation_id(number), NOW)
}

/// The state that an opening carries.
pub fn opened(change: &ConversationChange) -> Conversation {
    let state = change.entries.iter().find_map(|entry| entry.state.as_deref());
    state.expect("an opening carries its state").clone()
}

/// A message in a dialog of its own, so that it does not count in any other. `text` tells it from others.
pub fn note(version: u64, text: &str) -> LogEntry {
    let event = json!({"type": "ContentEvent", "message": text, "contentType": "text/plain"}).to_string();
    LogEntry {
        version,
        at: EpochMillis(NOW.0 + i64::try_from(version).unwrap_or(i64::MAX)),
        body: EntryBody::Event(MessageEvent {
            dialog: DialogId::Further([1; 16]),
            sequence: version,
            originator: ParticipantId::Agent(AgentId::from_uuid(Uuid::from_u128(1))),
            role: ParticipantRole::AssignedAgent,
            kind: EventKind::Content,
            event: JsonText::normalise(&event).expect("the sample is JSON"),
            audience: Audience::All,
            metadata: None,
            encoded_metadata: None,
            public: None,
        }),
        state: None,
    }
}

/// A text message.
pub fn message(dialog: DialogId, originator: ParticipantId, role: ParticipantRole) -> EntryBody {
    let event =
        json!({"type": "ContentEvent", "message": "Grüße 😀", "contentType": "text/plain"}).to_string();
    EntryBody::Event(MessageEvent {
        dialog,
        sequence: 5,
        originator,
        role,
        kind: EventKind::Content,
        event: JsonText::normalise(&event).expect("the sample is JSON"),
        audience: Audience::All,
        metadata: None,
        encoded_metadata: None,
        public: None,
    })
}

/// The change that appends [`note`]s after version `after`; every 64th carries the state.
pub fn notes(state: &Conversation, after: u64, texts: &[&str]) -> ConversationChange {
    let mut present = state.clone();
    let entries = (after + 1..).zip(texts).map(|(version, text)| {
        let mut entry = note(version, text);
        present.apply(&entry);
        if version.is_multiple_of(LogEntry::STATE_EVERY) {
            entry.state = Some(Arc::new(Conversation { version, ..state.clone() }));
        }
        entry
    });
    let entries = entries.collect();
    ConversationChange {
        account: state.account.clone(),
        conversation: state.id,
        consumer: state.consumer,
        expected_version: after,
        entries,
        tally: present.tally(),
    }
}

/// The change that closes a conversation, and the state after it.
pub fn closing(state: &Conversation) -> (ConversationChange, Conversation) {
    let mut next = state.clone();
    next.stage = Stage::Closed { at: NOW, reason: CloseReason::Consumer };
    changed(state, next)
}

/// The change to a new state, and that state.
pub fn changed(state: &Conversation, mut next: Conversation) -> (ConversationChange, Conversation) {
    next.version = state.version + 1;
    let mut entry = note(next.version, "replaced");
    entry.body = EntryBody::Changed { by: None, metadata: None };
    entry.state = Some(Arc::new(next.clone()));
    let change = ConversationChange {
        account: state.account.clone(),
        conversation: state.id,
        consumer: state.consumer,
        expected_version: state.version,
        entries: vec![entry],
        tally: None,
    };
    (change, next)
}

/// Progress under a cursor that only moves it.
pub fn progress(cursor: &DeliveryCursor, position: LogPosition) -> DeliveryProgress {
    DeliveryProgress {
        account: cursor.account.clone(),
        app: cursor.app,
        generation: cursor.generation,
        position,
        lost: None,
        replayed: None,
        parked: Vec::new(),
        settled: Vec::new(),
        records: Vec::new(),
    }
}

/// An event of [`conversation_id`] `conversation` that waits.
pub fn parked(conversation: u32, version: u64, position: u64) -> ParkedEvent {
    ParkedEvent {
        conversation: conversation_id(conversation),
        version,
        position: LogPosition(position),
        attempts: 1,
        at: EpochMillis(NOW.0 - 1_000),
        due: NOW,
        alone: version.is_multiple_of(2),
    }
}

/// An attempt that failed, `id` milliseconds after [`NOW`].
pub fn record(id: u64) -> DeliveryRecord {
    DeliveryRecord {
        id: DeliveryId::from_number(id),
        at: EpochMillis(NOW.0 + i64::try_from(id).unwrap_or(i64::MAX)),
        event: WebhookEvent::Content,
        conversation: conversation_id(1),
        version: 2,
        endpoint: "https://connector.example.org/events".to_owned(),
        attempt: 1,
        outcome: DeliveryOutcome::Failed,
        status: Some(500),
        duration: Duration::from_micros(1_234),
        answer: "no".to_owned(),
        error: Some("status 500".to_owned()),
    }
}
