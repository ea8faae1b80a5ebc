//! Sums over the ledger: by time, by what was called, by who called. Exact: whole nano-dollars, added up by the
//! database.
//!
//! Every sum is over the exchanges themselves and the days of exchanges that were cleared away, so that the rows of a
//! report add up to its total. There is one exception, and it says so: an exchange with several labels counts under
//! each of them in a report by label, and [`Report::overlap`] is what that makes too much.

use crate::{db, error::LedgerError};
use base::{Money, OwnerId, Timestamp};
use std::collections::BTreeMap;
use store::Db;

/// What exchanges without key, project, label and so on are listed under.
pub const NONE: &str = "(none)";
/// What calls without a virtual key are listed under.
pub const OWN_CALLS: &str = "(this workbench)";
/// What days that were cleared away are listed under where only exchanges know the answer.
pub const CLEARED: &str = "(cleared away)";
/// What stands for the labels of all conversations, of which a report by label would have thousands.
const CONVERSATIONS: &str = "(conversations)";
const CONVERSATION: &str = "conversation:";
const USER: &str = "user:";
const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 86_400_000;

/// By what a report adds up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum By {
    /// By hour, `2026-11-21T14`, in UTC.
    Hour,
    /// By day, `2026-11-21`, in UTC.
    Day,
    /// By provider.
    Provider,
    /// By deployment; by the route asked for where none answered.
    Model,
    /// By the name of the virtual key.
    Key,
    /// By project.
    Project,
    /// By label; an exchange with several counts under each.
    Tag,
    /// By the label `user:NAME`.
    User,
    /// By the label `conversation:ID`.
    Conversation,
}

impl By {
    /// Everything a report can add up by.
    pub const ALL: [Self; 9] = [
        Self::Hour,
        Self::Day,
        Self::Provider,
        Self::Model,
        Self::Key,
        Self::Project,
        Self::Tag,
        Self::User,
        Self::Conversation,
    ];

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Provider => "provider",
            Self::Model => "model",
            Self::Key => "key",
            Self::Project => "project",
            Self::Tag => "tag",
            Self::User => "user",
            Self::Conversation => "conversation",
        }
    }

    /// What has this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|by| by.as_str() == name)
    }

    /// Whether it is a stretch of time.
    pub const fn is_time(self) -> bool {
        matches!(self, Self::Hour | Self::Day)
    }
}

/// Which exchanges are added up. All that is given must fit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReportFilter {
    /// Only those that this provider answered.
    pub provider: Option<String>,
    /// Only those of this deployment, or for this route where none answered.
    pub model: Option<String>,
    /// Only those of the virtual key with this name or id; [`OWN_CALLS`] for those without.
    pub key: Option<String>,
    /// Only those of this project; [`NONE`] for those without.
    pub project: Option<String>,
    /// Only those with this label.
    pub tag: Option<String>,
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportQuery {
    /// From this moment on.
    pub from: Timestamp,
    /// Up to but not including this one.
    pub until: Timestamp,
    /// By what it is added up.
    pub by: By,
    /// Each row split by this once more; only where `by` is a stretch of time, and by nothing that is one.
    pub split: Option<By>,
    /// Which exchanges.
    pub filter: ReportFilter,
}

/// What was added up.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// Everything together.
    pub total: Sums,
    /// The rows: times in order, everything else the dearest first.
    pub rows: Vec<ReportRow>,
    /// What the rows have too much, since exchanges with several labels count under each.
    pub overlap: Sums,
}

/// A row of a report.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReportRow {
    /// The time, provider, model, key, project, label, user or conversation.
    pub name: String,
    /// What it was split by.
    pub part: Option<String>,
    /// The sums.
    pub sums: Sums,
}

/// Sums of exchanges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sums {
    /// Calls.
    pub requests: i64,
    /// Those that failed or were interrupted.
    pub failures: i64,
    /// Those whose tokens and cost are estimated.
    pub estimated: i64,
    /// Those answered from the cache.
    pub cached: i64,
    /// Tokens read, cached ones included.
    pub input_tokens: i64,
    /// The part of them read from providers' caches.
    pub cached_input_tokens: i64,
    /// Tokens written.
    pub output_tokens: i64,
    /// What it cost.
    pub cost: Money,
    /// What replies from the cache would have cost.
    pub saved: Money,
    /// What providers' prompt caches saved; below zero where more was written to them than read.
    pub prompt_saved: Money,
    /// What it would have cost without Familiar.
    pub baseline: Money,
}

impl Sums {
    /// What choosing among deployments saved: what is left of the difference to doing without Familiar.
    pub fn routing_saved(&self) -> Money {
        self.baseline - self.cost - self.saved - self.prompt_saved
    }

    /// Adds others.
    pub fn add(&mut self, other: &Self) {
        self.combine(other, i64::saturating_add, |one, other| one + other);
    }

    fn subtract(&mut self, other: &Self) {
        self.combine(other, i64::saturating_sub, |one, other| one - other);
    }

    fn combine(&mut self, other: &Self, count: fn(i64, i64) -> i64, money: fn(Money, Money) -> Money) {
        let Self {
            requests,
            failures,
            estimated,
            cached,
            input_tokens,
            cached_input_tokens,
            output_tokens,
            cost,
            saved,
            prompt_saved,
            baseline,
        } = self;
        for (own, its) in [
            (requests, other.requests),
            (failures, other.failures),
            (estimated, other.estimated),
            (cached, other.cached),
            (input_tokens, other.input_tokens),
            (cached_input_tokens, other.cached_input_tokens),
            (output_tokens, other.output_tokens),
        ] {
            *own = count(*own, its);
        }
        for (own, its) in [
            (cost, other.cost),
            (saved, other.saved),
            (prompt_saved, other.prompt_saved),
            (baseline, other.baseline),
        ] {
            *own = money(*own, its);
        }
    }
}

/// A row as the database adds it up: what it is grouped by, in the database's words.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    /// The number of the hour or day since 1970, or 0.
    pub(crate) time: i64,
    /// The name, or the labels as JSON.
    pub(crate) name: String,
    /// Whether it is of a day that was cleared away.
    pub(crate) cleared: bool,
    pub(crate) sums: Sums,
}

/// Adds up.
pub(crate) async fn report(db: &Db, owner: OwnerId, query: &ReportQuery) -> Result<Report, LedgerError> {
    if query.from >= query.until {
        return Err(LedgerError::Invalid(format!("`{}` to `{}` is no period", query.from, query.until)));
    }
    if query.split.is_some_and(|split| split.is_time() || !query.by.is_time()) {
        return Err(LedgerError::Invalid(
            "only hours and days can be split, and only by something else".to_owned(),
        ));
    }
    let groups = db::report(db, owner, query).await?;
    Ok(put_together(query, groups))
}

/// Turns the database's groups into rows.
fn put_together(query: &ReportQuery, groups: Vec<Group>) -> Report {
    let mut rows: BTreeMap<(String, Option<String>), Sums> = BTreeMap::new();
    let mut total = Sums::default();
    for group in groups {
        total.add(&group.sums);
        let parts: Vec<(String, Option<String>)> = match (query.by, query.split) {
            (By::Hour | By::Day, None) => vec![(time_of(query.by, &group), None)],
            (By::Hour | By::Day, Some(split)) => {
                // Parts of a whole must not overlap: labels are taken together.
                vec![(time_of(query.by, &group), Some(names_of(split, &group).join(" + ")))]
            }
            (by, _) => names_of(by, &group).into_iter().map(|name| (name, None)).collect(),
        };
        for part in parts {
            rows.entry(part).or_default().add(&group.sums);
        }
    }
    let mut overlap = Sums::default();
    for sums in rows.values() {
        overlap.add(sums);
    }
    overlap.subtract(&total);
    let rows = rows.into_iter().map(|((name, part), sums)| ReportRow { name, part, sums });
    let mut rows: Vec<ReportRow> = rows.collect();
    if !query.by.is_time() {
        // Sorting is stable: those that cost the same stay in the order of their names.
        rows.sort_by(|one, other| {
            (other.sums.cost, other.sums.requests).cmp(&(one.sums.cost, one.sums.requests))
        });
    }
    Report { total, rows, overlap }
}

fn time_of(by: By, group: &Group) -> String {
    let step = if by == By::Hour && !group.cleared { HOUR_MS } else { DAY_MS };
    let began = Timestamp::from_millis(group.time.saturating_mul(step)).to_string();
    // What was cleared away knows its day and not its hour.
    let length = if step == HOUR_MS { "2026-11-21T14".len() } else { "2026-11-21".len() };
    began.get(..length).unwrap_or(&began).to_owned()
}

fn names_of(by: By, group: &Group) -> Vec<String> {
    let or = |instead: &str| {
        let name = if group.name.is_empty() { instead } else { &group.name };
        vec![name.to_owned()]
    };
    match by {
        By::Hour | By::Day | By::Provider | By::Model | By::Project => or(NONE),
        By::Key => or(OWN_CALLS),
        By::Tag | By::User | By::Conversation if group.cleared => vec![CLEARED.to_owned()],
        By::Tag => some(
            labels(group)
                .into_iter()
                .map(|label| if label.starts_with(CONVERSATION) { CONVERSATIONS.to_owned() } else { label }),
        ),
        By::User => one_of(group, USER),
        By::Conversation => one_of(group, CONVERSATION),
    }
}

fn labels(group: &Group) -> Vec<String> {
    serde_json::from_str(&group.name).unwrap_or_default()
}

/// Each of them once, in order; [`NONE`] where there is none.
fn some(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut names: Vec<String> = names.collect();
    names.sort_unstable();
    names.dedup();
    if names.is_empty() {
        names.push(NONE.to_owned());
    }
    names
}

/// What the first label with this prefix says: an exchange has one user and one conversation.
fn one_of(group: &Group, prefix: &str) -> Vec<String> {
    let mut found =
        labels(group).into_iter().filter_map(|label| Some(label.strip_prefix(prefix)?.to_owned()));
    some(found.next().into_iter())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn group(time: i64, name: &str, cleared: bool, cost: i64) -> Group {
        let sums = Sums { requests: 1, cost: Money::from_nanos(cost), ..Sums::default() };
        Group { time, name: name.to_owned(), cleared, sums }
    }

    fn query(by: By, split: Option<By>) -> ReportQuery {
        let (from, until) = (Timestamp::from_millis(0), Timestamp::from_millis(1));
        ReportQuery { from, until, by, split, filter: ReportFilter::default() }
    }

    fn seen(report: &Report) -> Vec<(String, i64)> {
        report.rows.iter().map(|row| (row.name.clone(), row.sums.cost.nanos())).collect()
    }

    #[test]
    fn labels_overlap_and_the_report_says_by_how_much() {
        let groups = vec![
            group(0, r#"["a","b"]"#, false, 10),
            group(0, r#"["b"]"#, false, 1),
            group(0, "[]", false, 5),
            group(0, r#"["conversation:1","title"]"#, false, 7),
            group(0, r#"["conversation:2"]"#, false, 2),
            group(0, "", true, 100),
        ];
        let report = put_together(&query(By::Tag, None), groups.clone());
        let named = |name: &str, cost| (name.to_owned(), cost);
        assert_eq!(
            seen(&report),
            [
                named("(cleared away)", 100),
                named("b", 11),
                named("a", 10),
                named("(conversations)", 9),
                named("title", 7),
                named("(none)", 5)
            ]
        );
        assert_eq!((report.total.cost.nanos(), report.overlap.cost.nanos()), (125, 17));
        let by_conversation = put_together(&query(By::Conversation, None), groups);
        assert_eq!(
            seen(&by_conversation),
            [named("(cleared away)", 100), named("(none)", 16), named("1", 7), named("2", 2)]
        );
        assert_eq!(by_conversation.overlap, Sums::default());
    }

    #[test]
    fn days_that_were_cleared_away_have_no_hours() {
        let hour = 1_795_229_045_006 / HOUR_MS;
        let groups = vec![group(hour, "", false, 1), group(hour / 24, "", true, 2)];
        let report = put_together(&query(By::Hour, None), groups);
        assert_eq!(seen(&report), [("2026-11-21".to_owned(), 2), ("2026-11-21T02".to_owned(), 1)]);
    }

    proptest! {
        /// Whatever the groups are: rows less overlap are the total, and parts of times never overlap.
        #[test]
        fn rows_add_up(groups in prop::collection::vec(
            (0_i64..4, prop::collection::vec("[ab]|user:[xy]|conversation:[12]", 0..4), any::<bool>(), -50_i64..1_000), 0..30)) {
            let groups: Vec<Group> = groups.into_iter().map(|(time, labels, cleared, cost)| {
                group(time, &serde_json::to_string(&labels).unwrap(), cleared, cost)
            }).collect();
            for by in By::ALL {
                for split in [None, Some(By::Tag), Some(By::Model), Some(By::User)] {
                    if split.is_some() && !by.is_time() {
                        continue;
                    }
                    let report = put_together(&query(by, split), groups.clone());
                    let mut sum = Sums::default();
                    report.rows.iter().for_each(|row| sum.add(&row.sums));
                    sum.subtract(&report.overlap);
                    prop_assert_eq!(sum, report.total);
                    prop_assert!(by == By::Tag || report.overlap == Sums::default());
                }
            }
        }
    }
}
