//! The table and `bench/latest.json`.

mod row;

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context as _;
use serde::Serialize;

use crate::environment;

pub use row::{Bound, Row, Verdict};

/// Everything one run found out.
#[derive(Debug, Serialize)]
pub struct Report {
    /// When the run began, RFC 3339.
    pub date: String,
    /// The commit that was built.
    pub commit: String,
    /// Processor, cores, kernel.
    pub machine: String,
    /// Whether server and load generator had a core each.
    pub pinned: bool,
    /// `quick` runs are for trying out, never for comparing.
    pub quick: bool,
    /// How many cores other jobs kept at work before the run; above 0.2 they have disturbed it.
    pub busy_cores_before: Option<f64>,
    /// The figures.
    pub rows: Vec<Row>,
}

impl Report {
    /// An empty report about this machine and commit.
    pub fn new(quick: bool) -> Self {
        Self {
            date: jiff::Timestamp::now()
                .round(jiff::Unit::Second)
                .map_or_else(|_| String::new(), |t| t.to_string()),
            commit: environment::commit(),
            machine: environment::machine(),
            pinned: environment::server_core().is_some(),
            quick,
            busy_cores_before: environment::busy_cores(),
            rows: Vec::new(),
        }
    }

    /// The table for people.
    pub fn table(&self) -> String {
        let mut text = format!("{} · commit {} · {}\n", self.date, self.commit, self.machine);
        if !self.pinned {
            text.push_str("NOT PINNED: server and load generator share the cores\n");
        }
        if let Some(busy) = self.busy_cores_before.filter(|busy| *busy > 0.2) {
            // Writing into a String cannot fail.
            let _ = writeln!(text, "BUSY MACHINE: other jobs kept {busy:.1} cores at work before the run");
        }
        text.push('\n');
        let mut lines = vec![row::heading()];
        lines.extend(self.rows.iter().map(Row::cells));
        text + &align(&lines)
    }

    /// How many bounds were missed.
    pub fn missed(&self) -> usize {
        self.rows.iter().filter(|row| row.verdict == Verdict::Missed).count()
    }

    /// Writes the report as JSON, whole or not at all.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, path: &Path) -> anyhow::Result<()> {
        let parent = path.parent().context("the report's path has no folder")?;
        std::fs::create_dir_all(parent)?;
        let unfinished = path.with_extension("json.tmp");
        let text = serde_json::to_string_pretty(self)? + "\n";
        std::fs::write(&unfinished, text).with_context(|| format!("writing {}", unfinished.display()))?;
        std::fs::rename(&unfinished, path).with_context(|| format!("writing {}", path.display()))
    }
}

fn align(lines: &[[String; 7]]) -> String {
    let mut widths = [0; 7];
    for line in lines {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::new();
    for line in lines {
        for (index, (width, cell)) in widths.iter().zip(line).enumerate() {
            let width = *width;
            // Words to the left, figures to the right; writing into a String cannot fail.
            let _ = if index == 0 || index == 6 {
                write!(text, "{cell:<width$}  ")
            } else {
                write!(text, "{cell:>width$}  ")
            };
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_shows_each_row_and_json_is_written() {
        let mut report = Report::new(true);
        report.rows.push(Row::ratio("SEND", 5_000.0, "/s", ("echo", 10_000.0), Bound::at_least(0.3, 0.6)));
        let table = report.table();
        assert!(table.contains("SEND") && table.contains("0.500") && table.contains("met"), "{table}");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bench/latest.json");
        report.write(&path).unwrap();
        let value: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        assert_eq!(value["rows"][0]["verdict"], "met");
        assert_eq!(value["rows"][0]["yardstick"]["name"], "echo");
    }
}
