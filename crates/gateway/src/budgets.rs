//! Budgets: those of the configuration and those made on the page, kept, changed and told of.

mod book;

pub(crate) use book::{Book, Entry, Purse, Wanted};

use crate::{
    admit::KeyRing,
    config::Config,
    db::{self, KeptBudget},
    error::ManageError,
    gateway::Shared,
};
use arc_swap::ArcSwap;
use base::{Id, Money, OwnerId, Timestamp, new_id};
use book::{Circumstances, spenders};
use budget::{AccountState, Before, Budget, BudgetEvent, Project, Scope, Watcher, Window, propose};
use parking_lot::Mutex;
use serde::{Deserialize, Deserializer, Serialize, de::Error};
use serde_json::{Map, Value};
use std::{collections::HashMap, sync::Arc, time::Duration};
use store::Db;
use tokio::sync::broadcast;

/// Events kept for a listener who is slow.
const EVENTS_KEPT: usize = 256;
const HOUR: Duration = Duration::from_secs(3_600);
/// How long to wait until the ledger has what is settled.
const LEDGER_PATIENCE: Duration = Duration::from_secs(5);
/// Windows of the past that a proposal is made from.
const PERIODS_LOOKED_AT: usize = 8;
const MAX_LABEL_CHARS: usize = 100;
/// Most budgets that are made on the page.
const MAX_BUDGETS: usize = 10_000;

/// Where a budget stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BudgetSource {
    /// In the configuration, where it has to be changed.
    File,
    /// In the database.
    Page,
}

impl BudgetSource {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Page => "page",
        }
    }
}

/// A budget of the configuration, `[[gateway.budgets]]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileBudget {
    /// Whose spending it limits.
    pub scope: Scope,
    /// The key's name or id, or the project's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Its name for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The budget itself.
    #[serde(flatten)]
    pub budget: Budget,
}

impl<'de> Deserialize<'de> for FileBudget {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut fields = Map::deserialize(deserializer)?;
        let text = |field: Option<Value>| field.map(serde_json::from_value::<String>).transpose();
        let scope = fields.remove("scope").ok_or_else(|| D::Error::missing_field("scope"))?;
        let scope = serde_json::from_value(scope).map_err(D::Error::custom)?;
        let subject = text(fields.remove("subject")).map_err(D::Error::custom)?;
        let label = text(fields.remove("label")).map_err(D::Error::custom)?;
        let budget = serde_json::from_value(Value::Object(fields)).map_err(D::Error::custom)?;
        let read = Self { scope, subject, label, budget };
        check(&read.put()).map_err(D::Error::custom)?;
        Ok(read)
    }
}

impl FileBudget {
    fn put(&self) -> PutBudget {
        let Self { scope, subject, label, budget } = self.clone();
        PutBudget { scope, subject, label, budget }
    }
}

/// What a budget is to be like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PutBudget {
    /// Whose spending it limits.
    pub scope: Scope,
    /// The key's id or name, or the project's name.
    pub subject: Option<String>,
    /// Its name for people.
    pub label: Option<String>,
    /// The budget itself.
    pub budget: Budget,
}

/// A budget as it stands now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BudgetOverview {
    /// Its id.
    pub id: String,
    /// Whose spending it limits.
    pub scope: Scope,
    /// The key's id or the project's name.
    pub subject: Option<String>,
    /// Its name for people.
    pub label: String,
    /// Where it stands.
    pub source: BudgetSource,
    /// What is spent and reserved of it.
    pub state: AccountState,
    /// A limit that the periods of the past would have kept.
    pub proposed: Option<Money>,
}

/// Proposals by budget, each for the window that ran when it was made.
type Proposals = HashMap<String, (Timestamp, Option<Money>)>;

/// What the gateway has of budgets.
#[derive(Debug)]
pub(crate) struct Treasury {
    pub(crate) book: ArcSwap<Book>,
    /// Held while budgets are read, changed and written.
    changing: tokio::sync::Mutex<()>,
    events: broadcast::Sender<BudgetEvent>,
    watcher: Arc<dyn Watcher>,
    proposals: Mutex<Proposals>,
}

/// Passes marks on to whoever listens.
#[derive(Debug)]
struct Passing(broadcast::Sender<BudgetEvent>);

impl Watcher for Passing {
    fn passed(&self, event: BudgetEvent) {
        let BudgetEvent { label, mark, spent, limit, .. } = &event;
        tracing::info!(label, %mark, %spent, %limit, "a budget has passed a mark");
        // Nobody listening is fine.
        drop(self.0.send(event));
    }
}

impl Treasury {
    /// Loads budgets, and from the ledger what has been spent of them.
    pub(crate) async fn load(
        db: &Db,
        config: &Config,
        ring: &KeyRing,
        now: Timestamp,
    ) -> Result<Self, ManageError> {
        let mut wanted = of_file(config)?;
        let kept = db::budgets(db).await?;
        wanted.extend(kept.into_iter().map(|kept| Wanted { kept, source: BudgetSource::Page, before: None }));
        for wanted in &mut wanted {
            wanted.before = Some(before(db, &wanted.kept, ring, now).await?);
        }
        let events = broadcast::channel(EVENTS_KEPT).0;
        let watcher: Arc<dyn Watcher> = Arc::new(Passing(events.clone()));
        let book = Book::build(&Book::default(), wanted, Circumstances { ring, watcher: &watcher, now });
        Ok(Self {
            book: ArcSwap::from_pointee(book),
            changing: tokio::sync::Mutex::default(),
            events,
            watcher,
            proposals: Mutex::default(),
        })
    }

    /// Marks passed from now on.
    pub(crate) fn events(&self) -> broadcast::Receiver<BudgetEvent> {
        self.events.subscribe()
    }

    /// Takes these budgets into the book, in the place of those of the same ids, and those of these ids out of it.
    /// What is in the database already stands there.
    pub(crate) async fn exchange(&self, shared: &Shared, put: Vec<Wanted>, remove: &[String]) {
        let _turn = self.changing.lock().await;
        self.turn_over(&shared.ring, shared.clock.now(), (put, remove));
    }

    /// The same for whoever holds the lock.
    fn turn_over(&self, ring: &KeyRing, now: Timestamp, (put, remove): (Vec<Wanted>, &[String])) {
        let before = self.book.load();
        let stays = |entry: &&Entry| {
            let id = &entry.kept.id;
            !remove.contains(id) && !put.iter().any(|wanted| wanted.kept.id == *id)
        };
        let mut wanted: Vec<Wanted> = before
            .entries
            .iter()
            .filter(stays)
            .map(|entry| Wanted { kept: entry.kept.clone(), source: entry.source, before: None })
            .collect();
        wanted.extend(put);
        let circumstances = Circumstances { ring, watcher: &self.watcher, now };
        let book = Book::build(&before, wanted, circumstances);
        self.book.store(Arc::new(book));
    }
}

impl Shared {
    /// Tells other servers, if there are such, that keys or budgets have changed.
    pub(crate) async fn tell_others(&self) {
        if let Some(shares) = &self.shares {
            shares.changed().await;
        }
    }

    /// What was spent of a budget before its account began to count, with all that is settled by now.
    pub(crate) async fn spent_before(&self, kept: &KeptBudget) -> Result<Before, ManageError> {
        // Where the database is in trouble, the query says so.
        let _ = tokio::time::timeout(LEDGER_PATIENCE, self.queue.flushed()).await;
        before(&self.db, kept, &self.ring, self.clock.now()).await
    }
}

async fn before(db: &Db, kept: &KeptBudget, ring: &KeyRing, now: Timestamp) -> Result<Before, ManageError> {
    let window = kept.budget.period.window(now, kept.budget.zone);
    let hour = Window { start: now.minus(HOUR), end: None };
    let spent = spent(db, kept, (ring, window)).await?;
    let last_hour = if spent == Money::ZERO { spent } else { self::spent(db, kept, (ring, hour)).await? };
    Ok(Before { spent, last_hour })
}

async fn spent(db: &Db, kept: &KeptBudget, (ring, window): (&KeyRing, Window)) -> Result<Money, ManageError> {
    let until = window.end.unwrap_or(Timestamp::from_millis(i64::MAX));
    let mut spent = Money::ZERO;
    for spender in spenders(kept, ring) {
        spent += ledger::spent(db, &spender, (window.start, until)).await?;
    }
    Ok(spent)
}

/// The budgets of the configuration.
fn of_file(config: &Config) -> Result<Vec<Wanted>, ManageError> {
    let own = config.budget.map(|budget| FileBudget {
        scope: Scope::Installation,
        subject: None,
        label: None,
        budget,
    });
    let mut wanted: Vec<Wanted> = Vec::new();
    for file in own.iter().chain(&config.budgets) {
        check(&file.put()).map_err(ManageError::Invalid)?;
        let subject = file.subject.clone().unwrap_or_default();
        let named = format!("file:{}:{subject}:{}", file.scope, file.budget.period);
        let same = wanted.iter().filter(|wanted| wanted.kept.id.starts_with(&named)).count();
        let kept = KeptBudget {
            id: if same == 0 { named } else { format!("{named}:{}", same + 1) },
            owner: Id::FIRST_OWNER,
            scope: file.scope,
            subject,
            label: file.label.clone().unwrap_or_default(),
            budget: file.budget,
            created_at: Timestamp::from_millis(0),
        };
        wanted.push(Wanted { kept, source: BudgetSource::File, before: None });
    }
    Ok(wanted)
}

/// What is wrong with a budget.
fn check(put: &PutBudget) -> Result<(), String> {
    put.budget.check().map_err(|error| error.to_string())?;
    let label_chars = put.label.as_deref().unwrap_or_default().chars().count();
    if label_chars > MAX_LABEL_CHARS || put.label.iter().flat_map(|text| text.chars()).any(char::is_control) {
        return Err(format!("`label` has at most {MAX_LABEL_CHARS} characters and no control characters"));
    }
    let subject = put.subject.as_deref().map(str::trim).filter(|subject| !subject.is_empty());
    match (put.scope, subject) {
        (Scope::Installation | Scope::User, None) | (Scope::Key, Some(_)) => Ok(()),
        (Scope::Project, Some(name)) => name.parse::<Project>().map(drop).map_err(|error| error.to_string()),
        (Scope::Installation | Scope::User, Some(subject)) => {
            Err(format!("a budget of the scope `{}` has no `subject`, such as `{subject}`", put.scope))
        }
        (Scope::Key, None) => Err("`subject` must name the key".to_owned()),
        (Scope::Project, None) => Err("`subject` must name the project".to_owned()),
    }
}

/// The budgets of an installation.
#[derive(Debug)]
pub struct Budgets<'a> {
    shared: &'a Shared,
}

impl<'a> Budgets<'a> {
    pub(crate) fn new(shared: &'a Shared) -> Self {
        Self { shared }
    }

    /// Every budget that concerns this owner: the installation's, their own, projects', and those of their keys
    /// that are not revoked.
    ///
    /// # Errors
    /// Failures of the database.
    pub async fn list(&self, owner: OwnerId) -> Result<Vec<BudgetOverview>, ManageError> {
        let book = self.shared.treasury.book.load_full();
        let mut listed = Vec::new();
        for entry in book.entries.iter().filter(|entry| self.concerns(entry, owner)) {
            listed.push(self.overview(entry).await?);
        }
        Ok(listed)
    }

    /// Makes a budget. It counts from the next call on, with what was spent in its window before.
    ///
    /// # Errors
    /// [`ManageError::Invalid`] where it cannot be like this; failures of the database.
    pub async fn create(&self, owner: OwnerId, put: PutBudget) -> Result<BudgetOverview, ManageError> {
        let kept = self.kept(new_id().to_string(), owner, put)?;
        let _turn = self.shared.treasury.changing.lock().await;
        if self.shared.treasury.book.load().entries.len() >= MAX_BUDGETS {
            return Err(ManageError::Invalid(format!("there are {MAX_BUDGETS} budgets already")));
        }
        db::keep_budget(&self.shared.db, &kept).await?;
        self.put(kept, None).await
    }

    /// Changes a budget, from the next call on. What was spent and put aside counts for the new one.
    ///
    /// # Errors
    /// [`ManageError::UnknownBudget`], [`ManageError::BudgetOfFile`], [`ManageError::Invalid`]; failures of the
    /// database.
    pub async fn update(
        &self,
        owner: OwnerId,
        id: &str,
        put: PutBudget,
    ) -> Result<BudgetOverview, ManageError> {
        let _turn = self.shared.treasury.changing.lock().await;
        let before = self.changeable(owner, id)?;
        if put.scope != before.scope {
            let message = format!("a budget of the scope `{}` keeps it; make another one", before.scope);
            return Err(ManageError::Invalid(message));
        }
        let mut kept = self.kept(id.to_owned(), before.owner, put)?;
        kept.created_at = before.created_at;
        if kept.subject != before.subject {
            return Err(ManageError::Invalid(format!("a budget of `{}` keeps its subject", before.subject)));
        }
        db::keep_budget(&self.shared.db, &kept).await?;
        self.put(kept, Some(&before)).await
    }

    /// Takes a budget away. From the next call on it refuses nobody.
    ///
    /// # Errors
    /// As for [`Self::update`].
    pub async fn remove(&self, owner: OwnerId, id: &str) -> Result<(), ManageError> {
        let _turn = self.shared.treasury.changing.lock().await;
        self.changeable(owner, id)?;
        db::forget_budget(&self.shared.db, id).await?;
        let remove = [id.to_owned()];
        let now = self.shared.clock.now();
        self.shared.treasury.turn_over(&self.shared.ring, now, (Vec::new(), &remove));
        self.shared.treasury.proposals.lock().remove(id);
        self.shared.tell_others().await;
        Ok(())
    }

    /// Takes a budget that the database has into the book.
    async fn put(
        &self,
        kept: KeptBudget,
        before: Option<&KeptBudget>,
    ) -> Result<BudgetOverview, ManageError> {
        let id = kept.id.clone();
        let wanted = wanted(self.shared, kept, before).await?;
        let treasury = &self.shared.treasury;
        treasury.proposals.lock().remove(&id);
        treasury.turn_over(&self.shared.ring, self.shared.clock.now(), (vec![wanted], &[]));
        self.shared.tell_others().await;
        let book = treasury.book.load_full();
        let entry = book.by_id(&id).ok_or_else(|| ManageError::UnknownBudget(id.clone()))?;
        self.overview(entry).await
    }

    /// A budget of the page that this owner may change.
    fn changeable(&self, owner: OwnerId, id: &str) -> Result<KeptBudget, ManageError> {
        let book = self.shared.treasury.book.load();
        let entry = book.by_id(id).filter(|entry| self.concerns(entry, owner));
        match entry.ok_or_else(|| ManageError::UnknownBudget(id.to_owned()))? {
            Entry { source: BudgetSource::File, .. } => Err(ManageError::BudgetOfFile(id.to_owned())),
            Entry { kept, .. } => Ok(kept.clone()),
        }
    }

    fn concerns(&self, entry: &Entry, owner: OwnerId) -> bool {
        let kept = &entry.kept;
        match kept.scope {
            Scope::Installation | Scope::Project => true,
            Scope::User => kept.owner == owner,
            Scope::Key => {
                let key = kept.subject.parse().ok().and_then(|id| self.shared.ring.by_id(id));
                key.is_none_or(|key| key.info.owner == owner && key.info.revoked_at.is_none())
            }
        }
    }

    fn kept(&self, id: String, owner: OwnerId, put: PutBudget) -> Result<KeptBudget, ManageError> {
        check(&put).map_err(ManageError::Invalid)?;
        let subject = put.subject.unwrap_or_default().trim().to_owned();
        let subject = if put.scope == Scope::Key { self.key(owner, &subject)? } else { subject };
        let label = put.label.unwrap_or_default().trim().to_owned();
        let created_at = self.shared.clock.now();
        Ok(KeptBudget { id, owner, scope: put.scope, subject, label, budget: put.budget, created_at })
    }

    /// The id of the one active key of this id or name.
    fn key(&self, owner: OwnerId, wanted: &str) -> Result<String, ManageError> {
        let keys = self.shared.ring.all().into_iter().filter(|key| {
            let info = &key.info;
            let meant = info.name == wanted || info.id.to_string() == wanted;
            meant && info.owner == owner && info.revoked_at.is_none()
        });
        match keys.collect::<Vec<_>>().as_slice() {
            [key] => Ok(key.info.id.to_string()),
            [] => Err(ManageError::UnknownKey(wanted.to_owned())),
            _ => Err(ManageError::Invalid(format!("several keys are called `{wanted}`; name one by its id"))),
        }
    }

    async fn overview(&self, entry: &Entry) -> Result<BudgetOverview, ManageError> {
        Ok(overview(entry, self.shared.clock.now(), self.proposed(&entry.kept).await?))
    }

    /// What the past proposes. That changes only when a window ends.
    async fn proposed(&self, kept: &KeptBudget) -> Result<Option<Money>, ManageError> {
        let now = self.shared.clock.now();
        let Budget { period, zone, .. } = kept.budget;
        let start = period.window(now, zone).start;
        let known = self.shared.treasury.proposals.lock().get(&kept.id).copied();
        if let Some((_, proposed)) = known.filter(|(made, _)| *made == start) {
            return Ok(proposed);
        }
        let mut periods = Vec::new();
        for window in period.earlier(now, zone).take(PERIODS_LOOKED_AT) {
            periods.push(spent(&self.shared.db, kept, (&self.shared.ring, window)).await?);
        }
        // Before the first call there was nothing to spend.
        while periods.last() == Some(&Money::ZERO) {
            periods.pop();
        }
        let proposed = propose(&periods);
        self.shared.treasury.proposals.lock().insert(kept.id.clone(), (start, proposed));
        Ok(proposed)
    }
}

impl Shared {
    /// The budgets of every key that has one.
    pub(crate) fn budgets_of_keys(&self) -> HashMap<Id, Vec<BudgetOverview>> {
        let book = self.treasury.book.load();
        let mut of_keys: HashMap<Id, Vec<BudgetOverview>> = HashMap::new();
        for (id, entry) in book.by_key() {
            of_keys.entry(id).or_default().push(overview(entry, self.clock.now(), None));
        }
        of_keys
    }
}

fn overview(entry: &Entry, now: Timestamp, proposed: Option<Money>) -> BudgetOverview {
    let Entry { kept, source, account } = entry;
    BudgetOverview {
        id: kept.id.clone(),
        scope: kept.scope,
        subject: Some(kept.subject.clone()).filter(|subject| !subject.is_empty()),
        label: account.label(),
        source: *source,
        state: account.describe(now),
        proposed,
    }
}

/// A budget of the page for the book, with what was spent of it where its account has to be told.
pub(crate) async fn wanted(
    shared: &Shared,
    kept: KeptBudget,
    before: Option<&KeptBudget>,
) -> Result<Wanted, ManageError> {
    let same = before.filter(|before| {
        let window = |kept: &KeptBudget| (kept.budget.period, kept.budget.zone);
        window(before) == window(&kept) && before.scope == kept.scope && before.subject == kept.subject
    });
    let before = match same {
        Some(_) => None,
        None => Some(shared.spent_before(&kept).await?),
    };
    Ok(Wanted { kept, source: BudgetSource::Page, before })
}
