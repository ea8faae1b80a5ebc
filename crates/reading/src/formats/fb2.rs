//! FictionBook: e-books of one XML file, alone or in a zip.

use super::{
    Opened, ReadEvent, ReadOptions, Sink, archive::Archive, clean_publisher, clean_title, no_text,
    send_blocks, xml,
};
use crate::{
    Format, PartialDate, Problem, ProblemCode,
    block::{Block, BlockKind, push_collapsed, table_text},
};
use xml::Node;

/// How such a file ends, also inside of a zip.
pub(super) const ENDING: &str = ".fb2";

pub(super) fn read(bytes: &[u8], options: &ReadOptions, sink: Sink<'_>) -> Result<(), Problem> {
    let markup = if bytes.starts_with(b"PK") {
        let mut archive = Archive::open(bytes, &options.limits)?;
        let missing = || Problem::new(ProblemCode::Damaged, "there is no book in the archive");
        let name = archive.sole(ENDING).ok_or_else(missing)?;
        xml::decoded(&archive.read(&name)?)
    } else {
        xml::decoded(bytes)
    };
    let mut book = Book::default();
    xml::walk(&markup, "the book", |node| book.node(node))?;
    book.end_paragraph(BlockKind::Paragraph);
    let mut opened = Opened::new(Format::Fb2);
    opened.title = clean_title(&book.title);
    opened.author = Some(book.authors.join(", ")).filter(|authors| !authors.is_empty());
    opened.language = Some(book.language.trim().to_owned()).filter(|language| !language.is_empty());
    opened.publisher = clean_publisher(&book.publisher);
    opened.published = PartialDate::read(&book.published);
    opened.made = PartialDate::read(&book.written).or_else(|| PartialDate::read(&book.written_in_words));
    sink(ReadEvent::Opened(opened));
    if book.blocks.is_empty() {
        return Err(no_text());
    }
    send_blocks(1, book.blocks, sink);
    Ok(())
}

#[derive(Default)]
struct Book {
    title: String,
    authors: Vec<String>,
    /// The parts of the name that is being read.
    names: Vec<String>,
    language: String,
    /// Inside of what describes this book, not its original or its file.
    in_title_info: bool,
    /// Inside of what tells of the printed book.
    in_publish_info: bool,
    publisher: String,
    /// The year of the printed book.
    published: String,
    /// When it was written: for programs, and for people.
    written: String,
    written_in_words: String,
    in_body: bool,
    /// The innermost element of the description.
    field: String,
    sections: u8,
    in_title: bool,
    in_table: bool,
    text: String,
    verses: Vec<String>,
    rows: Vec<Vec<String>>,
    blocks: Vec<Block>,
}

impl Book {
    fn node(&mut self, node: Node<'_>) {
        match node {
            Node::Open(element) if self.in_body => self.open(&element.name),
            Node::Open(element) => match element.name.as_str() {
                "title-info" => self.in_title_info = true,
                "publish-info" => self.in_publish_info = true,
                "body" => {
                    self.in_body = true;
                    self.sections = 0;
                }
                name => {
                    if name == "date" && self.in_title_info {
                        self.written = element.attribute("value").unwrap_or_default();
                    }
                    name.clone_into(&mut self.field);
                }
            },
            Node::Close(name) if self.in_body => self.close(name),
            Node::Close(name) => self.close_description(name),
            Node::Text(text) if self.in_body => push_collapsed(&mut self.text, text),
            Node::Text(text) if self.in_title_info => self.describe(text),
            Node::Text(text) if self.in_publish_info => match self.field.as_str() {
                "publisher" => push_collapsed(&mut self.publisher, text),
                "year" => push_collapsed(&mut self.published, text),
                _ => {}
            },
            Node::Text(_) => {}
        }
    }

    fn describe(&mut self, text: &str) {
        match self.field.as_str() {
            "book-title" => push_collapsed(&mut self.title, text),
            "lang" => self.language.push_str(text.trim()),
            "date" => push_collapsed(&mut self.written_in_words, text),
            "first-name" | "middle-name" | "last-name" | "nickname" if !text.trim().is_empty() => {
                self.names.push(text.trim().to_owned());
            }
            _ => {}
        }
    }

    fn close_description(&mut self, name: &str) {
        self.field.clear();
        match name {
            "title-info" => self.in_title_info = false,
            "publish-info" => self.in_publish_info = false,
            "author" | "translator" => {
                let names = std::mem::take(&mut self.names).join(" ");
                if name == "author" && self.in_title_info && !names.is_empty() {
                    self.authors.push(names);
                }
            }
            _ => {}
        }
    }

    fn open(&mut self, name: &str) {
        match name {
            "section" => {
                self.end_paragraph(BlockKind::Paragraph);
                self.sections = self.sections.saturating_add(1);
            }
            "title" => {
                self.end_paragraph(BlockKind::Paragraph);
                self.in_title = true;
            }
            // The lines of a title are one heading, the paragraphs of a cell one cell.
            "p" | "v" | "subtitle" | "text-author" if self.in_title || self.in_table => {
                push_collapsed(&mut self.text, " ");
            }
            // The lines of a stanza stay together.
            "v" if !self.verses.is_empty() => self.text.clear(),
            "p" | "v" | "subtitle" | "text-author" => self.end_paragraph(BlockKind::Paragraph),
            "table" => {
                self.end_paragraph(BlockKind::Paragraph);
                self.in_table = true;
            }
            "tr" => self.rows.push(Vec::new()),
            "td" | "th" => self.text.clear(),
            _ => {}
        }
    }

    fn close(&mut self, name: &str) {
        match name {
            "body" => {
                self.end_paragraph(BlockKind::Paragraph);
                self.in_body = false;
            }
            "section" => {
                self.end_paragraph(BlockKind::Paragraph);
                self.sections = self.sections.saturating_sub(1);
            }
            "title" => {
                self.in_title = false;
                self.end_paragraph(BlockKind::Heading(self.sections.clamp(1, 6)));
            }
            "subtitle" if !self.in_table => {
                self.end_paragraph(BlockKind::Heading(self.sections.saturating_add(1).clamp(2, 6)));
            }
            "v" if !self.in_table => self.verses.push(std::mem::take(&mut self.text).trim().to_owned()),
            "stanza" | "poem" => self.end_stanza(),
            "p" | "text-author" if !(self.in_title || self.in_table) => {
                self.end_paragraph(BlockKind::Paragraph);
            }
            "td" | "th" => {
                let cell = std::mem::take(&mut self.text);
                match self.rows.last_mut() {
                    Some(row) => row.push(cell),
                    None => self.rows.push(vec![cell]),
                }
            }
            "table" => {
                self.in_table = false;
                self.text.clear();
                let table = table_text(&std::mem::take(&mut self.rows));
                self.push(BlockKind::Table, &table);
            }
            _ => {}
        }
    }

    fn end_stanza(&mut self) {
        let stanza = std::mem::take(&mut self.verses).join("\n");
        self.push(BlockKind::Paragraph, &stanza);
    }

    fn end_paragraph(&mut self, kind: BlockKind) {
        if !self.verses.is_empty() {
            self.end_stanza();
        }
        let text = std::mem::take(&mut self.text);
        self.push(kind, text.trim());
    }

    fn push(&mut self, kind: BlockKind, text: &str) {
        if text.chars().any(char::is_alphanumeric) {
            self.blocks.push(Block::new(kind, text));
        }
    }
}
