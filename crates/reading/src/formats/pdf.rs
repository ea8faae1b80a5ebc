//! PDF: text in reading order page by page, headings by outline and letter size.
//!
//! `pdf_oxide` reads (its column analysis gives the best reading order), `lopdf` gives metadata and stands
//! in for pages that the first cannot read. Pages are read in parallel and put in order again. A page that the file
//! names more than once is read once.

mod apart;
mod assemble;
mod bookmarks;
mod page;
mod properties;
mod ready;
mod tree;

use super::{Opened, ReadEvent, ReadOptions, Sink, clean_title, no_text, ocr::Ocr};
use crate::{Format, PartialDate, Problem, ProblemCode};
use apart::{Source, apart};
use assemble::Assembler;
use page::PageReader;
use pdf_oxide::PdfDocument;
use ready::Pages;
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
    let file = ready::ready(bytes, options)?;
    let count = file.pages.count();
    let metadata = guarded(|| lopdf::Document::load_metadata_mem(bytes).ok()).flatten();
    let mut opened = Opened::new(Format::Pdf);
    opened.pages = Some(count);
    opened.parts = count;
    if let Some(metadata) = metadata {
        opened.title = metadata.title.as_deref().and_then(clean_title);
        opened.author = metadata.author.filter(|author| !author.trim().is_empty());
        opened.made = metadata.creation_date.as_deref().and_then(PartialDate::read_made);
    }
    properties::read(&file.document, &mut opened);
    sink(ReadEvent::Opened(opened));
    let warn = |problem: Problem| {
        // Who begins again has told it before.
        if options.first_page == 1 {
            sink(ReadEvent::Warning { problem });
        }
    };
    for problem in &file.problems {
        warn(problem.clone());
    }
    let bookmarks = bookmarks::read(&file.document, &file.pages).unwrap_or_else(|problem| {
        warn(problem);
        Vec::new()
    });
    let assembler = Mutex::new(Assembler::new(bookmarks, options.first_page, count));
    let (document, source) = apart(file.document, &file.bytes, count, options);
    let shared = Shared { source: &source, assembler: &assembler, pages: &file.pages, sink };
    read_pages(&document, options, &shared);
    let summary = assembler.into_inner().unwrap_or_else(PoisonError::into_inner).finish(sink);
    if summary.pages_with_text == 0 && options.first_page == 1 {
        return Err(if summary.failed_pages > 0 && summary.failed_pages + summary.repeated_pages == count {
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
    source: &'a Source<'a>,
    assembler: &'a Mutex<Assembler>,
    pages: &'a Pages,
    sink: Sink<'a>,
}

fn read_pages(document: &PdfDocument, options: &ReadOptions, shared: &Shared<'_>) {
    let count = shared.pages.count();
    let threads = match options.limits.page_threads {
        0 => thread::available_parallelism().map_or(1, std::num::NonZero::get),
        threads => threads,
    };
    let left = count.saturating_sub(options.first_page.saturating_sub(1));
    let threads = threads.clamp(1, 16).min(usize::try_from(left).unwrap_or(1).max(1));
    let next = AtomicU32::new(options.first_page.max(1));
    let work = |document: &PdfDocument| {
        let reader = PageReader::new(document, shared.source, Ocr::of(&options.limits));
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number > count {
                break;
            }
            read_page(&reader, number, options, shared);
        }
    };
    thread::scope(|scope| {
        for _ in 1..threads {
            let builder = thread::Builder::new().stack_size(STACK_BYTES);
            let spawned =
                builder.spawn_scoped(scope, || match shared.source.bytes.len() < SHARED_FROM_BYTES {
                    true => match shared.source.open() {
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
    let page = match shared.pages.place(number) {
        None => page::Page::repeated(),
        Some(_) if options.skip_pages.contains(&number) => page::Page::skipped(),
        Some(place) => {
            (shared.sink)(ReadEvent::PageStarted { page: number });
            let mut page = reader.read(place, number);
            if reader.may_recognise(&page) {
                // Who holds the clock gives more time to this.
                (shared.sink)(ReadEvent::PageStarted { page: number });
                page = reader.recognise(place, number, page);
            }
            (shared.sink)(ReadEvent::PageRead { page: number });
            page
        }
    };
    let mut assembler = shared.assembler.lock().unwrap_or_else(PoisonError::into_inner);
    assembler.add(number, page, shared.sink);
}

/// Runs foreign code; a panic in it is nothing read.
fn guarded<T>(read: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(read)).ok()
}
