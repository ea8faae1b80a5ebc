//! The latest outcomes of a deployment: a bounded window, from which shares and percentiles are read.

use std::{collections::VecDeque, time::Duration};

/// How far back outcomes are looked at.
pub(super) const WINDOW: Duration = Duration::from_secs(300);
/// Outcomes kept at the most: enough for percentiles, and 6 KB a deployment.
pub(super) const MAX_OUTCOMES: usize = 256;
/// How quickly the peak-sensitive average forgets a peak.
const FORGETTING: Duration = Duration::from_secs(10);
/// How much one answer changes the average speed.
const SPEED_WEIGHT: f64 = 0.2;
/// Not known (yet).
const NONE: u32 = u32::MAX;

/// Times in milliseconds below which half, 95 and 99 of 100 lie; 0 without samples.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Percentiles {
    /// The median.
    pub p50: f64,
    /// 95 of 100 were quicker.
    pub p95: f64,
    /// 99 of 100 were quicker.
    pub p99: f64,
}

impl Percentiles {
    /// By nearest rank; the order of `times` is lost.
    fn of(times: &mut [u32]) -> Self {
        let count = times.len();
        let mut at = |percent: usize| match (count * percent).div_ceil(100).checked_sub(1) {
            Some(rank) if rank < count => f64::from(*times.select_nth_unstable(rank).1),
            Some(_) | None => 0.0,
        };
        Self { p50: at(50), p95: at(95), p99: at(99) }
    }
}

/// One call that came to something.
#[derive(Debug, Clone, Copy)]
struct Outcome {
    at: Duration,
    first_token_ms: u32,
    total_ms: u32,
    failed: bool,
}

/// Which outcome of a window is meant, however many came after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Number(u64);

/// The latest outcomes, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Window {
    outcomes: VecDeque<Outcome>,
    /// The number of the oldest one that is kept.
    first: u64,
    /// The first-token time, quick to rise and slow to fall, and when it was last looked at.
    peak_ms: f64,
    peak_at: Duration,
    tokens_per_second: f64,
}

/// What a window shows.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct View {
    pub(super) samples: u64,
    pub(super) failures: u64,
    pub(super) latency_ms: Percentiles,
    pub(super) first_token_ms: Percentiles,
    pub(super) peak_ewma_ms: f64,
    pub(super) tokens_per_second: f64,
}

impl Window {
    /// A call has begun to be answered.
    pub(super) fn answered(&mut self, now: Duration, first_token: Duration) -> Number {
        let first_token_ms = millis(first_token);
        let sample = f64::from(first_token_ms);
        self.peak_ms = if self.outcomes.is_empty() || sample >= self.peak_ms {
            sample
        } else {
            let kept = fading(now.saturating_sub(self.peak_at));
            self.peak_ms * kept + sample * (1.0 - kept)
        };
        self.peak_at = now;
        self.push(Outcome { at: now, first_token_ms, total_ms: NONE, failed: false })
    }

    /// A call that was answered has ended well.
    pub(super) fn completed(&mut self, number: Number, total: Duration, output_tokens: u64) {
        let Some(outcome) = self.get(number) else { return };
        outcome.total_ms = millis(total);
        let writing_ms = outcome.total_ms.saturating_sub(outcome.first_token_ms);
        if writing_ms > 0 && output_tokens > 1 {
            let speed = (output_tokens - 1) as f64 * 1_000.0 / f64::from(writing_ms);
            let before = self.tokens_per_second;
            self.tokens_per_second =
                if before > 0.0 { before + (speed - before) * SPEED_WEIGHT } else { speed };
        }
    }

    /// A call has failed, before its answer began or in the middle of it.
    pub(super) fn failed(&mut self, number: Option<Number>, now: Duration) {
        match number.and_then(|number| self.get(number)) {
            Some(outcome) => outcome.failed = true,
            None => {
                self.push(Outcome { at: now, first_token_ms: NONE, total_ms: NONE, failed: true });
            }
        }
    }

    /// The number that the next outcome will have.
    pub(super) fn next(&self) -> Number {
        Number(self.first + self.outcomes.len() as u64)
    }

    /// Failures and all outcomes since then, those before `from` left out.
    pub(super) fn count(&self, since: Duration, from: Number) -> (usize, usize) {
        let skipped = usize::try_from(from.0.saturating_sub(self.first)).unwrap_or(usize::MAX);
        let counted = self.outcomes.iter().skip(skipped).filter(|outcome| outcome.at >= since);
        counted.fold((0, 0), |(failures, all), outcome| (failures + usize::from(outcome.failed), all + 1))
    }

    /// Failures and all outcomes of the window.
    pub(super) fn failures(&self, now: Duration) -> (u64, u64) {
        let (failures, all) = self.count(now.saturating_sub(WINDOW), Number::default());
        (failures as u64, all as u64)
    }

    /// What the window shows now.
    pub(super) fn view(&self, now: Duration) -> View {
        let since = now.saturating_sub(WINDOW);
        let mut view = View::default();
        let (mut totals, mut firsts) = ([NONE; MAX_OUTCOMES], [NONE; MAX_OUTCOMES]);
        let (mut total_count, mut first_count) = (0, 0);
        for outcome in self.outcomes.iter().filter(|outcome| outcome.at >= since) {
            view.samples += 1;
            if outcome.failed {
                view.failures += 1;
                continue;
            }
            keep(&mut totals, &mut total_count, outcome.total_ms);
            keep(&mut firsts, &mut first_count, outcome.first_token_ms);
        }
        view.latency_ms = Percentiles::of(totals.get_mut(..total_count).unwrap_or_default());
        view.first_token_ms = Percentiles::of(firsts.get_mut(..first_count).unwrap_or_default());
        if first_count > 0 {
            let usual = view.first_token_ms.p50;
            let above = (self.peak_ms - usual) * fading(now.saturating_sub(self.peak_at));
            view.peak_ewma_ms = usual + above.max(0.0);
            view.tokens_per_second = self.tokens_per_second;
        }
        view
    }

    /// Outcomes kept.
    pub(super) fn len(&self) -> usize {
        self.outcomes.len()
    }

    fn push(&mut self, outcome: Outcome) -> Number {
        let since = outcome.at.saturating_sub(WINDOW);
        while self.outcomes.len() >= MAX_OUTCOMES || self.outcomes.front().is_some_and(|old| old.at < since) {
            self.outcomes.pop_front();
            self.first += 1;
        }
        let number = self.next();
        self.outcomes.push_back(outcome);
        number
    }

    fn get(&mut self, number: Number) -> Option<&mut Outcome> {
        let position = number.0.checked_sub(self.first)?;
        self.outcomes.get_mut(usize::try_from(position).ok()?)
    }
}

fn keep(times: &mut [u32; MAX_OUTCOMES], count: &mut usize, time: u32) {
    if time != NONE
        && let Some(place) = times.get_mut(*count)
    {
        *place = time;
        *count += 1;
    }
}

/// How much of a peak is left after so long.
fn fading(elapsed: Duration) -> f64 {
    (-elapsed.as_secs_f64() / FORGETTING.as_secs_f64()).exp()
}

fn millis(time: Duration) -> u32 {
    u32::try_from(time.as_millis()).unwrap_or(NONE - 1).min(NONE - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn percentiles_are_nearest_ranks_of_what_succeeded() {
        let mut window = Window::default();
        for time in 1..=100 {
            let number = window.answered(ms(time), ms(time));
            window.completed(number, ms(time * 10), 11);
        }
        window.failed(None, ms(100));
        let view = window.view(ms(100));
        assert_eq!((view.samples, view.failures), (101, 1));
        assert_eq!(view.first_token_ms, Percentiles { p50: 50.0, p95: 95.0, p99: 99.0 });
        assert_eq!(view.latency_ms, Percentiles { p50: 500.0, p95: 950.0, p99: 990.0 });
        assert_eq!(Window::default().view(ms(5)), View::default());
    }

    #[test]
    fn a_peak_is_seen_at_once_and_forgotten_slowly() {
        let mut window = Window::default();
        for _ in 0..9 {
            window.answered(ms(0), ms(100));
        }
        window.answered(ms(0), ms(900));
        assert_eq!(window.view(ms(0)).peak_ewma_ms, 900.0);
        let later = window.view(ms(10_000)).peak_ewma_ms;
        assert!((100.0 + 800.0 / std::f64::consts::E - later).abs() < 0.01, "{later}");
        window.answered(ms(10_000), ms(100));
        assert!((window.view(ms(10_000)).peak_ewma_ms - 394.3).abs() < 0.1);
    }

    #[test]
    fn the_speed_is_that_of_writing() {
        let mut window = Window::default();
        let number = window.answered(ms(0), ms(500));
        window.completed(number, ms(1_500), 51);
        assert_eq!(window.view(ms(0)).tokens_per_second, 50.0);
        let number = window.answered(ms(0), ms(500));
        window.completed(number, ms(1_500), 101);
        assert_eq!(window.view(ms(0)).tokens_per_second, 60.0, "a fifth of the way towards 100");
        let whole = window.answered(ms(0), ms(500));
        window.completed(whole, ms(500), 101);
        assert_eq!(window.view(ms(0)).tokens_per_second, 60.0, "an answer in one piece tells no speed");
    }

    #[test]
    fn an_answer_that_breaks_off_is_one_failure_and_no_success() {
        let mut window = Window::default();
        let number = window.answered(ms(0), ms(1));
        window.failed(Some(number), ms(9));
        let view = window.view(ms(9));
        assert_eq!((view.samples, view.failures), (1, 1));
        assert_eq!(view.first_token_ms, Percentiles::default());
    }

    proptest! {
        #[test]
        fn it_never_grows_beyond_its_bound_and_old_outcomes_go(gaps in prop::collection::vec(0_u64..20_000, 1..600)) {
            let mut window = Window::default();
            let mut now = Duration::ZERO;
            let mut all = Vec::new();
            for (position, gap) in gaps.into_iter().enumerate() {
                now += ms(gap);
                if position % 3 == 0 { window.failed(None, now); } else { window.answered(now, ms(gap)); }
                all.push((now, position % 3 == 0));
                prop_assert!(window.len() <= MAX_OUTCOMES);
                let recent: Vec<_> = all.iter().rev().take(MAX_OUTCOMES)
                    .filter(|(at, _)| *at >= now.saturating_sub(WINDOW)).collect();
                let view = window.view(now);
                prop_assert_eq!(view.samples, recent.len() as u64);
                prop_assert_eq!(view.failures, recent.iter().filter(|(_, failed)| *failed).count() as u64);
            }
        }
    }
}
