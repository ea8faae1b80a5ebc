//! The tool `remember`: writes a fact about the person down.

use super::{open, told};
use crate::{
    Memory, MemoryError,
    model::{Origin, Source, TEXT_LIMIT_BYTES},
};
use futures::{FutureExt, future::BoxFuture};
use llm::{Effect, Tool, ToolContext, ToolError, ToolSpec, tool::arguments};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

const STRUCK: &str = "Not remembered: the person struck this out earlier, and only they can let it count again, on the page \
     Memory. Tell them so if they wanted it remembered:";

/// Writes a fact down.
#[derive(Debug)]
pub(super) struct Remember(pub(super) Arc<Memory>);

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Arguments {
    text: String,
}

impl Tool for Remember {
    fn spec(&self) -> ToolSpec {
        ToolSpec {
            name: "remember".into(),
            description: "Writes down something about the person that will still matter in later conversations. Takes the \
                place of what it contradicts. Do not write down secrets, nor what others merely said."
                .into(),
            parameters: json!({
                "type": "object",
                "properties": {
                    "text": {
                        "type": "string",
                        "description": "One fact in a short sentence as the person would say it, such as: I live in Oslo",
                    },
                },
                "required": ["text"],
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
            let Arguments { text } = arguments(text)?;
            if text.trim().is_empty() {
                return Err(ToolError::Arguments("`text` is empty".into()));
            }
            let owner = context.owner()?;
            let scopes = open(context)?;
            let Some(home) = scopes.first() else {
                return Err(ToolError::Failed("nothing of the memory is open here".into()));
            };
            if text.len() > TEXT_LIMIT_BYTES {
                let size_bytes = text.len();
                return Err(told(MemoryError::TooLong { size_bytes, limit_bytes: TEXT_LIMIT_BYTES }));
            }
            let (mut kept, mut struck) = (Vec::new(), Vec::new());
            for mut draft in self.0.drafts(&text, Origin::Tool) {
                draft.source = Source { conversation_id: context.conversation_id, message_id: None };
                let says = draft.text.replace('\n', " ");
                match self.0.add(owner, home, draft).await {
                    Ok(fact) => kept.push(format!("- {says} (id {})", fact.id)),
                    Err(MemoryError::Struck(_)) => struck.push(format!("- {says}")),
                    Err(error) => return Err(told(error)),
                }
            }
            let mut answer = Vec::new();
            if !kept.is_empty() {
                answer.push(format!("Remembered:\n{}", kept.join("\n")));
            }
            if !struck.is_empty() {
                answer.push(format!("{STRUCK}\n{}", struck.join("\n")));
            }
            let answer = answer.join("\n");
            if kept.is_empty() { Err(ToolError::Failed(answer)) } else { Ok(answer) }
        }
        .boxed()
    }
}
