//! Documents: handed in, read, found, shown in their place, and taken out again.

use crate::{
    client::{BOUNDARY, Client, Reply, form, form_type},
    stage::{MODEL, Stage},
};
use http::Method;
use serde_json::{Value, json};

/// Hands in files by name and content.
async fn upload(client: &Client, files: &[(&str, &[u8])]) -> Reply {
    send(client, &form_type(), form(files)).await
}

async fn send(client: &Client, content_type: &str, body: Vec<u8>) -> Reply {
    let request = client.request(Method::POST, "/api/library/documents").header("content-type", content_type);
    client.send(request.body(body.into()).unwrap()).await
}

/// Hands in one file and waits until it is read.
async fn add(stage: &Stage, name: &str, content: &[u8]) -> Value {
    let mut events = stage.client.events("/api/events", None).await;
    let told = upload(&stage.client, &[(name, content)]).await.ok(201);
    let id = told["files"][0]["document"]["id"].clone();
    let over = |event: &Value| {
        event["type"] == "document"
            && event["document"]["id"] == id
            && matches!(event["document"]["status"].as_str(), Some("ready" | "failed"))
    };
    events.until(over).await.pop().unwrap().data["document"].clone()
}

fn path(document: &Value) -> String {
    format!("/api/library/documents/{}", document["id"].as_str().unwrap())
}

#[tokio::test]
async fn several_files_are_taken_in_each_for_itself() {
    let stage = Stage::start().await;
    let told = upload(
        &stage.client,
        &[
            ("notes/2026/Müller's plan.md", b"# Plan\n\nThe orchard is planted in autumn."),
            ("empty.txt", b""),
            ("program.exe", b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00"),
            ("copy.md", b"# Plan\n\nThe orchard is planted in autumn."),
            ("../../../etc/passwd", b"root is not here"),
        ],
    )
    .await
    .ok(201);
    let files = told["files"].as_array().unwrap();
    assert_eq!(files.len(), 5);
    assert_eq!(files[0]["document"]["file_name"], "notes/2026/Müller's plan.md");
    for refused in [&files[1], &files[2]] {
        assert_eq!(refused["document"], json!(null), "{refused}");
        for field in ["code", "message", "hint"] {
            assert!(refused["error"][field].as_str().is_some_and(|text| !text.is_empty()), "{refused}");
        }
    }
    assert_eq!(files[3]["duplicate"], true);
    assert_eq!(files[3]["document"]["id"], files[0]["document"]["id"]);
    let name = files[4]["document"]["file_name"].as_str().unwrap();
    assert!(!name.contains(".."), "a name that climbs out of its folder was kept: {name}");
}

#[tokio::test]
async fn a_document_is_read_found_and_shown_in_its_place() {
    let stage = Stage::start().await;
    let client = &stage.client;
    let text = "# Orchard\n\nBefore it.\n\n## Quince\n\nThe zephyrine quince ripens in late October.\n\n## Pear\n\nAfter it.\n";
    let document = add(&stage, "garden/orchard.md", text.as_bytes()).await;
    assert_eq!((&document["status"], &document["title"]), (&json!("ready"), &json!("Orchard")), "{document}");
    assert!(document["chunks"].as_u64().is_some_and(|chunks| chunks > 0));

    let found = client.get("/api/library/search?q=zephyrine").await.ok(200);
    let hit = &found["hits"][0];
    assert_eq!((&found["total"], &hit["document_id"]), (&json!(1), &document["id"]), "{found}");
    let marked: Vec<_> =
        hit["snippet"].as_array().unwrap().iter().filter(|piece| piece["marked"] == true).collect();
    assert_eq!(marked[0]["text"], "zephyrine", "{hit}");
    let passage =
        client.get(&format!("/api/library/passages/{}", hit["chunk_id"].as_str().unwrap())).await.ok(200);
    assert!(passage["text"].as_str().unwrap().contains("zephyrine quince"), "{passage}");
    assert_eq!(passage["document"]["id"], document["id"]);
    let other = client.get("/api/library/search?q=zephyrinne").await.ok(200);
    assert_eq!(
        (&other["fuzzy"], &other["hits"][0]["document_id"]),
        (&json!(true), &document["id"]),
        "{other}"
    );

    let file = client.get(&format!("{}/file", path(&document))).await;
    assert_eq!((file.status, file.text()), (200, text));
    assert_eq!(file.header("content-security-policy"), "sandbox; default-src 'none'");
    assert_eq!(file.header("content-disposition"), "attachment; filename*=UTF-8''orchard.md");
    assert_eq!(file.header("x-content-type-options"), "nosniff");

    assert_eq!(client.delete(&path(&document)).await.status, 204);
    let away = client.get(&path(&document)).await.problem(404, "not_found");
    assert!(away["hint"].as_str().unwrap().contains("restore"), "{away}");
    assert_eq!(client.get("/api/library/search?q=zephyrine").await.ok(200)["total"], 0);
    let list = client.get("/api/library/documents?q=orchard").await.ok(200);
    assert_eq!(list["total"], 0, "{list}");
    let mut events = client.events("/api/events", None).await;
    client.post(&format!("{}/restore", path(&document)), &json!({})).await.ok(200);
    let ready = |event: &Value| event["type"] == "document" && event["document"]["status"] == "ready";
    events.until(|event| ready(event) && event["document"]["id"] == document["id"]).await;
    assert_eq!(client.get("/api/library/search?q=zephyrine").await.ok(200)["total"], 1);
    client.post(&format!("{}/reprocess", path(&document)), &json!({})).await.ok(200);
    events.until(|event| ready(event) && event["document"]["id"] == document["id"]).await;
    assert_eq!(client.get("/api/library/search?q=zephyrine").await.ok(200)["total"], 1);
}

#[tokio::test]
async fn the_librarian_answers_with_the_place_it_stands_at() {
    let stage = Stage::start().await;
    let document =
        add(&stage, "orchard.md", b"# Orchard\n\nThe zephyrine quince ripens in late October.").await;
    let grounding = json!({ "enabled": true, "document_ids": [document["id"]] });
    let new = json!({ "model": "familiar/librarian", "grounding": grounding });
    let made = stage.client.post("/api/conversations", &new).await.ok(201);
    let conversation = format!("/api/conversations/{}", made["id"].as_str().unwrap());
    let mut events = stage.client.events(&format!("{conversation}/events"), None).await;
    stage.say(&conversation, "When does the zephyrine quince ripen?").await;
    let ended =
        events.until(|event| event["type"] == "finished").await.pop().unwrap().data["message"].clone();
    assert!(ended["text"].as_str().unwrap().contains("late October"), "{ended}");
    assert_eq!((&ended["language_model"], &ended["status"]), (&json!(false), &json!("complete")));
    assert_eq!(ended["citations"][0]["document_id"], document["id"], "{ended}");
    assert!(
        stage.upstream.requests().iter().all(|request| request.method == "GET"),
        "nothing left the machine"
    );
}

/// Says something, lets the scripted model answer this, and gives the answer as it ended.
async fn answered(stage: &Stage, conversation: &str, (question, reply): (&str, &str)) -> Value {
    let mut events = stage.client.events(&format!("{conversation}/events"), None).await;
    stage.upstream.queue(testkit::Reply::text(reply));
    let id = stage.say(conversation, question).await;
    let ended = |event: &Value| event["type"] == "finished" && event["message"]["id"] == id.as_str();
    events.until(ended).await.pop().unwrap().data["message"].clone()
}

#[tokio::test]
async fn what_a_model_says_is_held_against_its_sources() {
    let stage = Stage::start().await;
    let text = "# Orchard\n\nThe zephyrine quince ripens in late October. Its fruit weighs 300 grams.";
    let document = add(&stage, "orchard.md", text.as_bytes()).await;
    let grounding = json!({ "enabled": true, "document_ids": [document["id"]] });
    let new = json!({ "model": MODEL, "grounding": grounding });
    let made = stage.client.post("/api/conversations", &new).await.ok(201);
    let conversation = format!("/api/conversations/{}", made["id"].as_str().unwrap());

    let question = "When does the zephyrine quince ripen?";
    let faithful = "The zephyrine quince ripens in late October [1].";
    let message = answered(&stage, &conversation, (question, faithful)).await;
    assert_eq!(message["checked"], json!({ "claims": 1, "doubts": [] }), "{message}");

    let added =
        "The fruit of the quince weighs 300 grams [1]. It tastes of honey and is served at weddings [1].";
    let message = answered(&stage, &conversation, ("How heavy is the quince's fruit?", added)).await;
    let doubts = message["checked"]["doubts"].as_array().unwrap();
    assert_eq!((&message["checked"]["claims"], doubts.len()), (&json!(2), 1), "{message}");
    assert_eq!((&doubts[0]["grade"], &doubts[0]["reason"]), (&json!("unsupported"), &json!("words")));
    assert_eq!(doubts[0]["sentence"], "It tastes of honey and is served at weddings [1].");

    let made_up = "The quince was planted in 1904 by a monk.";
    let message = answered(&stage, &conversation, ("Who planted the quince?", made_up)).await;
    let doubt = &message["checked"]["doubts"][0];
    assert_eq!((&doubt["grade"], &doubt["reason"]), (&json!("unsupported"), &json!("uncited")), "{message}");

    let exported = stage.client.get(&format!("{conversation}/export?form=markdown")).await;
    let file = exported.text();
    let told = "> Not borne out by its sources: \u{201c}The quince was planted in 1904 by a monk.\u{201d} (it names no source)";
    assert!(file.contains(told), "{file}");

    let plain = stage.conversation().await;
    let message = answered(&stage, &plain, ("Who planted the quince?", made_up)).await;
    assert_eq!(message["checked"], json!(null), "without documents nothing is checked: {message}");
}

#[tokio::test]
async fn a_broken_document_says_what_is_wrong_with_it() {
    let stage = Stage::start().await;
    let document = add(&stage, "broken.pdf", b"%PDF-1.7\nthis is no document at all\n%%EOF\n").await;
    assert_eq!(document["status"], "failed", "{document}");
    for field in ["code", "message", "hint"] {
        assert!(document["error"][field].as_str().is_some_and(|text| !text.is_empty()), "{document}");
    }
    let failed = stage.client.get("/api/library/documents?status=failed").await.ok(200);
    assert_eq!((&failed["total"], &failed["documents"][0]["id"]), (&json!(1), &document["id"]));
    let jobs = stage.client.get("/api/jobs").await.ok(200);
    let job = jobs["jobs"].as_array().unwrap().iter().find(|job| job["id"] == document["job_id"]);
    assert!(job.is_none_or(|job| job["kind"] == "library.ingest"), "{jobs}");
}

#[tokio::test]
async fn an_upload_that_is_none_is_refused() {
    let stage = Stage::start().await;
    let client = &stage.client;
    let multipart = form_type();
    send(client, "application/json", b"{}".to_vec()).await.problem(400, "invalid");
    send(client, "multipart/form-data", b"x".to_vec()).await.problem(400, "invalid");
    send(client, &multipart, Vec::new()).await.problem(400, "invalid");
    send(client, &multipart, format!("--{BOUNDARY}--\r\n").into_bytes()).await.problem(422, "invalid");
    let half = format!("--{BOUNDARY}\r\ncontent-disposition: form-data; filename=\"a.txt\"\r\n\r\nhalf");
    send(client, &multipart, half.into_bytes()).await.problem(400, "invalid");
    let list = client.get("/api/library/documents?q=a.txt").await.ok(200);
    assert_eq!(list["total"], 0, "half a file was kept: {list}");
}

#[tokio::test]
async fn queries_that_make_no_sense_are_refused_and_odd_ones_answered() {
    let stage = Stage::start().await;
    let client = &stage.client;
    client.get("/api/library/search").await.ok(200);
    client.get("/api/library/search?q=x&limit=lots").await.problem(400, "invalid");
    client.get("/api/library/documents?sort=colour").await.problem(422, "invalid");
    client.get("/api/library/documents?status=lost").await.problem(422, "invalid");
    client.get("/api/library/documents?cursor=nonsense").await.problem(422, "invalid");
    client.get("/api/library/search?q=x&document_id=nonsense").await.problem(404, "not_found");
    client.get("/api/library/passages/nonsense").await.problem(404, "not_found");
    let unknown = "/api/library/documents/01890a5d-ac96-774b-bcce-b302099a8057";
    for path in [unknown.to_owned(), format!("{unknown}/file")] {
        client.get(&path).await.problem(404, "not_found");
    }
    client.delete(unknown).await.problem(404, "not_found");
    client.post(&format!("{unknown}/reprocess"), &json!({})).await.problem(404, "not_found");
    for query in
        ["%22", "((((", "a:b:c", "-", "*", "title:", "%F0%9F%A6%89", "AND%20OR%20NOT", "%22a%20-%22", "%FF"]
    {
        client.get(&format!("/api/library/search?q={query}")).await.ok(200);
    }
    client.get(&format!("/api/library/search?q={}", "word+".repeat(2_000))).await.ok(200);
}

#[tokio::test]
async fn the_handbook_is_there_from_the_start() {
    let stage = Stage::start().await;
    let list =
        stage.client.get("/api/library/documents?collection=handbook&limit=2&sort=title").await.ok(200);
    let (mut seen, mut next) = (list["documents"].as_array().unwrap().clone(), list["next"].clone());
    while let Some(cursor) = next.as_str() {
        let query = format!("/api/library/documents?collection=handbook&limit=2&sort=title&cursor={cursor}");
        let page = stage.client.get(&query).await.ok(200);
        seen.extend(page["documents"].as_array().unwrap().iter().cloned());
        next = page["next"].clone();
    }
    let mut ids: Vec<_> = seen.iter().map(|document| document["id"].as_str().unwrap()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), seen.len(), "a page repeats");
    assert!(seen.iter().all(|document| document["handbook"] == true));
}

#[tokio::test]
async fn a_job_that_is_not_there_cannot_be_cancelled() {
    let stage = Stage::start().await;
    stage.client.delete("/api/jobs/nonsense").await.problem(404, "not_found");
    stage.client.delete("/api/jobs/01890a5d-ac96-774b-bcce-b302099a8057").await.problem(404, "not_found");
}

#[tokio::test]
async fn synonyms_of_ones_own_are_kept_shown_and_switched_off() {
    let stage = Stage::start().await;
    let client = &stage.client;
    add(&stage, "orchard.md", b"# Orchard\n\nThe zephyrine quince ripens in late October.").await;
    let lists = client.get("/api/library/synonyms").await.ok(200);
    assert!(lists["shipped"].as_str().unwrap().contains("hp, hit points"), "{lists}");
    assert_eq!(lists["own"], "");
    let own = json!({ "own": "# mine\nzq, zephyrine quince\n" });
    assert_eq!(client.put("/api/library/synonyms", &own).await.status, 204);
    assert_eq!(client.get("/api/library/synonyms").await.ok(200)["own"], own["own"]);
    let found = client.get("/api/library/search?q=ZQ").await.ok(200);
    assert_eq!(found["total"], 1, "{found}");
    let chip = json!({ "key": "synonym:zq", "kind": "synonym", "typed": "ZQ", "meant": ["zephyrine quince"], "on": true });
    assert_eq!(found["chips"], json!([chip]));
    let without = client.get("/api/library/search?q=ZQ&off=synonym:zq,correction:x").await.ok(200);
    assert_eq!((&without["total"], &without["chips"][0]["on"]), (&json!(0), &json!(false)), "{without}");
    let refused = client
        .put("/api/library/synonyms", &json!({ "own": "zq, quince\nalone" }))
        .await
        .problem(422, "invalid");
    assert!(refused.to_string().contains("line 2"), "{refused}");
    assert_eq!(
        client.get("/api/library/synonyms").await.ok(200)["own"],
        own["own"],
        "what was refused changed it"
    );
    assert_eq!(client.put("/api/library/synonyms", &json!({ "own": " " })).await.status, 204);
    assert_eq!(client.get("/api/library/search?q=ZQ").await.ok(200)["total"], 0);
}

#[tokio::test]
async fn what_documents_say_of_names_widens_a_search_and_related_names_are_added_by_request() {
    let stage = Stage::start().await;
    let client = &stage.client;
    let nights =
        (0..4).map(|night| format!("## Night {night}\n\nNobody in Castle Ravenloft sees Strahd by day.\n\n"));
    let days = (0..12).map(|day| format!("## Day {day}\n\nA lamp burns in the window.\n\n"));
    let alias = "## Guests\n\nHere comes Rahadin (alias Dusk Elf), who opens.\n\n## Doors\n\nThe Dusk Elf shuts them.\n";
    let book: String = nights.chain(days).chain([alias.to_owned()]).collect();
    add(&stage, "curse.md", book.as_bytes()).await;
    let found = client.get("/api/library/search?q=Strahd").await.ok(200);
    let related = |on| json!([{ "key": "related:strahd", "kind": "related", "typed": "strahd", "meant": ["castle ravenloft"], "on": on }]);
    assert_eq!((&found["total"], &found["chips"]), (&json!(4), &related(false)), "{found}");
    let added = client.get("/api/library/search?q=Strahd&on=related:strahd").await.ok(200);
    assert_eq!(added["chips"], related(true));
    let found = client.get("/api/library/search?q=rahadin").await.ok(200);
    assert_eq!(
        (&found["total"], &found["chips"][0]["key"]),
        (&json!(2), &json!("vocabulary:rahadin")),
        "{found}"
    );
    let without = client.get("/api/library/search?q=rahadin&off=vocabulary:rahadin").await.ok(200);
    assert_eq!((&without["total"], &without["chips"][0]["on"]), (&json!(1), &json!(false)), "{without}");
}

#[tokio::test]
async fn documents_are_tagged_and_put_right() {
    let stage = Stage::start().await;
    let client = &stage.client;
    let one = add(&stage, "one.md", b"# Orchard\n\nThe zephyrine quince ripens late.").await;
    let two = add(&stage, "two.md", b"# Cellar\n\nThe zephyrine quince keeps long.").await;
    let ids = [&one["id"], &two["id"]];
    let before =
        client.post("/api/library/tags", &json!({ "ids": ids, "add": ["#Fruit", "to do"] })).await.ok(200);
    assert_eq!(before["documents"][0], json!({ "id": one["id"], "tags": [] }));
    client.post("/api/library/tags", &json!({ "ids": [two["id"]], "remove": ["to do"] })).await.ok(200);
    assert_eq!(client.get(&path(&one)).await.ok(200)["tags"], json!(["fruit", "to do"]));
    let used = client.get("/api/library/tags").await.ok(200);
    let expected = json!([{ "tag": "fruit", "documents": 2 }, { "tag": "to do", "documents": 1 }]);
    assert_eq!(used["tags"], expected);
    assert_eq!(client.get("/api/library/documents?tag=To%20do").await.ok(200)["total"], 1);
    let found = client.get("/api/library/search?q=zephyrine&facets=true&tag=to%20do").await.ok(200);
    let facets = found["facets"].as_array().unwrap();
    let facet = facets.iter().find(|facet| facet["name"] == "tag").unwrap();
    assert_eq!(found["total"], 1, "{found}");
    assert_eq!((&facet["values"][0]["value"], &facet["values"][0]["count"]), (&json!("fruit"), &json!(2)));
    assert_eq!(client.get("/api/library/search?q=zephyrine%20-tag:%22to%20do%22").await.ok(200)["total"], 1);
    let after = client.put("/api/library/tags", &before).await.ok(200);
    assert_eq!(after["documents"][1]["tags"], json!(["fruit"]));
    assert_eq!(client.get("/api/library/tags").await.ok(200)["tags"], json!([]));
    for tag in ["a,b", "", &"x".repeat(65)] {
        let body = json!({ "ids": ids, "add": [tag] });
        client.post("/api/library/tags", &body).await.problem(422, "invalid");
    }

    let right = json!({ "fields": { "title": "The quince", "published": "1999-05", "language": "en" } });
    let corrected = client.patch(&path(&one), &right).await.ok(200);
    assert_eq!((&corrected["title"], &corrected["published"]), (&json!("The quince"), &json!("1999-05")));
    assert_eq!(corrected["corrected"][0], json!({ "field": "title", "told": "Orchard" }), "{corrected}");
    let bad = json!({ "fields": { "published": "1999-13" } });
    let problem = client.patch(&path(&one), &bad).await.problem(422, "invalid");
    assert!(problem["detail"].as_str().unwrap().contains("1999-13"), "{problem}");
    assert!(problem["hint"].as_str().unwrap().contains("1999-05-03"), "{problem}");
    let back = json!({ "fields": { "title": null } });
    assert_eq!(client.patch(&path(&one), &back).await.ok(200)["title"], "Orchard");
}

#[tokio::test]
async fn what_kind_of_document_it_is_can_be_put_right() {
    let stage = Stage::start().await;
    let client = &stage.client;
    let text = "---\npublisher: Sea Press\ndate: 2014-05\nlang: en\n---\n\nDear Bob,\n\nthe zephyrine quince is ripe.\n\nYours sincerely,\nAnn\n";
    let letter = add(&stage, "quince.md", text.as_bytes()).await;
    let told = ["publisher", "published", "language", "kind"].map(|field| letter[field].as_str());
    assert_eq!(told, [Some("Sea Press"), Some("2014-05"), Some("en"), Some("letter")], "{letter}");
    assert_eq!((&letter["made"], &letter["kind_chosen"]), (&json!(null), &json!(false)), "{letter}");
    let found = &letter["kind_found"];
    assert!(found["certainty"].as_f64().is_some_and(|share| share > 0.5), "{letter}");
    assert!(found["because"].as_array().unwrap().contains(&json!("salutation")), "{letter}");

    let address = format!("{}/kind", path(&letter));
    let chosen = client.put(&address, &json!({ "kind": "fiction" })).await.ok(200);
    assert_eq!((&chosen["kind"], &chosen["kind_chosen"]), (&json!("fiction"), &json!(true)));
    assert_eq!(&chosen["kind_found"], found);
    let of_kind = async |kind: &str| {
        let search = format!("/api/library/search?q=zephyrine&facets=true&document_kind={kind}");
        client.get(&search).await.ok(200)["total"].clone()
    };
    assert_eq!((of_kind("fiction").await, of_kind("letter").await), (json!(1), json!(0)));
    let problem = client.put(&address, &json!({ "kind": "poem" })).await.problem(422, "invalid");
    assert!(problem["detail"].as_str().is_some_and(|text| text.contains("rulebook")), "{problem}");
    let back = client.put(&address, &json!({ "kind": null })).await.ok(200);
    assert_eq!((&back["kind"], &back["kind_chosen"]), (&json!("letter"), &json!(false)));
    assert_eq!(of_kind("letter,data").await, json!(1));
}

#[tokio::test]
async fn searches_are_reported_and_forgotten() {
    let stage = Stage::start().await;
    let client = &stage.client;
    add(&stage, "orchard.md", b"# Orchard\n\nThe zephyrine quince ripens in late October.").await;
    let found = client.get("/api/library/search?q=zephyrine").await.ok(200);
    let search = found["search_id"].as_str().unwrap();
    assert_eq!(
        client.get("/api/library/search?q=zephyrine&offset=1").await.ok(200)["search_id"],
        json!(null)
    );
    let opened = json!({ "chunk_id": found["hits"][0]["chunk_id"], "place": 1 });
    let address = format!("/api/library/searches/{search}/opened");
    assert_eq!(client.post(&address, &opened).await.status, 204);
    let unknown = json!({ "chunk_id": "none", "place": 1 });
    client.post(&address, &unknown).await.problem(404, "not_found");
    let report = client.get("/api/library/searches?days=7").await.ok(200);
    assert_eq!((&report["days"], &report["searches"], &report["opened"]), (&json!(7), &json!(1), &json!(1)));
    assert_eq!(report["frequent"], json!([{ "query": "zephyrine", "asked": 1, "opened": 1 }]));
    assert_eq!(report["popular"][0]["title"], "Orchard", "{report}");
    assert_eq!(client.delete("/api/library/searches").await.status, 204);
    assert_eq!(client.get("/api/library/searches").await.ok(200)["searches"], 0);
}

#[tokio::test]
async fn passages_are_kept_and_lead_to_others_like_them() {
    let stage = Stage::start().await;
    let client = &stage.client;
    let text = "# Orchard\n\n## Quince\n\nThe zephyrine quince ripens in October.\n\n## Medlar\n\nThe medlar ripens in October, too.\n";
    let document = add(&stage, "orchard.md", text.as_bytes()).await;
    let found = client.get("/api/library/search?q=zephyrine").await.ok(200);
    let chunk_id = found["hits"][0]["chunk_id"].as_str().unwrap().to_owned();
    let bookmark = format!("/api/library/bookmarks/{chunk_id}");
    assert_eq!(client.put(&bookmark, &json!({})).await.status, 204);
    let kept = client.get("/api/library/bookmarks").await.ok(200);
    let first = &kept["bookmarks"][0];
    assert_eq!((&first["chunk_id"], &first["there"]), (&json!(chunk_id), &json!(true)), "{kept}");
    assert_eq!((&first["title"], &first["document_id"]), (&json!("Orchard"), &document["id"]), "{kept}");
    assert_eq!(client.delete(&bookmark).await.status, 204);
    assert_eq!(client.get("/api/library/bookmarks").await.ok(200)["bookmarks"], json!([]));
    client.put("/api/library/bookmarks/nonsense", &json!({})).await.problem(404, "not_found");
    let like = client.get(&format!("/api/library/passages/{chunk_id}/similar?limit=5")).await.ok(200);
    assert_eq!(like["hits"][0]["heading"], "Orchard \u{203a} Medlar", "{like}");
    client.get("/api/library/passages/nonsense/similar").await.problem(404, "not_found");
}
