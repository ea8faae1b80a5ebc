//! PDF: text in reading order page by page, headings by outline and letter size.
//!
//! `pdf_oxide` reads (its column analysis gives the best reading order), `lopdf` gives metadata and stands
//! in for pages that the first cannot read. Pages are read in parallel and put in order again.

mod assemble;
mod bookmarks;
mod page;
mod properties;

use super::{Opened, ReadEvent, ReadOptions, Sink, clean_title, no_text, ocr::Ocr};
use crate::{Format, PartialDate, Problem, ProblemCode};
use assemble::Assembler;
use page::PageReader;
use pdf_oxide::PdfDocument;
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    thread,
};

/// Above this size all threads share one opened document; below, each has its own, which is faster.
const SHARED_FROM_BYTES: usize = 20_000_000;
/// Stack of a reading thread: fonts and forms nest.
const STACK_BYTES: usize = 16 << 20;

pub(super) fn read(bytes: &[u8], options: &ReadOptions, sink: Sink<'_>) -> Result<(), Problem> {
    let document = open(bytes)?;
    let count = page_count(&document, bytes)?;
    if count > options.limits.max_pages {
        let message = format!("the file has {count} pages, the limit is {}", options.limits.max_pages);
        return Err(Problem::new(ProblemCode::TooLarge, message));
    }
    let metadata = guarded(|| lopdf::Document::load_metadata_mem(bytes).ok()).flatten();
    let mut opened = Opened::new(Format::Pdf);
    opened.pages = Some(count);
    opened.parts = count;
    if let Some(metadata) = metadata {
        opened.title = metadata.title.as_deref().and_then(clean_title);
        opened.author = metadata.author.filter(|author| !author.trim().is_empty());
        opened.made = metadata.creation_date.as_deref().and_then(PartialDate::read_made);
    }
    properties::read(&document, &mut opened);
    sink(ReadEvent::Opened(opened));
    let bookmarks = bookmarks::read(&document).unwrap_or_else(|problem| {
        // Who begins again has told it before.
        if options.first_page == 1 {
            sink(ReadEvent::Warning { problem });
        }
        Vec::new()
    });
    let assembler = Mutex::new(Assembler::new(bookmarks, options.first_page, count));
    read_pages(bytes, &document, options, &Shared { assembler: &assembler, count, sink });
    let summary = assembler.into_inner().unwrap_or_else(PoisonError::into_inner).finish(sink);
    if summary.pages_with_text == 0 && options.first_page == 1 {
        return Err(if summary.failed_pages == count {
            Problem::new(ProblemCode::Damaged, format!("none of the {count} pages can be read"))
        } else if summary.failed_pages + summary.skipped_pages > 0 {
            no_text()
        } else {
            let message = match count {
                1 => "there is no text on the page: it is a picture".to_owned(),
                _ => format!("there is no text on any of the {count} pages: they are pictures"),
            };
            let lacking = if summary.lacks_ocr { assemble::LACKS_OCR } else { "" };
            Problem::new(ProblemCode::Scanned, format!("{message}{lacking}"))
        });
    }
    Ok(())
}

/// What the reading threads share.
struct Shared<'a> {
    assembler: &'a Mutex<Assembler>,
    count: u32,
    sink: Sink<'a>,
}

fn read_pages(bytes: &[u8], document: &PdfDocument, options: &ReadOptions, shared: &Shared<'_>) {
    let threads = match options.limits.page_threads {
        0 => thread::available_parallelism().map_or(1, std::num::NonZero::get),
        threads => threads,
    };
    let left = shared.count.saturating_sub(options.first_page.saturating_sub(1));
    let threads = threads.clamp(1, 16).min(usize::try_from(left).unwrap_or(1).max(1));
    let next = AtomicU32::new(options.first_page.max(1));
    let work = |document: &PdfDocument| {
        let reader = PageReader::new(document, bytes, Ocr::of(&options.limits));
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number > shared.count {
                break;
            }
            read_page(&reader, number, options, shared);
        }
    };
    thread::scope(|scope| {
        for _ in 1..threads {
            let builder = thread::Builder::new().stack_size(STACK_BYTES);
            let spawned = builder.spawn_scoped(scope, || match bytes.len() < SHARED_FROM_BYTES {
                true => match open(bytes) {
                    Ok(own) => work(&own),
                    Err(_) => work(document),
                },
                false => work(document),
            });
            if spawned.is_err() {
                break; // The other threads do its part.
            }
        }
        let builder = thread::Builder::new().stack_size(STACK_BYTES);
        if builder.spawn_scoped(scope, || work(document)).is_err() {
            work(document);
        }
    });
}

fn read_page(reader: &PageReader<'_>, number: u32, options: &ReadOptions, shared: &Shared<'_>) {
    let skipped = options.skip_pages.contains(&number);
    let page = if skipped {
        page::Page::skipped()
    } else {
        (shared.sink)(ReadEvent::PageStarted { page: number });
        let page = reader.read(number);
        (shared.sink)(ReadEvent::PageRead { page: number });
        page
    };
    let mut assembler = shared.assembler.lock().unwrap_or_else(PoisonError::into_inner);
    assembler.add(number, page, shared.sink);
}

/// Runs foreign code; a panic in it is nothing read.
fn guarded<T>(read: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(read)).ok()
}

fn open(bytes: &[u8]) -> Result<PdfDocument, Problem> {
    let opened = guarded(|| PdfDocument::from_bytes(bytes.to_vec()));
    let document = match opened {
        Some(Ok(document)) => document,
        Some(Err(pdf_oxide::Error::EncryptedPdf)) => return Err(encrypted()),
        Some(Err(error)) => {
            return Err(Problem::new(ProblemCode::Damaged, format!("the file cannot be opened ({error})")));
        }
        None => return Err(Problem::new(ProblemCode::Damaged, "the file makes the reader fail")),
    };
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

fn page_count(document: &PdfDocument, bytes: &[u8]) -> Result<u32, Problem> {
    let count = guarded(|| document.page_count().ok()).flatten().filter(|count| *count > 0);
    let count = count.or_else(|| {
        let metadata = guarded(|| lopdf::Document::load_mem(bytes).ok()).flatten()?;
        Some(metadata.get_pages().len())
    });
    match count.map(u32::try_from) {
        Some(Ok(count)) if count > 0 => Ok(count),
        Some(_) | None => Err(Problem::new(ProblemCode::Damaged, "the file has no pages that can be found")),
    }
}
