//! What the machine and the build offer: cores, commit, TLS roots.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;

/// The core of everything that is measured.
const SERVER_CORE: usize = 0;

/// The core to pin the measured side to: `None` without a second core or the `taskset` command.
///
/// Counts the machine's cores, because this process itself may be pinned to one already.
pub fn server_core() -> Option<usize> {
    let cores = std::fs::read_to_string("/proc/cpuinfo")
        .map_or(1, |text| text.lines().filter(|line| line.starts_with("processor")).count());
    let taskset = || Command::new("taskset").arg("--version").output().is_ok_and(|run| run.status.success());
    (cores > 1 && taskset()).then_some(SERVER_CORE)
}

/// A command for `program`, pinned to a core when one is given.
pub fn pinned(program: &Path, core: Option<usize>) -> Command {
    match core {
        None => Command::new(program),
        Some(core) => {
            let mut command = Command::new("taskset");
            command.arg("-c").arg(core.to_string()).arg(program);
            command
        }
    }
}

/// A TLS client that trusts one authority.
///
/// # Errors
/// When the certificate cannot be read.
pub fn tls_client(ca_file: &Path) -> anyhow::Result<Arc<ClientConfig>> {
    let mut roots = RootCertStore::empty();
    for certificate in
        CertificateDer::pem_file_iter(ca_file).with_context(|| format!("reading {}", ca_file.display()))?
    {
        roots.add(certificate.with_context(|| format!("reading {}", ca_file.display()))?)?;
    }
    Ok(Arc::new(ClientConfig::builder().with_root_certificates(roots).with_no_client_auth()))
}

/// The commit the working tree is at, with a mark when it has changes.
pub fn commit() -> String {
    let Some(commit) = output("git", &["rev-parse", "--short=12", "HEAD"]) else {
        return String::from("unknown");
    };
    match output("git", &["status", "--porcelain", "--untracked-files=no"]) {
        Some(changes) if !changes.is_empty() => format!("{commit} with changes"),
        _ => commit,
    }
}

/// Processor, number of cores and kernel.
pub fn machine() -> String {
    let cpuinfo = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpuinfo
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .map_or("unknown processor", |rest| rest.trim_start_matches([':', ' ', '\t']));
    let cores = cpuinfo.lines().filter(|line| line.starts_with("processor")).count();
    let kernel = output("uname", &["-sr"]).unwrap_or_default();
    format!("{cores} x {model}, {kernel}")
}

/// How many cores were at work during half a second: a busy machine gives no figures.
pub fn busy_cores() -> Option<f64> {
    let before = Ticks::read()?;
    std::thread::sleep(Duration::from_millis(500));
    Ticks::read()?.busy_since(&before)
}

/// Processor time since the machine's start, all cores together.
#[derive(Debug, Clone, Copy)]
struct Ticks {
    all: u32,
    idle: u32,
    cores: u32,
}

impl Ticks {
    fn read() -> Option<Self> {
        Self::parse(&std::fs::read_to_string("/proc/stat").ok()?)
    }

    /// The columns are user, nice, system, idle, iowait, irq, softirq, steal; differences are wanted, so wrapping is fine.
    fn parse(stat: &str) -> Option<Self> {
        let mut lines = stat.lines().take_while(|line| line.starts_with("cpu"));
        let columns: Vec<u64> = lines
            .next()?
            .split_whitespace()
            .skip(1)
            .take(8)
            .map_while(|column| column.parse().ok())
            .collect();
        #[expect(clippy::cast_possible_truncation, reason = "only differences of a second are used")]
        let wrapped = |ticks: u64| ticks as u32;
        Some(Self {
            all: wrapped(columns.iter().sum()),
            idle: wrapped(columns.get(3)? + columns.get(4)?),
            cores: u32::try_from(lines.count()).ok()?,
        })
    }

    fn busy_since(&self, before: &Self) -> Option<f64> {
        let (all, idle) = (self.all.wrapping_sub(before.all), self.idle.wrapping_sub(before.idle));
        (all > 0).then(|| f64::from(self.cores) * f64::from(all.saturating_sub(idle)) / f64::from(all))
    }
}

fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn busy_cores_are_what_is_not_idle() {
        let before = Ticks::parse("cpu  0 0 0 0 0 0 0 0 0 0\ncpu0 0\ncpu1 0\nintr 1").unwrap();
        let after = Ticks::parse("cpu  20 0 5 70 5 0 0 0 0 0\ncpu0 0\ncpu1 0\nintr 1").unwrap();
        let busy = after.busy_since(&before).unwrap();
        assert!((busy - 0.5).abs() < 1e-9, "{busy}");
        assert_eq!(before.busy_since(&before), None);
    }
}
