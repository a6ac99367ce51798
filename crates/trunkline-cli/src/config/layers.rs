//! Puts the layers on top of each other: defaults, file, environment. Flags come last, in [`crate::commands`].
//!
//! Every layer is a TOML table merged into the one below. After each step the result must still parse, so a mistake is
//! blamed on the file or on the very variable that made it.

mod names;

use std::path::Path;

use toml::{Table, Value};

use super::Settings;
use super::public::services;
use crate::failure::{Exit, Failure};

/// Reads the configuration; does not validate it, because flags may still change it.
pub(crate) fn load(file: Option<&Path>) -> Result<Settings, Failure> {
    let below = match file {
        Some(path) => read_file(path)?,
        None => Table::new(),
    };
    with_environment(below, environment())
}

/// Variables that are no UTF-8 are not ours.
fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}

fn read_file(path: &Path) -> Result<Table, Failure> {
    let shown = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| {
        let error = anyhow::Error::new(error).context(format!("cannot read the configuration file {shown}"));
        Failure::new(Exit::Usage, error).hint("`trunkline config sample` prints a file to start with")
    })?;
    let blame = |error: toml::de::Error| {
        Failure::message(Exit::Usage, format!("the configuration file {shown} is wrong\n{error}"))
            .hint("`trunkline config sample` prints every setting with its default")
    };
    toml::from_str::<Settings>(&text).map_err(blame)?;
    toml::from_str(&text).map_err(blame)
}

/// Applies `TRUNKLINE_{SECTION}__{FIELD}` on top of a file's table.
fn with_environment(
    mut table: Table,
    variables: impl Iterator<Item = (String, String)>,
) -> Result<Settings, Failure> {
    let kinds = Table::try_from(Settings::default()).expect("defaults are made of tables, texts and numbers");
    for (name, text) in variables {
        let Some(path) = setting_path(&name) else {
            names::check(&name, &text)?;
            continue;
        };
        let value = typed(&kinds, &path, text);
        let blame = |error: &dyn std::fmt::Display| {
            let message = format!("the environment variable {name} is wrong: {error}");
            Failure::message(Exit::Usage, message).hint(
                "variables are named TRUNKLINE_{SECTION}__{FIELD}; `trunkline config sample` lists both",
            )
        };
        set(&mut table, &path, value).map_err(|error| blame(&error))?;
        Value::Table(table.clone()).try_into::<Settings>().map_err(|error| blame(&error.message()))?;
    }
    Value::Table(table).try_into().map_err(|error| Failure::new(Exit::Usage, error))
}

/// `TRUNKLINE_PUBLIC__SERVICES__SENTINEL` → `public`, `services`, `sentinel`. Names without `__` are flags.
fn setting_path(name: &str) -> Option<Vec<String>> {
    let rest = name.strip_prefix("TRUNKLINE_")?;
    if !rest.contains("__") {
        return None;
    }
    let mut path: Vec<String> = rest.split("__").map(str::to_ascii_lowercase).collect();
    if path.len() == 3 && path[0] == "public" && path[1] == "services" {
        // Service names are case sensitive, variables are written in upper case.
        if let Some(service) = services().find(|service| service.eq_ignore_ascii_case(&path[2])) {
            service.clone_into(&mut path[2]);
        }
    }
    Some(path)
}

/// Gives the text the type that the default has; what has no default is text.
fn typed(kinds: &Table, path: &[String], text: String) -> Value {
    let default = path.split_first().and_then(|(first, rest)| {
        rest.iter().try_fold(kinds.get(first)?, |value, name| value.as_table()?.get(name))
    });
    let typed = match default {
        Some(Value::Integer(_)) => text.parse().ok().map(Value::Integer),
        Some(Value::Boolean(_)) => text.parse().ok().map(Value::Boolean),
        Some(Value::Array(_)) => Some(Value::Array(list(&text))),
        _ => None,
    };
    typed.unwrap_or(Value::String(text))
}

/// The elements of a list, separated by commas.
fn list(text: &str) -> Vec<Value> {
    let elements = text.split(',').map(str::trim).filter(|element| !element.is_empty());
    elements.map(|element| Value::String(element.to_owned())).collect()
}

fn set(table: &mut Table, path: &[String], value: Value) -> Result<(), String> {
    match path {
        [] => Ok(()),
        [name] => {
            table.insert(name.clone(), value);
            Ok(())
        }
        [section, rest @ ..] => {
            let inner = table.entry(section.clone()).or_insert_with(|| Value::Table(Table::new()));
            match inner {
                Value::Table(inner) => set(inner, rest, value),
                _ => Err(format!("{section} is not a section")),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(file: &str, variables: &[(&str, &str)]) -> Result<Settings, String> {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        with_environment(toml::from_str(file).unwrap(), variables).map_err(|failure| failure.to_string())
    }

    #[test]
    fn the_environment_covers_the_file_and_the_file_the_defaults() {
        let settings = environment(
            "[server]\nhttp = \"127.0.0.1:1\"\ndrain = \"3s\"\n[limits]\njson_depth = 32\n",
            &[
                ("TRUNKLINE_SERVER__HTTP", "127.0.0.1:2"),
                ("TRUNKLINE_LIMITS__CONNECTIONS", "77"),
                ("TRUNKLINE_TOKENS__MINT_MISSING_CONSUMER_IDS", "true"),
                ("TRUNKLINE_PUBLIC__HOST", "8443"),
                ("TRUNKLINE_WEBHOOKS__ALLOW", "10.0.0.0/8, 127.0.0.1"),
                ("TRUNKLINE_WEBHOOKS__CA_FILES", ""),
                ("TRUNKLINE_PUBLIC__SERVICES__ASYNCMESSAGINGENT", "msg.example.net"),
                ("TRUNKLINE_SERVER", "https://elsewhere"),
                ("HOME", "/root"),
            ],
        )
        .unwrap();
        assert_eq!(settings.server.http.port(), 2);
        assert_eq!(settings.server.drain.to_string(), "3s");
        assert_eq!(settings.limits.json_depth, 32);
        assert_eq!(settings.limits.connections, 77);
        assert!(settings.tokens.mint_missing_consumer_ids);
        assert_eq!(settings.public.host.as_deref(), Some("8443"));
        assert_eq!(settings.public.services["asyncMessagingEnt"], "msg.example.net");
        let allowed: Vec<_> = settings.webhooks.allow.iter().map(ToString::to_string).collect();
        assert_eq!(allowed, ["10.0.0.0/8", "127.0.0.1/32"]);
        assert!(settings.webhooks.ca_files.is_empty());
        assert_eq!(settings.tokens.appjwt_life.to_string(), "1h");
    }

    #[test]
    fn a_mistake_in_the_environment_names_the_variable() {
        for (name, value) in [
            ("TRUNKLINE_SERVER__HTPP", "127.0.0.1:1"),
            ("TRUNKLINE_SERVERS__HTTP", "127.0.0.1:1"),
            ("TRUNKLINE_LIMITS__CONNECTIONS", "many"),
            ("TRUNKLINE_TOKENS__CLOCK_SKEW", "30"),
            ("TRUNKLINE_LIMITS__BODY", "1MB"),
            ("TRUNKLINE_LOG__FORMAT", "xml"),
            ("TRUNKLINE_WEBHOOKS__ALLOW", "10.0.0.0/33"),
            ("TRUNKLINE_WEBHOOKS__CLIENT_CERTIFICATE", "x"),
            ("TRUNKLINE_SERVER__HTTP__PORT", "1"),
        ] {
            let message = environment("[server]\nhttp = \"127.0.0.1:1\"", &[(name, value)]).unwrap_err();
            assert!(message.contains(name), "{message}");
        }
    }

    #[test]
    fn an_unknown_variable_is_a_mistake_too() {
        let message = environment("", &[("TRUNKLINE_SERVER_HTTP", "127.0.0.1:2")]).unwrap_err();
        assert!(
            message.contains("TRUNKLINE_SERVER_HTTP") && message.contains("TRUNKLINE_SERVER__HTTP"),
            "{message}"
        );
    }

    #[test]
    fn a_mistake_in_the_file_names_file_and_line() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("trunkline.toml");
        std::fs::write(&path, "[server]\nhttp = \"127.0.0.1:1\"\nhtps = 1\n").unwrap();
        let message = load(Some(&path)).unwrap_err().to_string();
        assert!(
            message.contains("trunkline.toml") && message.contains("line 3") && message.contains("htps"),
            "{message}"
        );
    }
}
