//! PowerPoint presentations: slide by slide, with titles, lists, tables and notes.

use super::{
    Opened, ReadEvent, ReadOptions, Sink,
    archive::Archive,
    no_text,
    office::{self, optional},
    send_blocks, text,
    xml::{self, Element, Node},
};
use crate::{
    Format, Problem, ProblemCode,
    block::{Block, BlockKind, table_text},
};

const PRESENTATION: &str = "ppt/presentation.xml";

pub(super) fn read(bytes: &[u8], options: &ReadOptions, sink: Sink<'_>) -> Result<(), Problem> {
    let mut archive = Archive::open(bytes, &options.limits)?;
    let slides = slide_paths(&mut archive)?;
    let count = u32::try_from(slides.len()).unwrap_or(u32::MAX);
    if count > options.limits.max_pages {
        let message =
            format!("the presentation has {count} slides, the limit is {}", options.limits.max_pages);
        return Err(Problem::new(ProblemCode::TooLarge, message));
    }
    let mut opened = Opened::new(Format::Pptx);
    opened.pages = Some(count);
    opened.parts = count.max(1);
    office::read_properties(&mut archive, &mut opened)?;
    sink(ReadEvent::Opened(opened));
    let mut any = false;
    for (number, path) in (1..).zip(&slides) {
        match slide(&mut archive, path) {
            Ok(mut blocks) => {
                blocks.iter_mut().for_each(|block| block.page = Some(number));
                any |= !blocks.is_empty();
                send_blocks(number, blocks, sink);
            }
            Err(problem) if problem.code == ProblemCode::TooLarge => return Err(problem),
            Err(problem) => {
                sink(ReadEvent::Warning { problem: Problem::on_page(problem.code, number, problem.message) });
            }
        }
    }
    if any { Ok(()) } else { Err(no_text()) }
}

/// The slides in the order in which they are shown.
fn slide_paths(archive: &mut Archive<'_>) -> Result<Vec<String>, Problem> {
    let presentation = text::decode(&archive.read(PRESENTATION)?).text;
    let relations = office::relations(archive, PRESENTATION)?;
    let mut paths = Vec::new();
    xml::walk(&presentation, PRESENTATION, |node| {
        if let Node::Open(element) = node
            && element.name == "sldId"
        {
            let id = element.prefixed_attribute("id").unwrap_or_default();
            paths.extend(relations.get(&id).map(|relation| relation.path.clone()));
        }
    })?;
    Ok(paths)
}

/// A slide and its notes.
fn slide(archive: &mut Archive<'_>, path: &str) -> Result<Vec<Block>, Problem> {
    let mut blocks = shapes(&text::decode(&archive.read(path)?).text, path)?.blocks;
    let notes =
        office::relations(archive, path)?.into_values().find(|part| part.kind.ends_with("/notesSlide"));
    if let Some(notes) = notes
        && let Some(page) = optional(archive, &notes.path)?
    {
        // Beside the notes there are the slide's picture, the date and the number.
        blocks.extend(shapes(&page, &notes.path)?.blocks.into_iter().filter_map(|block| {
            let text = block.text.trim_start().strip_prefix("- ")?.to_owned();
            (block.kind == BlockKind::ListItem).then(|| Block::new(BlockKind::Paragraph, text))
        }));
    }
    Ok(blocks)
}

fn shapes(slide: &str, path: &str) -> Result<Shapes, Problem> {
    let mut shapes = Shapes::default();
    xml::walk(slide, path, |node| shapes.node(node))?;
    Ok(shapes)
}

/// What a shape is for.
#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum Role {
    #[default]
    Free,
    Title,
    /// Its paragraphs are the items of a list.
    Body,
    /// Date, number and the like, which every slide repeats.
    Decoration,
}

#[derive(Default)]
struct Shapes {
    blocks: Vec<Block>,
    role: Role,
    text: String,
    in_text: bool,
    level: usize,
    table: Option<Vec<Vec<String>>>,
    /// Depth inside of a second rendering for old programs.
    hidden: usize,
}

impl Shapes {
    fn node(&mut self, node: Node<'_>) {
        match node {
            Node::Open(element) if element.name == "Fallback" => self.hidden += 1,
            Node::Close("Fallback") => self.hidden = self.hidden.saturating_sub(1),
            Node::Open(element) if self.hidden == 0 => self.open(element),
            Node::Close(name) if self.hidden == 0 => self.close(name),
            Node::Text(text) if self.in_text && self.hidden == 0 => self.text.push_str(text),
            Node::Open(_) | Node::Close(_) | Node::Text(_) => {}
        }
    }

    fn open(&mut self, element: &Element<'_>) {
        match element.name.as_str() {
            "sp" | "graphicFrame" => self.role = Role::Free,
            "ph" => {
                self.role = match element.attribute("type").as_deref() {
                    Some("title" | "ctrTitle") => Role::Title,
                    Some("dt" | "ftr" | "hdr" | "sldNum" | "sldImg") => Role::Decoration,
                    Some("subTitle") => Role::Free,
                    Some(_) | None => Role::Body,
                };
            }
            "p" => {
                self.text.clear();
                self.level = 0;
            }
            "pPr" => {
                let level = element.attribute("lvl").and_then(|level| level.parse::<usize>().ok());
                self.level = level.unwrap_or(0).min(8);
            }
            "t" => self.in_text = true,
            "br" => self.text.push('\n'),
            "tbl" => self.table = Some(Vec::new()),
            "tr" => {
                if let Some(table) = &mut self.table {
                    table.push(Vec::new());
                }
            }
            "tc" => {
                if let Some(row) = self.table.as_mut().and_then(|table| table.last_mut()) {
                    row.push(String::new());
                }
            }
            _ => {}
        }
    }

    fn close(&mut self, name: &str) {
        match name {
            "t" => self.in_text = false,
            "p" => self.end_paragraph(),
            "tbl" => {
                let text = self.table.take().map(|table| table_text(&table)).unwrap_or_default();
                self.keep(BlockKind::Table, text);
            }
            _ => {}
        }
    }

    fn end_paragraph(&mut self) {
        let text = std::mem::take(&mut self.text);
        let text = text.trim();
        if let Some(table) = &mut self.table {
            if let Some(cell) = table.last_mut().and_then(|row| row.last_mut()) {
                if !cell.is_empty() {
                    cell.push(' ');
                }
                cell.push_str(text);
            }
            return;
        }
        match self.role {
            Role::Free => self.keep(BlockKind::Paragraph, text.to_owned()),
            Role::Title => {
                let title = text.split_whitespace().collect::<Vec<_>>().join(" ");
                self.keep(BlockKind::Heading(1), title);
            }
            Role::Body => {
                let item = format!("{}- {text}", "  ".repeat(self.level));
                self.keep(BlockKind::ListItem, item);
            }
            Role::Decoration => {}
        }
    }

    fn keep(&mut self, kind: BlockKind, text: String) {
        if text.chars().any(char::is_alphanumeric) {
            self.blocks.push(Block::new(kind, text));
        }
    }
}
