//! Which functions the program calls when it starts, serves and rests, so that the linker lays them beside each other
//! (`crates/cli/link`). Counted by callgrind; what is called for requests comes first, each behind whoever calls it most.

#[path = "../../../crates/cli/link/key.rs"]
mod key;

use super::client;
use super::gateway::{Folder, Start, build, start_familiar, start_upstream, translated};
use super::stages::control;
use crate::run::{Failure, find, output, program, say};
use clap::Args;
use std::cmp::Reverse;
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
/// Up to which size functions are laid one behind the other.
const MOST_BYTES: u64 = 64 << 10;
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
    let watched = builds.iter().map(|programs| watch(programs)).collect::<Result<Vec<_>, _>>()?;
    let mut keys = Vec::new();
    let mut seen = HashSet::new();
    for part in ["requests", "later", "first"] {
        for names in watched.iter().filter_map(|parts| parts.get(part)) {
            let new = names.iter().map(|name| key::key(name)).filter(|key| seen.insert(*key));
            keys.extend(new.map(|key| format!("{key:016x}\n")));
            say(&format!("{part}: {} functions, {} in all", names.len(), keys.len()));
        }
    }
    let list = root.join(LIST);
    std::fs::write(&list, keys.concat()).map_err(|error| format!("{}: {error}", list.display()))
}

/// The functions called for each part, in their order.
type Called = HashMap<&'static str, Vec<String>>;

/// What a build calls at its first start, for requests, and at a later start.
fn watch(programs: &Path) -> Result<Called, Failure> {
    let folder = Folder::new()?;
    let upstream = start_upstream(programs, &["--canned", "--words", "20"])?;
    let upstreams = [upstream.whole.address, upstream.whole.address];
    let data = folder.path().join("data");
    let (mut called, mut requests) = (HashMap::new(), Counts::default());
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
        requests.add(&read(&counts)?);
        let mut start_counts = Counts::default();
        start_counts.add(&read(&started)?);
        called.insert(start, start_counts.by_cost());
    }
    let symbols = output(program("nm", &["--print-size"], programs).arg("familiar"))?;
    called.insert("requests", requests.by_callers(&sizes(&symbols)));
    Ok(called)
}

fn read(file: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))
}

/// The bytes of each function, as `nm --print-size` tells them.
fn sizes(symbols: &str) -> HashMap<&str, u64> {
    let size = |line: &str| u64::from_str_radix(line.split(' ').nth(1)?, 16).ok();
    symbols.lines().filter_map(|line| Some((line.rsplit(' ').next()?, size(line)?))).collect()
}

/// What callgrind has counted.
#[derive(Debug, Default)]
struct Counts {
    /// Instructions of a function, those that it calls left out.
    costs: HashMap<String, u64>,
    /// How often one calls another.
    calls: HashMap<(String, String), u64>,
}

impl Counts {
    /// Adds a file of callgrind's (Valgrind's manual, "Callgrind Format Specification").
    fn add(&mut self, text: &str) {
        let mut names: HashMap<&str, &str> = HashMap::new();
        let (mut function, mut called, mut is_call) = ("", "", false);
        for line in text.lines() {
            if let Some((kind, said)) = line.split_once("fn=(") {
                let Some((number, name)) = said.split_once(')') else { continue };
                if !name.is_empty() {
                    // A function that calls itself has a line for each depth: `name'2`.
                    names.insert(number, name.trim_start().split('\'').next().unwrap_or_default());
                }
                let name = names.get(number).copied().unwrap_or_default();
                *(if kind.is_empty() { &mut function } else { &mut called }) = name;
            } else if let Some(said) = line.strip_prefix("calls=") {
                is_call = true;
                let count = said.split(' ').next().and_then(|count| count.parse().ok()).unwrap_or(0);
                *self.calls.entry((function.to_owned(), called.to_owned())).or_default() += count;
            } else if line
                .starts_with(|first: char| first.is_ascii_digit() || matches!(first, '+' | '-' | '*'))
            {
                let cost = line.split(' ').nth(1).and_then(|cost| cost.parse().ok()).unwrap_or(0);
                *self.costs.entry(function.to_owned()).or_default() +=
                    if std::mem::take(&mut is_call) { 0 } else { cost };
            }
        }
    }

    /// The most expensive first.
    fn by_cost(&self) -> Vec<String> {
        let mut costs: Vec<_> = self.costs.iter().map(|(name, cost)| (*cost, name)).collect();
        costs.sort_by(|one, other| other.cmp(one));
        costs.into_iter().map(|(_, name)| name.clone()).collect()
    }

    /// Each behind the one that calls it most, and what costs most for its size first: call-chain clustering (Ottoni and
    /// Maher, "Optimizing Function Placement for Large-Scale Data-Center Applications", CGO 2017).
    fn by_callers(&self, sizes: &HashMap<&str, u64>) -> Vec<String> {
        let size = |name: &str| sizes.get(name).copied().unwrap_or(1).max(1);
        let mut callers: HashMap<&str, (u64, &str)> = HashMap::new();
        for ((caller, called), count) in &self.calls {
            let most = callers.entry(called).or_default();
            if caller != called && self.costs.contains_key(caller) {
                *most = (*most).max((*count, caller));
            }
        }
        let names = self.by_cost();
        let mut chains: HashMap<&str, Chain<'_>> = names
            .iter()
            .map(|name| {
                (name.as_str(), Chain { names: vec![name], size: size(name), cost: self.costs[name] })
            })
            .collect();
        // In which chain each is, by the name at its head.
        let mut heads: HashMap<&str, &str> =
            names.iter().map(|name| (name.as_str(), name.as_str())).collect();
        for name in &names {
            let Some(into) = callers.get(name.as_str()).and_then(|(_, caller)| heads.get(caller).copied())
            else {
                continue;
            };
            let fits = |one: &Chain<'_>, other: &Chain<'_>| one.size + other.size <= MOST_BYTES;
            if into == name || heads[name.as_str()] != name || !fits(&chains[into], &chains[name.as_str()]) {
                continue;
            }
            let (Some(moved), Some(chain)) = (chains.remove(name.as_str()), chains.get_mut(into)) else {
                continue;
            };
            heads.extend(moved.names.iter().map(|name| (*name, into)));
            chain.names.extend(moved.names);
            chain.size += moved.size;
            chain.cost += moved.cost;
        }
        let mut chains: Vec<_> = chains.into_values().collect();
        chains.sort_by_key(|chain| (Reverse(chain.cost.saturating_mul(1_000) / chain.size), chain.names[0]));
        chains.into_iter().flat_map(|chain| chain.names).map(str::to_owned).collect()
    }
}

/// Functions that are laid one behind the other.
#[derive(Debug)]
struct Chain<'a> {
    names: Vec<&'a str>,
    /// In bytes.
    size: u64,
    cost: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "events: Ir\nfn=(1) outer\n12 5\ncfn=(2) inner\ncalls=3 0\n+1 100\n+2 6\nfn=(2)\n* 40\nfn=(3) inner'2\n7 2\nfn=(4) busy\n9 30\ncfn=(2)\ncalls=1 0\n+1 10\n";

    #[test]
    fn what_a_function_calls_is_not_its_own() {
        let mut counts = Counts::default();
        counts.add(TEXT);
        let mut found: Vec<_> = counts.costs.iter().map(|(name, cost)| (*cost, name.as_str())).collect();
        found.sort_unstable();
        assert_eq!(found, [(11, "outer"), (30, "busy"), (42, "inner")]);
        assert_eq!(counts.by_cost(), ["inner", "busy", "outer"]);
    }

    #[test]
    fn a_function_stands_behind_whoever_calls_it_most_and_what_costs_most_for_its_size_first() {
        let mut counts = Counts::default();
        counts.add(TEXT);
        let of = |outer, busy| {
            let symbols = format!("00 {outer:x} t outer\n10 {busy:x} T busy\n20 5 t inner\n30 U elsewhere\n");
            counts.by_callers(&sizes(&symbols))
        };
        assert_eq!(of(8, 8), ["outer", "inner", "busy"]);
        assert_eq!(of(8, 2), ["busy", "outer", "inner"]);
        assert_eq!(of(MOST_BYTES, 8), ["inner", "busy", "outer"], "too large to be one chain");
    }

    #[test]
    fn a_name_lasts_from_one_compiler_to_the_next() {
        let one = "_RNvMs2_NtCs9ltgdHTiPiY_5hyper5protoNtB5_4Conn4pollCsbUzQ1_8familiar";
        let other = "_RNvMs2_NtCs8fQ_5hyper5protoNtBc_4Conn4pollCsxx_8familiar.llvm.17";
        assert_eq!(key::key(one), key::key(other));
        assert_ne!(key::key(one), key::key(&one.replace("Ms2_", "Ms3_")));
    }
}
