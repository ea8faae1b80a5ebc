//! Which of several is better, and how sure that is: experiments whose tests may be looked at all the time, opinions
//! that fade, and ratings from votes.
//!
//! Everything here is a pure function of what was seen; the gateway assigns, gathers and keeps. `docs/experiments.md`
//! has the formulas with their sources, and how often the tests are wrong in ten thousand simulated experiments.
//!
//! Reading order: [`design`] (what an experiment is), [`assign`] (who gets what), [`tally`] (what was seen),
//! [`sequential`] (how sure that is), [`verdict`] (when it is over, and why), [`progress`] (all of that on its way), [`samples`] (how long that will take);
//! then [`profile`] and [`recommend`] (opinions), [`ratings`] (votes), [`simulation`].

pub mod assign;
mod chance;
pub mod design;
pub mod profile;
pub mod progress;
pub mod ratings;
pub mod recommend;
pub mod samples;
pub mod sequential;
pub mod simulation;
mod special;
pub mod tally;
pub mod verdict;

pub use assign::{Sticky, Unit, choose};
pub use design::{Change, Design, Guards, Kind, Metric, Problem, Status, Variant};
pub use profile::{Opinion, Preferences, Profile};
pub use progress::{Point, Progress};
pub use ratings::{Choice, Look, Rated, Rating, Style, Vote, rate};
pub use sequential::Comparison;
pub use tally::{Observation, Tally};
pub use verdict::{Judged, Verdict, judge};
