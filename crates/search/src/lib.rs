//! Full-text search: an inverted index behind plain types.
