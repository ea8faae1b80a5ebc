//! The library's background work.

pub(crate) mod embed;
pub(crate) mod ingest;
pub(crate) mod settle;
