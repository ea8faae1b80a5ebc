//! The gateway's figures in the text format of Prometheus (version 0.0.4).

use base::Money;
use gateway::{HistogramSnapshot, MetricsSnapshot, TierFigures};
use std::fmt::{Display, Write as _};

/// All figures. Names follow Prometheus' conventions: base units, `_total` for counters.
pub(crate) fn render(figures: &MetricsSnapshot) -> String {
    let mut text = Text(String::with_capacity(4_096));
    text.gauge("requests_in_flight", "Calls under way.", figures.in_flight);
    text.counters("exchanges_total", "Calls that ended, by outcome.", "outcome", &figures.exchanges);
    text.counters("refusals_total", "Calls refused before they went anywhere.", "kind", &figures.refusals);
    text.counter("attempts_failed_total", "Failed calls of single deployments.", figures.attempts_failed);
    let tokens = [("input", figures.input_tokens), ("output", figures.output_tokens)];
    text.counters("tokens_total", "Tokens read and written.", "direction", &tokens);
    text.counter("cost_usd_total", "What calls cost, in US dollars.", Money::from_nanos(figures.cost_nanos));
    text.counter("cache_hits_total", "Calls answered from the cache.", figures.cache_hits);
    text.gauge("cache_entries", "Replies in the cache.", figures.cache_entries);
    text.gauge("cache_bytes", "Size of the replies in the cache.", figures.cache_bytes);
    text.gauge(
        "ledger_backlog",
        "Settled calls in the journal, not yet in the database.",
        figures.ledger_backlog,
    );
    text.counter("journal_failures_total", "Failed writes of the journal.", figures.journal_failures);
    text.histogram("call_duration_seconds", "From the request to the end.", &figures.total_ms);
    text.histogram("first_token_seconds", "From the request to the first piece.", &figures.first_token_ms);
    text.counter("bodies_lost_total", "Requests and replies that could not be kept.", figures.bodies_lost);
    tiers(&mut text, &figures.tiers);
    let each = |value: fn(&gateway::DeploymentHealth) -> u64| -> Vec<(&str, u64)> {
        figures.deployments.iter().map(|one| (one.id.as_str(), value(one))).collect()
    };
    text.counters(
        "deployment_calls_total",
        "Calls of each deployment.",
        "deployment",
        &each(|one| one.calls),
    );
    text.counters(
        "deployment_failures_total",
        "Failed calls of each.",
        "deployment",
        &each(|one| one.failures),
    );
    let up = each(|one| u64::from(one.retry_in.is_none()));
    text.family("deployment_up", "gauge", "1 unless the deployment is being left alone.");
    text.labelled("deployment_up", "deployment", &up);
    text.0
}

/// The figures of each tier that was asked.
fn tiers(text: &mut Text, tiers: &[TierFigures]) {
    if tiers.is_empty() {
        return;
    }
    text.family("tier_exchanges_total", "counter", "Calls of each tier that ended, by outcome.");
    for tier in tiers {
        for (outcome, count) in &tier.exchanges {
            let labels = format!("tier=\"{}\",outcome=\"{outcome}\"", tier.tier);
            text.sample("tier_exchanges_total", &labels, count);
        }
    }
    text.family("tier_tokens_total", "counter", "Tokens read and written by each tier.");
    for tier in tiers {
        for (direction, count) in [("input", tier.input_tokens), ("output", tier.output_tokens)] {
            text.sample(
                "tier_tokens_total",
                &format!("tier=\"{}\",direction=\"{direction}\"", tier.tier),
                count,
            );
        }
    }
    text.family("tier_cost_usd_total", "counter", "What the calls of each tier cost, in US dollars.");
    for tier in tiers {
        text.sample(
            "tier_cost_usd_total",
            &format!("tier=\"{}\"", tier.tier),
            Money::from_nanos(tier.cost_nanos),
        );
    }
    text.family("tier_first_token_seconds", "histogram", "From the request to the first piece, by tier.");
    for tier in tiers {
        text.buckets("tier_first_token_seconds", &format!("tier=\"{}\"", tier.tier), &tier.first_token_ms);
    }
}

struct Text(String);

impl Text {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.0, "# HELP familiar_{name} {help}\n# TYPE familiar_{name} {kind}");
    }

    fn gauge(&mut self, name: &str, help: &str, value: impl Display) {
        self.family(name, "gauge", help);
        let _ = writeln!(self.0, "familiar_{name} {value}");
    }

    fn counter(&mut self, name: &str, help: &str, value: impl Display) {
        self.family(name, "counter", help);
        let _ = writeln!(self.0, "familiar_{name} {value}");
    }

    fn counters(&mut self, name: &str, help: &str, label: &str, values: &[(&str, u64)]) {
        self.family(name, "counter", help);
        self.labelled(name, label, values);
    }

    fn labelled(&mut self, name: &str, label: &str, values: &[(&str, u64)]) {
        for (text, value) in values {
            let text = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            let _ = writeln!(self.0, "familiar_{name}{{{label}=\"{text}\"}} {value}");
        }
    }

    fn sample(&mut self, name: &str, labels: &str, value: impl Display) {
        let _ = writeln!(self.0, "familiar_{name}{{{labels}}} {value}");
    }

    fn buckets(&mut self, name: &str, labels: &str, figures: &HistogramSnapshot) {
        for (bound_ms, count) in &figures.cumulative {
            let labels = format!("{labels},le=\"{}\"", seconds(*bound_ms));
            self.sample(&format!("{name}_bucket"), &labels, count);
        }
        self.sample(&format!("{name}_bucket"), &format!("{labels},le=\"+Inf\""), figures.count);
        self.sample(&format!("{name}_sum"), labels, seconds(figures.sum_ms));
        self.sample(&format!("{name}_count"), labels, figures.count);
    }

    fn histogram(&mut self, name: &str, help: &str, figures: &HistogramSnapshot) {
        self.family(name, "histogram", help);
        for (bound_ms, count) in &figures.cumulative {
            let _ = writeln!(self.0, "familiar_{name}_bucket{{le=\"{}\"}} {count}", seconds(*bound_ms));
        }
        let _ = writeln!(self.0, "familiar_{name}_bucket{{le=\"+Inf\"}} {}", figures.count);
        let _ = writeln!(self.0, "familiar_{name}_sum {}", seconds(figures.sum_ms));
        let _ = writeln!(self.0, "familiar_{name}_count {}", figures.count);
    }
}

fn seconds(millis: u64) -> f64 {
    std::time::Duration::from_millis(millis).as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_in_prometheus_text_format() {
        let mut text = Text(String::new());
        text.counters("calls_total", "Calls.", "deployment", &[("a\"b\\c", 2)]);
        let histogram = HistogramSnapshot { cumulative: vec![(5, 1), (1_000, 3)], count: 4, sum_ms: 2_500 };
        text.histogram("call_seconds", "Time.", &histogram);
        assert_eq!(
            text.0,
            "# HELP familiar_calls_total Calls.\n# TYPE familiar_calls_total counter\n\
             familiar_calls_total{deployment=\"a\\\"b\\\\c\"} 2\n\
             # HELP familiar_call_seconds Time.\n# TYPE familiar_call_seconds histogram\n\
             familiar_call_seconds_bucket{le=\"0.005\"} 1\nfamiliar_call_seconds_bucket{le=\"1\"} 3\n\
             familiar_call_seconds_bucket{le=\"+Inf\"} 4\nfamiliar_call_seconds_sum 2.5\nfamiliar_call_seconds_count 4\n"
        );
    }
}
