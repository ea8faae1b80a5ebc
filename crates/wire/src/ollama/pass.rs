//! Passing requests on in the same format, read only as far as the gateway needs.
//!
//! Ollama reads names of fields in any letter case. One that is written in another case than the documented,
//! or is there twice, could mean one thing here and another there, and is refused where it decides.

use crate::{
    bad_request,
    head::{self, Media, bytes_of, each_object},
    json::{JsonError, JsonReader},
};
use llm::{LlmError, RequestHead};

/// The most tokens a picture takes with the models that Ollama serves: those of Qwen's line read up to 16,384
/// pieces of it, the others far fewer.
const MAX_IMAGE_TOKENS: u64 = 16_384;

/// The fields that decide about money and route.
const DECISIVE: [&str; 4] = ["model", "messages", "stream", "options"];
const DECISIVE_OPTIONS: [&str; 1] = ["num_predict"];

/// Reads the head of a request; see [`llm::Codec::head`]. A stream is the usual.
pub(super) fn head(body: &[u8]) -> Result<RequestHead, LlmError> {
    let usual = RequestHead { choices: 1, stream: true, wants_stream_usage: true, ..RequestHead::default() };
    let head = head::read(body, usual, read)?;
    if head.model.is_empty() {
        return Err(bad_request("`model` must be the name of a model"));
    }
    Ok(head)
}

fn read(reader: &mut JsonReader<'_>, head: &mut RequestHead, media: &mut Media) -> Result<(), JsonError> {
    let mut seen = Seen::default();
    reader.enter_object()?;
    while let Some(key) = reader.next_key()? {
        seen.check(&DECISIVE, &key, reader)?;
        match &*key {
            "model" => {
                let model = reader.string()?;
                head.model = model.value()?.into_owned();
                head.model_span = model.span;
            }
            "stream" => head.stream = reader.boolean()?.unwrap_or(true),
            "options" if reader.peek() == Some(b'{') => options(reader, head)?,
            "messages" => messages(reader, media)?,
            _ => {
                reader.skip()?;
            }
        }
    }
    reader.end()
}

fn options(reader: &mut JsonReader<'_>, head: &mut RequestHead) -> Result<(), JsonError> {
    let mut seen = Seen::default();
    reader.enter_object()?;
    while let Some(key) = reader.next_key()? {
        seen.check(&DECISIVE_OPTIONS, &key, reader)?;
        match &*key {
            // Negative numbers stand for no limit.
            "num_predict" => head.max_output_tokens = reader.unsigned()?,
            _ => {
                reader.skip()?;
            }
        }
    }
    Ok(())
}

/// Which decisive fields of an object have come.
#[derive(Default)]
struct Seen([bool; DECISIVE.len()]);

impl Seen {
    fn check(&mut self, decisive: &[&str], key: &str, reader: &JsonReader<'_>) -> Result<(), JsonError> {
        // Some letters outside ASCII count as the other case of one inside, such as the long s.
        let place = decisive.iter().position(|name| name.eq_ignore_ascii_case(key));
        let expected = "a field in its documented letter case, once";
        match place {
            None if key.is_ascii() => Ok(()),
            Some(place) if decisive.get(place) == Some(&key) => {
                let twice = self.0.get_mut(place).is_none_or(|seen| std::mem::replace(seen, true));
                if twice { Err(JsonError { expected, at: reader.position() }) } else { Ok(()) }
            }
            Some(_) | None => Err(JsonError { expected, at: reader.position() }),
        }
    }
}

fn messages(reader: &mut JsonReader<'_>, media: &mut Media) -> Result<(), JsonError> {
    each_object(reader, |reader, key| {
        if key != "images" || reader.peek() != Some(b'[') {
            return reader.skip().map(drop);
        }
        reader.enter_array()?;
        while reader.next_item()? {
            media.add(bytes_of(reader.skip()?.len()), MAX_IMAGE_TOKENS);
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::splice::replace_model;
    use bytes::Bytes;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn of(messages: &Value) -> RequestHead {
        head(json!({ "model": "m", "messages": messages }).to_string().as_bytes()).unwrap()
    }

    #[test]
    fn pictures_count_by_what_they_cost_and_text_cannot_pass_for_one() {
        let data = "A".repeat(100_000);
        let pictures = of(&json!([{ "role": "user", "content": "x", "images": [data, data] }]));
        let expected = 2 * MAX_IMAGE_TOKENS..2 * MAX_IMAGE_TOKENS + 200;
        assert!(expected.contains(&pictures.input_tokens_bound), "{}", pictures.input_tokens_bound);
        for message in [
            json!({ "role": "user", "content": data }),
            json!({ "role": "tool", "tool_calls": [{ "function": { "arguments": { "images": [data] } } }] }),
        ] {
            assert!(of(&json!([message])).input_tokens_bound >= 100_000);
        }
    }

    #[test]
    fn a_stream_is_the_usual_and_limits_are_options() {
        for (more, stream, limit) in [
            ("", true, None),
            (r#","stream":false,"options":{"num_predict":7}"#, false, Some(7)),
            (r#","stream":true,"options":{"num_predict":-1}"#, true, None),
        ] {
            let head = head(format!(r#"{{"model":"m","messages":[]{more}}}"#).as_bytes()).unwrap();
            assert_eq!((head.stream, head.max_output_tokens), (stream, limit));
        }
    }

    #[test]
    fn what_is_no_request_is_refused() {
        for body in [
            "",
            "[]",
            "{}",
            r#"{"model":""}"#,
            r#"{"model":3}"#,
            r#"{"model":"a","Model":"b"}"#,
            r#"{"model":"a","model":"b"}"#,
            r#"{"model":"a","OPTIONS":{"num_predict":9}}"#,
            "{\"model\":\"a\",\"option\u{17f}\":{\"num_predict\":9}}",
            r#"{"model":"a","options":{"num_predict":1,"Num_Predict":9}}"#,
            r#"{"model":"a"} x"#,
        ] {
            assert!(head(body.as_bytes()).is_err(), "{body}");
        }
    }

    proptest! {
        #[test]
        fn only_the_model_changes(name in "(?s).{1,12}", other in "(?s).{1,12}", text in "(?s).{0,40}") {
            let json = |text: &str| serde_json::to_string(text).unwrap();
            let tail = format!(" , \"messages\":[{{\"content\":{}}}],\"x\":1}} ", json(&text));
            let body = Bytes::from(format!("{{ \"mod\\u0065l\": {}{tail}", json(&name)));
            let head = head(&body).unwrap();
            prop_assert_eq!(&head.model, &name);
            let written = replace_model(&body, &head, &other).unwrap();
            prop_assert_eq!(written, Bytes::from(format!("{{ \"mod\\u0065l\": {}{tail}", json(&other))));
        }
    }
}
