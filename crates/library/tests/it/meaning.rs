//! Searches by meaning, and how vectors come to be: with an embedder that knows a few words.

use crate::support::{OWNER, Running, open, process_reader};
use base::{Id, OwnerId};
use futures::future::BoxFuture;
use library::{
    Config, Counting, Document, Embedders, Embedding, Facet, Filter, LibraryError, NewDocument, SearchMode,
    SearchRequest, SearchResults, Status, WordsOnly,
};
use llm::{Embedder, EmbeddingReply, EmbeddingRequest, LlmError, LlmErrorKind, Usage};
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use store::testing::TestDb;
use tokio::sync::Semaphore;

store::on_each_database!(
    without_an_embedder_words_are_searched_and_it_is_said,
    passages_are_found_by_meaning_and_by_both,
    filters_exclusions_and_owners_hold_for_meaning,
    facets_hold_for_meaning,
    vectors_outlive_restarts_deletions_and_reading_anew,
    a_failing_embedder_leaves_words_and_is_asked_again,
    another_model_takes_over_when_it_is_done,
    a_cancelled_embedding_keeps_what_was_made,
);

/// What is meant, and the words that say so.
const MEANINGS: [&[&str]; 4] = [
    &["dragon", "wyrm", "drake"],
    &["fire", "flame", "burns", "blaze"],
    &["ice", "frost", "cold", "freezes"],
    &["horse", "steed", "pony"],
];

pub(crate) const BESTIARY: &str = "# Beasts\n\n## One\n\nThe wyrm sleeps on its gold.\n\n## Two\n\nThe steed gallops all day.\n\n\
                        ## Three\n\nA dragon of frost freezes the lake.\n";
pub(crate) const SPELLS: &str = "# Spells\n\n## First\n\nA blaze comes out of your hand.\n\n## Second\n\nFrost covers all that stands there.\n";

/// Turns texts into how often each meaning is in them.
#[derive(Debug, Default)]
pub(crate) struct Thesaurus {
    fails: AtomicBool,
    /// Texts that were asked for, with their models.
    asked: Mutex<Vec<(String, String)>>,
    /// Where there is one, each passage's vector needs a permit.
    gate: Option<Semaphore>,
}

#[derive(Debug, Clone)]
struct Shared(Arc<Thesaurus>);

impl Embedders for Shared {
    fn of(&self, _: OwnerId) -> Arc<dyn Embedder> {
        Arc::new(self.clone())
    }
}

impl Embedder for Shared {
    fn embed(&self, request: EmbeddingRequest) -> BoxFuture<'_, Result<EmbeddingReply, LlmError>> {
        Box::pin(async move {
            let is_passage = request.task.as_deref() == Some("RETRIEVAL_DOCUMENT");
            if let Some(gate) = self.0.gate.as_ref().filter(|_| is_passage) {
                gate.acquire().await.unwrap().forget();
            }
            if self.0.fails.load(Ordering::Relaxed) {
                return Err(LlmError::new(LlmErrorKind::Overloaded, "the thesaurus is closed"));
            }
            let mut asked = self.0.asked.lock().unwrap();
            asked.extend(request.inputs.iter().map(|text| (request.model.clone(), text.clone())));
            let vectors = request.inputs.iter().map(|text| meaning(text)).collect();
            Ok(EmbeddingReply { model: request.model, vectors, usage: Usage::default() })
        })
    }
}

fn meaning(text: &str) -> Vec<f32> {
    let text = text.to_lowercase();
    let count = |words: &&[&str]| words.iter().map(|word| text.matches(word).count()).sum::<usize>() as f32;
    // Something of nothing else, so that no vector is empty.
    MEANINGS.iter().map(count).chain([0.1]).collect()
}

impl Thesaurus {
    /// How many passages have been turned into vectors of this model.
    pub(crate) fn passages(&self, model: &str) -> usize {
        let asked = self.asked.lock().unwrap();
        asked.iter().filter(|(of, text)| of == model && text.contains('\n')).count()
    }
}

pub(crate) fn with(thesaurus: &Arc<Thesaurus>, model: &str) -> Option<Embedding> {
    Some(Embedding { model: model.to_owned(), embedders: Arc::new(Shared(Arc::clone(thesaurus))) })
}

pub(crate) async fn search(running: &Running, text: &str, mode: SearchMode) -> SearchResults {
    let request = SearchRequest { mode, ..SearchRequest::new(text) };
    running.library.search(OWNER, request).await.unwrap()
}

/// The last heading of each hit.
pub(crate) fn headings(results: &SearchResults) -> Vec<&str> {
    let headings = results.hits.iter().map(|hit| hit.passage.heading.as_deref().unwrap_or_default());
    headings.map(|heading| heading.rsplit(" › ").next().unwrap_or_default()).collect()
}

/// Waits until every document has its vectors of this model, and searches use them.
pub(crate) async fn embedded(running: &Running, model: &str) {
    let mut changes = running.library.subscribe();
    loop {
        let coverage = running.library.coverage(OWNER).await.unwrap();
        if coverage.documents == coverage.embedded && coverage.serving.as_deref() == Some(model) {
            return;
        }
        let _change = tokio::time::timeout(Duration::from_millis(200), changes.recv()).await;
    }
}

async fn without_an_embedder_words_are_searched_and_it_is_said(test: Arc<TestDb>) {
    let running = Running::start(&test, Config::default()).await;
    running.add("beasts.md", BESTIARY).await;
    for mode in [SearchMode::Hybrid, SearchMode::Semantic] {
        let found = search(&running, "wyrm", mode).await;
        assert_eq!((found.mode, found.words_only), (SearchMode::Keyword, Some(WordsOnly::NoEmbedder)));
        assert_eq!(found.hits.len(), 1);
        assert!(found.hits[0].by_words && found.hits[0].likeness.is_none());
    }
    assert_eq!(search(&running, "wyrm", SearchMode::Keyword).await.words_only, None, "as was asked");
    assert_eq!(running.library.coverage(OWNER).await.unwrap().model, None);
    let thesaurus = Arc::new(Thesaurus { fails: true.into(), ..Thesaurus::default() });
    running.library.embed_with(with(&thesaurus, "m")).await.unwrap();
    assert_eq!(search(&running, "wyrm", SearchMode::Hybrid).await.words_only, Some(WordsOnly::NoVectors));
    running.stop().await;
}

async fn facets_hold_for_meaning(test: Arc<TestDb>) {
    const BOOK: &str = "# Book\n\n## Ember\n\n2nd-level evocation\n\nCasting Time: 1 action\n\nRange: Self\n\nComponents: V\n\n\
        Duration: 1 hour\n\nA blaze.\n\n## Hearth\n\nFlame is what warms a house.\n\n## Rime\n\n1st-level evocation\n\n\
        Casting Time: 1 action\n\nRange: Self\n\nComponents: V\n\nDuration: 1 hour\n\nA frost.\n";
    let running = Running::start(&test, Config::default()).await;
    running.library.embed_with(with(&Arc::default(), "m")).await.unwrap();
    let book = running.add("book.md", BOOK).await;
    embedded(&running, "m").await;
    let ask = |mode, filter: Filter| {
        let request =
            SearchRequest { mode, filter, counting: Counting::Facets, ..SearchRequest::new("burns") };
        running.library.search(OWNER, request)
    };
    let spells = || {
        let mut filter = Filter::default();
        filter.values.entry(Facet::Kind).or_default().insert("spell".to_owned());
        filter
    };
    for mode in [SearchMode::Semantic, SearchMode::Hybrid] {
        let found = ask(mode, Filter::default()).await.unwrap();
        assert_eq!((found.total, found.facets.values[&Facet::Kind]["spell"]), (3, 2), "{mode}");
        let found = ask(mode, spells()).await.unwrap();
        assert_eq!(headings(&found), ["Ember", "Rime"], "{mode}");
        assert_eq!(found.facets.values[&Facet::Kind]["spell"], 2);
        let high = Filter { levels: Some(16..=16), ..spells() };
        let found = ask(mode, high).await.unwrap();
        assert_eq!((headings(&found), found.total), (vec!["Ember"], 1), "{mode}");
    }
    // Other types can be chosen as well: they are counted from what is nearest without the choice.
    let found = ask(SearchMode::Semantic, spells()).await.unwrap();
    assert_eq!(found.facets.values[&Facet::Kind]["text"], 1);
    // Tags are those of now, without anything being embedded or indexed again.
    let tags = library::TagChange { add: vec!["games".into()], remove: Vec::new() };
    running.library.tag(OWNER, &[book.id], &tags).await.unwrap();
    for (mode, text, total) in [
        (SearchMode::Semantic, "burns tag:games", 3),
        (SearchMode::Semantic, "burns -tag:games", 0),
        (SearchMode::Hybrid, "burns tag:games", 3),
        (SearchMode::Hybrid, "burns tag:letters", 0),
    ] {
        let request = SearchRequest { mode, counting: Counting::Facets, ..SearchRequest::new(text) };
        let found = running.library.search(OWNER, request).await.unwrap();
        assert_eq!(found.total, total, "{mode} {text}");
    }
    let mut games = Filter::default();
    games.values.entry(Facet::Tag).or_default().insert("games".to_owned());
    assert_eq!(ask(SearchMode::Semantic, games).await.unwrap().facets.values[&Facet::Tag]["games"], 3);
    running.stop().await;
}

async fn passages_are_found_by_meaning_and_by_both(test: Arc<TestDb>) {
    let running = Running::start(&test, Config::default()).await;
    let thesaurus = Arc::new(Thesaurus::default());
    running.library.embed_with(with(&thesaurus, "m")).await.unwrap();
    running.add("beasts.md", BESTIARY).await;
    running.add("spells.md", SPELLS).await;
    embedded(&running, "m").await;

    let found = search(&running, "dragon", SearchMode::Keyword).await;
    assert_eq!((headings(&found), found.total), (vec!["Three"], 1));
    let found = search(&running, "drake", SearchMode::Semantic).await;
    assert_eq!((found.mode, &headings(&found)[..2]), (SearchMode::Semantic, &["One", "Three"][..]));
    assert!(found.hits[0].likeness.unwrap() > 0.9 && !found.hits[0].by_words);
    assert_eq!(found.total, 5, "everything is near or far");
    let found = search(&running, "dragon", SearchMode::Hybrid).await;
    assert_eq!((found.mode, found.words_only.clone()), (SearchMode::Hybrid, None));
    assert_eq!(&headings(&found)[..2], ["Three", "One"], "both find the first");
    assert!(found.hits[0].by_words && found.hits[0].likeness.is_some());
    assert!(!found.hits[1].by_words && found.hits[1].likeness.is_some());
    assert_eq!(&found.hits[0].passage.text[found.hits[0].highlights[0].clone()], "dragon");
    assert!(found.hits.is_sorted_by(|one, other| one.passage.score >= other.passage.score));

    let page = |offset, limit| SearchRequest { offset, limit, ..SearchRequest::new("dragon of frost") };
    let all = running.library.search(OWNER, page(0, 10)).await.unwrap();
    let (first, second) =
        tokio::join!(running.library.search(OWNER, page(0, 2)), running.library.search(OWNER, page(2, 10)),);
    let (first, second) = (first.unwrap(), second.unwrap());
    assert_eq!(
        [headings(&first), headings(&second)].concat(),
        headings(&all),
        "pages are parts of one order"
    );
    assert_eq!((first.total, second.total), (all.total, all.total));
    running.stop().await;
}

async fn filters_exclusions_and_owners_hold_for_meaning(test: Arc<TestDb>) {
    let running = Running::start(&test, Config::default()).await;
    let thesaurus = Arc::new(Thesaurus::default());
    running.library.embed_with(with(&thesaurus, "m")).await.unwrap();
    let beasts = running.add("beasts.md", BESTIARY).await;
    let new =
        NewDocument { file_name: "spells.md".into(), bytes: SPELLS.into(), collection: Some("magic".into()) };
    running.settled(running.library.add_bytes(OWNER, new).await.unwrap().document_id).await;
    embedded(&running, "m").await;
    for mode in [SearchMode::Hybrid, SearchMode::Semantic] {
        let found = search(&running, "ice -lake", mode).await;
        assert!(headings(&found).contains(&"Second") && !headings(&found).contains(&"Three"), "{mode}");
        let found = search(&running, "ice \"covers all\"", mode).await;
        assert_eq!(headings(&found), ["Second"], "{mode}");
        let inside = SearchRequest { mode, collection: Some("magic".into()), ..SearchRequest::new("ice") };
        let found = running.library.search(OWNER, inside).await.unwrap();
        assert_eq!(headings(&found), ["Second", "First"], "{mode}");
        let inside = SearchRequest { mode, document_ids: vec![beasts.id], ..SearchRequest::new("ice") };
        let found = running.library.search(OWNER, inside).await.unwrap();
        assert_eq!((headings(&found)[0], found.hits.len()), ("Three", 3), "{mode}");
        let other = running
            .library
            .search(Id::from_u128(99), SearchRequest { mode, ..SearchRequest::new("ice") })
            .await;
        assert_eq!(other.unwrap().hits, [], "{mode}");
    }
    let none = search(&running, "-dragon", SearchMode::Semantic).await;
    assert_eq!(none.mode, SearchMode::Keyword, "nothing to mean");
    running.stop().await;
}

async fn vectors_outlive_restarts_deletions_and_reading_anew(test: Arc<TestDb>) {
    let thesaurus = Arc::new(Thesaurus::default());
    let running = Running::start(&test, Config::default()).await;
    running.library.embed_with(with(&thesaurus, "m")).await.unwrap();
    let beasts = running.add("beasts.md", BESTIARY).await;
    embedded(&running, "m").await;
    assert_eq!(thesaurus.passages("m"), 3);
    assert_eq!(headings(&search(&running, "pony", SearchMode::Semantic).await)[0], "Two");
    running.library.delete(OWNER, beasts.id).await.unwrap();
    assert_eq!(search(&running, "pony", SearchMode::Semantic).await.hits, []);
    running.library.restore(OWNER, beasts.id).await.unwrap();
    assert_eq!(headings(&search(&running, "pony", SearchMode::Semantic).await)[0], "Two");
    running.library.reprocess(OWNER, beasts.id).await.unwrap();
    running.settled(beasts.id).await;
    embedded(&running, "m").await;
    assert_eq!(headings(&search(&running, "pony", SearchMode::Semantic).await)[0], "Two");
    running.stop().await;

    let running = Running::start(&test, Config::default()).await;
    running.library.embed_with(with(&thesaurus, "m")).await.unwrap();
    assert_eq!(headings(&search(&running, "pony", SearchMode::Semantic).await)[0], "Two");
    assert_eq!(thesaurus.passages("m"), 3, "no passage was asked for twice");
    running.library.delete(OWNER, beasts.id).await.unwrap();
    assert_eq!(running.library.purge_deleted(base::Timestamp::from_millis(i64::MAX)).await.unwrap(), 1);
    assert_eq!(search(&running, "pony", SearchMode::Semantic).await.hits, []);
    running.stop().await;
}

async fn a_failing_embedder_leaves_words_and_is_asked_again(test: Arc<TestDb>) {
    let running = Running::start(&test, Config::default()).await;
    let thesaurus = Arc::new(Thesaurus::default());
    running.library.embed_with(with(&thesaurus, "m")).await.unwrap();
    running.add("spells.md", SPELLS).await;
    embedded(&running, "m").await;
    thesaurus.fails.store(true, Ordering::Relaxed);
    let beasts = running.add("beasts.md", BESTIARY).await;
    assert_eq!((beasts.status, beasts.failure), (Status::Ready, None), "its words can be searched");
    let found = search(&running, "wyrm", SearchMode::Hybrid).await;
    assert_eq!((found.mode, headings(&found)), (SearchMode::Keyword, vec!["One"]));
    assert_eq!(found.words_only, Some(WordsOnly::EmbedderFailed("the thesaurus is closed".into())));
    let coverage = running.library.coverage(OWNER).await.unwrap();
    assert_eq!((coverage.documents, coverage.embedded), (2, 1));
    thesaurus.fails.store(false, Ordering::Relaxed);
    // The job waits before it tries again; at the next start it does not.
    // It may fail a last time after that, and waits again then.
    loop {
        test.clock.advance(Duration::from_secs(60));
        running.library.embed_with(with(&thesaurus, "m")).await.unwrap();
        if tokio::time::timeout(Duration::from_secs(1), embedded(&running, "m")).await.is_ok() {
            break;
        }
    }
    assert_eq!(headings(&search(&running, "drake", SearchMode::Semantic).await)[0], "One");
    running.stop().await;
}

async fn another_model_takes_over_when_it_is_done(test: Arc<TestDb>) {
    let running = Running::start(&test, Config::default()).await;
    let first = Arc::new(Thesaurus::default());
    running.library.embed_with(with(&first, "first")).await.unwrap();
    running.add("spells.md", SPELLS).await;
    running.add("beasts.md", BESTIARY).await;
    embedded(&running, "first").await;
    let second = Arc::new(Thesaurus { gate: Some(Semaphore::new(1)), ..Thesaurus::default() });
    running.library.embed_with(with(&second, "second")).await.unwrap();
    let mut changes = running.library.subscribe();
    while running.library.coverage(OWNER).await.unwrap().embedded < 1 {
        let _change = tokio::time::timeout(Duration::from_millis(200), changes.recv()).await;
    }
    let coverage = running.library.coverage(OWNER).await.unwrap();
    assert_eq!((coverage.model.as_deref(), coverage.serving.as_deref()), (Some("second"), Some("first")));
    assert_eq!(
        headings(&search(&running, "pony", SearchMode::Semantic).await)[0],
        "Two",
        "the old vectors serve"
    );
    let question = second.asked.lock().unwrap().last().cloned();
    assert_eq!(question, Some(("first".to_owned(), "pony".to_owned())), "and their model is asked");
    second.gate.as_ref().unwrap().add_permits(10);
    embedded(&running, "second").await;
    assert_eq!(headings(&search(&running, "pony", SearchMode::Semantic).await)[0], "Two");
    assert_eq!(second.asked.lock().unwrap().last().unwrap().0, "second");
    assert_eq!((first.passages("first"), second.passages("second")), (5, 5));
    running.library.embed_with(None).await.unwrap();
    assert_eq!(search(&running, "pony", SearchMode::Hybrid).await.words_only, Some(WordsOnly::NoEmbedder));
    running.stop().await;
}

async fn a_cancelled_embedding_keeps_what_was_made(test: Arc<TestDb>) {
    let thesaurus = Arc::new(Thesaurus { gate: Some(Semaphore::new(1)), ..Thesaurus::default() });
    let running = Running::start(&test, Config::default()).await;
    running.library.embed_with(with(&thesaurus, "m")).await.unwrap();
    let text: String =
        (0..70).map(|number| format!("## Beast {number}\n\nThe wyrm number {number} sleeps.\n\n")).collect();
    let new = NewDocument { file_name: "many.md".into(), bytes: text.into_bytes(), collection: None };
    let id = running.library.add_bytes(OWNER, new).await.unwrap().document_id;
    let stage = |document: &Document| document.progress.map(|progress| progress.stage.as_str());
    let mut changes = running.library.subscribe();
    loop {
        let document = running.library.get(OWNER, id).await.unwrap();
        if stage(&document) == Some("embed") && thesaurus.passages("m") > 0 {
            break;
        }
        let _change = tokio::time::timeout(Duration::from_millis(100), changes.recv()).await;
    }
    let first = thesaurus.passages("m");
    assert!((1..70).contains(&first), "one batch was made, and the next waits");
    assert_eq!(running.found("wyrm").await.len(), 10, "the words can be searched meanwhile");
    running.library.cancel(OWNER, id).await.unwrap();
    assert_eq!(running.settled(id).await.status, Status::Failed);
    assert!(matches!(running.library.cancel(OWNER, id).await, Err(LibraryError::State { .. })));
    running.stop().await;

    let library = open(&test, Config::default(), process_reader()).await;
    assert_eq!(library.coverage(OWNER).await.unwrap().embedded, 0);
    drop(library);
    let running = Running::start(&test, Config::default()).await;
    thesaurus.gate.as_ref().unwrap().add_permits(100);
    running.library.embed_with(with(&thesaurus, "m")).await.unwrap();
    // The job that was cancelled may still have to end.
    loop {
        running.library.reprocess(OWNER, id).await.unwrap();
        if running.settled(id).await.status == Status::Ready {
            break;
        }
    }
    embedded(&running, "m").await;
    assert_eq!(thesaurus.passages("m"), 70, "what was made before is not made again");
    running.stop().await;
}
