//! Experiments on calls, and what people think of answers: who gets which variant, what came of it, when it ends.
//!
//! A call looks at one flag. Only while an experiment runs is its name looked up; only if the experiment is about that name
//! is the call given a variant (`join`), which changes where it goes (`variant`) and labels its exchange. When it is
//! settled, what came of it is put into a list (`gather`), from which a task writes it to the database and judges. What a
//! kill took from that list is in the ledger, by the label, and is gathered from there at the next start.
//!
//! What is certain, and how certain, is the crate `experiment`'s.

mod error;
mod gather;
mod join;
mod opinions;
mod service;
mod variant;

pub use error::ExperimentError;
pub(crate) use gather::run;
pub(crate) use join::{Joining, Part, join};
pub(crate) use opinions::Taste;
pub use opinions::{CastVote, Feedback, KeptFeedback, NewVote, PreferenceView, Ratings, Side};
pub use service::{ExperimentChange, ExperimentView, Experiments, Outlook, Plan};

use crate::{
    db,
    error::ManageError,
    gateway::Shared,
    table::{Destination, Index},
};
use arc_swap::ArcSwap;
use base::{Id, OwnerId, Timestamp};
use experiment::{Design, Profile, Progress, Status};
use gather::Inbox;
use http::HeaderMap;
use parking_lot::Mutex;
use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use variant::Prepared;

/// What the caller says it is about, so that the same always gets the same variant.
const SUBJECT_HEADER: &str = "x-familiar-subject";

/// An experiment as it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Experiment {
    /// Its id.
    pub id: Id,
    /// Whose it is; it is about their calls.
    pub owner: OwnerId,
    /// What it is.
    pub design: Design,
    /// Where it stands.
    pub status: Status,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was first begun.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Why it ended, in a sentence.
    pub verdict: Option<String>,
    /// The variant that turned out better, if any.
    pub winner: Option<String>,
}

/// An experiment that runs.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) id: Id,
    pub(crate) owner: OwnerId,
    pub(crate) design: Design,
    pub(crate) progress: Arc<Mutex<Progress>>,
    pub(crate) prepared: Arc<[Prepared]>,
}

/// What calls need to know of experiments and preferences; in memory.
#[derive(Debug, Default)]
pub(crate) struct Shelf {
    /// Whether any experiment runs.
    any: AtomicBool,
    /// By what they are about.
    running: ArcSwap<HashMap<String, Arc<Running>>>,
    /// What people think of deployments.
    profiles: ArcSwap<HashMap<OwnerId, Arc<Profile>>>,
    pub(crate) inbox: Inbox,
    /// Held while results are written and added up, so that none is added twice.
    adding: tokio::sync::Mutex<()>,
    /// Held while an experiment is read, changed and written.
    pub(crate) changing: tokio::sync::Mutex<()>,
}

impl Shelf {
    /// The experiment about this name, if one runs. Where none does, this is one look at a flag.
    pub(crate) fn about(&self, destination: &Destination) -> Option<Arc<Running>> {
        if !self.any.load(Ordering::Relaxed) {
            return None;
        }
        self.running.load().get(&destination.name).cloned()
    }

    /// What the caller says that the call is about; only looked at while an experiment runs.
    pub(crate) fn subject(&self, headers: Option<&HeaderMap>) -> Option<String> {
        if !self.any.load(Ordering::Relaxed) {
            return None;
        }
        let said = headers?.get(SUBJECT_HEADER)?.to_str().ok()?.trim();
        (!said.is_empty()).then(|| experiment::assign::subject_tag(said))
    }

    /// The experiment of this id, if it runs.
    fn by_id(&self, id: Id) -> Option<Arc<Running>> {
        self.running.load().values().find(|running| running.id == id).cloned()
    }

    /// Calls take part in it from now on.
    fn put(&self, running: Running) {
        let mut all = HashMap::clone(&self.running.load());
        all.insert(running.design.target.clone(), Arc::new(running));
        self.set(all);
    }

    /// No further call takes part in it.
    fn remove(&self, id: Id) {
        let mut all = HashMap::clone(&self.running.load());
        all.retain(|_, running| running.id != id);
        self.set(all);
    }

    fn set(&self, all: HashMap<String, Arc<Running>>) {
        let any = !all.is_empty();
        self.running.store(Arc::new(all));
        self.any.store(any, Ordering::Relaxed);
    }

    fn profile(&self, owner: OwnerId) -> Option<Arc<Profile>> {
        self.profiles.load().get(&owner).cloned()
    }

    fn set_profile(&self, owner: OwnerId, profile: Profile) {
        let mut all = HashMap::clone(&self.profiles.load());
        all.insert(owner, Arc::new(profile));
        self.profiles.store(Arc::new(all));
    }
}

impl Running {
    /// An experiment with what came of it so far.
    fn new(experiment: &Experiment, progress: Progress) -> Self {
        Self {
            id: experiment.id,
            owner: experiment.owner,
            design: experiment.design.clone(),
            progress: Arc::new(Mutex::new(progress)),
            prepared: experiment.design.variants.iter().map(Prepared::new).collect(),
        }
    }
}

/// Takes up the experiments that ran when the last run ended, with everything that came of them.
pub(crate) async fn load(shared: &Arc<Shared>) -> Result<(), ManageError> {
    for experiment in db::experiments(&shared.db).await? {
        if experiment.status == Status::Running {
            gather::catch_up(shared, &experiment).await?;
            let progress = gather::progress(shared, &experiment).await?;
            shared.experiments.put(Running::new(&experiment, progress));
        }
    }
    for owner in db::opinionated(&shared.db).await? {
        opinions::reload(shared, owner).await?;
    }
    Ok(())
}

/// Whether there is something of this name that can be called.
fn is_there(index: &Index, name: &str) -> bool {
    index.get(name).is_some_and(|destination| destination.name == name)
}
