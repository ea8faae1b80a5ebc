//! Floors: a crate depends on lower floors only, and manifests have one shape.

use super::Finding;
use super::tree::{SourceFile, Tree};
use std::collections::BTreeMap;
use toml::{Table, Value};

/// Edges between crates of one floor; adding one is a decision about the architecture.
const SIDEWAYS: &[(&str, &str)] = &[
    ("llm", "base"),
    ("api", "base"),
    ("api", "llm"),
    ("wire", "json"),
    ("wire", "sse"),
    // Files in a bucket go by the one HTTP client as well.
    ("store", "net"),
    ("gateway", "ledger"),
    ("app", "chat"),
    ("app", "batch"),
    ("app", "compare"),
    ("cli", "server"),
];

/// Names that say nothing about what a crate is for.
const EMPTY_NAMES: &[&str] = &["core", "common", "helpers", "misc", "shared", "types", "util", "utils"];

/// A crate's manifest.
struct Manifest<'a> {
    file: &'a SourceFile,
    folder: &'a str,
    table: Table,
}

impl Manifest<'_> {
    fn floor(&self) -> Option<i64> {
        self.table.get("package")?.get("metadata")?.get("floor")?.as_integer()
    }

    /// The dependencies of a section and how each is written.
    fn dependencies(&self, section: &str) -> impl Iterator<Item = (&String, &Value)> {
        self.table.get(section).and_then(Value::as_table).into_iter().flatten()
    }
}

fn crates(tree: &Tree) -> (Vec<Manifest<'_>>, Vec<Finding>) {
    let mut findings = Vec::new();
    let files = tree.files.iter().filter_map(|file| {
        let folder = file.path.strip_prefix("crates/")?.strip_suffix("/Cargo.toml")?;
        (!folder.contains('/')).then_some((file, folder))
    });
    let mut manifests = Vec::new();
    for (file, folder) in files {
        match file.text.parse::<Table>() {
            Ok(table) => manifests.push(Manifest { file, folder, table }),
            Err(error) => findings.push(Finding::failure(&file.path, 0, error.message())),
        }
    }
    (manifests, findings)
}

/// Dependencies go down; sideways only where it is listed; anyone may test with `testkit`.
pub(super) fn edges(tree: &Tree) -> Vec<Finding> {
    let (manifests, mut findings) = crates(tree);
    let mut floors = BTreeMap::new();
    for manifest in &manifests {
        match manifest.floor() {
            Some(floor) => drop(floors.insert(manifest.folder, floor)),
            None => findings.push(Finding::failure(
                &manifest.file.path,
                0,
                "says no `floor = N` under `[package.metadata]`",
            )),
        }
    }
    for manifest in &manifests {
        let Some(floor) = floors.get(manifest.folder) else { continue };
        for section in ["dependencies", "build-dependencies", "dev-dependencies"] {
            for (name, _) in manifest.dependencies(section) {
                let Some(below) = floors.get(name.as_str()) else { continue };
                let sideways = SIDEWAYS.contains(&(manifest.folder, name));
                // A crate may turn on a feature of its own for its tests.
                let testing = section == "dev-dependencies" && (name == "testkit" || name == manifest.folder);
                if below < floor || sideways || testing {
                    continue;
                }
                findings.push(Finding::failure(
                    &manifest.file.path,
                    line_of(manifest.file, name),
                    format!(
                        "`{}` (floor {floor}) must not depend on `{name}` (floor {below})",
                        manifest.folder
                    ),
                ));
            }
        }
    }
    findings
}

/// A heavy dependency has its owners and no other users: the bans of `deny.toml`, checked without the tool.
pub(super) fn owners(tree: &Tree) -> Vec<Finding> {
    let Some(rules) = tree.file("deny.toml") else {
        return vec![Finding::failure("deny.toml", 0, "is missing; it says who owns which dependency")];
    };
    let bans = rules.text.parse::<Table>().ok().and_then(|table| {
        let bans = table.get("bans")?.get("deny")?.as_array()?;
        Some(bans.iter().filter_map(owned).collect::<BTreeMap<_, _>>())
    });
    let Some(bans) = bans.filter(|bans| !bans.is_empty()) else {
        return vec![Finding::failure(
            &rules.path,
            0,
            "has no list `bans.deny` with crates and their wrappers",
        )];
    };
    let (manifests, mut findings) = crates(tree);
    for manifest in &manifests {
        let sections = ["dependencies", "build-dependencies"];
        for (name, _) in sections.iter().flat_map(|section| manifest.dependencies(section)) {
            if bans.get(name).is_some_and(|owners| !owners.iter().any(|owner| owner == manifest.folder)) {
                let line = line_of(manifest.file, name);
                let message =
                    format!("`{name}` is not for `{}`; see `deny.toml` for its owners", manifest.folder);
                findings.push(Finding::failure(&manifest.file.path, line, message));
            }
        }
    }
    findings
}

/// A crate and its wrappers from an entry of `bans.deny`.
fn owned(entry: &Value) -> Option<(String, Vec<String>)> {
    let wrappers = entry.get("wrappers")?.as_array()?;
    let names = wrappers.iter().filter_map(|name| name.as_str().map(str::to_owned));
    Some((entry.get("crate")?.as_str()?.to_owned(), names.collect()))
}

/// One shape: the folder's name, the workspace's lints and versions.
pub(super) fn manifests(tree: &Tree) -> Vec<Finding> {
    let (manifests, mut findings) = crates(tree);
    for manifest in &manifests {
        let path = &manifest.file.path;
        let name = manifest.table.get("package").and_then(|package| package.get("name")?.as_str());
        if name != Some(manifest.folder) {
            findings.push(Finding::failure(path, 0, "the package is not named after its folder"));
        }
        if EMPTY_NAMES.contains(&manifest.folder) {
            findings.push(Finding::failure(path, 0, "the name does not say what the crate is for"));
        }
        let linted = manifest.table.get("lints").and_then(|lints| lints.get("workspace")?.as_bool());
        if linted != Some(true) {
            findings.push(Finding::failure(path, 0, "does not take the workspace's lints"));
        }
        for section in ["dependencies", "build-dependencies", "dev-dependencies"] {
            for (name, written) in manifest.dependencies(section) {
                if written.get("workspace").and_then(Value::as_bool) != Some(true) {
                    let line = line_of(manifest.file, name);
                    let message =
                        format!("`{name}` has a version of its own; the root manifest names it once");
                    findings.push(Finding::failure(path, line, message));
                }
            }
        }
    }
    findings
}

fn line_of(file: &SourceFile, dependency: &str) -> usize {
    let begins =
        |line: &str| line.strip_prefix(dependency).is_some_and(|rest| rest.starts_with(['.', ' ', '=']));
    file.text.lines().position(begins).map_or(0, |index| index + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(name: &str, floor: i64, rest: &str) -> String {
        format!(
            "[package]\nname = \"{name}\"\n[package.metadata]\nfloor = {floor}\n[lints]\nworkspace = true\n{rest}"
        )
    }

    fn check(rule: fn(&Tree) -> Vec<Finding>, own: &str) -> Vec<String> {
        let tree = Tree::of(&[
            ("crates/base/Cargo.toml", &manifest("base", 0, "")),
            ("crates/testkit/Cargo.toml", &manifest("testkit", 0, "")),
            ("crates/search/Cargo.toml", &manifest("search", 1, "")),
            ("crates/library/Cargo.toml", &manifest("library", 2, "")),
            ("crates/memory/Cargo.toml", own),
        ]);
        rule(&tree).into_iter().map(|finding| finding.message).collect()
    }

    #[test]
    fn down_is_allowed_and_up_or_beside_is_not() {
        let own = manifest(
            "memory",
            2,
            "[dependencies]\nbase.workspace = true\nsearch.workspace = true\n[dev-dependencies]\ntestkit.workspace = true\n",
        );
        assert_eq!(check(edges, &own), [""; 0]);
        let own = manifest("memory", 2, "[dependencies]\nlibrary.workspace = true\n");
        assert_eq!(check(edges, &own), ["`memory` (floor 2) must not depend on `library` (floor 2)"]);
        let own =
            manifest("memory", 0, "[dependencies]\nsearch.workspace = true\ntestkit.workspace = true\n");
        assert_eq!(check(edges, &own).len(), 2);
    }

    #[test]
    fn dependencies_have_owners() {
        let deny = "[bans]\ndeny = [{ crate = \"sqlx\", wrappers = [\"store\"] }]\n";
        let store = manifest("store", 1, "[dependencies]\nsqlx.workspace = true\n");
        let chat = manifest("chat", 3, "[dependencies]\nsqlx.workspace = true\n");
        let tree = Tree::of(&[
            ("deny.toml", deny),
            ("crates/store/Cargo.toml", &store),
            ("crates/chat/Cargo.toml", &chat),
        ]);
        let found = owners(&tree);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].path, "crates/chat/Cargo.toml");
        assert_eq!(
            owners(&Tree::of(&[("crates/chat/Cargo.toml", &chat)])).len(),
            1,
            "the list itself must exist"
        );
    }

    #[test]
    fn manifests_have_one_shape() {
        assert_eq!(check(manifests, &manifest("memory", 2, "")), [""; 0]);
        let own = "[package]\nname = \"brain\"\n[dependencies]\nserde = \"1\"\nbase.workspace = true\n";
        assert_eq!(check(manifests, own).len(), 3);
        assert_eq!(check(edges, own), ["says no `floor = N` under `[package.metadata]`"]);
    }
}
