//! Tries a provider out and says what is wrong with it (PRV-16).

use crate::{
    Endpoint, KeyNeed, ModelSource, Vendor,
    discovery::{self, Sources, TIME_OUTS},
    listing::{self, Listed},
};
use llm::{
    Capability, ChatRequest, Dialect, LlmError, LlmErrorKind, Message, ModelSpec, Operation, Parameters,
    Role, Upstream, UpstreamCall,
};
use std::time::Duration;

/// What a test found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestReport {
    /// Whether calls work.
    pub ok: bool,
    /// What was found, in a sentence.
    pub message: String,
    /// What is wrong.
    pub kind: Option<LlmErrorKind>,
    /// What to do about it.
    pub hint: Option<String>,
    /// How many models can be asked.
    pub models: Option<usize>,
    /// How long it took.
    pub took: Duration,
}

/// How many tokens the trial answer may have: enough for every vendor to accept, too few to cost anything.
const TRIAL_TOKENS: u64 = 16;
/// How many models are tried at the most.
const MAX_TRIALS: usize = 3;

/// Asks for the list of models, then, where a key pays for answers, for one short answer of the cheapest
/// model: a list says nothing about an account without credit.
pub(crate) async fn check(endpoint: &Endpoint, sources: Sources<'_>) -> TestReport {
    let vendor = sources.vendor;
    if let Some(message) = sources.lacks_names() {
        return report(
            LlmErrorKind::NotFound,
            message,
            Some("with Azure these are your deployments".to_owned()),
        );
    }
    if let Some(path) = &vendor.check
        && let Err(error) = endpoint.get(path, TIME_OUTS).await
    {
        return failed(endpoint, error).await;
    }
    let listed = match &vendor.list {
        None => None,
        Some(path) => match discovery::fetch(endpoint, path).await {
            Ok(listed) => Some(listed),
            Err(error) => return failed(endpoint, error).await,
        },
    };
    let sources = Sources { listed: listed.as_deref(), ..sources };
    let (models, source) = sources.models();
    let count = (source != ModelSource::Catalogue).then_some(models.len());
    if models.is_empty() {
        return no_models(vendor.dialect);
    }
    // A vendor may well answer under names that it does not list, so those are asked.
    let unlisted: Vec<&str> = sources.unlisted().take(MAX_TRIALS).collect();
    let outcome = if !unlisted.is_empty() {
        all_answer(endpoint, &unlisted).await
    } else if vendor.key == KeyNeed::Required {
        any_answers(endpoint, &cheapest(&models)).await
    } else {
        Ok(())
    };
    if let Err((name, error)) = outcome {
        let hint = match &listed {
            Some(listed) if error.kind == LlmErrorKind::NotFound => Some(near_names(&name, listed)),
            Some(_) | None => None,
        };
        let report = failed(endpoint, error).await;
        let message = format!("`{name}`: {}", report.message);
        return TestReport { message, hint: hint.or(report.hint), models: count, ..report };
    }
    let message = match count {
        Some(1) => "it works and offers 1 model".to_owned(),
        Some(count) => format!("it works and offers {count} models"),
        None => "it works".to_owned(),
    };
    TestReport { ok: true, message, kind: None, hint: None, models: count, took: Duration::ZERO }
}

/// Asks for the list of models, or for what else a vendor gives for nothing. `None` where that is nothing.
pub(crate) async fn reach(endpoint: &Endpoint, vendor: &Vendor) -> Option<Result<(), LlmError>> {
    // A list may be had without a key where the address for checking keys cannot.
    let path = vendor.check.as_ref().or(vendor.list.as_ref())?;
    Some(endpoint.get(path, TIME_OUTS).await.map(drop))
}

fn no_models(dialect: Dialect) -> TestReport {
    let hint = if dialect == Dialect::Ollama {
        "load one with `ollama pull NAME`"
    } else {
        "load a model in the server, or name one in the configuration"
    };
    report(LlmErrorKind::NotFound, "it answers, but offers no model".to_owned(), Some(hint.to_owned()))
}

/// The models whose answers cost least, some of them because an account need not have access to each; those
/// that think come last, because a thought takes more than the few tokens of a trial.
fn cheapest(models: &[ModelSpec]) -> Vec<&str> {
    let price = |model: &ModelSpec| {
        model.prices.as_ref().map_or(i64::MAX, |prices| prices.first().usual.base.output.nanos())
    };
    let mut chat: Vec<_> = models.iter().filter(|model| model.can(Capability::Chat)).collect();
    chat.sort_by_key(|model| (model.can(Capability::Reasoning), price(model)));
    chat.into_iter().take(MAX_TRIALS).map(|model| model.name.as_str()).collect()
}

/// Asks one model after the other; says what the first one said that does not answer.
async fn all_answer(endpoint: &Endpoint, names: &[&str]) -> Result<(), (String, LlmError)> {
    for name in names {
        ask(endpoint, name).await.map_err(|error| ((*name).to_owned(), error))?;
    }
    Ok(())
}

/// Asks one model after the other until one answers, or the trouble is not with the model; says what the
/// first one said.
async fn any_answers(endpoint: &Endpoint, names: &[&str]) -> Result<(), (String, LlmError)> {
    let mut first = None;
    for name in names {
        match ask(endpoint, name).await {
            Ok(()) => return Ok(()),
            Err(error) => {
                let of_the_model = matches!(
                    error.kind,
                    LlmErrorKind::NotFound | LlmErrorKind::Permission | LlmErrorKind::BadRequest
                );
                if !of_the_model {
                    return Err(((*name).to_owned(), error));
                }
                first.get_or_insert(((*name).to_owned(), error));
            }
        }
    }
    first.map_or(Ok(()), Err)
}

async fn ask(endpoint: &Endpoint, model: &str) -> Result<(), LlmError> {
    let request = ChatRequest {
        model: model.to_owned(),
        messages: vec![Message::text(Role::User, "Say hi.")],
        parameters: Parameters { max_output_tokens: Some(TRIAL_TOKENS), ..Parameters::default() },
        ..ChatRequest::default()
    };
    let body = endpoint.codec().encode_request(&request, false)?.body;
    let call = UpstreamCall {
        operation: Operation::Chat,
        model: model.to_owned(),
        body,
        headers: http::HeaderMap::new(),
    };
    let trial = tokio::time::timeout(Duration::from_secs(60), endpoint.send(call)).await;
    trial.unwrap_or_else(|_| Err(LlmError::new(LlmErrorKind::Timeout, "no answer within 60 s"))).map(drop)
}

fn report(kind: LlmErrorKind, message: String, hint: Option<String>) -> TestReport {
    let hint = hint.unwrap_or_else(|| kind.hint().to_owned());
    TestReport { ok: false, message, kind: Some(kind), hint: Some(hint), models: None, took: Duration::ZERO }
}

/// The report of a failure. Where an address answers, but not as it should, it is found out what is there.
async fn failed(endpoint: &Endpoint, error: LlmError) -> TestReport {
    let answers_oddly =
        matches!(error.kind, LlmErrorKind::NotFound | LlmErrorKind::Malformed | LlmErrorKind::BadRequest);
    let hint = if answers_oddly { recognise(endpoint).await } else { None };
    report(error.kind, error.message, hint)
}

/// Looks for what speaks at an address: another wire format, or the same one further down.
async fn recognise(endpoint: &Endpoint) -> Option<String> {
    let base_url = endpoint.base_url();
    let candidates = [
        ("/v1/models", Dialect::OpenAiChat, "/v1"),
        ("/models", Dialect::OpenAiChat, ""),
        ("/api/tags", Dialect::Ollama, ""),
    ];
    for (path, dialect, suffix) in candidates {
        if dialect == endpoint.dialect() && suffix.is_empty() {
            continue;
        }
        let Ok(body) = endpoint.get(path, TIME_OUTS).await else { continue };
        if listing::read(dialect, &body).is_ok() {
            let base_url =
                if base_url.ends_with(suffix) { base_url.to_owned() } else { format!("{base_url}{suffix}") };
            return Some(format!("it looks like `dialect = \"{dialect}\"` at `base_url = \"{base_url}\"`"));
        }
    }
    None
}

/// Listed names that have something in common with one that is not listed.
fn near_names(name: &str, listed: &[Listed]) -> String {
    let word = name.split(['-', ':', '/', '.']).next().unwrap_or(name);
    let near: Vec<_> =
        listed.iter().filter(|row| row.name.contains(word)).take(5).map(|row| row.name.as_str()).collect();
    let shown: Vec<_> =
        if near.is_empty() { listed.iter().take(5).map(|row| row.name.as_str()).collect() } else { near };
    format!("it lists `{}`", shown.join("`, `"))
}
