//! Ids, money, time, secrets and error kinds: the words every floor uses.
//!
//! Nothing here does I/O. The system clock and the system's random numbers are reached
//! through [`Clock`] and [`new_id`], so that tests can stand a fake in their place.

mod error;
mod id;
mod money;
mod secret;
mod time;

pub use error::ErrorKind;
pub use id::{Id, OwnerId, new_id};
pub use money::{Money, ParseMoneyError};
pub use secret::Secret;
pub use time::{Clock, ManualClock, ParseTimestampError, SystemClock, Timestamp};
