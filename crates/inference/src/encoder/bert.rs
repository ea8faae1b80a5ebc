//! BERT: all tokens of a text look at each other, several times (Devlin et al. 2018, arXiv 1810.04805).
//!
//! The texts of a step lie one after the other in one table of tokens, without padding; only attention, where a
//! text's tokens look at each other, goes text by text.

use super::{
    lanes::{self, Norm},
    shape::{Pooling, Shape},
};
use crate::{
    error::ModelError,
    files::{Folder, ModelFiles as _},
    model::Matrix,
};
use candle_core::{CpuStorage, Device, InplaceOp1, Layout, Result, Storage, Tensor};
use std::ops::Range;

/// A model in memory.
pub(crate) struct Bert {
    shape: Shape,
    words: Vec<f32>,
    /// One for each position, the kind of token (there is one) added.
    positions: Vec<f32>,
    norm: Norm,
    layers: Vec<Layer>,
}

struct Layer {
    /// Queries, keys and values in one table.
    looking: Linear,
    looked: Linear,
    looked_norm: Norm,
    up: Linear,
    down: Linear,
    down_norm: Norm,
}

struct Linear {
    weight: Tensor,
    bias: Vec<f32>,
}

type Read<T> = std::result::Result<T, ModelError>;

impl Bert {
    /// Reads the weights.
    pub(crate) fn read(folder: &mut Folder, shape: Shape) -> Read<Self> {
        let mut files = Weights { folder, shape: &shape };
        let words = files.table("embeddings.word_embeddings.weight", shape.vocabulary)?;
        let mut positions = files.table("embeddings.position_embeddings.weight", shape.positions)?;
        let kinds = files.table("embeddings.token_type_embeddings.weight", shape.kinds)?;
        lanes::add_row(&mut positions, kinds.get(..shape.hidden).unwrap_or_default());
        let norm = files.norm("embeddings.LayerNorm")?;
        let layers = (0..shape.layers).map(|number| files.layer(number)).collect::<Read<_>>()?;
        Ok(Self { shape, words, positions, norm, layers })
    }

    /// A vector of length one for each text, whose tokens are given; none of them may be longer than the context.
    pub(crate) fn forward(&self, texts: &[&[u32]], pooling: Pooling) -> Result<Vec<Vec<f32>>> {
        let mut spans = Vec::with_capacity(texts.len());
        let mut hidden =
            Vec::with_capacity(texts.iter().map(|text| text.len()).sum::<usize>() * self.shape.hidden);
        let mut end = 0;
        for text in texts {
            spans.push(end..end + text.len());
            end += text.len();
            self.look_up(text, &mut hidden)?;
        }
        if end == 0 {
            return Ok(vec![vec![0.0; self.shape.hidden]; texts.len()]);
        }
        self.norm.apply(&mut hidden);
        let mut hidden = Tensor::from_vec(hidden, (end, self.shape.hidden), &Device::Cpu)?;
        for layer in &self.layers {
            hidden = layer.forward(&hidden, &spans, self.shape.heads)?;
        }
        let hidden = hidden.flatten_all()?.to_vec1::<f32>()?;
        Ok(spans.into_iter().map(|span| self.pool(&hidden, span, pooling)).collect())
    }

    /// The sum of what a token means and where it stands.
    fn look_up(&self, text: &[u32], hidden: &mut Vec<f32>) -> Result<()> {
        let width = self.shape.hidden;
        for (token, position) in text.iter().zip(self.positions.chunks_exact(width)) {
            let from = usize::try_from(*token).unwrap_or(usize::MAX).saturating_mul(width);
            let Some(word) = self.words.get(from..from.saturating_add(width)) else {
                candle_core::bail!("the token {token} is not among {}", self.shape.vocabulary);
            };
            hidden.extend(word.iter().zip(position).map(|(word, position)| word + position));
        }
        if text.len() > self.shape.positions {
            candle_core::bail!("{} tokens and {} positions", text.len(), self.shape.positions);
        }
        Ok(())
    }

    fn pool(&self, hidden: &[f32], span: Range<usize>, pooling: Pooling) -> Vec<f32> {
        let width = self.shape.hidden;
        let mut vector = vec![0.0; width];
        let rows = hidden.get(span.start * width..span.end * width).unwrap_or_default().chunks_exact(width);
        match pooling {
            // The length does not matter: it becomes one.
            Pooling::Mean => rows.for_each(|row| lanes::accumulate(&mut vector, row)),
            Pooling::First => rows.take(1).for_each(|row| lanes::accumulate(&mut vector, row)),
        }
        lanes::to_length_one(&mut vector);
        vector
    }
}

impl Layer {
    fn forward(&self, hidden: &Tensor, spans: &[Range<usize>], heads: usize) -> Result<Tensor> {
        let looking = self.looking.multiply(hidden)?;
        change(&looking, |rows| lanes::add_row(rows, &self.looking.bias))?;
        let looked = self.looked.multiply(&attend(&looking, spans, heads)?)?;
        after(&looked, &self.looked_norm, &self.looked.bias, hidden)?;
        let up = self.up.multiply(&looked)?;
        change(&up, |rows| lanes::add_row_gelu(rows, &self.up.bias))?;
        let down = self.down.multiply(&up)?;
        after(&down, &self.down_norm, &self.down.bias, &looked)?;
        Ok(down)
    }
}

impl Linear {
    fn multiply(&self, rows: &Tensor) -> Result<Tensor> {
        rows.matmul(&self.weight.t()?)
    }
}

/// What each token takes over from the others of its text: a row of `hidden` numbers for each row of queries, keys
/// and values.
fn attend(looking: &Tensor, spans: &[Range<usize>], heads: usize) -> Result<Tensor> {
    let hidden = looking.dim(1)? / 3;
    let head = hidden / heads;
    #[expect(clippy::cast_precision_loss, reason = "heads are small")]
    let scale = 1.0 / (head as f32).sqrt();
    let mut texts = Vec::with_capacity(spans.len());
    for span in spans.iter().filter(|span| !span.is_empty()) {
        let length = span.len();
        let part = |number: usize| {
            let part = looking.narrow(0, span.start, length)?.narrow(1, number * hidden, hidden)?;
            part.reshape((length, heads, head))?.transpose(0, 1)?.contiguous()
        };
        let scores = part(0)?.matmul(&part(1)?.t()?)?;
        change(&scores, |rows| lanes::softmax(rows, length, scale))?;
        texts.push(scores.matmul(&part(2)?)?.transpose(0, 1)?.reshape((length, hidden))?);
    }
    Tensor::cat(&texts, 0)
}

/// Changes the numbers where they are.
fn change(tensor: &Tensor, change: impl Fn(&mut [f32])) -> Result<()> {
    tensor.inplace_op1(&Change(change))
}

/// Adds the bias and the rows of before, and normalises.
fn after(rows: &Tensor, norm: &Norm, bias: &[f32], before: &Tensor) -> Result<()> {
    let (storage, layout) = before.storage_and_layout();
    let (Storage::Cpu(CpuStorage::F32(before)), Some((from, to))) = (&*storage, layout.contiguous_offsets())
    else {
        candle_core::bail!("the rows of before are not in one piece");
    };
    let before = before.get(from..to).unwrap_or_default();
    change(rows, |rows| norm.apply_after(rows, bias, before))
}

struct Change<F>(F);

impl<F: Fn(&mut [f32])> InplaceOp1 for Change<F> {
    fn name(&self) -> &'static str {
        "change"
    }

    fn cpu_fwd(&self, storage: &mut CpuStorage, layout: &Layout) -> Result<()> {
        let (CpuStorage::F32(values), Some((from, to))) = (storage, layout.contiguous_offsets()) else {
            candle_core::bail!("the numbers are not in one piece");
        };
        (self.0)(values.get_mut(from..to).unwrap_or_default());
        Ok(())
    }
}

/// The weights under their published names.
struct Weights<'a> {
    folder: &'a mut Folder,
    shape: &'a Shape,
}

impl Weights<'_> {
    fn name(&self, name: &str) -> String {
        format!("{}{name}", self.shape.prefix)
    }

    fn matrix(&mut self, name: &str, rows: usize, columns: usize) -> Read<Tensor> {
        match self.folder.matrix(&self.name(name), rows, columns)? {
            Matrix::Plain(tensor) => Ok(tensor),
            Matrix::Packed(_) => Err(self.failed("a table is packed".to_owned())),
        }
    }

    fn failed(&self, what: String) -> ModelError {
        ModelError::Broken { path: self.folder.path().to_owned(), what }
    }

    fn numbers(&self, tensor: &Tensor) -> Read<Vec<f32>> {
        let numbers = tensor.flatten_all().and_then(|tensor| tensor.to_vec1());
        numbers.map_err(|error| self.failed(crate::error::plain(error)))
    }

    fn table(&mut self, name: &str, rows: usize) -> Read<Vec<f32>> {
        let table = self.matrix(name, rows, self.shape.hidden)?;
        self.numbers(&table)
    }

    fn row(&mut self, name: &str, length: usize) -> Read<Vec<f32>> {
        let row = self.folder.vector(&self.name(name), length)?;
        self.numbers(&row)
    }

    fn norm(&mut self, name: &str) -> Read<Norm> {
        Ok(Norm {
            weight: self.row(&format!("{name}.weight"), self.shape.hidden)?,
            bias: self.row(&format!("{name}.bias"), self.shape.hidden)?,
            epsilon: self.shape.norm_epsilon,
        })
    }

    fn linear(&mut self, name: &str, rows: usize, columns: usize) -> Read<Linear> {
        Ok(Linear {
            weight: self.matrix(&format!("{name}.weight"), rows, columns)?,
            bias: self.row(&format!("{name}.bias"), rows)?,
        })
    }

    fn layer(&mut self, number: usize) -> Read<Layer> {
        let (hidden, feed_forward) = (self.shape.hidden, self.shape.feed_forward);
        let at = format!("encoder.layer.{number}");
        let mut weights = Vec::with_capacity(3);
        let mut bias = Vec::with_capacity(3 * hidden);
        for part in ["query", "key", "value"] {
            let linear = self.linear(&format!("{at}.attention.self.{part}"), hidden, hidden)?;
            weights.push(linear.weight);
            bias.extend(linear.bias);
        }
        let weight = Tensor::cat(&weights, 0).map_err(|error| self.failed(crate::error::plain(error)))?;
        Ok(Layer {
            looking: Linear { weight, bias },
            looked: self.linear(&format!("{at}.attention.output.dense"), hidden, hidden)?,
            looked_norm: self.norm(&format!("{at}.attention.output.LayerNorm"))?,
            up: self.linear(&format!("{at}.intermediate.dense"), feed_forward, hidden)?,
            down: self.linear(&format!("{at}.output.dense"), hidden, feed_forward)?,
            down_norm: self.norm(&format!("{at}.output.LayerNorm"))?,
        })
    }
}
