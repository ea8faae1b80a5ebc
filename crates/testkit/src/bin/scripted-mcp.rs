//! The scripted MCP server as a program, for tests in other languages: over standard input and output, or with
//! `--http PORT` over HTTP, where it prints `listening on http://127.0.0.1:PORT/mcp`.

use std::{
    io::{self, Write as _},
    net::SocketAddr,
};
use testkit::ScriptedMcp;

fn main() -> io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    match (arguments.next().as_deref(), arguments.next().and_then(|port| port.parse::<u16>().ok())) {
        (None, None) => testkit::mcp_over_stdio(std::env::vars().map(|(name, _)| name).collect()),
        (Some("--http"), Some(port)) => {
            tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
                let server = ScriptedMcp::start_on(SocketAddr::from(([127, 0, 0, 1], port))).await?;
                writeln!(io::stdout(), "listening on {}", server.url())?;
                std::future::pending().await
            })
        }
        _ => Err(io::Error::other("usage: scripted-mcp [--http PORT]")),
    }
}
