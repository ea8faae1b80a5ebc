//! In which circumstances something is asked: what a caller may say about it besides the request.

use crate::{LlmError, LlmErrorKind};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Longest name of a genre, in bytes.
const MAX_GENRE_BYTES: usize = 40;

/// The circumstances of a request, written `phase=review; genre=horror; in-combat`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Circumstances {
    /// Where in the work the caller is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phase: Option<Phase>,
    /// The kind of story, in lower case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub genre: Option<String>,
    /// Whether a fight is going on, in which nobody likes to wait.
    pub in_combat: bool,
}

/// Where in the work somebody is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Thinking about what is to come, in weeks.
    Planning,
    /// Making what is needed next time.
    Preparation,
    /// At the table; others wait.
    Active,
    /// Looking back.
    Review,
}

impl Phase {
    /// Every phase.
    pub const ALL: [Self; 4] = [Self::Planning, Self::Preparation, Self::Active, Self::Review];

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Planning => "planning",
            Self::Preparation => "preparation",
            Self::Active => "active",
            Self::Review => "review",
        }
    }
}

impl Circumstances {
    /// Reads `phase=review; genre=horror; in-combat`; parts in any order, each at most once.
    ///
    /// # Errors
    /// What cannot be read, and what could be written instead.
    pub fn parse(text: &str) -> Result<Self, LlmError> {
        let mut found = Self::default();
        for part in text.split(';').map(str::trim).filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let (name, value) = (name.trim().to_ascii_lowercase(), value.trim().to_lowercase());
            match name.as_str() {
                "phase" => {
                    let phase = Phase::ALL.into_iter().find(|phase| phase.as_str() == value);
                    found.phase = Some(phase.ok_or_else(|| refused(part))?);
                }
                "genre" if is_genre(&value) => found.genre = Some(value),
                "in-combat" | "in_combat" => {
                    found.in_combat = match value.as_str() {
                        "" | "true" | "yes" | "1" => true,
                        "false" | "no" | "0" => false,
                        _ => return Err(refused(part)),
                    };
                }
                _ => return Err(refused(part)),
            }
        }
        Ok(found)
    }
}

fn is_genre(text: &str) -> bool {
    let fits = |letter: char| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_');
    !text.is_empty() && text.len() <= MAX_GENRE_BYTES && text.chars().all(fits)
}

fn refused(part: &str) -> LlmError {
    let part: String = part.chars().take(100).collect();
    LlmError::new(
        LlmErrorKind::BadRequest,
        format!(
            "`{part}` is no circumstance; write `phase=planning`, `preparation`, `active` or `review`, `genre=NAME` and \
             `in-combat`, with `;` between them"
        ),
    )
}

impl fmt::Display for Circumstances {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let phase = self.phase.map(|phase| format!("phase={}", phase.as_str()));
        let genre = self.genre.as_ref().map(|genre| format!("genre={genre}"));
        let fight = self.in_combat.then(|| "in-combat".to_owned());
        f.write_str(&[phase, genre, fight].into_iter().flatten().collect::<Vec<_>>().join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn circumstances_are_read_as_they_are_written() {
        let all = Circumstances { phase: Some(Phase::Review), genre: Some("horror".into()), in_combat: true };
        assert_eq!(Circumstances::parse(" in-combat;phase = review ; Genre=Horror;").unwrap(), all);
        assert_eq!(Circumstances::parse(&all.to_string()).unwrap(), all);
        assert_eq!(Circumstances::parse("").unwrap(), Circumstances::default());
        assert_eq!(Circumstances::parse("in-combat=no").unwrap(), Circumstances::default());
        for bad in ["phase=lunch", "phase", "genre=", "genre=<b>", "weather=fine", "in-combat=maybe"] {
            let error = Circumstances::parse(bad).unwrap_err();
            assert_eq!(error.kind, LlmErrorKind::BadRequest);
            assert!(error.message.contains("in-combat"), "{error}");
        }
    }
}
