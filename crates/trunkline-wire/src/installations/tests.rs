use serde_json::{Value, json};

use super::*;

const EXAMPLE: &str = include_str!("tests/manifest.json");

fn parse(value: &Value) -> Result<Manifest, ManifestError> {
    Manifest::parse(value.to_string().as_bytes(), EndpointPolicy::Https)
}

/// The violations of a manifest, as sentences.
fn violations(value: &Value) -> Vec<String> {
    match parse(value) {
        Ok(_) => Vec::new(),
        Err(error) => error.violations().iter().map(ToString::to_string).collect(),
    }
}

/// A good manifest with these members replaced.
fn with(members: Value) -> Value {
    let mut manifest = json!({"client_name": "com.example.sms-bridge"});
    let Value::Object(members) = members else { panic!("an object") };
    manifest.as_object_mut().unwrap().extend(members);
    manifest
}

fn webhook(event: &str, webhook: &Value) -> Value {
    with(json!({"capabilities": {"webhooks": {event: webhook}}}))
}

fn content(hook: &Value) -> Value {
    webhook("ms.MessagingEventNotification.ContentEvent", hook)
}

fn engagement(members: Value) -> Value {
    let mut engagement = json!({
        "design_engagement": false, "design_window": false, "entry_point": ["section"], "visitor_behavior": ["flow"],
        "target_audience": ["platform"], "goal": ["url"], "consumer_identity": ["auth"], "language_selection": false
    });
    let Value::Object(members) = members else { panic!("an object") };
    engagement.as_object_mut().unwrap().extend(members);
    with(json!({"capabilities": {"engagement": engagement}}))
}

#[test]
fn the_example_is_accepted_and_kept() {
    let manifest = Manifest::parse(EXAMPLE.as_bytes(), EndpointPolicy::Https).unwrap();
    assert_eq!(manifest.client_name, "com.example.sms-bridge");
    let webhooks = &manifest.capabilities.webhooks;
    assert_eq!(webhooks.events.len(), 5);
    assert_eq!(webhooks.retry.unwrap().retention_time.as_secs(), 86_400);
    let content = webhooks.get(WebhookEvent::Content).unwrap();
    assert_eq!(content.max_retries, Some(3));
    assert_eq!(content.headers()[0].header_value, "blue");

    let mut expected: Value = serde_json::from_str(EXAMPLE).unwrap();
    expected["response_types"] = json!(["code", "token", "id_token"]);
    expected["capabilities"]["broadcast"] = json!({"enabled": false});
    assert_eq!(serde_json::to_value(&manifest).unwrap(), expected);
}

#[test]
fn the_stored_form_reads_back_as_it_was() {
    let manifest = Manifest::parse(EXAMPLE.as_bytes(), EndpointPolicy::Https).unwrap();
    let text = serde_json::to_string(&manifest).unwrap();
    assert_eq!(serde_json::from_str::<Manifest>(&text).unwrap(), manifest);
    let value = serde_json::to_value(&manifest).unwrap();
    assert_eq!(serde_json::from_value::<Manifest>(value).unwrap(), manifest);
}

#[test]
fn the_read_form_has_the_documented_members_in_the_documented_order() {
    let manifest = parse(&json!({
        "client_name": "com.example.sms-bridge", "description": "SMS bridge", "grant_types": "client_credentials",
        "scope": "msg.consumer", "logo_uri": "", "capabilities": {"webhooks": {}, "engagement": {}}
    }))
    .unwrap();
    let id = crate::AppInstallationId::parse("3f1c9a52-6b7e-4c1d-9a0e-5d2f8b7c6a41").unwrap();
    let secret = "m4q0v7t2b9k1s8e5h3g6d0a2u9".to_owned();
    let app = AppObject::new(id, secret, crate::EpochSeconds(1_700_000_000), manifest);
    let text = concat!(
        r#"{"id":"3f1c9a52-6b7e-4c1d-9a0e-5d2f8b7c6a41","client_id":"3f1c9a52-6b7e-4c1d-9a0e-5d2f8b7c6a41","#,
        r#""client_secret":"m4q0v7t2b9k1s8e5h3g6d0a2u9","client_id_issued_at":1700000000,"client_secret_expires_at":0,"#,
        r#""client_name":"com.example.sms-bridge","description":"SMS bridge","enabled":true,"deleted":false,"#,
        r#""grant_types":["client_credentials"],"response_types":["code","token","id_token"],"scope":"msg.consumer","#,
        r#""logo_uri":"","capabilities":{"webhooks":{},"engagement":{},"broadcast":{"enabled":false}}}"#,
    );
    assert_eq!(serde_json::to_string(&app).unwrap(), text);
    assert_eq!(serde_json::from_str::<AppObject>(text).unwrap(), app);
    assert!(!format!("{app:?}").contains("m4q0"), "secrets do not show in Debug");
    // The official sample sends back what it read (spec 02 §3).
    assert_eq!(Manifest::parse(text.as_bytes(), EndpointPolicy::Https).unwrap(), app.manifest);
}

#[test]
fn everything_but_the_name_has_a_default() {
    let manifest = parse(&with(json!({}))).unwrap();
    assert_eq!(manifest, Manifest::new("com.example.sms-bridge"));
    assert!(manifest.enabled);
    assert_eq!(manifest.settings(), Settings::DEFAULT);
    let nulls = json!({"description": null, "enabled": null, "capabilities": null, "trunkline": null, "logo_uri": null});
    assert_eq!(parse(&with(nulls)).unwrap(), manifest, "null counts as absent");
}

#[test]
fn server_assigned_members_are_ignored_whatever_they_are() {
    let members = json!({
        "id": 1, "client_id": "x", "client_secret": null, "client_id_issued_at": "?", "client_secret_expires_at": [],
        "deleted": true
    });
    assert_eq!(parse(&with(members)).unwrap(), parse(&with(json!({}))).unwrap());
}

#[test]
fn members_of_other_platforms_are_kept() {
    let members =
        json!({"client_name#de": "SMS-Brücke", "x_rank": 1.50, "capabilities": {"faas": {"a": [1]}}});
    let manifest = parse(&with(members)).unwrap();
    let text = serde_json::to_string(&manifest).unwrap();
    assert!(text.contains(r#""client_name#de":"SMS-Brücke""#), "{text}");
    assert!(text.contains(r#""x_rank":1.5"#), "{text}");
    assert!(text.contains(r#""faas":{"a":[1]}"#), "{text}");
    assert_eq!(serde_json::from_str::<Manifest>(&text).unwrap(), manifest);
}

#[test]
fn lengths_count_characters() {
    for (member, limit) in [("client_name", 128), ("display_name", 128), ("description", 256), ("scope", 128)]
        .into_iter()
        .chain([("logo_uri", 1024), ("entry_uri", 1024)])
    {
        assert_eq!(violations(&with(json!({member: "ü".repeat(limit)}))), [""; 0], "{member}");
        let expected = format!("{member} must be at most {limit} characters");
        assert_eq!(violations(&with(json!({member: "ü".repeat(limit + 1)}))), [expected]);
    }
    let uris = json!({"redirect_uris": ["x".repeat(128), "x".repeat(129)]});
    assert_eq!(violations(&with(uris)), ["redirect_uris[1] must be at most 128 characters"]);
}

#[test]
fn each_top_level_member_has_its_type() {
    for (manifest, expected) in [
        (json!({}), "client_name is required"),
        (json!({"client_name": null}), "client_name is required"),
        (json!({"client_name": 7}), "client_name must be a string"),
        (json!({"client_name": " "}), "client_name must not be empty"),
        (json!([]), "manifest must be a JSON object"),
        (json!("x"), "manifest must be a JSON object"),
        (with(json!({"display_name": 1})), "display_name must be a string"),
        (with(json!({"description": {}})), "description must be a string"),
        (
            with(json!({"grant_types": ["client_credentials", "password"]})),
            "grant_types[1] must be one of client_credentials, authorization_code, refresh_token",
        ),
        (
            with(json!({"grant_types": 5})),
            "grant_types[0] must be one of client_credentials, authorization_code, refresh_token",
        ),
        (
            with(json!({"response_types": "none"})),
            "response_types[0] must be one of code, token, id_token, id_token token",
        ),
        (with(json!({"redirect_uris": [1]})), "redirect_uris[0] must be a string"),
        (with(json!({"scope": ["msg.consumer"]})), "scope must be a string"),
        (with(json!({"logo_uri": 1})), "logo_uri must be a string"),
        (with(json!({"capabilities": "all"})), "capabilities must be an object"),
        (with(json!({"capabilities": {"webhooks": []}})), "capabilities.webhooks must be an object"),
        (with(json!({"capabilities": {"engagement": 1}})), "capabilities.engagement must be an object"),
        (
            with(json!({"capabilities": {"broadcast": {"enabled": 1}}})),
            "capabilities.broadcast.enabled must be true or false",
        ),
        (with(json!({"enabled": "true"})), "enabled must be true or false"),
        (with(json!({"quick_launch_enabled": 0})), "quick_launch_enabled must be true or false"),
        (with(json!({"entry_uri": 1})), "entry_uri must be a string"),
        (with(json!({"trunkline": 1})), "trunkline must be an object"),
    ] {
        assert_eq!(violations(&manifest), [expected]);
    }
}

#[test]
fn names_and_descriptions_have_no_control_characters() {
    for member in ["client_name", "display_name", "description"] {
        for text in ["a\nb", "a\u{0}b", "\u{7f}", "a\u{85}b"] {
            let expected = format!("{member} must not contain control characters");
            assert_eq!(violations(&with(json!({member: text}))), [expected], "{text:?}");
        }
    }
}

#[test]
fn a_language_tag_follows_the_hash_of_a_name() {
    for name in ["com.example.a#de", "com.example.a#zh-Hant-TW", "a#x-12345678"] {
        assert_eq!(violations(&with(json!({"client_name": name}))), [""; 0], "{name}");
    }
    for name in ["a#", "a#-", "a#de-", "a#de--AT", "a#d e", "a#de#at", "a#123456789", "a#dé"] {
        assert_eq!(
            violations(&with(json!({"client_name": name}))),
            ["client_name must have a language tag such as en-US after #"],
            "{name}"
        );
    }
}

#[test]
fn lone_elements_stand_for_lists() {
    let members = json!({
        "grant_types": "client_credentials", "response_types": "id_token token", "redirect_uris": "https://a",
        "enabled_for_profiles": 7
    });
    let manifest = parse(&with(members)).unwrap();
    assert_eq!(manifest.grant_types, [GrantType::ClientCredentials]);
    assert_eq!(manifest.response_types, [ResponseType::IdTokenToken]);
    assert_eq!(manifest.redirect_uris, ["https://a"]);
    let manifest = parse(&engagement(json!({"target_audience": "ip", "goal": "lead"}))).unwrap();
    let engagement = manifest.capabilities.engagement.unwrap();
    assert_eq!(engagement.target_audience, [TargetAudience::Ip]);
    assert_eq!(engagement.goal, [Goal::Lead]);
}

#[test]
fn webhook_rules() {
    const PATH: &str = "capabilities.webhooks.ms.MessagingEventNotification.ContentEvent";
    let url = "https://bridge.example.org/lp";
    let header = |name: &str, value: &str| {
        content(&json!({"endpoint": url, "headers": [{"header_name": name, "header_value": value}]}))
    };
    for (manifest, expected) in [
        (content(&json!({})), "endpoint is required"),
        (content(&json!({"endpoint": 1})), "endpoint must be a string"),
        (content(&json!({"endpoint": "http://bridge.example.org"})), "endpoint must start with https://"),
        (content(&json!({"endpoint": url, "max_retries": 6})), "max_retries must be an integer from 0 to 5"),
        (content(&json!({"endpoint": url, "max_retries": -1})), "max_retries must be an integer from 0 to 5"),
        (
            content(&json!({"endpoint": url, "max_retries": 1.5})),
            "max_retries must be an integer from 0 to 5",
        ),
        (
            content(&json!({"endpoint": url, "max_retries": "3"})),
            "max_retries must be an integer from 0 to 5",
        ),
        (content(&json!({"endpoint": url, "headers": ["x"]})), "headers[0] must be an object"),
        (
            content(&json!({"endpoint": url, "headers": [{"header_value": "x"}]})),
            "headers[0].header_name is required",
        ),
        (
            content(&json!({"endpoint": url, "headers": {"header_name": "x"}})),
            "headers[0].header_value is required",
        ),
        (header("a b", "x"), "headers[0].header_name must be a valid HTTP header name"),
        (header("", "x"), "headers[0].header_name must be a valid HTTP header name"),
        (
            header("X-A", "a\r\nb: c"),
            "headers[0].header_value must consist of visible ASCII characters, spaces and tabs",
        ),
        (
            header("X-A", "Brücke"),
            "headers[0].header_value must consist of visible ASCII characters, spaces and tabs",
        ),
        (
            header("Content-Type", "x"),
            "headers[0].header_name must not be content-type, which the platform sets",
        ),
        (header("HOST", "x"), "headers[0].header_name must not be host, which the platform sets"),
        (
            header("content-length", "1"),
            "headers[0].header_name must not be content-length, which the platform sets",
        ),
        (
            header("X-LivePerson-Signature", "x"),
            "headers[0].header_name must not be x-liveperson-signature, which the platform sets",
        ),
    ] {
        assert_eq!(violations(&manifest), [format!("{PATH}.{expected}")]);
    }
    for manifest in [
        header("X-Tenant", "blue"),
        header("X-Tenant", "blue\tand green"),
        content(&json!({"endpoint": url, "max_retries": 0, "headers": []})),
        content(&json!({"endpoint": url, "max_retries": 5, "note": "unknown members are ignored"})),
        with(json!({"capabilities": {"webhooks": {}}})),
        with(json!({"capabilities": {"webhooks": {"retry": null}}})),
    ] {
        assert_eq!(violations(&manifest), [""; 0]);
    }
}

#[test]
fn retention_is_any_integer_in_range() {
    let retry = |retry: Value| violations(&with(json!({"capabilities": {"webhooks": {"retry": retry}}})));
    for seconds in [2, 3600, 9200, 14_400, 24_200, 259_200] {
        assert_eq!(retry(json!({"retention_time": seconds})), [""; 0]);
    }
    for wrong in [json!(1), json!(0), json!(-2), json!(259_201), json!(2.5), json!("3600"), json!(1e300)] {
        assert_eq!(
            retry(json!({"retention_time": wrong})),
            ["capabilities.webhooks.retry.retention_time must be an integer from 2 to 259200"]
        );
    }
    assert_eq!(retry(json!({})), ["capabilities.webhooks.retry.retention_time is required"]);
    assert_eq!(retry(json!(5)), ["capabilities.webhooks.retry must be an object"]);
}

#[test]
fn misprinted_event_types_are_refused_with_the_right_name() {
    let url = json!({"endpoint": "https://a.example"});
    assert_eq!(
        violations(&webhook("ms.MessagingEventNotification.ExConversationChangeNotification", &url)),
        [
            "capabilities.webhooks.ms.MessagingEventNotification.ExConversationChangeNotification is no event type; \
          use cqm.ExConversationChangeNotification"
        ]
    );
    assert_eq!(
        violations(&webhook("ms.MessagingEventNotification.AccpetStatusEvent", &url)),
        ["capabilities.webhooks.ms.MessagingEventNotification.AccpetStatusEvent is no event type; \
          use ms.MessagingEventNotification.AcceptStatusEvent"]
    );
    let unknown = violations(&webhook("ms.Other", &url));
    assert!(unknown[0].starts_with("capabilities.webhooks.ms.Other is no event type; known are retry, ms."));
}

#[test]
fn engagement_needs_every_member_and_keeps_sizes() {
    let only_one = with(json!({"capabilities": {"engagement": {"design_window": true}}}));
    let missing = violations(&only_one);
    assert_eq!(missing.len(), 7);
    assert!(missing.contains(&"capabilities.engagement.goal is required".to_owned()));

    for (members, expected) in [
        (json!({"entry_point": []}), "entry_point must have at least 1 element"),
        (json!({"consumer_identity": []}), "consumer_identity must have at least 1 element"),
        (json!({"entry_point": ["url", "url"]}), "entry_point must not repeat an element"),
        (json!({"entry_point": ["door"]}), "entry_point[0] must be one of section, url"),
        (json!({"consumer_identity": ["auth", "x"]}), "consumer_identity[1] must be one of auth, unauth"),
        (json!({"language_selection": null}), "language_selection is required"),
        (json!({"design_window": "no"}), "design_window must be true or false"),
        (
            json!({"goal": ["money"]}),
            "goal[0] must be one of url, purchase_total, num_of_pages, lead, service_activity",
        ),
    ] {
        assert_eq!(violations(&engagement(members)), [format!("capabilities.engagement.{expected}")]);
    }
    let many = violations(&engagement(json!({"goal": vec!["url"; 11]})));
    assert_eq!(
        many,
        [
            "capabilities.engagement.goal must have at most 10 elements",
            "capabilities.engagement.goal must not repeat an element"
        ]
    );
    let all = json!({"visitor_behavior": [
        "visited_location", "time_on_location", "flow", "engaged_in_session", "about_to_abandon", "cart_value",
        "cart_items", "visitor_error", "viewed_products", "service_activity"
    ], "target_audience": [], "goal": []});
    assert_eq!(violations(&engagement(all)), [""; 0]);
}

#[test]
fn settings_are_typed_and_closed() {
    let settings = |settings: Value| parse(&with(json!({"trunkline": settings})));
    let manifest = settings(json!({"signature": "sha256", "order": "best_effort"})).unwrap();
    assert_eq!(manifest.settings().signature, SignatureHash::Sha256);
    assert_eq!(manifest.settings().order, DeliveryOrder::BestEffort);
    assert!(!manifest.settings().escape_non_ascii);
    let value = serde_json::to_value(&manifest).unwrap();
    let written = json!(
        {"signature": "sha256", "escape_non_ascii": false, "standard_webhooks": false, "order": "best_effort"}
    );
    assert_eq!(value["trunkline"], written);

    for (given, expected) in [
        (json!({"signature": "md5"}), "trunkline.signature must be one of sha1, sha256"),
        (json!({"escape_non_ascii": 1}), "trunkline.escape_non_ascii must be true or false"),
        (json!({"standard_webhooks": "on"}), "trunkline.standard_webhooks must be true or false"),
        (json!({"order": "none"}), "trunkline.order must be one of strict, best_effort"),
        (
            json!({"sginature": "sha1"}),
            "trunkline.sginature is no known setting; known are signature, escape_non_ascii, standard_webhooks, order",
        ),
    ] {
        assert_eq!(violations(&with(json!({"trunkline": given}))), [expected]);
    }
}

#[test]
fn all_violations_are_reported_at_once() {
    let manifest = json!({
        "description": "x".repeat(257),
        "enabled": 1,
        "capabilities": {"webhooks": {"retry": {"retention_time": 1}, "x": {}}, "engagement": {"goal": 1}},
        "trunkline": {"x": 1}
    });
    let found = violations(&manifest);
    for expected in
        ["client_name", "description", "enabled", "capabilities.webhooks.retry", "capabilities.webhooks.x"]
            .into_iter()
            .chain(["capabilities.engagement.goal[0]", "capabilities.engagement.entry_point", "trunkline.x"])
    {
        assert!(found.iter().any(|sentence| sentence.starts_with(expected)), "{expected}: {found:?}");
    }
}

#[test]
fn a_bad_word_hides_no_other_violation() {
    let members = json!({"entry_point": ["door"], "goal": ["url", "url"]});
    assert_eq!(
        violations(&engagement(members)),
        [
            "capabilities.engagement.entry_point[0] must be one of section, url",
            "capabilities.engagement.goal must not repeat an element"
        ]
    );
}

#[test]
fn the_list_of_violations_is_bounded() {
    let members = json!({"redirect_uris": vec!["x".repeat(129); 500], "grant_types": vec![1; 500]});
    assert_eq!(violations(&with(members)).len(), 100);
}

#[test]
fn what_is_no_json_is_refused() {
    for body in [
        &b""[..],
        b"{",
        b"[object Object]",
        b"{\"client_name\":\"\xff\"}",
        b"{} {}",
        b"{\"client_name\":1e999}",
    ] {
        let error = Manifest::parse(body, EndpointPolicy::Https).unwrap_err();
        assert!(matches!(error, ManifestError::Json(_)), "{error}");
    }
}

#[test]
fn feature_grants_have_the_documented_body() {
    let text = r#"{"appDataList":[{"accountList":{"accountList":[{"itemsCollection":{"data":[{"compoundFeatureID":"Common.Async_Messaging","value":{"value":"true"}}]}}]}}]}"#;
    assert_eq!(serde_json::to_string(&FeatureGrants::messaging()).unwrap(), text);
    assert_eq!(FeatureGrants::messaging().value("Common.Async_Messaging"), Some("true"));
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in ".*") {
        let _ = Manifest::parse(text.as_bytes(), EndpointPolicy::HttpOnLoopback);
    }

    #[test]
    fn no_endpoint_makes_the_rules_panic(endpoint in "https?://.*") {
        let _ = parse(&content(&json!({ "endpoint": endpoint })));
    }
}
