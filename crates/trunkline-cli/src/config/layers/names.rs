//! Variables that are no settings: flags, or mistakes.

use clap::CommandFactory as _;

use crate::args::Cli;
use crate::config::sample::variables;
use crate::failure::{Exit, Failure};

/// Refuses a variable that would be ignored: `TRUNKLINE_SERVER_HTTP` has an underscore too few.
pub(super) fn check(name: &str, value: &str) -> Result<(), Failure> {
    if !name.starts_with("TRUNKLINE_") || is_service_link(name, value) {
        return Ok(());
    }
    let flags = flags(&Cli::command());
    if flags.iter().any(|known| known == name) {
        return Ok(());
    }
    let known = flags.into_iter().chain(variables());
    let nearest = known.min_by_key(|known| distance(known, name)).unwrap_or_default();
    Err(Failure::message(Exit::Usage, format!("there is no environment variable {name}")).hint(format!(
        "the nearest is {nearest}; variables are named TRUNKLINE_{{SECTION}}__{{FIELD}}, with two underscores"
    )))
}

/// The variables that stand for flags.
fn flags(command: &clap::Command) -> Vec<String> {
    let own = command.get_arguments().filter_map(|flag| Some(flag.get_env()?.to_str()?.to_owned()));
    own.chain(command.get_subcommands().flat_map(flags)).collect()
}

/// Kubernetes and Docker set these for a service or container that is called `trunkline`; nobody wrote them by hand.
fn is_service_link(name: &str, value: &str) -> bool {
    let is_address = |value: &str| value.starts_with("tcp://") || value.starts_with("udp://");
    let is_port = |rest: &str| {
        let mut parts = rest.split('_');
        parts.next().is_some_and(|port| port.parse::<u16>().is_ok())
            && parts.next().is_some_and(|protocol| matches!(protocol, "TCP" | "UDP"))
    };
    name.ends_with("_SERVICE_HOST")
        || name.ends_with("_SERVICE_PORT")
        || name.contains("_SERVICE_PORT_")
        || (name.ends_with("_PORT") && is_address(value))
        || name.split_once("_PORT_").is_some_and(|(_, rest)| is_port(rest))
}

/// How many characters must be inserted, removed or replaced to turn one text into the other.
fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (above, left) in one.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = above + 1;
        for (column, right) in other.bytes().enumerate() {
            let replaced = diagonal + usize::from(left != right);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_right_form_is_named() {
        for (wrong, right) in [
            ("TRUNKLINE_SERVER_HTTP", "TRUNKLINE_SERVER__HTTP"),
            ("TRUNKLINE_TLS_KEY_FILE", "TRUNKLINE_TLS__KEY_FILE"),
            ("TRUNKLINE_SERVER_MASTER_KEY", "TRUNKLINE_SERVER__MASTER_KEY"),
            ("TRUNKLINE_PUBLIC_SERVICES_SENTINEL", "TRUNKLINE_PUBLIC__SERVICES__SENTINEL"),
            ("TRUNKLINE_DATADIR", "TRUNKLINE_DATA_DIR"),
        ] {
            let message = check(wrong, "x").unwrap_err().to_string();
            assert!(message.contains(&format!("the nearest is {right};")), "{message}");
        }
        assert_eq!(check("TRUNKLINE_FOO", "x").unwrap_err().exit(), Exit::Usage);
    }

    #[test]
    fn flags_and_what_is_not_ours_pass() {
        for (name, value) in [
            ("TRUNKLINE_DATA_DIR", "x"),
            ("TRUNKLINE_ACCOUNT", "7"),
            ("HOME", "/root"),
            ("TRUNKLINE_SERVICE_HOST", "10.0.0.1"),
            ("TRUNKLINE_SERVICE_PORT", "8443"),
            ("TRUNKLINE_SERVICE_PORT_HTTPS", "8443"),
            ("TRUNKLINE_PORT", "tcp://10.0.0.1:8443"),
            ("TRUNKLINE_PORT_8443_TCP_ADDR", "10.0.0.1"),
        ] {
            check(name, value).unwrap();
        }
        assert!(check("TRUNKLINE_PORT", "8443").is_err());
    }
}
