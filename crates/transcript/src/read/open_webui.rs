//! Chats of Open WebUI: a map of messages in `chat.history`, or the chat alone.

use super::{filled, list, text};
use crate::{
    Entry, LeftOut, Role, Transcript,
    moment::millis,
    tree::{Node, arrange, join},
};
use serde_json::Value;

pub(super) fn read(value: &Value) -> Result<Transcript, String> {
    let chat = value.get("chat").filter(|chat| chat.is_object()).unwrap_or(value);
    let history = chat.get("history").unwrap_or(&Value::Null);
    let messages: Vec<(String, &Value)> = match history.get("messages") {
        Some(Value::Object(map)) => map.iter().map(|(id, message)| (id.clone(), message)).collect(),
        // Old exports have only the branch that was shown.
        _ => list(chat, "messages")
            .iter()
            .enumerate()
            .map(|(place, message)| {
                (text(message, &["id"]).unwrap_or_else(|| format!("message {place}")), message)
            })
            .collect(),
    };
    let has_parents = messages.iter().any(|(_, message)| text(message, &["parentId"]).is_some());
    let mut left_out = LeftOut::default();
    let mut before: Option<String> = None;
    let mut nodes = Vec::with_capacity(messages.len());
    for (id, message) in messages {
        let parent = if has_parents { text(message, &["parentId"]) } else { before.replace(id.clone()) };
        nodes.push(node(id, parent, message, &mut left_out));
    }
    if has_parents {
        nodes.sort_by_key(|node| node.entry.as_ref().and_then(|entry| entry.at_ms));
    }
    let (entries, leaf) = arrange(nodes, history.get("currentId").and_then(Value::as_str));
    let model = list(chat, "models").first().and_then(Value::as_str).filter(|model| !model.is_empty());
    let id = text(value, &["id"]).or_else(|| text(chat, &["id"]));
    // A bare chat has no id; its first message is as good as one.
    let id = id.or_else(|| entries.first().map(|entry| entry.id.clone()));
    filled(Transcript {
        id: id.ok_or("there is nothing in it")?,
        title: text(value, &["title"]).or_else(|| text(chat, &["title"])),
        model: model.map(str::to_owned),
        created_ms: millis(value.get("created_at")).or_else(|| millis(chat.get("timestamp"))),
        updated_ms: millis(value.get("updated_at")),
        entries,
        leaf,
        left_out,
        ..Transcript::default()
    })
}

fn node(id: String, parent: Option<String>, message: &Value, left_out: &mut LeftOut) -> Node {
    let role = match message.get("role").and_then(Value::as_str) {
        Some("assistant") => Role::Assistant,
        Some("system") => {
            left_out.instructions += 1;
            return Node { id, parent, ..Node::default() };
        }
        _ => Role::User,
    };
    for file in list(message, "files") {
        match file.get("type").and_then(Value::as_str) {
            Some("image") => left_out.media += 1,
            _ => left_out.files += 1,
        }
    }
    let (words, thinking) = thoughts_apart(&content(message, left_out));
    let mut node = Node { id: id.clone(), parent, ..Node::default() };
    if words.is_empty() {
        node.thinking = thinking;
    } else {
        node.entry = Some(Entry {
            id,
            role: Some(role),
            text: words,
            thinking,
            model: text(message, &["model"]),
            at_ms: millis(message.get("timestamp")),
            ..Entry::default()
        });
    }
    node
}

fn content(message: &Value, left_out: &mut LeftOut) -> String {
    match message.get("content") {
        Some(Value::String(content)) => content.clone(),
        Some(Value::Array(parts)) => {
            let mut words = String::new();
            for part in parts {
                match part.get("text").and_then(Value::as_str) {
                    Some(part) => join(&mut words, part),
                    None => left_out.media += 1,
                }
            }
            words
        }
        _ => String::new(),
    }
}

/// What Open WebUI folds away: `<details type="reasoning">` with a summary, its lines quoted.
fn thoughts_apart(content: &str) -> (String, String) {
    const BEGIN: &str = "<details type=\"reasoning\"";
    const END: &str = "</details>";
    let (mut words, mut thinking) = (String::new(), String::new());
    let mut rest = content;
    while let Some((before, after)) = rest.split_once(BEGIN) {
        let Some((folded, behind)) = after.split_once(END) else { break };
        join(&mut words, before);
        let thought = folded.split_once('>').map_or("", |(_, thought)| thought);
        let thought = thought.split_once("</summary>").map_or(thought, |(_, thought)| thought);
        let lines: Vec<&str> = thought
            .trim()
            .lines()
            .map(|line| line.strip_prefix("&gt; ").or_else(|| line.strip_prefix("> ")).unwrap_or(line))
            .collect();
        join(&mut thinking, &lines.join("\n"));
        rest = behind;
    }
    join(&mut words, rest);
    (words, thinking)
}
