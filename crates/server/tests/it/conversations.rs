//! Conversations, and the answers that stream into them.

use crate::{
    client::Event,
    stage::{MODEL, Stage},
};
use serde_json::{Value, json};
use testkit::Reply;

/// The answer as one who has read these events shows it.
fn shown(events: &[Event], answer: &str) -> String {
    let mut text = String::new();
    for event in events {
        let data = &event.data;
        match data["type"].as_str().unwrap() {
            "snapshot" | "finished" if data["message"]["id"] == answer => {
                text = data["message"]["text"].as_str().unwrap().to_owned();
            }
            "delta" if data["message_id"] == answer && data["event"]["type"] == "text" => {
                text.push_str(data["event"]["delta"].as_str().unwrap());
            }
            _ => {}
        }
    }
    text
}

fn finished(event: &Value) -> bool {
    event["type"] == "finished"
}

fn is_text(event: &Value) -> bool {
    event["type"] == "delta" && event["event"]["type"] == "text"
}

#[tokio::test]
async fn a_turn_streams_its_answer_and_keeps_it() {
    let stage = Stage::start().await;
    let client = &stage.client;
    let conversation = stage.conversation().await;
    let mut events = client.events(&format!("{conversation}/events"), None).await;
    stage.upstream.queue(Reply::text("The lantern keeps its own time.").usage(12, 7));
    let answer = stage.say(&conversation, "What keeps time?").await;
    let seen = events.until(finished).await;
    let deltas: String = seen
        .iter()
        .filter(|event| is_text(&event.data))
        .map(|event| event.data["event"]["delta"].as_str().unwrap())
        .collect();
    assert_eq!(deltas, "The lantern keeps its own time.");
    assert_eq!(shown(&seen, &answer), deltas);

    let messages = client.get(&format!("{conversation}/messages")).await.ok(200);
    let kept = &messages["messages"][1];
    assert_eq!(
        (&kept["id"], &kept["text"], &kept["status"]),
        (&json!(answer), &json!(deltas), &json!("complete"))
    );
    assert_eq!(kept["receipt"]["cost_usd"], "0.000026");
    assert_eq!(kept["receipt"]["exchange_id"], stage.exchanges().await[0]["id"]);
    assert_eq!(messages["leaf_id"], json!(answer));
    let shown = client.get(&conversation).await.ok(200);
    assert_eq!((&shown["streaming"], &shown["title"]), (&json!(false), &json!("What keeps time?")));
}

/// Whoever comes back with `Last-Event-ID` reads on exactly where the line broke, whichever event that was.
#[tokio::test]
async fn a_reader_who_comes_back_misses_nothing_and_reads_nothing_twice() {
    let stage = Stage::start().await;
    let conversation = stage.conversation().await;
    let path = format!("{conversation}/events");
    let mut whole = stage.client.events(&path, None).await;
    stage.upstream.queue(Reply::words(60));
    let answer = stage.say(&conversation, "count").await;
    let all = whole.until(finished).await;
    for (position, event) in all.iter().enumerate().take(all.len() - 1).step_by(7) {
        let mut again = stage.client.events(&path, Some(&event.id)).await;
        let rest = again.until(finished).await;
        assert_eq!(rest, all[position + 1..], "after {}", event.id);
    }

    // In the middle of an answer, over and over: three events, then the line breaks.
    stage.upstream.queue(Reply::words(40).tokens_per_second(200.0));
    let mut last = all.last().unwrap().id.clone();
    let answer_2 = stage.say(&conversation, "again").await;
    let mut seen: Vec<Event> = Vec::new();
    while !seen.iter().any(|event| finished(&event.data)) {
        let mut reader = stage.client.events(&path, Some(&last)).await;
        for _ in 0..3 {
            let event = reader.next().await.unwrap();
            last.clone_from(&event.id);
            let done = finished(&event.data);
            seen.push(event);
            if done {
                break;
            }
        }
    }
    let mut unbroken = whole.until(finished).await;
    seen.retain(|event| event.data["type"] != "conversation");
    unbroken.retain(|event| event.data["type"] != "conversation");
    assert_eq!(seen, unbroken);
    assert_eq!(
        shown(&seen, &answer_2),
        shown(&all, &answer).split(' ').take(40).collect::<Vec<_>>().join(" ")
    );

    // A number of another run, and one that is none, get everything anew instead of an error.
    for last in ["ffff-3", "nonsense"] {
        let mut anew = stage.client.events(&path, Some(last)).await;
        let event = anew.next().await.unwrap();
        assert_eq!(event.data["type"], "snapshot", "{event:?}");
    }
}

#[tokio::test]
async fn two_watchers_see_the_same_and_one_who_comes_late_catches_up() {
    let stage = Stage::start().await;
    let conversation = stage.conversation().await;
    let path = format!("{conversation}/events");
    let (mut one, mut two) = (stage.client.events(&path, None).await, stage.client.events(&path, None).await);
    stage.upstream.queue(Reply::words(40).tokens_per_second(100.0));
    let answer = stage.say(&conversation, "go").await;
    let mut seen_by_one = one.until(is_text).await;
    let mut late = stage.client.events(&path, None).await;
    seen_by_one.extend(one.until(finished).await);
    let seen_by_two = two.until(finished).await;
    assert_eq!(seen_by_one, seen_by_two);
    let seen_late = late.until(finished).await;
    assert_eq!(seen_late[0].data["type"], "snapshot");
    let before_the_end = |events: &[Event]| shown(&events[..events.len() - 1], &answer);
    assert_eq!(
        before_the_end(&seen_late),
        before_the_end(&seen_by_one),
        "snapshot and deltas make the whole"
    );
}

#[tokio::test]
async fn a_stopped_answer_keeps_what_had_come_and_the_provider_is_told() {
    let stage = Stage::start().await;
    let conversation = stage.conversation().await;
    let mut events = stage.client.events(&format!("{conversation}/events"), None).await;
    stage.upstream.queue(Reply::words(5_000).tokens_per_second(50.0));
    let answer = stage.say(&conversation, "a long story").await;
    let before = events.until(is_text).await;
    let stop = format!("{conversation}/messages/{answer}/stop");
    let stopped = stage.client.post(&stop, &json!({})).await.ok(200);
    assert_eq!(stopped["status"], "stopped", "{stopped}");
    let text = stopped["text"].as_str().unwrap();
    assert!(text.starts_with(&shown(&before, &answer)) && text.len() < 1_000, "{text}");
    assert_eq!(stage.upstream.wait_for_disconnects(1).await.unwrap().len(), 1);
    let messages = stage.client.get(&format!("{conversation}/messages")).await.ok(200);
    assert_eq!(messages["messages"][1]["text"], stopped["text"]);
    let exchange = &stage.exchanges().await[0];
    assert_eq!((&exchange["outcome"], &exchange["estimated"]), (&json!("cancelled"), &json!(true)));
    // Once more changes nothing.
    assert_eq!(stage.client.post(&stop, &json!({})).await.ok(200)["status"], "stopped");
}

#[tokio::test]
async fn answers_are_written_anew_and_messages_resent_as_siblings() {
    let stage = Stage::start().await;
    let client = &stage.client;
    let conversation = stage.conversation().await;
    let mut events = client.events(&format!("{conversation}/events"), None).await;
    stage.upstream.queue(Reply::text("first"));
    let first = stage.say(&conversation, "hello").await;
    events.until(finished).await;
    stage.upstream.queue(Reply::text("second"));
    let path = format!("{conversation}/messages/{first}/regenerate");
    let again = client.post(&path, &json!({ "model": "ollama/actor" })).await.ok(201);
    events.until(finished).await;
    assert_eq!(again["user_message"], json!(null));
    let messages = client.get(&format!("{conversation}/messages")).await.ok(200);
    let list = messages["messages"].as_array().unwrap();
    assert_eq!(list.len(), 3);
    assert_eq!(list[1]["parent_id"], list[2]["parent_id"]);
    assert_eq!((&list[2]["text"], &list[2]["model"]), (&json!("second"), &json!("ollama/actor")));
    assert_eq!(messages["leaf_id"], again["reply"]["id"]);

    let person = list[0]["id"].as_str().unwrap();
    client
        .post(&format!("{conversation}/messages/{person}/regenerate"), &json!({}))
        .await
        .problem(422, "invalid");
    stage.upstream.queue(Reply::text("third"));
    let edited = json!({ "text": "hello there", "parent_id": null });
    client.post(&format!("{conversation}/turns"), &edited).await.ok(201);
    events.until(finished).await;
    let messages = client.get(&format!("{conversation}/messages")).await.ok(200);
    assert_eq!(messages["messages"].as_array().unwrap().len(), 5);
}

#[tokio::test]
async fn a_message_is_deleted_with_what_follows_it_and_brought_back() {
    let stage = Stage::start().await;
    let client = &stage.client;
    let conversation = stage.conversation().await;
    let mut events = client.events(&format!("{conversation}/events"), None).await;
    let mut app = client.events("/api/events", None).await;
    stage.upstream.queue(Reply::text("The lantern."));
    let answer = stage.say(&conversation, "What keeps time?").await;
    events.until(finished).await;
    let messages = client.get(&format!("{conversation}/messages")).await.ok(200);
    let asked = messages["messages"][0]["id"].as_str().unwrap();
    let path = format!("{conversation}/messages/{asked}");
    let deleted = client.delete(&path).await.ok(200);
    assert_eq!(deleted, json!({ "message_ids": [asked, answer], "leaf_id": null }));
    let told = app.until(|event| event["type"] == "messages_deleted").await.pop().unwrap();
    assert_eq!(told.data["deleted"], deleted);
    assert!(conversation.ends_with(told.data["id"].as_str().unwrap()));
    assert_eq!(client.get(&format!("{conversation}/messages")).await.ok(200)["messages"], json!([]));
    client.delete(&path).await.problem(404, "not_found");
    let back = client.post(&format!("{path}/restore"), &json!({})).await.ok(200);
    assert_eq!(back["leaf_id"], json!(answer));
    assert_eq!(client.get(&format!("{conversation}/messages")).await.ok(200), messages);
}

#[tokio::test]
async fn a_failed_answer_says_why_and_can_be_tried_again() {
    let stage = Stage::start().await;
    let conversation = stage.conversation().await;
    let mut events = stage.client.events(&format!("{conversation}/events"), None).await;
    for reply in [Reply::error(401, "bad key"), Reply::words(20).error_after(5, 529, "overloaded")] {
        stage.upstream.queue(reply);
        stage.say(&conversation, "hello").await;
        let ended = events.until(finished).await.pop().unwrap().data["message"].clone();
        assert_eq!(ended["status"], "failed", "{ended}");
        for field in ["code", "message", "hint"] {
            assert!(ended["error"][field].as_str().is_some_and(|text| !text.is_empty()), "{ended}");
        }
    }
    stage.upstream.queue(Reply::text("better"));
    stage.say(&conversation, "hello").await;
    assert_eq!(events.until(finished).await.pop().unwrap().data["message"]["status"], "complete");
}

#[tokio::test]
async fn conversations_are_listed_found_changed_and_brought_back() {
    let stage = Stage::start().await;
    let client = &stage.client;
    for (text, answer) in
        [("About whales", "They sing."), ("About owls", "They are silent."), ("About bats", "100%")]
    {
        let conversation = stage.conversation().await;
        let mut events = client.events(&format!("{conversation}/events"), None).await;
        stage.upstream.queue(Reply::text(answer));
        stage.say(&conversation, text).await;
        events.until(finished).await;
    }
    let titles = |list: Value| -> Vec<String> {
        let rows = list["conversations"].as_array().unwrap().iter();
        rows.map(|row| row["title"].as_str().unwrap().to_owned()).collect()
    };
    for (query, found) in [
        ("q=whales", vec!["About whales"]),
        ("q=silent", vec!["About owls"]),
        ("q=SING", vec!["About whales"]),
        ("q=100%25", vec!["About bats"]),
        ("q=%25", vec!["About bats"]),
        ("q=_", vec![]),
        ("q='%20OR%201=1%20--", vec![]),
        ("limit=2", vec!["About bats", "About owls"]),
    ] {
        let list = client.get(&format!("/api/conversations?{query}")).await.ok(200);
        assert_eq!(titles(list), found, "{query}");
    }
    let page = client.get("/api/conversations?limit=2").await.ok(200);
    let next = page["next"].as_str().unwrap();
    let rest = client.get(&format!("/api/conversations?limit=2&cursor={next}")).await.ok(200);
    assert_eq!((titles(rest.clone()), &rest["next"]), (vec!["About whales".to_owned()], &json!(null)));

    let whales = format!("/api/conversations/{}", rest["conversations"][0]["id"].as_str().unwrap());
    assert_eq!(client.patch(&whales, &json!({ "title": "Cetacea" })).await.ok(200)["title"], "Cetacea");
    assert_eq!(client.delete(&whales).await.status, 204);
    for path in [whales.clone(), format!("{whales}/messages"), format!("{whales}/events")] {
        client.get(&path).await.problem(404, "not_found");
    }
    client
        .post(&format!("{whales}/turns"), &json!({ "text": "still there?" }))
        .await
        .problem(404, "not_found");
    assert_eq!(client.post(&format!("{whales}/restore"), &json!({})).await.ok(200)["title"], "Cetacea");
    assert_eq!(
        client.get(&format!("{whales}/messages")).await.ok(200)["messages"].as_array().unwrap().len(),
        2
    );
}

#[tokio::test]
async fn what_makes_no_sense_in_a_conversation_is_refused() {
    let stage = Stage::start().await;
    let client = &stage.client;
    let conversation = stage.conversation().await;
    let turns = format!("{conversation}/turns");
    for body in [
        json!({ "text": "" }),
        json!({ "text": "   " }),
        json!({ "text": "x".repeat(1_000_001) }),
        json!({ "text": "x", "images": [{ "media_type": "text/html", "data": "PGI+" }] }),
        json!({ "text": "x", "images": [{ "media_type": "image/png", "data": "not base64!" }] }),
        json!({ "text": "x", "txet": "y" }),
        json!({ "txet": "x" }),
        json!([]),
    ] {
        client.post(&turns, &body).await.problem(422, "invalid");
    }
    for parent in ["nonsense", "01890a5d-ac96-774b-bcce-b302099a8057"] {
        client.post(&turns, &json!({ "text": "x", "parent_id": parent })).await.problem(404, "not_found");
    }
    client.get("/api/conversations?cursor=nonsense").await.problem(422, "invalid");
    client.get("/api/conversations?limit=-1").await.problem(400, "invalid");
    client.get("/api/conversations/nonsense").await.problem(404, "not_found");
    let messages = client.get(&format!("{conversation}/messages")).await.ok(200);
    assert_eq!(messages["messages"], json!([]), "nothing was kept");

    // A model that is not there is the answer's failure, not the request's.
    let mut events = client.events(&format!("{conversation}/events"), None).await;
    client.post(&turns, &json!({ "text": "x", "model": "nobody/nothing" })).await.ok(201);
    let ended = events.until(finished).await.pop().unwrap().data["message"].clone();
    assert_eq!(
        (&ended["status"], &ended["error"]["code"]),
        (&json!("failed"), &json!("not_found")),
        "{ended}"
    );
    assert_ne!(MODEL, "nobody/nothing");
}

/// A dry run and the real thing tell the same steps, and end with what a caller who does not listen gets.
#[tokio::test]
async fn an_import_that_is_followed_tells_each_step_and_then_what_came_of_it() {
    let stage = Stage::start().await;
    let lines: String = ["Tides", "Moons"]
        .map(|word| {
            let said = json!([{"role": "user", "content": word}, {"role": "assistant", "content": "They come and go."}]);
            format!("{}\n", json!({ "messages": said }))
        })
        .concat();
    for dry_run in [true, false] {
        let path = format!("/api/conversations/import?dry_run={dry_run}");
        let mut events = stage.client.send_followed(&path, &[("said.jsonl", lines.as_bytes())]).await;
        let steps = events.until(|step| step["type"] != "progress").await;
        let (last, progress) = steps.split_last().unwrap();
        let told: Vec<&Value> = progress.iter().map(|step| &step.data).collect();
        let step =
            |done: usize| json!({"type": "progress", "file_name": "said.jsonl", "done": done, "of": 2});
        assert_eq!(told, [&step(0), &step(1)]);
        let file = &last.data["import"]["files"][0];
        assert_eq!((&last.data["type"], &file["error"]), (&json!("done"), &Value::Null), "{file}");
        assert_eq!(file["conversations"].as_array().unwrap().len(), 2);
        let kept = stage.client.get("/api/conversations").await.ok(200);
        assert_eq!(kept["conversations"].as_array().unwrap().len(), if dry_run { 0 } else { 2 });
    }
    let mut events =
        stage.client.send_followed("/api/conversations/import", &[("notes.txt", b"no conversation")]).await;
    let last = events.until(|step| step["type"] != "progress").await.pop().unwrap();
    let error = &last.data["import"]["files"][0]["error"];
    assert!(error["hint"].as_str().is_some_and(|hint| !hint.is_empty()), "{}", last.data);
}
