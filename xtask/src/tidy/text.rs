//! Rules about text anywhere: no names of machines, no unfinished work.

use super::Finding;
use super::tree::{SourceFile, Tree};

/// Parts of URLs and paths that belong to one machine or to a package registry, written in two halves so
/// that this file does not find itself.
const MACHINE_NAMES: &[&str] = &[
    concat!("/wor", "k/"),
    concat!("/home", "/"),
    concat!("/Users", "/"),
    concat!("://registry", "."),
    concat!("://mirror", "."),
    concat!("://index.crates", ".io"),
    concat!("://static.crates", ".io"),
    concat!("://pypi", ".org"),
    concat!("://files.pythonhosted", ".org"),
    concat!("://deb.debian", ".org"),
];

/// Words for what is not done.
const UNFINISHED: &[&str] = &[
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("XX", "X:"),
    concat!("coming", " soon"),
    concat!("not yet", " implemented"),
];

fn find(file: &SourceFile, words: &[&str], message: &str) -> Vec<Finding> {
    let found = file.text.lines().enumerate().filter_map(|(index, line)| {
        let word = words.iter().find(|word| line.contains(**word))?;
        Some(Finding::failure(&file.path, index + 1, format!("{message} (`{word}`)")))
    });
    found.collect()
}

/// Nothing in the tree names a machine's folder or a registry's host; package managers know their own.
pub(super) fn machine_names(tree: &Tree) -> Vec<Finding> {
    let message = "names a machine's folder or a package registry";
    tree.files
        .iter()
        // What was cut out of the world as a fixture keeps the world's names.
        .filter(|file| !file.path.contains("/fixtures/"))
        .flat_map(|file| find(file, MACHINE_NAMES, message))
        .collect()
}

/// What is not done stands in an issue, not in the source.
pub(super) fn unfinished(tree: &Tree) -> Vec<Finding> {
    let source = |path: &str| {
        let ours = path.starts_with("crates/") || path.starts_with("xtask/") || path.starts_with("web/");
        ours && !path.contains("/fixtures/")
            && [".rs", ".ts", ".tsx", ".css", ".toml"].iter().any(|ending| path.ends_with(ending))
    };
    let files = tree.files.iter().filter(|file| source(&file.path));
    files.flat_map(|file| find(file, UNFINISHED, "says that something is not done")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_machines_are_found_anywhere() {
        let path = ["see /wor", "k/main\n"].concat();
        let registry = ["{\n\"resolved\": \"https://registry", ".example.org/x.tgz\"\n"].concat();
        let files: &[(&str, &str)] =
            &[("README.md", &path), ("web/package-lock.json", &registry), ("docs/a.md", "work/main\n")];
        let found = machine_names(&Tree::of(files));
        let places: Vec<(&str, usize)> =
            found.iter().map(|finding| (finding.path.as_str(), finding.line)).collect();
        assert_eq!(places, [("README.md", 1), ("web/package-lock.json", 2)]);
    }

    #[test]
    fn unfinished_work_is_found_in_source_only() {
        let text = ["// TO", "DO: later\n"].concat();
        let files: &[(&str, &str)] = &[("crates/a/src/lib.rs", &text), ("docs/a.md", &text)];
        assert_eq!(unfinished(&Tree::of(files)).len(), 1);
    }
}
