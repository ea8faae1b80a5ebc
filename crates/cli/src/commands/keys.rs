//! `familiar keys`: virtual keys, which other programs call the gateway with.

use crate::{Global, client::encoded, error::CliError, output::Output, session::Session};
use api::keys::{CreateKey, CreatedKey, Key, KeyList, RotateKey, UpdateKey};
use clap::{Args, Subcommand};
use http::Method;
use std::{fmt::Display, str::FromStr};

/// Make, list, change, rotate and revoke virtual keys for other programs
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
    /// Change a key, from the next request on; what is not named stays as it is
    Update(Update),
    /// Give a key another secret; it is shown this once
    Rotate {
        /// The key's id or name
        key: String,
        /// How long the old secret still works, in seconds; without, it ends at once
        #[arg(long, value_name = "SECONDS", default_value_t = 0)]
        grace_seconds: u64,
    },
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
    /// What it may spend besides, such as 100/month or 5/day@Europe/Berlin (may be given several times)
    #[arg(long = "budget", value_name = "USD/PERIOD")]
    budgets: Vec<String>,
    /// The project that its calls are for
    #[arg(long)]
    project: Option<String>,
    /// Requests in any sixty seconds
    #[arg(long)]
    rpm: Option<u32>,
    /// Tokens in any sixty seconds
    #[arg(long)]
    tpm: Option<u64>,
    /// Calls at a time
    #[arg(long)]
    parallel: Option<u32>,
    /// The most urgent that its requests may be: high, normal or low
    #[arg(long)]
    priority: Option<String>,
    /// The only route or model it may ask for (may be given several times)
    #[arg(long = "route", value_name = "NAME")]
    routes: Vec<String>,
    /// When it ends, such as 2027-01-31T00:00:00Z
    #[arg(long, value_name = "TIME")]
    expires_at: Option<String>,
}

/// `none` takes a limit away.
#[derive(Debug, Args)]
struct Update {
    /// The key's id or name
    key: String,
    /// Another name
    #[arg(long)]
    name: Option<String>,
    /// What it may spend, in US dollars, or `none`
    #[arg(long, value_name = "USD")]
    budget_usd: Option<String>,
    /// The budget's window: total, hour, day, week or month
    #[arg(long)]
    per: Option<String>,
    /// The project that its calls are for, or `none`
    #[arg(long)]
    project: Option<String>,
    /// Requests in any sixty seconds, or `none`
    #[arg(long, value_name = "NUMBER", value_parser = number_or_none::<u32>)]
    rpm: Option<OrNone<u32>>,
    /// Tokens in any sixty seconds, or `none`
    #[arg(long, value_name = "NUMBER", value_parser = number_or_none::<u64>)]
    tpm: Option<OrNone<u64>>,
    /// Calls at a time, or `none`
    #[arg(long, value_name = "NUMBER", value_parser = number_or_none::<u32>)]
    parallel: Option<OrNone<u32>>,
    /// The most urgent that its requests may be: high, normal or low
    #[arg(long)]
    priority: Option<String>,
    /// The only route or model it may ask for (may be given several times)
    #[arg(long = "route", value_name = "NAME", conflicts_with = "all_routes")]
    routes: Vec<String>,
    /// Let it ask for every route and model
    #[arg(long)]
    all_routes: bool,
    /// When it ends, such as 2027-01-31T00:00:00Z, or `none`
    #[arg(long, value_name = "TIME")]
    expires_at: Option<String>,
}

/// A value, or `none` on the command line.
#[derive(Debug, Clone, Copy)]
struct OrNone<T>(Option<T>);

fn number_or_none<T: FromStr<Err: Display>>(text: &str) -> Result<OrNone<T>, String> {
    match text {
        NONE => Ok(OrNone(None)),
        number => {
            number.parse().map(|number| OrNone(Some(number))).map_err(|error: T::Err| error.to_string())
        }
    }
}

/// What takes a limit away.
const NONE: &str = "none";

impl Keys {
    pub(crate) async fn run(self, global: &Global, output: Output) -> Result<(), CliError> {
        let session = Session::open(global).await?;
        let done = match self.verb {
            Verb::Create(create) => create.run(&session, output).await,
            Verb::List => list(&session, output).await,
            Verb::Update(update) => update.run(&session, output).await,
            Verb::Rotate { key, grace_seconds } => rotate(&session, output, &key, grace_seconds).await,
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
            budgets: self.budgets,
            project: self.project,
            rpm: self.rpm,
            tpm: self.tpm,
            parallel: self.parallel,
            priority: self.priority,
            routes: self.routes,
            expires_at: self.expires_at,
        };
        let made: CreatedKey = session.client.send(Method::POST, "/api/keys", &new).await?;
        show_secret(&made, output)
    }
}

impl Update {
    async fn run(self, session: &Session, output: Output) -> Result<(), CliError> {
        let text = |text: Option<String>| text.map(|text| Some(text).filter(|text| text != NONE));
        let id = find(session, &self.key).await?;
        let update = UpdateKey {
            name: self.name,
            budget_usd: text(self.budget_usd),
            per: self.per,
            project: text(self.project),
            rpm: self.rpm.map(|rpm| rpm.0),
            tpm: self.tpm.map(|tpm| tpm.0),
            parallel: self.parallel.map(|parallel| parallel.0),
            priority: self.priority,
            routes: (self.all_routes || !self.routes.is_empty()).then_some(self.routes),
            expires_at: text(self.expires_at),
        };
        if update == UpdateKey::default() {
            return Err(CliError::usage("nothing to change was named".to_owned())
                .hint("`familiar keys update --help` lists what can be changed"));
        }
        let path = format!("/api/keys/{}", encoded(&id));
        let changed: Key = session.client.send(Method::PATCH, &path, &update).await?;
        if output.json {
            return output.value(&changed);
        }
        output.line(format!("changed `{}`", changed.name))
    }
}

async fn rotate(session: &Session, output: Output, key: &str, grace_seconds: u64) -> Result<(), CliError> {
    let id = find(session, key).await?;
    let path = format!("/api/keys/{}/rotate", encoded(&id));
    let made: CreatedKey = session.client.send(Method::POST, &path, &RotateKey { grace_seconds }).await?;
    if let Some(until) = made.key.old_secret_until.as_ref().filter(|_| !output.json) {
        output.remark(format!("the old secret works until {until}"));
    }
    show_secret(&made, output)
}

fn show_secret(made: &CreatedKey, output: Output) -> Result<(), CliError> {
    if output.json {
        return output.value(made);
    }
    output.remark("this key is shown only now; keep it safe:");
    output.line(&made.secret)
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
    let mut rows =
        vec![["ID", "NAME", "KEY", "STATE", "PROJECT", "BUDGET", "SPENT"].map(str::to_owned).to_vec()];
    rows.extend(list.keys.iter().map(row));
    output.table(&rows)
}

fn row(key: &Key) -> Vec<String> {
    let state = match (&key.revoked_at, &key.expires_at) {
        (Some(_), _) => "revoked".to_owned(),
        (None, Some(at)) => format!("until {at}"),
        (None, None) => "active".to_owned(),
    };
    let each = key.budgets.iter();
    let each = each.map(|one| format!("{} of {} USD ({})", one.spent_usd, one.limit_usd, one.period));
    let budget = each.reduce(|all, one| format!("{all}, {one}")).unwrap_or_else(|| "none".to_owned());
    let prefix = format!("{}…", key.prefix);
    let project = key.project.clone().unwrap_or_else(|| "none".to_owned());
    let spent = format!("{} USD", key.spent_usd);
    vec![key.id.clone(), key.name.clone(), prefix, state, project, budget, spent]
}

/// The id of the one active key with this id or name.
async fn find(session: &Session, wanted: &str) -> Result<String, CliError> {
    let list: KeyList = session.client.get("/api/keys").await?;
    let mut found =
        list.keys.iter().filter(|key| key.revoked_at.is_none() && (key.id == wanted || key.name == wanted));
    match (found.next(), found.next()) {
        (Some(key), None) => Ok(key.id.clone()),
        (Some(_), Some(_)) => {
            Err(CliError::usage(format!("several keys are called `{wanted}`")).hint("give the id instead"))
        }
        (None, _) => Err(CliError::failed(format!("there is no active key `{wanted}`"))
            .hint("`familiar keys list` shows the keys there are")),
    }
}

async fn revoke(session: &Session, output: Output, wanted: &str) -> Result<(), CliError> {
    let id = find(session, wanted).await?;
    let revoked: Key = session
        .client
        .send(Method::DELETE, &format!("/api/keys/{}", encoded(&id)), &serde_json::json!({}))
        .await?;
    if output.json {
        return output.value(&revoked);
    }
    output.line(format!("revoked `{}`", revoked.name))
}
