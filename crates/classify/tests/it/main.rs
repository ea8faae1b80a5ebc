//! Integration tests of the classifier.

mod classes;
mod labelled;
mod weights;
