//! `familiar share`: a link is made, listed and revoked.

use super::stage::Stage;

const CLAUDE: &str = include_str!("../../../transcript/fixtures/claude.json");

#[tokio::test]
async fn a_link_is_made_listed_and_revoked() {
    let stage = Stage::new().await;
    let server = stage.serve().await;
    let file = stage.file("conversations.json", CLAUDE);
    // One of them has no id, which is told; the others are taken over.
    stage.run(&["conversations", "import", &file]).await.fails_with(1);
    let link = stage.run(&["share", "tides", "--expires", "7d", "--with", "reasoning"]).await.ok();
    let token = link.trim().rsplit('/').next().unwrap().to_owned();
    assert!(link.starts_with("http://127.0.0.1:") && token.len() == 32, "{link}");
    let (status, read) = server.request(&format!("GET /api/shared/{token} HTTP/1.1"), "").await;
    assert!(status == 200 && read.contains("Bulges."), "{status} {read}");

    let locked = stage.run_with(&["share", "tides", "--password-stdin"], "correct horse\n").await.ok();
    let locked = locked.trim().rsplit('/').next().unwrap().to_owned();
    let (status, _) = server.request(&format!("GET /api/shared/{locked} HTTP/1.1"), "").await;
    assert_eq!(status, 401);
    let list = stage.run(&["share", "list"]).await.ok();
    assert!(list.contains("Tides") && list.contains(&token) && list.contains(&locked), "{list}");

    let out = stage.run(&["share", "revoke", link.trim()]).await.ok();
    assert_eq!(out.trim(), "revoked the link to `Tides`");
    let (status, _) = server.request(&format!("GET /api/shared/{token} HTTP/1.1"), "").await;
    assert_eq!(status, 404);
    let error = stage.run(&["share", "revoke", &token]).await.fails_with(1);
    assert!(error.contains("there is no link") && error.contains("hint: "), "{error}");
    let error = stage.run(&["share", "tides", "--expires", "soon"]).await.fails_with(1);
    assert!(error.contains("`soon` is not a time"), "{error}");
    assert_eq!(server.end("TERM").await, Some(0));
}
