//! From the ledger's exchanges to the API's.

use api::{
    exchanges as dto,
    routes::{RouteCandidate, RouteExplanation, RouteFactors},
};
use base::{Id, Timestamp};
use classify::TaskClass;
use gateway::Tier;
use ledger::{Attempt, Candidate, Exchange, Explanation, KeptBodies, KeptBody};
use routing::Factors;
use std::collections::HashMap;

/// Shorter than this, a rate would be noise.
const MEASURABLE_MS: u64 = 50;

/// An exchange as lists show it; the keys are known by their names.
pub(crate) fn exchange(exchange: Exchange, keys: &HashMap<Id, String>) -> dto::Exchange {
    dto::Exchange {
        id: exchange.id.to_string(),
        at: exchange.started_at.to_string(),
        key: exchange.key_id.map(|id| keys.get(&id).cloned().unwrap_or_else(|| id.to_string())),
        operation: exchange.operation.into_owned(),
        requested: exchange.explanation.asked.clone(),
        destination: exchange.route,
        model: exchange.deployment,
        provider: exchange.provider,
        outcome: exchange.outcome.as_str().to_owned(),
        error: exchange.error_kind,
        streamed: exchange.streamed,
        input_tokens: exchange.usage.total_input(),
        cached_input_tokens: exchange.usage.cached_input,
        output_tokens: exchange.usage.output,
        cost_usd: exchange.priced.then(|| exchange.cost.to_string()),
        estimated: exchange.estimated,
        cached: exchange.cache_hit,
        first_token_ms: exchange.first_token_ms,
        total_ms: exchange.total_ms,
        attempts: exchange.attempts,
        tags: exchange.tags,
        route: exchange.explanation.sentence(),
    }
}

/// Everything about an exchange.
pub(crate) fn exchange_detail(
    one: Exchange,
    kept: Option<(KeptBodies, Timestamp)>,
    keys: &HashMap<Id, String>,
) -> dto::ExchangeDetail {
    dto::ExchangeDetail {
        key_id: one.key_id.map(|id| id.to_string()),
        error_message: one.error_message.clone(),
        caller_format: one.caller_dialect.as_deref().map(str::to_owned),
        upstream_format: one.upstream_dialect.as_deref().map(str::to_owned),
        explanation: explanation(Explanation::clone(&one.explanation)),
        timings: timings(&one),
        attempts: one.attempts().into_iter().map(attempt).collect(),
        usage: dto::UsageByClass {
            input: one.usage.input,
            cached_input: one.usage.cached_input,
            cache_write: one.usage.cache_write,
            output: one.usage.output,
            reasoning: one.usage.reasoning,
        },
        cost: dto::ExchangeCost {
            cost_usd: one.priced.then(|| one.cost.to_string()),
            saved_usd: one.saved.to_string(),
            baseline_usd: one.baseline.to_string(),
            prompt_saved_usd: one.prompt_saved.to_string(),
            estimated: one.estimated,
        },
        dropped: one.explanation.dropped.clone(),
        kept: kept.map(|(bodies, until)| dto::KeptBodies {
            until: until.to_string(),
            request: bodies.request.map(kept_body),
            reply: bodies.reply.map(kept_body),
        }),
        exchange: exchange(one, keys),
    }
}

/// Why a request went where it went.
pub(super) fn explanation(explanation: Explanation) -> RouteExplanation {
    RouteExplanation {
        sentence: explanation.sentence(),
        asked: explanation.asked,
        route: explanation.route,
        strategy: explanation.strategy.map(|strategy| strategy.to_string()),
        chosen: explanation.chosen,
        candidates: explanation.candidates.into_iter().map(candidate).collect(),
        degraded: explanation.degraded,
        tier: explanation.tier.map(|tier| tier.to_string()),
        task: explanation.task.map(|task| task_class(task, explanation.tier)),
        context: explanation.context,
    }
}

/// What a prompt was taken for.
pub(crate) fn task_class(class: TaskClass, tier: Option<Tier>) -> api::classify::TaskClass {
    api::classify::TaskClass {
        task: class.task.to_string(),
        complexity: class.complexity,
        latency_need: class.latency_need,
        confidence: class.confidence,
        because: class.because,
        by: if class.by_model { "model" } else { "rules" }.to_owned(),
        tier: tier.map(|tier| tier.to_string()),
        tier_because: None,
    }
}

fn kept_body(body: KeptBody) -> dto::KeptBody {
    dto::KeptBody {
        text: body.text,
        bytes: body.bytes,
        cut: body.cut,
        redacted: body.redacted.into_iter().map(|(name, count)| dto::Redacted { name, count }).collect(),
    }
}

fn candidate(candidate: Candidate) -> RouteCandidate {
    RouteCandidate {
        deployment: candidate.deployment,
        tier: candidate.tier.map(|tier| tier.to_string()),
        score: candidate.score,
        factors: candidate.factors.map(|factors| {
            let Factors { cost, speed, quality, reliability, load, preference } = factors;
            RouteFactors { cost, speed, quality, reliability, load, preference }
        }),
        notes: candidate.notes,
    }
}

fn timings(one: &Exchange) -> dto::Timings {
    let writing_ms = one.first_token_ms.map(|first| one.total_ms.saturating_sub(first));
    let rate = |ms: u64| one.usage.output as f64 * 1_000.0 / ms as f64;
    let told = !one.estimated && one.usage.output > 1 && !one.cache_hit;
    dto::Timings {
        first_token_ms: one.first_token_ms,
        total_ms: one.total_ms,
        writing_ms,
        tokens_per_second: writing_ms.filter(|ms| told && *ms >= MEASURABLE_MS).map(rate),
    }
}

fn attempt(attempt: Attempt) -> dto::Attempt {
    let (error, message) = attempt.failure.unzip();
    dto::Attempt {
        deployment: attempt.deployment,
        began_ms: attempt.began_ms,
        took_ms: attempt.took_ms,
        error,
        message,
    }
}
