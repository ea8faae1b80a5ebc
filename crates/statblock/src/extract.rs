//! Finding entries in the passages of a document.

use crate::{
    Facts, Form, Kind, Learned,
    layout::{self, Layout, Layouts},
    pattern::{LineStart, Pattern},
    values,
};
use regex::Captures;
use serde_json::{Value, json};
use std::{collections::BTreeSet, ops::Range};

/// Most of a section that is looked at, in bytes.
const MAX_SECTION_BYTES: usize = 40_000;
/// How far behind its head the fields of an entry begin, in bytes.
const NEAR_BYTES: usize = 2_500;
/// Longest name, in characters.
const MAX_NAME_CHARS: usize = 70;
/// How much of what a condition does is kept, in bytes.
const EFFECT_BYTES: usize = 600;

/// A passage as it stands in its document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passage<'a> {
    /// The headings it stands under, outermost first.
    pub headings: Vec<&'a str>,
    /// Its text.
    pub text: &'a str,
}

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// What it is.
    pub kind: Kind,
    /// What it is called.
    pub name: String,
    /// The passages it stands in: the first and the last, by their places in what was looked at.
    pub first: usize,
    /// The last.
    pub last: usize,
    /// The layout that it was found by.
    pub layout: String,
    /// What it says, by field.
    pub facts: Facts,
    /// How much of what is expected of its kind was found, from 0 to 1.
    pub quality: f64,
}

/// Passages that stand under the same headings, one after the other.
struct Section<'a> {
    headings: &'a [&'a str],
    first: usize,
    last: usize,
    text: String,
    /// Where each passage begins in the text.
    starts: Vec<usize>,
}

/// A line under a name.
struct Head<'a> {
    layout: &'a Layout,
    range: Range<usize>,
    facts: Facts,
}

/// Finds the entries, in their order.
pub fn extract(passages: &[Passage<'_>], learned: &[Learned]) -> Vec<Entry> {
    let layouts = Layouts::with(learned);
    let sections = sections(passages);
    let found: Vec<Vec<Entry>> = sections.iter().map(|section| section.entries(layouts.all())).collect();
    let mut entries = Vec::new();
    for (at, (section, mut here)) in sections.iter().zip(found.iter().cloned()).enumerate() {
        // What stands under headings of its own, such as a monster's actions, belongs to it.
        let below = sections.iter().zip(&found).skip(at + 1);
        let below = below.take_while(|(other, own)| own.is_empty() && other.is_below(section));
        if let (Some(entry), Some((other, _))) = (here.last_mut(), below.last()) {
            entry.last = other.last;
        }
        entries.append(&mut here);
    }
    entries
}

fn sections<'a>(passages: &'a [Passage<'a>]) -> Vec<Section<'a>> {
    let mut sections: Vec<Section<'a>> = Vec::new();
    for (at, passage) in passages.iter().enumerate() {
        if let Some(section) = sections.last_mut().filter(|section| section.headings == passage.headings) {
            section.last = at;
            if section.text.len() < MAX_SECTION_BYTES {
                section.text.push_str("\n\n");
                section.starts.push(section.text.len());
                section.text.push_str(passage.text);
            }
            continue;
        }
        sections.push(Section {
            headings: &passage.headings,
            first: at,
            last: at,
            text: passage.text.to_owned(),
            starts: vec![0],
        });
    }
    sections
}

impl<'a> Section<'a> {
    fn is_below(&self, other: &Section<'_>) -> bool {
        self.headings.len() > other.headings.len() && self.headings.starts_with(other.headings)
    }

    /// The passage that a place in the text stands in.
    fn passage_at(&self, place: usize) -> usize {
        self.first + self.starts.partition_point(|start| *start <= place).saturating_sub(1)
    }

    fn heading(&self) -> Option<String> {
        let heading = name_of(self.headings.last()?);
        (!heading.is_empty()).then_some(heading)
    }

    fn entries(&self, layouts: &[Layout]) -> Vec<Entry> {
        let mut entries = self.under_heads(layouts);
        if entries.is_empty() {
            entries.extend(self.by_labels(layouts).or_else(|| self.condition()));
        }
        if entries.is_empty() {
            entries = self.table_rows();
        }
        entries
    }

    /// Entries with a line under the name that says what they are.
    fn under_heads(&self, layouts: &[Layout]) -> Vec<Entry> {
        let named: Vec<(String, usize, Head<'_>)> = heads(&self.text, layouts)
            .into_iter()
            .filter_map(|head| {
                let (name, from) = self.name_before(head.range.start)?;
                Some((name, from, head))
            })
            .collect();
        let ends: Vec<usize> =
            named.iter().skip(1).map(|(_, from, _)| *from).chain([self.text.len()]).collect();
        let entries = named.into_iter().zip(ends).filter_map(|((name, from, head), end)| {
            let body = self.text.get(head.range.end..end)?;
            let mut facts = head.facts;
            let read = read_fields(head.layout, body, &mut facts);
            finish(head.layout.kind, body, &mut facts);
            let enough = match head.layout.kind {
                Kind::Spell | Kind::Monster => read >= 2,
                Kind::MagicItem | Kind::Condition | Kind::Equipment => true,
            };
            let last = self.passage_at(end.saturating_sub(1).max(from));
            enough.then(|| self.entry(head.layout, name, facts, (self.passage_at(from), last)))
        });
        entries.collect()
    }

    /// What stands before a head: the heading where nothing does, else a line that may be a name; the heading again
    /// where there is no such line and a passage begins, which is how two entries of one name follow each other.
    fn name_before(&self, place: usize) -> Option<(String, usize)> {
        let before = self.text.get(..place)?.trim_end();
        if before.is_empty() {
            return Some((self.heading()?, 0));
        }
        let line = before.rsplit('\n').next().unwrap_or(before);
        let name = name_of(line);
        let begins = name.chars().next().is_some_and(|first| first.is_uppercase() || first.is_ascii_digit());
        let plausible = begins
            && name.chars().count() <= MAX_NAME_CHARS
            && !line.trim_end().ends_with(['.', ',', ';', ':', '|']);
        if plausible {
            return Some((name, before.len() - line.len()));
        }
        // What a head matches may begin with the blank lines before it.
        let head = self.text.get(place..)?;
        let place = place + head.len() - head.trim_start().len();
        let start = self.starts.iter().rev().copied().find(|start| *start <= place)?;
        let begins = self.text.get(start..place)?.trim().is_empty();
        if begins { Some((self.heading()?, start)) } else { None }
    }

    /// An entry whose labels say what it is, though nothing under the name does.
    fn by_labels(&self, layouts: &[Layout]) -> Option<Entry> {
        let name = self.heading()?;
        let start = self.text.get(..self.text.floor_char_boundary(NEAR_BYTES))?;
        let tried = layouts.iter().filter_map(|layout| {
            let least = match layout.kind {
                Kind::Spell | Kind::Monster => 3,
                Kind::Equipment => 2,
                Kind::MagicItem | Kind::Condition => return None,
            };
            if layout.named_in(start).collect::<BTreeSet<_>>().len() < least {
                return None;
            }
            let mut facts = Facts::new();
            read_fields(layout, start, &mut facts);
            let has = |names: &[&str]| names.iter().all(|name| facts.contains_key(*name));
            let enough = match layout.kind {
                Kind::Spell => {
                    let some = ["casting_time", "range", "components", "duration"];
                    some.iter().filter(|name| facts.contains_key(**name)).count() >= 3
                }
                Kind::Monster => {
                    has(&["armor_class", "hit_points"]) && (has(&["challenge"]) || has(&["speed"]))
                }
                Kind::Equipment => has(&["cost"]) && facts.len() >= 2,
                Kind::MagicItem | Kind::Condition => false,
            };
            if !enough {
                return None;
            }
            finish(layout.kind, start, &mut facts);
            Some(self.entry(layout, name.clone(), facts, (self.first, self.last)))
        });
        tried.max_by(|one, other| one.quality.total_cmp(&other.quality))
    }

    /// A condition, by its name and where it stands.
    fn condition(&self) -> Option<Entry> {
        let raw = self.headings.last()?.to_lowercase();
        let parent = self.headings.iter().rev().nth(1).map(|parent| parent.to_lowercase());
        let among_them = parent.is_some_and(|parent| parent.trim_end_matches('s').ends_with("condition"));
        let said = raw.contains("[condition]");
        let name = self.heading()?;
        let known = layout::words("condition").contains(&name.to_lowercase());
        let lower = self.text.to_lowercase();
        let tells =
            ["creature", "you can't", "you have", "your speed"].iter().any(|sign| lower.contains(sign));
        if !(said || (known && tells) || (among_them && tells && name.split(' ').count() <= 3)) {
            return None;
        }
        let text = self.text.get(..self.text.floor_char_boundary(EFFECT_BYTES)).unwrap_or_default();
        let effects = values::clean(text);
        if effects.len() < 20 {
            return None;
        }
        let facts = Facts::from_iter([("effects".to_owned(), json!(effects))]);
        let kind = Kind::Condition;
        let (first, last) = (self.first, self.last);
        let quality = values::quality(kind, &facts);
        Some(Entry { kind, name, first, last, layout: "fifth-edition".into(), facts, quality })
    }

    /// What can be bought, a row each, out of tables with a column for the price. A table that the end of a page or of a
    /// passage tore apart goes on behind the blank lines: its rows have as many cells, and the first is no head.
    fn table_rows(&self) -> Vec<Entry> {
        let mut entries = Vec::new();
        let mut columns: Vec<Option<&str>> = Vec::new();
        let mut place = 0;
        let mut is_torn = false;
        let mut lines = self.text.split_inclusive('\n').peekable();
        while let Some(line) = lines.next() {
            let at = place;
            place += line.len();
            let Some(cells) = cells(line) else {
                is_torn = line.trim().is_empty();
                if !is_torn {
                    columns.clear();
                }
                continue;
            };
            if is_ruled(&cells) {
                continue;
            }
            let begins = lines.peek().and_then(|next| self::cells(next)).is_some_and(|next| is_ruled(&next));
            if is_torn && (begins || cells.len() != columns.len()) {
                columns.clear();
            }
            is_torn = false;
            let called: Vec<Option<&str>> = cells.iter().map(|cell| layout::column(cell)).collect();
            if called.first() == Some(&Some("name")) && called.contains(&Some("cost")) {
                columns = called;
            } else if let Some((name, facts)) = row(&columns, &cells) {
                let kind = Kind::Equipment;
                let (passage, quality) = (self.passage_at(at), values::quality(kind, &facts));
                let layout = "table".to_owned();
                entries.push(Entry { kind, name, first: passage, last: passage, layout, facts, quality });
            }
        }
        entries
    }

    fn entry(&self, layout: &Layout, name: String, facts: Facts, (first, last): (usize, usize)) -> Entry {
        let quality = values::quality(layout.kind, &facts);
        Entry { kind: layout.kind, name, first, last, layout: layout.name.clone(), facts, quality }
    }
}

/// The lines of a text that say what an entry is, apart from each other, in order.
fn heads<'a>(text: &str, layouts: &'a [Layout]) -> Vec<Head<'a>> {
    let mut found: Vec<Head<'a>> = Vec::new();
    for layout in layouts {
        for head in layout.heads.iter().filter(|head| head.may_be_in(text)).filter_map(LineStart::regex) {
            let names: Vec<&str> = head.capture_names().flatten().collect();
            found.extend(head.captures_iter(text).filter_map(|captures| {
                let range = captures.get(0)?.range();
                Some(Head { layout, range, facts: head_facts(layout.kind, &names, &captures) })
            }));
        }
    }
    // Of those at one place the one that says most.
    found.sort_by_key(|head| (head.range.start, std::cmp::Reverse((head.facts.len(), head.range.end))));
    let mut apart: Vec<Head<'a>> = Vec::new();
    for head in found {
        if apart.last().is_none_or(|last| last.range.end <= head.range.start) {
            apart.push(head);
        }
    }
    apart
}

fn head_facts(kind: Kind, names: &[&str], captures: &Captures<'_>) -> Facts {
    let mut facts = Facts::new();
    for name in names {
        let Some(said) = captures.name(name) else { continue };
        match *name {
            "cantrip" => drop(facts.insert("level".into(), json!(0))),
            "ritual" => drop(facts.insert("ritual".into(), json!(true))),
            "more"
                if layout::words("rarity").iter().any(|word| said.as_str().to_lowercase().contains(word)) =>
            {
                facts.insert("rarity".into(), json!("varies"));
            }
            name => {
                let read = layout::field(kind, name).and_then(|field| values::value(field, said.as_str()));
                if let Some(value) = read {
                    facts.insert(name.to_owned(), tidied(kind, name, value));
                }
            }
        }
    }
    facts
}

/// Words that mean the same as one.
fn tidied(kind: Kind, name: &str, value: Value) -> Value {
    let Some(text) = value.as_str() else { return value };
    let lower = text.to_lowercase();
    match (kind, name) {
        (Kind::MagicItem, "rarity") if lower.contains("varies") || lower.contains("by figurine") => {
            json!("varies")
        }
        (Kind::MagicItem, "type") => json!(match lower.as_str() {
            "wondous item" | "wondrous items" => "wondrous item",
            "armour" => "armor",
            other => other,
        }),
        (Kind::Monster, "type" | "alignment" | "size") => json!(lower),
        _ => value,
    }
}

/// Reads what stands behind labels; answers how many fields that were.
fn read_fields(layout: &Layout, body: &str, facts: &mut Facts) -> usize {
    let near = body.get(..body.floor_char_boundary(NEAR_BYTES)).unwrap_or_default();
    let labels: Vec<(&str, usize, usize)> = layout.labels_in(near).collect();
    let mut read = 0;
    for (at, (name, _, from)) in labels.iter().enumerate() {
        if facts.contains_key(*name) {
            continue;
        }
        let next = labels.get(at + 1).map(|(_, start, _)| *start);
        let Some(text) = piece(near, *from, next) else { continue };
        let Some(field) = layout::field(layout.kind, name) else { continue };
        let text = match &field.grammar {
            Some(grammar) => match grammar.regex().and_then(|grammar| grammar.find(&text)) {
                Some(found) => found.as_str(),
                None => continue,
            },
            None => text.as_str(),
        };
        if let Some(value) = values::value(field, text.trim_end_matches([',', ';'])) {
            read += 1;
            if field.form == Form::Components {
                material(text, facts);
            }
            facts.insert((*name).to_owned(), value);
        }
    }
    read
}

/// What a label is followed by, up to the next one; not beyond its line where that is far away.
fn piece(text: &str, from: usize, next: Option<usize>) -> Option<String> {
    let rest = text.get(from..)?;
    let near = next.filter(|next| *next > from && next - from <= 500).and_then(|next| text.get(from..next));
    let near = near.filter(|near| !near.trim().contains("\n\n"));
    match near {
        Some(near) => Some(values::clean(near.trim_end().trim_end_matches(['-', '*']))),
        None => Some(rest.trim_start().lines().next().unwrap_or_default().trim().to_owned()),
    }
}

fn material(text: &str, facts: &mut Facts) {
    let inside = text.split_once('(').map(|(_, inside)| inside.trim_end().trim_end_matches(')'));
    if let Some(inside) = inside.map(values::clean).filter(|inside| !inside.is_empty()) {
        facts.insert("material".into(), json!(inside));
    }
}

/// What fields say of others.
fn finish(kind: Kind, body: &str, facts: &mut Facts) {
    match kind {
        Kind::Spell => {
            let text = |name: &str| facts.get(name).and_then(Value::as_str).map(str::to_owned);
            let casting_time = text("casting_time").unwrap_or_default().to_lowercase();
            let duration = text("duration");
            let ritual = casting_time.contains("ritual") || facts.contains_key("ritual");
            facts.insert("ritual".into(), json!(ritual));
            if let Some(duration) = duration {
                let lower = duration.to_lowercase();
                facts.insert("concentration".into(), json!(lower.starts_with("concentration")));
                if lower.starts_with("concentration") {
                    let rest = duration.get("concentration".len()..).unwrap_or_default();
                    let rest = rest.trim_start_matches([',', ' ']).to_owned();
                    facts.insert("duration".into(), json!(if rest.is_empty() { duration } else { rest }));
                }
            }
        }
        Kind::Monster => {
            let near = body.get(..body.floor_char_boundary(NEAR_BYTES)).unwrap_or_default();
            if let Some(scores) = values::abilities(near) {
                facts.insert("abilities".into(), scores);
            }
            if let Some(experience) = values::experience(near) {
                facts.insert("experience".into(), json!(experience));
            }
        }
        Kind::MagicItem | Kind::Condition | Kind::Equipment => {}
    }
}

/// A heading or a line as a name: without marks, brackets of a glossary and a challenge behind it.
fn name_of(line: &str) -> String {
    let cut = line.split(" [").next().unwrap_or(line);
    let name = values::clean(cut.trim().trim_start_matches(['#', '*', '_', '-', ' ']));
    match name.rsplit_once(" CR ") {
        Some((before, challenge)) if challenge.len() <= 4 => before.trim().to_owned(),
        Some(_) | None => name,
    }
}

fn cells(line: &str) -> Option<Vec<String>> {
    let inner = line.trim().strip_prefix('|')?.strip_suffix('|')?;
    Some(inner.split('|').map(values::clean).collect())
}

/// Whether this is the line below a table's head.
fn is_ruled(cells: &[String]) -> bool {
    cells.iter().all(|cell| cell.chars().all(|letter| matches!(letter, '-' | ':')))
}

fn row(columns: &[Option<&str>], cells: &[String]) -> Option<(String, Facts)> {
    let (name, rest) = cells.split_first()?;
    let mut facts = Facts::new();
    for (column, cell) in columns.iter().skip(1).zip(rest) {
        let Some(field) = column.and_then(|name| layout::field(Kind::Equipment, name)) else { continue };
        if let Some(found) =
            field.grammar.as_ref().and_then(Pattern::regex).and_then(|grammar| grammar.find(cell))
        {
            facts.extend(values::value(field, found.as_str()).map(|value| (field.name.clone(), value)));
        }
    }
    let plausible = name.chars().any(char::is_alphabetic) && name.chars().count() <= MAX_NAME_CHARS;
    (plausible && facts.contains_key("cost")).then(|| (name.clone(), facts))
}

/// Whether a text that is no entry tells rules of a game: it speaks of several of their terms.
pub fn is_rule(text: &str) -> bool {
    const TERMS: [&str; 18] = [
        "saving throw",
        "ability check",
        "attack roll",
        "hit point",
        "armor class",
        "bonus action",
        "proficiency bonus",
        "difficulty class",
        "spell slot",
        "disadvantage",
        "short rest",
        "long rest",
        "your speed",
        "ability score",
        "d20",
        "ability modifier",
        "damage roll",
        "initiative",
    ];
    let lower = text.to_lowercase();
    TERMS.iter().filter(|term| lower.contains(*term)).count() >= 2
}
