//! How fast the disk makes a small append durable: the floor under every durable answer.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use crate::histogram::Histogram;
use crate::stopwatch;

/// One small log record: a message with its envelope.
const RECORD: [u8; 512] = [b'x'; 512];

/// What was measured.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Syncing {
    /// Appends with `fdatasync` per second.
    pub rate: f64,
    /// Median of one append with `fdatasync`, in nanoseconds.
    pub p50_nanoseconds: u64,
}

/// Appends 512 bytes and syncs, again and again for `span`, in a file of `directory` that is removed afterwards.
///
/// # Errors
/// When the file cannot be written.
pub fn measure(directory: &Path, span: Duration) -> anyhow::Result<Syncing> {
    let path = directory.join("fdatasync.probe");
    let result = append(&path, span).with_context(|| format!("writing {}", path.display()));
    // The probe is worthless afterwards; failing to remove it changes no figure.
    let _ = std::fs::remove_file(&path);
    result
}

fn append(path: &Path, span: Duration) -> std::io::Result<Syncing> {
    let mut file = OpenOptions::new().create(true).write(true).truncate(true).open(path)?;
    let mut latency = Histogram::default();
    let start = stopwatch::now();
    let mut syncs = 0_u32;
    while start.elapsed() < span {
        let begun = stopwatch::now();
        file.write_all(&RECORD)?;
        file.sync_data()?;
        latency.record(begun.elapsed());
        syncs += 1;
    }
    let rate = f64::from(syncs) / start.elapsed().as_secs_f64();
    let p50_nanoseconds = u64::try_from(latency.p50().as_nanos()).unwrap_or(u64::MAX);
    Ok(Syncing { rate, p50_nanoseconds })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn syncing_yields_a_rate_and_leaves_nothing_behind() {
        let directory = tempfile::tempdir().unwrap();
        let syncing = measure(directory.path(), Duration::from_millis(20)).unwrap();
        assert!(syncing.rate > 0.0 && syncing.p50_nanoseconds > 0);
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
    }
}
