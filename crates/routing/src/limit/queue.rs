//! Requests that wait until a limit lets them through: bounded in number and time, the urgent ones first,
//! nobody for ever.
//!
//! A request waits for any of its deployments. Whose turn it is follows from when it came and how urgent it is:
//! a class has so many seconds' lead over the next, so that newcomers of a higher class cannot keep a request
//! waiting for longer than that. Within a class callers take turns, however many requests each of them has.

use super::{Bell, Demand, Grants, LimitRefusal, Scope};
use crate::{config::QueueConfig, health::Health};
use base::Id;
use parking_lot::Mutex;
use std::{
    collections::HashMap,
    fmt,
    str::FromStr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::sync::oneshot;

/// How urgent a request is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Priority {
    /// Whenever there is room.
    Low,
    /// In its turn.
    #[default]
    Normal,
    /// Before the others.
    High,
}

impl Priority {
    /// Every class, the most urgent first.
    pub const ALL: [Self; 3] = [Self::High, Self::Normal, Self::Low];

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Normal => "normal",
            Self::Low => "low",
        }
    }

    /// How far behind the most urgent class it stands.
    const fn handicap(self) -> Duration {
        match self {
            Self::High => Duration::ZERO,
            Self::Normal => Duration::from_secs(5),
            Self::Low => Duration::from_secs(15),
        }
    }
}

/// Why a text is not a priority.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a priority (one of high, normal, low)")]
pub struct ParsePriorityError(String);

impl FromStr for Priority {
    type Err = ParsePriorityError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|priority| priority.as_str() == text)
            .ok_or_else(|| ParsePriorityError(text.chars().take(40).collect()))
    }
}

impl fmt::Display for Priority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A request that is to wait.
#[derive(Debug)]
pub struct Request {
    /// What it may go to, the preferred one first; at least one, all of them with limits.
    pub places: Vec<Arc<Health>>,
    /// The limits that it met there; nobody else takes of those while it waits.
    pub met: Vec<Scope>,
    /// What it takes of them.
    pub demand: Demand,
    /// How urgent it is.
    pub priority: Priority,
    /// Who asks: requests of one caller take turns with those of others.
    pub caller: Id,
    /// The route, whose waiting requests are counted together.
    pub route: String,
}

/// A place that came free.
#[derive(Debug)]
pub struct Turn {
    /// Which of the request's places it is.
    pub position: usize,
    /// What was taken of its limits.
    pub grants: Grants,
}

/// Why a request cannot wait (any longer).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoTurn {
    /// Too many wait already, or a more urgent one came.
    Full,
    /// Its time was over.
    TimedOut,
}

/// What is known about waiting requests.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct QueueSnapshot {
    /// Requests that wait now, by priority, the most urgent first.
    pub waiting: Vec<(&'static str, u64)>,
    /// Requests that waited and got a place.
    pub served: u64,
    /// Requests that waited in vain: too long, or for more urgent ones.
    pub gave_up: u64,
    /// Requests that could not even wait.
    pub turned_away: u64,
}

/// The requests that wait.
#[derive(Debug)]
pub struct WaitingRoom {
    state: Mutex<Room>,
    /// Rung when somebody comes or goes, and by limiters when something is given back.
    pub bell: Arc<Bell>,
    served: AtomicU64,
    gave_up: AtomicU64,
    turned_away: AtomicU64,
}

#[derive(Debug, Default)]
struct Room {
    waiters: Vec<Waiter>,
    next_number: u64,
    /// Who had how many turns, while anybody waits.
    turns: HashMap<Id, u64>,
}

#[derive(Debug)]
struct Waiter {
    number: u64,
    since: Duration,
    /// Which turn of its caller it is to be.
    turn: u64,
    request: Request,
    sender: oneshot::Sender<Turn>,
}

/// How many may wait, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Requests that wait, of one route.
    pub length: usize,
    /// The longest wait.
    pub wait: Duration,
}

impl Bounds {
    /// As the configuration says.
    pub const fn of(config: &QueueConfig) -> Self {
        Self { length: config.length as usize, wait: Duration::from_secs(config.wait_seconds) }
    }
}

impl WaitingRoom {
    /// An empty one, served when the bell rings: that of the limiters that requests wait for.
    pub fn new(bell: Arc<Bell>) -> Self {
        Self {
            state: Mutex::default(),
            bell,
            served: AtomicU64::new(0),
            gave_up: AtomicU64::new(0),
            turned_away: AtomicU64::new(0),
        }
    }

    /// The limit of this place that somebody waits for already, before whom nobody else may go.
    pub fn awaited(&self, place: &Health) -> Option<Scope> {
        if !self.bell.anybody_waits() {
            return None;
        }
        let room = self.state.lock();
        let awaited = |scope: &Scope| room.waiters.iter().any(|waiter| waiter.request.met.contains(scope));
        scopes(place).find(awaited)
    }

    /// How many wait for this place.
    pub fn waiting_for(&self, place: &Arc<Health>) -> u64 {
        let waits = |waiter: &&Waiter| waiter.request.places.iter().any(|one| Arc::ptr_eq(one, place));
        self.state.lock().waiters.iter().filter(waits).count() as u64
    }

    /// Waits for a turn. Dropped, the request leaves its place in the queue.
    ///
    /// # Errors
    /// [`NoTurn`] where the queue is full, or the wait was as long as `bounds` allow.
    pub async fn wait(&self, request: Request, bounds: Bounds, now: Duration) -> Result<Turn, NoTurn> {
        let (number, receiver) = self.enter(request, bounds.length, now).ok_or(NoTurn::Full)?;
        let leaving = Leaving { room: self, number };
        self.bell.ring();
        let turn = tokio::time::timeout(bounds.wait, receiver).await;
        drop(leaving);
        let (counter, result) = match turn {
            Ok(Ok(turn)) => (&self.served, Ok(turn)),
            Ok(Err(_)) => (&self.gave_up, Err(NoTurn::Full)),
            Err(_) => (&self.gave_up, Err(NoTurn::TimedOut)),
        };
        counter.fetch_add(1, Ordering::Relaxed);
        result
    }

    /// Puts a request into the queue. Where there is no room, a less urgent one has to go for it.
    fn enter(
        &self,
        request: Request,
        length: usize,
        now: Duration,
    ) -> Option<(u64, oneshot::Receiver<Turn>)> {
        let mut room = self.state.lock();
        let of_route = |waiter: &&Waiter| waiter.request.route == request.route;
        if room.waiters.iter().filter(of_route).count() >= length {
            let last = room
                .waiters
                .iter()
                .filter(of_route)
                .filter(|waiter| waiter.request.priority < request.priority)
                .max_by_key(|waiter| (std::cmp::Reverse(waiter.request.priority), waiter.number))
                .map(|waiter| waiter.number);
            match last {
                Some(number) => room.remove(number),
                None => {
                    self.turned_away.fetch_add(1, Ordering::Relaxed);
                    return None;
                }
            }
        }
        let (sender, receiver) = oneshot::channel();
        let number = room.next_number;
        room.next_number += 1;
        let turn = room.turn_of(request.caller);
        room.waiters.push(Waiter { number, since: now, turn, request, sender });
        self.bell.set_waiting(room.waiters.len());
        Some((number, receiver))
    }

    /// Gives places that came free to those whose turn it is. Returns how long until another may come free by
    /// itself; `None` where nobody waits.
    pub fn serve(&self, now: Duration) -> Option<Duration> {
        let mut room = self.state.lock();
        let mut soonest: Option<Duration> = None;
        let mut passed_over: Vec<Scope> = Vec::new();
        for number in room.in_order() {
            let Some(position) = room.waiters.iter().position(|waiter| waiter.number == number) else {
                continue;
            };
            let Some(Waiter { request, .. }) = room.waiters.get_mut(position) else { continue };
            let mut turn = None;
            request.met.clear();
            for (position, place) in request.places.iter().enumerate() {
                if let Some(scope) = scopes(place).find(|scope| passed_over.contains(scope)) {
                    request.met.push(scope);
                    continue;
                }
                match Grants::take(place.limiters().iter(), request.demand, now) {
                    Ok(grants) => {
                        turn = Some(Turn { position, grants });
                        break;
                    }
                    Err(LimitRefusal { wait, scope, .. }) => {
                        request.met.push(scope);
                        soonest = Some(soonest.map_or(wait, |soonest| soonest.min(wait)));
                    }
                }
            }
            match turn {
                Some(turn) => room.hand_over(position, turn),
                // Nobody behind may take what this one waits for.
                None => passed_over.extend_from_slice(&request.met),
            }
        }
        self.bell.set_waiting(room.waiters.len());
        if room.waiters.is_empty() {
            room.turns.clear();
            return None;
        }
        Some(soonest.unwrap_or(Duration::ZERO))
    }

    /// Figures for operators.
    pub fn snapshot(&self) -> QueueSnapshot {
        let room = self.state.lock();
        let of = |priority| room.waiters.iter().filter(|waiter| waiter.request.priority == priority).count();
        QueueSnapshot {
            waiting: Priority::ALL.map(|priority| (priority.as_str(), of(priority) as u64)).to_vec(),
            served: self.served.load(Ordering::Relaxed),
            gave_up: self.gave_up.load(Ordering::Relaxed),
            turned_away: self.turned_away.load(Ordering::Relaxed),
        }
    }
}

impl Room {
    fn remove(&mut self, number: u64) {
        self.waiters.retain(|waiter| waiter.number != number);
    }

    /// The next turn of a caller: after their last one, but not before those that others had meanwhile.
    fn turn_of(&mut self, caller: Id) -> u64 {
        let served = self.waiters.iter().map(|waiter| waiter.turn).min().unwrap_or_default();
        let turn = self.turns.get(&caller).map_or(served, |last| (last + 1).max(served));
        self.turns.insert(caller, turn);
        turn
    }

    /// Everybody's number, the one whose turn it is first: classes by when the oldest of those left came and
    /// their handicap, within a class by turns, and by arrival within a turn.
    fn in_order(&self) -> Vec<u64> {
        let mut classes = Priority::ALL.map(|priority| {
            let of_class = |waiter: &&Waiter| waiter.request.priority == priority;
            let mut waiters: Vec<&Waiter> = self.waiters.iter().filter(of_class).collect();
            waiters.sort_by_key(|waiter| (waiter.turn, waiter.number));
            // When the oldest of each one and those behind it came.
            let mut oldest = Duration::MAX;
            let mut due: Vec<(Duration, u64)> = Vec::with_capacity(waiters.len());
            for waiter in waiters.iter().rev() {
                oldest = oldest.min(waiter.since);
                due.push((oldest + priority.handicap(), waiter.number));
            }
            due
        });
        let mut order = Vec::with_capacity(self.waiters.len());
        loop {
            let due = |class: &&mut Vec<(Duration, u64)>| class.last().map(|(due, _)| *due);
            let next = classes.iter_mut().filter(|class| !class.is_empty()).min_by_key(due);
            match next.and_then(Vec::pop) {
                Some((_, number)) => order.push(number),
                None => return order,
            }
        }
    }

    /// Gives a waiter their turn. One who has just gone leaves it behind, and it goes back by itself.
    fn hand_over(&mut self, position: usize, turn: Turn) {
        let waiter = self.waiters.swap_remove(position);
        drop(waiter.sender.send(turn));
    }
}

/// Whose limits concern a place.
fn scopes(place: &Health) -> impl Iterator<Item = Scope> {
    place.limiters().iter().map(|limiter| limiter.scope())
}

/// Takes a request out of the queue when nobody waits for it any more.
struct Leaving<'a> {
    room: &'a WaitingRoom,
    number: u64,
}

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        let mut room = self.room.state.lock();
        room.remove(self.number);
        self.room.bell.set_waiting(room.waiters.len());
        drop(room);
        // Those behind may be able to go.
        self.room.bell.ring();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A queue of (caller, priority, second of arrival), in the order in which they are served.
    fn order(waiters: &[(u128, Priority, u64)]) -> Vec<usize> {
        let mut room = Room::default();
        for (number, (caller, priority, second)) in waiters.iter().enumerate() {
            let caller = Id::from_u128(*caller);
            let turn = room.turn_of(caller);
            let demand = Demand::default();
            let request = Request {
                places: Vec::new(),
                met: Vec::new(),
                demand,
                priority: *priority,
                caller,
                route: String::new(),
            };
            room.waiters.push(Waiter {
                number: number as u64,
                since: Duration::from_secs(*second),
                turn,
                request,
                sender: oneshot::channel().0,
            });
        }
        room.in_order().into_iter().map(|number| number as usize).collect()
    }

    #[test]
    fn the_urgent_go_first_but_nobody_waits_for_ever() {
        use Priority::{High, Low, Normal};
        assert_eq!(order(&[(1, Low, 0), (1, Normal, 0), (1, High, 0)]), [2, 1, 0]);
        assert_eq!(order(&[(1, Low, 0), (1, High, 14), (1, High, 16)]), [1, 0, 2], "after 15 s it is due");
        assert_eq!(order(&[(1, Normal, 0), (1, High, 4), (1, High, 6)]), [1, 0, 2]);
        assert_eq!(order(&[(1, Normal, 0), (1, Normal, 0)]), [0, 1], "who came first");
        assert!(order(&[]).is_empty());
    }

    #[test]
    fn callers_take_turns_within_a_class() {
        use Priority::Normal;
        let many =
            [(1, Normal, 0), (1, Normal, 0), (1, Normal, 0), (2, Normal, 0), (2, Normal, 0), (3, Normal, 0)];
        assert_eq!(order(&many), [0, 3, 5, 1, 4, 2]);
    }

    #[test]
    fn priorities_are_read_as_they_are_written() {
        for priority in Priority::ALL {
            assert_eq!(priority.as_str().parse(), Ok(priority));
        }
        assert!("urgent".parse::<Priority>().unwrap_err().to_string().contains("high, normal, low"));
        assert!(Priority::High > Priority::Normal && Priority::Normal > Priority::Low);
    }
}
