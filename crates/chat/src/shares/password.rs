//! Passwords of links: kept as Argon2id, checked a few at a time, guessed only so often; and the tickets that a right one gives.

use super::{Result, SharesError};
use argon2::{
    Argon2, PasswordHash, PasswordHasher, PasswordVerifier,
    password_hash::{Salt, SaltString},
};
use base::{Id, Timestamp};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use parking_lot::Mutex;
use std::{collections::HashMap, time::Duration};
use tokio::{sync::Semaphore, task::spawn_blocking};

/// Letters of a password, at least.
pub(super) const SHORTEST: usize = 8;
/// Bytes of a password, at the most.
pub(super) const LONGEST: usize = 512;
/// Checks at once: each takes 19 MiB and a core.
const AT_ONCE: usize = 2;
/// Wrong passwords of a link before it makes everybody wait.
const TRIES: u32 = 5;
/// How long it then makes them wait, from the first wrong one on.
const PAUSE: Duration = Duration::from_secs(10 * 60);
/// How long a right password counts.
pub(super) const TICKET: Duration = Duration::from_secs(60 * 60);
/// Tickets in memory at the most; the oldest go first.
const TICKETS: usize = 10_000;

/// Who may try, and who may come in.
#[derive(Debug)]
pub(super) struct Doorkeeper {
    checks: Semaphore,
    wrong: Mutex<HashMap<Id, Wrong>>,
    tickets: Mutex<HashMap<String, Ticket>>,
}

#[derive(Debug, Clone, Copy)]
struct Wrong {
    count: u32,
    since: Timestamp,
}

#[derive(Debug, Clone, Copy)]
struct Ticket {
    share_id: Id,
    ends_at: Timestamp,
}

impl Doorkeeper {
    pub(super) fn new() -> Self {
        Self { checks: Semaphore::new(AT_ONCE), wrong: Mutex::default(), tickets: Mutex::default() }
    }

    /// A ticket for whoever knows the password.
    pub(super) async fn let_in(
        &self,
        share_id: Id,
        (given, kept): (String, String),
        now: Timestamp,
    ) -> Result<String> {
        self.count(share_id, now)?;
        if given.len() > LONGEST || !self.is_right(given, kept).await? {
            return Err(SharesError::WrongPassword);
        }
        self.wrong.lock().remove(&share_id);
        let ticket = random()?;
        let mut tickets = self.tickets.lock();
        if tickets.len() >= TICKETS {
            tickets.retain(|_, ticket| ticket.ends_at > now);
        }
        if tickets.len() >= TICKETS
            && let Some(oldest) = tickets.iter().min_by_key(|(_, ticket)| ticket.ends_at)
        {
            let oldest = oldest.0.clone();
            tickets.remove(&oldest);
        }
        tickets.insert(ticket.clone(), Ticket { share_id, ends_at: now.plus(TICKET) });
        Ok(ticket)
    }

    /// Whether this is a ticket for the link that counts still.
    pub(super) fn knows(&self, ticket: &str, share_id: Id, now: Timestamp) -> bool {
        let tickets = self.tickets.lock();
        tickets.get(ticket).is_some_and(|ticket| ticket.share_id == share_id && ticket.ends_at > now)
    }

    /// Tickets of the link count no more, and its wrong passwords are forgotten.
    pub(super) fn forget(&self, share_id: Id) {
        self.tickets.lock().retain(|_, ticket| ticket.share_id != share_id);
        self.wrong.lock().remove(&share_id);
    }

    /// Counts a try before it is made, so that many at once are not more than one after the other.
    fn count(&self, share_id: Id, now: Timestamp) -> Result<()> {
        let mut wrong = self.wrong.lock();
        wrong.retain(|_, wrong| now.since(wrong.since) < PAUSE);
        let entry = wrong.entry(share_id).or_insert(Wrong { count: 0, since: now });
        if entry.count >= TRIES {
            let left = PAUSE.saturating_sub(now.since(entry.since));
            return Err(SharesError::TooManyTries { minutes: left.as_secs().div_ceil(60).max(1) });
        }
        entry.count += 1;
        Ok(())
    }

    async fn is_right(&self, given: String, kept: String) -> Result<bool> {
        let _permit = self.checks.acquire().await.map_err(|_| SharesError::Hashing)?;
        let check = move || {
            let hash = PasswordHash::new(&kept).map_err(|_| SharesError::Hashing)?;
            Ok(Argon2::default().verify_password(given.as_bytes(), &hash).is_ok())
        };
        spawn_blocking(check).await.map_err(|_| SharesError::Hashing)?
    }

    /// A password as it is kept: Argon2id with a salt of its own.
    pub(super) async fn kept(&self, password: String) -> Result<String> {
        if password.chars().count() < SHORTEST || password.len() > LONGEST {
            return Err(SharesError::BadPassword);
        }
        let _permit = self.checks.acquire().await.map_err(|_| SharesError::Hashing)?;
        let hash = move || {
            let mut salt = [0; Salt::RECOMMENDED_LENGTH];
            getrandom::fill(&mut salt).map_err(|_| SharesError::Hashing)?;
            let salt = SaltString::encode_b64(&salt).map_err(|_| SharesError::Hashing)?;
            let hash = Argon2::default().hash_password(password.as_bytes(), &salt);
            hash.map(|hash| hash.to_string()).map_err(|_| SharesError::Hashing)
        };
        spawn_blocking(hash).await.map_err(|_| SharesError::Hashing)?
    }
}

/// Bytes by chance in an address.
const BYTES: usize = 24;

/// Whether a text may be one of [`random`]: what cannot be is not looked for.
pub(super) fn is_random(text: &str) -> bool {
    BASE64_URL_SAFE_NO_PAD.decode(text).is_ok_and(|bytes| bytes.len() == BYTES)
}

/// 192 bits by chance, as a text for addresses.
pub(super) fn random() -> Result<String> {
    let mut bits = [0; BYTES];
    getrandom::fill(&mut bits).map_err(|_| SharesError::Hashing)?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode(bits))
}
