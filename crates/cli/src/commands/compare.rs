//! `familiar compare`: one question to several models, and one list of questions to several models.

mod sets;
mod shown;

use crate::{
    Global,
    client::encoded,
    commands::ask::{question, read_image},
    error::CliError,
    output::Output,
    session::Session,
};
use api::compare::{
    BeginComparison, CastCompareVote, CompareDetail, CompareImage, CompareQuestion, CompareStep, CompareVote,
    Comparisons, NewCompareColumn, NewCompareMerge,
};
use api::experiments::RatingList;
use clap::{Args, Subcommand};
use futures::StreamExt;
use http::Method;
use std::{path::PathBuf, pin::pin};

/// Ask several models the same, see what sets their answers apart, and vote
#[derive(Debug, Args)]
pub(crate) struct Compare {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Ask two to eight models or personas a question; `-` reads it from standard input
    Ask(Ask),
    /// List comparisons, the latest first
    List {
        /// Only those with these words in the title, a question or an answer
        #[arg(default_value = "")]
        words: String,
    },
    /// Show a comparison: the answers and what is measured of them
    Show {
        /// Its id
        comparison: String,
    },
    /// Say which of two answers to the last question is better: left, right, tie or both_bad
    Vote {
        /// The comparison's id
        comparison: String,
        /// left, right, tie or both_bad
        better: String,
        /// Which two answers, by their numbers
        #[arg(long, num_args = 2, default_values_t = [1, 2], value_names = ["LEFT", "RIGHT"])]
        between: Vec<usize>,
    },
    /// Have a model make something of the answers: fuse, checklist, guided, criteria, own or differences
    Merge {
        /// The comparison's id
        comparison: String,
        /// fuse, checklist, guided, criteria, own or differences
        #[arg(default_value = "fuse")]
        kind: String,
        /// The model that makes it [default: the cheapest that can]
        #[arg(short, long, default_value = "")]
        model: String,
        /// What the one answer has to take over; for `guided` (may be given several times)
        #[arg(long = "item", value_name = "TEXT")]
        items: Vec<String>,
        /// What you want, in your own words; for `own`
        #[arg(long, default_value = "")]
        prompt: String,
        /// Make it anew even if it was made before
        #[arg(long)]
        again: bool,
    },
    /// Show how strong models are in your votes, with intervals
    Ratings {
        /// Only votes about this kind of task
        #[arg(long)]
        task: Option<String>,
        /// Leave out what length and markup win
        #[arg(long)]
        looks_apart: bool,
    },
    /// Write a comparison as a report: markdown, html or json
    Report {
        /// The comparison's id
        comparison: String,
        /// markdown, html or json
        #[arg(short, long, default_value = "markdown")]
        format: String,
    },
    /// Take a comparison away
    Remove {
        /// Its id
        comparison: String,
        /// Bring it back instead
        #[arg(long)]
        undo: bool,
    },
    /// Work with prompt sets: lists of prompts with what the answers have to be like
    #[command(subcommand)]
    Sets(sets::Sets),
}

#[derive(Debug, Args)]
struct Ask {
    /// The question; `-` or nothing reads it from standard input
    #[arg(value_name = "QUESTION")]
    words: Vec<String>,
    #[command(flatten)]
    who: Who,
    /// Show the models this picture (may be given several times)
    #[arg(short, long, value_name = "FILE")]
    image: Vec<PathBuf>,
    /// Hide who answers until there is a vote
    #[arg(short, long)]
    blind: bool,
    /// Go on with this comparison: its columns are asked
    #[arg(long, value_name = "ID", conflicts_with_all = ["model", "persona", "blind"])]
    after: Option<String>,
}

/// Who is asked.
#[derive(Debug, Args)]
struct Who {
    /// A model or route (may be given several times)
    #[arg(short, long, value_name = "MODEL")]
    model: Vec<String>,
    /// A persona's id, played by the model it prefers, or by `ID=MODEL` (may be given several times)
    #[arg(long, value_name = "ID[=MODEL]")]
    persona: Vec<String>,
}

impl Who {
    fn columns(self) -> Vec<NewCompareColumn> {
        let models = self.model.into_iter().map(|model| NewCompareColumn { model, ..Default::default() });
        let personas = self.persona.into_iter().map(|persona| {
            let (id, model) = persona.split_once('=').unwrap_or((&persona, ""));
            NewCompareColumn {
                persona_id: Some(id.to_owned()),
                model: model.to_owned(),
                ..NewCompareColumn::default()
            }
        });
        models.chain(personas).collect()
    }
}

fn path(comparison: &str) -> String {
    format!("/api/comparisons/{}", encoded(comparison))
}

impl Compare {
    pub(crate) async fn run(self, global: &Global, output: Output) -> Result<(), CliError> {
        let session = Session::open(global).await?;
        let done = match self.verb {
            Verb::Ask(ask) => ask.run(&session, output).await,
            Verb::List { words } => list(&session, output, &words).await,
            Verb::Show { comparison } => match session.client.get(&path(&comparison)).await {
                Ok(whole) => shown::comparison(&session, output, whole).await,
                Err(error) => Err(error),
            },
            Verb::Vote { comparison, better, between } => {
                vote(&session, output, (&comparison, better, &between)).await
            }
            Verb::Merge { comparison, kind, model, items, prompt, again } => {
                let new = NewCompareMerge { turn_id: None, kind, model, items, prompt, again };
                merge(&session, output, (&comparison, new)).await
            }
            Verb::Ratings { task, looks_apart } => ratings(&session, output, task, looks_apart).await,
            Verb::Report { comparison, format } => {
                let path = format!("{}/report?format={}", path(&comparison), encoded(&format));
                session.client.copy(&path, |piece| output.bytes(piece)).await
            }
            Verb::Remove { comparison, undo: true } => {
                session.client.act(Method::POST, &format!("{}/restore", path(&comparison))).await
            }
            Verb::Remove { comparison, undo: false } => {
                session.client.act(Method::DELETE, &path(&comparison)).await
            }
            Verb::Sets(sets) => sets.run(&session, output).await,
        };
        session.close().await;
        done
    }
}

impl Ask {
    async fn run(self, session: &Session, output: Output) -> Result<(), CliError> {
        let text = question(&self.words)?;
        let image = |file: &PathBuf| {
            let image = read_image(file)?;
            Ok(CompareImage { media_type: image.media_type, data: image.data, gone: None })
        };
        let images = self.image.iter().map(image).collect::<Result<_, CliError>>()?;
        let question = CompareQuestion { text, images };
        let begun: CompareDetail = match self.after {
            Some(id) => session.client.send(Method::POST, &format!("{}/turns", path(&id)), &question).await?,
            None => {
                let (columns, blind) = (self.who.columns(), self.blind);
                let new = BeginComparison { title: None, columns, blind, question };
                session.client.send(Method::POST, "/api/comparisons", &new).await?
            }
        };
        let whole = ended(session, output, begun).await?;
        shown::comparison(session, output, whole).await
    }
}

/// Waits until nothing is being written any more. Ctrl-C stops what is.
async fn ended(session: &Session, output: Output, begun: CompareDetail) -> Result<CompareDetail, CliError> {
    let path = path(&begun.head.id);
    let mut events = session.client.events::<CompareStep>(&format!("{path}/events")).await?;
    let mut pressed = pin!(tokio::signal::ctrl_c());
    loop {
        // Behind the stream: nothing falls between the two.
        let whole: CompareDetail = session.client.get(&path).await?;
        let streaming = whole.answers.iter().filter(|answer| answer.status == "streaming").count();
        if streaming == 0 {
            output.end_progress();
            return Ok(whole);
        }
        output.progress(&format!("{streaming} still writing"));
        loop {
            let step = tokio::select! {
                step = events.next() => step,
                _ = &mut pressed => {
                    session.client.act(Method::POST, &format!("{path}/stop")).await?;
                    output.end_progress();
                    return Err(CliError::stopped());
                }
            };
            match step.transpose()? {
                Some(CompareStep::Answer { answer }) if answer.status != "streaming" => break,
                Some(CompareStep::Changed {}) => break,
                Some(
                    CompareStep::Answer { .. } | CompareStep::Text { .. } | CompareStep::Reasoning { .. },
                ) => {}
                None => {
                    return Err(CliError::failed("the server ended while answers were written")
                        .hint("what had come is kept"));
                }
            }
        }
    }
}

async fn list(session: &Session, output: Output, words: &str) -> Result<(), CliError> {
    let list: Comparisons =
        session.client.get(&format!("/api/comparisons?limit=50&q={}", encoded(words))).await?;
    if output.json {
        return output.value(&list);
    }
    let mut rows = vec![["ID", "CHANGED", "TITLE", "WHO"].map(str::to_owned).to_vec()];
    for head in list.comparisons {
        let names: Vec<String> = head.columns.into_iter().map(|column| column.name).collect();
        rows.push(vec![head.id, head.updated_at, head.title, names.join(", ")]);
    }
    output.table(&rows)
}

async fn vote(
    session: &Session,
    output: Output,
    (comparison, better, between): (&str, String, &[usize]),
) -> Result<(), CliError> {
    let path = path(comparison);
    let whole: CompareDetail = session.client.get(&path).await?;
    let answers = shown::last_answers(&whole);
    let answer = |place: Option<&usize>| {
        let found = place.and_then(|number| answers.get(number.checked_sub(1)?));
        found.map(|(_, answer)| answer.id.clone()).ok_or_else(|| {
            CliError::usage("there is no answer with this number")
                .hint(format!("`familiar compare show {comparison}` numbers them"))
        })
    };
    let vote =
        CastCompareVote { left_id: answer(between.first())?, right_id: answer(between.get(1))?, better };
    let cast: CompareVote = session.client.send(Method::POST, &format!("{path}/votes"), &vote).await?;
    if output.json {
        return output.value(&cast);
    }
    let whole: CompareDetail = session.client.get(&path).await?;
    for (number, (column, _)) in (1..).zip(shown::last_answers(&whole)) {
        output.line(format!("{number}: {}", column.name))?;
    }
    match cast.void {
        Some(void) => output.line(format!("the vote does not count: {void}")),
        None => output.line("the vote counts; `familiar compare ratings` shows what votes come to"),
    }
}

async fn ratings(
    session: &Session,
    output: Output,
    task: Option<String>,
    looks_apart: bool,
) -> Result<(), CliError> {
    let task = task.map(|task| format!("&task={}", encoded(&task))).unwrap_or_default();
    let list: RatingList =
        session.client.get(&format!("/api/ratings?looks_apart={looks_apart}{task}")).await?;
    if output.json {
        return output.value(&list);
    }
    let mut rows = vec![["MODEL", "RATING", "SURELY", "WON", "LOST", "TIES"].map(str::to_owned).to_vec()];
    for one in list.ratings {
        let surely = format!("{:.0} to {:.0}", one.low, one.high);
        let counts = [one.wins, one.losses, one.ties].map(|count| count.to_string());
        rows.push([one.deployment, format!("{:.0}", one.rating), surely].into_iter().chain(counts).collect());
    }
    output.table(&rows)?;
    for look in list.looks {
        output.line(format!("{:+.0} points for half as much again of: {}", look.points, look.name))?;
    }
    Ok(())
}

async fn merge(
    session: &Session,
    output: Output,
    (comparison, new): (&str, NewCompareMerge),
) -> Result<(), CliError> {
    let begun: CompareDetail =
        session.client.send(Method::POST, &format!("{}/merges", path(comparison)), &new).await?;
    let whole = ended(session, output, begun).await?;
    let of_kind = |merge: &&api::compare::CompareMerge| {
        merge.kind == new.kind && (new.model.is_empty() || merge.model == new.model)
    };
    let made = whole.merges.iter().rev().find(of_kind).cloned();
    let made = made.ok_or_else(|| CliError::failed("the merge is not there"))?;
    if output.json {
        return output.value(&made);
    }
    shown::merge(output, &whole, &made)
}
