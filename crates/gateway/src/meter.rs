//! From what was seen of an answer to tokens and money.

use crate::audio;
use base::Money;
use llm::{AudioHead, PriceSheet, Summary, Usage};

/// Bytes that make a token, for estimates: English prose has four or more, source code and most other
/// languages about three; estimates had better be too high than too low.
const BYTES_PER_TOKEN: u64 = 3;

/// What is known about an answer when it ends, however it ends.
#[derive(Debug)]
pub(crate) struct Evidence<'a> {
    /// What was seen of it.
    pub(crate) summary: &'a Summary,
    /// Whether it came to its end.
    pub(crate) complete: bool,
    /// Whether it was given up while the provider was at work on it.
    pub(crate) abandoned: bool,
    /// Whether its pieces were seen as they came.
    pub(crate) streamed: bool,
    /// Upper bound of the prompt's tokens.
    pub(crate) input_tokens_bound: u64,
    /// What is known of the sound, if that is what it is about.
    pub(crate) audio: Option<&'a AudioHead>,
    /// The model's prices, and how many tokens it was used for before in the month.
    pub(crate) prices: Option<(&'a PriceSheet, u64)>,
    /// Most it can cost.
    pub(crate) worst_case: Option<Money>,
}

/// Tokens and money of an exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Metered {
    pub(crate) usage: Usage,
    /// `None` where the price is not known.
    pub(crate) cost: Option<Money>,
    pub(crate) estimated: bool,
}

/// Adds up what an answer cost.
///
/// A complete answer costs what the provider says. Where it does not say, or the answer broke off, tokens
/// are estimated from the bytes that passed. A reply that was to come in one piece and was given up on
/// shows nothing of what the provider has written by then, so it is charged at its worst case.
pub(crate) fn meter(evidence: &Evidence<'_>) -> Metered {
    let priced = |usage: Usage, estimated| Metered {
        usage,
        cost: match evidence.prices {
            Some((prices, used)) => Some(prices.cost_after(&usage, used)),
            None => usage.reported_cost,
        },
        estimated,
    };
    let reported = evidence.summary.usage;
    let nothing_came = !evidence.complete && !evidence.summary.started && !evidence.abandoned;
    if let (Some(head), false) = (evidence.audio, nothing_came) {
        let tier = evidence.prices.map(|(prices, _)| prices.usual.base).unwrap_or_default();
        let (usage, estimated) = audio::used(head, evidence.summary, &tier);
        return priced(usage, estimated || !evidence.complete).at_most(evidence.worst_case);
    }
    if let (Some(usage), true) = (reported, evidence.complete) {
        return priced(usage, false);
    }
    if nothing_came {
        // It failed before it began: providers do not charge for that, unless they say so.
        return match reported {
            Some(usage) => priced(usage, false),
            None => Metered { cost: Some(Money::ZERO), ..Metered::default() },
        };
    }
    let mut metered = priced(estimate(evidence), true);
    if evidence.abandoned && !evidence.streamed {
        metered.cost = evidence.worst_case;
    }
    metered.at_most(evidence.worst_case)
}

impl Metered {
    /// An estimate never goes beyond what was put aside.
    fn at_most(mut self, worst_case: Option<Money>) -> Self {
        if let (Some(cost), Some(worst_case), true) = (self.cost, worst_case, self.estimated) {
            self.cost = Some(cost.min(worst_case));
        }
        self
    }
}

fn estimate(evidence: &Evidence<'_>) -> Usage {
    let reported = evidence.summary.usage.unwrap_or_default();
    let output = reported.output.max(evidence.summary.text_bytes.div_ceil(BYTES_PER_TOKEN));
    if reported.total_input() > 0 {
        return Usage { output, ..reported };
    }
    Usage { input: evidence.input_tokens_bound.div_ceil(BYTES_PER_TOKEN), output, ..reported }
}

#[cfg(test)]
mod tests {
    use super::*;
    use llm::PriceTier;

    /// One nano-dollar a token in, two a token out.
    fn prices() -> PriceSheet {
        PriceSheet::from(PriceTier {
            input: Money::from_nanos(1_000_000),
            output: Money::from_nanos(2_000_000),
            ..PriceTier::default()
        })
    }

    struct Case {
        what: &'static str,
        usage: Option<(u64, u64)>,
        text_bytes: u64,
        complete: bool,
        abandoned: bool,
        streamed: bool,
        expected: (i64, bool),
    }

    #[test]
    fn what_the_provider_says_counts_and_what_it_does_not_say_is_estimated() {
        let base = Case {
            what: "",
            usage: None,
            text_bytes: 0,
            complete: false,
            abandoned: false,
            streamed: true,
            expected: (0, false),
        };
        let cases = [
            Case {
                what: "reported",
                usage: Some((10, 5)),
                text_bytes: 900,
                complete: true,
                expected: (20, false),
                ..base
            },
            Case {
                what: "complete without usage",
                text_bytes: 30,
                complete: true,
                expected: (40, true),
                ..base
            },
            Case { what: "failed before it began", ..base },
            Case { what: "broke off", text_bytes: 30, expected: (40, true), ..base },
            Case {
                what: "broke off after the prompt was counted",
                usage: Some((7, 1)),
                text_bytes: 30,
                expected: (27, true),
                ..base
            },
            Case {
                what: "stream given up before its first token",
                abandoned: true,
                expected: (20, true),
                ..base
            },
            Case {
                what: "whole reply given up",
                abandoned: true,
                streamed: false,
                expected: (500, true),
                ..base
            },
            Case { what: "never above the worst case", text_bytes: 9_000, expected: (500, true), ..base },
        ];
        for case in cases {
            let summary = Summary {
                started: case.text_bytes > 0,
                usage: case.usage.map(|(input, output)| Usage { input, output, ..Usage::default() }),
                text_bytes: case.text_bytes,
                ..Summary::default()
            };
            let metered = meter(&Evidence {
                summary: &summary,
                complete: case.complete,
                abandoned: case.abandoned,
                streamed: case.streamed,
                input_tokens_bound: 60,
                audio: None,
                prices: Some((&prices(), 0)),
                worst_case: Some(Money::from_nanos(500)),
            });
            assert_eq!((metered.cost.unwrap().nanos(), metered.estimated), case.expected, "{}", case.what);
        }
    }
}
