//! Series of amounts over time: what they are like, how they will go on, and what stands out in them.
//!
//! [`forecast`] takes the amounts of past steps (hours, days, weeks or months), oldest first, and says how the next ones
//! will be, with a band in which nine of ten should lie. Which of a handful of simple methods it uses is decided by a
//! backtest: at every step of the past each method is asked for what followed, knowing only what came before, and
//! the one that was nearest by then is taken. The error and the coverage that are reported are those of this procedure
//! as a whole, choice and band included, never those of a method that was chosen afterwards.
//!
//! [`anomalies`] compares each amount with what its past lets expect; its rate of false alarms is chosen and
//! measured (`cargo xtask sim forecast`). [`recognise`] names the pattern.
//!
//! Everything here is pure: no clock, no database, no randomness outside of [`simulator`].
//!
//! Reading order: [`step`], [`forecast`](fn@forecast), `methods`, [`pattern`], [`anomaly`], [`simulator`].

pub mod anomaly;
mod backtest;
mod methods;
pub mod pattern;
pub mod simulator;
mod statistics;
pub mod step;

pub use anomaly::{Anomaly, Direction, FALSE_ALARMS, Watcher, anomalies};
pub use backtest::{Backtest, Forecast, LEVEL, NotEnough, Point, forecast};
pub use pattern::{Pattern, Recognised, recognise};
pub use step::Step;
