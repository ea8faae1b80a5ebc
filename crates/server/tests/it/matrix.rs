//! Every caller's format served by every provider's: 5 x 5 pairs, each with everything that a conversation may
//! hold. A cell proves that the body was translated (the provider sees its own format's fields and none of the
//! caller's, and the caller none of the provider's), that the answer has the envelope that the official SDKs
//! need, and that whatever cannot be carried is named in `x-familiar-dropped`.
//!
//! `UPDATE_EXPECT=1` writes the table of the cells into the handbook; otherwise it is compared.

mod caller;
mod provider;

use crate::{
    client::Reply as Answer,
    stage::{PROVIDERS, Stage},
};
use caller::{Caller, Heard};
use provider::Asked;
use serde_json::{Value, json};
use std::{collections::BTreeMap, fmt::Write as _};
use testkit::{Part, Reply, Stop, UsageFigures};

const CALLERS: &[Caller] =
    &[Caller::OpenAi, Caller::Responses, Caller::Anthropic, Caller::Gemini, Caller::Ollama];
const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/handbook/translation.md");
const SYSTEM: &str = "Be brief.";
const QUESTION: &str = "Where is the lantern?";
const PIXEL_START: &str = "iVBORw0KGgo";

/// What is asked, what is answered, and what has to come through.
struct Case {
    /// As the table calls it.
    title: &'static str,
    /// The file with the callers' requests.
    request: &'static str,
    stream: bool,
    reply: fn() -> Reply,
    /// What of the request is missing at the provider.
    lost: fn(&Asked) -> Vec<Loss>,
    heard: fn(&Heard),
}

/// Something that did not get through, and how `x-familiar-dropped` may call it.
struct Loss {
    what: String,
    names: &'static [&'static str],
}

/// Notes a loss where something is not so.
fn unless(so: bool, what: impl Into<String>, names: &'static [&'static str], lost: &mut Vec<Loss>) {
    if !so {
        lost.push(Loss { what: what.into(), names });
    }
}

/// What may never be lost.
const NEVER: &[&str] = &[];

fn usage() -> UsageFigures {
    UsageFigures { input: 11, output: 7, ..UsageFigures::default() }
}

fn words() -> Reply {
    Reply::text("It stands in the tower.").exact_usage(usage())
}

fn two_calls() -> Reply {
    let calls = Reply::tool_call("call_one", "weather", "{\"city\":\"Oslo, på fjellet\"}");
    calls
        .and_tool_call("call_two", "clock", "{\"zone\":\"Europe/Rome\"}")
        .exact_usage(usage())
        .write_bytes(11)
}

fn conversation(asked: &Asked) -> Vec<Loss> {
    let mut lost = Vec::new();
    unless(asked.system.contains(SYSTEM), "the system prompt", NEVER, &mut lost);
    unless(asked.said.contains(QUESTION), "the question", NEVER, &mut lost);
    unless(asked.limit.is_some_and(|limit| limit >= 100), "the limit", &["max_output_tokens"], &mut lost);
    lost
}

fn asked_text(asked: &Asked) -> Vec<Loss> {
    let mut lost = conversation(asked);
    unless(asked.temperature == Some(0.5), "the temperature", &["temperature"], &mut lost);
    unless(asked.stops == ["END"] || asked.stops.is_empty(), "the stop text", NEVER, &mut lost);
    lost
}

fn heard_text(heard: &Heard) {
    assert_eq!((heard.text.as_str(), heard.finish), ("It stands in the tower.", "stop"));
    assert_eq!(heard.usage, (11, 7));
}

fn asked_tools(asked: &Asked) -> Vec<Loss> {
    let mut lost = conversation(asked);
    unless(asked.tools == ["weather", "clock"], "the tools", NEVER, &mut lost);
    lost
}

fn heard_calls(heard: &Heard) {
    let expected =
        [("weather", json!({ "city": "Oslo, på fjellet" })), ("clock", json!({ "zone": "Europe/Rome" }))];
    let calls: Vec<_> =
        heard.calls.iter().map(|(name, arguments)| (name.as_str(), arguments.clone())).collect();
    assert_eq!(calls, expected);
    assert!(heard.ids.len() == 2 && heard.ids[0] != heard.ids[1], "{:?}", heard.ids);
    assert_eq!(heard.finish, "tools");
    assert_eq!(heard.usage, (11, 7));
}

fn asked_results(asked: &Asked) -> Vec<Loss> {
    let mut lost = Vec::new();
    let calls: Vec<_> =
        asked.calls.iter().map(|(_, name, arguments)| (name.as_str(), arguments.clone())).collect();
    let expected = [("weather", json!({ "city": "Oslo" })), ("clock", json!({ "zone": "Europe/Rome" }))];
    assert_eq!(calls, expected, "calls that have been answered");
    let ids: Vec<_> = asked.calls.iter().map(|(id, _, _)| id).collect();
    let of: Vec<_> = asked.results.iter().map(|(id, _)| id).collect();
    assert_eq!(of, ids, "results and their calls");
    for (words, (_, result)) in ["12 degrees", "noon"].iter().zip(&asked.results) {
        unless(result.contains(words), format!("`{words}`"), NEVER, &mut lost);
    }
    lost
}

fn asked_vision(asked: &Asked) -> Vec<Loss> {
    let mut lost = Vec::new();
    unless(asked.said.contains(QUESTION), "the question", NEVER, &mut lost);
    unless(asked.pictures.iter().any(|data| data.starts_with(PIXEL_START)), "the picture", NEVER, &mut lost);
    lost
}

fn asked_schema(asked: &Asked) -> Vec<Loss> {
    let mut lost = conversation(asked);
    let there = asked.schema.as_ref().is_some_and(|schema| {
        schema["properties"]["city"]["type"] == "string" || schema["properties"]["city"]["type"] == "STRING"
    });
    unless(there, "the schema", &["response_format"], &mut lost);
    lost
}

fn asked_thinking(asked: &Asked) -> Vec<Loss> {
    let mut lost = conversation(asked);
    let thinks =
        asked.effort.as_ref().is_some_and(|effort| *effort != json!("none") && *effort != json!(false));
    unless(thinks, "how much to think", &["reasoning"], &mut lost);
    lost
}

fn heard_thinking(heard: &Heard) {
    assert_eq!(heard.thought, "Lanterns stand in towers.");
    assert_eq!((heard.calls.len(), heard.finish), (1, "tools"));
}

fn heard_refusal(heard: &Heard) {
    let told = format!("{}{}", heard.refusal, heard.text);
    assert_eq!(told, "That stays in the dark.");
}

fn thinking() -> Reply {
    let thought = Reply::reasoning("Lanterns stand in towers.");
    thought.and_tool_call("call_one", "weather", "{\"city\":\"Oslo\"}").exact_usage(usage())
}

fn cases() -> Vec<Case> {
    let case =
        |title, request, stream, reply, lost, heard| Case { title, request, stream, reply, lost, heard };
    vec![
        case(
            "Text",
            "text",
            false,
            words as fn() -> Reply,
            asked_text as fn(&Asked) -> Vec<Loss>,
            heard_text as fn(&Heard),
        ),
        case("Text, streamed", "text", true, words, asked_text, heard_text),
        case("Tool calls, two at once", "tools", false, two_calls, asked_tools, heard_calls),
        case("Tool calls, streamed in fragments", "tools", true, two_calls, asked_tools, heard_calls),
        case("Results of tools", "results", false, words, asked_results, heard_text),
        case("Pictures", "vision", false, words, asked_vision, heard_text),
        case(
            "Answers that follow a schema",
            "schema",
            false,
            || Reply::text("{\"city\":\"Oslo\"}").exact_usage(usage()),
            asked_schema,
            |heard| assert_eq!(heard.text.replace(' ', ""), "{\"city\":\"Oslo\"}"),
        ),
        case("Thinking", "thinking", false, thinking, asked_thinking, heard_thinking),
        case("Thinking, streamed", "thinking", true, thinking, asked_thinking, heard_thinking),
        case(
            "Marks for the provider's prompt cache",
            "cache",
            false,
            words,
            |asked| {
                let mut lost = conversation(asked);
                unless(asked.marks == 2, "the marks", &["cache"], &mut lost);
                lost
            },
            heard_text,
        ),
        case(
            "Refusals",
            "text",
            false,
            || Reply::echo().and(Part::Refusal("That stays in the dark.".into())).stop(Stop::ContentFilter),
            asked_text,
            heard_refusal,
        ),
        case(
            "Refusals, streamed",
            "text",
            true,
            || Reply::echo().and(Part::Refusal("That stays in the dark.".into())).stop(Stop::ContentFilter),
            asked_text,
            heard_refusal,
        ),
    ]
}

/// The stage, and a key for it.
struct Run {
    stage: Stage,
    key: String,
}

/// One pair of formats.
#[derive(Clone, Copy)]
struct Pair {
    caller: Caller,
    provider: (&'static str, &'static str),
}

impl Pair {
    fn model(self) -> String {
        format!("{}/actor", self.provider.0)
    }
}

impl Run {
    async fn start() -> Self {
        let stage = Stage::with(|_| "[gateway.breaker]\nmin_failures = 1000\n".to_owned()).await;
        let key = stage.key(&json!({ "name": "matrix" })).await;
        Self { stage, key }
    }

    async fn ask(&self, pair: Pair, body: Value, stream: bool) -> Answer {
        let (caller, model) = (pair.caller, pair.model());
        let body = caller.addressed(body, &model, stream);
        self.stage.client.ask(&caller.path(&model, stream), &self.key, body.to_string()).await
    }

    /// What the provider was asked, read in its own format.
    fn asked(&self, pair: Pair) -> Asked {
        let request = self.stage.upstream.last_request().expect("the provider was not asked");
        let asked = provider::read(pair.provider.1, &request.path, &request.json());
        if pair.provider.1 != "gemini" {
            assert_eq!(request.json()["model"], "actor");
        }
        asked
    }

    /// Plays a case and gives what was dropped; `None` where the caller's format cannot ask such a thing.
    async fn play(&self, pair: Pair, case: &Case) -> Option<Vec<String>> {
        let body = pair.caller.request(case.request)?;
        self.stage.upstream.reset();
        self.stage.upstream.queue((case.reply)());
        let answer = self.ask(pair, body, case.stream).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let asked = self.asked(pair);
        assert_eq!(asked.stream, case.stream, "streams are asked for as streams");
        let dropped = dropped(&answer);
        for loss in (case.lost)(&asked) {
            let named = loss.names.iter().any(|name| dropped.iter().any(|dropped| dropped.contains(name)));
            assert!(named, "{} is lost, and `x-familiar-dropped` says {dropped:?}: {asked:?}", loss.what);
        }
        if pair.caller.name() == pair.provider.1 {
            assert!(dropped.is_empty(), "the same format carries everything: {dropped:?}");
        }
        (case.heard)(&self.heard(pair, case.stream, &answer));
        Some(dropped)
    }

    fn heard(&self, pair: Pair, stream: bool, answer: &Answer) -> Heard {
        let content_type = match (stream, pair.caller) {
            (true, Caller::Ollama) => "application/x-ndjson",
            (true, _) => "text/event-stream",
            (false, _) => "application/json",
        };
        assert_eq!(answer.header("content-type"), content_type);
        if stream { pair.caller.stream(answer.text()) } else { pair.caller.whole(&answer.json()) }
    }
}

fn dropped(answer: &Answer) -> Vec<String> {
    let names = answer.header("x-familiar-dropped").split(", ");
    names.filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

fn pairs() -> impl Iterator<Item = Pair> {
    let providers = PROVIDERS.map(|(name, dialect, _)| (name, dialect));
    CALLERS.iter().flat_map(move |caller| providers.map(|provider| Pair { caller: *caller, provider }))
}

/// Runs a check for every pair, and tells of all that fail and not just of the first.
async fn every_pair(what: &str, check: impl AsyncFn(Pair) -> ()) {
    let mut failures = Vec::new();
    for pair in pairs() {
        let checked = futures::FutureExt::catch_unwind(std::panic::AssertUnwindSafe(check(pair))).await;
        if let Err(panic) = checked {
            let told = panic.downcast_ref::<String>().cloned();
            let told = told
                .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
                .unwrap_or_default();
            failures.push(format!("{what}, {} asks {}: {told}", pair.caller.name(), pair.provider.1));
        }
    }
    assert!(failures.is_empty(), "{} cells fail:\n{}", failures.len(), failures.join("\n\n"));
}

#[tokio::test]
async fn every_format_is_served_by_every_other_and_the_handbook_says_what_is_lost() {
    let run = Run::start().await;
    let table = std::sync::Mutex::new(BTreeMap::new());
    let mut failures = Vec::new();
    for (number, case) in cases().iter().enumerate() {
        let cells = async |pair: Pair| {
            let cell = run.play(pair, case).await;
            table.lock().unwrap().insert((number, pair.caller.name(), pair.provider.1), cell);
        };
        let checked =
            futures::FutureExt::catch_unwind(std::panic::AssertUnwindSafe(every_pair(case.title, cells)))
                .await;
        failures.extend(checked.err().and_then(|panic| panic.downcast_ref::<String>().cloned()));
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    let written = handbook(&table.lock().unwrap());
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(TABLE, &written).unwrap();
    }
    let kept = std::fs::read_to_string(TABLE).unwrap_or_default();
    assert_eq!(kept, written, "run with UPDATE_EXPECT=1 and read what has changed");
}

/// Thinking goes back to who thought it, with its seal, whatever format the caller speaks; where it cannot, it is
/// left out whole, because providers refuse thinking without its seal.
#[tokio::test]
async fn thinking_keeps_its_seal_on_the_way_round() {
    let run = Run::start().await;
    every_pair("thinking and back", async |pair: Pair| {
        let request = pair.caller.request("thinking").unwrap();
        run.stage.upstream.reset();
        run.stage.upstream.queue(thinking());
        let answer = run.ask(pair, request.clone(), false).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let next = pair.caller.follow_up(request, &answer.json());
        run.stage.upstream.queue(words());
        let answer = run.ask(pair, next, false).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let asked = run.asked(pair);
        assert_eq!(asked.calls.len(), 1, "{asked:?}");
        assert!(asked.results.len() == 1 && asked.results[0].1.contains("12 degrees"), "{asked:?}");
        assert_eq!(asked.results[0].0, asked.calls[0].0, "the result belongs to its call: {asked:?}");
        let seal = match pair.provider.1 {
            "anthropic" | "gemini" => "c2NyaXB0ZWQ=",
            "openai-responses" => "gAAAAABzY3JpcHRlZA==",
            // These have nothing that is sealed.
            _ => return,
        };
        let seals: Vec<&str> =
            asked.thoughts.iter().map(|(_, seal)| seal.as_str()).filter(|seal| !seal.is_empty()).collect();
        if pair.caller == Caller::Ollama {
            // It has no place for a seal, so that nothing sealed may come back.
            assert!(seals.iter().all(|one| *one == seal), "{asked:?}");
        } else {
            assert_eq!(seals, [seal], "{asked:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn pictures_in_results_of_tools_come_through_or_are_named() {
    let run = Run::start().await;
    every_pair("pictures in results", async |pair: Pair| {
        let body = pair.caller.request("results").unwrap();
        if !body.to_string().contains(PIXEL_START) {
            return;
        }
        run.stage.upstream.reset();
        run.stage.upstream.queue(words());
        let answer = run.ask(pair, body, false).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let asked = run.asked(pair);
        let there =
            asked.result_pictures.iter().chain(&asked.pictures).any(|data| data.starts_with(PIXEL_START));
        let dropped = dropped(&answer);
        assert!(
            there || dropped.iter().any(|name| name.contains("image")),
            "lost without a word: {dropped:?} {asked:?}"
        );
    })
    .await;
}

/// What fails before the first word has the status and the error body that the caller's SDK turns into its own
/// exception; what fails after it ends the stream with an error in the caller's format.
#[tokio::test]
async fn errors_come_in_the_callers_format_before_and_after_the_start() {
    let run = Run::start().await;
    every_pair("errors", async |pair: Pair| {
        for stream in [false, true] {
            let statuses = [
                (400, [400, 400]),
                (401, [502, 502]),
                (429, [429, 429]),
                (500, [502, 502]),
                (529, [502, 503]),
            ];
            for (status, expected) in statuses {
                run.stage.upstream.reset();
                run.stage.upstream.queue(Reply::error(status, "the lamp is out"));
                let answer = run.ask(pair, pair.caller.request("text").unwrap(), stream).await;
                assert!(
                    expected.contains(&answer.status),
                    "{status}, stream {stream}: {} {}",
                    answer.status,
                    answer.text()
                );
                assert_eq!(answer.header("content-type"), "application/json");
                let told = pair.caller.error(&answer.json());
                assert!(told.contains("the lamp is out"), "{status}: {told}");
            }
        }
        run.stage.upstream.reset();
        run.stage.upstream.queue(Reply::words(9).tokens_per_second(100.0).error_after(
            3,
            529,
            "the lamp goes out",
        ));
        let answer = run.ask(pair, pair.caller.request("text").unwrap(), true).await;
        assert_eq!(answer.status, 200);
        let told = pair.caller.error_in(answer.text());
        assert!(told.contains("the lamp goes out"), "{told}");
        assert!(answer.text().contains("lantern"), "what had come is passed on: {}", answer.text());
    })
    .await;
}

type Cells = BTreeMap<(usize, &'static str, &'static str), Option<Vec<String>>>;

/// The page of the handbook.
fn handbook(cells: &Cells) -> String {
    let mut page = String::from(
        "# What is translated into what\n\n\
         Every format that a program may speak to Familiar is served by providers of every format. Where both are the\n\
         same, bytes are passed on. Where they differ, this is what comes through; what a provider's format cannot\n\
         carry is left out and named in the header `x-familiar-dropped` of the answer, and in the log.\n\n\
         This page is written by the test that proves it (`crates/server/tests/it/matrix.rs`). Rows are the formats of\n\
         programs, columns those of providers; `-` stands where the program's format cannot ask for such a thing.\n",
    );
    let providers = PROVIDERS.map(|(_, dialect, _)| dialect);
    for (number, case) in cases().iter().enumerate() {
        let _ = write!(
            page,
            "\n## {}\n\n| | {} |\n|---|{}\n",
            case.title,
            providers.join(" | "),
            "---|".repeat(providers.len())
        );
        for caller in CALLERS {
            let _ = write!(page, "| {} |", caller.name());
            for provider in providers {
                let cell = match cells.get(&(number, caller.name(), provider)) {
                    Some(Some(dropped)) if dropped.is_empty() => "yes".to_owned(),
                    Some(Some(dropped)) => format!("without `{}`", dropped.join("`, `")),
                    Some(None) | None => "-".to_owned(),
                };
                let _ = write!(page, " {cell} |");
            }
            page.push('\n');
        }
    }
    page
}
