//! How quick and how good recall is: `cargo xtask bench memory FOLDER --model FOLDER --speed`. Prints the tables of `docs/memory.md`.
//!
//! FOLDER holds the conversations of LoCoMo as JSON. Every turn is kept as what somebody said; a question is good if the
//! turns that hold its evidence are among the first recalled. No model reads or judges anything.
#![expect(clippy::print_stdout, reason = "a measurement prints what it measured")]

use base::{Clock, Id, OwnerId, SystemClock, Timestamp, new_id};
use futures::{FutureExt, future::BoxFuture};
use inference::OnDevice;
use jiff::{civil::DateTime, tz::TimeZone};
use llm::{Embedder, Embedders, Embedding, EmbeddingReply, EmbeddingRequest, LlmError};
use memory::{
    Draft, Fact, Found, Kind, Memory, Parts, Scope, Source, Wanted,
    recall::{Look, Question, Shelf, look},
};
use search::{Entry, Index, Query};
use serde_json::Value;
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    error::Error,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};
use store::testing::TestDb;
use vectors::Vector;

const OWNER: OwnerId = Id::FIRST_OWNER;

type Outcome<T> = Result<T, Box<dyn Error>>;

const ITEMS: usize = 100_000;
const QUESTIONS: usize = 1_000;
/// As many numbers as all-MiniLM-L6-v2 gives.
const DIMENSIONS: usize = 384;
const DEPTHS: [usize; 3] = [5, 10, 20];

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let model = arguments
        .iter()
        .position(|one| one == "--model")
        .and_then(|at| arguments.get(at + 1))
        .map(PathBuf::from);
    let folder =
        arguments.iter().find(|one| *one != "--speed").filter(|one| *one != "--model").map(PathBuf::from);
    let runtime = tokio::runtime::Runtime::new()?;
    if let Some(folder) = folder {
        recall_of_evidence(&runtime, &folder, model.as_deref())?;
    }
    if arguments.iter().any(|one| one == "--speed") {
        runtime.block_on(speed())?;
    }
    Ok(())
}

/// A conversation of LoCoMo.
struct Conversation {
    /// The turn's name in it, and what was said.
    turns: Vec<(String, Fact)>,
    questions: Vec<Asked>,
    last: Timestamp,
    tokens: usize,
}

struct Asked {
    text: String,
    evidence: HashSet<String>,
    category: i64,
}

fn read(path: &Path) -> Outcome<Conversation> {
    let data: Value = serde_json::from_str(&fs::read_to_string(path)?)?;
    let mut turns: Vec<(String, Fact)> = Vec::new();
    let (mut last, mut tokens) = (Timestamp::default(), 0);
    for session in 1.. {
        let Some(said) = data.get(format!("session_{session}")).and_then(Value::as_array) else { break };
        let began =
            data.get(format!("session_{session}_date_time")).and_then(Value::as_str).unwrap_or_default();
        let began = DateTime::strptime("%I:%M %p on %d %B, %Y", began)?.to_zoned(TimeZone::UTC)?;
        last = Timestamp::from_millis(began.timestamp().as_millisecond());
        let mut before = String::new();
        for turn in said {
            let text = |name: &str| turn.get(name).and_then(Value::as_str).unwrap_or_default();
            let photo = text("blip_caption");
            let photo = if photo.is_empty() { String::new() } else { format!(" [shows {photo}]") };
            let told = format!("{}: {}{photo}", text("speaker"), text("text"));
            tokens += told.len().div_ceil(4);
            turns.push((text("dia_id").to_owned(), fact(&told, &before, last)));
            before = told;
        }
    }
    let asked = data.get("qa").and_then(Value::as_array).into_iter().flatten().filter_map(|qa| {
        let names = qa.get("evidence")?.as_array()?.iter().filter_map(Value::as_str);
        let evidence: HashSet<String> = names
            .flat_map(|name| name.split([';', ',', ' ']))
            .map(str::trim)
            .filter(|name| turns.iter().any(|(turn, _)| turn == name))
            .map(str::to_owned)
            .collect();
        let text = qa.get("question")?.as_str()?.to_owned();
        (!evidence.is_empty()).then_some(Asked { text, evidence, category: qa.get("category")?.as_i64()? })
    });
    let questions = asked.collect();
    Ok(Conversation { turns, questions, last, tokens })
}

fn fact(text: &str, before: &str, said_at: Timestamp) -> Fact {
    let draft = Draft {
        kind: Kind::Said,
        attribute: "said".to_owned(),
        context: before.to_owned(),
        importance: 0.2,
        ..Draft::note(text, said_at)
    };
    Fact {
        id: new_id(),
        owner: Id::FIRST_OWNER,
        scope: Scope::User,
        draft,
        recorded_at: said_at,
        superseded_at: None,
        superseded_by: None,
        struck_at: None,
        forgotten_at: None,
        changed_at: said_at,
    }
}

/// Vectors by a model of this machine; none where no folder is named.
struct Encoder(Option<(OnDevice, String)>);

impl Encoder {
    fn new(folder: Option<&Path>) -> Self {
        Self(folder.map(|folder| {
            let models = folder.parent().unwrap_or(folder).to_owned();
            let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let here = OnDevice::new(inference::Config::default(), models, Arc::new(SystemClock::default()));
            here.look();
            (here, name)
        }))
    }

    fn vectors(&self, runtime: &tokio::runtime::Runtime, texts: &[String]) -> Outcome<Vec<Option<Vector>>> {
        let Some((here, model)) = &self.0 else { return Ok(vec![None; texts.len()]) };
        let mut made = Vec::with_capacity(texts.len());
        for batch in texts.chunks(64) {
            let request = EmbeddingRequest {
                model: model.clone(),
                inputs: batch.to_vec(),
                ..EmbeddingRequest::default()
            };
            let reply = runtime.block_on(here.embed(request))?;
            made.extend(reply.vectors.iter().map(|numbers| Vector::new(numbers)));
        }
        Ok(made)
    }
}

/// The baseline: the library's index, which knows nothing of memory.
fn index_of(conversation: &Conversation) -> Outcome<Index> {
    let index = Index::in_memory()?;
    let entry = |(_, fact): &(String, Fact)| Entry {
        id: fact.id.to_string(),
        owner: OWNER,
        document_id: fact.id.to_string(),
        title: String::new(),
        heading: String::new(),
        body: fact.draft.text.clone(),
        page: None,
        facets: search::Facets::default(),
    };
    index.add(&conversation.turns.iter().map(entry).collect::<Vec<_>>())?;
    index.commit()?;
    Ok(index)
}

fn by_words_alone(index: &Index, question: &str) -> Outcome<Vec<Id>> {
    // Signs that the syntax of searches gives a meaning are none here.
    let plain: String =
        question.chars().map(|c| if c.is_alphanumeric() || c == '\'' { c } else { ' ' }).collect();
    let hits = index.search(&Query { limit: 20, ..Query::new(OWNER, &plain) })?.hits;
    Ok(hits.iter().filter_map(|hit| hit.id.parse().ok()).collect())
}

#[derive(Default)]
struct Sum {
    questions: usize,
    found: [f64; 3],
    tokens: usize,
}

fn recall_of_evidence(runtime: &tokio::runtime::Runtime, folder: &Path, model: Option<&Path>) -> Outcome<()> {
    let encoder = Encoder::new(model);
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder)?.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.retain(|path| path.extension().is_some_and(|ending| ending == "json"));
    files.sort();
    let ways: &[(&str, bool)] = if model.is_some() {
        &[("BM25 alone", false), ("recall, words only", false), ("recall, hybrid", true)]
    } else {
        &[("BM25 alone", false), ("recall, words only", false)]
    };
    let mut sums: BTreeMap<(usize, i64), Sum> = BTreeMap::new();
    let (mut whole_tokens, mut turns) = (0, 0);
    for path in &files {
        let conversation = read(path)?;
        turns += conversation.turns.len();
        let texts: Vec<String> = conversation.turns.iter().map(|(_, fact)| fact.draft.text.clone()).collect();
        let questions: Vec<String> = conversation.questions.iter().map(|asked| asked.text.clone()).collect();
        let (vectors, meant) = (encoder.vectors(runtime, &texts)?, encoder.vectors(runtime, &questions)?);
        let mut shelf = Shelf::default();
        for ((_, fact), vector) in conversation.turns.iter().zip(vectors) {
            shelf.put(fact);
            if let Some(vector) = vector {
                shelf.put_vector(fact.id, vector);
            }
        }
        let index = index_of(&conversation)?;
        let names: HashMap<Id, (&str, usize)> = conversation
            .turns
            .iter()
            .map(|(name, fact)| (fact.id, (name.as_str(), fact.draft.text.len().div_ceil(4))))
            .collect();
        for (asked, vector) in conversation.questions.iter().zip(&meant) {
            whole_tokens += conversation.tokens;
            for (number, (_, hybrid)) in ways.iter().enumerate() {
                let question = Question::read(&asked.text, conversation.last, &TimeZone::UTC);
                let vector = vector.as_ref().filter(|_| *hybrid);
                let wanted = Look {
                    question: &question,
                    vector,
                    near: None,
                    not_from: None,
                    now: conversation.last,
                    limit: 20,
                };
                let found: Vec<Id> = if number == 0 {
                    by_words_alone(&index, &asked.text)?
                } else {
                    look(&[&shelf], &wanted).into_iter().map(|one| one.id).collect()
                };
                for category in [asked.category, if asked.category == 5 { 9 } else { 0 }, 10] {
                    let sum = sums.entry((number, category)).or_default();
                    sum.questions += 1;
                    for (depth, total) in DEPTHS.iter().zip(&mut sum.found) {
                        let hit = |one: &&Id| {
                            names.get(*one).is_some_and(|(name, _)| asked.evidence.contains(*name))
                        };
                        let hits = found.iter().take(*depth).filter(hit).count();
                        *total += hits as f64 / asked.evidence.len() as f64;
                    }
                    sum.tokens += found
                        .iter()
                        .take(10)
                        .filter_map(|one| names.get(one))
                        .map(|(_, tokens)| tokens)
                        .sum::<usize>();
                }
            }
        }
    }
    println!("{} conversations, {turns} turns\n", files.len());
    println!(
        "| questions | way | number | recall@5 | recall@10 | recall@20 | tokens of ten |\n| --- | --- | --- | --- | --- | --- | --- |"
    );
    let kinds = [
        (0, "all but adversarial"),
        (1, "several turns"),
        (2, "time"),
        (3, "open"),
        (4, "one turn"),
        (5, "adversarial"),
        (10, "all"),
    ];
    for (category, kind) in kinds {
        for (number, (way, _)) in ways.iter().enumerate() {
            let Some(sum) = sums.get(&(number, category)) else { continue };
            let count = sum.questions as f64;
            let [five, ten, twenty] = sum.found.map(|found| 100.0 * found / count);
            println!(
                "| {kind} | {way} | {} | {five:.1} % | {ten:.1} % | {twenty:.1} % | {:.0} |",
                sum.questions,
                sum.tokens as f64 / count
            );
        }
    }
    let all = sums.get(&(0, 10)).map_or(1, |sum| sum.questions).max(1);
    println!("| all | full context | {all} | 100 % | 100 % | 100 % | {} |", whole_tokens / all);
    Ok(())
}

/// Numbers that look like chance and are the same every time.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    /// Words as often as words are: the second half as often as the first, and so on.
    fn word(&mut self) -> String {
        let share = (self.next() % 1_000_000) as f64 / 1_000_000.0;
        format!("w{}", (8_000_f64.powf(share) - 1.0) as u64)
    }

    fn text(&mut self, words: usize) -> String {
        (0..words).map(|_| self.word()).collect::<Vec<_>>().join(" ")
    }
}

#[derive(Debug)]
struct ByChance;

impl Embedder for ByChance {
    fn embed(&self, request: EmbeddingRequest) -> BoxFuture<'_, Result<EmbeddingReply, LlmError>> {
        async move {
            let vector = |text: &String| {
                let seed = text
                    .bytes()
                    .fold(7_u64, |seed, byte| seed.wrapping_mul(131).wrapping_add(u64::from(byte)));
                let mut chance = Chance(seed);
                (0..DIMENSIONS).map(|_| (chance.next() % 2_000) as f32 - 1_000.0).collect()
            };
            Ok(EmbeddingReply {
                vectors: request.inputs.iter().map(vector).collect(),
                ..EmbeddingReply::default()
            })
        }
        .boxed()
    }
}

#[derive(Debug)]
struct Everybodys;

impl Embedders for Everybodys {
    fn of(&self, _owner: OwnerId) -> Arc<dyn Embedder> {
        Arc::new(ByChance)
    }
}

async fn speed() -> Outcome<()> {
    let test = TestDb::sqlite().await;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
    let memory = Memory::new(Parts { db: test.db.clone(), clock: Arc::clone(&clock), zone: TimeZone::UTC });
    let (owner, scope) = (Id::FIRST_OWNER, Scope::User);
    let mut chance = Chance(42);
    let began = Instant::now();
    for _ in 0..ITEMS / 1_000 {
        let said = (0..1_000).map(|_| {
            let said_at = clock.now().minus(Duration::from_secs(chance.next() % 30_000_000));
            let source = Source {
                conversation_id: Some(Id::from_u128(u128::from(chance.next() % 500))),
                message_id: None,
            };
            let text = chance.text(14);
            Found::Fact(Draft {
                kind: Kind::Said,
                attribute: "said".to_owned(),
                source,
                ..Draft::note(&text, said_at)
            })
        });
        memory.learn(owner, &scope, said.collect()).await?;
    }
    let learned = began.elapsed();
    memory.embed_with(Some(Embedding { model: "by-chance".to_owned(), embedders: Arc::new(Everybodys) }));
    let began = Instant::now();
    memory.embed().await?;
    let embedded = began.elapsed();
    let wanted = |text: String| Wanted {
        owner,
        scopes: vec![Scope::User, Scope::Persona(Id::from_u128(9))],
        text,
        not_from: Some(Id::from_u128(3)),
        budget_tokens: 1_000,
        limit: 12,
        with_profile: true,
    };
    let began = Instant::now();
    memory.recall(&wanted(chance.text(8))).await?;
    let opened = began.elapsed();
    let mut times = Vec::with_capacity(QUESTIONS);
    for _ in 0..QUESTIONS {
        let question = wanted(chance.text(8));
        let began = Instant::now();
        memory.recall(&question).await?;
        times.push(began.elapsed());
    }
    times.sort();
    let at = |share: usize| {
        times.get(times.len() * share / 100).copied().unwrap_or_default().as_secs_f64() * 1_000.0
    };
    println!(
        "\nVectors of {DIMENSIONS} numbers are made up by chance, and the question's costs nothing: a model's time comes on top."
    );
    println!(
        "\n| facts | learned in | vectors kept in | first recall (from the database) | p50 | p95 | p99 |\n| --- | --- | --- | --- | --- | --- | --- |"
    );
    println!(
        "| {ITEMS} | {:.1} s | {:.1} s | {:.1} s | {:.1} ms | {:.1} ms | {:.1} ms |",
        learned.as_secs_f64(),
        embedded.as_secs_f64(),
        opened.as_secs_f64(),
        at(50),
        at(95),
        at(99)
    );
    Ok(())
}
