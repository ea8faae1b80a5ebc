//! How much memory can be had.

use std::fs;

/// Bytes that a program can take now without pushing others out; `None` where the system does not say.
pub(crate) fn available() -> Option<u64> {
    let machine = fs::read_to_string("/proc/meminfo").ok().and_then(|text| from_meminfo(&text));
    let group = group_room();
    match (machine, group) {
        (Some(machine), Some(group)) => Some(machine.min(group)),
        (machine, group) => machine.or(group),
    }
}

fn from_meminfo(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}

/// What a container leaves this program.
fn group_room() -> Option<u64> {
    let number = |name: &str| -> Option<u64> {
        fs::read_to_string(format!("/sys/fs/cgroup/{name}")).ok()?.trim().parse().ok()
    };
    Some(number("memory.max")?.saturating_sub(number("memory.current")?))
}

/// Bytes for people.
pub(crate) fn readable(bytes: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "one digit behind the point is shown")]
    let gigabytes = bytes as f64 / 1e9;
    if gigabytes >= 1.0 { format!("{gigabytes:.1} GB") } else { format!("{:.0} MB", gigabytes * 1e3) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_systems_figures_are_read() {
        let text = "MemTotal:       24689764 kB\nMemFree:          123 kB\nMemAvailable:   21000000 kB\n";
        assert_eq!(from_meminfo(text), Some(21_504_000_000));
        assert_eq!(from_meminfo("MemTotal: 1 kB"), None);
        assert_eq!(readable(21_504_000_000), "21.5 GB");
        assert_eq!(readable(4_200_000), "4 MB");
    }
}
