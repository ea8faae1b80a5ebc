//! The reading of files as others use it.

// `cfg(test)` tells clippy that helpers in here are tests too.
#[cfg(test)]
mod bombs;
#[cfg(test)]
mod columns;
#[cfg(test)]
mod ebooks;
#[cfg(test)]
mod files;
#[cfg(test)]
mod fuzzing;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod letters;
#[cfg(test)]
mod making;
#[cfg(test)]
mod metadata;
#[cfg(test)]
mod mutants;
#[cfg(test)]
mod offices;
#[cfg(test)]
mod roundtrips;
#[cfg(test)]
mod scans;
#[cfg(test)]
mod support;
