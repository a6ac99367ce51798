//! Endpoints that point where they must not. Source: issue 3, "Safety"; design §7.

use std::sync::Arc;

use trunkline_jobs::webhooks::transport::{AddressPolicy, PlainHttp, SystemResolver};
use trunkline_testkit::{Behaviour, Receiver};

use super::caller::Caller;

const DENIED: &str = "which the address policy denies; allow it with webhooks.allow";

fn public_only() -> Caller {
    Caller::with(|options| options.addresses = AddressPolicy::public_only())
}

#[tokio::test]
async fn a_name_that_leads_into_the_private_network_is_denied() {
    let caller = public_only();
    caller.names.know("hooks.example", &[&["10.0.0.1"]]);
    let error = caller.refused("https://hooks.example/").await;
    assert_eq!(error, format!("the endpoint's host resolves to 10.0.0.1, {DENIED}"));
    caller.names.know("meta.example", &[&["169.254.169.254"]]);
    let error = caller.refused("https://meta.example/").await;
    assert_eq!(
        error,
        "the endpoint's host resolves to 169.254.169.254, which the address policy always denies"
    );
}

#[tokio::test]
async fn literal_addresses_are_judged_too() {
    let receiver = Receiver::start().await;
    let caller = public_only();
    assert_eq!(caller.refused(&receiver.url("/")).await, format!("the endpoint is 127.0.0.1, {DENIED}"));
    for (host, address) in [
        ("[::1]", "::1"),
        ("[::ffff:127.0.0.1]", "::ffff:127.0.0.1"),
        ("[::ffff:7f00:1]", "::ffff:127.0.0.1"),
        ("[64:ff9b::7f00:1]", "64:ff9b::7f00:1"),
    ] {
        let error = caller.refused(&receiver.url_on(host, "/")).await;
        assert_eq!(error, format!("the endpoint is {address}, {DENIED}"));
    }
    assert_eq!(receiver.connections(), 0);
    assert!(caller.names.asked().is_empty());
}

#[tokio::test]
async fn other_spellings_of_addresses_are_judged_by_what_they_mean() {
    let receiver = Receiver::start().await;
    let caller = Caller::with(|options| {
        options.addresses = AddressPolicy::public_only();
        options.resolver = Arc::new(SystemResolver::default());
    });
    for host in ["2130706433", "127.1", "0x7f.1", "0177.0.0.1", "localhost"] {
        let error = caller.refused(&receiver.url_on(host, "/")).await;
        let is_denied = error.ends_with(DENIED);
        // Some systems understand fewer spellings.
        assert!(
            is_denied || error.starts_with("the endpoint's host name cannot be resolved"),
            "{host}: {error}"
        );
    }
    assert_eq!(receiver.connections(), 0);
}

#[tokio::test]
async fn denied_addresses_are_skipped_and_allowed_ones_used() {
    let receiver = Receiver::start().await;
    let caller = Caller::new();
    caller.names.know("mixed.example", &[&["10.0.0.1", "169.254.169.254", "127.0.0.1"]]);
    caller.confirmed(&receiver.url_on("mixed.example", "/")).await;
}

#[tokio::test]
async fn networks_in_the_list_are_allowed() {
    let receiver = Receiver::start().await;
    let caller = Caller::with(|options| {
        options.addresses = AddressPolicy::allowing(["127.0.0.1/32".parse().unwrap()]);
    });
    caller.confirmed(&receiver.url("/")).await;
    let error = caller.refused(&receiver.url_on("127.0.0.2", "/")).await;
    assert_eq!(error, format!("the endpoint is 127.0.0.2, {DENIED}"));
}

#[tokio::test]
async fn a_name_that_changes_its_mind_is_judged_at_every_connection() {
    let receiver = Receiver::start().await;
    // No connection is kept, so each post needs a new one.
    receiver.behave(Behaviour::AnswerAndClose(200));
    let caller = Caller::new();
    caller.names.know("rebind.example", &[&["127.0.0.1"], &["10.0.0.1"], &["127.0.0.1"]]);
    let url = receiver.url_on("rebind.example", "/");
    caller.confirmed(&url).await;
    let error = caller.refused(&url).await;
    assert_eq!(error, format!("the endpoint's host resolves to 10.0.0.1, {DENIED}"));
    caller.confirmed(&url).await;
    // One look-up per connection: the addresses that were judged are those that were connected to.
    assert_eq!(caller.names.asked().len(), 3);
    assert_eq!(receiver.connections(), 2);
}

#[tokio::test]
async fn a_name_that_changes_its_mind_cannot_take_a_kept_connection_along() {
    let receiver = Receiver::start().await;
    let caller = Caller::new();
    caller.names.know("rebind.example", &[&["127.0.0.1"], &["10.0.0.1"]]);
    let url = receiver.url_on("rebind.example", "/");
    for _ in 0..3 {
        caller.confirmed(&url).await;
    }
    assert_eq!((caller.names.asked().len(), receiver.connections()), (1, 1));
}

#[tokio::test]
async fn plain_http_is_for_loopback_in_development() {
    let receiver = Receiver::start().await;
    let strict = Caller::with(|options| options.plain_http = PlainHttp::Never);
    let error = strict.refused(&receiver.url("/")).await;
    assert_eq!(error, "the endpoint is http, and only https is allowed");
    assert_eq!(receiver.connections(), 0);

    let caller = Caller::with(|options| {
        options.addresses = AddressPolicy::allowing(["10.0.0.0/8".parse().unwrap()]).and_loopback();
    });
    caller.names.know("public.example", &[&["1.1.1.1"]]);
    caller.names.know("private.example", &[&["10.0.0.1"]]);
    for host in ["public.example", "private.example", "1.1.1.1", "10.0.0.1"] {
        let error = caller.refused(&format!("http://{host}/")).await;
        assert_eq!(error, "the endpoint is http, which is only allowed to loopback addresses");
    }
    caller.confirmed(&receiver.url("/")).await;
}
