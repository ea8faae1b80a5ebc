//! Answers of the Librarian: found ones are right and cited, missing ones are admitted.

use crate::support::{OWNER, Running, corpus};
use futures::StreamExt;
use library::{Config, LIBRARIAN_NOTICE, Librarian, NewDocument, Reader};
use llm::{
    Aggregator, ChatEvent, ChatModel, ChatReply, ChatRequest, LibraryScope, Message, Retrieval, Retriever,
    Role, StopReason, Usage,
};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};
use store::testing::TestDb;

const DECLINED: &str = "The documents do not answer this";

pub(crate) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

async fn with_documents(test: &TestDb, paths: &[PathBuf]) -> Running {
    let running = Running::start_with(test, Config::default(), Reader::Thread).await;
    let mut ids = Vec::new();
    for path in paths {
        let file_name = path.file_name().unwrap().to_string_lossy().into_owned();
        let new = NewDocument { file_name, bytes: std::fs::read(path).unwrap(), collection: None };
        ids.push(running.library.add_bytes(OWNER, new).await.unwrap().document_id);
    }
    for id in ids {
        assert_eq!(running.settled(id).await.failure, None);
    }
    running
}

pub(crate) async fn fixtures(test: &TestDb) -> Running {
    with_documents(test, &["lighthouse.md", "router.md", "bakery.txt"].map(fixture)).await
}

async fn ask_all(running: &Running, request: ChatRequest) -> (Vec<ChatEvent>, ChatReply) {
    let librarian = Librarian::for_owner(Arc::clone(&running.library), OWNER);
    let events: Vec<ChatEvent> =
        librarian.stream(request).await.unwrap().map(|event| event.unwrap()).collect().await;
    let mut aggregator = Aggregator::default();
    events.iter().for_each(|event| aggregator.push(event));
    (events, aggregator.finish())
}

fn request(messages: &[(Role, &str)]) -> ChatRequest {
    let messages = messages.iter().map(|(role, text)| Message::text(*role, *text)).collect();
    ChatRequest { messages, ..ChatRequest::default() }
}

pub(crate) async fn ask(running: &Running, question: &str) -> ChatReply {
    ask_all(running, request(&[(Role::User, question)])).await.1
}

#[tokio::test(flavor = "multi_thread")]
async fn every_sentence_of_an_answer_is_a_quotation_with_its_source() {
    let test = TestDb::sqlite().await;
    let running = fixtures(&test).await;
    let (events, reply) = ask_all(&running, request(&[(Role::User, "How high is the tower?")])).await;
    let text = reply.plain_text();
    assert!(text.contains("The tower is 34 metres high and has 187 steps. [1]"), "{text}");
    let citation = &reply.citations[0];
    assert_eq!(citation.index, 1);
    assert_eq!(citation.quote, "The tower is 34 metres high and has 187 steps.");
    assert_eq!(citation.heading.as_deref(), Some("The Lighthouse at Grey Point \u{203a} The tower"));
    for citation in &reply.citations {
        let view = running.library.passage(OWNER, &citation.chunk_id).await.unwrap();
        assert!(view.text.contains(&citation.quote), "{citation:?}");
        assert!(text.contains(&format!("[{}]", citation.index)));
    }
    assert_eq!(text.matches('[').count(), reply.citations.len());
    assert!(events.iter().filter(|event| matches!(event, ChatEvent::Text { .. })).count() > 2, "it streams");
    assert_eq!((reply.usage, reply.stop), (Some(Usage::default()), Some(StopReason::EndTurn)));
    assert!(LIBRARIAN_NOTICE.contains("without a language model"));
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_admitted_with_the_nearest_passages() {
    let test = TestDb::sqlite().await;
    let running = Running::start(&test, Config::default()).await;
    let empty = ask(&running, "What is the warranty?").await.plain_text();
    assert!(empty.starts_with("There are no documents"), "{empty}");
    running.stop().await;
    let running = fixtures(&test).await;
    let reply = ask(&running, "What is the salary of the lighthouse architect?").await;
    assert!(reply.plain_text().starts_with(DECLINED), "{}", reply.plain_text());
    assert!(!reply.citations.is_empty());
    let nothing = ask(&running, "Quantum entanglement?").await;
    assert_eq!(nothing.plain_text(), "The documents do not answer this: nothing in them matches.");
    assert_eq!(nothing.citations, []);
    let typo = ask(&running, "How long is the warrenty?").await.plain_text();
    assert!(typo.starts_with("(I read `warrenty` as `warranty`.)"), "{typo}");
    assert!(typo.contains("three years"), "{typo}");
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_follow_up_is_understood_from_the_conversation() {
    let test = TestDb::sqlite().await;
    let running = fixtures(&test).await;
    let conversation = [
        (Role::System, "You are helpful."),
        (Role::User, "Tell me about the Kestrel router's warranty."),
        (Role::Assistant, "The warranty lasts three years. [1]"),
        (Role::User, "And what does it not cover?"),
    ];
    let text = ask_all(&running, request(&conversation)).await.1.plain_text();
    assert!(text.contains("does not cover damage by lightning"), "{text}");
    let greeting = ask(&running, "?!").await.plain_text();
    assert!(greeting.starts_with("Ask me something"), "{greeting}");
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_scope_of_the_request_is_kept() {
    let test = TestDb::sqlite().await;
    let running = fixtures(&test).await;
    let results = running.library.search(OWNER, library::SearchRequest::new("title:router")).await.unwrap();
    let router = results.hits[0].passage.document_id.clone();
    let scoped = |owner, document_ids| ChatRequest {
        library: Some(LibraryScope { owner, document_ids }),
        ..request(&[(Role::User, "How high is the tower?")])
    };
    let elsewhere = ask_all(&running, scoped(OWNER, vec![router.clone()])).await.1.plain_text();
    assert!(elsewhere.starts_with(DECLINED), "{elsewhere}");
    let stranger = ask_all(&running, scoped(base::Id::from_u128(5), vec![])).await.1;
    assert_eq!(stranger.citations, []);
    let retrieval = Retrieval {
        owner: OWNER,
        query: "What does \"the\" -warranty* cover?".to_owned(),
        document_ids: vec![router],
        limit: 3,
    };
    let passages = running.library.retrieve(retrieval).await.unwrap();
    assert!(passages[0].text.contains("The warranty lasts three years"), "{passages:?}");
    running.stop().await;
}

/// How well a set of questions was answered.
#[derive(Debug, Default)]
struct Score {
    answerable: usize,
    unanswerable: usize,
    answered_right: usize,
    answered_wrong: usize,
    answered_though_unanswerable: usize,
}

impl Score {
    fn report(&self, name: &str) -> String {
        let answered = self.answered_right + self.answered_wrong + self.answered_though_unanswerable;
        let share = |part: usize, of: usize| {
            100.0 * f64::from(u32::try_from(part).unwrap()) / f64::from(u32::try_from(of.max(1)).unwrap())
        };
        format!(
            "{name}: precision {:.1} % ({} of {answered} answers right), recall {:.1} % ({} of {} answerable questions), \
             {} of {} unanswerable questions declined",
            share(self.answered_right, answered),
            self.answered_right,
            share(self.answered_right, self.answerable),
            self.answered_right,
            self.answerable,
            self.unanswerable - self.answered_though_unanswerable,
            self.unanswerable,
        )
    }
}

async fn score(running: &Running, questions: &str) -> Score {
    let mut score = Score::default();
    let questions = std::fs::read_to_string(fixture(questions)).unwrap();
    for line in questions.lines().filter(|line| !line.starts_with('#')) {
        let (question, expected) = line.split_once('\t').unwrap();
        let reply = ask(running, question).await;
        let text = reply.plain_text();
        let declined = text.contains(DECLINED);
        let plain = |text: &str| text.replace('\u{2019}', "'").to_lowercase();
        let quotes: String = reply.citations.iter().map(|citation| format!("{} ", citation.quote)).collect();
        let said = plain(&format!("{text}\n{quotes}"));
        let right = expected.split('|').any(|words| said.contains(&plain(words)));
        match (expected, declined) {
            ("-", true) => score.unanswerable += 1,
            ("-", false) => {
                score.unanswerable += 1;
                score.answered_though_unanswerable += 1;
                println!("ANSWERED  {question}\n    {text}");
            }
            (_, true) => {
                score.answerable += 1;
                println!("DECLINED  {question}\n    {text}");
            }
            (_, false) => {
                score.answerable += 1;
                score.answered_right += usize::from(right);
                score.answered_wrong += usize::from(!right);
                if !right {
                    println!("WRONG     {question}\n    {text}");
                }
            }
        }
    }
    score
}

#[tokio::test(flavor = "multi_thread")]
async fn the_fixture_questions_are_answered_or_declined() {
    let test = TestDb::sqlite().await;
    let running = fixtures(&test).await;
    let score = score(&running, "questions.tsv").await;
    println!("{}", score.report("fixtures"));
    assert!(score.answered_right * 100 >= score.answerable * 90, "{}", score.report("fixtures"));
    assert!(
        score.answered_though_unanswerable * 100 <= score.unanswerable * 15,
        "{}",
        score.report("fixtures")
    );
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn questions_about_the_rule_books_are_answered_or_declined() {
    let Some(folder) = corpus("srd/srd-5.2") else { return };
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    paths.sort();
    let test = TestDb::sqlite().await;
    let running = with_documents(&test, &paths).await;
    let score = score(&running, "questions-srd.tsv").await;
    println!("{}", score.report("SRD 5.2"));
    assert!(score.answered_right * 100 >= score.answerable * 85, "{}", score.report("SRD 5.2"));
    assert!(
        score.answered_though_unanswerable * 100 <= score.unanswerable * 15,
        "{}",
        score.report("SRD 5.2")
    );
    // Never tuned on: what is to be expected of questions that nobody has seen.
    let held_out = self::score(&running, "questions-srd-held-out.tsv").await;
    println!("{}", held_out.report("SRD 5.2, held out"));
    assert!(held_out.answered_right * 100 >= held_out.answerable * 60, "{}", held_out.report("held out"));
    assert!(
        held_out.answered_though_unanswerable * 100 <= held_out.unanswerable * 30,
        "{}",
        held_out.report("held out")
    );
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn code_comes_with_the_sentence_that_introduces_it() {
    let test = TestDb::sqlite().await;
    let running = with_documents(&test, &[fixture("commands.md")]).await;
    let reply = ask(&running, "How do I make a virtual key on the command line?").await;
    let text = reply.plain_text();
    let unit = "On the command line, a virtual key is made like this: [1]\n\n```\nfamiliar keys create laptop --rpm 60\n```";
    assert!(text.contains(unit), "{text}");
    let citation = reply.citations.iter().find(|citation| citation.quote.contains("familiar keys create"));
    let citation = citation.unwrap();
    assert!(citation.quote.starts_with("On the command line"), "{citation:?}");
    let view = running.library.passage(OWNER, &citation.chunk_id).await.unwrap();
    assert!(view.text.contains(&citation.quote), "still word for word");
    assert!(!text.contains("``` ["), "no mark stands in the code: {text}");
    running.stop().await;
}
