//! Qdrant by its REST API, as its `openapi.json` describes it; 1.11 or later.
//!
//! A collection of ours is a collection there, named like it behind the prefix; the collection that searches use has its
//! noun (`library`) as an alias besides. A point is a passage: its id is the passage's, its payload says the owner and
//! the document. Both have payload indexes, the owner's as the tenant, so that Qdrant keeps what belongs together
//! together.

mod link;
mod shapes;

use crate::{Config, OpenError, config::check_url};
use base::Id;
use futures::future::BoxFuture;
use http::Method;
use link::{Ask, Link, NAME, Patience, is_missing};
use net::LocalOnly;
use parking_lot::Mutex;
use serde_json::{Value, json};
use shapes::{Counted, Details, Found, Payload, Point, Points, Updated, Version, passage_of, point_id};
use std::collections::{HashMap, HashSet};
use vectors::{Collection, Engine, EngineError, Known, Near, Passages, Vector, Wanted};

/// Points that are sent at once.
const BATCH: usize = 256;
/// How far the graph is searched at least; the answer is among so many candidates.
const LEAST_EF: usize = 128;

/// A Qdrant server.
#[derive(Debug)]
pub struct Qdrant {
    link: Link,
    prefix: String,
    target: String,
    /// Collections that are known to be there.
    ready: Mutex<HashSet<Collection>>,
}

impl Qdrant {
    /// The server that the configuration names. Nothing is connected yet.
    ///
    /// # Errors
    /// An address that is none.
    pub fn new(config: &Config, local_only: LocalOnly) -> Result<Self, OpenError> {
        let url = config.qdrant_url.as_deref().unwrap_or_default();
        let uri = check_url(url).map_err(OpenError::Config)?;
        let base = uri.to_string().trim_end_matches('/').to_owned();
        let target = format!("qdrant {base} {}", config.prefix);
        let link = Link::new(base, config, local_only)?;
        Ok(Self { link, prefix: config.prefix.clone(), target, ready: Mutex::default() })
    }

    fn name(&self, collection: Collection) -> String {
        format!("{}{collection}", self.prefix)
    }

    fn ask(&self, method: Method, collection: Collection, rest: &str) -> Ask {
        let name = self.name(collection);
        Ask {
            method,
            path: format!("/collections/{name}{rest}"),
            collection: Some(name),
            body: None,
            patience: Patience::Write,
        }
    }

    /// Makes the collection and its indexes where it is not there, and looks at it where it is.
    async fn make_ready(&self, collection: Collection) -> Result<(), EngineError> {
        if self.ready.lock().contains(&collection) {
            return Ok(());
        }
        match self.link.send::<Details>(self.ask(Method::GET, collection, "")).await {
            Ok(details) => details.check(&self.name(collection), collection.dimensions())?,
            Err(error) if is_missing(&error) => self.create(collection).await?,
            Err(error) => return Err(error),
        }
        for (field, schema) in [
            ("owner", json!({ "type": "keyword", "is_tenant": true })),
            ("document", json!({ "type": "keyword" })),
        ] {
            let body = json!({ "field_name": field, "field_schema": schema });
            let made: Updated =
                self.link.send(self.ask(Method::PUT, collection, "/index?wait=true").with(&body)?).await?;
            made.is_done()?;
        }
        self.ready.lock().insert(collection);
        Ok(())
    }

    async fn create(&self, collection: Collection) -> Result<(), EngineError> {
        let body = json!({ "vectors": { "size": collection.dimensions(), "distance": "Cosine" } });
        match self.link.send::<bool>(self.ask(Method::PUT, collection, "").with(&body)?).await {
            Ok(_) => Ok(()),
            // Another server of ours was quicker.
            Err(EngineError::Refused { message, .. }) if message.contains("already exists") => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Sends what changes points and waits until it is done; a collection that is gone is not known any more.
    async fn change(&self, collection: Collection, ask: Ask) -> Result<(), EngineError> {
        let done = self.link.send::<Updated>(ask).await;
        self.seen(collection, done)?.is_done()
    }

    fn seen<T>(&self, collection: Collection, answer: Result<T, EngineError>) -> Result<T, EngineError> {
        if answer.as_ref().is_err_and(is_missing) {
            self.ready.lock().remove(&collection);
        }
        answer
    }

    async fn put_points(&self, collection: Collection, passages: Passages) -> Result<(), EngineError> {
        self.make_ready(collection).await?;
        let payload = Payload { owner: passages.owner.to_string(), document: passages.document.to_string() };
        let fits = |(_, vector): &&(u128, Vector)| vector.dimensions() == collection.dimensions();
        let fitting: Vec<&(u128, Vector)> = passages.vectors.iter().filter(fits).collect();
        for batch in fitting.chunks(BATCH) {
            let points = batch
                .iter()
                .map(|(passage, vector)| Point {
                    id: point_id(*passage),
                    vector: vector.to_floats(),
                    payload: &payload,
                })
                .collect();
            let ask = self.ask(Method::PUT, collection, "/points?wait=true").with(&Points { points })?;
            self.change(collection, ask).await?;
        }
        // Last, so that what stays is there all the time.
        let kept: Vec<String> = fitting.iter().map(|(passage, _)| point_id(*passage)).collect();
        let of_document = json!({ "key": "document", "match": { "value": payload.document } });
        let mut filter = json!({ "must": [of_document] });
        if !kept.is_empty() {
            filter["must_not"] = json!([{ "has_id": kept }]);
        }
        self.delete(collection, filter).await
    }

    async fn delete(&self, collection: Collection, filter: Value) -> Result<(), EngineError> {
        let ask = self.ask(Method::POST, collection, "/points/delete?wait=true");
        self.change(collection, ask.with(&json!({ "filter": filter }))?).await
    }

    async fn query(
        &self,
        collection: Collection,
        wanted: &Wanted,
        params: Value,
    ) -> Result<Vec<Near>, EngineError> {
        if wanted.is_nothing() || wanted.vector.dimensions() != collection.dimensions() {
            return Ok(Vec::new());
        }
        let mut must = vec![json!({ "key": "owner", "match": { "value": wanted.owner.to_string() } })];
        if let Some(documents) = &wanted.documents {
            let documents: Vec<String> = documents.iter().map(Id::to_string).collect();
            must.push(json!({ "key": "document", "match": { "any": documents } }));
        }
        if let Some(passages) = &wanted.passages {
            let passages: Vec<String> = passages.iter().map(|passage| point_id(*passage)).collect();
            must.push(json!({ "has_id": passages }));
        }
        let body = json!({
            "query": wanted.vector.to_floats(),
            "filter": { "must": must },
            "params": params,
            "limit": wanted.limit,
            "with_payload": ["document"],
        });
        let mut ask = self.ask(Method::POST, collection, "/points/query").with(&body)?;
        ask.patience = Patience::Search;
        let found = self.link.send::<Found>(ask).await;
        Ok(self.seen(collection, found)?.points.iter().filter_map(|point| point.near()).collect())
    }
}

impl Engine for Qdrant {
    fn target(&self) -> Option<&str> {
        Some(&self.target)
    }

    fn prepare(&self, collection: Collection) -> BoxFuture<'_, Result<(), EngineError>> {
        // Who prepares wants to be sure.
        self.ready.lock().remove(&collection);
        Box::pin(self.make_ready(collection))
    }

    fn put(&self, collection: Collection, passages: Passages) -> BoxFuture<'_, Result<(), EngineError>> {
        Box::pin(self.put_points(collection, passages))
    }

    fn remove(&self, collection: Collection, document: Id) -> BoxFuture<'_, Result<(), EngineError>> {
        let document = document.to_string();
        Box::pin(
            self.delete(
                collection,
                json!({ "must": [{ "key": "document", "match": { "value": document } }] }),
            ),
        )
    }

    fn nearest(
        &self,
        collection: Collection,
        wanted: Wanted,
    ) -> BoxFuture<'_, Result<Vec<Near>, EngineError>> {
        Box::pin(async move {
            let params = json!({ "hnsw_ef": wanted.limit.saturating_mul(2).max(LEAST_EF) });
            self.query(collection, &wanted, params).await
        })
    }

    fn likenesses(
        &self,
        collection: Collection,
        known: Known,
    ) -> BoxFuture<'_, Result<HashMap<u128, f32>, EngineError>> {
        Box::pin(async move {
            let near = self.query(collection, &known.wanted(), json!({ "exact": true })).await?;
            Ok(known.among(near))
        })
    }

    fn count(&self, collection: Collection) -> BoxFuture<'_, Result<u64, EngineError>> {
        Box::pin(async move {
            let ask = self.ask(Method::POST, collection, "/points/count").with(&json!({ "exact": true }))?;
            let counted = self.link.send::<Counted>(ask).await;
            Ok(self.seen(collection, counted)?.count)
        })
    }

    fn keep_only(
        &self,
        collection: Collection,
        documents: HashSet<Id>,
    ) -> BoxFuture<'_, Result<(), EngineError>> {
        Box::pin(async move {
            if documents.is_empty() {
                self.discard(collection).await?;
                return self.make_ready(collection).await;
            }
            let documents: Vec<String> = documents.iter().map(Id::to_string).collect();
            let ours = json!({ "key": "document", "match": { "any": documents } });
            self.delete(collection, json!({ "must_not": [ours] })).await
        })
    }

    fn serve(&self, collection: Collection) -> BoxFuture<'_, Result<(), EngineError>> {
        Box::pin(async move {
            let alias = format!("{}{}", self.prefix, collection.noun());
            let create = json!({ "collection_name": self.name(collection), "alias_name": alias });
            let ask = Ask {
                method: Method::POST,
                path: "/collections/aliases".to_owned(),
                collection: None,
                body: None,
                patience: Patience::Write,
            };
            let body = json!({ "actions": [{ "create_alias": create }] });
            self.link.send::<bool>(ask.with(&body)?).await.map(drop)
        })
    }

    fn discard(&self, collection: Collection) -> BoxFuture<'_, Result<(), EngineError>> {
        Box::pin(async move {
            self.ready.lock().remove(&collection);
            match self.link.send::<bool>(self.ask(Method::DELETE, collection, "")).await {
                Ok(_) => Ok(()),
                Err(error) if is_missing(&error) => Ok(()),
                Err(error) => Err(error),
            }
        })
    }

    fn look(&self) -> BoxFuture<'_, Result<String, EngineError>> {
        Box::pin(async move {
            let version: Version = self.link.plain("/").await?;
            // The greeting asks for no key; the list does.
            self.link.send::<Value>(Ask::list()).await?;
            if !version.title.contains(NAME) {
                let message = format!("it calls itself `{}`", version.title);
                return Err(EngineError::Odd { engine: NAME, message });
            }
            Ok(format!("Qdrant {} at {}", version.version, self.link.host()))
        })
    }
}

/// What a search found, as the port names it.
impl shapes::Scored {
    fn near(&self) -> Option<Near> {
        let document = self.payload.as_ref()?.document.parse().ok()?;
        Some(Near { passage: passage_of(&self.id)?, document, likeness: self.score })
    }
}
