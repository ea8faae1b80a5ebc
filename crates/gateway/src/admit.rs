//! Who calls, whether they may, and what they ask for. Everything is in memory: a database in trouble
//! never turns a good key away.

pub(crate) mod ring;

use ring::Found;
pub(crate) use ring::{Key, KeyRing, digest};

use crate::{
    batch::{Deposit, Submitter},
    call::Caller,
    error::GatewayError,
    table::{Destination, Index},
};
use base::{Clock, OwnerId};
use budget::Project;
use routing::{
    Demand, Grants, LimitRefusal, Priority,
    limit::{Limiter, Registry},
};
use std::{sync::Arc, time::Duration};

/// Longest part of an unknown name that an error repeats.
const MAX_SHOWN_CHARS: usize = 200;

/// A caller who may call.
#[derive(Debug, Clone)]
pub(crate) struct Principal {
    pub(crate) owner: OwnerId,
    pub(crate) key: Option<Arc<Key>>,
    /// What it is for: as the key says, where there is one.
    pub(crate) project: Option<Project>,
    /// What was set aside for them already.
    pub(crate) deposit: Option<Arc<Deposit>>,
    /// Whether Familiar itself asks for their sake: what their key may call and how often does not matter then, only
    /// what they may spend.
    pub(crate) is_inside: bool,
}

/// Takes what a call needs of its caller's limits: the user's, and their key's.
pub(crate) fn take(
    limits: &Registry,
    principal: &Principal,
    demand: Demand,
    now: Duration,
) -> Result<Grants, LimitRefusal> {
    if principal.is_inside {
        return Ok(Grants::default());
    }
    let user = limits.user(principal.owner);
    Grants::take(user.iter().chain(principal.limiter()), demand, now)
}

/// Which limit a call would meet, if any; nothing is taken.
pub(crate) fn limit_met(
    limits: &Registry,
    principal: &Principal,
    demand: Demand,
    now: Duration,
) -> Option<LimitRefusal> {
    let user = limits.user(principal.owner);
    Grants::refusal(user.iter().chain(principal.limiter()), demand, now)
}

/// Says who a caller is, without counting anything.
pub(crate) fn identify(
    ring: &KeyRing,
    clock: &dyn Clock,
    caller: &Caller,
) -> Result<Principal, GatewayError> {
    let owner = |owner: &OwnerId, project| Principal {
        owner: *owner,
        key: None,
        project,
        deposit: None,
        is_inside: false,
    };
    let found = match caller {
        Caller::Owner(id) => return Ok(owner(id, None)),
        Caller::AtWork(id, project) => return Ok(owner(id, Some(*project))),
        Caller::Submitter(Submitter { owner: id, key_id: None, project }) => return Ok(owner(id, *project)),
        Caller::Key(secret) => ring.find(secret),
        Caller::Submitter(Submitter { key_id: Some(id), .. }) => {
            ring.by_id(*id).map(|key| Found { key, replaced_at: None })
        }
    };
    let Found { key, replaced_at } = found.ok_or(GatewayError::UnknownKey)?;
    let name = || key.info.name.clone();
    if key.info.revoked_at.is_some() {
        return Err(GatewayError::RevokedKey { key: name() });
    }
    if let Some(expired_at) = key.info.expires_at.filter(|expires_at| *expires_at <= clock.now()) {
        return Err(GatewayError::ExpiredKey { key: name(), expired_at });
    }
    if let Some(replaced_at) = replaced_at.filter(|replaced_at| *replaced_at <= clock.now()) {
        return Err(GatewayError::RotatedKey { key: name(), replaced_at });
    }
    Ok(Principal {
        owner: key.info.owner,
        project: key.info.project,
        key: Some(key),
        deposit: None,
        is_inside: false,
    })
}

/// Finds what the caller asks for, if it is there and within the key's scope.
pub(crate) fn destination(
    principal: &Principal,
    index: &Index,
    asked: &str,
) -> Result<Arc<Destination>, GatewayError> {
    match index.get(asked) {
        None => {
            let near = index.near(asked, |destination| principal.may_call(&destination.name));
            Err(GatewayError::UnknownModel { name: asked.chars().take(MAX_SHOWN_CHARS).collect(), near })
        }
        Some(destination) if principal.may_call(&destination.name) => Ok(Arc::clone(destination)),
        Some(_) => Err(GatewayError::OutOfScope {
            key: principal.key.as_ref().map_or_else(String::new, |key| key.info.name.clone()),
            model: asked.to_owned(),
        }),
    }
}

impl Principal {
    fn limiter(&self) -> Option<&Arc<Limiter>> {
        self.key.as_ref().and_then(|key| key.limiter.as_ref())
    }

    /// The same, if it belongs to this owner; other people's keys are as unknown as those that there are not.
    pub(crate) fn of(self, owner: OwnerId) -> Result<Self, GatewayError> {
        if self.owner == owner { Ok(self) } else { Err(GatewayError::UnknownKey) }
    }

    /// How urgent the caller's request is: as urgent as it says, but not more than their key may be.
    pub(crate) fn priority(&self, asked: Option<Priority>) -> Priority {
        let most = self.key.as_ref().map(|key| key.info.priority);
        match (asked, most) {
            (Some(asked), Some(most)) => asked.min(most),
            (asked, most) => asked.or(most).unwrap_or_default(),
        }
    }

    /// Whether the scope of the caller's key has this route or deployment; no scope means everything.
    pub(crate) fn may_call(&self, name: &str) -> bool {
        self.is_inside
            || self.key.as_ref().is_none_or(|key| {
                let scope = &key.info.routes;
                scope.is_empty() || scope.iter().any(|entry| covers(entry, name))
            })
    }
}

/// A scope's entry is a route, a deployment, or all deployments of a provider (`provider/*`).
fn covers(entry: &str, name: &str) -> bool {
    match entry.strip_suffix('*') {
        Some(prefix) if prefix.ends_with('/') => name.starts_with(prefix),
        Some(_) | None => entry == name,
    }
}

#[cfg(test)]
mod tests {
    use super::covers;

    #[test]
    fn a_scope_covers_names_and_whole_providers() {
        for (entry, name, expected) in [
            ("fast", "fast", true),
            ("fast", "faster", false),
            ("openai/*", "openai/gpt-4o", true),
            ("openai/*", "openai2/gpt-4o", false),
            ("openai*", "openai/gpt-4o", false),
            ("*", "fast", false),
        ] {
            assert_eq!(covers(entry, name), expected, "{entry} {name}");
        }
    }
}
