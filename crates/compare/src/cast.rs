//! Personas as columns, through a port: this bench does not know how a persona becomes a prompt.

use crate::model::Question;
use base::{ErrorKind, Id, OwnerId};
use futures::future::BoxFuture;
use llm::ChatRequest;

/// Who knows personas.
pub trait Casting: std::fmt::Debug + Send + Sync {
    /// What a persona is called, and the model that plays them best.
    fn persona(&self, owner: OwnerId, persona_id: Id) -> BoxFuture<'_, Result<Cast, CastError>>;

    /// What a model is asked to answer as a persona.
    fn request<'a>(
        &'a self,
        owner: OwnerId,
        scene: Scene<'a>,
    ) -> BoxFuture<'a, Result<ChatRequest, CastError>>;
}

/// A persona as a column needs it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cast {
    /// What they are called.
    pub name: String,
    /// The model that plays them best, if one is known.
    pub model: Option<String>,
}

/// A scene that a persona is to play.
#[derive(Debug, Clone, Copy)]
pub struct Scene<'a> {
    /// Who.
    pub persona_id: Id,
    /// The model or route that plays them.
    pub model: &'a str,
    /// What was asked before, each with what was answered.
    pub before: &'a [(Question, String)],
    /// What is asked now.
    pub question: &'a Question,
}

/// Why a persona cannot play.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the persona cannot answer: {message}")]
pub struct CastError {
    /// What kind of trouble it is.
    pub kind: ErrorKind,
    /// What happened.
    pub message: String,
}
