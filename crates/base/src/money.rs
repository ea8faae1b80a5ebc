//! Money in whole nano-dollars: exact, never a float.

use serde::{Deserialize, Serialize};
use std::{
    fmt,
    iter::Sum,
    ops::{Add, AddAssign, Neg, Sub, SubAssign},
    str::FromStr,
};

/// An amount in nano-dollars (1 USD = 1,000,000,000). Holds up to about 9.2 thousand million dollars;
/// arithmetic saturates there instead of wrapping.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Money(i64);

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The most that can be expressed; used as "no limit".
    pub const MAX: Self = Self(i64::MAX);
    const PER_DOLLAR: i64 = 1_000_000_000;

    /// Wraps a count of nano-dollars.
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// The count of nano-dollars.
    pub const fn nanos(self) -> i64 {
        self.0
    }

    /// The price of `count` units at `self` per million units, rounded half up to a nano-dollar.
    pub fn per_million(self, count: u64) -> Self {
        Self::from_pico_total(i128::from(self.0) * i128::from(count))
    }

    /// Reads dollars with any number of decimals, rounded half up to a nano-dollar; `None` for what is no amount.
    pub fn rounded(text: &str) -> Option<Self> {
        let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
        if !decimals.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let kept = decimals.get(..9).unwrap_or(decimals);
        let exact = parse(&format!("{whole}.{kept}"))?;
        let up = decimals.as_bytes().get(9).is_some_and(|digit| *digit >= b'5');
        Some(match (up, whole.starts_with('-')) {
            (true, false) => exact + Self(1),
            (true, true) => exact - Self(1),
            (false, _) => exact,
        })
    }

    /// Turns a sum of (price per million x count) products into money, rounding once.
    pub fn from_pico_total(total: i128) -> Self {
        let rounded = (total + 500_000).div_euclid(1_000_000);
        Self(i64::try_from(rounded).unwrap_or(if rounded > 0 { i64::MAX } else { i64::MIN }))
    }
}

impl Add for Money {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Money {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Money {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl SubAssign for Money {
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

impl Neg for Money {
    type Output = Self;
    fn neg(self) -> Self {
        Self(self.0.saturating_neg())
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

impl fmt::Display for Money {
    /// Dollars with as many decimals as the amount has, at least two: `0.0000375`, `1.00`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, nanos) = (self.0.unsigned_abs() / 1_000_000_000, self.0.unsigned_abs() % 1_000_000_000);
        let decimals = format!("{nanos:09}");
        let kept = decimals.trim_end_matches('0').len().max(2);
        write!(f, "{sign}{whole}.{}", decimals.get(..kept).unwrap_or(&decimals))
    }
}

/// Why a text is not an amount of money.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not an amount in dollars (like `1.50`, at most nine decimals)")]
pub struct ParseMoneyError {
    text: String,
}

impl FromStr for Money {
    type Err = ParseMoneyError;

    /// Reads dollars: `1`, `0.000375`, `-2.50`, with an optional leading `$`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text.trim()).ok_or_else(|| ParseMoneyError { text: text.to_owned() })
    }
}

fn parse(text: &str) -> Option<Money> {
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let text = text.strip_prefix('$').unwrap_or(text);
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let digits_only = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if (whole.is_empty() && decimals.is_empty())
        || decimals.len() > 9
        || !digits_only(whole)
        || !digits_only(decimals)
    {
        return None;
    }
    let whole: i64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let nanos: i64 = format!("{decimals:0<9}").parse().ok()?;
    let total = whole.checked_mul(Money::PER_DOLLAR)?.checked_add(nanos)?;
    Some(Money(if negative { -total } else { total }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_price_per_million_is_exact_to_the_nano_dollar() {
        let price: Money = "0.0375".parse().unwrap();
        assert_eq!(price.per_million(1), Money::from_nanos(38), "37.5 nano-dollars round half up");
        assert_eq!(price.per_million(2), Money::from_nanos(75));
        assert_eq!("2.50".parse::<Money>().unwrap().per_million(1_000_000).to_string(), "2.50");
    }

    #[test]
    fn more_decimals_than_nine_are_rounded_half_up() {
        let read = |text| Money::rounded(text).map(Money::nanos);
        assert_eq!(read("0.00000014"), Some(140));
        assert_eq!(read("0.0000000005"), Some(1));
        assert_eq!(read("0.00000000049"), Some(0));
        assert_eq!(read("1"), Some(1_000_000_000));
        assert_eq!(read("2.5"), Some(2_500_000_000));
        for nonsense in ["", "x", "1.2e3", "1e-7", "NaN", "1.2.3"] {
            assert_eq!(read(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn what_is_not_money_is_refused() {
        for text in ["", ".", "-", "1.2.3", "1e3", "0.0000000001", "99999999999999", "1,5", "--1", "NaN"] {
            assert!(text.parse::<Money>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn text_round_trips(nanos in -i64::MAX..=i64::MAX) {
            let money = Money::from_nanos(nanos);
            prop_assert_eq!(money.to_string().parse::<Money>().unwrap(), money);
        }
    }
}
