//! One audio call to one deployment. All deployments that take such calls speak the same format, so that the
//! request is passed on with the deployment's own name for the model.

use super::send::{Begun, Due, Opening, as_stream, begin, whole, with_trace};
use crate::{
    attempt::Feed,
    audio::{self, AudioBody},
    table::Place,
};
use http::{HeaderMap, HeaderValue, header::CONTENT_TYPE};
use llm::{LlmError, LlmErrorKind, Operation, UpstreamCall};

/// Calls the deployment. What comes back decides by its content type how it is handed on: events and sound as they
/// come, everything else when it is complete.
pub(super) async fn send(
    place: &Place,
    audio: &AudioBody,
    due: Option<Due>,
    trace: Option<&HeaderValue>,
) -> Result<Begun, LlmError> {
    let Some((upstream, codec)) = audio::upstream(place) else {
        let message = format!("`{}` has no audio operations", place.id);
        return Err(LlmError::new(LlmErrorKind::NotFound, message));
    };
    let body = codec.retarget(&audio.body, &audio.head, &place.spec.name)?;
    let mut headers = with_trace(HeaderMap::new(), trace);
    headers.insert(CONTENT_TYPE, audio.content_type.clone());
    let (operation, model) = (audio.head.operation, place.spec.name.clone());
    let mut reply = upstream.send(UpstreamCall { operation, model, body, headers }).await?;
    let opening = Opening::of(&mut reply, Vec::new());
    let content_type = opening.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let content_type = content_type.unwrap_or_default().to_ascii_lowercase();
    if content_type.starts_with("text/event-stream") {
        let feed = Feed::passing(as_stream(reply.body), codec.scanner(&audio.head)).of(upstream);
        return begin(opening, Box::new(feed), due).await;
    }
    if operation == Operation::Speech && !content_type.contains("json") {
        let feed = Feed::sound(as_stream(reply.body), audio.known()).of(upstream);
        return begin(opening, Box::new(feed), due).await;
    }
    let body = whole(reply.body).await?;
    let summary = codec.summarise(&audio.head, &content_type, &body)?;
    Ok(opening.whole(body, summary))
}
