//! The replies themselves: bounded in bytes, the longest unused go first.

use super::CacheKey;
use crate::ask::Ask;
use base::Money;
use bytes::Bytes;
use llm::{ChatEvent, Codec, EmbeddingReply};
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::Duration,
};

/// What an entry takes besides its reply, roughly.
const ENTRY_BYTES: usize = 256;

/// A reply that is kept.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    pub(crate) body: StoredBody,
    /// How it is written.
    pub(crate) written: Written,
    /// The deployment that gave it.
    pub(crate) deployment: Option<String>,
    /// What it cost.
    pub(crate) cost: Money,
    /// What it would have cost without Familiar.
    pub(crate) baseline: Money,
    /// What of the request was not carried to the deployment.
    pub(crate) dropped: Vec<String>,
}

/// How a reply is written.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Written {
    /// In which format; `None` for the vocabulary.
    pub(crate) codec: Option<&'static dyn Codec>,
    stream: bool,
    /// Whether the stream says what was used.
    usage: bool,
}

impl Written {
    /// How the answer to a request is written.
    pub(crate) fn of(ask: &Ask) -> Self {
        let stream = ask.head.stream;
        Self { codec: ask.codec(), stream, usage: stream && ask.head.wants_stream_usage }
    }
}

impl PartialEq for Written {
    fn eq(&self, other: &Self) -> bool {
        let dialect = |written: &Self| written.codec.map(Codec::dialect);
        (dialect(self), self.stream, self.usage) == (dialect(other), other.stream, other.usage)
    }
}

/// A reply, in the form it was given in.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum StoredBody {
    Whole(Bytes),
    Stream(Vec<Bytes>),
    Events(Vec<ChatEvent>),
    Vectors(EmbeddingReply),
}

impl Stored {
    /// The memory it takes.
    pub(crate) fn size_bytes(&self) -> usize {
        let body = match &self.body {
            StoredBody::Whole(bytes) => bytes.len(),
            StoredBody::Stream(chunks) => chunks.iter().map(|chunk| chunk.len() + size_of::<Bytes>()).sum(),
            StoredBody::Events(events) => events.iter().map(event_bytes).sum(),
            StoredBody::Vectors(reply) => reply.vectors.iter().map(|vector| vector.len() * 4 + 24).sum(),
        };
        body + ENTRY_BYTES
    }
}

/// The memory an event takes, roughly.
pub(crate) fn event_bytes(event: &ChatEvent) -> usize {
    let text = match event {
        ChatEvent::Text { delta }
        | ChatEvent::Reasoning { delta }
        | ChatEvent::Refusal { delta }
        | ChatEvent::ToolCallArguments { delta, .. } => delta.len(),
        ChatEvent::Citation(citation) => citation.quote.len() + citation.title.len(),
        ChatEvent::ReasoningSealed { signature, redacted } => {
            signature.as_ref().map_or(0, String::len) + redacted.as_ref().map_or(0, String::len)
        }
        ChatEvent::Started { .. }
        | ChatEvent::ToolCallStarted { .. }
        | ChatEvent::Usage(_)
        | ChatEvent::Stopped { .. } => 0,
    };
    text + size_of::<ChatEvent>()
}

/// The replies by key, and the order in which they were last used.
#[derive(Debug)]
pub(super) struct Shelf {
    max_bytes: usize,
    bytes: usize,
    entries: HashMap<CacheKey, Entry>,
    by_use: BTreeMap<u64, CacheKey>,
    uses: u64,
}

#[derive(Debug)]
struct Entry {
    stored: Arc<Stored>,
    expires_at: Duration,
    used: u64,
}

impl Shelf {
    pub(super) fn new(max_bytes: usize) -> Self {
        Self { max_bytes, bytes: 0, entries: HashMap::new(), by_use: BTreeMap::new(), uses: 0 }
    }

    pub(super) fn get(&mut self, key: &CacheKey, now: Duration) -> Option<Arc<Stored>> {
        if self.entries.get(key)?.expires_at <= now {
            self.remove(key);
            return None;
        }
        self.uses += 1;
        let entry = self.entries.get_mut(key)?;
        self.by_use.remove(&entry.used);
        entry.used = self.uses;
        self.by_use.insert(self.uses, *key);
        Some(Arc::clone(&entry.stored))
    }

    pub(super) fn put(&mut self, key: CacheKey, stored: Arc<Stored>, now: Duration, ttl: Duration) {
        self.remove(&key);
        self.bytes += stored.size_bytes();
        self.uses += 1;
        self.by_use.insert(self.uses, key);
        self.entries.insert(key, Entry { stored, expires_at: now + ttl, used: self.uses });
        while self.bytes > self.max_bytes {
            let Some((_, oldest)) = self.by_use.pop_first() else { break };
            self.remove(&oldest);
        }
    }

    pub(super) fn size(&self) -> (usize, usize) {
        (self.entries.len(), self.bytes)
    }

    pub(super) fn clear(&mut self) {
        self.entries.clear();
        self.by_use.clear();
        self.bytes = 0;
    }

    fn remove(&mut self, key: &CacheKey) {
        if let Some(entry) = self.entries.remove(key) {
            self.by_use.remove(&entry.used);
            self.bytes -= entry.stored.size_bytes();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn stored(bytes: usize) -> Arc<Stored> {
        let body = StoredBody::Whole(Bytes::from(vec![0; bytes]));
        Arc::new(Stored {
            body,
            written: Written::default(),
            deployment: None,
            cost: Money::ZERO,
            baseline: Money::ZERO,
            dropped: Vec::new(),
        })
    }

    #[test]
    fn the_longest_unused_goes_first_and_nothing_outlives_its_time() {
        let second = Duration::from_secs;
        let mut shelf = Shelf::new(3 * (100 + ENTRY_BYTES));
        for key in 0..3 {
            shelf.put([key; 32], stored(100), second(0), second(10));
        }
        assert!(shelf.get(&[0; 32], second(1)).is_some());
        shelf.put([3; 32], stored(100), second(1), second(20));
        let there = |shelf: &mut Shelf, now| {
            (0..4).filter(|key| shelf.get(&[*key; 32], now).is_some()).collect::<Vec<_>>()
        };
        assert_eq!(there(&mut shelf, second(9)), [0, 2, 3]);
        assert_eq!(there(&mut shelf, second(10)), [3]);
        assert_eq!(shelf.size(), (1, 100 + ENTRY_BYTES), "what has expired is gone");
    }

    proptest! {
        #[test]
        fn the_bytes_are_counted_right_and_never_exceed_the_limit(
            steps in prop::collection::vec((0_u8..6, 0_usize..900, 0_u64..5), 0..80),
        ) {
            let mut shelf = Shelf::new(2_000);
            let mut now = Duration::ZERO;
            for (key, bytes, seconds) in steps {
                now += Duration::from_secs(seconds);
                if bytes % 3 == 0 {
                    shelf.get(&[key; 32], now);
                } else {
                    shelf.put([key; 32], stored(bytes), now, Duration::from_secs(6));
                }
                let counted: usize = shelf.entries.values().map(|entry| entry.stored.size_bytes()).sum();
                prop_assert_eq!(shelf.bytes, counted);
                prop_assert_eq!(shelf.by_use.len(), shelf.entries.len());
                prop_assert!(shelf.bytes <= 2_000);
            }
        }
    }
}
