//! Rich Text Format: paragraphs, headings by outline level, tables, footnotes; written as a stream of groups and
//! control words.

use super::{Opened, ReadEvent, Sink, clean_publisher, clean_title, no_text, send_blocks};
use crate::{
    Format, PartialDate, Problem, ProblemCode,
    block::{Block, BlockKind, table_text},
};
use encoding_rs::{Encoding, WINDOWS_1252};
use std::collections::HashMap;

/// Deepest nesting of groups.
const MAX_DEPTH: usize = 10_000;

pub(super) fn read(bytes: &[u8], sink: Sink<'_>) -> Result<(), Problem> {
    let mut reader = Reader::new(bytes);
    while let Some(token) = reader.next_token() {
        reader.take(token)?;
    }
    reader.end_paragraph();
    reader.end_table();
    let mut opened = Opened::new(Format::Rtf);
    opened.title = clean_title(&reader.title);
    opened.author = Some(reader.author.trim().to_owned()).filter(|author| !author.is_empty());
    opened.publisher = clean_publisher(&reader.company);
    opened.made = reader.created();
    sink(ReadEvent::Opened(opened));
    if reader.blocks.is_empty() {
        return Err(no_text());
    }
    send_blocks(1, reader.blocks, sink);
    Ok(())
}

/// What the stream is made of.
enum Token<'a> {
    Open,
    Close,
    /// A control word and its number.
    Word(&'a [u8], Option<i32>),
    /// A control of one character.
    Symbol(u8),
    /// A byte in the code page of the text.
    Byte(u8),
}

/// Where text goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Target {
    Body,
    Title,
    Author,
    Company,
    Created,
    Styles,
    Note,
    Nowhere,
}

/// What holds until the group ends.
#[derive(Clone, Copy)]
struct Group {
    target: Target,
    /// How many characters stand for a Unicode one, for programs that do not know it.
    substitutes: usize,
    hidden: bool,
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    groups: Vec<Group>,
    group: Group,
    /// Whether `\*` stood before: a destination that is not known is left out.
    is_optional: bool,
    /// How many substitutes are still to be left out.
    to_skip: usize,
    encoding: &'static Encoding,
    /// Bytes that are not decoded yet, for a character may have several.
    pending: Vec<u8>,
    /// The first half of a character beyond 16 bits.
    high: Option<u16>,
    text: String,
    note: String,
    title: String,
    author: String,
    company: String,
    /// Year, month and day in which it was made.
    created: [i32; 3],
    heading: Option<u8>,
    is_item: bool,
    in_table: bool,
    row: Vec<String>,
    rows: Vec<Vec<String>>,
    /// The outline level of each style, and the style that is being described.
    styles: HashMap<i32, u8>,
    style: i32,
    blocks: Vec<Block>,
}

impl<'a> Reader<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            at: 0,
            groups: Vec::new(),
            group: Group { target: Target::Body, substitutes: 1, hidden: false },
            is_optional: false,
            to_skip: 0,
            encoding: WINDOWS_1252,
            pending: Vec::new(),
            high: None,
            text: String::new(),
            note: String::new(),
            title: String::new(),
            author: String::new(),
            company: String::new(),
            created: [0; 3],
            heading: None,
            is_item: false,
            in_table: false,
            row: Vec::new(),
            rows: Vec::new(),
            styles: HashMap::new(),
            style: 0,
            blocks: Vec::new(),
        }
    }

    fn created(&self) -> Option<PartialDate> {
        let [year, month, day] = self.created;
        let part = |number: i32| u8::try_from(number).ok();
        PartialDate::of(u16::try_from(year).ok()?, part(month), part(day))
    }

    fn next_byte(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    fn next_token(&mut self) -> Option<Token<'a>> {
        loop {
            return Some(match self.next_byte()? {
                b'{' => Token::Open,
                b'}' => Token::Close,
                b'\r' | b'\n' | b'\0' => continue,
                b'\\' => self.control()?,
                byte => Token::Byte(byte),
            });
        }
    }

    fn control(&mut self) -> Option<Token<'a>> {
        let rest = self.bytes.get(self.at..)?;
        let length = rest.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        if length == 0 {
            let symbol = self.next_byte()?;
            if symbol != b'\'' {
                return Some(Token::Symbol(symbol));
            }
            let digits = self.bytes.get(self.at..self.at + 2).and_then(|two| std::str::from_utf8(two).ok());
            let byte = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
            self.at += if byte.is_some() { 2 } else { 0 };
            return Some(Token::Byte(byte.unwrap_or(b'?')));
        }
        let (word, rest) = rest.split_at(length);
        let signs = usize::from(rest.first() == Some(&b'-'));
        let digits = rest.iter().skip(signs).take_while(|byte| byte.is_ascii_digit()).count();
        let number = rest.get(..signs + digits).and_then(|number| std::str::from_utf8(number).ok());
        let number = number.filter(|_| digits > 0).and_then(|number| number.parse().ok());
        self.at += length + if digits > 0 { signs + digits } else { 0 };
        if self.bytes.get(self.at) == Some(&b' ') {
            self.at += 1;
        }
        Some(Token::Word(word, number))
    }

    fn take(&mut self, token: Token<'_>) -> Result<(), Problem> {
        match token {
            Token::Open => {
                self.flush();
                self.to_skip = 0;
                self.groups.push(self.group);
                if self.groups.len() > MAX_DEPTH {
                    let message = format!("the file is nested more than {MAX_DEPTH} levels deep");
                    return Err(Problem::new(ProblemCode::TooLarge, message));
                }
            }
            Token::Close => {
                self.flush();
                self.to_skip = 0;
                self.is_optional = false;
                if let Some(group) = self.groups.pop() {
                    self.group = group;
                }
            }
            Token::Byte(_) | Token::Symbol(_) if self.to_skip > 0 => self.to_skip -= 1,
            Token::Byte(byte) => self.pending.push(byte),
            Token::Symbol(symbol) => self.symbol(symbol),
            Token::Word(word, number) => self.word(word, number),
        }
        Ok(())
    }

    fn symbol(&mut self, symbol: u8) {
        match symbol {
            b'\\' | b'{' | b'}' => self.pending.push(symbol),
            b'~' => self.push(" "),
            b'_' => self.push("-"),
            b'*' => self.is_optional = true,
            b'\r' | b'\n' => self.end_paragraph(),
            _ => {}
        }
    }

    fn word(&mut self, word: &[u8], number: Option<i32>) {
        let is_optional = std::mem::take(&mut self.is_optional);
        self.flush();
        // A word that follows a character at once says that it has no substitutes.
        self.to_skip = 0;
        match word {
            b"bin" => {
                let length = number.and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
                self.at = self.at.saturating_add(length);
            }
            b"u" => self.unicode(number.unwrap_or(0)),
            b"uc" => {
                self.group.substitutes = number.and_then(|count| usize::try_from(count).ok()).unwrap_or(1)
            }
            b"ansicpg" => self.encoding = number.and_then(code_page).unwrap_or(self.encoding),
            b"v" => self.group.hidden = number != Some(0),
            b"plain" => self.group.hidden = false,
            b"stylesheet" => self.group.target = Target::Styles,
            b"title" if self.group.target == Target::Nowhere => self.group.target = Target::Title,
            b"author" if self.group.target == Target::Nowhere => self.group.target = Target::Author,
            b"company" if self.group.target == Target::Nowhere => self.group.target = Target::Company,
            b"creatim" if self.group.target == Target::Nowhere => self.group.target = Target::Created,
            b"yr" | b"mo" | b"dy" if self.group.target == Target::Created => {
                let place = [b"yr", b"mo", b"dy"].iter().position(|name| name.as_slice() == word);
                if let Some(part) = place.and_then(|place| self.created.get_mut(place)) {
                    *part = number.unwrap_or(0);
                }
            }
            b"footnote" => self.group.target = Target::Note,
            b"listtext" | b"pntext" => {
                self.is_item = true;
                self.group.target = Target::Nowhere;
            }
            // What a field shows, and what stands in a drawing.
            b"fldrslt" | b"shptxt" | b"shpinst" => {}
            _ if is_optional || is_left_out(word) => self.group.target = Target::Nowhere,
            _ if self.group.target == Target::Styles => self.describe_style(word, number),
            // Headers and the like end no paragraph of the text.
            _ if self.group.target == Target::Nowhere => {}
            _ => self.body_word(word, number),
        }
    }

    fn describe_style(&mut self, word: &[u8], number: Option<i32>) {
        match (word, number) {
            (b"s", Some(style)) => self.style = style,
            (b"outlinelevel", Some(level)) => {
                self.styles.extend(heading_level(level).map(|level| (self.style, level)));
            }
            _ => {}
        }
    }

    fn body_word(&mut self, word: &[u8], number: Option<i32>) {
        match word {
            b"par" | b"sect" | b"page" if self.group.target == Target::Note => self.push(" "),
            b"par" | b"sect" | b"page" => self.end_paragraph(),
            b"line" => self.push("\n"),
            b"tab" => self.push("\t"),
            b"emdash" => self.push("\u{2014}"),
            b"endash" => self.push("\u{2013}"),
            b"bullet" => self.push("\u{2022}"),
            b"lquote" => self.push("\u{2018}"),
            b"rquote" => self.push("\u{2019}"),
            b"ldblquote" => self.push("\u{201c}"),
            b"rdblquote" => self.push("\u{201d}"),
            b"pard" => (self.heading, self.in_table) = (None, false),
            b"s" => self.heading = number.and_then(|style| self.styles.get(&style).copied()),
            b"outlinelevel" => self.heading = number.and_then(heading_level),
            b"intbl" => self.in_table = true,
            b"cell" | b"nestcell" => {
                let cell = std::mem::take(&mut self.text);
                self.row.push(cell.trim().to_owned());
            }
            b"row" => self.rows.extend(Some(std::mem::take(&mut self.row))),
            _ => {}
        }
    }

    /// A character by its number, in halves where it is beyond 16 bits; its substitutes follow.
    fn unicode(&mut self, number: i32) {
        self.flush();
        self.to_skip = self.group.substitutes;
        let Ok(unit) = u16::try_from(number.rem_euclid(65_536)) else { return };
        let units = match self.high.take() {
            Some(high) => vec![high, unit],
            None if (0xd800..0xdc00).contains(&unit) => {
                self.high = Some(unit);
                return;
            }
            None => vec![unit],
        };
        self.push(&String::from_utf16_lossy(&units));
    }

    /// Decodes the bytes that wait.
    fn flush(&mut self) {
        if !self.pending.is_empty() {
            let pending = std::mem::take(&mut self.pending);
            let (text, _) = self.encoding.decode_without_bom_handling(&pending);
            self.push_decoded(&text);
        }
    }

    fn push(&mut self, text: &str) {
        self.flush();
        self.push_decoded(text);
    }

    fn push_decoded(&mut self, text: &str) {
        if self.group.hidden {
            return;
        }
        match self.group.target {
            Target::Body => self.text.push_str(text),
            Target::Note => self.note.push_str(text),
            Target::Title => self.title.push_str(text),
            Target::Author => self.author.push_str(text),
            Target::Company => self.company.push_str(text),
            Target::Created | Target::Styles | Target::Nowhere => {}
        }
    }

    fn end_paragraph(&mut self) {
        self.flush();
        if self.in_table {
            if !self.text.is_empty() {
                self.text.push(' ');
            }
            return;
        }
        self.end_table();
        let text = std::mem::take(&mut self.text);
        let text = text.trim();
        let block = match self.heading {
            Some(level) => Block::new(BlockKind::Heading(level), text),
            None if self.is_item => Block::new(BlockKind::ListItem, format!("- {text}")),
            None => Block::new(BlockKind::Paragraph, text),
        };
        self.is_item = false;
        self.keep(block);
        let note = std::mem::take(&mut self.note);
        self.keep(Block::new(BlockKind::Paragraph, note.trim()));
    }

    fn end_table(&mut self) {
        if !self.rows.is_empty() {
            let rows = std::mem::take(&mut self.rows);
            self.keep(Block::new(BlockKind::Table, table_text(&rows)));
        }
    }

    fn keep(&mut self, block: Block) {
        if block.text.chars().any(char::is_alphanumeric) {
            self.blocks.push(block);
        }
    }
}

/// Destinations that hold no text of the document, or what every page repeats.
fn is_left_out(word: &[u8]) -> bool {
    matches!(
        word,
        b"fonttbl"
            | b"colortbl"
            | b"info"
            | b"pict"
            | b"object"
            | b"header"
            | b"headerl"
            | b"headerr"
            | b"headerf"
            | b"footer"
            | b"footerl"
            | b"footerr"
            | b"footerf"
            | b"fldinst"
            | b"nonshppict"
            | b"listtable"
            | b"listoverridetable"
            | b"rsidtbl"
            | b"xe"
            | b"tc"
            | b"sp"
            | b"sn"
            | b"sv"
    )
}

/// The level of a heading; level 9 is the text itself.
fn heading_level(outline_level: i32) -> Option<u8> {
    let level = u8::try_from(outline_level).ok().filter(|level| *level < 9)?;
    Some((level + 1).min(6))
}

/// The encoding of one of Windows' code pages.
fn code_page(number: i32) -> Option<&'static Encoding> {
    let label = match number {
        932 => "shift_jis".to_owned(),
        936 => "gbk".to_owned(),
        949 => "euc-kr".to_owned(),
        950 => "big5".to_owned(),
        65_001 => "utf-8".to_owned(),
        10_000 => "macintosh".to_owned(),
        other => format!("windows-{other}"),
    };
    Encoding::for_label(label.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::sync::Mutex;

    fn shown(rtf: &[u8]) -> (Vec<String>, Option<ProblemCode>) {
        let lines = Mutex::new(Vec::new());
        let ended = read(rtf, &|event| {
            if let ReadEvent::Section { blocks, .. } = event {
                lines
                    .lock()
                    .unwrap()
                    .extend(blocks.iter().map(|block| format!("{:?} {}", block.kind, block.text)));
            }
        });
        (lines.into_inner().unwrap(), ended.err().map(|problem| problem.code))
    }

    #[test]
    fn text_is_read_and_the_rest_left_out() {
        let rtf = br"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}{\stylesheet{\s1\outlinelevel0 heading 1;}}{\info{\title T}}
{\*\unknown gone}\pard\s1 Results\par\pard We f\'fcnd {\b gold}\u8212?and \u-10179?\u-8704? {\v hidden}more.{\footnote At the foot.}\par
{\listtext\bullet\tab}River\par\pard\intbl Site\cell Gold\cell\row Nor\line th\cell 3\par kg\cell\row\pard End \{x\}.\par}";
        let expected = [
            "Heading(1) Results",
            "Paragraph We f\u{fc}nd gold\u{2014}and \u{1f600} more.",
            "Paragraph At the foot.",
            "ListItem - River",
            "Table | Site | Gold |\n|---|---|\n| Nor th | 3 kg |",
            "Paragraph End {x}.",
        ];
        assert_eq!(shown(rtf), (expected.map(str::to_owned).to_vec(), None));
    }

    #[test]
    fn code_pages_and_broken_ends() {
        assert_eq!(shown(br"{\rtf1\ansicpg1251 \'cf\'f0").0, ["Paragraph \u{41f}\u{440}"]);
        assert_eq!(shown(br"{\rtf1\ansicpg932 \'93\'fa\'96\'7b\par}").0, ["Paragraph \u{65e5}\u{672c}"]);
        assert_eq!(shown(br"{\rtf1 a\'zz}}}}\bin99999999 b\").0, ["Paragraph a?zz"]);
        assert_eq!(shown(br"{\rtf1 {\pict 00ff}}"), (Vec::new(), Some(ProblemCode::Empty)));
        assert_eq!(shown(&b"{".repeat(20_000)).1, Some(ProblemCode::TooLarge));
    }

    proptest! {
        #[test]
        fn any_stream_ends(pieces in proptest::collection::vec(
            r"[a-z ]{0,5}|\{|\}|\\par |\\u-?[0-9]{1,9}\?|\\'[0-9a-g]{2}|\\uc[0-9]{1,9} |\\bin[0-9] |\\cell|\\row|\\intbl |\\[^a-z]", 0..80,
        )) {
            let _read = shown(pieces.concat().as_bytes());
        }
    }
}
