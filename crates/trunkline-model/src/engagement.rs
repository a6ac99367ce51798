//! Which skill answers what came from which campaign and engagement. Source: spec 05 §3.1 `campaignInfo`.

use serde::{Deserialize, Serialize};
use trunkline_wire::SkillId;

/// Conversations that came from here belong to this skill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EngagementRule {
    /// The campaign, as text; `None` for any. A rule names a campaign, an engagement or both.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub campaign: Option<String>,
    /// The engagement, as text; `None` for any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engagement: Option<String>,
    /// The skill.
    pub skill: SkillId,
}

/// The rules of an account, at most one for each pair of campaign and engagement.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Engagements(Vec<EngagementRule>);

impl Engagements {
    /// The most rules of an account: the table is searched whenever a conversation is opened.
    pub const MAX: usize = 1000;

    /// The rules, by campaign and engagement.
    pub fn rules(&self) -> &[EngagementRule] {
        &self.0
    }

    /// Adds a rule in place of the one for the same campaign and engagement. False when there are too many.
    pub fn set(&mut self, rule: EngagementRule) -> bool {
        let same = |known: &&mut EngagementRule| {
            known.campaign == rule.campaign && known.engagement == rule.engagement
        };
        if let Some(known) = self.0.iter_mut().find(same) {
            *known = rule;
            return true;
        }
        if self.0.len() >= Self::MAX {
            return false;
        }
        self.0.push(rule);
        self.0.sort_by(|one, other| {
            one.campaign.cmp(&other.campaign).then_with(|| one.engagement.cmp(&other.engagement))
        });
        true
    }

    /// Removes the rule for exactly this campaign and engagement. False when there is none.
    pub fn remove(&mut self, campaign: Option<&str>, engagement: Option<&str>) -> bool {
        let before = self.0.len();
        self.0
            .retain(|rule| rule.campaign.as_deref() != campaign || rule.engagement.as_deref() != engagement);
        self.0.len() < before
    }

    /// The skill for what came from here: the rule for both decides, else that for the engagement, else that for the
    /// campaign.
    pub fn skill_for(&self, campaign: Option<&str>, engagement: Option<&str>) -> Option<SkillId> {
        let rule = |campaign: Option<&str>, engagement: Option<&str>| {
            let is_meant = |rule: &&EngagementRule| {
                rule.campaign.as_deref() == campaign && rule.engagement.as_deref() == engagement
            };
            (campaign.is_some() || engagement.is_some()).then(|| self.0.iter().find(is_meant)).flatten()
        };
        let found =
            rule(campaign, engagement).or_else(|| rule(None, engagement)).or_else(|| rule(campaign, None));
        found.map(|rule| rule.skill)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(campaign: Option<&str>, engagement: Option<&str>, skill: u64) -> EngagementRule {
        let text = |text: &str| text.to_owned();
        let skill = SkillId::parse(&skill.to_string()).unwrap();
        EngagementRule { campaign: campaign.map(text), engagement: engagement.map(text), skill }
    }

    fn table(rules: impl IntoIterator<Item = EngagementRule>) -> Engagements {
        let mut table = Engagements::default();
        assert!(rules.into_iter().all(|rule| table.set(rule)));
        table
    }

    #[test]
    fn the_most_specific_rule_decides() {
        let table = table([
            rule(Some("5100"), None, 1),
            rule(None, Some("5200"), 2),
            rule(Some("5100"), Some("5200"), 3),
            rule(Some("5101"), Some("5201"), 4),
        ]);
        for (campaign, engagement, skill) in [
            (Some("5100"), Some("5200"), Some(3)),
            (Some("9"), Some("5200"), Some(2)),
            (None, Some("5200"), Some(2)),
            (Some("5100"), Some("9"), Some(1)),
            (Some("5100"), None, Some(1)),
            (Some("5101"), Some("5201"), Some(4)),
            (Some("5101"), None, None),
            (None, Some("5201"), None),
            (Some("05100"), None, None),
            (None, None, None),
        ] {
            let found = table.skill_for(campaign, engagement).map(SkillId::number);
            assert_eq!(found, skill, "{campaign:?} {engagement:?}");
        }
    }

    #[test]
    fn a_pair_has_one_rule() {
        let mut table =
            table([rule(Some("1"), None, 1), rule(Some("1"), Some("2"), 2), rule(Some("1"), None, 3)]);
        assert_eq!(table.rules(), [rule(Some("1"), None, 3), rule(Some("1"), Some("2"), 2)]);
        assert!(!table.remove(None, Some("2")), "only exactly this pair");
        assert!(table.remove(Some("1"), None));
        assert!(!table.remove(Some("1"), None));
        assert_eq!(table.rules(), [rule(Some("1"), Some("2"), 2)]);
    }

    #[test]
    fn the_table_is_bounded() {
        let number = |number: usize| rule(Some(&number.to_string()), None, 1);
        let mut table = table((0..Engagements::MAX).map(number));
        assert!(!table.set(number(Engagements::MAX)));
        assert!(table.set(number(7)), "replacing is no growth");
        assert_eq!(table.rules().len(), Engagements::MAX);
    }

    #[test]
    fn the_document_is_a_list() {
        let text = r#"[{"campaign":"5100","skill":"7"},{"engagement":"5200","skill":"8"}]"#;
        let table: Engagements = serde_json::from_str(text).unwrap();
        assert_eq!(
            table.skill_for(Some("5100"), Some("5200")).map(|skill| skill.to_string()),
            Some("8".to_owned())
        );
        assert_eq!(table.rules().len(), 2);
    }
}
