//! What the tests stand on: one installation in a temporary folder, and models played by the test.

use base::{Clock, ErrorKind, Id, OwnerId, SystemClock, new_id};
use compare::{
    Answer, Bench, Cast, CastError, Casting, NewColumn, NewComparison, Parts, Question, Scene, Status, Whole,
};
use futures::{StreamExt, future::BoxFuture, stream};
use gateway::{Deployment, Gateway, RoutingTable, Target};
use llm::{
    Capability, ChatEvent, ChatModel, ChatRequest, ChatStream, LlmError, Message, ModelSpec, Role,
    StopReason, Usage,
};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use store::{
    Jobs,
    jobs::{Runner, RunnerConfig},
    testing::TestDb,
};
use tokio::sync::mpsc;

pub(crate) const OWNER: OwnerId = Id::FIRST_OWNER;
pub(crate) const ONE: &str = "stage/one";
/// Of a family whose names are known.
pub(crate) const TWO: &str = "stage/claude-2";

type Line = Result<ChatEvent, LlmError>;

/// A model whose every line the test says.
#[derive(Debug, Default)]
pub(crate) struct Actor {
    requests: Mutex<Vec<ChatRequest>>,
    scripts: Mutex<Vec<mpsc::UnboundedReceiver<Line>>>,
    refusal: Mutex<Option<LlmError>>,
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

    /// Every call fails before the first token.
    pub(crate) fn refuses(&self, error: LlmError) {
        *self.refusal.lock().unwrap() = Some(error);
    }

    pub(crate) fn requests(&self) -> Vec<ChatRequest> {
        self.requests.lock().unwrap().clone()
    }
}

impl ChatModel for Actor {
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

/// The one persona of the stage.
#[derive(Debug)]
struct Ada;

pub(crate) const ADA: Id = Id::from_u128(0xADA);

impl Casting for Ada {
    fn persona(&self, _owner: OwnerId, persona_id: Id) -> BoxFuture<'_, Result<Cast, CastError>> {
        Box::pin(async move {
            if persona_id == ADA {
                Ok(Cast { name: "Ada".into(), model: Some(ONE.into()) })
            } else {
                Err(CastError { kind: ErrorKind::NotFound, message: "there is no such persona".into() })
            }
        })
    }

    fn request<'a>(
        &'a self,
        _owner: OwnerId,
        scene: Scene<'a>,
    ) -> BoxFuture<'a, Result<ChatRequest, CastError>> {
        let messages = vec![
            Message::text(Role::System, "You are Ada."),
            Message::text(Role::User, format!("{} before: {}", scene.before.len(), scene.question.text)),
        ];
        Box::pin(async move {
            Ok(ChatRequest { model: scene.model.to_owned(), messages, ..ChatRequest::default() })
        })
    }
}

/// An installation with two models.
pub(crate) struct Stage {
    pub(crate) one: Arc<Actor>,
    pub(crate) two: Arc<Actor>,
    pub(crate) bench: Arc<Bench>,
    pub(crate) gateway: Arc<Gateway>,
    test_db: Arc<TestDb>,
}

impl Stage {
    pub(crate) async fn new(test_db: Arc<TestDb>) -> Self {
        let gateway = Gateway::start(gateway::Parts {
            db: test_db.db.clone(),
            clock: Self::clock(),
            config: gateway::Config::default(),
            data_dir: test_db.dir().to_owned(),
        });
        let gateway = Arc::new(gateway.await.unwrap());
        let (one, two) = (Arc::new(Actor::default()), Arc::new(Actor::default()));
        let deployments = vec![deployment("one", &one), deployment("claude-2", &two)];
        gateway.set_routing(RoutingTable { deployments, routes: Vec::new() });
        let bench = Self::open(&test_db, &gateway).await;
        Self { one, two, bench, gateway, test_db }
    }

    fn clock() -> Arc<dyn Clock> {
        Arc::new(SystemClock::default())
    }

    fn jobs(test_db: &TestDb) -> Jobs {
        Jobs::new(test_db.db.clone(), new_id())
    }

    /// The jobs, as a person sees them.
    pub(crate) fn jobs_of_owner(&self) -> Jobs {
        Self::jobs(&self.test_db)
    }

    /// Does the bench's jobs from now on, as a program does.
    pub(crate) async fn work(&self) -> Runner {
        let jobs = Self::jobs(&self.test_db);
        Runner::start(jobs, self.bench.handlers(), RunnerConfig::default()).await.unwrap()
    }

    async fn open(test_db: &TestDb, gateway: &Arc<Gateway>) -> Arc<Bench> {
        let parts = Parts {
            db: test_db.db.clone(),
            clock: Self::clock(),
            gateway: Arc::clone(gateway),
            jobs: Self::jobs(test_db),
            casting: Arc::new(Ada),
        };
        Bench::open(parts).await.unwrap()
    }

    /// The bench as a new process finds it, while the old one is still there: a kill.
    pub(crate) async fn after_a_kill(&self) -> Arc<Bench> {
        Self::open(&self.test_db, &self.gateway).await
    }

    /// Asks both models.
    pub(crate) async fn compare(&self, text: &str, blind: bool) -> Whole {
        let new = NewComparison {
            title: None,
            columns: vec![column(ONE), column(TWO)],
            blind,
            question: question(text),
        };
        self.bench.create(OWNER, new).await.unwrap()
    }

    /// Waits until the comparison is as it should be.
    pub(crate) async fn until(&self, id: Id, holds: impl Fn(&Whole) -> bool) -> Whole {
        for _ in 0..4_000 {
            let whole = self.bench.get(OWNER, id).await.unwrap();
            if holds(&whole) {
                return whole;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("the comparison never became as it should");
    }

    /// Waits until nothing is being written.
    pub(crate) async fn finished(&self, id: Id) -> Whole {
        self.until(id, |whole| whole.answers.iter().all(|answer| answer.status != Status::Streaming)).await
    }
}

fn deployment(name: &str, actor: &Arc<Actor>) -> Deployment {
    let spec = ModelSpec {
        provider: "stage".into(),
        name: name.into(),
        display_name: name.into(),
        context_window: None,
        max_output_tokens: Some(1_000),
        capabilities: vec![Capability::Chat],
        prices: Some(llm::Prices::from(llm::PriceTier {
            input: "1".parse().unwrap(),
            output: "2".parse().unwrap(),
            ..llm::PriceTier::default()
        })),
        quality: None,
        cacheable_tokens: None,
    };
    Deployment {
        id: format!("stage/{name}"),
        spec,
        target: Target::Local(Arc::clone(actor) as Arc<dyn ChatModel>),
    }
}

pub(crate) fn column(model: &str) -> NewColumn {
    NewColumn { model: model.into(), ..NewColumn::default() }
}

pub(crate) fn question(text: &str) -> Question {
    Question { text: text.into(), images: Vec::new() }
}

/// The answer of the column with this place to the last question.
pub(crate) fn answer(whole: &Whole, place: usize) -> &Answer {
    let turn = whole.turns.last().unwrap();
    whole.answer(turn.id, whole.comparison.columns[place].id).unwrap()
}

pub(crate) fn text(delta: &str) -> Result<ChatEvent, LlmError> {
    Ok(ChatEvent::Text { delta: delta.into() })
}
