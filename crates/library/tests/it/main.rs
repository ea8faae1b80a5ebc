//! The library as others use it.

// `cfg(test)` tells clippy that helpers in here are tests too.
#[cfg(test)]
mod answering;
#[cfg(test)]
mod claims;
#[cfg(test)]
mod columns;
#[cfg(test)]
mod ebooks;
#[cfg(test)]
mod engines;
#[cfg(test)]
mod entries;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod keeping;
#[cfg(test)]
mod killing;
#[cfg(test)]
mod kinds;
#[cfg(test)]
mod letters;
#[cfg(test)]
mod making;
#[cfg(test)]
mod meaning;
#[cfg(test)]
mod metadata;
#[cfg(test)]
mod offices;
#[cfg(test)]
mod reading;
#[cfg(test)]
mod scans;
#[cfg(test)]
mod searches;
#[cfg(test)]
mod support;
