//! `capabilities.engagement`: what a campaign for this app may be built from. Source: spec 02 §1.3.

use serde::Serialize;

use super::read::Object;
use super::words::{ConsumerIdentity, EntryPoint, Goal, TargetAudience, VisitorBehavior};

/// The engagement capability. Every member is required once the object is there; `{}` stands for none, because stored
/// apps show it and the official sample sends it back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(clippy::struct_field_names, reason = "the names are the wire's")]
pub struct Engagement {
    /// Whether the engagement may be designed.
    pub design_engagement: bool,
    /// Whether the window may be designed.
    pub design_window: bool,
    /// 1 to 10, unique.
    pub entry_point: Vec<EntryPoint>,
    /// At most 10, unique.
    pub visitor_behavior: Vec<VisitorBehavior>,
    /// At most 20, unique.
    pub target_audience: Vec<TargetAudience>,
    /// At most 10, unique.
    pub goal: Vec<Goal>,
    /// 1 to 5, unique.
    pub consumer_identity: Vec<ConsumerIdentity>,
    /// Whether a language may be chosen.
    pub language_selection: bool,
}

impl Engagement {
    pub(super) fn read(mut object: Object<'_>) -> Option<Self> {
        if object.is_empty() {
            return None;
        }
        Some(Self {
            design_engagement: object.required_flag("design_engagement").unwrap_or_default(),
            design_window: object.required_flag("design_window").unwrap_or_default(),
            entry_point: object.required_words("entry_point").unwrap_or_default(),
            visitor_behavior: object.required_words("visitor_behavior").unwrap_or_default(),
            target_audience: object.required_words("target_audience").unwrap_or_default(),
            goal: object.required_words("goal").unwrap_or_default(),
            consumer_identity: object.required_words("consumer_identity").unwrap_or_default(),
            language_selection: object.required_flag("language_selection").unwrap_or_default(),
        })
    }
}
