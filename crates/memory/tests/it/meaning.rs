//! Recall by meaning, with an embedder that knows a few words.

use crate::stage::{OWNER, Stage};
use base::OwnerId;
use futures::{FutureExt, future::BoxFuture};
use llm::{Embedder, Embedders, Embedding, EmbeddingReply, EmbeddingRequest, LlmError, LlmErrorKind};
use memory::Scope;
use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};
use store::testing::TestDb;
use vectors::{Collection, Engine, Noun, testing::Elsewhere};

store::on_each_database!(meaning_finds_what_words_do_not, an_engine_beside_the_program_finds_the_same);

/// What words are about; everything else is about nothing much.
const TOPICS: [&[&str]; 3] = [
    &["dog", "rex", "pet", "animal"],
    &["sourdough", "baking", "loaf", "oven"],
    &["berlin", "city", "home", "residence"],
];

#[derive(Debug, Default)]
struct Thesaurus {
    is_down: AtomicBool,
    asked: AtomicUsize,
}

impl Embedder for Thesaurus {
    fn embed(&self, request: EmbeddingRequest) -> BoxFuture<'_, Result<EmbeddingReply, LlmError>> {
        self.asked.fetch_add(request.inputs.len(), Ordering::Relaxed);
        let down = self.is_down.load(Ordering::Relaxed);
        async move {
            if down {
                return Err(LlmError::new(LlmErrorKind::Overloaded, "not now"));
            }
            let vector = |text: &String| {
                let text = text.to_lowercase();
                let about =
                    |topic: &&[&str]| if topic.iter().any(|word| text.contains(word)) { 1.0 } else { 0.0 };
                TOPICS.iter().map(about).chain([0.05]).collect()
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
struct Shared(Arc<Thesaurus>);

impl Embedders for Shared {
    fn of(&self, _owner: OwnerId) -> Arc<dyn Embedder> {
        Arc::clone(&self.0) as Arc<dyn Embedder>
    }
}

async fn meaning_finds_what_words_do_not(test: Arc<TestDb>) {
    let stage = Stage::new(test);
    stage.says((OWNER, &Scope::User), "2025-05-01", "We have a dog called Rex.").await;
    stage.says((OWNER, &Scope::User), "2025-05-01", "I love sourdough.").await;
    let ask = "Which pet animal shares our residence?";
    assert!(stage.recalls(&[Scope::User], ask).await.is_empty(), "no word is the same");
    let thesaurus = Arc::new(Thesaurus::default());
    let with = |model: &str| {
        Some(Embedding { model: model.to_owned(), embedders: Arc::new(Shared(Arc::clone(&thesaurus))) })
    };
    thesaurus.is_down.store(true, Ordering::Relaxed);
    stage.memory.embed_with(with("one"));
    assert_eq!(stage.memory.embed().await.unwrap(), 0, "it is tried again later");
    assert!(stage.recalls(&[Scope::User], ask).await.is_empty());
    thesaurus.is_down.store(false, Ordering::Relaxed);
    assert_eq!(stage.memory.embed().await.unwrap(), 3);
    assert_eq!(stage.memory.embed().await.unwrap(), 0, "each only once");
    let found = stage.recalls(&[Scope::User], ask).await;
    assert!(
        found.contains(&"Dog: Rex".to_owned()) && found.iter().all(|text| text.contains("Rex")),
        "{found:?}"
    );
    // A question that cannot be embedded is answered by words.
    thesaurus.is_down.store(true, Ordering::Relaxed);
    assert_eq!(stage.recalls(&[Scope::User], "sourdough").await[..1], ["Likes sourdough"]);
    thesaurus.is_down.store(false, Ordering::Relaxed);
    // Another model makes its own, and those of the first go.
    stage.memory.embed_with(with("two"));
    assert!(stage.recalls(&[Scope::User], ask).await.is_empty());
    assert_eq!(stage.memory.embed().await.unwrap(), 3);
    assert_eq!(stage.count("memory_vector").await, 3);
    assert!(!stage.recalls(&[Scope::User], ask).await.is_empty());
    // Nothing makes vectors any more.
    stage.memory.embed_with(None);
    assert!(stage.recalls(&[Scope::User], ask).await.is_empty());
}

async fn an_engine_beside_the_program_finds_the_same(test: Arc<TestDb>) {
    const ASK: &str = "Which pet animal shares our residence?";
    let (stage, engine) = (Stage::new(test), Arc::new(Elsewhere::default()));
    let beside: Arc<dyn Engine> = Arc::<Elsewhere>::clone(&engine);
    stage.memory.search_with(&beside);
    let thesaurus = Arc::new(Thesaurus::default());
    let with = |model: &str| {
        Some(Embedding { model: model.to_owned(), embedders: Arc::new(Shared(Arc::clone(&thesaurus))) })
    };
    stage.memory.embed_with(with("one"));
    stage.says((OWNER, &Scope::User), "2025-05-01", "We have a dog called Rex.").await;
    stage.says((OWNER, &Scope::User), "2025-05-01", "I love sourdough.").await;
    let persona = Scope::Persona(base::Id::from_u128(7));
    stage.says((OWNER, &persona), "2025-05-01", "We have a dog called Bello.").await;
    let made = stage.memory.embed().await.unwrap();
    assert_eq!(copied(&engine, "one").await, Some(made));
    let found = stage.recalls(&[Scope::User], ASK).await;
    assert!(found.contains(&"Dog: Rex".to_owned()) && !found.concat().contains("Bello"), "{found:?}");
    let found = stage.recalls(&[Scope::User, persona], ASK).await.concat();
    assert!(
        found.contains("Rex") && found.contains("Bello"),
        "each shelf that is opened is looked at: {found}"
    );
    let found = stage.recalls_for(base::Id::from_u128(9), &[Scope::User], ASK).await;
    assert!(found.is_empty(), "somebody else's: {found:?}");
    // While it is away, words decide; what is learned meanwhile comes to it later.
    engine.go_away();
    assert!(stage.recalls(&[Scope::User], ASK).await.is_empty());
    assert_eq!(stage.recalls(&[Scope::User], "sourdough").await[..1], ["Likes sourdough"]);
    stage.says((OWNER, &Scope::User), "2025-05-02", "I love chess.").await;
    let more = stage.memory.embed().await.unwrap();
    assert!(more > 0);
    engine.come_back();
    assert_eq!(stage.memory.embed().await.unwrap(), 0);
    assert_eq!(copied(&engine, "one").await, Some(made + more));
    // One that has lost everything is filled again.
    engine.inside.discard(Collection::new(Noun::Conversation, "one", 4)).await.unwrap();
    assert!(stage.recalls(&[Scope::User], ASK).await.is_empty());
    stage.memory.embed().await.unwrap();
    assert!(!stage.recalls(&[Scope::User], ASK).await.is_empty());
    // Another model has a copy of its own; erasing takes everything out.
    stage.memory.embed_with(with("two"));
    stage.memory.embed().await.unwrap();
    assert_eq!((copied(&engine, "one").await, copied(&engine, "two").await), (None, Some(made + more)));
    assert!(!stage.recalls(&[Scope::User], ASK).await.is_empty());
    stage.memory.erase(OWNER).await.unwrap();
    assert_eq!(copied(&engine, "two").await, Some(0));
}

/// How many facts an engine has; the vectors of the thesaurus have four numbers.
async fn copied(engine: &Elsewhere, model: &str) -> Option<u64> {
    engine.inside.count(Collection::new(Noun::Conversation, model, 4)).await.ok()
}
