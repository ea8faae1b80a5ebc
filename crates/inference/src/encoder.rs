//! A sentence encoder in memory: texts in, one vector of length one for each out.

mod bert;
mod lanes;
mod shape;

pub(crate) use shape::Shape;

use crate::{
    error::{ModelError, panic_text, plain},
    files::Folder,
};
use bert::Bert;
use shape::{Pooling, Prompts};
use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
};
use tokenizers::{Tokenizer, TruncationParams};

/// Tokens that are computed at once. More make the multiplications no faster, and whoever asks next waits longer.
const STEP_TOKENS: usize = 512;

/// What texts are for; models with prompts read each kind with words of its own in front.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A question.
    Query,
    /// What is to be found.
    Passage,
    /// Neither, or both.
    Any,
}

/// A model, its tokenizer, and how its makers want it asked.
pub(crate) struct Encoder {
    network: Bert,
    tokenizer: Tokenizer,
    pooling: Pooling,
    prompts: Prompts,
}

/// Texts on their way: what is done, and what is left in steps of texts of about one length.
pub(crate) struct Work {
    /// The tokens of each text.
    tokens: Vec<Vec<u32>>,
    /// Which texts are computed together; the last goes first.
    steps: Vec<Vec<usize>>,
    vectors: Vec<Vec<f32>>,
}

impl Work {
    /// Tokens of all texts.
    pub(crate) fn tokens(&self) -> u64 {
        self.tokens.iter().map(|tokens| tokens.len() as u64).sum()
    }

    /// Whether every text has its vector.
    pub(crate) fn is_done(&self) -> bool {
        self.steps.is_empty()
    }

    /// A vector for each text, in their order.
    pub(crate) fn into_vectors(self) -> Vec<Vec<f32>> {
        self.vectors
    }
}

impl Encoder {
    /// Reads the files.
    pub(crate) fn load(path: &Path) -> Result<Self, ModelError> {
        let mut folder = Folder::open(path)?;
        let shape = Shape::read(&folder)?;
        let tokenizer = tokenizer(path, shape.context)?;
        let pooling = shape.pooling;
        let prompts = shape.prompts.clone();
        Ok(Self { network: Bert::read(&mut folder, shape)?, tokenizer, pooling, prompts })
    }

    /// Reads the texts and puts those of about one length together. What is longer than the model reads is cut.
    ///
    /// # Errors
    /// What the tokenizer said.
    pub(crate) fn begin(&self, texts: &[String], purpose: Purpose) -> Result<Work, String> {
        let prompt = self.prompts.before(purpose);
        let tokens = texts.iter().map(|text| {
            let text = if prompt.is_empty() { text.clone() } else { format!("{prompt}{text}") };
            let encoding = self.tokenizer.encode_fast(text, true).map_err(plain)?;
            Ok(encoding.get_ids().to_vec())
        });
        let tokens: Vec<Vec<u32>> = tokens.collect::<Result<_, String>>()?;
        let steps = steps(&tokens);
        Ok(Work { vectors: vec![Vec::new(); tokens.len()], tokens, steps })
    }

    /// Computes the next texts.
    ///
    /// # Errors
    /// What the computation said; the work is of no use then.
    pub(crate) fn go_on(&self, work: &mut Work) -> Result<(), String> {
        let Some(step) = work.steps.pop() else { return Ok(()) };
        let texts: Vec<&[u32]> =
            step.iter().map(|text| work.tokens.get(*text).map_or(&[][..], Vec::as_slice)).collect();
        let vectors = self.network.forward(&texts, self.pooling).map_err(plain)?;
        for (text, vector) in step.into_iter().zip(vectors) {
            if let Some(place) = work.vectors.get_mut(text) {
                *place = vector;
            }
        }
        Ok(())
    }
}

/// The texts by length, cut into steps; the shortest come last, which is first.
fn steps(tokens: &[Vec<u32>]) -> Vec<Vec<usize>> {
    let length = |text: usize| tokens.get(text).map_or(0, Vec::len);
    let mut texts: Vec<usize> = (0..tokens.len()).collect();
    texts.sort_by_key(|text| std::cmp::Reverse(length(*text)));
    let mut steps: Vec<Vec<usize>> = Vec::new();
    let mut room = 0;
    for text in texts {
        match steps.last_mut().filter(|_| length(text) <= room) {
            Some(step) => step.push(text),
            None => {
                steps.push(vec![text]);
                room = STEP_TOKENS;
            }
        }
        room = room.saturating_sub(length(text));
    }
    steps
}

fn tokenizer(folder: &Path, context: usize) -> Result<Tokenizer, ModelError> {
    let path = folder.join("tokenizer.json");
    let json = match fs::read(&path) {
        Ok(json) => json,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let what = "it lacks `tokenizer.json`".to_owned();
            return Err(ModelError::NoTokenizer { path: folder.to_owned(), what });
        }
        Err(source) => return Err(ModelError::Unreadable { path, source }),
    };
    let broken = |what: String| ModelError::Broken { path: path.clone(), what };
    let mut tokenizer = catch_unwind(AssertUnwindSafe(|| Tokenizer::from_bytes(&json)))
        .map_err(|panic| broken(panic_text(panic.as_ref())))?
        .map_err(|error| broken(plain(error)))?;
    // Its file may say otherwise: the library that the model was trained with sets both anew, too.
    let truncation = TruncationParams { max_length: context, ..TruncationParams::default() };
    tokenizer.with_padding(None);
    tokenizer.with_truncation(Some(truncation)).map_err(|error| broken(plain(error)))?;
    Ok(tokenizer)
}

#[cfg(test)]
mod tests;
