//! Refuses what cannot fit a model's context window. A route that may give up tokens has what is too
//! long made shorter: see `shorter`.

mod shorter;

pub use shorter::FittingConfig;
pub(crate) use shorter::{Shorter, shorter, shorter_by_rules};

use crate::{
    ask::{Ask, Form},
    error::GatewayError,
    table::Place,
};
use base::OwnerId;
use ledger::Explanation;
use llm::Codec;
use std::sync::Arc;

/// No tokenizer packs more bytes of natural text into a token than this on the average of a long text
/// (English has four to five), so a text has at least its bytes divided by this many tokens.
const MOST_BYTES_PER_TOKEN: u64 = 8;

/// Keeps the deployments that the prompt can fit.
pub(crate) fn fit(
    ask: &mut Ask,
    owner: OwnerId,
    places: Vec<Arc<Place>>,
    explanation: &mut Explanation,
) -> Result<Vec<Arc<Place>>, GatewayError> {
    if ask.head.refers_to_provider {
        return native(ask, owner, places, explanation);
    }
    let window = |place: &Arc<Place>| place.spec.context_window.unwrap_or(u64::MAX);
    let output_tokens = ask.head.max_output_tokens.unwrap_or_default();
    let needed = |input_bytes: u64| (input_bytes / MOST_BYTES_PER_TOKEN).saturating_add(output_tokens);
    // Nearly everything fits by the bound alone, which counts media generously. Only where it does not is
    // the text itself looked at.
    let quick = needed(ask.head.input_tokens_bound);
    if places.iter().all(|place| window(place) >= quick) {
        return Ok(places);
    }
    let text_bytes = match &ask.form {
        // Each text has the window to itself.
        Form::Embeddings(request, _) => {
            request.inputs.iter().map(|text| text.len() as u64).max().unwrap_or(0)
        }
        Form::Body(_) | Form::Request(_) | Form::Audio(_) => ask.text_bytes(owner)?,
    };
    let (needed, input_tokens) = (needed(text_bytes), text_bytes / MOST_BYTES_PER_TOKEN);
    let roomiest = places.iter().max_by_key(|place| window(place)).cloned();
    let (fitting, cramped): (Vec<_>, Vec<_>) = places.into_iter().partition(|place| window(place) >= needed);
    for place in &cramped {
        let room = window(place);
        explanation.note(
            &place.id,
            format!("a prompt of at least {input_tokens} tokens and {output_tokens} of answer do not fit its {room}"),
        );
    }
    match roomiest {
        Some(roomiest) if fitting.is_empty() => Err(GatewayError::ContextLength {
            model: roomiest.id.clone(),
            input_tokens,
            output_tokens,
            context_window: window(&roomiest),
        }),
        Some(_) | None => Ok(fitting),
    }
}

/// Keeps the deployments that are spoken to in the caller's own format: what a request refers to there cannot
/// be translated, nor be measured here. Where there is none, the translation says why.
fn native(
    ask: &mut Ask,
    owner: OwnerId,
    places: Vec<Arc<Place>>,
    explanation: &mut Explanation,
) -> Result<Vec<Arc<Place>>, GatewayError> {
    let Some(dialect) = ask.codec().map(Codec::dialect) else { return Ok(places) };
    let speaks = |place: &Arc<Place>| place.target.facing(dialect).is_some();
    if !places.iter().any(speaks) {
        ask.text_bytes(owner)?;
        return Ok(places);
    }
    let (native, others): (Vec<_>, Vec<_>) = places.into_iter().partition(speaks);
    for place in &others {
        explanation
            .note(&place.id, format!("what the request refers to is kept by those who speak `{dialect}`"));
    }
    Ok(native)
}

/// Whether providers have refused the request as too long already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    No,
    /// Although it seemed to fit.
    Yes,
}

/// Whether a request may be longer than every window, by the bound that needs no counting: no text has more tokens than
/// bytes.
pub(crate) fn may_be_too_long(ask: &Ask, places: &[Arc<Place>]) -> bool {
    let needed = ask.head.input_tokens_bound.saturating_add(ask.head.max_output_tokens.unwrap_or_default());
    let roomiest = places.iter().map(|place| place.spec.context_window.unwrap_or(u64::MAX)).max();
    roomiest.is_some_and(|roomiest| needed > roomiest)
}
