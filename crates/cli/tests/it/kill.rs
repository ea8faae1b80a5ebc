//! The program is killed with SIGKILL at its work and started again: what it had acknowledged is there, what
//! was under way is marked, and what was begun is finished.

use crate::process::Process;
use serde_json::{Value, json};
use std::{
    fmt::Write as _,
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
};
use tempfile::TempDir;
use testkit::{Reply, ScriptedUpstream};

const MODEL: &str = "stage/actor";

async fn stage() -> (ScriptedUpstream, TempDir) {
    let upstream = ScriptedUpstream::start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    configure(folder.path(), &upstream.url("/v1"));
    (upstream, folder)
}

fn configure(folder: &Path, base_url: &str) {
    let configuration = format!(
        "[providers.stage]\ndialect = \"openai-chat\"\nbase_url = \"{base_url}\"\n\
         models = [{{ name = \"actor\", prices = {{ input = \"1\", output = \"2\" }} }}]\n"
    );
    fs::write(folder.join("familiar.toml"), configuration).unwrap();
}

fn chat(text: &str, stream: bool) -> Value {
    let messages = json!([{ "role": "user", "content": text }]);
    json!({ "model": MODEL, "max_tokens": 5_000, "stream": stream, "messages": messages })
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_while_it_answers_it_loses_nothing_that_was_acknowledged() {
    let (upstream, folder) = stage().await;
    let program = Process::start(folder.path());
    let key = text(&program.post("/api/keys", &json!({ "name": "app", "budget_usd": "1" }))["secret"]);
    let mut acknowledged = Vec::new();
    for number in 0..20 {
        upstream.queue(Reply::words(5).usage(100, 10));
        let answer = program.ask(&key, &chat(&format!("number {number}"), false));
        acknowledged.push(answer.header("x-familiar-exchange").to_owned());
        answer.json(200);
    }

    // Two answers under way: one through the door, one on the page.
    let slow = || Reply::words(4_000).tokens_per_second(50.0);
    upstream.queue(slow());
    let mut stream = program.ask(&key, &chat("a long story", true));
    let interrupted = stream.header("x-familiar-exchange").to_owned();
    stream.event();
    upstream.queue(slow());
    let conversation = text(&program.post("/api/conversations", &json!({ "model": MODEL }))["id"]);
    let path = format!("/api/conversations/{conversation}");
    let mut events = program.send("GET", &format!("{path}/events"), "", b"");
    program.post(&format!("{path}/turns"), &json!({ "text": "another long story" }));
    // What arrives is kept every 300 ms; sixty words at fifty a second are four such moments.
    let mut seen = String::new();
    while seen.split(' ').count() < 60 {
        let event = events.event();
        seen.push_str(event["event"]["delta"].as_str().unwrap_or_default());
    }
    program.kill();

    let program = Process::start(folder.path());
    let list = program.get("/api/exchanges?limit=200");
    let exchanges = list["exchanges"].as_array().unwrap();
    assert_eq!(exchanges.len(), 22, "twenty that ended, two that did not, each once");
    let found =
        |id: &str| exchanges.iter().find(|one| one["id"] == id).unwrap_or_else(|| panic!("{id} is lost"));
    for id in &acknowledged {
        let exchange = found(id);
        assert_eq!(
            (&exchange["outcome"], &exchange["cost_usd"]),
            (&json!("ok"), &json!("0.00012")),
            "{exchange}"
        );
        assert_eq!(exchange["estimated"], false, "{exchange}");
    }
    let cut: Vec<&Value> = exchanges.iter().filter(|one| one["outcome"] == "interrupted").collect();
    assert_eq!(cut.len(), 2, "{exchanges:?}");
    assert!(cut.iter().any(|one| one["id"] == *interrupted), "{cut:?}");
    for exchange in cut {
        assert_eq!(exchange["estimated"], true, "{exchange}");
        assert!(text(&exchange["cost_usd"]).parse::<f64>().unwrap() > 0.0, "{exchange}");
    }
    // The budget knows of the interrupted call at the most it could have cost.
    let budget = program.get("/api/keys")["keys"][0]["budget"].clone();
    assert!(text(&budget["spent_usd"]).parse::<f64>().unwrap() >= 0.0124, "{budget}");
    assert_eq!(budget["reserved_usd"], "0.00");

    let messages = program.get(&format!("{path}/messages"));
    let kept = &messages["messages"][1];
    assert_eq!(kept["status"], "interrupted", "{kept}");
    let kept = text(&kept["text"]);
    assert!(!kept.is_empty() && (seen.starts_with(&kept) || kept.starts_with(&seen)), "{kept}");
    // And the conversation goes on.
    upstream.queue(Reply::text("Here I am."));
    let mut events = program.send("GET", &format!("{path}/events"), "", b"");
    let turn = program.post(&format!("{path}/turns"), &json!({ "text": "Are you there?" }));
    let ended = loop {
        let event = events.event();
        if event["type"] == "finished" && event["message"]["id"] == turn["reply"]["id"] {
            break event["message"].clone();
        }
    };
    assert_eq!((&ended["status"], &ended["text"]), (&json!("complete"), &json!("Here I am.")));
}

/// What the journal says by now of exchanges, each under `said`.
fn journalled(folder: &Path, said: &str) -> Vec<Value> {
    let files = fs::read_dir(folder.join("journal")).unwrap().map(|file| file.unwrap().path());
    let text: String = files.map(|file| fs::read_to_string(file).unwrap()).collect();
    // The last line may be half there.
    let lines = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines.filter_map(|line| line.get(said).cloned()).collect()
}

/// A provider that looks into the journal when a request has come, and says whether there are as many calls as have come.
fn watching_upstream(folder: &Path) -> (SocketAddr, mpsc::Receiver<bool>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let (tell, told) = mpsc::channel();
    let (folder, come) = (folder.to_owned(), Arc::new(AtomicUsize::new(0)));
    let answer = |stream: TcpStream, look: &dyn Fn()| {
        let body = r#"{"id":"1","object":"chat.completion","created":1,"model":"actor","choices":[{"index":0,"message":{"role":"assistant","content":"Yes."},"finish_reason":"stop"}],"usage":{"prompt_tokens":100,"completion_tokens":10,"total_tokens":110}}"#;
        let mut requests = BufReader::new(stream.try_clone().unwrap());
        loop {
            let (mut line, mut length) = (String::new(), 0);
            while line != "\r\n" {
                line.clear();
                if requests.read_line(&mut line).unwrap() == 0 {
                    return;
                }
                if let Some(("content-length", said)) = line.split_once(": ") {
                    length = said.trim().parse().unwrap();
                }
            }
            requests.read_exact(&mut vec![0; length]).unwrap();
            look();
            let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length";
            (&stream).write_all(format!("{head}: {}\r\n\r\n{body}", body.len()).as_bytes()).unwrap();
        }
    };
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (folder, come, tell) = (folder.clone(), Arc::clone(&come), tell.clone());
            thread::spawn(move || {
                answer(stream.unwrap(), &|| {
                    let come = come.fetch_add(1, Ordering::SeqCst) + 1;
                    tell.send(journalled(&folder, "open").len() >= come).unwrap();
                });
            });
        }
    });
    (address, told)
}

/// What the system has of a process's words outlives it: so nothing may leave before the journal has been handed its line.
#[test]
fn no_word_leaves_before_its_line_is_in_the_journal() {
    let folder = tempfile::tempdir().unwrap();
    let (address, told) = watching_upstream(folder.path());
    configure(folder.path(), &format!("http://{address}/v1"));
    let program = Process::start(folder.path());
    let key = text(&program.post("/api/keys", &json!({ "name": "app", "budget_usd": "1" }))["secret"]);
    let call = |number: usize| {
        let answer = program.ask(&key, &chat(&format!("number {number}"), false));
        let id = answer.header("x-familiar-exchange").to_owned();
        let settled = journalled(folder.path(), "settled");
        assert!(settled.iter().any(|exchange| exchange["id"] == id), "{id} is not settled yet");
        answer.json(200);
    };
    // One behind the other every line counts; at once they share turns.
    (0..20).for_each(call);
    thread::scope(|scope| {
        for caller in 1..=16 {
            scope.spawn(move || (0..10).for_each(|number| call(caller * 100 + number)));
        }
    });
    program.kill();
    let seen: Vec<bool> = told.try_iter().collect();
    assert_eq!(seen, [true; 180]);
}

/// A long document: headings, paragraphs, and words of its own in each.
fn document() -> String {
    let mut text = "# The chronicle\n".to_owned();
    for section in 0..400 {
        write!(text, "\n## Section {section}\n").unwrap();
        for paragraph in 0..4 {
            write!(text, "\nThe lantern of word{section}x{paragraph} burned through the night. ").unwrap();
            text.push_str(&"Nobody in the village knew who had lit it, and nobody asked. ".repeat(8));
        }
    }
    text
}

fn upload(program: &Process) -> Value {
    let body = format!(
        "--edge\r\ncontent-disposition: form-data; name=\"file\"; filename=\"chronicle.md\"\r\n\r\n{}\r\n--edge--\r\n",
        document()
    );
    let headers = "content-type: multipart/form-data; boundary=edge\r\n";
    let told = program.send("POST", "/api/library/documents", headers, body.as_bytes()).json(201);
    told["files"][0]["document"]["id"].clone()
}

/// Waits for the document; the program tells of every change, and the list is looked at first.
fn wait_until(program: &Process, id: &Value, holds: impl Fn(&Value) -> bool) -> Value {
    let mut events = program.send("GET", "/api/events", "", b"");
    let now = program.get(&format!("/api/library/documents/{}", text(id)));
    if holds(&now) {
        return now;
    }
    loop {
        let event = events.event();
        if event["type"] == "document" && event["document"]["id"] == *id && holds(&event["document"]) {
            return event["document"].clone();
        }
    }
}

fn is_over(document: &Value) -> bool {
    matches!(document["status"].as_str(), Some("ready" | "failed"))
}

/// All passages of the document in order, and in how many its most frequent word is found.
fn passages(program: &Process) -> (Vec<(Value, Value)>, Value) {
    let first = program.get("/api/library/search?q=word0x0");
    let mut next = first["hits"][0]["chunk_id"].clone();
    while let Some(previous) =
        program.get(&format!("/api/library/passages/{}", text(&next)))["previous_chunk_id"].as_str()
    {
        next = json!(previous);
    }
    let mut passages = Vec::new();
    while !next.is_null() {
        let passage = program.get(&format!("/api/library/passages/{}", text(&next)));
        passages.push((passage["heading"].clone(), passage["text"].clone()));
        next = passage["next_chunk_id"].clone();
    }
    // A word that the handbook does not have, which may still be being read.
    (passages, program.get("/api/library/search?q=burned&limit=1")["total"].clone())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_while_it_reads_it_ends_with_the_same_passages() {
    let (_upstream, folder) = stage().await;
    let program = Process::start(folder.path());
    let id = upload(&program);
    let undisturbed = wait_until(&program, &id, is_over);
    assert_eq!(undisturbed["status"], "ready", "{undisturbed}");
    let expected = passages(&program);
    assert!(expected.0.len() > 100, "{} passages", expected.0.len());
    assert_eq!(undisturbed["chunks"], json!(expected.0.len()));
    drop(program);

    for stage_of_work in ["extract", "chunk", "index"] {
        let (_upstream, folder) = stage().await;
        let program = Process::start(folder.path());
        let id = upload(&program);
        // Stages pass quickly; where this one is missed, the kill comes at a later one.
        wait_until(&program, &id, |document| document["stage"] == stage_of_work || is_over(document));
        program.kill();
        let program = Process::start(folder.path());
        let document = wait_until(&program, &id, is_over);
        assert_eq!(document["status"], "ready", "killed in {stage_of_work}: {document}");
        assert_eq!(document["chunks"], undisturbed["chunks"], "killed in {stage_of_work}");
        let found = passages(&program);
        assert_eq!(found.0.len(), expected.0.len(), "killed in {stage_of_work}");
        assert!(found == expected, "killed in {stage_of_work}: the passages differ");
    }
}

fn batch_line(id: &str, model: &str) -> String {
    let body = json!({ "model": model, "max_tokens": 50, "messages": [{ "role": "user", "content": id }] });
    format!("{}\n", json!({ "custom_id": id, "method": "POST", "url": "/v1/chat/completions", "body": body }))
}

/// Lines that were done stay done, what was under way is done once more, and each is billed once, whether
/// the gateway calls them or the provider has them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_in_the_middle_of_a_batch_it_neither_repeats_nor_bills_a_line_twice() {
    let (upstream, folder) = stage().await;
    let more = format!(
        "[batch]\npoll_seconds = 0\nmax_poll_seconds = 0\nconcurrency = 2\n\
         [providers.half]\ndialect = \"openai-chat\"\nbatches = \"openai\"\nbase_url = \"{}\"\n\
         models = [{{ name = \"actor\", max_output_tokens = 50, prices = {{ input = \"1\", output = \"2\", batch_percent = 50 }} }}]\n",
        upstream.url("/v1")
    );
    let path = folder.path().join("familiar.toml");
    let configuration = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("{configuration}{more}")).unwrap();
    upstream.always(Reply::text("done").usage(100, 10).first_token_ms(100));
    upstream.batch_polls(usize::MAX - 1);
    let program = Process::start(folder.path());
    let mut lines: String = (0..30).map(|n| batch_line(&format!("line-{n}"), MODEL)).collect();
    lines.extend((0..5).map(|n| batch_line(&format!("own-{n}"), "half/actor")));
    let form = format!(
        "--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"mine.jsonl\"\r\n\r\n{lines}\r\n--b--\r\n"
    );
    let headers = "content-type: multipart/form-data; boundary=b\r\n";
    let made = program.send("POST", "/api/batches", headers, form.as_bytes()).json(201);
    let path = format!("/api/batches/{}", text(&made["id"]));
    // Killed twice: while lines are called, and while the provider's batch is waited for as well.
    let called = |upstream: &ScriptedUpstream| {
        let calls = upstream.requests().into_iter().filter(|one| one.path == "/v1/chat/completions");
        calls.map(|one| text(&one.json()["messages"][0]["content"])).collect::<Vec<_>>()
    };
    let mut program = program;
    for enough in [8, 20] {
        while called(&upstream).len() < enough {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        program.kill();
        program = Process::start(folder.path());
    }
    upstream.batch_polls(0);
    let batch = loop {
        let batch = program.get(&path);
        if !batch["ended_at"].is_null() {
            break batch;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    };
    assert_eq!((&batch["state"], &batch["done"]), (&json!("completed"), &json!(35)), "{batch}");

    let calls = called(&upstream);
    let mut distinct = calls.clone();
    distinct.sort();
    distinct.dedup();
    assert_eq!(distinct.len(), 30);
    assert!(calls.len() <= 30 + 2 * 2, "only what was under way at a kill, two at a time: {calls:?}");
    let handed_in =
        upstream.requests().iter().filter(|one| one.method == "POST" && one.path == "/v1/batches").count();
    assert_eq!(handed_in, 1);

    // The ledger follows within a moment.
    let exchanges = loop {
        let list = program.get("/api/exchanges?limit=200");
        let exchanges = list["exchanges"].as_array().unwrap().clone();
        if exchanges.len() >= 35 {
            break exchanges;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    };
    assert_eq!(exchanges.len(), 35, "one for each line: {exchanges:#?}");
    assert!(exchanges.iter().all(|one| one["outcome"] == "ok"), "{exchanges:?}");
    // 30 at 0.00012 and 5 at half of it.
    assert_eq!(batch["cost_usd"], "0.0039");
    assert_eq!(program.get("/api/usage")["total"]["cost_usd"], "0.0039");
}
