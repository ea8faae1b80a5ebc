//! Virtual keys: issued, listed, changed, given another secret, taken back.

use crate::{
    admit::{
        Key, digest,
        ring::{Held, KeyHash},
    },
    budgets::{self, BudgetOverview, BudgetSource, Wanted},
    db::{self, KeptBudget},
    error::ManageError,
    gateway::Shared,
};
use base::{Id, Money, OwnerId, Secret, Timestamp, new_id};
use budget::{AccountState, Before, Budget, Period, Project, Scope as BudgetScope};
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
const MAX_BUDGETS: usize = 20;
/// More than any provider sells; the database counts in signed numbers.
const MAX_TOKENS_PER_MINUTE: u64 = 1_000_000_000_000;
/// Longest time for which an old secret still works.
const MAX_GRACE: Duration = Duration::from_secs(30 * 86_400);
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
    /// What its calls are for; they cannot be talked out of it.
    pub project: Option<Project>,
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
    /// The most that may be spent with it. The first is the one that [`KeyChange`] changes.
    pub budgets: Vec<Budget>,
    /// As in [`KeyInfo::project`].
    pub project: Option<Project>,
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
    /// As in [`KeyInfo::project`].
    pub project: Option<Option<Project>>,
    /// The amount of its first budget.
    pub budget_limit: Option<Option<Money>>,
    /// The period of its first budget.
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
    /// What is spent and reserved of its first budget, if it has one.
    pub budget: Option<AccountState>,
    /// All of its budgets.
    pub budgets: Vec<BudgetOverview>,
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
        let NewKey { name, routes, budgets, project, limits, priority, expires_at } = new;
        let info = KeyInfo {
            id: new_id(),
            owner,
            name,
            prefix: prefix(&secret),
            routes,
            project,
            limits,
            priority,
            old_until: None,
            created_at: now,
            expires_at,
            revoked_at: None,
        };
        let kept = KeptKey { info: info.clone(), hash: digest(&secret), old_hash: None };
        let own = |(place, budget)| own_budget(&info, budget, place == 0);
        let budgets: Vec<KeptBudget> = budgets.into_iter().enumerate().map(own).collect();
        db::create_key(&self.shared.db, &kept.info, (&kept.hash, &budgets)).await?;
        self.shared.ring.put(&kept.held(&self.shared.limits.freed));
        let fresh = |kept| Wanted { kept, source: BudgetSource::Page, before: Some(Before::default()) };
        let wanted = budgets.into_iter().map(fresh).collect();
        self.shared.treasury.exchange(self.shared, wanted, &[]).await;
        self.shared.tell_others().await;
        Ok(CreatedKey { info, secret })
    }

    /// The keys of an owner, the newest first, revoked ones included.
    ///
    /// # Errors
    /// Failures of the database.
    pub async fn list(&self, owner: OwnerId) -> Result<Vec<KeyOverview>, ManageError> {
        let keys = db::keys_with_use(&self.shared.db, owner).await?;
        let mut budgets = self.shared.budgets_of_keys();
        Ok(keys
            .into_iter()
            .map(|(info, usage)| {
                let budgets = budgets.remove(&info.id).unwrap_or_default();
                let own = info.id.to_string();
                let first = budgets.iter().find(|budget| budget.id == own).or(budgets.first());
                KeyOverview { budget: first.map(|budget| budget.state), budgets, info, usage }
            })
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
        let before = self.own_budget(id);
        let (info, budget) = changed(&key.info, before.as_ref().map(|kept| kept.budget), change, now)?;
        let kept = budget.map(|budget| match &before {
            Some(before) => KeptBudget { budget, ..before.clone() },
            None => own_budget(&info, budget, true),
        });
        let wanted = match kept.clone() {
            Some(kept) => Some(budgets::wanted(self.shared, kept, before.as_ref()).await?),
            None => None,
        };
        db::update_key(&self.shared.db, &info, kept.as_ref()).await?;
        let scope = Scope::Key(info.name.clone());
        let limiter = match &key.limiter {
            _ if info.limits.is_empty() => None,
            Some(limiter) => {
                limiter.change(scope, info.limits);
                Some(Arc::clone(limiter))
            }
            None => Some(Limiter::new(scope, info.limits, &self.shared.limits.freed)),
        };
        let key = Arc::new(Key { info: info.clone(), limiter });
        self.shared.ring.put(&Held { key, hash, old });
        let remove = if wanted.is_none() { vec![id.to_string()] } else { Vec::new() };
        self.shared.treasury.exchange(self.shared, wanted.into_iter().collect(), &remove).await;
        self.shared.tell_others().await;
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
        let key = Key { info: info.clone(), limiter: key.limiter.clone() };
        self.shared.ring.put(&Held { key: Arc::new(key), hash, old });
        self.shared.tell_others().await;
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
        let key = Key { info: info.clone(), limiter: key.limiter.clone() };
        self.shared.ring.put(&Held { key: Arc::new(key), hash, old });
        self.shared.tell_others().await;
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

    /// The first budget of a key, as it is kept.
    fn own_budget(&self, id: Id) -> Option<KeptBudget> {
        let book = self.shared.treasury.book.load();
        book.by_id(&id.to_string()).map(|entry| entry.kept.clone())
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
    /// The key ready for use.
    pub(crate) fn held(self, freed: &Arc<Bell>) -> Held {
        let Self { info, hash, old_hash } = self;
        let limits = info.limits;
        let limiter =
            (!limits.is_empty()).then(|| Limiter::new(Scope::Key(info.name.clone()), limits, freed));
        let old = old_hash.zip(info.old_until);
        Held { key: Arc::new(Key { info, limiter }), hash, old }
    }
}

/// A budget of a key; its first one has the key's id.
fn own_budget(info: &KeyInfo, budget: Budget, is_first: bool) -> KeptBudget {
    let id = if is_first { info.id } else { new_id() };
    KeptBudget {
        id: id.to_string(),
        owner: info.owner,
        scope: BudgetScope::Key,
        subject: info.id.to_string(),
        label: String::new(),
        budget,
        created_at: info.created_at,
    }
}

fn prefix(secret: &Secret) -> String {
    secret.expose().chars().take(SHOWN_CHARS).collect()
}

/// The key and its first budget with what is to be different about them.
fn changed(
    info: &KeyInfo,
    budget: Option<Budget>,
    change: KeyChange,
    now: Timestamp,
) -> Result<(KeyInfo, Option<Budget>), ManageError> {
    let limits = Limits {
        requests_per_minute: change.requests_per_minute.unwrap_or(info.limits.requests_per_minute),
        tokens_per_minute: change.tokens_per_minute.unwrap_or(info.limits.tokens_per_minute),
        parallel: change.parallel.unwrap_or(info.limits.parallel),
    };
    let period = change.budget_period.or(budget.map(|budget| budget.period)).unwrap_or_default();
    let limit = change.budget_limit.unwrap_or(budget.map(|budget| budget.limit));
    if limit.is_none() && change.budget_period.is_some() {
        return Err(ManageError::Invalid("a period without a budget limits nothing".to_owned()));
    }
    let new = checked(
        NewKey {
            name: change.name.unwrap_or_else(|| info.name.clone()),
            routes: change.routes.unwrap_or_else(|| info.routes.clone()),
            budgets: limit
                .map(|limit| budget.unwrap_or(Budget::new(limit, period)).with(limit, period))
                .into_iter()
                .collect(),
            project: change.project.unwrap_or(info.project),
            limits,
            priority: change.priority.unwrap_or(info.priority),
            // One that has passed may stay.
            expires_at: change.expires_at.flatten(),
        },
        now,
    )?;
    let budget = new.budgets.first().copied();
    let info = KeyInfo {
        name: new.name,
        routes: new.routes,
        project: new.project,
        limits,
        priority: new.priority,
        expires_at: change.expires_at.unwrap_or(info.expires_at),
        ..info.clone()
    };
    Ok((info, budget))
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
    if let Some(error) = new.budgets.iter().find_map(|budget| budget.check().err()) {
        return invalid(error.to_string());
    }
    if new.budgets.len() > MAX_BUDGETS {
        return invalid(format!("a key has {MAX_BUDGETS} budgets at most, not {}", new.budgets.len()));
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
