//! What speaks for what, and how strongly.

use crate::{Task, cues::Speaks, task::Subject};

/// What a subject can add to or take from its tasks.
const SUBJECT_LIMIT: f32 = 3.0;
/// What speaks for `general` before anything is known.
const GENERAL_PRIOR: f32 = 1.2;
/// What the rules say for the model: for each task, for code, for the table; and the most that each can say.
pub(crate) const RULES: usize = Task::ALL.len() + 2;
const MOST_SAID: f32 = 6.0;
/// What weighs less tells nothing by itself.
const TELLING: f32 = 0.5;

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

    /// What speaks for each task, for code and for the table, as the model learns from it.
    pub(crate) fn rules(&self) -> [f32; RULES] {
        let mut rules = [0.0; RULES];
        let all = self.scores().into_iter().chain([self.code, self.table]);
        rules.iter_mut().zip(all).for_each(|(rule, score)| *rule = score.clamp(-MOST_SAID, MOST_SAID));
        rules
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.reasons.iter().all(|(_, weight, _)| *weight < TELLING)
    }

    /// What spoke for a task, strongest first.
    pub(crate) fn reasons(&self, task: Task) -> Vec<String> {
        let fits = |speaks: Speaks| match speaks {
            Speaks::For(other) => other == task,
            Speaks::Code => task.subject() == Subject::Code,
            Speaks::Table => task.subject() == Subject::Table,
        };
        let mut reasons: Vec<(f32, &str)> = self
            .reasons
            .iter()
            .filter(|(speaks, weight, _)| fits(*speaks) && *weight > 0.0)
            .map(|(_, weight, why)| (*weight, *why))
            .collect();
        reasons.sort_by(|one, other| other.0.total_cmp(&one.0));
        reasons.dedup_by(|one, other| one.1 == other.1);
        reasons.into_iter().map(|(_, why)| why.replace(['*', '~'], "…").replace('^', "")).collect()
    }
}
