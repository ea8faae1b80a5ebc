//! The marks of each segment of an index, taken apart once.

use super::{DocumentTags, Facet, FacetCounts, Failed, Filter, PARTS, VALUES};
use crate::segments::BySegment;
use std::{
    collections::{BTreeSet, HashMap, HashSet},
    fmt,
    sync::{Arc, Mutex, PoisonError},
};
use tantivy::{
    BitSet, DocId, Score, Searcher, SegmentOrdinal, SegmentReader, TantivyError,
    collector::{Collector, SegmentCollector},
    columnar::Column,
    index::SegmentId,
    query::{BitSetDocSet, ConstScorer, EnableScoring, Explanation, Query, Scorer, Weight},
};

/// The field that has them.
const FIELD: &str = "mark";

/// A value of a facet that stands in marks.
struct Value {
    facet: Facet,
    text: String,
}

/// What a mark says; numbers are places among the values.
struct Mark {
    document: Option<usize>,
    values: Vec<usize>,
    levels: Vec<u32>,
}

/// The marks of a segment, by their numbers in its column.
#[derive(Default)]
pub(crate) struct Marks {
    values: Vec<Value>,
    marks: Vec<Mark>,
}

impl Marks {
    fn read(segment: &SegmentReader) -> tantivy::Result<Self> {
        let Some(column) = segment.fast_fields().str(FIELD)? else { return Ok(Self::default()) };
        // One after the other: looking each up by its number takes ten times as long.
        let mut stream = column.dictionary().stream()?;
        let mut texts = Vec::with_capacity(column.num_terms());
        while stream.advance() {
            texts.push(String::from_utf8_lossy(stream.key()).into_owned());
        }
        Ok(Self::of(texts.iter().map(String::as_str)))
    }

    pub(super) fn of<'a>(texts: impl Iterator<Item = &'a str>) -> Self {
        let mut known: HashMap<(Facet, String), usize> = HashMap::new();
        let mut all = Self::default();
        for text in texts {
            let mut mark = Mark { document: None, values: Vec::new(), levels: Vec::new() };
            let mut parts = text.split(PARTS);
            for facet in Facet::MARKED {
                for value in parts.next().unwrap_or_default().split(VALUES).filter(|value| !value.is_empty())
                {
                    let place = *known.entry((facet, value.to_owned())).or_insert_with(|| {
                        all.values.push(Value { facet, text: value.to_owned() });
                        all.values.len() - 1
                    });
                    if facet == Facet::Source && mark.document.is_none() {
                        mark.document = Some(place);
                    }
                    mark.values.push(place);
                }
            }
            let levels = parts.next().unwrap_or_default().split(VALUES);
            mark.levels.extend(levels.filter_map(|level| level.parse::<u32>().ok()));
            all.marks.push(mark);
        }
        all
    }

    /// Which facets each mark fails.
    fn judge(&self, filter: &Filter, tags: &DocumentTags) -> Vec<Failed> {
        let asked: Vec<(Facet, Vec<bool>)> =
            filter.asked().map(|(facet, chosen)| (facet, self.leaving(facet, chosen, tags))).collect();
        let judged = self.marks.iter().map(|mark| {
            let mut failed = Failed::None;
            for (facet, leaving) in &asked {
                let leaves = |place: &usize| leaving.get(*place).copied().unwrap_or_default();
                if !mark.values.iter().any(leaves) {
                    failed = failed.and(facet.place());
                }
            }
            match &filter.levels {
                Some(levels) if !mark.levels.iter().any(|level| levels.contains(level)) => {
                    failed.and(super::LEVELS)
                }
                Some(_) | None => failed,
            }
        });
        judged.collect()
    }

    /// Of each value, whether a mark that has it holds what was chosen of a facet. Tags are those of the document.
    fn leaving(&self, facet: Facet, chosen: &BTreeSet<String>, tags: &DocumentTags) -> Vec<bool> {
        let leaves = |value: &Value| match (facet, value.facet) {
            (Facet::Tag, Facet::Source) => {
                tags.get(&value.text).is_some_and(|tags| tags.iter().any(|tag| chosen.contains(tag)))
            }
            (asked, own) => asked == own && chosen.contains(&value.text),
        };
        self.values.iter().map(leaves).collect()
    }

    /// Adds so many passages of each mark to what was counted; a choice in a facet does not count for itself.
    pub(super) fn count(
        &self,
        numbers: &[u32],
        (filter, tags): (&Filter, &DocumentTags),
        into: &mut FacetCounts,
    ) {
        let mut by_value = vec![0_usize; self.values.len()];
        let mut tagged = vec![0_usize; if tags.is_empty() { 0 } else { self.values.len() }];
        let add = |counts: &mut Vec<usize>, place: usize, number: usize| {
            if let Some(count) = counts.get_mut(place) {
                *count += number;
            }
        };
        for ((mark, failed), number) in self.marks.iter().zip(self.judge(filter, tags)).zip(numbers) {
            let number = usize::try_from(*number).unwrap_or(usize::MAX);
            if number == 0 || failed == Failed::Several {
                continue;
            }
            for place in &mark.values {
                if self.values.get(*place).is_some_and(|value| failed.leaves(value.facet.place())) {
                    add(&mut by_value, *place, number);
                }
            }
            if let Some(document) = mark.document.filter(|_| failed.leaves(Facet::Tag.place())) {
                add(&mut tagged, document, number);
            }
            if failed.leaves(super::LEVELS) {
                for level in &mark.levels {
                    *into.levels.entry(*level).or_default() += number;
                }
            }
        }
        for (value, number) in self.values.iter().zip(by_value).filter(|(_, number)| *number > 0) {
            into.add_one(value.facet, &value.text, number);
        }
        for (document, number) in self.values.iter().zip(tagged).filter(|(_, number)| *number > 0) {
            for tag in tags.get(&document.text).into_iter().flatten() {
                into.add_one(Facet::Tag, tag, number);
            }
        }
    }
}

/// The marks of the segments that were looked at.
#[derive(Default)]
pub(crate) struct MarkTables {
    pub(crate) by_segment: BySegment<Marks>,
    /// What the latest choice leaves: a search by words and meaning asks for it four times.
    latest: Mutex<Option<Latest>>,
}

struct Latest {
    filter: Filter,
    tags: Arc<DocumentTags>,
    segments: Vec<SegmentId>,
    left: (Left, Arc<HashSet<String>>),
}

impl Latest {
    fn is_of(&self, segments: &[SegmentId], (filter, tags): (&Filter, &Arc<DocumentTags>)) -> bool {
        let same_tags = Arc::ptr_eq(&self.tags, tags) || (self.tags.is_empty() && tags.is_empty());
        same_tags && self.filter == *filter && self.segments == segments
    }
}

impl MarkTables {
    fn of(&self, segment: &SegmentReader) -> tantivy::Result<Arc<Marks>> {
        self.by_segment.of(segment, Marks::read)
    }

    /// The passages that a choice leaves, as a query, and the documents they are of.
    pub(crate) fn left(
        &self,
        searcher: &Searcher,
        (filter, tags): (&Filter, &Arc<DocumentTags>),
    ) -> tantivy::Result<(Left, Arc<HashSet<String>>)> {
        let segments: Vec<SegmentId> =
            searcher.segment_readers().iter().map(SegmentReader::segment_id).collect();
        let latest = || self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(latest) = latest().as_ref().filter(|latest| latest.is_of(&segments, (filter, tags))) {
            return Ok(latest.left.clone());
        }
        let left = self.look(searcher, (filter, tags))?;
        let (filter, tags) = (filter.clone(), Arc::clone(tags));
        *latest() = Some(Latest { filter, tags, segments, left: left.clone() });
        Ok(left)
    }

    fn look(
        &self,
        searcher: &Searcher,
        (filter, tags): (&Filter, &DocumentTags),
    ) -> tantivy::Result<(Left, Arc<HashSet<String>>)> {
        let (mut passages, mut documents) = (HashMap::new(), HashSet::new());
        for segment in searcher.segment_readers() {
            let marks = self.of(segment)?;
            let judged = marks.judge(filter, tags);
            let leaves = |number: usize| judged.get(number).is_some_and(|failed| *failed == Failed::None);
            for (mark, _) in marks.marks.iter().zip(&judged).filter(|(_, failed)| **failed == Failed::None) {
                let document = mark.document.and_then(|place| marks.values.get(place));
                if let Some(document) = document.filter(|document| !documents.contains(&document.text)) {
                    documents.insert(document.text.clone());
                }
            }
            let mut left = BitSet::with_max_value(segment.max_doc());
            if let Some(column) = segment.fast_fields().str(FIELD)? {
                for passage in 0..segment.max_doc() {
                    if mark_of(column.ords(), passage).is_some_and(leaves) {
                        left.insert(passage);
                    }
                }
            }
            passages.insert(segment.segment_id(), left);
        }
        Ok((Left { passages: Arc::new(passages) }, Arc::new(documents)))
    }
}

/// The number of a passage's mark.
fn mark_of(column: &Column<u64>, passage: DocId) -> Option<usize> {
    column.first(passage).and_then(|number| usize::try_from(number).ok())
}

/// The passages that a choice leaves.
#[derive(Clone)]
pub(crate) struct Left {
    passages: Arc<HashMap<SegmentId, BitSet>>,
}

impl fmt::Debug for Left {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Left").field("segments", &self.passages.len()).finish()
    }
}

impl Query for Left {
    fn weight(&self, _: EnableScoring<'_>) -> tantivy::Result<Box<dyn Weight>> {
        Ok(Box::new(self.clone()))
    }
}

impl Weight for Left {
    fn scorer(&self, segment: &SegmentReader, boost: Score) -> tantivy::Result<Box<dyn Scorer>> {
        let left = self.passages.get(&segment.segment_id()).cloned();
        let left = left.unwrap_or_else(|| BitSet::with_max_value(segment.max_doc()));
        Ok(Box::new(ConstScorer::new(BitSetDocSet::from(left), boost)))
    }

    fn explain(&self, segment: &SegmentReader, passage: DocId) -> tantivy::Result<Explanation> {
        match self.passages.get(&segment.segment_id()).is_some_and(|left| left.contains(passage)) {
            true => Ok(Explanation::new("left by the choice", 1.0)),
            false => {
                Err(TantivyError::InvalidArgument(format!("the choice does not leave passage {passage}")))
            }
        }
    }
}

/// Counts the marks of what matches, by segment.
pub(crate) struct CountMarks<'a>(pub(crate) &'a MarkTables);

/// The marks of a segment, and how many matching passages have each.
pub(crate) type Counted = Vec<(Arc<Marks>, Vec<u32>)>;

pub(crate) struct MarksOfSegment {
    marks: Arc<Marks>,
    numbers: Option<Column<u64>>,
    counts: Vec<u32>,
}

impl Collector for CountMarks<'_> {
    type Fruit = Counted;
    type Child = MarksOfSegment;

    fn for_segment(&self, _: SegmentOrdinal, segment: &SegmentReader) -> tantivy::Result<MarksOfSegment> {
        let marks = self.0.of(segment)?;
        let numbers = segment.fast_fields().str(FIELD)?.map(|column| column.ords().clone());
        Ok(MarksOfSegment { counts: vec![0; marks.marks.len()], marks, numbers })
    }

    fn requires_scoring(&self) -> bool {
        false
    }

    fn merge_fruits(&self, segments: Vec<Counted>) -> tantivy::Result<Counted> {
        Ok(segments.into_iter().flatten().collect())
    }
}

impl SegmentCollector for MarksOfSegment {
    type Fruit = Counted;

    fn collect(&mut self, passage: DocId, _: Score) {
        let number = self.numbers.as_ref().and_then(|numbers| mark_of(numbers, passage));
        if let Some(count) = number.and_then(|number| self.counts.get_mut(number)) {
            *count += 1;
        }
    }

    fn harvest(self) -> Counted {
        vec![(self.marks, self.counts)]
    }
}
