//! Money is put aside before a call goes out, so that calls under way can never add up to more than a
//! budget allows (BUD-3).

use crate::{
    admit::Principal,
    ask::Ask,
    budgets::Purse,
    error::GatewayError,
    gateway::Shared,
    shares::{Asking, Held},
    table::{Destination, Place},
};
use base::{Id, Money, Timestamp};
use budget::{Account, Reservation, Strain};
use llm::{ModelSpec, RequestHead};
use std::sync::Arc;

/// Fewer tokens than these are no answer: where a budget has no more left, the call is refused.
const LEAST_OUTPUT_TOKENS: u64 = 64;

/// What a call may cost, put aside, and the deployments that it may go to for that.
#[derive(Debug)]
pub(crate) struct Reserved {
    pub(crate) reservation: Held,
    /// Most the call can cost at the dearest of `places`; `None` where a price is not known.
    pub(crate) worst_case: Option<Money>,
    pub(crate) places: Vec<Arc<Place>>,
    /// Deployments left out, and why.
    pub(crate) left_out: Vec<(String, &'static str)>,
    /// What was given up to make it cheaper.
    pub(crate) given_up: Vec<String>,
}

/// What a call may cost, and where it may go for that.
#[derive(Debug)]
pub(crate) struct Weighed {
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

/// Puts the worst case aside in every budget that the caller has: the installation's, the user's, the project's
/// and the key's. Where one of them is to make calls cheaper, and is near its limit, this one is made so first.
///
/// A caller with a budget that refuses anything is sent only to deployments whose worst case is known.
pub(crate) async fn reserve(
    shared: &Shared,
    principal: &Principal,
    ask: &mut Ask,
    (id, destination, now): (Id, &Destination, Timestamp),
) -> Result<Reserved, GatewayError> {
    let purse = shared.treasury.book.load().purse(principal);
    let mut weighed = weigh(&purse, ask, destination)?;
    let mut given_up = Vec::new();
    if purse.degrades && principal.deposit.is_none() {
        given_up = cheaper(&purse.accounts, principal, ask, (&mut weighed, now));
    }
    let Weighed { worst_case, places, left_out } = weighed;
    let amount = worst_case.unwrap_or_default();
    let drawn = principal.deposit.as_ref().and_then(|deposit| deposit.draw(id, amount, now));
    let reservation = match (drawn, &shared.shares) {
        (Some(drawn), _) => drawn,
        (None, Some(shares)) if !purse.accounts.is_empty() && amount > Money::ZERO => {
            let asking = Asking { id: id.to_string(), accounts: purse.accounts, amount, now };
            Box::pin(shares.hold(shared, asking)).await?
        }
        (None, _) => Held::Here(Reservation::make(purse.accounts, amount, now)?),
    };
    Ok(Reserved { reservation, worst_case, places, left_out, given_up })
}

/// Finds out what a call may cost, and where it may go for that.
pub(crate) fn weigh(purse: &Purse, ask: &Ask, destination: &Destination) -> Result<Weighed, GatewayError> {
    let mut worst_case = Some(Money::ZERO);
    let mut places = Vec::with_capacity(destination.places.len());
    let mut left_out = Vec::new();
    let mut unknown = None;
    for place in &destination.places {
        match worst_case_at(&ask.head, &place.spec) {
            Ok(cost) => worst_case = worst_case.map(|dearest| dearest.max(cost)),
            Err(_) if !purse.binds => worst_case = None,
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
    Ok(Weighed { worst_case, places, left_out })
}

/// Makes a call cheaper where a budget that says so is near its limit: only the cheapest of its deployments are
/// left, and its answer is limited to what the budget has left. What was given up, in sentences.
fn cheaper(
    accounts: &[Arc<Account>],
    principal: &Principal,
    ask: &mut Ask,
    (weighed, now): (&mut Weighed, Timestamp),
) -> Vec<String> {
    let Some(worst_case) = weighed.worst_case else { return Vec::new() };
    let strains = accounts.iter().filter_map(|account| account.strain(worst_case, now));
    let Some(Strain { whose, left, percent }) = strains.min_by_key(|strain| strain.left) else {
        return Vec::new();
    };
    let mut given_up = Vec::new();
    let cost = |ask: &Ask, place: &Place| worst_case_at(&ask.head, &place.spec).unwrap_or(Money::MAX);
    let cheapest = weighed.places.iter().map(|place| cost(ask, place)).min().unwrap_or_default();
    let (cheap, dear): (Vec<_>, Vec<_>) =
        std::mem::take(&mut weighed.places).into_iter().partition(|place| cost(ask, place) <= cheapest);
    weighed.places = cheap;
    if !dear.is_empty() {
        given_up.push(format!(
            "budget: {percent} % of that of {whose} are gone, so only the cheapest deployments"
        ));
        let why = "it is dearer than others, and a budget is near its limit";
        weighed.left_out.extend(dear.into_iter().map(|place| (place.id.clone(), why)));
    }
    if cheapest > left
        && let Some(tokens) = affordable(ask, &weighed.places, left)
        && ask.limit_output(principal.owner, tokens)
    {
        given_up.push(format!(
            "fewer tokens: an answer of {tokens} at most is what the budget of {whose} has left"
        ));
    }
    weighed.worst_case = Some(weighed.places.iter().map(|place| cost(ask, place)).max().unwrap_or_default());
    given_up
}

/// The longest answer whose worst case is no more than this at any of these places; `None` where that is none worth
/// having.
fn affordable(ask: &Ask, places: &[Arc<Place>], left: Money) -> Option<u64> {
    let costs = |tokens: u64| {
        let head = RequestHead { max_output_tokens: Some(tokens), ..ask.head.clone() };
        let cost = places.iter().map(|place| worst_case_at(&head, &place.spec).unwrap_or(Money::MAX)).max();
        cost.unwrap_or(Money::MAX)
    };
    let asked = ask.head.max_output_tokens.or_else(|| {
        places.iter().filter_map(|place| place.spec.max_output_tokens.or(place.spec.context_window)).max()
    })?;
    // The cost grows with the tokens: halve the range until the longest answer is found.
    let (mut fits, mut too_much) = (0, asked);
    while too_much - fits > 1 {
        let middle = fits.midpoint(too_much);
        if costs(middle) <= left { fits = middle } else { too_much = middle }
    }
    (fits >= LEAST_OUTPUT_TOKENS).then_some(fits)
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
    let prices = spec.prices.as_ref().ok_or(Unknown::Price)?;
    let window = spec.context_window.unwrap_or(u64::MAX);
    let input_tokens = head.input_tokens_bound.min(window);
    let output_limit = head.max_output_tokens.or(spec.max_output_tokens).or(spec.context_window);
    let output_tokens = match output_limit {
        Some(limit) => limit.saturating_mul(u64::from(head.choices.max(1))),
        None if prices.worst_case(head.service, 0, 1_000_000) == Money::ZERO => 0,
        None => return Err(Unknown::OutputLimit),
    };
    let beside = prices.beside_tokens(head.audio_ms_bound, head.characters);
    Ok(prices.worst_case(head.service, input_tokens, output_tokens) + beside)
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
            prices: prices.map(|(input, output)| {
                Prices::from(PriceTier {
                    input: Money::from_nanos(input * 1_000_000),
                    output: Money::from_nanos(output * 1_000_000),
                    ..PriceTier::default()
                })
            }),
            quality: None,
            cacheable_tokens: None,
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
