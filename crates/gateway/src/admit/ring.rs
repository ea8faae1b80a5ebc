//! The virtual keys in memory, found by the SHA-256 of their text.

use crate::keys::KeyInfo;
use arc_swap::ArcSwap;
use base::{Id, Secret, Timestamp};
use routing::limit::Limiter;
use sha2::{Digest, Sha256};
use std::{collections::HashMap, sync::Arc};

/// A key as the gateway uses it.
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) info: KeyInfo,
    /// Where its requests and tokens are counted, if they are limited.
    pub(crate) limiter: Option<Arc<Limiter>>,
}

/// What is kept of a key's text.
pub(crate) type KeyHash = [u8; 32];

/// The SHA-256 of a key's text. Keys are 32 random bytes, so nothing slower is needed.
pub(crate) fn digest(secret: &Secret) -> KeyHash {
    Sha256::digest(secret.expose().as_bytes()).into()
}

/// A key, and what is kept of its texts.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    pub(crate) key: Arc<Key>,
    pub(crate) hash: KeyHash,
    /// The text it had before, and until when that works.
    pub(crate) old: Option<(KeyHash, Timestamp)>,
}

/// A key that was found by one of its texts.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) key: Arc<Key>,
    /// From when on this text of it does not work any more.
    pub(crate) replaced_at: Option<Timestamp>,
}

/// All keys, revoked ones included. Readers never wait; a change replaces the map.
#[derive(Debug, Default)]
pub(crate) struct KeyRing {
    keys: ArcSwap<Keys>,
}

#[derive(Debug, Default, Clone)]
struct Keys {
    by_id: HashMap<Id, Held>,
    by_text: HashMap<KeyHash, (Arc<Key>, Option<Timestamp>)>,
}

impl Keys {
    /// Adds a key, or replaces the one with the same id.
    fn put(&mut self, held: Held) {
        let texts = |held: &Held| [Some(held.hash), held.old.map(|(hash, _)| hash)];
        let before = self.by_id.get(&held.key.info.id).map(texts);
        for hash in before.into_iter().flatten().flatten() {
            self.by_text.remove(&hash);
        }
        if let Some((hash, until)) = held.old {
            self.by_text.insert(hash, (Arc::clone(&held.key), Some(until)));
        }
        self.by_text.insert(held.hash, (Arc::clone(&held.key), None));
        self.by_id.insert(held.key.info.id, held);
    }
}

impl KeyRing {
    /// The key of this text. The work is the same for every text of one length, known or not: what is
    /// compared is the hash, of which a guesser learns nothing.
    pub(crate) fn find(&self, secret: &Secret) -> Option<Found> {
        let keys = self.keys.load();
        let (key, replaced_at) = keys.by_text.get(&digest(secret))?;
        Some(Found { key: Arc::clone(key), replaced_at: *replaced_at })
    }

    /// The key of this id, whatever its text is.
    pub(crate) fn by_id(&self, id: Id) -> Option<Arc<Key>> {
        self.get(id).map(|held| held.key)
    }

    /// Replaces all keys.
    pub(crate) fn fill(&self, held: impl IntoIterator<Item = Held>) {
        let mut keys = Keys::default();
        held.into_iter().for_each(|held| keys.put(held));
        self.keys.store(Arc::new(keys));
    }

    /// Adds a key, or replaces the one with the same id.
    pub(crate) fn put(&self, held: &Held) {
        self.keys.rcu(|keys| {
            let mut keys = Keys::clone(keys);
            keys.put(held.clone());
            keys
        });
    }

    /// Every key, in no order.
    pub(crate) fn all(&self) -> Vec<Arc<Key>> {
        self.keys.load().by_id.values().map(|held| Arc::clone(&held.key)).collect()
    }

    /// Entries that the keys' limits keep.
    pub(crate) fn limit_entries(&self) -> usize {
        let keys = self.keys.load();
        let limiters = keys.by_id.values().filter_map(|held| held.key.limiter.as_ref());
        limiters.map(|limiter| limiter.entries()).sum()
    }

    /// The key with this id.
    pub(crate) fn get(&self, id: Id) -> Option<Held> {
        self.keys.load().by_id.get(&id).cloned()
    }
}
