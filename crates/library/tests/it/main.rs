//! The library as others use it.

// `cfg(test)` tells clippy that helpers in here are tests too.
#[cfg(test)]
mod answering;
#[cfg(test)]
mod claims;
#[cfg(test)]
mod engines;
#[cfg(test)]
mod entries;
#[cfg(test)]
mod keeping;
#[cfg(test)]
mod killing;
#[cfg(test)]
mod kinds;
#[cfg(test)]
#[path = "../../../reading/tests/it/making/pages.rs"]
mod making;
#[cfg(test)]
mod meaning;
#[cfg(test)]
mod metadata;
#[cfg(test)]
mod searches;
#[cfg(test)]
mod support;
#[cfg(test)]
mod tags;
#[cfg(test)]
mod watching;
