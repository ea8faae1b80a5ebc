//! From a text to its pieces and variables.

use crate::variable::{Kind, Position, Problem, Variable};

/// Bytes of a template, at the most.
pub const MAX_BYTES: usize = 200_000;
/// Variables of a template, at the most.
pub const MAX_VARIABLES: usize = 100;
const ESCAPE: &str = "write `\\{{` for braces that are no variable";
const PROPERTIES: [&str; 10] =
    ["options", "default", "placeholder", "label", "min", "max", "step", "required", "rows", "description"];

/// A piece of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Words as they are.
    Text(String),
    /// The value of the variable of this name.
    Variable(String),
}

/// A template that was understood.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Template {
    /// Its pieces in order.
    pub pieces: Vec<Piece>,
    /// Its variables, each once, in the order in which they stand first.
    pub variables: Vec<Variable>,
    /// What is worth knowing, though it works.
    pub notes: Vec<Problem>,
}

/// Reads a template.
///
/// # Errors
/// Everything that is wrong with it, in order.
pub fn parse(text: &str) -> Result<Template, Vec<Problem>> {
    let mut reader = Reader { text, template: Template::default(), problems: Vec::new(), typed: Vec::new() };
    if text.len() > MAX_BYTES {
        reader.problem(0, format!("the template has {} bytes, {MAX_BYTES} are allowed", text.len()), None);
        return Err(reader.problems);
    }
    reader.read();
    if reader.problems.is_empty() { Ok(reader.template) } else { Err(reader.problems) }
}

/// What is said of a variable where it stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Said {
    /// Its name alone.
    Name,
    /// What it is, too.
    Type,
}

struct Reader<'a> {
    text: &'a str,
    template: Template,
    problems: Vec<Problem>,
    /// Variables that somebody has said the type of.
    typed: Vec<String>,
}

impl<'a> Reader<'a> {
    fn read(&mut self) {
        let mut words = String::new();
        let mut at = 0;
        while let Some(found) = self.text.get(at..).and_then(|rest| rest.find("{{")) {
            let open = at + found;
            let before = self.text.get(at..open).unwrap_or_default();
            if let Some(before) = before.strip_suffix('\\') {
                words.push_str(before);
                words.push_str("{{");
                at = open + 2;
                continue;
            }
            words.push_str(before);
            let Some(close) = closing(self.text, open + 2) else {
                self.problem(open, "`{{` has no `}}`".to_owned(), Some(ESCAPE));
                return;
            };
            let inside = self.text.get(open + 2..close).unwrap_or_default();
            if let Some(name) = self.variable(inside, open + 2) {
                if !words.is_empty() {
                    self.template.pieces.push(Piece::Text(std::mem::take(&mut words)));
                }
                self.template.pieces.push(Piece::Variable(name));
            }
            at = close + 2;
        }
        words.push_str(self.text.get(at..).unwrap_or_default());
        if !words.is_empty() {
            self.template.pieces.push(Piece::Text(words));
        }
    }

    fn problem(&mut self, offset: usize, message: String, hint: Option<&'static str>) {
        self.problems.push(Problem { position: Position::of(self.text, offset), message, hint });
    }

    fn note(&mut self, offset: usize, message: String) {
        let position = Position::of(self.text, offset);
        self.template.notes.push(Problem { position, message, hint: None });
    }

    /// Reads what stands between braces; the variable's name where that is good.
    fn variable(&mut self, inside: &'a str, offset: usize) -> Option<String> {
        let (name, definition) = match inside.split_once('|') {
            Some((name, definition)) => (name, Some((definition, offset + name.len() + 1))),
            None => (inside, None),
        };
        let start = offset + name.len() - name.trim_start().len();
        let name = name.trim();
        let fits = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.');
        if name.is_empty() || name.chars().count() > 80 || !name.chars().all(fits) {
            let message = format!("`{name}` is no name: letters, digits, `_`, `-` and `.` make one");
            self.problem(start, message, Some(ESCAPE));
            return None;
        }
        let position = Position::of(self.text, start);
        let mut variable = Variable::new(name, position);
        let errors = self.problems.len();
        if let Some((definition, at)) = definition {
            self.define(&mut variable, definition, at);
            if self.problems.len() == errors {
                self.check(&variable, start);
            }
        }
        self.keep(variable, if definition.is_some() { Said::Type } else { Said::Name }, start);
        (self.problems.len() == errors).then(|| name.to_owned())
    }

    /// Adds a variable, or sees that it is what it was before.
    fn keep(&mut self, variable: Variable, said: Said, offset: usize) {
        let full = self.template.variables.len() == MAX_VARIABLES;
        let known = self.template.variables.iter_mut().find(|known| known.name == variable.name);
        match known {
            None if full => {
                self.problem(offset, format!("there are more than {MAX_VARIABLES} variables"), None);
            }
            None => {
                self.typed.extend((said == Said::Type).then(|| variable.name.clone()));
                self.template.variables.push(variable);
            }
            Some(_) if said == Said::Name => {}
            Some(known) if !self.typed.contains(&variable.name) => {
                self.typed.push(variable.name.clone());
                *known = Variable { position: known.position, ..variable };
            }
            Some(known) if Variable { position: known.position, ..variable.clone() } == *known => {}
            Some(known) => {
                let message = format!("`{}` is something else in {}", variable.name, known.position);
                let hint = "say once what it is; `{{name}}` alone is enough after that";
                self.problem(offset, message, Some(hint));
            }
        }
    }

    /// Reads the type and the properties.
    fn define(&mut self, variable: &mut Variable, definition: &'a str, offset: usize) {
        for (index, (part, at)) in parts(definition, offset).into_iter().enumerate() {
            let at = at + part.len() - part.trim_start().len();
            let part = part.trim();
            if index == 0 {
                match Kind::from_name(&part.to_ascii_lowercase()) {
                    Some(kind) => variable.kind = kind,
                    None => self.note(at, format!("`{part}` is no type; a line of text is asked for")),
                }
                continue;
            }
            let (name, value) = match part.split_once('=') {
                Some((name, value)) => (name.trim(), Some((value.trim(), at + name.len() + 1))),
                None => (part, None),
            };
            if PROPERTIES.contains(&name) {
                self.property(variable, (name, value), at);
            } else {
                self.note(at, format!("`{name}` is no property; it does nothing"));
            }
        }
    }

    fn property(&mut self, variable: &mut Variable, (name, value): (&str, Option<(&str, usize)>), at: usize) {
        let Some((value, value_at)) = value else {
            if name == "required" {
                variable.required = true;
            } else {
                self.problem(at, format!("`{name}` says nothing"), Some("write `name=\"value\"`"));
            }
            return;
        };
        if name == "options" {
            match serde_json::from_str::<Vec<serde_json::Value>>(value) {
                Ok(options) => variable.options = options.iter().map(plain).collect(),
                Err(_) => {
                    let hint = "write them as `options=[\"one\",\"two\"]`";
                    self.problem(value_at, "the options are no list".to_owned(), Some(hint));
                }
            }
            return;
        }
        let word = match value.strip_prefix('"') {
            Some(_) => match serde_json::from_str::<String>(value) {
                Ok(word) => word,
                Err(_) => {
                    let hint = "close the quotation mark; `\\\"` stands for one within";
                    self.problem(value_at, format!("`{value}` is no text in quotation marks"), Some(hint));
                    return;
                }
            },
            None => value.to_owned(),
        };
        let number = || word.trim().parse::<f64>().ok().filter(|number| number.is_finite());
        match name {
            "default" => variable.default = Some(word),
            "placeholder" => variable.placeholder = Some(word),
            "label" => variable.label = Some(word),
            "required" => variable.required = word != "false",
            "min" | "max" | "step" => {
                let read = number();
                if read.is_none() {
                    self.problem(value_at, format!("`{word}` is no number"), None);
                }
                match name {
                    "min" => variable.min = read,
                    "max" => variable.max = read,
                    _ => variable.step = read,
                }
            }
            // How it looks elsewhere.
            _ => {}
        }
    }

    /// Whether what was said of a variable goes together.
    fn check(&mut self, variable: &Variable, offset: usize) {
        if variable.kind == Kind::Choice && variable.options.is_empty() {
            let hint = "add `:options=[\"one\",\"two\"]`";
            self.problem(offset, format!("`{}` has nothing to choose from", variable.name), Some(hint));
            return;
        }
        if let (Some(min), Some(max)) = (variable.min, variable.max)
            && min > max
        {
            self.problem(
                offset,
                format!("`{}` is from {min} to {max}, which is nothing", variable.name),
                None,
            );
            return;
        }
        let default = variable.default.as_deref().filter(|default| !default.is_empty());
        if let Some(why) = default.and_then(|default| variable.refuses(default)) {
            self.problem(offset, format!("the default of `{}` does not fit: {why}", variable.name), None);
        }
    }
}

fn plain(value: &serde_json::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Where the braces close that were opened before `from`; those in quotation marks do not.
fn closing(text: &str, from: usize) -> Option<usize> {
    let mut scan = Scan::default();
    let bytes = text.as_bytes();
    // Without a type there are no properties that could have quotation marks: an apostrophe is only that.
    let typed = text.get(from..)?.find(['|', '}']).is_some_and(|at| bytes.get(from + at) == Some(&b'|'));
    for (at, byte) in bytes.iter().enumerate().skip(from) {
        if !scan.quoted && *byte == b'}' && bytes.get(at + 1) == Some(&b'}') {
            return Some(at);
        }
        if typed {
            scan.step(*byte);
        }
    }
    // An open quotation mark would swallow all that follows: then the first braces count.
    text.get(from..)?.find("}}").map(|at| from + at)
}

/// The parts between colons, those in quotation marks and brackets aside, with where they stand.
fn parts(definition: &str, offset: usize) -> Vec<(&str, usize)> {
    let mut scan = Scan::default();
    let (mut all, mut start) = (Vec::new(), 0);
    for (at, byte) in definition.bytes().enumerate() {
        if byte == b':' && !scan.quoted && scan.depth == 0 {
            all.push((definition.get(start..at).unwrap_or_default(), offset + start));
            start = at + 1;
        }
        scan.step(byte);
    }
    all.push((definition.get(start..).unwrap_or_default(), offset + start));
    all
}

/// Whether one stands within quotation marks or brackets.
#[derive(Default)]
struct Scan {
    quoted: bool,
    escaped: bool,
    depth: usize,
}

impl Scan {
    const fn step(&mut self, byte: u8) {
        if self.escaped {
            self.escaped = false;
            return;
        }
        match byte {
            b'\\' if self.quoted => self.escaped = true,
            b'"' => self.quoted = !self.quoted,
            b'[' if !self.quoted => self.depth += 1,
            b']' if !self.quoted => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
    }
}
