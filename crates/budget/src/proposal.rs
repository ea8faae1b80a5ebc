//! Limits proposed from what was spent before.

use base::Money;

/// Fewer periods than these say too little.
const FEWEST_PERIODS: usize = 3;
/// How far from the middle, in mean deviations of the usual kind, a period is no longer like the others.
const OUTLYING: f64 = 5.0;
/// Room above the usual.
const ROOM: f64 = 1.25;

/// A limit that the periods of the past would have kept, with some room: a quarter more than the most that was spent
/// in a period like the others (those far from the middle are left out, by the median absolute deviation), rounded up
/// to two digits. `None` where there are fewer than three periods, or nothing was spent.
pub fn propose(periods: &[Money]) -> Option<Money> {
    if periods.len() < FEWEST_PERIODS {
        return None;
    }
    let mut amounts: Vec<f64> = periods.iter().map(|amount| amount.nanos() as f64).collect();
    amounts.sort_by(f64::total_cmp);
    let middle = median(&amounts)?;
    let mut distances: Vec<f64> = amounts.iter().map(|amount| (amount - middle).abs()).collect();
    distances.sort_by(f64::total_cmp);
    // 1.4826 makes the median deviation of normal noise its standard deviation. Where more than half are the same,
    // it says nothing, and a tenth of the middle is taken.
    let spread = (median(&distances)? * 1.4826).max(middle / 10.0);
    let usual = amounts.iter().rev().find(|amount| (**amount - middle).abs() <= OUTLYING * spread)?;
    (*usual > 0.0).then(|| two_digits(usual * ROOM))
}

fn median(sorted: &[f64]) -> Option<f64> {
    let half = sorted.len() / 2;
    let upper = *sorted.get(half)?;
    let lower = if sorted.len().is_multiple_of(2) { *sorted.get(half.checked_sub(1)?)? } else { upper };
    Some(f64::midpoint(lower, upper))
}

/// Rounds up to two digits that are not zero.
fn two_digits(nanos: f64) -> Money {
    let unit = 10_f64.powf(nanos.log10().floor() - 1.0).max(1.0);
    let rounded = (nanos / unit).ceil() * unit;
    Money::from_nanos(if rounded >= i64::MAX as f64 { i64::MAX } else { rounded as i64 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proposal_has_room_for_the_usual_and_not_for_the_exception() {
        let dollars =
            |amounts: &[&str]| -> Vec<Money> { amounts.iter().map(|text| text.parse().unwrap()).collect() };
        let cases: [(&[&str], Option<&str>); 8] = [
            (&["10", "12", "11", "9", "10"], Some("15")),
            (&["10", "12", "11", "9", "300"], Some("15")),
            (&["1", "1", "1"], Some("1.3")),
            (&["0.0031", "0.0029", "0.003"], Some("0.0039")),
            (&["0", "0", "0"], None),
            (&["5", "6"], None),
            (&[], None),
            (&["100", "104", "98", "0"], Some("130")),
        ];
        for (periods, expected) in cases {
            let proposed = propose(&dollars(periods));
            assert_eq!(proposed, expected.map(|text| text.parse().unwrap()), "{periods:?}");
        }
        assert!(propose(&[Money::MAX; 4]).is_some(), "nothing wraps around");
    }
}
