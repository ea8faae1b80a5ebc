//! Which settings models take, by the format they are behind and by their names: a table a format, and what single lines
//! of models refuse.
//!
//! Sources: the codecs here (what they would have to drop is not taken; a test holds them to it), and the vendors' pages:
//! OpenAI's guide to reasoning models (no sampling, no penalties, no stop texts while they think; from 5.1 on sampling
//! with the effort `none`) and its reference (at most four stop texts), Anthropic's pages named in `anthropic::options`,
//! Google's `GenerationConfig` (at most five stop texts; penalties are refused from Gemini 2.5 on), xAI's guide to reasoning
//! (no penalties, no stop texts), Mistral's and Ollama's references, and DeepSeek's page on its reasoner (no sampling).

use crate::{
    anthropic::options::Generation as Claude, gemini::options::Generation as Gemini,
    openai::is_openai_reasoning, openai_chat::Flavour,
};
use llm::{Beside, Capability, ModelSpec, Parameter, ReasoningEffort, Taken};

use ReasoningEffort::{High, Low, Medium, Minimal, None as Off};

/// What all models take.
fn limit(model: &ModelSpec) -> Taken {
    #[expect(clippy::cast_precision_loss, reason = "no model writes that many tokens")]
    let most = model.max_output_tokens.map(|tokens| tokens as f64);
    Taken::of(Parameter::MaxTokens).within(1.0, f64::from(u32::MAX)).at_most(most)
}

fn number(parameter: Parameter, min: f64, max: f64) -> Taken {
    Taken::of(parameter).within(min, max)
}

fn penalties() -> [Taken; 2] {
    [number(Parameter::FrequencyPenalty, -2.0, 2.0), number(Parameter::PresencePenalty, -2.0, 2.0)]
}

fn thinking(model: &ModelSpec, levels: &[ReasoningEffort]) -> Option<Taken> {
    model.can(Capability::Reasoning).then(|| Taken::efforts(levels))
}

/// The name without a vendor's prefix, in small letters.
fn bare(model: &ModelSpec) -> String {
    model.name.rsplit('/').next().unwrap_or(&model.name).to_ascii_lowercase()
}

/// OpenAI's own models that think: which levels, and whether they are sampled at all.
fn openai_thinks(name: &str) -> (&'static [ReasoningEffort], Option<Beside>) {
    // Its smaller ones, those for code and those with a date as well.
    if name == "gpt-5" || name.starts_with("gpt-5-") {
        return (&[Minimal, Low, Medium, High], None);
    }
    if name.starts_with("gpt-") {
        return (&[Off, Low, Medium, High], Some(Beside::ThinkingOff));
    }
    (&[Low, Medium, High], None)
}

/// Behind OpenAI's chat completions.
pub(super) fn openai_chat(flavour: Flavour, model: &ModelSpec) -> Vec<Taken> {
    let name = bare(model);
    let mut taken = vec![limit(model), Taken::of(Parameter::Seed)];
    if is_openai_reasoning(&name) && !name.contains("chat") {
        let (levels, sampled) = openai_thinks(&name);
        taken.push(Taken::efforts(levels));
        if let Some(beside) = sampled {
            taken.push(number(Parameter::Temperature, 0.0, 2.0).beside(beside));
            taken.push(number(Parameter::TopP, 0.0, 1.0).beside(beside));
        }
        return taken;
    }
    let thinks = model.can(Capability::Reasoning);
    let stops = Taken::of(Parameter::Stop).at_most(Some(4.0));
    match flavour {
        Flavour::Strict => {
            taken.push(number(Parameter::Temperature, 0.0, 1.5));
            taken.push(number(Parameter::TopP, 0.0, 1.0));
            taken.extend(penalties());
            taken.push(Taken::of(Parameter::Stop));
        }
        Flavour::Tolerant if name.starts_with("deepseek-reasoner") => taken.push(Taken::of(Parameter::Stop)),
        Flavour::Tolerant => {
            taken.push(number(Parameter::Temperature, 0.0, 2.0));
            taken.push(number(Parameter::TopP, 0.0, 1.0));
            // Those of xAI that think refuse these.
            if !(thinks && name.starts_with("grok-")) {
                taken.extend(penalties());
                taken.push(stops);
            }
            taken.extend(thinking(model, &[Low, Medium, High]).filter(|_| takes_effort(&name)));
        }
    }
    taken
}

/// Whether models of this name that think can be told how much: most of xAI's think as much as they like.
fn takes_effort(name: &str) -> bool {
    !name.starts_with("grok-") || name.starts_with("grok-3-mini")
}

/// Behind OpenAI's responses.
pub(super) fn openai_responses(model: &ModelSpec) -> Vec<Taken> {
    let carried = [Parameter::Temperature, Parameter::TopP, Parameter::MaxTokens, Parameter::ReasoningEffort];
    let taken = openai_chat(Flavour::Tolerant, model).into_iter();
    taken.filter(|taken| carried.contains(&taken.parameter)).collect()
}

/// Behind Anthropic's messages.
pub(super) fn anthropic(model: &ModelSpec) -> Vec<Taken> {
    let generation = Claude::of(&model.name);
    let stops = Taken::of(Parameter::Stop).within(1.0, f64::MAX).at_most(None);
    let mut taken = vec![limit(model), stops];
    taken.extend(thinking(model, &[Off, Low, Medium, High]));
    if generation.refuses_sampling_and_budgets() {
        return taken;
    }
    let beside_temperature =
        if generation.refuses_two_samplers() { Beside::NoTemperature } else { Beside::NoThinking };
    taken.push(number(Parameter::Temperature, 0.0, 1.0).beside(Beside::NoThinking));
    taken.push(number(Parameter::TopP, 0.0, 1.0).beside(beside_temperature));
    taken.push(Taken::of(Parameter::TopK).beside(Beside::NoThinking));
    taken
}

/// Behind Gemini's `generateContent`.
pub(super) fn gemini(model: &ModelSpec) -> Vec<Taken> {
    let generation = Gemini::of(&model.name);
    let mut taken = vec![
        limit(model),
        number(Parameter::Temperature, 0.0, 2.0),
        number(Parameter::TopP, 0.0, 1.0),
        Taken::of(Parameter::TopK),
        number(Parameter::Seed, f64::from(i32::MIN), f64::from(i32::MAX)),
        Taken::of(Parameter::Stop).at_most(Some(5.0)),
    ];
    if !generation.refuses_penalties() {
        taken.extend(penalties());
    }
    let pro = model.name.contains("-pro");
    let levels: &[ReasoningEffort] = match (generation.is_3_or_later(), pro) {
        (_, true) => &[Low, Medium, High],
        (true, false) => &[Minimal, Low, Medium, High],
        (false, false) => &[Off, Low, Medium, High],
    };
    taken.extend(thinking(model, levels));
    taken
}

/// Behind Ollama's own format.
pub(super) fn ollama(model: &ModelSpec) -> Vec<Taken> {
    let mut taken = vec![
        limit(model),
        number(Parameter::Temperature, 0.0, 2.0),
        number(Parameter::TopP, 0.0, 1.0),
        Taken::of(Parameter::TopK),
        Taken::of(Parameter::Seed),
        Taken::of(Parameter::Stop),
    ];
    taken.extend(penalties());
    // All but one line think or do not.
    let levels: &[ReasoningEffort] =
        if model.name.contains("gpt-oss") { &[Low, Medium, High] } else { &[Off, Medium] };
    taken.extend(thinking(model, levels));
    taken
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{codec, openai_chat};
    use llm::{ChatRequest, Codec, Dialect, Message, Parameters, Role};

    fn model(name: &str, thinks: bool) -> ModelSpec {
        let mut capabilities = vec![Capability::Chat];
        capabilities.extend(thinks.then_some(Capability::Reasoning));
        ModelSpec {
            provider: "p".into(),
            name: name.into(),
            display_name: name.into(),
            context_window: None,
            max_output_tokens: Some(8_000),
            capabilities,
            prices: None,
            quality: None,
            cacheable_tokens: None,
        }
    }

    fn names(codec: &dyn Codec, name: &str, thinks: bool) -> String {
        let taken = codec.takes(&model(name, thinks));
        let here = |parameter: &Parameter| taken.iter().any(|one| one.parameter == *parameter);
        Parameter::ALL.iter().filter(|one| here(one)).map(|one| one.as_str()).collect::<Vec<_>>().join(" ")
    }

    const SAMPLED: &str = "temperature top_p max_tokens frequency_penalty presence_penalty seed stop";

    #[test]
    fn each_line_of_models_takes_what_its_vendor_says() {
        let chat = codec(Dialect::OpenAiChat);
        let strict = openai_chat(Flavour::Strict);
        let responses = codec(Dialect::OpenAiResponses);
        let anthropic = codec(Dialect::Anthropic);
        let gemini = codec(Dialect::Gemini);
        let ollama = codec(Dialect::Ollama);
        let thinking = format!("{SAMPLED} reasoning_effort");
        for (codec, name, thinks, takes) in [
            (chat, "gpt-4o-mini", false, SAMPLED),
            (chat, "openai/gpt-oss-120b", true, &thinking),
            (chat, "o3", true, "max_tokens seed reasoning_effort"),
            (chat, "openai/o4-mini", true, "max_tokens seed reasoning_effort"),
            (chat, "gpt-5-mini", true, "max_tokens seed reasoning_effort"),
            (chat, "gpt-5-codex", true, "max_tokens seed reasoning_effort"),
            (chat, "gpt-5.1", true, "temperature top_p max_tokens seed reasoning_effort"),
            (chat, "deepseek-reasoner", true, "max_tokens seed stop"),
            (chat, "grok-4.7", true, "temperature top_p max_tokens seed"),
            (strict, "mistral-large-latest", false, SAMPLED),
            (strict, "magistral-medium-latest", true, SAMPLED),
            (responses, "gpt-4.1", false, "temperature top_p max_tokens"),
            (responses, "o3", true, "max_tokens reasoning_effort"),
            (anthropic, "claude-3-5-haiku-latest", false, "temperature top_p top_k max_tokens stop"),
            (
                anthropic,
                "claude-sonnet-4-5",
                true,
                "temperature top_p top_k max_tokens stop reasoning_effort",
            ),
            (anthropic, "claude-opus-5-5", true, "max_tokens stop reasoning_effort"),
            (
                gemini,
                "gemini-2.0-flash",
                false,
                "temperature top_p top_k max_tokens frequency_penalty presence_penalty seed stop",
            ),
            (
                gemini,
                "gemini-2.5-flash",
                true,
                "temperature top_p top_k max_tokens seed stop reasoning_effort",
            ),
            (
                ollama,
                "llama3.2",
                false,
                "temperature top_p top_k max_tokens frequency_penalty presence_penalty seed stop",
            ),
        ] {
            assert_eq!(names(codec, name, thinks), takes, "{name}");
        }
    }

    /// A request with one setting, and what the codec could not carry of it.
    fn dropped(codec: &dyn Codec, name: &str, parameters: Parameters) -> Vec<String> {
        let request = ChatRequest {
            model: name.into(),
            messages: vec![Message::text(Role::User, "hello")],
            parameters,
            ..ChatRequest::default()
        };
        codec.encode_request(&request, true).unwrap().dropped
    }

    #[test]
    fn what_is_taken_the_codecs_carry() {
        for (codec, name, thinks) in [
            (codec(Dialect::OpenAiChat), "gpt-4o", false),
            (codec(Dialect::OpenAiChat), "gpt-5.1", true),
            (openai_chat(Flavour::Strict), "mistral-small-latest", true),
            (codec(Dialect::OpenAiResponses), "gpt-4.1", false),
            (codec(Dialect::OpenAiResponses), "o3", true),
            (codec(Dialect::Anthropic), "claude-3-5-haiku-latest", false),
            (codec(Dialect::Anthropic), "claude-sonnet-4-5", true),
            (codec(Dialect::Anthropic), "claude-sonnet-4-6", true),
            (codec(Dialect::Anthropic), "claude-opus-5-5", true),
            (codec(Dialect::Gemini), "gemini-2.0-flash", false),
            (codec(Dialect::Gemini), "gemini-2.5-flash", true),
            (codec(Dialect::Gemini), "gemini-3.1-pro-preview", true),
            (codec(Dialect::Gemini), "gemini-3.8-flash", true),
            (codec(Dialect::Ollama), "qwen3", true),
            (codec(Dialect::Ollama), "gpt-oss:20b", true),
        ] {
            let taken = codec.takes(&model(name, thinks));
            let efforts: Vec<Option<ReasoningEffort>> =
                std::iter::once(None).chain([Off, Minimal, Low, Medium, High].map(Some)).collect();
            for effort in efforts {
                let mut parameters = Parameters {
                    temperature: Some(0.7),
                    top_p: Some(0.9),
                    top_k: Some(40),
                    max_output_tokens: Some(7_000),
                    frequency_penalty: Some(0.5),
                    presence_penalty: Some(0.5),
                    seed: Some(7),
                    stop: ["\n", "b", "c", "d", "e", "f"].map(String::from).to_vec(),
                    reasoning_effort: effort,
                    ..Parameters::default()
                };
                parameters.keep(&taken);
                assert_eq!(dropped(codec, name, parameters.clone()), [""; 0], "{name} {parameters:?}");
            }
        }
    }

    #[test]
    fn what_the_codecs_cannot_carry_is_never_taken() {
        for dialect in Dialect::ALL {
            let codec = codec(dialect);
            let taken = codec.takes(&model("some-model", false));
            let one = |parameter: Parameter| {
                let mut parameters = Parameters::default();
                match parameter {
                    Parameter::Temperature => parameters.temperature = Some(0.5),
                    Parameter::TopP => parameters.top_p = Some(0.5),
                    Parameter::TopK => parameters.top_k = Some(5),
                    Parameter::MaxTokens => parameters.max_output_tokens = Some(5),
                    Parameter::FrequencyPenalty => parameters.frequency_penalty = Some(0.5),
                    Parameter::PresencePenalty => parameters.presence_penalty = Some(0.5),
                    Parameter::Seed => parameters.seed = Some(5),
                    Parameter::Stop => parameters.stop = vec!["x".into()],
                    Parameter::ReasoningEffort => parameters.reasoning_effort = Some(High),
                }
                parameters
            };
            for parameter in Parameter::ALL {
                let lost = !dropped(codec, "some-model", one(parameter)).is_empty();
                let here = taken.iter().any(|taken| taken.parameter == parameter);
                assert!(!(lost && here), "{dialect} says that it takes `{}`", parameter.as_str());
            }
        }
    }
}
