//! Installs what the checks need and do not find.

use super::postgres;
use crate::run::{Failure, environment, find, program, run, say};
use std::path::{Path, PathBuf};

/// Looks whether something is installed.
type Probe = fn() -> bool;

/// A Debian package, and how to know that it is there.
const SYSTEM_PACKAGES: &[(&str, Probe)] = &[
    ("chromium", has_chromium),
    ("postgresql", || postgres::programs().is_some()),
    ("python3-venv", || find("python3").is_some() && has_venv()),
    ("redis-server", || find("redis-server").is_some()),
    ("tesseract-ocr", || find("tesseract").is_some()),
    ("nodejs", || find("node").is_some()),
    ("npm", || find("npm").is_some()),
];

/// Installs the packages of the system, of the page and of Python.
pub(crate) fn everything(root: &Path) -> Result<(), Failure> {
    system_packages(root)?;
    page_packages(root)?;
    python_packages(root)
}

fn has_chromium() -> bool {
    environment("CHROMIUM").is_some() || find("chromium").or_else(|| find("chromium-browser")).is_some()
}

fn has_venv() -> bool {
    let probe = std::process::Command::new("python3").args(["-c", "import venv, ensurepip"]).output();
    probe.is_ok_and(|output| output.status.success())
}

fn system_packages(root: &Path) -> Result<(), Failure> {
    let missing: Vec<&str> =
        SYSTEM_PACKAGES.iter().filter(|(_, is_there)| !is_there()).map(|(name, _)| *name).collect();
    if missing.is_empty() {
        return Ok(());
    }
    say(&format!("missing on this machine: {}", missing.join(", ")));
    let by_hand = format!("install {} and try again", missing.join(", "));
    if find("apt-get").is_none() {
        return Err(format!("there is no apt-get here; {by_hand}"));
    }
    let apt = |arguments: &[&str]| {
        let mut command = if is_root() {
            program("apt-get", arguments, root)
        } else {
            let mut command = program("sudo", &["--preserve-env=DEBIAN_FRONTEND", "apt-get"], root);
            command.args(arguments);
            command
        };
        run(command.env("DEBIAN_FRONTEND", "noninteractive"))
    };
    apt(&["update", "--quiet"])
        .and_then(|()| {
            let install = ["install", "--quiet", "--yes", "--no-install-recommends"];
            apt(&[&install[..], &missing[..]].concat())
        })
        .map_err(|failure| format!("{failure}; {by_hand}"))
}

/// Whether this process may do everything.
pub(crate) fn is_root() -> bool {
    let id = std::process::Command::new("id").arg("-u").output();
    id.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

fn page_packages(root: &Path) -> Result<(), Failure> {
    let lock = root.join("web/package-lock.json");
    if is_newer(&root.join("web/node_modules/.package-lock.json"), &lock) {
        return Ok(());
    }
    run(&mut program("npm", &["ci", "--no-audit", "--no-fund"], &root.join("web")))
}

/// The Python that has the packages of the tests.
pub(super) fn python(root: &Path) -> PathBuf {
    root.join(".cache/python/bin/python")
}

fn python_packages(root: &Path) -> Result<(), Failure> {
    let (python, wanted) = (python(root), root.join("tests/sdk/requirements.txt"));
    let stamp = root.join(".cache/python/installed");
    if python.exists() && is_newer(&stamp, &wanted) {
        return Ok(());
    }
    run(&mut program("python3", &["-m", "venv", ".cache/python"], root))?;
    let arguments = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"];
    run(program(&python.to_string_lossy(), &arguments, root).arg(&wanted))?;
    std::fs::write(&stamp, "").map_err(|error| format!("{}: {error}", stamp.display()))
}

/// Whether `made` is there and was made after `source` last changed.
fn is_newer(made: &Path, source: &Path) -> bool {
    let changed = |path: &Path| std::fs::metadata(path).and_then(|data| data.modified()).ok();
    changed(made).zip(changed(source)).is_some_and(|(made, source)| made >= source)
}
