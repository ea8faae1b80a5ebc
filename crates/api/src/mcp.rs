//! Servers of tools: programs and addresses that speak the Model Context Protocol.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// The servers there are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct McpServerList {
    /// All of them, the oldest first.
    pub servers: Vec<McpServer>,
    /// Where the file is that is read besides.
    pub file: String,
    /// What is wrong with the file.
    pub file_problems: Vec<McpSkipped>,
}

/// A server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct McpServer {
    /// Its id.
    pub id: String,
    /// What it is called; its tools are named after it.
    pub name: String,
    /// How it is reached.
    pub transport: McpTransport,
    /// The program, where it is a command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// The program's arguments.
    pub args: Vec<String>,
    /// The folder that the program works in, where that is not the data folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
    /// The address, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Names of the secret values: variables of a command, headers of an address. The values are never shown.
    pub values: Vec<String>,
    /// Whether it is used.
    pub enabled: bool,
    /// Whether it can be changed here; else it stands in the file.
    pub editable: bool,
    /// How it is doing.
    pub state: McpState,
    /// What is wrong, and what to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<McpProblem>,
    /// Its last words on standard error.
    pub said: Vec<String>,
    /// What it says it is, and the version of the protocol.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<McpAbout>,
    /// What it offers.
    pub tools: Vec<McpTool>,
    /// What it offers and cannot be used, with the reason.
    pub left_out: Vec<McpSkipped>,
}

/// How a server is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum McpTransport {
    /// A program on the server's machine, over its standard input and output.
    Command,
    /// An address, over streamable HTTP.
    Http,
}

/// How a server is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum McpState {
    /// It is not used.
    Off,
    /// It is being started.
    Starting,
    /// Its tools can be called.
    Ready,
    /// It is not there.
    Away,
}

/// What is wrong with a server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct McpProblem {
    /// What it is.
    pub message: String,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// What a server says it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct McpAbout {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The version of the protocol that is spoken.
    pub protocol: String,
}

/// A tool of a server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct McpTool {
    /// Its name for models.
    pub name: String,
    /// Its name at the server.
    pub own_name: String,
    /// What it does, in the server's words.
    pub description: String,
    /// Whether it may change something: then you are asked first.
    pub changes: bool,
    /// About what it adds to each prompt, in tokens.
    pub tokens: u64,
}

/// Something that is not used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct McpSkipped {
    /// Its name; empty for the whole.
    pub name: String,
    /// Why.
    pub reason: String,
}

/// A server that is added: a command, or an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateMcpServer {
    /// What it is called: up to 24 letters, digits, single underscores and dashes.
    pub name: String,
    /// The program, for a command.
    #[serde(default)]
    pub command: Option<String>,
    /// The program's arguments.
    #[serde(default)]
    pub args: Vec<String>,
    /// The folder that the program works in; the data folder where missing.
    #[serde(default)]
    pub folder: Option<String>,
    /// The address, for one.
    #[serde(default)]
    pub url: Option<String>,
    /// Variables of a command, headers of an address. They are kept encrypted and never shown.
    #[serde(default)]
    pub values: BTreeMap<String, String>,
    /// Whether it is used; yes where missing.
    #[serde(default)]
    pub enabled: Option<bool>,
}

/// What is changed of a server; what is missing stays.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ChangeMcpServer {
    /// Another name.
    pub name: Option<String>,
    /// Another program.
    pub command: Option<String>,
    /// Other arguments.
    pub args: Option<Vec<String>>,
    /// Another folder; an empty text stands for the data folder.
    pub folder: Option<String>,
    /// Another address.
    pub url: Option<String>,
    /// Values set anew; `null` forgets one.
    pub values: BTreeMap<String, Option<String>>,
    /// Whether it is used.
    pub enabled: Option<bool>,
}

/// A list of servers as other programs write it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportMcpServers {
    /// The text: JSON with `mcpServers`.
    pub text: String,
}

/// What came of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct McpImport {
    /// Servers that were added.
    pub added: Vec<McpServer>,
    /// Entries that were not.
    pub skipped: Vec<McpSkipped>,
}

/// What came of a test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct McpTest {
    /// Whether it works.
    pub ok: bool,
    /// What it is, or what is wrong.
    pub message: String,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// How many tools it offers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tools: Option<u64>,
    /// Its last words on standard error.
    pub said: Vec<String>,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
}
