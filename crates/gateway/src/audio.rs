//! Speech and recordings: what is known of a request before it goes out, which deployments can take it, and what
//! it has used where the provider does not say.

use crate::{
    call::AudioCall,
    error::GatewayError,
    table::{Place, Target},
};
use bytes::Bytes;
use http::HeaderValue;
use ledger::Explanation;
use llm::{
    AudioCodec, AudioHead, Capability, Codec, LlmError, LlmErrorKind, Operation, PriceTier, Summary,
    Upstream, Usage,
};
use std::sync::Arc;

/// So much sound is a token where sound is counted in tokens (OpenAI's guide "Managing costs").
const HEARD_MS_PER_TOKEN: u64 = 100;
const SPOKEN_MS_PER_TOKEN: u64 = 50;
/// As for other text that is estimated.
const CHARACTERS_PER_TOKEN: u64 = 3;

/// A request for speech or about a recording.
#[derive(Debug)]
pub(crate) struct AudioBody {
    pub(crate) codec: &'static dyn Codec,
    pub(crate) body: Bytes,
    pub(crate) content_type: HeaderValue,
    pub(crate) head: AudioHead,
}

impl AudioBody {
    /// Reads a request; fails on what is none.
    pub(crate) fn read(call: AudioCall) -> Result<Self, LlmError> {
        let AudioCall { operation, codec, content_type, body, .. } = call;
        let audio = codec.audio().ok_or_else(|| {
            LlmError::new(LlmErrorKind::BadRequest, format!("`{}` has no audio here", codec.dialect()))
        })?;
        let head = audio.head(operation, content_type.to_str().unwrap_or_default(), &body)?;
        Ok(Self { codec, body, content_type, head })
    }

    /// What is known to be used before anything has come.
    pub(crate) fn known(&self) -> Usage {
        Usage { characters: self.head.head.characters, ..Usage::default() }
    }
}

/// The name of an audio operation in the ledger.
pub(crate) const fn operation_name(operation: Operation) -> &'static str {
    match operation {
        Operation::Speech => "speech",
        Operation::Transcription => "transcription",
        Operation::AudioTranslation => "audio_translation",
        Operation::Chat | Operation::ChatStream => "chat",
        Operation::Embeddings => "embeddings",
    }
}

/// Where a deployment takes audio calls, if it does.
pub(crate) fn upstream(place: &Place) -> Option<(&Arc<dyn Upstream>, &'static dyn AudioCodec)> {
    match &place.target {
        Target::Wire(upstream) => Some((upstream, upstream.codec().audio()?)),
        Target::Local(_) => None,
    }
}

/// The deployments that can take the call: those known to, else those whose format has such calls at all, because
/// nobody may have said what a model of one's own can do.
pub(crate) fn able(
    audio: &AudioBody,
    places: Vec<Arc<Place>>,
    explanation: &mut Explanation,
) -> Result<Vec<Arc<Place>>, GatewayError> {
    let (capability, lacking) = if audio.head.operation == Operation::Speech {
        (Capability::Speech, "makes no speech")
    } else {
        (Capability::Transcription, "takes no recordings")
    };
    let (able, unable): (Vec<_>, Vec<_>) = places.into_iter().partition(|place| upstream(place).is_some());
    let (known, unknown): (Vec<_>, Vec<_>) = able.into_iter().partition(|place| place.spec.can(capability));
    let (able, left_out) =
        if known.is_empty() { (unknown, unable) } else { (known, [unable, unknown].concat()) };
    for place in &left_out {
        explanation.note(&place.id, lacking);
    }
    if able.is_empty() && !left_out.is_empty() {
        let message = format!("`{}` {lacking}", audio.head.head.model);
        return Err(LlmError::new(LlmErrorKind::NotFound, message).into());
    }
    Ok(able)
}

/// What was used, and whether some of it is estimated: whatever `tier` charges for and the provider did not say.
pub(crate) fn used(head: &AudioHead, summary: &Summary, tier: &PriceTier) -> (Usage, bool) {
    let mut usage = summary.usage.unwrap_or_default();
    let mut estimated = false;
    let speech = head.operation == Operation::Speech;
    usage.characters = head.head.characters;
    let token_prices = [Some(tier.input), Some(tier.output), tier.audio_input, tier.audio_output];
    let by_token = token_prices.into_iter().flatten().any(|price| price.nanos() > 0);
    if by_token && usage.total() == 0 {
        estimated = true;
        let ms = head.audio_ms.unwrap_or(head.audio_ms_estimate);
        if speech {
            usage.input = head.head.characters.div_ceil(CHARACTERS_PER_TOKEN);
            usage.output = ms.div_ceil(SPOKEN_MS_PER_TOKEN);
            usage.audio_output = usage.output;
        } else {
            usage.audio_input = ms.div_ceil(HEARD_MS_PER_TOKEN);
            usage.output = summary.text_bytes.div_ceil(CHARACTERS_PER_TOKEN);
        }
    }
    if tier.audio_hour.is_some() && !speech {
        // The last time of a subtitle is near the end of the recording, but not the end.
        estimated |= head.audio_ms.is_none() && (usage.audio_ms == 0 || head.timed_text);
        if usage.audio_ms == 0 {
            usage.audio_ms = head.audio_ms.unwrap_or(head.audio_ms_estimate);
        }
    }
    (usage, estimated)
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::Money;
    use llm::RequestHead;

    fn head(operation: Operation, characters: u64, audio_ms: Option<u64>) -> AudioHead {
        let head = RequestHead { characters, ..RequestHead::default() };
        AudioHead { operation, head, audio_ms, audio_ms_estimate: 9_000, timed_text: false }
    }

    #[test]
    fn what_is_charged_for_and_not_told_is_estimated() {
        let price = Money::from_nanos(1_000);
        let tokens = PriceTier { input: price, output: price, ..PriceTier::default() };
        let hours = PriceTier { audio_hour: Some(price), ..PriceTier::default() };
        let characters = PriceTier { characters: Some(price), ..PriceTier::default() };
        let told = |usage| Summary { usage: Some(usage), text_bytes: 30, ..Summary::default() };
        let silent = Summary { text_bytes: 30, ..Summary::default() };
        let speech = head(Operation::Speech, 30, None);
        let recording = head(Operation::Transcription, 0, None);
        let wave = head(Operation::Transcription, 0, Some(2_000));
        let none = Usage::default();
        let spoken = Usage { characters: 30, ..none };
        let cases = [
            (&speech, silent.clone(), &characters, spoken, false),
            (
                &speech,
                silent.clone(),
                &tokens,
                Usage { input: 10, output: 180, audio_output: 180, ..spoken },
                true,
            ),
            (
                &speech,
                told(Usage { input: 7, output: 9, ..none }),
                &tokens,
                Usage { input: 7, output: 9, ..spoken },
                false,
            ),
            (&recording, silent.clone(), &tokens, Usage { audio_input: 90, output: 10, ..none }, true),
            (&recording, silent.clone(), &hours, Usage { audio_ms: 9_000, ..none }, true),
            (
                &recording,
                told(Usage { audio_ms: 5_000, ..none }),
                &hours,
                Usage { audio_ms: 5_000, ..none },
                false,
            ),
            (&wave, silent.clone(), &hours, Usage { audio_ms: 2_000, ..none }, false),
            (&recording, silent.clone(), &PriceTier::default(), none, false),
        ];
        for (head, summary, tier, usage, estimated) in cases {
            assert_eq!(used(head, &summary, tier), (usage, estimated), "{head:?} {tier:?}");
        }
        let subtitles = AudioHead { timed_text: true, ..recording };
        assert!(used(&subtitles, &told(Usage { audio_ms: 5_000, ..none }), &hours).1);
    }
}
