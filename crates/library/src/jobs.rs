//! The library's background work.

pub(crate) mod ingest;
pub(crate) mod settle;
