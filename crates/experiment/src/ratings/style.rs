//! How an answer looks, apart from what it says: people prefer longer and more decorated answers whatever stands in them.

use serde::{Deserialize, Serialize};

/// How many figures a look has.
pub(super) const FIGURES: usize = 4;

/// What is counted of an answer's looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Style {
    /// Words, without markup.
    pub words: u32,
    /// Headings.
    pub headings: u32,
    /// Entries of lists.
    pub list_items: u32,
    /// Places in bold.
    pub bold: u32,
}

impl Style {
    /// The names of the figures, in the order of [`Style::beside`].
    pub const NAMES: [&'static str; FIGURES] = ["words", "headings", "list_items", "bold"];

    /// How much more there is of each here than in the other, as a part of both together: from -1 to 1, 0 where neither has
    /// any (the normalised difference of Chatbot Arena's style control, LMSYS 2024).
    pub fn beside(&self, other: &Self) -> [f64; FIGURES] {
        let part = |here: u32, there: u32| {
            let (here, there) = (f64::from(here), f64::from(there));
            if here + there == 0.0 { 0.0 } else { (here - there) / (here + there) }
        };
        [
            part(self.words, other.words),
            part(self.headings, other.headings),
            part(self.list_items, other.list_items),
            part(self.bold, other.bold),
        ]
    }
}
