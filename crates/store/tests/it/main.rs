//! Everything that `store` keeps, on SQLite and on PostgreSQL.

// `cfg(test)` tells clippy that helpers in here are tests too.
#[cfg(test)]
mod blobs;
#[cfg(test)]
mod bucket;
#[cfg(test)]
mod db;
#[cfg(test)]
mod jobs;
#[cfg(test)]
mod records;
#[cfg(test)]
mod settings;
#[cfg(test)]
mod vault;
