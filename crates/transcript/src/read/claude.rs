//! Conversations of Claude: a list of messages, of which newer exports say which one each answers.

use super::{filled, list, text};
use crate::{
    Entry, LeftOut, Role, Transcript,
    moment::millis,
    tree::{Node, arrange, join},
};
use serde_json::Value;

/// The parent of first messages.
const ROOT: &str = "00000000-0000-4000-8000-000000000000";

pub(super) fn read(value: &Value) -> Result<Transcript, String> {
    let messages =
        value.get("chat_messages").and_then(Value::as_array).ok_or("its `chat_messages` are no list")?;
    let mut left_out = LeftOut::default();
    let has_parents = messages.iter().any(|message| text(message, &["parent_message_uuid"]).is_some());
    let mut before: Option<String> = None;
    let mut nodes = Vec::with_capacity(messages.len());
    for (place, message) in messages.iter().enumerate() {
        let id = text(message, &["uuid"]).unwrap_or_else(|| format!("message {place}"));
        let said = text(message, &["parent_message_uuid"]).filter(|parent| parent != ROOT);
        let parent = if has_parents { said } else { before.replace(id.clone()) };
        nodes.push(node(id, parent, message, &mut left_out));
    }
    let current =
        text(value, &["current_leaf_message_uuid"]).or_else(|| nodes.last().map(|node| node.id.clone()));
    let (entries, leaf) = arrange(nodes, current.as_deref());
    filled(Transcript {
        id: text(value, &["uuid"]).ok_or("it has no `uuid`")?,
        title: text(value, &["name"]),
        model: text(value, &["model"]),
        created_ms: millis(value.get("created_at")),
        updated_ms: millis(value.get("updated_at")),
        entries,
        leaf,
        left_out,
        ..Transcript::default()
    })
}

fn node(id: String, parent: Option<String>, message: &Value, left_out: &mut LeftOut) -> Node {
    let role = match message.get("sender").and_then(Value::as_str) {
        Some("assistant") => Role::Assistant,
        _ => Role::User,
    };
    let (mut words, mut thinking) = (String::new(), String::new());
    for block in list(message, "content") {
        match block.get("type").and_then(Value::as_str).unwrap_or("text") {
            "text" => join(&mut words, block.get("text").and_then(Value::as_str).unwrap_or_default()),
            "thinking" => {
                join(&mut thinking, block.get("thinking").and_then(Value::as_str).unwrap_or_default())
            }
            "image" => left_out.media += 1,
            _ => left_out.tools += 1,
        }
    }
    if words.is_empty() {
        words = text(message, &["text"]).unwrap_or_default();
    }
    // What was read out of a document went to the model with the words.
    for attachment in list(message, "attachments") {
        let name = text(attachment, &["file_name"]).unwrap_or_else(|| "attachment".to_owned());
        match text(attachment, &["extracted_content"]) {
            Some(content) => join(&mut words, &format!("{name}:\n\n````\n{content}\n````")),
            None => left_out.files += 1,
        }
    }
    left_out.files += list(message, "files").len();
    let mut node = Node { id: id.clone(), parent, ..Node::default() };
    if words.is_empty() {
        node.thinking = thinking;
    } else {
        let at_ms = millis(message.get("created_at"));
        node.entry = Some(Entry { id, role: Some(role), text: words, thinking, at_ms, ..Entry::default() });
    }
    node
}
