//! Every limiter of the configuration: users', providers' and deployments'.

use super::{Bell, Limiter, Limits, Scope};
use crate::config::LimitsConfig;
use base::OwnerId;
use parking_lot::Mutex;
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

/// The limiters of users who have called.
type Users = Mutex<HashMap<OwnerId, Arc<Limiter>>>;

/// The limiters, each for as long as the program runs.
#[derive(Debug, Default)]
pub struct Registry {
    /// Rung when something is given back to any limiter.
    pub freed: Arc<Bell>,
    /// What each user may take, and their limiters; `None` where users have no limits.
    users: Option<(Limits, Users)>,
    providers: HashMap<String, Arc<Limiter>>,
    deployments: HashMap<String, Arc<Limiter>>,
}

impl Registry {
    /// The limiters that the configuration asks for.
    pub fn new(config: &LimitsConfig) -> Self {
        let freed = Arc::<Bell>::default();
        let limiters = |limits: &BTreeMap<String, Limits>, scope: fn(String) -> Scope| {
            let limited = limits.iter().filter(|(_, limits)| !limits.is_empty());
            limited
                .map(|(name, limits)| (name.clone(), Limiter::new(scope(name.clone()), *limits, &freed)))
                .collect()
        };
        Self {
            users: (!config.user.is_empty()).then(|| (config.user, Mutex::default())),
            providers: limiters(&config.providers, Scope::Provider),
            deployments: limiters(&config.deployments, Scope::Deployment),
            freed,
        }
    }

    /// The limiter of a user, if users have limits.
    pub fn user(&self, owner: OwnerId) -> Option<Arc<Limiter>> {
        let (limits, users) = self.users.as_ref()?;
        let mut users = users.lock();
        let limiter = users.entry(owner).or_insert_with(|| Limiter::new(Scope::User, *limits, &self.freed));
        Some(Arc::clone(limiter))
    }

    /// The limiters that concern a deployment, the wide one first.
    pub fn of_deployment(&self, provider: &str, id: &str) -> Vec<Arc<Limiter>> {
        self.providers.get(provider).into_iter().chain(self.deployments.get(id)).cloned().collect()
    }
}
