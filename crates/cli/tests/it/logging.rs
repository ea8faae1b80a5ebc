//! What the log holds of large requests: a gateway that writes two megabytes for each picture is of no use to those
//! who look for what is wrong.

use crate::process::Process;
use serde_json::json;
use std::{fs::File, process::Stdio};
use testkit::{Reply, ScriptedUpstream};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_its_finest_the_log_neither_shows_nor_grows_with_what_is_sent() {
    let upstream = ScriptedUpstream::start().await.unwrap();
    upstream.always(Reply::words(400));
    let folder = tempfile::tempdir().unwrap();
    let configuration = format!(
        "[providers.stage]\ndialect = \"openai-chat\"\nbase_url = \"{}\"\napi_key = \"sk-very-secret\"\n\
         models = [{{ name = \"actor\", prices = {{ input = \"0\", output = \"0\" }} }}]\n",
        upstream.url("/v1")
    );
    std::fs::write(folder.path().join("familiar.toml"), configuration).unwrap();
    let log = folder.path().join("log.txt");
    let program =
        Process::start_with(folder.path(), &["--log", "trace"], Stdio::from(File::create(&log).unwrap()));
    let key = program.post("/api/keys", &json!({ "name": "app" }))["secret"].as_str().unwrap().to_owned();
    let before = std::fs::metadata(&log).unwrap().len();

    let picture = "UGljdHVyZXM".repeat(190_000);
    let image =
        json!({ "type": "image_url", "image_url": { "url": format!("data:image/png;base64,{picture}") } });
    for stream in [false, true] {
        let content = json!([{ "type": "text", "text": "the private question" }, image]);
        let body = json!({ "model": "stage/actor", "stream": stream, "messages": [{ "role": "user", "content": content }] });
        let mut answer = program.ask(&key, &body);
        assert_eq!(answer.status, 200);
        if stream {
            answer.event();
        } else {
            answer.json(200);
        }
    }
    drop(program);
    let text = std::fs::read_to_string(&log).unwrap();
    let grown = text.len() as u64 - before;
    assert!(grown < 300_000, "two requests of two megabytes made {grown} bytes of log");
    for secret in
        ["UGljdHVyZXMUGljdHVyZXM", "the private question", "sk-very-secret", key.as_str(), "lantern keeps"]
    {
        assert!(!text.contains(secret), "the log holds `{secret}`");
    }
    assert!(text.contains("TRACE") || text.contains("DEBUG"), "it was the finest level: {text:.300}");
}
