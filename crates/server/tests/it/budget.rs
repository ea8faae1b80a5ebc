//! A budget under a crowd: money is reserved before a call goes out.

use crate::stage::{MODEL, Stage, chat};
use bytes::Bytes;
use futures::{StreamExt, stream};
use http::Method;
use http_body_util::Full;
use serde_json::{Value, json};
use testkit::Reply;

/// 1,000 callers at once, each of whom would cost 5 cents; 1 USD is enough for twenty of them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_callers_at_once_never_spend_more_than_the_limit() {
    let stage = Stage::with(|base_url| {
        format!(
            "[providers.dear]\ndialect = \"openai-chat\"\nbase_url = \"{base_url}/v1\"\n\
             models = [{{ name = \"actor\", prices = {{ input = \"0\", output = \"50\" }} }}]\n"
        )
    })
    .await;
    stage.upstream.always(Reply::words(50).usage(10, 1_000));
    let key = stage.key(&json!({ "name": "crowd", "budget_usd": "1" })).await;
    let mut body = chat("dear/actor", "hello");
    body["max_tokens"] = json!(1_000);
    let outcomes: Vec<u16> = stream::iter(0..1_000)
        .map(|number| {
            let (client, key, mut body) = (&stage.client, &key, body.clone());
            body["stream"] = json!(number % 2 == 0);
            async move { client.ask("/v1/chat/completions", key, body.to_string()).await.status }
        })
        .buffer_unordered(1_000)
        .collect()
        .await;
    let served = outcomes.iter().filter(|status| **status == 200).count();
    assert_eq!(served, 20, "1 USD pays for exactly twenty calls of 5 cents");
    assert!(outcomes.iter().all(|status| matches!(status, 200 | 429)), "{outcomes:?}");

    let exchanges = stage.exchanges().await;
    let usage = stage.client.get("/api/usage").await.ok(200);
    assert_eq!(usage["total"]["cost_usd"], "1.00", "{}", usage["total"]);
    assert_eq!(exchanges.iter().filter(|one| one["outcome"] == "ok").count(), served);
    let keys = stage.client.get("/api/keys").await.ok(200);
    let budget = &keys["keys"][0]["budget"];
    assert_eq!((&budget["spent_usd"], &budget["reserved_usd"]), (&json!("1.00"), &json!("0.00")), "{budget}");
    let sent = stage.upstream.requests().iter().filter(|request| request.method == "POST").count();
    assert_eq!(sent, served, "a refused call went out");
}

fn budget(scope: &str, limit_usd: &str, period: &str) -> Value {
    json!({ "scope": scope, "limit_usd": limit_usd, "period": period })
}

#[tokio::test]
async fn budgets_are_made_listed_changed_and_removed() {
    let stage = Stage::with(|_| "[gateway.budget]\nlimit_usd = \"5\"\nper = \"month\"\n".to_owned()).await;
    let mut new = budget("project", "10", "day");
    new["subject"] = json!("atlas");
    new["time_zone"] = json!("europe/berlin");
    new["action"] = json!("degrade");
    new["emergency_percent"] = json!(120);
    let made = stage.client.post("/api/budgets", &new).await.ok(201);
    let fields = ["scope", "subject", "label", "period", "time_zone", "limit_usd", "soft_percent", "action"];
    assert_eq!(
        fields.map(|field| made[field].clone()),
        [
            json!("project"),
            json!("atlas"),
            json!("atlas"),
            json!("day"),
            json!("Europe/Berlin"),
            json!("10.00"),
            json!(80),
            json!("degrade")
        ]
    );
    assert_eq!(
        (&made["spent_usd"], &made["exhausted_at"], &made["source"]),
        (&json!("0.00"), &json!(null), &json!("page"))
    );
    let path = format!("/api/budgets/{}", made["id"].as_str().unwrap());
    new["limit_usd"] = json!("20");
    new["label"] = json!("the team");
    let changed = stage.client.put(&path, &new).await.ok(200);
    assert_eq!((&changed["limit_usd"], &changed["label"]), (&json!("20.00"), &json!("the team")));
    let list = stage.client.get("/api/budgets").await.ok(200);
    let sources: Vec<&Value> = list["budgets"].as_array().unwrap().iter().map(|one| &one["source"]).collect();
    assert_eq!(sources, [&json!("file"), &json!("page")]);
    let of_file = format!("/api/budgets/{}", list["budgets"][0]["id"].as_str().unwrap());
    let conflict = stage.client.put(&of_file, &budget("installation", "9", "month")).await;
    let problem = conflict.problem(409, "conflict");
    assert!(problem["hint"].as_str().unwrap().contains("[gateway.budget]"), "{problem}");
    stage.client.delete(&of_file).await.problem(409, "conflict");
    stage.client.delete(&path).await.ok(204);
    stage.client.delete(&path).await.problem(404, "not_found");
    for (field, value) in [
        ("period", json!("fortnight")),
        ("time_zone", json!("Mars/Olympus")),
        ("action", json!("shout")),
        ("limit_usd", json!("-1")),
        ("emergency_percent", json!(90)),
        ("scope", json!("galaxy")),
    ] {
        let mut bad = new.clone();
        bad[field] = value;
        stage.client.post("/api/budgets", &bad).await.problem(422, "invalid");
    }
    let key = json!({ "name": "app", "budget_usd": "1", "per": "day", "budgets": ["10/month", "20/total@Asia/Tokyo"],
        "project": "atlas" });
    let made = stage.client.post("/api/keys", &key).await.ok(201)["key"].clone();
    let periods: Vec<&Value> = made["budgets"].as_array().unwrap().iter().map(|one| &one["period"]).collect();
    assert_eq!(
        (periods.len(), &made["budget"]["per"], &made["project"]),
        (3, &json!("day"), &json!("atlas"))
    );
}

/// trailofbits/buttercup#550 at every door: with nothing left, no operation of anybody goes out to a provider.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thread_5_550_every_door_and_the_page_are_bound_by_the_installations_budget() {
    let stage = Stage::with(|base_url| {
        format!(
            "[providers.sound]\ndialect = \"openai-chat\"\nbase_url = \"{base_url}/v1\"\n\
             models = [{{ name = \"tts\", prices = {{ input = \"0\", output = \"0\", characters = \"15\" }} }},\n\
             {{ name = \"talker\", max_output_tokens = 10, prices = {{ input = \"1\", output = \"2\" }} }},\n\
             {{ name = \"embed\", prices = {{ input = \"1\", output = \"0\" }} }}]\n"
        )
    })
    .await;
    let key = stage.key(&json!({ "name": "app" })).await;
    stage.client.post("/api/budgets", &budget("installation", "0", "total")).await.ok(201);
    let messages = json!([{ "role": "user", "content": "hello" }]);
    let parts = json!([{ "parts": [{ "text": "hello" }] }]);
    let gemini = format!("/gemini/v1beta/models/{}:generateContent", MODEL.replace('/', "%2F"));
    for (path, body) in [
        ("/v1/chat/completions", chat(MODEL, "hello")),
        ("/v1/responses", json!({ "model": MODEL, "input": "hello", "max_output_tokens": 10 })),
        ("/v1/embeddings", json!({ "model": "sound/embed", "input": "hello" })),
        ("/v1/audio/speech", json!({ "model": "sound/tts", "voice": "alloy", "input": "hello" })),
        ("/anthropic/v1/messages", json!({ "model": MODEL, "max_tokens": 10, "messages": messages })),
        (gemini.as_str(), json!({ "contents": parts, "generationConfig": { "maxOutputTokens": 10 } })),
        (
            "/ollama/api/chat",
            json!({ "model": MODEL, "messages": messages, "stream": false, "options": { "num_predict": 10 } }),
        ),
    ] {
        let told = stage.client.ask(path, &key, body.to_string()).await;
        assert_eq!(told.status, 429, "{path}: {}", told.text());
        assert!(told.text().contains("this installation"), "{path}: {}", told.text());
    }
    let boundary = "b";
    let lines = json!({ "custom_id": "1", "method": "POST", "url": "/v1/chat/completions", "body": chat(MODEL, "x") });
    let form = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"l.jsonl\"\r\n\r\n{lines}\r\n--{boundary}--\r\n"
    );
    let request = stage
        .client
        .request(Method::POST, "/api/batches")
        .header("content-type", format!("multipart/form-data; boundary={boundary}"))
        .body(Full::new(Bytes::from(form)));
    stage.client.send(request.unwrap()).await.problem(429, "limited");
    // The page's own turn says so in the conversation.
    let talk = json!({ "model": "sound/talker" });
    let conversation = stage.client.post("/api/conversations", &talk).await.ok(201);
    let conversation = format!("/api/conversations/{}", conversation["id"].as_str().unwrap());
    let answer = stage.say(&conversation, "hello").await;
    let failed = loop {
        let messages = stage.client.get(&format!("{conversation}/messages")).await.ok(200);
        let messages = messages["messages"].as_array().unwrap().clone();
        let message = messages.into_iter().find(|one| one["id"] == answer.as_str()).unwrap();
        if message["status"] != "streaming" {
            break message;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    };
    assert!(failed.to_string().contains("this installation"), "{failed}");
    stage.client.post("/api/models/test", &json!({ "model": MODEL })).await;
    let sent = stage.upstream.requests().into_iter().filter(|one| one.method == "POST").count();
    assert_eq!(sent, 0, "something went out");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_owners_project_is_in_the_ledger() {
    let stage = Stage::start().await;
    let conversation = stage.conversation().await;
    let request = stage
        .client
        .request(Method::POST, &format!("{conversation}/turns"))
        .header("content-type", "application/json")
        .header("x-familiar-project", "atlas")
        .body(Full::new(Bytes::from(json!({ "text": "hello" }).to_string())));
    stage.client.send(request.unwrap()).await.ok(201);
    let found = async {
        loop {
            let ledger = stage.ledger().await;
            if let Some(one) = ledger.iter().find(|one| one.operation == "chat" && one.project.is_some()) {
                return one.project;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    let found = tokio::time::timeout(std::time::Duration::from_secs(20), found).await.unwrap();
    assert_eq!(found.unwrap().as_str(), "atlas");
    let request = stage.client.request(Method::POST, &format!("{conversation}/turns"));
    let request = request.header("content-type", "application/json").header("x-familiar-project", "");
    let told = stage.client.send(request.body(Full::new(Bytes::from("{\"text\": \"x\"}"))).unwrap()).await;
    told.problem(422, "invalid");
}
