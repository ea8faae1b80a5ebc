//! The files of the repository, read once.

use crate::run::{Failure, output, program};
use std::path::Path;

/// The text files that git knows or would add.
#[derive(Debug, Default)]
pub(super) struct Tree {
    pub files: Vec<SourceFile>,
    /// Every path, also of files that are no text.
    pub paths: std::collections::BTreeSet<String>,
}

/// A text file.
#[derive(Debug, Clone)]
pub(super) struct SourceFile {
    /// Relative to the root, with `/`.
    pub path: String,
    pub text: String,
}

impl SourceFile {
    /// The lines of a Rust file that are no unit tests: everything before `#[cfg(test)]` on a module.
    pub(super) fn product_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines: Vec<&str> = self.text.lines().collect();
        let is_tests = |index: usize| {
            let next = lines.get(index + 1).map(|line| line.trim_start()).unwrap_or_default();
            lines.get(index).is_some_and(|line| line.trim() == "#[cfg(test)]")
                && (next.starts_with("mod ") || next.starts_with("#["))
        };
        let end = (0..lines.len()).find(|index| is_tests(*index)).unwrap_or(lines.len());
        lines.into_iter().take(end).enumerate().map(|(index, line)| (index + 1, line))
    }

    /// The crate a file under `crates/` belongs to.
    pub(super) fn crate_name(&self) -> Option<&str> {
        self.path.strip_prefix("crates/")?.split('/').next()
    }

    /// Whether it is a Rust file that is part of what runs, not of what tests.
    pub(super) fn is_product(&self) -> bool {
        self.path.ends_with(".rs") && !self.path.split('/').any(|part| part == "tests")
    }
}

impl Tree {
    /// Reads every file; bytes that are no text are left out.
    pub(super) fn read(root: &Path) -> Result<Self, Failure> {
        let arguments = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
        let listed = output(&mut program("git", &arguments, root))?;
        let mut tree = Self::default();
        for path in listed.split('\0').filter(|path| !path.is_empty()) {
            let Ok(bytes) = std::fs::read(root.join(path)) else { continue };
            tree.paths.insert(path.to_owned());
            if let Ok(text) = String::from_utf8(bytes) {
                tree.files.push(SourceFile { path: path.to_owned(), text });
            }
        }
        Ok(tree)
    }

    pub(super) fn file(&self, path: &str) -> Option<&SourceFile> {
        self.files.iter().find(|file| file.path == path)
    }

    pub(super) fn ending<'a>(&'a self, suffix: &'a str) -> impl Iterator<Item = &'a SourceFile> {
        self.files.iter().filter(move |file| file.path.ends_with(suffix))
    }

    /// Whether a file or a folder with files lies there.
    pub(super) fn has(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        let folder = format!("{path}/");
        path.is_empty()
            || self.paths.contains(path)
            || self.paths.range(folder.clone()..).next().is_some_and(|next| next.starts_with(&folder))
    }

    /// A tree out of thin air.
    #[cfg(test)]
    pub(super) fn of(files: &[(&str, &str)]) -> Self {
        let files: Vec<SourceFile> = files
            .iter()
            .map(|(path, text)| SourceFile { path: (*path).to_owned(), text: (*text).to_owned() })
            .collect();
        Self { paths: files.iter().map(|file| file.path.clone()).collect(), files }
    }
}
