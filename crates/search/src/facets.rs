//! Facets: what passages are besides their words, to choose among them and to count them.
//!
//! All that a passage is stands in one term of the index (its *mark*). There are few different ones, so that a choice is
//! a set of marks, and counting looks at one number a passage ([`marks`]). Counts of a facet leave its own choice out: they say
//! what choosing another of its values as well would add.

mod marks;

pub(crate) use marks::{CountMarks, Counted, Left, MarkTables};

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    ops::RangeInclusive,
};
use tantivy::{
    DocId, Score, SegmentOrdinal, SegmentReader,
    collector::{Collector, SegmentCollector},
    columnar::Column,
};

/// What parts the values of different facets.
const PARTS: char = '\u{1f}';
/// What parts the values of one.
const VALUES: char = '\u{1e}';
/// The place of levels, behind those of all facets.
const LEVELS: usize = Facet::ALL.len();

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

    /// Its place among all.
    const fn place(self) -> usize {
        match self {
            Self::Source => 0,
            Self::Format => 1,
            Self::Collection => 2,
            Self::Added => 3,
            Self::DocumentKind => 4,
            Self::Tag => 5,
            Self::Kind => 6,
            Self::School => 7,
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

    /// The facets in which something was chosen, with what.
    fn asked(&self) -> impl Iterator<Item = (Facet, &BTreeSet<String>)> {
        self.values.iter().filter(|(_, chosen)| !chosen.is_empty()).map(|(facet, chosen)| (*facet, chosen))
    }

    /// Whether something was chosen in which passages of one document may differ.
    fn is_within_documents(&self) -> bool {
        self.levels.is_some() || self.asked().any(|(facet, _)| !facet.is_of_document())
    }
}

/// Which of the facets (by their places) a passage fails.
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

    /// Whether it holds but for the facet of this place.
    fn leaves(self, place: usize) -> bool {
        match self {
            Self::None => true,
            Self::Only(other) => other == place,
            Self::Several => false,
        }
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
            for (value, count) in values {
                self.add_one(facet, &value, count);
            }
        }
        for (level, count) in other.levels {
            *self.levels.entry(level).or_default() += count;
        }
    }

    fn add_one(&mut self, facet: Facet, value: &str, count: usize) {
        let own = self.values.entry(facet).or_default();
        match own.get_mut(value) {
            Some(known) => *known += count,
            None => drop(own.insert(value.to_owned(), count)),
        }
    }

    /// Counts of marks, where the choice in a facet does not count for itself.
    pub(crate) fn of(counted: &Counted, filter: &Filter, tags: &DocumentTags) -> Self {
        let mut counts = Self::default();
        for (marks, numbers) in counted {
            marks.count(numbers, (filter, tags), &mut counts);
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

/// Whether passages have to be told apart inside of documents.
pub(crate) fn needs_passages(filter: &Filter) -> bool {
    filter.is_within_documents()
}

/// Collects the passages that match, as numbers.
pub(crate) struct Passages;

pub(crate) struct PassagesOfSegment {
    high: Column<u64>,
    low: Column<u64>,
    found: Vec<u128>,
}

impl Collector for Passages {
    type Fruit = Vec<u128>;
    type Child = PassagesOfSegment;

    fn for_segment(&self, _: SegmentOrdinal, segment: &SegmentReader) -> tantivy::Result<PassagesOfSegment> {
        let columns = segment.fast_fields();
        Ok(PassagesOfSegment { high: columns.u64("high")?, low: columns.u64("low")?, found: Vec::new() })
    }

    fn requires_scoring(&self) -> bool {
        false
    }

    fn merge_fruits(&self, segments: Vec<Vec<u128>>) -> tantivy::Result<Vec<u128>> {
        Ok(segments.concat())
    }
}

impl SegmentCollector for PassagesOfSegment {
    type Fruit = Vec<u128>;

    fn collect(&mut self, doc: DocId, _: Score) {
        if let (Some(high), Some(low)) = (self.high.first(doc), self.low.first(doc)) {
            self.found.push(u128::from(high) << 64 | u128::from(low));
        }
    }

    fn harvest(self) -> Vec<u128> {
        self.found
    }
}

#[cfg(test)]
mod tests {
    use super::{marks::Marks, *};
    use std::sync::Arc;

    #[test]
    fn counts_leave_the_own_choice_out() {
        let facets = |kind: &str, level: u32| Facets {
            values: vec![(Facet::Kind, kind.to_owned()), (Facet::Format, "p\u{1f}df".to_owned())],
            levels: vec![level],
            ..Facets::default()
        };
        let marks = [
            facets("spell", 8).mark("d1"),
            facets("spell", 24).mark("d2"),
            facets("monster", 8).mark("d1"),
            facets("monster", 16).mark("d3"),
        ];
        let marks = vec![(Arc::new(Marks::of(marks.iter().map(String::as_str))), vec![3, 2, 5, 0])];
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
