//! The configuration: what wins, and that every error is named at once, with its line.

use app::config::{Config, ConfigErrors, Environment, Overrides, Place, ProviderOrigin};
use std::{fs, path::Path};
use vectorstore::EngineName;

fn load(text: &str, environment: &Environment) -> Result<Config, ConfigErrors> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("familiar.toml"), text).unwrap();
    load_from(folder.path(), environment)
}

fn load_from(folder: &Path, environment: &Environment) -> Result<Config, ConfigErrors> {
    let overrides = Overrides { data_dir: Some(folder.to_owned()), ..Overrides::default() };
    Config::load(&overrides, environment)
}

/// The errors as `line: key: message`, or `variable: key: message`.
fn errors(text: &str, environment: &Environment) -> Vec<String> {
    let ConfigErrors(problems) = load(text, environment).unwrap_err();
    let shown = |place: &Place| match place {
        Place::File { line, .. } => line.to_string(),
        Place::Environment(name) => name.clone(),
        Place::Flag(name) => (*name).to_owned(),
        Place::Nowhere => "nowhere".to_owned(),
    };
    problems
        .iter()
        .map(|problem| format!("{}: {}: {}", shown(&problem.place), problem.key, problem.message))
        .collect()
}

#[test]
fn without_a_file_the_defaults_hold() {
    let folder = tempfile::tempdir().unwrap();
    let config = load_from(folder.path(), &Environment::default()).unwrap();
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:7420");
    assert_eq!((config.file, config.server.expose), (None, None));
    assert!(config.providers.is_empty() && config.routes.is_empty() && config.warnings.is_empty());
    assert_eq!(config.gateway, gateway::Config::default());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "reading makes nothing");
}

#[test]
fn every_error_is_named_at_once_with_its_line() {
    let text = r#"
colour = "blue"

[server]
listen = "0.0.0.0:80"
expose = 5

[log]
level = "loud"

[database]
max_connections = 0
urll = "x"

[gateway.retry]
max_rounds = "many"
base_delay_ms = -1

[providers.one]
vendor = "nobody"

[providers.two]
dialect = "openai-chat"
base_url = "nonsense"
models = ["good", 5, { name = "x", price = 1 }, 6]

[providers.three]
vendor = "openai"
api_key = "a"
api_key_env = "B"

[routes.fast]
deployments = ["openai", "a/b", "a/b"]

[routes.none]
deployments = []

[routes."a/b"]
deployments = ["a/b"]

[routes.lost]

[routes.fancy]
deployments = ["a/b"]
strategy = "fancy"
balancer = "fastest"
weights = { cost = "much" }
degrade = ["nothing"]

[routes.odd]
deployments = ["a/b"]
strategy = "weighted"
weights = { cost = -1 }
shares = { "c/d" = 0 }
emergency = ["a/b", "e"]
queue = { length = 0 }
"#;
    expect_test::expect_file!["errors.txt"]
        .assert_eq(&(errors(text, &Environment::default()).join("\n") + "\n"));
}

#[test]
fn what_is_not_toml_is_named_beside_what_is_wrong_in_the_rest() {
    let text = "[server]\nlisten = \n[log]\nlevel = \"loud\"\nformat = 'json\n";
    let found = errors(text, &Environment::default());
    assert!(found.iter().any(|error| error.starts_with("2: : this is not TOML")), "{found:#?}");
    assert!(found.iter().any(|error| error.starts_with("4: log.level: `loud`")), "{found:#?}");
    assert!(found.iter().any(|error| error.starts_with("5: : this is not TOML")), "{found:#?}");
}

#[test]
fn no_error_shows_a_secret() {
    let text = r#"
[providers.a]
vendor = "openai"
api_key = 12345678
headers = "hunter2-header"
proxy = ["hunter2-proxy"]
[providers.b]
dialect = "openai-chat"
base_url = "http://user:hunter2-url@host:99999/v1"
[database]
url = "mysql://u:hunter2-db@h/d"
"#;
    let environment = Environment::from([("FAMILIAR_PROVIDERS__A__HEADERS", "hunter2-variable")]);
    let error = load(text, &environment).unwrap_err();
    let shown = format!("{error} {error:?}");
    assert!(!shown.contains("hunter2") && !shown.contains("12345678"), "{shown}");
    assert!(error.0.len() >= 4, "{error}");
}

#[test]
fn a_flag_wins_over_the_environment_and_that_over_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let text =
        "[server]\nlisten = '127.0.0.1:1111'\n[library]\nworkers = 3\nmax_pages = 7\n[log]\nlevel = 'warn'\n";
    fs::write(folder.path().join("familiar.toml"), text).unwrap();
    let config = load_from(folder.path(), &Environment::default()).unwrap();
    assert_eq!(
        (config.server.listen.port(), config.library.workers, config.log.level.as_str()),
        (1111, 3, "warn")
    );
    let environment = Environment::from([
        ("FAMILIAR_LISTEN", "127.0.0.1:2222"),
        ("FAMILIAR_LIBRARY__WORKERS", "4"),
        ("FAMILIAR_GATEWAY__BUDGET__LIMIT_USD", "1.50"),
        ("FAMILIAR_GATEWAY__BUDGET__PER", "day"),
        ("FAMILIAR_PROVIDERS__LAB__DIALECT", "openai-chat"),
        ("FAMILIAR_PROVIDERS__LAB__BASE_URL", "http://127.0.0.1:9/v1"),
        ("FAMILIAR_PROVIDERS__LAB__MODELS", "['a', {name = 'b', context_window = 5}]"),
        ("FAMILIAR_LOG", "debug"),
        ("DATABASE_URL", "postgres://me@host/db"),
    ]);
    let config = load_from(folder.path(), &environment).unwrap();
    assert_eq!((config.server.listen.port(), config.library.workers, config.library.max_pages), (2222, 4, 7));
    assert_eq!(config.log.level, "debug");
    assert_eq!(config.gateway.budget.unwrap().limit.to_string(), "1.50");
    assert_eq!(config.database.url.unwrap().expose(), "postgres://me@host/db");
    let models = &config.providers.first().unwrap().config.models;
    assert_eq!(models.iter().map(|model| model.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    let overrides = Overrides {
        data_dir: Some(folder.path().to_owned()),
        listen: Some("127.0.0.1:3333".parse().unwrap()),
        log_level: Some("error".to_owned()),
        ..Overrides::default()
    };
    let config = Config::load(&overrides, &environment).unwrap();
    assert_eq!((config.server.listen.port(), config.log.level.as_str()), (3333, "error"));
}

#[test]
fn errors_in_the_environment_name_the_variable() {
    let environment = Environment::from([
        ("FAMILIAR_LIBRARY__WORKERS", "many"),
        ("FAMILIAR_LIBRARY__WORKER", "1"),
        ("FAMILIAR_LISTEN", "here"),
        ("FAMILIAR_EXPOSE", "there"),
        ("DATABASE_URL", "mysql://h/d"),
        ("FAMILIAR_PROVIDERS__A__MODELS", "[1, 2]"),
    ]);
    expect_test::expect![[r#"
        DATABASE_URL: database.url: only `postgres://` and `postgresql://` addresses are known
        FAMILIAR_EXPOSE: : `there` is not an address
        FAMILIAR_LIBRARY__WORKER: library: unknown field `worker`
        FAMILIAR_LISTEN: : `here` is not an address
        FAMILIAR_PROVIDERS__A__MODELS: providers: string is not what belongs here"#]]
    .assert_eq(&errors("", &environment).join("\n"));
}

#[test]
fn the_address_of_a_qdrant_chooses_it_and_is_checked() {
    assert_eq!(load("", &Environment::default()).unwrap().vectors.engine(), EngineName::Embedded);
    let environment =
        Environment::from([("QDRANT_URL", "http://127.0.0.1:6333"), ("QDRANT_API_KEY", "12345678")]);
    let config = load("", &environment).unwrap();
    assert_eq!(config.vectors.engine(), EngineName::Qdrant);
    assert_eq!(config.vectors.qdrant_api_key.as_ref().unwrap().expose(), "12345678");
    assert!(!format!("{config:?}").contains("12345678"));
    let config = load("[vectors]\nengine = 'embedded'\n", &environment).unwrap();
    assert_eq!(config.vectors.engine(), EngineName::Embedded, "what is said wins");
    let text = "[vectors]\nengine = 'faiss'\nprefix = 'a b'\ntimeout_ms = 1\n";
    let environment = Environment::from([("QDRANT_URL", "localhost")]);
    assert_eq!(
        errors(text, &environment),
        [
            "2: vectors.engine: unknown variant `faiss`",
            "3: vectors.prefix: `a b` is not a prefix: up to 40 letters, digits, `-` and `_`",
            "4: vectors.timeout_ms: `1` is not between 100 and 60000",
            "QDRANT_URL: vectors.qdrant_url: write an address like `http://127.0.0.1:6333`, without a query",
        ]
    );
    assert_eq!(
        errors("[vectors]\nengine = 'qdrant'\n", &Environment::default()),
        ["2: vectors.engine: `qdrant` needs an address: set `qdrant_url`, or `QDRANT_URL`"]
    );
    let pgvector = "[vectors]\nengine = 'pgvector'\n";
    assert_eq!(
        errors(pgvector, &Environment::default()),
        ["2: vectors.engine: `pgvector` lies in PostgreSQL, and the database is SQLite"]
    );
    let environment = Environment::from([("DATABASE_URL", "postgres://me@host/db")]);
    assert_eq!(load(pgvector, &environment).unwrap().vectors.engine(), EngineName::Pgvector);
}

#[test]
fn a_bucket_is_checked_and_its_keys_may_stand_in_the_environment() {
    let text = r#"
[blobs]
url = "s3://kept/files"
endpoint = "http://127.0.0.1:9000"
access_key_id = "AKID"
secret_access_key_env = "BUCKET_KEY"
"#;
    let config = load(text, &Environment::from([("BUCKET_KEY", " hunter2\n")])).unwrap();
    assert_eq!(config.blobs.secret_access_key.as_ref().unwrap().expose(), "hunter2");
    assert!(!format!("{config:?}").contains("hunter2"));
    assert_eq!(
        errors(text, &Environment::default()),
        ["6: blobs.secret_access_key_env: the environment variable `BUCKET_KEY` is not set"]
    );
    let both = "[blobs]\nurl = 's3://kept'\nsecret_access_key = 'hunter2'\nsecret_access_key_env = 'X'\n";
    assert_eq!(
        errors(both, &Environment::default()),
        ["3: blobs.secret_access_key: `secret_access_key` and `secret_access_key_env` are both given"]
    );
    let wrong = r#"
[blobs]
url = "azure://kept"
endpoint = "http://files.example"
region = "somewhere"
account = "me"
timeout_seconds = 0
"#;
    assert_eq!(
        errors(wrong, &Environment::default()),
        [
            "3: blobs.url: Azure needs `account` and either `account_key` or `sas_token`, or the `_env` of one",
            "4: blobs.endpoint: `http:` can be read on the way: use `https:`, or set `allow_http = true`",
            "5: blobs.region: `region` is for S3 only",
            "7: blobs.timeout_seconds: `0` is not between 1 and 600",
        ]
    );
    let environment = Environment::from([("FAMILIAR_BLOBS__URL", "gs://kept")]);
    assert_eq!(
        errors("", &environment),
        ["FAMILIAR_BLOBS__URL: blobs.url: write `s3://bucket/prefix` or `azure://container/prefix`"]
    );
}

#[test]
fn keys_in_the_environment_make_providers_the_file_does_not_speak_of() {
    let text = r#"
[providers.work]
vendor = "openai"
api_key_env = "WORK_KEY"
[providers.mine]
vendor = "anthropic"
[providers.groq]
api_key = "from the file"
[providers.elsewhere]
vendor = "mistral"
base_url = "http://127.0.0.1:9/v1"
[providers.lost]
vendor = "deepseek"
api_key_env = "NOT_SET"
"#;
    let environment = Environment::from([
        ("WORK_KEY", " sk-work\n"),
        ("OPENAI_API_KEY", "sk-openai"),
        ("ANTHROPIC_API_KEY", "sk-anthropic"),
        ("GROQ_API_KEY", "sk-groq"),
        ("MISTRAL_API_KEY", "sk-mistral"),
        ("GEMINI_API_KEY", "  "),
        ("GOOGLE_API_KEY", "sk-google"),
        ("AZURE_OPENAI_API_KEY", "sk-azure"),
        ("FAMILIAR_LISTN", "127.0.0.1:1"),
    ]);
    let config = load(text, &environment).unwrap();
    let shown: Vec<_> = config
        .providers
        .iter()
        .map(|provider| {
            let key = provider.config.api_key.as_ref().map_or("none", |key| key.expose());
            (provider.name.as_str(), key, provider.origin == ProviderOrigin::File)
        })
        .collect();
    let expected = [
        ("work", "sk-work", true),
        ("mine", "sk-anthropic", true),
        ("groq", "from the file", true),
        ("elsewhere", "none", true),
        ("lost", "none", true),
        ("openai", "sk-openai", false),
        ("gemini", "sk-google", false),
        ("mistral", "sk-mistral", false),
    ];
    assert_eq!(shown, expected, "a key goes to its own vendor's address, never elsewhere");
    let warnings: Vec<_> = config.warnings.iter().map(|warning| warning.message.as_str()).collect();
    assert_eq!(
        warnings,
        [
            "this variable means nothing to Familiar",
            "this provider has no key",
            "the environment variable `NOT_SET` is not set",
        ]
    );
    assert!(!format!("{config:?}").contains("sk-"), "nothing shows a key");
}

#[test]
fn a_file_that_was_asked_for_has_to_be_there() {
    let folder = tempfile::tempdir().unwrap();
    let ask = |name: &str| {
        let path = folder.path().join(name);
        let overrides = Overrides {
            data_dir: Some(folder.path().to_owned()),
            config_file: Some(path),
            ..Overrides::default()
        };
        Config::load(&overrides, &Environment::default()).map(|config| config.file)
    };
    assert!(ask("missing.toml").unwrap_err().to_string().contains("cannot be read"));
    fs::write(folder.path().join("latin.toml"), b"# ok\n[log]\nlevel = 'gr\xf6\xdfe'\n").unwrap();
    assert!(ask("latin.toml").unwrap_err().to_string().contains("not UTF-8, from line 3"));
    fs::write(folder.path().join("good.toml"), "").unwrap();
    assert_eq!(ask("good.toml").unwrap(), Some(folder.path().join("good.toml")));
    assert!(ask("").unwrap_err().to_string().contains("cannot be read"), "a folder is no file");
}

/// The settings of the example with their `#` taken away.
fn example() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/familiar.example.toml");
    let text = fs::read_to_string(path).unwrap();
    text.lines()
        .map(|line| line.strip_prefix('#').filter(|rest| !rest.starts_with(' ')).unwrap_or(line))
        .map(|line| format!("{line}\n"))
        .collect()
}

#[test]
fn limits_that_let_nothing_through_are_named() {
    let text = r#"
[gateway.limits.user]
requests_per_minute = 0
[gateway.limits.providers.openai]
tokens_per_minute = 5
[gateway.limits.deployments.large]
parallel = 0
[gateway.queue]
length = 0
"#;
    assert_eq!(
        errors(text, &Environment::default()),
        [
            "3: gateway.limits.user.requests_per_minute: `0` lets nothing through",
            "6: gateway.limits.deployments.large: `large` is not a deployment",
            "7: gateway.limits.deployments.large.parallel: `0` lets nothing through",
            "8: gateway.queue: nobody can wait",
        ]
    );
}

#[test]
fn the_example_is_right_and_shows_the_defaults() {
    let config = load(&example(), &Environment::from([("OPENAI_API_KEY", "sk-1")])).unwrap();
    assert_eq!(config.warnings, []);
    let names: Vec<_> = config.providers.iter().map(|provider| provider.name.as_str()).collect();
    assert_eq!(names, ["openai", "lab"]);
    assert_eq!(config.library, library::Config::default());
    assert_eq!(config.mcp, mcp::Config::default());
    let unset = (config.vectors.qdrant_url.is_some(), config.vectors.qdrant_api_key.is_some());
    assert_eq!((config.vectors.engine, unset), (Some(EngineName::Embedded), (true, true)));
    let vectors =
        vectorstore::Config { engine: None, qdrant_url: None, qdrant_api_key: None, ..config.vectors };
    assert_eq!(vectors, vectorstore::Config::default());
    let limits = &config.gateway.limits;
    assert_eq!(limits.user.requests_per_minute, Some(600));
    assert_eq!(limits.providers["openai"].tokens_per_minute, Some(200_000));
    assert_eq!(limits.deployments["lab/large"].parallel, Some(4));
    assert_eq!(config.gateway.queue, Some(routing::QueueConfig::default()));
    assert_eq!(config.gateway.tiers.classifier.as_deref(), Some("openai/gpt-5-nano"));
    assert_eq!(config.chat.attachment_retention_days, Some(30));
    let retention = config.gateway.retention.unwrap();
    assert_eq!(retention, ledger::RetentionConfig { exchange_days: Some(400), ..Default::default() });
    let tiers = gateway::TiersConfig { classifier: None, ..config.gateway.tiers };
    assert_eq!(config.gateway.budgets.len(), 1);
    assert_eq!(config.gateway.cluster.redis_url.as_deref(), Some("redis://127.0.0.1:6379"));
    let cluster = gateway::ClusterConfig { redis_url: None, ..config.gateway.cluster };
    let plain = gateway::Config {
        tiers,
        budgets: Vec::new(),
        cluster,
        retention: None,
        budget: None,
        queue: None,
        limits: routing::LimitsConfig::default(),
        fitting: gateway::FittingConfig::default(),
        ..config.gateway
    };
    assert_eq!(plain, gateway::Config::default());
    let database = store::DatabaseConfig { url: None, ..config.database };
    assert_eq!(format!("{database:?}"), format!("{:?}", store::DatabaseConfig::default()));
    assert_eq!(config.blobs.url.as_deref(), Some("s3://bucket/prefix"));
    let blobs = store::BlobsConfig {
        url: None,
        endpoint: None,
        region: None,
        access_key_id: None,
        secret_access_key: None,
        ..config.blobs
    };
    assert_eq!(blobs, store::BlobsConfig::default());
    let inference = inference::Config { models_dir: None, max_memory_bytes: None, ..config.inference };
    assert_eq!(inference, inference::Config::default());
    assert_eq!(config.log, app::log::LogConfig::default());
    assert_eq!(config.server.listen, app::config::ServerConfig::default().listen);
}

#[test]
fn the_example_leaves_no_setting_out() {
    let sections = [
        ("gateway", 6, serde_json::to_value(gateway::Config::default()).unwrap()),
        ("library", 6, serde_json::to_value(library::Config::default()).unwrap()),
        ("inference", 4, serde_json::to_value(inference::Config::default()).unwrap()),
    ];
    let example = example();
    for (section, at_least, value) in sections {
        let mut keys = Vec::new();
        leaves(&value, &mut keys);
        assert!(keys.len() >= at_least, "{section}: {keys:?}");
        for key in keys {
            // A value, or tables one after the other.
            let (value, tables) = (format!("{key} ="), format!(".{key}]]"));
            let said = example.lines().any(|line| line.starts_with(&value) || line.ends_with(&tables));
            assert!(said, "{section}: {key}");
        }
    }
}

fn leaves(value: &serde_json::Value, keys: &mut Vec<String>) {
    for (key, inner) in value.as_object().into_iter().flatten() {
        if inner.is_object() {
            leaves(inner, keys);
        } else if !inner.is_null() {
            keys.push(key.clone());
        }
    }
}
