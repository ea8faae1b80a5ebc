//! Facts by rules: what people say of themselves in plain English sentences.

mod table;

use super::{Found, Heard, sentence};
use crate::{
    attribute::{self, RELATIONS, SINGLE_RELATIONS},
    model::{Draft, Kind, Origin, YOU},
    when::{self, Bound, When},
};
use regex::{Captures, Regex};
use std::sync::LazyLock;
use table::{Means, RULES, Rule, Value};

/// Longest value, in words.
const MOST_WORDS: usize = 14;
/// Most facts of one message: who pastes a book does not tell about themselves.
const MOST_FACTS: usize = 24;

static COMPILED: LazyLock<Vec<(Regex, &'static Rule)>> = LazyLock::new(|| {
    let relations = [SINGLE_RELATIONS, RELATIONS].concat().join("|");
    let compile = |rule: &'static Rule| {
        let pattern = rule
            .pattern
            .replace("<N>", table::NAME)
            .replace("<R>", &relations)
            .replace("<J>", table::JOBS)
            .replace("<T>", table::TOOLS)
            .replace("<G>", table::LANGUAGES);
        Some((Regex::new(&format!("(?i){pattern}")).ok()?, rule))
    };
    RULES.iter().filter_map(compile).collect()
});

/// What is only played through, asked of somebody else, or told of others.
static NOT_MEANT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(if|imagine|suppose|pretend|let['’]s say|act as|as if|wish|what would|translate|rewrite|proofread)\b|^(he|she|they|you) ").ok()
});
static REMEMBER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)^(?:please |also |and |ok,? |okay,? )*(?:remember|keep in mind|bear in mind|take note|make a note|note|don['’]t forget|do not forget)(?: that|:| of| for later:?)? (?P<v>.+)$").ok()
});
static FORGET: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i)^(?:please |also |and )*forget (?:the fact )?(?:that |about it that )?(?P<v>(?:i|we|my)\b.+)$",
    )
    .ok()
});
static OF_OTHERS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let relations = [SINGLE_RELATIONS, RELATIONS].concat().join("|");
    Regex::new(&format!(
        r"(?i)\bmy (?P<r>{relations})(?:,? (?-i:\p{{Lu}}[\p{{L}}'’-]+),?)? (?P<v>(?:now |still |also |really )*(?:lives|works|worked|likes|loves|hates|enjoys|prefers|moved|has moved|studies|is|was|speaks|uses|quit|left|doesn['’]t|does not)\b.+)$"
    ))
    .ok()
});

pub(super) fn find(heard: &Heard<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for sentence in sentence::sentences(heard.text) {
        one(heard, &sentence, &mut found);
        if found.len() >= MOST_FACTS {
            break;
        }
    }
    found.truncate(MOST_FACTS);
    found
}

fn one(heard: &Heard<'_>, sentence: &str, found: &mut Vec<Found>) {
    let capture = |pattern: &Option<Regex>| {
        let captures = pattern.as_ref()?.captures(sentence)?;
        captures.name("v").map(|value| value.as_str().to_owned())
    };
    if let Some(told) = capture(&REMEMBER) {
        remember(heard, &told, found);
        return;
    }
    if let Some(told) = capture(&FORGET) {
        let of_old = about(heard, YOU, &told).into_iter().filter_map(|found| match found {
            Found::Fact(Draft { subject, attribute, value, .. }) => {
                Some(Found::Retracted { subject, attribute, value })
            }
            Found::Ended { .. } | Found::Retracted { .. } => None,
        });
        found.extend(of_old);
        return;
    }
    if NOT_MEANT.as_ref().is_some_and(|pattern| pattern.is_match(sentence)) {
        return;
    }
    let mut here = about(heard, YOU, sentence);
    if let Some(captures) = OF_OTHERS.as_ref().and_then(|pattern| pattern.captures(sentence))
        && let (Some(whose), Some(told)) = (captures.name("r"), captures.name("v"))
    {
        let told = in_first_person(told.as_str());
        // What they are called, the rules of relations have found.
        let named = |found: &Found| matches!(found, Found::Fact(draft) if draft.attribute == "name");
        let of_them = about(heard, &whose.as_str().to_lowercase(), &told);
        here.extend(of_them.into_iter().filter(|found| !named(found)));
    }
    if here.is_empty() {
        here.extend(event(heard, sentence));
    }
    found.append(&mut here);
}

/// What the person asked to have remembered: the facts in it, surer than others, or all of it as a note.
fn remember(heard: &Heard<'_>, told: &str, found: &mut Vec<Found>) {
    let mut inside = Vec::new();
    one(heard, told, &mut inside);
    let mut facts: Vec<Found> = inside
        .into_iter()
        .map(|one| match one {
            Found::Fact(draft) => {
                Found::Fact(Draft { confidence: 1.0, importance: draft.importance.max(0.7), ..draft })
            }
            Found::Ended { .. } | Found::Retracted { .. } => one,
        })
        .collect();
    if facts.is_empty() {
        let when = when::find(told, heard.today()).into_iter().next();
        let note = draft(heard, (YOU, "note", told.trim()), (100, when.as_ref()));
        facts.push(Found::Fact(Draft { text: capitalised(told.trim()), ..note }));
    }
    found.append(&mut facts);
}

/// `lives in Paris` as the person themselves would say it.
fn in_first_person(told: &str) -> String {
    let (first, rest) = told.split_once(' ').unwrap_or((told, ""));
    let lower = first.to_lowercase();
    let verb = match lower.as_str() {
        "is" => "am",
        "has" => "have",
        "studies" => "study",
        "doesn't" | "doesn’t" | "does" => "don't",
        "moved" | "worked" | "was" | "quit" | "left" | "now" | "still" | "also" | "really" => lower.as_str(),
        other => other.strip_suffix('s').unwrap_or(other),
    };
    let rest = if lower == "does" { rest.strip_prefix("not ").unwrap_or(rest) } else { rest };
    match lower.as_str() {
        "now" | "still" | "also" | "really" => {
            format!("I {lower} {}", in_first_person(rest).trim_start_matches("I "))
        }
        _ => format!("I {verb} {rest}"),
    }
}

/// What a sentence says about somebody.
fn about(heard: &Heard<'_>, subject: &str, sentence: &str) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    let mut taken: Vec<std::ops::Range<usize>> = Vec::new();
    for (pattern, rule) in COMPILED.iter() {
        for captures in pattern.captures_iter(sentence) {
            let Some(value) = captures.name("v") else { continue };
            // An earlier rule is the more exact one; two clauses of a sentence are told apart by their values.
            if taken.iter().any(|range| range.contains(&value.start())) {
                continue;
            }
            let before = found.len();
            matched(heard, (subject, sentence), (rule, &captures), &mut found);
            if found.len() > before {
                taken.push(value.start()..value.start() + used(rule, value.as_str()).len());
            }
        }
    }
    found
}

fn matched(
    heard: &Heard<'_>,
    (subject, sentence): (&str, &str),
    (rule, captures): (&Rule, &Captures<'_>),
    found: &mut Vec<Found>,
) {
    let Some(value) = captures.name("v") else { return };
    let named = captures.name("a").map(|a| a.as_str().trim().to_lowercase()).unwrap_or_default();
    let attribute = rule.attribute.replace("{a}", &named);
    // A birthday is no time from which on something holds.
    let times = if attribute == "birthday" { Vec::new() } else { when::find(sentence, heard.today()) };
    for value in values(rule, value.as_str(), heard) {
        if !plausible(&attribute, &value, sentence, rule) {
            continue;
        }
        let subject = subject.to_owned();
        match rule.means {
            Means::Ended => {
                let of_anything =
                    matches!(value.to_lowercase().as_str(), "my job" | "the job" | "work" | "it");
                let value = (!of_anything).then_some(value);
                found.push(Found::Ended { subject, attribute: attribute.clone(), value });
            }
            Means::Holds | Means::Held => {
                let mut draft = draft(heard, (&subject, &attribute, &value), (rule.sure, times.first()));
                if rule.means == Means::Held && draft.true_until.is_none_or(|until| until > heard.said_at) {
                    draft.true_until = Some(heard.said_at);
                }
                // What somebody is, they are from then on, not only on that day.
                let lasts = rule.means == Means::Holds && !matches!(draft.kind, Kind::Plan | Kind::Event);
                if lasts && times.first().is_some_and(|when| when.bound == Bound::During) {
                    draft.true_until = None;
                }
                found.push(Found::Fact(draft));
            }
        }
    }
}

fn draft(
    heard: &Heard<'_>,
    (subject, attribute, value): (&str, &str, &str),
    (sure, when): (u8, Option<&When>),
) -> Draft {
    let (true_from, true_until) = match when {
        None => (None, None),
        Some(when) => match when.bound {
            Bound::During => (heard.begin(when.from), heard.begin(when.until)),
            Bound::Since => (heard.begin(when.from), None),
            Bound::Until => (None, heard.begin(when.from)),
        },
    };
    Draft {
        kind: attribute::kind(attribute),
        subject: subject.to_owned(),
        attribute: attribute.to_owned(),
        value: value.to_owned(),
        text: sentence_of(subject, attribute, value),
        context: String::new(),
        confidence: f64::from(sure) / 100.0,
        importance: attribute::importance(attribute),
        origin: Origin::Rules,
        source: heard.source,
        said_at: heard.said_at,
        true_from,
        true_until,
    }
}

/// A fact as a short sentence without its subject where that is the person.
pub(crate) fn sentence_of(subject: &str, attribute: &str, value: &str) -> String {
    let told = match attribute {
        "note" | "event" | "said" | "summary" => value.to_owned(),
        "name" => format!("is called {value}"),
        "age" => format!("is {value} years old"),
        "birthday" => format!("has their birthday on {value}"),
        "marital status" => format!("is {value}"),
        "job" => format!("works as {value}"),
        "diet" => format!("is {value}"),
        "allergic to" => format!("is allergic to {value}"),
        "plan" => format!("plans to {value}"),
        "answer length" => format!("wants {value} answers"),
        "answer language" => format!("wants answers in {}", capitalised(value)),
        "answer manner" => format!("wants in answers: {value}"),
        "pronouns" => format!("goes by {value}"),
        other if other.starts_with("favourite ") => format!("{other}: {value}"),
        other if SINGLE_RELATIONS.contains(&other) || RELATIONS.contains(&other) => {
            format!("{other}: {value}")
        }
        other => format!("{other} {value}"),
    };
    if subject == YOU { capitalised(&told) } else { capitalised(&format!("{subject} {told}")) }
}

pub(crate) fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

/// The values of a match, cut at the end of the clause and freed from times.
fn values(rule: &Rule, value: &str, heard: &Heard<'_>) -> Vec<String> {
    match rule.value {
        Value::Exact => vec![value.trim().trim_end_matches([',', '.']).to_owned()],
        Value::Name | Value::Phrase => vec![timeless(used(rule, value), heard, rule)],
        Value::List => {
            let whole = timeless(used(rule, value), heard, rule);
            let parts: Vec<String> = whole
                .split(", ")
                .flat_map(|part| part.split(" and "))
                .map(|part| tidy(part.trim_start_matches("and ").trim_start_matches("or ")))
                .filter(|part| !part.is_empty())
                .collect();
            let short = parts.iter().all(|part| part.split_whitespace().count() <= 3);
            let own = |part: &String| {
                let first = part.split(' ').next().unwrap_or_default().to_lowercase();
                matches!(first.as_str(), "i" | "i'm" | "we" | "it" | "my" | "he" | "she" | "they" | "you")
            };
            if short && !parts.iter().any(own) { parts } else { vec![tidy(clause(&whole, true))] }
        }
    }
}

/// What ends a clause.
const ENDS: [&str; 22] = [
    " and i ",
    " and i'",
    " and my ",
    " and we ",
    " but ",
    " because ",
    " so ",
    " when ",
    " while ",
    " which ",
    " who ",
    " although ",
    " though ",
    " (",
    " – ",
    " — ",
    ": ",
    " - ",
    " where ",
    " and it ",
    " and now ",
    " even ",
];

/// As much of what a pattern found as is the value; what comes after it may say something else.
fn used<'v>(rule: &Rule, value: &'v str) -> &'v str {
    match rule.value {
        Value::Exact => value,
        // Who somebody lives or works with is no part of the place's name.
        Value::Name => {
            let name = clause(value, true);
            name.split_once(" with ").map_or(name, |(name, _)| name)
        }
        Value::Phrase => clause(value, true),
        Value::List => clause(value, false),
    }
}

fn clause(value: &str, at_commas: bool) -> &str {
    // Lower case of ASCII only: places must stay the same.
    let lower = value.to_ascii_lowercase();
    let end = ENDS.iter().filter_map(|end| lower.find(end)).min().unwrap_or(value.len());
    let end = if at_commas { lower.find(", ").map_or(end, |comma| comma.min(end)) } else { end };
    value.get(..end).unwrap_or(value)
}

/// A value without the times at its end; plans keep their words.
fn timeless(value: &str, heard: &Heard<'_>, rule: &Rule) -> String {
    let times = when::find(value, heard.today());
    let keeps = matches!(attribute::kind(rule.attribute), Kind::Plan | Kind::Event);
    let end = times.iter().map(|when| when.range.start).min().filter(|_| !keeps);
    tidy(value.get(..end.unwrap_or(value.len())).unwrap_or(value))
}

/// Words at the end that belong to no value.
const TAILS: [&str; 17] = [
    " now",
    " too",
    " as well",
    " these days",
    " at the moment",
    " anymore",
    " any more",
    " a lot",
    " very much",
    " right now",
    " nowadays",
    " currently",
    " so much",
    " again",
    " instead",
    " since",
    " there",
];

fn tidy(value: &str) -> String {
    let mut value = value.trim().trim_end_matches([',', '.', '!', ':', ')']).trim();
    while let Some(rest) = TAILS.iter().find_map(|tail| {
        let cut = value.len().checked_sub(tail.len())?;
        value.get(cut..)?.eq_ignore_ascii_case(tail).then(|| value.get(..cut)).flatten()
    }) {
        value = rest.trim_end();
    }
    value.to_owned()
}

/// Whether a value can be one.
fn plausible(attribute: &str, value: &str, sentence: &str, rule: &Rule) -> bool {
    let count = value.split_whitespace().count();
    let first = value.split_whitespace().next().unwrap_or_default();
    let lower = first.to_lowercase();
    if count == 0 || count > MOST_WORDS || value.len() > 160 {
        return false;
    }
    let pronoun = matches!(
        lower.as_str(),
        "it" | "that"
            | "this"
            | "these"
            | "those"
            | "them"
            | "him"
            | "her"
            | "you"
            | "your"
            | "me"
            | "there"
            | "here"
            | "how"
            | "what"
            | "if"
            | "as"
            | "one"
    );
    if rule.means == Means::Ended && matches!(lower.as_str(), "my" | "the" | "it" | "work") {
        return attribute == "works at";
    }
    let tool = table::TOOLS.split('|').any(|tool| tool.eq_ignore_ascii_case(value));
    if rule.value == Value::Name && tool {
        return false;
    }
    let capital = first.chars().next().is_some_and(|c| c.is_uppercase() || c.is_numeric());
    match rule.value {
        Value::Name => {
            // Who writes without capital letters writes names without them, too.
            let without = !sentence.replace('I', "i").chars().any(char::is_uppercase);
            let article = matches!(
                lower.as_str(),
                "a" | "an" | "my" | "our" | "home" | "myself" | "bed" | "some" | "several"
            );
            capital
                || (lower == "the" && value.chars().nth(4).is_some_and(char::is_uppercase))
                || (without && !article && !pronoun && lower != "the" && count <= 4)
        }
        Value::Exact => true,
        Value::Phrase | Value::List => !(pronoun || lower == "to" && attribute == "uses"),
    }
}

/// Something that happened at a time that was named.
fn event(heard: &Heard<'_>, sentence: &str) -> Option<Found> {
    let lower = sentence.to_lowercase();
    let own =
        lower.split(|c: char| !c.is_alphanumeric()).any(|word| matches!(word, "i" | "we" | "my" | "our"));
    let when = when::find(sentence, heard.today()).into_iter().find(|when| when.bound == Bound::During)?;
    let count = sentence.split_whitespace().count();
    if !own || !(4..=40).contains(&count) {
        return None;
    }
    let ahead = when.from > heard.today();
    let attribute = if ahead { "plan" } else { "event" };
    let mut draft = draft(heard, (YOU, attribute, sentence), (70, Some(&when)));
    draft.text = capitalised(sentence);
    Some(Found::Fact(draft))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_is_a_pattern() {
        assert_eq!(COMPILED.len(), RULES.len());
        assert!([&NOT_MEANT, &REMEMBER, &FORGET, &OF_OTHERS].iter().all(|pattern| pattern.is_some()));
    }
}
