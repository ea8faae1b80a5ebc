//! Values of fields: read, checked, counted.

use crate::{Facts, Field, Form, Kind, layout};
use regex::Regex;
use serde_json::{Value, json};
use std::{fmt, sync::LazyLock};

/// Longest value that is kept, in bytes.
const MAX_BYTES: usize = 600;
const ABILITIES: [&str; 6] = ["STR", "DEX", "CON", "INT", "WIS", "CHA"];

/// Why a text is no value of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BadValue {
    /// The kind has no such field.
    NoField(String),
    /// It has, and this is none of its values.
    NotOfForm {
        /// The field.
        field: String,
        /// The text.
        text: String,
        /// What it should be.
        form: Form,
    },
}

impl fmt::Display for BadValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoField(field) => write!(f, "there is no field `{field}`"),
            Self::NotOfForm { field, text, form } => {
                write!(f, "`{text}` is no value of `{field}` ({})", form.as_str())
            }
        }
    }
}

impl std::error::Error for BadValue {}

/// Reads the value of a field as a person writes it.
///
/// # Errors
/// [`BadValue`] where the kind has no such field, or the text is none of its values.
pub fn read(kind: Kind, field: &str, text: &str) -> Result<Value, BadValue> {
    let known = layout::field(kind, field).ok_or_else(|| BadValue::NoField(field.to_owned()))?;
    let not_of_form = || BadValue::NotOfForm {
        field: field.to_owned(),
        text: text.chars().take(80).collect(),
        form: known.form,
    };
    value(known, text).ok_or_else(not_of_form)
}

/// A text as the value of a field; none where it is no such value.
pub(crate) fn value(field: &Field, text: &str) -> Option<Value> {
    let text = clean(text);
    if text.is_empty() {
        return None;
    }
    match field.form {
        Form::Text => Some(json!(text)),
        Form::Word => {
            let lower = text.to_lowercase();
            field.words.contains(&lower).then(|| json!(lower))
        }
        Form::Number => text.replace(',', "").parse::<u32>().ok().map(|number| json!(number)),
        Form::Fraction => fraction(&text).map(|number| json!(number)),
        Form::Flag => match text.to_lowercase().as_str() {
            "true" | "yes" | "1" => Some(json!(true)),
            "false" | "no" | "0" => Some(json!(false)),
            _ => None,
        },
        Form::List => Some(json!(parts(&text))),
        Form::Components => {
            let before = text.split('(').next().unwrap_or_default();
            let letters = parts(before).into_iter().map(|part| part.to_uppercase());
            let letters: Vec<String> = letters
                .filter(|part| matches!(part.as_str(), "V" | "S" | "M" | "F" | "DF" | "M/DF"))
                .collect();
            (!letters.is_empty()).then(|| json!(letters))
        }
        Form::Abilities => abilities(&text),
    }
}

fn parts(text: &str) -> Vec<String> {
    let parts = text.split([',', ';']).map(|part| part.trim().to_owned());
    parts.filter(|part| !part.is_empty()).take(40).collect()
}

fn fraction(text: &str) -> Option<f64> {
    let Some((above, below)) = text.split_once('/') else {
        return text
            .parse::<f64>()
            .ok()
            .filter(|number| number.is_finite() && (0.0..=100.0).contains(number));
    };
    let (above, below) = (above.trim().parse::<u8>().ok()?, below.trim().parse::<u8>().ok()?);
    (below > 0).then(|| f64::from(above) / f64::from(below))
}

/// White space as single blanks, without the marks of emphasis, not too long.
pub(crate) fn clean(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let joined = words.join(" ");
    let joined = joined.trim_matches(['*', '_', ' ', '|']);
    joined.get(..joined.floor_char_boundary(MAX_BYTES)).unwrap_or_default().trim().to_owned()
}

/// A value as books and people write it; [`read`] reads it again.
pub fn shown(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::String(text) => text.clone(),
        Value::Number(number) => match number.as_f64() {
            Some(number) => {
                let part = |below: &u8| (number * f64::from(*below) - 1.0).abs() < 1e-9;
                let below = [2, 3, 4, 6, 8].into_iter().find(part);
                below.map_or_else(|| number.to_string(), |below| format!("1/{below}"))
            }
            None => number.to_string(),
        },
        Value::Array(parts) => parts.iter().map(shown).collect::<Vec<_>>().join(", "),
        Value::Object(parts) => {
            let part = |(name, value): (&String, &Value)| format!("{} {}", name.to_uppercase(), shown(value));
            parts.iter().map(part).collect::<Vec<_>>().join(", ")
        }
    }
}

/// Six scores, whether each stands behind its name or all names stand before all scores.
pub(crate) fn abilities(text: &str) -> Option<Value> {
    static EACH: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"(?i)\b(STR|DEX|CON|INT|WIS|CHA)[a-z]*[\s:|*_]{1,8}(\d{1,2})\b").ok());
    static ROW: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(?i)\bSTR\W+DEX\W+CON\W+INT\W+WIS\W+CHA\W+?((?:\d{1,2}(?:\s*\([+\x{2212}\x{2013}-]?\d{1,2}\))?[\s|*_]*){6})").ok()
    });
    static SCORE: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"(\d{1,2})(?:\s*\([^)]{1,4}\))?").ok());
    let mut scores = Facts::new();
    if let Some(row) = ROW.as_ref().and_then(|row| row.captures(text)?.get(1)) {
        let numbers = SCORE.as_ref()?.captures_iter(row.as_str()).filter_map(|score| score.get(1));
        for (name, number) in ABILITIES.iter().zip(numbers) {
            scores.insert(name.to_lowercase(), json!(number.as_str().parse::<u8>().ok()?));
        }
    } else {
        for found in EACH.as_ref()?.captures_iter(text) {
            let (name, number) = (found.get(1)?.as_str().to_lowercase(), found.get(2)?.as_str());
            let score = number.parse::<u8>().ok()?;
            scores.entry(name).or_insert(json!(score));
        }
    }
    (scores.len() == ABILITIES.len()).then_some(Value::Object(scores))
}

/// The experience that a challenge is worth, where it stands beside it.
pub(crate) fn experience(text: &str) -> Option<u32> {
    static XP: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"(\d[\d,]*)\s*XP\b|\bXP:?\s*(\d[\d,]*)").ok());
    let found = XP.as_ref()?.captures(text)?;
    found.get(1).or_else(|| found.get(2))?.as_str().replace(',', "").parse().ok()
}

/// How much of what is expected of its kind an entry says, from 0 to 1.
pub fn quality(kind: Kind, facts: &Facts) -> f64 {
    let expected = || layout::fields(kind).filter(|field| field.expected);
    let there = expected().filter(|field| facts.contains_key(&field.name)).count();
    let count = |number: usize| f64::from(u32::try_from(number).unwrap_or(u32::MAX));
    count(there) / count(expected().count().max(1))
}

/// Where an entry stands on the scale from weak to strong: a spell's level, a monster's challenge.
pub fn level(kind: Kind, facts: &Facts) -> Option<f64> {
    facts.get(kind.level_field()?)?.as_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_as_people_write_them() {
        let read = |kind, field, text| read(kind, field, text).unwrap();
        assert_eq!(read(Kind::Monster, "challenge", "1/4"), json!(0.25));
        for challenge in ["1/8", "1/6", "1/3", "1/2", "1", "24"] {
            assert_eq!(shown(&read(Kind::Monster, "challenge", challenge)), challenge);
        }
        assert_eq!(read(Kind::Monster, "experience", "1,800"), json!(1800));
        assert_eq!(read(Kind::Spell, "ritual", "Yes"), json!(true));
        assert_eq!(read(Kind::Spell, "components", "v, S, M (a feather)"), json!(["V", "S", "M"]));
        assert_eq!(read(Kind::Spell, "classes", "Bard,  Wizard"), json!(["Bard", "Wizard"]));
        assert_eq!(read(Kind::Spell, "school", "Evocation"), json!("evocation"));
        for (kind, field, text) in [
            (Kind::Spell, "colour", "red"),
            (Kind::Spell, "school", "cookery"),
            (Kind::Monster, "challenge", "1/0"),
            (Kind::Monster, "challenge", "NaN"),
            (Kind::Monster, "abilities", "STR 10"),
            (Kind::Spell, "level", " "),
        ] {
            assert!(super::read(kind, field, text).is_err(), "{field} {text}");
        }
    }

    #[test]
    fn scores_are_found_in_rows_and_in_pairs() {
        let expected = json!({"str": 21, "dex": 9, "con": 15, "int": 18, "wis": 15, "cha": 18});
        for text in [
            "STR DEX CON INT WIS CHA\n21 (+5) 9 (-1) 15 (+2) 18 (+4) 15 (+2) 18 (+4)",
            "| STR | DEX | CON | INT | WIS | CHA |\n|---|---|---|---|---|---|\n| 21 (+5) | 9 (\u{2212}1) | 15 (+2) | 18 (+4) | 15 (+2) | 18 (+4) |",
            "| STR | 21 | +5 | +5 |\n| DEX | 9 | -1 | +3 |\n| CON | 15 | +2 | +6 |\n| INT | 18 | +4 | +8 |\n| WIS | 15 | +2 | +6 |\n| CHA | 18 | +4 | +4 |",
            "Str 21, Dex 9, Con 15, Int 18, Wis 15, Cha 18",
            "STR\n21 (+5)\nDEX\n9 (-1)\nCON\n15 (+2)\nINT\n18 (+4)\nWIS\n15 (+2)\nCHA\n18 (+4)",
        ] {
            assert_eq!(abilities(text), Some(expected.clone()), "{text}");
        }
        assert_eq!(abilities("STR DEX CON INT WIS CHA"), None);
    }
}
