//! `familiar conversations`: in, listed, out and in again.

use super::stage::Stage;

const CLAUDE: &str = include_str!("../../../transcript/fixtures/claude.json");

#[tokio::test]
async fn conversations_come_in_and_go_out() {
    let stage = Stage::new().await;
    let server = stage.serve().await;
    let file = stage.file("conversations.json", CLAUDE);
    let outcome = stage.run(&["conversations", "import", "--dry-run", &file]).await;
    assert!(outcome.out.contains("Claude, 2 conversations, 6 messages would be added"), "{}", outcome.out);
    assert!(outcome.out.contains("not read: Without id: it has no `uuid`"), "{}", outcome.out);
    outcome.fails_with(1);
    let out = stage.run(&["conversations", "import", &file]).await.out;
    assert!(out.contains("2 new, 0 grown, 0 here") && out.contains("left out: 2 calls of tools"), "{out}");
    let out = stage.run(&["conversations", "import", &file]).await.out;
    assert!(out.contains("0 new, 0 grown, 2 here"), "{out}");

    let out = stage.run(&["conversations", "list", "bulges"]).await.ok();
    assert!(out.contains("Tides") && !out.contains("Old exports"), "{out}");
    let out = stage.run(&["conversations", "export", "tides", "--form", "markdown"]).await.ok();
    assert!(out.starts_with("# Tides\n") && out.contains("Bulges."), "{out}");
    let all = file.replace("conversations.json", "all.json");
    stage.run(&["conversations", "export", "--all", "-o", &all]).await.ok();
    let out = stage.run(&["conversations", "import", &all]).await.ok();
    assert!(out.contains("Familiar, 2 conversations, 0 messages added"), "{out}");

    let error = stage.run(&["conversations", "export", "Nothing"]).await.fails_with(1);
    assert!(
        error.contains("there is no conversation called `Nothing`") && error.contains("hint: "),
        "{error}"
    );
    let error = stage.run(&["conversations", "export", "--all", "--form", "html"]).await.fails_with(1);
    assert!(error.contains("`html` holds one conversation"), "{error}");
    let broken = stage.file("broken.json", "[{\"mapping\": {");
    let outcome = stage.run(&["conversations", "import", &broken]).await;
    assert!(outcome.out.contains("the file is damaged: line 1"), "{}", outcome.out);
    outcome.fails_with(1);
    assert_eq!(server.end("TERM").await, Some(0));
}
