//! The rules of the house that no compiler knows.
//!
//! Every rule is a function from the [`Tree`] to its [`Finding`]s, and a line in [`RULES`].

mod docs;
mod files;
mod floors;
mod text;
mod tree;
mod web;

use crate::run::{Failure, say};
use std::path::Path;
use tree::Tree;

/// A rule of the house.
type Rule = fn(&Tree) -> Vec<Finding>;

/// All rules, by name.
const RULES: &[(&str, Rule)] = &[
    ("floors", floors::edges),
    ("manifests", floors::manifests),
    ("owners", floors::owners),
    ("crate sizes", files::crate_sizes),
    ("module docs", files::module_docs),
    ("module files", files::module_files),
    ("file sizes", files::sizes),
    ("test files", files::test_binaries),
    ("SQL", files::sql),
    ("machine names", text::machine_names),
    ("unfinished work", text::unfinished),
    ("page imports", web::imports),
    ("links", docs::links),
];

/// Something a rule has to say about a place.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Finding {
    /// Relative to the repository's root.
    path: String,
    /// From 1; 0 means the whole file.
    line: usize,
    message: String,
    /// Whether it fails the check or only asks for attention.
    fails: bool,
}

impl Finding {
    fn failure(path: impl Into<String>, line: usize, message: impl Into<String>) -> Self {
        Self { path: path.into(), line, message: message.into(), fails: true }
    }

    fn warning(path: impl Into<String>, line: usize, message: impl Into<String>) -> Self {
        Self { fails: false, ..Self::failure(path, line, message) }
    }
}

/// Checks every rule and prints what they find.
pub(crate) fn run(root: &Path) -> Result<(), Failure> {
    let tree = Tree::read(root)?;
    let mut failures = 0;
    for (name, rule) in RULES {
        for finding in rule(&tree) {
            failures += usize::from(finding.fails);
            let kind = if finding.fails { "error" } else { "warning" };
            say(&format!("{kind}: {}:{}: {} ({name})", finding.path, finding.line, finding.message));
        }
    }
    say(&format!("tidy: {} rules, {} files, {failures} errors", RULES.len(), tree.files.len()));
    if failures == 0 { Ok(()) } else { Err(format!("the tree breaks the house's rules {failures} times")) }
}
