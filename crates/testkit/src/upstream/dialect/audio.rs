//! OpenAI's audio operations: speech, transcriptions and translations.
//!
//! Form: the API reference at <https://platform.openai.com/docs/api-reference/audio>. A word is spoken as a few
//! bytes that are no UTF-8; what is heard in a recording is the script's text, or else how long the recording is.

use super::super::ask::{Ask, word_count};
use super::super::reply::{Part, UsageFigures, UsageReport};
use super::{Frame, sse, words};
use crate::upstream::reply::Reply;
use base64::Engine as _;
use serde_json::{Value, json};

/// Bytes of a recording that are a second here.
const BYTES_PER_SECOND: f64 = 16_000.0;

/// An answer as it goes out: its content type, and its frames or its body.
#[derive(Debug)]
pub(in crate::upstream) enum Audio {
    Frames(&'static str, Vec<Frame>),
    Whole(&'static str, String),
}

fn text(reply: &Reply, otherwise: impl FnOnce() -> String) -> String {
    let said = reply.parts.iter().filter_map(|part| match part {
        Part::Text(text) => Some(text.as_str()),
        Part::Reasoning(_) | Part::Refusal(_) | Part::ToolCall { .. } => None,
    });
    let said: String = said.collect();
    if said.is_empty() { otherwise() } else { said }
}

/// A text spoken.
pub(in crate::upstream) fn speech(ask: &Ask, reply: &Reply) -> Audio {
    let text = text(reply, || ask.inputs.concat());
    let words = words(&text);
    let sound = |word: &str| [&[0xff, 0xfb][..], word.as_bytes()].concat();
    if ask.audio.events {
        let mut frames: Vec<Frame> = words
            .iter()
            .map(|word| {
                let audio = base64::engine::general_purpose::STANDARD.encode(sound(word));
                sse(None, &json!({ "type": "speech.audio.delta", "audio": audio }), true)
            })
            .collect();
        let figures = match reply.usage {
            UsageReport::None => None,
            UsageReport::Exact(figures) => Some(figures),
            UsageReport::Counted => Some(UsageFigures {
                input: word_count(&text),
                output: words.len() as u64 * 10,
                ..UsageFigures::default()
            }),
        };
        let usage = figures.map(|figures| {
            json!({ "input_tokens": figures.input, "output_tokens": figures.output,
                    "total_tokens": figures.input + figures.output })
        });
        frames.push(sse(None, &json!({ "type": "speech.audio.done", "usage": usage }), false));
        return Audio::Frames("text/event-stream", frames);
    }
    let content_type = match ask.audio.format.as_str() {
        "opus" => "audio/ogg",
        "aac" => "audio/aac",
        "flac" => "audio/flac",
        "wav" => "audio/wav",
        "pcm" => "audio/pcm",
        _ => "audio/mpeg",
    };
    let frames = words.iter().map(|word| Frame { bytes: sound(word), is_word: true });
    Audio::Frames(content_type, frames.collect())
}

/// A recording written down.
pub(in crate::upstream) fn transcription(ask: &Ask, reply: &Reply) -> Audio {
    let audio = &ask.audio;
    let seconds = audio.recording_bytes as f64 / BYTES_PER_SECOND;
    let text = text(reply, || format!("A recording of {} bytes.", audio.recording_bytes));
    let usage = usage(ask, reply, seconds, &text);
    if audio.events {
        let deltas = words(&text);
        let deltas = deltas.iter();
        let mut frames: Vec<Frame> = deltas
            .map(|word| sse(None, &json!({ "type": "transcript.text.delta", "delta": word }), true))
            .collect();
        let done = json!({ "type": "transcript.text.done", "text": text, "usage": usage });
        frames.push(sse(None, &done, false));
        return Audio::Frames("text/event-stream", frames);
    }
    let end = |separator: char| {
        let ms = (seconds * 1_000.0) as u64;
        format!("00:{:02}:{:02}{separator}{:03}", ms / 60_000, ms / 1_000 % 60, ms % 1_000)
    };
    match audio.format.as_str() {
        "text" => Audio::Whole("text/plain; charset=utf-8", format!("{text}\n")),
        "srt" => {
            Audio::Whole("text/plain; charset=utf-8", format!("1\n00:00:00,000 --> {}\n{text}\n\n", end(',')))
        }
        "vtt" => Audio::Whole(
            "text/vtt; charset=utf-8",
            format!("WEBVTT\n\n00:00:00.000 --> {}\n{text}\n\n", end('.')),
        ),
        "verbose_json" => {
            let segment = json!({ "id": 0, "seek": 0, "start": 0.0, "end": seconds, "text": text, "tokens": [],
                "temperature": 0.0, "avg_logprob": -0.1, "compression_ratio": 1.0, "no_speech_prob": 0.0 });
            let body = json!({ "task": "transcribe", "language": "english", "duration": seconds, "text": text,
                "segments": [segment], "usage": usage });
            Audio::Whole("application/json", body.to_string())
        }
        _ => Audio::Whole("application/json", json!({ "text": text, "usage": usage }).to_string()),
    }
}

/// Whisper is paid by the second, the others by the token.
fn usage(ask: &Ask, reply: &Reply, seconds: f64, text: &str) -> Option<Value> {
    let figures = match reply.usage {
        UsageReport::None => return None,
        UsageReport::Counted if ask.model.contains("whisper") => {
            return Some(json!({ "type": "duration", "seconds": seconds }));
        }
        UsageReport::Counted => UsageFigures {
            input: (seconds * 10.0) as u64,
            output: word_count(text),
            ..UsageFigures::default()
        },
        UsageReport::Exact(figures) => figures,
    };
    Some(json!({
        "type": "tokens",
        "input_tokens": figures.input,
        "input_token_details": { "text_tokens": 0, "audio_tokens": figures.input },
        "output_tokens": figures.output,
        "total_tokens": figures.input + figures.output,
    }))
}
