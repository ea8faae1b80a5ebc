//! Who of a group speaks next: pure, and chance comes from a seed.

use crate::chance::{Chance, number_of};
use serde::{Deserialize, Serialize};

/// Members of a group, at the most.
pub const MAX_MEMBERS: usize = 16;

/// How it is decided who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    /// Whoever is named, then the talkative ones by chance.
    #[default]
    Natural,
    /// All, in their order.
    List,
    /// One who has not spoken since the person did, by chance.
    Pooled,
    /// Anyone, by chance.
    Random,
    /// Whom the person chooses.
    Manual,
}

impl Policy {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 5] = [Self::Natural, Self::List, Self::Pooled, Self::Random, Self::Manual];

    /// The name in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Natural => "natural",
            Self::List => "list",
            Self::Pooled => "pooled",
            Self::Random => "random",
            Self::Manual => "manual",
        }
    }

    /// The policy of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|policy| policy.as_str() == name)
    }
}

/// Whose cards a member's prompt has beside its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cards {
    /// None: the cards are swapped with the speaker. The others are names.
    #[default]
    Swap,
    /// Those of all who are not muted.
    Join,
    /// Those of all.
    JoinAll,
}

impl Cards {
    /// The name in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Swap => "swap",
            Self::Join => "join",
            Self::JoinAll => "join_all",
        }
    }

    /// The way of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Swap, Self::Join, Self::JoinAll].into_iter().find(|cards| cards.as_str() == name)
    }
}

/// A member as far as turns go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seat<'a> {
    /// The name.
    pub name: &'a str,
    /// What they are called.
    pub called: &'a str,
    /// How readily they speak up, 0 to 100.
    pub talkativeness: u8,
    /// Whether they are to be silent.
    pub muted: bool,
}

/// The moment in which it is decided.
#[derive(Debug, Clone, Copy)]
pub struct Moment<'a> {
    /// The members, in their order.
    pub seats: &'a [Seat<'a>],
    /// How it is decided.
    pub policy: Policy,
    /// Whether one may speak twice in a row.
    pub answers_itself: bool,
    /// What was said last.
    pub last: &'a str,
    /// Who said it: a seat, or the person.
    pub last_by: Option<usize>,
    /// Who has spoken since the person did, the first first.
    pub since: &'a [usize],
    /// What chance goes by.
    pub seed: u64,
}

/// Why somebody speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// They were named.
    Named,
    /// They had something to say.
    Talkative,
    /// It is their turn.
    InTurn,
    /// They have not spoken yet.
    Waiting,
    /// Chance.
    Chance,
    /// The person chose them.
    Chosen,
}

impl Why {
    /// For people.
    pub const fn told(self) -> &'static str {
        match self {
            Self::Named => "was named",
            Self::Talkative => "has something to say",
            Self::InTurn => "is next in the list",
            Self::Waiting => "has not spoken yet",
            Self::Chance => "by chance",
            Self::Chosen => "was chosen",
        }
    }
}

/// Who speaks: seats, the first first. Where the person spoke last it is a whole round, where a member did the one who
/// goes on. Empty where nobody does by this policy.
pub fn order(moment: &Moment<'_>) -> Vec<(usize, Why)> {
    let free = |seat: usize| {
        let muted = moment.seats.get(seat).is_none_or(|seat| seat.muted);
        !muted && (moment.answers_itself || moment.last_by != Some(seat))
    };
    let mut eligible: Vec<usize> = (0..moment.seats.len()).filter(|seat| free(*seat)).collect();
    if eligible.is_empty() {
        // Better the same one again than silence, where there is nobody else.
        eligible = moment
            .last_by
            .into_iter()
            .filter(|seat| moment.seats.get(*seat).is_some_and(|s| !s.muted))
            .collect();
    }
    let mut chance = Chance::new(moment.seed ^ number_of(moment.last));
    let found = match moment.policy {
        Policy::Manual => Vec::new(),
        Policy::List => in_turn(moment, &eligible),
        Policy::Random => one_of(&eligible, Why::Chance, &mut chance),
        Policy::Pooled => {
            let fresh: Vec<usize> =
                eligible.iter().copied().filter(|seat| !moment.since.contains(seat)).collect();
            if fresh.is_empty() {
                one_of(&eligible, Why::Chance, &mut chance)
            } else {
                one_of(&fresh, Why::Waiting, &mut chance)
            }
        }
        Policy::Natural => natural(moment, &eligible, &mut chance),
    };
    match moment.last_by {
        None => found,
        Some(_) => found.into_iter().take(1).collect(),
    }
}

fn one_of(seats: &[usize], why: Why, chance: &mut Chance) -> Vec<(usize, Why)> {
    let number = chance.below(u64::try_from(seats.len()).unwrap_or(0));
    let picked = usize::try_from(number).ok().and_then(|number| seats.get(number));
    picked.map(|seat| (*seat, why)).into_iter().collect()
}

/// All in their order; behind a member those who come after it first.
fn in_turn(moment: &Moment<'_>, eligible: &[usize]) -> Vec<(usize, Why)> {
    let from = moment.last_by.map_or(0, |last| last + 1);
    let after = eligible.iter().filter(|seat| **seat >= from);
    let before = eligible.iter().filter(|seat| **seat < from);
    after.chain(before).map(|seat| (*seat, Why::InTurn)).collect()
}

fn natural(moment: &Moment<'_>, eligible: &[usize], chance: &mut Chance) -> Vec<(usize, Why)> {
    let mut found: Vec<(usize, Why)> = named(moment.last, moment.seats)
        .into_iter()
        .filter(|seat| eligible.contains(seat))
        .map(|seat| (seat, Why::Named))
        .collect();
    let mut others: Vec<usize> =
        eligible.iter().copied().filter(|seat| found.iter().all(|(named, _)| named != seat)).collect();
    shuffle(&mut others, chance);
    for seat in &others {
        let talkativeness = moment.seats.get(*seat).map_or(0, |seat| seat.talkativeness.min(100));
        if chance.below(100) < u64::from(talkativeness) {
            found.push((*seat, Why::Talkative));
        }
    }
    if found.is_empty() {
        // Somebody answers: of those who ever say anything unasked, if there are such.
        let willing: Vec<usize> = others
            .iter()
            .copied()
            .filter(|seat| moment.seats.get(*seat).is_some_and(|seat| seat.talkativeness > 0))
            .collect();
        found = one_of(if willing.is_empty() { &others } else { &willing }, Why::Chance, chance);
    }
    found
}

fn shuffle(seats: &mut [usize], chance: &mut Chance) {
    for end in (1..seats.len()).rev() {
        let other = chance.below(u64::try_from(end + 1).unwrap_or(1));
        seats.swap(end, usize::try_from(other).unwrap_or(end).min(end));
    }
}

/// The seats whose names a text says as whole words, in the order in which they are said first.
pub fn named(text: &str, seats: &[Seat<'_>]) -> Vec<usize> {
    let text = text.to_lowercase();
    let mut found: Vec<(usize, usize)> = Vec::new();
    for (seat, who) in seats.iter().enumerate() {
        let first = who.name.split_whitespace().next().filter(|word| word.chars().count() > 2);
        let names = [Some(who.name), Some(who.called), first];
        let at =
            names.into_iter().flatten().filter_map(|name| said_at(&text, &name.trim().to_lowercase())).min();
        found.extend(at.map(|at| (at, seat)));
    }
    found.sort_unstable();
    found.into_iter().map(|(_, seat)| seat).collect()
}

/// Where a text says a name as a whole word, both in small letters.
fn said_at(text: &str, name: &str) -> Option<usize> {
    if name.is_empty() {
        return None;
    }
    text.match_indices(name).map(|(at, _)| at).find(|at| {
        let before = text.get(..*at).and_then(|before| before.chars().next_back());
        let after = text.get(at + name.len()..).and_then(|after| after.chars().next());
        let inside = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        !inside(before) && !inside(after)
    })
}

/// An answer without what is not the speaker's: their own name before it, and lines of others behind it.
pub fn own_words(text: &str, own: &[&str], others: &[&str]) -> String {
    let mut rest = text.trim();
    for name in own {
        if let Some(after) = rest
            .get(..name.len())
            .filter(|begin| begin.eq_ignore_ascii_case(name))
            .and_then(|_| rest.get(name.len()..)?.strip_prefix(':'))
        {
            rest = after.trim_start();
            break;
        }
    }
    let is_other = |line: &str| {
        let line = line.trim_start().trim_start_matches('*');
        others.iter().any(|name| {
            !name.is_empty()
                && line.get(..name.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(name))
                && line.get(name.len()..).is_some_and(|after| after.trim_start_matches('*').starts_with(':'))
        })
    };
    let mut kept: Vec<&str> = Vec::new();
    for line in rest.split('\n') {
        // The first line stays in any case: an answer that is all somebody else's is shown as it came.
        if !kept.is_empty() && is_other(line) {
            break;
        }
        kept.push(line);
    }
    kept.join("\n").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn seat(name: &str, talkativeness: u8) -> Seat<'_> {
        Seat { name, called: name, talkativeness, muted: false }
    }

    const SEATS: [Seat<'static>; 3] = [seat("Mira Stone", 0), seat("Tom", 100), seat("Nera", 50)];

    fn moment(policy: Policy, last: &str) -> Moment<'_> {
        Moment { seats: &SEATS, policy, answers_itself: false, last, last_by: None, since: &[], seed: 7 }
    }

    fn who(found: &[(usize, Why)]) -> Vec<usize> {
        found.iter().map(|(seat, _)| *seat).collect()
    }

    #[test]
    fn whoever_is_named_comes_first_in_the_order_of_the_names() {
        let found = order(&moment(Policy::Natural, "Nera, what did Mira say? Tomorrow?"));
        assert_eq!(&found[..2], [(2, Why::Named), (0, Why::Named)]);
        assert_eq!(found[2], (1, Why::Talkative), "the talkative one always has something to say");
        let after = Moment { last_by: Some(2), ..moment(Policy::Natural, "Nera and Mira Stone") };
        assert_eq!(order(&after), [(0, Why::Named)], "one goes on, and nobody answers themselves");
        let itself = Moment { answers_itself: true, ..after };
        assert_eq!(order(&itself), [(2, Why::Named)]);
    }

    #[test]
    fn somebody_always_answers_a_person_but_where_they_choose() {
        let quiet = [seat("A", 0), seat("B", 0)];
        for seed in 0..50 {
            let natural = Moment { seats: &quiet, seed, ..moment(Policy::Natural, "hello") };
            assert_eq!(order(&natural).len(), 1);
        }
        assert!(order(&moment(Policy::Manual, "Tom?")).is_empty());
        let muted = [Seat { muted: true, ..seat("A", 100) }];
        for policy in Policy::ALL {
            assert!(order(&Moment { seats: &muted, ..moment(policy, "A?") }).is_empty(), "{policy:?}");
        }
    }

    #[test]
    fn the_list_goes_round_and_the_pool_empties() {
        assert_eq!(who(&order(&moment(Policy::List, "hi"))), [0, 1, 2]);
        for (last, next) in [(0, 1), (1, 2), (2, 0)] {
            let after = Moment { last_by: Some(last), ..moment(Policy::List, "hi") };
            assert_eq!(who(&order(&after)), [next]);
        }
        for seed in 0..40 {
            let after = Moment { last_by: Some(1), since: &[0, 1], seed, ..moment(Policy::Pooled, "hi") };
            assert_eq!(order(&after), [(2, Why::Waiting)]);
            let all = Moment { last_by: Some(1), since: &[0, 2, 1], seed, ..moment(Policy::Pooled, "hi") };
            assert!(matches!(order(&all).as_slice(), [(0 | 2, Why::Chance)]));
        }
    }

    #[test]
    fn the_seed_decides() {
        let picks = |seed| who(&order(&Moment { seed, ..moment(Policy::Random, "hi") }));
        assert_eq!(picks(3), picks(3));
        let mut all: Vec<usize> = (0..60).flat_map(picks).collect();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all, [0, 1, 2]);
        let alone = [seat("A", 10)];
        let again = Moment { seats: &alone, last_by: Some(0), ..moment(Policy::Random, "hi") };
        assert_eq!(who(&order(&again)), [0], "better the same one than silence");
    }

    #[test]
    fn names_are_whole_words() {
        assert_eq!(named("Tomorrow, atom. Tom!", &SEATS), [1]);
        assert_eq!(named("mira", &SEATS), [0]);
        assert!(named("", &SEATS).is_empty());
    }

    #[test]
    fn an_answer_is_the_speakers_own() {
        let own = |text| own_words(text, &["Mira"], &["Tom", "Ana"]);
        assert_eq!(own("Mira: Hello.\nTom looks up.\nTom: Yes?\nMira: No."), "Hello.\nTom looks up.");
        assert_eq!(own("**Tom**: odd"), "**Tom**: odd");
        assert_eq!(own("Hm.\n**Tom:** Yes"), "Hm.");
        assert_eq!(own("Mirabelle: x"), "Mirabelle: x");
        assert_eq!(own(""), "");
    }
}
