//! `familiar exchanges`: the ledger request by request.

use crate::{
    Global, client::encoded, commands::routes::explanation, error::CliError, output::Output, session::Session,
};
use api::exchanges::{Exchange, ExchangeDetail, ExchangeList, KeptBody};
use clap::{Args, Subcommand};

/// Search the requests that went through the gateway, and look into one
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Exchanges {
    #[command(subcommand)]
    verb: Option<Verb>,
    #[command(flatten)]
    list: List,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List requests, the latest first (the default)
    List(Box<List>),
    /// Show everything about one request: route, timings, calls, cost, and its text if it was kept
    Show {
        /// Its id, or as much of its end as is unique among the latest 500
        id: String,
    },
}

#[derive(Debug, Default, Args)]
struct List {
    /// A text in id, model, route, key, failure or labels
    #[arg(short, long)]
    query: Option<String>,
    /// What answered, or the route that was asked
    #[arg(short, long)]
    model: Option<String>,
    /// The provider that answered
    #[arg(short, long)]
    provider: Option<String>,
    /// The virtual key, by its name or id
    #[arg(short, long)]
    key: Option<String>,
    /// The route or model that was asked, by its full name
    #[arg(short, long)]
    route: Option<String>,
    /// ok, failed, cancelled or interrupted
    #[arg(short, long)]
    outcome: Option<String>,
    /// chat, embeddings and so on
    #[arg(long)]
    operation: Option<String>,
    /// A label
    #[arg(long)]
    tag: Option<String>,
    /// The first day or moment
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// The last day, included, or the moment up to which
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    /// How many
    #[arg(short = 'n', long, default_value_t = 20)]
    limit: u32,
    /// Go on after a page: what the last one said
    #[arg(long)]
    cursor: Option<String>,
}

impl Exchanges {
    pub(crate) async fn run(self, global: &Global, output: Output) -> Result<(), CliError> {
        let session = Session::open(global).await?;
        let done = match self.verb {
            None => self.list.run(&session, output).await,
            Some(Verb::List(list)) => list.run(&session, output).await,
            Some(Verb::Show { id }) => show(&session, output, &id).await,
        };
        session.close().await;
        done
    }
}

impl List {
    /// The address of this list.
    fn path(&self) -> String {
        let given = [
            ("q", &self.query),
            ("model", &self.model),
            ("provider", &self.provider),
            ("key", &self.key),
            ("route", &self.route),
            ("outcome", &self.outcome),
            ("operation", &self.operation),
            ("tag", &self.tag),
            ("from", &self.from),
            ("to", &self.to),
            ("cursor", &self.cursor),
        ];
        let mut path = format!("/api/exchanges?limit={}", self.limit);
        for (name, value) in given {
            if let Some(value) = value {
                path.push_str(&format!("&{name}={}", encoded(value)));
            }
        }
        path
    }

    async fn run(self, session: &Session, output: Output) -> Result<(), CliError> {
        let list: ExchangeList = session.client.get(&self.path()).await?;
        if output.json {
            return output.value(&list);
        }
        let heading = ["ID", "AT", "KEY", "ASKED", "ANSWERED", "OUTCOME", "TOKENS", "USD", "FIRST", "TOTAL"];
        let mut rows = vec![heading.map(str::to_owned).to_vec()];
        rows.extend(list.exchanges.iter().map(row));
        output.table(&rows)?;
        if let Some(next) = &list.next {
            output.remark(format!("more: `--cursor {next}`"));
        }
        Ok(())
    }
}

fn row(one: &Exchange) -> Vec<String> {
    let ms = |ms: u64| format!("{ms} ms");
    let about = if one.estimated { "~" } else { "" };
    let outcome = match &one.error {
        Some(error) => format!("{}: {error}", one.outcome),
        None if one.cached => "ok (cache)".to_owned(),
        None => one.outcome.clone(),
    };
    vec![
        one.id.clone(),
        one.at.clone(),
        one.key.clone().unwrap_or_else(|| "-".to_owned()),
        one.requested.clone(),
        one.model.clone().unwrap_or_else(|| "-".to_owned()),
        outcome,
        format!("{about}{} + {}", one.input_tokens, one.output_tokens),
        one.cost_usd.as_ref().map_or_else(|| "?".to_owned(), |usd| format!("{about}{usd}")),
        one.first_token_ms.map(ms).unwrap_or_default(),
        ms(one.total_ms),
    ]
}

/// Finds the whole id where only its end was given: ids begin with the time and are alike at the beginning.
async fn whole_id(session: &Session, id: &str) -> Result<String, CliError> {
    if id.len() >= 32 {
        return Ok(id.to_owned());
    }
    let list: ExchangeList = session.client.get("/api/exchanges?limit=500").await?;
    let mut found = list.exchanges.into_iter().filter(|one| one.id.ends_with(id));
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one.id),
        (Some(_), Some(_)) => {
            Err(CliError::usage(format!("several exchanges end in `{id}`")).hint("give more of it"))
        }
        (None, _) => Err(CliError::failed(format!("there is no exchange `{id}` among the latest"))
            .hint("`familiar exchanges` lists them with their ids")),
    }
}

async fn show(session: &Session, output: Output, id: &str) -> Result<(), CliError> {
    let id = whole_id(session, id).await?;
    let detail: ExchangeDetail = session.client.get(&format!("/api/exchanges/{}", encoded(&id))).await?;
    if output.json {
        return output.value(&detail);
    }
    let one = &detail.exchange;
    output.line(output.bold(&format!("{} {} {}", one.operation, one.outcome, one.id)))?;
    explanation(output, &detail.explanation)?;
    let mut facts: Vec<(&str, String)> = vec![
        ("at", one.at.clone()),
        ("key", one.key.clone().unwrap_or_else(|| "none: the page or the terminal".to_owned())),
        ("format", format(&detail)),
        ("tokens", tokens(&detail)),
        ("cost", cost(&detail)),
        ("time", time(&detail)),
    ];
    if let Some(message) = &detail.error_message {
        facts.push(("failure", message.clone()));
    }
    if !detail.dropped.is_empty() {
        facts.push(("not carried", detail.dropped.join(", ")));
    }
    if !one.tags.is_empty() {
        facts.push(("labels", one.tags.join(", ")));
    }
    output.table_of_facts(&facts)?;
    for attempt in &detail.attempts {
        let came = match (&attempt.error, &attempt.message) {
            (Some(error), Some(message)) => format!("{error}: {message}"),
            (Some(error), None) => error.clone(),
            (None, _) => "answered".to_owned(),
        };
        output.line(format!(
            "{:>7} ms  {} after {} ms: {came}",
            attempt.began_ms, attempt.deployment, attempt.took_ms
        ))?;
    }
    if let Some(kept) = &detail.kept {
        body(output, "request", kept.request.as_ref())?;
        body(output, "reply", kept.reply.as_ref())?;
        output.remark(format!("kept until {}", kept.until));
    }
    Ok(())
}

fn format(detail: &ExchangeDetail) -> String {
    let caller = detail.caller_format.as_deref().unwrap_or("inside");
    let streamed = if detail.exchange.streamed { ", streamed" } else { "" };
    format!("{caller} to {}{streamed}", detail.upstream_format.as_deref().unwrap_or("inside"))
}

fn tokens(detail: &ExchangeDetail) -> String {
    let usage = &detail.usage;
    let mut parts = vec![format!("{} in", usage.input)];
    let more = [(usage.cached_input, "from the cache"), (usage.cache_write, "into the cache")];
    parts.extend(more.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")));
    parts.push(format!("{} out", usage.output));
    if usage.reasoning > 0 {
        parts.push(format!("{} of them reasoning", usage.reasoning));
    }
    parts.join(", ")
}

fn cost(detail: &ExchangeDetail) -> String {
    let about = if detail.cost.estimated { "about " } else { "" };
    match &detail.cost.cost_usd {
        Some(usd) if detail.exchange.cached => {
            format!("{usd} USD, {} USD saved by the cache", detail.cost.saved_usd)
        }
        Some(usd) => format!("{about}{usd} USD"),
        None => "unknown".to_owned(),
    }
}

fn time(detail: &ExchangeDetail) -> String {
    let timings = &detail.timings;
    let first = timings.first_token_ms.map(|ms| format!("{ms} ms to the first token, ")).unwrap_or_default();
    let rate = timings.tokens_per_second.map(|rate| format!(", {rate:.1} tokens/s")).unwrap_or_default();
    format!("{first}{} ms in all{rate}", timings.total_ms)
}

fn body(output: Output, name: &str, body: Option<&KeptBody>) -> Result<(), CliError> {
    let Some(body) = body else { return Ok(()) };
    let cut = if body.cut { ", cut" } else { "" };
    let blotted: Vec<String> =
        body.redacted.iter().map(|one| format!("{} {}", one.count, one.name)).collect();
    let blotted =
        if blotted.is_empty() { String::new() } else { format!(", blotted out: {}", blotted.join(", ")) };
    output.line("")?;
    output.line(output.bold(&format!("{name} ({} bytes{cut}{blotted})", body.bytes)))?;
    // Whole JSON is shown as people read it.
    let pretty = serde_json::from_str::<serde_json::Value>(&body.text).ok().filter(|_| !body.cut);
    let pretty = pretty.and_then(|value| serde_json::to_string_pretty(&value).ok());
    output.line(pretty.as_deref().unwrap_or(&body.text))
}
