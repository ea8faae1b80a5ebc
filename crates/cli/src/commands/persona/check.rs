//! `familiar persona check`: whether a persona stays who it is.

use super::find;
use crate::{client::encoded, error::CliError, output::Output, session::Session};
use api::checks::{BeginCheck, PersonaCheck, PersonaChecks};
use clap::Args;
use http::Method;
use std::time::Duration;

/// How often it is looked how far a run is.
const LOOK: Duration = Duration::from_millis(250);

#[derive(Debug, Args)]
pub(crate) struct CheckOf {
    /// Its id or its name
    persona: String,
    /// The model or route that plays it [default: its own, then the one of the settings]
    #[arg(short, long)]
    model: Option<String>,
    /// A model that judges beside the rules
    #[arg(long)]
    judge: Option<String>,
    /// Only list the runs that there were
    #[arg(long, conflicts_with_all = ["model", "judge"])]
    list: bool,
    /// Fail when the score is below this, 0 to 1
    #[arg(long, value_name = "SCORE", default_value_t = 0.0)]
    at_least: f64,
}

impl CheckOf {
    pub(super) async fn run(self, session: &Session, output: Output) -> Result<(), CliError> {
        let id = find(session, &self.persona).await?;
        let path = format!("/api/personas/{}/checks", encoded(&id));
        let client = &session.client;
        if self.list {
            let found: PersonaChecks = client.get(&path).await?;
            return if output.json { output.value(&found) } else { list(output, found.checks) };
        }
        let order = BeginCheck { model: self.model, judge: self.judge };
        let mut check: PersonaCheck = client.send(Method::POST, &path, &order).await?;
        let own = format!("{path}/{}", encoded(&check.id));
        while check.state == "running" {
            output.progress(&format!("{} of {} questions", check.done, check.questions));
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                _ = tokio::signal::ctrl_c() => {
                    client.act(Method::DELETE, &own).await?;
                    return Err(CliError::stopped());
                }
            }
            check = client.get(&own).await?;
        }
        output.end_progress();
        if output.json {
            output.value(&check)?;
        } else {
            tell(output, &check)?;
        }
        match (check.score, &check.error) {
            (Some(score), _) if score >= self.at_least => Ok(()),
            (Some(score), _) => {
                Err(CliError::failed(format!("the score is {score:.2}, {:.2} is asked for", self.at_least)))
            }
            (None, Some(error)) => Err(CliError::failed(error.clone())),
            (None, None) => Err(CliError::failed(format!("the run was {}", check.state))),
        }
    }
}

fn tell(output: Output, check: &PersonaCheck) -> Result<(), CliError> {
    let change = |aspect: Option<&str>| {
        let found = check.changes.iter().find(|change| change.aspect.as_deref() == aspect);
        found.map_or(String::new(), |change| {
            format!("{:+.2}{}", -change.lost, if change.telling { " *" } else { "" })
        })
    };
    let head = ["ASPECT", "SCORE", "SINCE THE LAST RUN"].map(str::to_owned).to_vec();
    let aspects = check
        .aspects
        .iter()
        .map(|(aspect, score)| vec![aspect.clone(), format!("{score:.2}"), change(Some(aspect))]);
    let all = check.score.map(|score| vec!["all".to_owned(), format!("{score:.2}"), change(None)]);
    output.table(&std::iter::once(head).chain(aspects).chain(all).collect::<Vec<_>>())?;
    for answer in check.answers.iter().filter(|answer| answer.mark < 1.0) {
        output.line(format!("{:.2}  {}: {}", answer.mark, answer.aspect, answer.ask))?;
        let judged = answer.judged_because.as_ref().map(|because| format!("; the judge: {because}"));
        output.line(format!("      {}{}", answer.because, judged.unwrap_or_default()))?;
    }
    Ok(())
}

fn list(output: Output, checks: Vec<PersonaCheck>) -> Result<(), CliError> {
    let head = ["RUN", "WHEN", "VERSION", "MODEL", "STATE", "SCORE"].map(str::to_owned).to_vec();
    let rows = checks.into_iter().map(|check| {
        let score = check.score.map_or(String::new(), |score| format!("{score:.2}"));
        vec![check.id, check.created_at, check.persona_version.to_string(), check.model, check.state, score]
    });
    output.table(&std::iter::once(head).chain(rows).collect::<Vec<_>>())
}
