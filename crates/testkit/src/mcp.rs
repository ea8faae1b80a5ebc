//! A scripted MCP server: over standard input and output, and over HTTP. What it does wrong is chosen by the tool that
//! is called.

mod http;
mod script;

pub use http::ScriptedMcp;

use script::{Said, Script};
use std::io::{self, BufRead as _, Write as _};

/// Plays the server over standard input and output until the input ends.
///
/// Its environment's names are what the tool `environment` tells.
///
/// # Errors
/// Where nothing can be written any more.
pub fn mcp_over_stdio(environment: Vec<String>) -> io::Result<()> {
    let script = Script::new(environment);
    let mut output = io::stdout().lock();
    writeln!(io::stderr(), "scripted: ready, the token is {}", script::TOKEN)?;
    writeln!(output, "scripted: a greeting on the wrong stream")?;
    for line in io::stdin().lock().lines() {
        let Ok(message) = serde_json::from_str(&line?) else { continue };
        for said in script.hear(&message) {
            match said {
                Said::Message(message) => writeln!(output, "{message}")?,
                Said::Raw(text) => writeln!(output, "{text}")?,
                Said::Crash => {
                    writeln!(io::stderr(), "scripted: I was told to crash")?;
                    return Err(io::Error::other("crashed as told"));
                }
            }
        }
        output.flush()?;
    }
    Ok(())
}
