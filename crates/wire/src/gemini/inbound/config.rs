//! `generationConfig`: sampling, thinking and the shape of the answer.

use super::{object, schema};
use crate::{bad_request, fields::Fields, schema::name_of};
use llm::{ChatRequest, LlmError, Parameters, ReasoningEffort, ResponseFormat};
use serde_json::Value;

/// Reads the configuration into the request.
pub(super) fn read(
    mut fields: Fields<'_>,
    request: &mut ChatRequest,
    unmapped: &mut Vec<String>,
) -> Result<(), LlmError> {
    let parameters = &mut request.parameters;
    parameters.temperature = fields.get("temperature")?;
    parameters.top_p = fields.get("topP")?;
    parameters.top_k = whole(&mut fields, "topK")?.and_then(|k| u32::try_from(k).ok());
    parameters.max_output_tokens = whole(&mut fields, "maxOutputTokens")?.and_then(|n| u64::try_from(n).ok());
    parameters.stop = fields.get("stopSequences")?.unwrap_or_default();
    parameters.presence_penalty = fields.get("presencePenalty")?;
    parameters.frequency_penalty = fields.get("frequencyPenalty")?;
    parameters.seed = whole(&mut fields, "seed")?;
    if whole(&mut fields, "candidateCount")?.is_some_and(|count| count > 1) {
        unmapped.push(fields.path_of("candidateCount"));
    }
    let modalities: Vec<String> = fields.get("responseModalities")?.unwrap_or_default();
    if modalities.iter().any(|name| !name.eq_ignore_ascii_case("text")) {
        unmapped.push(fields.path_of("responseModalities"));
    }
    if let Some(thinking) = object(&mut fields, "thinkingConfig")? {
        read_thinking(thinking, parameters, unmapped)?;
    }
    request.response_format = format(&mut fields, unmapped)?;
    fields.report_rest(unmapped);
    Ok(())
}

/// A level or a budget; asking for the thoughts to be shown asks for thinking.
fn read_thinking(
    mut fields: Fields<'_>,
    parameters: &mut Parameters,
    unmapped: &mut Vec<String>,
) -> Result<(), LlmError> {
    let shown: Option<bool> = fields.get("includeThoughts")?;
    let level: Option<String> = fields.get("thinkingLevel")?;
    let budget = whole(&mut fields, "thinkingBudget")?;
    parameters.reasoning_effort = match level.map(|level| level.to_ascii_lowercase()).as_deref() {
        Some("minimal") => Some(ReasoningEffort::Minimal),
        Some("low") => Some(ReasoningEffort::Low),
        Some("medium") => Some(ReasoningEffort::Medium),
        Some("high" | "xhigh") => Some(ReasoningEffort::High),
        Some("thinking_level_unspecified") | None => None,
        Some(other) => {
            let path = fields.path_of("thinkingLevel");
            let known = "`minimal`, `low`, `medium` or `high`";
            return Err(bad_request(format!("`{path}` is `{other}`; it must be {known}")));
        }
    };
    match budget {
        Some(0) => parameters.reasoning_effort = Some(ReasoningEffort::None),
        // The model decides.
        Some(..0) | None => {}
        Some(tokens) => parameters.reasoning_budget_tokens = u64::try_from(tokens).ok(),
    }
    let says_how_much = parameters.reasoning_effort.is_some() || parameters.reasoning_budget_tokens.is_some();
    if shown == Some(true) && !says_how_much {
        parameters.reasoning_effort = Some(ReasoningEffort::Medium);
    }
    fields.report_rest(unmapped);
    Ok(())
}

fn format(fields: &mut Fields<'_>, unmapped: &mut Vec<String>) -> Result<ResponseFormat, LlmError> {
    let media_type: Option<String> = fields.get("responseMimeType")?;
    match media_type.as_deref() {
        None | Some("application/json") => {}
        Some("text/plain" | "") => return Ok(ResponseFormat::Text),
        Some(_) => {
            // One of several words, XML, YAML: its schema, if it has one, is reported with what is left.
            unmapped.push(fields.path_of("responseMimeType"));
            return Ok(ResponseFormat::Text);
        }
    }
    let of_json: Option<Value> = match fields.get("responseJsonSchema")? {
        Some(schema) => Some(schema),
        None => fields.get("_responseJsonSchema")?,
    };
    let of_api: Option<Value> = fields.get("responseSchema")?;
    let schema = of_json.or_else(|| of_api.map(schema::to_json_schema));
    Ok(match (schema, media_type) {
        (Some(schema), _) => {
            // Most providers' strict mode refuses schemas that do not close every object, as few of these do.
            ResponseFormat::JsonSchema { name: name_of(&schema), schema, strict: None }
        }
        (None, Some(_)) => ResponseFormat::JsonObject,
        (None, None) => ResponseFormat::Text,
    })
}

/// A whole number; clients write it as `40`, `40.0` or `"40"`.
fn whole(fields: &mut Fields<'_>, key: &str) -> Result<Option<i64>, LlmError> {
    let path = fields.path_of(key);
    let Some(value) = fields.get::<Value>(key)? else { return Ok(None) };
    let float = |number: f64| (number.fract() == 0.0 && number.abs() < 9e15).then_some(number as i64);
    let number = match &value {
        Value::Number(number) => number.as_i64().or_else(|| number.as_f64().and_then(float)),
        Value::String(text) => text.parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    number.map(Some).ok_or_else(|| bad_request(format!("`{path}` is `{value}`, which is no whole number")))
}
