//! A table of weights, as the file has it: quantised ones stay so.

use candle_core::{
    Device, Result, Tensor,
    quantized::{GgmlDType, QTensor},
};

/// A table whose rows are multiplied with an input.
pub(crate) enum Matrix {
    /// As `f32`.
    Plain(Tensor),
    /// In blocks of few bits.
    Packed(QTensor),
}

impl Matrix {
    /// A tensor of a GGUF file. Halves become `f32`, with which processors count faster.
    pub(crate) fn packed(tensor: QTensor) -> Result<Self> {
        match tensor.dtype() {
            GgmlDType::F32 | GgmlDType::F16 | GgmlDType::BF16 => {
                Ok(Self::Plain(tensor.dequantize(&Device::Cpu)?))
            }
            // Candle multiplies two blocks of these at a time.
            GgmlDType::Q4_1 | GgmlDType::Q5_0 | GgmlDType::Q5_1
                if columns(&tensor).is_none_or(|size| size % 64 != 0) =>
            {
                Ok(Self::Plain(tensor.dequantize(&Device::Cpu)?))
            }
            GgmlDType::Q4_0
            | GgmlDType::Q4_1
            | GgmlDType::Q5_0
            | GgmlDType::Q5_1
            | GgmlDType::Q8_0
            | GgmlDType::Q8_1
            | GgmlDType::Q2K
            | GgmlDType::Q3K
            | GgmlDType::Q4K
            | GgmlDType::Q5K
            | GgmlDType::Q6K
            | GgmlDType::Q8K => Ok(Self::Packed(tensor)),
        }
    }

    /// Whether rows of this length can be cut into blocks of this kind.
    pub(crate) fn fits(kind: GgmlDType, columns: usize) -> bool {
        columns.is_multiple_of(kind.block_size())
    }

    /// One row of as many numbers as the table has rows, for each row of the input.
    pub(crate) fn forward(&self, input: &Tensor) -> Result<Tensor> {
        match self {
            Self::Plain(table) => input.matmul(&table.t()?),
            Self::Packed(table) => input.apply_op1_no_bwd(table),
        }
    }

    /// The rows of these numbers.
    pub(crate) fn rows(&self, numbers: &Tensor) -> Result<Tensor> {
        match self {
            Self::Plain(table) => table.index_select(numbers, 0),
            Self::Packed(table) => table.embedding(numbers),
        }
    }
}

/// The length of its rows.
fn columns(tensor: &QTensor) -> Option<usize> {
    tensor.shape().dims().last().copied()
}
