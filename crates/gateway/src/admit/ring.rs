//! The virtual keys in memory, found by the SHA-256 of their text.

use super::rate::RateWindow;
use crate::{keys::KeyInfo, reserve::Account};
use arc_swap::ArcSwap;
use base::{Id, Secret};
use sha2::{Digest, Sha256};
use std::{collections::HashMap, sync::Arc};

/// A key as the gateway uses it.
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) info: KeyInfo,
    /// Where its spending is counted, if it has a budget.
    pub(crate) account: Option<Arc<Account>>,
    /// Its requests of the last minute, if they are limited.
    pub(crate) window: Option<RateWindow>,
}

impl Key {
    pub(crate) fn new(info: KeyInfo, account: Option<Arc<Account>>) -> Arc<Self> {
        let window = info.requests_per_minute.map(RateWindow::new);
        Arc::new(Self { info, account, window })
    }
}

/// What is kept of a key's text.
pub(crate) type KeyHash = [u8; 32];

/// The SHA-256 of a key's text. Keys are 32 random bytes, so nothing slower is needed.
pub(crate) fn digest(secret: &Secret) -> KeyHash {
    Sha256::digest(secret.expose().as_bytes()).into()
}

/// All keys, revoked ones included. Readers never wait; a change replaces the map.
#[derive(Debug, Default)]
pub(crate) struct KeyRing {
    keys: ArcSwap<HashMap<KeyHash, Arc<Key>>>,
}

impl KeyRing {
    /// The key of this text. The work is the same for every text of one length, known or not: what is
    /// compared is the hash, of which a guesser learns nothing.
    pub(crate) fn find(&self, secret: &Secret) -> Option<Arc<Key>> {
        self.keys.load().get(&digest(secret)).cloned()
    }

    /// The key of this id. It is looked for among all of them: not for the hot path.
    pub(crate) fn by_id(&self, id: Id) -> Option<Arc<Key>> {
        self.keys.load().values().find(|key| key.info.id == id).cloned()
    }

    /// Replaces all keys.
    pub(crate) fn fill(&self, keys: HashMap<KeyHash, Arc<Key>>) {
        self.keys.store(Arc::new(keys));
    }

    /// Adds a key, or replaces the one with the same hash.
    pub(crate) fn put(&self, hash: KeyHash, key: &Arc<Key>) {
        self.keys.rcu(|keys| {
            let mut keys = HashMap::clone(keys);
            keys.insert(hash, Arc::clone(key));
            keys
        });
    }

    /// Every key with its hash.
    pub(crate) fn all(&self) -> Vec<(KeyHash, Arc<Key>)> {
        self.keys.load().iter().map(|(hash, key)| (*hash, Arc::clone(key))).collect()
    }
}
