//! Licences and owners of everything that is linked, by the lists of `deny.toml`.
//!
//! cargo-deny checks the same and more; this holds also where it is not installed.

use crate::run::{Failure, find, output, program, run as run_program, say};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Checks the resolved graph, then runs cargo-deny if it is there.
pub(super) fn run(root: &Path) -> Result<(), Failure> {
    let lists =
        std::fs::read_to_string(root.join("deny.toml")).map_err(|error| format!("deny.toml: {error}"))?;
    let lists: toml::Table = lists.parse().map_err(|error| format!("deny.toml: {error}"))?;
    let arguments = ["metadata", "--format-version", "1", "--locked"];
    let metadata = output(&mut program("cargo", &arguments, root))?;
    let graph: Value = serde_json::from_str(&metadata).map_err(|error| format!("cargo metadata: {error}"))?;
    let problems = [licences(&graph, &lists), owners(&graph, &lists)].concat();
    problems.iter().for_each(|problem| say(&format!("error: {problem}")));
    if !problems.is_empty() {
        return Err(format!("dependencies break `deny.toml` {} times", problems.len()));
    }
    if find("cargo-deny").is_some() {
        return run_program(&mut program("cargo", &["deny", "check"], root));
    }
    say("licences and owners hold; advisories need cargo-deny, which is not installed");
    Ok(())
}

/// Packages whose licence expression cannot be met by the allowed ones.
fn licences(graph: &Value, lists: &toml::Table) -> Vec<String> {
    let allowed = lists.get("licenses").and_then(|licences| licences.get("allow")?.as_array());
    let allowed: BTreeSet<&str> = allowed.into_iter().flatten().filter_map(toml::Value::as_str).collect();
    let packages = graph["packages"].as_array().map(Vec::as_slice).unwrap_or_default();
    packages
        .iter()
        .filter_map(|package| {
            let licence = package["license"].as_str().unwrap_or_default();
            let name = package["name"].as_str().unwrap_or_default();
            (!is_met(licence, &allowed)).then(|| format!("`{name}` has the licence `{licence}`"))
        })
        .collect()
}

/// Crates that use what has owners without being one.
fn owners(graph: &Value, lists: &toml::Table) -> Vec<String> {
    let bans = lists.get("bans").and_then(|bans| bans.get("deny")?.as_array());
    let bans = bans.into_iter().flatten().filter_map(|ban| {
        let wrappers = ban.get("wrappers")?.as_array()?;
        Some((ban.get("crate")?.as_str()?, wrappers.iter().filter_map(toml::Value::as_str).collect()))
    });
    let bans: BTreeMap<&str, BTreeSet<&str>> = bans.collect();
    let packages = graph["packages"].as_array().map(Vec::as_slice).unwrap_or_default();
    let names: BTreeMap<&str, &str> = packages
        .iter()
        .filter_map(|package| Some((package["id"].as_str()?, package["name"].as_str()?)))
        .collect();
    let mut problems = Vec::new();
    for node in graph["resolve"]["nodes"].as_array().map(Vec::as_slice).unwrap_or_default() {
        let user = node["id"].as_str().and_then(|id| names.get(id)).copied().unwrap_or_default();
        let used = node["deps"].as_array().map(Vec::as_slice).unwrap_or_default();
        let used = used.iter().filter_map(|edge| names.get(edge["pkg"].as_str()?).copied());
        for used in used.filter(|used| bans.get(used).is_some_and(|owners| !owners.contains(user))) {
            problems.push(format!("`{user}` uses `{used}`, which is not its own"));
        }
    }
    problems
}

/// Whether an SPDX expression can be met: `AND` binds closer than `OR`; an old `/` means `OR`.
fn is_met(expression: &str, allowed: &BTreeSet<&str>) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = words.as_slice();
    let met = any_of(&mut rest, allowed);
    met && rest.is_empty()
}

fn any_of(words: &mut &[&str], allowed: &BTreeSet<&str>) -> bool {
    let mut met = all_of(words, allowed);
    while take(words, "OR") {
        met |= all_of(words, allowed);
    }
    met
}

fn all_of(words: &mut &[&str], allowed: &BTreeSet<&str>) -> bool {
    let mut met = one(words, allowed);
    while take(words, "AND") {
        met &= one(words, allowed);
    }
    met
}

fn one(words: &mut &[&str], allowed: &BTreeSet<&str>) -> bool {
    if take(words, "(") {
        let met = any_of(words, allowed);
        return take(words, ")") && met;
    }
    let Some((licence, rest)) = words.split_first() else { return false };
    *words = rest;
    if let [with @ "WITH", exception, rest @ ..] = *words {
        *words = rest;
        return allowed.contains(format!("{licence} {with} {exception}").as_str());
    }
    allowed.contains(licence)
}

fn take(words: &mut &[&str], wanted: &str) -> bool {
    match words.split_first() {
        Some((first, rest)) if *first == wanted => {
            *words = rest;
            true
        }
        Some(_) | None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn expressions_are_understood() {
        let allowed = BTreeSet::from(["MIT", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "ISC"]);
        for (expression, met) in [
            ("MIT", true),
            ("GPL-3.0", false),
            ("", false),
            ("GPL-3.0 OR MIT", true),
            ("GPL-3.0/MIT", true),
            ("MIT AND GPL-3.0", false),
            ("GPL-3.0 AND MIT OR ISC", true),
            ("(MIT OR GPL-3.0) AND ISC", true),
            ("(MIT OR GPL-3.0) AND GPL-3.0", false),
            ("Apache-2.0 WITH LLVM-exception OR GPL-3.0", true),
            ("MIT WITH LLVM-exception", false),
            ("(MIT", false),
        ] {
            assert_eq!(is_met(expression, &allowed), met, "{expression}");
        }
    }

    #[test]
    fn users_that_are_no_owners_are_named() {
        let graph = json!({
            "packages": [{ "id": "1", "name": "chat", "license": "MIT" }, { "id": "2", "name": "axum", "license": "GPL-3.0" }],
            "resolve": { "nodes": [{ "id": "1", "deps": [{ "pkg": "2" }] }, { "id": "2", "deps": [] }] },
        });
        let lists: toml::Table =
            "[licenses]\nallow = ['MIT']\n[bans]\ndeny = [{ crate = 'axum', wrappers = ['server'] }]"
                .parse()
                .unwrap();
        assert_eq!(licences(&graph, &lists), ["`axum` has the licence `GPL-3.0`"]);
        assert_eq!(owners(&graph, &lists), ["`chat` uses `axum`, which is not its own"]);
    }
}
