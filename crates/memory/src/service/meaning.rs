//! What facts mean: vectors by a model that somebody else runs, made in the background.

use super::Memory;
use crate::{MemoryError, db};
use base::{Id, OwnerId};
use llm::{Embedding, EmbeddingRequest, LlmError, LlmErrorKind};
use vectors::Vector;

/// Facts that are sent to the embedder at once.
const BATCH: u32 = 32;
/// Longest text that is sent, in bytes.
const MOST_TEXT_BYTES: usize = 2_000;

impl Memory {
    /// Says what vectors are made with from now on; `None` leaves recall by words.
    pub fn embed_with(&self, embedding: Option<Embedding>) {
        *self.embedding.write() = embedding;
    }

    pub(super) fn embedding(&self) -> Option<Embedding> {
        self.embedding.read().clone()
    }

    /// Makes the vectors that facts lack, as long as there are some; says how many. Only one at a time does.
    ///
    /// # Errors
    /// Where the database fails. An embedder that fails is tried again the next time.
    pub async fn embed(&self) -> Result<u64, MemoryError> {
        let Some(embedding) = self.embedding() else { return Ok(0) };
        let Ok(mut done) = self.embedding_turn.try_lock() else { return Ok(0) };
        if done.0 != embedding.model {
            *done = (embedding.model.clone(), Id::from_u128(0));
        }
        let mut made = 0;
        loop {
            let lacking = db::lacking(self.db.pool(), (&embedding.model, done.1), BATCH).await?;
            let Some((owner, _, _)) = lacking.first() else { break };
            let owner = *owner;
            let batch: Vec<_> = lacking.into_iter().take_while(|(of, _, _)| *of == owner).collect();
            let texts = batch.iter().map(|(_, _, text)| cut(text).to_owned()).collect();
            let vectors = match ask(owner, &embedding, texts, "RETRIEVAL_DOCUMENT").await {
                Ok(vectors) => vectors,
                Err(error) => {
                    tracing::warn!(
                        model = embedding.model,
                        error = error.message,
                        "facts have no vectors yet"
                    );
                    return Ok(made);
                }
            };
            let now = self.clock.now();
            let mut transaction = self.db.begin().await?;
            for ((_, id, _), numbers) in batch.iter().zip(vectors) {
                // What has no direction is kept as one that nothing is near to, so that it is not asked for again.
                let vector = Vector::new(&numbers).or_else(|| Vector::new(&vec![1.0; numbers.len().max(1)]));
                if let Some(vector) = vector {
                    db::put_vector(&mut transaction, (&embedding.model, *id), &vector, now).await?;
                    made += 1;
                }
            }
            transaction.commit().await?;
            done.1 = batch.last().map_or(done.1, |(_, id, _)| *id);
        }
        if made > 0 {
            self.discard_others(&embedding.model).await?;
            db::drop_other_vectors(self.db.pool(), &embedding.model).await?;
        }
        self.copy().await?;
        Ok(made)
    }

    /// What a question means.
    pub(super) async fn meaning_of(&self, owner: OwnerId, question: &str) -> Result<Vector, LlmError> {
        let Some(embedding) = self.embedding() else {
            return Err(LlmError::new(LlmErrorKind::NotFound, "nothing makes vectors here"));
        };
        let numbers = ask(owner, &embedding, vec![cut(question).to_owned()], "RETRIEVAL_QUERY").await?;
        numbers
            .first()
            .and_then(|numbers| Vector::new(numbers))
            .ok_or_else(|| LlmError::new(LlmErrorKind::Malformed, "no vector came for the question"))
    }
}

async fn ask(
    owner: OwnerId,
    embedding: &Embedding,
    texts: Vec<String>,
    task: &str,
) -> Result<Vec<Vec<f32>>, LlmError> {
    let count = texts.len();
    let request = EmbeddingRequest {
        model: embedding.model.clone(),
        inputs: texts,
        task: Some(task.to_owned()),
        ..EmbeddingRequest::default()
    };
    let vectors = embedding.embedders.of(owner).embed(request).await?.vectors;
    if vectors.len() != count {
        let message = format!("{} vectors came for {count} texts", vectors.len());
        return Err(LlmError::new(LlmErrorKind::Malformed, message));
    }
    Ok(vectors)
}

fn cut(text: &str) -> &str {
    text.get(..text.floor_char_boundary(MOST_TEXT_BYTES)).unwrap_or_default()
}
