//! `familiar persona feelings`: what a persona feels, the log of it, and the switch.

use super::find;
use crate::{client::encoded, error::CliError, output::Output, session::Session};
use api::feelings::{PersonaFeelings, PersonaTemper};
use clap::Args;
use http::Method;

#[derive(Debug, Args)]
pub(crate) struct FeelingsOf {
    /// Its id or its name
    persona: String,
    /// Have it feel
    #[arg(long, conflicts_with = "off")]
    on: bool,
    /// Have it feel nothing any more; the log stays
    #[arg(long)]
    off: bool,
    /// Whether a model is asked after each answer, beside the rules
    #[arg(long, value_name = "BOOL")]
    by_model: Option<bool>,
    /// How readily it is moved, in percent: 0 to 200
    #[arg(long)]
    fluidity: Option<u8>,
    /// Points that each trait may drift: 0 to 50
    #[arg(long)]
    drift: Option<u8>,
    /// Take this entry of the log back
    #[arg(long, value_name = "ENTRY")]
    revert: Option<String>,
    /// Let this entry count again
    #[arg(long, value_name = "ENTRY")]
    restore: Option<String>,
    /// Forget all of it
    #[arg(long)]
    forget: bool,
    /// Entries of the log that are shown
    #[arg(short, long, default_value_t = 10)]
    log: usize,
}

impl FeelingsOf {
    pub(super) async fn run(self, session: &Session, output: Output) -> Result<(), CliError> {
        let id = find(session, &self.persona).await?;
        let path = format!("/api/personas/{}/feelings", encoded(&id));
        let client = &session.client;
        if self.forget {
            client.act(Method::DELETE, &path).await?;
        }
        for (entry, verb) in [(&self.revert, "revert"), (&self.restore, "restore")] {
            if let Some(entry) = entry {
                client.act(Method::POST, &format!("{path}/{}/{verb}", encoded(entry))).await?;
            }
        }
        let mut found: PersonaFeelings = client.get(&path).await?;
        let wanted = self.wanted(&found.temper);
        if wanted != found.temper {
            found = client.send(Method::PUT, &path, &wanted).await?;
        }
        if output.json { output.value(&found) } else { tell(output, &found, self.log) }
    }

    fn wanted(&self, now: &PersonaTemper) -> PersonaTemper {
        PersonaTemper {
            on: (now.on || self.on) && !self.off,
            by_model: self.by_model.unwrap_or(now.by_model),
            model: now.model.clone(),
            fluidity: self.fluidity.unwrap_or(now.fluidity),
            drift: self.drift.unwrap_or(now.drift),
        }
    }
}

fn tell(output: Output, found: &PersonaFeelings, log: usize) -> Result<(), CliError> {
    let temper = &found.temper;
    let on = if temper.on { "on" } else { "off" };
    let by = if temper.by_model { "rules and a model" } else { "rules" };
    output.line(format!(
        "feelings are {on} (by {by}, moved by {} %, traits drift by {} at the most)",
        temper.fluidity, temper.drift
    ))?;
    if !found.relations.is_empty() {
        let axes = ["trust", "respect", "affection", "familiarity", "tension", "mood"];
        let head: Vec<String> =
            ["TOWARD", "STAGE"].iter().chain(&axes).map(|word| word.to_uppercase()).collect();
        let rows = found.relations.iter().map(|relation| {
            let value =
                |axis: &&str| format!("{:+.1}", relation.bond.values.get(*axis).copied().unwrap_or(0.0));
            [relation.name.clone(), relation.bond.stage.clone()]
                .into_iter()
                .chain(axes.iter().map(value))
                .collect()
        });
        output.table(&std::iter::once(head).chain(rows).collect::<Vec<_>>())?;
    }
    for conflict in found.relations.iter().filter(|relation| relation.bond.conflict.is_some()) {
        let because = conflict.bond.conflict.as_deref().unwrap_or_default();
        output.line(format!("open conflict with {}: {because}", conflict.name))?;
    }
    for drifted in &found.traits {
        output.line(format!("{}: {} by the card, {} now", drifted.name, drifted.card, drifted.now))?;
    }
    if log > 0 && !found.log.is_empty() {
        let head = ["ENTRY", "WHEN", "TOWARD", "WHAT", "MOVED", "BECAUSE"].map(str::to_owned).to_vec();
        let rows = found.log.iter().take(log).map(|entry| {
            let moved = if entry.reverted_at.is_some() {
                "taken back".to_owned()
            } else {
                format!("{:+.2}", entry.moved)
            };
            vec![
                entry.id.clone(),
                entry.at.clone(),
                entry.name.clone(),
                entry.what.clone(),
                moved,
                entry.because.clone(),
            ]
        });
        output.table(&std::iter::once(head).chain(rows).collect::<Vec<_>>())?;
    }
    Ok(())
}
