//! Watched folders: added, looked at live, and let go with or without their documents.

use crate::stage::Stage;
use serde_json::{Value, json};
use std::{fs, path::Path, time::Duration};

const WATCHED: &str = "/api/library/watched";

/// Writes a file that was last changed a minute ago.
fn write(place: &Path, text: &str) {
    fs::write(place, text).unwrap();
    let file = fs::File::options().write(true).open(place).unwrap();
    let now = file.metadata().unwrap().modified().unwrap();
    file.set_modified(now - Duration::from_secs(60)).unwrap();
}

#[tokio::test]
async fn a_folder_is_watched_and_the_page_hears_of_it() {
    let stage = Stage::start().await;
    let client = &stage.client;
    let dir = tempfile::tempdir().unwrap();
    let root = fs::canonicalize(dir.path()).unwrap();
    write(&root.join("orchard.md"), "# Orchard\n\nThe zephyrine apple ripens in October.\n");
    write(&root.join("noise.mp3"), "ID3 and sounds");
    let mut events = client.events("/api/events", None).await;
    let folder = json!({ "path": dir.path(), "collection": "garden" });
    let added = client.post(WATCHED, &folder).await.ok(201);
    assert_eq!((&added["path"], &added["collection"]), (&json!(root), &json!("garden")), "{added}");
    events.until(|event| event["type"] == "watched_folders_changed").await;
    let ready = |event: &Value| event["type"] == "document" && event["document"]["status"] == "ready";
    events.until(|event| ready(event) && event["document"]["title"] == "Orchard").await;
    let look = format!("{WATCHED}/{}/look", added["id"].as_str().unwrap());
    let looked = client.post(&look, &json!({})).await.ok(200);
    assert_eq!((&looked["state"], &looked["ready"]), (&json!("in_step"), &json!(1)), "{looked}");
    assert_eq!(looked["skipped_files"][0]["path"], "noise.mp3", "{looked}");
    assert_eq!(looked["skipped_files"][0]["code"], "unsupported", "{looked}");
    client.post(WATCHED, &folder).await.problem(409, "conflict");
    fs::rename(&root, root.with_extension("away")).unwrap();
    let away = client.post(&look, &json!({})).await.ok(200);
    assert_eq!(
        (&away["state"], &away["problem"]["code"]),
        (&json!("unreachable"), &json!("missing")),
        "{away}"
    );
    assert_eq!(away["ready"], 1, "{away}");
    fs::rename(root.with_extension("away"), &root).unwrap();
    let one = format!("{WATCHED}/{}", added["id"].as_str().unwrap());
    client.delete(&format!("{one}?documents=perhaps")).await.problem(422, "invalid");
    assert_eq!(client.delete(&format!("{one}?documents=delete")).await.status, 204);
    assert_eq!(client.get(WATCHED).await.ok(200)["folders"], json!([]));
    assert_eq!(client.get("/api/library/search?q=zephyrine").await.ok(200)["total"], 0);
    client.delete(&one).await.problem(404, "not_found");
    client.post(&look, &json!({})).await.problem(404, "not_found");
}

#[tokio::test]
async fn not_every_folder_of_the_machine_can_be_watched() {
    let stage = Stage::start().await;
    for path in [json!("/"), json!("books"), json!(""), json!("/no/such/folder"), json!(stage.folder.path())]
    {
        stage.client.post(WATCHED, &json!({ "path": path })).await.problem(422, "invalid");
    }
    let unknown = json!({ "path": "/", "follow_links": true });
    stage.client.post(WATCHED, &unknown).await.problem(422, "invalid");
}
