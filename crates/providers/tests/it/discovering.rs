//! Which models a provider offers: its own list, the cache, the catalogue, the configuration.

use crate::setup::{config_of, providers, with_clock};
use base::{ManualClock, Money};
use llm::{Capability, ModelSpec};
use providers::{Catalogue, LocalServer, ModelList, ModelSource, Providers, Refresh};
use std::{sync::Arc, time::Duration};
use testkit::{Instead, Reply, ScriptedUpstream};

fn names(list: &ModelList) -> Vec<&str> {
    list.models.iter().map(|model| model.name.as_str()).collect()
}

fn lists(upstream: &ScriptedUpstream) -> usize {
    upstream.requests().iter().filter(|request| request.path.contains("models")).count()
}

async fn stale(providers: &Providers) -> ModelList {
    providers.models("mine", Refresh::IfStale).await.unwrap()
}

fn named<'a>(list: &'a ModelList, name: &str) -> &'a ModelSpec {
    list.models.iter().find(|model| model.name == name).unwrap()
}

#[tokio::test]
async fn a_list_is_fetched_once_a_day_and_whenever_asked() {
    let upstream = ScriptedUpstream::start().await.unwrap();
    upstream.models(&["gpt-4o-mini", "whisper-1", "dall-e-3", "gpt-99"]);
    let config = format!("vendor = 'openai'\nbase_url = '{}'", upstream.url("/v1"));
    let (providers, clock) = with_clock(&[("mine", &config)]);
    assert_eq!(providers.known_models("mine").unwrap().source, ModelSource::Catalogue);
    let list = stale(&providers).await;
    assert_eq!((list.source, list.problem.as_deref()), (ModelSource::Discovered, None));
    assert_eq!(names(&list), ["gpt-4o-mini", "whisper-1", "gpt-99"], "what cannot be asked is left out");
    assert!(named(&list, "whisper-1").can(Capability::Transcription));
    let mini = named(&list, "gpt-4o-mini");
    assert_eq!(mini.id(), "mine/gpt-4o-mini");
    assert_eq!((mini.display_name.as_str(), mini.context_window), ("GPT-4o mini", Some(128_000)));
    assert_eq!(mini.prices.as_ref().unwrap().first().usual.base.output, "0.60".parse().unwrap());
    assert_eq!(named(&list, "gpt-99").prices, None, "an unknown price is not free");

    upstream.models(&["gpt-5"]);
    clock.advance(Duration::from_secs(23 * 3600));
    assert_eq!(names(&stale(&providers).await), names(&list));
    assert_eq!(lists(&upstream), 1);
    clock.advance(Duration::from_secs(2 * 3600));
    assert_eq!(names(&stale(&providers).await), ["gpt-5"]);
    assert_eq!(names(&providers.known_models("mine").unwrap()), ["gpt-5"]);
    upstream.models(&["gpt-5.1"]);
    assert_eq!(names(&providers.models("mine", Refresh::Now).await.unwrap()), ["gpt-5.1"]);
    assert_eq!(lists(&upstream), 3);
    // The same configuration keeps the list, another one does not.
    providers.set("mine", config_of(&config)).unwrap();
    assert_eq!(providers.known_models("mine").unwrap().source, ModelSource::Discovered);
    providers.set("mine", config_of(&format!("{config}\napi_key = 'sk-new'"))).unwrap();
    assert_eq!(providers.known_models("mine").unwrap().source, ModelSource::Catalogue);
}

#[tokio::test]
async fn many_who_ask_at_once_ask_the_provider_once() {
    let upstream = ScriptedUpstream::start().await.unwrap();
    let config = format!("vendor = 'openai'\nbase_url = '{}'", upstream.url("/v1"));
    let providers = providers(&[("mine", &config)]);
    futures::future::join_all((0..20).map(|_| stale(&providers))).await;
    assert_eq!(lists(&upstream), 1);
}

#[tokio::test]
async fn a_failure_falls_back_and_says_so() {
    let upstream = ScriptedUpstream::start().await.unwrap();
    upstream.models(&["gpt-4o"]);
    let config =
        format!("vendor = 'openai'\nbase_url = '{}'\napi_key = 'sk-secret-key'", upstream.url("/v1"));
    let (providers, clock) = with_clock(&[("mine", &config)]);
    upstream.queue_on("/models", Reply::error(401, "no such key: sk-secret-key"));
    let list = stale(&providers).await;
    assert_eq!((list.source, list.fetched_at), (ModelSource::Catalogue, None));
    assert!(list.models.len() > 20);
    let problem = list.problem.unwrap();
    assert!(problem.contains("no such key: ***"), "{problem}");
    // Not asked again at once, but after a minute.
    stale(&providers).await;
    assert_eq!(lists(&upstream), 1);
    clock.advance(Duration::from_secs(61));
    assert_eq!(names(&stale(&providers).await), ["gpt-4o"]);
    // An older list is better than the catalogue.
    clock.advance(Duration::from_secs(25 * 3600));
    upstream.queue_on("/models", Reply::error(503, "later"));
    let list = stale(&providers).await;
    assert_eq!((list.source, names(&list)), (ModelSource::Discovered, vec!["gpt-4o"]));
    assert!(list.problem.unwrap().contains("later"));
}

#[tokio::test]
async fn the_configuration_has_the_last_word() {
    let upstream = ScriptedUpstream::start().await.unwrap();
    upstream.models(&["gpt-4o", "gpt-4o-mini"]);
    let config = format!(
        "vendor = 'openai'\nbase_url = '{}'\nmodels = ['gpt-4o-mini', {{ name = 'mine', context_window = 8, prices = {{ input = '1', output = '2' }} }}]",
        upstream.url("/v1")
    );
    let providers = providers(&[("mine", &config)]);
    let list = stale(&providers).await;
    assert_eq!((list.source, names(&list)), (ModelSource::Configured, vec!["gpt-4o-mini", "mine"]));
    assert_eq!(named(&list, "mine").context_window, Some(8));
    assert_eq!(named(&list, "gpt-4o-mini").context_window, Some(128_000));
    assert_eq!(lists(&upstream), 0, "nobody needs to be asked");

    providers.set("mine", config_of(&format!("{config}\ndiscover = true"))).unwrap();
    let list = stale(&providers).await;
    assert_eq!((list.source, names(&list)), (ModelSource::Discovered, vec!["gpt-4o-mini", "mine", "gpt-4o"]));
}

#[tokio::test]
async fn every_dialects_list_is_read() {
    let upstream = ScriptedUpstream::start().await.unwrap();
    upstream.models(&["one", "two-embed"]);
    for (vendor, path, models) in [
        ("anthropic", "", vec!["one", "two-embed"]),
        ("gemini", "", vec!["one", "two-embed"]),
        ("ollama", "", vec!["one", "two-embed"]),
        ("mistral", "/v1", vec!["one", "two-embed"]),
    ] {
        let config = format!("vendor = '{vendor}'\nbase_url = '{}'\napi_key = 'sk-x'", upstream.url(path));
        let providers = providers(&[("mine", &config)]);
        let list = stale(&providers).await;
        assert_eq!((list.source, list.problem.as_deref()), (ModelSource::Discovered, None), "{vendor}");
        assert_eq!(names(&list), models, "{vendor}");
        if vendor == "ollama" {
            let one = named(&list, "one");
            assert_eq!(one.context_window, Some(32_768), "told by /api/show");
            assert!(one.can(Capability::Tools));
            assert_eq!(
                one.prices.as_ref().unwrap().first().usual.base.output,
                Money::ZERO,
                "one's own machine is free"
            );
        }
    }
}

#[tokio::test]
async fn azure_has_no_list_and_ones_own_server_costs_nothing() {
    let providers = providers(&[
        ("azure", "base_url = 'https://me.openai.azure.com'\nmodels = ['gpt-4o']"),
        ("vllm", "models = ['llama', 'big-cloud']"),
    ]);
    let list = providers.models("azure", Refresh::Now).await.unwrap();
    assert_eq!((list.source, names(&list)), (ModelSource::Configured, vec!["gpt-4o"]));
    assert_eq!(list.models[0].prices.as_ref().unwrap().first().usual.base.input, "2.50".parse().unwrap());
    providers.set("azure", config_of("base_url = 'https://me.openai.azure.com'")).unwrap();
    let list = providers.models("azure", Refresh::Now).await.unwrap();
    assert!(list.models.is_empty() && list.problem.unwrap().contains("name yours in `models`"));
    let list = providers.models("vllm", Refresh::Now).await.unwrap();
    assert_eq!(named(&list, "llama").prices.as_ref().unwrap().first().usual.base.input, Money::ZERO);
    assert_eq!(named(&list, "big-cloud").prices, None);
    assert_eq!(
        providers.models("none", Refresh::Now).await.unwrap_err().to_string(),
        "there is no provider `none`"
    );
}

#[tokio::test]
async fn servers_on_this_machine_are_found_and_strangers_are_not_taken_for_them() {
    let (there, stranger, silent) = (
        ScriptedUpstream::start().await.unwrap(),
        ScriptedUpstream::start().await.unwrap(),
        ScriptedUpstream::start().await.unwrap(),
    );
    there.models(&["one", "two"]);
    stranger.queue_on("/api/tags", Reply::raw(200, "application/json", r#"{"hello": "world"}"#));
    silent.queue_on("/api/tags", Reply::instead(Instead::Nothing));
    let rows = [
        ("there", there.url("")),
        ("stranger", stranger.url("")),
        ("silent", silent.url("")),
        ("gone", "http://127.0.0.1:9".to_owned()),
    ];
    let row = |(id, base_url): &(&str, String)| {
        format!(
            "[[vendor]]\nid = '{id}'\ndisplay_name = '{id}'\ndialect = 'ollama'\nauth = 'none'\nkey = 'none'\n\
             base_url = '{base_url}'\nlist = '/api/tags'\nlocal = true\nprobe = true\n"
        )
    };
    let vendors: String = rows.iter().map(row).collect();
    let catalogue = Arc::new(Catalogue::parse(&vendors, "model = []").unwrap());
    let found = Providers::new(catalogue, Arc::new(ManualClock::default())).probe_local().await;
    assert_eq!(found, [LocalServer { vendor: "there".into(), base_url: there.url(""), models: 2 }]);
}
