//! Reads `mcp.json`: the list of servers as other programs write it.
//!
//! `{"mcpServers": {NAME: {"command", "args", "env", "cwd"} or {"type": "http", "url", "headers"}}}`; `servers` for
//! `mcpServers`, and the bare map, are read too. An entry that cannot be used is named, the others are taken.

use crate::{
    model::{ServerSpec, Transport},
    names,
};
use base::Secret;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, HashSet};

/// Largest file that is read.
pub const LARGEST_BYTES: usize = 1 << 20;
/// Most servers of a file.
const MOST: usize = 100;

/// What was read.
#[derive(Debug, Default)]
pub struct Read {
    /// Servers that can be used.
    pub servers: Vec<ServerSpec>,
    /// Entries that cannot, with the reason.
    pub skipped: Vec<(String, String)>,
}

/// Reads a list of servers.
///
/// # Errors
/// Where the whole of it cannot be read.
pub fn servers(text: &str) -> Result<Read, String> {
    if text.len() > LARGEST_BYTES {
        return Err(format!("it has more than {LARGEST_BYTES} bytes"));
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let value: Value = serde_json::from_str(text).map_err(|error| format!("it is not JSON ({error})"))?;
    let Some(whole) = value.as_object() else { return Err("it is not a JSON object".to_owned()) };
    let listed = ["mcpServers", "servers"].into_iter().find_map(|key| whole.get(key));
    let entries = match listed {
        Some(listed) => listed.as_object().ok_or("`mcpServers` is not a JSON object")?,
        None if whole.values().all(|entry| entry.get("command").or(entry.get("url")).is_some()) => whole,
        None => return Err("it has no `mcpServers`".to_owned()),
    };
    let (mut read, mut taken) = (Read::default(), HashSet::new());
    for (written, entry) in entries {
        let spec = if read.servers.len() < MOST {
            server(written, entry)
        } else {
            Err(format!("only {MOST} are read"))
        };
        match spec {
            Ok(spec) if taken.insert(spec.name.clone()) => read.servers.push(spec),
            Ok(spec) => read.skipped.push((written.clone(), format!("there is a `{}` already", spec.name))),
            Err(reason) => read.skipped.push((written.clone(), reason)),
        }
    }
    Ok(read)
}

fn server(written: &str, entry: &Value) -> Result<ServerSpec, String> {
    let name = names::server_name(written).ok_or("its name has no letter or digit that could be kept")?;
    let entry = entry.as_object().ok_or("it is not a JSON object")?;
    let kind = entry.get("type").or_else(|| entry.get("transport")).and_then(Value::as_str);
    let url = ["url", "serverUrl", "httpUrl"].into_iter().find_map(|key| entry.get(key)?.as_str());
    let (transport, values) = match (kind.map(str::to_ascii_lowercase).as_deref(), url) {
        (Some("sse"), _) => return Err("the older transport over SSE is not spoken here".to_owned()),
        (Some("http" | "streamable-http" | "streamablehttp" | "streamable_http") | None, Some(url)) => {
            (Transport::Http { url: url.to_owned() }, texts(entry, "headers")?)
        }
        (Some("stdio") | None, None) => {
            let command =
                entry.get("command").and_then(Value::as_str).ok_or("it has neither `command` nor `url`")?;
            let folder = entry.get("cwd").and_then(Value::as_str).map(str::to_owned);
            let transport = Transport::Command { command: command.to_owned(), args: args(entry)?, folder };
            (transport, texts(entry, "env")?)
        }
        (kind, _) => return Err(format!("`{}` does not fit the rest of it", kind.unwrap_or("type"))),
    };
    let values = values.into_iter().map(|(name, value)| (name, Secret::new(value))).collect();
    let enabled = !entry.get("disabled").and_then(Value::as_bool).unwrap_or(false);
    let spec = ServerSpec { name, transport, values, enabled };
    spec.check().map_err(|error| error.to_string())?;
    Ok(spec)
}

fn args(entry: &Map<String, Value>) -> Result<Vec<String>, String> {
    let Some(value) = entry.get("args") else { return Ok(Vec::new()) };
    let listed = value.as_array().and_then(|all| all.iter().map(text).collect::<Option<Vec<String>>>());
    listed.ok_or_else(|| "`args` is not a list of texts".to_owned())
}

fn texts(entry: &Map<String, Value>, key: &str) -> Result<BTreeMap<String, String>, String> {
    let Some(value) = entry.get(key).filter(|value| !value.is_null()) else { return Ok(BTreeMap::new()) };
    let pairs = value
        .as_object()
        .and_then(|all| all.iter().map(|(name, value)| Some((name.clone(), text(value)?))).collect());
    pairs.ok_or_else(|| format!("`{key}` is not a JSON object of texts"))
}

/// A text; numbers and flags are taken as they are written.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_shapes_are_read_and_broken_entries_are_named() {
        let text = "\u{feff}{\"mcpServers\": {
            \"files\": {\"command\": \"npx\", \"args\": [\"-y\", \"server\", 3], \"env\": {\"TOKEN\": \"t\"}},
            \"My Docs\": {\"type\": \"http\", \"url\": \"https://example.com/mcp\", \"headers\": {\"X-Key\": \"k\"}},
            \"off\": {\"url\": \"http://127.0.0.1:1/mcp\", \"disabled\": true},
            \"old\": {\"type\": \"sse\", \"url\": \"https://example.com/sse\"},
            \"none\": {}, \"list\": [], \"args\": {\"command\": \"x\", \"args\": [{}]}, \"\u{65e5}\": {\"command\": \"x\"},
            \"address\": {\"url\": \"ftp://example.com\"}, \"my-docs\": {\"command\": \"x\"}, \"My!Docs\": {\"command\": \"x\"}
        }}";
        let read = servers(text).unwrap();
        let names: Vec<&str> = read.servers.iter().map(|server| server.name.as_str()).collect();
        assert_eq!(names, ["files", "My-Docs", "off", "my-docs"]);
        assert_eq!(read.servers[0].values["TOKEN"].expose(), "t");
        assert!(!read.servers[2].enabled);
        let skipped: Vec<&str> = read.skipped.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(skipped, ["old", "none", "list", "args", "\u{65e5}", "address", "My!Docs"]);
    }

    #[test]
    fn what_is_no_list_is_refused_as_a_whole() {
        for text in ["", "[]", "{\"mcpServers\": 3}", "{\"name\": 1}", "{"] {
            assert!(servers(text).is_err(), "{text}");
        }
        assert_eq!(servers("{\"a\": {\"command\": \"x\"}}").unwrap().servers.len(), 1);
        assert_eq!(servers("{}").unwrap().servers.len(), 0);
    }
}
