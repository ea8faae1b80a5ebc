//! Personas in comparisons: what `chat` knows of them, through the port of `compare`.

use base::{Id, OwnerId};
use chat::{ChatService, Image, Line, PersonasError, Speaker};
use compare::{Cast, CastError, Casting, Question, Scene};
use futures::future::BoxFuture;
use llm::ChatRequest;
use std::sync::Arc;

/// Those who can play.
#[derive(Debug)]
pub(crate) struct Players(pub(crate) Arc<ChatService>);

impl Casting for Players {
    fn persona(&self, owner: OwnerId, persona_id: Id) -> BoxFuture<'_, Result<Cast, CastError>> {
        Box::pin(async move {
            let kept = self.0.personas().get(owner, persona_id).await.map_err(|error| cannot(&error))?;
            let persona = kept.value.persona;
            Ok(Cast { name: persona.called().to_owned(), model: persona.model })
        })
    }

    fn request<'a>(
        &'a self,
        owner: OwnerId,
        scene: Scene<'a>,
    ) -> BoxFuture<'a, Result<ChatRequest, CastError>> {
        Box::pin(async move {
            let mut said = Vec::new();
            for (asked, answered) in scene.before.iter().filter(|(_, answered)| !answered.trim().is_empty()) {
                said.push(line(asked));
                said.push((Speaker::Assistant, answered.clone(), Vec::new()));
            }
            said.push(line(scene.question));
            let request = self.0.rehearse(owner, scene.persona_id, (scene.model, said)).await;
            request.map_err(|error| cannot(&error))
        })
    }
}

fn line(question: &Question) -> Line {
    let image = |image: &compare::Image| Image {
        media_type: image.media_type.clone(),
        data: image.data.clone(),
        alt: String::new(),
        gone: image.gone,
        blob: None,
    };
    (Speaker::User, question.text.clone(), question.images.iter().map(image).collect())
}

fn cannot(error: &PersonasError) -> CastError {
    CastError { kind: error.kind(), message: error.to_string() }
}
