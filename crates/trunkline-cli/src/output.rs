//! Results on standard output: a table for people, JSON for programs.

use std::fmt::Write as _;
use std::io::{ErrorKind, Write as _};

use anyhow::Context as _;
use clap::ValueEnum;
use serde::Serialize;
use trunkline_wire::EpochMillis;

use crate::failure::Failure;

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// For programs: one JSON value.
    Json,
}

/// Prints one thing: its JSON, or its fields one under the other.
pub(crate) fn object<T: Serialize>(
    format: Format,
    value: &T,
    fields: &[(&str, String)],
) -> Result<(), Failure> {
    match format {
        Format::Json => json(value),
        Format::Text => {
            let width = fields.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
            let mut text = String::new();
            for (name, value) in fields {
                let _ = writeln!(text, "{name:width$}  {value}");
            }
            print(&text)
        }
    }
}

/// Prints a list: its JSON, or a table.
pub(crate) fn list<T: Serialize, const N: usize>(
    format: Format,
    value: &T,
    titles: [&str; N],
    rows: &[[String; N]],
) -> Result<(), Failure> {
    match format {
        Format::Json => json(value),
        Format::Text => print(&table(titles, rows)),
    }
}

/// Prints text as it is.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    print_on(text).map(drop)
}

/// Prints text as it is; `false` when the reader has seen enough (`| head`).
pub(crate) fn print_on(text: &str) -> Result<bool, Failure> {
    bytes_on(text.as_bytes())
}

/// Writes bytes as they are; `false` when the reader has seen enough.
pub(crate) fn bytes_on(bytes: &[u8]) -> Result<bool, Failure> {
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        other => Ok(other.map(|()| true).context("cannot write to standard output")?),
    }
}

/// Prints one value of many as a line of JSON; `false` when the reader has seen enough.
pub(crate) fn json_line<T: Serialize>(value: &T) -> Result<bool, Failure> {
    let mut text = serde_json::to_string(value).context("cannot print the answer as JSON")?;
    text.push('\n');
    print_on(&text)
}

/// Text of somebody else's, safe to show on a terminal: control characters are spelt out.
pub(crate) fn printable(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut shown, c| {
        if c.is_control() {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
        shown
    })
}

fn json<T: Serialize>(value: &T) -> Result<(), Failure> {
    let mut text = serde_json::to_string_pretty(value).context("cannot print the answer as JSON")?;
    text.push('\n');
    print(&text)
}

fn table<const N: usize>(titles: [&str; N], rows: &[[String; N]]) -> String {
    let mut widths = titles.map(|title| title.chars().count());
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::new();
    let mut line = |cells: [&str; N]| {
        let start = text.len();
        for (cell, width) in cells.into_iter().zip(widths) {
            let _ = write!(text, "{cell:width$}  ");
        }
        let end = start + text[start..].trim_end().len();
        text.truncate(end);
        text.push('\n');
    };
    line(titles);
    for row in rows {
        line(row.each_ref().map(String::as_str));
    }
    text
}

/// A point in time for people: `2026-11-21T10:15:00Z`.
pub(crate) fn time(at: EpochMillis) -> String {
    match jiff::Timestamp::from_second(at.seconds().0) {
        Ok(timestamp) => timestamp.to_string(),
        Err(_) => at.0.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [["10020030".to_owned(), "x".to_owned()], ["7".to_owned(), "yy".to_owned()]];
        assert_eq!(table(["ID", "NAME"], &rows), "ID        NAME\n10020030  x\n7         yy\n");
    }

    #[test]
    fn what_others_say_cannot_steer_the_terminal() {
        assert_eq!(printable("a\u{1b}[2Jb\n\u{9b}ü😀"), "a\\u{1b}[2Jb\\n\\u{9b}ü😀");
    }

    #[test]
    fn times_are_shown_in_utc() {
        assert_eq!(time(EpochMillis(1_700_000_000_123)), "2023-11-14T22:13:20Z");
    }
}
