//! Limits on money, kept to the last nano-dollar.
//!
//! A [`Budget`] says how much may be spent in a window of time, and what happens near that limit. An [`Account`] is
//! a budget at work: what is spent and what is put aside in the window that runs. A call makes a [`Reservation`] of
//! the most that it can cost in all of its accounts at once, or is told by a [`Refusal`] why it may not, and settles
//! it for what it did cost. As reservations never go past a budget's wall, neither does what is spent, whatever the
//! order in which calls begin, end, break off and are forgotten.
//!
//! Nothing here reads a clock, a file or a database: every moment is given.
//!
//! Reading order: [`period`], [`zone`], [`rule`], [`account`], then [`reservation`].

pub mod account;
mod elsewhere;
pub mod mark;
pub mod period;
pub mod project;
pub mod proposal;
pub mod reservation;
pub mod rule;
pub mod scope;
pub mod velocity;
pub mod zone;

pub use account::{Account, AccountState, Before, Named, Refusal, Strain};
pub use elsewhere::NamedWindow;
pub use mark::{BudgetEvent, Mark, Watcher};
pub use period::{Period, Window};
pub use project::Project;
pub use proposal::propose;
pub use reservation::Reservation;
pub use rule::{Action, Budget, InvalidBudget};
pub use scope::Scope;
pub use zone::Zone;
