//! What batches need of the gateway: who submits, what each line may cost, money set aside for all of them at
//! once, calls that draw on it, and the settling of replies that a provider's own batch has brought.

mod native;

pub use native::{NativeLine, NativePlace};

use crate::{
    admit::{self, Principal},
    ask::Ask,
    call::{Address, Answer, Caller, EmbeddingSource, Source},
    error::{GatewayError, ManageError},
    gateway::Shared,
    pipeline, reserve,
    shares::{self, Asking, Held},
    table::{Place, Target},
};
use base::{Id, Money, OwnerId, Timestamp};
use budget::{Account, Project, Reservation};
use bytes::Bytes;
use http::HeaderMap;
use llm::{Codec, Dialect};
use parking_lot::Mutex;
use std::sync::Arc;

/// Who submitted a batch: everything in it is called in their name, as long as they may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Submitter {
    /// Whose batch it is.
    pub owner: OwnerId,
    /// The virtual key it came with; `None` for the owner's own page and command line.
    pub key_id: Option<Id>,
    /// What it is for, where no key says so.
    pub project: Option<Project>,
}

/// One request of a batch, as it was written.
#[derive(Debug, Clone)]
pub struct BatchLine {
    /// Its format, and that of its reply.
    pub codec: &'static dyn Codec,
    /// What is asked.
    pub kind: LineKind,
    /// Its body.
    pub body: Bytes,
}

/// What a line asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineKind {
    /// An answer in one piece.
    Chat,
    /// Vectors.
    Embeddings,
}

/// What a line may cost and who could serve it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// The model or route that it asks for.
    pub model: String,
    /// Most it can cost as a call of its own; `None` where a price is not known.
    pub worst_case: Option<Money>,
    /// The deployment whose provider takes it in a batch of its own, and most it can cost there.
    pub native: Option<(String, Option<Money>)>,
}

/// Money set aside for the lines of a batch. Dropped, what is left goes back.
#[derive(Debug)]
pub struct Deposit(Mutex<Held>);

/// A line to be called through the pipeline.
#[derive(Debug)]
pub struct LineCall {
    /// In whose name.
    pub submitter: Submitter,
    /// The ledger's id of this call.
    pub exchange_id: Id,
    /// The line.
    pub line: BatchLine,
    /// What it is paid from.
    pub deposit: Arc<Deposit>,
    /// As in [`crate::Call::tags`].
    pub tags: Vec<String>,
}

/// Batches' side of the gateway.
#[derive(Debug)]
pub struct Batches<'a> {
    shared: &'a Arc<Shared>,
}

impl<'a> Batches<'a> {
    pub(crate) fn new(shared: &'a Arc<Shared>) -> Self {
        Self { shared }
    }

    /// Says who a caller is.
    ///
    /// # Errors
    /// Where the key is not good.
    pub fn who(&self, caller: &Caller) -> Result<Submitter, GatewayError> {
        let shared = self.shared;
        let principal = shared.refusing(admit::identify(&shared.ring, shared.clock.as_ref(), caller))?;
        let key_id = principal.key.as_ref().map(|key| key.info.id);
        Ok(Submitter { owner: principal.owner, key_id, project: principal.project })
    }

    /// What a line may cost, and who could serve it.
    ///
    /// # Errors
    /// Why it could not be called at all: what is wrong with it, or who may not call what.
    pub fn quote(&self, submitter: Submitter, line: &BatchLine) -> Result<Quote, GatewayError> {
        let shared = self.shared;
        let principal = self.principal(submitter)?;
        let ask = ask(line, submitter.owner)?;
        let destination = admit::destination(&principal, &shared.index.load(), &ask.head.model)?;
        let weighed = reserve::weigh(&shared.treasury.book.load().purse(&principal), &ask, &destination)?;
        let native = weighed.places.iter().find(|place| takes_batches(place));
        let native = native.map(|place| {
            let head = llm::RequestHead { service: Some(llm::Service::Batch), ..ask.head.clone() };
            (place.id.clone(), reserve::worst_case_at(&head, &place.spec).ok())
        });
        Ok(Quote { model: ask.head.model, worst_case: weighed.worst_case, native })
    }

    /// Sets money aside for a whole batch, in every budget of the submitter.
    ///
    /// # Errors
    /// [`GatewayError::BudgetExhausted`] where a budget does not allow it.
    pub async fn deposit(&self, submitter: Submitter, amount: Money) -> Result<Arc<Deposit>, GatewayError> {
        let shared = self.shared;
        let principal = shared.refusing(self.principal(submitter))?;
        let accounts = shared.treasury.book.load().purse(&principal).accounts;
        let now = shared.clock.now();
        let made = match &shared.shares {
            Some(shares) if !accounts.is_empty() && amount > Money::ZERO => {
                shares.hold(shared, Asking { id: shares::deposit_id(), accounts, amount, now }).await
            }
            Some(_) | None => {
                Reservation::make(accounts, amount, now).map(Held::Here).map_err(GatewayError::from)
            }
        };
        Ok(Arc::new(Deposit(Mutex::new(shared.refusing(made)?))))
    }

    /// Sets money aside again that was set aside at `since`, before the program was started anew; without
    /// asking whether it is there, for it was. Where a budget's period has ended since, nothing is: each line
    /// then has to find its money in the new period.
    pub fn deposit_again(&self, submitter: Submitter, amount: Money, since: Timestamp) -> Arc<Deposit> {
        let shared = self.shared;
        // A key that was taken back calls nothing more, but may have to pay for what it called before.
        let Submitter { owner, key_id, project } = submitter;
        let accounts = shared.treasury.book.load().purse_of(owner, project, key_id).accounts;
        let now = shared.clock.now();
        let held = match &shared.shares {
            Some(shares) if !accounts.is_empty() => {
                shares.renew(&Asking { id: shares::deposit_id(), accounts, amount, now }, since)
            }
            Some(_) | None => Held::Here(Reservation::renew(accounts, amount, (since, now))),
        };
        Arc::new(Deposit(Mutex::new(held)))
    }

    /// Calls one line, the whole way that every call takes.
    ///
    /// # Errors
    /// Why there is no reply.
    pub async fn call(&self, call: LineCall) -> Result<Answer, GatewayError> {
        pipeline::batch_line(self.shared, call).await
    }

    /// The provider's own batches behind a deployment for lines of this format, if it still has them.
    pub fn native(&self, deployment: &str, dialect: Dialect) -> Option<NativePlace> {
        let index = self.shared.index.load();
        let place = index.places.iter().find(|place| place.id == deployment && takes_batches(place))?;
        let Target::Wire(upstream) = &place.target else { return None };
        Some(NativePlace { upstream: Arc::clone(upstream), spec: place.spec.clone(), dialect })
    }

    /// Writes the reply of a provider's own batch to one line into the ledger, at the batch's price.
    pub fn settle(&self, line: NativeLine<'_>) -> Money {
        native::settle(self.shared, line)
    }

    /// Takes lines out of the ledger again whose replies were lost with the process that called them: they
    /// are called anew, and billed then.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn take_back(&self, exchange_ids: &[Id]) -> Result<(), ManageError> {
        let shared = self.shared;
        let now = shared.clock.now();
        for taken in ledger::take_back(&shared.db, exchange_ids).await? {
            let book = shared.treasury.book.load();
            let accounts = book.purse_of(taken.owner, taken.project, taken.key_id).accounts;
            if let Some(shares) = &shared.shares {
                let began_in = |account: &Arc<Account>| {
                    let window = account.window(now);
                    (window.start <= taken.started_at).then_some(window.name)
                };
                shares.give_back(taken.id, taken.cost, accounts.iter().filter_map(began_in).collect());
            }
            for account in accounts {
                account.give_back(taken.cost, taken.started_at, now);
            }
        }
        Ok(())
    }

    fn principal(&self, submitter: Submitter) -> Result<Principal, GatewayError> {
        let shared = self.shared;
        admit::identify(&shared.ring, shared.clock.as_ref(), &Caller::Submitter(submitter))
    }
}

impl Deposit {
    /// What `amount` of it is for one call; `None` where so much is not left, or a new period has begun.
    pub(crate) fn draw(&self, id: Id, amount: Money, now: Timestamp) -> Option<Held> {
        self.0.lock().split(&id.to_string(), amount, now)
    }

    /// What `amount` of it is for a call that was made before.
    fn part(&self, id: Id, amount: Money) -> Held {
        self.0.lock().part(&id.to_string(), amount)
    }

    /// What is left of it.
    pub fn left(&self) -> Money {
        self.0.lock().amount()
    }
}

/// Reads a line as far as the stages need it.
pub(crate) fn ask(line: &BatchLine, owner: OwnerId) -> Result<Ask, GatewayError> {
    let (codec, body, address) = (line.codec, line.body.clone(), Address::default());
    let ask = match line.kind {
        LineKind::Chat => Ask::chat(Source::Body { codec, body, headers: HeaderMap::new(), address }, owner)?,
        LineKind::Embeddings => {
            Ask::embeddings(EmbeddingSource::Body { codec, body, headers: HeaderMap::new(), address })?
        }
    };
    if ask.head.stream {
        let message = "`stream` cannot be used in a batch: every reply comes in one piece";
        return Err(llm::LlmError::new(llm::LlmErrorKind::BadRequest, message).into());
    }
    Ok(ask)
}

fn takes_batches(place: &Place) -> bool {
    matches!(&place.target, Target::Wire(upstream) if upstream.batches().is_some())
}
