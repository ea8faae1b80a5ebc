//! Facets: what passages are besides their words, to choose among them and to count them.
//!
//! All that a passage is stands in one term of the index (its *mark*). There are few different ones, so that a choice is
//! a set of marks, and counting looks at one number a passage. Counts of a facet leave its own choice out: they say
//! what choosing another of its values as well would add.

use crate::schema::Fields;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    ops::RangeInclusive,
};
use tantivy::{
    DocId, Score, Searcher, SegmentOrdinal, SegmentReader, Term,
    collector::{Collector, SegmentCollector},
    columnar::{Column, StrColumn},
};

/// What parts the values of different facets.
const PARTS: char = '\u{1f}';
/// What parts the values of one.
const VALUES: char = '\u{1e}';

/// Something that passages differ in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Facet {
    /// The document, by its id.
    Source,
    /// Its format.
    Format,
    /// Its collection.
    Collection,
    /// When it was added, as year and month.
    Added,
    /// What kind of document it is, such as a rulebook.
    DocumentKind,
    /// A tag of the document; it may have several.
    Tag,
    /// What kind of entry the passage tells of.
    Kind,
    /// The school of magic of that entry.
    School,
}

impl Facet {
    /// Every facet; those of documents first.
    pub const ALL: [Self; 8] = [
        Self::Source,
        Self::Format,
        Self::Collection,
        Self::Added,
        Self::DocumentKind,
        Self::Tag,
        Self::Kind,
        Self::School,
    ];

    /// Those that stand in marks, in their order there.
    const MARKED: [Self; 7] = [
        Self::Source,
        Self::Format,
        Self::Collection,
        Self::Added,
        Self::DocumentKind,
        Self::Kind,
        Self::School,
    ];

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Format => "format",
            Self::Collection => "collection",
            Self::Added => "added",
            Self::DocumentKind => "document_kind",
            Self::Tag => "tag",
            Self::Kind => "type",
            Self::School => "school",
        }
    }

    /// Whether all passages of a document have the same.
    const fn is_of_document(self) -> bool {
        match self {
            Self::Source | Self::Format | Self::Collection | Self::Added | Self::DocumentKind | Self::Tag => {
                true
            }
            Self::Kind | Self::School => false,
        }
    }
}

/// The tags of documents, by the documents' ids.
pub type DocumentTags = HashMap<String, Vec<String>>;

/// What a passage is besides its words; its document is known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facets {
    /// Values of facets; one may have several. Tags are not among them.
    pub values: Vec<(Facet, String)>,
    /// Levels of spells and challenges of monsters, in eighths.
    pub levels: Vec<u32>,
    /// The entries it belongs to.
    pub entries: Vec<String>,
    /// Whether it goes on with an entry that began before: a choice without words shows each entry once.
    pub goes_on: bool,
}

impl Facets {
    /// The term that says it all.
    pub(crate) fn mark(&self, document_id: &str) -> String {
        let clean = |text: &str| text.chars().filter(|sign| !sign.is_control()).take(200).collect::<String>();
        let mut parts = Vec::with_capacity(Facet::MARKED.len() + 1);
        for facet in Facet::MARKED {
            let own = (facet == Facet::Source).then(|| document_id.to_owned());
            let values = self.values.iter().filter(|(of, _)| *of == facet).map(|(_, value)| clean(value));
            let values: BTreeSet<String> = own.into_iter().chain(values).collect();
            parts.push(values.into_iter().collect::<Vec<_>>().join(&VALUES.to_string()));
        }
        let levels: BTreeSet<u32> = self.levels.iter().copied().collect();
        let levels: Vec<String> = levels.iter().map(u32::to_string).collect();
        parts.push(levels.join(&VALUES.to_string()));
        parts.join(&PARTS.to_string())
    }
}

/// A choice among passages: every facet's must hold; of its values one is enough.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// The chosen values of facets; no value chosen means all.
    pub values: BTreeMap<Facet, BTreeSet<String>>,
    /// From which level (in eighths) to which.
    pub levels: Option<RangeInclusive<u32>>,
}

impl Filter {
    /// Whether nothing was chosen.
    pub fn is_empty(&self) -> bool {
        self.levels.is_none() && self.values.values().all(BTreeSet::is_empty)
    }

    /// Whether something was chosen in which passages of one document may differ.
    fn is_within_documents(&self) -> bool {
        let chosen = |facet: &Facet| self.values.get(facet).is_some_and(|values| !values.is_empty());
        self.levels.is_some() || Facet::ALL.iter().any(|facet| !facet.is_of_document() && chosen(facet))
    }

    /// Which facets (by their places, levels last) a mark fails.
    fn failed(&self, mark: &Mark<'_>) -> Failed {
        let mut failed = Failed::None;
        for (place, facet) in Facet::ALL.iter().enumerate() {
            let Some(chosen) = self.values.get(facet).filter(|chosen| !chosen.is_empty()) else { continue };
            if !mark.of(*facet).iter().any(|value| chosen.contains(*value)) {
                failed = failed.and(place);
            }
        }
        if let Some(levels) = &self.levels
            && !mark.levels().any(|level| levels.contains(&level))
        {
            failed = failed.and(Facet::ALL.len());
        }
        failed
    }
}

/// Which of the facets a passage fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Failed {
    None,
    Only(usize),
    Several,
}

impl Failed {
    fn and(self, place: usize) -> Self {
        match self {
            Self::None => Self::Only(place),
            Self::Only(_) | Self::Several => Self::Several,
        }
    }
}

/// A term of the index, taken apart, and the tags of documents.
struct Mark<'a> {
    parts: Vec<&'a str>,
    tags: &'a DocumentTags,
}

impl<'a> Mark<'a> {
    fn new(text: &'a str, tags: &'a DocumentTags) -> Self {
        Self { parts: text.split(PARTS).collect(), tags }
    }

    fn of(&self, facet: Facet) -> Vec<&'a str> {
        match Facet::MARKED.iter().position(|marked| *marked == facet) {
            Some(place) => self.part(place).collect(),
            None => {
                let tags = self.document().and_then(|id| self.tags.get(id));
                tags.into_iter().flatten().map(String::as_str).collect()
            }
        }
    }

    fn document(&self) -> Option<&'a str> {
        self.part(0).next()
    }

    fn part(&self, place: usize) -> impl Iterator<Item = &'a str> + use<'a> {
        let part = self.parts.get(place).copied().unwrap_or_default();
        part.split(VALUES).filter(|value| !value.is_empty())
    }

    fn levels(&self) -> impl Iterator<Item = u32> + use<'a> {
        self.part(Facet::MARKED.len()).filter_map(|level| level.parse().ok())
    }
}

/// How many passages have each value.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FacetCounts {
    /// By facet, then by value.
    pub values: BTreeMap<Facet, BTreeMap<String, usize>>,
    /// By level in eighths.
    pub levels: BTreeMap<u32, usize>,
}

impl FacetCounts {
    /// Adds those of other passages.
    pub fn add(&mut self, other: Self) {
        for (facet, values) in other.values {
            let own = self.values.entry(facet).or_default();
            for (value, count) in values {
                *own.entry(value).or_default() += count;
            }
        }
        for (level, count) in other.levels {
            *self.levels.entry(level).or_default() += count;
        }
    }

    /// Counts of marks, where the choice in a facet does not count for itself.
    pub(crate) fn of(marks: &HashMap<String, usize>, filter: &Filter, tags: &DocumentTags) -> Self {
        let mut counts = Self::default();
        for (mark, number) in marks {
            let mark = Mark::new(mark, tags);
            let failed = filter.failed(&mark);
            for (place, facet) in Facet::ALL.iter().enumerate() {
                if matches!(failed, Failed::Several)
                    || matches!(failed, Failed::Only(other) if other != place)
                {
                    continue;
                }
                for value in mark.of(*facet) {
                    *counts.values.entry(*facet).or_default().entry(value.to_owned()).or_default() += number;
                }
            }
            if failed == Failed::None || failed == Failed::Only(Facet::ALL.len()) {
                for level in mark.levels() {
                    *counts.levels.entry(level).or_default() += number;
                }
            }
        }
        counts
    }
}

/// What a choice leaves, for who looks for passages elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Allowed {
    /// The documents that have some of them.
    pub documents: HashSet<String>,
    /// The passages, by their ids as hexadecimal numbers; `None` where they are all passages of these documents.
    pub passages: Option<HashSet<u128>>,
}

/// The marks that a choice leaves, as terms, and the documents they are of.
pub(crate) fn marks_of(
    searcher: &Searcher,
    fields: &Fields,
    (filter, tags): (&Filter, &DocumentTags),
) -> tantivy::Result<(Vec<Term>, HashSet<String>)> {
    let (mut terms, mut documents) = (BTreeSet::new(), HashSet::new());
    for segment in searcher.segment_readers() {
        let inverted = segment.inverted_index(fields.mark)?;
        let mut stream = inverted.terms().stream()?;
        while stream.advance() {
            let Ok(text) = std::str::from_utf8(stream.key()) else { continue };
            let mark = Mark::new(text, tags);
            if filter.failed(&mark) == Failed::None {
                documents.extend(mark.document().map(str::to_owned));
                terms.insert(text.to_owned());
            }
        }
    }
    Ok((terms.iter().map(|text| Term::from_field_text(fields.mark, text)).collect(), documents))
}

/// Whether passages have to be told apart inside of documents.
pub(crate) fn needs_passages(filter: &Filter) -> bool {
    filter.is_within_documents()
}

/// Counts the marks of what matches.
pub(crate) struct CountMarks;

pub(crate) struct MarksOfSegment {
    marks: Option<StrColumn>,
    ordinals: Option<Column<u64>>,
    counts: Vec<u32>,
}

impl Collector for CountMarks {
    type Fruit = HashMap<String, usize>;
    type Child = MarksOfSegment;

    fn for_segment(&self, _: SegmentOrdinal, segment: &SegmentReader) -> tantivy::Result<MarksOfSegment> {
        let marks = segment.fast_fields().str("mark")?;
        let ordinals = marks.as_ref().map(|marks| marks.ords().clone());
        let known = marks.as_ref().map_or(0, |marks| marks.num_terms());
        Ok(MarksOfSegment { marks, ordinals, counts: vec![0; known] })
    }

    fn requires_scoring(&self) -> bool {
        false
    }

    fn merge_fruits(&self, segments: Vec<HashMap<String, usize>>) -> tantivy::Result<HashMap<String, usize>> {
        let mut all: HashMap<String, usize> = HashMap::new();
        for (mark, count) in segments.into_iter().flatten() {
            *all.entry(mark).or_default() += count;
        }
        Ok(all)
    }
}

impl SegmentCollector for MarksOfSegment {
    type Fruit = HashMap<String, usize>;

    fn collect(&mut self, doc: DocId, _: Score) {
        let ordinal = self.ordinals.as_ref().and_then(|ordinals| ordinals.first(doc));
        let place = ordinal.and_then(|ordinal| usize::try_from(ordinal).ok());
        if let Some(count) = place.and_then(|place| self.counts.get_mut(place)) {
            *count += 1;
        }
    }

    fn harvest(self) -> Self::Fruit {
        let mut marks = HashMap::new();
        let Some(column) = self.marks else { return marks };
        for (ordinal, count) in (0..).zip(self.counts).filter(|(_, count)| *count > 0) {
            let mut text = String::new();
            if column.ord_to_str(ordinal, &mut text).unwrap_or(false) {
                marks.insert(text, usize::try_from(count).unwrap_or(usize::MAX));
            }
        }
        marks
    }
}

/// Collects the passages that match, as numbers.
pub(crate) struct Passages;

pub(crate) struct PassagesOfSegment {
    high: Column<u64>,
    low: Column<u64>,
    found: HashSet<u128>,
}

impl Collector for Passages {
    type Fruit = HashSet<u128>;
    type Child = PassagesOfSegment;

    fn for_segment(&self, _: SegmentOrdinal, segment: &SegmentReader) -> tantivy::Result<PassagesOfSegment> {
        let columns = segment.fast_fields();
        Ok(PassagesOfSegment { high: columns.u64("high")?, low: columns.u64("low")?, found: HashSet::new() })
    }

    fn requires_scoring(&self) -> bool {
        false
    }

    fn merge_fruits(&self, segments: Vec<HashSet<u128>>) -> tantivy::Result<HashSet<u128>> {
        Ok(segments
            .into_iter()
            .reduce(|mut all, more| {
                all.extend(more);
                all
            })
            .unwrap_or_default())
    }
}

impl SegmentCollector for PassagesOfSegment {
    type Fruit = HashSet<u128>;

    fn collect(&mut self, doc: DocId, _: Score) {
        if let (Some(high), Some(low)) = (self.high.first(doc), self.low.first(doc)) {
            self.found.insert(u128::from(high) << 64 | u128::from(low));
        }
    }

    fn harvest(self) -> HashSet<u128> {
        self.found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_leave_the_own_choice_out() {
        let facets = |kind: &str, level: u32| Facets {
            values: vec![(Facet::Kind, kind.to_owned()), (Facet::Format, "p\u{1f}df".to_owned())],
            levels: vec![level],
            ..Facets::default()
        };
        let marks = HashMap::from([
            (facets("spell", 8).mark("d1"), 3),
            (facets("spell", 24).mark("d2"), 2),
            (facets("monster", 8).mark("d1"), 5),
        ]);
        let tags = DocumentTags::from([
            ("d1".to_owned(), vec!["table".to_owned(), "old".to_owned()]),
            ("d2".to_owned(), vec!["old".to_owned()]),
        ]);
        let all = FacetCounts::of(&marks, &Filter::default(), &tags);
        let of = |counts: &FacetCounts, facet: Facet, value: &str| {
            counts.values.get(&facet).and_then(|values| values.get(value)).copied().unwrap_or(0)
        };
        assert_eq!((of(&all, Facet::Kind, "spell"), of(&all, Facet::Source, "d1")), (5, 8));
        assert_eq!(of(&all, Facet::Format, "pdf"), 10);
        assert_eq!((of(&all, Facet::Tag, "table"), of(&all, Facet::Tag, "old")), (8, 10));
        let filter = Filter {
            values: BTreeMap::from([(Facet::Kind, BTreeSet::from(["spell".to_owned()]))]),
            levels: Some(0..=8),
        };
        let some = FacetCounts::of(&marks, &filter, &tags);
        assert_eq!((of(&some, Facet::Kind, "spell"), of(&some, Facet::Kind, "monster")), (3, 5));
        assert_eq!((of(&some, Facet::Source, "d1"), of(&some, Facet::Source, "d2")), (3, 0));
        assert_eq!(some.levels, BTreeMap::from([(8, 3), (24, 2)]));
        let table = Filter {
            values: BTreeMap::from([(Facet::Tag, BTreeSet::from(["table".to_owned()]))]),
            levels: None,
        };
        let tagged = FacetCounts::of(&marks, &table, &tags);
        assert_eq!((of(&tagged, Facet::Tag, "table"), of(&tagged, Facet::Tag, "old")), (8, 10));
        assert_eq!((of(&tagged, Facet::Source, "d1"), of(&tagged, Facet::Source, "d2")), (8, 0));
    }
}
