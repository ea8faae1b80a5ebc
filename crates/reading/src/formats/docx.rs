//! Word documents: headings by style, lists, tables and footnotes.

use super::{
    Opened, ReadEvent, ReadOptions, Sink,
    archive::Archive,
    no_text,
    office::{self, optional},
    send_blocks, sheet, text,
    xml::{self, Element, Node},
};
use crate::{
    Format, Problem,
    block::{Block, BlockKind, table_text},
};
use std::collections::HashMap;

const DOCUMENT: &str = "word/document.xml";
const FOOTNOTES: &str = "word/footnotes.xml";

pub(super) fn read(bytes: &[u8], options: &ReadOptions, sink: Sink<'_>) -> Result<(), Problem> {
    let mut archive = Archive::open(bytes, &options.limits)?;
    let document = text::decode(&archive.read(DOCUMENT)?).text;
    let headings = match optional(&mut archive, "word/styles.xml")? {
        Some(styles) => heading_styles(&styles)?,
        None => HashMap::new(),
    };
    let footnotes = match optional(&mut archive, FOOTNOTES)? {
        Some(footnotes) => read_footnotes(&footnotes)?,
        None => HashMap::new(),
    };
    let mut opened = Opened::new(Format::Docx);
    office::read_properties(&mut archive, &mut opened)?;
    sink(ReadEvent::Opened(opened));
    let mut body = Body { headings: &headings, footnotes, ..Body::default() };
    xml::walk(&document, DOCUMENT, |node| body.node(node))?;
    body.end_paragraph();
    if body.blocks.is_empty() {
        return Err(no_text());
    }
    send_blocks(1, body.blocks, sink);
    Ok(())
}

/// Which styles are headings, and of which level: by outline level, or by the style's English name, which
/// Word keeps whatever its language.
fn heading_styles(styles: &str) -> Result<HashMap<String, u8>, Problem> {
    let mut headings = HashMap::new();
    let mut style = String::new();
    xml::walk(styles, "word/styles.xml", |node| {
        let Node::Open(element) = node else { return };
        match element.name.as_str() {
            "style" => style = element.attribute("styleId").unwrap_or_default(),
            "name" => {
                let name = element.attribute("val").unwrap_or_default().to_lowercase();
                let level = name.strip_prefix("heading ").and_then(|level| level.parse().ok());
                let level = if name == "title" { Some(1) } else { level };
                if let Some(level) = level {
                    headings.insert(style.clone(), u8::clamp(level, 1, 6));
                }
            }
            "outlineLvl" => {
                if let Some(level) = element.attribute("val").and_then(|level| level.parse::<u8>().ok())
                    && level < 9
                {
                    headings.entry(style.clone()).or_insert((level + 1).min(6));
                }
            }
            _ => {}
        }
    })?;
    Ok(headings)
}

fn read_footnotes(footnotes: &str) -> Result<HashMap<String, String>, Problem> {
    let mut notes: HashMap<String, String> = HashMap::new();
    let mut id = String::new();
    let mut in_text = false;
    xml::walk(footnotes, FOOTNOTES, |node| match node {
        Node::Open(element) => match element.name.as_str() {
            "footnote" => id = element.attribute("id").unwrap_or_default(),
            "t" => in_text = true,
            _ => {}
        },
        Node::Close("t") => in_text = false,
        Node::Text(text) if in_text => notes.entry(id.clone()).or_default().push_str(text),
        Node::Close(_) | Node::Text(_) => {}
    })?;
    Ok(notes)
}

/// What is known of the paragraph that is being read.
#[derive(Default)]
struct Paragraph {
    text: String,
    heading: Option<u8>,
    list_level: Option<usize>,
    notes: Vec<String>,
}

#[derive(Default)]
struct Table {
    rows: Vec<Vec<String>>,
}

struct Body<'a> {
    headings: &'a HashMap<String, u8>,
    /// Notes that were not referred to yet: each stands below the first place that does.
    footnotes: HashMap<String, String>,
    blocks: Vec<Block>,
    paragraph: Paragraph,
    /// Tables may stand in cells of tables.
    tables: Vec<Table>,
    /// How many tables are open that lie too deep to be some.
    deeper: usize,
    in_text: bool,
    /// Depth inside of what is not shown: a second rendering for old programs.
    hidden: usize,
    /// Whether the style named now is the paragraph's.
    in_paragraph_properties: bool,
}

impl Default for Body<'_> {
    fn default() -> Self {
        static NO_HEADINGS: std::sync::LazyLock<HashMap<String, u8>> = std::sync::LazyLock::new(HashMap::new);
        Self {
            headings: &NO_HEADINGS,
            footnotes: HashMap::new(),
            blocks: Vec::new(),
            paragraph: Paragraph::default(),
            tables: Vec::new(),
            deeper: 0,
            in_text: false,
            hidden: 0,
            in_paragraph_properties: false,
        }
    }
}

impl Body<'_> {
    fn node(&mut self, node: Node<'_>) {
        match node {
            Node::Open(element) if element.name == "Fallback" => self.hidden += 1,
            Node::Close("Fallback") => self.hidden = self.hidden.saturating_sub(1),
            Node::Open(element) if self.hidden == 0 => self.open(element),
            Node::Close(name) if self.hidden == 0 => self.close(name),
            Node::Text(text) if self.in_text && self.hidden == 0 => self.paragraph.text.push_str(text),
            Node::Open(_) | Node::Close(_) | Node::Text(_) => {}
        }
    }

    fn open(&mut self, element: &Element<'_>) {
        match element.name.as_str() {
            // Inside a cell or a text box paragraphs follow each other without an end of the outer one.
            "p" => self.end_paragraph(),
            "pPr" => self.in_paragraph_properties = true,
            "pStyle" => {
                let style = element.attribute("val").unwrap_or_default();
                self.paragraph.heading = self.headings.get(&style).copied();
            }
            "outlineLvl" if self.in_paragraph_properties => {
                let level = element.attribute("val").and_then(|level| level.parse::<u8>().ok());
                self.paragraph.heading = level.filter(|level| *level < 9).map(|level| (level + 1).min(6));
            }
            "ilvl" => {
                self.paragraph.list_level = element.attribute("val").and_then(|level| level.parse().ok());
            }
            "numId" if element.attribute("val").as_deref() == Some("0") => self.paragraph.list_level = None,
            "t" => self.in_text = true,
            "tab" if !self.in_paragraph_properties => self.paragraph.text.push('\t'),
            "br" | "cr" => self.paragraph.text.push('\n'),
            "noBreakHyphen" => self.paragraph.text.push('-'),
            "footnoteReference" => {
                let note = element.attribute("id").and_then(|id| self.footnotes.remove(&id));
                self.paragraph.notes.extend(note.map(|note| note.trim().to_owned()));
            }
            "tbl" if self.tables.len() >= sheet::MAX_NESTED => {
                self.end_paragraph();
                self.deeper += 1;
            }
            "tr" | "tc" if self.deeper > 0 => {}
            "tbl" => {
                self.end_paragraph();
                self.tables.push(Table::default());
            }
            "tr" => {
                if let Some(table) = self.tables.last_mut() {
                    table.rows.push(Vec::new());
                }
            }
            "tc" => {
                if let Some(row) = self.row() {
                    row.push(String::new());
                }
            }
            _ => {}
        }
    }

    fn close(&mut self, name: &str) {
        match name {
            "t" => self.in_text = false,
            "pPr" => self.in_paragraph_properties = false,
            "p" => self.end_paragraph(),
            "tbl" if self.deeper > 0 => {
                self.end_paragraph();
                self.deeper -= 1;
            }
            "tbl" => {
                self.end_paragraph();
                let text = self.tables.pop().map(|table| table_text(&table.rows)).unwrap_or_default();
                if self.tables.is_empty() {
                    self.push(BlockKind::Table, &text);
                } else {
                    self.add_to_cell(&text);
                }
            }
            _ => {}
        }
    }

    fn row(&mut self) -> Option<&mut Vec<String>> {
        self.tables.last_mut()?.rows.last_mut()
    }

    fn add_to_cell(&mut self, text: &str) {
        if let Some(cell) = self.row().and_then(|row| row.last_mut()) {
            if !cell.is_empty() {
                cell.push(' ');
            }
            cell.push_str(text);
        }
    }

    fn end_paragraph(&mut self) {
        let paragraph = std::mem::take(&mut self.paragraph);
        if !self.tables.is_empty() {
            self.add_to_cell(paragraph.text.trim());
            paragraph.notes.iter().for_each(|note| self.add_to_cell(note));
            return;
        }
        match (paragraph.heading, paragraph.list_level) {
            (Some(level), _) => self.push(BlockKind::Heading(level), &paragraph.text),
            (None, Some(level)) => {
                let text = format!("{}- {}", "  ".repeat(level.min(8)), paragraph.text.trim());
                self.push(BlockKind::ListItem, &text);
            }
            (None, None) => self.push(BlockKind::Paragraph, &paragraph.text),
        }
        paragraph.notes.iter().for_each(|note| self.push(BlockKind::Paragraph, note));
    }

    fn push(&mut self, kind: BlockKind, text: &str) {
        if text.chars().any(char::is_alphanumeric) {
            let text = if kind == BlockKind::ListItem { text.trim_end() } else { text.trim() };
            self.blocks.push(Block::new(kind, text));
        }
    }
}
