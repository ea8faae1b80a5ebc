//! What OpenAI's two formats, chat completions and Responses, have in common.

pub(super) mod bounds;
pub(super) mod error;
pub(super) mod usage;

use super::{bad_request, fields::Fields, splice, split_data_url};
use bytes::Bytes;
use llm::{LlmError, Media, Message, Part, PromptCacheHelp, ReasoningEffort};
use memchr::memmem;
use serde_json::Value;

/// The body with a key that brings requests together that begin alike; `None` where the caller has set one.
pub(super) fn with_cache_key(body: &Bytes, help: &PromptCacheHelp<'_>) -> Option<Bytes> {
    if help.key.is_empty() || memmem::find(body, b"prompt_cache_key").is_some() {
        return None;
    }
    let opens =
        body.iter().position(|byte| !byte.is_ascii_whitespace()).filter(|at| body.get(*at) == Some(&b'{'))?;
    let key = Value::from(help.key);
    splice::splice(body, &mut [(opens + 1..opens + 1, format!(r#""prompt_cache_key":{key},"#))]).ok()
}

/// Whether a model is one of OpenAI's reasoning models, which take `max_completion_tokens` and
/// `reasoning_effort`; a vendor's prefix (`openai/o3`) does not count.
pub(super) fn is_openai_reasoning(model: &str) -> bool {
    let name = model.rsplit('/').next().unwrap_or(model);
    let digit_after = |prefix: &str| {
        name.strip_prefix(prefix)
            .and_then(|rest| rest.bytes().next())
            .is_some_and(|byte| byte.is_ascii_digit())
    };
    let old_gpt = ["gpt-3", "gpt-4"].iter().any(|prefix| name.starts_with(prefix));
    digit_after("o") || (digit_after("gpt-") && !old_gpt)
}

/// Whether a model is OpenAI's own, whose server refuses the fields that other vendors have added.
pub(super) fn is_openai(model: &str) -> bool {
    let name = model.rsplit('/').next().unwrap_or(model);
    is_openai_reasoning(model)
        || name.starts_with("gpt-4")
        || name.starts_with("gpt-3")
        || name.starts_with("chatgpt")
}

/// FNV-1a, 64 bits: makes ids that are the same each time from what a provider does send.
pub(super) fn fingerprint(pieces: &[&[u8]]) -> u64 {
    let bytes = pieces.iter().flat_map(|piece| piece.iter().chain(&[0xff]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

/// An id for a tool call whose provider sends none.
pub(super) fn made_up_call_id(reply_id: Option<&str>, index: u32, name: &str) -> String {
    let index = index.to_string();
    let pieces = [reply_id.unwrap_or_default().as_bytes(), index.as_bytes(), name.as_bytes()];
    format!("call_{:016x}", fingerprint(&pieces))
}

/// The grade of thinking nearest to a budget in tokens.
pub(super) const fn grade(budget_tokens: u64) -> ReasoningEffort {
    match budget_tokens {
        0 => ReasoningEffort::None,
        1..=1_023 => ReasoningEffort::Minimal,
        1_024..=4_095 => ReasoningEffort::Low,
        4_096..=16_383 => ReasoningEffort::Medium,
        _ => ReasoningEffort::High,
    }
}

/// Grades beyond those of the vocabulary count as the highest, and are reported.
pub(super) fn effort(
    fields: &mut Fields<'_>,
    key: &str,
    unmapped: &mut Vec<String>,
) -> Result<Option<ReasoningEffort>, LlmError> {
    let Some(name) = fields.get::<String>(key)? else { return Ok(None) };
    let known = serde_json::from_value(Value::from(name.as_str())).ok();
    if known.is_none() {
        unmapped.push(fields.path_of(key));
    }
    Ok(known.or_else(|| matches!(name.as_str(), "xhigh" | "max").then_some(ReasoningEffort::High)))
}

/// Gives every tool result the name of the tool, which some formats address results by.
pub(super) fn name_results(messages: &mut [Message]) {
    let mut names: Vec<(String, String)> = Vec::new();
    for part in messages.iter_mut().flat_map(|message| &mut message.parts) {
        match part {
            Part::ToolCall { id, name, .. } => names.push((id.clone(), name.clone())),
            Part::ToolResult { call_id, name: name @ None, .. } => {
                *name = names.iter().rev().find(|(id, _)| id == call_id).map(|(_, name)| name.clone());
            }
            Part::ToolResult { .. }
            | Part::Text { .. }
            | Part::Image { .. }
            | Part::File { .. }
            | Part::Reasoning { .. } => {}
        }
    }
}

/// A picture by its address: `http(s):` to be fetched by the provider, or `data:` with the bytes in base64.
pub(super) fn image_media(url: String, path: &str) -> Result<Media, LlmError> {
    if let Some((media_type, data)) = split_data_url(&url) {
        Ok(Media::Inline { media_type: media_type.to_owned(), data: data.to_owned() })
    } else if url.starts_with("https://") || url.starts_with("http://") {
        Ok(Media::Url { url })
    } else {
        Err(bad_request(format!("`{path}` must have an http address or a `data:` address in base64")))
    }
}

/// Reads a part with sound.
pub(super) fn audio(fields: &mut Fields<'_>, unmapped: &mut Vec<String>) -> Result<Part, LlmError> {
    let mut audio = fields.described("input_audio")?;
    let format: String = audio.required("format")?;
    let media_type = if format == "mp3" { "audio/mpeg".to_owned() } else { format!("audio/{format}") };
    let media = Media::Inline { media_type, data: audio.required("data")? };
    audio.report_rest(unmapped);
    Ok(Part::File { media, file_name: None })
}

/// OpenAI's name for a sound format.
pub(super) fn audio_format(media_type: &str) -> Option<&'static str> {
    match media_type {
        "audio/wav" | "audio/x-wav" | "audio/wave" => Some("wav"),
        "audio/mpeg" | "audio/mp3" => Some("mp3"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_are_told_apart_by_name() {
        for (model, reasoning, own) in [
            ("o3-mini", true, true),
            ("openai/o1", true, true),
            ("gpt-5.1", true, true),
            ("gpt-4o", false, true),
            ("gpt-4.1-mini", false, true),
            ("gpt-oss-120b", false, false),
            ("olmo-2", false, false),
            ("deepseek-chat", false, false),
            ("", false, false),
        ] {
            assert_eq!((is_openai_reasoning(model), is_openai(model)), (reasoning, own), "{model}");
        }
    }
}
