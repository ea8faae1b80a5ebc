//! `familiar share`: links to conversations.

use super::conversations::find;
use crate::{
    Global,
    client::encoded,
    error::CliError,
    output::Output,
    session::{self, Session},
};
use api::shares::{CreateShare, Share as Link, ShareList, ShareShown};
use base::{Clock, SystemClock};
use clap::{Args, Subcommand, ValueEnum};
use http::Method;
use std::{io::Read, time::Duration};

/// Share a conversation by a link, list links, revoke them
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, arg_required_else_help = true)]
pub(crate) struct Share {
    #[command(subcommand)]
    verb: Option<Verb>,
    #[command(flatten)]
    new: New,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List the links that were given out
    List,
    /// Revoke a link: it leads nowhere from then on
    Revoke {
        /// The link's id, its address or the end of it
        link: String,
    },
}

#[derive(Debug, Args)]
struct New {
    /// The conversation's id or title
    conversation: Option<String>,
    /// When the link ends: such as 12h, 7d or 2027-01-31T00:00:00Z, or `never`
    #[arg(long, value_name = "TIME", default_value = "30d")]
    expires: String,
    /// Read a password to ask for from the standard input
    #[arg(long)]
    password_stdin: bool,
    /// What is in the copy beside the words (may be given several times)
    #[arg(long = "with", value_name = "WHAT")]
    with: Vec<Beside>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Beside {
    /// The instructions of the settings
    System,
    /// Sources, with quotations
    Sources,
    /// Thoughts of models
    Reasoning,
    /// Tokens and cost
    Costs,
}

impl Share {
    pub(crate) async fn run(self, global: &Global, output: Output) -> Result<(), CliError> {
        let config = session::load(global)?;
        let home = app::lock::running(&config.data_dir);
        let session = Session::open(global).await?;
        if home.is_none() && self.verb.is_none() {
            output.remark("the link opens as soon as `familiar serve` runs");
        }
        let home = home.unwrap_or(config.server.listen).to_string();
        let done = match self.verb {
            None => self.new.run(&session, output, &home).await,
            Some(Verb::List) => list(&session, output, &home).await,
            Some(Verb::Revoke { link }) => revoke(&session, output, &link).await,
        };
        session.close().await;
        done
    }
}

impl New {
    async fn run(self, session: &Session, output: Output, home: &str) -> Result<(), CliError> {
        let Some(conversation) = self.conversation else {
            return Err(
                CliError::usage("no conversation was named").hint("`familiar conversations list` shows them")
            );
        };
        let mut password = String::new();
        if self.password_stdin {
            std::io::stdin().lock().read_to_string(&mut password)?;
        }
        let is_with = |what| self.with.contains(&what);
        let new = CreateShare {
            conversation_id: find(session, &conversation).await?,
            shown: ShareShown {
                system: is_with(Beside::System),
                sources: is_with(Beside::Sources),
                reasoning: is_with(Beside::Reasoning),
                costs: is_with(Beside::Costs),
            },
            expires_at: end(&self.expires),
            password: self.password_stdin.then(|| password.trim_end_matches(['\r', '\n']).to_owned()),
        };
        if new.password.as_deref() == Some("") {
            return Err(CliError::usage("the password on the standard input is empty"));
        }
        let made: Link = session.client.send(Method::POST, "/api/shares", &new).await?;
        if output.json {
            return output.value(&made);
        }
        let list: ShareList = session.client.get("/api/shares").await?;
        output.line(address(&made, list.exposed.as_deref().unwrap_or(home)))
    }
}

/// The moment that was said; lengths count from now.
fn end(text: &str) -> Option<String> {
    if text == "never" {
        return None;
    }
    let hours = |number: &str, hours: u64| Some(number.parse::<u64>().ok()?.saturating_mul(hours));
    let length = text
        .strip_suffix('d')
        .and_then(|days| hours(days, 24))
        .or_else(|| text.strip_suffix('h').and_then(|number| hours(number, 1)));
    let moment = |hours: u64| {
        SystemClock::default().now().plus(Duration::from_secs(hours.saturating_mul(3_600))).to_string()
    };
    Some(length.map_or_else(|| text.to_owned(), moment))
}

fn address(link: &Link, place: &str) -> String {
    format!("http://{place}{}", link.path)
}

async fn list(session: &Session, output: Output, home: &str) -> Result<(), CliError> {
    let list: ShareList = session.client.get("/api/shares").await?;
    if output.json {
        return output.value(&list);
    }
    if list.shares.is_empty() {
        output.remark("nothing is shared; `familiar share TITLE` makes a link");
        return Ok(());
    }
    let place = list.exposed.as_deref().unwrap_or(home);
    let mut rows = vec![["ID", "TITLE", "ENDS", "PASSWORD", "VIEWS", "LINK"].map(str::to_owned).to_vec()];
    rows.extend(list.shares.iter().map(|link| {
        vec![
            link.id.clone(),
            link.title.clone(),
            link.expires_at.clone().unwrap_or_else(|| "never".to_owned()),
            if link.has_password { "yes" } else { "no" }.to_owned(),
            link.views.to_string(),
            address(link, place),
        ]
    }));
    output.table(&rows)
}

async fn revoke(session: &Session, output: Output, named: &str) -> Result<(), CliError> {
    let list: ShareList = session.client.get("/api/shares").await?;
    let token = named.rsplit('/').next().unwrap_or(named);
    let is_it = |link: &&Link| link.id == named || link.path.strip_prefix("/s/") == Some(token);
    let Some(link) = list.shares.iter().find(is_it) else {
        return Err(
            CliError::failed(format!("there is no link `{named}`")).hint("`familiar share list` shows them")
        );
    };
    session.client.act(Method::DELETE, &format!("/api/shares/{}", encoded(&link.id))).await?;
    output.line(format!("revoked the link to `{}`", link.title))
}
