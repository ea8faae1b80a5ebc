//! The lines of one page, with the letter size of those that may be headings.

use super::{apart::Source, guarded};
use crate::{
    Problem, ProblemCode,
    formats::ocr::{NoText, Ocr},
};
use pdf_oxide::{PdfDocument, PdfImageHandle, extractors::ImageData, layout::TextSpan};
use std::{cell::OnceCell, collections::HashMap};

/// How much larger than the body's the letters of a heading are.
const HEADING_RATIO: f32 = 1.12;
/// Most bytes that a stream of a page may unpack to when `lopdf` stands in.
const MAX_STREAM_BYTES: usize = 64 << 20;

/// Pictures smaller than this, in dots, are no pages.
const LEAST_DOTS: (u32, u32) = (200, 50);
/// Pictures larger than this are left alone.
const MOST_DOTS: u64 = 200_000_000;
/// Most pictures of a page that are read; scanners cut pages into stripes.
const MAX_PICTURES: usize = 4;
/// Most bytes of larger letters that are looked at for the headings of a page; every line of it is looked for in them.
const MAX_LARGE_BYTES: usize = 20_000;

/// A line of a page.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line {
    pub(super) text: String,
    /// How many times larger than the body's its letters are, where they are.
    pub(super) size_ratio: Option<f32>,
}

/// What was found on a page.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Page {
    pub(super) lines: Vec<Line>,
    pub(super) problem: Option<Problem>,
    /// Left out on purpose.
    pub(super) skipped: bool,
    /// Named by the file before, and read there.
    pub(super) repeated: bool,
    /// How sure the recognition of its text is, from 0 to 100, where it was recognised in pictures.
    pub(super) recognised: Option<f32>,
    /// It has pictures, and nothing to recognise text with.
    pub(super) lacks_ocr: bool,
}

impl Page {
    pub(super) fn skipped() -> Self {
        Self { skipped: true, ..Self::default() }
    }

    pub(super) fn repeated() -> Self {
        Self { repeated: true, ..Self::default() }
    }

    pub(super) fn has_text(&self) -> bool {
        self.lines.iter().any(|line| line.text.chars().any(char::is_alphanumeric))
    }
}

/// Reads pages of one document.
pub(super) struct PageReader<'a> {
    document: &'a PdfDocument,
    source: &'a Source<'a>,
    ocr: Option<Ocr>,
    second: OnceCell<Option<lopdf::Document>>,
}

impl<'a> PageReader<'a> {
    pub(super) fn new(document: &'a PdfDocument, source: &'a Source<'a>, ocr: Option<Ocr>) -> Self {
        Self { document, source, ocr, second: OnceCell::new() }
    }

    /// Where the engine finds the page in this place.
    fn found(&self, place: usize) -> usize {
        place.saturating_add(self.source.ahead())
    }

    /// Reads the text of the page in this place (from 0), which has this number (from 1).
    pub(super) fn read(&self, place: usize, number: u32) -> Page {
        let first = guarded(|| self.document.extract_text(self.found(place)));
        let why = match first {
            Some(Ok(text)) => return self.with_sizes(place, number, &text),
            Some(Err(error)) => error.to_string(),
            None => "the reader failed on it".to_owned(),
        };
        match self.second_opinion(place) {
            Some(text) if !text.trim().is_empty() => Page { lines: lines(&text, &[]), ..Page::default() },
            Some(_) | None => Page {
                problem: Some(Problem::on_page(
                    ProblemCode::Damaged,
                    number,
                    format!("the page cannot be read ({why})"),
                )),
                ..Page::default()
            },
        }
    }

    /// Whether the text of a page may have to be recognised in its pictures, and there may be something to do so with.
    pub(super) fn may_recognise(&self, page: &Page) -> bool {
        self.ocr.is_some() && !(page.has_text() && page.problem.is_none())
    }

    /// What stands in the pictures of a page without text that can be used; the page as it was where there is nothing.
    pub(super) fn recognise(&self, place: usize, number: u32, page: Page) -> Page {
        let Some(ocr) = &self.ocr else { return page };
        let pictures = self.pictures(place);
        let share = u32::try_from(pictures.len()).unwrap_or(1).max(1);
        let (mut texts, mut least_sure) = (Vec::new(), 100.0_f32);
        for picture in pictures {
            let Some((picture, dots_per_inch)) = encoded(&picture) else { continue };
            match ocr.recognise_within(share, &picture, dots_per_inch) {
                Ok(recognised) => {
                    least_sure = least_sure.min(recognised.confidence);
                    texts.extend(recognised.pages);
                }
                Err(NoText::Wordless) => {}
                Err(NoText::Missing) => return Page { lacks_ocr: true, ..page },
                Err(why @ (NoText::TooSlow | NoText::Failed(_))) => {
                    let problem = page.problem.clone().unwrap_or_else(|| not_recognised(number, why));
                    return Page { problem: Some(problem), ..page };
                }
            }
        }
        if texts.is_empty() {
            return page;
        }
        Page { lines: lines(&texts.join("\n\n"), &[]), recognised: Some(least_sure), ..Page::default() }
    }

    /// The pictures that may be the page, from top to bottom.
    fn pictures(&self, place: usize) -> Vec<PdfImageHandle<'a>> {
        let all = guarded(|| self.document.page_image_handles(self.found(place)).ok())
            .flatten()
            .unwrap_or_default();
        let dots = |picture: &PdfImageHandle<'_>| u64::from(picture.width) * u64::from(picture.height);
        let largest = all.iter().map(dots).max().unwrap_or(0);
        let mut pictures: Vec<_> = all
            .into_iter()
            .filter(|picture| picture.width >= LEAST_DOTS.0 && picture.height >= LEAST_DOTS.1)
            .filter(|picture| dots(picture) * 4 >= largest && dots(picture) <= MOST_DOTS)
            .collect();
        pictures.sort_by(|one, other| other.bbox.y.total_cmp(&one.bbox.y));
        pictures.truncate(MAX_PICTURES);
        pictures
    }

    fn with_sizes(&self, place: usize, number: u32, text: &str) -> Page {
        let spans =
            guarded(|| self.document.extract_spans(self.found(place)).ok()).flatten().unwrap_or_default();
        let mut page = Page { lines: lines(text, &large_runs(&spans)), ..Page::default() };
        let letters = text.chars().filter(|character| !character.is_whitespace()).count();
        let unknown = text.chars().filter(|character| *character == '\u{fffd}').count();
        if unknown * 5 > letters {
            let message = "the fonts of the page do not say which letters they draw";
            page.problem = Some(Problem::on_page(ProblemCode::Damaged, number, message));
        }
        page
    }

    fn second_opinion(&self, place: usize) -> Option<String> {
        let number = u32::try_from(place).ok()?.checked_add(1)?;
        let load = || guarded(|| lopdf::Document::load_mem(self.source.bytes).ok()).flatten();
        let document = self.second.get_or_init(load).as_ref()?;
        guarded(|| document.extract_text_with_limit(&[number], MAX_STREAM_BYTES).ok()).flatten()
    }
}

fn not_recognised(number: u32, why: NoText) -> Problem {
    match why {
        NoText::TooSlow => Problem::on_page(
            ProblemCode::TooSlow,
            number,
            "recognising the text of its picture took too long",
        ),
        NoText::Failed(why) => {
            let message = format!("the text of its picture cannot be recognised ({why})");
            Problem::on_page(ProblemCode::Damaged, number, message)
        }
        NoText::Missing | NoText::Wordless => {
            Problem::on_page(ProblemCode::Scanned, number, "there is no text in its picture")
        }
    }
}

/// A picture as a file, and its dots to the inch.
fn encoded(picture: &PdfImageHandle<'_>) -> Option<(Vec<u8>, Option<u32>)> {
    let image = guarded(|| picture.decode().ok()).flatten()?;
    let bytes = match image.data() {
        ImageData::Jpeg(bytes) if image.color_space().components() != 4 => bytes.clone(),
        ImageData::Jpeg(_) | ImageData::Raw { .. } => guarded(|| image.to_png_bytes().ok()).flatten()?,
    };
    let inches = picture.bbox.width.abs().max(picture.bbox.height.abs()) / 72.0;
    #[expect(clippy::cast_precision_loss, reason = "pictures are not that large")]
    let dots = picture.width.max(picture.height) as f32;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "`as` saturates, none becomes 0"
    )]
    let dots_per_inch = (dots / inches) as u32;
    Some((bytes, Some(dots_per_inch)))
}

/// A run of text in letters larger than the body's, without white space.
struct LargeRun {
    letters: String,
    size_ratio: f32,
}

fn letters_of(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|character| !character.is_whitespace())
}

fn large_runs(spans: &[TextSpan]) -> Vec<LargeRun> {
    let Some(body) = body_size(spans) else { return Vec::new() };
    let mut runs: Vec<LargeRun> = Vec::new();
    let (mut continued, mut bytes) = (false, 0);
    for span in spans {
        if bytes > MAX_LARGE_BYTES {
            break;
        }
        if span.text.trim().is_empty() {
            continue;
        }
        let size_ratio = (span.font_size / body * 20.0).round() / 20.0;
        if size_ratio < HEADING_RATIO {
            continued = false;
            continue;
        }
        bytes += span.text.len();
        match runs.last_mut() {
            Some(run) if continued && (run.size_ratio - size_ratio).abs() < 0.06 => {
                run.letters.extend(letters_of(&span.text));
            }
            Some(_) | None => runs.push(LargeRun { letters: letters_of(&span.text).collect(), size_ratio }),
        }
        continued = true;
    }
    runs
}

/// The letter size that most of the page is set in.
fn body_size(spans: &[TextSpan]) -> Option<f32> {
    let mut characters: HashMap<i32, usize> = HashMap::new();
    for span in spans.iter().filter(|span| span.font_size.is_finite() && span.font_size > 1.0) {
        #[expect(clippy::cast_possible_truncation, reason = "font sizes are small, and `as` saturates")]
        let half_points = (span.font_size * 2.0).round() as i32;
        *characters.entry(half_points).or_default() += span.text.chars().count();
    }
    let (half_points, _) = characters.into_iter().max_by_key(|(size, count)| (*count, *size))?;
    #[expect(clippy::cast_precision_loss, reason = "font sizes are small")]
    let points = half_points as f32 / 2.0;
    Some(points)
}

fn lines(text: &str, large: &[LargeRun]) -> Vec<Line> {
    let mut torn = false;
    text.lines()
        .map(|line| {
            let letters: String = letters_of(line).collect();
            // The rest of a torn word is no heading, though one may have the same letters (`slash-`, `ing`: `Black Pudding`).
            let rest = std::mem::replace(&mut torn, line.trim_end().ends_with(['-', '\u{ad}', '\u{2010}']));
            let rest = rest && line.trim_start().starts_with(char::is_lowercase);
            let may_be_heading = !rest
                && (2..=150).contains(&letters.chars().count())
                && letters.chars().any(char::is_alphabetic)
                && !line.starts_with('|');
            let run = large.iter().find(|run| may_be_heading && run.letters.contains(&letters));
            Line { text: line.trim_end().to_owned(), size_ratio: run.map(|run| run.size_ratio) }
        })
        .collect()
}
