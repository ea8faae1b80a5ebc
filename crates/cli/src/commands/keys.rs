//! `familiar keys`: virtual keys, which other programs call the gateway with.

use crate::{Global, client::encoded, error::CliError, output::Output, session::Session};
use api::keys::{CreateKey, CreatedKey, Key, KeyList};
use clap::{Args, Subcommand};
use http::Method;

/// Make, list and revoke virtual keys for other programs
#[derive(Debug, Args)]
pub(crate) struct Keys {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Make a key; it is shown this once
    Create(Create),
    /// List the keys, revoked ones included
    List,
    /// Revoke a key for good
    Revoke {
        /// The key's id or name
        key: String,
    },
}

#[derive(Debug, Args)]
struct Create {
    /// What it is for
    name: String,
    /// What it may spend, in US dollars
    #[arg(long, value_name = "USD")]
    budget_usd: Option<String>,
    /// The budget's window: total, hour, day, week or month
    #[arg(long, requires = "budget_usd")]
    per: Option<String>,
    /// Requests a minute
    #[arg(long)]
    rpm: Option<u32>,
    /// The only route or model it may ask for (may be given several times)
    #[arg(long = "route", value_name = "NAME")]
    routes: Vec<String>,
    /// When it ends, such as 2027-01-31T00:00:00Z
    #[arg(long, value_name = "TIME")]
    expires_at: Option<String>,
}

impl Keys {
    pub(crate) async fn run(self, global: &Global, output: Output) -> Result<(), CliError> {
        let session = Session::open(global).await?;
        let done = match self.verb {
            Verb::Create(create) => create.run(&session, output).await,
            Verb::List => list(&session, output).await,
            Verb::Revoke { key } => revoke(&session, output, &key).await,
        };
        session.close().await;
        done
    }
}

impl Create {
    async fn run(self, session: &Session, output: Output) -> Result<(), CliError> {
        let new = CreateKey {
            name: self.name,
            budget_usd: self.budget_usd,
            per: self.per,
            rpm: self.rpm,
            routes: self.routes,
            expires_at: self.expires_at,
        };
        let made: CreatedKey = session.client.send(Method::POST, "/api/keys", &new).await?;
        if output.json {
            return output.value(&made);
        }
        output.remark("this key is shown only now; keep it safe:");
        output.line(made.secret)
    }
}

async fn list(session: &Session, output: Output) -> Result<(), CliError> {
    let list: KeyList = session.client.get("/api/keys").await?;
    if output.json {
        return output.value(&list);
    }
    if list.keys.is_empty() {
        output.remark("no keys yet; `familiar keys create NAME` makes one");
        return Ok(());
    }
    let mut rows = vec![["ID", "NAME", "KEY", "STATE", "BUDGET", "SPENT"].map(str::to_owned).to_vec()];
    rows.extend(list.keys.iter().map(row));
    output.table(&rows)
}

fn row(key: &Key) -> Vec<String> {
    let state = match (&key.revoked_at, &key.expires_at) {
        (Some(_), _) => "revoked".to_owned(),
        (None, Some(at)) => format!("until {at}"),
        (None, None) => "active".to_owned(),
    };
    let budget = key.budget.as_ref().map_or("none".to_owned(), |budget| {
        format!("{} of {} USD ({})", budget.spent_usd, budget.limit_usd, budget.per)
    });
    let prefix = format!("{}…", key.prefix);
    vec![key.id.clone(), key.name.clone(), prefix, state, budget, format!("{} USD", key.spent_usd)]
}

async fn revoke(session: &Session, output: Output, wanted: &str) -> Result<(), CliError> {
    let list: KeyList = session.client.get("/api/keys").await?;
    let mut found =
        list.keys.iter().filter(|key| key.revoked_at.is_none() && (key.id == wanted || key.name == wanted));
    let id = match (found.next(), found.next()) {
        (Some(key), None) => key.id.clone(),
        (Some(_), Some(_)) => {
            return Err(
                CliError::usage(format!("several keys are called `{wanted}`")).hint("give the id instead")
            );
        }
        (None, _) => {
            return Err(CliError::failed(format!("there is no active key `{wanted}`"))
                .hint("`familiar keys list` shows the keys there are"));
        }
    };
    let revoked: Key = session
        .client
        .send(Method::DELETE, &format!("/api/keys/{}", encoded(&id)), &serde_json::json!({}))
        .await?;
    if output.json {
        return output.value(&revoked);
    }
    output.line(format!("revoked `{}`", revoked.name))
}
