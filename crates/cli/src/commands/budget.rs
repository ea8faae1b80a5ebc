//! `familiar budget`: what may be spent in a window of time.

use crate::{Global, client::encoded, error::CliError, output::Output, session::Session};
use api::budgets::{Budget, BudgetList, PutBudget};
use clap::{Args, Subcommand};
use http::Method;

/// Set, list and remove budgets of the installation, the user, projects and keys
#[derive(Debug, Args)]
pub(crate) struct Budgets {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Set a budget; one of the same scope and period is changed, from the next call on
    Set(Set),
    /// List the budgets with what is spent of them
    List,
    /// Remove a budget; from the next call on it refuses nobody
    Remove {
        /// The budget's id or label
        budget: String,
    },
}

#[derive(Debug, Args)]
struct Set {
    /// The most that may be spent, in US dollars
    limit_usd: String,
    /// How often it starts anew: hour, day, week, month or total
    #[arg(long, default_value = "month")]
    per: String,
    /// Of one virtual key, by its id or name
    #[arg(long, value_name = "KEY", conflicts_with_all = ["project", "user"])]
    key: Option<String>,
    /// Of one project
    #[arg(long, value_name = "NAME", conflicts_with = "user")]
    project: Option<String>,
    /// Of the user, all keys and the page together; without any of the three, of the whole installation
    #[arg(long)]
    user: bool,
    /// Its name for people
    #[arg(long)]
    label: Option<String>,
    /// Where its days begin, such as Europe/Berlin [default: UTC]
    #[arg(long, value_name = "ZONE")]
    time_zone: Option<String>,
    /// Where people are told, and throttling and degrading begin, in percent of the limit [default: 80]
    #[arg(long, value_name = "PERCENT")]
    soft: Option<u8>,
    /// Up to where warn, throttle and degrade let calls through, in percent of the limit
    #[arg(long, value_name = "PERCENT")]
    emergency: Option<u16>,
    /// What happens near the limit: reject, warn, throttle or degrade [default: reject]
    #[arg(long)]
    action: Option<String>,
}

impl Budgets {
    pub(crate) async fn run(self, global: &Global, output: Output) -> Result<(), CliError> {
        let session = Session::open(global).await?;
        let done = match self.verb {
            Verb::Set(set) => set.run(&session, output).await,
            Verb::List => list(&session, output).await,
            Verb::Remove { budget } => remove(&session, output, &budget).await,
        };
        session.close().await;
        done
    }
}

impl Set {
    async fn run(self, session: &Session, output: Output) -> Result<(), CliError> {
        let (scope, subject) = match (&self.key, &self.project, self.user) {
            (Some(key), _, _) => ("key", Some(key.clone())),
            (None, Some(project), _) => ("project", Some(project.clone())),
            (None, None, true) => ("user", None),
            (None, None, false) => ("installation", None),
        };
        let list: BudgetList = session.client.get("/api/budgets").await?;
        let same = |budget: &&Budget| {
            let meant = budget.subject == subject || subject.as_ref() == Some(&budget.label);
            budget.scope == scope && budget.period == self.per && meant && budget.source == "page"
        };
        let before = list.budgets.iter().find(same);
        // What is not named stays as it is.
        let put = PutBudget {
            scope: scope.to_owned(),
            subject: before.and_then(|before| before.subject.clone()).or(subject),
            label: self.label.or_else(|| before.map(|before| before.label.clone())),
            period: self.per.clone(),
            time_zone: self.time_zone.or_else(|| before.map(|before| before.time_zone.clone())),
            limit_usd: self.limit_usd,
            soft_percent: self.soft.or(before.map(|before| before.soft_percent)),
            emergency_percent: self.emergency.or(before.and_then(|before| before.emergency_percent)),
            action: self.action.or_else(|| before.map(|before| before.action.clone())),
        };
        let budget: Budget = match before {
            Some(before) => {
                session
                    .client
                    .send(Method::PUT, &format!("/api/budgets/{}", encoded(&before.id)), &put)
                    .await?
            }
            None => session.client.send(Method::POST, "/api/budgets", &put).await?,
        };
        if output.json {
            return output.value(&budget);
        }
        let done = if before.is_some() { "changed" } else { "made" };
        output.line(format!("{done} `{}`: {} USD per {}", budget.label, budget.limit_usd, budget.period))
    }
}

async fn list(session: &Session, output: Output) -> Result<(), CliError> {
    let list: BudgetList = session.client.get("/api/budgets").await?;
    if output.json {
        return output.value(&list);
    }
    if list.budgets.is_empty() {
        output.remark("no budgets yet; `familiar budget set USD --per month` makes one");
        return Ok(());
    }
    let names = ["ID", "SCOPE", "NAME", "PER", "LIMIT", "SPENT", "RESERVED", "ACTION", "STARTS ANEW"];
    let mut rows = vec![names.map(str::to_owned).to_vec()];
    rows.extend(list.budgets.iter().map(row));
    output.table(&rows)
}

fn row(budget: &Budget) -> Vec<String> {
    let usd = |amount: &String| format!("{amount} USD");
    vec![
        budget.id.clone(),
        budget.scope.clone(),
        budget.label.clone(),
        budget.period.clone(),
        usd(&budget.limit_usd),
        usd(&budget.spent_usd),
        usd(&budget.reserved_usd),
        budget.action.clone(),
        budget.resets_at.clone().unwrap_or_else(|| "never".to_owned()),
    ]
}

async fn remove(session: &Session, output: Output, wanted: &str) -> Result<(), CliError> {
    let list: BudgetList = session.client.get("/api/budgets").await?;
    let found: Vec<&Budget> =
        list.budgets.iter().filter(|budget| budget.id == wanted || budget.label == wanted).collect();
    let budget = match found.as_slice() {
        [budget] => *budget,
        [] => {
            return Err(CliError::failed(format!("there is no budget `{wanted}`"))
                .hint("`familiar budget list` shows the budgets there are"));
        }
        _ => {
            return Err(
                CliError::usage(format!("several budgets are called `{wanted}`")).hint("give the id instead")
            );
        }
    };
    session.client.act(Method::DELETE, &format!("/api/budgets/{}", encoded(&budget.id))).await?;
    if output.json {
        return output.value(budget);
    }
    output.line(format!("removed `{}`", budget.label))
}
