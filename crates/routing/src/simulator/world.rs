//! The made-up world: requests come at random moments, deployments answer, dawdle, fail or refuse.
//!
//! What a request costs is told in milliseconds: those until its first token, and its price at
//! [`USD_PER_SECOND`]; a request that nobody answers costs [`FAILED_MS`].

use super::{
    player::{Mind, Player, prices},
    scenario::{Conditions, Scenario},
};
use crate::{
    chance::{Chance, mix},
    config::{BreakerConfig, Strategy},
    health::{Health, Measures, Permit},
    learn::Experience,
};
use llm::{LlmError, LlmErrorKind, Usage};
use std::{
    cmp::Reverse,
    collections::{BinaryHeap, VecDeque},
    sync::Arc,
    time::Duration,
};

/// What a second of waiting is worth.
const USD_PER_SECOND: f64 = 0.004;
/// What an unanswered request is worth.
const FAILED_MS: f64 = 10_000.0;
/// How large requests are.
const INPUT_TOKENS: u64 = 1_000;
const OUTPUT_TOKENS: u64 = 300;
/// How much first-token times vary: the deviation of their logarithm.
const SPREAD: f64 = 0.35;
/// How long a deployment asks to be left in peace when its limit is reached.
const RETRY_AFTER: Duration = Duration::from_secs(10);

/// What a deployment is really like at one moment.
#[derive(Debug, Clone)]
pub(crate) struct Sight {
    pub(crate) conditions: Conditions,
    in_flight: u32,
    /// Whether its limit is reached.
    full: bool,
}

/// The world at one moment.
pub(crate) struct World<'a> {
    scenario: &'a Scenario,
    places: Vec<PlaceState>,
    now: Duration,
}

#[derive(Default)]
struct PlaceState {
    health: Arc<Health>,
    /// When it took its last calls.
    taken: VecDeque<Duration>,
    in_flight: u32,
}

/// A request under way.
struct Request {
    came: Duration,
    /// Who is still to be asked.
    rest: VecDeque<usize>,
    place: usize,
    asked: Duration,
    permit: Option<Permit>,
    luck: Chance,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Moment {
    Comes,
    FirstToken,
    Ends,
    Fails,
}

/// What a player has lost, in milliseconds a request.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Score {
    pub(crate) requests: u64,
    pub(crate) lost_ms: f64,
    pub(crate) unanswered: u64,
    pub(crate) waited_ms: f64,
    pub(crate) paid_usd: f64,
}

/// Plays a scenario once.
pub(crate) fn play(scenario: &Scenario, player: &Player, seed: u64) -> Score {
    let places = scenario.deployments.iter().map(|_| PlaceState::default()).collect();
    let mut game = Game {
        world: World { scenario, places, now: Duration::ZERO },
        player,
        mind: Mind::default(),
        requests: Vec::new(),
        moments: BinaryHeap::new(),
        score: Score::default(),
        seed,
    };
    let mut arrivals = Chance::seeded(mix(seed));
    let mut at = 0.0;
    loop {
        at -= (1.0 - arrivals.unit()).ln() / scenario.requests_per_second;
        if at >= scenario.seconds as f64 {
            break;
        }
        let number = game.requests.len();
        game.moments.push(Reverse((Duration::from_secs_f64(at), number, Moment::Comes)));
        game.requests.push(Request {
            came: Duration::from_secs_f64(at),
            rest: VecDeque::new(),
            place: 0,
            asked: Duration::ZERO,
            permit: None,
            luck: Chance::seeded(0),
        });
    }
    while let Some(Reverse((now, number, moment))) = game.moments.pop() {
        game.world.now = now;
        game.step(number, moment);
    }
    game.score
}

impl World<'_> {
    pub(crate) fn now(&self) -> Duration {
        self.now
    }

    pub(crate) fn input_tokens(&self) -> u64 {
        INPUT_TOKENS
    }

    pub(crate) fn output_tokens(&self) -> u64 {
        OUTPUT_TOKENS
    }

    /// Every deployment as it is now.
    pub(crate) fn sights(&self) -> Vec<Sight> {
        let seconds = self.now.as_secs_f64();
        let sight = |(index, place): (usize, &PlaceState)| {
            let conditions = self.scenario.at(index, seconds)?;
            let full = place.is_full(&conditions, self.now);
            Some(Sight { conditions, in_flight: place.in_flight, full })
        };
        self.places.iter().enumerate().filter_map(sight).collect()
    }

    /// What the gateway has measured of each.
    pub(crate) fn measures(&self) -> Vec<Measures> {
        self.places.iter().map(|place| place.health.measures(self.now)).collect()
    }

    /// What a request loses at this deployment on the average, were nothing else to be had when it fails.
    pub(crate) fn expected_loss(&self, sight: &Sight) -> f64 {
        let conditions = &sight.conditions;
        if sight.full {
            return FAILED_MS * 2.0;
        }
        let crowd = f64::from(sight.in_flight + 1) / f64::from(conditions.parallel);
        let answered =
            conditions.first_token_ms * (SPREAD * SPREAD / 2.0).exp() * crowd.max(1.0) + price_ms(conditions);
        // The second choice costs about as much again.
        let failed = conditions.failure_ms + answered;
        answered * (1.0 - conditions.error_share) + failed * conditions.error_share * 1.5
    }
}

fn price_ms(conditions: &Conditions) -> f64 {
    usd(conditions) / USD_PER_SECOND * 1_000.0
}

fn usd(conditions: &Conditions) -> f64 {
    let usage = Usage { input: INPUT_TOKENS, output: OUTPUT_TOKENS, ..Usage::default() };
    prices(conditions).cost(&usage).nanos() as f64 / 1e9
}

impl PlaceState {
    fn is_full(&self, conditions: &Conditions, now: Duration) -> bool {
        let minute_ago = now.saturating_sub(Duration::from_secs(60));
        let taken = self.taken.iter().filter(|at| **at > minute_ago || now < Duration::from_secs(60)).count();
        conditions.requests_per_minute.is_some_and(|limit| taken >= limit as usize)
    }
}

struct Game<'a> {
    world: World<'a>,
    player: &'a Player,
    mind: Mind,
    requests: Vec<Request>,
    moments: BinaryHeap<Reverse<(Duration, usize, Moment)>>,
    score: Score,
    seed: u64,
}

impl Game<'_> {
    fn step(&mut self, number: usize, moment: Moment) {
        match moment {
            Moment::Comes => {
                self.score.requests += 1;
                let order = self.player.order(&self.world, &mut self.mind);
                if let Some(request) = self.requests.get_mut(number) {
                    request.rest = order.into();
                }
                self.ask_next(number);
            }
            Moment::FirstToken => self.first_token(number),
            Moment::Ends => self.ends(number),
            Moment::Fails => self.fails(number, LlmErrorKind::Server),
        }
    }

    /// Asks the next deployment of the order that may be called.
    fn ask_next(&mut self, number: usize) {
        let now = self.world.now;
        let Some(request) = self.requests.get_mut(number) else { return };
        let Some(index) = request.rest.pop_front() else {
            let waited = now.saturating_sub(request.came).as_secs_f64() * 1_000.0;
            self.score.unanswered += 1;
            self.score.lost_ms += FAILED_MS + waited;
            return;
        };
        let Some(place) = self.world.places.get_mut(index) else { return };
        // Whoever has only one deployment has no breaker either: there is nobody else to ask.
        let permit = place.health.permit(now);
        if permit.is_none() && !matches!(self.player, Player::Fixed { .. } | Player::Clairvoyant) {
            return self.ask_next(number);
        }
        let Some(conditions) = self.world.scenario.at(index, now.as_secs_f64()) else { return };
        // The same luck with the same deployment, whoever asks it.
        request.luck = Chance::seeded(mix(self.seed ^ mix(number as u64) ^ (index as u64) << 32));
        (request.place, request.asked, request.permit) = (index, now, permit);
        if place.is_full(&conditions, now) {
            return self.fails(number, LlmErrorKind::RateLimited);
        }
        place.taken.push_back(now);
        place.taken.retain(|at| *at + Duration::from_secs(60) > now);
        place.in_flight += 1;
        let fails = request.luck.unit() < conditions.error_share;
        let crowd = f64::from(place.in_flight) / f64::from(conditions.parallel);
        let takes = if fails {
            conditions.failure_ms
        } else {
            conditions.first_token_ms * (SPREAD * request.luck.normal()).exp() * crowd.max(1.0)
        };
        let moment = if fails { Moment::Fails } else { Moment::FirstToken };
        self.moments.push(Reverse((now + Duration::from_secs_f64(takes / 1_000.0), number, moment)));
    }

    fn first_token(&mut self, number: usize) {
        let now = self.world.now;
        let Some(request) = self.requests.get_mut(number) else { return };
        let Some(conditions) = self.world.scenario.at(request.place, now.as_secs_f64()) else { return };
        if let Some(permit) = &mut request.permit {
            permit.answered(&llm::RateLimits::default(), now);
        }
        let waited_ms = now.saturating_sub(request.came).as_secs_f64() * 1_000.0;
        self.score.waited_ms += waited_ms;
        let paid_usd = usd(&conditions);
        self.score.paid_usd += paid_usd;
        self.score.lost_ms += waited_ms + price_ms(&conditions);
        let writes = OUTPUT_TOKENS as f64 / conditions.tokens_per_second;
        let experience = Experience {
            answered: true,
            took_ms: now.saturating_sub(request.asked).as_secs_f64() * 1_000.0,
            cost: Some(paid_usd * 1e9),
        };
        self.moments.push(Reverse((now + Duration::from_secs_f64(writes), number, Moment::Ends)));
        self.learn(&conditions.id, experience);
    }

    fn ends(&mut self, number: usize) {
        let now = self.world.now;
        let Some(request) = self.requests.get_mut(number) else { return };
        if let Some(mut permit) = request.permit.take() {
            permit.completed(OUTPUT_TOKENS, now);
        }
        if let Some(place) = self.world.places.get_mut(request.place) {
            place.in_flight = place.in_flight.saturating_sub(1);
        }
    }

    fn fails(&mut self, number: usize, kind: LlmErrorKind) {
        let now = self.world.now;
        let Some(request) = self.requests.get_mut(number) else { return };
        let retry_after = (kind == LlmErrorKind::RateLimited).then_some(RETRY_AFTER);
        let error = LlmError { retry_after, ..LlmError::new(kind, "simulated") };
        if let Some(mut permit) = request.permit.take() {
            permit.failed(&error, now, &BreakerConfig::default());
        }
        let (index, asked) = (request.place, request.asked);
        if kind == LlmErrorKind::Server
            && let Some(place) = self.world.places.get_mut(index)
        {
            place.in_flight = place.in_flight.saturating_sub(1);
        }
        let id = self.world.scenario.deployments.get(index).map_or_else(String::new, |one| one.id.clone());
        let took_ms = now.saturating_sub(asked).as_secs_f64() * 1_000.0;
        self.learn(&id, Experience { answered: false, took_ms, cost: None });
        self.ask_next(number);
    }

    fn learn(&mut self, id: &str, experience: Experience) {
        if let Player::Route { config, .. } = self.player
            && config.strategy == Strategy::Adaptive
        {
            self.mind.learner.learn((0, id), experience, self.world.now);
        }
    }
}
