//! What a PDF says of itself beside its list of information: the XMP packet and the catalogue's language.

use super::guarded;
use crate::{
    PartialDate,
    formats::{
        Opened, clean_language, clean_publisher,
        xml::{self, Node},
    },
};
use pdf_oxide::{PdfDocument, extractors::XmpExtractor};

/// Longest packet that is read, in bytes: some hold every step of a drawing.
const MAX_PACKET_BYTES: usize = 4 << 20;
/// Most values that are kept of a packet.
const MAX_VALUES: usize = 100;

/// Reads publisher, language and dates. `dc:date` is when the document was published only where it is not the day on
/// which the file was made: most programs write that one there.
pub(super) fn read(document: &PdfDocument, opened: &mut Opened) {
    let packet = guarded(|| XmpExtractor::extract(document).ok().flatten()).flatten();
    let packet = packet.and_then(|packet| packet.raw_xml).filter(|xml| xml.len() <= MAX_PACKET_BYTES);
    let values = packet.map(|xml| values(&xml)).unwrap_or_default();
    let first = |names: &[&str]| {
        let value = |name: &&str| values.iter().find(|(of, _)| of == name).map(|(_, value)| value.as_str());
        names.iter().find_map(value)
    };
    opened.publisher = first(&["publisher"]).and_then(clean_publisher);
    if opened.made.is_none() {
        opened.made = first(&["CreateDate"]).and_then(PartialDate::read_made);
    }
    let made = opened.made;
    let dated = || first(&["date"]).and_then(PartialDate::read).filter(|date| Some(*date) != made);
    opened.published = first(&["publicationDate", "coverDate"]).and_then(PartialDate::read).or_else(dated);
    opened.language = catalogue_language(document).or_else(|| first(&["language"]).and_then(clean_language));
}

fn catalogue_language(document: &PdfDocument) -> Option<String> {
    let catalogue = guarded(|| document.catalog().ok()).flatten()?;
    let language = catalogue.as_dict()?.get("Lang")?.as_string()?;
    clean_language(&String::from_utf8_lossy(language))
}

/// The values of a packet (ISO 16684-1) that are of use, by their name without prefix: elements, lists in them, or
/// attributes of a description. What is broken ends the list.
fn values(xml: &str) -> Vec<(&'static str, String)> {
    let mut values: Vec<(&'static str, String)> = Vec::new();
    let mut field: Option<&'static str> = None;
    let walked = xml::walk(xml, "the XMP packet", |node| match node {
        Node::Open(element) => {
            if element.name == "Description" {
                let told = NAMES.iter().filter_map(|name| Some((*name, element.attribute(name)?)));
                values.extend(told);
            }
            if let Some(name) = NAMES.iter().find(|name| **name == element.name) {
                field = Some(*name);
            }
            // Every item of a list is a value of its own.
            if let Some(field) = field.filter(|_| values.len() < MAX_VALUES) {
                values.push((field, String::new()));
            }
        }
        Node::Close(name) => {
            if field == Some(name) {
                field = None;
            }
        }
        Node::Text(text) => {
            if let (Some(_), Some((_, value))) = (field, values.last_mut()) {
                value.push_str(text);
            }
        }
    });
    if let Err(problem) = walked {
        tracing::debug!(%problem, "a packet of metadata was read in part");
    }
    values.retain(|(_, value)| !value.trim().is_empty());
    values
}

const NAMES: [&str; 6] = ["publisher", "date", "language", "CreateDate", "publicationDate", "coverDate"];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn elements_lists_and_attributes_are_read() {
        let packet = r#"<?xpacket begin="" id="W5M0"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF>
            <rdf:Description xmp:CreateDate="2014-05-03T10:00:00Z"><dc:publisher><rdf:Bag><rdf:li>Mill &amp; Sea</rdf:li>
            <rdf:li>Other</rdf:li></rdf:Bag></dc:publisher><dc:date><rdf:Seq><rdf:li>1999</rdf:li></rdf:Seq></dc:date>
            </rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>"#;
        let values = values(packet);
        let shown: Vec<String> =
            values.iter().map(|(name, value)| format!("{name}={}", value.trim())).collect();
        let expected =
            ["CreateDate=2014-05-03T10:00:00Z", "publisher=Mill & Sea", "publisher=Other", "date=1999"];
        assert_eq!(shown, expected);
    }

    proptest! {
        #[test]
        fn no_packet_makes_it_fail(soup in proptest::collection::vec(prop_oneof![
            Just("<dc:date>".to_owned()), Just("</dc:date>".to_owned()), Just("<rdf:li>".to_owned()),
            Just("<rdf:Description a='1'".to_owned()), Just(">".to_owned()), Just("&amp;".to_owned()), "\\PC{0,4}",
        ], 0..30)) {
            values(&soup.concat());
        }
    }
}
