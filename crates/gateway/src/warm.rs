//! Providers' prompt caches: what requests tell them, and which deployment has the beginning of a conversation still in
//! its cache.

use crate::{ask::Ask, table::Place};
use base::OwnerId;
use bytes::Bytes;
use ledger::Exchange;
use llm::{Codec, PromptCache, PromptCacheHelp, Role, Upstream};
use parking_lot::Mutex;
use routing::PromptCaching;
use sha2::{Digest, Sha256};
use std::{collections::HashMap, fmt::Write as _, time::Duration};

/// How long a deployment is taken to keep the beginning of a prompt after it read it: the shortest time that a
/// provider promises (Anthropic's five minutes).
const KEPT: Duration = Duration::from_secs(300);
/// Most conversations that are remembered.
const MOST: usize = 10_000;
/// The shortest beginning that is kept, in tokens, by models of which nobody says: the longest that any needs.
const USUAL_MIN_TOKENS: u64 = 4_096;
/// The fewest bytes that a token has on average in anything that is written: what is shorter is not looked at.
const BYTES_PER_TOKEN: u64 = 3;

/// The beginning of a conversation, by its hash.
pub(crate) type Beginning = [u8; 16];

/// Who has what in its cache.
#[derive(Debug, Default)]
pub(crate) struct Warm(Mutex<HashMap<Beginning, (String, Duration)>>);

impl Warm {
    /// The deployment that has this beginning still in its cache, as far as is known.
    pub(crate) fn at(&self, beginning: &Beginning, now: Duration) -> Option<String> {
        let held = self.0.lock();
        let (deployment, until) = held.get(beginning)?;
        (*until > now).then(|| deployment.clone())
    }

    /// A deployment has begun to answer.
    pub(crate) fn answered(&self, beginning: Beginning, deployment: &str, now: Duration) {
        let mut held = self.0.lock();
        if held.len() >= MOST && !held.contains_key(&beginning) {
            held.retain(|_, (_, until)| *until > now);
            if held.len() >= MOST {
                held.clear();
            }
        }
        held.insert(beginning, (deployment.to_owned(), now + KEPT));
    }
}

/// The beginning of the conversation that a request is part of: who asks what route, with which tools and instructions,
/// and the first thing that was said. Decodes the body: only for routes that want it.
pub(crate) fn beginning(ask: &mut Ask, owner: OwnerId, route: &str) -> Option<Beginning> {
    let request = ask.request(owner)?;
    let first = request.messages.iter().position(|message| message.role != Role::System)?;
    let begins = request.messages.get(..=first)?;
    let mut hash = Sha256::new();
    for piece in [owner.to_string(), route.to_owned()] {
        hash.update((piece.len() as u64).to_le_bytes());
        hash.update(piece);
    }
    hash.update(serde_json::to_vec(&(&request.tools, begins)).ok()?);
    hash.finalize().first_chunk().copied()
}

/// The body of a request with what helps the deployment's prompt cache. A body that is too short for any cache costs a
/// comparison, and every other a look for what the caller has said of it.
pub(crate) fn helped(
    body: Bytes,
    place: &Place,
    (upstream, codec): (&dyn Upstream, &dyn Codec),
    caller: &Conversation<'_>,
) -> Bytes {
    let kind = upstream.prompt_cache();
    let min_tokens = place.spec.cacheable_tokens.unwrap_or(USUAL_MIN_TOKENS);
    if kind == PromptCache::Unaided
        || caller.caching == Some(PromptCaching::Off)
        || (body.len() as u64) < min_tokens.saturating_mul(BYTES_PER_TOKEN)
    {
        return body;
    }
    let key = if kind == PromptCache::Key { caller.key() } else { String::new() };
    codec.for_prompt_cache(&body, &PromptCacheHelp { min_tokens, key: &key }).unwrap_or(body)
}

/// Whose request it is, and part of what.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Conversation<'a> {
    /// What the route says.
    pub(crate) caching: Option<PromptCaching>,
    pub(crate) record: &'a Exchange,
}

impl Conversation<'_> {
    /// What is the same for all requests of a conversation, or of a key where there is none. It tells the provider
    /// nothing else.
    fn key(&self) -> String {
        let conversation = self.record.tags.iter().find(|tag| tag.starts_with("conversation:"));
        let key = self.record.key_id.map(|id| id.to_string()).unwrap_or_default();
        let mut hash = Sha256::new();
        for piece in
            [&self.record.owner.to_string(), &key, conversation.map_or("", String::as_str)] as [&str; 3]
        {
            hash.update((piece.len() as u64).to_le_bytes());
            hash.update(piece);
        }
        let mut name = "familiar-".to_owned();
        for byte in hash.finalize().iter().take(8) {
            // Writing to a string cannot fail.
            let _ = write!(name, "{byte:02x}");
        }
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cache_is_warm_for_five_minutes_after_it_was_used() {
        let (warm, second) = (Warm::default(), Duration::from_secs);
        warm.answered([1; 16], "a/x", second(0));
        assert_eq!(warm.at(&[1; 16], second(299)).as_deref(), Some("a/x"));
        assert_eq!(warm.at(&[1; 16], second(300)), None);
        assert_eq!(warm.at(&[2; 16], second(0)), None);
        warm.answered([1; 16], "b/y", second(299));
        assert_eq!(warm.at(&[1; 16], second(400)).as_deref(), Some("b/y"));
    }

    #[test]
    fn no_more_conversations_are_remembered_than_may_be() {
        let warm = Warm::default();
        for number in 0..=MOST as u128 {
            warm.answered(number.to_le_bytes(), "a/x", Duration::ZERO);
        }
        assert!(warm.0.lock().len() <= MOST);
        assert!(warm.at(&(MOST as u128).to_le_bytes(), Duration::ZERO).is_some());
    }
}
