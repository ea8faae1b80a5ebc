//! What speaks for what, and how strongly.

use crate::{Task, cues::Speaks, task::Subject};

/// What a subject can add to or take from its tasks.
const SUBJECT_LIMIT: f32 = 3.0;
/// What speaks for `general` before anything is known.
pub(crate) const GENERAL_PRIOR: f32 = 1.2;
/// From this likeness on it is told as a reason.
const TOLD_LIKENESS: f32 = 3.0;
/// Most reasons that are told.
const MAX_REASONS: usize = 5;

/// What speaks for what.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    tasks: [f32; Task::ALL.len()],
    code: f32,
    table: f32,
    reasons: Vec<(Speaks, f32, &'static str)>,
}

impl Tally {
    pub(crate) fn add(&mut self, speaks: Speaks, weight: f32, why: &'static str) {
        match speaks {
            Speaks::For(task) => {
                if let Some(score) = self.tasks.get_mut(task.index()) {
                    *score += weight;
                }
            }
            Speaks::Code => self.code += weight,
            Speaks::Table => self.table += weight,
        }
        self.reasons.push((speaks, weight, why));
    }

    pub(crate) fn scores(&self) -> [f32; Task::ALL.len()] {
        let (code, table) = (self.code.min(SUBJECT_LIMIT), self.table.min(SUBJECT_LIMIT));
        let mut scores = self.tasks;
        for (task, score) in Task::ALL.into_iter().zip(&mut scores) {
            *score += match task.subject() {
                Subject::Anything => GENERAL_PRIOR - 0.5 * code.max(table),
                Subject::Code => code - table * 0.7,
                Subject::Table => table - code * 0.7,
            };
        }
        // Where it is about code or the table and nothing more is said, this is what is meant most often.
        let default = if code > table { Task::CodeFunction } else { Task::Narrative };
        if let Some(score) = scores.get_mut(default.index()) {
            *score += 0.2;
        }
        scores
    }

    pub(crate) fn reasons(mut self, task: Task, likeness: f32) -> Vec<String> {
        let fits = |speaks: &Speaks| match speaks {
            Speaks::For(other) => *other == task,
            Speaks::Code => task.subject() == Subject::Code,
            Speaks::Table => task.subject() == Subject::Table,
        };
        self.reasons.retain(|(speaks, weight, _)| fits(speaks) && *weight > 0.0);
        self.reasons.sort_by(|one, other| other.1.total_cmp(&one.1));
        self.reasons.dedup_by(|one, other| one.2 == other.2);
        let mut told: Vec<String> = self
            .reasons
            .into_iter()
            .take(MAX_REASONS)
            .map(|(_, _, why)| why.replace(['*', '~'], "…"))
            .collect();
        if likeness >= TOLD_LIKENESS {
            told.push("it sounds like other prompts of its kind".to_owned());
        }
        if told.is_empty() { vec!["nothing speaks for anything else".to_owned()] } else { told }
    }
}
