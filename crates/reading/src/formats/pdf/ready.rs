//! A PDF that is ready to be read: opened, and with a tree that names each of its pages once.

use super::{
    assemble, guarded,
    tree::{self, Tree},
};
use crate::{Problem, ProblemCode, formats::ReadOptions};
use pdf_oxide::{PdfDocument, object::ObjectRef};
use std::{borrow::Cow, collections::HashMap};

/// How many pages may be named again, or told and not there, in a file that cannot be written anew: it is read as it is.
const MOST_UNMENDED: usize = 50;

/// A file that is ready to be read.
pub(super) struct Ready<'a> {
    pub(super) document: PdfDocument,
    /// The bytes that it was opened from.
    pub(super) bytes: Cow<'a, [u8]>,
    pub(super) pages: Pages,
    /// What was wrong with the tree of its pages.
    pub(super) problems: Vec<Problem>,
}

/// Which pages a file has, and where they lie among those that are read.
#[derive(Debug)]
pub(super) struct Pages {
    /// For every page of the file its place; none for one that was named before.
    places: Vec<Option<usize>>,
    /// For every place the number of its page, from 1.
    numbers: Vec<u32>,
}

impl Pages {
    /// So many pages, each of its own.
    fn all(count: u32) -> Self {
        Self {
            places: (0..count).map(|index| usize::try_from(index).ok()).collect(),
            numbers: (1..=count).collect(),
        }
    }

    /// The pages as they are named; each is read where it is named first.
    fn named(named: &[ObjectRef]) -> Self {
        let mut seen: HashMap<ObjectRef, u32> = HashMap::new();
        let (mut places, mut numbers) = (Vec::new(), Vec::new());
        for (page, number) in named.iter().zip(1_u32..) {
            let is_first = *seen.entry(*page).or_insert(number) == number;
            places.push(is_first.then_some(numbers.len()));
            if is_first {
                numbers.push(number);
            }
        }
        Self { places, numbers }
    }

    /// How many the file has.
    pub(super) fn count(&self) -> u32 {
        u32::try_from(self.places.len()).unwrap_or(u32::MAX)
    }

    /// Where a page lies, from 0; none for one that was named before.
    pub(super) fn place(&self, number: u32) -> Option<usize> {
        let index = usize::try_from(number.checked_sub(1)?).ok()?;
        self.places.get(index).copied().flatten()
    }

    /// The number of the page in this place, from 1.
    pub(super) fn number(&self, place: usize) -> Option<u32> {
        self.numbers.get(place).copied()
    }

    /// Those that were named before.
    fn again(&self) -> Vec<u32> {
        let again = |(place, number): (&Option<usize>, u32)| place.is_none().then_some(number);
        self.places.iter().zip(1_u32..).filter_map(again).collect()
    }
}

/// Opens a file and puts the tree of its pages right where it has to be.
///
/// # Errors
/// When it cannot be opened, has too many pages, or has a tree of them that has no end or cannot be put right.
pub(super) fn ready<'a>(bytes: &'a [u8], options: &ReadOptions) -> Result<Ready<'a>, Problem> {
    let document = open(bytes.to_vec())?;
    let most_pages = options.limits.max_pages;
    if options.trusts_page_tree {
        return as_it_is(document, bytes, most_pages);
    }
    let tree = match guarded(|| tree::walk(&document, most_pages)) {
        Some(walked) => walked?,
        None => None,
    };
    let Some(tree) = tree.filter(|tree| tree.has_circle || !tree.named.is_empty()) else {
        return as_it_is(document, bytes, most_pages);
    };
    if tree.named.is_empty() {
        return Err(no_pages());
    }
    let named = limited(u32::try_from(tree.named.len()).unwrap_or(u32::MAX), most_pages)?;
    // Counting follows circles.
    let told = if tree.has_circle { None } else { page_count(&document, bytes).ok() };
    let is_right = !tree.is_tangled() && (!tree.is_whole || told == Some(named));
    if is_right {
        return as_it_is(document, bytes, most_pages);
    }
    if let Some((mended, document)) = mended(&tree, bytes) {
        let pages = Pages::named(&tree.named);
        let problems = problems(&tree, &pages, told);
        return Ok(Ready { document, bytes: Cow::Owned(mended), pages, problems });
    }
    let again = tree.named.len().saturating_sub(tree.different);
    let lacking = usize::try_from(told.unwrap_or(0).saturating_sub(named)).unwrap_or(usize::MAX);
    if tree.has_circle || again.max(lacking) > MOST_UNMENDED {
        let message = "the tree of its pages names some again and again, or tells more than there are, and cannot be put right";
        return Err(Problem::new(ProblemCode::Damaged, message));
    }
    as_it_is(document, bytes, most_pages)
}

fn as_it_is(document: PdfDocument, bytes: &[u8], most_pages: u32) -> Result<Ready<'_>, Problem> {
    let count = limited(page_count(&document, bytes)?, most_pages)?;
    Ok(Ready { document, bytes: Cow::Borrowed(bytes), pages: Pages::all(count), problems: Vec::new() })
}

fn limited(count: u32, most_pages: u32) -> Result<u32, Problem> {
    if count > most_pages {
        let message = format!("the file has {count} pages, the limit is {most_pages}");
        return Err(Problem::new(ProblemCode::TooLarge, message));
    }
    Ok(count)
}

/// The file with a tree that is right, opened; none where it cannot be written so that each of its pages is there.
fn mended(tree: &Tree, bytes: &[u8]) -> Option<(Vec<u8>, PdfDocument)> {
    let mended = guarded(|| tree.mended(bytes)).flatten()?;
    let document = open(mended.clone()).ok()?;
    let count = page_count(&document, &mended).ok()?;
    (usize::try_from(count).ok()? == tree.different).then_some((mended, document))
}

fn problems(tree: &Tree, pages: &Pages, told: Option<u32>) -> Vec<Problem> {
    let mut messages = Vec::new();
    if tree.has_circle {
        messages.push("the tree of its pages leads in a circle, which is left out".to_owned());
    }
    let again = pages.again();
    if !again.is_empty() {
        let again = assemble::named(&again);
        messages.push(format!("not read again, as the file names the same before: {again}"));
    }
    if let Some(told) = told.filter(|told| tree.is_whole && *told != pages.count()) {
        messages.push(format!("the file says that it has {told} pages, and has {}", pages.count()));
    }
    messages.into_iter().map(|message| Problem::new(ProblemCode::Damaged, message)).collect()
}

/// Opens a file with the first of the readers.
///
/// # Errors
/// When it needs a password, or is none that can be opened.
pub(super) fn open(bytes: Vec<u8>) -> Result<PdfDocument, Problem> {
    let opened = guarded(|| PdfDocument::from_bytes(bytes));
    let mut document = match opened {
        Some(Ok(document)) => document,
        Some(Err(pdf_oxide::Error::EncryptedPdf)) => return Err(encrypted()),
        Some(Err(error)) => {
            return Err(Problem::new(ProblemCode::Damaged, format!("the file cannot be opened ({error})")));
        }
        None => return Err(Problem::new(ProblemCode::Damaged, "the file makes the reader fail")),
    };
    // It keeps the file twice, the second time for signatures.
    document.source_bytes = Vec::new();
    let readable = guarded(|| {
        !document.is_encrypted() || document.is_authenticated() || document.authenticate(b"").unwrap_or(false)
    });
    if readable == Some(false) {
        return Err(encrypted());
    }
    Ok(document)
}

fn encrypted() -> Problem {
    Problem::new(ProblemCode::Encrypted, "the file is protected by a password")
}

fn no_pages() -> Problem {
    Problem::new(ProblemCode::Damaged, "the file has no pages that can be found")
}

fn page_count(document: &PdfDocument, bytes: &[u8]) -> Result<u32, Problem> {
    let count = guarded(|| document.page_count().ok()).flatten().filter(|count| *count > 0);
    let count = count.or_else(|| {
        let metadata = guarded(|| lopdf::Document::load_mem(bytes).ok()).flatten()?;
        Some(metadata.get_pages().len())
    });
    match count.map(u32::try_from) {
        Some(Ok(count)) if count > 0 => Ok(count),
        Some(_) | None => Err(no_pages()),
    }
}
