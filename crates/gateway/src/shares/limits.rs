//! Limits on requests and tokens that several servers share: what the limiters here allow is asked of Redis as well.
//! While Redis is away, each server counts for itself.

use super::{Shares, Todo};
use crate::admit::Principal;
use cluster::{Demand as Wish, LimitTaken, Limited};
use llm::Usage;
use routing::{
    Demand, LimitRefusal, Limits,
    limit::{HeaderStyle, LimitedBy, Limiter, Registry},
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
        (demand, now): (Demand, Duration),
    ) -> Result<Option<SharedGrants>, LimitRefusal> {
        if !self.ready.load(Ordering::Acquire) {
            return Ok(None);
        }
        let user = limits.user(principal.owner).map(|limiter| (format!("user:{}", principal.owner), limiter));
        let key = principal.key.as_ref().and_then(|key| {
            let limiter = key.limiter.clone()?;
            Some((format!("key:{}", key.info.id), limiter))
        });
        let limiters: Vec<(String, Arc<Limiter>)> = user.into_iter().chain(key).collect();
        let wishes: Vec<Wish> =
            limiters.iter().filter_map(|(name, limiter)| wish(name, limiter, demand)).collect();
        if wishes.is_empty() {
            return Ok(None);
        }
        match self.cluster.take(&wishes).await {
            Ok(Limited::Taken(taken)) => {
                Ok(Some(SharedGrants { shares: Arc::clone(self), taken: Some(taken) }))
            }
            Ok(Limited::Refused { place, is_tokens, wait, .. }) => {
                let refused = wishes.get(place);
                let limiter =
                    limiters.iter().find(|(name, _)| refused.is_some_and(|wish| wish.name == *name));
                // It refuses only what it was asked.
                let Some((wish, (_, limiter))) = refused.zip(limiter) else { return Ok(None) };
                Err(refusal(limiter, wish, (is_tokens, wait), now))
            }
            Err(error) => {
                tracing::debug!(%error, "limits are counted by this server alone now");
                Ok(None)
            }
        }
    }
}

/// What is asked of a limiter; `None` where it limits only what each server counts for itself.
fn wish(name: &str, limiter: &Limiter, demand: Demand) -> Option<Wish> {
    let Limits { requests_per_minute, tokens_per_minute, parallel: _ } = limiter.limits();
    let asks = requests_per_minute.is_some() || tokens_per_minute.is_some();
    asks.then(|| Wish {
        name: name.to_owned(),
        requests: requests_per_minute.map(u64::from),
        tokens: tokens_per_minute,
        expected_tokens: limiter.expects(demand),
    })
}

fn refusal(
    limiter: &Limiter,
    wish: &Wish,
    (is_tokens, wait): (bool, Duration),
    now: Duration,
) -> LimitRefusal {
    let by = if is_tokens {
        LimitedBy::Tokens { limit: wish.tokens.unwrap_or_default(), needed: wish.expected_tokens }
    } else {
        LimitedBy::Requests { limit: wish.requests.unwrap_or_default() }
    };
    let mut state = limiter.state(now);
    let window = if is_tokens { &mut state.tokens } else { &mut state.requests };
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
