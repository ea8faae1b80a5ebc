//! Sums as people write them: numbers with decimals, `+ - * /` and brackets, exact as fractions.

use base::Money;

/// A fraction; the denominator is above nothing.
#[derive(Debug, Clone, Copy)]
struct Fraction(i128, i128);

impl Fraction {
    fn lowest(top: i128, bottom: i128) -> Self {
        let (mut one, mut other) = (top.abs(), bottom.abs());
        while other != 0 {
            (one, other) = (other, one % other);
        }
        let sign = if bottom < 0 { -1 } else { 1 };
        let divisor = one.max(1) * sign;
        Self(top / divisor, bottom / divisor)
    }
}

/// What a sum of tokens times dollars per million comes to, rounded half up to a nano-dollar.
pub(crate) fn millionths(sum: &str) -> Money {
    let tokens: Vec<char> = sum.chars().filter(|letter| *letter != ' ').collect();
    let mut reader = Reader { tokens, at: 0 };
    let Fraction(top, bottom) = reader.sum();
    assert_eq!(reader.at, reader.tokens.len(), "`{sum}` cannot be read beyond {}", reader.at);
    // Dollars per million to nano-dollars: a thousand.
    let nanos = (2 * top * 1_000 + bottom).div_euclid(2 * bottom);
    Money::from_nanos(i64::try_from(nanos).unwrap())
}

struct Reader {
    tokens: Vec<char>,
    at: usize,
}

impl Reader {
    fn take(&mut self, any: &[char]) -> Option<char> {
        let next = self.tokens.get(self.at).copied().filter(|next| any.contains(next))?;
        self.at += 1;
        Some(next)
    }

    fn sum(&mut self) -> Fraction {
        let mut left = self.product();
        while let Some(sign) = self.take(&['+', '-']) {
            let right = self.product();
            let top = if sign == '+' { right.0 } else { -right.0 };
            left = Fraction::lowest(left.0 * right.1 + top * left.1, left.1 * right.1);
        }
        left
    }

    fn product(&mut self) -> Fraction {
        let mut left = self.number();
        while let Some(sign) = self.take(&['*', '/']) {
            let right = self.number();
            let (top, bottom) = if sign == '*' { (right.0, right.1) } else { (right.1, right.0) };
            left = Fraction::lowest(left.0 * top, left.1 * bottom);
        }
        left
    }

    fn number(&mut self) -> Fraction {
        if self.take(&['(']).is_some() {
            let inner = self.sum();
            self.take(&[')']).expect("a closing bracket");
            return inner;
        }
        let mut digits = String::new();
        while let Some(digit) = self.take(&['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '.']) {
            digits.push(digit);
        }
        let (whole, decimals) = digits.split_once('.').unwrap_or((&digits, ""));
        let top = format!("{whole}{decimals}").parse().expect("a number");
        Fraction::lowest(top, 10_i128.pow(u32::try_from(decimals.len()).unwrap()))
    }
}

#[test]
fn sums_are_read_as_people_read_them() {
    let nanos = |sum| millionths(sum).nanos();
    assert_eq!(nanos("1 + 2 * 3"), 7_000);
    assert_eq!(nanos("(1 + 2) * 3 - 4"), 5_000);
    assert_eq!(nanos("(1 + 2) * 50 / 100"), 1_500);
    assert_eq!(nanos("0.0005"), 1, "half up");
    assert_eq!(nanos("0.0004999"), 0);
}
