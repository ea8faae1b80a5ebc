//! What Word's, Excel's and PowerPoint's files have in common: properties, and parts that refer to each other.

use super::{
    Opened,
    archive::{Archive, resolve},
    clean_publisher, clean_title, text,
    xml::{self, Node},
};
use crate::{PartialDate, Problem};
use std::collections::HashMap;

const PROPERTIES: &str = "docProps/core.xml";
const APPLICATION: &str = "docProps/app.xml";

/// A part as text; none where there is none.
pub(super) fn optional(archive: &mut Archive<'_>, name: &str) -> Result<Option<String>, Problem> {
    if !archive.has(name) {
        return Ok(None);
    }
    Ok(Some(text::decode(&archive.read(name)?).text))
}

/// Reads title, author, language, when it was made, and the company that it was made in as its publisher.
pub(super) fn read_properties(archive: &mut Archive<'_>, opened: &mut Opened) -> Result<(), Problem> {
    if let Some(core) = optional(archive, PROPERTIES)? {
        xml::properties(&core, PROPERTIES, |name, text| match name {
            "title" => opened.title = clean_title(text),
            "creator" => opened.author = Some(text.to_owned()),
            "language" => opened.language = Some(text.to_owned()),
            "publisher" => opened.publisher = clean_publisher(text),
            "created" => opened.made = PartialDate::read_made(text),
            _ => {}
        })?;
    }
    // What the program says of the file is not worth failing for.
    let Ok(Some(application)) = optional(archive, APPLICATION) else { return Ok(()) };
    let mut company = None;
    let read = xml::properties(&application, APPLICATION, |name, text| {
        if name == "Company" {
            company = clean_publisher(text);
        }
    });
    if read.is_ok() && opened.publisher.is_none() {
        opened.publisher = company;
    }
    Ok(())
}

/// A part that another one refers to.
pub(super) struct Relation {
    /// Its path in the archive.
    pub(super) path: String,
    /// What it is: an address of which the last word counts.
    pub(super) kind: String,
}

/// The parts that a part refers to, by the name it has for them.
pub(super) fn relations(archive: &mut Archive<'_>, part: &str) -> Result<HashMap<String, Relation>, Problem> {
    let (folder, file) = part.rsplit_once('/').unwrap_or(("", part));
    let path = format!("{folder}/_rels/{file}.rels");
    let mut relations = HashMap::new();
    let Some(list) = optional(archive, &path)? else { return Ok(relations) };
    xml::walk(&list, &path, |node| {
        if let Node::Open(element) = node
            && element.name == "Relationship"
            && let (Some(id), Some(target)) = (element.attribute("Id"), element.attribute("Target"))
        {
            let kind = element.attribute("Type").unwrap_or_default();
            relations.insert(id, Relation { path: resolve(part, &target), kind });
        }
    })?;
    Ok(relations)
}
