//! Steps 1 and 4: the Domain API (spec 01).

use trunkline_wire::domains::SERVICES;
use trunkline_wire::json::JsValue;

use crate::demo::call::Call;
use crate::demo::mismatch::{Mismatch, expect};
use crate::demo::walk::Walk;

/// Step 1: all services, over plain HTTP as the official sample asks.
pub(crate) async fn lookup(walk: &mut Walk) -> Result<String, Mismatch> {
    let url = format!("{}/api/account/{}/service/baseURI.json?version=1.0", walk.csds, walk.account);
    let answer = walk.call(Call::get(url)).await?;
    answer.status(200)?.members("", &["baseURIs"])?;
    let JsValue::Array(list) = answer.at("baseURIs")? else {
        return Err(Mismatch::new("baseURIs is no list"));
    };
    for index in 0..list.len() {
        let at = |name: &str| format!("baseURIs.{index}.{name}");
        answer.members(&format!("baseURIs.{index}"), &["service", "account", "baseURI"])?;
        answer.is(&at("account"), &walk.account)?;
        let host = answer.text(&at("baseURI"))?;
        expect(!host.is_empty() && !host.contains('/'), "a baseURI has neither scheme nor path")?;
        walk.hosts.insert(answer.text(&at("service"))?.to_owned(), host.to_owned());
    }
    for service in SERVICES {
        walk.service(service)?;
    }
    Ok(format!("{} services", list.len()))
}

/// Step 4: the services one by one, over HTTPS.
pub(crate) async fn lookup_each(walk: &mut Walk) -> Result<String, Mismatch> {
    let services = ["sentinel", "idp", "asyncMessagingEnt", "swift", "msgHist"];
    let base = walk.service("sentinel")?;
    for service in services {
        let url = format!("{base}/api/account/{}/service/{service}/baseURI.json?version=1.0", walk.account);
        let answer = walk.call(Call::get(url)).await?;
        answer.status(200)?.members("", &["service", "account", "baseURI"])?;
        answer.is("service", service)?.is("account", &walk.account)?.is("baseURI", &walk.hosts[service])?;
    }
    Ok(format!("{} services, the same hosts as before", services.len()))
}
