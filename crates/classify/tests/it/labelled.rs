//! The labelled prompts: enough of them, each once, and none of them in two files.

use classify::{
    Task,
    labelled::{Part, prompts},
};
use std::collections::HashSet;

/// Prompts of each kind of task.
const LEAST_OF_A_TASK: usize = 150;

#[test]
fn the_labelled_prompts_are_enough_and_different() {
    let parts = [Part::Learned, Part::HeldOut, Part::Blind];
    let lines: usize = parts.iter().map(|part| part.lines().lines().count()).sum();
    let all: Vec<_> = parts.into_iter().flat_map(prompts).collect();
    assert_eq!(all.len(), lines, "a line that is no labelled prompt");
    let mut seen = HashSet::new();
    for one in &all {
        assert!(seen.insert(one.prompt.trim().to_lowercase()), "it stands there twice: {}", one.prompt);
    }
    for task in Task::ALL {
        let of_task = all.iter().filter(|one| one.task == task).count();
        assert!(of_task >= LEAST_OF_A_TASK, "{task}: {of_task}");
    }
}
