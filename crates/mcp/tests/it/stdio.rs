//! Servers that are commands.

use crate::stage::{Stage, scripted};
use base::Id;
use llm::{Effect, ToolContext, ToolError, ToolSource};
use mcp::{NewServer, ServerSpec, State, Transport, Trouble};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn tools_are_found_named_and_called() {
    let stage = Stage::new().await;
    let server = stage.ready(scripted("files")).await;
    let about = server.about.unwrap();
    assert_eq!((about.name.as_str(), about.protocol.as_str()), ("scripted", "2025-11-25"));
    assert_eq!(server.tools.len(), 15, "both pages, without the broken one: {:?}", server.tools);
    assert!(server.tools.iter().all(|tool| tool.tokens > 0));
    assert_eq!(server.left_out.len(), 1);
    assert!(server.left_out[0].reason.contains("schema"), "{:?}", server.left_out);
    assert_eq!(stage.tool("mcp__files__echo").effect(), Effect::Reads);
    assert_eq!(stage.tool("mcp__files__write_note").effect(), Effect::Changes);
    assert_eq!(stage.tool("mcp__files__echo").server(), Some("files"));
    assert_eq!(stage.call("mcp__files__echo", r#"{"text":"hi"}"#).await.unwrap(), "echo: hi");
    stage.call("mcp__files__write_note", r#"{"text":"one"}"#).await.unwrap();
    assert_eq!(stage.call("mcp__files__notes", "").await.unwrap(), "one", "no arguments are an empty object");
    let odd = server.tools.iter().find(|tool| tool.own_name == "files.read all!").unwrap();
    assert_eq!(stage.call(&odd.name, "{}").await.unwrap(), "files.read all!: ");
    assert!(matches!(stage.call("mcp__files__echo", "[1]").await, Err(ToolError::Arguments(_))));
    assert!(stage.servers.owns("mcp__gone__tool") && !stage.servers.owns("calculate"));
    stage.servers.shutdown().await;
    assert!(stage.servers.tools(Id::FIRST_OWNER).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_goes_wrong_is_told_and_the_next_call_works() {
    let stage = Stage::new().await;
    stage.ready(scripted("s")).await;
    assert_eq!(stage.call("mcp__s__junk", "{}").await.unwrap(), "after the junk");
    assert_eq!(
        stage.call("mcp__s__fail", "{}").await,
        Err(ToolError::Failed("there is no such file".into()))
    );
    assert_eq!(
        stage.call("mcp__s__refuse", "{}").await,
        Err(ToolError::Arguments("text is too short".into()))
    );
    let huge = stage.call("mcp__s__huge", "{}").await.unwrap_err();
    assert!(huge.to_string().contains("more than 4194304 bytes"), "{huge}");
    assert!(stage.call("mcp__s__picture", "{}").await.unwrap().contains("image/png"));
    let replies = stage.call("mcp__s__ask", "{}").await.unwrap();
    assert!(replies.contains(r#""result":{}"#) && replies.contains("-32601"), "{replies}");
    assert_eq!(stage.call("mcp__s__echo", "{}").await.unwrap(), "echo: ");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_takes_too_long_or_is_dropped_is_cancelled_at_the_server() {
    let stage = Stage::new().await;
    stage.ready(scripted("s")).await;
    assert_eq!(stage.call("mcp__s__hang", "{}").await, Err(ToolError::Timeout(2)));
    let tool = stage.tool("mcp__s__hang");
    let context = ToolContext::default();
    drop(tokio::time::timeout(Duration::from_millis(200), tool.call(&context, "{}")).await);
    let mut cancelled = String::new();
    for _ in 0..100 {
        cancelled = stage.call("mcp__s__cancelled", "{}").await.unwrap();
        if cancelled.matches(',').count() == 1 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("both are taken back: {cancelled}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_dies_is_begun_again_and_its_last_words_are_kept() {
    let stage = Stage::new().await;
    let server = stage.ready(scripted("s")).await;
    let error = stage.call("mcp__s__crash", "{}").await.unwrap_err();
    assert!(error.to_string().contains("the command ended"), "{error}");
    let away = stage.until(&server.id, |server| server.state != State::Ready).await;
    if away.state == State::Away {
        assert!(matches!(away.trouble, Some(Trouble::Ended { .. })), "{:?}", away.trouble);
        let said = away.said.join("\n");
        assert!(said.contains("told to crash") && !said.contains("token-that-nobody"), "{said}");
    }
    stage.until(&server.id, |server| server.state == State::Ready).await;
    assert_eq!(stage.call("mcp__s__echo", r#"{"text":"again"}"#).await.unwrap(), "echo: again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_waits_for_a_command_that_is_just_being_begun_again() {
    let stage = Stage::new().await;
    stage.ready(scripted("s")).await;
    let echo = stage.tool("mcp__s__echo");
    stage.call("mcp__s__crash", "{}").await.unwrap_err();
    assert_eq!(echo.call(&ToolContext::default(), r#"{"text":"soon"}"#).await.unwrap(), "echo: soon");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_list_is_read_anew() {
    let stage = Stage::new().await;
    let server = stage.ready(scripted("s")).await;
    stage.call("mcp__s__grow", "{}").await.unwrap();
    stage.until(&server.id, |server| server.tools.iter().any(|tool| tool.own_name == "grown")).await;
    assert_eq!(stage.call("mcp__s__grown", "{}").await.unwrap(), "grown: ");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_sees_only_what_it_is_given() {
    let stage = Stage::new().await;
    stage.ready(scripted("s")).await;
    let names = stage.call("mcp__s__environment", "{}").await.unwrap();
    let mut names: Vec<&str> = names.split(' ').collect();
    names.sort_unstable();
    assert_eq!(names, ["PATH", "PLAY_SCRIPTED_MCP", "TOKEN"]);
}

fn command(name: &str, command: &str, args: &[&str]) -> ServerSpec {
    let args = args.iter().map(|arg| (*arg).to_owned()).collect();
    let transport = Transport::Command { command: command.to_owned(), args, folder: None };
    ServerSpec { name: name.to_owned(), transport, values: Default::default(), enabled: true }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_is_none_says_so_and_is_given_up() {
    let stage = Stage::new().await;
    let owner = Id::FIRST_OWNER;
    let none = NewServer { owner, spec: command("none", "no-such-program-anywhere", &[]) };
    let none = stage.servers.add(none).await.unwrap();
    let shown = stage.until(&none.id, |server| server.state == State::Away).await;
    assert!(shown.trouble.unwrap().to_string().contains("no-such-program-anywhere"));
    let speechless =
        NewServer { owner, spec: command("speechless", "sh", &["-c", "echo no module named x >&2; exit 3"]) };
    let speechless = stage.servers.add(speechless).await.unwrap();
    let tested = stage.servers.test(owner, &speechless.id).await.unwrap();
    let trouble = tested.outcome.unwrap_err();
    assert!(trouble.to_string().contains('3') && trouble.hint().is_some(), "{trouble}");
    assert_eq!(tested.said, ["no module named x"]);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn whatever_a_command_has_started_ends_with_it() {
    let stage = Stage::new().await;
    let file = stage.folder.path().join("pid");
    // The shell does not pass its end on to what it has started; the group does.
    let script = format!("sleep 1000 & echo $! > {}; wait", file.display());
    let spec = command("parent", "sh", &["-c", &script]);
    stage.servers.add(NewServer { owner: Id::FIRST_OWNER, spec }).await.unwrap();
    let mut pid = String::new();
    while pid.trim().is_empty() {
        tokio::time::sleep(Duration::from_millis(20)).await;
        pid = std::fs::read_to_string(&file).unwrap_or_default();
    }
    let runs = || std::path::Path::new(&format!("/proc/{}/stat", pid.trim())).exists();
    assert!(runs());
    stage.servers.shutdown().await;
    for _ in 0..200 {
        if !runs() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // Where nobody gathers the dead, it may stay as one.
    let state = std::fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
    assert!(state.is_empty() || state.contains(") Z "), "{state}");
}
