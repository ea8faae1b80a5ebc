//! Money is put aside before a call goes out, so that calls under way can never add up to more than a
//! budget allows (BUD-3).

mod account;

pub use account::AccountState;
pub(crate) use account::{Account, Reservation};

use crate::{
    admit::Principal,
    ask::Ask,
    error::GatewayError,
    table::{Destination, Place},
};
use base::{Money, Timestamp};
use llm::{ModelSpec, RequestHead};
use std::sync::Arc;

/// What a call may cost, put aside, and the deployments that it may go to for that.
#[derive(Debug)]
pub(crate) struct Reserved {
    pub(crate) reservation: Reservation,
    /// Most the call can cost at the dearest of `places`; `None` where a price is not known.
    pub(crate) worst_case: Option<Money>,
    pub(crate) places: Vec<Arc<Place>>,
    /// Deployments left out, and why.
    pub(crate) left_out: Vec<(String, &'static str)>,
}

/// What a call may cost, who pays for it, and where it may go for that.
#[derive(Debug)]
pub(crate) struct Weighed {
    pub(crate) accounts: Vec<Arc<Account>>,
    pub(crate) worst_case: Option<Money>,
    pub(crate) places: Vec<Arc<Place>>,
    pub(crate) left_out: Vec<(String, &'static str)>,
}

/// Why the worst case is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unknown {
    Price,
    OutputLimit,
}

/// Puts the worst case aside in every budget that the caller has: the installation's, and its key's.
///
/// A caller with a budget is sent only to deployments whose worst case is known.
pub(crate) fn reserve(
    installation: Option<&Arc<Account>>,
    principal: &Principal,
    ask: &Ask,
    destination: &Destination,
    now: Timestamp,
) -> Result<Reserved, GatewayError> {
    let Weighed { accounts, worst_case, places, left_out } =
        weigh(installation, principal, ask, destination)?;
    let amount = worst_case.unwrap_or_default();
    let drawn = principal.deposit.as_ref().and_then(|deposit| deposit.draw(amount, now));
    let reservation = match drawn {
        Some(drawn) => drawn,
        None => Reservation::make(accounts, amount, now)?,
    };
    Ok(Reserved { reservation, worst_case, places, left_out })
}

/// The budgets that a caller's calls are paid from, the installation's first.
pub(crate) fn accounts(installation: Option<&Arc<Account>>, principal: &Principal) -> Vec<Arc<Account>> {
    let key_account = principal.key.as_ref().and_then(|key| key.account.as_ref());
    installation.into_iter().chain(key_account).cloned().collect()
}

/// Finds out what a call may cost, and where it may go for that.
pub(crate) fn weigh(
    installation: Option<&Arc<Account>>,
    principal: &Principal,
    ask: &Ask,
    destination: &Destination,
) -> Result<Weighed, GatewayError> {
    let accounts = accounts(installation, principal);
    let mut worst_case = Some(Money::ZERO);
    let mut places = Vec::with_capacity(destination.places.len());
    let mut left_out = Vec::new();
    let mut unknown = None;
    for place in &destination.places {
        match worst_case_at(&ask.head, &place.spec) {
            Ok(cost) => worst_case = worst_case.map(|dearest| dearest.max(cost)),
            Err(_) if accounts.is_empty() => worst_case = None,
            Err(why) => {
                unknown = unknown.or(Some(why));
                left_out.push((place.id.clone(), why.as_str()));
                continue;
            }
        }
        places.push(Arc::clone(place));
    }
    if let (true, Some(why)) = (places.is_empty(), unknown) {
        let model = ask.head.model.clone();
        return Err(match why {
            Unknown::Price => GatewayError::UnknownPrice { model },
            Unknown::OutputLimit => GatewayError::UnlimitedOutput { model },
        });
    }
    Ok(Weighed { accounts, worst_case, places, left_out })
}

impl Unknown {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Price => "its price is not known, and the caller has a budget",
            Self::OutputLimit => "nothing limits its answer's length, and the caller has a budget",
        }
    }
}

/// The most that this request can cost at this model: every byte of the prompt a token (or the whole
/// context window), and every answer as long as the request or the model allows.
pub(crate) fn worst_case_at(head: &RequestHead, spec: &ModelSpec) -> Result<Money, Unknown> {
    let prices = spec.prices.ok_or(Unknown::Price)?;
    let window = spec.context_window.unwrap_or(u64::MAX);
    let input_tokens = head.input_tokens_bound.min(window);
    let output_limit = head.max_output_tokens.or(spec.max_output_tokens).or(spec.context_window);
    let output_tokens = match output_limit {
        Some(limit) => limit.saturating_mul(u64::from(head.choices.max(1))),
        None if prices.worst_case(0, 1_000_000) == Money::ZERO => 0,
        None => return Err(Unknown::OutputLimit),
    };
    let beside = prices.beside_tokens(head.audio_ms_bound, head.characters);
    Ok(prices.worst_case(input_tokens, output_tokens) + beside)
}

#[cfg(test)]
mod tests {
    use super::*;
    use llm::{PriceTier, Prices};

    fn spec(prices: Option<(i64, i64)>, max_output_tokens: Option<u64>, window: Option<u64>) -> ModelSpec {
        ModelSpec {
            provider: "p".into(),
            name: "m".into(),
            display_name: "M".into(),
            context_window: window,
            max_output_tokens,
            capabilities: Vec::new(),
            prices: prices.map(|(input, output)| Prices {
                base: PriceTier {
                    input: Money::from_nanos(input * 1_000_000),
                    output: Money::from_nanos(output * 1_000_000),
                    ..PriceTier::default()
                },
                long_context: None,
                batch_percent: None,
            }),
            quality: None,
        }
    }

    #[test]
    fn the_worst_case_is_the_longest_answer_to_the_longest_prompt() {
        let head = |max_output_tokens, choices| RequestHead {
            input_tokens_bound: 100,
            max_output_tokens,
            choices,
            ..RequestHead::default()
        };
        let at = |head: RequestHead, spec: ModelSpec| worst_case_at(&head, &spec).map(Money::nanos);
        let cases = [
            (head(Some(10), 1), spec(Some((1, 2)), Some(50), None), Ok(120)),
            (head(Some(10), 3), spec(Some((1, 2)), Some(50), None), Ok(160)),
            (head(None, 1), spec(Some((1, 2)), Some(50), None), Ok(200)),
            (head(None, 1), spec(Some((1, 2)), None, Some(80)), Ok(240)),
            (head(None, 1), spec(Some((1, 2)), None, None), Err(Unknown::OutputLimit)),
            (head(None, 1), spec(Some((0, 0)), None, None), Ok(0)),
            (head(Some(1), 1), spec(None, None, None), Err(Unknown::Price)),
            (head(Some(u64::MAX), u32::MAX), spec(Some((1, 2)), None, None), Ok(i64::MAX)),
        ];
        for (head, spec, expected) in cases {
            assert_eq!(at(head.clone(), spec.clone()), expected, "{head:?} {spec:?}");
        }
    }
}
