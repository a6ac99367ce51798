//! Entities and state machines of Trunkline. Pure: time and randomness come in as arguments, nothing does I/O.

pub mod account;
pub mod app_installation;
pub mod audit;
pub mod auto_messages;
pub mod clock;
pub mod consumer;
pub mod conversation;
pub mod delivery;
pub mod engagement;
pub mod file;
mod log_position;
pub mod page;
pub mod routing;
pub mod secret;
pub mod session;
pub mod settings;
pub mod signing_key;
pub mod skill;
pub mod survey;
pub mod transcript;
pub mod user;
pub mod user_key;

pub use account::Account;
pub use app_installation::{AppInstallation, AppSecrets, AppState, PreviousSecret};
pub use audit::{AuditAction, AuditActor, AuditEntry, AuditNote};
pub use auto_messages::{AutoMessages, AutoMessagesError};
pub use clock::{Clock, Rng, Timer};
pub use consumer::ConsumerProfile;
pub use delivery::{
    DeliveryCursor, DeliveryFilter, DeliveryOutcome, DeliveryProgress, DeliveryRecord, LostRange,
    ParkedEvent, ReplayMark,
};
pub use engagement::{EngagementRule, Engagements};
pub use file::{BlobKey, BlobKeyError, File, FileContent, SharedFile};
pub use log_position::LogPosition;
pub use page::{Page, PageRequest};
pub use secret::{SealedSecret, Secret};
pub use session::{LoginProof, Session, TokenHash};
pub use settings::{Behaviour, Offer, OwnBehaviour, Retention, SettingName};
pub use signing_key::{KeyPurpose, KeyState, SigningKey};
pub use skill::Skill;
pub use survey::{Survey, SurveyError};
pub use transcript::Transcript;
pub use user::{Role, User, UserChange, UserState};
pub use user_key::UserKey;
