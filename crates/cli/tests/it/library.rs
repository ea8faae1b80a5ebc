//! `familiar library`: files in, passages and cited answers out.

use super::stage::Stage;
use std::time::Duration;
use testkit::Reply;

/// Longest wait for what is read in the background; only reached where something hangs.
const PATIENCE: Duration = Duration::from_secs(300);

const NOTES: &str = "# The lighthouse\n\nThe lighthouse of Karsholm was built in 1874 by Mette Lund.\n\n\
    ## The lamp\n\nIts lamp burns rapeseed oil and can be seen for eleven miles.\n";

#[tokio::test]
async fn files_are_added_searched_asked_and_removed() {
    let stage = Stage::new().await;
    let server = stage.serve().await;
    let notes = stage.file("notes/lighthouse.md", NOTES);
    let out = stage.run(&["library", "add", &notes]).await.ok();
    assert!(out.contains("added") && out.contains("lighthouse.md"), "{out}");
    let out = stage.run(&["library", "add", &notes]).await.ok();
    assert!(out.contains("known"), "the same file is not added twice: {out}");

    let found = stage.run(&["library", "search", "rapeseed", "oil"]).await.ok();
    assert!(found.contains("The lighthouse") && found.contains("rapeseed oil"), "{found}");
    assert!(!found.contains('\u{1b}'), "no colours into a pipe: {found}");
    let found = stage.run(&["library", "search", "--json", "rapesead"]).await.json();
    assert_eq!(found["fuzzy"], true, "a typing error is forgiven and said: {found}");

    let answer =
        stage.run(&["library", "ask", "--json", "Who built the lighthouse of Karsholm?"]).await.json();
    assert!(answer["text"].as_str().unwrap().contains("Mette Lund"), "{answer}");
    assert_eq!(answer["language_model"], false);
    assert!(!answer["citations"].as_array().unwrap().is_empty());

    stage.upstream.queue(Reply::text("The lighthouse of Karsholm was built in 1903 [1]."));
    let question = "When was the lighthouse of Karsholm built?";
    let answer = stage.run(&["ask", "-g", "-m", "work/small", question]).await.ok();
    assert!(answer.contains("not borne out: The lighthouse of Karsholm was built in 1903 [1]."), "{answer}");
    assert!(answer.contains("do not have the figure 1903"), "{answer}");

    let list = stage.run(&["library", "list", "--json"]).await.json();
    let own = list.as_array().unwrap().iter().find(|document| document["handbook"] == false).unwrap();
    let id = own["id"].as_str().unwrap();
    let out = stage.run(&["library", "kind", id, "reference"]).await.ok();
    assert!(out.contains("The lighthouse: reference"), "{out}");
    let chosen = ["library", "search", "--json", "rapeseed", "--document-kind", "reference"];
    assert_eq!(stage.run(&chosen).await.json()["total"], 1);
    let taken_back = stage.run(&["library", "kind", "--json", id]).await.json();
    assert_eq!(taken_back["kind_chosen"], false, "{taken_back}");
    let out = stage.run(&["library", "tag", id, "--add", "Coast", "--add", "to do"]).await.ok();
    assert!(out.contains("The lighthouse: coast, to do"), "{out}");
    let out = stage.run(&["library", "tag", id, "--remove", "to do"]).await.ok();
    assert!(out.contains("The lighthouse: coast\n"), "{out}");
    let used = stage.run(&["library", "tag"]).await.ok();
    assert!(used.contains("coast  1"), "{used}");
    let tagged = stage.run(&["library", "list", "--tag", "Coast", "--json"]).await.json();
    assert_eq!(tagged.as_array().unwrap().len(), 1, "{tagged}");
    let chosen = ["library", "search", "--json", "rapeseed", "--tag", "coast"];
    assert_eq!(stage.run(&chosen).await.json()["total"], 1);
    let without = stage.run(&["library", "search", "--json", "rapeseed", "tag:to*"]).await.json();
    assert_eq!(without["total"], 0, "{without}");
    stage.run(&["library", "tag", "--add", "coast"]).await.fails_with(2);
    let described =
        stage.run(&["library", "describe", id, "--author", "Mette Lund", "--published", "1874"]).await.ok();
    assert!(described.contains("Mette Lund") && described.contains("1874"), "{described}");
    let error = stage.run(&["library", "describe", id, "--published", "18745"]).await.fails_with(1);
    assert!(error.contains("18745"), "{error}");
    let told = stage.run(&["library", "describe", id, "--as-told", "author", "--json"]).await.json();
    assert_eq!((&told["author"], &told["published"]), (&serde_json::Value::Null, &"1874".into()), "{told}");
    let stats = stage.run(&["library", "stats", "--days", "7"]).await.ok();
    assert!(stats.contains("Asked most often") && stats.contains("rapeseed oil"), "{stats}");
    stage.run(&["library", "stats", "--forget"]).await.ok();
    let stats = stage.run(&["library", "stats", "--json"]).await.json();
    assert_eq!((&stats["days"], &stats["searches"]), (&30.into(), &0.into()), "{stats}");
    stage.run(&["library", "remove", id]).await.ok();
    let found = stage.run(&["library", "search", "--json", "rapeseed"]).await.json();
    assert_eq!(found["hits"].as_array().unwrap().len(), 0, "{found}");
    assert_eq!(server.end("TERM").await, Some(0));
}

#[tokio::test]
async fn a_bad_file_stops_no_other_and_a_folder_is_taken_whole() {
    let stage = Stage::new().await;
    stage.file("folder/good.txt", "The kettle of Aldby sings in B flat.");
    stage.file("folder/deep/table.csv", "name,tone\nkettle,b flat\n");
    stage.file("folder/.hidden", "not this");
    let broken = stage.file("folder/broken.pdf", b"%PDF-1.7\n1 0 obj <<");
    let folder = broken.trim_end_matches("/broken.pdf");
    let outcome = stage.run(&["library", "add", folder]).await;
    let out = outcome.out.clone();
    let error = outcome.fails_with(1);
    assert!(error.contains("1 of 3"), "{error}");
    assert!(out.contains("failed") && out.contains("broken.pdf") && out.contains("table.csv"), "{out}");
    assert!(!out.contains("hidden"), "{out}");
    let found = stage.run(&["library", "search", "--json", "kettle"]).await.json();
    assert_eq!(found["hits"].as_array().unwrap().len(), 2, "{found}");
    stage.run(&["library", "add", "/no/such/file.pdf"]).await.fails_with(1);
}

#[tokio::test]
async fn a_folder_is_watched_listed_and_let_go() {
    let stage = Stage::new().await;
    let server = stage.serve().await;
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().to_str().unwrap();
    let place = dir.path().join("lighthouse.md");
    std::fs::write(&place, NOTES).unwrap();
    let file = std::fs::File::options().write(true).open(&place).unwrap();
    let now = file.metadata().unwrap().modified().unwrap();
    file.set_modified(now - Duration::from_secs(60)).unwrap();
    let out = stage.run(&["library", "watch", folder, "--collection", "coast"]).await.ok();
    assert!(out.contains("is watched"), "{out}");
    let again = stage.run(&["library", "watch", folder]).await.fails_with(1);
    assert!(again.contains("is watched already"), "{again}");
    until("the file was never read", async || {
        let list = stage.run(&["library", "watched", "--json"]).await.json();
        list["folders"][0]["ready"] == 1
    })
    .await;
    let list = stage.run(&["library", "watched"]).await.ok();
    assert!(list.contains("(collection coast): in step; 1 ready"), "{list}");
    stage.run(&["library", "unwatch", folder, "--delete"]).await.ok();
    let list = stage.run(&["library", "watched"]).await.ok();
    assert_eq!(list, "no folder is watched\n");
    let found = stage.run(&["library", "search", "--json", "rapeseed"]).await.json();
    assert_eq!(found["total"], 0, "{found}");
    let unknown = stage.run(&["library", "unwatch", folder]).await.fails_with(1);
    assert!(unknown.contains("familiar library watched"), "{unknown}");
    assert_eq!(server.end("TERM").await, Some(0));
}

#[tokio::test]
async fn the_librarian_knows_the_handbook_from_the_first_start() {
    let stage = Stage::new().await;
    stage.configure("");
    let server = stage.serve().await;
    // The handbook is read in the background after the start.
    until("the handbook was never read", async || all_ready(&stage).await).await;
    let answer = stage.run(&["ask", "--json", "How do I create a virtual key?"]).await.json();
    assert_eq!(answer["receipt"]["model"], "familiar/librarian");
    assert!(answer["text"].as_str().unwrap().contains("Keys, Create a key"), "{answer}");
    let answer =
        stage.run(&["ask", "--json", "Who won the chess championship of Uzbekistan in 1987?"]).await.json();
    assert!(answer["text"].as_str().unwrap().contains("do not answer"), "{answer}");
    drop(server);
}

/// Looks again and again until it is so.
async fn until(otherwise: &str, is_so: impl AsyncFn() -> bool) {
    let waiting = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.expect(otherwise);
}

async fn all_ready(stage: &Stage) -> bool {
    let list = stage.run(&["library", "list", "--json"]).await.json();
    let list = list.as_array().unwrap();
    !list.is_empty() && list.iter().all(|document| document["status"] == "ready")
}
