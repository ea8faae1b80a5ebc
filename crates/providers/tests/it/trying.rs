//! The test of a connection says what is wrong (PRV-16).

use crate::setup::{config_of, providers};
use llm::LlmErrorKind;
use providers::TestReport;
use testkit::{Reply, ScriptedUpstream};

async fn test(config: &str) -> TestReport {
    providers(&[]).test_config("mine", config_of(config)).await.unwrap()
}

#[tokio::test]
async fn what_works_is_said() {
    let upstream = ScriptedUpstream::start().await.unwrap();
    upstream.models(&["claude-haiku-4-5", "claude-opus-5"]);
    let config = format!("vendor = 'anthropic'\nbase_url = '{}'\napi_key = 'sk-x'", upstream.url(""));
    let report = test(&config).await;
    assert_eq!((report.ok, report.models), (true, Some(2)), "{report:?}");
    assert_eq!(report.message, "it works and offers 2 models");
    let trial = upstream.last_request().unwrap();
    assert_eq!(trial.json()["model"], "claude-haiku-4-5", "the cheapest one is tried");
    assert_eq!(trial.json()["max_tokens"], 16);
    // One's own server is not made to load a model for a test.
    upstream.reset();
    upstream.models(&["one"]);
    let report = test(&format!("vendor = 'vllm'\nbase_url = '{}'", upstream.url("/v1"))).await;
    assert_eq!((report.ok, report.message.as_str()), (true, "it works and offers 1 model"));
    assert_eq!(upstream.requests().len(), 1);
}

#[tokio::test]
async fn a_wrong_key_no_credit_and_a_limit_are_told_apart() {
    let upstream = ScriptedUpstream::start().await.unwrap();
    upstream.models(&["claude-haiku-4-5"]);
    let config = format!("vendor = 'anthropic'\nbase_url = '{}'\napi_key = 'sk-wrong-key'", upstream.url(""));
    upstream.queue_on("/models", Reply::error(401, "invalid x-api-key sk-wrong-key"));
    let report = test(&config).await;
    assert_eq!(report.kind, Some(LlmErrorKind::Authentication));
    assert_eq!(report.message, "invalid x-api-key ***");
    assert_eq!(report.hint.as_deref(), Some("check the provider's API key in the settings"));
    upstream.queue(Reply::error(400, "Your credit balance is too low to access the Anthropic API"));
    let report = test(&config).await;
    assert_eq!((report.ok, report.kind), (false, Some(LlmErrorKind::QuotaExceeded)), "{report:?}");
    assert!(report.message.starts_with("`claude-haiku-4-5`: "), "{}", report.message);
    upstream.queue(Reply::error(429, "slow down"));
    assert_eq!(test(&config).await.kind, Some(LlmErrorKind::RateLimited));
}

#[tokio::test]
async fn nobody_there_is_a_network_problem_and_a_missing_key_is_named() {
    let report = test("vendor = 'vllm'\nbase_url = 'http://127.0.0.1:9/v1'").await;
    assert_eq!(report.kind, Some(LlmErrorKind::Network));
    assert!(report.message.starts_with("no connection to `127.0.0.1:9`"), "{}", report.message);
    let report = test("vendor = 'openai'").await;
    assert_eq!(report.kind, Some(LlmErrorKind::Authentication));
    assert!(report.message.contains("https://platform.openai.com/api-keys"), "{}", report.message);
}

#[tokio::test]
async fn a_model_that_is_not_offered_is_named_with_those_that_are() {
    let upstream = ScriptedUpstream::start().await.unwrap();
    upstream.models(&["llama-4", "llama-3.3", "phi"]);
    let config = format!("vendor = 'vllm'\nbase_url = '{}'\nmodels = ['llama-5']", upstream.url("/v1"));
    upstream.queue(Reply::error(404, "no such model"));
    let report = test(&config).await;
    assert_eq!(report.kind, Some(LlmErrorKind::NotFound));
    assert_eq!(report.message, "`llama-5`: no such model");
    assert_eq!(report.hint.as_deref(), Some("it lists `llama-4`, `llama-3.3`"));
    assert!(test(&config).await.ok, "a name may work without being listed");
    upstream.models(&[]);
    let report = test(&format!("vendor = 'ollama'\nbase_url = '{}'", upstream.url(""))).await;
    assert_eq!(report.message, "it answers, but offers no model");
    assert_eq!(report.hint.as_deref(), Some("load one with `ollama pull NAME`"));
}

#[tokio::test]
async fn a_model_that_the_account_may_not_use_is_no_fault_of_the_provider() {
    let upstream = ScriptedUpstream::start().await.unwrap();
    upstream.models(&["claude-haiku-4-5", "claude-opus-4-5"]);
    let config = format!("vendor = 'anthropic'\nbase_url = '{}'\napi_key = 'sk-x'", upstream.url(""));
    upstream.queue(Reply::error(404, "model: claude-haiku-4-5"));
    assert!(test(&config).await.ok);
    assert_eq!(upstream.last_request().unwrap().json()["model"], "claude-opus-4-5");
    upstream.queue(Reply::error(404, "model: claude-haiku-4-5"));
    upstream.queue(Reply::error(404, "model: claude-opus-4-5"));
    let report = test(&config).await;
    assert_eq!((report.kind, report.models), (Some(LlmErrorKind::NotFound), Some(2)));
    assert_eq!(report.message, "`claude-haiku-4-5`: model: claude-haiku-4-5");
}

#[tokio::test]
async fn an_ollama_knows_its_models_without_their_tag() {
    let upstream = ScriptedUpstream::start().await.unwrap();
    upstream.models(&["llama3.2:latest"]);
    let config = format!(
        "vendor = 'ollama'\nbase_url = '{}'\nmodels = ['llama3.2']\ndiscover = true",
        upstream.url("")
    );
    assert!(test(&config).await.ok);
    assert_eq!(upstream.requests().iter().filter(|request| request.path == "/api/chat").count(), 0);
    let providers = providers(&[("mine", &config)]);
    let list = providers.models("mine", providers::Refresh::Now).await.unwrap();
    assert_eq!(list.models.len(), 1);
    assert_eq!((list.models[0].name.as_str(), list.models[0].context_window), ("llama3.2", Some(32_768)));
}

#[tokio::test]
async fn another_format_or_another_path_is_recognised() {
    let upstream = ScriptedUpstream::start().await.unwrap();
    // The base URL lacks its end.
    upstream.queue_on("/models", Reply::error(404, "not found"));
    let report = test(&format!("vendor = 'vllm'\nbase_url = '{}'", upstream.url(""))).await;
    assert_eq!(report.kind, Some(LlmErrorKind::NotFound));
    let expected =
        format!("it looks like `dialect = \"openai-chat\"` at `base_url = \"{}\"`", upstream.url("/v1"));
    assert_eq!(report.hint.as_deref(), Some(expected.as_str()));
    // The other format stands at the very address.
    upstream.queue_on("/models", Reply::raw(200, "text/html", "<html>hello</html>"));
    upstream.queue_on("/models", Reply::error(404, "not found"));
    let report = test(&format!("vendor = 'vllm'\nbase_url = '{}'", upstream.url(""))).await;
    assert_eq!(report.kind, Some(LlmErrorKind::Malformed));
    let expected = format!("it looks like `dialect = \"ollama\"` at `base_url = \"{}\"`", upstream.url(""));
    assert_eq!(report.hint.as_deref(), Some(expected.as_str()), "{report:?}");
}

#[tokio::test]
async fn a_check_that_needs_the_key_is_asked_where_the_list_is_public() {
    let upstream = ScriptedUpstream::start().await.unwrap();
    upstream.queue_on("/key", Reply::error(401, "No auth credentials found"));
    let config = format!("vendor = 'openrouter'\nbase_url = '{}'\napi_key = 'sk-x'", upstream.url("/v1"));
    let report = test(&config).await;
    assert_eq!(report.kind, Some(LlmErrorKind::Authentication), "{report:?}");
    assert_eq!(upstream.last_request().unwrap().path, "/v1/key");
}

#[tokio::test]
async fn a_vendor_without_list_needs_models_named() {
    let report = test("vendor = 'azure'\nbase_url = 'https://me.openai.azure.com'\napi_key = 'x'").await;
    assert_eq!(report.kind, Some(LlmErrorKind::NotFound));
    assert_eq!(report.message, "Azure OpenAI has no list of models; name yours in `models`");
}
