//! How long to wait before asking again.

use crate::config::RetryConfig;
use std::time::Duration;

/// The pause before a round, the first of which after a failure is 1: exponential backoff with full jitter, but never
/// less than what was `asked` for; `None` where that would not end within the `left` time. `unit` is the chance,
/// from 0 to 1.
pub fn pause(
    config: &RetryConfig,
    round: u32,
    (asked, left): (Duration, Duration),
    unit: f64,
) -> Option<Duration> {
    let pause = asked.max(backoff(config, round, unit));
    (pause < left).then_some(pause)
}

/// Full jitter: anything between nothing and the exponential limit, so that callers who failed together do not come
/// back together ("Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
fn backoff(config: &RetryConfig, round: u32, unit: f64) -> Duration {
    let doubled = 1_u64.checked_shl(round.saturating_sub(1)).unwrap_or(u64::MAX);
    let limit_ms = config.base_delay_ms.saturating_mul(doubled).min(config.max_delay_ms);
    Duration::from_millis(limit_ms).mul_f64(unit.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn config() -> RetryConfig {
        RetryConfig { base_delay_ms: 100, max_delay_ms: 350, ..RetryConfig::default() }
    }

    #[test]
    fn the_backoff_doubles_up_to_its_limit_and_is_spread() {
        let at = |round, unit| backoff(&config(), round, unit).as_millis();
        assert_eq!([at(1, 1.0), at(2, 1.0), at(3, 1.0), at(90, 1.0)], [100, 200, 350, 350]);
        assert_eq!([at(1, 0.0), at(2, 0.5)], [0, 100]);
    }

    proptest! {
        #[test]
        fn what_was_asked_for_is_kept_and_the_deadline_too(
            round in 1_u32..100, asked in 0_u64..2_000, left in 0_u64..2_000, unit in 0.0..=1.0,
        ) {
            let (asked, left) = (Duration::from_millis(asked), Duration::from_millis(left));
            match pause(&config(), round, (asked, left), unit) {
                Some(pause) => {
                    prop_assert!(pause >= asked && pause < left);
                    prop_assert!(pause <= asked.max(Duration::from_millis(350)));
                }
                None => prop_assert!(asked.max(backoff(&config(), round, unit)) >= left),
            }
        }
    }
}
