//! Passages that have one of a few terms, for searches that go far from one to the next.

use tantivy::{
    DocId, DocSet, Score, SegmentReader, TERMINATED, TantivyError, Term,
    postings::SegmentPostings,
    query::{ConstScorer, EnableScoring, Explanation, Query, Scorer, Weight},
    schema::IndexRecordOption,
};

/// Whatever has one of these terms, without a score of its own. The engine's union prepares some thousand passages
/// ahead, which is in vain where something rarer decides which of them are looked at.
#[derive(Debug, Clone)]
pub(crate) struct Either(pub(crate) Vec<Term>);

impl Query for Either {
    fn weight(&self, _: EnableScoring<'_>) -> tantivy::Result<Box<dyn Weight>> {
        Ok(Box::new(self.clone()))
    }
}

impl Either {
    fn lists(&self, segment: &SegmentReader) -> tantivy::Result<Lists> {
        let mut lists = Vec::with_capacity(self.0.len());
        for term in &self.0 {
            let inverted = segment.inverted_index(term.field())?;
            lists.extend(inverted.read_postings(term, IndexRecordOption::Basic)?);
        }
        let mut lists = Lists { lists, passage: 0 };
        lists.seek(0);
        Ok(lists)
    }
}

impl Weight for Either {
    fn scorer(&self, segment: &SegmentReader, boost: Score) -> tantivy::Result<Box<dyn Scorer>> {
        Ok(Box::new(ConstScorer::new(self.lists(segment)?, boost)))
    }

    fn explain(&self, segment: &SegmentReader, passage: DocId) -> tantivy::Result<Explanation> {
        if self.lists(segment)?.seek(passage) == passage {
            return Ok(Explanation::new("has one of the terms", 1.0));
        }
        Err(TantivyError::InvalidArgument(format!("passage {passage} has none of the terms")))
    }
}

/// The passages of each term.
struct Lists {
    lists: Vec<SegmentPostings>,
    /// The least of those that the lists are at.
    passage: DocId,
}

impl DocSet for Lists {
    fn advance(&mut self) -> DocId {
        if self.passage == TERMINATED { TERMINATED } else { self.seek(self.passage + 1) }
    }

    fn seek(&mut self, target: DocId) -> DocId {
        let at =
            |list: &mut SegmentPostings| if list.doc() < target { list.seek(target) } else { list.doc() };
        self.passage = self.lists.iter_mut().map(at).min().unwrap_or(TERMINATED);
        self.passage
    }

    fn doc(&self) -> DocId {
        self.passage
    }

    fn size_hint(&self) -> u32 {
        self.lists.iter().map(DocSet::size_hint).fold(0, u32::saturating_add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use tantivy::{
        Index, TantivyDocument,
        collector::DocSetCollector,
        query::{BooleanQuery, Occur, TermQuery},
        schema::{Field, STRING, Schema},
    };

    /// Each passage has the letters that are told of it.
    fn index(passages: &[Vec<u8>]) -> (Index, Field) {
        let mut schema = Schema::builder();
        let letters = schema.add_text_field("letters", STRING);
        let index = Index::create_in_ram(schema.build());
        let mut writer = index.writer_with_num_threads(1, 15_000_000).unwrap();
        for has in passages {
            let mut passage = TantivyDocument::new();
            has.iter().for_each(|letter| passage.add_text(letters, char::from(b'a' + letter).to_string()));
            writer.add_document(passage).unwrap();
        }
        writer.commit().unwrap();
        (index, letters)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        #[test]
        fn it_finds_what_the_engines_union_finds(
            passages in prop::collection::vec(prop::collection::vec(0..6_u8, 0..4), 1..400),
            groups in prop::collection::vec(prop::collection::vec(0..7_u8, 1..3), 1..4),
        ) {
            let (index, letters) = index(&passages);
            let searcher = index.reader().unwrap().searcher();
            let term = |letter: &u8| Term::from_field_text(letters, &char::from(b'a' + letter).to_string());
            let all = |any: &dyn Fn(&[u8]) -> Box<dyn Query>| {
                let clauses = groups.iter().map(|group| (Occur::Must, any(group))).collect();
                searcher.search(&BooleanQuery::new(clauses), &DocSetCollector).unwrap()
            };
            let union = |group: &[u8]| {
                let term = |letter| Box::new(TermQuery::new(term(letter), IndexRecordOption::Basic)) as Box<dyn Query>;
                Box::new(BooleanQuery::union(group.iter().map(term).collect())) as Box<dyn Query>
            };
            let either = |group: &[u8]| Box::new(Either(group.iter().map(term).collect())) as Box<dyn Query>;
            prop_assert_eq!(all(&either), all(&union));
        }
    }
}
