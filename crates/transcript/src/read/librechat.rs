//! Conversations of LibreChat: messages in a list or as a tree.

use super::{filled, list, text};
use crate::{
    Entry, LeftOut, Role, Transcript,
    moment::millis,
    tree::{Node, arrange, join},
};
use serde_json::Value;

/// The parent of first messages.
const ROOT: &str = "00000000-0000-0000-0000-000000000000";

pub(super) fn read(value: &Value) -> Result<Transcript, String> {
    let mut left_out = LeftOut::default();
    let mut nodes = Vec::new();
    // Parents before children, without recursion.
    let mut waiting: Vec<(&Value, Option<String>)> =
        list(value, "messagesTree").iter().rev().map(|message| (message, None)).collect();
    let flat = list(value, "messages");
    if waiting.is_empty() {
        // Without links the list is the branch.
        let linked =
            flat.iter().any(|message| text(message, &["parentMessageId"]).is_some_and(|id| id != ROOT));
        let mut before: Option<String> = None;
        for (place, message) in flat.iter().enumerate() {
            let id = id_of(message, place);
            let named = text(message, &["parentMessageId"]).filter(|parent| parent != ROOT);
            let parent = if linked { named } else { before.replace(id.clone()) };
            nodes.push(node(id, parent, message, &mut left_out));
        }
    }
    while let Some((message, parent)) = waiting.pop() {
        let id = id_of(message, nodes.len());
        waiting.extend(list(message, "children").iter().rev().map(|child| (child, Some(id.clone()))));
        nodes.push(node(id, parent, message, &mut left_out));
    }
    let last = nodes.last().map(|node| node.id.clone());
    let (entries, leaf) = arrange(nodes, last.as_deref());
    let options = value.get("options").unwrap_or(&Value::Null);
    left_out.instructions += usize::from(text(options, &["promptPrefix", "system"]).is_some());
    filled(Transcript {
        id: text(value, &["conversationId"]).ok_or("it has no `conversationId`")?,
        title: text(value, &["title"]),
        model: text(options, &["model"])
            .or_else(|| entries.iter().rev().find_map(|entry| entry.model.clone())),
        created_ms: entries.first().and_then(|entry| entry.at_ms),
        updated_ms: entries
            .iter()
            .filter_map(|entry| entry.at_ms)
            .max()
            .or_else(|| millis(value.get("exportAt"))),
        entries,
        leaf,
        left_out,
        ..Transcript::default()
    })
}

fn id_of(message: &Value, place: usize) -> String {
    text(message, &["messageId"]).unwrap_or_else(|| format!("message {place}"))
}

fn node(id: String, parent: Option<String>, message: &Value, left_out: &mut LeftOut) -> Node {
    let by_person = message.get("isCreatedByUser").and_then(Value::as_bool);
    let by_person =
        by_person.unwrap_or_else(|| text(message, &["sender"]).is_some_and(|name| name == "User"));
    let (mut words, mut thinking) = (text(message, &["text"]).unwrap_or_default(), String::new());
    for block in list(message, "content") {
        let kind = block.get("type").and_then(Value::as_str).unwrap_or_default();
        let said = |name: &str| {
            let field = block.get(name)?;
            field.as_str().or_else(|| field.get("value")?.as_str()).map(str::to_owned)
        };
        match kind {
            "text" if text(message, &["text"]).is_none() => {
                join(&mut words, &said("text").unwrap_or_default())
            }
            "text" => {}
            "think" => join(&mut thinking, &said("think").unwrap_or_default()),
            "image_url" | "image_file" => left_out.media += 1,
            _ => left_out.tools += 1,
        }
    }
    left_out.files += list(message, "files").len();
    let mut node = Node { id: id.clone(), parent, ..Node::default() };
    if words.is_empty() {
        node.thinking = thinking;
    } else {
        node.entry = Some(Entry {
            id,
            role: Some(if by_person { Role::User } else { Role::Assistant }),
            text: words,
            thinking,
            model: text(message, &["model"]).filter(|_| !by_person),
            at_ms: millis(message.get("createdAt")),
            ..Entry::default()
        });
    }
    node
}
