//! The tool `forget`: takes a fact out of the memory.

use super::{open, told};
use crate::{Fact, Memory, MemoryError, model::Standing};
use base::Id;
use futures::{FutureExt, future::BoxFuture};
use llm::{Effect, Tool, ToolContext, ToolError, ToolSpec, tool::arguments};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

/// Forgets a fact; for a day the person can bring it back.
#[derive(Debug)]
pub(super) struct Forget(pub(super) Arc<Memory>);

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Arguments {
    id: String,
}

impl Tool for Forget {
    fn spec(&self) -> ToolSpec {
        ToolSpec {
            name: "forget".into(),
            description:
                "Forgets one remembered fact, by the id that `recall` gave. Only when the person asks for it."
                    .into(),
            parameters: json!({
                "type": "object",
                "properties": {
                    "id": { "type": "string", "description": "The fact's id as `recall` gave it" },
                },
                "required": ["id"],
                "additionalProperties": false,
            }),
            strict: None,
            cache_marker: false,
        }
    }

    fn effect(&self) -> Effect {
        Effect::Changes
    }

    fn call<'a>(
        &'a self,
        context: &'a ToolContext,
        text: &'a str,
    ) -> BoxFuture<'a, Result<String, ToolError>> {
        async move {
            let fact = self.meant(context, text).await?;
            self.0.forget(fact.owner, fact.id, true).await.map_err(told)?;
            // Not what it said: that would be kept with the answer.
            Ok("Forgotten. For a day the person can bring it back on the page Memory.".into())
        }
        .boxed()
    }

    fn about<'a>(&'a self, context: &'a ToolContext, text: &'a str) -> BoxFuture<'a, Option<String>> {
        async move { self.meant(context, text).await.ok().map(|fact| fact.draft.text) }.boxed()
    }
}

impl Forget {
    /// The fact that a call names.
    async fn meant(&self, context: &ToolContext, text: &str) -> Result<Fact, ToolError> {
        let Arguments { id } = arguments(text)?;
        let bad = || ToolError::Arguments(format!("`{id}` is no id of a fact; `recall` gives them"));
        let id: Id = id.trim().parse().map_err(|_| bad())?;
        let (owner, scopes) = (context.owner()?, open(context)?);
        let fact = self.0.get(owner, id).await.map_err(told)?;
        // What is not open here is not there: a persona must not take from another what it may not even see.
        if !scopes.contains(&fact.scope) || fact.standing() == Standing::Forgotten {
            return Err(told(MemoryError::NoFact(id)));
        }
        Ok(fact)
    }
}
