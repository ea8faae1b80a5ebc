//! The tool `roll`: dice that nobody can foresee.

use futures::{FutureExt, future::BoxFuture};
use llm::{Tool, ToolContext, ToolError, ToolSpec, tool::arguments};
use serde::Deserialize;
use serde_json::json;

/// Dice of a roll, their sides, and terms of it, at the most.
const MOST_DICE: u32 = 100;
const MOST_SIDES: u32 = 1_000_000;
const MOST_TERMS: usize = 20;
/// Largest number that may be added.
const MOST_ADDED: u32 = 1_000_000;

/// Rolls dice.
#[derive(Debug)]
pub(super) struct Dice;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Arguments {
    dice: String,
}

/// A part of a roll, to be added or taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Term {
    negative: bool,
    what: What,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Number(u32),
    Dice { count: u32, sides: u32, keep: Keep },
}

/// Which of the dice count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Keep {
    All,
    Highest(u32),
    Lowest(u32),
}

impl Tool for Dice {
    fn spec(&self) -> ToolSpec {
        ToolSpec {
            name: "roll".into(),
            description: "Rolls dice by chance. Write 3d6+2, d20, 2d20kh1 (keep the highest), 4d6kl3 (keep the lowest), d% \
                for a hundred. Always use it where a roll is wanted; never make results up."
                .into(),
            parameters: json!({
                "type": "object",
                "properties": { "dice": { "type": "string", "description": "Such as 2d6+3" } },
                "required": ["dice"],
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
            let Arguments { dice } = arguments(text)?;
            let terms = read(&dice).map_err(ToolError::Arguments)?;
            let chance =
                || getrandom::u32().map_err(|_| ToolError::Failed("there is no chance to be had".into()));
            Ok(told(&dice, &roll(&terms, chance)?))
        }
        .boxed()
    }
}

/// Reads `2d20kh1+3-d4`.
fn read(text: &str) -> Result<Vec<Term>, String> {
    let bad = |part: &str| {
        let part: String = part.chars().take(40).collect();
        format!("`{part}` is no roll; write them like `3d6+2`, `d20` or `2d20kh1`")
    };
    let whole: String = text.chars().filter(|next| !next.is_whitespace()).collect::<String>().to_lowercase();
    let mut terms = Vec::new();
    let mut rest = whole.as_str();
    while !rest.is_empty() || terms.is_empty() {
        let negative = rest.starts_with(['-', '−']);
        let signed = rest.strip_prefix(['+', '-', '−']);
        if signed.is_none() && !terms.is_empty() {
            return Err(bad(text));
        }
        let body = signed.unwrap_or(rest);
        let end = body.find(['+', '-', '−']).unwrap_or(body.len());
        let (part, after) = body.split_at(end);
        terms.push(Term { negative, what: term(part).ok_or_else(|| bad(part))? });
        if terms.len() > MOST_TERMS {
            return Err(format!("a roll has {MOST_TERMS} parts at the most"));
        }
        rest = after;
    }
    Ok(terms)
}

fn term(part: &str) -> Option<What> {
    let Some((count, dice)) = part.split_once('d') else {
        return part.parse().ok().filter(|number| *number <= MOST_ADDED).map(What::Number);
    };
    let count: u32 = if count.is_empty() { 1 } else { count.parse().ok()? };
    let (sides, keep) = match dice.split_once('k') {
        None => (dice, Keep::All),
        Some((sides, keep)) => (sides, kept(keep)?),
    };
    let sides = if sides == "%" { 100 } else { sides.parse().ok()? };
    let fits = (1..=MOST_DICE).contains(&count) && (1..=MOST_SIDES).contains(&sides);
    let enough = match keep {
        Keep::All => true,
        Keep::Highest(number) | Keep::Lowest(number) => (1..=count).contains(&number),
    };
    (fits && enough).then_some(What::Dice { count, sides, keep })
}

fn kept(text: &str) -> Option<Keep> {
    let (highest, number) = match (text.strip_prefix('h'), text.strip_prefix('l')) {
        (Some(number), _) => (true, number),
        (None, Some(number)) => (false, number),
        (None, None) => (true, text),
    };
    let number = if number.is_empty() { 1 } else { number.parse().ok()? };
    Some(if highest { Keep::Highest(number) } else { Keep::Lowest(number) })
}

/// What fell of a part: each die, and whether it counts.
type Fallen = (Term, Vec<(u32, bool)>);

fn roll(
    terms: &[Term],
    mut chance: impl FnMut() -> Result<u32, ToolError>,
) -> Result<Vec<Fallen>, ToolError> {
    let mut fallen = Vec::with_capacity(terms.len());
    for term in terms {
        let What::Dice { count, sides, keep } = term.what else {
            fallen.push((*term, Vec::new()));
            continue;
        };
        let mut dice = Vec::new();
        for _ in 0..count {
            dice.push((die(sides, &mut chance)?, true));
        }
        let mut order: Vec<usize> = (0..dice.len()).collect();
        order.sort_by_key(|place| dice.get(*place).map(|(die, _)| *die));
        let left_out = match keep {
            Keep::All => 0,
            Keep::Highest(number) => dice.len() - usize::try_from(number).unwrap_or(0).min(dice.len()),
            Keep::Lowest(number) => {
                order.reverse();
                dice.len() - usize::try_from(number).unwrap_or(0).min(dice.len())
            }
        };
        for place in order.into_iter().take(left_out) {
            if let Some((_, counts)) = dice.get_mut(place) {
                *counts = false;
            }
        }
        fallen.push((*term, dice));
    }
    Ok(fallen)
}

/// One die, each side as likely as another: what would favour the first sides is thrown away.
fn die(sides: u32, chance: &mut impl FnMut() -> Result<u32, ToolError>) -> Result<u32, ToolError> {
    let sides = sides.max(1);
    let fair = u32::MAX - u32::MAX % sides;
    loop {
        let bits = chance()?;
        if bits < fair {
            return Ok(bits % sides + 1);
        }
    }
}

/// The sum, and how it came about; dice that do not count stand in brackets.
fn told(text: &str, fallen: &[Fallen]) -> String {
    let mut sum = 0_i64;
    let mut parts = Vec::new();
    for (term, dice) in fallen {
        let value: i64 = match term.what {
            What::Number(number) => i64::from(number),
            What::Dice { .. } => {
                dice.iter().filter(|(_, counts)| *counts).map(|(die, _)| i64::from(*die)).sum()
            }
        };
        sum += if term.negative { -value } else { value };
        let sign = if term.negative { "-" } else { "+" };
        let shown = match term.what {
            What::Number(number) => number.to_string(),
            What::Dice { .. } => {
                let one =
                    |(die, counts): &(u32, bool)| if *counts { die.to_string() } else { format!("({die})") };
                format!("[{}]", dice.iter().map(one).collect::<Vec<_>>().join(" "))
            }
        };
        parts.push(if parts.is_empty() && !term.negative { shown } else { format!("{sign} {shown}") });
    }
    format!("{}: {sum} = {}", text.trim(), parts.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rolls with these bits, one after the other.
    fn rolled(text: &str, bits: &[u32]) -> String {
        let mut bits = bits.iter().copied();
        let chance = || bits.next().ok_or_else(|| ToolError::Failed("no bits left".into()));
        told(text, &roll(&read(text).unwrap(), chance).unwrap())
    }

    #[test]
    fn rolls_are_told_with_every_die() {
        for (text, bits, expected) in [
            ("3d6+2", [0, 3, 5, 0].as_slice(), "3d6+2: 13 = [1 4 6] + 2"),
            ("d20", &[19], "d20: 20 = [20]"),
            ("2d20kh1 + 5", &[3, 16], "2d20kh1 + 5: 22 = [(4) 17] + 5"),
            ("2D20k", &[16, 3], "2D20k: 17 = [17 (4)]"),
            ("4d6kl3", &[5, 0, 5, 2], "4d6kl3: 10 = [6 1 (6) 3]"),
            ("10-d4", &[2], "10-d4: 7 = 10 - [3]"),
            ("-d4", &[2], "-d4: -3 = - [3]"),
            ("d%", &[99], "d%: 100 = [100]"),
        ] {
            assert_eq!(rolled(text, bits), expected);
        }
    }

    #[test]
    fn what_would_favour_the_first_sides_is_thrown_away() {
        assert_eq!(rolled("d6", &[u32::MAX, u32::MAX - 1, 4]), "d6: 5 = [5]");
    }

    #[test]
    fn what_is_no_roll_is_told() {
        for bad in [
            "",
            "d",
            "six",
            "0d6",
            "101d6",
            "d0",
            "d1000001",
            "2d6kh3",
            "2d6kh0",
            "1d6++2",
            "1d6+",
            "3d6 2x",
            "99999999999d6",
            "2000000",
            "d6d6",
        ] {
            let error = read(bad).unwrap_err();
            assert!(error.contains("3d6+2"), "{bad}: {error}");
        }
        assert!(read(&"1+".repeat(30)).is_err());
    }
}
