//! The shape of a model, read from its file: which family, how large, and how it turns positions into angles.

/// A family of models that can be run, as its files name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Family {
    /// Its name in GGUF's `general.architecture` and in `model_type` of a `config.json`.
    pub(crate) name: &'static str,
    /// Whether GGUF files have the rows of queries and keys in the order in which neighbours form a pair.
    pub(crate) neighbours_in_gguf: bool,
}

/// The families: rotary positions, grouped queries, a gated feed-forward with SiLU, RMS norms. What they differ in
/// beyond this table (biases, norms of queries and keys, tied embeddings) is seen from the tensors that are there.
const FAMILIES: [Family; 4] = [
    Family { name: "llama", neighbours_in_gguf: true },
    Family { name: "mistral", neighbours_in_gguf: true },
    Family { name: "qwen2", neighbours_in_gguf: false },
    Family { name: "qwen3", neighbours_in_gguf: false },
];

impl Family {
    pub(crate) fn named(name: &str) -> Option<Self> {
        FAMILIES.into_iter().find(|family| family.name == name)
    }
}

/// The shape of a model.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Architecture {
    pub(crate) layers: usize,
    pub(crate) hidden: usize,
    pub(crate) feed_forward: usize,
    pub(crate) heads: usize,
    pub(crate) key_heads: usize,
    pub(crate) head_size: usize,
    pub(crate) vocabulary: usize,
    /// The most tokens that it was trained to read.
    pub(crate) context: usize,
    pub(crate) norm_epsilon: f32,
    pub(crate) rotation: Rotation,
}

/// How positions become angles.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Rotation {
    pub(crate) base: f64,
    pub(crate) scaling: Scaling,
    /// Whether neighbours form a pair; otherwise an element and the one half a head away.
    pub(crate) neighbours: bool,
}

/// How the angles of a longer context are fitted into those of the one trained first.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Scaling {
    None,
    /// Every angle divided by the same.
    Linear(f64),
    /// Llama 3.1's: slow angles are divided, fast ones left, those between blended.
    Llama3 {
        factor: f64,
        low: f64,
        high: f64,
        original_context: f64,
    },
    /// One divisor for each angle; the file has them as a tensor.
    Divisors(Vec<f32>),
}

/// More of anything is no model but a broken file.
const MOST: usize = 1 << 24;

impl Architecture {
    /// What contradicts itself.
    pub(crate) fn problem(&self) -> Option<String> {
        let sizes = [
            ("layers", self.layers),
            ("hidden size", self.hidden),
            ("feed-forward size", self.feed_forward),
            ("heads", self.heads),
            ("key heads", self.key_heads),
            ("head size", self.head_size),
            ("vocabulary", self.vocabulary),
            ("context", self.context),
        ];
        if let Some((what, size)) = sizes.into_iter().find(|(_, size)| *size == 0 || *size > MOST) {
            return Some(format!("{what} of `{size}`"));
        }
        if !self.heads.is_multiple_of(self.key_heads) {
            return Some(format!("{} heads cannot share {} keys", self.heads, self.key_heads));
        }
        if !self.head_size.is_multiple_of(2) {
            return Some(format!("a head of {} has no pairs", self.head_size));
        }
        let base_is_sound = self.rotation.base.is_finite() && self.rotation.base > 0.0;
        if !base_is_sound || !self.norm_epsilon.is_finite() || self.norm_epsilon < 0.0 {
            return Some("its constants are no numbers".to_owned());
        }
        None
    }

    /// Bytes that so many tokens take while a conversation goes on: a key and a value a layer, as `f32`.
    pub(crate) fn cache_bytes(&self, tokens: usize) -> u64 {
        [self.layers, tokens, self.key_heads, self.head_size, 2, size_of::<f32>()]
            .into_iter()
            .fold(1_u64, |product, size| product.saturating_mul(size as u64))
    }
}

impl Rotation {
    /// The angle that each pair of a head turns by at every position.
    pub(crate) fn frequencies(&self, head_size: usize) -> Vec<f32> {
        #[expect(clippy::cast_precision_loss, reason = "heads are small")]
        let plain = (0..head_size / 2).map(|pair| self.base.powf(-2.0 * pair as f64 / head_size as f64));
        #[expect(clippy::cast_possible_truncation, reason = "what the model computes with")]
        plain.enumerate().map(|(pair, frequency)| self.scaling.apply(pair, frequency) as f32).collect()
    }
}

impl Scaling {
    fn apply(&self, pair: usize, frequency: f64) -> f64 {
        match self {
            Self::None => frequency,
            Self::Linear(factor) => frequency / factor,
            Self::Divisors(divisors) => frequency / divisors.get(pair).copied().map_or(1.0, f64::from),
            Self::Llama3 { factor, low, high, original_context } => {
                let wavelength = std::f64::consts::TAU / frequency;
                if wavelength < original_context / high {
                    frequency
                } else if wavelength > original_context / low {
                    frequency / factor
                } else {
                    let blend = (original_context / wavelength - low) / (high - low);
                    (1.0 - blend) * frequency / factor + blend * frequency
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tiny() -> Architecture {
        Architecture {
            layers: 2,
            hidden: 32,
            feed_forward: 64,
            heads: 4,
            key_heads: 2,
            head_size: 8,
            vocabulary: 300,
            context: 128,
            norm_epsilon: 1e-5,
            rotation: Rotation { base: 10_000.0, scaling: Scaling::None, neighbours: false },
        }
    }

    #[test]
    fn shapes_that_contradict_themselves_are_named() {
        assert_eq!(tiny().problem(), None);
        let broken = |change: fn(&mut Architecture)| {
            let mut shape = tiny();
            change(&mut shape);
            shape.problem().unwrap()
        };
        assert_eq!(broken(|shape| shape.layers = 0), "layers of `0`");
        assert_eq!(broken(|shape| shape.hidden = usize::MAX), format!("hidden size of `{}`", usize::MAX));
        assert_eq!(broken(|shape| shape.key_heads = 3), "4 heads cannot share 3 keys");
        assert_eq!(broken(|shape| shape.head_size = 7), "a head of 7 has no pairs");
        assert_eq!(broken(|shape| shape.rotation.base = f64::NAN), "its constants are no numbers");
    }

    #[test]
    fn a_conversations_memory_is_a_key_and_a_value_a_layer() {
        assert_eq!(tiny().cache_bytes(10), 2 * 10 * 2 * 8 * 2 * 4);
    }
}
