//! `trunkline webhook list|show|replay|tail|status|resume|test`.

mod print;
mod tail;

use trunkline_model::Clock as _;
use trunkline_wire::operator::deliveries::{
    DeliveryList, ListDeliveries, ReplayDeliveries, ResumeDeliveries, ShowDelivery, ShowStatus,
    TestDeliveries,
};

use crate::args::{AppArgs, ListArgs, ReplayArgs, WebhookCommand};
use crate::client::OperatorClient;
use crate::clock::SystemClock;
use crate::failure::{Exit, Failure};
use crate::output::{self, Format};

pub(crate) async fn run(
    client: &OperatorClient,
    format: Format,
    command: WebhookCommand,
) -> Result<(), Failure> {
    match command {
        WebhookCommand::List(args) => print::list(format, &list(client, args).await?),
        WebhookCommand::Show { app, delivery } => {
            let (account, app) = one(&app);
            let parameters = [&*account, &app, &delivery.to_string()];
            print::delivery(format, &client.call(&parameters, &ShowDelivery {}).await?)
        }
        WebhookCommand::Replay(args) => {
            let (account, app) = one(&args.app);
            let done = client.call(&[&account, &app], &replay(&args)).await?;
            output::object(format, &done, &[("replay", "accepted: see trunkline webhook tail".to_owned())])
        }
        WebhookCommand::Tail(app) => tail::run(client, format, &one(&app)).await,
        WebhookCommand::Status(app) => {
            let (account, app) = one(&app);
            print::status(format, &client.call(&[&account, &app], &ShowStatus {}).await?)
        }
        WebhookCommand::Resume(app) => {
            let (account, app) = one(&app);
            let done = client.call(&[&account, &app], &ResumeDeliveries {}).await?;
            output::object(format, &done, &[("resumed", app)])
        }
        WebhookCommand::Test { app, endpoint } => {
            let (account, app) = one(&app);
            let report = client.call(&[&account, &app], &TestDeliveries::at(endpoint)).await?;
            print::report(format, &report)?;
            let sent = report.samples.iter().filter(|sample| sample.endpoint.is_some());
            let refused = sent.clone().filter(|sample| !sample.accepted).count();
            if refused == 0 {
                return Ok(());
            }
            let sent = sent.count();
            Err(Failure::message(Exit::Failure, format!("{refused} of {sent} samples were not accepted")))
        }
    }
}

/// The account and the app, as path parameters.
fn one(app: &AppArgs) -> (String, String) {
    (app.account.account.to_string(), app.client_id.to_string())
}

/// Pages until there are enough.
async fn list(client: &OperatorClient, args: ListArgs) -> Result<DeliveryList, Failure> {
    let now = SystemClock.now();
    let (account, app) = one(&args.app);
    let mut query = ListDeliveries::default();
    query.conversation = args.conversation;
    query.event = args.event;
    query.outcome = args.outcome.map(Into::into);
    query.since = args.since.map(|moment| moment.at(now));
    query.until = args.until.map(|moment| moment.at(now));
    let mut list = DeliveryList { deliveries: Vec::new(), next: None };
    loop {
        query.limit = Some(args.limit - list.deliveries.len());
        let page = client.call(&[&account, &app], &query).await?;
        list.deliveries.extend(page.deliveries);
        list.next = page.next;
        if list.next.is_none() || list.deliveries.len() >= args.limit {
            return Ok(list);
        }
        query.after = list.next;
    }
}

/// The arguments name exactly one thing.
fn replay(args: &ReplayArgs) -> ReplayDeliveries {
    match (args.delivery, args.conversation, args.since) {
        (Some(delivery), ..) => ReplayDeliveries::delivery(delivery),
        (_, Some(conversation), _) => ReplayDeliveries::conversation(conversation, args.from),
        (_, _, Some(moment)) => ReplayDeliveries::since(moment.at(SystemClock.now())),
        _ => ReplayDeliveries::outage(),
    }
}
