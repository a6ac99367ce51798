//! The commented sample file: every setting with its default and one sentence.

use std::fmt::Write as _;

use toml::{Table, Value};

use super::Settings;

/// A setting: its name, what it does, and an example if it has no default.
type Setting = (&'static str, &'static str, Option<&'static str>);

/// Every section with its settings.
const SETTINGS: &[(&str, &[Setting])] = &[
    (
        "server",
        &[
            (
                "data_dir",
                "The folder with the store, the keys and the operator token. Created with mode 0700.",
                None,
            ),
            (
                "http",
                "Where plain HTTP is served. The Domain API is called over it; every path answers.",
                None,
            ),
            ("https", "Where HTTPS is served.", None),
            (
                "plain_http_behind_proxy",
                "Set this when a proxy in front terminates TLS: then no certificate is needed and only HTTP is served.",
                None,
            ),
            ("drain", "How long running requests may take after SIGTERM or SIGINT.", None),
            (
                "master_key",
                "The key that encrypts secrets in the store, 64 hex digits. Default: the file below.",
                Some("\"0123…\""),
            ),
            (
                "master_key_file",
                "The file with that key. Default: master.key in the data directory, created on first start. Losing it loses every app secret.",
                Some("\"/run/secrets/trunkline-master-key\""),
            ),
        ],
    ),
    (
        "tls",
        &[
            (
                "certificate_file",
                "The certificate chain of the HTTPS listener, PEM.",
                Some("\"/etc/trunkline/tls.pem\""),
            ),
            ("key_file", "Its private key, PEM.", Some("\"/etc/trunkline/tls.key\"")),
        ],
    ),
    (
        "public",
        &[(
            "host",
            "The host, or host:port, that the Domain API names for every service. Default: the HTTPS listener.",
            Some("\"connect.example.net\""),
        )],
    ),
    (
        "public.services",
        &[("sentinel", "A host for one service, by its name.", Some("\"tokens.example.net\""))],
    ),
    (
        "limits",
        &[
            ("body", "The largest request body; more is answered with 413.", None),
            ("json_depth", "How deep JSON may nest; more is answered with 400.", None),
            (
                "headers",
                "The size of a request head, at least 8KiB: a longer head may be answered with 431, one from about twice that on always is. Whatever is set, more than 100 headers are answered with 431 and a URL of 64KiB with 414.",
                None,
            ),
            ("tls_handshake", "How long a TLS handshake may take.", None),
            ("request_headers", "How long a request head may take to arrive.", None),
            ("request_body", "How long a request body may take to arrive.", None),
            ("idle", "How long a connection may wait for its next request.", None),
            ("response_stall", "How long a client may leave an answer unread.", None),
            ("connections", "The most connections at the same time.", None),
            (
                "app_requests",
                "The most requests of one app installation in the window below; 0 sets no limit.",
                None,
            ),
            ("app_window", "The window of app_requests. All of them may come at once.", None),
        ],
    ),
    (
        "tokens",
        &[
            ("appjwt_life", "How long an AppJWT is valid. Connectors expect an hour.", None),
            ("clock_skew", "How long after its end an AppJWT is still accepted.", None),
            ("session_life", "How long a login lasts without refresh, at least 30m.", None),
            (
                "mint_missing_consumer_ids",
                "Give consumers without ext_consumer_id a random one instead of answering 400 (Botium needs it).",
                None,
            ),
        ],
    ),
    (
        "consumers",
        &[
            (
                "anonymous",
                "Let anybody become a consumer without a connector, as a web chat does: anybody may then open conversations. Accounts may decide otherwise. `serve --dev` always does.",
                None,
            ),
            (
                "sign_ups_per_minute",
                "The most sign-ups of one account within a minute; more are answered with 429. Of renewals there may be ten times as many.",
                None,
            ),
        ],
    ),
    (
        "conversations",
        &[
            (
                "ttr_urgent",
                "Response time target URGENT; `trunkline account set` says otherwise for an account.",
                None,
            ),
            (
                "ttr_prioritized",
                "Response time target PRIORITIZED, the default of a conversation; as above.",
                None,
            ),
            ("ttr_normal", "Response time target NORMAL; as above.", None),
            (
                "close_after",
                "Open conversations are closed after so long without a message or change; `trunkline account set` says otherwise for an account.",
                None,
            ),
            (
                "offer",
                "When new conversations are offered to agents: at their \"creation\" or with the \"first-message\"; as above.",
                None,
            ),
            (
                "retention",
                "How long content is kept after its conversation was closed; `trunkline account retention` says otherwise for an account. Default: for ever.",
                Some("\"365d\""),
            ),
            ("max_request_characters", "The most characters of a SEND, previews not counted.", None),
            ("cached", "Conversations kept ready in memory.", None),
        ],
    ),
    (
        "files",
        &[
            (
                "store",
                "Where shared files are kept: local, in the data directory, or s3, in the bucket below.",
                None,
            ),
            ("url_life", "How long a signed URL is valid. Clients expect a minute.", None),
            (
                "upload_time",
                "How long an upload may take as a whole; limits.request_body bounds every pause in it.",
                None,
            ),
            ("uploads", "The most uploads at the same time.", None),
            ("max_waiting", "The most files of one consumer or user that are not published.", None),
            ("waiting_life", "How long a file is kept that is not published, at least 3h.", None),
            (
                "retention",
                "How long a file is kept after its conversation was closed. Default: for ever.",
                Some("\"365d\""),
            ),
            (
                "s3_endpoint",
                "The URL of the store that speaks S3.",
                Some("\"https://s3.eu-central-1.amazonaws.com\""),
            ),
            (
                "s3_bucket",
                "The bucket, which must be there. Nothing but Trunkline should write to it.",
                Some("\"trunkline-files\""),
            ),
            ("s3_region", "The region; stores without regions take the default.", None),
            ("s3_access_key", "The access key id.", Some("\"AKIA…\"")),
            ("s3_secret_key", "The secret access key.", Some("\"wJal…\"")),
            (
                "s3_secret_key_file",
                "A file with the secret access key, instead.",
                Some("\"/run/secrets/trunkline-s3\""),
            ),
        ],
    ),
    (
        "webhooks",
        &[
            (
                "connect_timeout",
                "How long looking an endpoint up, connecting and the TLS handshake may take together.",
                None,
            ),
            ("response_timeout", "How long an endpoint may take to answer a notification.", None),
            ("max_in_flight", "The most requests under way to the endpoints of one app.", None),
            (
                "chat_state_lifetime",
                "How old a typing notification may be when it is sent; older ones are dropped.",
                None,
            ),
            (
                "allow",
                "Private and loopback ranges that endpoints may be in. Public addresses are always allowed, link-local ones (cloud metadata) never. In the environment: separated by commas.",
                None,
            ),
            (
                "ca_files",
                "Certificate authorities to trust beside those of the system, PEM. In the environment: separated by commas.",
                None,
            ),
            ("records", "How many deliveries of each app are recorded.", None),
            ("records_retention", "How long they stay recorded.", None),
            (
                "disable_slow_apps",
                "Disable an app whose endpoints take more than 2.5s for two minutes. Either way it is a metric.",
                None,
            ),
            (
                "agent_only_messages",
                "Also deliver messages for agents and managers only. Connectors may show them to the consumer.",
                None,
            ),
        ],
    ),
    (
        "log",
        &[
            ("format", "pretty or json.", None),
            ("level", "error, warn, info, debug, trace, or a list such as info,trunkline_http=debug.", None),
        ],
    ),
];

/// What cannot be set by the environment: a table for each element of a list.
const TABLES: &[(&str, &str, &[Setting])] = &[(
    "webhooks.client_certificate",
    "A certificate to show to endpoints that ask for one (mutual TLS). Repeat the table for each.",
    &[
        (
            "endpoint",
            "The beginning of the endpoints' URLs; the longest one that fits counts.",
            Some("\"https://partner.example.org/\""),
        ),
        ("certificate_file", "The certificate chain, PEM.", Some("\"/etc/trunkline/partner.pem\"")),
        ("key_file", "Its private key, PEM.", Some("\"/etc/trunkline/partner.key\"")),
    ],
)];

const HEAD: &str = "\
# Trunkline configuration. Every setting is shown with its default; a commented setting has none.
# Each can also be given as TRUNKLINE_{SECTION}__{FIELD} in the environment, which wins over this file; only tables in
# double brackets cannot.
# Printed by `trunkline config sample`; `trunkline config check --config FILE` checks a file.
";

/// The environment variable of every setting.
pub(super) fn variables() -> impl Iterator<Item = String> {
    SETTINGS.iter().flat_map(|(section, settings)| {
        let section = section.replace('.', "__");
        settings.iter().map(move |(name, ..)| format!("TRUNKLINE_{section}__{name}").to_ascii_uppercase())
    })
}

/// The sample file.
pub(crate) fn sample() -> String {
    let defaults =
        Table::try_from(Settings::default()).expect("defaults are made of tables, texts and numbers");
    let mut text = HEAD.to_owned();
    for (section, settings) in SETTINGS {
        let _ = write!(text, "\n[{section}]\n");
        for (name, about, example) in *settings {
            let _ = writeln!(text, "# {about}");
            let _ = match (default(&defaults, section, name), example) {
                (Some(value), _) => writeln!(text, "{name} = {value}"),
                (None, Some(example)) => writeln!(text, "# {name} = {example}"),
                (None, None) => writeln!(text, "# {name} ="),
            };
        }
        let of_section = |(table, ..): &&(&str, &str, &[Setting])| {
            table.strip_prefix(section).is_some_and(|rest| rest.starts_with('.'))
        };
        for (table, about, settings) in TABLES.iter().filter(of_section) {
            let _ = write!(text, "\n# {about}\n# [[{table}]]\n");
            for (name, about, example) in *settings {
                let _ = write!(text, "# # {about}\n# {name} = {}\n", example.unwrap_or_default());
            }
        }
    }
    text
}

fn default<'a>(defaults: &'a Table, section: &str, name: &str) -> Option<&'a Value> {
    let mut parts = section.split('.');
    let first = defaults.get(parts.next()?)?;
    parts.try_fold(first, |value, part| value.as_table()?.get(part))?.as_table()?.get(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_is_the_default_configuration() {
        assert_eq!(toml::from_str::<Settings>(&sample()).unwrap(), Settings::default());
    }

    #[test]
    fn every_setting_is_in_the_sample() {
        let defaults = Table::try_from(Settings::default()).unwrap();
        for (section, settings) in &defaults {
            for name in settings.as_table().unwrap().keys().filter(|name| *name != "services") {
                let known =
                    SETTINGS.iter().find(|(known, _)| known == section).map(|(_, settings)| *settings);
                assert!(known.unwrap().iter().any(|(known, ..)| known == name), "{section}.{name}");
            }
        }
    }

    #[test]
    fn tables_in_double_brackets_are_right_once_the_signs_are_gone() {
        let text = sample();
        let start = text.find("# [[webhooks.client_certificate]]").unwrap();
        let table = text[start..].split("\n\n").next().unwrap();
        let table: Vec<_> = table.lines().map(|line| line.strip_prefix("# ").unwrap()).collect();
        let settings: Settings = toml::from_str(&table.join("\n")).unwrap();
        assert_eq!(settings.webhooks.client_certificate.len(), 1);
        assert_eq!(settings.validate(), []);
    }

    /// `cargo run -q -- config sample > docs/trunkline.toml` renews the file.
    #[test]
    fn the_sample_in_the_documentation_is_current() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/trunkline.toml");
        let file = std::fs::read_to_string(path).unwrap();
        assert!(
            file == sample(),
            "docs/trunkline.toml is stale: cargo run -q -- config sample > docs/trunkline.toml"
        );
    }
}
