//! XML as a tree that knows where everything stood.

use crate::error::{PersonaError, Position};
use quick_xml::{
    Reader,
    events::{BytesRef, BytesStart, Event},
};

/// Deepest nesting; the schema has less.
const MAX_DEPTH: usize = 32;
/// Elements of a document, at the most.
const MAX_NODES: usize = 400_000;

/// An element.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Node {
    pub(super) name: String,
    pub(super) attributes: Vec<Attribute>,
    pub(super) children: Vec<Node>,
    /// All text in it that is not in a child.
    pub(super) text: String,
    /// The byte it begins at.
    pub(super) offset: usize,
}

/// An attribute.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Attribute {
    pub(super) name: String,
    pub(super) value: String,
    pub(super) offset: usize,
}

impl Node {
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|attribute| attribute.name == name)
            .map(|attribute| attribute.value.as_str())
    }

    /// Its text: as it stands with `xml:space="preserve"`, else without what indents it.
    pub(super) fn said(&self) -> &str {
        if self.attribute("xml:space") == Some("preserve") { &self.text } else { self.text.trim() }
    }
}

/// Reads a document.
pub(super) fn parse(text: &str) -> Result<Node, PersonaError> {
    let syntax = |offset: usize, message: String| PersonaError::Syntax {
        position: Position::of(text, offset),
        message,
    };
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Node> = vec![Node::default()];
    let mut nodes = 0usize;
    loop {
        let before = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        let event = reader.read_event().map_err(|error| {
            let at = usize::try_from(reader.error_position()).unwrap_or(usize::MAX);
            syntax(at, error.to_string())
        })?;
        match event {
            Event::Start(start) => {
                nodes += 1;
                if open.len() > MAX_DEPTH || nodes > MAX_NODES {
                    return Err(syntax(before, "too many elements, or too deep in each other".into()));
                }
                open.push(node(&start, text, before).map_err(|(at, message)| syntax(at, message))?);
            }
            Event::Empty(start) => {
                nodes += 1;
                let empty = node(&start, text, before).map_err(|(at, message)| syntax(at, message))?;
                if let Some(parent) = open.last_mut() {
                    parent.children.push(empty);
                }
            }
            Event::End(_) => close(&mut open),
            Event::Text(found) => say(&mut open, &found.decode().unwrap_or_default()),
            Event::CData(found) => say(&mut open, &found.decode().unwrap_or_default()),
            Event::GeneralRef(reference) => match resolve(&reference) {
                Some(value) => say(&mut open, &value),
                None => {
                    return Err(syntax(
                        before,
                        "an entity that XML does not have; write `&amp;` for `&`".into(),
                    ));
                }
            },
            Event::DocType(_) => return Err(syntax(before, "a document type; leave it out".into())),
            Event::Eof => break,
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
        }
    }
    let unclosed = open.len() > 1;
    if let (true, Some(last)) = (unclosed, open.last()) {
        return Err(syntax(last.offset, format!("`<{}>` is not closed", last.name)));
    }
    let mut document = open.pop().unwrap_or_default();
    if document.children.len() != 1 {
        return Err(syntax(0, "a document has one element that holds all others: `<persona>`".into()));
    }
    document.children.pop().ok_or_else(|| syntax(0, "there is no element".into()))
}

fn close(open: &mut Vec<Node>) {
    if let Some(done) = open.pop()
        && let Some(parent) = open.last_mut()
    {
        parent.children.push(done);
    }
}

fn say(open: &mut [Node], text: &str) {
    if let Some(node) = open.last_mut() {
        node.text.push_str(text);
    }
}

fn node(start: &BytesStart<'_>, text: &str, offset: usize) -> Result<Node, (usize, String)> {
    let name = String::from_utf8_lossy(start.name().as_ref()).into_owned();
    let mut attributes = Vec::new();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| (offset, format!("`<{name}>`: {error}")))?;
        // Where in the document the name stands: it is a part of it.
        let at = (attribute.key.as_ref().as_ptr() as usize).wrapping_sub(text.as_ptr() as usize);
        let at = if at < text.len() { at } else { offset };
        let value = attribute.unescape_value().map_err(|error| (at, error.to_string()))?.into_owned();
        let name = String::from_utf8_lossy(attribute.key.as_ref()).into_owned();
        attributes.push(Attribute { name, value, offset: at });
    }
    Ok(Node { name, attributes, offset, ..Node::default() })
}

/// Entities that a document declares itself are never expanded.
fn resolve(reference: &BytesRef<'_>) -> Option<String> {
    if let Ok(Some(character)) = reference.resolve_char_ref() {
        return Some(character.to_string());
    }
    let name = reference.decode().ok()?;
    quick_xml::escape::resolve_predefined_entity(&name).map(str::to_owned)
}
