//! From chosen sentences to a stream of words and citations.

use super::select::{Chosen, Selection};
use crate::grounding::citation;
use llm::{ChatEvent, Citation, Passage, StopReason, Usage};

/// Words that are sent together.
const WORDS_PER_EVENT: usize = 4;
/// Stands around code in Markdown.
const FENCE: &str = "```";
/// Longest quote in a list of what is nearest, in characters.
const NEAREST_CHARS: usize = 240;

/// An answer as pieces of text, each with the sources it rests on.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Answer {
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq)]
struct Piece {
    text: String,
    citations: Vec<Citation>,
}

impl Answer {
    /// To a message without any word in it.
    pub(super) fn no_question() -> Self {
        Self::plain("Ask me something about your documents: I look for the sentences in them that answer it.")
    }

    /// When there is nothing to look into.
    pub(super) fn no_documents() -> Self {
        Self::plain("There are no documents to answer from yet. Add some to the library and ask again.")
    }

    fn plain(text: &str) -> Self {
        Self { pieces: vec![Piece { text: text.to_owned(), citations: Vec::new() }] }
    }

    /// Quotes what was chosen.
    pub(super) fn from_selection(selection: Selection, corrections: &[(String, Vec<String>)]) -> Self {
        let mut answer = Self::default();
        let understood: Vec<String> = corrections
            .iter()
            .filter_map(|(typed, meant)| Some(format!("`{typed}` as `{}`", meant.first()?)))
            .collect();
        if !understood.is_empty() {
            answer.text(format!("(I read {}.)\n\n", understood.join(", ")));
        }
        let mut numbers = Numbers::default();
        if selection.answers {
            answer.quote(&selection, &mut numbers);
        } else {
            answer.decline(&selection, &mut numbers);
        }
        answer
    }

    fn text(&mut self, text: impl Into<String>) {
        self.pieces.push(Piece { text: text.into(), citations: Vec::new() });
    }

    fn quote(&mut self, selection: &Selection, numbers: &mut Numbers) {
        let mut last_passage = None;
        for chosen in &selection.sentences {
            let passage = chosen.passages.first().copied();
            if let Some(last) = last_passage {
                let after_code = self.pieces.last().is_some_and(|piece| piece.text.ends_with(FENCE));
                self.text(if last == passage && !after_code { " " } else { "\n\n" });
            }
            last_passage = Some(passage);
            self.cite(chosen, selection, numbers, usize::MAX);
        }
    }

    fn decline(&mut self, selection: &Selection, numbers: &mut Numbers) {
        if selection.sentences.is_empty() {
            self.text("The documents do not answer this: nothing in them matches.");
            return;
        }
        self.text("The documents do not answer this. The nearest passages are:\n");
        for chosen in &selection.sentences {
            let passage = chosen.passages.first().and_then(|number| selection.passages.get(*number));
            let Some(passage) = passage else { continue };
            self.text(format!("\n- {}: ", place(passage)));
            self.cite(chosen, selection, numbers, NEAREST_CHARS);
        }
    }

    /// Adds a sentence with its marks and citations.
    fn cite(&mut self, chosen: &Chosen, selection: &Selection, numbers: &mut Numbers, max_chars: usize) {
        let mut text = String::new();
        let mut code = None;
        let mut citations = Vec::new();
        for (order, passage) in chosen.passages.iter().enumerate() {
            let Some(found) = selection.passages.get(*passage) else { continue };
            // The others say the same in their own words; the whole passage is their evidence.
            let quote = match order {
                0 => found.text.get(chosen.range.clone()).unwrap_or_default(),
                _ => found.text.as_str(),
            };
            if order == 0 {
                let (sentence, block) = quote.split_once("\n\n").unwrap_or((quote, ""));
                text = shown(sentence, &found.text, max_chars);
                // Where there is room for a line only, the line alone says where to look.
                code = Some(block).filter(|block| !block.is_empty() && max_chars == usize::MAX);
            }
            citations.push(citation(numbers.of(*passage), found, quote));
        }
        for citation in &citations {
            text.push_str(&format!(" [{}]", citation.index));
        }
        if let Some(code) = code {
            text.push_str(&format!("\n\n{FENCE}\n{code}\n{FENCE}"));
        }
        self.pieces.push(Piece { text, citations });
    }

    /// The answer as events: words in groups, citations after what rests on them, no tokens used.
    pub(super) fn into_events(self) -> Vec<ChatEvent> {
        let mut events = vec![ChatEvent::Started { id: None, model: Some("librarian".to_owned()) }];
        for piece in self.pieces {
            events.extend(word_groups(&piece.text).map(|delta| ChatEvent::Text { delta: delta.to_owned() }));
            events.extend(piece.citations.into_iter().map(ChatEvent::Citation));
        }
        events.push(ChatEvent::Usage(Usage::default()));
        events.push(ChatEvent::Stopped { reason: StopReason::EndTurn });
        events
    }
}

/// Numbers sources in the order in which they appear.
#[derive(Debug, Default)]
struct Numbers {
    passages: Vec<usize>,
}

impl Numbers {
    fn of(&mut self, passage: usize) -> u32 {
        let at = self.passages.iter().position(|known| *known == passage).unwrap_or_else(|| {
            self.passages.push(passage);
            self.passages.len() - 1
        });
        u32::try_from(at + 1).unwrap_or(u32::MAX)
    }
}

/// Where a passage stands, for people.
fn place(passage: &Passage) -> String {
    let mut place = passage.title.clone();
    let heading = passage.heading.as_deref().unwrap_or_default();
    // The outermost heading often is the title.
    let heading =
        heading.strip_prefix(place.as_str()).unwrap_or(heading).trim_start_matches([' ', '\u{203a}']);
    if !heading.is_empty() {
        place.push_str(" \u{203a} ");
        place.push_str(heading);
    }
    if let Some(page) = passage.page {
        place.push_str(&format!(", page {page}"));
    }
    place
}

/// A sentence as it is shown: the words of the source, without the marks of lists; a row of a table with
/// the names of its columns.
fn shown(quote: &str, passage: &str, max_chars: usize) -> String {
    let text = if quote.starts_with('|') {
        table_row(quote, passage)
    } else {
        quote.trim_start_matches(['-', '*', '\u{2022}', ' ']).to_owned()
    };
    if text.chars().count() <= max_chars {
        return text;
    }
    let cut: String = text.chars().take(max_chars).collect();
    let end = cut.rfind(char::is_whitespace).unwrap_or(cut.len());
    format!("{} \u{2026}", cut.get(..end).unwrap_or(&cut))
}

fn table_row(row: &str, passage: &str) -> String {
    let cells = |line: &str| -> Vec<String> {
        line.trim().trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()
    };
    let header = passage.lines().zip(passage.lines().skip(1)).find(|(_, next)| next.starts_with("|--"));
    let header = header.map(|(line, _)| cells(line)).unwrap_or_default();
    let named =
        cells(row).into_iter().enumerate().filter(|(_, cell)| !cell.is_empty()).map(|(column, cell)| {
            match header.get(column).filter(|name| !name.is_empty() && **name != cell) {
                Some(name) => format!("{name}: {cell}"),
                None => cell,
            }
        });
    named.collect::<Vec<_>>().join("; ")
}

/// A text in groups of words; together they are the text.
fn word_groups(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = rest.split_inclusive(char::is_whitespace).take(WORDS_PER_EVENT).map(str::len).sum();
        let (group, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        rest = after;
        Some(group)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rows_of_tables_are_shown_with_the_names_of_their_columns() {
        let table = "| d8 | Creature |\n|---|---|\n| 1 | Ape |\n| 2 |  |";
        assert_eq!(shown("| 1 | Ape |", table, usize::MAX), "d8: 1; Creature: Ape");
        assert_eq!(shown("| d8 | Creature |", table, usize::MAX), "d8; Creature");
        assert_eq!(shown("- an item", "", usize::MAX), "an item");
        assert_eq!(shown("one two three", "", 8), "one two \u{2026}");
    }

    proptest! {
        #[test]
        fn groups_of_words_add_up_to_the_text(text in "\\PC{0,200}") {
            prop_assert_eq!(word_groups(&text).collect::<String>(), text);
        }
    }
}
