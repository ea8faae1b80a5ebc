//! The marks that spending passes on its way to a limit and beyond, and who is told of them.

use crate::{account::Figures, period::Period, rule::Budget, scope::Scope};
use base::{Money, Timestamp};
use std::fmt;

/// A point that people want to hear of, each once a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Mark {
    /// 80, 90 or 95 percent of the limit are spent.
    Percent(u8),
    /// The budget's own soft mark is reached.
    Soft,
    /// The limit is reached; or, past the soft mark, a call was refused because what is left is too little for it.
    Exceeded,
    /// The emergency mark is reached.
    Emergency,
}

impl Mark {
    /// Every mark, in the order of the bits of [`Told`].
    const ALL: [Self; 6] = [
        Self::Percent(80),
        Self::Percent(90),
        Self::Percent(95),
        Self::Soft,
        Self::Exceeded,
        Self::Emergency,
    ];

    /// The amount at which it is reached, if the budget has it.
    fn at(self, budget: &Budget) -> Option<Money> {
        match self {
            Self::Percent(percent) => Some(budget.share(u16::from(percent))),
            Self::Soft => Some(budget.soft()),
            Self::Exceeded => Some(budget.limit),
            Self::Emergency => budget.emergency(),
        }
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Percent(percent) => write!(f, "{percent} percent"),
            Self::Soft => f.write_str("soft"),
            Self::Exceeded => f.write_str("exceeded"),
            Self::Emergency => f.write_str("emergency"),
        }
    }
}

/// A budget's spending has passed a mark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BudgetEvent {
    /// When the call began that did it.
    pub at: Timestamp,
    /// The budget.
    pub budget_id: String,
    /// Whose spending it limits.
    pub scope: Scope,
    /// Its name for people.
    pub label: String,
    /// Its period.
    pub period: Period,
    /// Its limit.
    pub limit: Money,
    /// Spent in the window that runs.
    pub spent: Money,
    /// The mark.
    pub mark: Mark,
}

/// Hears of marks. Called without any lock held.
pub trait Watcher: fmt::Debug + Send + Sync {
    /// A mark was passed.
    fn passed(&self, event: BudgetEvent);
}

/// Nobody listens.
impl Watcher for () {
    fn passed(&self, _event: BudgetEvent) {}
}

/// The marks that were told of in a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Told(u8);

impl Told {
    /// The marks that so much reaches. A budget of nothing has no marks to reach.
    pub(crate) fn reached(budget: &Budget, spent: Money) -> Self {
        let reached = |mark: &Mark| spent > Money::ZERO && mark.at(budget).is_some_and(|at| spent >= at);
        Self::of(Mark::ALL.iter().filter(|mark| reached(mark)))
    }

    /// Only the limit.
    pub(crate) fn exceeded() -> Self {
        Self::of([Mark::Exceeded].iter())
    }

    fn of<'m>(marks: impl Iterator<Item = &'m Mark>) -> Self {
        Self(marks.fold(0, |bits, mark| bits | mark.bit()))
    }

    /// Those of the other that are not in this, which then has them.
    pub(crate) fn news(&mut self, other: Self) -> Self {
        let news = Self(other.0 & !self.0);
        self.0 |= other.0;
        news
    }

    /// Those that are in both.
    pub(crate) const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// An event for each.
    pub(crate) fn events<'f>(
        self,
        figures: &'f Figures<'_>,
        at: Timestamp,
    ) -> impl Iterator<Item = BudgetEvent> + 'f {
        Mark::ALL.into_iter().filter(move |mark| self.0 & mark.bit() != 0).map(move |mark| BudgetEvent {
            at,
            budget_id: figures.id.to_owned(),
            scope: figures.scope,
            label: figures.label.to_owned(),
            period: figures.budget.period,
            limit: figures.budget.limit,
            spent: figures.spent,
            mark,
        })
    }
}

impl Mark {
    fn bit(self) -> u8 {
        Self::ALL.iter().position(|mark| *mark == self).map_or(0, |place| 1 << place)
    }
}
