//! A thread for each model that is asked: it loads the model, answers one request after the other, and ends when
//! nobody has asked for a while, which gives the memory back.

mod vectors;

pub(crate) use vectors::Texts;

use crate::{
    config::Config,
    encoder::Encoder,
    engine::{Engine, Listener},
    error::{ModelError, panic_text},
    memory,
    shelf::{Found, Kind},
};
use base::Clock;
use futures::channel::mpsc::UnboundedSender;
use llm::{ChatEvent, ChatRequest, LlmError, LlmErrorKind};
use parking_lot::Mutex;
use std::{
    collections::{HashMap, VecDeque},
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
pub(crate) enum Job {
    /// A conversation to go on with.
    Chat { request: Box<ChatRequest>, answers: Answers },
    /// Texts to make vectors of.
    Encode(Texts),
}

/// A model in memory.
enum Loaded {
    Chat(Box<Engine>),
    Encoder(Box<Encoder>),
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
        let workers = Arc::clone(self);
        let put_off = VecDeque::new();
        let thread = Thread { workers, found: found.clone(), inbox, put_off, idle: Arc::clone(&idle) };
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
    fn load(&self, found: &Found) -> Result<Loaded, ModelError> {
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
        let load = || match found.kind {
            Kind::Chat { .. } => Engine::load(&found.name, &found.path, found.context)
                .map(|engine| Loaded::Chat(Box::new(engine))),
            Kind::Encoder => Encoder::load(&found.path).map(|encoder| Loaded::Encoder(Box::new(encoder))),
        };
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
    /// What came while something longer was done, and is no shorter than that.
    put_off: VecDeque<Order>,
    idle: Arc<AtomicBool>,
}

impl Thread {
    fn run(mut self) {
        let mut model = None;
        while let Some(order) = self.next(model.is_some()) {
            match order {
                Order::Answer(job) => self.answer(&mut model, *job),
                Order::Leave(waiting) => {
                    model = None;
                    drop(waiting);
                }
            }
        }
    }

    /// Waits for something to do; `None` when nobody has asked for long enough, or never will.
    fn next(&mut self, is_loaded: bool) -> Option<Order> {
        if let Some(order) = self.put_off.pop_front() {
            return Some(order);
        }
        self.idle.store(is_loaded, Ordering::Release);
        let rest = Duration::from_secs(self.workers.config.idle_seconds);
        let order = match self.inbox.recv_timeout(rest) {
            Ok(order) => order,
            Err(RecvTimeoutError::Disconnected) => return None,
            Err(RecvTimeoutError::Timeout) => self.leave()?,
        };
        self.idle.store(false, Ordering::Release);
        Some(order)
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

    /// The model, read into memory if it is not there.
    fn load(&self, model: &mut Option<Loaded>) -> Result<Loaded, LlmError> {
        if let Some(loaded) = model.take() {
            return Ok(loaded);
        }
        let name = &self.found.name;
        let loaded = self.workers.load(&self.found);
        loaded
            .inspect(|_| tracing::info!(model = %name, bytes = self.found.memory, "the model is in memory"))
            .map_err(|error| {
                tracing::warn!(model = %name, %error, "the model cannot be loaded");
                error.for_caller()
            })
    }

    fn failed(&self, panic: &(dyn std::any::Any + Send)) -> LlmError {
        ModelError::Failed { name: self.found.name.clone(), what: panic_text(panic) }.for_caller()
    }

    fn answer(&mut self, model: &mut Option<Loaded>, job: Job) {
        match job {
            Job::Chat { request, answers } => self.chat(model, &request, answers),
            Job::Encode(texts) => self.encode(model, texts),
        }
    }

    fn chat(&self, model: &mut Option<Loaded>, request: &ChatRequest, answers: Answers) {
        if answers.is_closed() {
            return;
        }
        let mut tongue = Tongue(answers);
        let mut loaded = match self.load(model) {
            Ok(Loaded::Chat(engine)) => engine,
            Ok(other @ Loaded::Encoder(_)) => {
                *model = Some(other);
                let message = format!("`{}` makes vectors and holds no conversations", self.found.name);
                return tongue.fail(LlmError::new(LlmErrorKind::BadRequest, message));
            }
            Err(error) => return tongue.fail(error),
        };
        // Without random numbers every answer is the same, which is better than none.
        let seed = getrandom::u64().unwrap_or_default();
        let day = self.workers.clock.now().day();
        let answered = catch_unwind(AssertUnwindSafe(|| {
            let result = loaded.answer(request, (seed, &day), &mut tongue);
            (loaded, result)
        }));
        match answered {
            Ok((loaded, result)) => {
                *model = Some(Loaded::Chat(loaded));
                if let Err(error) = result {
                    tongue.fail(error);
                }
            }
            // What a panic leaves is not used again.
            Err(panic) => tongue.fail(self.failed(panic.as_ref())),
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
