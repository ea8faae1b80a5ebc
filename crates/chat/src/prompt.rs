//! From a branch of messages to a request: pure.

use crate::model::{Image, Message, MessageStatus, Speaker};
use llm::{ChatRequest, Media, Message as Said, Part, Role};
use std::collections::HashSet;

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

fn said(message: &Message) -> Vec<Said> {
    match message.speaker {
        Speaker::User => {
            let images = message.body.images.iter().map(picture);
            let text = (!message.text.is_empty()).then(|| Part::text(&message.text));
            vec![Said { role: Role::User, parts: images.chain(text).collect(), name: None }]
        }
        Speaker::Assistant if message.text.is_empty() => Vec::new(),
        // Thinking goes back only with an answer that is whole: a signature must fit what it signs.
        Speaker::Assistant if message.status == MessageStatus::Complete && !message.body.parts.is_empty() => {
            with_results(&message.body.parts)
        }
        Speaker::Assistant => vec![Said::text(Role::Assistant, message.text.as_str())],
    }
}

/// A picture, or that there was one.
fn picture(image: &Image) -> Part {
    match image.gone {
        Some(gone) => Part::text(gone.told(&image.alt)),
        None => Part::Image {
            media: Media::Inline { media_type: image.media_type.clone(), data: image.data.clone() },
            detail: None,
        },
    }
}

/// An answer in which tools were used, as models hear it: what was said, the results, what was said then. A call without
/// a result is left out, since no model takes it, and so are the memory's tools: what they told then may have been
/// forgotten since, or belong to somebody else who speaks.
fn with_results(parts: &[Part]) -> Vec<Said> {
    let answered: HashSet<&str> = parts
        .iter()
        .filter_map(
            |part| if let Part::ToolResult { call_id, .. } = part { Some(call_id.as_str()) } else { None },
        )
        .collect();
    let gone = |part: &Part| match part {
        Part::ToolCall { id, name, .. } => of_the_moment(name) || !answered.contains(id.as_str()),
        Part::ToolResult { name, .. } => name.as_deref().is_some_and(of_the_moment),
        Part::Text { .. } | Part::Image { .. } | Part::File { .. } | Part::Reasoning { .. } => false,
    };
    let cut = parts.iter().any(gone);
    let mut said: Vec<Said> = Vec::new();
    for part in parts {
        let role = match part {
            part if gone(part) => continue,
            // Thinking was signed together with the calls that are gone.
            Part::Reasoning { .. } if cut => continue,
            Part::ToolResult { .. } => Role::Tool,
            Part::Text { .. }
            | Part::Image { .. }
            | Part::File { .. }
            | Part::ToolCall { .. }
            | Part::Reasoning { .. } => Role::Assistant,
        };
        match said.last_mut().filter(|last| last.role == role) {
            Some(last) => last.parts.push(part.clone()),
            None => said.push(Said { role, parts: vec![part.clone()], name: None }),
        }
    }
    said
}

/// Whether what a tool answers is not told again.
fn of_the_moment(name: &str) -> bool {
    memory::tools::NAMES.contains(&name)
}

/// Takes calls of tools and their results out, for a model that has none: what was said about them stays.
pub(crate) fn without_calls(request: &mut ChatRequest) {
    if request.messages.iter().all(|message| message.role != Role::Tool) {
        return;
    }
    let mut kept: Vec<Said> = Vec::with_capacity(request.messages.len());
    let mut joins = false;
    for mut message in std::mem::take(&mut request.messages) {
        if message.role == Role::Tool {
            joins = true;
            continue;
        }
        let called = message.parts.iter().any(|part| matches!(part, Part::ToolCall { .. }));
        if called || joins {
            // Thinking was signed together with the calls that are gone.
            message.parts.retain(|part| !matches!(part, Part::ToolCall { .. } | Part::Reasoning { .. }));
        }
        match kept
            .last_mut()
            .filter(|last| joins && last.role == Role::Assistant && message.role == last.role)
        {
            Some(last) => last.parts.append(&mut message.parts),
            None if message.parts.is_empty() => {}
            None => kept.push(message),
        }
        joins = false;
    }
    request.messages = kept;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::MessageBody;
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
        said.body.images = vec![Image {
            media_type: "image/png".into(),
            data: "aGk=".into(),
            alt: String::new(),
            gone: None,
            blob: None,
        }];
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

    fn call(id: &str) -> Part {
        Part::ToolCall { id: id.into(), name: "roll".into(), arguments: "{}".into(), signature: None }
    }

    fn result(call_id: &str) -> Part {
        let parts = vec![Part::text("4")];
        Part::ToolResult { call_id: call_id.into(), name: Some("roll".into()), parts, is_error: false }
    }

    #[test]
    fn calls_of_tools_go_back_with_their_results_in_between() {
        let mut answer = message(Speaker::Assistant, MessageStatus::Complete, "I roll.\n\nFour.");
        answer.body.parts = vec![
            Part::text("I roll."),
            call("a"),
            call("b"),
            call("lost"),
            result("a"),
            result("b"),
            Part::text("\n\nFour."),
        ];
        let branch = [message(Speaker::User, MessageStatus::Complete, "roll"), answer];
        let prompt =
            Prompt { model: "m", system: "", sources: "", memories: "", branch: &branch, played: None };
        let mut request = request(prompt);
        let roles: Vec<Role> = request.messages.iter().map(|said| said.role).collect();
        assert_eq!(roles, [Role::User, Role::Assistant, Role::Tool, Role::Assistant]);
        assert_eq!(request.messages[1].parts, [Part::text("I roll."), call("a"), call("b")]);
        assert_eq!(request.messages[2].parts, [result("a"), result("b")]);
        without_calls(&mut request);
        assert_eq!(
            roles_and_texts(&request),
            [(Role::User, "roll".to_owned()), (Role::Assistant, "I roll.\n\nFour.".to_owned())]
        );
        assert!(request.messages.iter().flat_map(|said| &said.parts).all(|part| part.as_text().is_some()));
    }

    #[test]
    fn what_the_memory_told_is_not_told_again() {
        let recall =
            Part::ToolCall { id: "a".into(), name: "recall".into(), arguments: "{}".into(), signature: None };
        let parts = vec![Part::text("- You live in Oslo")];
        let told =
            Part::ToolResult { call_id: "a".into(), name: Some("recall".into()), parts, is_error: false };
        let thought = Part::Reasoning { text: "Oslo?".into(), signature: Some("s".into()), redacted: None };
        let mut answer = message(Speaker::Assistant, MessageStatus::Complete, "Let me look.\n\nFour.");
        answer.body.parts = vec![
            thought,
            Part::text("Let me look."),
            recall,
            call("b"),
            told,
            result("b"),
            Part::text("\n\nFour."),
        ];
        let branch = [answer];
        let prompt =
            Prompt { model: "m", system: "", sources: "", memories: "", branch: &branch, played: None };
        let said = request(prompt).messages;
        assert_eq!(said[0].parts, [Part::text("Let me look."), call("b")]);
        assert_eq!(said[1].parts, [result("b")]);
        assert!(!format!("{said:?}").contains("Oslo"), "{said:?}");
    }

    #[test]
    fn an_answer_that_is_all_calls_leaves_nothing_behind_without_tools() {
        let mut answer = message(Speaker::Assistant, MessageStatus::Complete, "Four.");
        answer.body.parts = vec![call("a"), result("a"), Part::text("Four.")];
        let branch = [answer, message(Speaker::User, MessageStatus::Complete, "thanks")];
        let mut request = request(Prompt {
            model: "m",
            system: "",
            sources: "",
            memories: "",
            branch: &branch,
            played: None,
        });
        without_calls(&mut request);
        assert_eq!(
            roles_and_texts(&request),
            [(Role::Assistant, "Four.".to_owned()), (Role::User, "thanks".to_owned())]
        );
    }
}
