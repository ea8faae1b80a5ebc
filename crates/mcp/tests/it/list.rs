//! The list of servers: kept, changed, removed, brought back, read from files.

use crate::stage::{Stage, open, open_when, scripted};
use base::{Id, Secret};
use llm::ToolSource;
use mcp::{Begin, Change, McpError, NewServer, Place, ServerShown, ServerSpec, State, Transport, Values};
use std::{sync::Arc, time::Duration};
use store::testing::TestDb;

const OWNER: Id = Id::FIRST_OWNER;

fn off(name: &str, value: &str) -> ServerSpec {
    let transport =
        Transport::Command { command: "true".to_owned(), args: vec!["-x".to_owned()], folder: None };
    let values = Values::from([("KEY".to_owned(), Secret::new(value))]);
    ServerSpec { name: name.to_owned(), transport, values, enabled: false }
}

fn names(servers: &[ServerShown]) -> Vec<&str> {
    servers.iter().map(|server| server.spec.name.as_str()).collect()
}

async fn servers_are_kept_with_their_secrets(test: Arc<TestDb>) {
    let stage = Stage::over(Arc::clone(&test), tempfile::tempdir().unwrap()).await;
    let one = stage.servers.add(NewServer { owner: OWNER, spec: off("one", "secret-1") }).await.unwrap();
    stage.servers.add(NewServer { owner: OWNER, spec: off("two", "secret-2") }).await.unwrap();
    let taken = stage.servers.add(NewServer { owner: OWNER, spec: off("one", "x") }).await;
    assert!(matches!(taken, Err(McpError::Taken(_))));
    let bad = stage.servers.add(NewServer { owner: OWNER, spec: off("a__b", "x") }).await;
    assert!(matches!(bad, Err(McpError::Invalid { .. })));
    let values = [("KEY".to_owned(), None), ("OTHER".to_owned(), Some(Secret::new("secret-3")))];
    let change = Change { name: Some("uno".to_owned()), values: values.into(), ..Change::default() };
    stage.servers.change(OWNER, &one.id, change).await.unwrap();
    // Started anew, all is as it was.
    let again = open(&test, stage.folder.path(), &stage.local_only).await;
    let list = again.list(OWNER);
    assert_eq!(names(&list), ["uno", "two"]);
    assert_eq!(list[0].spec.values, Values::from([("OTHER".to_owned(), Secret::new("secret-3"))]));
    assert_eq!((list[0].state, list[0].place), (State::Off, Place::Kept(one.id.parse().unwrap())));
    // What was removed comes back with its secrets, for a day.
    again.remove(OWNER, &one.id).await.unwrap();
    assert_eq!(names(&again.list(OWNER)), ["two"]);
    assert!(matches!(again.remove(OWNER, &one.id).await, Err(McpError::NoServer(_))));
    let back = again.restore(OWNER, &one.id).await.unwrap();
    assert_eq!(back.spec.values.len(), 1);
    again.remove(OWNER, &one.id).await.unwrap();
    test.clock.advance(Duration::from_secs(2 * 86_400));
    let later = open(&test, stage.folder.path(), &stage.local_only).await;
    assert!(matches!(later.restore(OWNER, &one.id).await, Err(McpError::NoServer(_))));
    assert!(matches!(
        later.change(base::new_id(), &list[1].id, Change::default()).await,
        Err(McpError::NoServer(_))
    ));
}

store::on_each_database!(servers_are_kept_with_their_secrets);

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_another_program_is_taken_over() {
    let stage = Stage::new().await;
    stage.servers.add(NewServer { owner: OWNER, spec: off("taken", "x") }).await.unwrap();
    let text = r#"{"mcpServers": {"fine": {"command": "true", "disabled": true}, "taken": {"command": "true"}, "old": {"type": "sse", "url": "http://x/sse"}}}"#;
    let imported = stage.servers.import(OWNER, text).await.unwrap();
    assert_eq!(names(&imported.added), ["fine"]);
    let skipped: Vec<&str> = imported.skipped.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(skipped, ["old", "taken"]);
    for text in ["", "{}", "[]", "npx server"] {
        assert!(matches!(stage.servers.import(OWNER, text).await, Err(McpError::Invalid { .. })), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_file_is_followed() {
    let stage = Stage::new().await;
    let file = stage.folder.path().join("mcp.json");
    let spec = scripted("of-file");
    let Transport::Command { command, args, .. } = &spec.transport else { panic!("it is a command") };
    let env: std::collections::BTreeMap<&String, &str> =
        spec.values.iter().map(|(name, value)| (name, value.expose())).collect();
    let entry = serde_json::json!({ "command": command, "args": args, "env": env });
    std::fs::write(&file, serde_json::json!({ "mcpServers": { "of-file": entry, "bad": {} } }).to_string())
        .unwrap();
    let server = stage.until("file:of-file", |server| server.state == State::Ready).await;
    assert_eq!(server.place, Place::File);
    assert_eq!(stage.servers.file_troubles().len(), 1);
    assert!(matches!(stage.servers.remove(OWNER, "file:of-file").await, Err(McpError::InFile(_))));
    // A slip of the pen ends nothing; taking it out does.
    std::fs::write(&file, "{\"mcpServers\": ").unwrap();
    while stage.servers.file_troubles().iter().all(|(name, _)| !name.is_empty()) {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(names(&stage.servers.list(OWNER)), ["of-file"]);
    std::fs::remove_file(&file).unwrap();
    while !stage.servers.list(OWNER).is_empty() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(stage.servers.file_troubles().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_are_begun_when_wanted_and_an_answer_waits_for_its_own() {
    let stage = Stage::new().await;
    stage.ready(scripted("one")).await;
    stage.servers.shutdown().await;
    let later = open_when(&stage.test, stage.folder.path(), (&stage.local_only, Begin::WhenWanted)).await;
    later.prepare(OWNER, &["calculate".to_owned()]).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(later.tools(OWNER).is_empty(), "nobody has wanted it");
    later.prepare(OWNER, &["mcp__one__echo".to_owned()]).await;
    assert_eq!(later.tools(OWNER).len(), 15);
}
