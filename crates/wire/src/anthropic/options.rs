//! Sampling, thinking and structured output, by what each generation of models accepts.
//!
//! Source of the rules: the provider's pages "Extended thinking", "Adaptive thinking", "Effort" and the
//! migration guides. Models before 4.6 take a thinking budget only; from 4.6 on they take adaptive thinking
//! with an effort; from 4.7 on they refuse budgets and sampling parameters; from 4.1 on `temperature` and
//! `top_p` exclude each other. Thinking of any kind excludes forced tools and another temperature than 1.

use super::body::{Format, Metadata, Options, OutputConfig, Thinking};
use crate::{dropped::Dropped, schema};
use llm::{ChatRequest, Parameters, Part, ReasoningEffort, ResponseFormat, Role, ToolChoice};

/// The output limit where the request names none: the format demands one.
pub(super) const DEFAULT_MAX_TOKENS: u64 = 4096;
/// The smallest thinking budget the provider accepts.
const MIN_BUDGET_TOKENS: u64 = 1024;

/// The options of a request and the output limit that goes with them.
pub(super) struct Chosen<'a> {
    pub(super) options: Options<'a>,
    pub(super) max_tokens: u64,
}

/// What a Claude model's name says about its generation; other names count as the oldest, because the
/// vendors that imitate this format follow its first version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Generation(u32, u32);

impl Generation {
    const NEWEST: Self = Self(u32::MAX, 0);

    /// Reads `claude-sonnet-4-5-20250929` as 4.5, `claude-3-5-haiku-latest` as 3.5, `claude-opus-5` as 5.0;
    /// a name without a number is newer than all numbered ones.
    pub(crate) fn of(model: &str) -> Self {
        let Some(at) = model.find("claude-") else { return Self(0, 0) };
        let words = model.get(at..).unwrap_or_default().split(['-', '.', '@']);
        let mut numbers = words.filter_map(|word| word.parse::<u32>().ok()).filter(|number| *number < 100);
        match (numbers.next(), numbers.next()) {
            (Some(major), minor) => Self(major, minor.unwrap_or(0)),
            (None, _) => Self::NEWEST,
        }
    }

    fn thinks_adaptively(self) -> bool {
        self >= Self(4, 6)
    }

    /// Whether it refuses temperature, top-p, top-k and budgets.
    pub(crate) fn refuses_sampling_and_budgets(self) -> bool {
        self >= Self(4, 7)
    }

    /// Whether it refuses temperature and top-p together.
    pub(crate) fn refuses_two_samplers(self) -> bool {
        self >= Self(4, 1)
    }
}

/// Chooses the options for a request; what they cannot carry is added to `dropped`.
pub(super) fn choose<'a>(request: &'a ChatRequest, dropped: &mut Dropped) -> Chosen<'a> {
    let parameters = &request.parameters;
    let generation = Generation::of(&request.model);
    let (thinking, max_tokens) = thinking(request, generation, dropped);
    let effort = match (thinking, parameters.reasoning_effort) {
        (Some(Thinking::Adaptive { .. }), Some(effort)) => effort_name(effort),
        _ => None,
    };
    let format = format(&request.response_format, dropped);
    let mut options = Options {
        thinking,
        output_config: OutputConfig { effort, format },
        metadata: parameters.user.as_deref().map(|user_id| Metadata { user_id }),
        ..Options::default()
    };
    stop_sequences(parameters, &mut options, dropped);
    sampling(parameters, generation, &mut options, dropped);
    let elsewhere = [
        ("parameters.presence_penalty", parameters.presence_penalty.is_some()),
        ("parameters.frequency_penalty", parameters.frequency_penalty.is_some()),
        ("parameters.seed", parameters.seed.is_some()),
    ];
    elsewhere.iter().for_each(|(name, is_set)| dropped.add_if(*is_set, name));
    Chosen { options, max_tokens }
}

fn effort_name(effort: ReasoningEffort) -> Option<&'static str> {
    match effort {
        ReasoningEffort::None => None,
        ReasoningEffort::Minimal | ReasoningEffort::Low => Some("low"),
        ReasoningEffort::Medium => Some("medium"),
        ReasoningEffort::High => Some("high"),
    }
}

/// The budget that stands for an effort with models that know only budgets.
fn budget_of(effort: ReasoningEffort) -> Option<u64> {
    match effort {
        ReasoningEffort::None => None,
        ReasoningEffort::Minimal => Some(MIN_BUDGET_TOKENS),
        ReasoningEffort::Low => Some(2048),
        ReasoningEffort::Medium => Some(8192),
        ReasoningEffort::High => Some(16_384),
    }
}

/// Decides on thinking and on the output limit, which includes it.
fn thinking(request: &ChatRequest, generation: Generation, dropped: &mut Dropped) -> (Option<Thinking>, u64) {
    let parameters = &request.parameters;
    let limit = parameters.max_output_tokens;
    let plain = limit.unwrap_or(DEFAULT_MAX_TOKENS);
    let (effort, budget) = (parameters.reasoning_effort, parameters.reasoning_budget_tokens);
    let asked = match (effort, budget) {
        (_, Some(_)) => "parameters.reasoning_budget_tokens",
        (Some(_), None) => "parameters.reasoning_effort",
        (None, None) => return (None, plain),
    };
    if budget == Some(0) || (budget.is_none() && effort == Some(ReasoningEffort::None)) {
        // Older models do not think unless told to.
        return (generation.thinks_adaptively().then_some(Thinking::Disabled), plain);
    }
    if matches!(request.tool_choice, ToolChoice::Required | ToolChoice::Named(_)) {
        dropped.add(asked);
        return (None, plain);
    }
    if generation.refuses_sampling_and_budgets() || (generation.thinks_adaptively() && budget.is_none()) {
        dropped.add_if(budget.is_some(), asked);
        return (Some(Thinking::Adaptive { display: "summarized" }), plain);
    }
    let wanted = budget.or_else(|| effort.and_then(budget_of)).unwrap_or(MIN_BUDGET_TOKENS);
    let wanted = wanted.max(MIN_BUDGET_TOKENS);
    // A fifth of the limit stays for the answer.
    let most = limit.map_or(wanted, |limit| limit.saturating_sub(limit / 5));
    let budget_tokens = wanted.min(most);
    if budget_tokens < MIN_BUDGET_TOKENS || open_tool_loop_lacks_thinking(request) {
        dropped.add(asked);
        return (None, plain);
    }
    (
        Some(Thinking::Enabled { budget_tokens }),
        limit.unwrap_or(DEFAULT_MAX_TOKENS.saturating_add(budget_tokens)),
    )
}

/// With a budget, the assistant turn whose tool results come last has to begin with its signed thinking;
/// it cannot when another provider wrote that turn.
fn open_tool_loop_lacks_thinking(request: &ChatRequest) -> bool {
    let Some(last) = request.messages.iter().rposition(|message| message.role == Role::Assistant) else {
        return false;
    };
    let is_open = request.messages.iter().skip(last + 1).all(|message| message.role == Role::Tool);
    let parts = request.messages.get(last).map(|message| message.parts.as_slice()).unwrap_or_default();
    let calls = parts.iter().any(|part| matches!(part, Part::ToolCall { .. }));
    is_open && calls && !parts.first().is_some_and(super::request::is_own_thinking)
}

fn stop_sequences<'a>(parameters: &'a Parameters, options: &mut Options<'a>, dropped: &mut Dropped) {
    // A stop text of white space alone is refused.
    options.stop_sequences =
        parameters.stop.iter().map(String::as_str).filter(|text| !text.trim().is_empty()).collect();
    dropped.add_if(options.stop_sequences.len() < parameters.stop.len(), "parameters.stop");
}

fn sampling(
    parameters: &Parameters,
    generation: Generation,
    options: &mut Options<'_>,
    dropped: &mut Dropped,
) {
    let thinks = matches!(options.thinking, Some(Thinking::Enabled { .. } | Thinking::Adaptive { .. }));
    let fixed = thinks || generation.refuses_sampling_and_budgets();
    options.temperature = parameters.temperature.map(|value| value.clamp(0.0, 1.0)).filter(|_| !fixed);
    let one_sampler = options.temperature.is_some() && generation.refuses_two_samplers();
    options.top_p = parameters.top_p.filter(|_| !fixed && !one_sampler);
    options.top_k = parameters.top_k.filter(|_| !fixed);
    // 1 is what the provider uses anyway.
    let lost = |asked: Option<f64>, sent| asked != sent && asked != Some(1.0);
    dropped.add_if(lost(parameters.temperature, options.temperature), "parameters.temperature");
    dropped.add_if(lost(parameters.top_p, options.top_p), "parameters.top_p");
    dropped.add_if(parameters.top_k != options.top_k, "parameters.top_k");
}

fn format(format: &ResponseFormat, dropped: &mut Dropped) -> Option<Format> {
    match format {
        // A plain JSON object is asked for with a forced tool (see `request::tools`).
        ResponseFormat::Text | ResponseFormat::JsonObject => None,
        ResponseFormat::JsonSchema { name, schema, .. } => {
            let narrowed = schema::narrow(schema, "response_format.schema");
            dropped.extend(narrowed.moved);
            Some(Format::JsonSchema { schema: schema::titled(&narrowed.schema, name) })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generations_are_read_from_names() {
        for (name, generation) in [
            ("claude-3-5-haiku-20241022", Generation(3, 5)),
            ("claude-sonnet-4-20250514", Generation(4, 0)),
            ("claude-sonnet-4-5-20250929", Generation(4, 5)),
            ("anthropic.claude-opus-4-1-20250805-v1:0", Generation(4, 1)),
            ("anthropic/claude-opus-4.7", Generation(4, 7)),
            ("claude-opus-5", Generation(5, 0)),
            ("claude-mythos-preview", Generation::NEWEST),
            ("deepseek-chat", Generation(0, 0)),
        ] {
            assert_eq!(Generation::of(name), generation, "{name}");
        }
    }
}
