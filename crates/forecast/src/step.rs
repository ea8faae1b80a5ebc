//! The step of a series, and what follows from it.

use std::{fmt, str::FromStr};

/// How long one step of a series is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// An hour.
    Hour,
    /// A day.
    Day,
    /// A week.
    Week,
    /// A month.
    Month,
}

impl Step {
    /// Every step, the shortest first.
    pub const ALL: [Self; 4] = [Self::Hour, Self::Day, Self::Week, Self::Month];

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    /// How far a forecast reaches, in steps: two days, fifteen days, eight weeks, three months.
    pub const fn horizon(self) -> usize {
        match self {
            Self::Hour => 48,
            Self::Day => 15,
            Self::Week => 8,
            Self::Month => 3,
        }
    }

    /// How many steps of history a forecast needs at least.
    pub const fn needed(self) -> usize {
        match self {
            Self::Hour => 96,
            Self::Day => 28,
            Self::Week => 12,
            Self::Month => 8,
        }
    }

    /// How many steps of history say something about the next ones; what is older is left out.
    pub const fn looked_at(self) -> usize {
        match self {
            Self::Hour => 672,
            Self::Day => 400,
            Self::Week => 156,
            Self::Month => 60,
        }
    }

    /// After how many steps amounts may repeat themselves: days in 24 hours, weeks in 7 days, years in 12 months.
    pub const fn seasons(self) -> &'static [usize] {
        match self {
            Self::Hour => &[24, 168],
            Self::Day => &[7],
            Self::Week => &[],
            Self::Month => &[12],
        }
    }

    /// The first of [`Step::seasons`]; 1 where there is none.
    pub(crate) const fn season(self) -> usize {
        match self.seasons() {
            [first, ..] => *first,
            [] => 1,
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that names no step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownStep(pub String);

impl fmt::Display for UnknownStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not a step (one of hour, day, week, month)", self.0)
    }
}

impl std::error::Error for UnknownStep {}

impl FromStr for Step {
    type Err = UnknownStep;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|step| step.as_str() == text).ok_or_else(|| UnknownStep(text.to_owned()))
    }
}
