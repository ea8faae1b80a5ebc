//! The tool `calculate`: arithmetic that a model would get wrong.

use futures::{FutureExt, future::BoxFuture};
use llm::{Tool, ToolContext, ToolError, ToolSpec, tool::arguments};
use serde::Deserialize;
use serde_json::json;
use std::f64::consts::{E, PI};

/// Longest expression, in bytes.
const LONGEST: usize = 2_000;
/// How deep brackets may stand in each other.
const DEEPEST: usize = 64;
/// A function of one number, and its name.
type Function = (&'static str, fn(f64) -> f64);

const FUNCTIONS: [Function; 17] = [
    ("sqrt", f64::sqrt),
    ("cbrt", f64::cbrt),
    ("abs", f64::abs),
    ("floor", f64::floor),
    ("ceil", f64::ceil),
    ("round", f64::round),
    ("exp", f64::exp),
    ("ln", f64::ln),
    ("log10", f64::log10),
    ("log2", f64::log2),
    ("sin", f64::sin),
    ("cos", f64::cos),
    ("tan", f64::tan),
    ("asin", f64::asin),
    ("acos", f64::acos),
    ("atan", f64::atan),
    ("log", f64::log10),
];

/// Calculates.
#[derive(Debug)]
pub(super) struct Calculator;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Arguments {
    expression: String,
}

impl Tool for Calculator {
    fn spec(&self) -> ToolSpec {
        ToolSpec {
            name: "calculate".into(),
            description: "Calculates an expression exactly to about 12 digits. Knows + - * / ^, % for the remainder, brackets, \
                pi, e, sqrt, cbrt, abs, floor, ceil, round, exp, ln, log10, log2, sin, cos, tan, asin, acos, atan \
                (in radians), min(a, b, ...) and max(a, b, ...)."
                .into(),
            parameters: json!({
                "type": "object",
                "properties": {
                    "expression": { "type": "string", "description": "Such as (1200 * 0.19 + 45) / 3" },
                },
                "required": ["expression"],
                "additionalProperties": false,
            }),
            strict: None,
            cache_marker: false,
        }
    }

    fn call<'a>(
        &'a self,
        _context: &'a ToolContext,
        text: &'a str,
    ) -> BoxFuture<'a, Result<String, ToolError>> {
        async move {
            let Arguments { expression } = arguments(text)?;
            let value = calculate(&expression).map_err(ToolError::Arguments)?;
            Ok(format!("{} = {}", expression.trim(), shown(value)))
        }
        .boxed()
    }
}

/// What an expression comes to.
pub(super) fn calculate(expression: &str) -> Result<f64, String> {
    if expression.len() > LONGEST {
        return Err(format!("the expression has {} bytes, {LONGEST} are allowed", expression.len()));
    }
    let mut reader = Reader { rest: expression, depth: 0 };
    let value = reader.sum()?;
    reader.space();
    if let Some(left) = reader.rest.chars().next() {
        return Err(format!("`{left}` was not expected before `{}`", excerpt(reader.rest)));
    }
    if !value.is_finite() {
        return Err(format!("`{}` has no value (a division by zero, or too large)", excerpt(expression)));
    }
    Ok(value)
}

/// A number as a person writes it: twelve digits that count, and no dust of binary fractions.
pub(super) fn shown(value: f64) -> String {
    let rounded: f64 = format!("{value:.11e}").parse().unwrap_or(value);
    let size = rounded.abs();
    if rounded == 0.0 {
        "0".to_owned()
    } else if (1e-6..1e15).contains(&size) {
        rounded.to_string()
    } else {
        format!("{rounded:e}")
    }
}

fn excerpt(text: &str) -> String {
    text.trim().chars().take(40).collect()
}

/// Reads an expression from left to right, and calculates as it goes.
struct Reader<'a> {
    rest: &'a str,
    depth: usize,
}

impl Reader<'_> {
    fn space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    /// Takes one of these characters, if it is next.
    fn take(&mut self, wanted: &[char]) -> Option<char> {
        self.space();
        let next = self.rest.chars().next().filter(|next| wanted.contains(next))?;
        self.rest = self.rest.get(next.len_utf8()..).unwrap_or_default();
        Some(next)
    }

    fn sum(&mut self) -> Result<f64, String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(format!("more than {DEEPEST} brackets stand in each other"));
        }
        let mut value = self.product()?;
        while let Some(sign) = self.take(&['+', '-', '−']) {
            let next = self.product()?;
            value = if sign == '+' { value + next } else { value - next };
        }
        self.depth -= 1;
        Ok(value)
    }

    fn product(&mut self) -> Result<f64, String> {
        let mut value = self.signed()?;
        while let Some(sign) = self.take(&['*', '×', '·', '/', '÷', '%']) {
            let next = self.signed()?;
            value = match sign {
                '/' | '÷' => value / next,
                '%' => value % next,
                _ => value * next,
            };
        }
        Ok(value)
    }

    /// A sign binds less than a power: `-2^2` is `-4`.
    fn signed(&mut self) -> Result<f64, String> {
        let mut negative = false;
        while let Some(sign) = self.take(&['-', '−', '+']) {
            negative ^= sign != '+';
        }
        let value = self.power()?;
        Ok(if negative { -value } else { value })
    }

    /// Powers are read from the right: `2^3^2` is `2^9`. Some models write `**`.
    fn power(&mut self) -> Result<f64, String> {
        let base = self.atom()?;
        self.space();
        let Some(rest) = self.rest.strip_prefix('^').or_else(|| self.rest.strip_prefix("**")) else {
            return Ok(base);
        };
        self.rest = rest;
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(format!("more than {DEEPEST} powers stand on each other"));
        }
        let exponent = self.signed()?;
        self.depth -= 1;
        Ok(base.powf(exponent))
    }

    fn atom(&mut self) -> Result<f64, String> {
        if self.take(&['(']).is_some() {
            let value = self.sum()?;
            self.take(&[')']).ok_or("a bracket is not closed")?;
            return Ok(value);
        }
        self.space();
        if self.rest.starts_with(|next: char| next.is_ascii_digit() || next == '.') {
            return self.number();
        }
        let end = self.rest.find(|next: char| !next.is_ascii_alphanumeric()).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        if name.is_empty() {
            return Err(match self.rest.chars().next() {
                Some(next) => format!("`{next}` stands where a number should"),
                None => "the expression ends where a number should stand".to_owned(),
            });
        }
        let name = name.to_ascii_lowercase();
        self.rest = rest;
        self.named(&name)
    }

    fn number(&mut self) -> Result<f64, String> {
        let digits =
            |text: &str| text.find(|next: char| !next.is_ascii_digit() && next != '.' && next != '_');
        let mut end = digits(self.rest).unwrap_or(self.rest.len());
        let after = self.rest.get(end..).unwrap_or_default();
        // `2e3` is a number, `2e` is not two times e.
        if let Some(exponent) = after.strip_prefix(['e', 'E']) {
            let unsigned = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            let length = unsigned.find(|next: char| !next.is_ascii_digit()).unwrap_or(unsigned.len());
            if length > 0 {
                end += 1 + (exponent.len() - unsigned.len()) + length;
            }
        }
        let (text, rest) = self.rest.split_at(end);
        let value = text.replace('_', "").parse();
        self.rest = rest;
        value.map_err(|_| format!("`{}` is not a number", excerpt(text)))
    }

    fn named(&mut self, name: &str) -> Result<f64, String> {
        match name {
            "pi" => return Ok(PI),
            "e" => return Ok(E),
            _ => {}
        }
        let function = FUNCTIONS.iter().find(|(known, _)| *known == name).map(|(_, function)| *function);
        if function.is_none() && !matches!(name, "min" | "max") {
            return Err(format!("`{}` is neither a number nor a function", excerpt(name)));
        }
        self.take(&['(']).ok_or_else(|| format!("`{name}` wants brackets"))?;
        let mut values = vec![self.sum()?];
        while self.take(&[',', ';']).is_some() {
            values.push(self.sum()?);
        }
        self.take(&[')']).ok_or("a bracket is not closed")?;
        match (function, values.as_slice()) {
            (Some(function), [value]) => Ok(function(*value)),
            (Some(_), _) => Err(format!("`{name}` wants one number")),
            (None, values) if name == "min" => Ok(values.iter().copied().fold(f64::INFINITY, f64::min)),
            (None, values) => Ok(values.iter().copied().fold(f64::NEG_INFINITY, f64::max)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_come_to_what_they_should() {
        for (expression, expected) in [
            ("1 + 2 * 3", "7"),
            ("(1 + 2) * 3", "9"),
            ("0.1 + 0.2", "0.3"),
            ("1.1 * 1.1", "1.21"),
            ("10 / 4", "2.5"),
            ("10 % 4", "2"),
            ("-2 ^ 2", "-4"),
            ("2 ^ 3 ^ 2", "512"),
            ("2 ** 10", "1024"),
            ("3 * 2 ** 2", "12"),
            ("2 ^ -1", "0.5"),
            ("--3", "3"),
            ("sqrt(2) ^ 2", "2"),
            ("max(1, 7, 3) - min(4; 2)", "5"),
            ("round(2.5) + floor(-0.5)", "2"),
            ("1_000_000 * 1.5e3", "1500000000"),
            ("1e20", "1e20"),
            ("1 / 3", "0.333333333333"),
            ("1e-9 * 2", "2e-9"),
            ("pi", "3.14159265359"),
            ("ln(e)", "1"),
            ("6 × 7 ÷ 2 − 1", "20"),
            ("SQRT( 9 )", "3"),
            ("0 * -1", "0"),
        ] {
            assert_eq!(calculate(expression).map(shown).as_deref(), Ok(expected), "{expression}");
        }
    }

    #[test]
    fn what_is_no_expression_is_told() {
        for (expression, told) in [
            ("", "ends where a number"),
            ("1 +", "ends where a number"),
            ("1 / 0", "no value"),
            ("sqrt(-1)", "no value"),
            ("9 ^ 9 ^ 9", "no value"),
            ("(1", "not closed"),
            ("1)", "not expected"),
            ("1 2", "not expected"),
            ("two", "neither"),
            ("sqrt 4", "wants brackets"),
            ("sqrt(1, 2)", "one number"),
            ("1.2.3", "not a number"),
            ("¤", "should"),
        ] {
            let error = calculate(expression).unwrap_err();
            assert!(error.contains(told), "{expression}: {error}");
        }
        for deep in ["(".repeat(1_000), "-".repeat(1_500), "2^".repeat(900)] {
            assert!(calculate(&deep).is_err());
        }
        assert!(calculate(&"1+".repeat(2_000)).unwrap_err().contains("allowed"));
    }
}
