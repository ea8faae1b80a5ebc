//! The handbook in the page: all of it is served, and what leads within it leads somewhere.

use crate::stage::Stage;
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

const HANDBOOK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/handbook");
const CHANGES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../CHANGELOG.md");

#[tokio::test]
async fn every_page_is_served_and_links_lead_to_pages_and_headings() {
    let stage = Stage::start().await;
    let help = stage.client.get("/api/help").await.ok(200);
    let pages = texts(&help);

    let mut files = BTreeMap::new();
    for entry in fs::read_dir(HANDBOOK).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        files.insert(name, fs::read_to_string(&path).unwrap());
    }
    assert!(files.len() > 5, "the handbook was not found");
    assert_eq!(pages, files);
    for page in help["pages"].as_array().unwrap() {
        let first = page["text"].as_str().unwrap().lines().next().unwrap();
        assert_eq!(first, format!("# {}", page["title"].as_str().unwrap()));
    }
    assert_eq!(help["changes"], fs::read_to_string(CHANGES).unwrap());
    assert_eq!(help["version"], env!("CARGO_PKG_VERSION"));

    let mut followed = 0;
    for (name, text) in &pages {
        for target in links(text) {
            // What is not of the handbook is not of the page either.
            if target.contains("://") || target.starts_with("mailto:") || target.starts_with("../") {
                continue;
            }
            followed += 1;
            let (file, heading) = target.split_once('#').unwrap_or((target.as_str(), ""));
            let aimed =
                if file.is_empty() { name.as_str() } else { file.strip_suffix(".md").unwrap_or(file) };
            let page = pages.get(aimed).unwrap_or_else(|| panic!("{name} links to `{target}`"));
            assert!(
                heading.is_empty() || anchors(page).contains(heading),
                "{name} links to `{target}`, which has no such heading"
            );
        }
    }
    assert!(followed > 10, "links were not found: {followed}");
}

fn texts(help: &Value) -> BTreeMap<String, String> {
    let text = |page: &Value, field: &str| page[field].as_str().unwrap().to_owned();
    help["pages"].as_array().unwrap().iter().map(|page| (text(page, "name"), text(page, "text"))).collect()
}

/// The lines that are not code.
fn prose(text: &str) -> Vec<&str> {
    let mut code = false;
    text.lines()
        .filter(|line| {
            let fence = line.trim_start().starts_with("```");
            code ^= fence;
            !code && !fence
        })
        .collect()
}

fn links(text: &str) -> Vec<String> {
    let prose = prose(text).join("\n");
    let behind = prose.split("](").skip(1);
    behind.filter_map(|rest| Some(rest.split_once(')')?.0.to_owned())).collect()
}

/// What headings are called in links, as GitHub makes it.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings = prose(text).into_iter().filter(|line| line.starts_with('#'));
    headings
        .map(|heading| {
            let words = heading.trim_start_matches('#').trim().to_lowercase();
            let kept =
                words.chars().filter(|letter| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_'));
            kept.map(|letter| if letter == ' ' { '-' } else { letter }).collect()
        })
        .collect()
}
