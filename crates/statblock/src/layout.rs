//! How publishers lay entries out, as data.

use crate::{
    Form, Kind, Learned,
    pattern::{LineStart, Pattern},
};
use serde::Deserialize;
use std::{collections::BTreeMap, sync::LazyLock};

/// Changes whenever other entries may be found in the same text; what was found by another version is found again.
pub const VERSION: &str = "3";

const DATA: &str = include_str!("../data/layouts.toml");

static SHIPPED: LazyLock<Shipped> =
    LazyLock::new(|| toml::from_str::<File>(DATA).map_or_else(|_| Shipped::default(), Shipped::of));

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    words: BTreeMap<String, Vec<String>>,
    layout: Vec<LayoutRow>,
    table: BTreeMap<String, Vec<String>>,
    field: Vec<FieldRow>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct LayoutRow {
    name: String,
    kind: Kind,
    heads: Vec<String>,
    mark: String,
    labels: BTreeMap<String, Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FieldRow {
    kind: Kind,
    name: String,
    form: Form,
    #[serde(default)]
    expected: bool,
    words: Option<String>,
    grammar: Option<String>,
}

/// A field of a kind of entry.
#[derive(Debug)]
pub struct Field {
    /// Which kind has it.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// The form of its value.
    pub form: Form,
    /// Whether every entry of its kind should have it.
    pub expected: bool,
    /// The words it may be, where it is one of a list.
    pub words: Vec<String>,
    /// What a value looks like where it begins.
    pub(crate) grammar: Option<Pattern>,
}

/// A way of laying out one kind of entry.
#[derive(Debug)]
pub(crate) struct Layout {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// The line under the name.
    pub(crate) heads: Vec<LineStart>,
    /// Finds labels; its first group is the label.
    labels: Option<Pattern>,
    /// Whose label it is.
    fields: Vec<(String, String)>,
}

impl Layout {
    /// The labels in a text: which field, where the label begins, where its value begins.
    pub(crate) fn labels_in<'a>(&'a self, text: &'a str) -> impl Iterator<Item = (&'a str, usize, usize)> {
        let labels = self.labels.as_ref().filter(|_| self.named_in(text).next().is_some());
        let found = labels.and_then(Pattern::regex).map(|labels| labels.captures_iter(text));
        found.into_iter().flatten().filter_map(|captures| {
            let (all, label) = (captures.get(0)?, captures.get(1)?);
            let (_, field) = self.fields.iter().find(|(known, _)| known == label.as_str())?;
            Some((field.as_str(), label.start(), all.end()))
        })
    }

    /// The fields of which a text has the words of a label, wherever they stand.
    pub(crate) fn named_in<'a>(&'a self, text: &'a str) -> impl Iterator<Item = &'a str> {
        let named = self.fields.iter().filter(|(label, _)| text.contains(label.as_str()));
        named.map(|(_, field)| field.as_str())
    }

    /// Whether it knows this label of this field.
    pub(crate) fn knows(&self, field: &str, label: &str) -> bool {
        self.fields.iter().any(|(known, of)| of == field && known == label)
    }
}

#[derive(Debug, Default)]
struct Shipped {
    words: BTreeMap<String, Vec<String>>,
    rows: Vec<LayoutRow>,
    table: BTreeMap<String, Vec<String>>,
    fields: Vec<Field>,
    layouts: Vec<Layout>,
}

impl Shipped {
    fn of(file: File) -> Self {
        let fields = file.field.into_iter().map(|row| Field {
            words: row.words.and_then(|name| file.words.get(&name).cloned()).unwrap_or_default(),
            grammar: row.grammar.map(Pattern::new),
            kind: row.kind,
            name: row.name,
            form: row.form,
            expected: row.expected,
        });
        let fields = fields.collect();
        let layouts = file.layout.iter().map(|row| of_row(row, &file.words)).collect();
        Self { fields, layouts, words: file.words, rows: file.layout, table: file.table }
    }
}

/// The fields of a kind, in the order in which they are shown.
pub fn fields(kind: Kind) -> impl Iterator<Item = &'static Field> {
    SHIPPED.fields.iter().filter(move |field| field.kind == kind)
}

pub(crate) fn field(kind: Kind, name: &str) -> Option<&'static Field> {
    fields(kind).find(|field| field.name == name)
}

/// The words of a list, such as the schools of magic.
pub(crate) fn words(name: &str) -> &'static [String] {
    SHIPPED.words.get(name).map_or(&[], Vec::as_slice)
}

/// What a column of a table is called, by its head.
pub(crate) fn column(head: &str) -> Option<&'static str> {
    let called = |names: &Vec<String>| names.iter().any(|name| name.eq_ignore_ascii_case(head.trim()));
    SHIPPED.table.iter().find(|(_, names)| called(names)).map(|(field, _)| field.as_str())
}

/// The layouts, with what was learned.
pub(crate) enum Layouts {
    Shipped(&'static [Layout]),
    Own(Vec<Layout>),
}

impl Layouts {
    pub(crate) fn with(learned: &[Learned]) -> Self {
        if learned.is_empty() {
            return Self::Shipped(&SHIPPED.layouts);
        }
        let mut rows = SHIPPED.rows.clone();
        for row in &mut rows {
            for pattern in learned.iter().filter(|pattern| pattern.kind == row.kind) {
                match &pattern.field {
                    Some(field) => {
                        row.labels.entry(field.clone()).or_default().push(pattern.pattern.clone());
                    }
                    None => row.heads.push(pattern.pattern.clone()),
                }
            }
        }
        Self::Own(rows.iter().map(|row| of_row(row, &SHIPPED.words)).collect())
    }

    pub(crate) fn all(&self) -> &[Layout] {
        match self {
            Self::Shipped(layouts) => layouts,
            Self::Own(layouts) => layouts,
        }
    }
}

fn of_row(row: &LayoutRow, words: &BTreeMap<String, Vec<String>>) -> Layout {
    let mut fields: Vec<(String, String)> = Vec::new();
    for (field, labels) in &row.labels {
        fields.extend(labels.iter().map(|label| (label.clone(), field.clone())));
    }
    // The longest first, or a part of a label would hide the whole.
    fields.sort_by_key(|(label, _)| std::cmp::Reverse(label.len()));
    let labels = match fields.as_slice() {
        [] => None,
        known => {
            let names: Vec<String> = known.iter().map(|(label, _)| regex::escape(label)).collect();
            let mark = if row.mark.is_empty() { r"[*_]*\s*:?[*_]*\s+" } else { r"[*_]*\s*:[*_]*\s*" };
            Some(Pattern::new(format!(r"(?:^|[\s*_|(;,-])({}){mark}", names.join("|"))))
        }
    };
    let heads = row.heads.iter().map(|head| LineStart::new(&filled(head, words)));
    Layout { name: row.name.clone(), kind: row.kind, heads: heads.collect(), labels, fields }
}

/// A pattern with its lists of words in their places.
fn filled(pattern: &str, words: &BTreeMap<String, Vec<String>>) -> String {
    let fill = |text: String, (name, list): (&String, &Vec<String>)| {
        let alternatives: Vec<String> = list.iter().map(|word| word.replace(' ', r"\s+")).collect();
        text.replace(&format!("{{{name}}}"), &format!("(?:{})", alternatives.join("|")))
    };
    words.iter().fold(pattern.to_owned(), fill)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_can_be_read() {
        let file: File = toml::from_str(DATA).unwrap();
        let heads: usize = file.layout.iter().map(|row| row.heads.len()).sum();
        let grammars = file.field.iter().filter(|field| field.grammar.is_some()).count();
        let shipped = Shipped::of(file);
        let compiled = |pattern: &Option<Pattern>| pattern.as_ref().is_some_and(|it| it.regex().is_some());
        let every_head = shipped.layouts.iter().flat_map(|layout| &layout.heads);
        assert_eq!(every_head.filter(|head| head.regex().is_some()).count(), heads);
        assert_eq!(shipped.fields.iter().filter(|field| compiled(&field.grammar)).count(), grammars);
        assert!(shipped.layouts.iter().all(|layout| layout.fields.is_empty() || compiled(&layout.labels)));
        for row in &shipped.rows {
            for name in row.labels.keys() {
                assert!(field(row.kind, name).is_some(), "{} has no field {name}", row.kind);
            }
        }
    }
}
