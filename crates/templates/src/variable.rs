//! A variable of a template: its type, what it may be, and what is wrong with it.

use std::fmt;

/// A place in a text, both from 1; columns count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl Position {
    /// The place of this byte of the text.
    pub fn of(text: &str, offset: usize) -> Self {
        let before = text.get(..text.floor_char_boundary(offset)).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let column = before.get(line_start..).unwrap_or_default().chars().count() + 1;
        Self { line: before.matches('\n').count() + 1, column }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// Something wrong with a template, or worth knowing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{position}: {message}")]
pub struct Problem {
    /// Where.
    pub position: Position,
    /// What.
    pub message: String,
    /// What to do about it.
    pub hint: Option<&'static str>,
}

/// What a variable is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A line of text.
    Text,
    /// Several lines.
    Paragraph,
    /// A number.
    Number,
    /// One of a few.
    Choice,
    /// A day, `2026-11-22`.
    Date,
    /// A time of day, `09:30`.
    Time,
    /// Both, `2026-11-22T09:30`.
    DateTime,
    /// Yes or no, as `true` and `false`.
    Boolean,
}

impl Kind {
    /// The name that people write and the API has.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Paragraph => "textarea",
            Self::Number => "number",
            Self::Choice => "select",
            Self::Date => "date",
            Self::Time => "time",
            Self::DateTime => "datetime-local",
            Self::Boolean => "checkbox",
        }
    }

    /// The kind of a written name; what browsers have fields of their own for is a line of text here.
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "text" | "email" | "tel" | "url" | "color" | "month" | "week" | "map" => Self::Text,
            "textarea" | "multiline" => Self::Paragraph,
            "number" | "range" => Self::Number,
            "select" | "choice" => Self::Choice,
            "date" => Self::Date,
            "time" => Self::Time,
            "datetime-local" | "datetime" => Self::DateTime,
            "checkbox" | "boolean" => Self::Boolean,
            _ => return None,
        })
    }
}

/// A variable.
#[derive(Debug, Clone, PartialEq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// What it is called in a form, where that is not its name.
    pub label: Option<String>,
    /// What stands in the empty field.
    pub placeholder: Option<String>,
    /// What it is where nothing is given.
    pub default: Option<String>,
    /// Whether something has to be given.
    pub required: bool,
    /// What can be chosen.
    pub options: Vec<String>,
    /// The least number.
    pub min: Option<f64>,
    /// The largest number.
    pub max: Option<f64>,
    /// What numbers go by.
    pub step: Option<f64>,
    /// Where it stands first.
    pub position: Position,
}

impl Variable {
    /// A line of text of this name.
    pub fn new(name: impl Into<String>, position: Position) -> Self {
        Self {
            name: name.into(),
            kind: Kind::Text,
            label: None,
            placeholder: None,
            default: None,
            required: false,
            options: Vec::new(),
            min: None,
            max: None,
            step: None,
            position,
        }
    }

    /// Whether the page fills it in.
    pub fn is_given(&self) -> bool {
        crate::GIVEN.contains(&self.name.as_str())
    }

    /// Why this cannot be its value; nothing where it can.
    pub fn refuses(&self, value: &str) -> Option<String> {
        match self.kind {
            Kind::Text | Kind::Paragraph => None,
            Kind::Number => self.refuses_number(value),
            Kind::Choice => (!self.options.iter().any(|option| option == value))
                .then(|| format!("it is one of {}", self.options.join(", "))),
            Kind::Date => (!is_date(value)).then(|| "a day is written as `2026-11-22`".to_owned()),
            Kind::Time => (!is_time(value)).then(|| "a time is written as `09:30`".to_owned()),
            Kind::DateTime => {
                let is = value.split_once('T').is_some_and(|(day, time)| is_date(day) && is_time(time));
                (!is).then(|| "day and time are written as `2026-11-22T09:30`".to_owned())
            }
            Kind::Boolean => {
                (!matches!(value, "true" | "false")).then(|| "it is `true` or `false`".to_owned())
            }
        }
    }

    fn refuses_number(&self, value: &str) -> Option<String> {
        let Some(number) = value.trim().parse::<f64>().ok().filter(|number| number.is_finite()) else {
            return Some("it is a number".to_owned());
        };
        if self.min.is_some_and(|min| number < min) || self.max.is_some_and(|max| number > max) {
            return Some(match (self.min, self.max) {
                (Some(min), Some(max)) => format!("it is from {min} to {max}"),
                (Some(min), None) => format!("it is at least {min}"),
                (None, Some(max)) => format!("it is at most {max}"),
                (None, None) => String::new(),
            });
        }
        None
    }
}

fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts.as_slice() else { return false };
    if !digits(year, 4) || !digits(month, 2) || !digits(day, 2) {
        return false;
    }
    let number = |text: &str| text.parse::<u32>().unwrap_or(0);
    let (year, month, day) = (number(year), number(month), number(day));
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        1..=12 => 31,
        _ => 0,
    };
    (1..=days).contains(&day)
}

fn is_time(text: &str) -> bool {
    let parts: Vec<&str> = text.split(':').collect();
    let below =
        |text: &str, limit: u32| digits(text, 2) && text.parse::<u32>().is_ok_and(|number| number < limit);
    match parts.as_slice() {
        [hour, minute] => below(hour, 24) && below(minute, 60),
        [hour, minute, second] => below(hour, 24) && below(minute, 60) && below(second, 60),
        _ => false,
    }
}

fn digits(text: &str, count: usize) -> bool {
    text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_times_are_real_ones() {
        for (day, real) in [
            ("2026-11-22", true),
            ("2024-02-29", true),
            ("2026-02-29", false),
            ("1900-02-29", false),
            ("2026-13-01", false),
            ("2026-1-01", false),
            ("22.11.2026", false),
        ] {
            assert_eq!(is_date(day), real, "{day}");
        }
        for (time, real) in [("09:30", true), ("23:59:59", true), ("24:00", false), ("9:30", false)] {
            assert_eq!(is_time(time), real, "{time}");
        }
    }

    #[test]
    fn places_count_characters() {
        assert_eq!(Position::of("añb\nx", 3), Position { line: 1, column: 3 });
        assert_eq!(Position::of("añb\nx", 5), Position { line: 2, column: 1 });
        assert_eq!(Position::of("ñ", 1), Position { line: 1, column: 1 });
        assert_eq!(Position::of("x", 99), Position { line: 1, column: 2 });
    }
}
