//! `familiar persona`: cards in, looked at, listed and out.

use super::stage::Stage;
use testkit::Reply;

const CARD: &str = r#"{"spec": "chara_card_v2", "spec_version": "2.0", "data": {"name": "Mira",
    "description": "{{char}} keeps a lighthouse.", "tags": ["sea"], "extensions": {"other/program": 1}, "strange": true}}"#;

#[tokio::test]
async fn cards_go_in_and_out_and_mistakes_have_a_place() {
    let stage = Stage::new().await;
    let server = stage.serve().await;
    let card = stage.file("mira.json", CARD);
    let out = stage.run(&["persona", "validate", &card]).await.ok();
    assert!(out.contains("Mira (v2), good"), "{out}");
    assert!(
        stage.run(&["persona", "list", "--json"]).await.json()["personas"].as_array().unwrap().is_empty()
    );

    let out = stage.run(&["persona", "import", &card]).await.ok();
    assert!(out.contains("Mira (v2), kept as"), "{out}");
    let out = stage.run(&["persona", "import", &card]).await.ok();
    assert!(out.contains("is there already"), "{out}");
    let out = stage.run(&["persona", "list", "lighthouse"]).await.ok();
    assert!(out.contains("Mira") && out.contains("sea"), "{out}");

    let written: serde_json::Value =
        serde_json::from_str(&stage.run(&["persona", "export", "mira", "--form", "v2"]).await.ok()).unwrap();
    assert_eq!(written["data"]["strange"], true, "{written}");
    assert_eq!(written["data"]["extensions"]["other/program"], 1);
    let xml = stage.run(&["persona", "export", "Mira", "--form", "xml"]).await.ok();
    assert!(xml.contains("<description>{{char}} keeps a lighthouse.</description>"), "{xml}");
    let picture = card.replace("mira.json", "mira.png");
    stage.run(&["persona", "export", "Mira", "--form", "png", "-o", &picture]).await.ok();
    let out = stage.run(&["persona", "import", "--dry-run", &picture]).await.ok();
    assert!(out.contains("Mira (png), is there already"), "{out}");

    let broken = stage.file("broken.xml", "<persona name=\"x\">\n  <style humour=\"101\"/>\n</persona>");
    let outcome = stage.run(&["persona", "validate", &broken]).await;
    assert!(outcome.out.contains("line 2, column 10: `humour` is `101`"), "{}", outcome.out);
    outcome.fails_with(1);
    let error = stage.run(&["persona", "export", "Nobody"]).await.fails_with(1);
    assert!(error.contains("there is no persona called `Nobody`"), "{error}");
    assert_eq!(server.end("TERM").await, Some(0));
}

#[tokio::test]
async fn templates_folders_and_archives() {
    let stage = Stage::new().await;
    let server = stage.serve().await;
    let out = stage.run(&["persona", "templates"]).await.ok();
    assert!(out.contains("storyteller") && out.contains("innkeeper"), "{out}");
    let out = stage.run(&["persona", "new", "innkeeper", "--name", "Rosa"]).await.ok();
    assert!(out.starts_with("Rosa: kept as "), "{out}");
    let error = stage.run(&["persona", "new", "nobody"]).await.fails_with(1);
    assert!(error.contains("there is no template `nobody`") && error.contains("hint: "), "{error}");

    let card = stage.file("mira.json", CARD);
    let folder = std::path::Path::new(&card).parent().unwrap().join("cards");
    std::fs::create_dir_all(folder.join("inner")).unwrap();
    std::fs::write(folder.join("mira.json"), CARD).unwrap();
    std::fs::write(folder.join("inner/bad.xml"), "<persona/>").unwrap();
    std::fs::write(folder.join("notes.txt"), "not a card, and not looked at").unwrap();
    let folder = folder.display().to_string();
    let outcome = stage.run(&["persona", "import", &folder]).await;
    assert!(
        outcome.out.contains("Mira (v2), kept as") && outcome.out.contains("bad.xml: not read"),
        "{}",
        outcome.out
    );
    assert!(outcome.fails_with(1).contains("1 of 2 files are not good"));

    let archive = card.replace("mira.json", "all.zip");
    let told =
        stage.run(&["persona", "export", "--all", "--form", "png", "-o", &archive, "--json"]).await.json();
    assert_eq!(told["bytes"].as_u64(), Some(std::fs::metadata(&archive).unwrap().len()));
    let report = stage.run(&["persona", "validate", "--json", &archive]).await.json();
    let names: Vec<&str> =
        report["files"].as_array().unwrap().iter().map(|file| file["file_name"].as_str().unwrap()).collect();
    assert_eq!(names.len(), 2, "{names:?}");
    assert!(names.iter().any(|name| name.ends_with("all.zip/Mira.png")), "{names:?}");
    assert!(report["files"].as_array().unwrap().iter().all(|file| file["error"].is_null()), "{report}");
    stage.run(&["persona", "export", "--all"]).await.fails_with(2);
    assert_eq!(server.end("TERM").await, Some(0));
}

#[tokio::test]
async fn several_talk_feel_and_are_checked() {
    let stage = Stage::new().await;
    let server = stage.serve().await;
    for name in ["Mira", "Tom"] {
        let text = format!(
            r#"{{"name": "{name}", "description": "d", "personality": "", "scenario": "", "first_mes": "Hi.", "mes_example": ""}}"#
        );
        stage.run(&["persona", "import", &stage.file(&format!("{name}.json"), text)]).await.ok();
    }
    let on = stage.run(&["persona", "feelings", "tom", "--on", "--drift", "5", "--json"]).await.json();
    assert_eq!((on["temper"]["on"].as_bool(), on["temper"]["drift"].as_u64()), (Some(true), Some(5)));
    stage.upstream.queue(Reply::text("Tom, I trust you."));
    stage.upstream.queue(Reply::text("Good."));
    let talk = ["persona", "talk", "Mira", "Tom", "--say", "Go on.", "--policy", "list", "-m", "work/small"];
    let out = stage.run(&talk).await.ok();
    assert_eq!(out, "Mira: Tom, I trust you.\n\nTom: Good.\n\n");
    let felt = stage.run(&["persona", "feelings", "Tom"]).await.ok();
    assert!(
        felt.contains("feelings are on") && felt.contains("Mira") && felt.contains("confidence"),
        "{felt}"
    );
    let error = stage.run(&["persona", "talk", "Mira", "Nobody", "--say", "x"]).await.fails_with(1);
    assert!(error.contains("there is no persona called `Nobody`"), "{error}");

    for answer in ["I am Tom.", "No, I am Tom.", "Tom it is."] {
        stage.upstream.queue(Reply::text(answer));
    }
    let out = stage.run(&["persona", "check", "Tom", "-m", "work/small"]).await.ok();
    assert!(out.contains("identity") && out.contains("all"), "{out}");
    for answer in ["A language model by Open", "As an AI language model, yes.", "Yes."] {
        stage.upstream.queue(Reply::text(answer));
    }
    let low = stage.run(&["persona", "check", "Tom", "-m", "work/small", "--at-least", "0.9"]).await;
    assert!(low.out.contains("fell out of character"), "{}", low.out);
    assert!(low.fails_with(1).contains("0.90 is asked for"));
    let runs = stage.run(&["persona", "check", "Tom", "--list", "--json"]).await.json();
    assert_eq!(runs["checks"].as_array().unwrap().len(), 2);
    assert!(
        runs["checks"][0]["changes"].as_array().unwrap().iter().any(|change| change["telling"] == true),
        "{runs}"
    );
    assert_eq!(server.end("TERM").await, Some(0));
}
