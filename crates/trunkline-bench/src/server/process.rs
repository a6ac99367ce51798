//! A child process that does not outlive its owner.

use std::io;
use std::process::{Child, Command, ExitStatus};

/// A child process; killed and reaped when dropped.
#[derive(Debug)]
pub struct Process(Child);

impl Process {
    /// Starts it.
    ///
    /// # Errors
    /// When the program cannot be started.
    pub fn spawn(command: &mut Command) -> io::Result<Self> {
        command.spawn().map(Self)
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.0.id()
    }

    /// The child's standard output, once, when it is a pipe.
    pub fn take_stdout(&mut self) -> Option<std::process::ChildStdout> {
        self.0.stdout.take()
    }

    /// The child's standard input, once, when it is a pipe.
    pub fn take_stdin(&mut self) -> Option<std::process::ChildStdin> {
        self.0.stdin.take()
    }

    /// Its exit status when it has ended.
    ///
    /// # Errors
    /// When the system cannot tell.
    pub fn ended(&mut self) -> io::Result<Option<ExitStatus>> {
        self.0.try_wait()
    }

    /// Ends it without warning (SIGKILL) and reaps it.
    ///
    /// # Errors
    /// When the signal cannot be sent.
    pub fn kill(&mut self) -> io::Result<()> {
        self.0.kill()?;
        self.0.wait().map(drop)
    }

    /// Asks it to end (SIGTERM).
    ///
    /// # Errors
    /// When the signal cannot be sent.
    pub fn terminate(&mut self) -> io::Result<()> {
        let status = Command::new("kill").args(["-TERM", &self.id().to_string()]).status()?;
        if status.success() { Ok(()) } else { Err(io::Error::other("kill could not signal the process")) }
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// When the system cannot tell.
    pub fn wait(&mut self) -> io::Result<ExitStatus> {
        self.0.wait()
    }

    /// Resident memory in bytes.
    ///
    /// # Errors
    /// When `/proc` does not say.
    pub fn resident(&self) -> io::Result<u64> {
        self.memory("VmRSS:")
    }

    /// The most resident memory there ever was, in bytes.
    ///
    /// # Errors
    /// When `/proc` does not say.
    pub fn most_resident(&self) -> io::Result<u64> {
        self.memory("VmHWM:")
    }

    fn memory(&self, figure: &str) -> io::Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id()))?;
        bytes_of(&status, figure)
            .ok_or_else(|| io::Error::other(format!("no {figure} in the process status")))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Nothing can be done about a failure here, and an ended process is the usual one.
        let _ = self.kill();
    }
}

fn bytes_of(status: &str, figure: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(figure))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resident_memory_is_read_from_the_status() {
        let status = "Name:\tx\nVmHWM:\t    4096 kB\nVmRSS:\t    2048 kB\n";
        assert_eq!(bytes_of(status, "VmRSS:"), Some(2_097_152));
        assert_eq!(bytes_of(status, "VmHWM:"), Some(4_194_304));
        assert_eq!(bytes_of("Name:\tx\n", "VmRSS:"), None);
    }
}
