//! A PDF whose pages `pdf_oxide` reads each for itself.
//!
//! With the first page that it gives, the engine looks through all that it counts for lines that run from page to page: a quarter of
//! all its work, done anew by every thread, and where one page ends the process none is read. `assemble` finds such
//! lines by itself. A file of one page is not looked through, so it is told that there is one: its tree is put below a new root
//! that does not say how many pages there are, behind an empty page and more branches than the engine goes down
//! while it counts (`count_pages_recursive` of version 0.3: 50). Finding a page has no such bound. What is new is appended, as an incremental
//! update (ISO 32000-1, 7.5.6); where the engine does not see through it the file is read as it is.

use super::{guarded, ready};
use crate::{Problem, formats::ReadOptions};
use pdf_oxide::{
    PdfDocument,
    object::{Object, ObjectRef},
    writer::ObjectSerializer,
};
use std::{collections::HashMap, fmt::Write};

/// How many branches lie between the new root and the tree.
const BRANCHES: u32 = 50;
/// Highest number of an object in a file that gets more of them.
const MAX_ID: u32 = 8_000_000;
/// How far from its end a file says where its table of objects is.
const TAIL_BYTES: usize = 2_048;

/// What the threads open.
pub(super) struct Source<'a> {
    /// The file.
    pub(super) bytes: &'a [u8],
    /// What is appended to it; nothing where it is read as it is.
    update: Vec<u8>,
}

impl Source<'_> {
    /// How many pages the engine sees before the first.
    pub(super) fn ahead(&self) -> usize {
        usize::from(!self.update.is_empty())
    }

    /// Opens the file once more.
    ///
    /// # Errors
    /// As [`ready::open`].
    pub(super) fn open(&self) -> Result<PdfDocument, Problem> {
        ready::open([self.bytes, &self.update].concat())
    }
}

/// The file with its pages apart where that can be had, and as it was opened otherwise.
pub(super) fn apart<'a>(
    document: PdfDocument,
    bytes: &'a [u8],
    count: u32,
    options: &ReadOptions,
) -> (PdfDocument, Source<'a>) {
    let source = |update| Source { bytes, update };
    // Where looking at the tree killed the process, so would looking for its last page.
    let last = if options.trusts_page_tree {
        0
    } else {
        usize::try_from(count).unwrap_or(usize::MAX).saturating_sub(1)
    };
    let update = if count > 1 { guarded(|| update(&document, bytes)).flatten() } else { None };
    let apart = update.map(source).and_then(|source| {
        let apart = source.open().ok()?;
        let is_seen_through = guarded(|| {
            let is_same = |place: usize| {
                let (told, found) = (document.get_page(place), apart.get_page(place + source.ahead()));
                matches!((told, found), (Ok(told), Ok(found)) if told == found)
            };
            apart.page_count().is_ok_and(|count| count == 1) && is_same(0) && is_same(last)
        });
        (is_seen_through == Some(true)).then_some((apart, source))
    });
    apart.unwrap_or_else(|| (document, source(Vec::new())))
}

/// What is appended to the file.
fn update(document: &PdfDocument, bytes: &[u8]) -> Option<Vec<u8>> {
    if document.is_encrypted() || !bytes.starts_with(b"%PDF-") {
        return None;
    }
    let root = document.trailer().as_dict()?.get("Root")?.as_reference()?;
    let mut catalogue = document.catalog().ok()?.as_dict()?.clone();
    let tree = catalogue.get("Pages")?.as_reference()?;
    let free = document.all_object_ids().into_iter().max()?.checked_add(1).filter(|free| *free <= MAX_ID)?;
    let reference = |id| Object::Reference(ObjectRef::new(id, 0));
    let (top, empty, first) = (free, free + 1, free + 2);
    catalogue.insert("Pages".to_owned(), reference(top));
    let mut update = Update::new(bytes.len());
    update.add(root, catalogue);
    let corners = [0, 0, 612, 792].map(Object::Integer).to_vec();
    update.add(ObjectRef::new(top, 0), branch(vec![reference(empty), reference(first)]));
    let page = [("Type", name("Page")), ("Parent", reference(top)), ("MediaBox", Object::Array(corners))];
    update.add(ObjectRef::new(empty, 0), entries(page));
    for id in first..first + BRANCHES {
        let is_last = id + 1 == first + BRANCHES;
        let below = if is_last { Object::Reference(tree) } else { reference(id + 1) };
        update.add(ObjectRef::new(id, 0), branch(vec![below]));
    }
    Some(update.finish(root, previous_table(bytes)?))
}

fn name(name: &str) -> Object {
    Object::Name(name.to_owned())
}

fn entries<const N: usize>(entries: [(&str, Object); N]) -> HashMap<String, Object> {
    entries.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// A branch that does not say how many pages it has.
fn branch(kids: Vec<Object>) -> HashMap<String, Object> {
    entries([("Type", name("Pages")), ("Kids", Object::Array(kids))])
}

/// Where the file says that its table of objects is.
fn previous_table(bytes: &[u8]) -> Option<u64> {
    let tail = bytes.get(bytes.len().saturating_sub(TAIL_BYTES)..)?;
    let word = b"startxref";
    let at = tail.windows(word.len()).rposition(|window| window == word)?;
    let digits = tail.get(at + word.len()..)?.trim_ascii_start();
    let digits: Vec<u8> = digits.iter().copied().take_while(u8::is_ascii_digit).collect();
    String::from_utf8(digits).ok()?.parse().ok()
}

/// An incremental update: objects, their table, and where it is.
struct Update {
    /// Where it begins in the file.
    begins: usize,
    bytes: Vec<u8>,
    objects: Vec<(ObjectRef, usize)>,
}

impl Update {
    fn new(begins: usize) -> Self {
        Self { begins, bytes: b"\n".to_vec(), objects: Vec::new() }
    }

    fn end(&self) -> usize {
        self.begins + self.bytes.len()
    }

    fn add(&mut self, at: ObjectRef, entries: HashMap<String, Object>) {
        self.objects.push((at, self.end()));
        let object = Object::Dictionary(entries);
        self.bytes.extend(ObjectSerializer::compact().serialize_indirect(at.id, at.r#gen, &object));
    }

    fn finish(mut self, root: ObjectRef, previous: u64) -> Vec<u8> {
        let table = self.end();
        let size = self.objects.iter().map(|(at, _)| at.id).max().unwrap_or(0) + 1;
        let mut text = String::from("xref\n");
        for (at, offset) in &self.objects {
            let _ = write!(text, "{} 1\n{offset:010} {:05} n \n", at.id, at.r#gen);
        }
        let (id, generation) = (root.id, root.r#gen);
        let _ = write!(
            text,
            "trailer\n<< /Size {size} /Root {id} {generation} R /Prev {previous} >>\nstartxref\n{table}\n%%EOF\n"
        );
        self.bytes.extend(text.into_bytes());
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Limits;
    use lopdf::{Document, Stream, dictionary, xref::XrefType};

    const WORDS: [&str; 3] = ["The mill stands.", "The wheel turns.", "The corn is ground."];

    /// Three pages, two of them in a branch that has their font.
    fn made(table: XrefType) -> Vec<u8> {
        let mut file = Document::with_version("1.5");
        file.reference_table.cross_reference_type = table;
        let font = dictionary! { "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "Helvetica", "Encoding" => "WinAnsiEncoding" };
        let resources = dictionary! { "Font" => dictionary! { "F1" => font } };
        let (tree, branch) = (file.new_object_id(), file.new_object_id());
        let mut pages = WORDS.map(|words| {
            let content = format!("BT /F1 11 Tf 60 700 Td ({words}) Tj ET").into_bytes();
            let content = file.add_object(Stream::new(dictionary! {}, content));
            let corners = vec![0.into(), 0.into(), 595.into(), 842.into()];
            dictionary! { "Type" => "Page", "Parent" => branch, "Contents" => content, "MediaBox" => corners }
        });
        pages[0].set("Parent", tree);
        pages[0].set("Resources", resources.clone());
        let pages = pages.map(|page| file.add_object(page));
        let kids =
            |kids: &[lopdf::ObjectId]| kids.iter().map(|kid| (*kid).into()).collect::<Vec<lopdf::Object>>();
        let below = dictionary! {
            "Type" => "Pages", "Parent" => tree, "Kids" => kids(&pages[1..]), "Count" => 2, "Resources" => resources
        };
        file.objects.insert(branch, below.into());
        let root = dictionary! { "Type" => "Pages", "Kids" => kids(&[pages[0], branch]), "Count" => 3 };
        file.objects.insert(tree, root.into());
        let catalogue = file.add_object(dictionary! { "Type" => "Catalog", "Pages" => tree, "Lang" => "en" });
        file.trailer.set("Root", catalogue);
        let mut bytes = Vec::new();
        file.save_to(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn each_page_is_read_for_itself() {
        let options = ReadOptions::new("x.pdf", Limits::default());
        for table in [XrefType::CrossReferenceTable, XrefType::CrossReferenceStream] {
            let bytes = made(table);
            let (document, source) = apart(ready::open(bytes.clone()).unwrap(), &bytes, 3, &options);
            assert_eq!((source.ahead(), document.page_count().unwrap()), (1, 1));
            for (page, words) in WORDS.iter().enumerate() {
                assert_eq!(document.extract_text(page + 1).unwrap().trim(), *words);
            }
        }
    }

    #[test]
    fn what_cannot_be_added_to_is_read_as_it_is() {
        let options = ReadOptions::new("x.pdf", Limits::default());
        let bytes = [b"junk\n".as_slice(), &made(XrefType::CrossReferenceTable)].concat();
        let (document, source) = apart(ready::open(bytes.clone()).unwrap(), &bytes, 3, &options);
        assert_eq!((source.ahead(), document.page_count().unwrap()), (0, 3));
    }
}
