//! `familiar persona`: cards in, looked at, listed and out.

use super::stage::Stage;

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
