//! How a model's thread makes vectors: a step at a time, so that a question goes before what is left of a book.

use super::{Job, Loaded, Order, Thread};
use crate::encoder::{Encoder, Purpose, Work};
use futures::channel::oneshot;
use llm::{LlmError, LlmErrorKind};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// As many texts are short work: they go before what is longer.
const FEW: usize = 2;

/// Texts to make vectors of, and who waits for them.
pub(crate) struct Texts {
    pub(crate) texts: Vec<String>,
    pub(crate) purpose: Purpose,
    pub(crate) answer: oneshot::Sender<Result<Vectors, LlmError>>,
}

/// What came of it.
pub(crate) struct Vectors {
    pub(crate) vectors: Vec<Vec<f32>>,
    /// Tokens that were read.
    pub(crate) tokens: u64,
}

impl Thread {
    /// Makes the vectors; those that few texts need, and that are asked for meanwhile, between two steps.
    pub(super) fn encode(&mut self, model: &mut Option<Loaded>, texts: Texts) {
        if texts.answer.is_canceled() {
            return;
        }
        let encoder = match self.load(model) {
            Ok(Loaded::Encoder(encoder)) => encoder,
            Ok(other @ Loaded::Chat(_)) => {
                *model = Some(other);
                let message = format!("`{}` holds conversations and makes no vectors", self.found.name);
                return tell(texts.answer, Err(LlmError::new(LlmErrorKind::BadRequest, message)));
            }
            Err(error) => return tell(texts.answer, Err(error)),
        };
        if self.make(&encoder, texts, true) {
            *model = Some(Loaded::Encoder(encoder));
        }
    }

    /// Whether the model can be used again: what a panic leaves is not.
    fn make(&mut self, encoder: &Encoder, texts: Texts, others_may_go_first: bool) -> bool {
        let Texts { texts, purpose, answer } = texts;
        let several = others_may_go_first && texts.len() > FEW;
        let mut work = match guarded(|| encoder.begin(&texts, purpose)) {
            Ok(Ok(work)) => work,
            Ok(Err(why)) => {
                let message = format!("the tokenizer of `{}` fails: {why}", self.found.name);
                tell(answer, Err(LlmError::new(LlmErrorKind::Server, message)));
                return true;
            }
            Err(panic) => {
                tell(answer, Err(self.failed(panic.as_ref())));
                return false;
            }
        };
        while !work.is_done() {
            if answer.is_canceled() {
                return true;
            }
            match guarded(|| encoder.go_on(&mut work)) {
                Ok(Ok(())) => {}
                Ok(Err(why)) => {
                    tell(answer, Err(LlmError::new(LlmErrorKind::Server, why)));
                    return true;
                }
                Err(panic) => {
                    tell(answer, Err(self.failed(panic.as_ref())));
                    return false;
                }
            }
            if several && !self.short_work_first(encoder) {
                let message = format!("`{}` failed while it made something else", self.found.name);
                tell(answer, Err(LlmError::new(LlmErrorKind::Server, message)));
                return false;
            }
        }
        tell(answer, self.checked(work));
        true
    }

    /// Makes what few texts need of what has come meanwhile, and puts off the rest.
    fn short_work_first(&mut self, encoder: &Encoder) -> bool {
        while self.put_off.len() < self.workers.config.queue_length {
            let Ok(order) = self.inbox.try_recv() else { break };
            match order {
                Order::Answer(job) => match *job {
                    Job::Encode(texts) if texts.texts.len() <= FEW => {
                        if !self.make(encoder, texts, false) {
                            return false;
                        }
                    }
                    other @ (Job::Chat { .. } | Job::Encode(_)) => {
                        self.put_off.push_back(Order::Answer(Box::new(other)))
                    }
                },
                Order::Leave(waiting) => self.put_off.push_back(Order::Leave(waiting)),
            }
        }
        true
    }

    /// The vectors, unless the weights are such that no numbers come out.
    fn checked(&self, work: Work) -> Result<Vectors, LlmError> {
        let tokens = work.tokens();
        let vectors = work.into_vectors();
        if vectors.iter().flatten().any(|value| !value.is_finite()) {
            let message = format!("`{}` computes no numbers; its file may be damaged", self.found.name);
            return Err(LlmError::new(LlmErrorKind::Server, message));
        }
        Ok(Vectors { vectors, tokens })
    }
}

fn guarded<T>(work: impl FnOnce() -> T) -> std::thread::Result<T> {
    catch_unwind(AssertUnwindSafe(work))
}

fn tell(answer: oneshot::Sender<Result<Vectors, LlmError>>, told: Result<Vectors, LlmError>) {
    // An error means that nobody waits any more.
    let _ = answer.send(told);
}
