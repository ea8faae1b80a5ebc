//! How providers and deployments did over a period, read from what was kept of their minutes.

use crate::{db, error::ManageError, gateway::Shared};
use base::Timestamp;
use routing::sla::{Compliance, Figures, Span, compliance};
use std::{collections::BTreeMap, time::Duration};

const MINUTE_MS: i64 = 60_000;
const DAY_MINUTES: i64 = 24 * 60;
/// Longest period of a report.
const MAX_PERIOD: Duration = Duration::from_secs(400 * 86_400);

/// How providers and deployments did: [`crate::Gateway::records`].
#[derive(Debug)]
pub struct Records<'a> {
    shared: &'a Shared,
}

impl<'a> Records<'a> {
    pub(crate) fn new(shared: &'a Shared) -> Self {
        Self { shared }
    }

    /// Every provider that was called from `from` up to but not including `until`, by name.
    ///
    /// # Errors
    /// [`ManageError::Invalid`] where the period makes no sense; failures of the database.
    pub async fn providers(&self, from: Timestamp, until: Timestamp) -> Result<Vec<Compliance>, ManageError> {
        if from >= until || until.since(from) > MAX_PERIOD {
            let message = format!("the period from {from} to {until} is empty or longer than 400 days");
            return Err(ManageError::Invalid(message));
        }
        let until = until.min(self.shared.clock.now());
        let period = (minute(from), minute_after(until));
        let spans = db::provider_spans(&self.shared.db, period).await?;
        let first = db::first_called(&self.shared.db).await?;
        let mut grouped: BTreeMap<&str, Vec<&Span>> = BTreeMap::new();
        for span in &spans {
            grouped.entry(&span.provider).or_default().push(span);
        }
        Ok(grouped
            .into_iter()
            .map(|(provider, spans)| {
                let first = first.get(provider).copied().unwrap_or(period.0);
                compliance(provider, &spans, first, period)
            })
            .collect())
    }

    /// Each deployment that was called in the last 24 hours, by id; without times.
    ///
    /// # Errors
    /// Failures of the database.
    pub async fn deployments_of_a_day(&self) -> Result<BTreeMap<String, Figures>, ManageError> {
        let until = minute_after(self.shared.clock.now());
        let from = until - DAY_MINUTES;
        let sums = db::deployment_sums(&self.shared.db, from).await?;
        let figures = sums.into_iter().map(|sums| {
            let minutes = u64::try_from(until - sums.first_minute.max(from)).unwrap_or_default();
            let (calls, failures) = (sums.calls, sums.failures);
            let down_minutes = sums.down_minutes.min(minutes);
            (sums.deployment, Figures { calls, failures, minutes, down_minutes, p95_ms: None })
        });
        Ok(figures.collect())
    }
}

fn minute(time: Timestamp) -> i64 {
    time.millis().div_euclid(MINUTE_MS)
}

/// The minute after the one that `time` lies in.
fn minute_after(time: Timestamp) -> i64 {
    minute(time) + 1
}
