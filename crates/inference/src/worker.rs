//! A thread for each model that is asked: it loads the model, answers one request after the other, and ends when
//! nobody has asked for a while, which gives the memory back.

use crate::{
    config::Config,
    engine::{Engine, Listener},
    error::{ModelError, panic_text},
    memory,
    shelf::Found,
};
use base::Clock;
use futures::channel::mpsc::UnboundedSender;
use llm::{ChatEvent, ChatRequest, LlmError, LlmErrorKind};
use parking_lot::Mutex;
use std::{
    collections::HashMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, Receiver, RecvTimeoutError, SyncSender, TrySendError},
    },
    thread,
    time::Duration,
};

/// How long a model waits for others to give their memory back.
const MAKING_ROOM: Duration = Duration::from_secs(10);

/// Where an answer goes.
pub(crate) type Answers = UnboundedSender<Result<ChatEvent, LlmError>>;

/// One request and where its answer goes.
pub(crate) struct Job {
    pub(crate) request: ChatRequest,
    pub(crate) answers: Answers,
}

/// What a model's thread is told.
enum Order {
    Answer(Box<Job>),
    /// Give the memory back if nobody waits; the sender is dropped when it is done.
    Leave(mpsc::Sender<()>),
}

/// The threads of all models.
#[derive(Debug)]
pub(crate) struct Workers {
    config: Config,
    clock: Arc<dyn Clock>,
    open: Mutex<HashMap<String, Desk>>,
    /// Held while a model is loaded, so that two never count on the same memory.
    loading: Mutex<()>,
}

/// The way to one model's thread.
#[derive(Debug)]
struct Desk {
    orders: SyncSender<Order>,
    found: Found,
    /// Whether it has a model in memory and nothing to do.
    idle: Arc<AtomicBool>,
}

impl Workers {
    pub(crate) fn new(config: Config, clock: Arc<dyn Clock>) -> Arc<Self> {
        Arc::new(Self { config, clock, open: Mutex::default(), loading: Mutex::default() })
    }

    /// Puts a request into its model's queue; the thread begins with the first.
    pub(crate) fn ask(self: &Arc<Self>, found: &Found, job: Job) -> Result<(), LlmError> {
        let mut open = self.open.lock();
        let mut order = Order::Answer(Box::new(job));
        // A file that was replaced is another model.
        if let Some(desk) = open.get(&found.name).filter(|desk| desk.found == *found) {
            match desk.orders.try_send(order) {
                Ok(()) => return Ok(()),
                Err(TrySendError::Full(_)) => {
                    let message =
                        format!("{} requests wait for `{}` already", self.config.queue_length, found.name);
                    return Err(LlmError::new(LlmErrorKind::Overloaded, message));
                }
                Err(TrySendError::Disconnected(back)) => order = back,
            }
        }
        let (orders, inbox) = mpsc::sync_channel(self.config.queue_length);
        let idle = Arc::new(AtomicBool::new(false));
        let thread =
            Thread { workers: Arc::clone(self), found: found.clone(), inbox, idle: Arc::clone(&idle) };
        let begun = thread::Builder::new().name(format!("model {}", found.name)).spawn(move || thread.run());
        begun.map_err(|error| {
            LlmError::new(LlmErrorKind::Overloaded, format!("no thread for `{}`: {error}", found.name))
        })?;
        let failed = |_| LlmError::new(LlmErrorKind::Server, format!("`{}` ended at once", found.name));
        orders.try_send(order).map_err(failed)?;
        open.insert(found.name.clone(), Desk { orders, found: found.clone(), idle });
        Ok(())
    }

    /// How many models are in memory or on their way.
    pub(crate) fn count(&self) -> usize {
        self.open.lock().len()
    }

    /// Ends every thread that has nothing to do. Those that have end after it.
    pub(crate) fn close(&self) {
        self.open.lock().clear();
    }

    /// Has the idle models give their memory back.
    fn make_room(&self, but: &str) {
        let (left, waiting) = mpsc::channel();
        for (name, desk) in self.open.lock().iter() {
            if name != but && desk.idle.load(Ordering::Acquire) {
                // A full queue means that it is not idle any more.
                let _ = desk.orders.try_send(Order::Leave(left.clone()));
            }
        }
        drop(left);
        // Nothing is ever sent: it ends when the last of them has dropped its sender.
        let _ = waiting.recv_timeout(MAKING_ROOM);
    }

    /// Loads a model if there is memory for it.
    fn load(&self, found: &Found) -> Result<Engine, ModelError> {
        let _turn = self.loading.lock();
        let room = || {
            let available = memory::available();
            let most = self.config.max_memory_bytes;
            available.map_or(most, |available| Some(most.map_or(available, |most| most.min(available))))
        };
        let lacks = |room: Option<u64>| room.filter(|room| *room < found.memory);
        if lacks(room()).is_some() {
            self.make_room(&found.name);
        }
        if let Some(available) = lacks(room()) {
            return Err(ModelError::Memory { name: found.name.clone(), needed: found.memory, available });
        }
        let load = || Engine::load(&found.name, &found.path, found.context);
        catch_unwind(AssertUnwindSafe(load)).unwrap_or_else(|panic| {
            Err(ModelError::Failed { name: found.name.clone(), what: panic_text(panic.as_ref()) })
        })
    }
}

/// A model's thread.
struct Thread {
    workers: Arc<Workers>,
    found: Found,
    inbox: Receiver<Order>,
    idle: Arc<AtomicBool>,
}

impl Thread {
    fn run(self) {
        let mut engine = None;
        let rest = Duration::from_secs(self.workers.config.idle_seconds);
        loop {
            self.idle.store(engine.is_some(), Ordering::Release);
            let order = match self.inbox.recv_timeout(rest) {
                Ok(order) => order,
                Err(RecvTimeoutError::Disconnected) => return,
                Err(RecvTimeoutError::Timeout) => match self.leave() {
                    Some(order) => order,
                    None => return,
                },
            };
            self.idle.store(false, Ordering::Release);
            match order {
                Order::Answer(job) => self.answer(&mut engine, *job),
                Order::Leave(waiting) => {
                    engine = None;
                    drop(waiting);
                }
            }
        }
    }

    /// Takes the thread out of the list; an order that came in the meantime goes first.
    fn leave(&self) -> Option<Order> {
        let mut open = self.workers.open.lock();
        if let Ok(order) = self.inbox.try_recv() {
            return Some(order);
        }
        if open.get(&self.found.name).is_some_and(|desk| Arc::ptr_eq(&desk.idle, &self.idle)) {
            open.remove(&self.found.name);
        }
        tracing::debug!(model = %self.found.name, "the model is out of memory again");
        None
    }

    fn answer(&self, engine: &mut Option<Engine>, job: Job) {
        let Job { request, answers } = job;
        if answers.is_closed() {
            return;
        }
        let mut tongue = Tongue(answers);
        let loaded = match engine.take() {
            Some(loaded) => Ok(loaded),
            None => self.workers.load(&self.found).inspect(|_| {
                tracing::info!(model = %self.found.name, bytes = self.found.memory, "the model is in memory");
            }),
        };
        let mut loaded = match loaded {
            Ok(loaded) => loaded,
            Err(error) => {
                tracing::warn!(model = %self.found.name, %error, "the model cannot be loaded");
                return tongue.fail(error.for_caller());
            }
        };
        // Without random numbers every answer is the same, which is better than none.
        let seed = getrandom::u64().unwrap_or_default();
        let day = self.workers.clock.now().day();
        let answered = catch_unwind(AssertUnwindSafe(|| {
            let result = loaded.answer(&request, (seed, &day), &mut tongue);
            (loaded, result)
        }));
        match answered {
            Ok((loaded, result)) => {
                *engine = Some(loaded);
                if let Err(error) = result {
                    tongue.fail(error);
                }
            }
            // What a panic leaves is not used again.
            Err(panic) => {
                let (name, what) = (self.found.name.clone(), panic_text(panic.as_ref()));
                tongue.fail(ModelError::Failed { name, what }.for_caller());
            }
        }
    }
}

/// The listener at the other end of the channel.
struct Tongue(Answers);

impl Tongue {
    fn fail(&self, error: LlmError) {
        // Nobody listens any more: nothing to say.
        let _ = self.0.unbounded_send(Err(error));
    }
}

impl Listener for Tongue {
    fn tell(&mut self, event: ChatEvent) {
        let _ = self.0.unbounded_send(Ok(event));
    }

    fn is_gone(&self) -> bool {
        self.0.is_closed()
    }
}
