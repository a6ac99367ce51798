//! `trunkline skill create|list`.

use trunkline_wire::AccountId;
use trunkline_wire::operator::PageQuery;
use trunkline_wire::operator::skills::{CreateSkill, ListSkills, SkillInfo, SkillList};

use crate::args::SkillCommand;
use crate::client::OperatorClient;
use crate::failure::Failure;
use crate::output::{self, Format};

pub(crate) async fn run(
    client: &OperatorClient,
    format: Format,
    command: SkillCommand,
) -> Result<(), Failure> {
    match command {
        SkillCommand::Create { name, account } => {
            let skill = client.call(&[account.account.as_str()], &CreateSkill::new(name)).await?;
            output::object(format, &skill, &fields(&skill))
        }
        SkillCommand::List { account } => {
            let list = all(client, &account.account).await?;
            let rows: Vec<_> = list.skills.iter().map(row).collect();
            output::list(format, &list, ["ID", "NAME", "CREATED"], &rows)
        }
    }
}

/// Every page.
async fn all(client: &OperatorClient, account: &AccountId) -> Result<SkillList, Failure> {
    let mut list = client.call(&[account.as_str()], &ListSkills::default()).await?;
    while let Some(next) = list.next.take() {
        let query = PageQuery::after(Some(next.to_string()));
        let page = client.call(&[account.as_str()], &ListSkills(query)).await?;
        list.skills.extend(page.skills);
        list.next = page.next;
    }
    Ok(list)
}

fn row(skill: &SkillInfo) -> [String; 3] {
    [skill.id.to_string(), skill.name.clone(), output::time(skill.created_at)]
}

fn fields(skill: &SkillInfo) -> [(&'static str, String); 4] {
    [
        ("account", skill.account.to_string()),
        ("id", skill.id.to_string()),
        ("name", skill.name.clone()),
        ("created", output::time(skill.created_at)),
    ]
}
