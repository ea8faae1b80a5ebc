//! Virtual keys: issued, listed, taken back.

use crate::{
    admit::{Key, digest},
    budget::Budget,
    db,
    error::ManageError,
    gateway::Shared,
    reserve::{Account, AccountState},
};
use base::{Id, Money, OwnerId, Secret, Timestamp, new_id};
use std::sync::Arc;

/// What every key begins with.
const PREFIX: &str = "fam-";
/// How much of a key may be shown later, to recognise it by.
const SHOWN_CHARS: usize = 10;
const MAX_NAME_CHARS: usize = 100;
const MAX_REQUESTS_PER_MINUTE: u32 = 100_000;
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
    /// The most requests in any sixty seconds.
    pub requests_per_minute: Option<u32>,
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
    /// As in [`KeyInfo::requests_per_minute`].
    pub requests_per_minute: Option<u32>,
    /// As in [`KeyInfo::expires_at`].
    pub expires_at: Option<Timestamp>,
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
        let NewKey { name, routes, budget, requests_per_minute, expires_at } = new;
        let info = KeyInfo {
            id: new_id(),
            owner,
            name,
            prefix: secret.expose().chars().take(SHOWN_CHARS).collect(),
            routes,
            budget,
            requests_per_minute,
            created_at: now,
            expires_at,
            revoked_at: None,
        };
        let hash = digest(&secret);
        db::create_key(&self.shared.db, &info, &hash).await?;
        let account = account_of(&info, Money::ZERO, now);
        self.shared.ring.put(hash, &Key::new(info.clone(), account));
        Ok(CreatedKey { info, secret })
    }

    /// The keys of an owner, the newest first, revoked ones included.
    ///
    /// # Errors
    /// Failures of the database.
    pub async fn list(&self, owner: OwnerId) -> Result<Vec<KeyOverview>, ManageError> {
        let now = self.shared.clock.now();
        let in_memory = self.shared.ring.all();
        let account = |id: Id| {
            let key = in_memory.iter().map(|(_, key)| key).find(|key| key.info.id == id)?;
            Some(key.account.as_ref()?.describe(now))
        };
        let keys = db::keys_with_use(&self.shared.db, owner).await?;
        Ok(keys
            .into_iter()
            .map(|(info, usage)| KeyOverview { budget: account(info.id), info, usage })
            .collect())
    }

    /// Takes a key back. It is refused from the moment this returns; calls under way go on.
    ///
    /// # Errors
    /// [`ManageError::UnknownKey`] where this owner has no such key; failures of the database.
    pub async fn revoke(&self, owner: OwnerId, id: Id) -> Result<KeyInfo, ManageError> {
        let now = self.shared.clock.now();
        let unknown = || ManageError::UnknownKey(id.to_string());
        if !db::revoke_key(&self.shared.db, owner, id, now).await? {
            return Err(unknown());
        }
        let keys = self.shared.ring.all();
        let (hash, key) = keys.into_iter().find(|(_, key)| key.info.id == id).ok_or_else(unknown)?;
        let mut info = key.info.clone();
        info.revoked_at = info.revoked_at.or(Some(now));
        self.shared.ring.put(hash, &Key::new(info.clone(), key.account.clone()));
        Ok(info)
    }
}

/// Where the spending of a key is counted, if it has a budget.
pub(crate) fn account_of(info: &KeyInfo, spent: Money, now: Timestamp) -> Option<Arc<Account>> {
    info.budget.map(|budget| Account::new(format!("the key `{}`", info.name), budget, spent, now))
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
    if let Some(rpm) = new.requests_per_minute.filter(|rpm| !(1..=MAX_REQUESTS_PER_MINUTE).contains(rpm)) {
        return invalid(format!("`{rpm}` requests a minute are not between 1 and {MAX_REQUESTS_PER_MINUTE}"));
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
            (NewKey { requests_per_minute: Some(0), ..good.clone() }, "`0`"),
            (NewKey { expires_at: Some(now), ..good.clone() }, "1970-01-01T00:00:01.000Z"),
        ];
        for (new, named) in cases {
            let error = checked(new, now).unwrap_err().to_string();
            assert!(error.contains(named), "{error}");
        }
    }
}
