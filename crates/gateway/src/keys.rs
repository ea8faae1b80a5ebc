//! Virtual keys: issued, listed, changed, given another secret, taken back.

use crate::{
    admit::{
        Key, digest,
        ring::{Held, KeyHash},
    },
    budget::{Budget, Period},
    db,
    error::ManageError,
    gateway::Shared,
    reserve::{Account, AccountState},
};
use base::{Id, Money, OwnerId, Secret, Timestamp, new_id};
use routing::{
    Limits, Priority, Scope,
    limit::{Bell, Limiter},
};
use std::{sync::Arc, time::Duration};

/// What every key begins with.
const PREFIX: &str = "fam-";
/// How much of a key may be shown later, to recognise it by.
const SHOWN_CHARS: usize = 10;
const MAX_NAME_CHARS: usize = 100;
/// More than any provider sells; the database counts in signed numbers.
const MAX_TOKENS_PER_MINUTE: u64 = 1_000_000_000_000;
/// Longest time for which an old secret still works.
const MAX_GRACE: Duration = Duration::from_secs(30 * 86_400);
/// How long to wait until the ledger has what is settled.
const LEDGER_PATIENCE: Duration = Duration::from_secs(5);
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A key, without its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyInfo {
    /// Its id.
    pub id: Id,
    /// Whose it is, and who pays.
    pub owner: OwnerId,
    /// What it is for.
    pub name: String,
    /// The first characters of its text.
    pub prefix: String,
    /// The routes and deployments it may call; `provider/*` for all of a provider; empty for all.
    pub routes: Vec<String>,
    /// The most that may be spent with it.
    pub budget: Option<Budget>,
    /// The most requests, tokens and calls at a time.
    pub limits: Limits,
    /// The most urgent that its requests may be, and are where they do not say.
    pub priority: Priority,
    /// Until when the text it had before still works.
    pub old_until: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it is refused.
    pub expires_at: Option<Timestamp>,
    /// When it was taken back.
    pub revoked_at: Option<Timestamp>,
}

/// What a new key is to be like.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NewKey {
    /// As in [`KeyInfo::name`].
    pub name: String,
    /// As in [`KeyInfo::routes`].
    pub routes: Vec<String>,
    /// As in [`KeyInfo::budget`].
    pub budget: Option<Budget>,
    /// As in [`KeyInfo::limits`].
    pub limits: Limits,
    /// As in [`KeyInfo::priority`].
    pub priority: Priority,
    /// As in [`KeyInfo::expires_at`].
    pub expires_at: Option<Timestamp>,
}

/// What is to be different about a key. `None` leaves a thing as it is, `Some(None)` takes it away.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KeyChange {
    /// As in [`KeyInfo::name`].
    pub name: Option<String>,
    /// As in [`KeyInfo::routes`].
    pub routes: Option<Vec<String>>,
    /// The budget's amount.
    pub budget_limit: Option<Option<Money>>,
    /// The budget's period.
    pub budget_period: Option<Period>,
    /// As in [`Limits::requests_per_minute`].
    pub requests_per_minute: Option<Option<u32>>,
    /// As in [`Limits::tokens_per_minute`].
    pub tokens_per_minute: Option<Option<u64>>,
    /// As in [`Limits::parallel`].
    pub parallel: Option<Option<u32>>,
    /// As in [`KeyInfo::priority`].
    pub priority: Option<Priority>,
    /// As in [`KeyInfo::expires_at`].
    pub expires_at: Option<Option<Timestamp>>,
}

/// A key that was just made, with its text, which is kept nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreatedKey {
    /// The key.
    pub info: KeyInfo,
    /// Its text, shown this once.
    pub secret: Secret,
}

/// A key and what has become of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyOverview {
    /// The key.
    pub info: KeyInfo,
    /// What is spent and reserved of its budget, if it has one.
    pub budget: Option<AccountState>,
    /// What the ledger has of it.
    pub usage: KeyUse,
}

/// What a key was used for, by the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct KeyUse {
    /// What was spent with it in all.
    pub spent: Money,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
}

/// The virtual keys of an installation.
#[derive(Debug)]
pub struct Keys<'a> {
    shared: &'a Shared,
}

impl<'a> Keys<'a> {
    pub(crate) fn new(shared: &'a Shared) -> Self {
        Self { shared }
    }

    /// Makes a key. It can be used at once.
    ///
    /// # Errors
    /// [`ManageError::Invalid`] where a field is out of range; failures of the database.
    pub async fn create(&self, owner: OwnerId, new: NewKey) -> Result<CreatedKey, ManageError> {
        let now = self.shared.clock.now();
        let new = checked(new, now)?;
        let secret = new_secret()?;
        let NewKey { name, routes, budget, limits, priority, expires_at } = new;
        let info = KeyInfo {
            id: new_id(),
            owner,
            name,
            prefix: prefix(&secret),
            routes,
            budget,
            limits,
            priority,
            old_until: None,
            created_at: now,
            expires_at,
            revoked_at: None,
        };
        let kept = KeptKey { info: info.clone(), hash: digest(&secret), old_hash: None };
        db::create_key(&self.shared.db, &kept.info, &kept.hash).await?;
        self.shared.ring.put(&kept.held(Money::ZERO, now, &self.shared.limits.freed));
        Ok(CreatedKey { info, secret })
    }

    /// The keys of an owner, the newest first, revoked ones included.
    ///
    /// # Errors
    /// Failures of the database.
    pub async fn list(&self, owner: OwnerId) -> Result<Vec<KeyOverview>, ManageError> {
        let now = self.shared.clock.now();
        let account = |id: Id| Some(self.shared.ring.get(id)?.key.account.as_ref()?.describe(now));
        let keys = db::keys_with_use(&self.shared.db, owner).await?;
        Ok(keys
            .into_iter()
            .map(|(info, usage)| KeyOverview { budget: account(info.id), info, usage })
            .collect())
    }

    /// Changes a key, from the next request on. What was spent and taken with it counts for the new limits.
    ///
    /// # Errors
    /// [`ManageError::UnknownKey`] where this owner has no such key, [`ManageError::Invalid`] where a field is
    /// out of range or the key is revoked; failures of the database.
    pub async fn update(&self, owner: OwnerId, id: Id, change: KeyChange) -> Result<KeyInfo, ManageError> {
        let _turn = self.shared.changing_keys.lock().await;
        let now = self.shared.clock.now();
        let Held { key, hash, old } = self.usable(owner, id)?;
        let info = changed(&key.info, change, now)?;
        let whose = whose(&info);
        let spent = match (info.budget, key.account.as_ref().map(|account| account.budget())) {
            (Some(budget), Some(before)) if budget.period == before.period => None,
            (Some(budget), _) => Some(self.spent(id, budget, now).await?),
            (None, _) => None,
        };
        db::update_key(&self.shared.db, &info).await?;
        let account = match (info.budget, &key.account) {
            (Some(budget), Some(account)) => {
                account.change(whose, budget, spent, now);
                Some(Arc::clone(account))
            }
            (Some(budget), None) => Some(Account::new(whose, budget, spent.unwrap_or_default(), now)),
            (None, _) => None,
        };
        let scope = Scope::Key(info.name.clone());
        let limiter = match &key.limiter {
            _ if info.limits.is_empty() => None,
            Some(limiter) => {
                limiter.change(scope, info.limits);
                Some(Arc::clone(limiter))
            }
            None => Some(Limiter::new(scope, info.limits, &self.shared.limits.freed)),
        };
        let key = Arc::new(Key { info: info.clone(), account, limiter });
        self.shared.ring.put(&Held { key, hash, old });
        Ok(info)
    }

    /// Gives a key another text. The old one works for `grace` more, and not at all where that is nothing; one
    /// from an earlier rotation ends now.
    ///
    /// # Errors
    /// As for [`Self::update`].
    pub async fn rotate(&self, owner: OwnerId, id: Id, grace: Duration) -> Result<CreatedKey, ManageError> {
        if grace > MAX_GRACE {
            let days = MAX_GRACE.as_secs() / 86_400;
            return Err(ManageError::Invalid(format!(
                "an old secret works for {days} days at the most, not for {} s",
                grace.as_secs()
            )));
        }
        let _turn = self.shared.changing_keys.lock().await;
        let now = self.shared.clock.now();
        let Held { key, hash, .. } = self.usable(owner, id)?;
        let secret = new_secret()?;
        let old = (!grace.is_zero()).then(|| (hash, now.plus(grace)));
        let old_until = old.map(|(_, until)| until);
        let info = KeyInfo { prefix: prefix(&secret), old_until, ..key.info.clone() };
        let hash = digest(&secret);
        db::rotate_key(&self.shared.db, &info, &hash, old.map(|(hash, _)| hash)).await?;
        let key = Key { info: info.clone(), account: key.account.clone(), limiter: key.limiter.clone() };
        self.shared.ring.put(&Held { key: Arc::new(key), hash, old });
        Ok(CreatedKey { info, secret })
    }

    /// Takes a key back. It is refused from the moment this returns; calls under way go on.
    ///
    /// # Errors
    /// [`ManageError::UnknownKey`] where this owner has no such key; failures of the database.
    pub async fn revoke(&self, owner: OwnerId, id: Id) -> Result<KeyInfo, ManageError> {
        let _turn = self.shared.changing_keys.lock().await;
        let now = self.shared.clock.now();
        let unknown = || ManageError::UnknownKey(id.to_string());
        if !db::revoke_key(&self.shared.db, owner, id, now).await? {
            return Err(unknown());
        }
        let Held { key, hash, old } = self.shared.ring.get(id).ok_or_else(unknown)?;
        let mut info = key.info.clone();
        info.revoked_at = info.revoked_at.or(Some(now));
        let key = Key { info: info.clone(), account: key.account.clone(), limiter: key.limiter.clone() };
        self.shared.ring.put(&Held { key: Arc::new(key), hash, old });
        Ok(info)
    }

    /// A key of this owner that is not revoked.
    fn usable(&self, owner: OwnerId, id: Id) -> Result<Held, ManageError> {
        let held = self.shared.ring.get(id).filter(|held| held.key.info.owner == owner);
        let held = held.ok_or_else(|| ManageError::UnknownKey(id.to_string()))?;
        if held.key.info.revoked_at.is_some() {
            return Err(ManageError::Invalid(format!("the key `{}` is revoked", held.key.info.name)));
        }
        Ok(held)
    }

    /// What was spent with a key in the period that runs, with all that is settled by now.
    async fn spent(&self, id: Id, budget: Budget, now: Timestamp) -> Result<Money, ManageError> {
        // Where the database is in trouble, the query says so.
        let _ = tokio::time::timeout(LEDGER_PATIENCE, self.shared.queue.flushed()).await;
        Ok(db::spent(&self.shared.db, Some(id), budget.period.start(now)).await?)
    }
}

/// A key as the database keeps it.
#[derive(Debug)]
pub(crate) struct KeptKey {
    pub(crate) info: KeyInfo,
    pub(crate) hash: KeyHash,
    pub(crate) old_hash: Option<KeyHash>,
}

impl KeptKey {
    /// The key ready for use, of whose budget `spent` has gone.
    pub(crate) fn held(self, spent: Money, now: Timestamp, freed: &Arc<Bell>) -> Held {
        let Self { info, hash, old_hash } = self;
        let limits = info.limits;
        let account = info.budget.map(|budget| Account::new(whose(&info), budget, spent, now));
        let limiter =
            (!limits.is_empty()).then(|| Limiter::new(Scope::Key(info.name.clone()), limits, freed));
        let old = old_hash.zip(info.old_until);
        Held { key: Arc::new(Key { info, account, limiter }), hash, old }
    }
}

/// Whose budget it is, for errors.
fn whose(info: &KeyInfo) -> String {
    format!("the key `{}`", info.name)
}

fn prefix(secret: &Secret) -> String {
    secret.expose().chars().take(SHOWN_CHARS).collect()
}

/// The key with what is to be different about it.
fn changed(info: &KeyInfo, change: KeyChange, now: Timestamp) -> Result<KeyInfo, ManageError> {
    let limits = Limits {
        requests_per_minute: change.requests_per_minute.unwrap_or(info.limits.requests_per_minute),
        tokens_per_minute: change.tokens_per_minute.unwrap_or(info.limits.tokens_per_minute),
        parallel: change.parallel.unwrap_or(info.limits.parallel),
    };
    let period = change.budget_period.or(info.budget.map(|budget| budget.period)).unwrap_or_default();
    let limit = change.budget_limit.unwrap_or(info.budget.map(|budget| budget.limit));
    if limit.is_none() && change.budget_period.is_some() {
        return Err(ManageError::Invalid("a period without a budget limits nothing".to_owned()));
    }
    let new = checked(
        NewKey {
            name: change.name.unwrap_or_else(|| info.name.clone()),
            routes: change.routes.unwrap_or_else(|| info.routes.clone()),
            budget: limit.map(|limit| Budget { limit, period }),
            limits,
            priority: change.priority.unwrap_or(info.priority),
            // One that has passed may stay.
            expires_at: change.expires_at.flatten(),
        },
        now,
    )?;
    Ok(KeyInfo {
        name: new.name,
        routes: new.routes,
        budget: new.budget,
        limits,
        priority: new.priority,
        expires_at: change.expires_at.unwrap_or(info.expires_at),
        ..info.clone()
    })
}

fn checked(mut new: NewKey, now: Timestamp) -> Result<NewKey, ManageError> {
    let invalid = |message: String| Err(ManageError::Invalid(message));
    new.name = new.name.trim().to_owned();
    let chars = new.name.chars().count();
    if chars == 0 || chars > MAX_NAME_CHARS || new.name.chars().any(char::is_control) {
        return invalid(format!(
            "`name` must have 1 to {MAX_NAME_CHARS} characters and no control characters, not {chars}"
        ));
    }
    if let Some(route) = new.routes.iter().find(|route| route.trim().is_empty()) {
        return invalid(format!("`{route}` is not a route or model"));
    }
    if let Some(budget) = new.budget.filter(|budget| budget.limit < Money::ZERO) {
        return invalid(format!("the budget `{}` is below zero", budget.limit));
    }
    if let Some(name) = new.limits.zero() {
        return invalid(format!(
            "`{name}` of `0` lets nothing through; revoke the key instead, or leave it out"
        ));
    }
    if let Some(tokens) = new.limits.tokens_per_minute.filter(|tokens| *tokens > MAX_TOKENS_PER_MINUTE) {
        return invalid(format!("`{tokens}` tokens a minute are more than {MAX_TOKENS_PER_MINUTE}"));
    }
    if let Some(expires_at) = new.expires_at.filter(|expires_at| *expires_at <= now) {
        return invalid(format!("the expiry `{expires_at}` is in the past"));
    }
    Ok(new)
}

fn new_secret() -> Result<Secret, ManageError> {
    let mut random = [0_u8; 32];
    getrandom::fill(&mut random)
        .map_err(|error| ManageError::Invalid(format!("the system has no random numbers: {error}")))?;
    Ok(Secret::new(format!("{PREFIX}{}", base62(random))))
}

/// Writes 256 bits as 43 digits of base 62, by long division.
fn base62(mut number: [u8; 32]) -> String {
    let mut digits = [b'0'; 43];
    for digit in digits.iter_mut().rev() {
        let mut remainder: u32 = 0;
        for byte in &mut number {
            let value = remainder * 256 + u32::from(*byte);
            *byte = u8::try_from(value / 62).unwrap_or(u8::MAX);
            remainder = value % 62;
        }
        *digit = ALPHABET.get(remainder as usize).copied().unwrap_or(b'0');
    }
    digits.iter().copied().map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn base62_keeps_every_bit() {
        assert_eq!(base62([0; 32]), "0".repeat(43));
        let mut one = [0; 32];
        one[31] = 62;
        assert_eq!(base62(one), format!("{}10", "0".repeat(41)));
        // 2^256 - 1, computed by another program.
        assert_eq!(base62([255; 32]), "yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp1");
    }

    #[test]
    fn keys_are_long_and_never_the_same() {
        let keys: HashSet<_> = (0..100).map(|_| new_secret().unwrap().expose().to_owned()).collect();
        assert_eq!(keys.len(), 100);
        assert!(keys.iter().all(|key| key.len() == 47 && key.starts_with("fam-")));
    }

    #[test]
    fn what_is_out_of_range_is_named() {
        let now = Timestamp::from_millis(1_000);
        let good = NewKey { name: " phone ".into(), ..NewKey::default() };
        assert_eq!(checked(good.clone(), now).unwrap().name, "phone");
        let cases = [
            (NewKey { name: " ".into(), ..good.clone() }, "name"),
            (NewKey { name: "x".repeat(101), ..good.clone() }, "101"),
            (NewKey { routes: vec!["".into()], ..good.clone() }, "route"),
            (
                NewKey { limits: Limits { parallel: Some(0), ..Limits::default() }, ..good.clone() },
                "`parallel` of `0`",
            ),
            (NewKey { expires_at: Some(now), ..good.clone() }, "1970-01-01T00:00:01.000Z"),
        ];
        for (new, named) in cases {
            let error = checked(new, now).unwrap_err().to_string();
            assert!(error.contains(named), "{error}");
        }
    }
}
