//! `trunkline engagement set|list|remove`.

use trunkline_wire::operator::engagements::{
    EngagementInfo, ListEngagements, RemoveEngagement, SetEngagement,
};

use crate::args::EngagementCommand;
use crate::client::OperatorClient;
use crate::failure::Failure;
use crate::output::{self, Format};

pub(crate) async fn run(
    client: &OperatorClient,
    format: Format,
    command: EngagementCommand,
) -> Result<(), Failure> {
    match command {
        EngagementCommand::Set { account, origin, skill } => {
            let request = SetEngagement::new(origin.campaign, origin.engagement, skill);
            let engagement = client.call(&[account.account.as_str()], &request).await?;
            let [campaign, id, skill] = row(&engagement);
            let fields = [("campaign", campaign), ("engagement", id), ("skill", skill)];
            output::object(format, &engagement, &fields)
        }
        EngagementCommand::List { account } => {
            let list = client.call(&[account.account.as_str()], &ListEngagements {}).await?;
            let rows: Vec<_> = list.engagements.iter().map(row).collect();
            output::list(format, &list, ["CAMPAIGN", "ENGAGEMENT", "SKILL"], &rows)
        }
        EngagementCommand::Remove { account, origin } => {
            let [campaign, engagement] = [&origin.campaign, &origin.engagement].map(|id| shown(id.as_ref()));
            let request = RemoveEngagement::new(origin.campaign, origin.engagement);
            let done = client.call(&[account.account.as_str()], &request).await?;
            output::object(format, &done, &[("removed", format!("{campaign} {engagement}"))])
        }
    }
}

fn row(info: &EngagementInfo) -> [String; 3] {
    [shown(info.campaign.as_ref()), shown(info.engagement.as_ref()), info.skill.to_string()]
}

fn shown(id: Option<&String>) -> String {
    id.map_or_else(|| "any".to_owned(), |id| output::printable(id))
}
