//! Lines that go into a provider's own batch: written in its format, and their replies read, translated and
//! settled.

use super::{BatchLine, Deposit, LineKind, Submitter, ask};
use crate::{
    error::GatewayError,
    gateway::Shared,
    settle::{self, Beginning, Ending, OpenExchange},
};
use base::{Id, Money, Timestamp};
use bytes::Bytes;
use ledger::{Explanation, Outcome};
use llm::{BatchUpstream, Dialect, LlmError, LlmErrorKind, ModelSpec, Operation, Summary, Upstream, Usage};
use routing::Grants;
use std::sync::Arc;

/// A deployment whose provider takes batches.
#[derive(Debug, Clone)]
pub struct NativePlace {
    pub(crate) upstream: Arc<dyn Upstream>,
    pub(crate) spec: ModelSpec,
    /// The format of the lines.
    pub(crate) dialect: Dialect,
}

/// The reply to a line, for the ledger.
#[derive(Debug)]
pub struct NativeLine<'a> {
    /// In whose name it was called.
    pub submitter: Submitter,
    /// The ledger's id of it; settled twice, it counts once.
    pub exchange_id: Id,
    /// What it asked for.
    pub model: &'a str,
    /// The deployment that answered.
    pub deployment: &'a str,
    /// The caller's format.
    pub dialect: &'static str,
    /// When it was handed in.
    pub started_at: Timestamp,
    /// Most it could cost.
    pub worst_case: Option<Money>,
    /// What it is paid from.
    pub deposit: &'a Deposit,
    /// As in [`crate::Call::tags`].
    pub tags: Vec<String>,
    /// What it used, or why it failed.
    pub outcome: Result<Option<Usage>, LlmError>,
}

impl NativePlace {
    /// The batches themselves.
    ///
    /// # Errors
    /// Where the provider has none any more.
    pub fn batches(&self) -> Result<&dyn BatchUpstream, LlmError> {
        self.facing().batches().ok_or_else(|| {
            LlmError::new(LlmErrorKind::NotFound, "the provider has no batches of its own any more")
        })
    }

    /// The provider as it understands the lines' own format, where it does and has batches in it.
    fn facing(&self) -> &dyn Upstream {
        let own = self.upstream.as_ref();
        own.facing(self.dialect).filter(|other| other.batches().is_some()).unwrap_or(own)
    }

    /// The provider's own name of the model.
    pub fn model(&self) -> &str {
        &self.spec.name
    }

    /// What an upstream is asked to do for a line.
    pub const fn operation(kind: LineKind) -> Operation {
        match kind {
            LineKind::Chat => Operation::Chat,
            LineKind::Embeddings => Operation::Embeddings,
        }
    }

    /// The line in the provider's format, and what of it that format cannot carry.
    ///
    /// # Errors
    /// Where the line cannot be read or written.
    pub fn encode(
        &self,
        submitter: Submitter,
        line: &BatchLine,
    ) -> Result<(Bytes, Vec<String>), GatewayError> {
        let (codec, name) = (self.facing().codec(), &self.spec.name);
        if line.kind == LineKind::Embeddings {
            let mut request = line.codec.decode_embedding_request(&line.body)?;
            request.model.clone_from(name);
            let encoded = codec.encode_embedding_request(&request)?;
            return Ok((encoded.body, [request.unmapped, encoded.dropped].concat()));
        }
        if codec.dialect() == line.codec.dialect() {
            let head = ask(line, submitter.owner)?.head;
            return Ok((codec.retarget(&line.body, &head, name)?, Vec::new()));
        }
        let mut request = line.codec.decode_request(&line.body)?;
        request.model.clone_from(name);
        let encoded = codec.encode_request(&request, false)?;
        Ok((encoded.body, [request.unmapped, encoded.dropped].concat()))
    }

    /// The provider's reply in the line's own format, and what it used.
    ///
    /// # Errors
    /// Where the reply is not in the provider's format.
    pub fn decode(
        &self,
        line: &BatchLine,
        model: &str,
        reply: &Bytes,
    ) -> Result<(Bytes, Option<Usage>), LlmError> {
        let codec = self.facing().codec();
        if line.kind == LineKind::Embeddings {
            let mut vectors = codec.decode_embedding_reply(reply)?;
            let request = line.codec.decode_embedding_request(&line.body)?;
            let usage = vectors.usage;
            model.clone_into(&mut vectors.model);
            return Ok((line.codec.encode_embedding_reply(&vectors, request.base64)?, Some(usage)));
        }
        if codec.dialect() == line.codec.dialect() {
            let summary = codec.summarise(reply)?;
            return match summary.error {
                Some(error) => Err(error),
                None => Ok((reply.clone(), summary.usage)),
            };
        }
        let decoded = codec.decode_reply(reply)?;
        let usage = decoded.usage;
        Ok((line.codec.encode_reply(&decoded, model)?, usage))
    }
}

/// Writes a line into the ledger and turns what was set aside for it into its cost, which it answers with.
pub(super) fn settle(shared: &Arc<Shared>, line: NativeLine<'_>) -> Money {
    let now = shared.clock.now();
    let explanation = Explanation {
        asked: line.model.to_owned(),
        route: line.model.to_owned(),
        chosen: Some(line.deployment.to_owned()),
        ..Explanation::default()
    };
    let mut record = settle::blank(line.exchange_id, line.started_at, line.submitter.owner, explanation);
    record.key_id = line.submitter.key_id;
    record.project = line.submitter.project;
    record.operation = ledger::exchange::BATCH.into();
    record.route = line.model.to_owned();
    record.caller_dialect = Some(line.dialect.to_owned().into());
    record.outcome = Outcome::Interrupted;
    record.tags = line.tags;
    let reservation = line.deposit.part(line.exchange_id, line.worst_case.unwrap_or_default());
    let beginning = Beginning {
        record,
        began: shared.clock.monotonic().saturating_sub(now.since(line.started_at)),
        reservation,
        // The provider's batch was no call of its own.
        grants: Grants::default(),
        shared_grants: None,
        worst_case: line.worst_case,
        input_tokens_bound: 0,
        audio: None,
        rivals: None,
        trace: None,
        part: None,
    };
    let (mut exchange, _) = OpenExchange::new(shared, beginning);
    let index = shared.index.load();
    if let Some(place) = index.places.iter().find(|place| place.id == line.deployment) {
        exchange.answered_in_batch(place);
    } else {
        exchange.record.deployment = Some(line.deployment.to_owned());
    }
    let ending = match line.outcome {
        Ok(usage) => {
            exchange.observe(&Summary { started: true, usage, ..Summary::default() });
            Ending::Complete
        }
        Err(error) => Ending::failed(&error),
    };
    exchange.settle(ending);
    exchange.record.cost
}
