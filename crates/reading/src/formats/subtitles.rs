//! Subtitles: SubRip (SRT) and WebVTT, as paragraphs that begin with the time they are spoken at.

use super::{Opened, ReadEvent, Sink, no_text, send_blocks, text};
use crate::{
    Format, Problem, ProblemCode,
    block::{Block, BlockKind, push_collapsed},
};

/// What stands between the beginning and the end of a cue.
const ARROW: &str = "-->";
/// From this many bytes on a paragraph ends with its sentence.
const PARAGRAPH_BYTES: usize = 500;
/// A paragraph ends here, wherever its sentence does.
const MAX_PARAGRAPH_BYTES: usize = 1_000;
/// Longest tag, in bytes.
const MAX_TAG_BYTES: usize = 1_000;
/// A pause this long ends a paragraph.
const PAUSE_MS: u64 = 10_000;

/// Whether a text is subtitles: WebVTT says so, SubRip begins with a number and a time.
pub(super) fn looks_like(sample: &str) -> bool {
    let sample = sample.trim_start_matches('\u{feff}').trim_start();
    if let Some(rest) = sample.strip_prefix("WEBVTT") {
        return rest.is_empty() || rest.starts_with(char::is_whitespace);
    }
    let mut lines = sample.lines();
    let first = lines.next().unwrap_or_default().trim();
    let is_number = !first.is_empty() && first.bytes().all(|byte| byte.is_ascii_digit());
    is_number && lines.next().is_some_and(|line| times(line).is_some())
}

pub(super) fn read(bytes: &[u8], sink: Sink<'_>) -> Result<(), Problem> {
    let decoded = text::decode(bytes);
    sink(ReadEvent::Opened(Opened::new(Format::Subtitles)));
    if let Some(note) = decoded.note {
        sink(ReadEvent::Warning { problem: Problem::new(ProblemCode::Damaged, note) });
    }
    let blocks = paragraphs(&decoded.text);
    if blocks.is_empty() {
        return Err(no_text());
    }
    send_blocks(1, blocks, sink);
    Ok(())
}

fn paragraphs(text: &str) -> Vec<Block> {
    let mut spoken = Spoken::default();
    let mut in_cue = false;
    for line in text.lines().map(str::trim) {
        match times(line) {
            Some((from, until)) => {
                in_cue = true;
                spoken.cue(from, until);
            }
            None if line.is_empty() => in_cue = false,
            None if in_cue => spoken.line(line),
            // Numbers and names of cues, notes and styles.
            None => {}
        }
    }
    spoken.end();
    spoken.blocks
}

/// When a cue begins and ends, in milliseconds.
fn times(line: &str) -> Option<(u64, u64)> {
    let (from, rest) = line.split_once(ARROW)?;
    // Where the cue stands on the screen comes behind the time.
    let until = rest.split_whitespace().next()?;
    Some((time(from.trim())?, time(until)?))
}

/// `HH:MM:SS,mmm` or `MM:SS.mmm` in milliseconds.
fn time(text: &str) -> Option<u64> {
    let (whole, fraction) = text.split_once([',', '.']).unwrap_or((text, "0"));
    let mut seconds = 0_u64;
    let parts: Vec<&str> = whole.split(':').collect();
    if !(2..=3).contains(&parts.len()) {
        return None;
    }
    for part in parts {
        seconds = seconds.checked_mul(60)?.checked_add(part.parse::<u32>().ok()?.into())?;
    }
    let thousandths: u64 = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
    seconds.checked_mul(1_000)?.checked_add(thousandths)
}

#[derive(Default)]
struct Spoken {
    blocks: Vec<Block>,
    text: String,
    last_line: String,
    from: u64,
    until: u64,
}

impl Spoken {
    fn cue(&mut self, from: u64, until: u64) {
        let ends_sentence = self.text.trim_end().ends_with(['.', '!', '?', '\u{2026}', '"', '\u{201d}']);
        let is_full = self.text.len() >= PARAGRAPH_BYTES && ends_sentence;
        let pauses = from >= self.until.saturating_add(PAUSE_MS);
        if is_full || pauses || self.text.len() >= MAX_PARAGRAPH_BYTES {
            self.end();
        }
        if self.text.is_empty() {
            self.from = from;
        }
        self.until = until;
    }

    fn line(&mut self, line: &str) {
        let line = plain(line);
        // Captions that roll show each line twice.
        if line.is_empty() || line == self.last_line {
            return;
        }
        if self.text.is_empty() {
        } else if line.starts_with(['-', '\u{2013}', '\u{2014}']) || line.contains(": ") && speaks(&line) {
            self.text.push('\n');
        } else {
            self.text.push(' ');
        }
        self.text.push_str(&line);
        self.last_line = line;
    }

    fn end(&mut self) {
        let text = std::mem::take(&mut self.text);
        if text.chars().any(char::is_alphanumeric) {
            let seconds = self.from / 1_000;
            let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
            let text = format!("[{hours:02}:{minutes:02}:{seconds:02}] {}", text.trim());
            self.blocks.push(Block::new(BlockKind::Paragraph, text));
        }
    }
}

/// Whether a line begins with the name of who says it.
fn speaks(line: &str) -> bool {
    let name = line.split(": ").next().unwrap_or_default();
    let words = name.split_whitespace().count();
    (1..=3).contains(&words) && name.chars().next().is_some_and(char::is_uppercase)
}

/// A line without tags for looks and place; a voice becomes a name before what it says.
fn plain(line: &str) -> String {
    let mut text = String::new();
    let mut rest = line;
    while let Some(start) = rest.find(['<', '{']) {
        let (before, tagged) = rest.split_at(start);
        text.push_str(before);
        let end = if tagged.starts_with('<') { '>' } else { '}' };
        let is_place = tagged.starts_with("{\\");
        let near = tagged.get(..tagged.floor_char_boundary(MAX_TAG_BYTES)).unwrap_or_default();
        match near.find(end) {
            Some(length) if end == '>' || is_place => {
                let tag = tagged.get(1..length).unwrap_or_default();
                let voice = tag.strip_prefix('v').filter(|name| name.starts_with([' ', '.']));
                if let Some((_, name)) = voice.and_then(|voice| voice.split_once(' ')) {
                    text.push_str(name.trim());
                    text.push_str(": ");
                }
                rest = tagged.get(length + 1..).unwrap_or_default();
            }
            Some(_) | None => {
                text.extend(tagged.chars().next());
                rest = tagged.get(1..).unwrap_or_default();
            }
        }
    }
    text.push_str(rest);
    for (entity, character) in
        [("&lt;", "<"), ("&gt;", ">"), ("&nbsp;", " "), ("&lrm;", ""), ("&rlm;", ""), ("&amp;", "&")]
    {
        if text.contains(entity) {
            text = text.replace(entity, character);
        }
    }
    let mut collapsed = String::new();
    push_collapsed(&mut collapsed, &text);
    collapsed.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read() {
        for (line, expected) in [
            ("00:01:02,500 --> 00:01:03,000", Some((62_500, 63_000))),
            ("01:02.5 --> 01:03.000 align:start", Some((62_500, 63_000))),
            ("100:00:00.000 --> 100:00:01.000", Some((360_000_000, 360_001_000))),
            ("a --> b", None),
            ("5 --> 6", None),
            ("00:00:01,000 -->", None),
            ("99999999999999999999:00 --> 00:01", None),
        ] {
            assert_eq!(times(line), expected, "{line}");
        }
    }

    #[test]
    fn tags_are_left_out() {
        for (line, expected) in [
            ("<i>Who</i> goes <c.yellow>there</c>?", "Who goes there?"),
            ("{\\an8}Up here", "Up here"),
            ("<v.loud Ann Lee>Halt!", "Ann Lee: Halt!"),
            ("1 < 2 {and} so", "1 < 2 {and} so"),
            ("&lt;b&gt; &amp; more", "<b> & more"),
        ] {
            assert_eq!(plain(line), expected);
        }
        // What never closes, or far away, is no tag.
        let open = format!("{}\u{fc}>", "<{".repeat(MAX_TAG_BYTES));
        assert!(plain(&open).starts_with("<{<{"));
    }
}
