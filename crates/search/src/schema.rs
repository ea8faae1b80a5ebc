//! The fields of the index.

use crate::analysis;
use tantivy::{
    Index,
    schema::{
        FAST, Field, INDEXED, IndexRecordOption, STORED, STRING, Schema, TextFieldIndexing, TextOptions,
    },
};

/// Changes whenever fields or analysis change; an index of another version is built again.
pub(crate) const LAYOUT_VERSION: &str = "3";

const STEMS: &str = "stems";
const SURFACE: &str = "surface";

#[derive(Debug, Clone, Copy)]
pub(crate) struct Fields {
    pub(crate) id: Field,
    pub(crate) owner: Field,
    pub(crate) document_id: Field,
    pub(crate) title: Field,
    pub(crate) heading: Field,
    pub(crate) body: Field,
    /// All words without stemming: what prefixes and typos are looked up in.
    pub(crate) words: Field,
    pub(crate) page: Field,
    /// All that a passage is besides its words, in one term.
    pub(crate) mark: Field,
    /// The entries it belongs to.
    pub(crate) entries: Field,
    /// Whether it does not go on with an entry that began before.
    pub(crate) begins: Field,
    /// The id as a number: its upper and its lower half.
    pub(crate) high: Field,
    pub(crate) low: Field,
}

pub(crate) fn build() -> (Schema, Fields) {
    let stems = TextOptions::default().set_stored().set_indexing_options(
        TextFieldIndexing::default()
            .set_tokenizer(STEMS)
            .set_index_option(IndexRecordOption::WithFreqsAndPositions),
    );
    let words = TextOptions::default().set_indexing_options(
        TextFieldIndexing::default()
            .set_tokenizer(SURFACE)
            .set_index_option(IndexRecordOption::Basic)
            .set_fieldnorms(false),
    );
    let mut schema = Schema::builder();
    let fields = Fields {
        id: schema.add_text_field("id", STRING | STORED),
        owner: schema.add_text_field("owner", STRING),
        document_id: schema.add_text_field("document_id", STRING | STORED),
        title: schema.add_text_field("title", stems.clone()),
        heading: schema.add_text_field("heading", stems.clone()),
        body: schema.add_text_field("body", stems),
        words: schema.add_text_field("words", words),
        page: schema.add_u64_field("page", INDEXED | STORED),
        mark: schema.add_text_field("mark", STRING | FAST),
        entries: schema.add_text_field("entries", STRING | STORED),
        begins: schema.add_u64_field("begins", INDEXED),
        high: schema.add_u64_field("high", FAST),
        low: schema.add_u64_field("low", FAST),
    };
    (schema.build(), fields)
}

pub(crate) fn register_analyzers(index: &Index) {
    index.tokenizers().register(STEMS, analysis::stems_analyzer());
    index.tokenizers().register(SURFACE, analysis::surface_analyzer());
}
