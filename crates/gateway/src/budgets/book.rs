//! Every budget with its account, and which of them a call is paid from.

use super::BudgetSource;
use crate::{
    admit::{KeyRing, Principal},
    db::KeptBudget,
};
use base::{Id, OwnerId, Timestamp};
use budget::{Account, Action, Before, Named, Project, Scope, Watcher};
use ledger::Spender;
use std::{collections::HashMap, sync::Arc};

/// A budget and its account.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) kept: KeptBudget,
    pub(crate) source: BudgetSource,
    pub(crate) account: Arc<Account>,
}

/// A budget that is to be in the book, and what was spent of it where nobody has counted yet.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) kept: KeptBudget,
    pub(crate) source: BudgetSource,
    /// For a new account, or one that counts in other windows from now on.
    pub(crate) before: Option<Before>,
}

/// All budgets. Readers never wait; a change makes another book.
#[derive(Debug, Default)]
pub(crate) struct Book {
    /// In the order in which accounts are named: the widest scope first, those of the file first, then the oldest.
    pub(crate) entries: Vec<Entry>,
    installation: Vec<usize>,
    users: HashMap<OwnerId, Vec<usize>>,
    projects: HashMap<Project, Vec<usize>>,
    keys: HashMap<Id, Vec<usize>>,
}

/// What a call is paid from.
#[derive(Debug, Default)]
pub(crate) struct Purse {
    pub(crate) accounts: Vec<Arc<Account>>,
    /// One of them refuses what would go past it, so that what a call may cost has to be known.
    pub(crate) binds: bool,
    /// One of them makes calls cheaper near its limit.
    pub(crate) degrades: bool,
}

/// Who is told of marks, and what time it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Circumstances<'a> {
    pub(crate) ring: &'a KeyRing,
    pub(crate) watcher: &'a Arc<dyn Watcher>,
    pub(crate) now: Timestamp,
}

impl Book {
    /// The book of these budgets. Accounts of budgets that were there before go on.
    pub(crate) fn build(before: &Self, mut wanted: Vec<Wanted>, circumstances: Circumstances<'_>) -> Self {
        // By their names in the file, or by their ids, which sort by age: always in the same order.
        wanted.sort_by(|one, other| {
            let order = |wanted: &Wanted| (wanted.kept.scope, wanted.source == BudgetSource::Page);
            order(one).cmp(&order(other)).then_with(|| one.kept.id.cmp(&other.kept.id))
        });
        let mut book = Self::default();
        for wanted in wanted {
            let entry = entry(before.by_id(&wanted.kept.id), wanted, circumstances);
            book.index(&entry, circumstances.ring);
            book.entries.push(entry);
        }
        book
    }

    fn index(&mut self, entry: &Entry, ring: &KeyRing) {
        let place = self.entries.len();
        let KeptBudget { scope, subject, owner, .. } = &entry.kept;
        match scope {
            Scope::Installation => self.installation.push(place),
            Scope::User => self.users.entry(*owner).or_default().push(place),
            Scope::Project => {
                if let Ok(project) = subject.parse() {
                    self.projects.entry(project).or_default().push(place);
                }
            }
            Scope::Key => {
                for id in keys_of(subject, ring) {
                    self.keys.entry(id).or_default().push(place);
                }
            }
        }
    }

    /// The budget of this id.
    pub(crate) fn by_id(&self, id: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.kept.id == id)
    }

    /// The budgets of keys, each with its key.
    pub(crate) fn by_key(&self) -> impl Iterator<Item = (Id, &Entry)> {
        let each = self.keys.iter().flat_map(|(id, places)| places.iter().map(move |place| (*id, *place)));
        each.filter_map(|(id, place)| Some((id, self.entries.get(place)?)))
    }

    /// The installation's budgets.
    pub(crate) fn of_installation(&self) -> impl Iterator<Item = &Entry> {
        self.installation.iter().filter_map(|place| self.entries.get(*place))
    }

    /// What a caller's calls are paid from. Where there are no budgets, that costs nothing.
    pub(crate) fn purse(&self, principal: &Principal) -> Purse {
        let key = principal.key.as_ref().map(|key| key.info.id);
        self.purse_of(principal.owner, principal.project, key)
    }

    /// The same by ids.
    pub(crate) fn purse_of(&self, owner: OwnerId, project: Option<Project>, key: Option<Id>) -> Purse {
        let mut purse = Purse::default();
        if self.entries.is_empty() {
            return purse;
        }
        let users = if self.users.is_empty() { None } else { self.users.get(&owner) };
        let projects = project.and_then(|project| self.projects.get(&project));
        let keys = key.and_then(|key| self.keys.get(&key));
        for places in [Some(&self.installation), users, projects, keys].into_iter().flatten() {
            for entry in places.iter().filter_map(|place| self.entries.get(*place)) {
                purse.binds |= entry.kept.budget.binds();
                purse.degrades |= entry.kept.budget.action == Action::Degrade;
                purse.accounts.push(Arc::clone(&entry.account));
            }
        }
        purse
    }
}

fn entry(before: Option<&Entry>, wanted: Wanted, circumstances: Circumstances<'_>) -> Entry {
    let Wanted { kept, source, before: spent } = wanted;
    let Circumstances { ring, watcher, now } = circumstances;
    let named = named(&kept, ring);
    let same = before.filter(|before| before.kept.scope == kept.scope && before.kept.subject == kept.subject);
    let account = match same {
        Some(before) => {
            if before.kept != kept || spent.is_some() {
                before.account.change(named, kept.budget, spent.map(|spent| spent.spent), now);
            } else {
                before.account.rename(named);
            }
            Arc::clone(&before.account)
        }
        None => {
            let identity = (kept.id.as_str(), kept.scope);
            let start = (kept.budget, spent.unwrap_or_default(), now);
            Account::new(identity, named, start, Arc::clone(watcher))
        }
    };
    Entry { kept, source, account }
}

/// The keys that a budget's subject means: one by its id, or those of this name.
fn keys_of(subject: &str, ring: &KeyRing) -> Vec<Id> {
    match subject.parse() {
        Ok(id) => vec![id],
        Err(_) => {
            let named = ring.all().into_iter().filter(|key| key.info.name == subject);
            named.map(|key| key.info.id).collect()
        }
    }
}

/// Those whose spending a budget counts.
pub(crate) fn spenders(kept: &KeptBudget, ring: &KeyRing) -> Vec<Spender> {
    match kept.scope {
        Scope::Installation => vec![Spender::Everybody],
        Scope::User => vec![Spender::User(kept.owner)],
        Scope::Project => vec![Spender::Project(kept.subject.clone())],
        Scope::Key => keys_of(&kept.subject, ring).into_iter().map(Spender::Key).collect(),
    }
}

fn named(kept: &KeptBudget, ring: &KeyRing) -> Named {
    let subject = || match kept.scope {
        Scope::Key => {
            let key = kept.subject.parse().ok().and_then(|id| ring.by_id(id));
            key.map_or_else(|| kept.subject.clone(), |key| key.info.name.clone())
        }
        Scope::Installation | Scope::User | Scope::Project => kept.subject.clone(),
    };
    let (whose, plain) = match kept.scope {
        Scope::Installation => ("this installation".to_owned(), "installation".to_owned()),
        Scope::User => ("this user".to_owned(), "user".to_owned()),
        Scope::Project => (format!("the project `{}`", subject()), subject()),
        Scope::Key => (format!("the key `{}`", subject()), subject()),
    };
    Named { whose, label: if kept.label.is_empty() { plain } else { kept.label.clone() } }
}
