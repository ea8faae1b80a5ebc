//! What every test needs: a gateway over scripted deployments.

use crate::{
    codec::{self, A, Toy},
    deployment::Scripted,
};
use base::{Clock, Id, Money, OwnerId, Secret};
use bytes::Bytes;
use futures::StreamExt;
use gateway::{
    Address, Answer, AnswerBody, Budget, Call, Caller, Config, Deployment, Gateway, GatewayError, NewKey,
    Parts, Period, Route, RoutingTable, Source, Target,
};
use http::HeaderMap;
use ledger::{Exchange, ExchangeFilter};
use llm::{ModelSpec, PriceTier, Prices};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};
use store::testing::TestDb;

pub(crate) const OWNER: OwnerId = Id::FIRST_OWNER;

/// What an answer without error looks like in format A: 10 tokens in, 5 out, 15 micro-dollars.
pub(crate) const GOOD: [&str; 4] = ["A start r\n", "A text hello\n", "A usage 10 5\n", "A stop\n"];

pub(crate) struct Stage {
    pub(crate) test: Arc<TestDb>,
    pub(crate) gateway: Gateway,
}

/// Quick retries, and the database within a few milliseconds.
pub(crate) fn config() -> Config {
    let mut config = Config::default();
    config.retry.base_delay_ms = 1;
    config.journal.batch_ms = 1;
    config
}

/// A model that costs one micro-dollar a token, in and out.
pub(crate) fn spec(provider: &str, name: &str) -> ModelSpec {
    let price = Money::from_nanos(1_000_000_000);
    ModelSpec {
        provider: provider.into(),
        name: name.into(),
        display_name: name.into(),
        context_window: Some(100_000),
        max_output_tokens: Some(1_000),
        capabilities: Vec::new(),
        prices: Some(Prices::from(PriceTier { input: price, output: price, ..PriceTier::default() })),
        quality: None,
        cacheable_tokens: None,
    }
}

pub(crate) fn deployment(id: &str, upstream: &Arc<Scripted>) -> Deployment {
    let (provider, name) = id.split_once('/').unwrap();
    let target = Target::Wire(Arc::clone(upstream) as Arc<dyn llm::Upstream>);
    Deployment { id: id.into(), spec: spec(provider, name), target }
}

/// The deployments by themselves, and the route `r` through all of them in order.
pub(crate) fn table(deployments: Vec<Deployment>) -> RoutingTable {
    let ids = deployments.iter().map(|deployment| deployment.id.clone()).collect();
    RoutingTable { deployments, routes: vec![Route::ordered("r", ids)] }
}

impl Stage {
    pub(crate) async fn new(test: &Arc<TestDb>, config: Config, table: RoutingTable) -> Self {
        let gateway = Gateway::start(Parts {
            db: test.db.clone(),
            clock: Arc::clone(&test.clock) as Arc<dyn Clock>,
            config,
            data_dir: test.dir().to_owned(),
        })
        .await
        .unwrap();
        gateway.set_routing(table);
        Self { test: Arc::clone(test), gateway }
    }

    /// One on SQLite with one deployment `p/m` of format A.
    pub(crate) async fn with(upstream: &Arc<Scripted>) -> Self {
        Self::new(&TestDb::sqlite().await, config(), table(vec![deployment("p/m", upstream)])).await
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.test.clock.advance(by);
    }

    /// A request in format A by the owner.
    pub(crate) async fn ask(&self, more: Value) -> Result<Answer, GatewayError> {
        self.ask_as(Caller::Owner(OWNER), &A, more).await
    }

    /// A request in this format by this caller, to the route `r` unless `more` names a model.
    pub(crate) async fn ask_as(
        &self,
        caller: Caller,
        codec: &'static Toy,
        more: Value,
    ) -> Result<Answer, GatewayError> {
        let body = codec::body("r", "a question", &more);
        let source = Source::Body { codec, body, headers: HeaderMap::new(), address: Address::default() };
        self.gateway.chat(Call { caller, source, tags: vec!["test:yes".into()] }).await
    }

    /// The same with headers.
    pub(crate) async fn ask_with(
        &self,
        caller: Caller,
        headers: &[(&'static str, &str)],
        more: Value,
    ) -> Result<Answer, GatewayError> {
        let body = codec::body("r", "a question", &more);
        let headers = headers.iter().map(|(name, value)| {
            (http::HeaderName::from_static(name), http::HeaderValue::from_str(value).unwrap())
        });
        let source =
            Source::Body { codec: &A, body, headers: headers.collect(), address: Address::default() };
        self.gateway.chat(Call { caller, source, tags: Vec::new() }).await
    }

    /// The text of a whole answer.
    pub(crate) async fn text(&self, more: Value) -> Result<String, GatewayError> {
        Ok(whole(self.ask(more).await?).await)
    }

    /// A key with a total budget.
    pub(crate) async fn key_with_budget(&self, usd: &str) -> Secret {
        let budget = Budget::new(usd.parse().unwrap(), Period::Total);
        self.key(NewKey { name: "k".into(), budgets: vec![budget], ..NewKey::default() }).await
    }

    pub(crate) async fn key(&self, new: NewKey) -> Secret {
        self.gateway.keys().create(OWNER, new).await.unwrap().secret
    }

    /// The ledger, the oldest first.
    pub(crate) async fn ledger(&self) -> Vec<Exchange> {
        self.gateway.flush().await;
        let mut filter = ExchangeFilter { limit: Some(500), ..ExchangeFilter::default() };
        let mut exchanges = Vec::new();
        loop {
            let page = self.gateway.ledger().exchanges(OWNER, &filter).await.unwrap();
            exchanges.extend(page.exchanges);
            filter.before = page.next;
            if filter.before.is_none() {
                exchanges.reverse();
                return exchanges;
            }
        }
    }

    /// The one exchange of the ledger.
    pub(crate) async fn only(&self) -> Exchange {
        let mut exchanges = self.ledger().await;
        assert_eq!(exchanges.len(), 1, "{exchanges:#?}");
        exchanges.remove(0)
    }

    /// Spent and reserved of the first key's budget, in nano-dollars.
    pub(crate) async fn key_account(&self) -> (i64, i64) {
        let keys = self.gateway.keys().list(OWNER).await.unwrap();
        let account = keys.first().unwrap().budget.unwrap();
        (account.spent.nanos(), account.reserved.nanos())
    }
}

pub(crate) fn streaming() -> Value {
    json!({ "stream": true })
}

/// The bytes of an answer, as text.
pub(crate) async fn whole(answer: Answer) -> String {
    let bytes = match answer.body {
        AnswerBody::Whole(bytes) => bytes,
        AnswerBody::Stream(stream) => Bytes::from(stream.collect::<Vec<_>>().await.concat()),
        other => panic!("{other:?}"),
    };
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Waits until something that other tasks bring about is so.
pub(crate) async fn until(what: &str, mut so: impl FnMut() -> bool) {
    for _ in 0..2_000 {
        if so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("{what} did not come about");
}
