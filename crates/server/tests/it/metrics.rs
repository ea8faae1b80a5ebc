//! `/metrics`: valid in both formats, complete, bounded; and the same names in the handbook and the dashboard.

use crate::stage::{MODEL, Stage, chat};
use http::Method;
use http_body_util::Full;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use testkit::Reply;

/// A family of metrics as it was read.
#[derive(Debug, Default)]
struct Family {
    kind: String,
    /// Suffix, labels and value, as they came.
    values: Vec<(String, BTreeMap<String, String>, f64)>,
}

/// Reads OpenMetrics, and fails on everything that its specification forbids and we could do.
fn parse(text: &str) -> BTreeMap<String, Family> {
    assert!(text.ends_with("# EOF\n"), "the last line says that it is the last");
    let mut families: BTreeMap<String, Family> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    let mut current = String::new();
    for line in text.lines() {
        if line == "# EOF" {
            break;
        }
        assert!(!line.trim().is_empty() && line.trim() == line, "no empty lines: {line:?}");
        if let Some(rest) = line.strip_prefix("# HELP ") {
            assert!(rest.split_once(' ').is_some_and(|(_, help)| help.ends_with('.')), "{line}");
            continue;
        }
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap();
            assert!(matches!(kind, "gauge" | "counter" | "histogram"), "{line}");
            assert!(!name.ends_with("_total"), "the suffix belongs to the values: {line}");
            let family = Family { kind: kind.to_owned(), ..Family::default() };
            assert!(families.insert(name.to_owned(), family).is_none(), "twice: {line}");
            current = name.to_owned();
            continue;
        }
        let (name, labels, value) = sample(line);
        let suffix = name.strip_prefix(&current).unwrap_or_else(|| panic!("{line} stands in {current}"));
        let family = families.get_mut(&current).unwrap();
        let fits = match family.kind.as_str() {
            "counter" => suffix == "_total",
            "gauge" => suffix.is_empty(),
            _ => matches!(suffix, "_bucket" | "_sum" | "_count"),
        };
        assert!(fits, "{line} is no value of a {}", family.kind);
        assert!(seen.insert((name.clone(), labels.clone())), "twice: {line}");
        assert!(family.kind == "gauge" || value >= 0.0, "{line}");
        family.values.push((suffix.to_owned(), labels, value));
    }
    families.values().filter(|family| family.kind == "histogram").for_each(check_histogram);
    families
}

/// The name, labels and value of a line.
fn sample(line: &str) -> (String, BTreeMap<String, String>, f64) {
    let name_end = line.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap();
    let (name, mut rest) = line.split_at(name_end);
    let mut labels = BTreeMap::new();
    if let Some(inside) = rest.strip_prefix('{') {
        let mut inside = inside;
        loop {
            let (label, after) = inside.split_once("=\"").unwrap();
            let mut value = String::new();
            let mut characters = after.char_indices();
            let end = loop {
                match characters.next().unwrap() {
                    (at, '"') => break at,
                    (_, '\\') => match characters.next().unwrap().1 {
                        'n' => value.push('\n'),
                        escaped @ ('\\' | '"') => value.push(escaped),
                        other => panic!("`\\{other}` is no escape: {line}"),
                    },
                    (_, other) => value.push(other),
                }
            };
            assert!(labels.insert(label.to_owned(), value).is_none(), "a label stands twice: {line}");
            match after[end + 1..].split_at(1) {
                (",", more) => inside = more,
                ("}", more) => {
                    rest = more;
                    break;
                }
                (other, _) => panic!("`{other}` behind a label: {line}"),
            }
        }
    }
    (name.to_owned(), labels, rest.strip_prefix(' ').unwrap().parse().unwrap_or_else(|_| panic!("{line}")))
}

/// Buckets rise to `+Inf`, which is the count.
fn check_histogram(family: &Family) {
    let mut series: BTreeMap<BTreeMap<String, String>, Vec<(f64, f64)>> = BTreeMap::new();
    let mut counts = BTreeMap::new();
    for (suffix, labels, value) in &family.values {
        let mut labels = labels.clone();
        match suffix.as_str() {
            "_bucket" => {
                let bound = labels.remove("le").unwrap();
                let bound = if bound == "+Inf" { f64::INFINITY } else { bound.parse().unwrap() };
                series.entry(labels).or_default().push((bound, *value));
            }
            "_count" => drop(counts.insert(labels, *value)),
            _ => {}
        }
    }
    assert_eq!(series.len(), counts.len());
    for (labels, buckets) in series {
        assert!(
            buckets.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 <= pair[1].1),
            "{buckets:?}"
        );
        assert_eq!(buckets.last(), Some(&(f64::INFINITY, counts[&labels])));
    }
}

impl Stage {
    async fn open_metrics(&self) -> BTreeMap<String, Family> {
        let request =
            self.client.request(Method::GET, "/metrics").header("accept", "application/openmetrics-text");
        let reply = self.client.send(request.body(Full::default()).unwrap()).await;
        assert!(reply.header("content-type").starts_with("application/openmetrics-text; version=1.0.0"));
        parse(reply.text())
    }
}

/// The value with these labels; the others do not matter.
fn value(families: &BTreeMap<String, Family>, name: &str, labels: &[(&str, &str)]) -> f64 {
    let family = families.get(name).unwrap_or_else(|| panic!("no `{name}`"));
    let fits = |found: &BTreeMap<String, String>| {
        labels.iter().all(|(key, value)| found.get(*key).is_some_and(|found| found == value))
    };
    let values = family
        .values
        .iter()
        .filter(|(suffix, found, _)| suffix != "_bucket" && suffix != "_sum" && fits(found));
    values.map(|(_, _, value)| value).sum()
}

/// A program in which everything has happened once.
async fn busy() -> Stage {
    let stage = Stage::with(|base_url| {
        format!(
            "[gateway.budget]\nlimit_usd = \"5\"\nper = \"month\"\n\
             [batch]\npoll_seconds = 0\n\
             [routes.both]\ndeployments = [\"openai/actor\", \"ollama/actor\"]\n\
             [routes.kept]\ndeployments = [\"openai/actor\"]\ncache_ttl_seconds = 600\n\
             [providers.odd]\ndialect = \"openai-chat\"\nbase_url = \"{base_url}/v1\"\n\
             models = [{{ name = 'quo\"te\\n', prices = {{ input = \"1\", output = \"2\" }} }}]\n"
        )
    })
    .await;
    let key = stage.key(&json!({ "name": "app \"one\"", "budget_usd": "1" })).await;
    let ask = |model: &'static str, text: &'static str| {
        let (client, key) = (stage.client.clone(), key.clone());
        async move { client.ask("/v1/chat/completions", &key, chat(model, text).to_string()).await }
    };
    stage.upstream.queue(Reply::text("one").usage(10, 5));
    ask(MODEL, "hello").await.ok(200);
    ask("odd/quo\"te\\n", "hello").await.ok(200);
    stage.upstream.queue(Reply::error(500, "broken"));
    ask("both", "falls back").await.ok(200);
    stage.upstream.queue(Reply::error(400, "no"));
    ask(MODEL, "refused").await.openai_error(400);
    ask("nobody/knows", "x").await.openai_error(404);
    for _ in 0..2 {
        ask("kept", "the same").await.ok(200);
    }
    let streamed = json!({ "model": MODEL, "stream": true, "messages": [{ "role": "user", "content": "hi" }], "max_tokens": 9 });
    stage.client.ask("/v1/chat/completions", &key, streamed.to_string()).await;
    stage
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_that_happens_is_counted_in_a_valid_form() {
    let stage = busy().await;
    let all = stage.open_metrics().await;
    let openai = [("operation", "chat"), ("provider", "openai"), ("model", "actor")];
    let with = |more: (&'static str, &'static str)| [&openai[..], &[more]].concat();
    assert_eq!(value(&all, "familiar_requests", &with(("outcome", "ok"))), 3.0);
    let from_cache = [("route", "kept"), ("provider", ""), ("outcome", "ok")];
    assert_eq!(value(&all, "familiar_requests", &from_cache), 1.0, "no provider answers out of the cache");
    assert_eq!(value(&all, "familiar_requests", &with(("outcome", "failed"))), 1.0);
    assert_eq!(value(&all, "familiar_requests", &[("route", "both"), ("provider", "ollama")]), 1.0);
    assert_eq!(value(&all, "familiar_requests", &[("model", "quo\"te\\n")]), 1.0, "escaped and read back");
    assert_eq!(value(&all, "familiar_fallbacks", &[("route", "both")]), 1.0);
    assert_eq!(value(&all, "familiar_cache_hits", &[("route", "kept")]), 1.0);
    assert!(value(&all, "familiar_cache_saved_usd", &[("route", "kept")]) > 0.0);
    assert_eq!(value(&all, "familiar_refusals", &[("kind", "not_found")]), 1.0);
    assert_eq!(value(&all, "familiar_failures", &[("kind", "bad_request")]), 1.0);
    assert_eq!(value(&all, "familiar_attempts_failed", &[]), 2.0);
    assert!(value(&all, "familiar_tokens", &with(("class", "input"))) >= 10.0);
    assert!(value(&all, "familiar_cost_usd", &openai) > 0.0);
    assert_eq!(value(&all, "familiar_request_duration_seconds", &openai), 4.0);
    assert_eq!(value(&all, "familiar_first_token_seconds", &openai), 3.0, "what failed had none");
    assert!(value(&all, "familiar_overhead_seconds", &[]) >= 5.0);
    assert_eq!(value(&all, "familiar_deployment_state", &[("deployment", MODEL)]), 1.0, "it is in one state");
    assert_eq!(value(&all, "familiar_deployment_up", &[("deployment", MODEL)]), 1.0);
    assert_eq!(value(&all, "familiar_budget_limit_usd", &[("scope", "installation")]), 5.0);
    assert_eq!(value(&all, "familiar_budget_limit_usd", &[("name", "app \"one\"")]), 1.0);
    assert!(value(&all, "familiar_budget_spent_usd", &[("scope", "key")]) > 0.0);
    assert!(value(&all, "familiar_provider_requests_sent", &[("provider", "openai")]) >= 5.0);
    assert!(value(&all, "process_resident_memory_bytes", &[]) > 1e6);

    // The older format says the same.
    let old = stage.client.get("/metrics").await;
    assert!(!old.text().contains("# EOF") && old.text().contains("# TYPE familiar_requests_total counter"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_overhead_of_a_call_is_told_with_its_reply() {
    let stage = Stage::start().await;
    let key = stage.key(&json!({ "name": "app" })).await;
    stage.upstream.queue(Reply::text("late").first_token_ms(400));
    for _ in 0..2 {
        let reply = stage.client.ask("/v1/chat/completions", &key, chat(MODEL, "hello").to_string()).await;
        let overhead: u64 = reply.header("x-familiar-overhead-us").parse().unwrap();
        assert!(overhead < 400_000, "what the provider took is not in it: {overhead}");
    }
}

/// The names in a text that look like metrics of ours.
fn names(text: &str) -> BTreeSet<String> {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.split(|c| !word(c))
        .filter(|name| name.starts_with("familiar_") || name.starts_with("process_"))
        .map(str::to_owned)
        .collect()
}

/// Every text under these keys, wherever it stands.
fn texts<'a>(value: &'a Value, keys: &[&str], found: &mut Vec<&'a str>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                match value {
                    Value::String(text) if keys.contains(&key.as_str()) => found.push(text),
                    _ => texts(value, keys, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| texts(item, keys, found)),
        _ => {}
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_dashboard_and_the_handbook_speak_of_what_there_is() {
    let stage = busy().await;
    let all = stage.open_metrics().await;
    let mut known = BTreeSet::new();
    for (name, family) in &all {
        let suffixes: &[&str] = match family.kind.as_str() {
            "counter" => &["_total"],
            "gauge" => &[""],
            _ => &["_bucket", "_sum", "_count"],
        };
        known.extend(suffixes.iter().map(|suffix| format!("{name}{suffix}")));
    }
    let docs = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs");
    let dashboard: Value =
        serde_json::from_str(&std::fs::read_to_string(format!("{docs}/grafana/familiar.json")).unwrap())
            .unwrap();
    let mut expressions = Vec::new();
    texts(&dashboard, &["expr", "query", "definition"], &mut expressions);
    assert!(expressions.len() >= 20, "a dashboard worth the name");
    for expression in expressions {
        let unknown: Vec<String> = names(expression).difference(&known).cloned().collect();
        assert!(unknown.is_empty(), "{unknown:?} in `{expression}`");
    }
    // The handbook names each family once, by the name that is asked for.
    let handbook = names(&std::fs::read_to_string(format!("{docs}/handbook/metrics.md")).unwrap());
    let families: BTreeSet<String> = all
        .iter()
        .map(|(name, family)| if family.kind == "counter" { format!("{name}_total") } else { name.clone() })
        .collect();
    assert_eq!(handbook, families);
}
