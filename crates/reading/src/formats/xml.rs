//! A small XML walker for the parts of e-books and office files: names without prefix, entities resolved.

use super::text;
use crate::{Problem, ProblemCode};
use encoding_rs::Encoding;
use quick_xml::{
    Reader,
    events::{BytesRef, BytesStart, Event},
    name::QName,
};

/// Deepest nesting that is followed.
const MAX_DEPTH: usize = 10_000;

/// What the walker meets.
pub(super) enum Node<'a> {
    /// An element begins.
    Open(&'a Element<'a>),
    /// An element ends; its local name.
    Close(&'a str),
    /// Text between tags.
    Text(&'a str),
}

/// An element's name and attributes.
pub(super) struct Element<'a> {
    pub(super) name: String,
    start: &'a BytesStart<'a>,
}

impl Element<'_> {
    /// The value of the attribute with this local name.
    pub(super) fn attribute(&self, local_name: &str) -> Option<String> {
        self.find_attribute(|name| name.local_name().as_ref() == local_name.as_bytes())
    }

    /// The value of the attribute with this local name behind a prefix, such as `r:id` beside `id`.
    pub(super) fn prefixed_attribute(&self, local_name: &str) -> Option<String> {
        self.find_attribute(|name| {
            name.prefix().is_some() && name.local_name().as_ref() == local_name.as_bytes()
        })
    }

    fn find_attribute(&self, matches: impl Fn(QName<'_>) -> bool) -> Option<String> {
        let mut attributes = self.start.attributes();
        let mut readable = attributes.with_checks(false).filter_map(Result::ok);
        let attribute = readable.find(|attribute| matches(attribute.key))?;
        Some(match attribute.unescape_value() {
            Ok(value) => value.into_owned(),
            Err(_) => String::from_utf8_lossy(&attribute.value).into_owned(),
        })
    }
}

/// A document as text, in the encoding that it declares where it is not UTF-8.
pub(super) fn decoded(bytes: &[u8]) -> String {
    if std::str::from_utf8(bytes).is_err() && Encoding::for_bom(bytes).is_none() {
        let head = String::from_utf8_lossy(bytes.get(..bytes.len().min(200)).unwrap_or_default());
        let label = head.split_once("encoding=").map(|(_, rest)| {
            let rest = rest.trim_start_matches(['"', '\'']);
            rest.split(['"', '\'', '?', ' ']).next().unwrap_or_default().to_owned()
        });
        if let Some(encoding) = label.and_then(|label| Encoding::for_label(label.as_bytes())) {
            return encoding.decode_without_bom_handling(bytes).0.into_owned();
        }
    }
    text::decode(bytes).text
}

/// Walks through a document; `file` names it in errors.
pub(super) fn walk(xml: &str, file: &str, mut visit: impl FnMut(Node<'_>)) -> Result<(), Problem> {
    let mut reader = Reader::from_str(xml);
    reader.config_mut().check_end_names = false;
    reader.config_mut().allow_unmatched_ends = true;
    let mut depth = 0usize;
    loop {
        let event = reader.read_event().map_err(|error| {
            let position = reader.error_position();
            Problem::new(
                ProblemCode::Damaged,
                format!("`{file}` is not proper XML at byte {position} ({error})"),
            )
        })?;
        match event {
            Event::Start(start) => {
                depth += 1;
                if depth > MAX_DEPTH {
                    let message = format!("`{file}` is nested more than {MAX_DEPTH} levels deep");
                    return Err(Problem::new(ProblemCode::TooLarge, message));
                }
                visit(Node::Open(&element(&start)));
            }
            Event::Empty(start) => {
                let element = element(&start);
                visit(Node::Open(&element));
                visit(Node::Close(&element.name));
            }
            Event::End(end) => {
                depth = depth.saturating_sub(1);
                visit(Node::Close(&String::from_utf8_lossy(end.local_name().as_ref())));
            }
            Event::Text(text) => visit(Node::Text(&text.decode().unwrap_or_default())),
            Event::CData(data) => visit(Node::Text(&data.decode().unwrap_or_default())),
            Event::GeneralRef(reference) => visit(Node::Text(&resolve(&reference))),
            Event::Eof => return Ok(()),
            Event::Decl(_) | Event::PI(_) | Event::DocType(_) | Event::Comment(_) => {}
        }
    }
}

/// Walks through properties: for each element that holds only text its name and that text. What a person named
/// (`user-defined`) has that name, in small letters.
pub(super) fn properties(xml: &str, file: &str, mut visit: impl FnMut(&str, &str)) -> Result<(), Problem> {
    let mut open: Option<String> = None;
    let mut value = String::new();
    walk(xml, file, |node| match node {
        Node::Open(element) => {
            let own_name = (element.name == "user-defined").then(|| element.attribute("name")).flatten();
            open = Some(own_name.map_or_else(|| element.name.clone(), |name| name.to_lowercase()));
            value.clear();
        }
        Node::Text(text) => value.push_str(text),
        Node::Close(_) => {
            if let Some(name) = open.take()
                && !value.trim().is_empty()
            {
                visit(&name, value.trim());
            }
        }
    })
}

fn element<'a>(start: &'a BytesStart<'a>) -> Element<'a> {
    Element { name: String::from_utf8_lossy(start.local_name().as_ref()).into_owned(), start }
}

/// Entities that a document declares itself are never expanded, so none can blow up.
fn resolve(reference: &BytesRef<'_>) -> String {
    if let Ok(Some(character)) = reference.resolve_char_ref() {
        return character.to_string();
    }
    let name = reference.decode().unwrap_or_default();
    quick_xml::escape::resolve_predefined_entity(&name).unwrap_or(" ").to_owned()
}
