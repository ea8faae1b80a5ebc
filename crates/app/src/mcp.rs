//! Servers of tools as the page and the terminal see them.

use crate::{AppError, app::App};
use ::mcp::{
    Change, Imported, McpError, NewServer, Place, ServerShown, ServerSpec, State, Tested, Transport, Trouble,
    service::FILE_NAME,
};
use api::mcp::{
    ChangeMcpServer, CreateMcpServer, McpAbout, McpImport, McpProblem, McpServer, McpServerList, McpSkipped,
    McpState, McpTest, McpTool, McpTransport,
};
use base::{Id, Secret};

const OWNER: Id = Id::FIRST_OWNER;

impl App {
    /// All servers, and what is wrong with the file.
    pub fn tool_servers(&self) -> McpServerList {
        McpServerList {
            servers: self.mcp.list(OWNER).into_iter().map(shown).collect(),
            file: self.data_dir.join(FILE_NAME).display().to_string(),
            file_problems: self.mcp.file_troubles().into_iter().map(skipped).collect(),
        }
    }

    /// Adds a server.
    pub async fn add_tool_server(&self, new: CreateMcpServer) -> Result<McpServer, AppError> {
        let CreateMcpServer { name, command, args, folder, url, values, enabled } = new;
        let transport = match (command, url) {
            (Some(command), None) => Transport::Command { command, args, folder: said(folder) },
            (None, Some(url)) if args.is_empty() && folder.is_none() => Transport::Http { url },
            (Some(_) | None, Some(_)) | (None, None) => return Err(either().into()),
        };
        let values = values.into_iter().map(|(name, value)| (name, Secret::new(value))).collect();
        let spec = ServerSpec { name, transport, values, enabled: enabled.unwrap_or(true) };
        Ok(shown(self.mcp.add(NewServer { owner: OWNER, spec }).await?))
    }

    /// Adds the servers of a list as other programs write it.
    pub async fn import_tool_servers(&self, text: &str) -> Result<McpImport, AppError> {
        let Imported { added, skipped: not } = self.mcp.import(OWNER, text).await?;
        Ok(McpImport {
            added: added.into_iter().map(shown).collect(),
            skipped: not.into_iter().map(skipped).collect(),
        })
    }

    /// Changes a server.
    pub async fn change_tool_server(&self, id: &str, change: ChangeMcpServer) -> Result<McpServer, AppError> {
        let ChangeMcpServer { name, command, args, folder, url, values, enabled } = change;
        let known = self.mcp.list(OWNER).into_iter().find(|server| server.id == id);
        let known = known.ok_or_else(|| McpError::NoServer(id.to_owned()))?;
        let transport = match known.spec.transport {
            Transport::Command { .. } if url.is_some() => return Err(either().into()),
            Transport::Http { .. } if command.is_some() || args.is_some() || folder.is_some() => {
                return Err(either().into());
            }
            Transport::Command { command: old, args: old_args, folder: old_folder } => Transport::Command {
                command: command.unwrap_or(old),
                args: args.unwrap_or(old_args),
                folder: folder.map_or(old_folder, |folder| said(Some(folder))),
            },
            Transport::Http { url: old } => Transport::Http { url: url.unwrap_or(old) },
        };
        let values = values.into_iter().map(|(name, value)| (name, value.map(Secret::new))).collect();
        let change = Change { name, transport: Some(transport), values, enabled };
        Ok(shown(self.mcp.change(OWNER, id, change).await?))
    }

    /// Removes a server.
    pub async fn remove_tool_server(&self, id: &str) -> Result<(), AppError> {
        Ok(self.mcp.remove(OWNER, id).await?)
    }

    /// Brings a removed server back.
    pub async fn restore_tool_server(&self, id: &str) -> Result<McpServer, AppError> {
        Ok(shown(self.mcp.restore(OWNER, id).await?))
    }

    /// Starts a server anew.
    pub async fn restart_tool_server(&self, id: &str) -> Result<McpServer, AppError> {
        Ok(shown(self.mcp.restart(OWNER, id).await?))
    }

    /// Tries a server out.
    pub async fn test_tool_server(&self, id: &str) -> Result<McpTest, AppError> {
        let Tested { outcome, said, took } = self.mcp.test(OWNER, id).await?;
        let took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        Ok(match outcome {
            Ok((about, tools)) => McpTest {
                ok: true,
                message: format!("{} {} answers, by MCP {}", about.name, about.version, about.protocol),
                hint: None,
                tools: Some(tools as u64),
                said,
                took_ms,
            },
            Err(trouble) => {
                let McpProblem { message, hint } = problem(&trouble);
                McpTest { ok: false, message, hint, tools: None, said, took_ms }
            }
        })
    }
}

fn shown(server: ServerShown) -> McpServer {
    let ServerSpec { name, transport, values, enabled } = server.spec;
    let (kind, command, args, folder, url) = match transport {
        Transport::Command { command, args, folder } => {
            (McpTransport::Command, Some(command), args, folder, None)
        }
        Transport::Http { url } => (McpTransport::Http, None, Vec::new(), None, Some(url)),
    };
    McpServer {
        id: server.id,
        name,
        transport: kind,
        command,
        args,
        folder,
        url,
        values: values.into_keys().collect(),
        enabled,
        editable: server.place != Place::File,
        state: match server.state {
            State::Off => McpState::Off,
            State::Starting => McpState::Starting,
            State::Ready => McpState::Ready,
            State::Away => McpState::Away,
        },
        problem: server.trouble.as_ref().map(problem),
        said: server.said,
        about: server.about.map(|about| McpAbout {
            name: about.name,
            version: about.version,
            protocol: about.protocol,
        }),
        tools: server
            .tools
            .into_iter()
            .map(|tool| McpTool {
                name: tool.name,
                own_name: tool.own_name,
                description: tool.description,
                changes: tool.changes,
                tokens: tool.tokens,
            })
            .collect(),
        left_out: server.left_out.into_iter().map(|one| skipped((one.name, one.reason))).collect(),
    }
}

fn problem(trouble: &Trouble) -> McpProblem {
    McpProblem { message: trouble.to_string(), hint: trouble.hint().map(str::to_owned) }
}

fn skipped((name, reason): (String, String)) -> McpSkipped {
    McpSkipped { name, reason }
}

fn said(text: Option<String>) -> Option<String> {
    text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn either() -> McpError {
    McpError::Invalid {
        message: "a tool server is either a command with its arguments and folder, or an address".to_owned(),
        hint: "say `command`, or `url`",
    }
}
