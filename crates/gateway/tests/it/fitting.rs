//! Conversations that are made to fit, in every format; counting, and what is learned from what providers report.

use crate::{
    codec::A,
    deployment::{Script, Scripted},
    stage::{GOOD, OWNER, Stage, config, deployment, until},
};
use context::{Wanted, plan};
use futures::StreamExt;
use gateway::{
    Answer, AnswerBody, Call, Caller, Config, Countable, Counting, Deployment, GatewayError, Route,
    RoutingTable, Source,
};
use llm::{ChatRequest, Dialect, Message, Part, Role};
use proptest::prelude::*;
use routing::{ContextMode, RouteConfig};
use serde_json::json;
use std::{sync::Arc, time::Duration};
use store::testing::TestDb;
use tokens::Certainty;
use wire::codec;

fn good() -> Arc<Scripted> {
    Scripted::always(&A, |_| Script::Chunks(GOOD.to_vec()))
}

fn small(id: &str, upstream: &Arc<Scripted>) -> Deployment {
    let mut deployment = deployment(id, upstream);
    deployment.spec.context_window = Some(1_000);
    deployment
}

async fn stage(config: Config, deployments: Vec<Deployment>, context: ContextMode) -> Stage {
    let route = RouteConfig { context, ..RouteConfig::ordered(vec!["p/gpt-4o".into()]) };
    let routes = vec![Route { name: "r".into(), config: route }];
    Stage::new(&TestDb::sqlite().await, config, RoutingTable { deployments, routes }).await
}

/// About 1,200 tokens: more than the window, less than what would be refused without counting.
fn long() -> ChatRequest {
    ChatRequest {
        model: "r".into(),
        messages: vec![
            Message::text(Role::System, "be brief"),
            Message::text(Role::User, "The treasure lies under the lighthouse of the northern island."),
            Message::text(Role::Assistant, "I see."),
            Message::text(Role::User, "words and more words ".repeat(300)),
            Message::text(Role::Assistant, "old answer"),
            Message::text(Role::User, "Where does the treasure lie?"),
        ],
        ..ChatRequest::default()
    }
}

async fn ask(stage: &Stage, request: ChatRequest) -> Result<Answer, GatewayError> {
    let source = Source::Request(request);
    stage.gateway.chat(Call { caller: Caller::Owner(OWNER), source, tags: Vec::new() }).await
}

/// Hears an answer to its end.
async fn heard(answer: Answer) {
    if let AnswerBody::Events(mut events) = answer.body {
        while let Some(event) = events.next().await {
            event.unwrap();
        }
    }
}

fn sent(upstream: &Scripted) -> String {
    String::from_utf8(upstream.calls.lock().unwrap()[0].body.to_vec()).unwrap()
}

#[tokio::test]
async fn a_route_that_fits_leaves_out_what_matters_least_and_says_so() {
    let upstream = good();
    let fits = stage(config(), vec![small("p/gpt-4o", &upstream)], ContextMode::Fit).await;
    let answer = ask(&fits, long()).await.unwrap();
    let told = answer.headers["x-familiar-fitted"].to_str().unwrap().to_owned();
    assert!(told.starts_with("messages=2; tokens="), "{told}");
    let degraded = answer.explanation.degraded.clone();
    assert!(degraded[0].contains("that matter least were left out"), "{degraded:?}");
    heard(answer).await;
    let body = sent(&upstream);
    assert!(
        body.contains("lighthouse") && body.contains("be brief") && !body.contains("old answer"),
        "{body}"
    );
    assert_eq!(fits.only().await.explanation.degraded, degraded, "it is kept");

    let upstream = good();
    let whole_mode = stage(config(), vec![small("p/gpt-4o", &upstream)], ContextMode::Whole).await;
    let answer = ask(&whole_mode, long()).await.unwrap();
    assert!(!answer.headers.contains_key("x-familiar-fitted") && answer.explanation.degraded.is_empty());
    drop(answer);
    assert!(sent(&upstream).contains("old answer"), "nothing is left out in silence");

    // What fits by its count goes as it is, however many bytes it has.
    let upstream = good();
    let fits = stage(config(), vec![small("p/gpt-4o", &upstream)], ContextMode::Fit).await;
    let mut short = long();
    short.messages[3] = Message::text(Role::User, "words and more words ".repeat(100));
    let answer = ask(&fits, short).await.unwrap();
    assert!(!answer.headers.contains_key("x-familiar-fitted"));
    drop(answer);

    // And a request may say so itself: conversations of the page do.
    let asking = ChatRequest { fit_to_window: true, ..long() };
    let answer = ask(&whole_mode, asking).await.unwrap();
    assert!(answer.headers.contains_key("x-familiar-fitted"));
}

#[tokio::test]
async fn a_model_tells_what_was_left_out_once() {
    let (upstream, teller) = (good(), good());
    let mut helped = config();
    helped.fitting.summariser = Some("s/teller".into());
    let deployments = vec![small("p/gpt-4o", &upstream), deployment("s/teller", &teller)];
    let stage = stage(helped, deployments, ContextMode::Fit).await;
    for _ in 0..2 {
        let answer = ask(&stage, long()).await.unwrap();
        let told = answer.headers["x-familiar-fitted"].to_str().unwrap().to_owned();
        assert!(told.ends_with("summary=model"), "{told}");
        drop(answer);
    }
    assert!(sent(&upstream).contains("Of them: hello]"), "{}", sent(&upstream));
    assert_eq!(teller.call_count(), 1, "the second time it is known");

    let failing =
        Scripted::always(&A, |_| Script::Fails(crate::deployment::error(llm::LlmErrorKind::Overloaded)));
    let upstream = good();
    let mut helped = config();
    helped.fitting.summariser = Some("s/teller".into());
    let deployments = vec![small("p/gpt-4o", &upstream), deployment("s/teller", &failing)];
    let stage = self::stage(helped, deployments, ContextMode::Fit).await;
    let answer = ask(&stage, long()).await.unwrap();
    assert!(answer.headers.contains_key("x-familiar-fitted"), "it is done without the helper");
}

#[tokio::test]
async fn what_providers_report_corrects_estimates_and_is_kept() {
    // 10 tokens are reported for each prompt.
    let upstream = good();
    let test = TestDb::sqlite().await;
    let table = || RoutingTable {
        deployments: vec![deployment("p/claude-x", &upstream), deployment("p/gpt-4o", &upstream)],
        routes: vec![Route::ordered("r", vec!["p/claude-x".into()])],
    };
    let first = Stage::new(&test, config(), table()).await;
    let measured = |stage: &Stage| {
        let known = stage.gateway.calibrations();
        known.of(tokens::Family::Claude, "claude-x").map_or(0, |one| one.samples)
    };
    let count = async |stage: &Stage, model: &str| {
        let what = Countable::Text("a question about the harbour".into());
        let counting = Counting { model: model.into(), what };
        stage.gateway.count_tokens(&Caller::Owner(OWNER), counting).await.unwrap()
    };
    let before = count(&first, "r").await;
    assert_eq!((before.model.as_str(), before.method), ("p/claude-x", "estimate"));
    assert_eq!(before.counted.certainty, Certainty::Estimate { error_percent: None, samples: 0 });
    for number in 1..=6 {
        first.text(json!({ "model": "r" })).await.unwrap();
        // Only one answer in some seconds is looked at.
        first.text(json!({ "model": "r" })).await.unwrap();
        until("an answer is looked at", || measured(&first) >= number).await;
        assert_eq!(measured(&first), number);
        first.advance(Duration::from_secs(3));
    }
    let after = count(&first, "p/claude-x").await;
    assert!(after.counted.input_tokens > before.counted.input_tokens, "{after:?}");
    let Certainty::Estimate { error_percent: Some(_), samples: 6 } = after.counted.certainty else {
        panic!("{after:?}")
    };
    first.text(json!({ "model": "p/gpt-4o" })).await.unwrap();
    let exact = count(&first, "p/gpt-4o").await;
    assert_eq!((exact.method, exact.counted.certainty), ("o200k_base", Certainty::Exact));
    assert_eq!(count(&first, "gpt-4").await.method, "cl100k_base", "not configured, and known all the same");
    first.gateway.shutdown().await;
    let second = Stage::new(&test, config(), table()).await;
    assert_eq!(measured(&second), 6, "it is kept over a restart");
}

/// A conversation as some client might have it: turns of text, calls with results, a call that waits.
fn conversation(shape: &[(u8, usize)]) -> ChatRequest {
    let mut messages = vec![Message::text(Role::System, "You are a careful assistant.")];
    let part = |id: usize| Part::ToolCall {
        id: format!("call_{id}"),
        name: format!("tool_{id}"),
        arguments: "{\"x\":1}".into(),
        signature: None,
    };
    for (number, (kind, size)) in shape.iter().enumerate() {
        messages.push(Message::text(Role::User, format!("question {number} {}", "so ".repeat(size % 300))));
        match kind {
            0 => messages.push(Message::text(
                Role::Assistant,
                format!("answer {number} {}", "ja ".repeat(size % 200)),
            )),
            1 => {
                messages.push(Message { role: Role::Assistant, parts: vec![part(number)], name: None });
                let result = Part::ToolResult {
                    call_id: format!("call_{number}"),
                    name: Some(format!("tool_{number}")),
                    parts: vec![Part::text(format!("result {number} {}", "row ".repeat(size * 3)))],
                    is_error: false,
                };
                messages.push(Message { role: Role::Tool, parts: vec![result], name: None });
                messages.push(Message::text(Role::Assistant, format!("done {number}")));
            }
            _ => messages.push(Message::text(Role::Assistant, format!("short {number}"))),
        }
    }
    messages.push(Message::text(Role::User, "the last question of all"));
    ChatRequest { model: "m".into(), messages, ..ChatRequest::default() }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn what_has_to_stay_stays_in_every_format(
        shape in prop::collection::vec((0_u8..3, 0_usize..900), 1..12), percent in 20_u64..95,
    ) {
        for dialect in Dialect::ALL {
            let codec = codec(dialect);
            let body = codec.encode_request(&conversation(&shape), false).unwrap().body;
            let mut request = codec.decode_request(&body).unwrap();
            let before = request.clone();
            let counter = tokens::Counter::new(tokens::Facts { model: "gpt-4o", ..tokens::Facts::default() });
            let measure = |message: &Message| counter.count_message(message);
            let total: u64 = request.messages.iter().map(measure).sum();
            let wanted = Wanted { window: 256 + total * percent / 100, beside: 0, measure: &measure, vectors: None, cache: None };
            let Some(plan) = plan(&request, &wanted) else { continue };
            plan.apply(&mut request, None);
            // It is a request in that format still, and says the same when it is read again.
            let again = codec.decode_request(&codec.encode_request(&request, false).unwrap().body).unwrap();
            let text = |request: &ChatRequest, role: Role| -> Vec<String> {
                request.messages.iter().filter(|one| one.role == role).map(Message::plain_text).collect()
            };
            prop_assert_eq!(text(&again, Role::System), text(&before, Role::System), "{}", dialect);
            let last = text(&again, Role::User).pop().unwrap_or_default();
            prop_assert!(last.ends_with("the last question of all"), "{dialect}: {last}");
            let names = |request: &ChatRequest, calls: bool| -> Vec<String> {
                let parts = request.messages.iter().flat_map(|message| &message.parts);
                parts.filter_map(|part| match part {
                    Part::ToolCall { id, .. } if calls => Some(id.clone()),
                    Part::ToolResult { call_id, .. } if !calls => Some(call_id.clone()),
                    _ => None,
                }).collect()
            };
            let (mut calls, mut results) = (names(&again, true), names(&again, false));
            calls.sort();
            results.sort();
            prop_assert_eq!(calls, results, "{}: every call with its result", dialect);
            let now: u64 = again.messages.iter().map(measure).sum();
            prop_assert!(now <= total, "{dialect}: {now} of {total}");
        }
    }
}
