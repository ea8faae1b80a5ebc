//! E-books: the chapters in the order of the spine, named by the table of contents.

use super::{
    Opened, ReadEvent, ReadOptions, Sink,
    archive::{Archive, resolve},
    clean_publisher, clean_title, html, no_text, send_blocks, text,
    xml::{self, Node},
};
use crate::{
    Format, PartialDate, Problem, ProblemCode,
    block::{Block, BlockKind},
};
use std::collections::HashMap;

/// Most dates of a book that are looked at.
const MAX_DATES: usize = 20;
/// Longest name of a chapter, about: a table of contents may be one text for all of its places.
const MAX_NAME_CHARACTERS: usize = 1_000;

pub(super) fn read(bytes: &[u8], options: &ReadOptions, sink: Sink<'_>) -> Result<(), Problem> {
    let mut archive = Archive::open(bytes, &options.limits)?;
    refuse_drm(&mut archive)?;
    let container = part(&mut archive, "META-INF/container.xml")?;
    let package_path = package_path(&container)?;
    let package = read_package(&part(&mut archive, &package_path)?, &package_path)?;
    let chapter_names = chapter_names(&mut archive, &package, &package_path);
    let mut opened = Opened::new(Format::Epub);
    opened.title = package.title.as_deref().and_then(clean_title);
    opened.author = package.author.clone();
    opened.language = package.language.clone();
    opened.publisher = package.publisher.as_deref().and_then(clean_publisher);
    opened.published = package.date_of(&["publication", "original-publication", ""]);
    opened.made = package.date_of(&["creation"]);
    opened.parts = u32::try_from(package.spine.len()).unwrap_or(u32::MAX).max(1);
    sink(ReadEvent::Opened(opened));
    let mut any = false;
    for (number, id) in (1..).zip(&package.spine) {
        let Some(item) = package.items.get(id) else { continue };
        let path = resolve(&package_path, &item.href);
        match archive.read(&path) {
            Ok(chapter) => {
                let blocks = named(html::parse(&chapter).blocks, chapter_names.get(&path));
                any |= !blocks.is_empty();
                send_blocks(number, blocks, sink);
            }
            Err(problem) if problem.code == ProblemCode::TooLarge => return Err(problem),
            Err(problem) => sink(ReadEvent::Warning { problem }),
        }
    }
    if any { Ok(()) } else { Err(no_text()) }
}

/// A chapter that has no heading gets its name in the table of contents as one.
fn named(mut blocks: Vec<Block>, name: Option<&String>) -> Vec<Block> {
    let has_heading = blocks.iter().take(5).any(|block| matches!(block.kind, BlockKind::Heading(_)));
    if let (false, false, Some(name)) = (blocks.is_empty(), has_heading, name) {
        blocks.insert(0, Block::new(BlockKind::Heading(1), name));
    }
    blocks
}

fn part(archive: &mut Archive<'_>, name: &str) -> Result<String, Problem> {
    Ok(text::decode(&archive.read(name)?).text)
}

/// Fonts may be scrambled, which is no protection; scrambled chapters are.
fn refuse_drm(archive: &mut Archive<'_>) -> Result<(), Problem> {
    if !archive.has("META-INF/encryption.xml") {
        return Ok(());
    }
    let encryption = part(archive, "META-INF/encryption.xml")?;
    let mut protected = None;
    xml::walk(&encryption, "META-INF/encryption.xml", |node| {
        if let Node::Open(element) = node
            && element.name == "CipherReference"
            && let Some(target) = element.attribute("URI")
            && [".xhtml", ".html", ".htm", ".xml"]
                .iter()
                .any(|ending| target.to_lowercase().ends_with(ending))
        {
            protected = Some(target);
        }
    })?;
    match protected {
        Some(target) => Err(Problem::new(
            ProblemCode::Encrypted,
            format!("the book is protected against copying (DRM): `{target}` is encrypted"),
        )),
        None => Ok(()),
    }
}

fn package_path(container: &str) -> Result<String, Problem> {
    let mut path = None;
    xml::walk(container, "META-INF/container.xml", |node| {
        if let Node::Open(element) = node
            && element.name == "rootfile"
        {
            path = path.take().or_else(|| element.attribute("full-path"));
        }
    })?;
    path.ok_or_else(|| Problem::new(ProblemCode::Damaged, "the book does not say where its package file is"))
}

#[derive(Default)]
struct Package {
    title: Option<String>,
    author: Option<String>,
    language: Option<String>,
    publisher: Option<String>,
    /// Dates with what happened then, where that is said.
    dates: Vec<(String, String)>,
    items: HashMap<String, Item>,
    spine: Vec<String>,
    /// The item that is the old kind of table of contents.
    ncx: Option<String>,
}

impl Package {
    /// The date of the first of these events that has one.
    fn date_of(&self, events: &[&str]) -> Option<PartialDate> {
        events.iter().find_map(|event| {
            let mut dates = self.dates.iter().filter(|(of, _)| of == event);
            dates.find_map(|(_, date)| PartialDate::read(date))
        })
    }
}

struct Item {
    href: String,
    is_navigation: bool,
}

fn read_package(package: &str, path: &str) -> Result<Package, Problem> {
    let mut read = Package::default();
    let mut field: Option<&'static str> = None;
    xml::walk(package, path, |node| match node {
        Node::Open(element) => match element.name.as_str() {
            "title" => field = Some("title"),
            "creator" => field = Some("creator"),
            "language" => field = Some("language"),
            "publisher" if read.publisher.is_none() => field = Some("publisher"),
            "date" if read.dates.len() < MAX_DATES => {
                let event = element.attribute("event").unwrap_or_default();
                read.dates.push((event.trim().to_lowercase(), String::new()));
                field = Some("date");
            }
            "item" => {
                if let (Some(id), Some(href)) = (element.attribute("id"), element.attribute("href")) {
                    let properties = element.attribute("properties").unwrap_or_default();
                    let is_navigation = properties.split_whitespace().any(|property| property == "nav");
                    read.items.insert(id, Item { href, is_navigation });
                }
            }
            "spine" => read.ncx = element.attribute("toc"),
            "itemref" => read.spine.extend(element.attribute("idref")),
            _ => {}
        },
        Node::Close(_) => field = None,
        Node::Text(text) if !text.trim().is_empty() => {
            let slot = match field {
                Some("title") => &mut read.title,
                Some("creator") => &mut read.author,
                Some("language") => &mut read.language,
                Some("publisher") => &mut read.publisher,
                Some("date") => {
                    read.dates.last_mut().into_iter().for_each(|(_, date)| date.push_str(text.trim()));
                    return;
                }
                Some(_) | None => return,
            };
            slot.get_or_insert_default().push_str(text.trim_matches(['\n', '\t']));
            if field == Some("title") && slot.as_ref().is_some_and(|title| title.len() > 1_000) {
                field = None;
            }
        }
        Node::Text(_) => {}
    })?;
    Ok(read)
}

/// Names of chapters by their path in the archive, from either kind of table of contents.
fn chapter_names(
    archive: &mut Archive<'_>,
    package: &Package,
    package_path: &str,
) -> HashMap<String, String> {
    let navigation = package.items.values().find(|item| item.is_navigation);
    let ncx = package.ncx.as_ref().and_then(|id| package.items.get(id));
    let Some(item) = navigation.or(ncx) else { return HashMap::new() };
    let path = resolve(package_path, &item.href);
    let Ok(contents) = part(archive, &path) else { return HashMap::new() };
    let mut names = HashMap::new();
    let mut target: Option<String> = None;
    let mut label = String::new();
    // NAV: `<a href>name</a>`. NCX: `<navLabel><text>name</text></navLabel><content src/>`.
    let walked = xml::walk(&contents, &path, |node| match node {
        Node::Open(element) => match element.name.as_str() {
            "a" => {
                target = element.attribute("href");
                label.clear();
            }
            "navPoint" | "navLabel" => label.clear(),
            "content" => {
                if let Some(source) = element.attribute("src") {
                    remember(&mut names, &path, &source, &label);
                }
            }
            _ => {}
        },
        Node::Text(text) if label.len() < MAX_NAME_CHARACTERS => {
            label.extend(text.chars().take(MAX_NAME_CHARACTERS));
        }
        Node::Text(_) => {}
        Node::Close("a") => {
            if let Some(source) = target.take() {
                remember(&mut names, &path, &source, &label);
            }
        }
        Node::Close(_) => {}
    });
    if walked.is_err() {
        tracing::debug!(path, "the table of contents of a book cannot be read");
    }
    names
}

fn remember(names: &mut HashMap<String, String>, from: &str, source: &str, label: &str) {
    let label = label.split_whitespace().collect::<Vec<_>>().join(" ");
    if !label.is_empty() {
        names.entry(resolve(from, source)).or_insert(label);
    }
}
