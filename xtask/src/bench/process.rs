//! Processes under measurement: started, watched through `/proc`, ended.

use crate::run::Failure;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// So long has a process to be quiet to count as idle.
const IDLE_SECONDS: u32 = 3;
/// Tenths of a second that a process may take to end when asked; under callgrind it is slow.
const LAST_TENTHS: u32 = 1_200;
/// CPU time within a second that is next to nothing.
const IDLE_MICROS: u64 = 100_000;

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

    /// Its number.
    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits until it has had next to nothing to do for three seconds, so that what it does of its own accord (the handbook,
    /// the ledger) is over. Answers whether that came before patience ended.
    pub(super) fn wait_until_idle(&self, patience: Duration) -> bool {
        let begun = Instant::now();
        let (mut quiet, mut before) = (0, self.cpu_micros());
        while quiet < IDLE_SECONDS && begun.elapsed() < patience {
            sleep(Duration::from_secs(1));
            let now = self.cpu_micros();
            // Of a child that has ended nothing is counted any more.
            quiet = if now.abs_diff(before) < IDLE_MICROS { quiet + 1 } else { 0 };
            before = now;
        }
        quiet >= IDLE_SECONDS
    }

    /// How often its threads and those of its children were taken off a core, or gave it up to wait.
    pub(super) fn switches(&self) -> u64 {
        family(self.child.id()).into_iter().map(switches).sum()
    }

    /// How often the system had to find them a page of memory.
    pub(super) fn faults(&self) -> u64 {
        family(self.child.id()).into_iter().filter_map(|pid| stat(pid)?.get(7).copied()).sum()
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
        let mut left = if asked.is_ok_and(|status| status.success()) { LAST_TENTHS } else { 0 };
        while left > 0 && matches!(self.child.try_wait(), Ok(None)) {
            sleep(Duration::from_millis(100));
            left -= 1;
        }
        // Of one that has ended already this does nothing.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A process and its direct children, whichever of its threads has started them.
fn family(pid: u32) -> Vec<u32> {
    let mut family = vec![pid];
    let Ok(threads) = std::fs::read_dir(format!("/proc/{pid}/task")) else { return family };
    for thread in threads.flatten() {
        let children = std::fs::read_to_string(thread.path().join("children")).unwrap_or_default();
        family.extend(children.split_whitespace().filter_map(|child| child.parse::<u32>().ok()));
    }
    family
}

/// `utime` and `stime` of `/proc/PID/stat`, fields 14 and 15, in ticks of a hundredth of a second.
fn cpu_micros(pid: u32) -> Option<[u64; 2]> {
    let fields = stat(pid)?;
    Some([fields.get(11)? * 10_000, fields.get(12)? * 10_000])
}

/// `/proc/PID/stat` from field 3 on; what is no number is 0.
fn stat(pid: u32) -> Option<Vec<u64>> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in brackets may hold spaces; after it comes field 3.
    let (_, fields) = stat.rsplit_once(')')?;
    Some(fields.split_whitespace().map(|field| field.parse().unwrap_or(0)).collect())
}

/// Of all its threads that still run.
fn switches(pid: u32) -> u64 {
    let Ok(threads) = std::fs::read_dir(format!("/proc/{pid}/task")) else { return 0 };
    let of = |status: String| -> u64 {
        let counts =
            status.lines().filter_map(|line| line.split_once("ctxt_switches:")?.1.trim().parse::<u64>().ok());
        counts.sum()
    };
    threads
        .flatten()
        .filter_map(|thread| std::fs::read_to_string(thread.path().join("status")).ok())
        .map(of)
        .sum()
}

fn resident_kib(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().trim_end_matches(" kB").trim().parse().ok()
}
