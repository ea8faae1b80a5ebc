//! Typed entries of documents, and choices by facets.

use crate::problem::ApiError;
use api::library::{self as dto, FacetValue, SearchFacet};
use base::ErrorKind;
use library::model::{Entry, EntryChange, Facet, FacetCounts, Filter};
use std::{collections::HashMap, ops::RangeInclusive};

/// Most values that may be chosen of a facet.
const MOST_VALUES: usize = 500;
/// Most values that are told of a facet.
const MOST_TOLD: usize = 100;
/// Higher than any level or challenge, in eighths.
const HIGHEST: u32 = 1_000;

/// A choice as a query writes it.
pub(crate) struct Choice<'a> {
    pub(crate) values: [(Facet, &'a String); 8],
    pub(crate) level_min: Option<&'a str>,
    pub(crate) level_max: Option<&'a str>,
}

/// Reads a choice.
pub(crate) fn filter(choice: &Choice<'_>) -> Result<Filter, ApiError> {
    let mut filter = Filter::default();
    for (facet, text) in choice.values {
        let values = listed(text);
        if values.len() > MOST_VALUES {
            let message = format!("more than {MOST_VALUES} values of `{}` were chosen", facet.as_str());
            return Err(ApiError::new(ErrorKind::Invalid, message).hint("choose fewer"));
        }
        if !values.is_empty() {
            filter.values.insert(facet, values.into_iter().collect());
        }
    }
    filter.levels = levels(choice.level_min, choice.level_max)?;
    Ok(filter)
}

fn levels(least: Option<&str>, most: Option<&str>) -> Result<Option<RangeInclusive<u32>>, ApiError> {
    let read = |text: Option<&str>| text.filter(|text| !text.trim().is_empty()).map(eighths).transpose();
    let (least, most) = (read(least)?, read(most)?);
    if least.is_none() && most.is_none() {
        return Ok(None);
    }
    let (least, most) = (least.unwrap_or(0), most.unwrap_or(HIGHEST));
    if least > most {
        let message = "`level_min` is above `level_max`";
        return Err(ApiError::new(ErrorKind::Invalid, message).hint("turn them around"));
    }
    Ok(Some(least..=most))
}

/// A level or challenge in eighths.
fn eighths(text: &str) -> Result<u32, ApiError> {
    let invalid = || {
        ApiError::new(ErrorKind::Invalid, format!("`{text}` is no level or challenge"))
            .hint("write a number from 0 to 100, or a part such as `1/4`")
    };
    let text = text.trim();
    let number = match text.split_once('/') {
        Some((above, below)) => {
            let (above, below): (f64, f64) =
                (above.parse().map_err(|_| invalid())?, below.parse().map_err(|_| invalid())?);
            above / below
        }
        None => text.parse().map_err(|_| invalid())?,
    };
    if !(0.0..=100.0).contains(&number) {
        return Err(invalid());
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 100")]
    let eighths = (number * 8.0).round() as u32;
    Ok(eighths)
}

/// Values parted by commas; a backslash makes a comma a part of the value.
fn listed(text: &str) -> Vec<String> {
    let mut values = vec![String::new()];
    let mut escaped = false;
    for sign in text.chars() {
        match (sign, escaped) {
            ('\\', false) => escaped = true,
            (',', false) => values.push(String::new()),
            (sign, _) => {
                escaped = false;
                if let Some(last) = values.last_mut() {
                    last.push(sign);
                }
            }
        }
    }
    values.into_iter().map(|value| value.trim().to_owned()).filter(|value| !value.is_empty()).collect()
}

/// Counts by facets, each in the order that helps.
pub(crate) fn facets(counts: &FacetCounts, titles: &HashMap<String, String>) -> Vec<SearchFacet> {
    let mut facets: Vec<SearchFacet> = counts
        .values
        .iter()
        .map(|(facet, counts)| {
            let mut values: Vec<FacetValue> = counts
                .iter()
                .map(|(value, count)| FacetValue {
                    label: titles.get(value).filter(|_| *facet == Facet::Source).cloned(),
                    value: value.clone(),
                    count: u64::try_from(*count).unwrap_or(u64::MAX),
                })
                .collect();
            match facet {
                Facet::Added => values.reverse(),
                Facet::Source
                | Facet::Format
                | Facet::Collection
                | Facet::DocumentKind
                | Facet::Tag
                | Facet::Kind
                | Facet::School => {
                    values
                        .sort_by(|one, other| other.count.cmp(&one.count).then(one.value.cmp(&other.value)));
                }
            }
            values.truncate(MOST_TOLD);
            SearchFacet { name: facet.as_str().to_owned(), values }
        })
        .collect();
    let levels = counts.levels.iter().map(|(eighths, count)| FacetValue {
        value: (f64::from(*eighths) / 8.0).to_string(),
        label: None,
        count: u64::try_from(*count).unwrap_or(u64::MAX),
    });
    let levels: Vec<FacetValue> = levels.collect();
    if !levels.is_empty() {
        facets.push(SearchFacet { name: "level".to_owned(), values: levels });
    }
    facets
}

pub(crate) fn entry(entry: Entry) -> dto::Entry {
    let facts = library::fields_of(&entry)
        .into_iter()
        .filter_map(|field| Some(dto::EntryFact { field: field.name, text: field.text? }));
    dto::Entry {
        facts: facts.collect(),
        id: entry.id,
        document_id: entry.document_id.to_string(),
        kind: entry.kind.to_string(),
        name: entry.name,
        chunk_id: entry.chunk_id,
        page: entry.page,
        level: entry.level,
        school: entry.school,
        quality: entry.quality,
        corrected: entry.corrected,
    }
}

pub(crate) fn detail(of: Entry) -> dto::EntryDetail {
    let fields = library::fields_of(&of).into_iter().map(|field| dto::EntryField {
        name: field.name,
        form: field.form.to_owned(),
        words: field.words,
        expected: field.expected,
        text: field.text,
    });
    dto::EntryDetail { fields: fields.collect(), layout: of.layout.clone(), entry: entry(of) }
}

pub(crate) fn list(entries: Vec<Entry>) -> dto::EntryList {
    let count = u32::try_from(entries.len()).unwrap_or(u32::MAX);
    let sum: f64 = entries.iter().map(|entry| entry.quality).sum();
    let quality = (count > 0).then(|| sum / f64::from(count));
    dto::EntryList { entries: entries.into_iter().map(entry).collect(), quality }
}

pub(crate) fn change(change: dto::EntryChange) -> Result<EntryChange, ApiError> {
    let kind = change.kind.map(|kind| {
        kind.parse().map_err(|error: library::UnknownKind| {
            ApiError::new(ErrorKind::Invalid, error.to_string())
                .hint("`spell`, `monster`, `condition`, `magic_item` or `equipment`")
        })
    });
    Ok(EntryChange { kind: kind.transpose()?, name: change.name, fields: change.fields })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_are_read_as_they_are_written() {
        assert_eq!(listed("a, b\\,c,,"), ["a", "b,c"]);
        assert_eq!(levels(Some("1/4"), Some("2")).unwrap(), Some(2..=16));
        assert_eq!(levels(None, Some("")).unwrap(), None);
        assert_eq!(levels(Some("3"), None).unwrap(), Some(24..=HIGHEST));
        for (least, most) in [("3", "1"), ("x", "1"), ("1/0", "2"), ("-1", "2"), ("NaN", "2")] {
            assert!(levels(Some(least), Some(most)).is_err(), "{least} {most}");
        }
    }
}
