//! Limits on requests, tokens and calls at a time that several servers share: what the limiters here allow is asked of Redis as well.
//! While Redis is away, each server counts for itself.

use super::{Shares, Todo};
use crate::admit::Principal;
use cluster::{Demand as Wish, LimitTaken, Limited, What};
use llm::Usage;
use routing::{
    Demand, LimitRefusal, Limits,
    limit::{HeaderStyle, LimitedBy, Limiter, PARALLEL_WAIT, Registry},
};
use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

/// What a call has taken of limits in Redis. Dropped unsettled, its tokens go back; the request has been made.
#[derive(Debug)]
pub(crate) struct SharedGrants {
    shares: Arc<Shares>,
    taken: Option<LimitTaken>,
}

impl Shares {
    /// Takes what a call needs of its caller's limits, as all servers count them.
    pub(crate) async fn take(
        self: &Arc<Self>,
        limits: &Registry,
        principal: &Principal,
        when: (Demand, Duration),
    ) -> Result<Option<SharedGrants>, LimitRefusal> {
        let user = limits.user(principal.owner).map(|limiter| (format!("user:{}", principal.owner), limiter));
        let key = principal.key.as_ref().and_then(|key| {
            let limiter = key.limiter.clone()?;
            Some((format!("key:{}", key.info.id), limiter))
        });
        self.take_of(&user.into_iter().chain(key).collect::<Vec<_>>(), when).await
    }

    /// Takes what a call needs of the limits of a deployment and its provider, as all servers count them.
    pub(crate) async fn take_of_place(
        self: &Arc<Self>,
        limiters: &[Arc<Limiter>],
        when: (Demand, Duration),
    ) -> Result<Option<SharedGrants>, LimitRefusal> {
        let named = limiters.iter().map(|limiter| (limiter.scope().to_string(), Arc::clone(limiter)));
        self.take_of(&named.collect::<Vec<_>>(), when).await
    }

    /// Takes of all limiters, each with the name that it has on every server, or of none.
    async fn take_of(
        self: &Arc<Self>,
        limiters: &[(String, Arc<Limiter>)],
        (demand, now): (Demand, Duration),
    ) -> Result<Option<SharedGrants>, LimitRefusal> {
        let wishes: Vec<Wish> =
            limiters.iter().filter_map(|(name, limiter)| wish(name, limiter, demand)).collect();
        if wishes.is_empty() || !self.ready.load(Ordering::Acquire) {
            return Ok(None);
        }
        match self.cluster.take(&wishes).await {
            Ok(Limited::Taken(taken)) => {
                Ok(Some(SharedGrants { shares: Arc::clone(self), taken: Some(taken) }))
            }
            Ok(Limited::Refused { place, what, wait, .. }) => {
                let refused = wishes.get(place);
                let limiter =
                    limiters.iter().find(|(name, _)| refused.is_some_and(|wish| wish.name == *name));
                // It refuses only what it was asked.
                let Some((wish, (_, limiter))) = refused.zip(limiter) else { return Ok(None) };
                Err(refusal(limiter, wish, (what, wait), now))
            }
            Err(error) => {
                tracing::debug!(%error, "limits are counted by this server alone now");
                Ok(None)
            }
        }
    }
}

/// What is asked of a limiter; `None` where it limits nothing.
fn wish(name: &str, limiter: &Limiter, demand: Demand) -> Option<Wish> {
    let Limits { requests_per_minute, tokens_per_minute, parallel } = limiter.limits();
    let asks = requests_per_minute.is_some() || tokens_per_minute.is_some() || parallel.is_some();
    asks.then(|| Wish {
        name: name.to_owned(),
        requests: requests_per_minute.map(u64::from),
        tokens: tokens_per_minute,
        expected_tokens: limiter.expects(demand),
        parallel,
    })
}

fn refusal(limiter: &Limiter, wish: &Wish, (what, wait): (What, Duration), now: Duration) -> LimitRefusal {
    let mut state = limiter.state(now);
    let (by, wait, window) = match what {
        What::Requests => {
            (LimitedBy::Requests { limit: wish.requests.unwrap_or_default() }, wait, &mut state.requests)
        }
        What::Tokens => {
            let limit = wish.tokens.unwrap_or_default();
            (LimitedBy::Tokens { limit, needed: wish.expected_tokens }, wait, &mut state.tokens)
        }
        What::Calls => {
            let limit = wish.parallel.unwrap_or_default().into();
            (LimitedBy::Parallel { limit }, PARALLEL_WAIT, &mut state.parallel)
        }
    };
    if let Some(window) = window {
        window.remaining = 0;
        window.reset_in = window.reset_in.max(wait);
    }
    LimitRefusal { scope: limiter.scope(), by, wait, state: Box::new(state), style: HeaderStyle::default() }
}

impl SharedGrants {
    /// Replaces the estimates by what the call came to.
    pub(crate) fn settle(mut self, usage: &Usage) {
        self.put_right(usage.total_input().saturating_add(usage.output));
    }

    fn put_right(&mut self, tokens: u64) {
        if let Some(taken) = self.taken.take() {
            // The task is there as long as the gateway.
            let _ = self.shares.todo.send(Todo::Adjust { taken, tokens });
        }
    }
}

impl Drop for SharedGrants {
    fn drop(&mut self) {
        self.put_right(0);
    }
}
