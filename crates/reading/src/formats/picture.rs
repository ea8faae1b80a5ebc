//! Pictures of pages: photographs and scans, whose text is recognised.

use super::{
    Opened, ReadEvent, ReadOptions, Sink, no_text,
    ocr::{NoText, Ocr},
    send_blocks, text,
};
use crate::{Format, Problem, ProblemCode};

pub(super) fn read(bytes: &[u8], options: &ReadOptions, sink: Sink<'_>) -> Result<(), Problem> {
    let scanned = |message| Problem::new(ProblemCode::Scanned, message);
    let ocr = Ocr::of(&options.limits);
    let ocr = ocr.ok_or_else(|| scanned("the file is a picture, and text recognition is switched off"))?;
    let recognised = ocr.recognise(bytes, None).map_err(|why| match why {
        NoText::Missing => scanned("the file is a picture, and no text recognition is installed here"),
        NoText::TooSlow => Problem::new(ProblemCode::TooSlow, "recognising its text took too long"),
        NoText::Failed(why) => Problem::new(
            ProblemCode::Damaged,
            format!("the text of the picture cannot be recognised ({why})"),
        ),
        NoText::Wordless => scanned("there is no text in the picture that can be recognised"),
    })?;
    let mut opened = Opened::new(Format::Picture);
    let pages = u32::try_from(recognised.pages.len()).unwrap_or(u32::MAX);
    opened.pages = (pages > 1).then_some(pages);
    opened.parts = pages;
    sink(ReadEvent::Opened(opened));
    let message =
        format!("the text was recognised in a picture (OCR), {:.0} % sure on average", recognised.confidence);
    sink(ReadEvent::Warning { problem: Problem::new(ProblemCode::Recognised, message) });
    let mut any = false;
    for (number, page) in (1..).zip(&recognised.pages) {
        let mut blocks = text::paragraphs(page);
        if pages > 1 {
            blocks.iter_mut().for_each(|block| block.page = Some(number));
        }
        any |= !blocks.is_empty();
        send_blocks(number, blocks, sink);
    }
    if any { Ok(()) } else { Err(no_text()) }
}
