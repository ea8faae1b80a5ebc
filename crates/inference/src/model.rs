//! A decoder: tokens in, the next token's scores out, and a memory of what it has read.
//!
//! Llama, Touvron et al. 2023 (arXiv 2302.13971): RMS norms before each half of a layer, rotary positions, a gated
//! feed-forward; with queries in groups that share keys (Ainslie et al. 2023, arXiv 2305.13245), Qwen2's biases and
//! Qwen3's norms of queries and keys where the file has them.

mod cache;
mod matrix;

pub(crate) use matrix::Matrix;

use crate::{architecture::Architecture, error::ModelError, files::ModelFiles};
use cache::Cache;
use candle_core::{DType, Device, Result, Tensor};
use candle_nn::{
    attention::{AttnMask, flash_attn},
    ops::rms_norm,
    rotary_emb::{rope, rope_i},
};

/// A model in memory.
pub(crate) struct Model {
    shape: Architecture,
    embedding: Matrix,
    layers: Vec<Layer>,
    norm: Tensor,
    /// What scores the tokens; the embedding does where the file has no other.
    output: Option<Matrix>,
    /// The cosines and sines of every position's angles.
    cos: Tensor,
    sin: Tensor,
    /// How many tokens it has read and still knows.
    length: usize,
}

struct Layer {
    attention_norm: Tensor,
    query: Linear,
    key: Linear,
    value: Linear,
    attention_output: Linear,
    query_norm: Option<Tensor>,
    key_norm: Option<Tensor>,
    feed_norm: Tensor,
    gate: Linear,
    up: Linear,
    down: Linear,
    cache: Cache,
}

/// A table and what is added to it.
struct Linear {
    weight: Matrix,
    bias: Option<Tensor>,
}

impl Linear {
    fn read(files: &mut dyn ModelFiles, name: &str, rows: usize, columns: usize) -> Read<Self> {
        let weight = files.matrix(&format!("{name}.weight"), rows, columns)?;
        let bias = format!("{name}.bias");
        let bias = if files.has(&bias) { Some(files.vector(&bias, rows)?) } else { None };
        Ok(Self { weight, bias })
    }

    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        let output = self.weight.forward(input)?;
        match &self.bias {
            Some(bias) => output.broadcast_add(bias),
            None => Ok(output),
        }
    }
}

type Read<T> = std::result::Result<T, ModelError>;

impl Model {
    /// Reads the weights. Of its context at most `context` tokens are used.
    pub(crate) fn read(files: &mut dyn ModelFiles, context: usize) -> Read<Self> {
        let shape = files.architecture()?;
        let context = context.min(shape.context);
        let embedding = files.matrix("token_embd.weight", shape.vocabulary, shape.hidden)?;
        let has_output = files.has("output.weight");
        let output = if has_output {
            Some(files.matrix("output.weight", shape.vocabulary, shape.hidden)?)
        } else {
            None
        };
        let layers =
            (0..shape.layers).map(|number| Layer::read(files, &shape, number)).collect::<Read<_>>()?;
        let norm = files.vector("output_norm.weight", shape.hidden)?;
        let angles = angles(&shape, context);
        let (cos, sin) = angles.map_err(|error| ModelError::Failed {
            name: "the table of angles".to_owned(),
            what: crate::error::plain(error),
        })?;
        Ok(Self {
            shape: Architecture { context, ..shape },
            embedding,
            layers,
            norm,
            output,
            cos,
            sin,
            length: 0,
        })
    }

    /// The most tokens it reads, prompt and answer together.
    pub(crate) const fn context(&self) -> usize {
        self.shape.context
    }

    /// Forgets everything after the first `length` tokens.
    pub(crate) fn keep(&mut self, length: usize) {
        self.length = self.length.min(length);
    }

    /// Gives back the memory of what it has read.
    pub(crate) fn forget(&mut self) {
        self.length = 0;
        for layer in &mut self.layers {
            layer.cache = Cache::default();
        }
    }

    /// Reads more tokens and scores what may come next.
    pub(crate) fn read_on(&mut self, tokens: &[u32]) -> Result<Vec<f32>> {
        let (first, count) = (self.length, tokens.len());
        if count == 0 || first + count > self.shape.context {
            candle_core::bail!("{count} tokens after {first} in a context of {}", self.shape.context);
        }
        if let Some(token) = tokens.iter().find(|token| **token as usize >= self.shape.vocabulary) {
            candle_core::bail!("the tokenizer knows a token `{token}` and the model does not");
        }
        let ids = Tensor::from_slice(tokens, count, &Device::Cpu)?;
        let mut hidden = self.embedding.rows(&ids)?;
        let (cos, sin) = (self.cos.narrow(0, first, count)?, self.sin.narrow(0, first, count)?);
        for layer in &mut self.layers {
            hidden = layer.forward(&hidden, &self.shape, Positions { first, cos: &cos, sin: &sin })?;
        }
        self.length = first + count;
        let last = hidden.narrow(0, count - 1, 1)?.contiguous()?;
        let last = rms_norm(&last, &self.norm, self.shape.norm_epsilon)?;
        let scores = self.output.as_ref().unwrap_or(&self.embedding).forward(&last)?;
        scores.flatten_all()?.to_vec1()
    }
}

/// Where the tokens stand that are being read.
#[derive(Clone, Copy)]
struct Positions<'a> {
    first: usize,
    cos: &'a Tensor,
    sin: &'a Tensor,
}

impl Layer {
    fn read(files: &mut dyn ModelFiles, shape: &Architecture, number: usize) -> Read<Self> {
        let name = |part: &str| format!("blk.{number}.{part}");
        let (hidden, head) = (shape.hidden, shape.head_size);
        let (queries, keys) = (shape.heads * head, shape.key_heads * head);
        let norm = |files: &mut dyn ModelFiles, part: &str| -> Read<Option<Tensor>> {
            let name = name(part);
            if files.has(&name) { files.vector(&name, head).map(Some) } else { Ok(None) }
        };
        Ok(Self {
            attention_norm: files.vector(&name("attn_norm.weight"), hidden)?,
            query: Linear::read(files, &name("attn_q"), queries, hidden)?,
            key: Linear::read(files, &name("attn_k"), keys, hidden)?,
            value: Linear::read(files, &name("attn_v"), keys, hidden)?,
            attention_output: Linear::read(files, &name("attn_output"), hidden, queries)?,
            query_norm: norm(files, "attn_q_norm.weight")?,
            key_norm: norm(files, "attn_k_norm.weight")?,
            feed_norm: files.vector(&name("ffn_norm.weight"), hidden)?,
            gate: Linear::read(files, &name("ffn_gate"), shape.feed_forward, hidden)?,
            up: Linear::read(files, &name("ffn_up"), shape.feed_forward, hidden)?,
            down: Linear::read(files, &name("ffn_down"), hidden, shape.feed_forward)?,
            cache: Cache::default(),
        })
    }

    /// One row a token in and out.
    fn forward(&mut self, input: &Tensor, shape: &Architecture, at: Positions<'_>) -> Result<Tensor> {
        let normed = rms_norm(input, &self.attention_norm, shape.norm_epsilon)?;
        let attended = (input + self.attend(&normed, shape, at)?)?;
        let normed = rms_norm(&attended, &self.feed_norm, shape.norm_epsilon)?;
        let gated = (self.gate.forward(&normed)?.silu()? * self.up.forward(&normed)?)?;
        attended + self.down.forward(&gated)?
    }

    fn attend(&mut self, input: &Tensor, shape: &Architecture, at: Positions<'_>) -> Result<Tensor> {
        let count = input.dim(0)?;
        let heads = |tensor: Tensor, heads: usize| tensor.reshape((count, heads, shape.head_size));
        let query = heads(self.query.forward(input)?, shape.heads)?;
        let key = heads(self.key.forward(input)?, shape.key_heads)?;
        let value = heads(self.value.forward(input)?, shape.key_heads)?;
        let query = turned(&normed(query, self.query_norm.as_ref(), shape)?, shape, at)?;
        let key = turned(&normed(key, self.key_norm.as_ref(), shape)?, shape, at)?;
        let (keys, values) = self.cache.extend(at.first, &key, &value)?;
        #[expect(clippy::cast_precision_loss, reason = "heads are small")]
        let scale = 1.0 / (shape.head_size as f32).sqrt();
        let mask = AttnMask::causal_with_offset(at.first);
        let (query, keys, values) = (query.unsqueeze(0)?, keys.unsqueeze(0)?, values.unsqueeze(0)?);
        let mixed = flash_attn::<f32>(&query, &keys, &values, scale, mask, None, None)?;
        let mixed = mixed.squeeze(0)?.transpose(0, 1)?.contiguous()?;
        self.attention_output.forward(&mixed.reshape((count, shape.heads * shape.head_size))?)
    }
}

fn normed(heads: Tensor, norm: Option<&Tensor>, shape: &Architecture) -> Result<Tensor> {
    match norm {
        Some(norm) => rms_norm(&heads.contiguous()?, norm, shape.norm_epsilon),
        None => Ok(heads),
    }
}

/// Turns each pair of every head by its position's angle.
fn turned(heads: &Tensor, shape: &Architecture, at: Positions<'_>) -> Result<Tensor> {
    let by_head = heads.transpose(0, 1)?.contiguous()?.unsqueeze(0)?;
    let turned = if shape.rotation.neighbours {
        rope_i(&by_head, at.cos, at.sin)?
    } else {
        rope(&by_head, at.cos, at.sin)?
    };
    turned.squeeze(0)?.transpose(0, 1)?.contiguous()
}

fn angles(shape: &Architecture, context: usize) -> Result<(Tensor, Tensor)> {
    let frequencies = shape.rotation.frequencies(shape.head_size);
    let frequencies = Tensor::new(frequencies, &Device::Cpu)?.unsqueeze(0)?;
    let context = u32::try_from(context).map_err(candle_core::Error::wrap)?;
    let positions = Tensor::arange(0, context, &Device::Cpu)?.to_dtype(DType::F32)?.unsqueeze(1)?;
    let angles = positions.matmul(&frequencies)?;
    Ok((angles.cos()?, angles.sin()?))
}

#[cfg(test)]
mod tests;
