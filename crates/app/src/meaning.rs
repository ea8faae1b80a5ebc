//! What the library's and the memory's vectors are made with: a model behind the gateway, chosen by the configuration or found on this
//! machine.

use crate::app::App;
use api::events::AppEvent;
use base::OwnerId;
use futures::future::BoxFuture;
use gateway::{AnswerBody, Caller, EmbeddingCall, EmbeddingSource, Gateway};
use llm::{
    Capability, Embedder, Embedders, Embedding, EmbeddingReply, EmbeddingRequest, LlmError, LlmErrorKind,
};
use std::sync::Arc;
use tokio::sync::broadcast::error::RecvError;

/// Every owner's calls go through the gateway, on their account, and are called by this name in the ledger.
#[derive(Debug)]
struct ThroughGateway {
    gateway: Arc<Gateway>,
    tag: &'static str,
}

#[derive(Debug)]
struct OnAccount {
    gateway: Arc<Gateway>,
    owner: OwnerId,
    tag: &'static str,
}

impl Embedders for ThroughGateway {
    fn of(&self, owner: OwnerId) -> Arc<dyn Embedder> {
        Arc::new(OnAccount { gateway: Arc::clone(&self.gateway), owner, tag: self.tag })
    }
}

impl Embedder for OnAccount {
    fn embed(&self, request: EmbeddingRequest) -> BoxFuture<'_, Result<EmbeddingReply, LlmError>> {
        Box::pin(async move {
            let source = EmbeddingSource::Request(request);
            let call =
                EmbeddingCall { caller: Caller::Owner(self.owner), source, tags: vec![self.tag.to_owned()] };
            let failed = |message: String| LlmError::new(LlmErrorKind::Server, message);
            let answer = self.gateway.embed(call).await.map_err(|error| failed(error.to_string()))?;
            let AnswerBody::Vectors(reply) = answer.body else {
                return Err(failed("the gateway answered with something else than vectors".to_owned()));
            };
            Ok(reply)
        })
    }
}

impl App {
    /// Tells the library and the memory what makes vectors now; they go on with what lacks some.
    pub(crate) async fn settle_embedder(&self) {
        let model = self.embedder();
        let embedding = |tag| {
            let embedders = Arc::new(ThroughGateway { gateway: Arc::clone(&self.gateway), tag });
            model.clone().map(|model| Embedding { model, embedders })
        };
        self.chat.memory().embed_with(embedding("memory"));
        if let Err(error) = self.chat.memory().embed().await {
            tracing::warn!(%error, "the memory's vectors cannot be looked after");
        }
        if let Err(error) = self.library.embed_with(embedding("library")).await {
            tracing::warn!(%error, "the library's vectors cannot be looked after");
        }
    }

    /// The configured model, or the first on this machine that makes vectors.
    fn embedder(&self) -> Option<String> {
        match self.library.configured_embedder() {
            "none" | "" => None,
            "auto" => {
                let models = self.offers.on_device.stock().models;
                models.iter().find(|model| model.can(Capability::Embeddings)).map(llm::ModelSpec::id)
            }
            id => Some(id.to_owned()),
        }
    }
}

/// Looks again whenever other models can be called.
pub(crate) async fn follow_models(app: Arc<App>) {
    let mut events = app.events();
    loop {
        match events.recv().await {
            Ok(AppEvent::ModelsChanged) => app.settle_embedder().await,
            Ok(_) => {}
            Err(RecvError::Lagged(_)) => app.settle_embedder().await,
            Err(RecvError::Closed) => return,
        }
    }
}
