//! The campaign that visitors come by: set up before the walk, because setting it up is no business of a connector.

use anyhow::Context as _;
use trunkline_model::EngagementRule;
use trunkline_services::Services;
use trunkline_services::auth::Operator;
use trunkline_wire::AccountId;

use crate::failure::Failure;

const SKILL: &str = "Repairs";

/// A campaign with one engagement, and the skill that answers whoever came by it.
#[derive(Debug)]
pub(crate) struct Campaign {
    pub(crate) id: i64,
    pub(crate) engagement: i64,
    pub(crate) skill: String,
}

impl Campaign {
    /// As an operator does it.
    pub(crate) async fn set_up(services: &Services, account: &str) -> Result<Self, Failure> {
        let (id, engagement) = (5100, 5200);
        let account = AccountId::parse(account).context("the development account")?;
        let admin = Operator::this_process().account_admin(account);
        let skill = services.skills.create(&admin, SKILL.to_owned()).await;
        let skill = skill.context("cannot create the skill")?.id;
        let rule = EngagementRule {
            campaign: Some(id.to_string()),
            engagement: Some(engagement.to_string()),
            skill,
        };
        services.settings.set_engagement(&admin, rule).await.context("cannot set the engagement")?;
        Ok(Self { id, engagement, skill: skill.to_string() })
    }

    /// The set-up, for people.
    pub(crate) fn title(&self) -> String {
        let Self { id, engagement, skill } = self;
        format!(
            "An operator has set up campaign {id}, engagement {engagement}: answered by skill {skill}, {SKILL}."
        )
    }
}
