//! What the tests stand on: one installation in a temporary folder, and a model played by the test.

use base::{Clock, Id, OwnerId, SystemClock, new_id};
use chat::{
    ChatService, Conversation, Message, NewConversation, NewTurn, Parts, Personas, Preferences, Started,
    TurnEvent,
};
use futures::{StreamExt, future::BoxFuture, stream};
use gateway::{Deployment, Gateway, RoutingTable, Target};
use library::Library;
use llm::{
    Capability, ChatEvent, ChatModel, ChatRequest, ChatStream, LlmError, ModelSpec, Parameter, StopReason,
    Taken, Usage,
};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use store::{
    Blobs, Jobs,
    jobs::{Runner, RunnerConfig},
    testing::TestDb,
};
use tokio::sync::mpsc;

pub(crate) const OWNER: OwnerId = Id::FIRST_OWNER;
pub(crate) const MODEL: &str = "stage/actor";

/// One step of an answer: an event, or the failure that ends it.
type Line = Result<ChatEvent, LlmError>;

/// A model whose every line the test says.
#[derive(Debug, Default)]
pub(crate) struct Actor {
    requests: Mutex<Vec<ChatRequest>>,
    scripts: Mutex<Vec<mpsc::UnboundedReceiver<Line>>>,
    refusal: Mutex<Option<LlmError>>,
    taken: Mutex<Vec<Taken>>,
}

impl Actor {
    /// The next call is answered with what is sent here; dropping the sender ends the answer.
    pub(crate) fn next(&self) -> mpsc::UnboundedSender<Line> {
        let (sender, receiver) = mpsc::unbounded_channel();
        self.scripts.lock().unwrap().push(receiver);
        sender
    }

    /// The next call is answered with this text at once.
    pub(crate) fn says(&self, text: &str) {
        let lines = self.next();
        for event in [
            ChatEvent::Text { delta: text.into() },
            ChatEvent::Usage(Usage { input: 7, output: 3, ..Usage::default() }),
            ChatEvent::Stopped { reason: StopReason::EndTurn },
        ] {
            lines.send(Ok(event)).unwrap();
        }
    }

    /// It takes every setting.
    pub(crate) fn takes_all(&self) {
        self.takes(Parameter::ALL.into_iter().map(Taken::of).collect());
    }

    /// It takes these settings.
    pub(crate) fn takes(&self, taken: Vec<Taken>) {
        *self.taken.lock().unwrap() = taken;
    }

    /// Every call fails before the first token.
    pub(crate) fn refuses(&self, error: LlmError) {
        *self.refusal.lock().unwrap() = Some(error);
    }

    pub(crate) fn requests(&self) -> Vec<ChatRequest> {
        self.requests.lock().unwrap().clone()
    }
}

impl ChatModel for Actor {
    fn takes(&self, _model: &ModelSpec) -> Vec<Taken> {
        self.taken.lock().unwrap().clone()
    }

    fn stream(&self, request: ChatRequest) -> BoxFuture<'_, Result<ChatStream, LlmError>> {
        self.requests.lock().unwrap().push(request);
        let refusal = self.refusal.lock().unwrap().clone();
        let mut scripts = self.scripts.lock().unwrap();
        let script = (!scripts.is_empty()).then(|| scripts.remove(0));
        Box::pin(async move {
            if let Some(error) = refusal {
                return Err(error);
            }
            let script = script.expect("the test has written no script for this call");
            let lines =
                stream::unfold(script, |mut script| async move { Some((script.recv().await?, script)) });
            Ok(lines.boxed())
        })
    }
}

/// The model by which everything is answered.
fn casting(actor: &Arc<Actor>, capabilities: Vec<Capability>) -> RoutingTable {
    let spec = ModelSpec {
        provider: "stage".into(),
        name: "actor".into(),
        display_name: "Actor".into(),
        context_window: None,
        max_output_tokens: Some(1_000),
        capabilities,
        prices: Some(llm::Prices::from(llm::PriceTier {
            input: "1".parse().unwrap(),
            output: "2".parse().unwrap(),
            ..llm::PriceTier::default()
        })),
        quality: None,
        cacheable_tokens: None,
    };
    let target = Target::Local(Arc::clone(actor) as Arc<dyn ChatModel>);
    let deployments = vec![Deployment { id: MODEL.into(), spec, target }];
    RoutingTable { deployments, routes: Vec::new() }
}

/// An installation.
pub(crate) struct Stage {
    pub(crate) actor: Arc<Actor>,
    pub(crate) chat: Arc<ChatService>,
    pub(crate) test_db: Arc<TestDb>,
    pub(crate) library: Arc<Library>,
    gateway: Arc<Gateway>,
}

impl Stage {
    pub(crate) async fn new(test_db: Arc<TestDb>) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
        let db = test_db.db.clone();
        let gateway = Gateway::start(gateway::Parts {
            db: db.clone(),
            clock: Arc::clone(&clock),
            config: gateway::Config::default(),
            data_dir: test_db.dir().to_owned(),
        });
        let gateway = Arc::new(gateway.await.unwrap());
        let library = Library::open(library::Parts {
            db: db.clone(),
            blobs: Blobs::open(db.clone(), &test_db.dir().join("blobs")).await.unwrap(),
            jobs: Jobs::new(db.clone(), new_id()),
            index_dir: test_db.dir().join("index"),
            clock: Arc::clone(&clock),
            config: library::Config::default(),
            reader: library::Reader::Thread,
            vectors: Arc::new(vectors::Embedded::default()),
        });
        let library = library.await.unwrap();
        let actor = Arc::new(Actor::default());
        gateway.set_routing(casting(&actor, vec![Capability::Chat, Capability::Tools]));
        let chat = Self::service(&test_db, &gateway, &library).await;
        Self { actor, chat, test_db, gateway, library }
    }

    /// From now on the model cannot call tools.
    pub(crate) fn model_without_tools(&self) {
        self.gateway.set_routing(casting(&self.actor, vec![Capability::Chat]));
    }

    async fn service(test_db: &TestDb, gateway: &Arc<Gateway>, library: &Arc<Library>) -> Arc<ChatService> {
        let parts = Parts {
            db: test_db.db.clone(),
            clock: Arc::new(SystemClock::default()),
            blobs: Blobs::open(test_db.db.clone(), &test_db.dir().join("blobs")).await.unwrap(),
            gateway: Arc::clone(gateway),
            library: Arc::clone(library),
            personas: Self::personas(test_db, gateway).await,
            jobs: Jobs::new(test_db.db.clone(), new_id()),
            memory: Arc::new(memory::Memory::new(memory::Parts {
                db: test_db.db.clone(),
                clock: Arc::new(SystemClock::default()),
                zone: jiff::tz::TimeZone::UTC,
            })),
            preferences: Preferences { memory: true, default_model: MODEL.into(), ..Preferences::default() },
        };
        ChatService::open(parts).await.unwrap()
    }

    async fn personas(test_db: &TestDb, gateway: &Arc<Gateway>) -> Personas {
        let blobs = Blobs::open(test_db.db.clone(), &test_db.dir().join("blobs")).await.unwrap();
        Personas::new(test_db.db.clone(), blobs, Arc::clone(gateway))
    }

    /// Does the service's jobs from now on, as a program does.
    pub(crate) async fn work(&self, chat: &Arc<ChatService>) -> Runner {
        let jobs = Jobs::new(self.test_db.db.clone(), new_id());
        Runner::start(jobs, chat.handlers(), RunnerConfig::default()).await.unwrap()
    }

    /// The service as a new process finds it, while the old one is still there: a kill.
    pub(crate) async fn after_a_kill(&self) -> Arc<ChatService> {
        Self::service(&self.test_db, &self.gateway, &self.library).await
    }

    pub(crate) async fn conversation(&self) -> Conversation {
        self.chat.create(OWNER, NewConversation::default()).await.unwrap()
    }

    pub(crate) async fn say(
        &self,
        conversation: &Conversation,
        parent_id: Option<Id>,
        text: &str,
    ) -> Started {
        let new = NewTurn { parent_id, text: text.into(), ..NewTurn::default() };
        self.chat.start_turn(OWNER, conversation.id, new).await.unwrap()
    }

    /// Waits until the answer has ended.
    pub(crate) async fn finished(&self, answer: &Message) -> Message {
        let mut events = self.chat.subscribe(OWNER, answer.conversation_id, None).await.unwrap();
        let wait = async {
            loop {
                match events.next().await.unwrap().1 {
                    TurnEvent::Finished(message) | TurnEvent::Snapshot(message)
                        if message.id == answer.id && message.status != chat::MessageStatus::Streaming =>
                    {
                        return *message;
                    }
                    _ => {}
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(20), wait).await.expect("the answer never ended")
    }

    /// Waits until the hub shows this text of the answer.
    pub(crate) async fn shows(&self, answer: &Message, text: &str) {
        for _ in 0..2_000 {
            let messages = self.chat.messages(OWNER, answer.conversation_id).await.unwrap();
            if messages.iter().any(|message| message.id == answer.id && message.text == text) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("the answer never showed `{text}`");
    }
}

/// Says so many things, one after the other, and waits for every answer; gives all messages in order.
pub(crate) async fn talk(stage: &Stage, conversation: &Conversation, turns: usize) -> Vec<Message> {
    let mut said: Vec<Message> = Vec::new();
    for turn in 0..turns {
        stage.actor.says(&format!("answer {turn}"));
        let parent = said.last().map(|message| message.id);
        let started = stage.say(conversation, parent, &format!("question {turn}")).await;
        said.push(started.user_message.unwrap());
        said.push(stage.finished(&started.reply).await);
    }
    said
}

pub(crate) fn ids(messages: &[Message]) -> Vec<Id> {
    messages.iter().map(|message| message.id).collect()
}
