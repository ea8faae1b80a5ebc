//! Everything that is counted, in the text formats of OpenMetrics (1.0.0) and Prometheus (0.0.4), which differ in how
//! a counter is announced and in the last line.
//!
//! The names are documented in the handbook (`metrics.md`); a test keeps them, the handbook and the dashboard
//! together. No label has a value that a caller chooses freely, and the number of lines is bounded: see
//! [`gateway::metrics::MAX_SERIES`].

use app::Figures;
use base::Money;
use gateway::{
    MetricsSnapshot,
    metrics::{BUCKETS_MS, Distribution, MAX_SERIES, OVERHEAD_BUCKETS_US, Series, TOKEN_CLASSES},
};
use ledger::Outcome;
use routing::{DeploymentHealth, State};
use std::fmt::{Display, Write as _};

/// In which of the two formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Prometheus,
    OpenMetrics,
}

impl Format {
    /// The one that a client asks for with `accept`.
    pub(crate) fn asked_for(accept: &str) -> Self {
        if accept.contains("application/openmetrics-text") { Self::OpenMetrics } else { Self::Prometheus }
    }

    pub(crate) const fn content_type(self) -> &'static str {
        match self {
            Self::Prometheus => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }
}

/// All figures.
pub(crate) fn render(figures: &Figures, format: Format) -> String {
    let mut text = Text { out: String::with_capacity(16 << 10), format };
    text.info("build", "The version that runs.", &[("version", figures.version)]);
    calls(&mut text, &figures.gateway);
    answers(&mut text, &figures.gateway);
    series(&mut text, &figures.gateway.series);
    tiers(&mut text, &figures.gateway.tiers);
    deployments(&mut text, &figures.gateway);
    limits(&mut text, &figures.gateway);
    budgets(&mut text, &figures.gateway);
    work(&mut text, figures);
    process(&mut text, figures);
    if format == Format::OpenMetrics {
        text.out.push_str("# EOF\n");
    }
    text.out
}

fn calls(text: &mut Text, gateway: &MetricsSnapshot) {
    text.gauge("requests_in_flight", "Calls under way.").value(&[], gateway.in_flight);
    let mut refusals = text.counter("refusals", "Calls refused before they went anywhere, by kind of error.");
    for (kind, count) in &gateway.refusals {
        refusals.value(&[("kind", kind)], count);
    }
    let mut failures = text.counter("failures", "Calls that ended with an error, by its class.");
    for (kind, count) in &gateway.failures {
        failures.value(&[("kind", kind)], count);
    }
    text.counter("attempts_failed", "Failed calls of single deployments, fallen back from or not.")
        .value(&[], gateway.attempts_failed);
    let mut degradations =
        text.counter("degradations", "What was given up to get an answer, by what it was.");
    for (event, count) in &gateway.degradations {
        degradations.value(&[("event", event)], count);
    }
    text.gauge("cache_entries", "Replies in the cache.").value(&[], gateway.cache_entries);
    cache(text, gateway);
    text.gauge("cache_bytes", "Size of the replies in the cache.").value(&[], gateway.cache_bytes);
    text.gauge("ledger_backlog", "Calls that have ended and that the database does not have yet.")
        .value(&[], gateway.ledger_backlog);
    text.counter("journal_failures", "Failed writes of the journal.").value(&[], gateway.journal_failures);
    text.counter("bodies_lost", "Requests and replies that could not be kept.")
        .value(&[], gateway.bodies_lost);
}

fn answers(text: &mut Text, gateway: &MetricsSnapshot) {
    let overhead = &gateway.overhead_us;
    let mut family =
        text.histogram("overhead_seconds", "What the gateway itself added before the answer's head.");
    let bounds = OVERHEAD_BUCKETS_US.map(|us| us as f64 / 1e6);
    family.distribution(&[], &bounds, (&overhead.buckets, overhead.sum_us as f64 / 1e6));
}

fn labels(series: &Series) -> [(&'static str, &str); 4] {
    let [operation, route, provider, model] = series.labels();
    [("operation", operation), ("route", route), ("provider", provider), ("model", model)]
}

/// What came of looking into the cache, by route.
fn cache(text: &mut Text, gateway: &MetricsSnapshot) {
    let mut looked = text.counter("cache_lookups", "Looks into the cache of replies, by what came of them.");
    for route in &gateway.cache_routes {
        let counts = [
            ("hit", route.hits),
            ("shared", route.shared),
            ("semantic", route.semantic),
            ("miss", route.misses),
        ];
        for (outcome, count) in counts.into_iter().filter(|(_, count)| *count > 0) {
            looked.value(&[("route", &route.route), ("outcome", outcome)], count);
        }
    }
}

fn series(text: &mut Text, all: &[Series]) {
    let mut requests = text.counter("requests", "Calls that have ended, by what became of them.");
    for one in all {
        for (outcome, count) in Outcome::ALL.iter().zip(&one.outcomes).filter(|(_, count)| **count > 0) {
            requests.value(&[&labels(one)[..], &[("outcome", outcome.as_str())]].concat(), count);
        }
    }
    let mut tokens = text.counter("tokens", "Tokens by class; reasoning is a part of output.");
    for one in all {
        for (class, count) in TOKEN_CLASSES.iter().zip(&one.tokens).filter(|(_, count)| **count > 0) {
            tokens.value(&[&labels(one)[..], &[("class", *class)]].concat(), count);
        }
    }
    let usd = |nanos: i64| Money::from_nanos(nanos).to_string();
    let mut cost = text.counter("cost_usd", "What calls cost, in US dollars.");
    all.iter().for_each(|one| cost.value(&labels(one), usd(one.cost_nanos)));
    let mut saved = text.counter("cache_saved_usd", "What answers out of the cache would have cost.");
    all.iter()
        .filter(|one| one.saved_nanos > 0)
        .for_each(|one| saved.value(&labels(one), usd(one.saved_nanos)));
    let mut hits = text.counter("cache_hits", "Calls answered from the cache.");
    all.iter().filter(|one| one.cache_hits > 0).for_each(|one| hits.value(&labels(one), one.cache_hits));
    let mut fallbacks = text.counter("fallbacks", "Answers that came after a deployment had failed.");
    all.iter().filter(|one| one.fallbacks > 0).for_each(|one| fallbacks.value(&labels(one), one.fallbacks));
    times(text, all, ("request_duration_seconds", "From the request to the end."), |one| &one.total_ms);
    times(text, all, ("first_token_seconds", "From the request to the first piece of the answer."), |one| {
        &one.first_token_ms
    });
}

/// The figures of each tier that was asked.
fn tiers(text: &mut Text, tiers: &[(&str, Series)]) {
    let mut requests = text.counter("tier_requests", "Calls of each tier that have ended.");
    for (tier, series) in tiers {
        for (outcome, count) in Outcome::ALL.iter().zip(&series.outcomes).filter(|(_, count)| **count > 0) {
            requests.value(&[("tier", tier), ("outcome", outcome.as_str())], count);
        }
    }
    let mut tokens = text.counter("tier_tokens", "Tokens of each tier by class.");
    for (tier, series) in tiers {
        for (class, count) in TOKEN_CLASSES.iter().zip(&series.tokens).filter(|(_, count)| **count > 0) {
            tokens.value(&[("tier", tier), ("class", class)], count);
        }
    }
    let mut cost = text.counter("tier_cost_usd", "What the calls of each tier cost, in US dollars.");
    for (tier, series) in tiers {
        cost.value(&[("tier", tier)], Money::from_nanos(series.cost_nanos));
    }
    let bounds = BUCKETS_MS.map(|ms| ms as f64 / 1e3);
    let mut first = text
        .histogram("tier_first_token_seconds", "From the request to the first piece of the answer, by tier.");
    for (tier, series) in tiers {
        let times = &series.first_token_ms;
        first.distribution(&[("tier", tier)], &bounds, (&times.buckets, times.sum_ms as f64 / 1e3));
    }
}

fn times(text: &mut Text, all: &[Series], (name, help): (&str, &str), of: fn(&Series) -> &Distribution) {
    let bounds = BUCKETS_MS.map(|ms| ms as f64 / 1e3);
    let mut family = text.histogram(name, help);
    for one in all {
        let times = of(one);
        if times.buckets.iter().any(|count| *count > 0) {
            family.distribution(&labels(one), &bounds, (&times.buckets, times.sum_ms as f64 / 1e3));
        }
    }
}

fn deployments(text: &mut Text, gateway: &MetricsSnapshot) {
    // Those that were called, the busiest first and only so many: a provider may list thousands.
    let mut all: Vec<&DeploymentHealth> = gateway.deployments.iter().filter(|one| one.calls > 0).collect();
    all.sort_by(|one, other| other.calls.cmp(&one.calls).then_with(|| one.id.cmp(&other.id)));
    all.truncate(MAX_SERIES);
    let mut calls = text.counter("deployment_calls", "Calls of each deployment.");
    all.iter().for_each(|one| calls.value(&[("deployment", &one.id)], one.calls));
    let mut failures = text.counter("deployment_failures", "Failed calls of each deployment.");
    all.iter().for_each(|one| failures.value(&[("deployment", &one.id)], one.failures));
    let mut in_flight = text.gauge("deployment_in_flight", "Calls of each deployment under way.");
    all.iter().for_each(|one| in_flight.value(&[("deployment", &one.id)], one.in_flight));
    let mut up = text.gauge("deployment_up", "1 unless the deployment is being left alone.");
    all.iter().for_each(|one| up.value(&[("deployment", &one.id)], u8::from(one.retry_in.is_none())));
    let mut open = text.gauge("deployment_breaker_open", "1 while the circuit breaker is open.");
    all.iter().for_each(|one| open.value(&[("deployment", &one.id)], u8::from(one.is_open)));
    let mut state = text.gauge("deployment_state", "1 for the state that the deployment is in.");
    for one in &all {
        for known in State::ALL {
            let is = u8::from(known == one.state);
            state.value(&[("deployment", &one.id), ("state", known.as_str())], is);
        }
    }
    let mut share =
        text.gauge("deployment_success_ratio", "The share of calls in the window that succeeded.");
    all.iter().for_each(|one| share.value(&[("deployment", &one.id)], one.measures.success_share));
    let mut room =
        text.gauge("deployment_headroom_ratio", "What is left of the limits, the scarcest of them.");
    all.iter().for_each(|one| room.value(&[("deployment", &one.id)], one.measures.headroom));
}

fn limits(text: &mut Text, gateway: &MetricsSnapshot) {
    let queue = &gateway.queue;
    let mut waiting = text.gauge("requests_waiting", "Requests that wait for a limit to let them through.");
    queue.waiting.iter().for_each(|(priority, count)| waiting.value(&[("priority", priority)], count));
    let mut queued = text.counter("queue", "Requests that had to wait, by what came of it.");
    for (outcome, count) in
        [("served", queue.served), ("gave_up", queue.gave_up), ("turned_away", queue.turned_away)]
    {
        queued.value(&[("outcome", outcome)], count);
    }
    let mut kept = text.gauge("kept", "What is kept in memory of what grows with use; each has a bound.");
    gateway.kept.iter().for_each(|(what, count)| kept.value(&[("what", what)], count));
}

fn budgets(text: &mut Text, gateway: &MetricsSnapshot) {
    let each = &gateway.budgets;
    type Amount = fn(&gateway::AccountState) -> Money;
    let amounts: [(&str, &str, Amount); 3] = [
        ("budget_limit_usd", "The most that may be spent in the period.", |state| state.budget.limit),
        ("budget_spent_usd", "Spent in the period that runs.", |state| state.spent),
        ("budget_reserved_usd", "Put aside for calls and batches under way.", |state| state.reserved),
    ];
    for (name, help, amount) in amounts {
        let mut family = text.gauge(name, help);
        for one in each {
            let labels = [("scope", one.scope), ("name", one.name.as_str()), ("id", one.id.as_str())];
            family.value(&labels, amount(&one.state));
        }
    }
}

fn work(text: &mut Text, figures: &Figures) {
    let mut open = text.gauge("provider_connections_open", "Open connections to each provider.");
    figures
        .pools
        .iter()
        .for_each(|pool| open.value(&[("provider", &pool.provider)], pool.figures.connections_open));
    let mut opened = text.counter("provider_connections_opened", "Connections opened to each provider.");
    figures.pools.iter().for_each(|pool| {
        opened.value(&[("provider", &pool.provider)], pool.figures.connections_opened);
    });
    let mut in_flight = text.gauge("provider_requests_in_flight", "Requests whose reply has not ended.");
    figures.pools.iter().for_each(|pool| {
        in_flight.value(&[("provider", &pool.provider)], pool.figures.requests_in_flight);
    });
    let mut sent = text.counter("provider_requests_sent", "Requests sent to each provider.");
    figures
        .pools
        .iter()
        .for_each(|pool| sent.value(&[("provider", &pool.provider)], pool.figures.requests_sent));
    let mut jobs = text.gauge("jobs", "Background jobs that are kept, by name and state.");
    figures
        .jobs
        .iter()
        .for_each(|(name, state, count)| jobs.value(&[("name", name), ("state", state)], count));
    let mut batches = text.gauge("batches", "Batches that are kept, by state.");
    figures.batches.iter().for_each(|(state, count)| batches.value(&[("state", state)], count));
    let telemetry = &figures.telemetry;
    let mut spans = text.counter("telemetry_calls", "Calls whose spans were sent, dropped or not taken.");
    for (result, count) in
        [("sent", telemetry.sent), ("dropped", telemetry.dropped), ("failed", telemetry.failed)]
    {
        spans.value(&[("result", result)], count);
    }
}

/// The names that every Prometheus client uses for these.
fn process(text: &mut Text, figures: &Figures) {
    let Some(process) = &figures.process else { return };
    text.plain("process_resident_memory_bytes", "gauge", "Memory that is in use.", process.resident_bytes);
    text.plain("process_virtual_memory_bytes", "gauge", "Memory that is mapped.", process.virtual_bytes);
    text.plain("process_cpu_seconds", "counter", "Processor time used.", process.cpu_seconds);
    text.plain("process_open_fds", "gauge", "Open files and connections.", process.open_files);
    text.plain("process_threads", "gauge", "Threads.", process.threads);
}

struct Text {
    out: String,
    format: Format,
}

/// A family whose values are being written.
struct Family<'a> {
    text: &'a mut Text,
    name: String,
    suffix: &'static str,
}

impl Text {
    fn gauge(&mut self, name: &str, help: &str) -> Family<'_> {
        self.family(format!("familiar_{name}"), "gauge", help)
    }

    fn counter(&mut self, name: &str, help: &str) -> Family<'_> {
        self.family(format!("familiar_{name}"), "counter", help)
    }

    fn histogram(&mut self, name: &str, help: &str) -> Family<'_> {
        self.family(format!("familiar_{name}"), "histogram", help)
    }

    fn info(&mut self, name: &str, help: &str, labels: &[(&str, &str)]) {
        // OpenMetrics has a type for this; a gauge that is always 1 says the same in both formats.
        self.gauge(&format!("{name}_info"), help).value(labels, 1);
    }

    fn plain(&mut self, name: &str, kind: &'static str, help: &str, value: impl Display) {
        self.family(name.to_owned(), kind, help).value(&[], value);
    }

    fn family(&mut self, name: String, kind: &'static str, help: &str) -> Family<'_> {
        let suffix = if kind == "counter" { "_total" } else { "" };
        // Prometheus announces a counter by the name of its values, OpenMetrics without the suffix.
        let announced = match self.format {
            Format::Prometheus => format!("{name}{suffix}"),
            Format::OpenMetrics => name.clone(),
        };
        // Writing to a String cannot fail.
        let _ = writeln!(self.out, "# HELP {announced} {help}\n# TYPE {announced} {kind}");
        Family { text: self, name, suffix }
    }
}

impl Family<'_> {
    fn value(&mut self, labels: &[(&str, &str)], value: impl Display) {
        self.line(self.suffix, labels, value);
    }

    /// A histogram's values, from counts that are not cumulative yet.
    fn distribution(&mut self, labels: &[(&str, &str)], bounds: &[f64], (counts, sum): (&[u64], f64)) {
        let mut count = 0;
        for (position, bucket) in counts.iter().enumerate() {
            count += bucket;
            let bound = bounds.get(position).map_or_else(|| "+Inf".to_owned(), |bound| float(*bound));
            self.line("_bucket", &[labels, &[("le", bound.as_str())]].concat(), count);
        }
        self.line("_sum", labels, float(sum));
        self.line("_count", labels, count);
    }

    fn line(&mut self, suffix: &str, labels: &[(&str, &str)], value: impl Display) {
        let out = &mut self.text.out;
        let _ = write!(out, "{}{suffix}", self.name);
        for (position, (label, text)) in labels.iter().enumerate() {
            let before = if position == 0 { '{' } else { ',' };
            let _ = write!(out, "{before}{label}=\"{}\"", escaped(text));
        }
        let after = if labels.is_empty() { "" } else { "}" };
        let _ = writeln!(out, "{after} {value}");
    }
}

/// OpenMetrics wants a bound written as a float.
fn float(number: f64) -> String {
    if number.fract() == 0.0 { format!("{number:.1}") } else { number.to_string() }
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' => out.push_str("\\\\"),
            '"' => out.push_str("\\\""),
            '\n' => out.push_str("\\n"),
            other => out.push(other),
        }
    }
    out
}
