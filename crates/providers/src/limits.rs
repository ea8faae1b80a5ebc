//! What providers' reply headers say about their limits (PRV-8).

use base::Timestamp;
use http::{HeaderMap, header::RETRY_AFTER};
use llm::RateLimits;
use std::time::Duration;

/// Names of the headers for one figure, the first one there wins. From the vendors' documentation: OpenAI and
/// those like it, Anthropic, Mistral, Azure, the IETF draft (RateLimit header fields), OpenRouter.
const LIMIT_REQUESTS: [&str; 5] = [
    "x-ratelimit-limit-requests",
    "anthropic-ratelimit-requests-limit",
    "x-ratelimit-limit-req-minute",
    "ratelimit-limit",
    "x-ratelimit-limit",
];
const LIMIT_TOKENS: [&str; 4] = [
    "x-ratelimit-limit-tokens",
    "anthropic-ratelimit-tokens-limit",
    "anthropic-ratelimit-input-tokens-limit",
    "x-ratelimit-limit-tokens-minute",
];
const REMAINING_REQUESTS: [&str; 6] = [
    "x-ratelimit-remaining-requests",
    "anthropic-ratelimit-requests-remaining",
    "x-ratelimit-remaining-req-minute",
    "x-ratelimit-limit-remaining",
    "ratelimit-remaining",
    "x-ratelimit-remaining",
];
const REMAINING_TOKENS: [&str; 4] = [
    "x-ratelimit-remaining-tokens",
    "anthropic-ratelimit-tokens-remaining",
    "anthropic-ratelimit-input-tokens-remaining",
    "x-ratelimit-remaining-tokens-minute",
];
const RESET_REQUESTS: [&str; 4] = [
    "x-ratelimit-reset-requests",
    "anthropic-ratelimit-requests-reset",
    "ratelimit-reset",
    "x-ratelimit-reset",
];
const RESET_TOKENS: [&str; 3] = [
    "x-ratelimit-reset-tokens",
    "anthropic-ratelimit-tokens-reset",
    "anthropic-ratelimit-input-tokens-reset",
];

const RETRY_AFTER_MS: &str = "retry-after-ms";

/// Reads the limits that a reply's headers tell; `now` turns moments into durations. What cannot be read is
/// left out.
pub fn rate_limits(headers: &HeaderMap, now: Timestamp) -> RateLimits {
    // Most replies tell nothing, and thirty names are many to look up for that.
    if !headers
        .keys()
        .any(|name| name.as_str().contains("ratelimit") || *name == RETRY_AFTER_MS || name == RETRY_AFTER)
    {
        return RateLimits::default();
    }
    let count = |names: &[&str]| first(headers, names).and_then(|text| text.parse().ok());
    let wait = |names: &[&str]| first(headers, names).and_then(|text| time_until(text, now));
    RateLimits {
        limit_requests: count(&LIMIT_REQUESTS),
        limit_tokens: count(&LIMIT_TOKENS),
        remaining_requests: count(&REMAINING_REQUESTS),
        remaining_tokens: count(&REMAINING_TOKENS),
        reset_requests: wait(&RESET_REQUESTS),
        reset_tokens: wait(&RESET_TOKENS),
        retry_after: first(headers, &[RETRY_AFTER_MS])
            .and_then(|text| text.parse::<f64>().ok())
            .and_then(|millis| Duration::try_from_secs_f64(millis / 1000.0).ok())
            .or_else(|| wait(&[RETRY_AFTER.as_str()])),
    }
}

fn first<'a>(headers: &'a HeaderMap, names: &[&str]) -> Option<&'a str> {
    names.iter().find_map(|name| headers.get(*name)).and_then(|value| value.to_str().ok()).map(str::trim)
}

/// A duration (`6m0s`, `1.5s`, `20ms`), seconds (`12`, `0.5`), a moment in seconds or milliseconds since the
/// Unix epoch, an RFC 3339 moment, or an HTTP date. Vendors use all of them under similar names.
fn time_until(text: &str, now: Timestamp) -> Option<Duration> {
    if let Ok(number) = text.parse::<f64>() {
        // Nobody waits for thirty years: numbers that large are moments.
        return match number {
            endless if !endless.is_finite() => None,
            moment if moment >= 1e12 => Some(Timestamp::from_millis(moment as i64).since(now)),
            moment if moment >= 1e9 => Some(Timestamp::from_millis((moment * 1000.0) as i64).since(now)),
            seconds => Duration::try_from_secs_f64(seconds).ok(),
        };
    }
    units(text).or_else(|| Timestamp::parse(text).map(|moment| moment.since(now)))
}

/// A duration in Go's notation, such as `1h2m3.5s` or `250ms`.
fn units(text: &str) -> Option<Duration> {
    const UNITS: [(&str, f64); 7] =
        [("ns", 1e-9), ("us", 1e-6), ("µs", 1e-6), ("ms", 1e-3), ("s", 1.0), ("m", 60.0), ("h", 3600.0)];
    let mut rest = text;
    let mut total = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|letter: char| !letter.is_ascii_digit() && letter != '.')?;
        let (number, after) = rest.split_at_checked(digits)?;
        let letters = after.find(|letter: char| letter.is_ascii_digit()).unwrap_or(after.len());
        let (unit, remaining) = after.split_at_checked(letters)?;
        let (_, seconds) = UNITS.iter().find(|(name, _)| *name == unit)?;
        total += number.parse::<f64>().ok()? * seconds;
        rest = remaining;
    }
    (!text.is_empty()).then(|| Duration::try_from_secs_f64(total).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderName, HeaderValue};
    use proptest::prelude::*;

    const NOW: Timestamp = Timestamp::from_millis(1_795_229_045_000);

    fn read(headers: &[(&'static str, &str)]) -> RateLimits {
        let pairs = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap()));
        rate_limits(&pairs.collect(), NOW)
    }

    #[test]
    fn openai_groq_and_those_like_them() {
        let limits = read(&[
            ("x-ratelimit-limit-requests", "10000"),
            ("x-ratelimit-remaining-requests", "9999"),
            ("x-ratelimit-remaining-tokens", "149984"),
            ("x-ratelimit-reset-requests", "8.64s"),
            ("x-ratelimit-reset-tokens", "6m0s"),
        ]);
        let expected = RateLimits {
            limit_requests: Some(10_000),
            limit_tokens: None,
            remaining_requests: Some(9999),
            remaining_tokens: Some(149_984),
            reset_requests: Some(Duration::from_millis(8640)),
            reset_tokens: Some(Duration::from_secs(360)),
            retry_after: None,
        };
        assert_eq!(limits, expected);
    }

    #[test]
    fn anthropic_gives_moments() {
        let limits = read(&[
            ("anthropic-ratelimit-requests-remaining", "49"),
            ("anthropic-ratelimit-requests-reset", "2026-11-21T02:44:06Z"),
            ("anthropic-ratelimit-tokens-remaining", "0"),
            ("anthropic-ratelimit-tokens-reset", "2026-11-21T02:43:00Z"),
            ("retry-after", "17"),
        ]);
        assert_eq!((limits.remaining_requests, limits.remaining_tokens), (Some(49), Some(0)));
        assert_eq!(limits.reset_requests, Some(Duration::from_secs(1)));
        assert_eq!(limits.reset_tokens, Some(Duration::ZERO), "a moment that is past is now");
        assert_eq!(limits.retry_after, Some(Duration::from_secs(17)));
    }

    #[test]
    fn every_way_to_say_when() {
        for (text, millis) in [
            ("20ms", Some(20)),
            ("1h2m3.5s", Some(3_723_500)),
            ("1m", Some(60_000)),
            ("12", Some(12_000)),
            ("0.25", Some(250)),
            ("1795229055", Some(10_000)),
            ("1795229050000", Some(5_000)),
            ("Sat, 21 Nov 2026 02:45:05 GMT", Some(60_000)),
            ("", None),
            ("s", None),
            ("5 minutes", None),
            ("-3", None),
            ("inf", None),
            ("NaN", None),
        ] {
            assert_eq!(time_until(text, NOW), millis.map(Duration::from_millis), "{text}");
        }
    }

    #[test]
    fn milliseconds_to_wait_are_preferred() {
        let limits = read(&[("retry-after", "2"), ("retry-after-ms", "1500")]);
        assert_eq!(limits.retry_after, Some(Duration::from_millis(1500)));
    }

    proptest! {
        #[test]
        fn no_text_breaks_it(text in "\\PC{0,20}|[0-9a-z.µ]{0,20}") {
            let _ = time_until(&text, NOW);
        }
    }
}
