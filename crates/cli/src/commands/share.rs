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
use base::{Clock, SystemClock, Timestamp};
use clap::{Args, Subcommand, ValueEnum};
use http::Method;
use std::{io::Read, time::Duration};

/// The longest length that a link may be given: a hundred years.
const LONGEST_DAYS: u64 = 36_500;

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
        let expires_at = end(&self.expires, SystemClock::default().now())?;
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
            expires_at,
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

/// The moment that was said; lengths count from `now`.
fn end(text: &str, now: Timestamp) -> Result<Option<String>, CliError> {
    if text == "never" {
        return Ok(None);
    }
    let Some(hours) = hours(text) else { return Ok(Some(text.to_owned())) };
    if hours > LONGEST_DAYS * 24 {
        return Err(CliError::usage(format!("a link cannot last `{text}`"))
            .hint(format!("the longest is `{LONGEST_DAYS}d`; with `never` it does not end")));
    }
    Ok(Some(now.plus(Duration::from_secs(hours * 3_600)).to_string()))
}

/// A length such as `7d` or `12h`, in hours; `None` for a text that is none.
fn hours(text: &str) -> Option<u64> {
    let (number, unit) = match text.strip_suffix('d') {
        Some(days) => (days, 24),
        None => (text.strip_suffix('h')?, 1),
    };
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    // A number with more digits than there is room for is too many whatever it is.
    is_number.then(|| number.parse().unwrap_or(u64::MAX).saturating_mul(unit))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn ends(text: &str) -> Result<Option<String>, String> {
        end(text, Timestamp::from_millis(1_795_229_045_006)).map_err(|error| error.to_string())
    }

    #[test]
    fn a_length_counts_from_now_and_a_moment_is_left_to_the_server() {
        assert_eq!(ends("never"), Ok(None));
        assert_eq!(ends("12h"), Ok(Some("2026-11-21T14:44:05.006Z".to_owned())));
        assert_eq!(ends("7d"), Ok(Some("2026-11-28T02:44:05.006Z".to_owned())));
        assert_eq!(ends("36500d"), Ok(Some("2126-10-28T02:44:05.006Z".to_owned())));
        for text in ["2027-01-31T00:00:00Z", "soon", "d", "h", "1.5d", "-3d", "+3d"] {
            assert_eq!(ends(text), Ok(Some(text.to_owned())));
        }
    }

    #[test]
    fn a_length_that_no_calendar_holds_is_refused_with_the_longest() {
        for text in ["36501d", "876001h", "99999999999d", "99999999999999999999999d"] {
            let error = ends(text).unwrap_err();
            assert!(
                error.contains(&format!("`{text}`")) && error.contains("hint: the longest is `36500d`"),
                "{error}"
            );
        }
    }
}
