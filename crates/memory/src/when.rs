//! Times in what people say: `last Saturday`, `three weeks ago`, `since 2019`, resolved against the day it was said. Pure.

use jiff::{
    ToSpan,
    civil::{Date, Weekday},
};
use regex::{Captures, Regex};
use std::{ops::Range, sync::LazyLock};

/// How a time bounds what is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// It is about that time.
    During,
    /// It is true since then.
    Since,
    /// It was true until then.
    Until,
}

/// A time that was spoken of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct When {
    /// The bytes of the text that say it, a word such as `since` included.
    pub range: Range<usize>,
    /// Its first day.
    pub from: Date,
    /// The day after its last.
    pub until: Date,
    /// How it bounds what is said.
    pub bound: Bound,
}

const NUMBER: &str = r"(?:a couple of|a few|several|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\d{1,3})";
const MONTH: &str = r"(?:january|february|march|april|may|june|july|august|september|october|november|december|jan|feb|mar|apr|jun|jul|aug|sept|sep|oct|nov|dec)";
const WEEKDAY: &str = r"(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday)";

type Read = fn(&Captures<'_>, Date, Tense) -> Option<(Date, Date)>;

/// In which direction a sentence looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tense {
    Past,
    Future,
    /// Its words do not say.
    Unsaid,
}

impl Tense {
    fn of(text: &str) -> Self {
        let says = |pattern: &Option<Regex>| pattern.as_ref().is_some_and(|pattern| pattern.is_match(text));
        match (says(&FUTURE), says(&PAST)) {
            (true, _) => Self::Future,
            (false, true) => Self::Past,
            (false, false) => Self::Unsaid,
        }
    }
}

/// Patterns and how each is read, the more exact ones first. What an earlier one has found, a later one leaves alone.
static PATTERNS: LazyLock<Vec<(Regex, Read)>> = LazyLock::new(|| {
    let table: [(String, Read); 11] = [
        (r"\b(?P<y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})\b".to_owned(), by_numbers),
        (
            format!(r"\b(?:the )?(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<mon>{MONTH})\b,?(?: (?P<y>\d{{4}})\b)?"),
            day_of_month,
        ),
        (
            format!(r"\b(?P<mon>{MONTH}) (?P<d>\d{{1,2}})(?:st|nd|rd|th)?\b(?:,? (?P<y>\d{{4}})\b)?"),
            day_of_month,
        ),
        (format!(r"\b(?P<mon>{MONTH}),? (?P<y>\d{{4}})\b"), month),
        (
            r"\b(?:the )?(?P<w>day before yesterday|day after tomorrow|yesterday|today|tonight|this morning|this afternoon|this evening|last night|tomorrow)\b".to_owned(),
            near_day,
        ),
        (
            format!(r"\b(?P<n>{NUMBER}) (?P<u>day|week|weekend|month|year)s? (?P<dir>ago|from now|later)\b"),
            counted,
        ),
        (format!(r"\b(?P<dir>in) (?P<n>{NUMBER}) (?P<u>day|week|month|year)s?\b"), counted),
        (
            format!(r"\b(?P<dir>last|past|this|next|coming) (?P<u>week|weekend|month|year|spring|summer|autumn|fall|winter|{WEEKDAY}|{MONTH})\b"),
            neighbouring,
        ),
        (format!(r"\bon (?P<u>{WEEKDAY})\b"), on_weekday),
        (format!(r"\b(?:in|since|until|till|during|by|from) (?P<mon>{MONTH})\b"), month),
        (r"\b(?:in|since|until|till|during|by|from|before|after|around) (?P<y>(?:19|20)\d{2})\b".to_owned(), year),
    ];
    table
        .into_iter()
        .filter_map(|(pattern, read)| Some((Regex::new(&format!("(?i){pattern}")).ok()?, read)))
        .collect()
});

static FUTURE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(will|going to|gonna|plan|planning|next|tomorrow|want to|shall)\b|'ll\b").ok()
});

static PAST: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(was|were|had|did|went|got|came|met|left|made|took|saw|ran|quit|began|became|used to|\p{L}{2,}ed)\b").ok()
});

/// The times that a text speaks of, said on `today`, in the order of the text.
pub fn find(text: &str, today: Date) -> Vec<When> {
    let tense = Tense::of(text);
    let mut found: Vec<When> = Vec::new();
    for (pattern, read) in PATTERNS.iter() {
        for captures in pattern.captures_iter(text) {
            let Some(whole) = captures.get(0) else { continue };
            let taken = |when: &When| when.range.start < whole.end() && whole.start() < when.range.end;
            if found.iter().any(taken) {
                continue;
            }
            if let Some((from, until)) = read(&captures, today, tense) {
                let (start, bound) = bound(text, whole.start(), whole.as_str());
                found.push(When { range: start..whole.end(), from, until, bound });
            }
        }
    }
    found.sort_by_key(|when| when.range.start);
    found
}

/// How a time is bounded, and where the words that say so begin.
fn bound(text: &str, start: usize, whole: &str) -> (usize, Bound) {
    let before = text.get(..start).unwrap_or_default();
    let own = whole.split(' ').next().unwrap_or_default().to_lowercase();
    let mut words = before.trim_end().rsplit(' ');
    let last = words.next().unwrap_or_default().to_lowercase();
    match (own.as_str(), last.as_str()) {
        ("since", _) => (start, Bound::Since),
        ("until" | "till" | "before", _) => (start, Bound::Until),
        (_, "since") => (before.trim_end().len() - last.len(), Bound::Since),
        (_, "until" | "till") => (before.trim_end().len() - last.len(), Bound::Until),
        (_, "on" | "in" | "at" | "from" | "around") => {
            (before.trim_end().len().saturating_sub(last.len()), Bound::During)
        }
        (_, _) => (start, Bound::During),
    }
}

fn day(date: Date) -> Option<(Date, Date)> {
    Some((date, date.tomorrow().ok()?))
}

fn number(captures: &Captures<'_>, name: &str) -> Option<i64> {
    let text = captures.name(name)?.as_str().to_lowercase();
    let words = [
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
        "twelve",
    ];
    match text.as_str() {
        "a" | "an" => Some(1),
        "a couple of" => Some(2),
        "a few" | "several" => Some(3),
        text => {
            text.parse().ok().or_else(|| i64::try_from(words.iter().position(|word| *word == text)?).ok())
        }
    }
}

fn by_numbers(captures: &Captures<'_>, _today: Date, _tense: Tense) -> Option<(Date, Date)> {
    let part = |name| number(captures, name);
    day(Date::new(
        i16::try_from(part("y")?).ok()?,
        i8::try_from(part("m")?).ok()?,
        i8::try_from(part("d")?).ok()?,
    )
    .ok()?)
}

fn month_number(name: &str) -> Option<i8> {
    let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let name = name.to_lowercase();
    let place = months.iter().position(|month| name.starts_with(month))?;
    i8::try_from(place + 1).ok()
}

/// The year that somebody means who names none: the last one in which the day is not ahead, or the next in which it is;
/// where they do not say, the one that brings the day nearest.
fn year_of((month, day): (i8, i8), today: Date, tense: Tense) -> i16 {
    let ahead = (month, day) > (today.month(), today.day());
    let this = today.year();
    match (tense, ahead) {
        (Tense::Future, false) => this.saturating_add(1),
        (Tense::Past, true) => this.saturating_sub(1),
        (Tense::Future, true) | (Tense::Past, false) => this,
        (Tense::Unsaid, _) => {
            let far = |year: &i16| match Date::new(*year, month, day).and_then(|date| today.until(date)) {
                Ok(span) => span.get_days().abs(),
                Err(_) => i32::MAX,
            };
            [this, this.saturating_add(1), this.saturating_sub(1)].into_iter().min_by_key(far).unwrap_or(this)
        }
    }
}

fn day_of_month(captures: &Captures<'_>, today: Date, tense: Tense) -> Option<(Date, Date)> {
    let month = month_number(captures.name("mon")?.as_str())?;
    let of = i8::try_from(number(captures, "d")?).ok()?;
    let year = match number(captures, "y") {
        Some(year) => i16::try_from(year).ok()?,
        None => year_of((month, of), today, tense),
    };
    day(Date::new(year, month, of).ok()?)
}

fn month(captures: &Captures<'_>, today: Date, tense: Tense) -> Option<(Date, Date)> {
    let month = month_number(captures.name("mon")?.as_str())?;
    let year = match number_in(captures, "y") {
        Some(year) => i16::try_from(year).ok()?,
        None if month == today.month() => today.year(),
        None => year_of((month, 1), today, tense),
    };
    whole_month(Date::new(year, month, 1).ok()?)
}

fn number_in(captures: &Captures<'_>, name: &str) -> Option<i64> {
    captures.name(name)?.as_str().parse().ok()
}

fn whole_month(first: Date) -> Option<(Date, Date)> {
    Some((first, first.checked_add(1.month()).ok()?))
}

fn year(captures: &Captures<'_>, _today: Date, _tense: Tense) -> Option<(Date, Date)> {
    let year = i16::try_from(number_in(captures, "y")?).ok()?;
    whole_year(year)
}

fn whole_year(year: i16) -> Option<(Date, Date)> {
    Some((Date::new(year, 1, 1).ok()?, Date::new(year.checked_add(1)?, 1, 1).ok()?))
}

fn near_day(captures: &Captures<'_>, today: Date, _tense: Tense) -> Option<(Date, Date)> {
    let days: i64 = match captures.name("w")?.as_str().to_lowercase().as_str() {
        "day before yesterday" => -2,
        "yesterday" | "last night" => -1,
        "tomorrow" => 1,
        "day after tomorrow" => 2,
        _ => 0,
    };
    day(today.checked_add(days.days()).ok()?)
}

fn counted(captures: &Captures<'_>, today: Date, _tense: Tense) -> Option<(Date, Date)> {
    let count = number(captures, "n")?;
    let count = if captures.name("dir")?.as_str().eq_ignore_ascii_case("ago") { -count } else { count };
    match captures.name("u")?.as_str().to_lowercase().as_str() {
        "day" => day(today.checked_add(count.days()).ok()?),
        // Nobody counts weeks to the day.
        "week" => week(today.checked_add(count.weeks()).ok()?),
        "weekend" => weekend(today.checked_add(count.weeks()).ok()?),
        "month" => whole_month(today.first_of_month().checked_add(count.months()).ok()?),
        _ => whole_year(i16::try_from(i64::from(today.year()).checked_add(count)?).ok()?),
    }
}

/// The week of a day, from Monday.
fn week(of: Date) -> Option<(Date, Date)> {
    let monday = of.checked_sub(i64::from(of.weekday().to_monday_zero_offset()).days()).ok()?;
    Some((monday, monday.checked_add(1.week()).ok()?))
}

fn weekend(of: Date) -> Option<(Date, Date)> {
    let (_, end) = week(of)?;
    Some((end.checked_sub(2.days()).ok()?, end))
}

fn neighbouring(captures: &Captures<'_>, today: Date, _tense: Tense) -> Option<(Date, Date)> {
    let step: i64 = match captures.name("dir")?.as_str().to_lowercase().as_str() {
        "last" | "past" => -1,
        "this" => 0,
        _ => 1,
    };
    let unit = captures.name("u")?.as_str().to_lowercase();
    match unit.as_str() {
        "week" => week(today.checked_add(step.weeks()).ok()?),
        "weekend" => weekend(today.checked_add(step.weeks()).ok()?),
        "month" => whole_month(today.first_of_month().checked_add(step.months()).ok()?),
        "year" => whole_year(i16::try_from(i64::from(today.year()) + step).ok()?),
        "spring" | "summer" | "autumn" | "fall" | "winter" => season(&unit, today, step),
        other => match weekday(other) {
            Some(weekday) => day(on(weekday, today, step)?),
            None => named_month(month_number(other)?, today, step),
        },
    }
}

fn weekday(name: &str) -> Option<Weekday> {
    let all = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let place = all.iter().position(|day| *day == name)?;
    Weekday::from_monday_zero_offset(i8::try_from(place).ok()?).ok()
}

/// The last (-1), this week's (0) or next (1) day of this name.
fn on(weekday: Weekday, today: Date, step: i64) -> Option<Date> {
    match step {
        -1 => today.nth_weekday(-1, weekday).ok(),
        0 => {
            let (monday, _) = week(today)?;
            monday.checked_add(i64::from(weekday.to_monday_zero_offset()).days()).ok()
        }
        _ => today.nth_weekday(1, weekday).ok(),
    }
}

fn on_weekday(captures: &Captures<'_>, today: Date, tense: Tense) -> Option<(Date, Date)> {
    let weekday = weekday(&captures.name("u")?.as_str().to_lowercase())?;
    day(on(weekday, today, if tense == Tense::Future { 1 } else { -1 })?)
}

fn named_month(month: i8, today: Date, step: i64) -> Option<(Date, Date)> {
    let year = match step {
        -1 if month >= today.month() => today.year().checked_sub(1)?,
        1 if month <= today.month() => today.year().checked_add(1)?,
        _ => today.year(),
    };
    whole_month(Date::new(year, month, 1).ok()?)
}

/// Three months, as the northern half of the world counts them.
fn season(name: &str, today: Date, step: i64) -> Option<(Date, Date)> {
    let begins = match name {
        "spring" => 3,
        "summer" => 6,
        "winter" => 12,
        _ => 9,
    };
    let this = Date::new(today.year(), begins, 1).ok()?;
    let ends = this.checked_add(3.months()).ok()?;
    let begin = match step {
        -1 if ends > today => this.checked_sub(1.year()).ok()?,
        1 if this <= today => this.checked_add(1.year()).ok()?,
        _ => this,
    };
    Some((begin, begin.checked_add(3.months()).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;

    #[test]
    fn times_are_resolved_against_the_day_they_were_said() {
        // A Thursday.
        let today = date(2023, 5, 25);
        for (text, expected) in [
            ("I ran a race last Saturday", "last Saturday 2023-05-20 2023-05-21 During"),
            ("yesterday we met", "yesterday 2023-05-24 2023-05-25 During"),
            ("We met the day before yesterday", "the day before yesterday 2023-05-23 2023-05-24 During"),
            ("three weeks ago I quit", "three weeks ago 2023-05-01 2023-05-08 During"),
            ("10 years ago", "10 years ago 2013-01-01 2014-01-01 During"),
            ("I am going camping in two weeks", "in two weeks 2023-06-05 2023-06-12 During"),
            ("next month we will move", "next month 2023-06-01 2023-07-01 During"),
            ("I have lived here since 2019", "since 2019 2019-01-01 2020-01-01 Since"),
            ("I worked there until June 2022", "until June 2022 2022-06-01 2022-07-01 Until"),
            ("born on 8 May 1990 in Bonn", "on 8 May 1990 1990-05-08 1990-05-09 During"),
            ("on March 3rd I was ill", "on March 3rd 2023-03-03 2023-03-04 During"),
            ("on December 24 I was ill", "on December 24 2022-12-24 2022-12-25 During"),
            ("My flight leaves on 3 August", "on 3 August 2023-08-03 2023-08-04 During"),
            ("My flight leaves on 3 January", "on 3 January 2023-01-03 2023-01-04 During"),
            ("I will fly on 3 January", "on 3 January 2024-01-03 2024-01-04 During"),
            ("I will be away on December 24", "on December 24 2023-12-24 2023-12-25 During"),
            ("2023-02-28 it was", "2023-02-28 2023-02-28 2023-03-01 During"),
            ("we went there last summer", "last summer 2022-06-01 2022-09-01 During"),
            ("this weekend", "this weekend 2023-05-27 2023-05-29 During"),
            ("next Monday I start", "next Monday 2023-05-29 2023-05-30 During"),
            ("on Monday I was ill", "on Monday 2023-05-22 2023-05-23 During"),
            ("I will call on Monday", "on Monday 2023-05-29 2023-05-30 During"),
            ("in March I moved", "in March 2023-03-01 2023-04-01 During"),
            ("we may march on", ""),
            ("31 February 2020", "February 2020 2020-02-01 2020-03-01 During"),
        ] {
            let found: Vec<String> = find(text, today)
                .iter()
                .map(|when| {
                    format!("{} {} {} {:?}", &text[when.range.clone()], when.from, when.until, when.bound)
                })
                .collect();
            assert_eq!(found.join("; "), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_said_has_an_order(text in "(last|next|in|since|on)? ?(\\d{1,4}|two|a few)? ?(days|week|years ago|May|monday|2020|\\PC{0,6}) ?\\PC*", year in -9990_i16..9990) {
            for when in find(&text, date(year, 2, 28)) {
                prop_assert!(when.from < when.until);
                prop_assert!(text.get(when.range).is_some());
            }
        }
    }
}
