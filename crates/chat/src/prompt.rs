//! From a branch of messages to a request: pure.

use crate::model::{Message, MessageStatus, Speaker};
use llm::{ChatRequest, Media, Message as Said, Part, Role};

/// What a request is made of.
#[derive(Debug, Clone, Copy)]
pub struct Prompt<'a> {
    /// The model or route to ask.
    pub model: &'a str,
    /// Standing instructions; may be empty.
    pub system: &'a str,
    /// The numbered sources and the instruction to cite them; empty when not grounded.
    pub sources: &'a str,
    /// What is known of the person, as data; empty where nothing is.
    pub memories: &'a str,
    /// The branch, the first message first; the last is the person's.
    pub branch: &'a [Message],
    /// What a persona makes of the conversation, where one answers; it has its own instructions.
    pub played: Option<&'a persona::Prompt>,
}

/// Writes the request: one system message (if there is anything to say), then the branch. Answers of which
/// nothing had come are left out; those cut short stay, since the person saw them.
pub fn request(prompt: Prompt<'_>) -> ChatRequest {
    let instructions = prompt.played.map_or(prompt.system, |played| &played.system);
    let system: Vec<&str> = [instructions, prompt.memories, prompt.sources]
        .into_iter()
        .map(str::trim)
        .filter(|text| !text.is_empty())
        .collect();
    let mut messages = Vec::with_capacity(prompt.branch.len() + 1);
    if !system.is_empty() {
        messages.push(Said::text(Role::System, system.join("\n\n")));
    }
    let mut inserts =
        prompt.played.map(|played| played.inserts.as_slice()).unwrap_or_default().iter().peekable();
    for (index, message) in prompt.branch.iter().enumerate() {
        while let Some(insert) = inserts.next_if(|insert| insert.before <= index) {
            messages.push(inserted(insert));
        }
        messages.extend(said(message));
    }
    messages.extend(inserts.map(inserted));
    // A person would rather have an answer than a lesson about windows; what was left out is told with it.
    ChatRequest { model: prompt.model.to_owned(), messages, fit_to_window: true, ..ChatRequest::default() }
}

fn inserted(insert: &persona::Insert) -> Said {
    let role = match insert.role {
        persona::Role::System => Role::System,
        persona::Role::User => Role::User,
        persona::Role::Assistant => Role::Assistant,
    };
    Said::text(role, insert.text.as_str())
}

fn said(message: &Message) -> Option<Said> {
    match message.speaker {
        Speaker::User => {
            let images = message.body.images.iter().map(|image| Part::Image {
                media: Media::Inline { media_type: image.media_type.clone(), data: image.data.clone() },
                detail: None,
            });
            let text = (!message.text.is_empty()).then(|| Part::text(&message.text));
            Some(Said { role: Role::User, parts: images.chain(text).collect(), name: None })
        }
        Speaker::Assistant if message.text.is_empty() => None,
        Speaker::Assistant => {
            // Thinking goes back only with an answer that is whole: a signature must fit what it signs.
            let whole = message.status == MessageStatus::Complete && !message.body.parts.is_empty();
            let parts = if whole { message.body.parts.clone() } else { vec![Part::text(&message.text)] };
            Some(Said { role: Role::Assistant, parts, name: None })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Image, MessageBody};
    use base::{Timestamp, new_id};

    fn message(speaker: Speaker, status: MessageStatus, text: &str) -> Message {
        Message {
            id: new_id(),
            conversation_id: new_id(),
            parent_id: None,
            speaker,
            status,
            text: text.into(),
            body: MessageBody::default(),
            created_at: Timestamp::default(),
        }
    }

    fn roles_and_texts(request: &ChatRequest) -> Vec<(Role, String)> {
        request.messages.iter().map(|said| (said.role, said.plain_text())).collect()
    }

    #[test]
    fn a_branch_becomes_a_request() {
        let branch = [
            message(Speaker::User, MessageStatus::Complete, "hi"),
            message(Speaker::Assistant, MessageStatus::Failed, ""),
            message(Speaker::Assistant, MessageStatus::Stopped, "Hel"),
            message(Speaker::User, MessageStatus::Complete, "go on"),
        ];
        let request = request(Prompt {
            model: "m",
            system: " be kind ",
            sources: "[1] x",
            memories: "",
            branch: &branch,
            played: None,
        });
        assert_eq!(
            roles_and_texts(&request),
            [
                (Role::System, "be kind\n\n[1] x".to_owned()),
                (Role::User, "hi".to_owned()),
                (Role::Assistant, "Hel".to_owned()),
                (Role::User, "go on".to_owned()),
            ]
        );
    }

    #[test]
    fn pictures_come_before_the_words_about_them() {
        let mut said = message(Speaker::User, MessageStatus::Complete, "what is this?");
        said.body.images =
            vec![Image { media_type: "image/png".into(), data: "aGk=".into(), alt: String::new() }];
        let request = request(Prompt {
            model: "m",
            system: "",
            sources: "",
            memories: "",
            branch: &[said],
            played: None,
        });
        assert!(matches!(
            request.messages[0].parts.as_slice(),
            [Part::Image { media: Media::Inline { .. }, .. }, Part::Text { .. }]
        ));
    }

    #[test]
    fn signed_thinking_goes_back_unchanged_with_a_whole_answer_only() {
        let thinking = Part::Reasoning { text: "hm".into(), signature: Some("sig".into()), redacted: None };
        let mut answer = message(Speaker::Assistant, MessageStatus::Complete, "yes");
        answer.body.parts = vec![thinking.clone(), Part::text("yes")];
        let whole = request(Prompt {
            model: "m",
            system: "",
            sources: "",
            memories: "",
            branch: &[answer.clone()],
            played: None,
        });
        assert_eq!(whole.messages[0].parts, [thinking, Part::text("yes")]);
        answer.status = MessageStatus::Interrupted;
        let cut = request(Prompt {
            model: "m",
            system: "",
            sources: "",
            memories: "",
            branch: &[answer],
            played: None,
        });
        assert_eq!(cut.messages[0].parts, [Part::text("yes")]);
    }
}
