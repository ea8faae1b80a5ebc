//! Servers that are addresses.

use crate::stage::Stage;
use base::{Id, Secret};
use llm::ToolError;
use mcp::{NewServer, ServerSpec, State, Transport, Trouble, Values};
use testkit::ScriptedMcp;

fn at(url: &str) -> ServerSpec {
    let transport = Transport::Http { url: url.to_owned() };
    ServerSpec { name: "web".to_owned(), transport, values: Values::new(), enabled: true }
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_come_as_json_and_as_events() {
    let (stage, upstream) = (Stage::new().await, ScriptedMcp::start().await.unwrap());
    let server = stage.ready(at(&upstream.url())).await;
    assert_eq!(server.tools.len(), 15);
    assert_eq!(stage.call("mcp__web__echo", r#"{"text":"hi"}"#).await.unwrap(), "echo: hi");
    assert_eq!(stage.call("mcp__web__junk", "{}").await.unwrap(), "after the junk");
    let huge = stage.call("mcp__web__huge", "{}").await.unwrap_err();
    assert!(huge.to_string().contains("more than 4194304 bytes"), "{huge}");
    assert_eq!(stage.call("mcp__web__hang", "{}").await, Err(ToolError::Timeout(2)));
    for _ in 0..100 {
        if !upstream.cancelled().is_empty() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(upstream.cancelled().len(), 1);
    stage.servers.shutdown().await;
    assert_eq!(upstream.sessions(), (1, vec!["session-1".to_owned()]), "the session was ended in order");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_the_server_has_forgotten_is_begun_anew() {
    let (stage, upstream) = (Stage::new().await, ScriptedMcp::start().await.unwrap());
    stage.ready(at(&upstream.url())).await;
    upstream.forget_sessions();
    assert_eq!(stage.call("mcp__web__write_note", r#"{"text":"once"}"#).await.unwrap(), "noted: once");
    assert_eq!(upstream.calls().len(), 1, "nothing was done twice");
    assert_eq!(upstream.sessions().0, 2);
    upstream.answer_loosely();
    upstream.forget_sessions();
    assert_eq!(stage.call("mcp__web__notes", "{}").await.unwrap(), "once");
    assert_eq!(upstream.sessions().0, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_server_says_by_itself_is_heard() {
    let (stage, upstream) = (Stage::new().await, ScriptedMcp::start().await.unwrap());
    let server = stage.ready(at(&upstream.url())).await;
    while upstream.listeners() == 0 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    upstream.grow();
    stage.until(&server.id, |server| server.tools.iter().any(|tool| tool.own_name == "grown")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_asked_too_often_is_heard_later() {
    let (stage, upstream) = (Stage::new().await, ScriptedMcp::start().await.unwrap());
    upstream.refuse_listeners(1);
    let server = stage.ready(at(&upstream.url())).await;
    for _ in 0..1_000 {
        if upstream.listeners() > 0 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(upstream.listeners(), 1, "it is asked once more");
    upstream.grow();
    stage.until(&server.id, |server| server.tools.iter().any(|tool| tool.own_name == "grown")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_sent_and_a_missing_one_is_named() {
    let (stage, upstream) = (Stage::new().await, ScriptedMcp::start().await.unwrap());
    upstream.require_key("k-123");
    let owner = Id::FIRST_OWNER;
    let added = stage.servers.add(NewServer { owner, spec: at(&upstream.url()) }).await.unwrap();
    let away = stage.until(&added.id, |server| server.state == State::Away).await;
    let trouble = away.trouble.unwrap();
    assert!(matches!(trouble, Trouble::Status { status: 401, .. }), "{trouble}");
    assert!(trouble.hint().unwrap().contains("Authorization"));
    let key = Some(Secret::new("Bearer k-123"));
    let change = mcp::Change { values: [("Authorization".to_owned(), key)].into(), ..mcp::Change::default() };
    stage.servers.change(owner, &added.id, change).await.unwrap();
    stage.until(&added.id, |server| server.state == State::Ready).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_none_says_what_is_wrong() {
    let stage = Stage::new().await;
    let owner = Id::FIRST_OWNER;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/mcp", listener.local_addr().unwrap());
    drop(listener);
    let added = stage.servers.add(NewServer { owner, spec: at(&url) }).await.unwrap();
    let tested = stage.servers.test(owner, &added.id).await.unwrap();
    assert!(matches!(tested.outcome, Err(Trouble::Net(_))), "{tested:?}");
    stage.local_only.set(true);
    let change = mcp::Change {
        transport: Some(Transport::Http { url: "https://tools.example.com/mcp".to_owned() }),
        ..mcp::Change::default()
    };
    stage.servers.change(owner, &added.id, change).await.unwrap();
    let trouble = stage.servers.test(owner, &added.id).await.unwrap().outcome.unwrap_err();
    assert!(trouble.to_string().contains("local-only"), "{trouble}");
}
