//! What the whole machine was at during a turn. A proxy whose own time is short may still be slow: where it makes the
//! others work more, and where cores have nothing to do because it waits for a disk or a lock.

use super::process::Watched;

/// Counters that only go up: times in microseconds, of all cores together.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Reading {
    /// Of the process that is measured.
    pub(super) own: f64,
    /// Of the upstream behind it.
    pub(super) upstream: f64,
    /// Of everybody, these two included.
    pub(super) busy: f64,
    /// Of cores that had nothing to do.
    pub(super) idle: f64,
    /// Of cores that had nothing to do but to wait for a disk.
    pub(super) disk: f64,
    /// Of cores that the machine below had taken away.
    pub(super) stolen: f64,
    /// How often a thread of the process was taken off a core or gave it up.
    pub(super) switches: f64,
    /// How often the process had to be given a page of memory.
    pub(super) faults: f64,
}

impl Reading {
    /// Reads them now.
    pub(super) fn of(own: &Watched, upstream: &Watched) -> Self {
        // Of /proc/stat, in ticks: user, nice, system, idle, waiting for a disk, interrupts of two kinds, stolen.
        let [user, nice, system, idle, disk, interrupts, soft, stolen] = ticks();
        Self {
            own: own.cpu_micros() as f64,
            upstream: upstream.cpu_micros() as f64,
            busy: user + nice + system + interrupts + soft,
            idle,
            disk,
            stolen,
            switches: own.switches() as f64,
            faults: own.faults() as f64,
        }
    }

    /// What was added since `before`, for each of so many requests.
    pub(super) fn since(self, before: Self, requests: f64) -> Self {
        let each = |now: f64, before: f64| (now - before) / requests.max(1.0);
        Self {
            own: each(self.own, before.own),
            upstream: each(self.upstream, before.upstream),
            busy: each(self.busy, before.busy),
            idle: each(self.idle, before.idle),
            disk: each(self.disk, before.disk),
            stolen: each(self.stolen, before.stolen),
            switches: each(self.switches, before.switches),
            faults: each(self.faults, before.faults),
        }
    }

    /// Of those that are neither the process nor the upstream: the load and the system.
    pub(super) fn others(self) -> f64 {
        self.busy - self.own - self.upstream
    }
}

fn ticks() -> [f64; 8] {
    let stat = std::fs::read_to_string("/proc/stat").unwrap_or_default();
    let mut fields = stat.lines().next().unwrap_or_default().split_whitespace().skip(1);
    std::array::from_fn(|_| {
        let ticks: f64 = fields.next().and_then(|field| field.parse().ok()).unwrap_or_default();
        ticks * 10_000.0
    })
}
