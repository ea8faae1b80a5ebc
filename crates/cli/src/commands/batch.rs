//! `familiar batch`: many requests handed in at once.

use crate::{
    Global,
    client::{Upload, encoded},
    error::CliError,
    output::Output,
    session::Session,
};
use api::batches::{Batch as Shown, BatchList};
use clap::{Args, Subcommand};
use http::Method;
use std::{path::PathBuf, time::Duration};

/// How often a batch that is waited for is looked at.
const LOOK: Duration = Duration::from_millis(500);

/// Hand in many requests at once, and fetch their results
#[derive(Debug, Args)]
pub(crate) struct Batch {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Hand in a file of lines, each `{"custom_id", "method": "POST", "url", "body"}`
    Submit(Submit),
    /// List the batches, the newest first
    List,
    /// Show one batch
    Show {
        /// The batch's id
        id: String,
    },
    /// Ask a batch to stop; requests under way end and are billed
    Cancel {
        /// The batch's id
        id: String,
    },
    /// Write the results of a batch that is over
    Results {
        /// The batch's id
        id: String,
        /// Only what got an error
        #[arg(long)]
        errors: bool,
    },
    /// Forget a batch that is over, with its results
    Delete {
        /// The batch's id
        id: String,
    },
}

#[derive(Debug, Args)]
struct Submit {
    /// The file of lines
    file: PathBuf,
    /// What the lines ask for
    #[arg(long, default_value = "/v1/chat/completions")]
    endpoint: String,
    /// Wait until it is over
    #[arg(long)]
    wait: bool,
}

impl Batch {
    pub(crate) async fn run(self, global: &Global, output: Output) -> Result<(), CliError> {
        let session = Session::open(global).await?;
        let done = match self.verb {
            Verb::Submit(submit) => submit.run(&session, output).await,
            Verb::List => list(&session, output).await,
            Verb::Show { id } => show(&session, output, &id).await,
            Verb::Cancel { id } => cancel(&session, output, &id).await,
            Verb::Results { id, errors } => results(&session, output, (&id, errors)).await,
            Verb::Delete { id } => session.client.act(Method::DELETE, &address(&id)).await,
        };
        session.close().await;
        done
    }
}

impl Submit {
    async fn run(self, session: &Session, output: Output) -> Result<(), CliError> {
        let bytes = std::fs::read(&self.file).map_err(|error| {
            CliError::usage(format!("`{}` cannot be read: {error}", self.file.display()))
                .hint("give the path of a file of JSON lines")
        })?;
        let file_name = self.file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let path = format!("/api/batches?endpoint={}", encoded(&self.endpoint));
        let mut batch: Shown = session.client.upload(&path, Upload { file_name, bytes }).await?;
        while self.wait && batch.ended_at.is_none() {
            tokio::time::sleep(LOOK).await;
            batch = session.client.get(&address(&batch.id)).await?;
        }
        tell(output, &batch)?;
        if batch.state == "failed" {
            return Err(CliError::failed("nothing was called: some lines cannot be carried out")
                .hint("correct the lines named and hand the file in again"));
        }
        Ok(())
    }
}

async fn list(session: &Session, output: Output) -> Result<(), CliError> {
    let list: BatchList = session.client.get("/api/batches?limit=200").await?;
    if output.json {
        return output.value(&list);
    }
    if list.batches.is_empty() {
        output.remark("no batches yet; `familiar batch submit FILE` hands one in");
        return Ok(());
    }
    let mut rows = vec![["ID", "FILE", "STATE", "DONE", "FAILED", "OF", "COST"].map(str::to_owned).to_vec()];
    rows.extend(list.batches.iter().map(|batch| {
        vec![
            batch.id.clone(),
            batch.title.clone(),
            batch.state.clone(),
            batch.done.to_string(),
            batch.failed.to_string(),
            batch.lines.to_string(),
            format!("{} USD", batch.cost_usd),
        ]
    }));
    output.table(&rows)
}

async fn show(session: &Session, output: Output, id: &str) -> Result<(), CliError> {
    let batch: Shown = session.client.get(&address(id)).await?;
    tell(output, &batch)
}

async fn cancel(session: &Session, output: Output, id: &str) -> Result<(), CliError> {
    let path = format!("{}/cancel", address(id));
    let batch: Shown = session.client.send(Method::POST, &path, &serde_json::json!({})).await?;
    tell(output, &batch)
}

async fn results(session: &Session, output: Output, (id, errors): (&str, bool)) -> Result<(), CliError> {
    let path = format!("{}/results?errors={errors}", address(id));
    session.client.copy(&path, |piece| output.bytes(piece)).await
}

fn address(id: &str) -> String {
    format!("/api/batches/{}", encoded(id))
}

fn tell(output: Output, batch: &Shown) -> Result<(), CliError> {
    if output.json {
        return output.value(batch);
    }
    output.line(format!("{}  {}  {}", batch.id, batch.title, output.bold(&batch.state)))?;
    for problem in &batch.problems {
        output.line(format!("  {} ({})", problem.message, problem.code))?;
    }
    if batch.lines > 0 {
        output.line(format!(
            "  {} of {} done, {} failed, {} not called, {} USD",
            batch.done, batch.lines, batch.failed, batch.unused, batch.cost_usd
        ))?;
    }
    Ok(())
}
