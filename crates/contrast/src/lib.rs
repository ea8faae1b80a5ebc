//! What sets several answers to one question apart, measured: word by word, block by block, in figures, in what they claim
//! and in what was asked of them.
//!
//! Everything here is a pure function of texts; who asks the models, keeps the answers and counts the votes is the bench
//! `compare`. No language model is needed for any of it, but for the assertion [`Assertion::Judge`] and for
//! [`gather`], of which this crate has the questions and reads the replies.
//!
//! Reading order: [`words`] (what is compared), [`diff`] (N answers against one), [`blocks`] (which belong beside each
//! other), [`measure`] and [`tone`] (figures), [`claims`] (numbers and names that disagree), [`blind`] (hidden sides),
//! [`gather`] (what a model makes of them), [`assertion`] and [`schema`] (prompt sets), [`table`] (CSV) and [`report`].

pub mod assertion;
pub mod blind;
pub mod blocks;
pub mod claims;
pub mod diff;
pub mod gather;
pub mod measure;
pub mod report;
pub mod schema;
pub mod table;
pub mod tone;
pub mod words;

pub use assertion::{Assertion, AssertionError, Compiled, Verdict};
pub use blind::{order, reveals};
pub use blocks::{Row, align, split};
pub use claims::{Claims, Disagreement, Named, claims};
pub use diff::{Difference, Mark, Piece, difference};
pub use gather::Gather;
pub use measure::{Figures, figures, overlap};
pub use report::{Measured, Report, Told};
pub use tone::Tone;
pub use words::{Ignore, Word, words};
