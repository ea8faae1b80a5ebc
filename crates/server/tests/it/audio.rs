//! Speech, transcriptions and translations through the OpenAI door.

use crate::{
    client::Reply as Answer,
    stage::{Stage, UPSTREAM_KEY},
};
use base::Money;
use bytes::Bytes;
use http::Method;
use http_body_util::Full;
use ledger::{Exchange, Outcome};
use serde_json::{Value, json};
use testkit::{Instead, Reply, What};

const BOUNDARY: &str = "----WebKitFormBoundary7MA4YWxkTrZu0gW";

/// Models with every way of paying for sound.
async fn stage() -> Stage {
    Stage::with(|base_url| {
        format!(
            "[gateway.breaker]\nmin_failures = 1000\n\
             [providers.sound]\ndialect = \"openai-chat\"\nbase_url = \"{base_url}/v1\"\napi_key = \"{UPSTREAM_KEY}\"\n\
             models = [\n\
             {{ name = \"tts-1\", prices = {{ input = \"0\", output = \"0\", characters = \"15\" }} }},\n\
             {{ name = \"mini-tts\", prices = {{ input = \"0.60\", output = \"12\" }} }},\n\
             {{ name = \"whisper-1\", prices = {{ input = \"0\", output = \"0\", audio_hour = \"0.36\" }} }},\n\
             {{ name = \"gpt-transcribe\", prices = {{ input = \"2.50\", output = \"10\", audio_input = \"6\" }} }},\n\
             {{ name = \"plain\", prices = {{ input = \"1\", output = \"2\" }} }},\n]\n\
             [providers.other]\ndialect = \"openai-chat\"\nbase_url = \"{base_url}/other/v1\"\napi_key = \"{UPSTREAM_KEY}\"\n\
             models = [{{ name = \"whisper-large\", prices = {{ input = \"0\", output = \"0\", audio_hour = \"0.111\" }} }}]\n\
             [routes.ears]\ndeployments = [\"anthropic/actor\", \"sound/plain\", \"sound/whisper-1\", \"other/whisper-large\"]\n"
        )
    })
    .await
}

/// Two seconds of silence as WAVE.
fn recording() -> Vec<u8> {
    let mut file = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0".to_vec();
    file.extend_from_slice(&8_000_u32.to_le_bytes());
    file.extend_from_slice(&16_000_u32.to_le_bytes());
    file.extend_from_slice(b"\x02\0\x10\0data");
    file.extend_from_slice(&32_000_u32.to_le_bytes());
    file.extend((0..32_000_u32).map(|byte| (byte % 251) as u8));
    file
}

fn form(file: &[u8], fields: &[(&str, &str)]) -> Vec<u8> {
    let mut body = Vec::new();
    let mut part = |disposition: &str, content: &[u8]| {
        body.extend_from_slice(
            format!("--{BOUNDARY}\r\nContent-Disposition: form-data; {disposition}\r\n\r\n").as_bytes(),
        );
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    };
    part("name=\"file\"; filename=\"said.wav\"\r\nContent-Type: audio/wav", file);
    for (name, value) in fields {
        part(&format!("name=\"{name}\""), value.as_bytes());
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    body
}

async fn send(stage: &Stage, key: &str, path: &str, body: Vec<u8>) -> Answer {
    let content_type = if body.starts_with(b"--") {
        format!("multipart/form-data; boundary={BOUNDARY}")
    } else {
        "application/json".to_owned()
    };
    let request = stage.client.request(Method::POST, path).header("authorization", format!("Bearer {key}"));
    let request = request.header("content-type", content_type).body(Full::new(Bytes::from(body)));
    stage.client.send(request.unwrap()).await
}

async fn listen(stage: &Stage, key: &str, fields: &[(&str, &str)]) -> Answer {
    send(stage, key, "/v1/audio/transcriptions", form(&recording(), fields)).await
}

async fn speak(stage: &Stage, key: &str, more: Value) -> Answer {
    let mut body = json!({ "model": "sound/tts-1", "voice": "alloy", "input": "good evening to you" });
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    send(stage, key, "/v1/audio/speech", body.to_string().into_bytes()).await
}

async fn latest(stage: &Stage) -> Exchange {
    stage.ledger().await.remove(0)
}

fn usd(text: &str) -> Money {
    text.parse().unwrap()
}

#[tokio::test]
async fn speech_comes_as_it_is_made_and_costs_its_characters() {
    let stage = stage().await;
    let key = stage.key(&json!({ "name": "app", "budget_usd": "1" })).await;
    for (format, content_type) in [("mp3", "audio/mpeg"), ("wav", "audio/wav"), ("opus", "audio/ogg")] {
        let told = speak(&stage, &key, json!({ "response_format": format, "unknown": { "kept": 1 } })).await;
        assert_eq!((told.status, told.header("content-type")), (200, content_type));
        assert_eq!(&told.body[..], b"\xff\xfbgood \xff\xfbevening \xff\xfbto \xff\xfbyou");
        let asked = stage.upstream.last_request().unwrap();
        assert_eq!(
            (asked.path.as_str(), asked.json()["unknown"]["kept"].as_u64()),
            ("/v1/audio/speech", Some(1))
        );
        assert_eq!(asked.json()["model"], "tts-1");
    }
    let exchange = latest(&stage).await;
    assert_eq!((&*exchange.operation, exchange.outcome), ("speech", Outcome::Ok));
    // 19 characters at 15 dollars a million.
    assert_eq!((exchange.cost, exchange.estimated), (usd("0.000285"), false), "{exchange:?}");
}

#[tokio::test]
async fn calls_with_sound_have_labels_as_well() {
    let stage = stage().await;
    let key = stage.key(&json!({ "name": "app" })).await;
    let body = json!({ "model": "sound/tts-1", "voice": "alloy", "input": "good evening" }).to_string();
    let calls = [
        ("/v1/audio/speech", "application/json".to_owned(), body.into_bytes()),
        (
            "/v1/audio/transcriptions",
            format!("multipart/form-data; boundary={BOUNDARY}"),
            form(&recording(), &[("model", "sound/whisper-1")]),
        ),
    ];
    for (path, content_type, body) in calls {
        let labelled = async |tags| {
            let request = stage.client.request(Method::POST, path).header("x-familiar-tags", tags);
            let request = request.header("authorization", format!("Bearer {key}"));
            let request = request.header("content-type", &content_type).body(Full::new(body.clone().into()));
            stage.client.send(request.unwrap()).await
        };
        assert_eq!(labelled("team:red, user:ada").await.status, 200, "{path}");
        assert_eq!(latest(&stage).await.tags, ["team:red", "user:ada"], "{path}");
        let refused = labelled("conversation:1").await;
        assert!(refused.openai_error(400).contains("x-familiar-tags"), "{path}: nobody else's label");
    }
}

#[tokio::test]
async fn speech_as_events_is_passed_on_and_paid_by_the_token() {
    let stage = stage().await;
    let key = stage.key(&json!({ "name": "app" })).await;
    stage.upstream.queue(Reply::text("one two three").usage(7, 90));
    let told = speak(&stage, &key, json!({ "model": "sound/mini-tts", "stream_format": "sse" })).await;
    assert_eq!((told.status, told.header("content-type")), (200, "text/event-stream"));
    assert_eq!(told.text().matches("speech.audio.delta").count(), 3, "{}", told.text());
    assert!(told.text().contains("speech.audio.done"));
    let exchange = latest(&stage).await;
    assert_eq!((exchange.usage.input, exchange.usage.output, exchange.estimated), (7, 90, false));
    assert_eq!(exchange.cost, usd("0.0010842"));

    // Without events nobody says how many tokens it took.
    speak(&stage, &key, json!({ "model": "sound/mini-tts" })).await;
    let exchange = latest(&stage).await;
    assert!(exchange.estimated && exchange.cost > Money::ZERO, "{exchange:?}");
}

#[tokio::test]
async fn a_recording_goes_through_untouched_and_its_text_comes_back_in_every_form() {
    let stage = stage().await;
    let key = stage.key(&json!({ "name": "app", "budget_usd": "1" })).await;
    let forms = [
        ("json", "application/json", "Good evening."),
        ("text", "text/plain; charset=utf-8", "Good evening.\n"),
        ("srt", "text/plain; charset=utf-8", "1\n00:00:00,000 --> "),
        ("vtt", "text/vtt; charset=utf-8", "WEBVTT\n"),
        ("verbose_json", "application/json", "\"duration\""),
    ];
    for (format, content_type, expected) in forms {
        stage.upstream.queue(Reply::text("Good evening."));
        let fields = [
            ("model", "sound/whisper-1"),
            ("response_format", format),
            ("timestamp_granularities[]", "word"),
            ("timestamp_granularities[]", "segment"),
            ("language", "en"),
        ];
        let told = listen(&stage, &key, &fields).await;
        assert_eq!((told.status, told.header("content-type")), (200, content_type), "{}", told.text());
        assert!(told.text().contains(expected), "{format}: {}", told.text());
        let asked = stage.upstream.last_request().unwrap();
        let mut sent = fields;
        sent[0].1 = "whisper-1";
        assert_eq!(asked.bytes, form(&recording(), &sent), "only the model's name differs");
        assert_eq!(asked.header("authorization"), Some(format!("Bearer {UPSTREAM_KEY}").as_str()));
        let exchange = latest(&stage).await;
        assert_eq!((&*exchange.operation, exchange.outcome), ("transcription", Outcome::Ok));
        // Two seconds and 44 bytes at 36 cents an hour: the provider counts the head as well where it says so.
        let cost = if format == "json" || format == "verbose_json" { "0.000200275" } else { "0.0002" };
        assert!((exchange.cost.nanos() - usd(cost).nanos()).abs() <= 1_000, "{format}: {exchange:?}");
        assert!(!exchange.estimated, "{format}");
    }
    let told =
        send(&stage, &key, "/v1/audio/translations", form(&recording(), &[("model", "sound/whisper-1")]));
    assert_eq!(told.await.ok(200)["text"], "A recording of 32044 bytes.");
    assert_eq!(stage.upstream.last_request().unwrap().path, "/v1/audio/translations");
    assert_eq!(latest(&stage).await.operation, "audio_translation");
}

#[tokio::test]
async fn a_transcription_streams_and_its_tokens_of_sound_have_their_own_price() {
    let stage = stage().await;
    let key = stage.key(&json!({ "name": "app" })).await;
    stage.upstream.queue(Reply::text("one two three").usage(1_000, 3));
    let told = listen(&stage, &key, &[("model", "sound/gpt-transcribe"), ("stream", "true")]).await;
    assert_eq!((told.status, told.header("content-type")), (200, "text/event-stream"));
    assert_eq!(told.text().matches("transcript.text.delta").count(), 3, "{}", told.text());
    let exchange = latest(&stage).await;
    assert!(exchange.streamed && !exchange.estimated);
    // 1,000 at 6 and 3 at 10 dollars a million.
    assert_eq!(exchange.cost, usd("0.00603"));
    assert_eq!(exchange.usage.total_input(), 1_000);
}

#[tokio::test]
async fn who_cannot_listen_is_passed_over_and_who_fails_is_fallen_back_from() {
    let stage = stage().await;
    let key = stage.key(&json!({ "name": "app" })).await;
    stage.upstream.queue(Reply::raw(200, "application/json", r#"{"error":{"message":"no ears today"}}"#));
    stage.upstream.queue(Reply::text("Heard."));
    let told = listen(&stage, &key, &[("model", "ears")]).await;
    assert_eq!(told.ok(200)["text"], "Heard.");
    assert_eq!(stage.upstream.last_request().unwrap().path, "/other/v1/audio/transcriptions");
    let exchange = latest(&stage).await;
    assert_eq!((exchange.outcome, exchange.attempts), (Outcome::Ok, 2));
    let notes: Vec<_> = exchange.explanation.candidates.iter().map(|one| one.notes.join(", ")).collect();
    assert_eq!(&notes[..2], ["takes no recordings", "takes no recordings"], "{notes:?}");
    assert!(notes[2].contains("no ears today"), "{notes:?}");

    let told = listen(&stage, &key, &[("model", "anthropic/actor")]).await;
    assert!(told.openai_error(404).contains("`anthropic/actor` takes no recordings"));
    let told = speak(&stage, &key, json!({ "model": "familiar/librarian" })).await;
    assert!(told.openai_error(404).contains("makes no speech"));
}

#[tokio::test]
async fn sound_that_breaks_off_never_looks_whole() {
    let stage = stage().await;
    let key = stage.key(&json!({ "name": "app" })).await;
    let body = json!({ "model": "sound/tts-1", "voice": "a", "input": "one two three four" }).to_string();
    let request = format!(
        "POST /v1/audio/speech HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {key}\r\n\
         connection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stage.upstream.queue(Reply::echo().tokens_per_second(50.0).interrupted(2, What::Cut));
    let told = stage.client.raw(request.as_bytes()).await;
    assert!(told.starts_with("HTTP/1.1 200 ") && told.contains("two"), "{told}");
    assert!(!told.ends_with("0\r\n\r\n"), "it looks whole: {told}");
    let exchange = latest(&stage).await;
    assert_eq!((exchange.outcome, exchange.estimated), (Outcome::Failed, true));
    assert_eq!(exchange.cost, usd("0.00027"), "what is asked for is paid for");

    stage.upstream.queue(Reply::instead(Instead::Close));
    let told = speak(&stage, &key, json!({})).await;
    told.openai_error(502);
    assert_eq!(latest(&stage).await.cost, Money::ZERO);
}

#[tokio::test]
async fn what_is_no_request_is_refused_with_a_reason() {
    let stage = stage().await;
    let key = stage.key(&json!({ "name": "app" })).await;
    let path = "/v1/audio/transcriptions";
    for (body, expected) in [
        (form(b"x", &[]), "`model` must be"),
        (form(b"x", &[("model", "")]), "`model` must be"),
        (form(b"x", &[("model", "a"), ("model", "b")]), "there twice"),
        (b"--nothing".to_vec(), "no part begins"),
        (b"{}".to_vec(), "must be `multipart/form-data`"),
    ] {
        let told = send(&stage, &key, path, body).await;
        let message = told.openai_error(400);
        assert!(message.contains(expected), "{message}");
    }
    let told = send(&stage, &key, "/v1/audio/speech", b"{\"model\":\"sound/tts-1\"}".to_vec()).await;
    assert!(told.openai_error(400).contains("`input` must be"));
    let told = send(&stage, "fam-nobody", path, form(b"x", &[("model", "sound/whisper-1")])).await;
    told.openai_error(401);
    let told = listen(&stage, &key, &[("model", "nobody")]).await;
    told.openai_error(404);
    let poor = stage.key(&json!({ "name": "poor", "budget_usd": "0.0001" })).await;
    let told = listen(&stage, &poor, &[("model", "sound/whisper-1")]).await;
    assert!(told.openai_error(429).contains("may cost up to 0.0002 USD"), "a WAVE file tells how long it is");
    assert!(stage.upstream.requests().is_empty());
}
