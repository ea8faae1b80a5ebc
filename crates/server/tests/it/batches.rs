//! Batches through the doors: files of lines and message batches, through the gateway and as providers' own.

use crate::{
    client::{PATIENCE, Reply as Answered},
    stage::Stage,
};
use http::Method;
use http_body_util::Full;
use serde_json::{Value, json};
use std::{collections::BTreeMap, time::Duration};
use testkit::{Interruption, Reply, What};

/// A provider with batches of its own at half the price, and one without.
async fn stage() -> Stage {
    let stage = Stage::with(|base_url| {
        let model = "models = [{ name = \"actor\", max_output_tokens = 100, \
                     prices = { input = \"1\", output = \"2\", batch_percent = 50 } }]";
        format!(
            "[batch]\npoll_seconds = 0\nmax_poll_seconds = 0\n\
             [providers.half]\ndialect = \"openai-chat\"\nbatches = \"openai\"\nbase_url = \"{base_url}/v1\"\n{model}\n\
             [providers.claude]\ndialect = \"anthropic\"\nbatches = \"anthropic\"\nbase_url = \"{base_url}\"\n{model}\n"
        )
    })
    .await;
    stage.upstream.always(Reply::text("done").usage(100, 10));
    stage
}

impl Stage {
    async fn door(&self, method: Method, path: &str, key: &str, body: Option<&Value>) -> Answered {
        let request = self.client.request(method, path).header("authorization", format!("Bearer {key}"));
        let request = request.header("content-type", "application/json");
        let body = body.map(ToString::to_string).unwrap_or_default();
        self.client.send(request.body(Full::from(body)).unwrap()).await
    }

    async fn upload(&self, key: &str, purpose: &str, lines: &str) -> Answered {
        let body = format!(
            "--b\r\ncontent-disposition: form-data; name=\"purpose\"\r\n\r\n{purpose}\r\n\
             --b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"mine.jsonl\"\r\n\r\n{lines}\r\n--b--\r\n"
        );
        let request = self.client.request(Method::POST, "/v1/files");
        let request = request.header("authorization", format!("Bearer {key}"));
        let request = request.header("content-type", "multipart/form-data; boundary=b");
        self.client.send(request.body(Full::from(body)).unwrap()).await
    }

    /// Uploads lines and makes a batch of them.
    async fn submit(&self, key: &str, endpoint: &str, lines: &str) -> Answered {
        let file = self.upload(key, "batch", lines).await.ok(200);
        let wanted = json!({ "input_file_id": file["id"], "endpoint": endpoint, "completion_window": "24h",
                             "metadata": { "mine": "yes" } });
        self.door(Method::POST, "/v1/batches", key, Some(&wanted)).await
    }

    /// Waits until a batch is over.
    async fn ended(&self, key: &str, path: &str) -> Value {
        let waiting = async {
            loop {
                let batch = self.door(Method::GET, path, key, None).await.ok(200);
                let state = batch["status"].as_str().or(batch["processing_status"].as_str()).unwrap();
                if !matches!(state, "in_progress" | "cancelling" | "canceling") {
                    return batch;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await.expect("the batch does not end")
    }

    async fn batch_over(&self, key: &str, made: &Value) -> Value {
        self.ended(key, &format!("/v1/batches/{}", made["id"].as_str().unwrap())).await
    }

    /// The lines of a file by their ids.
    async fn lines(&self, key: &str, file: &Value) -> BTreeMap<String, Value> {
        let path = format!("/v1/files/{}/content", file.as_str().unwrap());
        by_id(self.door(Method::GET, &path, key, None).await.text())
    }

    /// Cost and deployment of the exchanges of batches.
    async fn billed(&self) -> Vec<(String, String)> {
        let exchanges = self.exchanges().await;
        let mut billed: Vec<_> = exchanges
            .iter()
            .filter(|one| one["outcome"] == "ok")
            .map(|one| (one["model"].as_str().unwrap_or_default().to_owned(), text(&one["cost_usd"])))
            .collect();
        billed.sort();
        billed
    }

    async fn budget(&self) -> (String, String) {
        let keys = self.client.get("/api/keys").await.ok(200);
        let budget = &keys["keys"].as_array().unwrap().last().unwrap()["budget"];
        (text(&budget["spent_usd"]), text(&budget["reserved_usd"]))
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

fn by_id(lines: &str) -> BTreeMap<String, Value> {
    let line = |line: &str| {
        let line: Value = serde_json::from_str(line).unwrap();
        (text(&line["custom_id"]), line)
    };
    lines.lines().map(line).collect()
}

fn line(id: &str, url: &str, body: &Value) -> String {
    // Laid out over several spaces, as people write them; the body is what counts.
    format!("{}\n", json!({ "custom_id": id, "method": "POST", "url": url, "body": body }))
}

fn chat_line(id: &str, model: &str) -> String {
    let body = json!({ "model": model, "max_tokens": 100, "messages": [{ "role": "user", "content": id }] });
    line(id, "/v1/chat/completions", &body)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_of_lines_is_called_one_by_one_where_the_provider_has_no_batches() {
    let stage = stage().await;
    let key = stage.key(&json!({ "name": "app", "budget_usd": "1" })).await;
    let file = stage.upload(&key, "batch", &chat_line("x", "openai/actor")).await.ok(200);
    assert_eq!(
        (&file["object"], &file["purpose"], &file["filename"]),
        (&json!("file"), &json!("batch"), &json!("mine.jsonl"))
    );
    let back = stage.door(Method::GET, &format!("/v1/files/{}/content", text(&file["id"])), &key, None).await;
    assert_eq!(back.text(), chat_line("x", "openai/actor"));

    stage.upstream.queue_on("/v1/chat/completions", Reply::error(400, "this one cannot be answered"));
    let models = ["openai/actor", "gemini/actor", "ollama/actor", "openai/actor"];
    let lines: String = (0..40).map(|n| chat_line(&format!("line-{n}"), models[n % 4])).collect();
    let made = stage.submit(&key, "/v1/chat/completions", &lines).await.ok(200);
    assert_eq!((&made["status"], &made["request_counts"]["total"]), (&json!("in_progress"), &json!(40)));
    assert_eq!(made["metadata"]["mine"], "yes");
    let batch = stage.batch_over(&key, &made).await;
    assert_eq!(batch["status"], "completed", "{batch}");
    assert_eq!(batch["request_counts"], json!({ "total": 40, "completed": 39, "failed": 1 }));
    let (output, errors) =
        (stage.lines(&key, &batch["output_file_id"]).await, stage.lines(&key, &batch["error_file_id"]).await);
    assert_eq!((output.len(), errors.len()), (39, 1));
    for (id, line) in &output {
        let body = &line["response"]["body"];
        assert_eq!((&line["response"]["status_code"], &line["error"]), (&json!(200), &Value::Null), "{id}");
        assert_eq!(body["choices"][0]["message"]["content"], "done", "{line}");
    }
    let failed = errors.values().next().unwrap();
    assert_eq!(failed["response"]["status_code"], 400);
    let message = text(&failed["response"]["body"]["error"]["message"]);
    assert!(message.contains("this one cannot be answered"), "{message}");

    // Each line was sent once, billed once, and what was set aside is free again.
    let sent = stage.upstream.requests().iter().filter(|request| request.method == "POST").count();
    assert_eq!(sent, 40);
    let billed = stage.billed().await;
    assert_eq!(billed.len(), 39);
    assert!(billed.iter().all(|(_, cost)| cost == "0.00012"), "{billed:?}");
    assert_eq!(stage.budget().await, ("0.00468".to_owned(), "0.00".to_owned()));
    let about =
        stage.door(Method::GET, &format!("/v1/files/{}", text(&batch["output_file_id"])), &key, None).await;
    let content = stage
        .door(Method::GET, &format!("/v1/files/{}/content", text(&batch["output_file_id"])), &key, None)
        .await;
    assert_eq!(about.ok(200)["bytes"], json!(content.body.len()));
    assert_eq!(content.header("content-type"), "application/x-ndjson");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_providers_own_batch_is_used_at_its_price_whatever_the_lines_format() {
    let stage = stage().await;
    stage.upstream.batch_polls(2);
    stage.upstream.queue_on("line:/v1/messages", Reply::error(429, "too much"));
    let key = stage.key(&json!({ "name": "app", "budget_usd": "1" })).await;
    let mut lines: String = (0..6).map(|n| chat_line(&format!("o{n}"), "half/actor")).collect();
    lines.extend((0..3).map(|n| chat_line(&format!("a{n}"), "claude/actor")));
    lines.push_str(&chat_line("plain", "openai/actor"));
    let made = stage.submit(&key, "/v1/chat/completions", &lines).await.ok(200);
    let batch = stage.batch_over(&key, &made).await;
    assert_eq!(batch["request_counts"], json!({ "total": 10, "completed": 9, "failed": 1 }), "{batch}");
    let output = stage.lines(&key, &batch["output_file_id"]).await;
    for line in output.values() {
        assert_eq!(line["response"]["body"]["object"], "chat.completion", "in the caller's format: {line}");
        assert_eq!(line["response"]["body"]["choices"][0]["message"]["content"], "done");
    }
    let errors = stage.lines(&key, &batch["error_file_id"]).await;
    assert_eq!(errors.values().next().unwrap()["response"]["status_code"], 429, "{errors:?}");

    // 100 tokens in and 10 out are 0.00012 USD; half of it in a batch.
    let billed = stage.billed().await;
    let costs: Vec<&str> = billed.iter().map(|(_, cost)| cost.as_str()).collect();
    assert_eq!(costs.iter().filter(|cost| **cost == "0.00006").count(), 8, "{billed:?}");
    assert_eq!(costs.iter().filter(|cost| **cost == "0.00012").count(), 1, "{billed:?}");
    assert_eq!(stage.budget().await, ("0.0006".to_owned(), "0.00".to_owned()));

    // What went out is the provider's own format; what it kept is deleted there.
    let requests = stage.upstream.requests();
    let upload = requests.iter().find(|request| request.path == "/v1/files").unwrap();
    assert_eq!(upload.body.matches("\"custom_id\"").count(), 6);
    assert!(upload.body.contains("\"url\":\"/v1/chat/completions\""), "{}", upload.body);
    let messages = requests.iter().find(|request| request.path == "/v1/messages/batches").unwrap().json();
    assert_eq!(messages["requests"].as_array().unwrap().len(), 3);
    assert_eq!(messages["requests"][0]["params"]["model"], "actor", "translated and for that model");
    let deleted: Vec<&str> =
        requests.iter().filter(|one| one.method == "DELETE").map(|one| one.path.as_str()).collect();
    assert!(deleted.iter().any(|path| path.starts_with("/v1/files/")), "{deleted:?}");
    assert!(deleted.iter().any(|path| path.starts_with("/v1/messages/batches/")), "{deleted:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn handing_in_that_broke_off_is_not_done_twice() {
    let stage = stage().await;
    stage.upstream.batch_polls(1);
    // The provider takes both, but the connection ends before it can say so.
    for path in ["/v1/batches", "/v1/messages/batches"] {
        let lost = Interruption { after: 0, what: What::Cut };
        stage.upstream.queue_on(path, Reply { interruption: Some(lost), ..Reply::default() });
    }
    let key = stage.key(&json!({ "name": "app" })).await;
    let lines = [chat_line("a", "half/actor"), chat_line("b", "claude/actor")].concat();
    let made = stage.submit(&key, "/v1/chat/completions", &lines).await.ok(200);
    let batch = stage.batch_over(&key, &made).await;
    assert_eq!(batch["request_counts"], json!({ "total": 2, "completed": 2, "failed": 0 }), "{batch}");
    let requests = stage.upstream.requests();
    for path in ["/v1/batches", "/v1/messages/batches"] {
        let handed_in = requests.iter().filter(|one| one.method == "POST" && one.path == path).count();
        assert_eq!(handed_in, 1, "{path}");
    }
    assert_eq!(stage.billed().await.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_without_the_batches_it_should_have_is_called_line_by_line() {
    let stage = stage().await;
    stage.upstream.queue_on("/v1/files", Reply::error(404, "no such address"));
    let key = stage.key(&json!({ "name": "app" })).await;
    let made = stage.submit(&key, "/v1/chat/completions", &chat_line("a", "half/actor")).await.ok(200);
    let batch = stage.batch_over(&key, &made).await;
    assert_eq!(batch["request_counts"]["completed"], 1, "{batch}");
    assert_eq!(stage.billed().await.first().unwrap().1, "0.00012", "at the full price");

    stage.upstream.queue_on("/v1/files", Reply::error(401, "who are you"));
    let made = stage.submit(&key, "/v1/chat/completions", &chat_line("a", "half/actor")).await.ok(200);
    let batch = stage.batch_over(&key, &made).await;
    assert_eq!(batch["request_counts"]["failed"], 1, "{batch}");
    let errors = stage.lines(&key, &batch["error_file_id"]).await;
    let message = text(&errors["a"]["response"]["body"]["error"]["message"]);
    assert!(message.contains("who are you"), "{message}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn embeddings_and_messages_have_batches_too() {
    let stage = stage().await;
    let key = stage.key(&json!({ "name": "app" })).await;
    let lines: String = ["openai/actor", "half/actor"]
        .iter()
        .map(|model| line(model, "/v1/embeddings", &json!({ "model": model, "input": ["one", "two"] })))
        .collect();
    let made = stage.submit(&key, "/v1/embeddings", &lines).await.ok(200);
    let batch = stage.batch_over(&key, &made).await;
    let output = stage.lines(&key, &batch["output_file_id"]).await;
    for (model, line) in &output {
        let body = &line["response"]["body"];
        assert_eq!((&body["object"], body["data"].as_array().unwrap().len()), (&json!("list"), 2), "{model}");
    }
    assert_eq!(output.len(), 2, "{batch}");

    let lines: String = ["openai/actor", "claude/actor", "gemini/actor"]
        .iter()
        .map(|model| line(model, "/v1/responses", &json!({ "model": model, "input": "hello" })))
        .collect();
    let made = stage.submit(&key, "/v1/responses", &lines).await.ok(200);
    let batch = stage.batch_over(&key, &made).await;
    let output = stage.lines(&key, &batch["output_file_id"]).await;
    assert_eq!(output.len(), 3, "{batch}");
    for (model, line) in &output {
        let body = &line["response"]["body"];
        assert_eq!((&body["object"], &body["status"]), (&json!("response"), &json!("completed")), "{model}");
    }

    let request = |id: &str, model: &str| {
        json!({ "custom_id": id, "params": { "model": model, "max_tokens": 50,
                "messages": [{ "role": "user", "content": "hello" }] } })
    };
    let body = json!({ "requests": [request("c", "claude/actor"), request("h", "half/actor"), request("o", "openai/actor")] });
    let made = stage.door(Method::POST, "/anthropic/v1/messages/batches", &key, Some(&body)).await.ok(200);
    assert_eq!((&made["type"], &made["processing_status"]), (&json!("message_batch"), &json!("in_progress")));
    assert_eq!(made["request_counts"]["processing"], 3);
    let path = format!("/anthropic/v1/messages/batches/{}", text(&made["id"]));
    let batch = stage.ended(&key, &path).await;
    assert_eq!(
        (&batch["processing_status"], &batch["request_counts"]["succeeded"]),
        (&json!("ended"), &json!(3))
    );
    assert_eq!(text(&batch["results_url"]), format!("http://{}{path}/results", stage.address));
    let results = by_id(stage.door(Method::GET, &format!("{path}/results"), &key, None).await.text());
    for line in results.values() {
        assert_eq!(line["result"]["type"], "succeeded", "{line}");
        assert_eq!(line["result"]["message"]["content"][0]["text"], "done", "{line}");
    }
    let list = stage.door(Method::GET, "/anthropic/v1/messages/batches?limit=1", &key, None).await.ok(200);
    assert_eq!(
        (&list["data"][0]["id"], &list["has_more"]),
        (&made["id"], &json!(false)),
        "files are elsewhere"
    );
    let gone = stage.door(Method::DELETE, &path, &key, None).await.ok(200);
    assert_eq!(gone["type"], "message_batch_deleted");
    stage.door(Method::GET, &path, &key, None).await.anthropic_error(404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_wrong_is_said_by_line_and_nothing_is_called() {
    let stage = stage().await;
    let key = stage.key(&json!({ "name": "app", "routes": ["openai/actor"] })).await;
    let lines = [
        chat_line("a", "openai/actor"),
        "no json\n".to_owned(),
        chat_line("c", "openai/actress"),
        chat_line("d", "half/actor"),
        chat_line("a", "openai/actor"),
        line("f", "/v1/embeddings", &json!({})),
        line(
            "g",
            "/v1/chat/completions",
            &json!({ "model": "openai/actor", "stream": true, "messages": [] }),
        ),
    ];
    let made = stage.submit(&key, "/v1/chat/completions", &lines.concat()).await.ok(200);
    assert_eq!(made["status"], "failed");
    let errors = made["errors"]["data"].as_array().unwrap();
    let mut found: Vec<_> =
        errors.iter().map(|one| (one["line"].as_u64().unwrap(), text(&one["code"]))).collect();
    found.sort();
    let expected = [
        (2, "invalid_json_line"),
        (3, "not_found"),
        (4, "permission"),
        (5, "duplicate_custom_id"),
        (6, "mismatched_endpoint"),
        (7, "bad_request"),
    ];
    assert_eq!(found, expected.map(|(line, code)| (line, code.to_owned())));
    let body = json!({ "requests": [{ "custom_id": "a" }, { "params": {} }] });
    let refused = stage.door(Method::POST, "/anthropic/v1/messages/batches", &key, Some(&body)).await;
    let message = refused.anthropic_error(400);
    assert!(message.contains("request 1 ") && message.contains("request 2 "), "{message}");
    for (what, body) in [
        ("purpose", stage.upload(&key, "fine-tune", "{}").await),
        ("endpoint", stage.submit(&key, "/v1/images", "{}").await),
        ("messages", stage.submit(&key, "/v1/messages", "{}").await),
    ] {
        assert!(body.openai_error(400).contains('`'), "{what}");
    }
    let none =
        json!({ "input_file_id": "file-1", "endpoint": "/v1/chat/completions", "completion_window": "24h" });
    stage.door(Method::POST, "/v1/batches", &key, Some(&none)).await.openai_error(404);
    assert_eq!(stage.upstream.requests().iter().filter(|one| one.method == "POST").count(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_is_nobodys_business_but_its_keys_and_its_owners() {
    let stage = stage().await;
    let mine = stage.key(&json!({ "name": "mine" })).await;
    let other = stage.key(&json!({ "name": "other" })).await;
    let made = stage.submit(&mine, "/v1/chat/completions", &chat_line("a", "openai/actor")).await.ok(200);
    let batch = stage.batch_over(&mine, &made).await;
    let (id, file, output) =
        (text(&batch["id"]), text(&batch["input_file_id"]), text(&batch["output_file_id"]));
    for (method, path) in [
        (Method::GET, format!("/v1/batches/{id}")),
        (Method::POST, format!("/v1/batches/{id}/cancel")),
        (Method::GET, format!("/v1/files/{file}")),
        (Method::GET, format!("/v1/files/{file}/content")),
        (Method::DELETE, format!("/v1/files/{file}")),
        (Method::GET, format!("/v1/files/{output}/content")),
        (Method::DELETE, format!("/v1/files/{output}")),
    ] {
        stage.door(method.clone(), &path, &other, None).await.openai_error(404);
        stage.door(method, &path, "fam-wrong", None).await.openai_error(401);
    }
    for path in ["/v1/batches", "/v1/files"] {
        assert_eq!(stage.door(Method::GET, path, &other, None).await.ok(200)["data"], json!([]), "{path}");
        let list = stage.door(Method::GET, path, &mine, None).await.ok(200);
        assert_eq!(list["data"].as_array().unwrap().len(), 1, "{path}");
    }
    // Neither can another key make a batch of somebody's file.
    let wanted =
        json!({ "input_file_id": file, "endpoint": "/v1/chat/completions", "completion_window": "24h" });
    stage.door(Method::POST, "/v1/batches", &other, Some(&wanted)).await.openai_error(404);

    // The owner sees it, and what it cost.
    let list = stage.client.get("/api/batches").await.ok(200);
    let shown = &list["batches"][0];
    assert_eq!((&shown["state"], &shown["cost_usd"]), (&json!("completed"), &json!("0.00012")), "{shown}");
    let path = format!("/api/batches/{}", text(&shown["id"]));
    let results = stage.client.get(&format!("{path}/results")).await;
    assert_eq!(by_id(results.text()).len(), 1);
    stage.client.delete(&path).await.ok(204);
    stage.client.get(&path).await.problem(404, "not_found");
    stage.door(Method::GET, &format!("/v1/files/{output}/content"), &mine, None).await.openai_error(404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_whole_batch_must_fit_the_budget_before_it_begins() {
    let stage = stage().await;
    // At most 100 tokens out at 2 USD a million, and a prompt: about 0.0003 USD a line.
    let key = stage.key(&json!({ "name": "poor", "budget_usd": "0.002" })).await;
    let lines: String = (0..20).map(|n| chat_line(&n.to_string(), "openai/actor")).collect();
    let refused = stage.submit(&key, "/v1/chat/completions", &lines).await;
    assert!(refused.openai_error(429).contains("the key `poor`"), "{refused:?}");
    assert_eq!(stage.budget().await, ("0.00".to_owned(), "0.00".to_owned()));

    stage.upstream.always(Reply::text("done").usage(100, 10).first_token_ms(400));
    let lines: String = (0..4).map(|n| chat_line(&n.to_string(), "openai/actor")).collect();
    let made = stage.submit(&key, "/v1/chat/completions", &lines).await.ok(200);
    let (_, reserved) = stage.budget().await;
    assert!(reserved.parse::<f64>().unwrap() > 0.0008, "{reserved}");
    stage.batch_over(&key, &made).await;
    assert_eq!(stage.budget().await, ("0.00048".to_owned(), "0.00".to_owned()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cancelling_keeps_what_is_done_and_gives_the_rest_of_the_money_back() {
    let stage = stage().await;
    stage.upstream.always(Reply::text("done").usage(100, 10).first_token_ms(300));
    stage.upstream.batch_polls(1_000_000);
    let key = stage.key(&json!({ "name": "app", "budget_usd": "1" })).await;
    let lines: String = (0..60).map(|n| chat_line(&format!("e{n}"), "openai/actor")).collect();
    let emulated = stage.submit(&key, "/v1/chat/completions", &lines).await.ok(200);
    let lines: String = (0..3).map(|n| chat_line(&format!("n{n}"), "half/actor")).collect();
    let native = stage.submit(&key, "/v1/chat/completions", &lines).await.ok(200);
    stage.upstream.wait_for_requests(6).await.unwrap();
    for made in [&emulated, &native] {
        let path = format!("/v1/batches/{}/cancel", text(&made["id"]));
        let cancelled = stage.door(Method::POST, &path, &key, None).await.ok(200);
        assert!(matches!(cancelled["status"].as_str(), Some("cancelling" | "cancelled")), "{cancelled}");
    }
    let emulated = stage.batch_over(&key, &emulated).await;
    assert_eq!(emulated["status"], "cancelled");
    let done = emulated["request_counts"]["completed"].as_u64().unwrap();
    assert!((1..60).contains(&done), "{emulated}");
    let errors = stage.lines(&key, &emulated["error_file_id"]).await;
    assert_eq!(errors.len() as u64, 60 - done);
    assert!(errors.values().all(|line| line["error"]["code"] == "batch_cancelled"));
    let native = stage.batch_over(&key, &native).await;
    assert_eq!(native["status"], "cancelled", "{native}");
    let (spent, reserved) = stage.budget().await;
    assert_eq!(reserved, "0.00");
    assert!(spent.parse::<f64>().unwrap() < 0.0072, "{spent}");
    assert_eq!(
        stage.billed().await.len() as u64,
        done + native["request_counts"]["completed"].as_u64().unwrap()
    );
}
