//! How models are to answer, between the API's types and the chat's.

use api::parameters as dto;
use chat::{ParameterSet, SentParameters};
use llm::{Beside, Taken};

/// Settings from a request.
pub fn set_in(set: dto::ParameterSet) -> ParameterSet {
    let dto::ParameterSet {
        temperature,
        top_p,
        top_k,
        max_tokens,
        frequency_penalty,
        presence_penalty,
        seed,
        stop,
        reasoning_effort,
        system_prompt,
    } = set;
    ParameterSet {
        temperature,
        top_p,
        top_k,
        max_tokens,
        frequency_penalty,
        presence_penalty,
        seed,
        stop,
        reasoning_effort,
        // Nothing but white space is no instruction.
        system_prompt: system_prompt.filter(|text| !text.trim().is_empty()),
    }
}

/// Settings in an answer.
pub fn set_out(set: ParameterSet) -> dto::ParameterSet {
    let ParameterSet {
        temperature,
        top_p,
        top_k,
        max_tokens,
        frequency_penalty,
        presence_penalty,
        seed,
        stop,
        reasoning_effort,
        system_prompt,
    } = set;
    dto::ParameterSet {
        temperature,
        top_p,
        top_k,
        max_tokens,
        frequency_penalty,
        presence_penalty,
        seed,
        stop,
        reasoning_effort,
        system_prompt,
    }
}

/// A setting that a model takes.
pub fn taken(taken: Taken) -> dto::TakenParameter {
    let beside = match taken.beside {
        Beside::Anything => "anything",
        Beside::NoThinking => "no_thinking",
        Beside::ThinkingOff => "thinking_off",
        Beside::NoTemperature => "no_temperature",
    };
    dto::TakenParameter {
        name: taken.parameter.as_str().to_owned(),
        min: taken.min,
        max: taken.max,
        efforts: taken.efforts,
        beside: beside.to_owned(),
    }
}

/// What went with a request.
pub fn sent(sent: SentParameters) -> dto::SentParameters {
    dto::SentParameters {
        values: set_out(sent.values),
        origins: sent.origins.into_iter().map(|(name, layer)| (name, layer.as_str().to_owned())).collect(),
        left_out: sent.left_out,
    }
}
