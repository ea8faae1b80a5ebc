//! Links in Markdown lead somewhere.

use super::Finding;
use super::tree::{SourceFile, Tree};

/// Finds every link to a file or heading that is not there.
pub(super) fn links(tree: &Tree) -> Vec<Finding> {
    let pages = tree.ending(".md").filter(|file| !file.path.contains("/fixtures/"));
    let mut findings = Vec::new();
    for file in pages {
        for (line, target) in targets(&file.text) {
            if let Some(message) = broken(tree, file, target) {
                findings.push(Finding::failure(&file.path, line, message));
            }
        }
    }
    findings
}

/// The targets of `[text](target)` outside of code, with their lines.
fn targets(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    for (number, line) in prose(text) {
        for piece in line.split("](").skip(1) {
            if let Some(target) = piece.split(')').next() {
                found.push((number, target.split(' ').next().unwrap_or_default()));
            }
        }
    }
    found
}

/// Lines outside of fenced code, with their numbers.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fenced = false;
    text.lines().enumerate().filter_map(move |(index, line)| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        (!fenced && !fence).then_some((index + 1, line))
    })
}

fn broken(tree: &Tree, file: &SourceFile, target: &str) -> Option<String> {
    if target.contains("://") || target.starts_with("mailto:") || target.starts_with('<') {
        return None;
    }
    let (path, heading) = target.split_once('#').unwrap_or((target, ""));
    let aimed = if path.is_empty() { Some(file.path.clone()) } else { join(&file.path, path) };
    let Some(aimed) = aimed.filter(|aimed| tree.has(aimed)) else {
        return Some(format!("links to `{target}`, which is not there"));
    };
    let page = tree.file(&aimed).filter(|page| page.path.ends_with(".md"))?;
    let mut headings = prose(&page.text).filter(|(_, line)| line.starts_with('#'));
    let missing = !heading.is_empty() && !headings.any(|(_, line)| anchor(line) == heading);
    missing.then(|| format!("links to `{target}`, but there is no such heading"))
}

/// The repository path that a relative link names; `None` when it leads out of the repository.
fn join(from: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    if path.starts_with('/') {
        parts.clear();
    }
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

/// A heading's anchor, made as GitHub makes it.
fn anchor(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = text.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_somewhere() {
        let readme = "[a](docs/A.md) [b](docs/A.md#two-words) [c](docs) [d](https://x.y/z)\n\
                      ```\n[code](nowhere)\n```\n\
                      [e](docs/B.md)\n[f](docs/A.md#three)\n[g](../out.md)\n[h](#title)\n# Title\n";
        let tree = Tree::of(&[("README.md", readme), ("docs/A.md", "# Two words!\n[up](../README.md)\n")]);
        let lines: Vec<usize> = links(&tree).iter().map(|finding| finding.line).collect();
        assert_eq!(lines, [5, 6, 7]);
    }
}
