//! OpenDocument: texts (ODT), spreadsheets (ODS) and presentations (ODP), whose content is of one language.

use super::{
    Opened, ReadEvent, ReadOptions, Sink,
    archive::Archive,
    clean_publisher, clean_title, no_text,
    office::optional,
    send_blocks, sheet, text,
    xml::{self, Element, Node},
};
use crate::{
    Format, PartialDate, Problem, ProblemCode,
    block::{Block, BlockKind, push_collapsed, table_text},
};

const CONTENT: &str = "content.xml";
const META: &str = "meta.xml";
const MANIFEST: &str = "META-INF/manifest.xml";
/// Most cells that are made of marks for repetition, in the whole document.
const MAX_REPEATED: usize = 100_000;
/// A cell of more bytes counts as several.
const REPEATED_BYTES: usize = 64;

pub(super) fn read(
    bytes: &[u8],
    options: &ReadOptions,
    format: Format,
    sink: Sink<'_>,
) -> Result<(), Problem> {
    let mut archive = Archive::open(bytes, &options.limits)?;
    if let Some(manifest) = optional(&mut archive, MANIFEST)?
        && manifest.contains("encryption-data")
    {
        return Err(Problem::new(ProblemCode::Encrypted, "the file is protected by a password"));
    }
    let content = text::decode(&archive.read(CONTENT)?).text;
    let mut opened = Opened::new(format);
    if let Some(meta) = optional(&mut archive, META)? {
        read_meta(&meta, &mut opened)?;
    }
    let mut body = Body::new(format);
    xml::walk(&content, CONTENT, |node| body.node(node))?;
    if format == Format::Odp {
        opened.pages = Some(body.page.max(1));
    }
    sink(ReadEvent::Opened(opened));
    if body.blocks.is_empty() {
        return Err(no_text());
    }
    send_blocks(1, body.blocks, sink);
    body.lacks.tell(sink);
    Ok(())
}

fn read_meta(meta: &str, opened: &mut Opened) -> Result<(), Problem> {
    xml::properties(meta, META, |name, text| match name {
        "title" => opened.title = clean_title(text),
        // Who wrote it first goes before who saved it last.
        "initial-creator" => opened.author = Some(text.to_owned()),
        "creator" => {
            opened.author.get_or_insert_with(|| text.to_owned());
        }
        "language" => opened.language = Some(text.to_owned()),
        "publisher" => opened.publisher = clean_publisher(text),
        // `date` is when it was saved last.
        "creation-date" => opened.made = PartialDate::read_made(text),
        _ => {}
    })
}

/// What is not shown, or shown a second time elsewhere.
fn is_hidden(name: &str) -> bool {
    matches!(
        name,
        "tracked-changes"
            | "table-of-content"
            | "alphabetical-index"
            | "note-citation"
            | "annotation"
            | "forms"
    )
}

struct Body {
    format: Format,
    blocks: Vec<Block>,
    /// Paragraphs that are open: notes and text boxes lie inside of others. Each with the level of its heading.
    open: Vec<(String, Option<u8>)>,
    /// What was inside of a paragraph and follows it.
    after: Vec<Block>,
    /// Depth inside of what is not shown.
    hidden: usize,
    lists: usize,
    /// Whether the next paragraph begins an item.
    begins_item: bool,
    /// Tables may stand in cells of tables.
    tables: Vec<Table>,
    /// How many tables are open that lie too deep to be some.
    deeper: usize,
    /// The slide, from 1; 0 before the first.
    page: u32,
    in_title: bool,
    repeats_left: usize,
    lacks: sheet::Lacks,
}

#[derive(Default)]
struct Table {
    name: String,
    rows: Vec<Vec<String>>,
    row_repeats: usize,
    cell: String,
    cell_repeats: usize,
    /// Empty cells since the last one that is not.
    blanks: usize,
}

impl Body {
    fn new(format: Format) -> Self {
        Self {
            format,
            blocks: Vec::new(),
            open: Vec::new(),
            after: Vec::new(),
            hidden: 0,
            lists: 0,
            begins_item: false,
            tables: Vec::new(),
            deeper: 0,
            page: 0,
            in_title: false,
            repeats_left: MAX_REPEATED,
            lacks: sheet::Lacks::default(),
        }
    }

    fn node(&mut self, node: Node<'_>) {
        match node {
            Node::Open(element) if is_hidden(&element.name) => self.hidden += 1,
            Node::Close(name) if is_hidden(name) => self.hidden = self.hidden.saturating_sub(1),
            Node::Open(element) if self.hidden == 0 => self.open(element),
            Node::Close(name) if self.hidden == 0 => self.close(name),
            Node::Text(text) if self.hidden == 0 => {
                if let Some((open, _)) = self.open.last_mut() {
                    push_collapsed(open, text);
                }
            }
            Node::Open(_) | Node::Close(_) | Node::Text(_) => {}
        }
    }

    fn open(&mut self, element: &Element<'_>) {
        match element.name.as_str() {
            "p" => self.open.push((String::new(), self.in_title.then_some(1))),
            "h" => {
                let level = element.attribute("outline-level").and_then(|level| level.parse::<u8>().ok());
                self.open.push((String::new(), Some(level.unwrap_or(1).clamp(1, 6))));
            }
            "s" => self.push(" "),
            "tab" => self.push("\t"),
            "line-break" => self.push("\n"),
            "list" => self.lists += 1,
            "list-item" => self.begins_item = true,
            "page" if self.format == Format::Odp => self.page = self.page.saturating_add(1),
            "frame" => self.in_title = element.attribute("class").as_deref() == Some("title"),
            "table" if self.tables.len() >= sheet::MAX_NESTED => self.deeper += 1,
            "table-row" | "table-cell" | "covered-table-cell" if self.deeper > 0 => {}
            "table" => {
                let name = element.attribute("name").unwrap_or_default();
                self.tables.push(Table { name, ..Table::default() });
            }
            "table-row" => {
                let repeats = repeats(element, "number-rows-repeated");
                if let Some(table) = self.tables.last_mut() {
                    table.rows.push(Vec::new());
                    table.row_repeats = repeats;
                    table.blanks = 0;
                }
            }
            "table-cell" | "covered-table-cell" => {
                let repeats = repeats(element, "number-columns-repeated");
                if let Some(table) = self.tables.last_mut() {
                    table.cell.clear();
                    table.cell_repeats = repeats;
                }
            }
            _ => {}
        }
    }

    fn push(&mut self, text: &str) {
        if let Some((open, _)) = self.open.last_mut() {
            open.push_str(text);
        }
    }

    fn close(&mut self, name: &str) {
        match name {
            "p" | "h" => self.end_paragraph(),
            "list" => self.lists = self.lists.saturating_sub(1),
            "list-item" => self.begins_item = false,
            "frame" => self.in_title = false,
            "table" if self.deeper > 0 => self.deeper -= 1,
            "table-row" | "table-cell" | "covered-table-cell" if self.deeper > 0 => {}
            "table-cell" | "covered-table-cell" => self.end_cell(),
            "table-row" => self.end_row(),
            "table" => self.end_table(),
            _ => {}
        }
    }

    fn end_paragraph(&mut self) {
        let Some((text, heading)) = self.open.pop() else { return };
        let text = text.trim();
        if let Some(table) = self.tables.last_mut() {
            if !table.cell.is_empty() {
                table.cell.push(' ');
            }
            table.cell.push_str(text);
            return;
        }
        let block = match heading {
            Some(level) => Block::new(BlockKind::Heading(level), text),
            None if self.lists > 0 && self.begins_item => {
                let indentation = "  ".repeat((self.lists - 1).min(8));
                Block::new(BlockKind::ListItem, format!("{indentation}- {text}"))
            }
            None => Block::new(BlockKind::Paragraph, text),
        };
        if !block.text.chars().any(char::is_alphanumeric) {
            return;
        }
        self.begins_item = false;
        if self.open.is_empty() {
            self.keep(block);
            let after = std::mem::take(&mut self.after);
            after.into_iter().for_each(|block| self.keep(block));
        } else {
            self.after.push(block);
        }
    }

    fn keep(&mut self, mut block: Block) {
        block.page = (self.page > 0).then_some(self.page);
        self.blocks.push(block);
    }

    /// How often something that counts as so many cells is really repeated.
    fn granted(&mut self, repeats: usize, cells: usize) -> usize {
        if repeats == 0 {
            return 0;
        }
        let more = (repeats - 1).min(self.repeats_left / cells.max(1));
        self.repeats_left = self.repeats_left.saturating_sub(more.saturating_mul(cells));
        more + 1
    }

    /// Empty cells are only written down when another one follows: most rows end in thousands of them.
    fn end_cell(&mut self) {
        let Some(table) = self.tables.last_mut() else { return };
        let cell = std::mem::take(&mut table.cell);
        let repeats = table.cell_repeats;
        if cell.trim().is_empty() {
            table.blanks = table.blanks.saturating_add(repeats);
            return;
        }
        let blanks = std::mem::take(&mut table.blanks);
        self.extend_row("", blanks);
        self.extend_row(&cell, repeats);
    }

    fn extend_row(&mut self, cell: &str, repeats: usize) {
        let row = self.tables.last().and_then(|table| table.rows.last());
        let room = row.map_or(0, |row| sheet::MAX_COLUMNS.saturating_sub(row.len()));
        let wanted = repeats.min(room);
        let times = self.granted(wanted, cost(cell));
        self.lacks.is_cut |= wanted < repeats && !cell.is_empty();
        self.lacks.is_moved |= times < wanted;
        if let Some(row) = self.tables.last_mut().and_then(|table| table.rows.last_mut()) {
            row.extend(std::iter::repeat_n(cell.to_owned(), times));
        }
    }

    fn end_row(&mut self) {
        let Some(table) = self.tables.last_mut() else { return };
        let repeats = table.row_repeats;
        let Some(row) = table.rows.pop() else { return };
        // The empty rest of a sheet is one row that is repeated a million times.
        let cells: usize = row.iter().map(|cell| cost(cell)).sum();
        let times = if row.is_empty() { 0 } else { self.granted(repeats, cells) };
        if let Some(table) = self.tables.last_mut() {
            table.rows.extend(std::iter::repeat_n(row, times));
        }
    }

    fn end_table(&mut self) {
        let Some(table) = self.tables.pop() else { return };
        if let Some(outer) = self.tables.last_mut() {
            outer.cell.push(' ');
            outer.cell.push_str(&table_text(&table.rows));
            return;
        }
        let blocks = if self.format == Format::Ods {
            sheet::blocks(&table.name, table.rows)
        } else {
            vec![Block::new(BlockKind::Table, table_text(&table.rows))]
        };
        for block in blocks {
            if block.text.chars().any(char::is_alphanumeric) {
                self.keep(block);
            }
        }
    }
}

/// As how many cells one of this text counts when it is repeated.
fn cost(cell: &str) -> usize {
    1 + cell.len() / REPEATED_BYTES
}

fn repeats(element: &Element<'_>, name: &str) -> usize {
    element.attribute(name).and_then(|count| count.parse().ok()).unwrap_or(1)
}
