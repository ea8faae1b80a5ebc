//! What the ledger can be asked. Money questions are answered from it and from nothing else.

use crate::{
    db::{self, Totals},
    error::LedgerError,
    exchange::{Exchange, Outcome},
    report::{self, Report, ReportQuery},
};
use base::{Id, Money, OwnerId, Timestamp};
use store::Db;

/// Most exchanges on a page.
const MAX_PAGE: u32 = 500;

/// Which exchanges to show.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ExchangeFilter {
    /// Only those before this one: [`ExchangePage::next`] of the page before.
    pub before: Option<Id>,
    /// Only those of this virtual key.
    pub key_id: Option<Id>,
    /// Only those whose id, model, route, key, failure or labels have this text in them.
    pub text: Option<String>,
    /// Only those of this deployment, model or route.
    pub model: Option<String>,
    /// Only those of this provider.
    pub provider: Option<String>,
    /// Only those for this route or model, by its full name.
    pub route: Option<String>,
    /// Only those with this operation, such as `chat`.
    pub operation: Option<String>,
    /// Only those with this outcome.
    pub outcome: Option<Outcome>,
    /// Only those with this label.
    pub tag: Option<String>,
    /// Only those that began at this moment or later.
    pub from: Option<Timestamp>,
    /// Only those that began before this moment.
    pub until: Option<Timestamp>,
    /// How many, 1 to 500; 50 where not set.
    pub limit: Option<u32>,
}

/// Exchanges, the latest first.
#[derive(Debug, Clone, PartialEq)]
pub struct ExchangePage {
    /// The exchanges.
    pub exchanges: Vec<Exchange>,
    /// Where the next page begins; `None` on the last.
    pub next: Option<Id>,
}

/// What was used and spent in a time.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Spending {
    /// Everything together.
    pub total: SpendingRow,
    /// By day in UTC, oldest first; days without calls are left out.
    pub by_day: Vec<SpendingRow>,
    /// By deployment, the dearest first.
    pub by_model: Vec<SpendingRow>,
    /// By the name of the virtual key, the dearest first; calls without key have an empty name.
    pub by_key: Vec<SpendingRow>,
    /// By provider, the dearest first; calls that reached none have an empty name.
    pub by_provider: Vec<SpendingRow>,
}

/// One row of [`Spending`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SpendingRow {
    /// The day (`2026-11-21`), deployment, key or provider.
    pub name: String,
    /// Calls.
    pub requests: u64,
    /// Those that failed or were interrupted.
    pub failures: u64,
    /// Those whose tokens and cost are estimated.
    pub estimated: u64,
    /// Those answered from the cache.
    pub cached: u64,
    /// Tokens read, cached ones included.
    pub input_tokens: u64,
    /// The part of them read from providers' caches.
    pub cached_input_tokens: u64,
    /// Tokens written.
    pub output_tokens: u64,
    /// What it cost.
    pub cost: Money,
    /// What replies from the cache would have cost.
    pub saved: Money,
}

/// The ledger of an installation. Exchanges appear in it as soon as the [`Writer`](crate::Writer) has gathered them.
#[derive(Debug)]
pub struct Ledger<'a> {
    db: &'a Db,
}

impl<'a> Ledger<'a> {
    /// The ledger in this database.
    pub const fn new(db: &'a Db) -> Self {
        Self { db }
    }

    /// A page of an owner's exchanges, the latest first.
    ///
    /// # Errors
    /// Failures of the database.
    pub async fn exchanges(
        &self,
        owner: OwnerId,
        filter: &ExchangeFilter,
    ) -> Result<ExchangePage, LedgerError> {
        let limit = filter.limit.unwrap_or(50).clamp(1, MAX_PAGE);
        let mut exchanges = db::page(self.db, owner, filter, limit).await?;
        let more = exchanges.len() > limit as usize;
        exchanges.truncate(limit as usize);
        let next = exchanges.last().filter(|_| more).map(|exchange| exchange.id);
        Ok(ExchangePage { exchanges, next })
    }

    /// One exchange of an owner; `None` where there is none of this id.
    ///
    /// # Errors
    /// Failures of the database.
    pub async fn exchange(&self, owner: OwnerId, id: Id) -> Result<Option<Exchange>, LedgerError> {
        Ok(db::exchange_by_id(self.db, owner, id).await?)
    }

    /// Sums of an owner's exchanges.
    ///
    /// # Errors
    /// [`LedgerError::Invalid`] where the query makes no sense; failures of the database.
    pub async fn report(&self, owner: OwnerId, query: &ReportQuery) -> Result<Report, LedgerError> {
        report::report(self.db, owner, query).await
    }

    /// What an owner's calls that began from `from` up to but not including `until` came to.
    ///
    /// # Errors
    /// Failures of the database.
    pub async fn spending(
        &self,
        owner: OwnerId,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Spending, LedgerError> {
        let by = |totals| db::spending(self.db, owner, (from, until), totals);
        Ok(Spending {
            total: by(Totals::All).await?.into_iter().next().unwrap_or_default(),
            by_day: by(Totals::Day).await?,
            by_model: by(Totals::Model).await?,
            by_key: by(Totals::Key).await?,
            by_provider: by(Totals::Provider).await?,
        })
    }
}
