//! Processes under measurement: started, watched through `/proc`, ended.

use crate::run::Failure;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A process that ends when this does.
#[derive(Debug)]
pub(super) struct Watched {
    child: Child,
}

impl Watched {
    /// Starts a program whose output does not matter.
    pub(super) fn start(command: &mut Command) -> Result<Self, Failure> {
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let child =
            child.map_err(|error| format!("`{:?}` does not start: {error}", command.get_program()))?;
        Ok(Self { child })
    }

    /// Starts a program and waits for its first line of output.
    pub(super) fn start_and_hear(command: &mut Command) -> Result<(Self, String), Failure> {
        let started = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn();
        let mut child =
            started.map_err(|error| format!("`{:?}` does not start: {error}", command.get_program()))?;
        let mut line = String::new();
        if let Some(output) = child.stdout.take() {
            BufReader::new(output).read_line(&mut line).map_err(|error| error.to_string())?;
        }
        Ok((Self { child }, line.trim().to_owned()))
    }

    /// CPU time of it and its children so far, in microseconds.
    pub(super) fn cpu_micros(&self) -> u64 {
        family(self.child.id()).into_iter().filter_map(cpu_micros).map(|[user, system]| user + system).sum()
    }

    /// That of it which was not spent in the system for it, in microseconds.
    pub(super) fn user_micros(&self) -> u64 {
        family(self.child.id()).into_iter().filter_map(cpu_micros).map(|[user, _]| user).sum()
    }

    /// Resident memory of it and its children, in KiB.
    pub(super) fn resident_kib(&self) -> u64 {
        family(self.child.id()).into_iter().filter_map(resident_kib).sum()
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        // Asked politely first, so that nginx takes its workers along.
        let asked = Command::new("kill").arg(self.child.id().to_string()).status();
        if !asked.is_ok_and(|status| status.success()) {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}

/// A process and its direct children.
fn family(pid: u32) -> Vec<u32> {
    let path = format!("/proc/{pid}/task/{pid}/children");
    let children = std::fs::read_to_string(path).unwrap_or_default();
    std::iter::once(pid).chain(children.split_whitespace().filter_map(|child| child.parse().ok())).collect()
}

/// `utime` and `stime` of `/proc/PID/stat`, fields 14 and 15, in ticks of a hundredth of a second.
fn cpu_micros(pid: u32) -> Option<[u64; 2]> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in brackets may hold spaces; after it comes field 3.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some([user * 10_000, system * 10_000])
}

fn resident_kib(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().trim_end_matches(" kB").trim().parse().ok()
}
