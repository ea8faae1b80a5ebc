//! Integration tests of the classifier.

mod classes;
// `cfg(test)` tells clippy that helpers in here are tests too.
#[cfg(test)]
mod documents;
mod labelled;
mod weights;
