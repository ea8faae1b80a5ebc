//! The page's imports go one way: `app -> features -> ui | lib | gen`, and features do not meet.

use super::Finding;
use super::tree::{SourceFile, Tree};

/// Finds every import of a module in the wrong direction.
pub(super) fn imports(tree: &Tree) -> Vec<Finding> {
    let sources = tree.files.iter().filter(|file| {
        file.path.starts_with("web/src/") && (file.path.ends_with(".ts") || file.path.ends_with(".tsx"))
    });
    sources.flat_map(check).collect()
}

fn check(file: &SourceFile) -> Vec<Finding> {
    let Some(own) = file.path.strip_prefix("web/src/") else { return Vec::new() };
    let mut findings = Vec::new();
    for (index, line) in file.text.lines().enumerate() {
        let Some(target) = imported(line).and_then(|target| resolve(own, target)) else { continue };
        if !is_allowed(own, &target) {
            let message = format!("`{}` must not import `{}`", room(own), room(&target));
            findings.push(Finding::failure(&file.path, index + 1, message));
        }
    }
    findings
}

/// The module that a line imports: `from "x"`, `import "x"`, `import("x")`.
fn imported(line: &str) -> Option<&str> {
    let rest = ["from ", "import ", "import("].iter().find_map(|word| {
        let (_, rest) = line.split_once(word)?;
        rest.starts_with(['"', '\'']).then_some(rest)
    })?;
    let quote = rest.chars().next()?;
    rest.get(1..)?.split(quote).next()
}

/// The path under `web/src` that an import names; packages have none.
fn resolve(own: &str, target: &str) -> Option<String> {
    if let Some(path) = target.strip_prefix("@/") {
        return Some(path.to_owned());
    }
    if !target.starts_with('.') {
        return None;
    }
    let mut parts: Vec<&str> = own.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "." => {}
            ".." => drop(parts.pop()),
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

/// `features/chat`, `ui`, `app` ...
fn room(path: &str) -> String {
    let depth = if path.starts_with("features/") { 2 } else { 1 };
    path.split('/').take(depth).collect::<Vec<_>>().join("/")
}

fn is_allowed(own: &str, target: &str) -> bool {
    let floor = |path: &str| path.split('/').next().unwrap_or_default().to_owned();
    let is_test = own.contains(".test.") || own.starts_with("testing/");
    if is_test || room(own) == room(target) {
        return true;
    }
    let below: &[&str] = match floor(own).as_str() {
        "features" => &["ui", "lib", "gen"],
        "ui" | "lib" => &["lib", "gen"],
        "gen" => &[],
        // `app`, and the entry file beside it.
        _ => return true,
    };
    below.contains(&floor(target).as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_go_down_only() {
        let check = |path: &str, line: &str| imports(&Tree::of(&[(path, line)])).len();
        assert_eq!(check("web/src/app/main.tsx", "import { Chat } from \"../features/chat/routes\";"), 0);
        assert_eq!(check("web/src/features/chat/routes.tsx", "import { Button } from \"@/ui/button\";"), 0);
        assert_eq!(check("web/src/features/chat/routes.tsx", "import React from \"react\";"), 0);
        assert_eq!(check("web/src/features/chat/routes.tsx", "import { a } from \"./model\";"), 0);
        assert_eq!(check("web/src/features/chat/routes.tsx", "import { a } from \"../library/model\";"), 1);
        assert_eq!(check("web/src/features/chat/routes.tsx", "const x = await import('@/app/router');"), 1);
        assert_eq!(check("web/src/ui/button.tsx", "export { x } from '../features/chat/model';"), 1);
        assert_eq!(check("web/src/lib/client.ts", "import { Button } from '@/ui/button';"), 1);
        assert_eq!(check("web/src/lib/client.test.ts", "import { Button } from '@/ui/button';"), 0);
    }
}
