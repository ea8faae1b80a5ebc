//! A vector of length one in sixteen bits a number.

/// What one is in sixteen bits.
const ONE: f32 = i16::MAX as f32;

/// A vector of length one: its direction is all that counts. Each number is off by at most 2^-16, the likeness of two
/// vectors by about 10^-5.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vector(Vec<i16>);

impl Vector {
    /// The direction of these numbers; `None` where they have none: nothing, only zeros, or what is no number.
    pub fn new(numbers: &[f32]) -> Option<Self> {
        let length = numbers.iter().map(|number| f64::from(*number).powi(2)).sum::<f64>().sqrt();
        if !length.is_finite() || length <= 0.0 {
            return None;
        }
        #[expect(clippy::cast_possible_truncation, reason = "at most one, times what one is; else it is cut")]
        let pack = |number: &f32| (f64::from(*number) / length * f64::from(ONE)).round() as i16;
        Some(Self(numbers.iter().map(pack).collect()))
    }

    /// The one that [`Vector::to_bytes`] wrote; `None` where the bytes are none.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (pairs, rest) = bytes.as_chunks::<2>();
        if !rest.is_empty() || pairs.is_empty() {
            return None;
        }
        // -32,768 is never written; as the opposite of one it would be too long.
        let numbers = pairs.iter().map(|pair| i16::from_le_bytes(*pair).max(-i16::MAX));
        Some(Self(numbers.collect()))
    }

    /// Two bytes a number, the lower first.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.iter().flat_map(|number| number.to_le_bytes()).collect()
    }

    /// How many numbers it has.
    pub fn dimensions(&self) -> usize {
        self.0.len()
    }

    /// Its numbers as others take them; of length one, up to what sixteen bits leave.
    pub fn to_floats(&self) -> Vec<f32> {
        self.0.iter().map(|number| f32::from(*number) / ONE).collect()
    }

    pub(crate) fn numbers(&self) -> &[i16] {
        &self.0
    }
}

/// The cosine of the angle between two vectors, of the sum of their products.
#[expect(clippy::cast_precision_loss, reason = "24 of 31 bits are enough")]
pub(crate) fn likeness(sum: i32) -> f32 {
    sum as f32 / (ONE * ONE)
}
