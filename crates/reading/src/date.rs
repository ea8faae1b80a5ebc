//! Dates as documents tell them: a year, a month or a day, never finer than what was written.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// Longest text that is looked at, in bytes.
const MAX_BYTES: usize = 160;
/// Years that a document may name: what lies outside is a placeholder or a mistake.
const YEARS: std::ops::RangeInclusive<u16> = 1_000..=2_200;
/// Where clocks of programs begin: a file that names such a day as its making names none.
const FIRST_DAYS: [(u16, u8, u8); 5] =
    [(1_601, 1, 1), (1_899, 12, 30), (1_904, 1, 1), (1_970, 1, 1), (1_980, 1, 1)];
/// Names of months by their first letters: English, German, Spanish, French.
const MONTHS: [&[&str]; 12] = [
    &["jan", "januar", "jänner", "enero", "ene", "janvier", "janv"],
    &["feb", "febr", "februar", "febrero", "février", "fevrier", "fév", "févr"],
    &["mar", "märz", "mrz", "marzo", "mars"],
    &["apr", "abril", "abr", "avril", "avr"],
    &["may", "mai", "mayo"],
    &["jun", "juni", "junio", "juin"],
    &["jul", "juli", "julio", "juillet", "juil"],
    &["aug", "agosto", "ago", "août", "aout"],
    &["sep", "sept", "septiembre", "septembre"],
    &["oct", "okt", "oktober", "octubre", "octobre"],
    &["nov", "noviembre", "novembre"],
    &["dec", "dez", "dezember", "diciembre", "dic", "décembre", "decembre", "déc"],
];
const ENGLISH: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// A year, a month of a year, or a day. Written `1999`, `1999-05`, `1999-05-03`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PartialDate {
    year: u16,
    month: Option<u8>,
    /// Only where there is a month.
    day: Option<u8>,
}

impl PartialDate {
    /// Reads a date as files write it: ISO 8601, PDF (`D:20140503`), e-mail (`Sat, 3 May 2014 ...`), names of months in
    /// four languages, days between points or strokes. What may be read in two ways is left out: `03/05/2014` is only
    /// the year. The day is the one that is written, in the writer's time zone.
    pub fn read(text: &str) -> Option<Self> {
        let text = text.get(..text.floor_char_boundary(MAX_BYTES))?.trim();
        let (text, is_pdf) = match text.strip_prefix("D:").or_else(|| text.strip_prefix("d:")) {
            Some(rest) => (rest.trim_start(), true),
            None => (text, false),
        };
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        match digits {
            4 => Self::iso(text).or_else(|| Self::in_words(text)),
            _ if is_pdf && digits > 4 => Self::packed(text),
            // Other numbers of that length are no dates.
            8 | 12 | 14 => Self::packed(text).filter(|date| date.day.is_some()),
            _ => Self::in_words(text),
        }
    }

    /// Reads the moment when a file was made; the first day of a program's calendar is none.
    pub fn read_made(text: &str) -> Option<Self> {
        Self::read(text).filter(|date| {
            let whole = date.month.zip(date.day).map(|(month, day)| (date.year, month, day));
            whole.is_none_or(|day| !FIRST_DAYS.contains(&day))
        })
    }

    /// The date of these parts, as far as they are ones.
    pub fn of(year: u16, month: Option<u8>, day: Option<u8>) -> Option<Self> {
        if !YEARS.contains(&year) {
            return None;
        }
        let month = month.filter(|month| (1..=12).contains(month));
        let day = month.and_then(|month| day.filter(|day| (1..=days_of(year, month)).contains(day)));
        Some(Self { year, month, day })
    }

    /// The year.
    pub const fn year(self) -> u16 {
        self.year
    }

    /// `2014`, `2014-05`, `2014-05-03`, with a time or anything else behind.
    fn iso(text: &str) -> Option<Self> {
        let year = text.get(..4)?.parse().ok()?;
        let behind = text.get(4..).unwrap_or_default();
        let (month, rest) = part(behind);
        if month.is_none() && behind.contains(char::is_alphanumeric) && !behind.starts_with('T') {
            return None;
        }
        let (day, _) = match month {
            Some(_) => part(rest),
            None => (None, rest),
        };
        Self::of(year, month, day)
    }

    /// `201405`, `20140503`, `20140503120000`.
    fn packed(text: &str) -> Option<Self> {
        let number = |from: usize, to: usize| text.get(from..to).and_then(|digits| digits.parse::<u8>().ok());
        Self::of(text.get(..4)?.parse().ok()?, number(4, 6), number(6, 8))
    }

    /// Everything else: numbers and names of months.
    fn in_words(text: &str) -> Option<Self> {
        let tokens = tokens(before_time(text));
        let mut years = tokens.iter().filter_map(|token| match token {
            Token::Number(number, 4) => u16::try_from(*number).ok().filter(|year| YEARS.contains(year)),
            Token::Number(..) | Token::Month(_) | Token::Mark(_) => None,
        });
        let year = years.next()?;
        if years.any(|other| other != year) {
            return None;
        }
        let words: Vec<&Token> = tokens.iter().filter(|token| !matches!(token, Token::Mark(_))).collect();
        let named = words.iter().position(|token| matches!(token, Token::Month(_)));
        let Some(place) = named else { return Self::in_numbers(year, &tokens) };
        let month = match words.get(place) {
            Some(Token::Month(month)) => Some(*month),
            Some(Token::Number(..) | Token::Mark(_)) | None => None,
        };
        let small = |token: Option<&&Token>| match token {
            Some(Token::Number(number, 1 | 2)) => u8::try_from(*number).ok(),
            Some(Token::Number(..) | Token::Month(_) | Token::Mark(_)) | None => None,
        };
        let before = place.checked_sub(1).and_then(|before| small(words.get(before)));
        let after = small(words.get(place + 1));
        let day = match (before, after) {
            (Some(day), None) | (None, Some(day)) => Some(day),
            (Some(_), Some(_)) | (None, None) => None,
        };
        Self::of(year, month, day)
    }

    /// `3.5.2014`, `25/12/2014`, or only a year among other words.
    fn in_numbers(year: u16, tokens: &[Token]) -> Option<Self> {
        let (month, day) = match tokens {
            [
                Token::Number(first, 1 | 2),
                Token::Mark(mark),
                Token::Number(second, 1 | 2),
                Token::Mark(other),
                Token::Number(_, 4),
            ] if mark == other => {
                let (first, second) = (u8::try_from(*first).ok()?, u8::try_from(*second).ok()?);
                match mark {
                    '.' => (Some(second), Some(first)),
                    _ if first > 12 || first == second => (Some(second), Some(first)),
                    _ if second > 12 => (Some(first), Some(second)),
                    _ => (None, None),
                }
            }
            _ => (None, None),
        };
        Self::of(year, month, day)
    }
}

/// The number behind a mark, of two digits at the most, and what stands behind it.
fn part(text: &str) -> (Option<u8>, &str) {
    let rest = text.strip_prefix(['-', '/', '.', '\u{2010}', '\u{2013}']).unwrap_or_default();
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    match digits {
        1 | 2 => (
            rest.get(..digits).and_then(|digits| digits.parse().ok()),
            rest.get(digits..).unwrap_or_default(),
        ),
        _ => (None, ""),
    }
}

/// What stands before the hour: a time zone such as `+1000` is no year.
fn before_time(text: &str) -> &str {
    let Some(colon) = text.find(':') else { return text };
    let before = text.get(..colon).unwrap_or_default();
    let hour = before.trim_end_matches(|sign: char| sign.is_ascii_digit());
    // `First published: 1999` has no hour.
    if hour.len() == before.len() { text } else { hour }
}

/// What a date in words is made of.
enum Token {
    /// A number, and how many digits it has.
    Number(u32, usize),
    /// The name of a month, from 1.
    Month(u8),
    /// What parts numbers.
    Mark(char),
}

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(sign) = rest.chars().next() {
        let length = if sign.is_ascii_digit() {
            rest.bytes().take_while(u8::is_ascii_digit).count()
        } else if sign.is_alphabetic() {
            rest.find(|next: char| !next.is_alphabetic()).unwrap_or(rest.len())
        } else {
            sign.len_utf8()
        };
        let (token, behind) = rest.split_at(length);
        rest = behind;
        if sign.is_ascii_digit() {
            // A number that is too long for one is not a part of a date.
            tokens.push(Token::Number(token.parse().unwrap_or(u32::MAX), length));
        } else if sign.is_alphabetic() {
            tokens.extend(month_named(token).map(Token::Month));
        } else if matches!(sign, '.' | '/' | '-') {
            tokens.push(Token::Mark(sign));
        }
    }
    tokens
}

fn month_named(word: &str) -> Option<u8> {
    let word = word.to_lowercase();
    let place = (0..12).find(|place| {
        ENGLISH.get(*place).is_some_and(|name| *name == word)
            || MONTHS.get(*place).is_some_and(|names| names.contains(&word.as_str()))
    })?;
    u8::try_from(place + 1).ok()
}

fn days_of(year: u16, month: u8) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        _ => 31,
    }
}

impl fmt::Display for PartialDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}", self.year)?;
        if let Some(month) = self.month {
            write!(f, "-{month:02}")?;
        }
        if let Some(day) = self.day {
            write!(f, "-{day:02}")?;
        }
        Ok(())
    }
}

/// A text that is no date of the form `1999`, `1999-05` or `1999-05-03`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no date such as `1999`, `1999-05` or `1999-05-03`")]
pub struct NoDate(String);

impl FromStr for PartialDate {
    type Err = NoDate;

    /// Reads exactly what [`PartialDate`] is written as.
    fn from_str(text: &str) -> Result<Self, NoDate> {
        let date = Self::iso(text).filter(|date| date.to_string() == text);
        date.ok_or_else(|| NoDate(text.chars().take(40).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> String {
        PartialDate::read(text).map_or_else(|| "-".to_owned(), |date| date.to_string())
    }

    #[test]
    fn dates_are_read_as_far_as_they_are_told() {
        for (text, expected) in [
            ("2014", "2014"),
            ("2014-05", "2014-05"),
            ("2014-05-03", "2014-05-03"),
            ("2014-05-03T23:59:00-08:00", "2014-05-03"),
            (" 2014/5/3 ", "2014-05-03"),
            ("D:20140503235900-08'00'", "2014-05-03"),
            ("D:201405", "2014-05"),
            ("D:2014", "2014"),
            ("20140503", "2014-05-03"),
            ("Sat, 3 May 2014 10:00:00 +1000", "2014-05-03"),
            ("May 3rd, 2014", "2014-05-03"),
            ("the 3rd of May 2014", "2014-05-03"),
            ("May 2014", "2014-05"),
            ("3. März 2014", "2014-03-03"),
            ("3 de mayo de 2014", "2014-05-03"),
            ("2014 May 3", "2014-05-03"),
            ("3.5.2014", "2014-05-03"),
            ("25/12/2014", "2014-12-25"),
            ("12/25/2014", "2014-12-25"),
            ("05/05/2014", "2014-05-05"),
            // Which is the month?
            ("03/05/2014", "2014"),
            ("\u{a9} 1999 by Ann", "1999"),
            ("First published: 1999", "1999"),
            // What is no month or day is left out, and what stands before it holds.
            ("2014-13-01", "2014"),
            ("2014-02-30", "2014-02"),
            ("2016-02-29", "2016-02-29"),
            ("2014-00-00", "2014"),
            ("2014-15", "2014"),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            "soon",
            "0101-01-01T00:00:00+00:00",
            "0000",
            "9999-12-31",
            "1999 or 2003",
            "1699999999",
            "140503",
            "99",
            "D:",
            "D:x",
            "\u{661}\u{669}\u{669}\u{669}",
        ] {
            assert_eq!(read(text), "-", "{text}");
        }
        for first_day in ["1970-01-01T00:00:00Z", "1601-01-01", "D:19800101000000"] {
            assert_eq!(PartialDate::read_made(first_day), None, "{first_day}");
        }
        assert!(PartialDate::read_made("1970").is_some());
    }

    #[test]
    fn what_is_kept_is_read_again() {
        for text in ["1999", "1999-05", "1999-05-03"] {
            assert_eq!(text.parse::<PartialDate>().unwrap().to_string(), text);
        }
        for text in ["", "1999-", "1999-5", "1999-05-03T", "99", "1999-02-30", "x1999"] {
            assert!(text.parse::<PartialDate>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_fail(text in "\\PC{0,80}") {
            PartialDate::read(&text);
            PartialDate::read_made(&text);
        }

        #[test]
        fn what_is_read_is_a_date_and_was_written(
            soup in proptest::collection::vec(prop_oneof![
                Just("D:".to_owned()), Just("-".to_owned()), Just("/".to_owned()), Just(".".to_owned()),
                Just(" ".to_owned()), Just("May".to_owned()), Just("d\u{e9}c".to_owned()), Just("T10:00".to_owned()),
                Just("+1000".to_owned()), "[0-9]{1,15}", "\\PC{0,3}",
            ], 0..12)
        ) {
            let text = soup.concat();
            if let Some(date) = PartialDate::read(&text) {
                prop_assert_eq!(date.to_string().parse::<PartialDate>().unwrap(), date);
                prop_assert!(text.contains(&date.year().to_string()), "{} in {}", date, text);
            }
        }
    }
}
