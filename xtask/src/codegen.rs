//! Files that are generated and kept: the OpenAPI document, and the page's types made from it.

use crate::run::{Failure, output, program, run as run_program, say};
use std::path::Path;

const DOCUMENT: &str = "docs/openapi.json";
const TYPES: &str = "web/src/gen/api.ts";

/// Writes the generated files; with `check` compares and writes nothing.
pub(crate) fn run(root: &Path, check: bool) -> Result<(), Failure> {
    let build = ["build", "--quiet", "--workspace", "--bins"];
    run_program(&mut program("cargo", &build, root))?;
    let familiar = root.join("target/debug/familiar");
    let document = output(&mut program(&familiar.to_string_lossy(), &["openapi"], root))?;
    keep(root, DOCUMENT, &document, check)?;
    let generator = root.join("web/node_modules/.bin/openapi-typescript");
    if !generator.exists() {
        return Err("the page's packages are not installed; run `npm ci` in web/ first".to_owned());
    }
    let folder = root.join("target/codegen");
    std::fs::create_dir_all(&folder)
        .map_err(|error| format!("cannot create {}: {error}", folder.display()))?;
    let made = folder.join("api.ts");
    let arguments = [root.join(DOCUMENT), "--output".into(), made.clone()];
    run_program(&mut program(&generator.to_string_lossy(), &arguments, root))?;
    let types = std::fs::read_to_string(&made).map_err(|error| format!("{}: {error}", made.display()))?;
    keep(root, TYPES, &types, check)
}

/// Writes `content` to `path`, or says that it is not what stands there.
fn keep(root: &Path, path: &str, content: &str, check: bool) -> Result<(), Failure> {
    let content = format!("{}\n", content.trim_end());
    let file = root.join(path);
    if std::fs::read_to_string(&file).is_ok_and(|kept| kept == content) {
        say(&format!("{path} is fresh"));
        return Ok(());
    }
    if check {
        return Err(format!("{path} is not what would be generated; run `cargo xtask codegen`"));
    }
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    std::fs::write(&file, content).map_err(|error| format!("{path}: {error}"))?;
    say(&format!("{path} is written"));
    Ok(())
}
