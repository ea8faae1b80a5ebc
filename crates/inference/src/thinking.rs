//! What a model thinks before it answers, told apart from the answer: `<think>` and `</think>` around it. Pure.

/// The marks that the families which think in the open agree on.
const BEGIN: &str = "<think>";
const END: &str = "</think>";

/// A piece of what the model writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Spoken {
    /// Of its thinking.
    Thought(String),
    /// Of its answer.
    Said(String),
}

/// Tells thoughts from words, however the text is cut.
#[derive(Debug)]
pub(crate) struct Thinking {
    state: State,
    held: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing but white space has come.
    Before,
    /// The thinking begins; empty lines before it are not part of it.
    Beginning,
    Thinking,
    /// The thinking is over; the empty lines behind it are not part of the answer.
    Over,
    Saying,
}

impl Thinking {
    /// For an answer to this prompt, which may have begun the thinking itself.
    pub(crate) fn after(prompt: &str) -> Self {
        let state = if prompt.trim_end().ends_with(BEGIN) { State::Beginning } else { State::Before };
        Self { state, held: String::new() }
    }

    /// Whether what comes next is thought.
    pub(crate) fn is_thinking(&self) -> bool {
        matches!(self.state, State::Beginning | State::Thinking)
    }

    /// What is clear after this piece.
    pub(crate) fn push(&mut self, text: &str) -> Vec<Spoken> {
        self.held.push_str(text);
        let mut spoken = Vec::new();
        if self.state == State::Before {
            let begun = self.held.trim_start();
            if let Some(rest) = begun.strip_prefix(BEGIN) {
                self.held = rest.to_owned();
                self.state = State::Beginning;
            } else if BEGIN.starts_with(begun) {
                return spoken;
            } else {
                self.state = State::Saying;
            }
        }
        if self.state == State::Beginning {
            self.held = self.held.trim_start_matches('\n').to_owned();
            if !self.held.is_empty() {
                self.state = State::Thinking;
            }
        }
        if self.state == State::Thinking {
            if let Some((thought, rest)) = self.held.split_once(END) {
                spoken.push(Spoken::Thought(thought.trim_end_matches('\n').to_owned()));
                self.held = rest.to_owned();
                self.state = State::Over;
            } else {
                // White space may be that before the mark, which is none of the thought.
                let clear = self.held.len() - unclear(&self.held);
                let rest = self.held.split_off(clear);
                spoken.push(Spoken::Thought(std::mem::replace(&mut self.held, rest)));
            }
        }
        if self.state == State::Over {
            self.held = self.held.trim_start_matches('\n').to_owned();
            if !self.held.is_empty() {
                self.state = State::Saying;
            }
        }
        if self.state == State::Saying {
            spoken.push(Spoken::Said(std::mem::take(&mut self.held)));
        }
        spoken
            .retain(|piece| !matches!(piece, Spoken::Thought(text) | Spoken::Said(text) if text.is_empty()));
        spoken
    }

    /// What was held back when the answer ends.
    pub(crate) fn finish(&mut self) -> Option<Spoken> {
        let held = std::mem::take(&mut self.held);
        match self.state {
            _ if held.is_empty() => None,
            State::Beginning | State::Thinking => Some(Spoken::Thought(held)),
            State::Before | State::Over | State::Saying => Some(Spoken::Said(held)),
        }
    }
}

/// How many bytes at the end may belong to empty lines and the mark behind them.
fn unclear(text: &str) -> usize {
    let mark =
        (1..END.len()).rev().find(|length| END.get(..*length).is_some_and(|part| text.ends_with(part)));
    let before = text.get(..text.len() - mark.unwrap_or_default()).unwrap_or_default();
    text.len() - before.trim_end_matches('\n').len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The thoughts and the words of a text that comes in pieces of these lengths.
    fn told(prompt: &str, text: &str, cuts: &[usize]) -> (String, String) {
        let mut thinking = Thinking::after(prompt);
        let (mut thought, mut said) = (String::new(), String::new());
        let mut rest = text;
        let mut spoken = Vec::new();
        for cut in cuts.iter().copied().chain([usize::MAX]) {
            let at = rest.char_indices().nth(cut).map_or(rest.len(), |(at, _)| at);
            spoken.extend(thinking.push(&rest[..at]));
            rest = &rest[at..];
        }
        spoken.extend(thinking.finish());
        for piece in spoken {
            match piece {
                Spoken::Thought(text) => thought.push_str(&text),
                Spoken::Said(text) => said.push_str(&text),
            }
        }
        (thought, said)
    }

    #[test]
    fn thoughts_are_told_from_words() {
        let rows = [
            ("", "<think>\nhm\n\nso\n</think>\n\nYes.\n", "hm\n\nso", "Yes.\n"),
            ("", "Yes. <think>no</think>", "", "Yes. <think>no</think>"),
            ("", "<thin air>", "", "<thin air>"),
            ("", "\n <think>a < b</think>c", "a < b", "c"),
            ("", "<think>\n\n</think>\n\nYes.", "", "Yes."),
            ("assistant\n<think>\n", "hm</think>Yes.", "hm", "Yes."),
            ("", "<think>never ends </thin", "never ends </thin", ""),
            ("", "  ", "", "  "),
            ("", "", "", ""),
        ];
        for (prompt, text, thought, said) in rows {
            let found = told(prompt, text, &[]);
            assert_eq!(found, (thought.to_owned(), said.to_owned()), "{text:?}");
            assert_eq!(told(prompt, text, &[1; 60]), found, "{text:?}, letter by letter");
        }
    }

    proptest! {
        #[test]
        fn it_does_not_matter_how_the_text_is_cut(
            parts in prop::collection::vec(prop_oneof![
                Just("<think>"), Just("</think>"), Just("\n"), Just("<"), Just("/th"), Just("é"), Just("a "),
            ], 0..12),
            cuts in prop::collection::vec(1_usize..5, 0..40),
        ) {
            let text = parts.concat();
            prop_assert_eq!(told("", &text, &cuts), told("", &text, &[]));
        }
    }
}
