//! Text as it comes out of a model, token by token: characters are held back until they are whole, and text until
//! it is clear that it does not begin a stop text. Pure.

/// Turns ids into text.
pub(crate) trait Decode {
    /// The text of these tokens; what is no whole character becomes U+FFFD.
    fn decode(&self, ids: &[u32]) -> Option<String>;
}

/// Text of one answer so far. Tokens are decoded together with those just before them, since a decoder may treat
/// the first one differently.
#[derive(Debug, Default)]
pub(crate) struct Detokenizer {
    ids: Vec<u32>,
    /// Where the tokens begin that are decoded again.
    from: usize,
    /// Up to where all of their text has been given out.
    whole: usize,
    /// How many bytes of the text behind that have been given out, too.
    given: usize,
}

/// What stands for bytes that are no character, or not yet.
const REPLACEMENT: char = '\u{fffd}';
/// An unfinished character shows as so many of them at most: one a byte.
const MOST_UNFINISHED: usize = 3;
/// After so many tokens without a whole character none is waited for.
const MOST_WAITING: usize = 64;

impl Detokenizer {
    /// The text that one more token makes whole; empty while a character is not.
    pub(crate) fn push(&mut self, id: u32, decoder: &dyn Decode) -> String {
        self.ids.push(id);
        let is_long = self.ids.len() - self.whole > MOST_WAITING;
        self.take(decoder, |text| {
            let unfinished = text.chars().rev().take(MOST_UNFINISHED).take_while(|last| *last == REPLACEMENT);
            if is_long { text.len() } else { text.len() - unfinished.count() * REPLACEMENT.len_utf8() }
        })
    }

    /// What is left when the answer ends, whole or not.
    pub(crate) fn finish(&mut self, decoder: &dyn Decode) -> String {
        self.take(decoder, str::len)
    }

    /// Gives out up to where `end` says of the text that has not been whole.
    fn take(&mut self, decoder: &dyn Decode, end: impl Fn(&str) -> usize) -> String {
        let window = self.ids.get(self.from..).unwrap_or_default();
        let (known, waiting) = window.split_at_checked(self.whole - self.from).unwrap_or_default();
        let before = if known.is_empty() { Some(String::new()) } else { decoder.decode(known) };
        let (Some(before), Some(all)) = (before, decoder.decode(window)) else { return String::new() };
        // A decoder may take the bytes of neighbouring characters together, and all of them for none while the last
        // is not whole.
        let alone;
        let new = match all.strip_prefix(&before) {
            Some(new) => new,
            None => {
                alone = decoder.decode(waiting).unwrap_or_default();
                &alone
            }
        };
        let end = end(new);
        let out = new.get(self.given..end).unwrap_or_default().to_owned();
        if end == new.len() {
            (self.from, self.whole, self.given) = (self.whole, self.ids.len(), 0);
        } else {
            self.given = self.given.max(end);
        }
        out
    }
}

/// Watches for texts at which the answer ends.
#[derive(Debug)]
pub(crate) struct StopWatch {
    stops: Vec<String>,
    held: String,
}

impl StopWatch {
    pub(crate) fn new(stops: &[String]) -> Self {
        let stops = stops.iter().filter(|stop| !stop.is_empty()).cloned().collect();
        Self { stops, held: String::new() }
    }

    /// What can be given out of the text so far, and the stop text if one has come.
    pub(crate) fn push(&mut self, text: &str) -> (String, Option<String>) {
        self.held.push_str(text);
        let found = self.stops.iter().filter_map(|stop| Some((self.held.find(stop.as_str())?, stop)));
        if let Some((at, stop)) = found.min_by_key(|(at, _)| *at) {
            let stop = stop.clone();
            self.held.truncate(at);
            return (std::mem::take(&mut self.held), Some(stop));
        }
        let may_begin = |rest: &str| self.stops.iter().any(|stop| stop.starts_with(rest));
        let keep =
            self.held.char_indices().map(|(at, _)| at).find(|at| self.held.get(*at..).is_some_and(may_begin));
        let rest = self.held.split_off(keep.unwrap_or(self.held.len()));
        (std::mem::replace(&mut self.held, rest), None)
    }

    /// What was held back and turned out to begin nothing.
    pub(crate) fn finish(&mut self) -> String {
        std::mem::take(&mut self.held)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Every byte a token.
    struct Bytes;

    impl Decode for Bytes {
        fn decode(&self, ids: &[u32]) -> Option<String> {
            let bytes: Vec<u8> = ids.iter().map(|id| u8::try_from(*id).unwrap()).collect();
            Some(String::from_utf8_lossy(&bytes).into_owned())
        }
    }

    fn decoded(text: &[u8]) -> Vec<String> {
        let mut detokenizer = Detokenizer::default();
        let mut parts: Vec<String> =
            text.iter().map(|byte| detokenizer.push(u32::from(*byte), &Bytes)).collect();
        parts.push(detokenizer.finish(&Bytes));
        parts
    }

    #[test]
    fn a_character_comes_when_it_is_whole() {
        assert_eq!(decoded("aé€".as_bytes()), ["a", "", "é", "", "", "€", ""]);
        assert_eq!(decoded("😀!".as_bytes()), ["", "", "", "😀", "!", ""]);
    }

    #[test]
    fn what_is_no_character_is_not_waited_for_for_ever() {
        let parts = decoded(&[0xff, 0xff, 0xff, 0xff, 0xff, b'a']);
        assert_eq!(parts.concat(), "\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}a");
        assert_eq!(decoded(&[b'a', 0xe2, 0x82]).concat(), "a\u{fffd}", "the end of an answer cut off");
    }

    #[test]
    fn the_earliest_stop_text_ends_the_answer_and_is_not_in_it() {
        let stops = ["END".to_owned(), "\n\n".to_owned(), String::new()];
        let mut watch = StopWatch::new(&stops);
        assert_eq!(watch.push("one E"), ("one ".to_owned(), None));
        assert_eq!(watch.push("N"), (String::new(), None));
        assert_eq!(watch.push("!\n"), ("EN!".to_owned(), None));
        assert_eq!(watch.push("\nEND"), (String::new(), Some("\n\n".to_owned())));
        let mut watch = StopWatch::new(&stops);
        assert_eq!(watch.push("the EN"), ("the ".to_owned(), None));
        assert_eq!(watch.finish(), "EN");
    }

    proptest! {
        #[test]
        fn texts_come_out_as_they_went_in(text in "\\PC{0,40}") {
            prop_assert_eq!(decoded(text.as_bytes()).concat(), text);
        }

        #[test]
        fn stops_are_found_however_the_text_is_cut(
            text in "[ab\u{e9}]{0,30}", stop in "[ab\u{e9}]{1,3}", cuts in prop::collection::vec(1_usize..4, 0..30),
        ) {
            let mut watch = StopWatch::new(std::slice::from_ref(&stop));
            let (mut out, mut found, mut rest) = (String::new(), None, text.as_str());
            for cut in cuts.into_iter().chain([usize::MAX]) {
                let at = rest.char_indices().nth(cut).map_or(rest.len(), |(at, _)| at);
                let (part, left) = rest.split_at(at);
                rest = left;
                let (given, stopped) = watch.push(part);
                out.push_str(&given);
                if stopped.is_some() {
                    found = stopped;
                    break;
                }
            }
            if found.is_none() {
                out.push_str(&watch.finish());
            }
            match text.find(&stop) {
                Some(at) => {
                    prop_assert_eq!(out, &text[..at]);
                    prop_assert_eq!(found, Some(stop));
                }
                None => prop_assert_eq!(out, text),
            }
        }
    }
}
