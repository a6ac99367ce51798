//! `/operator/v1/accounts/{account}/apps/{client_id}/deliveries`: what was delivered to an app's webhooks, how delivery
//! stands, and what an operator can do about it. Source of what is recorded: spec 06.

mod list;
mod notification;
mod record;
mod replay;
mod status;
mod tail;
mod test;

pub use list::{DeliveryList, ListDeliveries, ShowDelivery};
pub use notification::{notification, short_name};
pub use record::{DeliveryInfo, Outcome};
pub use replay::ReplayDeliveries;
pub use status::{DeliveryStatus, LostInfo, Phase, ResumeDeliveries, ShowStatus};
pub use tail::{KEEP_ALIVE, Lagged, TailDeliveries};
pub use test::{SampleInfo, SignatureCheck, TestDeliveries, TestReport, Verdict};

/// The deliveries of an app, newest first.
pub const PATH: &str = "/operator/v1/accounts/{account}/apps/{client_id}/deliveries";
/// One delivery.
pub const ONE_PATH: &str = "/operator/v1/accounts/{account}/apps/{client_id}/deliveries/{delivery}";
/// Delivers something once more.
pub const REPLAY_PATH: &str = "/operator/v1/accounts/{account}/apps/{client_id}/deliveries/replay";
/// Deliveries as they happen.
pub const TAIL_PATH: &str = "/operator/v1/accounts/{account}/apps/{client_id}/deliveries/tail";
/// How delivery stands.
pub const STATUS_PATH: &str = "/operator/v1/accounts/{account}/apps/{client_id}/deliveries/status";
/// Has failed endpoints tried at once.
pub const RESUME_PATH: &str = "/operator/v1/accounts/{account}/apps/{client_id}/deliveries/resume";
/// Sends samples.
pub const TEST_PATH: &str = "/operator/v1/accounts/{account}/apps/{client_id}/deliveries/test";
