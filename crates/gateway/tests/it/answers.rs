//! Answers in the four forms they come in, and what is reported about them.

use crate::{
    codec::{self, A, B},
    deployment::{Echo, Script, Scripted},
    stage::{GOOD, OWNER, Stage, config, deployment, spec, streaming, table, until, whole},
};
use base::{ErrorKind, Id, Money};
use bytes::Bytes;
use futures::StreamExt;
use gateway::{
    Address, AnswerBody, Call, Caller, Deployment, EmbeddingCall, EmbeddingSource, GatewayError, Source,
    Target,
};
use http::HeaderMap;
use ledger::Outcome;
use llm::{
    ChatEvent, ChatRequest, EmbeddingRequest, LibraryScope, LlmErrorKind, Message, Operation, Role,
    StopReason,
};
use serde_json::json;
use std::sync::Arc;
use store::testing::TestDb;

#[tokio::test]
async fn the_same_format_is_passed_on_byte_for_byte() {
    let upstream = Scripted::new(&A, [Script::Chunks(GOOD.to_vec()), Script::Chunks(GOOD.to_vec())]);
    let stage = Stage::with(&upstream).await;
    let sent = Bytes::from(r#"{ "model" : "r","odd":[1,  2], "text":"x" , "stream": true}"#);
    let mut headers = HeaderMap::new();
    headers.insert("anthropic-beta", "b".parse().unwrap());
    headers.insert("authorization", "Bearer secret".parse().unwrap());
    let source = Source::Body { codec: &A, body: sent, headers, address: Address::default() };
    let call = Call { caller: Caller::Owner(OWNER), source, tags: Vec::new() };
    let answer = stage.gateway.chat(call).await.unwrap();
    assert_eq!(answer.headers["content-type"], "text/event-stream");
    assert_eq!(answer.headers["x-request-id"], "r-1");
    assert_eq!(answer.headers["x-familiar-model"], "p/m");
    assert_eq!(answer.headers["x-familiar-exchange"], answer.exchange_id.to_string());
    assert_eq!(whole(answer).await, GOOD.concat());
    assert_eq!(stage.text(json!({})).await.unwrap(), GOOD.concat(), "and in one piece");

    let calls = upstream.calls.lock().unwrap();
    assert_eq!(calls[0].body, r#"{ "model" : "m","odd":[1,  2], "text":"x" , "stream": true}"#);
    assert_eq!(calls[0].headers.len(), 1, "no credential goes on");
}

#[tokio::test]
async fn what_the_address_says_goes_before_the_body() {
    let upstream = Scripted::always(&A, |_| Script::Chunks(GOOD.to_vec()));
    let stage = Stage::with(&upstream).await;
    let ask = async |model: &str, stream| {
        let address = Address { model: Some(model.into()), stream };
        let body = codec::body("elsewhere", "a question", &json!({}));
        let source = Source::Body { codec: &A, body, headers: HeaderMap::new(), address };
        stage.gateway.chat(Call { caller: Caller::Owner(OWNER), source, tags: Vec::new() }).await
    };
    for stream in [None, Some(false), Some(true)] {
        let answer = ask("r", stream).await.unwrap();
        let streamed = matches!(answer.body, AnswerBody::Stream(_));
        assert_eq!(streamed, stream == Some(true));
        let label = if streamed { "text/event-stream" } else { "application/json" };
        assert_eq!(answer.headers["content-type"], label);
        assert_eq!(whole(answer).await, GOOD.concat());
    }
    assert_eq!(upstream.call_count(), 3);
    let operations: Vec<_> = upstream.calls.lock().unwrap().iter().map(|call| call.operation).collect();
    assert_eq!(operations, [Operation::Chat, Operation::Chat, Operation::ChatStream]);
    assert!(matches!(ask("nowhere", None).await, Err(GatewayError::UnknownModel { .. })));
    assert_eq!(ask("", None).await.unwrap_err().kind(), ErrorKind::Invalid);
}

#[tokio::test]
async fn another_format_is_translated_and_what_is_lost_is_said() {
    let answers = ["A start r\n", "A text he", "llo\nA text you\nA usage 10 5\n", "A stop\n"];
    let upstream = Scripted::new(&A, [Script::Chunks(answers.to_vec()), Script::Chunks(answers.to_vec())]);
    let stage = Stage::with(&upstream).await;
    let ask = |more| stage.ask_as(Caller::Owner(OWNER), &B, more);
    let answer = ask(json!({ "stream": true, "temperature": 1.0, "odd": 1 })).await.unwrap();
    assert_eq!(answer.dropped, ["odd", "temperature"]);
    assert_eq!(answer.headers["x-familiar-dropped"], "odd, temperature");
    assert!(!answer.headers.contains_key("x-request-id"), "headers of another format stay here");
    let expected = "B start r\nB text hello\nB text you\nB usage 10 5\nB stop\nB done\n";
    assert_eq!(whole(answer).await, expected);
    let answer = ask(json!({})).await.unwrap();
    assert_eq!(answer.headers["content-type"], "application/json");
    assert_eq!(whole(answer).await, "B text helloyou\nB usage 10 5\nB stop\n");
    let ledger = stage.ledger().await;
    for exchange in &ledger {
        assert_eq!(exchange.caller_dialect.as_deref(), Some("anthropic"));
        assert_eq!(exchange.upstream_dialect.as_deref(), Some("openai-chat"));
        assert_eq!(exchange.cost, Money::from_nanos(15_000));
    }
    assert_eq!(ledger.len(), 2);
}

#[tokio::test]
async fn a_request_from_inside_is_answered_with_events_by_the_same_way() {
    let upstream = Scripted::new(&A, [Script::Chunks(GOOD.to_vec())]);
    let stage = Stage::with(&upstream).await;
    let request = ChatRequest {
        model: "r".into(),
        messages: vec![Message::text(Role::User, "hi")],
        ..ChatRequest::default()
    };
    let call =
        Call { caller: Caller::Owner(OWNER), source: Source::Request(request), tags: vec!["a".into()] };
    let answer = stage.gateway.chat(call).await.unwrap();
    let AnswerBody::Events(events) = answer.body else { panic!("{:?}", answer.body) };
    let events: Vec<_> = events.map(Result::unwrap).collect().await;
    assert_eq!(events.len(), 4);
    assert_eq!(events[1], ChatEvent::Text { delta: "hello".into() });
    assert_eq!(events[3], ChatEvent::Stopped { reason: StopReason::EndTurn });
    let receipt = answer.receipt.await.unwrap();
    assert_eq!((receipt.outcome, receipt.usage.input, receipt.usage.output), (Outcome::Ok, 10, 5));
    assert_eq!((receipt.cost, receipt.estimated), (Some(Money::from_nanos(15_000)), false));
    let exchange = stage.only().await;
    assert_eq!((exchange.tags, exchange.caller_dialect), (vec!["a".to_owned()], None));
    assert_eq!(exchange.explanation.chosen.as_deref(), Some("p/m"));
}

#[tokio::test]
async fn a_model_that_runs_here_answers_in_every_form_and_in_its_callers_library() {
    let echo = Arc::new(Echo::default());
    let target = Target::Local(Arc::clone(&echo) as Arc<dyn llm::ChatModel>);
    let mut spec = spec("local", "echo");
    spec.prices = Some(llm::Prices::default());
    let local = Deployment { id: "local/echo".into(), spec, target };
    let stage = Stage::new(&TestDb::sqlite().await, config(), table(vec![local])).await;
    assert_eq!(stage.text(json!({})).await.unwrap(), "A text a question\nA usage 0 0\nA stop\n");
    assert_eq!(stage.text(streaming()).await.unwrap(), "A text a \nA text question\nA stop\nA done\n");
    let other = Some(LibraryScope { owner: Id::from_u128(7), document_ids: vec!["d".into()] });
    let request = ChatRequest { model: "echo".into(), library: other, ..ChatRequest::default() };
    let call = Call { caller: Caller::Owner(OWNER), source: Source::Request(request), tags: Vec::new() };
    let answer = stage.gateway.chat(call).await.unwrap();
    let AnswerBody::Events(events) = answer.body else { panic!("{:?}", answer.body) };
    assert_eq!(events.count().await, 1);
    let scopes: Vec<_> =
        echo.requests.lock().unwrap().iter().map(|request| request.library.clone().unwrap()).collect();
    assert!(scopes.iter().all(|scope| scope.owner == OWNER), "{scopes:?}");
    assert_eq!(scopes[2].document_ids, ["d"]);
    let ledger = stage.ledger().await;
    assert!(ledger.iter().all(|exchange| exchange.cost == Money::ZERO && exchange.priced));
    assert!(ledger.iter().all(|exchange| exchange.estimated), "a local model counts no tokens here");
}

#[tokio::test]
async fn embeddings_go_the_same_way() {
    let vectors = r#"{"model":"m","vectors":[[1.0,2.0],[3.0,4.0]],"tokens":7}"#;
    let one = r#"{"model":"m","vectors":[[1.0]],"tokens":7}"#;
    let upstream = Scripted::new(
        &A,
        [Script::Chunks(vec![vectors]), Script::Chunks(vec![vectors]), Script::Chunks(vec![one])],
    );
    let stage = Stage::with(&upstream).await;
    let embed = |source| {
        stage.gateway.embed(EmbeddingCall { caller: Caller::Owner(OWNER), source, tags: Vec::new() })
    };
    let body = Bytes::from(r#"{"model":"r","inputs":["a","b"]}"#);
    let answer = embed(EmbeddingSource::Body {
        codec: &B,
        body,
        headers: HeaderMap::new(),
        address: Address::default(),
    })
    .await
    .unwrap();
    assert_eq!(whole(answer).await, r#"{"model":"r","vectors":[[1.0,2.0],[3.0,4.0]]}"#);
    let request =
        EmbeddingRequest { model: "m".into(), inputs: vec!["a".into(), "b".into()], ..Default::default() };
    let answer = embed(EmbeddingSource::Request(request.clone())).await.unwrap();
    let AnswerBody::Vectors(reply) = answer.body else { panic!("{:?}", answer.body) };
    assert_eq!(reply.vectors, [[1.0, 2.0], [3.0, 4.0]]);
    let error = embed(EmbeddingSource::Request(request)).await.unwrap_err();
    assert!(error.to_string().contains("1 vectors for 2 texts"), "{error}");
    let ledger = stage.ledger().await;
    assert_eq!(ledger[0].operation, "embeddings");
    assert_eq!((ledger[0].usage.input, ledger[0].cost.nanos()), (7, 7_000));
    assert_eq!(ledger[2].outcome, Outcome::Failed);
}

#[tokio::test]
async fn each_text_to_embed_has_the_window_to_itself() {
    let upstream = Scripted::always(&A, |_| {
        Script::Chunks(vec![r#"{"model":"m","vectors":[[1.0],[2.0],[3.0]],"tokens":7}"#])
    });
    let mut narrow = deployment("p/m", &upstream);
    narrow.spec.context_window = Some(100);
    let stage = Stage::new(&TestDb::sqlite().await, config(), table(vec![narrow])).await;
    let embed = |inputs: Vec<String>| {
        let source =
            EmbeddingSource::Request(EmbeddingRequest { model: "r".into(), inputs, ..Default::default() });
        stage.gateway.embed(EmbeddingCall { caller: Caller::Owner(OWNER), source, tags: Vec::new() })
    };
    // A token has at most eight bytes: 90 tokens each, 270 together.
    embed(vec!["lantern ".repeat(90); 3]).await.unwrap();
    let error = embed(vec!["short".into(), "lantern ".repeat(110)]).await.unwrap_err();
    assert!(matches!(error, GatewayError::ContextLength { input_tokens: 110, .. }), "{error}");
    assert_eq!(upstream.call_count(), 1);
}

#[tokio::test]
async fn a_caller_who_goes_away_ends_the_call_and_pays_for_what_came() {
    let upstream = Scripted::new(&A, [Script::Stalls(vec!["A start r\n", "A text abcdef\n"])]);
    let stage = Stage::with(&upstream).await;
    let answer = stage.ask(streaming()).await.unwrap();
    let AnswerBody::Stream(mut stream) = answer.body else { panic!("{:?}", answer.body) };
    assert_eq!(stream.next().await.unwrap(), "A start r\n".to_owned() + "A text abcdef\n");
    assert_eq!(upstream.open_calls(), 1);
    drop(stream);
    assert_eq!(upstream.open_calls(), 0, "the provider is told at once");
    let receipt = answer.receipt.await.unwrap();
    // `a question` is 10 bytes, so 4 tokens; `abcdef` is 2.
    assert_eq!((receipt.outcome, receipt.estimated), (Outcome::Cancelled, true));
    assert_eq!((receipt.usage.input, receipt.usage.output), (4, 2));
    assert_eq!(stage.only().await.cost, Money::from_nanos(6_000));
}

#[tokio::test]
async fn a_caller_who_goes_away_while_waiting_is_settled_too() {
    let upstream = Scripted::new(&A, [Script::Hangs, Script::Hangs]);
    let stage = Stage::with(&upstream).await;
    for (more, cost) in [(streaming(), 4_000), (json!({ "max": 90 }), 100_000)] {
        tokio::select! {
            answer = stage.ask(more) => panic!("{answer:?}"),
            () = until("the call", || upstream.open_calls() == 1) => {}
        }
        assert_eq!(upstream.open_calls(), 0);
        let last = stage.ledger().await.pop().unwrap();
        assert_eq!((last.outcome, last.cost.nanos()), (Outcome::Cancelled, cost), "{last:?}");
    }
}

#[tokio::test]
async fn the_end_is_handed_out_only_when_it_is_settled() {
    let (sender, receiver) = tokio::sync::mpsc::unbounded_channel();
    let upstream = Scripted::new(&A, [Script::Driven(receiver)]);
    let stage = Stage::with(&upstream).await;
    sender.send("A text hi\n").unwrap();
    let mut answer = stage.ask(streaming()).await.unwrap();
    let AnswerBody::Stream(mut stream) = answer.body else { panic!() };
    assert_eq!(stream.next().await.unwrap(), "A text hi\n");
    sender.send("A stop\n").unwrap();
    assert!(futures::poll!(stream.next()).is_pending(), "the stop waits for the settling");
    assert!(answer.receipt.try_recv().is_err());
    sender.send("A usage 3 4\n").unwrap();
    drop(sender);
    assert_eq!(stream.next().await.unwrap(), "A stop\nA usage 3 4\n");
    assert_eq!(answer.receipt.try_recv().unwrap().usage.output, 4);
    assert!(stream.next().await.is_none());
}

#[tokio::test]
async fn an_upstream_that_never_closes_does_not_keep_the_end() {
    let upstream = Scripted::new(&A, [Script::Stalls(vec!["A text hi\nA usage 3 4\nA stop\n"])]);
    let stage = Stage::with(&upstream).await;
    assert_eq!(stage.text(streaming()).await.unwrap(), "A text hi\nA usage 3 4\nA stop\n");
    assert_eq!(stage.only().await.outcome, Outcome::Ok);
}

#[tokio::test]
async fn what_is_not_a_request_or_cannot_fit_is_refused_with_figures() {
    let upstream = Scripted::new(&A, []);
    let mut small = deployment("p/m", &upstream);
    small.spec.context_window = Some(100);
    let stage = Stage::new(&TestDb::sqlite().await, config(), table(vec![small])).await;
    let send = |body: Bytes| {
        let source = Source::Body { codec: &A, body, headers: HeaderMap::new(), address: Address::default() };
        stage.gateway.chat(Call { caller: Caller::Owner(OWNER), source, tags: Vec::new() })
    };
    let error = send("{}".into()).await.unwrap_err();
    assert_eq!((error.kind(), error.to_llm().kind), (ErrorKind::Invalid, LlmErrorKind::BadRequest));
    let error = send(codec::body("r", &"word ".repeat(400), &json!({ "max": 7 }))).await.unwrap_err();
    assert!(matches!(
        error,
        GatewayError::ContextLength { input_tokens: 250, output_tokens: 7, context_window: 100, .. }
    ));
    assert_eq!(error.to_llm().kind, LlmErrorKind::ContextLength);
    let error = stage.ask(json!({ "model": "s" })).await.unwrap_err();
    assert_eq!((error.kind(), error.to_llm().kind), (ErrorKind::NotFound, LlmErrorKind::NotFound));
    let error = stage.ask(json!({ "model": "x".repeat(1 << 20) })).await.unwrap_err();
    assert!(error.to_string().len() < 300, "an error does not repeat a megabyte");
    let error = stage.ask(json!({ "model": "p/n" })).await.unwrap_err();
    assert!(error.to_string().contains("did you mean `p/m`"), "{error}");
}

#[tokio::test]
async fn a_panic_in_a_deployment_is_settled() {
    let upstream = Scripted::new(&A, [Script::Panics]);
    let stage = Arc::new(Stage::with(&upstream).await);
    let asked = Arc::clone(&stage);
    assert!(tokio::spawn(async move { asked.ask(streaming()).await.map(drop) }).await.is_err());
    assert_eq!(stage.only().await.outcome, Outcome::Cancelled);
    assert_eq!(stage.gateway.metrics().in_flight, 0);
}

#[tokio::test]
async fn after_shutdown_nothing_is_taken_and_what_ends_late_is_not_lost() {
    let upstream = Scripted::new(&A, [Script::Chunks(GOOD.to_vec()), Script::Chunks(GOOD.to_vec())]);
    let stage = Stage::with(&upstream).await;
    stage.text(json!({})).await.unwrap();
    let late = stage.ask(streaming()).await.unwrap();
    stage.gateway.shutdown().await;
    assert!(matches!(stage.ask(json!({})).await, Err(GatewayError::Stopping)));
    assert_eq!(whole(late).await, GOOD.concat());
    // Nobody writes any more, so nobody waits for it either.
    stage.gateway.flush().await;
    assert_eq!(stage.gateway.metrics().ledger_backlog, 1);
    let again = Stage::new(&stage.test, config(), table(Vec::new())).await;
    let outcomes: Vec<_> = again.ledger().await.iter().map(|exchange| exchange.outcome).collect();
    assert_eq!(outcomes, [Outcome::Ok, Outcome::Ok]);
}
