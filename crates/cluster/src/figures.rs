//! What is asked of Redis, and what it answers.

use base::{Money, Timestamp};
use std::time::Duration;

/// A window of a budget, as several servers know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// The same on every server: the budget's id, its period and zone, and the window's first moment.
    pub name: String,
    /// What is never gone past, if there is such.
    pub wall: Option<Money>,
    /// When it ends.
    pub end: Option<Timestamp>,
}

/// Money put aside for one call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// The exchange's id.
    pub id: String,
    /// How much.
    pub amount: Money,
    /// The windows that it counts for.
    pub windows: Vec<Window>,
}

/// What is spent and held of a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Figures {
    /// What its calls did cost.
    pub spent: Money,
    /// The most that those under way can cost.
    pub held: Money,
}

/// What came of asking for money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reserved {
    /// It is put aside; what each window had before.
    Held(Vec<Figures>),
    /// So much is not left in this window.
    Refused(usize, Figures),
    /// Nobody has said yet what was spent in this window: see [`crate::Cluster::open`].
    Unknown(usize),
}

/// A window after something was settled in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// The window's name.
    pub window: String,
    /// What it has now.
    pub figures: Figures,
}

/// What is heard when a server says that it lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pulse {
    /// Counts changes of keys and budgets.
    pub generation: u64,
    /// Redis has lost everything since the last time: what is held has to be said again.
    pub is_new: bool,
    /// Servers that have said nothing for longer than their lease.
    pub dead: Vec<String>,
}

/// What a dead server holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dead {
    /// The hold's id.
    pub id: String,
    /// How much.
    pub amount: Money,
}

/// What a call takes of one limiter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demand {
    /// The same on every server.
    pub name: String,
    /// Most requests in a minute.
    pub requests: Option<u64>,
    /// Most tokens in a minute.
    pub tokens: Option<u64>,
    /// Tokens that the call is expected to take.
    pub expected_tokens: u64,
    /// Most calls at a time.
    pub parallel: Option<u32>,
}

/// What a limiter limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// Requests in a minute.
    Requests,
    /// Tokens in a minute.
    Tokens,
    /// Calls at a time.
    Calls,
}

/// What came of asking limiters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Limited {
    /// All gave; where to change what was taken.
    Taken(LimitTaken),
    /// This one had nothing left.
    Refused {
        /// The place of the limiter.
        place: usize,
        /// Of what.
        what: What,
        /// How many were taken.
        taken: u64,
        /// When so much will be free; nothing where nobody knows.
        wait: Duration,
    },
}

/// What was taken of limiters, so that it can be put right later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitTaken {
    pub(crate) slice: String,
    pub(crate) call: String,
    pub(crate) of: Vec<TakenOf>,
}

/// What was taken of one limiter: where its tokens and its calls are counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TakenOf {
    pub(crate) tokens: String,
    pub(crate) calls: String,
    pub(crate) expected_tokens: u64,
}
