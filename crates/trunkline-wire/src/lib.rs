//! Requests, responses, events, ids and error bodies of the Connector API, and the paths they travel on.
//!
//! One module per service, named alike in `trunkline-services` and `trunkline-http`. Types here are shared by the
//! server and by clients; they know serde and the `http` types, and neither a runtime nor a database.
//!
//! Reading is lenient (unknown members are ignored, one element stands for a list of one, ids may be numbers),
//! writing is strict: member order and compactness are part of the contract, because receivers hash bodies.
#![warn(missing_docs)]

pub mod agent;
pub mod conversations;
pub mod domains;
pub mod endpoint;
pub mod files;
pub mod history;
pub mod idp;
pub mod ids;
pub mod installations;
pub mod json;
pub mod monitoring;
pub mod one_or_many;
pub mod operator;
pub mod sentinel;
pub mod time;
pub mod webhooks;

pub use endpoint::{Auth, Endpoint};
pub use ids::{
    AccountId, AgentId, AppInstallationId, AppKey, ConsumerId, ConversationId, DeliveryId, DialogId,
    ExternalConsumerId, IdError, ParticipantId, SkillId, UserId,
};
pub use json::{JsonError, JsonText};
pub use one_or_many::OneOrMany;
pub use time::{EpochMillis, EpochSeconds};
