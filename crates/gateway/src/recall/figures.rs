//! What came of looking into the cache, by route.

use super::How;
use base::Money;
use std::collections::BTreeMap;

/// Most routes that are told apart; names come from the configuration, so that this is never met by chance.
const MAX_ROUTES: usize = 1_000;

/// The counters.
#[derive(Debug, Default)]
pub(super) struct Figures(BTreeMap<String, CacheRoute>);

/// What came of looking for a route's requests.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CacheRoute {
    /// The route or model, by its full name.
    pub route: String,
    /// Answered by a reply that was there.
    pub hits: u64,
    /// Answered by the reply to an identical request that was under way.
    pub shared: u64,
    /// Answered by the reply to a request that means the same.
    pub semantic: u64,
    /// Not found.
    pub misses: u64,
    /// What those that were answered would have cost.
    pub saved: Money,
}

/// The cache as it stands, since Familiar was started.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CacheOverview {
    /// Replies kept.
    pub entries: usize,
    /// Memory they take, in bytes.
    pub bytes: usize,
    /// Requests that others may mean the same as.
    pub semantic_entries: usize,
    /// By route, in the order of names.
    pub routes: Vec<CacheRoute>,
}

impl Figures {
    pub(super) fn count(&mut self, route: &str, found: Option<(How, Money)>) {
        if !self.0.contains_key(route) {
            if self.0.len() >= MAX_ROUTES {
                return;
            }
            self.0.insert(route.to_owned(), CacheRoute { route: route.to_owned(), ..CacheRoute::default() });
        }
        let Some(figures) = self.0.get_mut(route) else { return };
        let Some((how, cost)) = found else {
            figures.misses += 1;
            return;
        };
        figures.saved += cost;
        *match how {
            How::Hit => &mut figures.hits,
            How::Shared => &mut figures.shared,
            How::Semantic => &mut figures.semantic,
        } += 1;
    }

    pub(super) fn overview(&self, entries: usize, bytes: usize, semantic_entries: usize) -> CacheOverview {
        CacheOverview { entries, bytes, semantic_entries, routes: self.0.values().cloned().collect() }
    }
}
