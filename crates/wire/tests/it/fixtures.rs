//! Replays the fixtures: a dialect is a folder in `fixtures/`, a case is a folder in that. A new case is a
//! new folder and needs no code.
//!
//! | a case may hold | what is done with it | and compared with |
//! | --- | --- | --- |
//! | `request.json` (vocabulary) | encoded for the provider | `upstream_request.json`, `dropped.snap` |
//! | `response.json` (provider) | decoded; summarised; written to a caller and decoded again | `reply.snap`, `caller_reply.snap` |
//! | `response.sse`, `response.ndjson` | decoded whole, split at every byte, byte by byte; scanned the same way; written to a caller and decoded again; added up and compared with `response.json` | `events.snap`, `caller_stream.snap` |
//! | `error.json` (`status`, `headers`, `body`) | decoded | `error.snap` |
//! | `caller_request.json` (a caller's) | decoded; head read; retargeted | `decoded_request.snap` |
//! | `embedding_request.json` (vocabulary) | encoded for the provider | `upstream_request.json` |
//! | `embedding_response.json` | decoded | `embedding.snap` |
//! | `caller_embedding_request.json` | decoded | `decoded_request.snap` |
//!
//! `events.snap` holds a `ChatEvent` a line as JSON; a stream that fails ends with a line `{"error": …}`.
//! `UPDATE_EXPECT=1 cargo test -p wire --test it` writes the snapshots.

mod check;

pub(crate) use check::decode;

use llm::{Codec, Dialect};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// What a case may hold.
const KNOWN_FILES: [&str; 18] = [
    "request.json",
    "upstream_request.json",
    "dropped.snap",
    "response.json",
    "response.sse",
    "response.ndjson",
    "reply.snap",
    "caller_reply.snap",
    "events.snap",
    "caller_stream.snap",
    "error.json",
    "error.snap",
    "caller_request.json",
    "decoded_request.snap",
    "embedding_request.json",
    "embedding_response.json",
    "embedding.snap",
    "caller_embedding_request.json",
];

/// One folder of fixtures.
pub(crate) struct Case {
    pub(crate) codec: &'static dyn Codec,
    pub(crate) folder: PathBuf,
}

impl Case {
    /// A file of the case, if it is there.
    pub(crate) fn bytes(&self, name: &str) -> Option<Vec<u8>> {
        let path = self.folder.join(name);
        path.exists().then(|| fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
    }

    /// The provider's stream, if the case has one.
    pub(crate) fn stream(&self) -> Option<Vec<u8>> {
        self.bytes("response.sse").or_else(|| self.bytes("response.ndjson"))
    }

    /// Compares with a snapshot, or writes it.
    pub(crate) fn snapshot(&self, name: &str, actual: &str) {
        expect_test::expect_file![self.folder.join(name)].assert_eq(&format!("{}\n", actual.trim_end()));
    }

    /// Compares with a snapshot that is there only when it has something to say.
    pub(crate) fn snapshot_unless_empty(&self, name: &str, actual: &str) {
        if !actual.is_empty() || self.folder.join(name).exists() {
            self.snapshot(name, actual);
        }
    }
}

pub(crate) fn cases(dialect: Dialect) -> Vec<Case> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(dialect.as_str());
    let mut folders: Vec<PathBuf> = fs::read_dir(&root)
        .map(|entries| entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect())
        .unwrap_or_default();
    folders.sort();
    let codec = wire::codec(dialect);
    folders.into_iter().map(|folder| Case { codec, folder }).collect()
}

fn replay(dialect: Dialect) {
    let cases = cases(dialect);
    assert!(!cases.is_empty(), "no fixtures for `{dialect}`");
    for case in &cases {
        println!("{}", case.folder.display());
        no_strange_files(case);
        check::encoding(case);
        check::reply(case);
        check::stream(case);
        check::error(case);
        check::caller_request(case);
        check::embeddings(case);
    }
}

fn no_strange_files(case: &Case) {
    for entry in fs::read_dir(&case.folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(KNOWN_FILES.contains(&name.as_str()), "nothing reads `{name}` in {}", case.folder.display());
    }
}

#[test]
fn openai_chat() {
    replay(Dialect::OpenAiChat);
}

#[test]
fn openai_responses() {
    replay(Dialect::OpenAiResponses);
}

#[test]
fn anthropic() {
    replay(Dialect::Anthropic);
}

#[test]
fn gemini() {
    replay(Dialect::Gemini);
}

#[test]
fn ollama() {
    replay(Dialect::Ollama);
}

#[test]
fn every_folder_of_fixtures_is_a_dialect() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    for entry in fs::read_dir(root).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        assert!(
            !entry.path().is_dir() || Dialect::ALL.iter().any(|dialect| dialect.as_str() == name),
            "`{name}` is no dialect"
        );
    }
}
