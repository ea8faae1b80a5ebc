//! Which functions the program calls when it starts, serves and rests, so that the linker lays them beside each other
//! (`crates/cli/link`). Counted by callgrind; what is called for requests comes first, the most expensive before the others.

#[path = "../../../crates/cli/link/key.rs"]
mod key;

use super::client;
use super::gateway::{Folder, Start, build, start_familiar, start_upstream, translated};
use super::stages::control;
use crate::run::{Failure, find, say};
use clap::Args;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Of which builds
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Watch a build that is there already, such as `target/release`; more than once for several, as one compiled by a profile
    /// has other functions than one without
    #[arg(long)]
    programs: Vec<PathBuf>,
}

/// Where the list is kept, from the repository's root.
const LIST: &str = "crates/cli/link/functions.txt";
/// Requests of each kind.
const REQUESTS: usize = 500;
/// How long the program may be at work of its own accord: all is many times slower here.
const PATIENCE: Duration = Duration::from_secs(4 * 60);

/// Watches a first start, requests, and a later start; writes the list.
pub(crate) fn run(root: &Path, options: &Options) -> Result<(), Failure> {
    for tool in ["valgrind", "callgrind_control"] {
        if find(tool).is_none() {
            return Err(format!("`{tool}` is not installed; install valgrind and try again"));
        }
    }
    let mut builds: Vec<PathBuf> = options.programs.iter().map(|folder| root.join(folder)).collect();
    if builds.is_empty() {
        builds.push(build(root, "release")?);
    }
    let mut called = HashMap::new();
    for programs in &builds {
        watch(programs, &mut called)?;
    }
    let mut keys = Vec::new();
    let mut seen = HashSet::new();
    for part in ["requests", "later", "first"] {
        let mut functions = called.remove(part).unwrap_or_default();
        functions.sort_by(|one, other| other.cmp(one));
        let keys_of_part = functions.iter().map(|(_, name)| key::key(name));
        keys.extend(keys_of_part.filter(|key| seen.insert(*key)).map(|key| format!("{key:016x}\n")));
        say(&format!("{part}: {} functions, {} in all", functions.len(), keys.len()));
    }
    let list = root.join(LIST);
    std::fs::write(&list, keys.concat()).map_err(|error| format!("{}: {error}", list.display()))
}

/// The functions called for each part, with their instructions.
type Called = HashMap<String, Vec<(u64, String)>>;

/// Adds what a build calls at its first start, for requests, and at a later start.
fn watch(programs: &Path, called: &mut Called) -> Result<(), Failure> {
    let folder = Folder::new()?;
    let upstream = start_upstream(programs, &["--canned", "--words", "20"])?;
    let upstreams = [upstream.whole.address, upstream.whole.address];
    let data = folder.path().join("data");
    for start in ["first", "later"] {
        let counts = folder.path().join(start);
        let under = [
            "valgrind".to_owned(),
            "--tool=callgrind".to_owned(),
            "--demangle=no".to_owned(),
            format!("--callgrind-out-file={}", counts.display()),
        ];
        let familiar =
            start_familiar(&Start { programs, data: &data, upstreams, settings: "", under: &under })?;
        familiar.process.wait_until_idle(PATIENCE);
        control(familiar.process.pid(), "--dump")?;
        let targets = [Some(familiar.whole.clone()), translated(&familiar), Some(familiar.streamed.clone())];
        for target in targets.into_iter().flatten() {
            client::measure(&target, REQUESTS)?;
        }
        familiar.process.wait_until_idle(PATIENCE);
        // It writes the rest of its counts when it ends.
        drop(familiar);
        let started = counts.with_extension("1");
        for (part, file) in [("requests", counts), (start, started)] {
            let text =
                std::fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
            called.entry(part.to_owned()).or_default().extend(functions(&text));
        }
    }
    Ok(())
}

/// The functions of a file of callgrind's, with their instructions, those that they call left out
/// (Valgrind's manual, "Callgrind Format Specification").
fn functions(text: &str) -> Vec<(u64, String)> {
    let mut names: HashMap<&str, &str> = HashMap::new();
    let mut costs: HashMap<&str, u64> = HashMap::new();
    let (mut function, mut is_call) = ("", false);
    for line in text.lines() {
        if let Some((kind, said)) = line.split_once("fn=(") {
            let Some((number, name)) = said.split_once(')') else { continue };
            if !name.is_empty() {
                names.insert(number, name.trim_start());
            }
            if kind.is_empty() {
                function = number;
            }
        } else if line.starts_with("calls=") {
            is_call = true;
        } else if line.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '+' | '-' | '*')) {
            let cost = line.split(' ').nth(1).and_then(|cost| cost.parse().ok()).unwrap_or(0);
            *costs.entry(function).or_default() += if std::mem::take(&mut is_call) { 0 } else { cost };
        }
    }
    // A function that calls itself has a line for each depth: `name'2`.
    let named =
        |number: &str| names.get(number).map(|name| name.split('\'').next().unwrap_or(name).to_owned());
    costs.into_iter().filter_map(|(number, cost)| Some((cost, named(number)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_function_calls_is_not_its_own() {
        let text = "events: Ir\nfn=(1) outer\n12 5\ncfn=(2) inner\ncalls=3 0\n+1 100\n+2 6\nfn=(2)\n* 40\nfn=(3) inner'2\n7 2\n";
        let mut found = functions(text);
        found.sort();
        let expected = [(2, "inner"), (11, "outer"), (40, "inner")];
        assert_eq!(found, expected.map(|(cost, name)| (cost, name.to_owned())));
    }

    #[test]
    fn a_name_lasts_from_one_compiler_to_the_next() {
        let one = "_RNvMs2_NtCs9ltgdHTiPiY_5hyper5protoNtB5_4Conn4pollCsbUzQ1_8familiar";
        let other = "_RNvMs2_NtCs8fQ_5hyper5protoNtBc_4Conn4pollCsxx_8familiar.llvm.17";
        assert_eq!(key::key(one), key::key(other));
        assert_ne!(key::key(one), key::key(&one.replace("Ms2_", "Ms3_")));
    }
}
