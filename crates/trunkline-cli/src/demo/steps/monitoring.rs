//! Step 7: what the visitor came by (spec 05 §9).

use serde_json::json;

use super::tokens::EXTERNAL_ID;
use crate::demo::answer::Answer;
use crate::demo::call::Call;
use crate::demo::mismatch::{Mismatch, expect};
use crate::demo::visit::Visit;
use crate::demo::walk::Walk;

const DETAILS: &str = "engagementDetails.0";

/// The visit begins, and goes on when its ids are shown.
pub(crate) async fn engage(walk: &mut Walk) -> Result<String, Mismatch> {
    let answer = ask(walk, "").await?;
    answer.status(201)?;
    let visit = visit(walk, &answer)?;
    let shown = format!("&vid={}&sid={}", visit.visitor, visit.session);
    ask(walk, &shown).await?.status(200)?.is("visitorId", &visit.visitor)?.is("sessionId", &visit.session)?;
    let result = format!("campaign {}, engagement {}", visit.campaign, visit.engagement);
    walk.visit = Some(visit);
    Ok(result)
}

async fn ask(walk: &mut Walk, ids: &str) -> Result<Answer, Mismatch> {
    let url = format!(
        "{}/api/account/{}/app/{}/engagement?v=1.0{ids}",
        walk.service("smt")?,
        walk.account,
        walk.client_id
    );
    let body = json!({
        "identities": [{"iss": "https://shop.example.org", "acr": "loa1", "sub": EXTERNAL_ID}],
        "entryPoints": ["sec://repairs", "lang://en-US"],
    });
    walk.call(Call::post(url).json(&body)).await
}

fn visit(walk: &Walk, answer: &Answer) -> Result<Visit, Mismatch> {
    answer
        .members("", &["sessionId", "visitorId", "pageId", "engagementDetails"])?
        .elements("engagementDetails", 1)?
        .members(
            DETAILS,
            &["campaignId", "engagementId", "engagementRevision", "contextId", "connectorId", "status"],
        )?
        .is(&format!("{DETAILS}.status"), "expose")?;
    let number = |name: &str, expected: i64| {
        let found = answer.integer(&format!("{DETAILS}.{name}"))?;
        expect(found == expected, format!("{name} is {found}, not {expected}"))?;
        Ok(found)
    };
    Ok(Visit {
        visitor: answer.text("visitorId")?.to_owned(),
        session: answer.text("sessionId")?.to_owned(),
        context: answer.text(&format!("{DETAILS}.contextId"))?.to_owned(),
        campaign: number("campaignId", walk.campaign.id)?,
        engagement: number("engagementId", walk.campaign.engagement)?,
    })
}
