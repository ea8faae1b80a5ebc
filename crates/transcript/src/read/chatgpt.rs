//! Conversations of ChatGPT: a map of nodes that name their parents. Newer exports leave links to children out, so only
//! those to parents are followed.

use super::{filled, has, list, text};
use crate::{
    Entry, LeftOut, Role, Transcript,
    moment::millis,
    tree::{Node, arrange, join},
};
use serde_json::Value;

pub(super) fn read(value: &Value) -> Result<Transcript, String> {
    let mapping = value.get("mapping").and_then(Value::as_object).ok_or("its `mapping` is no object")?;
    let mut left_out = LeftOut::default();
    let mut nodes: Vec<Node> = mapping.iter().map(|(id, node)| self::node(id, node, &mut left_out)).collect();
    // Siblings in the order in which they were made: the map has them in any.
    nodes.sort_by_key(|node| node.entry.as_ref().and_then(|entry| entry.at_ms));
    let (entries, leaf) = arrange(nodes, value.get("current_node").and_then(Value::as_str));
    let model = text(value, &["default_model_slug"]);
    filled(Transcript {
        id: text(value, &["conversation_id", "id"]).ok_or("it has no id")?,
        title: text(value, &["title"]),
        model: model.or_else(|| entries.iter().rev().find_map(|entry| entry.model.clone())),
        created_ms: millis(value.get("create_time")),
        updated_ms: millis(value.get("update_time")),
        entries,
        leaf,
        left_out,
        ..Transcript::default()
    })
}

fn node(id: &str, node: &Value, left_out: &mut LeftOut) -> Node {
    let parent = text(node, &["parent"]);
    let mut node_of = Node { id: id.to_owned(), parent, ..Node::default() };
    let Some(message) = node.get("message").filter(|message| message.is_object()) else { return node_of };
    let metadata = message.get("metadata").unwrap_or(&Value::Null);
    let hidden =
        metadata.get("is_visually_hidden_from_conversation").and_then(Value::as_bool).unwrap_or(false);
    let role = match message.pointer("/author/role").and_then(Value::as_str) {
        Some("user") => Role::User,
        Some("assistant") => Role::Assistant,
        Some("tool") => {
            left_out.tools += 1;
            return node_of;
        }
        _ => {
            let words = said(message, &mut LeftOut::default()).0;
            left_out.instructions += usize::from(!words.is_empty());
            return node_of;
        }
    };
    // What an assistant says to a tool is no answer.
    let to_tool = message.get("recipient").and_then(Value::as_str).is_some_and(|to| to != "all");
    if hidden || (to_tool && role == Role::Assistant) {
        left_out.tools += usize::from(to_tool);
        return node_of;
    }
    let (words, thinking) = said(message, left_out);
    node_of.thinking = thinking;
    if !words.is_empty() {
        node_of.entry = Some(Entry {
            id: id.to_owned(),
            role: Some(role),
            text: words,
            model: text(metadata, &["model_slug"]),
            at_ms: millis(message.get("create_time")),
            ..Entry::default()
        });
    }
    node_of
}

/// The words of a message, and what was thought in it.
fn said(message: &Value, left_out: &mut LeftOut) -> (String, String) {
    let Some(content) = message.get("content") else { return Default::default() };
    let (mut words, mut thinking) = (String::new(), String::new());
    match content.get("content_type").and_then(Value::as_str).unwrap_or("text") {
        "thoughts" => {
            for thought in list(content, "thoughts") {
                join(&mut thinking, thought.get("content").and_then(Value::as_str).unwrap_or_default());
            }
        }
        // How long it thought, and settings of the account.
        "reasoning_recap" | "user_editable_context" | "model_editable_context" => {}
        "code" => {
            let language =
                text(content, &["language"]).filter(|language| language != "unknown").unwrap_or_default();
            let code = text(content, &["text"]).unwrap_or_default();
            if !code.is_empty() {
                words = format!("```{language}\n{code}\n```");
            }
        }
        "execution_output" | "system_error" | "tether_browsing_display" | "tether_quote" => {
            left_out.tools += 1
        }
        _ => {
            for part in list(content, "parts") {
                match part {
                    Value::String(part) => join(&mut words, part),
                    Value::Object(_) if has(part, "text") => {
                        join(&mut words, &text(part, &["text"]).unwrap_or_default())
                    }
                    Value::Object(_) | Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => {
                        left_out.media += 1
                    }
                }
            }
            if words.is_empty() {
                words = text(content, &["text"]).unwrap_or_default();
            }
        }
    }
    left_out.files += list(message.get("metadata").unwrap_or(&Value::Null), "attachments").len();
    (words, thinking)
}
