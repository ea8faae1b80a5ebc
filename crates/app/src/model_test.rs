//! Tries a model or a route out: one tiny call the whole way through the gateway.

use crate::app::App;
use api::models::{ModelTest, TestModel};
use base::{Id, Money};
use futures::StreamExt as _;
use gateway::{Answer, AnswerBody, Call, Caller, GatewayError, Source};
use llm::{Aggregator, ChatRequest, LlmErrorKind, Message, Parameters, Role};
use std::time::Duration;

/// What is asked. Models that think need room before they answer.
const QUESTION: &str = "Answer with the one word: ready";
const MAX_TOKENS: u64 = 200;
/// How long it may take.
const PATIENCE: Duration = Duration::from_secs(90);
/// What such calls are labelled with in the ledger.
const TAG: &str = "familiar:test";
/// Most of the answer that is shown.
const SHOWN_CHARS: usize = 200;

impl App {
    /// Asks a model or route for one word, and says what it took. What fails is an answer as well.
    pub async fn test_model(&self, test: TestModel) -> ModelTest {
        let began = self.clock.monotonic();
        let tried = tokio::time::timeout(PATIENCE, self.try_model(&test.model)).await;
        let total_ms = u64::try_from((self.clock.monotonic() - began).as_millis()).unwrap_or(u64::MAX);
        let tried = tried.unwrap_or_else(|_late| {
            let seconds = PATIENCE.as_secs();
            Err(llm::LlmError::new(
                LlmErrorKind::Timeout,
                format!("no whole answer within {seconds} seconds"),
            )
            .into())
        });
        match tried {
            Ok(tried) => ModelTest { total_ms: tried.total_ms.unwrap_or(total_ms), ..tried.test },
            Err(error) => ModelTest {
                ok: false,
                message: error.to_string(),
                code: Some(error.kind().as_str().to_owned()),
                hint: Some(error.hint()),
                total_ms,
                ..ModelTest::default()
            },
        }
    }

    async fn try_model(&self, model: &str) -> Result<Tried, GatewayError> {
        let request = ChatRequest {
            model: model.to_owned(),
            messages: vec![Message::text(Role::User, QUESTION)],
            parameters: Parameters { max_output_tokens: Some(MAX_TOKENS), ..Parameters::default() },
            ..ChatRequest::default()
        };
        let caller = Caller::Owner(Id::FIRST_OWNER);
        let call = Call { caller, source: Source::Request(request), tags: vec![TAG.to_owned()] };
        let Answer { body, receipt, explanation, .. } = self.gateway.chat(call).await?;
        let mut aggregator = Aggregator::default();
        if let AnswerBody::Events(mut events) = body {
            while let Some(event) = events.next().await {
                aggregator.push(&event?);
            }
        }
        let reply = aggregator.finish();
        let text: String = reply.plain_text().trim().chars().take(SHOWN_CHARS).collect();
        let receipt = receipt.await.ok();
        let test = ModelTest {
            ok: true,
            message: if text.is_empty() {
                "it answered without words".to_owned()
            } else {
                format!("it says: {text}")
            },
            model: explanation.chosen.clone(),
            route: Some(explanation.sentence()),
            exchange_id: receipt.as_ref().map(|receipt| receipt.exchange_id.to_string()),
            first_token_ms: receipt.as_ref().and_then(|receipt| receipt.first_token_ms),
            input_tokens: receipt.as_ref().map(|receipt| receipt.usage.total_input()),
            output_tokens: receipt.as_ref().map(|receipt| receipt.usage.output),
            cost_usd: receipt.as_ref().and_then(|receipt| receipt.cost).map(|cost| Money::to_string(&cost)),
            ..ModelTest::default()
        };
        Ok(Tried { test, total_ms: receipt.map(|receipt| receipt.total_ms) })
    }
}

/// What an answer came to.
struct Tried {
    test: ModelTest,
    total_ms: Option<u64>,
}
