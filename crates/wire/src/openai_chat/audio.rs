//! OpenAI's audio operations: speech out of text, text out of speech.
//!
//! Every vendor that has them has them in this form (`/audio/speech`, `/audio/transcriptions` and
//! `/audio/translations` of OpenAI's API reference), so that requests are passed on with another model's name and
//! nothing else changed. What is charged for differs: tokens, hours of sound or characters.

mod length;
mod multipart;
mod reply;

use crate::{
    bad_request,
    json::{JsonError, JsonReader},
    splice,
};
use bytes::Bytes;
use llm::{AudioCodec, AudioHead, LlmError, Operation, RequestHead, StreamScanner, Summary};
use multipart::Part;

/// Milliseconds of speech for a character by the usual measure: 150 words, about 900 characters, a minute.
const MS_PER_CHARACTER: u64 = 66;
/// The same for the slowest speech: a quarter of the usual pace is the least that `speed` takes.
const MOST_MS_PER_CHARACTER: u64 = 500;
/// A token of sound stands for so much of it (OpenAI's guide "Managing costs" for its realtime models).
const HEARD_MS_PER_TOKEN: u64 = 100;
const SPOKEN_MS_PER_TOKEN: u64 = 50;
/// The most tokens of text that a second of speech becomes; auctioneers stay below ten words.
const TEXT_TOKENS_PER_SECOND: u64 = 50;
/// What a request adds around its text.
const WRAPPING_TOKENS: u64 = 64;
/// Fields that decide about money and form: a request that has one of them twice may mean one thing to Familiar
/// and another to the provider.
const DECISIVE_OF_FORM: [&str; 4] = ["model", "file", "stream", "response_format"];
const DECISIVE_OF_SPEECH: [&str; 4] = ["model", "input", "instructions", "stream_format"];

/// The audio operations.
#[derive(Debug)]
pub(super) struct Audio;

impl AudioCodec for Audio {
    fn head(&self, operation: Operation, content_type: &str, body: &[u8]) -> Result<AudioHead, LlmError> {
        match operation {
            Operation::Speech => speech_head(body),
            Operation::Transcription | Operation::AudioTranslation => {
                recording_head(operation, content_type, body)
            }
            Operation::Chat | Operation::ChatStream | Operation::Embeddings => {
                Err(bad_request("that is no audio operation"))
            }
        }
    }

    fn retarget(&self, body: &Bytes, head: &AudioHead, model: &str) -> Result<Bytes, LlmError> {
        let name = if head.operation == Operation::Speech {
            // Writing a string as JSON cannot fail.
            serde_json::to_string(model).unwrap_or_default()
        } else if model.contains(['\r', '\n']) {
            return Err(bad_request(format!("`{model}` cannot be a model's name")));
        } else {
            model.to_owned()
        };
        splice::splice(body, &mut [(head.head.model_span.clone(), name)])
    }

    fn summarise(&self, head: &AudioHead, content_type: &str, body: &[u8]) -> Result<Summary, LlmError> {
        reply::summarise(head, content_type, body)
    }

    fn scanner(&self, head: &AudioHead) -> Box<dyn StreamScanner> {
        Box::new(reply::Scanner::new(head))
    }
}

fn speech_head(body: &[u8]) -> Result<AudioHead, LlmError> {
    let text = std::str::from_utf8(body).map_err(|_| bad_request("the body is not UTF-8"))?;
    let not_json = |error: JsonError| bad_request(error.to_string());
    let mut seen = [false; DECISIVE_OF_SPEECH.len()];
    let mut head = RequestHead { choices: 1, stream: true, ..RequestHead::default() };
    let mut spoken = None;
    let mut reader = JsonReader::new(text);
    reader.enter_object().map_err(not_json)?;
    while let Some(key) = reader.next_key().map_err(not_json)? {
        refuse_twice(&DECISIVE_OF_SPEECH, &mut seen, &key)?;
        match &*key {
            "model" => {
                let model = reader.string().map_err(not_json)?;
                head.model = model.value().map_err(not_json)?.into_owned();
                head.model_span = model.span;
            }
            "input" => {
                let input = reader.string().and_then(|input| Ok(input.value()?.chars().count()));
                spoken = Some(input.map_err(not_json)? as u64);
            }
            _ => {
                reader.skip().map_err(not_json)?;
            }
        }
    }
    reader.end().map_err(not_json)?;
    require_model(&head)?;
    let characters = spoken.ok_or_else(|| bad_request("`input` must be the text to speak"))?;
    head.characters = characters;
    // Input and instructions are the prompt; no tokenizer makes more tokens than a text has bytes.
    head.input_tokens_bound = (body.len() as u64).saturating_add(WRAPPING_TOKENS);
    head.max_output_tokens = Some(characters.saturating_mul(MOST_MS_PER_CHARACTER) / SPOKEN_MS_PER_TOKEN + 1);
    Ok(AudioHead {
        operation: Operation::Speech,
        head,
        audio_ms: None,
        audio_ms_estimate: characters.saturating_mul(MS_PER_CHARACTER),
        timed_text: false,
    })
}

fn recording_head(operation: Operation, content_type: &str, body: &[u8]) -> Result<AudioHead, LlmError> {
    let parts = multipart::parts(content_type, body)?;
    let mut seen = [false; DECISIVE_OF_FORM.len()];
    let mut head = RequestHead { choices: 1, ..RequestHead::default() };
    let (mut length, mut timed_text) = (None, false);
    let mut prompt_bytes = 0_u64;
    for Part { name, content } in parts {
        refuse_twice(&DECISIVE_OF_FORM, &mut seen, &name)?;
        let bytes = body.get(content.clone()).unwrap_or_default();
        if name == "file" {
            length = Some(length::length(bytes));
            continue;
        }
        prompt_bytes = prompt_bytes.saturating_add(bytes.len() as u64);
        let text = std::str::from_utf8(bytes);
        match &*name {
            "model" => {
                head.model = text.map_err(|_| bad_request("`model` is not UTF-8"))?.to_owned();
                head.model_span = content;
            }
            "stream" => head.stream = text.is_ok_and(|text| matches!(text, "true" | "True" | "1")),
            "response_format" => timed_text = matches!(text, Ok("srt" | "vtt")),
            _ => {}
        }
    }
    require_model(&head)?;
    let length = length.ok_or_else(|| bad_request("`file` must be the recording"))?;
    let longest_ms = length.exact_ms.unwrap_or(length.longest_ms);
    head.audio_ms_bound = longest_ms;
    head.input_tokens_bound =
        (longest_ms / HEARD_MS_PER_TOKEN).saturating_add(prompt_bytes).saturating_add(WRAPPING_TOKENS);
    let seconds = longest_ms.div_ceil(1_000);
    head.max_output_tokens =
        Some(seconds.saturating_mul(TEXT_TOKENS_PER_SECOND).saturating_add(WRAPPING_TOKENS));
    Ok(AudioHead {
        operation,
        head,
        audio_ms: length.exact_ms,
        audio_ms_estimate: length.usual_ms,
        timed_text,
    })
}

fn refuse_twice<const N: usize>(
    decisive: &[&str; N],
    seen: &mut [bool; N],
    name: &str,
) -> Result<(), LlmError> {
    let Some(place) = decisive.iter().position(|one| one.eq_ignore_ascii_case(name)) else { return Ok(()) };
    let twice = seen.get_mut(place).is_none_or(|seen| std::mem::replace(seen, true));
    if twice || decisive.get(place) != Some(&name) {
        return Err(bad_request(format!("`{name}` is there twice or in another letter case")));
    }
    Ok(())
}

fn require_model(head: &RequestHead) -> Result<(), LlmError> {
    if head.model.is_empty() { Err(bad_request("`model` must be the name of a model")) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORM: &str = "multipart/form-data; boundary=xYz";

    fn form(parts: &[(&str, &str)]) -> Vec<u8> {
        let mut body = String::new();
        for (name, value) in parts {
            body.push_str(&format!(
                "--xYz\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            ));
        }
        body.push_str("--xYz--\r\n");
        body.into_bytes()
    }

    fn recording(parts: &[(&str, &str)]) -> Result<AudioHead, LlmError> {
        Audio.head(Operation::Transcription, FORM, &form(parts))
    }

    #[test]
    fn a_form_is_passed_on_with_another_model_and_nothing_else_changed() {
        let sound = "ID3\r\n--xY\r\n\u{1}\u{2} not a boundary: --xYz";
        let parts = [("file", sound), ("model", "r"), ("response_format", "srt"), ("stream", "true")];
        let body = Bytes::from(form(&parts));
        let head = Audio.head(Operation::Transcription, FORM, &body).unwrap();
        assert_eq!((head.head.model.as_str(), head.head.stream, head.timed_text), ("r", true, true));
        assert_eq!(&body[head.head.model_span.clone()], b"r");
        let sent = Audio.retarget(&body, &head, "whisper-large-v3").unwrap();
        let expected = form(&[("file", sound), ("model", "whisper-large-v3"), parts[2], parts[3]]);
        assert_eq!(sent, expected);
        assert!(Audio.retarget(&body, &head, "a\r\n--xYz").is_err());
    }

    #[test]
    fn what_is_missing_or_there_twice_is_refused() {
        for (parts, expected) in [
            (vec![("file", "x")], "`model` must be"),
            (vec![("model", "m")], "`file` must be"),
            (vec![("file", "x"), ("model", "m"), ("model", "n")], "`model` is there twice"),
            (vec![("file", "x"), ("Model", "m")], "`Model` is there twice or in another"),
        ] {
            let error = recording(&parts).unwrap_err();
            assert!(error.message.contains(expected), "{error}");
        }
        for (body, expected) in [
            ("{}", "`model` must be"),
            (r#"{"model":"m"}"#, "`input` must be"),
            (r#"{"model":"m","input":"a","input":"b"}"#, "`input` is there twice"),
            (r#"{"model":"m","input":7}"#, "not JSON"),
            ("[", "not JSON"),
        ] {
            let error = Audio.head(Operation::Speech, "application/json", body.as_bytes()).unwrap_err();
            assert!(error.message.contains(expected), "{body}: {error}");
        }
    }

    #[test]
    fn speech_is_counted_in_characters_and_passed_on_with_its_unknown_fields() {
        let body = Bytes::from(r#"{"voice":{"id":"v"},"new":[1],"model":"r","input":"Grüß \u0041"}"#);
        let head = Audio.head(Operation::Speech, "application/json", &body).unwrap();
        assert_eq!((head.head.characters, head.head.max_output_tokens), (6, Some(61)));
        let sent = Audio.retarget(&body, &head, "tts \"1\"").unwrap();
        assert_eq!(sent, r#"{"voice":{"id":"v"},"new":[1],"model":"tts \"1\"","input":"Grüß \u0041"}"#);
    }
}
