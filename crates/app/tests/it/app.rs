//! The whole program as an object: what it is at the first start, at the second, and while providers come and go.

use api::providers::PutProvider;
use app::{
    App, AppError,
    config::{Config, Environment, Overrides},
    doctor,
};
use base::{ErrorKind, Id};
use futures::StreamExt as _;
use gateway::{AnswerBody, Call, Caller, Source};
use library::{NewDocument, Reader, SearchMode, SearchRequest, SearchResults};
use llm::{ChatRequest, Message, Role};
use std::{
    collections::BTreeMap,
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use store::testing::TestDb;
use testkit::{FakeQdrant, ScriptedUpstream};

const GRACE: Duration = Duration::from_secs(5);

fn config(folder: &Path, text: &str) -> Config {
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join("familiar.toml"), text).unwrap();
    let overrides = Overrides {
        data_dir: Some(folder.to_owned()),
        listen: Some("127.0.0.1:0".parse().unwrap()),
        ..Overrides::default()
    };
    Config::load(&overrides, &Environment::default()).unwrap()
}

async fn start(folder: &Path, text: &str) -> Arc<App> {
    App::start(config(folder, text), Reader::Thread).await.unwrap()
}

fn lab(upstream: &ScriptedUpstream) -> String {
    format!(
        "[providers.lab]\ndialect = \"openai-chat\"\nbase_url = \"{}\"\napi_key = \"sk-file\"\n\
         [routes.fast]\ndeployments = [\"lab/small\", \"gone/model\"]\n",
        upstream.url("/v1")
    )
}

async fn until<F: Future<Output = bool>>(what: &str, condition: impl Fn() -> F) {
    for _ in 0..1200 {
        if condition().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("not in 60 s: {what}");
}

async fn offers(app: &App, id: &str) -> bool {
    app.models(None, false).await.unwrap().models.iter().any(|model| model.id == id)
}

/// Asks and waits for the whole answer.
async fn ask(app: &App, model: &str, question: &str) -> Result<String, gateway::GatewayError> {
    let request = ChatRequest {
        model: model.to_owned(),
        messages: vec![Message::text(Role::User, question)],
        ..ChatRequest::default()
    };
    let call =
        Call { caller: Caller::Owner(Id::FIRST_OWNER), source: Source::Request(request), tags: Vec::new() };
    let AnswerBody::Events(mut events) = app.gateway.chat(call).await?.body else { panic!("no events") };
    let mut aggregator = llm::Aggregator::default();
    while let Some(event) = events.next().await {
        aggregator.push(&event.unwrap());
    }
    Ok(aggregator.finish().plain_text())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_start_makes_a_working_program_and_the_second_finds_it() {
    let upstream = ScriptedUpstream::start().await.unwrap();
    upstream.models(&["small", "large"]);
    let folder = tempfile::tempdir().unwrap();
    let text = lab(&upstream);
    let app = start(folder.path(), &text).await;
    assert!(app.ready());
    until("the provider's models are there", || offers(&app, "lab/small")).await;
    assert!(offers(&app, library::LIBRARIAN_ID).await);
    until("the handbook is read", || async {
        let status = app.status().await.unwrap();
        status.handbook_documents > 5 && status.active_jobs == 0
    })
    .await;
    let pages = app.status().await.unwrap().handbook_documents;
    assert!(
        ask(&app, "fast", "hello there").await.unwrap().contains("hello"),
        "the route reaches the upstream"
    );
    let answer = ask(&app, library::LIBRARIAN_ID, "Which file says who uses the data folder?").await.unwrap();
    assert!(answer.contains("familiar.lock"), "{answer}");
    let missing = ask(&app, "lab/nothing", "hello").await.unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::NotFound);
    app.shutdown(GRACE).await;
    assert!(!app.ready());
    assert!(!folder.path().join("familiar.db-wal").exists(), "the database was closed");

    let installation = fs::read(folder.path().join("installation.id")).unwrap();
    let app = start(folder.path(), &text).await;
    let status = app.status().await.unwrap();
    assert_eq!((status.handbook_documents, status.active_jobs), (pages, 0), "the handbook is not read again");
    assert_eq!(fs::read(folder.path().join("installation.id")).unwrap(), installation);
    app.shutdown(GRACE).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_added_on_the_page_stays_and_its_credentials_are_nowhere_readable() {
    let upstream = ScriptedUpstream::start().await.unwrap();
    upstream.models(&["small"]);
    let folder = tempfile::tempdir().unwrap();
    let app = start(folder.path(), "").await;
    let put = PutProvider {
        vendor: "openai-compatible".to_owned(),
        base_url: Some(upstream.url("/v1")),
        api_key: Some(" sk-very-secret\n".to_owned()),
        headers: Some(BTreeMap::from([("x-token".to_owned(), "hunter2-header".to_owned())])),
        models: Vec::new(),
        ..PutProvider::default()
    };
    let provider = app.put_provider("mine", put.clone()).await.unwrap();
    assert!(provider.editable);
    until("its models are there", || offers(&app, "mine/small")).await;
    let broken = PutProvider { base_url: Some("nonsense".to_owned()), ..put.clone() };
    assert_eq!(app.put_provider("mine", broken).await.unwrap_err().kind(), ErrorKind::Invalid);
    app.shutdown(GRACE).await;
    for file in files(folder.path()) {
        let bytes = fs::read(&file).unwrap();
        for secret in ["sk-very-secret", "hunter2-header"] {
            let found = bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
            assert!(!found, "{secret} stands in {}", file.display());
        }
    }

    upstream.reset();
    upstream.models(&["small"]);
    let app = start(folder.path(), "").await;
    let tested = app.test_provider("mine").await.unwrap();
    assert!(tested.ok, "{tested:?}");
    let request = upstream.last_request().unwrap();
    assert_eq!(request.header("authorization"), Some("Bearer sk-very-secret"));
    assert_eq!(request.header("x-token"), Some("hunter2-header"));
    let without_key = PutProvider { api_key: None, headers: None, ..put };
    app.put_provider("mine", without_key).await.unwrap();
    assert!(app.test_provider("mine").await.unwrap().ok);
    let request = upstream.last_request().unwrap();
    assert_eq!(request.header("authorization"), Some("Bearer sk-very-secret"), "what is not sent is kept");
    assert_eq!(request.header("x-token"), Some("hunter2-header"));
    app.shutdown(GRACE).await;

    let checks = doctor::examine(&config(folder.path(), "")).await;
    let check = checks.iter().find(|check| check.name == "provider mine").unwrap();
    assert!(check.ok, "{checks:#?}");

    let app = start(folder.path(), "").await;
    app.delete_provider("mine").await.unwrap();
    assert!(!offers(&app, "mine/small").await);
    assert_eq!(app.delete_provider("mine").await.unwrap_err().kind(), ErrorKind::NotFound);
    app.shutdown(GRACE).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_providers_added_at_once_are_all_kept() {
    let folder = tempfile::tempdir().unwrap();
    let app = start(folder.path(), "").await;
    let tasks: Vec<_> = (0..8)
        .map(|number| {
            let app = Arc::clone(&app);
            let put = PutProvider {
                vendor: "openai-compatible".to_owned(),
                base_url: Some("http://127.0.0.1:9/v1".to_owned()),
                api_key: None,
                headers: None,
                models: vec!["m".to_owned()],
                ..PutProvider::default()
            };
            tokio::spawn(async move { app.put_provider(&format!("p{number}"), put).await.map(drop) })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    app.shutdown(GRACE).await;
    let app = start(folder.path(), "").await;
    for number in 0..8 {
        assert!(offers(&app, &format!("p{number}/m")).await, "p{number}");
    }
    app.shutdown(GRACE).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_file_says_cannot_be_changed_on_the_page() {
    let upstream = ScriptedUpstream::start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let app = start(folder.path(), &lab(&upstream)).await;
    let put = PutProvider {
        vendor: "openai".to_owned(),
        base_url: None,
        api_key: Some("sk-other".to_owned()),
        headers: None,
        models: Vec::new(),
        ..PutProvider::default()
    };
    let errors = [app.put_provider("lab", put).await.map(drop), app.delete_provider("lab").await];
    for error in errors {
        assert!(matches!(&error, Err(AppError::NotEditable(name)) if name == "lab"), "{error:?}");
    }
    app.shutdown(GRACE).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_waits_for_no_provider() {
    // Takes connections and never answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let text = format!(
        "[providers.silent]\ndialect = \"openai-chat\"\nbase_url = \"http://{}/v1\"\n",
        silent.local_addr().unwrap()
    );
    let folder = tempfile::tempdir().unwrap();
    // The provider would be waited for far longer than this.
    let app = tokio::time::timeout(Duration::from_secs(30), start(folder.path(), &text)).await.unwrap();
    assert!(app.ready() && offers(&app, library::LIBRARIAN_ID).await);
    tokio::time::timeout(Duration::from_secs(30), app.shutdown(GRACE)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_that_cannot_be_says_which_part_and_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("familiar.db"), "garbage ".repeat(2000)).unwrap();
    let error = App::start(config(folder.path(), ""), Reader::Thread).await.unwrap_err();
    assert!(error.to_string().contains("the database"), "{error}");
    assert!(error.hint().unwrap().contains("backups"));
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn local_only_mode_and_a_redis_elsewhere_refuse_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let cluster = "[gateway.cluster]\nredis_url = \"redis://:secret@192.0.2.7:6379\"\n";
    let both = format!("[privacy]\nlocal_only = true\n{cluster}");
    let error = App::start(config(folder.path(), &both), Reader::Thread).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(error.to_string().contains("`192.0.2.7`") && !error.to_string().contains("secret"), "{error}");
    assert!(error.hint().unwrap().contains("redis_url"));
}

/// An app whose vectors are made by an upstream and searched by what this section says.
async fn with_vectors(folder: &Path, upstream: &ScriptedUpstream, section: &str) -> Arc<App> {
    upstream.models(&["small"]);
    let text = format!("library.embedder = \"lab/small\"\n{section}\n{}", lab(upstream));
    let app = start(folder, &text).await;
    let new = NewDocument {
        file_name: "beasts.md".to_owned(),
        bytes: b"# Beasts\n\nThe wyrm sleeps on its gold.\n".to_vec(),
        collection: Some("beasts".to_owned()),
    };
    app.library.add_bytes(Id::FIRST_OWNER, new).await.unwrap();
    until("the passage is found by meaning", || async {
        let found = by_meaning(&app).await;
        found.mode == SearchMode::Semantic && found.hits.len() == 1
    })
    .await;
    app
}

async fn by_meaning(app: &App) -> SearchResults {
    let request = SearchRequest {
        mode: SearchMode::Semantic,
        collection: Some("beasts".to_owned()),
        ..SearchRequest::new("a sleeping dragon")
    };
    app.library.search(Id::FIRST_OWNER, request).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_qdrant_has_the_vectors_and_searches_go_by_words_while_it_is_away() {
    let (upstream, qdrant) = (ScriptedUpstream::start().await.unwrap(), FakeQdrant::start().await.unwrap());
    let folder = tempfile::tempdir().unwrap();
    let section = format!("[vectors]\nqdrant_url = \"{}\"", qdrant.url());
    let app = with_vectors(folder.path(), &upstream, &section).await;
    until("the collection has its name", || async { qdrant.alias("library").is_some() }).await;
    qdrant.go_away();
    assert_eq!(by_meaning(&app).await.words_only.map(|why| why.code()), Some("engine_failed"));
    qdrant.come_back();
    assert_eq!(by_meaning(&app).await.mode, SearchMode::Semantic);
    app.shutdown(GRACE).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_databases_pgvector_has_the_vectors() {
    #[expect(clippy::disallowed_methods, reason = "tests are told about the server by the test command")]
    let Ok(server) = std::env::var("FAMILIAR_TEST_PGVECTOR") else {
        eprintln!("SKIPPED: there is no pgvector; set FAMILIAR_TEST_PGVECTOR");
        return;
    };
    let test = TestDb::on(&server).await;
    let upstream = ScriptedUpstream::start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let url = test.config().url.as_ref().unwrap().expose();
    let section = format!("[database]\nurl = \"{url}\"\n[vectors]\nengine = \"pgvector\"");
    let app = with_vectors(folder.path(), &upstream, &section).await;
    app.shutdown(GRACE).await;
    let checks = doctor::examine(&config(folder.path(), &section)).await;
    let check = checks.iter().find(|check| check.name == "vectors").unwrap();
    assert!(check.ok && check.detail.starts_with("pgvector "), "{checks:#?}");
    test.throw_away().await;
}
