//! Words that mean the same, such as `HP` and `hit points`: shipped ones and a person's own.

use crate::analysis;
use std::{collections::HashMap, sync::LazyLock};

/// Longest list that a person may write, in bytes.
pub const MAX_BYTES: usize = 100_000;
/// Most words of a member.
const MAX_WORDS: usize = 6;
/// Most members of a group.
const MAX_MEMBERS: usize = 20;

/// Groups of words that mean the same.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Synonyms {
    groups: Vec<Vec<Member>>,
    /// Where each first stem of a member stands: group and member.
    by_first: HashMap<String, Vec<(usize, usize)>>,
}

/// One way to say it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Member {
    text: String,
    stems: Vec<String>,
}

/// A line that says nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {why}")]
pub struct BadLine {
    /// Which, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub why: &'static str,
}

/// Words of a query that have others of the same meaning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Match {
    /// How many stems it takes.
    pub(crate) length: usize,
    /// The others.
    pub(crate) others: Vec<String>,
}

static SHIPPED: LazyLock<Synonyms> = LazyLock::new(|| {
    let mut synonyms = Synonyms::default();
    // What cannot be read of it, a test finds.
    let _read = synonyms.read(Synonyms::SHIPPED_TEXT);
    synonyms
});

impl Synonyms {
    /// The list that is shipped, as it is written.
    pub const SHIPPED_TEXT: &'static str = include_str!("../data/synonyms.txt");

    /// The shipped ones.
    pub fn shipped() -> Self {
        SHIPPED.clone()
    }

    /// The shipped ones and a person's own: a group a line, its members parted by commas; `#` begins a remark.
    ///
    /// # Errors
    /// The first line that is no group.
    pub fn with_own(own: &str) -> Result<Self, BadLine> {
        let mut synonyms = Self::shipped();
        synonyms.read(own)?;
        Ok(synonyms)
    }

    fn read(&mut self, text: &str) -> Result<(), BadLine> {
        if text.len() > MAX_BYTES {
            return Err(BadLine { line: 1, why: "the list is longer than 100 kB" });
        }
        for (line, content) in (1..).zip(text.lines()) {
            let content = content.split('#').next().unwrap_or_default().trim();
            if content.is_empty() {
                continue;
            }
            let mut members: Vec<Member> = Vec::new();
            for text in content.split(',').map(str::trim).filter(|text| !text.is_empty()) {
                let stems: Vec<String> =
                    analysis::analyse(text).into_iter().map(|token| token.term).collect();
                if stems.is_empty() || stems.len() > MAX_WORDS {
                    return Err(BadLine {
                        line,
                        why: "a member has no words that are searched, or more than six",
                    });
                }
                if !members.iter().any(|known| known.stems == stems) {
                    members.push(Member { text: text.to_owned(), stems });
                }
            }
            if !(2..=MAX_MEMBERS).contains(&members.len()) {
                return Err(BadLine {
                    line,
                    why: "a group has at least two members, parted by commas, and at most twenty",
                });
            }
            self.add(members);
        }
        Ok(())
    }

    fn add(&mut self, members: Vec<Member>) {
        let group = self.groups.len();
        for (number, member) in members.iter().enumerate() {
            if let Some(first) = member.stems.first() {
                self.by_first.entry(first.clone()).or_default().push((group, number));
            }
        }
        self.groups.push(members);
    }

    /// What else the words at the beginning of these stems are called; the longest member counts.
    pub(crate) fn at(&self, stems: &[&str]) -> Option<Match> {
        let candidates = self.by_first.get(*stems.first()?)?;
        let begins = |member: &Member| {
            stems.get(..member.stems.len()).is_some_and(|begin| begin.iter().eq(member.stems.iter()))
        };
        let found = candidates.iter().filter_map(|(group, number)| {
            let group = self.groups.get(*group)?;
            let member = group.get(*number)?;
            begins(member).then_some((member, group))
        });
        let found: Vec<(&Member, &Vec<Member>)> = found.collect();
        let length = found.iter().map(|(member, _)| member.stems.len()).max()?;
        let mut others: Vec<String> = Vec::new();
        for (member, group) in found.iter().filter(|(member, _)| member.stems.len() == length) {
            for other in group.iter().filter(|other| other.stems != member.stems) {
                if !others.contains(&other.text) {
                    others.push(other.text.clone());
                }
            }
        }
        (!others.is_empty()).then_some(Match { length, others })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn others(synonyms: &Synonyms, text: &str) -> Option<(usize, Vec<String>)> {
        let tokens = analysis::analyse(text);
        let stems: Vec<&str> = tokens.iter().map(|token| token.term.as_str()).collect();
        synonyms.at(&stems).map(|found| (found.length, found.others))
    }

    #[test]
    fn the_shipped_list_is_whole() {
        let mut synonyms = Synonyms::default();
        synonyms.read(Synonyms::SHIPPED_TEXT).unwrap();
        assert!(synonyms.groups.len() > 40);
        assert_eq!(others(&synonyms, "HP of a goblin"), Some((1, vec!["hit points".to_owned()])));
        assert_eq!(others(&synonyms, "Hit Point maximum"), Some((2, vec!["hp".to_owned()])));
        assert_eq!(others(&synonyms, "hit the goblin"), None);
    }

    #[test]
    fn own_lists_are_read_or_refused() {
        let own =
            Synonyms::with_own("# mine\nWaterdeep, the City of Splendors , waterdeep # x\n\nhp, health")
                .unwrap();
        assert_eq!(others(&own, "city of splendors"), Some((2, vec!["Waterdeep".to_owned()])));
        assert_eq!(others(&own, "hp"), Some((1, vec!["hit points".to_owned(), "health".to_owned()])));
        for (text, line) in [("a b", 1), ("x, y\nalone", 2), ("the, of", 1), ("one, a1 b2 c3 d4 e5 f6 g7", 1)]
        {
            assert_eq!(Synonyms::with_own(text).unwrap_err().line, line, "{text}");
        }
        assert_eq!(Synonyms::with_own(&"x".repeat(MAX_BYTES + 1)).unwrap_err().line, 1);
    }
}
