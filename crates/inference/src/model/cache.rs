//! The keys and values of what was read: memory that grows with the conversation and is taken up again by the
//! next turn of it.

use candle_core::{Result, Tensor};

/// How many tokens there is room for at first.
const FIRST_ROOM: usize = 256;

/// The keys and values of one layer, one row a token.
#[derive(Default)]
pub(super) struct Cache {
    rows: Option<(Tensor, Tensor)>,
}

impl Cache {
    /// Puts new rows behind the first `length` and returns all of them.
    pub(super) fn extend(&mut self, length: usize, key: &Tensor, value: &Tensor) -> Result<(Tensor, Tensor)> {
        let all = length + key.dim(0)?;
        let (keys, values) = match self.rows.take() {
            Some((keys, values)) if keys.dim(0)? >= all => (keys, values),
            Some((keys, values)) => (grown(&keys, length, all)?, grown(&values, length, all)?),
            None => (room(key, all)?, room(value, all)?),
        };
        keys.slice_set(key, 0, length)?;
        values.slice_set(value, 0, length)?;
        let (keys, values) = self.rows.insert((keys, values));
        Ok((keys.narrow(0, 0, all)?, values.narrow(0, 0, all)?))
    }
}

/// Empty rows like these, for `all` tokens and some more.
fn room(like: &Tensor, all: usize) -> Result<Tensor> {
    let (_, heads, size) = like.dims3()?;
    Tensor::zeros((all.next_power_of_two().max(FIRST_ROOM), heads, size), like.dtype(), like.device())
}

fn grown(rows: &Tensor, length: usize, all: usize) -> Result<Tensor> {
    let larger = room(rows, all)?;
    if length > 0 {
        larger.slice_set(&rows.narrow(0, 0, length)?, 0, 0)?;
    }
    Ok(larger)
}
