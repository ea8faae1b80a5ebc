//! Which settings a model takes, and what of a request's settings is left for it: pure.

use crate::request::{Parameters, ReasoningEffort};
use serde::{Deserialize, Serialize};

/// A setting that a person may choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Parameter {
    /// Sampling temperature.
    Temperature,
    /// Nucleus sampling.
    TopP,
    /// Sampling among the k likeliest.
    TopK,
    /// Most tokens of the answer.
    MaxTokens,
    /// What words cost that were said often.
    FrequencyPenalty,
    /// What words cost that were said at all.
    PresencePenalty,
    /// Seed for repeatable sampling.
    Seed,
    /// Texts at which generation stops.
    Stop,
    /// How much to think.
    ReasoningEffort,
}

impl Parameter {
    /// Every one, in the order in which people see them.
    pub const ALL: [Self; 9] = [
        Self::Temperature,
        Self::TopP,
        Self::TopK,
        Self::MaxTokens,
        Self::FrequencyPenalty,
        Self::PresencePenalty,
        Self::Seed,
        Self::Stop,
        Self::ReasoningEffort,
    ];

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Temperature => "temperature",
            Self::TopP => "top_p",
            Self::TopK => "top_k",
            Self::MaxTokens => "max_tokens",
            Self::FrequencyPenalty => "frequency_penalty",
            Self::PresencePenalty => "presence_penalty",
            Self::Seed => "seed",
            Self::Stop => "stop",
            Self::ReasoningEffort => "reasoning_effort",
        }
    }
}

/// Beside which other settings one is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Beside {
    /// Beside any.
    #[default]
    Anything,
    /// Not where thinking is asked for.
    NoThinking,
    /// Only where thinking is turned off in so many words.
    ThinkingOff,
    /// Not beside a temperature, nor where thinking is asked for.
    NoTemperature,
}

/// A setting that a model takes, and within which bounds.
#[derive(Debug, Clone, PartialEq)]
pub struct Taken {
    /// Which.
    pub parameter: Parameter,
    /// The least; of stop texts any where white space alone is refused.
    pub min: Option<f64>,
    /// The most; of stop texts so many.
    pub max: Option<f64>,
    /// The levels of thinking, where it is that.
    pub efforts: Vec<ReasoningEffort>,
    /// Beside what.
    pub beside: Beside,
}

impl Taken {
    /// Taken whatever it is.
    pub const fn of(parameter: Parameter) -> Self {
        Self { parameter, min: None, max: None, efforts: Vec::new(), beside: Beside::Anything }
    }

    /// Within bounds, both of them included.
    #[must_use]
    pub const fn within(mut self, min: f64, max: f64) -> Self {
        (self.min, self.max) = (Some(min), Some(max));
        self
    }

    /// At most so much.
    #[must_use]
    pub const fn at_most(mut self, max: Option<f64>) -> Self {
        self.max = max;
        self
    }

    /// Only beside these others.
    #[must_use]
    pub const fn beside(mut self, beside: Beside) -> Self {
        self.beside = beside;
        self
    }

    /// Thinking of these levels.
    pub fn efforts(levels: &[ReasoningEffort]) -> Self {
        Self { efforts: levels.to_vec(), ..Self::of(Parameter::ReasoningEffort) }
    }
}

impl Parameters {
    /// Leaves of the settings that people choose only what a model takes, numbers within its bounds. Returns what was
    /// taken out or changed.
    pub fn keep(&mut self, taken: &[Taken]) -> Vec<Parameter> {
        let before = self.clone();
        let rule = |parameter: Parameter| taken.iter().find(|taken| taken.parameter == parameter);
        let effort = rule(Parameter::ReasoningEffort);
        self.reasoning_effort =
            self.reasoning_effort.filter(|level| effort.is_some_and(|taken| taken.efforts.contains(level)));
        let thinking = match self.reasoning_effort {
            None => Thinking::Unsaid,
            Some(ReasoningEffort::None) => Thinking::Off,
            Some(
                ReasoningEffort::Minimal
                | ReasoningEffort::Low
                | ReasoningEffort::Medium
                | ReasoningEffort::High,
            ) => Thinking::On,
        };
        let allowed = |parameter: Parameter, warm: bool| {
            rule(parameter).filter(|taken| match taken.beside {
                Beside::Anything => true,
                Beside::NoThinking => thinking != Thinking::On,
                Beside::ThinkingOff => thinking == Thinking::Off,
                Beside::NoTemperature => !warm && thinking != Thinking::On,
            })
        };
        let number = |parameter: Parameter, value: Option<f64>, warm: bool| {
            let taken = allowed(parameter, warm)?;
            value.map(|value| value.max(taken.min.unwrap_or(value)).min(taken.max.unwrap_or(f64::MAX)))
        };
        self.temperature = number(Parameter::Temperature, self.temperature, false);
        let warm = self.temperature.is_some();
        self.top_p = number(Parameter::TopP, self.top_p, warm);
        self.frequency_penalty = number(Parameter::FrequencyPenalty, self.frequency_penalty, warm);
        self.presence_penalty = number(Parameter::PresencePenalty, self.presence_penalty, warm);
        self.top_k = self.top_k.filter(|_| allowed(Parameter::TopK, warm).is_some());
        self.max_output_tokens = allowed(Parameter::MaxTokens, warm)
            .and_then(|taken| Some(self.max_output_tokens?.min(whole(taken.max))));
        self.seed = allowed(Parameter::Seed, warm)
            .and_then(|taken| self.seed.filter(|seed| seed.unsigned_abs() <= whole(taken.max)));
        match allowed(Parameter::Stop, warm) {
            Some(taken) => {
                self.stop.retain(|text| taken.min.is_none() || !text.trim().is_empty());
                self.stop.truncate(usize::try_from(whole(taken.max)).unwrap_or(usize::MAX));
            }
            None => self.stop.clear(),
        }
        Parameter::ALL.into_iter().filter(|parameter| self.differs(&before, *parameter)).collect()
    }

    fn differs(&self, other: &Self, parameter: Parameter) -> bool {
        match parameter {
            Parameter::Temperature => self.temperature != other.temperature,
            Parameter::TopP => self.top_p != other.top_p,
            Parameter::TopK => self.top_k != other.top_k,
            Parameter::MaxTokens => self.max_output_tokens != other.max_output_tokens,
            Parameter::FrequencyPenalty => self.frequency_penalty != other.frequency_penalty,
            Parameter::PresencePenalty => self.presence_penalty != other.presence_penalty,
            Parameter::Seed => self.seed != other.seed,
            Parameter::Stop => self.stop != other.stop,
            Parameter::ReasoningEffort => self.reasoning_effort != other.reasoning_effort,
        }
    }
}

/// What is said about thinking.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Thinking {
    Unsaid,
    Off,
    On,
}

/// A bound as a whole number; none is the largest.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounds are small and positive")]
fn whole(bound: Option<f64>) -> u64 {
    bound.map_or(u64::MAX, |bound| bound as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked() -> Parameters {
        Parameters {
            temperature: Some(1.5),
            top_p: Some(0.9),
            top_k: Some(40),
            max_output_tokens: Some(9_000),
            frequency_penalty: Some(0.5),
            presence_penalty: Some(-0.5),
            seed: Some(7),
            stop: vec!["a".into(), "b".into(), "c".into()],
            reasoning_effort: None,
            ..Parameters::default()
        }
    }

    fn everything() -> Vec<Taken> {
        Parameter::ALL.into_iter().map(Taken::of).collect()
    }

    #[test]
    fn what_a_model_takes_stays_as_it_is() {
        let mut parameters = asked();
        assert_eq!(parameters.keep(&everything()), []);
        assert_eq!(parameters, asked());
    }

    #[test]
    fn a_model_that_takes_nothing_gets_nothing() {
        let mut parameters = Parameters { reasoning_effort: Some(ReasoningEffort::Low), ..asked() };
        assert_eq!(parameters.keep(&[]), Parameter::ALL);
        assert_eq!(parameters, Parameters::default());
    }

    #[test]
    fn numbers_come_within_their_bounds() {
        let mut taken = everything();
        taken[0] = Taken::of(Parameter::Temperature).within(0.0, 1.0);
        taken[3] = Taken::of(Parameter::MaxTokens).at_most(Some(4_096.0));
        taken[7] = Taken::of(Parameter::Stop).at_most(Some(2.0));
        let mut parameters = asked();
        assert_eq!(parameters.keep(&taken), [Parameter::Temperature, Parameter::MaxTokens, Parameter::Stop]);
        assert_eq!((parameters.temperature, parameters.max_output_tokens), (Some(1.0), Some(4_096)));
        assert_eq!(parameters.stop, ["a", "b"]);
    }

    #[test]
    fn some_refuse_white_space_to_stop_at() {
        let mut taken = everything();
        taken[7] = Taken::of(Parameter::Stop).within(1.0, 4.0);
        let mut parameters = Parameters { stop: vec!["\n\n".into(), "END".into()], ..asked() };
        assert_eq!(parameters.keep(&taken), [Parameter::Stop]);
        assert_eq!(parameters.stop, ["END"]);
    }

    #[test]
    fn a_seed_out_of_bounds_is_left_out_since_another_would_mean_nothing() {
        let mut taken = everything();
        taken[6] = Taken::of(Parameter::Seed).at_most(Some(100.0));
        let mut parameters = Parameters { seed: Some(-101), ..asked() };
        assert_eq!(parameters.keep(&taken), [Parameter::Seed]);
        assert_eq!(parameters.seed, None);
    }

    #[test]
    fn some_are_taken_only_beside_others() {
        let levels = [ReasoningEffort::None, ReasoningEffort::High];
        for (beside, effort, kept) in [
            (Beside::NoThinking, None, true),
            (Beside::NoThinking, Some(ReasoningEffort::None), true),
            (Beside::NoThinking, Some(ReasoningEffort::High), false),
            (Beside::ThinkingOff, None, false),
            (Beside::ThinkingOff, Some(ReasoningEffort::None), true),
            (Beside::ThinkingOff, Some(ReasoningEffort::High), false),
            // A level that the model does not have says nothing.
            (Beside::NoThinking, Some(ReasoningEffort::Minimal), true),
        ] {
            let taken = [Taken::of(Parameter::Temperature).beside(beside), Taken::efforts(&levels)];
            let mut parameters = Parameters { reasoning_effort: effort, ..asked() };
            parameters.keep(&taken);
            assert_eq!(parameters.temperature.is_some(), kept, "{beside:?} {effort:?}");
        }
        let taken =
            [Taken::of(Parameter::Temperature), Taken::of(Parameter::TopP).beside(Beside::NoTemperature)];
        let mut parameters = asked();
        parameters.keep(&taken);
        assert_eq!((parameters.temperature, parameters.top_p), (Some(1.5), None));
        let mut parameters = Parameters { temperature: None, ..asked() };
        parameters.keep(&taken);
        assert_eq!(parameters.top_p, Some(0.9));
    }
}
