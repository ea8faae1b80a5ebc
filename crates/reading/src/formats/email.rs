//! E-mail: a message as programs store it (RFC 5322 with MIME), its text and the names of what is attached.

mod coding;
mod field;

use super::{Opened, ReadEvent, Sink, clean_title, html, no_text, send_blocks, text};
use crate::{
    Format, PartialDate, Problem, ProblemCode,
    block::{Block, BlockKind},
};
use encoding_rs::Encoding;
use field::Fields;

/// Deepest nesting of parts.
const MAX_DEPTH: usize = 20;
/// Most parts of one message.
const MAX_PARTS: usize = 1_000;
/// Fields that tell a message from other texts.
const KNOWN: [&str; 9] = [
    "from",
    "to",
    "date",
    "subject",
    "received",
    "message-id",
    "mime-version",
    "return-path",
    "delivered-to",
];
/// Fields that are shown, in this order.
const SHOWN: [(&str, &str); 4] = [("from", "From"), ("to", "To"), ("cc", "Cc"), ("date", "Date")];

/// Whether a text is a stored message: it begins with fields of one.
pub(super) fn looks_like(sample: &str, ending: &str) -> bool {
    if !matches!(ending, "eml" | "txt" | "text" | "") {
        return false;
    }
    let mut known = Vec::new();
    let mut ends = false;
    for line in sample.lines() {
        if line.is_empty() {
            ends = true;
            break;
        }
        if line.starts_with([' ', '\t']) && !known.is_empty() {
            continue;
        }
        let Some((name, _)) = line.split_once(':') else { return false };
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_graphic()) {
            return false;
        }
        let name = name.to_ascii_lowercase();
        known.extend(KNOWN.into_iter().find(|known| *known == name));
    }
    let is_stored = ["received", "message-id", "date"].iter().any(|name| known.contains(name));
    match ending {
        "eml" => known.len() >= 2,
        _ => ends && known.len() >= 3 && known.contains(&"from") && is_stored,
    }
}

pub(super) fn read(bytes: &[u8], sink: Sink<'_>) -> Result<(), Problem> {
    let mut reading = Reading::default();
    reading.message(bytes, 0)?;
    let mut opened = Opened::new(Format::Email);
    opened.title = clean_title(&reading.subject);
    opened.author = Some(reading.sender).filter(|sender| !sender.is_empty());
    opened.published = PartialDate::read(&reading.sent);
    sink(ReadEvent::Opened(opened));
    for problem in reading.warnings {
        sink(ReadEvent::Warning { problem });
    }
    if !reading.blocks.iter().any(|block| block.text.chars().any(char::is_alphanumeric)) {
        return Err(no_text());
    }
    send_blocks(1, reading.blocks, sink);
    Ok(())
}

/// What is gathered of a message.
#[derive(Default)]
struct Reading {
    subject: String,
    sender: String,
    sent: String,
    blocks: Vec<Block>,
    warnings: Vec<Problem>,
    parts: usize,
}

impl Reading {
    /// A message, the outermost or one that was forwarded in it.
    fn message(&mut self, bytes: &[u8], depth: usize) -> Result<(), Problem> {
        let (fields, body) = Fields::read(bytes);
        let subject = fields.text("subject");
        if depth == 0 {
            self.subject.clone_from(&subject);
            self.sender = sender(&fields.text("from"));
            self.sent = fields.text("date");
        }
        if !subject.is_empty() {
            let level = u8::try_from(depth + 1).unwrap_or(6).min(6);
            self.blocks.push(Block::new(BlockKind::Heading(level), subject));
        }
        let lines: Vec<String> = SHOWN
            .iter()
            .map(|(name, shown)| (shown, fields.text(name)))
            .filter(|(_, value)| !value.is_empty())
            .map(|(shown, value)| format!("{shown}: {value}"))
            .collect();
        if !lines.is_empty() {
            self.blocks.push(Block::new(BlockKind::Paragraph, lines.join("\n")));
        }
        let mut attached = Vec::new();
        self.part(&fields, body, &mut attached, depth)?;
        if !attached.is_empty() {
            self.blocks.push(Block::new(BlockKind::Paragraph, "Attachments:"));
            let item = |name: &String| Block::new(BlockKind::ListItem, format!("- {name}"));
            self.blocks.extend(attached.iter().map(item));
        }
        Ok(())
    }

    fn part(
        &mut self,
        fields: &Fields,
        body: &[u8],
        attached: &mut Vec<String>,
        depth: usize,
    ) -> Result<(), Problem> {
        self.parts += 1;
        if depth > MAX_DEPTH || self.parts > MAX_PARTS {
            let message = format!(
                "the message has more than {MAX_PARTS} parts or is nested more than {MAX_DEPTH} deep"
            );
            return Err(Problem::new(ProblemCode::TooLarge, message));
        }
        let kind = fields.parameters("content-type");
        let disposition = fields.parameters("content-disposition");
        let name = disposition.get("filename").or_else(|| kind.get("name")).map(str::to_owned);
        let media_type = if kind.value.is_empty() { "text/plain" } else { kind.value.as_str() };
        let is_attached = disposition.value == "attachment"
            || (name.is_some() && !matches!(media_type, "text/plain" | "text/html"));
        if let (Some(boundary), Some(subtype)) = (kind.get("boundary"), media_type.strip_prefix("multipart/"))
        {
            return self.parts(subtype, split(body, boundary), attached, depth);
        }
        if media_type == "message/rfc822" && disposition.value != "attachment" {
            let decoded = coding::decoded(body, fields.plain("content-transfer-encoding"));
            return self.message(&decoded, depth + 1);
        }
        match media_type {
            "text/plain" | "text/html" if !is_attached => {
                let decoded = coding::decoded(body, fields.plain("content-transfer-encoding"));
                let text = self.text(&decoded, kind.get("charset"));
                if media_type == "text/html" {
                    self.blocks.extend(html::parse_text(&text).blocks);
                } else {
                    self.blocks.extend(text::paragraphs(&text));
                }
            }
            _ => attached.extend(name),
        }
        Ok(())
    }

    /// Several parts, of which one is enough where they say the same.
    fn parts(
        &mut self,
        subtype: &str,
        bodies: Vec<&[u8]>,
        attached: &mut Vec<String>,
        depth: usize,
    ) -> Result<(), Problem> {
        let mut best: Option<Vec<Block>> = None;
        for body in bodies {
            let before = self.blocks.len();
            let (fields, body) = Fields::read(body);
            self.part(&fields, body, attached, depth + 1)?;
            if subtype != "alternative" {
                continue;
            }
            // The first that says anything is the plainest; pages repeat it with looks.
            let said = self.blocks.split_off(before);
            if best.is_none() && !said.is_empty() {
                best = Some(said);
            }
        }
        self.blocks.extend(best.unwrap_or_default());
        Ok(())
    }

    fn text(&mut self, bytes: &[u8], charset: Option<&str>) -> String {
        let encoding = charset.and_then(|label| Encoding::for_label(label.trim().as_bytes()));
        let Some(encoding) = encoding else { return text::decode(bytes).text };
        let (text, mended) = encoding.decode_without_bom_handling(bytes);
        if mended && self.warnings.is_empty() {
            let message = format!("parts of the message are not valid {} and were replaced", encoding.name());
            self.warnings.push(Problem::new(ProblemCode::Damaged, message));
        }
        text.into_owned()
    }
}

/// Who sent it: the name, or the address where there is none.
fn sender(from: &str) -> String {
    let name = from.split('<').next().unwrap_or_default().trim().trim_matches('"').trim();
    let address = from.trim().trim_start_matches('<').trim_end_matches('>');
    (if name.is_empty() { address } else { name }).to_owned()
}

/// What stands between the lines `--boundary`, without what stands before the first and after the last.
fn split<'a>(body: &'a [u8], boundary: &str) -> Vec<&'a [u8]> {
    let mut parts = Vec::new();
    let mut start: Option<usize> = None;
    let mut at = 0;
    for line in body.split_inclusive(|byte| *byte == b'\n') {
        let mark =
            line.trim_ascii_end().strip_prefix(b"--").and_then(|rest| rest.strip_prefix(boundary.as_bytes()));
        if let Some(behind) = mark.filter(|behind| behind.is_empty() || *behind == b"--") {
            parts.extend(start.and_then(|start| body.get(start..at)));
            start = (!behind.starts_with(b"--")).then_some(at + line.len());
            if parts.len() > MAX_PARTS || start.is_none() {
                return parts;
            }
        }
        at += line.len();
    }
    // A message that was cut off has no last line.
    parts.extend(start.and_then(|start| body.get(start..)));
    parts
}
