//! What was found when an answer was held against its sources, as it is kept with the message.

use crate::model::MessageBody;
use library::grounding::{self, Grounded, Support};
use serde::{Deserialize, Serialize};

/// What the check of a grounded answer found.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Checked {
    /// How many sentences claim something; `None` where that was not kept.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub claims: Option<usize>,
    /// Those that the sources do not bear out, or not wholly, in the order of the text.
    pub doubts: Vec<Doubt>,
}

/// A sentence that is doubted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doubt {
    /// As it stands in the text.
    pub sentence: String,
    /// How much it is doubted.
    pub grade: Grade,
    /// Why.
    pub reason: Reason,
    /// The figure or the name that the sources do not have.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub detail: Option<String>,
    /// The source that bears it out although it names none, or others.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub source: Option<u32>,
}

/// How much a sentence is doubted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// A part of it stands in a source, or all of it in one that it does not name.
    Weak,
    /// No source bears it out.
    Unsupported,
}

/// Why a sentence is doubted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// It names no source.
    Uncited,
    /// It stands in another source than those it names.
    Elsewhere,
    /// Its sources have a part of its words.
    Partly,
    /// Its sources do not have its words.
    Words,
    /// Its sources do not have its figure.
    Figure,
    /// Its sources do not have its name.
    Name,
    /// Its sources say the opposite.
    Contradiction,
    /// It was kept before reasons were.
    Unknown,
}

impl Checked {
    /// What was found of an answer; `None` where it claims nothing or could not be held against its sources.
    pub(crate) fn of(text: &str, found: &Grounded) -> Option<Self> {
        if !found.comparable || found.claims() == 0 {
            return None;
        }
        let doubts = found.doubts().filter_map(|sentence| {
            let (grade, doubt) = match &sentence.support {
                Support::NoClaim | Support::Supported => return None,
                Support::Weak(doubt) => (Grade::Weak, doubt),
                Support::Unsupported(doubt) => (Grade::Unsupported, doubt),
            };
            let (reason, detail) = reason(&doubt.reason);
            let sentence = text.get(sentence.range.clone())?.to_owned();
            Some(Doubt { sentence, grade, reason, detail, source: doubt.source })
        });
        Some(Self { claims: Some(found.claims()), doubts: doubts.collect() })
    }
}

fn reason(reason: &grounding::Reason) -> (Reason, Option<String>) {
    match reason {
        grounding::Reason::Uncited => (Reason::Uncited, None),
        grounding::Reason::Elsewhere => (Reason::Elsewhere, None),
        grounding::Reason::Partly => (Reason::Partly, None),
        grounding::Reason::Words => (Reason::Words, None),
        grounding::Reason::Figure(figure) => (Reason::Figure, Some(figure.clone())),
        grounding::Reason::Name(name) => (Reason::Name, Some(name.clone())),
        grounding::Reason::Contradiction => (Reason::Contradiction, None),
    }
}

impl MessageBody {
    /// What the check of the answer found; of older messages only which sentences no source bears out.
    pub fn found(&self) -> Option<Checked> {
        let old = |sentence: &String| Doubt {
            sentence: sentence.clone(),
            grade: Grade::Unsupported,
            reason: Reason::Unknown,
            detail: None,
            source: None,
        };
        let older = || Checked { claims: None, doubts: self.unsupported.iter().map(old).collect() };
        self.checked.clone().or_else(|| (!self.unsupported.is_empty()).then(older))
    }

    /// Sources and doubts of an answer as lines for people, for files in which nothing can be opened.
    pub(crate) fn notes(&self) -> Vec<String> {
        let mut notes: Vec<String> = Vec::new();
        for citation in &self.citations {
            let page = citation.page.map_or_else(String::new, |page| format!(", page {page}"));
            let quote = citation.quote.split_whitespace().collect::<Vec<_>>().join(" ");
            notes.push(format!("[{}] {}{page}: \u{201c}{quote}\u{201d}", citation.index, citation.title));
        }
        for doubt in self.found().unwrap_or_default().doubts {
            let grade = match doubt.grade {
                Grade::Weak => "Only partly borne out by its sources",
                Grade::Unsupported => "Not borne out by its sources",
            };
            let sentence = doubt.sentence.split_whitespace().collect::<Vec<_>>().join(" ");
            notes.push(format!("{grade}: \u{201c}{sentence}\u{201d}{}", why(&doubt)));
        }
        notes
    }
}

fn why(doubt: &Doubt) -> String {
    let detail = doubt.detail.as_deref().unwrap_or_default();
    match (doubt.reason, doubt.source) {
        (Reason::Uncited, Some(source)) => format!(" (it names no source; [{source}] says so)"),
        (Reason::Uncited, None) => " (it names no source)".to_owned(),
        (Reason::Elsewhere, Some(source)) => format!(" ([{source}] says so)"),
        (Reason::Figure, _) => format!(" (they do not have the figure {detail} so)"),
        (Reason::Name, _) => format!(" (they do not have the name {detail})"),
        (Reason::Contradiction, _) => " (they say otherwise)".to_owned(),
        (Reason::Elsewhere, None) | (Reason::Partly | Reason::Words | Reason::Unknown, _) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use llm::Passage;

    fn harbour() -> Passage {
        Passage {
            chunk_id: "c".into(),
            document_id: "d".into(),
            title: "Guide".into(),
            heading: None,
            page: Some(3),
            text: "The harbour opens at seven in the morning.".into(),
            score: 1.0,
        }
    }

    #[test]
    fn what_is_doubted_is_kept_with_its_reason_and_told_in_files() {
        let text = "The harbour opens at seven [1]. The harbour opens at nine [1].";
        let grounded = grounding::check(text, &[harbour()]);
        let checked = Checked::of(text, &grounded).unwrap();
        assert_eq!((checked.claims, checked.doubts.len()), (Some(2), 1));
        let body =
            MessageBody { checked: Some(checked), citations: grounded.citations, ..MessageBody::default() };
        let kept: MessageBody = serde_json::from_value(serde_json::to_value(&body).unwrap()).unwrap();
        assert_eq!(kept, body);
        assert_eq!(
            body.notes(),
            [
                "[1] Guide, page 3: \u{201c}The harbour opens at seven in the morning.\u{201d}",
                "Not borne out by its sources: \u{201c}The harbour opens at nine [1].\u{201d} (they do not have the figure nine so)",
            ]
        );
    }

    #[test]
    fn a_message_of_before_keeps_its_marks() {
        let body: MessageBody = serde_json::from_str(r#"{"unsupported":["It is so."]}"#).unwrap();
        let found = body.found().unwrap();
        assert_eq!((found.claims, found.doubts[0].reason), (None, Reason::Unknown));
        assert_eq!(MessageBody::default().found(), None);
    }
}
