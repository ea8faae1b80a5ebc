//! System prompts that were shortened, and summaries that were made: both come again with every turn.

use crate::system;
use parking_lot::Mutex;
use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

/// Most bytes that are kept; what was kept first goes first.
const MOST_BYTES: usize = 4 << 20;

/// Keeps what was worked out for long texts. For use from several threads.
#[derive(Debug, Default)]
pub struct Cache {
    kept: Mutex<Kept>,
}

/// Keys are whole texts: with a hash alone, somebody could make a text that gets another's.
#[derive(Debug, Default)]
struct Kept {
    texts: HashMap<(Of, Arc<str>), String>,
    order: VecDeque<(Of, Arc<str>)>,
    bytes: usize,
}

/// What a text was made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Of {
    System,
    Summary,
}

impl Cache {
    /// A system prompt without what it says twice.
    pub(crate) fn compressed(&self, text: &str) -> String {
        if let Some(known) = self.get(Of::System, text) {
            return known;
        }
        let short = system::compress(text);
        self.put(Of::System, text, short.clone());
        short
    }

    /// The summary that was made of this transcript.
    pub fn summary(&self, transcript: &str) -> Option<String> {
        self.get(Of::Summary, transcript)
    }

    /// Keeps the summary of a transcript.
    pub fn keep_summary(&self, transcript: &str, summary: String) {
        self.put(Of::Summary, transcript, summary);
    }

    /// How many texts are kept.
    pub fn len(&self) -> usize {
        self.kept.lock().texts.len()
    }

    /// Whether nothing is kept.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn get(&self, of: Of, text: &str) -> Option<String> {
        self.kept.lock().texts.get(&(of, Arc::from(text))).cloned()
    }

    fn put(&self, of: Of, text: &str, made: String) {
        let bytes = text.len() + made.len();
        let key = (of, Arc::from(text));
        let mut kept = self.kept.lock();
        if bytes > MOST_BYTES / 4 || kept.texts.contains_key(&key) {
            return;
        }
        kept.bytes += bytes;
        kept.order.push_back(key.clone());
        kept.texts.insert(key, made);
        while kept.bytes > MOST_BYTES {
            let Some(oldest) = kept.order.pop_front() else { return };
            let made = kept.texts.remove(&oldest).map_or(0, |made| made.len());
            kept.bytes -= oldest.1.len() + made;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_worked_out_is_kept_up_to_a_bound() {
        let cache = Cache::default();
        assert_eq!(cache.compressed("one  \n\n\n\ntwo"), "one\n\ntwo");
        assert_eq!((cache.compressed("one  \n\n\n\ntwo"), cache.len()), ("one\n\ntwo".to_owned(), 1));
        assert_eq!(cache.summary("t"), None);
        cache.keep_summary("t", "said".into());
        assert_eq!(cache.summary("t").as_deref(), Some("said"));
        for number in 0..20 {
            cache.keep_summary(&number.to_string(), "x".repeat(MOST_BYTES / 5 - 10));
        }
        assert_eq!((cache.len(), cache.summary("t")), (5, None));
        cache.keep_summary("huge", "x".repeat(MOST_BYTES));
        assert_eq!(cache.summary("huge"), None);
    }
}
