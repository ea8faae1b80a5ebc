//! Markdown: CommonMark with tables, footnotes and front matter.

use super::{Opened, ReadEvent, Sink, clean_publisher, clean_title, html, no_text, send_blocks, text};
use crate::{
    Format, PartialDate, Problem, ProblemCode,
    block::{Block, BlockKind, OpenLists, table_text},
};
use pulldown_cmark::{Event, HeadingLevel, MetadataBlockKind, Options, Parser, Tag, TagEnd};

pub(super) fn read(bytes: &[u8], sink: Sink<'_>) -> Result<(), Problem> {
    let decoded = text::decode(bytes);
    let mut blocks = Blocks::default();
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_HEADING_ATTRIBUTES
        | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS;
    for event in Parser::new_ext(&decoded.text, options) {
        blocks.event(event);
    }
    blocks.flush();
    let mut opened = Opened::new(Format::Markdown);
    let field = |name: &str| front_matter(&blocks.metadata, name);
    let first_heading =
        blocks.done.iter().find(|block| block.kind == BlockKind::Heading(1)).map(|block| block.text.clone());
    opened.title = field("title").or(first_heading).and_then(|title| clean_title(&title));
    opened.author = field("author");
    opened.language = field("lang");
    opened.publisher = field("publisher").and_then(|name| clean_publisher(&name));
    opened.published = field("date").and_then(|date| PartialDate::read(&date));
    sink(ReadEvent::Opened(opened));
    if let Some(note) = decoded.note {
        sink(ReadEvent::Warning { problem: Problem::new(ProblemCode::Damaged, note) });
    }
    if blocks.done.is_empty() {
        return Err(no_text());
    }
    send_blocks(1, blocks.done, sink);
    Ok(())
}

/// A plain `name: value` of the front matter.
fn front_matter(metadata: &str, name: &str) -> Option<String> {
    metadata.lines().find_map(|line| {
        let value = line.strip_prefix(name)?.trim_start().strip_prefix(':')?;
        let value = value.trim().trim_matches(['"', '\'']);
        (!value.is_empty()).then(|| value.to_owned())
    })
}

#[derive(Default)]
struct Blocks {
    done: Vec<Block>,
    text: String,
    html: String,
    metadata: String,
    /// The mark of the footnote that begins.
    note: String,
    lists: OpenLists,
    /// Whether the text so far is that of an item.
    in_item: bool,
    in_code: bool,
    in_metadata: bool,
    rows: Vec<Vec<String>>,
}

impl Blocks {
    fn event(&mut self, event: Event<'_>) {
        if !matches!(event, Event::Html(_) | Event::End(TagEnd::HtmlBlock)) && !self.html.is_empty() {
            self.flush_html();
        }
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) if self.in_metadata => self.metadata.push_str(&text),
            Event::Text(text) | Event::Code(text) => self.text.push_str(&text),
            Event::InlineMath(text) | Event::DisplayMath(text) => self.text.push_str(&text),
            Event::Html(html) => self.html.push_str(&html),
            Event::InlineHtml(html) if html.starts_with("<br") => self.text.push('\n'),
            Event::SoftBreak => self.text.push(if self.in_code { '\n' } else { ' ' }),
            Event::HardBreak => self.text.push('\n'),
            Event::TaskListMarker(done) => self.text.push_str(if done { "[x] " } else { "[ ] " }),
            Event::FootnoteReference(label) => {
                self.text.push_str(&format!("[^{label}]"));
            }
            Event::InlineHtml(_) | Event::Rule => {}
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "inline tags change nothing of the text")]
    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Heading { .. } | Tag::Paragraph if !self.in_item => self.flush(),
            Tag::List(number) => {
                self.flush();
                self.lists.open(number);
            }
            Tag::Item => {
                self.flush();
                self.begin_item();
            }
            Tag::CodeBlock(_) => {
                self.flush();
                self.in_code = true;
            }
            Tag::Table(_) => {
                self.flush();
                self.rows.clear();
            }
            Tag::TableHead | Tag::TableRow => self.rows.push(Vec::new()),
            Tag::TableCell => self.text.clear(),
            Tag::FootnoteDefinition(label) => {
                self.flush();
                self.note = format!("[^{label}] ");
            }
            Tag::MetadataBlock(MetadataBlockKind::YamlStyle | MetadataBlockKind::PlusesStyle) => {
                self.in_metadata = true;
            }
            _ => {}
        }
    }

    fn begin_item(&mut self) {
        self.in_item = true;
        self.text.push_str(&self.lists.next_mark());
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "inline tags change nothing of the text")]
    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(level) => {
                let text = std::mem::take(&mut self.text);
                self.push(BlockKind::Heading(level_number(level)), &text);
            }
            TagEnd::Paragraph if !self.in_item => self.flush(),
            // The second paragraph of an item goes on a new line of it.
            TagEnd::Paragraph => self.text.push('\n'),
            TagEnd::Item => self.flush(),
            TagEnd::List(_) => {
                self.flush();
                self.lists.close();
            }
            TagEnd::CodeBlock => {
                let text = std::mem::take(&mut self.text);
                self.push(BlockKind::Preformatted, &text);
                self.in_code = false;
            }
            TagEnd::TableCell => {
                let cell = std::mem::take(&mut self.text);
                if let Some(row) = self.rows.last_mut() {
                    row.push(cell);
                }
            }
            TagEnd::Table => {
                let text = table_text(&std::mem::take(&mut self.rows));
                self.push(BlockKind::Table, &text);
            }
            TagEnd::HtmlBlock => self.flush_html(),
            TagEnd::MetadataBlock(_) => self.in_metadata = false,
            _ => {}
        }
    }

    fn flush(&mut self) {
        let text = std::mem::take(&mut self.text);
        let kind = if self.in_item { BlockKind::ListItem } else { BlockKind::Paragraph };
        self.in_item = false;
        self.push(kind, &text);
    }

    fn flush_html(&mut self) {
        let html = std::mem::take(&mut self.html);
        self.done.extend(html::fragment_blocks(&html));
    }

    fn push(&mut self, kind: BlockKind, text: &str) {
        let kept = match kind {
            BlockKind::ListItem | BlockKind::Preformatted => text.trim_end(),
            BlockKind::Heading(_) | BlockKind::Paragraph | BlockKind::Table => text.trim(),
        };
        if kept.chars().any(char::is_alphanumeric) {
            let note = std::mem::take(&mut self.note);
            self.done.push(Block::new(kind, format!("{note}{kept}")));
        }
    }
}

fn level_number(level: HeadingLevel) -> u8 {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        HeadingLevel::H3 => 3,
        HeadingLevel::H4 => 4,
        HeadingLevel::H5 => 5,
        HeadingLevel::H6 => 6,
    }
}
