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

store::on_each_database!(meaning_finds_what_words_do_not);

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
