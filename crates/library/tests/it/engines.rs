//! A library whose vectors are searched by an engine beside the program: its copy follows the tables, whatever happens to
//! it meanwhile.

use crate::{
    meaning::{BESTIARY, SPELLS, Thesaurus, embedded, headings, search, with},
    support::{OWNER, Running, WORKER},
};
use base::Id;
use library::{LibraryError, SearchMode, Status, WordsOnly};
use std::{collections::HashSet, sync::Arc, time::Duration};
use store::{Jobs, testing::TestDb};
use vectors::{Collection, Engine, Noun, Passages, testing::Elsewhere};

store::on_each_database!(
    the_copy_follows_documents,
    an_engine_that_is_away_leaves_words_and_catches_up,
    what_an_engine_has_lost_or_has_too_much_is_put_right,
    what_is_deleted_goes_out_of_a_copy_that_is_in_doubt,
    what_is_deleted_while_the_index_is_built_again_is_not_in_it,
    the_copy_of_a_model_goes_with_it,
);

/// The vectors of the thesaurus have five numbers.
fn collection(model: &str) -> Collection {
    Collection::new(Noun::Library, model, 5)
}

async fn passages(engine: &Elsewhere, model: &str) -> Option<u64> {
    engine.inside.count(collection(model)).await.ok()
}

/// Goes on until something is so, while time goes by for jobs that wait.
async fn until<F: Future<Output = bool>>(test: &TestDb, what: &str, condition: impl Fn() -> F) {
    for turn in 1..=600 {
        if condition().await {
            return;
        }
        if turn % 10 == 0 {
            test.clock.advance(Duration::from_secs(20));
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("not in a minute: {what}");
}

/// Waits until the background has nothing more to do: settling that was asked for by the steps before would come between
/// those that follow.
async fn at_rest(test: &TestDb) {
    let jobs = Jobs::new(test.db.clone(), WORKER);
    until(test, "nothing is left to do", || async { jobs.count_unfinished(OWNER).await.unwrap() == 0 }).await;
}

async fn first_by_meaning(running: &Running, text: &str) -> Option<String> {
    let found = search(running, text, SearchMode::Semantic).await;
    if found.mode != SearchMode::Semantic {
        return None;
    }
    headings(&found).first().map(|heading| (*heading).to_owned())
}

async fn the_copy_follows_documents(test: Arc<TestDb>) {
    let (engine, thesaurus) = (Arc::new(Elsewhere::default()), Arc::new(Thesaurus::default()));
    let running = Running::start_on(&test, Arc::<Elsewhere>::clone(&engine)).await;
    running.library.embed_with(with(&thesaurus, "m")).await.unwrap();
    let beasts = running.add("beasts.md", BESTIARY).await;
    running.add("spells.md", SPELLS).await;
    embedded(&running, "m").await;
    assert_eq!(passages(&engine, "m").await, Some(5));
    assert_eq!(first_by_meaning(&running, "pony").await.as_deref(), Some("Two"));
    let both = search(&running, "dragon", SearchMode::Hybrid).await;
    assert_eq!((both.mode, &headings(&both)[..2]), (SearchMode::Hybrid, &["Three", "One"][..]));
    assert!(both.hits[0].by_words && both.hits[0].likeness.is_some());

    running.library.delete(OWNER, beasts.id).await.unwrap();
    assert_eq!(passages(&engine, "m").await, Some(2), "what is deleted is not there");
    running.library.restore(OWNER, beasts.id).await.unwrap();
    assert_eq!(passages(&engine, "m").await, Some(5));
    running.library.reprocess(OWNER, beasts.id).await.unwrap();
    running.settled(beasts.id).await;
    embedded(&running, "m").await;
    assert_eq!(passages(&engine, "m").await, Some(5));
    running.library.delete(OWNER, beasts.id).await.unwrap();
    running.library.purge_deleted(base::Timestamp::from_millis(i64::MAX)).await.unwrap();
    assert_eq!(passages(&engine, "m").await, Some(2));
    at_rest(&test).await;
    running.stop().await;

    // What is in step is not copied again at the next start.
    let before = engine.puts();
    let running = Running::start_on(&test, Arc::<Elsewhere>::clone(&engine)).await;
    running.library.embed_with(with(&thesaurus, "m")).await.unwrap();
    until(&test, "the collection is served", || async { engine.served() == Some(collection("m")) }).await;
    assert_eq!(first_by_meaning(&running, "ice").await.as_deref(), Some("Second"));
    at_rest(&test).await;
    assert_eq!(engine.puts(), before);
    running.stop().await;
}

async fn an_engine_that_is_away_leaves_words_and_catches_up(test: Arc<TestDb>) {
    let (engine, thesaurus) = (Arc::new(Elsewhere::default()), Arc::new(Thesaurus::default()));
    let running = Running::start_on(&test, Arc::<Elsewhere>::clone(&engine)).await;
    running.library.embed_with(with(&thesaurus, "m")).await.unwrap();
    let spells = running.add("spells.md", SPELLS).await;
    embedded(&running, "m").await;
    engine.go_away();
    let beasts = running.add("beasts.md", BESTIARY).await;
    assert_eq!((beasts.status, beasts.failure), (Status::Ready, None));
    let coverage = running.library.coverage(OWNER).await.unwrap();
    assert_eq!((coverage.documents, coverage.embedded), (2, 1), "it cannot be found by meaning so far");
    running.library.delete(OWNER, spells.id).await.unwrap();
    for mode in [SearchMode::Hybrid, SearchMode::Semantic] {
        let found = search(&running, "wyrm", mode).await;
        assert_eq!((found.mode, headings(&found)), (SearchMode::Keyword, vec!["One"]));
        let why = WordsOnly::EngineFailed("elsewhere is away: it sleeps".into());
        assert_eq!(found.words_only, Some(why));
    }
    assert_eq!(passages(&engine, "m").await, Some(2), "nothing came through");
    engine.come_back();
    until(&test, "the copy is in step", || async { passages(&engine, "m").await == Some(3) }).await;
    assert_eq!(first_by_meaning(&running, "drake").await.as_deref(), Some("One"));
    until(&test, "it is said that it can be found", || async {
        let coverage = running.library.coverage(OWNER).await.unwrap();
        (coverage.documents, coverage.embedded) == (1, 1)
    })
    .await;
    assert_eq!(thesaurus.passages("m"), 5, "no vector was made twice");
    running.stop().await;
}

async fn what_an_engine_has_lost_or_has_too_much_is_put_right(test: Arc<TestDb>) {
    let (engine, thesaurus) = (Arc::new(Elsewhere::default()), Arc::new(Thesaurus::default()));
    let running = Running::start_on(&test, Arc::<Elsewhere>::clone(&engine)).await;
    running.library.embed_with(with(&thesaurus, "m")).await.unwrap();
    running.add("beasts.md", BESTIARY).await;
    embedded(&running, "m").await;
    at_rest(&test).await;
    // Everything: the next search notices.
    engine.inside.discard(collection("m")).await.unwrap();
    let found = search(&running, "wyrm", SearchMode::Semantic).await;
    assert!(matches!(found.words_only, Some(WordsOnly::EngineFailed(_))), "{:?}", found.words_only);
    until(&test, "all is there again", || async {
        first_by_meaning(&running, "pony").await.as_deref() == Some("Two")
    })
    .await;
    at_rest(&test).await;
    running.stop().await;

    // Some of it, with something of nobody's instead: the next start notices.
    let strange = vectors::Vector::new(&[0.0, 0.0, 0.0, 1.0, 0.1]).unwrap();
    let document = Id::from_u128(4711);
    let put = Passages { document, owner: OWNER, vectors: vec![(1, strange.clone()), (2, strange)] };
    engine.inside.put(collection("m"), put).await.unwrap();
    assert_eq!(passages(&engine, "m").await, Some(5));
    let running = Running::start_on(&test, Arc::<Elsewhere>::clone(&engine)).await;
    until(&test, "what is of nobody is gone", || async { passages(&engine, "m").await == Some(3) }).await;
    at_rest(&test).await;
    running.stop().await;
    engine.inside.keep_only(collection("m"), HashSet::new()).await.unwrap();
    let running = Running::start_on(&test, Arc::<Elsewhere>::clone(&engine)).await;
    until(&test, "what was lost is there", || async { passages(&engine, "m").await == Some(3) }).await;
    running.stop().await;
}

async fn what_is_deleted_goes_out_of_a_copy_that_is_in_doubt(test: Arc<TestDb>) {
    let engine = Arc::new(Elsewhere::default());
    let running = Running::start_on(&test, Arc::<Elsewhere>::clone(&engine)).await;
    running.library.embed_with(with(&Arc::default(), "m")).await.unwrap();
    let beasts = running.add("beasts.md", BESTIARY).await;
    embedded(&running, "m").await;
    at_rest(&test).await;
    // Nobody settles from now on.
    running.runner.stop().await;
    engine.inside.discard(collection("m")).await.unwrap();
    let found = search(&running, "wyrm", SearchMode::Semantic).await;
    assert!(matches!(found.words_only, Some(WordsOnly::EngineFailed(_))), "{:?}", found.words_only);
    // It is there again, as after a restart of the engine.
    let vector = vectors::Vector::new(&[1.0, 0.0, 0.0, 0.0, 0.1]).unwrap();
    let put = Passages { document: beasts.id, owner: OWNER, vectors: vec![(1, vector)] };
    engine.inside.put(collection("m"), put).await.unwrap();
    running.library.delete(OWNER, beasts.id).await.unwrap();
    assert_eq!(passages(&engine, "m").await, Some(0));
}

async fn what_is_deleted_while_the_index_is_built_again_is_not_in_it(test: Arc<TestDb>) {
    let engine = Arc::new(Elsewhere::default());
    let running = Running::start_on(&test, Arc::<Elsewhere>::clone(&engine)).await;
    running.library.embed_with(with(&Arc::default(), "m")).await.unwrap();
    running.add("beasts.md", BESTIARY).await;
    let spells = running.add("spells.md", SPELLS).await.id;
    embedded(&running, "m").await;
    at_rest(&test).await;
    running.stop().await;

    std::fs::remove_dir_all(test.dir().join("index")).unwrap();
    let (held, puts) = (engine.hold().await, engine.puts());
    let running = Running::start_on(&test, Arc::<Elsewhere>::clone(&engine)).await;
    until(&test, "the first document is under way", || async { engine.puts() > puts }).await;
    let library = Arc::clone(&running.library);
    let deleting = tokio::spawn(async move { library.delete(OWNER, spells).await });
    until(&test, "the second is deleted", || async {
        matches!(running.library.get(OWNER, spells).await, Err(LibraryError::Deleted(_)))
    })
    .await;
    drop(held);
    deleting.await.unwrap().unwrap();
    at_rest(&test).await;
    // The deleted one was on the list of what the index lacks. (A word that is nowhere is taken for one that is somewhere.)
    let found = search(&running, "blaze", SearchMode::Keyword).await;
    assert!(found.hits.iter().all(|hit| hit.passage.document_id != spells.to_string()), "{:?}", found.hits);
    assert_eq!(search(&running, "wyrm", SearchMode::Keyword).await.hits.len(), 1);
    assert_eq!(passages(&engine, "m").await, Some(3));
    running.stop().await;
}

async fn the_copy_of_a_model_goes_with_it(test: Arc<TestDb>) {
    let engine = Arc::new(Elsewhere::default());
    let running = Running::start_on(&test, Arc::<Elsewhere>::clone(&engine)).await;
    running.library.embed_with(with(&Arc::default(), "first")).await.unwrap();
    running.add("beasts.md", BESTIARY).await;
    embedded(&running, "first").await;
    running.library.embed_with(with(&Arc::default(), "second")).await.unwrap();
    embedded(&running, "second").await;
    assert_eq!(first_by_meaning(&running, "pony").await.as_deref(), Some("Two"), "its copy was there before");
    until(&test, "the old copy is gone", || async { passages(&engine, "first").await.is_none() }).await;
    until(&test, "the new one is served", || async { engine.served() == Some(collection("second")) }).await;
    running.stop().await;
}
