//! A folder of models and how to ask them.

use base::SystemClock;
use futures::StreamExt;
use inference::{Config, OnDevice};
use llm::{Aggregator, ChatModel, ChatReply, ChatRequest, LlmError, Message, Parameters, Role};
use std::{path::Path, sync::Arc};

/// The models in this folder, looked at once.
pub(crate) fn on_device(folder: &Path, config: Config) -> OnDevice {
    let on_device = OnDevice::new(config, folder.to_owned(), Arc::new(SystemClock::default()));
    on_device.look();
    on_device
}

pub(crate) fn request(model: &str, question: &str) -> ChatRequest {
    ChatRequest {
        model: model.to_owned(),
        messages: vec![Message::text(Role::User, question)],
        parameters: Parameters { temperature: Some(0.0), ..Parameters::default() },
        ..ChatRequest::default()
    }
}

/// The whole answer.
pub(crate) async fn ask(on_device: &OnDevice, request: ChatRequest) -> Result<ChatReply, LlmError> {
    let mut events = on_device.stream(request).await?;
    let mut aggregator = Aggregator::default();
    while let Some(event) = events.next().await {
        aggregator.push(&event?);
    }
    Ok(aggregator.finish())
}
