//! Web pages: the main content, without navigation, scripts and the like.

use super::{Opened, ReadEvent, Sink, clean_publisher, clean_title, no_text, send_blocks, text};
use crate::{
    Format, PartialDate, Problem,
    block::{Block, BlockKind, OpenLists, push_collapsed, table_text},
};
use scraper::{ElementRef, Html, Node, Selector};

/// What pages call their publisher, and the dates on which they were published and made: the surest first.
const PUBLISHER: [&str; 5] =
    ["citation_publisher", "dc.publisher", "dcterms.publisher", "publisher", "og:site_name"];
const PUBLISHED: [&str; 10] = [
    "citation_publication_date",
    "article:published_time",
    "datepublished",
    "dc.date.issued",
    "dcterms.issued",
    "dc.date",
    "dcterms.date",
    "publication_date",
    "pubdate",
    "date",
];
const MADE: [&str; 3] = ["dcterms.created", "dc.date.created", "datecreated"];

pub(super) fn read(bytes: &[u8], sink: Sink<'_>) -> Result<(), Problem> {
    let page = parse(bytes);
    let mut opened = Opened::new(Format::Html);
    opened.title = page.title;
    opened.author = page.author;
    opened.language = page.language;
    opened.publisher = page.publisher;
    opened.published = page.published;
    opened.made = page.made;
    sink(ReadEvent::Opened(opened));
    if page.blocks.is_empty() {
        return Err(no_text());
    }
    send_blocks(1, page.blocks, sink);
    Ok(())
}

/// What a page holds.
pub(super) struct Page {
    pub(super) title: Option<String>,
    pub(super) author: Option<String>,
    pub(super) language: Option<String>,
    pub(super) publisher: Option<String>,
    pub(super) published: Option<PartialDate>,
    pub(super) made: Option<PartialDate>,
    pub(super) blocks: Vec<Block>,
}

pub(super) fn parse(bytes: &[u8]) -> Page {
    parse_text(&decode(bytes))
}

/// What a page holds whose encoding is known.
pub(super) fn parse_text(text: &str) -> Page {
    let html = Html::parse_document(text);
    let heading = first(&html, "h1").map(|element| element.text().collect::<String>());
    let title = first(&html, "title").map(|element| element.text().collect::<String>());
    let attribute = |selector: &str, name: &str| {
        first(&html, selector).and_then(|element| element.attr(name)).map(str::to_owned)
    };
    let told = told(&html);
    let first_of = |names: &[&str]| {
        names.iter().find_map(|name| told.iter().find(|(of, _)| of == name)).map(|(_, value)| value.as_str())
    };
    let root = ["main", "[role=main]", "article", "body"]
        .iter()
        .filter_map(|selector| sole(&html, selector))
        .find(|element| element.text().any(|text| !text.trim().is_empty()))
        .unwrap_or_else(|| html.root_element());
    Page {
        title: title.or(heading).and_then(|title| clean_title(&title)),
        author: attribute("meta[name=author]", "content").filter(|author| !author.trim().is_empty()),
        language: html.root_element().attr("lang").map(str::to_owned).filter(|lang| !lang.is_empty()),
        publisher: first_of(&PUBLISHER).and_then(clean_publisher),
        published: first_of(&PUBLISHED).and_then(PartialDate::read),
        made: first_of(&MADE).and_then(PartialDate::read_made),
        blocks: walk(root),
    }
}

/// What a page tells of itself for programs: names in small letters, and values.
fn told(html: &Html) -> Vec<(String, String)> {
    let Ok(selector) = Selector::parse("meta[content], time[itemprop]") else { return Vec::new() };
    let told = html.select(&selector).filter_map(|element| {
        let name = ["name", "property", "itemprop"].iter().find_map(|name| element.attr(name))?;
        let value = element.attr("content").or_else(|| element.attr("datetime"))?.trim();
        (!value.is_empty()).then(|| (name.trim().to_lowercase(), value.to_owned()))
    });
    told.collect()
}

/// The blocks of a piece of HTML.
pub(super) fn fragment_blocks(html: &str) -> Vec<Block> {
    walk(Html::parse_fragment(html).root_element())
}

/// Bytes as text; a page that is not UTF-8 says in its head what it is.
fn decode(bytes: &[u8]) -> String {
    if std::str::from_utf8(bytes).is_err() && encoding_rs::Encoding::for_bom(bytes).is_none() {
        let head = String::from_utf8_lossy(bytes.get(..bytes.len().min(2_048)).unwrap_or_default());
        let declared = head.split_once("charset=").map(|(_, rest)| {
            rest.trim_start_matches(['"', '\''])
                .split(|next: char| !next.is_ascii_alphanumeric() && !matches!(next, '-' | '_'))
                .next()
                .unwrap_or_default()
                .to_owned()
        });
        let encoding = declared.and_then(|label| encoding_rs::Encoding::for_label(label.as_bytes()));
        if let Some(encoding) = encoding {
            return encoding.decode_without_bom_handling(bytes).0.into_owned();
        }
    }
    text::decode(bytes).text
}

fn first<'a>(html: &'a Html, selector: &str) -> Option<ElementRef<'a>> {
    html.select(&Selector::parse(selector).ok()?).next()
}

/// The element, if there is exactly one: several articles are a list of them, not the main content.
fn sole<'a>(html: &'a Html, selector: &str) -> Option<ElementRef<'a>> {
    let selector = Selector::parse(selector).ok()?;
    let mut found = html.select(&selector);
    let only = found.next()?;
    found.next().is_none().then_some(only)
}

/// Elements that are no content.
fn is_skipped(name: &str) -> bool {
    matches!(
        name,
        "script"
            | "style"
            | "noscript"
            | "template"
            | "svg"
            | "nav"
            | "footer"
            | "aside"
            | "head"
            | "iframe"
            | "object"
            | "select"
            | "button"
            | "form"
            | "dialog"
            | "canvas"
            | "audio"
            | "video"
    )
}

/// Elements that begin on a line of their own.
fn is_block(name: &str) -> bool {
    matches!(
        name,
        "p" | "div"
            | "section"
            | "article"
            | "main"
            | "header"
            | "ul"
            | "ol"
            | "li"
            | "dl"
            | "dt"
            | "dd"
            | "blockquote"
            | "figure"
            | "figcaption"
            | "pre"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "hr"
            | "address"
            | "details"
            | "summary"
            | "fieldset"
            | "body"
            | "html"
            | "table"
            | "center"
    )
}

fn heading_level(name: &str) -> Option<u8> {
    match name.as_bytes() {
        [b'h', level @ b'1'..=b'6'] => Some(level - b'0'),
        _ => None,
    }
}

/// What looks at a tree, node by node.
trait Visit {
    /// A node begins; false when what is in it is not to be entered.
    fn open(&mut self, node: &Node, element: Option<ElementRef<'_>>) -> bool;
    /// A node that was entered ends.
    fn close(&mut self, node: &Node);
}

/// Goes through a tree step by step, without recursion: a page may be nested a hundred thousand deep.
fn visit(root: ElementRef<'_>, visitor: &mut impl Visit) {
    let mut node = *root;
    loop {
        let enter = visitor.open(node.value(), ElementRef::wrap(node));
        if enter && let Some(child) = node.first_child() {
            node = child;
            continue;
        }
        if enter {
            visitor.close(node.value());
        }
        loop {
            if node.id() == root.id() {
                return;
            }
            if let Some(sibling) = node.next_sibling() {
                node = sibling;
                break;
            }
            let Some(parent) = node.parent() else { return };
            visitor.close(parent.value());
            node = parent;
        }
    }
}

fn walk(root: ElementRef<'_>) -> Vec<Block> {
    let mut writer = Writer::default();
    visit(root, &mut writer);
    writer.flush();
    writer.blocks
}

#[derive(Default)]
struct Writer {
    blocks: Vec<Block>,
    text: String,
    heading: Option<u8>,
    lists: OpenLists,
    in_item: bool,
    /// Up to where the text is the mark of an item.
    mark: usize,
    preformatted: usize,
}

impl Visit for Writer {
    fn open(&mut self, node: &Node, element: Option<ElementRef<'_>>) -> bool {
        match node {
            Node::Element(named) => self.begin(named.name(), element),
            Node::Text(text) => {
                self.text(text);
                false
            }
            Node::Document | Node::Fragment => true,
            Node::Doctype(_) | Node::Comment(_) | Node::ProcessingInstruction(_) => false,
        }
    }

    fn close(&mut self, node: &Node) {
        let Some(element) = node.as_element() else { return };
        let name = element.name();
        if is_block(name) {
            self.flush();
        }
        match name {
            "ul" | "ol" => {
                self.lists.close();
            }
            "pre" => self.preformatted = self.preformatted.saturating_sub(1),
            // An item without text leaves no mark for what follows it.
            "li" if self.in_item => {
                (self.in_item, self.mark) = (false, 0);
                self.text.clear();
            }
            _ => {}
        }
    }
}

impl Writer {
    /// Begins an element; false when its content is not to be entered.
    fn begin(&mut self, name: &str, element: Option<ElementRef<'_>>) -> bool {
        if is_skipped(name) {
            return false;
        }
        if is_block(name) {
            self.flush();
        }
        match name {
            "table" => {
                if let Some(table) = element {
                    self.table(table);
                }
                return false;
            }
            "br" => self.text.push('\n'),
            "ul" => self.lists.open(None),
            "ol" => self.lists.open(Some(1)),
            "li" => self.begin_item(),
            "pre" => self.preformatted += 1,
            "td" | "th" => push_collapsed(&mut self.text, " "),
            _ => self.heading = heading_level(name).or(self.heading),
        }
        true
    }

    fn begin_item(&mut self) {
        self.in_item = true;
        // The mark of an item without text, which still waits, is given up.
        self.text = self.lists.next_mark();
        self.mark = self.text.len();
    }

    fn text(&mut self, text: &str) {
        if self.preformatted > 0 {
            self.text.push_str(text);
        } else {
            push_collapsed(&mut self.text, text);
        }
    }

    fn flush(&mut self) {
        let text = std::mem::take(&mut self.text);
        let heading = self.heading.take();
        let item = std::mem::take(&mut self.in_item);
        // The number of an item alone says nothing.
        let mark = std::mem::take(&mut self.mark);
        let says_something = text.get(mark..).unwrap_or_default().chars().any(char::is_alphanumeric);
        let kind = match heading {
            Some(level) => BlockKind::Heading(level),
            None if self.preformatted > 0 => BlockKind::Preformatted,
            None if item => BlockKind::ListItem,
            None => BlockKind::Paragraph,
        };
        let text = match kind {
            BlockKind::ListItem | BlockKind::Preformatted => text.trim_end().to_owned(),
            BlockKind::Heading(_) => text.split_whitespace().collect::<Vec<_>>().join(" "),
            BlockKind::Paragraph | BlockKind::Table => text.trim().to_owned(),
        };
        if says_something {
            self.blocks.push(Block::new(kind, text));
        } else if item {
            // `<li><p>text`: the mark waits for the paragraph.
            self.in_item = true;
            self.text = text;
            self.text.push(' ');
            self.mark = self.text.len();
        }
    }

    fn table(&mut self, table: ElementRef<'_>) {
        let mut grid = Grid::default();
        visit(table, &mut grid);
        let caption = grid.caption.trim();
        if caption.chars().any(char::is_alphanumeric) {
            self.blocks.push(Block::new(BlockKind::Paragraph, caption.to_owned()));
        }
        let text = table_text(&grid.rows);
        if text.chars().any(char::is_alphanumeric) {
            self.blocks.push(Block::new(BlockKind::Table, text));
        }
    }
}

/// The cells of a table, and what it is called. What stands in tables inside of it is text of the cell that holds them.
#[derive(Default)]
struct Grid {
    caption: String,
    rows: Vec<Vec<String>>,
    /// How many tables are open.
    tables: usize,
    in_caption: bool,
    in_cell: bool,
}

impl Visit for Grid {
    fn open(&mut self, node: &Node, _element: Option<ElementRef<'_>>) -> bool {
        match node {
            Node::Element(element) => match element.name() {
                "script" | "style" | "template" => return false,
                "table" => self.tables += 1,
                "caption" if self.tables == 1 => self.in_caption = true,
                "tr" if self.tables == 1 => self.rows.push(Vec::new()),
                "td" | "th" if self.tables == 1 => {
                    self.in_cell = true;
                    match self.rows.last_mut() {
                        Some(row) => row.push(String::new()),
                        None => self.rows.push(vec![String::new()]),
                    }
                }
                _ => {}
            },
            Node::Text(text) if self.in_cell => {
                if let Some(cell) = self.rows.last_mut().and_then(|row| row.last_mut()) {
                    push_collapsed(cell, text);
                    push_collapsed(cell, " ");
                }
            }
            Node::Text(text) if self.in_caption => {
                push_collapsed(&mut self.caption, text);
                push_collapsed(&mut self.caption, " ");
            }
            Node::Text(_)
            | Node::Document
            | Node::Fragment
            | Node::Doctype(_)
            | Node::Comment(_)
            | Node::ProcessingInstruction(_) => {}
        }
        true
    }

    fn close(&mut self, node: &Node) {
        match node.as_element().map(|element| element.name()) {
            Some("table") => self.tables = self.tables.saturating_sub(1),
            Some("caption") if self.tables == 1 => self.in_caption = false,
            Some("td" | "th") if self.tables == 1 => self.in_cell = false,
            Some(_) | None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(html: &str) -> Vec<String> {
        parse_text(html).blocks.iter().map(|block| format!("{:?} {}", block.kind, block.text)).collect()
    }

    #[test]
    fn a_table_in_a_table_is_told_once() {
        let inner = "<table><tr><td>in</td><td>side</td></tr></table>";
        let page = format!("<table><tr><td>out {inner}</td><td>x<style>no</style></td></tr></table>");
        assert_eq!(shown(&page), ["Table | out in side | x |\n|---|---|"]);
        let deep = format!("{}word", "<table><tr><td>".repeat(500));
        assert_eq!(shown(&deep), ["Table | word |\n|---|"]);
    }

    #[test]
    fn the_caption_of_a_table_stands_before_it() {
        let page =
            "<table><caption>Prices <b>of</b> lanterns</caption><tr><th>oil</th><td>5</td></tr></table>";
        assert_eq!(shown(page), ["Paragraph Prices of lanterns", "Table | oil | 5 |\n|---|---|"]);
        let inner = "<table><caption>in</caption><tr><td>side</td></tr></table>";
        let page = format!("<table><tr><td>out {inner}</td></tr></table>");
        assert_eq!(shown(&page), ["Table | out in side |\n|---|"], "that of a table in a cell is the cell's");
        assert_eq!(shown("<table><caption> - </caption><tr><td>x</td></tr></table>"), ["Table | x |\n|---|"]);
    }

    #[test]
    fn marks_of_items_wait_for_their_text() {
        assert_eq!(shown("<ol><li><p>one</p><li>two</ol>"), ["ListItem 1. one", "ListItem 2. two"]);
        assert_eq!(shown("<ul><li></li><li></li><li>one</li></ul>"), ["ListItem - one"]);
        assert_eq!(shown("<ul><li><ul><li>deep</li></ul></li></ul>"), ["ListItem   - deep"]);
        assert_eq!(shown("<ul><li></li></ul><p>after</p>"), ["Paragraph after"]);
        let many = format!("<ul>{}one", "<li>".repeat(20_000));
        assert_eq!(shown(&many), ["ListItem - one"]);
    }
}
