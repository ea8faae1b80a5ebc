//! Rules about source files: sizes, module docs, where SQL may stand.

use super::Finding;
use super::tree::{SourceFile, Tree};
use std::collections::BTreeMap;

/// Above this a file asks to be divided.
const TARGET_LINES: usize = 400;
/// Above this it has to be.
const MOST_LINES: usize = 800;
/// A file with this line near its top is a list of uniform entries and may be long.
const LIST_MARKER: &str = "// tidy: a list";
/// No crate grows beyond this; the shared drawer much less.
const MOST_CRATE_LINES: usize = 15_000;
const MOST_BASE_LINES: usize = 1_500;

/// Files stay small enough to be read at one go; tests do not count.
pub(super) fn sizes(tree: &Tree) -> Vec<Finding> {
    let measured = tree.files.iter().filter_map(|file| {
        if file.text.lines().take(20).any(|line| line.trim() == LIST_MARKER) {
            return None;
        }
        let lines = if file.is_product() {
            file.product_lines().count()
        } else if is_page_source(&file.path) {
            file.text.lines().count()
        } else {
            return None;
        };
        Some((file, lines))
    });
    measured
        .filter_map(|(file, lines)| match lines {
            lines if lines > MOST_LINES => Some(Finding::failure(
                &file.path,
                0,
                format!("has {lines} lines without tests, more than {MOST_LINES}"),
            )),
            lines if lines > TARGET_LINES => {
                Some(Finding::warning(&file.path, 0, format!("has {lines} lines without tests")))
            }
            _ => None,
        })
        .collect()
}

fn is_page_source(path: &str) -> bool {
    path.starts_with("web/src/")
        && !path.starts_with("web/src/gen/")
        && !path.contains(".test.")
        && [".ts", ".tsx", ".css"].iter().any(|ending| path.ends_with(ending))
}

/// No crate becomes the one that everything falls into.
pub(super) fn crate_sizes(tree: &Tree) -> Vec<Finding> {
    let mut sizes: BTreeMap<&str, usize> = BTreeMap::new();
    for file in tree.files.iter().filter(|file| file.is_product()) {
        if let Some(name) = file.crate_name() {
            *sizes.entry(name).or_default() += file.product_lines().count();
        }
    }
    let limit = |name: &str| if name == "base" { MOST_BASE_LINES } else { MOST_CRATE_LINES };
    let too_big = sizes.into_iter().filter(|(name, lines)| *lines > limit(name));
    let finding = |(name, lines): (&str, usize)| {
        let message = format!("has {lines} lines without tests, more than {}", limit(name));
        Finding::failure(format!("crates/{name}"), 0, message)
    };
    too_big.map(finding).collect()
}

/// Every file says in its first line what it is for.
pub(super) fn module_docs(tree: &Tree) -> Vec<Finding> {
    tree.ending(".rs")
        .filter(|file| !file.text.starts_with("//! "))
        .map(|file| Finding::failure(&file.path, 1, "does not open with a `//!` sentence"))
        .collect()
}

/// A module is `name.rs` with `name/`.
pub(super) fn module_files(tree: &Tree) -> Vec<Finding> {
    tree.ending("/mod.rs")
        .map(|file| Finding::failure(&file.path, 0, "is called `mod.rs`; name it after its module"))
        .collect()
}

/// One integration test binary a crate, in which no file is forgotten.
pub(super) fn test_binaries(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.ending(".rs") {
        let Some((before, after)) = file.path.split_once("/tests/") else { continue };
        match after.strip_prefix("it/") {
            None => findings.push(Finding::failure(
                &file.path,
                0,
                "is a test binary of its own; make it a module of `tests/it/main.rs`",
            )),
            Some("main.rs") => {}
            Some(module) if !module.contains('/') => {
                let name = module.trim_end_matches(".rs");
                let main = tree.file(&format!("{before}/tests/it/main.rs"));
                let named = main.is_some_and(|main| {
                    main.text
                        .lines()
                        .any(|line| line.trim().trim_start_matches("pub ") == format!("mod {name};"))
                });
                if !named {
                    findings.push(Finding::failure(&file.path, 0, "is not named in `tests/it/main.rs`"));
                }
            }
            Some(_) => {}
        }
    }
    findings
}

/// SQL stands in `db.rs` or `db/` of the crate that owns the table, and in `store`.
pub(super) fn sql(tree: &Tree) -> Vec<Finding> {
    let allowed = |file: &SourceFile| {
        let parts: Vec<&str> = file.path.split('/').collect();
        parts.contains(&"db.rs") || parts.contains(&"db") || file.crate_name() == Some("store")
    };
    let mut findings = Vec::new();
    for file in tree.files.iter().filter(|file| file.is_product() && file.crate_name().is_some()) {
        if allowed(file) {
            continue;
        }
        let spoken = file.product_lines().filter(|(_, line)| !line.trim_start().starts_with("//"));
        for (number, line) in spoken.filter(|(_, line)| is_sql(line)) {
            let message = format!("speaks to the database outside `db.rs`: {}", line.trim());
            findings.push(Finding::failure(&file.path, number, message));
        }
    }
    findings
}

fn is_sql(line: &str) -> bool {
    let statement = ["SELECT ", "INSERT INTO ", "DELETE FROM ", "UPDATE ", "CREATE TABLE "];
    let quoted = line.find('"').map(|start| line.get(start + 1..).unwrap_or_default());
    let begins = quoted.is_some_and(|text| statement.iter().any(|word| text.trim_start().starts_with(word)));
    begins || line.contains("sqlx::query")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(rule: fn(&Tree) -> Vec<Finding>, files: &[(&str, &str)]) -> Vec<(String, usize)> {
        rule(&Tree::of(files)).into_iter().map(|finding| (finding.path, finding.line)).collect()
    }

    fn lines(count: usize) -> String {
        "line\n".repeat(count)
    }

    #[test]
    fn long_files_are_found_and_tests_do_not_count() {
        let tests = format!("{}#[cfg(test)]\nmod tests {{\n{}", lines(300), lines(900));
        let list = format!("//! x\n{LIST_MARKER}\n{}", lines(900));
        let files: &[(&str, &str)] = &[
            ("crates/a/src/long.rs", &lines(801)),
            ("crates/a/src/tested.rs", &tests),
            ("crates/a/src/list.rs", &list),
            ("crates/a/tests/it/main.rs", &lines(900)),
            ("web/src/app/main.tsx", &lines(801)),
            ("web/src/gen/api.ts", &lines(5_000)),
        ];
        let found = check(sizes, files);
        assert_eq!(found, [("crates/a/src/long.rs".to_owned(), 0), ("web/src/app/main.tsx".to_owned(), 0)]);
        assert_eq!(check(crate_sizes, &[("crates/base/src/lib.rs", &lines(1_501))]).len(), 1);
    }

    #[test]
    fn module_rules() {
        assert_eq!(
            check(module_docs, &[("a.rs", "//! Says.\n"), ("b.rs", "use x;\n")]),
            [("b.rs".into(), 1)]
        );
        assert_eq!(check(module_files, &[("crates/a/src/b/mod.rs", "")]).len(), 1);
        let files = [
            ("crates/a/tests/it/main.rs", "//! x\nmod found;\n"),
            ("crates/a/tests/it/found.rs", ""),
            ("crates/a/tests/it/lost.rs", ""),
            ("crates/a/tests/own.rs", ""),
        ];
        let found: Vec<String> = check(test_binaries, &files).into_iter().map(|(path, _)| path).collect();
        assert_eq!(found, ["crates/a/tests/it/lost.rs", "crates/a/tests/own.rs"]);
    }

    #[test]
    fn sql_stays_in_its_room() {
        let query = "//! x\nlet q = sqlx::query(\"SELECT 1\");\n// \"SELECT 2\"\n";
        let files = [
            ("crates/a/src/db.rs", query),
            ("crates/a/src/db/rows.rs", query),
            ("crates/store/src/records.rs", query),
            ("crates/a/src/lib.rs", query),
            ("crates/a/src/ui.rs", "//! x\nlet text = \"Select a file\";\n"),
        ];
        assert_eq!(check(sql, &files), [("crates/a/src/lib.rs".to_owned(), 2)]);
    }
}
