//! `familiar compare sets`: lists of prompts that are put to several models as a job.

use super::Who;
use crate::{client::encoded, error::CliError, output::Output, session::Session};
use api::prompt_sets::{
    NewSetRun, PromptSet, PromptSets, PutPromptSet, SetGrid, SetPrompt, SetRun, SetRunEstimate, SetRuns,
};
use clap::{Args, Subcommand};
use http::Method;
use std::{path::PathBuf, time::Duration};

/// How often a run is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(250);

#[derive(Debug, Subcommand)]
pub(super) enum Sets {
    /// List prompt sets, the latest first
    List,
    /// Make a prompt set of a file: JSON with `title` and `prompts`, or a prompt a line
    Add {
        /// The file
        file: PathBuf,
        /// Its title [default: that of the JSON, else the file's name]
        #[arg(short, long)]
        title: Option<String>,
    },
    /// Take a prompt set away; runs of it stay
    Remove {
        /// Its id
        set: String,
    },
    /// Put a prompt set to models and wait for the grid
    Run(Run),
    /// List runs, the latest first
    Runs,
    /// Show the grid of a run
    Grid {
        /// The run's id
        run: String,
        /// As CSV
        #[arg(long)]
        csv: bool,
    },
    /// Go on with a run that was cancelled
    Resume {
        /// The run's id
        run: String,
    },
}

#[derive(Debug, Args)]
pub(super) struct Run {
    /// The set's id
    set: String,
    #[command(flatten)]
    who: Who,
    /// The model that judges, where an assertion needs one
    #[arg(short, long, default_value = "")]
    judge: String,
    /// Most that it may cost, in US dollars
    #[arg(long, value_name = "USD")]
    cap: Option<String>,
    /// Only say what it could cost at most
    #[arg(long)]
    estimate: bool,
}

impl Sets {
    pub(super) async fn run(self, session: &Session, output: Output) -> Result<(), CliError> {
        let client = &session.client;
        match self {
            Self::List => list(output, client.get("/api/prompt-sets").await?),
            Self::Add { file, title } => {
                let set: PromptSet =
                    client.send(Method::POST, "/api/prompt-sets", &read(&file, title)?).await?;
                if output.json {
                    return output.value(&set);
                }
                output.line(format!("{}  {} ({} prompts)", set.id, set.title, set.prompts.len()))
            }
            Self::Remove { set } => {
                client.act(Method::DELETE, &format!("/api/prompt-sets/{}", encoded(&set))).await
            }
            Self::Run(run) => run.run(session, output).await,
            Self::Runs => runs(output, client.get("/api/prompt-runs").await?),
            Self::Grid { run, csv: true } => {
                let path = format!("/api/prompt-runs/{}/csv", encoded(&run));
                client.copy(&path, |piece| output.bytes(piece)).await
            }
            Self::Grid { run, csv: false } => {
                grid(output, client.get(&format!("/api/prompt-runs/{}", encoded(&run))).await?)
            }
            Self::Resume { run } => {
                let path = format!("/api/prompt-runs/{}/resume", encoded(&run));
                let run: SetRun = client.send(Method::POST, &path, &serde_json::json!({})).await?;
                grid(output, over(session, output, &run.id).await?)
            }
        }
    }
}

/// A set as a file has it.
fn read(file: &std::path::Path, title: Option<String>) -> Result<PutPromptSet, CliError> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| CliError::failed(format!("`{}`: {error}", file.display())))?;
    let mut set = if file.extension().is_some_and(|end| end.eq_ignore_ascii_case("json")) {
        serde_json::from_str(&text).map_err(|error| {
            CliError::usage(format!("`{}` is no prompt set: {error}", file.display())).hint(
                "it looks like {\"title\": \"...\", \"prompts\": [{\"text\": \"...\", \"assertions\": []}]}",
            )
        })?
    } else {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let prompt = |line: &str| SetPrompt { text: line.to_owned(), assertions: Vec::new() };
        PutPromptSet { title: String::new(), prompts: lines.map(prompt).collect() }
    };
    if let Some(title) = title {
        set.title = title;
    } else if set.title.is_empty() {
        set.title = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    }
    Ok(set)
}

impl Run {
    async fn run(self, session: &Session, output: Output) -> Result<(), CliError> {
        let path = format!("/api/prompt-sets/{}", encoded(&self.set));
        let new = NewSetRun { columns: self.who.columns(), judge: self.judge, cap_usd: self.cap };
        if self.estimate {
            let most: SetRunEstimate =
                session.client.send(Method::POST, &format!("{path}/estimate"), &new).await?;
            if output.json {
                return output.value(&most);
            }
            let cost = most
                .most_usd
                .map_or_else(|| "of unknown cost".to_owned(), |most| format!("at most {most} USD"));
            return output.line(format!("{} answers, {cost}", most.answers));
        }
        let run: SetRun = session.client.send(Method::POST, &format!("{path}/runs"), &new).await?;
        grid(output, over(session, output, &run.id).await?)
    }
}

/// Waits until a run is over.
async fn over(session: &Session, output: Output, run_id: &str) -> Result<SetGrid, CliError> {
    let path = format!("/api/prompt-runs/{}", encoded(run_id));
    loop {
        let grid: SetGrid = session.client.get(&path).await?;
        if grid.run.state != "running" {
            output.end_progress();
            return Ok(grid);
        }
        let done = grid.cells.iter().filter(|cell| cell.state != "waiting").count();
        output.progress(&format!("{done} of {} answers", grid.cells.len()));
        tokio::select! {
            () = tokio::time::sleep(LOOK_EVERY) => {}
            _ = tokio::signal::ctrl_c() => {
                output.end_progress();
                output.remark(format!("the run goes on; `familiar compare sets grid {run_id}` shows it"));
                return Err(CliError::stopped());
            }
        }
    }
}

fn list(output: Output, list: PromptSets) -> Result<(), CliError> {
    if output.json {
        return output.value(&list);
    }
    let mut rows = vec![["ID", "PROMPTS", "CHANGED", "TITLE"].map(str::to_owned).to_vec()];
    for set in list.sets {
        rows.push(vec![set.id, set.prompts.len().to_string(), set.updated_at, set.title]);
    }
    output.table(&rows)
}

fn runs(output: Output, list: SetRuns) -> Result<(), CliError> {
    if output.json {
        return output.value(&list);
    }
    let mut rows = vec![["ID", "BEGUN", "ENDED", "TITLE", "WHO"].map(str::to_owned).to_vec()];
    for run in list.runs {
        let names: Vec<String> = run.columns.into_iter().map(|column| column.name).collect();
        let ended = run.ended_at.unwrap_or_else(|| "not yet".to_owned());
        rows.push(vec![run.id, run.created_at, ended, run.title, names.join(", ")]);
    }
    output.table(&rows)
}

fn grid(output: Output, grid: SetGrid) -> Result<(), CliError> {
    if output.json {
        return output.value(&grid);
    }
    output.line(output.dim(&format!("{}  {}", grid.run.id, grid.run.title)))?;
    let names = grid.run.columns.iter().map(|column| column.name.clone());
    let mut rows: Vec<Vec<String>> = vec![std::iter::once("PROMPT".to_owned()).chain(names).collect()];
    for (number, prompt) in grid.prompts.iter().enumerate() {
        let short: String =
            prompt.text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(48).collect();
        let cells = grid.cells.iter().filter(|cell| cell.prompt == number).map(|cell| {
            if cell.state != "done" {
                return cell.state.clone();
            }
            let failed: Vec<&str> = cell
                .verdicts
                .iter()
                .filter(|verdict| !verdict.passed)
                .map(|verdict| verdict.because.as_str())
                .collect();
            if failed.is_empty() { "passed".to_owned() } else { format!("failed: {}", failed.join("; ")) }
        });
        rows.push(std::iter::once(short).chain(cells).collect());
    }
    output.table(&rows)?;
    let passed = grid.cells.iter().filter(|cell| cell.passed).count();
    output.line(format!("{passed} of {} passed, {} USD", grid.cells.len(), grid.cost_usd))
}
