//! The configuration as a tree of TOML that remembers where each value stands: the file with the environment
//! laid over it, read into typed sections with *every* error named.

use super::{Environment, Place, Problem};
use serde::de::DeserializeOwned;
use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    path::{Path, PathBuf},
};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// What separates the parts of a setting's name in the environment.
const SEPARATOR: &str = "__";
/// What the names of variables begin with that are settings.
const PREFIX: &str = "FAMILIAR_";
/// After so many errors reading stops.
const MOST_ERRORS: usize = 200;

/// The tree.
pub(super) struct Document<'i> {
    path: PathBuf,
    text: &'i str,
    tree: Spanned<DeTable<'i>>,
    /// The tree before anything wrong was taken out, to look places up in.
    whole: Spanned<DeTable<'i>>,
    /// The variables laid over the file. Each has a span of its own behind the end of the text.
    variables: Vec<Variable<'i>>,
    pub(super) problems: Vec<Problem>,
}

struct Variable<'i> {
    name: String,
    keys: Vec<String>,
    value: &'i str,
    /// Whether it was taken as plain text since it is no value of its setting otherwise.
    as_text: bool,
}

impl<'i> Document<'i> {
    /// Reads the text of a file; what is not TOML in it is named, the rest is used.
    pub(super) fn parse(path: &Path, text: &'i str) -> Self {
        let (tree, errors) = DeTable::parse_recoverable(text);
        let mut document = Self {
            path: path.to_owned(),
            text,
            whole: tree.clone(),
            tree,
            variables: Vec::new(),
            problems: Vec::new(),
        };
        let mut lines = BTreeSet::new();
        for error in errors {
            let place = document.place(error.span());
            // One slip of the pen makes several errors in its line; the first says what it is.
            if let Place::File { line, .. } = place
                && !lines.insert(line)
            {
                continue;
            }
            let message = format!("this is not TOML: {}", error.message());
            document.problems.push(Problem { place, key: String::new(), message, hint: None });
        }
        document
    }

    /// Lays `FAMILIAR_SECTION__KEY` over the file; names that others use for the same, such as `DATABASE_URL`, stand
    /// for ours.
    pub(super) fn lay_over(&mut self, environment: &'i Environment) {
        let settings = environment.beginning(PREFIX).filter(|(name, _)| name.contains(SEPARATOR));
        let mut found: BTreeMap<Vec<String>, (String, &'i str)> = settings
            .map(|(name, value)| {
                let keys = name.split(SEPARATOR).map(str::to_lowercase).collect();
                (keys, (format!("{PREFIX}{name}"), value))
            })
            .collect();
        let others: [(&str, &[&str]); 4] = [
            ("DATABASE_URL", &["database", "url"]),
            ("REDIS_URL", &["gateway", "cluster", "redis_url"]),
            ("QDRANT_URL", &["vectors", "qdrant_url"]),
            ("QDRANT_API_KEY", &["vectors", "qdrant_api_key"]),
        ];
        for (name, keys) in others {
            if let Some(url) = environment.get(name) {
                let keys = keys.iter().map(|key| (*key).to_owned()).collect();
                found.entry(keys).or_insert_with(|| (name.to_owned(), url));
            }
        }
        for (keys, (name, value)) in found {
            let variable = Variable { name, keys, value, as_text: false };
            self.variables.push(variable);
            let number = self.variables.len() - 1;
            self.insert(number);
        }
        self.whole = self.tree.clone();
    }

    /// Puts a variable's value into the tree, as TOML where it is some, else as text.
    fn insert(&mut self, number: usize) {
        let span = self.span_of(number);
        let Some(variable) = self.variables.get(number) else { return };
        let literal = if variable.as_text { None } else { literal(variable.value, &span) };
        let value = literal.unwrap_or(DeValue::String(Cow::Borrowed(variable.value)));
        let mut table = self.tree.get_mut();
        let Some((last, above)) = variable.keys.split_last() else { return };
        for key in above {
            let key = Spanned::new(span.clone(), Cow::Owned(key.clone()));
            let next = table
                .entry(key)
                .or_insert_with(|| Spanned::new(span.clone(), DeValue::Table(DeTable::new())))
                .get_mut();
            let DeValue::Table(inner) = next else {
                let problem = Problem {
                    place: Place::Environment(variable.name.clone()),
                    key: variable.keys.join("."),
                    message: "this is inside something that the file has as a single value".to_owned(),
                    hint: None,
                };
                self.problems.push(problem);
                return;
            };
            table = inner;
        }
        table.insert(Spanned::new(span.clone(), Cow::Owned(last.clone())), Spanned::new(span, value));
    }

    fn span_of(&self, number: usize) -> Range<usize> {
        let start = self.text.len() + 1 + number;
        start..start + 1
    }

    fn variable_at(&self, span: &Range<usize>) -> Option<usize> {
        let number = span.start.checked_sub(self.text.len() + 1)?;
        (number < self.variables.len()).then_some(number)
    }

    /// Reads the tree. Serde stops at the first error; so what is wrong is named and taken out, and the rest is
    /// read again, until it can be read.
    pub(super) fn read<T: DeserializeOwned + Default>(&mut self) -> T {
        for _ in 0..MOST_ERRORS {
            let error = match T::deserialize(toml::Deserializer::from(self.tree.clone())) {
                Ok(value) => return value,
                Err(error) => error,
            };
            let span = error.span();
            if let Some(number) = span.as_ref().and_then(|span| self.variable_at(span))
                && let Some(variable) = self.variables.get_mut(number)
                && !std::mem::replace(&mut variable.as_text, true)
            {
                self.insert(number);
                continue;
            }
            let path_in = |tree| span.as_ref().and_then(|span| innermost(tree, span)).unwrap_or_default();
            // Items of a list move up as others are taken out; people count them as they are written.
            let (path, shown) = (path_in(&self.tree), path_in(&self.whole));
            self.problems.push(problem(self.place(span), &shown, error.message()));
            if path.is_empty() || !remove(self.tree.get_mut(), &path) {
                break;
            }
        }
        T::default()
    }

    /// Where a setting stands; the innermost part of its path that stands anywhere.
    pub(super) fn place_of(&self, keys: &[&str]) -> Place {
        let mut found = None;
        let mut table = self.whole.get_ref();
        for key in keys {
            let Some((name, value)) = table.get_key_value(*key) else { break };
            found = Some(name.span());
            let DeValue::Table(inner) = value.get_ref() else { break };
            table = inner;
        }
        self.place(found)
    }

    /// The names in a section, in the order in which they stand in the file.
    pub(super) fn order_in(&self, section: &str) -> Vec<String> {
        let Some(DeValue::Table(table)) = self.whole.get_ref().get(section).map(Spanned::get_ref) else {
            return Vec::new();
        };
        let mut names: Vec<_> =
            table.keys().map(|key| (key.span().start, key.get_ref().to_string())).collect();
        names.sort();
        names.into_iter().map(|(_, name)| name).collect()
    }

    fn place(&self, span: Option<Range<usize>>) -> Place {
        let Some(span) = span else {
            return if self.text.is_empty() { Place::Nowhere } else { self.file(0, 0) };
        };
        if let Some(variable) = self.variable_at(&span).and_then(|number| self.variables.get(number)) {
            return Place::Environment(variable.name.clone());
        }
        let before = self.text.get(..span.start).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let column = before.get(line_start..).unwrap_or_default().chars().count() + 1;
        self.file(before.matches('\n').count() + 1, column)
    }

    fn file(&self, line: usize, column: usize) -> Place {
        Place::File { path: self.path.clone(), line, column }
    }
}

/// A value of a variable that is TOML, every part of it at the variable's span.
fn literal<'i>(text: &'i str, span: &Range<usize>) -> Option<DeValue<'i>> {
    let mut value = DeValue::parse(text).ok()?.into_inner();
    move_to(&mut value, span);
    Some(value)
}

fn move_to(value: &mut DeValue<'_>, span: &Range<usize>) {
    if let DeValue::Array(items) = value {
        for item in items.iter_mut() {
            let mut inner = std::mem::replace(item.get_mut(), DeValue::Boolean(false));
            move_to(&mut inner, span);
            *item = Spanned::new(span.clone(), inner);
        }
    } else if let DeValue::Table(entries) = value {
        let moved = std::mem::take(entries).into_iter().map(|(key, value)| {
            let mut value = value.into_inner();
            move_to(&mut value, span);
            (Spanned::new(span.clone(), key.into_inner()), Spanned::new(span.clone(), value))
        });
        *entries = moved.collect();
    }
}

/// A step from a value into one of its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Key(String),
    Item(usize),
}

/// The way to the smallest part of the tree that holds this span; of parts of one size the outermost.
fn innermost(tree: &Spanned<DeTable<'_>>, span: &Range<usize>) -> Option<Vec<Step>> {
    let mut best: Option<(usize, Vec<Step>)> = None;
    let mut path = Vec::new();
    in_table(tree.get_ref(), span, &mut path, &mut best);
    best.map(|(_, path)| path)
}

type Best = Option<(usize, Vec<Step>)>;

fn in_table(table: &DeTable<'_>, span: &Range<usize>, path: &mut Vec<Step>, best: &mut Best) {
    for (key, value) in table {
        path.push(Step::Key(key.get_ref().to_string()));
        consider(key.span(), span, path, best);
        in_value(value, span, path, best);
        path.pop();
    }
}

fn in_value(value: &Spanned<DeValue<'_>>, span: &Range<usize>, path: &mut Vec<Step>, best: &mut Best) {
    consider(value.span(), span, path, best);
    match value.get_ref() {
        DeValue::Table(table) => in_table(table, span, path, best),
        DeValue::Array(items) => {
            for (number, item) in items.iter().enumerate() {
                path.push(Step::Item(number));
                in_value(item, span, path, best);
                path.pop();
            }
        }
        DeValue::String(_)
        | DeValue::Integer(_)
        | DeValue::Float(_)
        | DeValue::Boolean(_)
        | DeValue::Datetime(_) => {}
    }
}

fn consider(candidate: Range<usize>, span: &Range<usize>, path: &[Step], best: &mut Best) {
    let holds = candidate.start <= span.start && candidate.end >= span.end;
    if holds && best.as_ref().is_none_or(|(size, _)| candidate.len() < *size) {
        *best = Some((candidate.len(), path.to_vec()));
    }
}

/// Takes a part out of the tree; `false` where there is none.
fn remove(table: &mut DeTable<'_>, path: &[Step]) -> bool {
    let Some((Step::Key(key), rest)) = path.split_first() else { return false };
    if rest.is_empty() {
        return table.remove(key.as_str()).is_some();
    }
    table.get_mut(key.as_str()).is_some_and(|value| remove_from(value.get_mut(), rest))
}

fn remove_from(value: &mut DeValue<'_>, path: &[Step]) -> bool {
    match (value, path) {
        (DeValue::Table(table), path) => remove(table, path),
        (DeValue::Array(items), [Step::Item(number)]) => {
            let before = items.len();
            let mut kept = toml::de::DeArray::new();
            for (_, item) in items.iter().enumerate().filter(|(at, _)| at != number) {
                kept.push(item.clone());
            }
            *items = kept;
            items.len() < before
        }
        (DeValue::Array(items), [Step::Item(number), rest @ ..]) => {
            items.get_mut(*number).is_some_and(|item| remove_from(item.get_mut(), rest))
        }
        (_, _) => false,
    }
}

fn problem(place: Place, path: &[Step], message: &str) -> Problem {
    let key = path.iter().fold(String::new(), |mut key, step| {
        match step {
            Step::Key(name) if key.is_empty() => key.push_str(name),
            Step::Key(name) => key.extend([".", name]),
            Step::Item(number) => key.push_str(&format!("[{number}]")),
        }
        key
    });
    let (what, expected) = match message.split_once(", expected ") {
        Some((what, expected)) => (what, Some(format!("expected {expected}"))),
        None => (message, None),
    };
    // What was found may be a secret: serde shows it, we do not.
    let what = if what.starts_with("invalid type: ") || what.starts_with("invalid value: ") {
        let kind = what.split([':', '`', '"']).nth(1).unwrap_or_default().trim();
        format!("{kind} is not what belongs here")
    } else {
        what.to_owned()
    };
    Problem { place, key, message: what, hint: expected }
}
