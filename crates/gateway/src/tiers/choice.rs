//! Which tier `auto` asks: a table by kind of task, and what overrules it.

use super::{Tier, TiersConfig, context::shifts};
use classify::{Task, TaskClass};
use llm::Circumstances;

/// From this need of a quick answer on a task that is not demanding goes to the fast tier.
const QUICK: f64 = 0.9;
/// Below this confidence the kind of task is not trusted.
const DOUBTFUL: f64 = 0.56;

/// The tier for a kind of task where nothing else speaks.
const fn usual(task: Task) -> Tier {
    match task {
        Task::CodeEdit | Task::RuleLookup | Task::Combat => Tier::Fast,
        Task::General
        | Task::CodeFunction
        | Task::Character
        | Task::Narrative
        | Task::Dialogue
        | Task::Summary => Tier::Voice,
        Task::CodeArchitecture | Task::CodeDebugging | Task::WorldBuilding | Task::Mechanics => Tier::Thinker,
    }
}

/// A request as it is weighed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Weighed<'a> {
    pub(crate) class: &'a TaskClass,
    /// About how many tokens it has.
    pub(crate) tokens: u64,
    pub(crate) files: usize,
    pub(crate) circumstances: Option<&'a Circumstances>,
}

/// A tier, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) tier: Tier,
    pub(crate) because: String,
}

/// Chooses. The size of a request overrules everything, then what it demands, then what kind of task it is.
pub(crate) fn choose(config: &TiersConfig, weighed: Weighed<'_>) -> Choice {
    let Weighed { class, tokens, files, circumstances } = weighed;
    let because = |tier: Tier, because: String| Choice { tier, because };
    if tokens > config.thinker_above_tokens {
        return because(
            Tier::Thinker,
            format!("about {tokens} tokens are more than {}", config.thinker_above_tokens),
        );
    }
    if files >= config.thinker_from_files.max(1) {
        return because(Tier::Thinker, format!("{files} files or pictures come with it"));
    }
    let (mut complexity, mut latency_need) = (class.complexity, class.latency_need);
    for shift in circumstances.into_iter().flat_map(shifts) {
        complexity += shift.complexity;
        latency_need += shift.latency_need;
    }
    let (complexity, latency_need) = (complexity.clamp(0.0, 1.0), latency_need.clamp(0.0, 1.0));
    let task = class.task;
    if complexity >= config.thinker_from_complexity {
        return because(
            Tier::Thinker,
            format!("`{task}` as demanding as this ({complexity:.2}) needs thought"),
        );
    }
    if complexity <= config.fast_to_complexity {
        return because(Tier::Fast, format!("`{task}` as simple as this ({complexity:.2}) needs none"));
    }
    if latency_need >= QUICK {
        return because(Tier::Fast, format!("`{task}` is waited for ({latency_need:.2})"));
    }
    if class.confidence < DOUBTFUL {
        return because(Tier::Voice, format!("it is not clear what kind of task it is (`{task}` perhaps)"));
    }
    because(usual(task), format!("that is where `{task}` goes"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use llm::Phase;

    fn class(task: Task, complexity: f64, latency_need: f64) -> TaskClass {
        TaskClass { task, complexity, latency_need, confidence: 0.9, because: Vec::new(), by_model: false }
    }

    fn tier(class: &TaskClass, tokens: u64, files: usize, circumstances: Option<&Circumstances>) -> Tier {
        choose(&TiersConfig::default(), Weighed { class, tokens, files, circumstances }).tier
    }

    #[test]
    fn size_overrules_demands_and_demands_the_kind() {
        let edit = class(Task::CodeEdit, 0.3, 0.6);
        assert_eq!(tier(&edit, 100, 0, None), Tier::Fast);
        assert_eq!(tier(&edit, 50_000, 2, None), Tier::Fast, "the thresholds themselves are not above");
        assert_eq!(tier(&edit, 50_001, 0, None), Tier::Thinker);
        assert_eq!(tier(&edit, 100, 3, None), Tier::Thinker);
        assert_eq!(tier(&class(Task::CodeEdit, 0.8, 0.9), 100, 0, None), Tier::Thinker);
        assert_eq!(tier(&class(Task::Mechanics, 0.1, 0.3), 100, 0, None), Tier::Fast);
        assert_eq!(tier(&class(Task::Narrative, 0.45, 0.6), 100, 0, None), Tier::Voice);
        let doubtful = TaskClass { confidence: 0.5, ..class(Task::WorldBuilding, 0.5, 0.2) };
        assert_eq!(tier(&doubtful, 100, 0, None), Tier::Voice);
    }

    #[test]
    fn circumstances_move_what_is_demanded() {
        let told = class(Task::Narrative, 0.45, 0.6);
        let fight = Circumstances { in_combat: true, ..Circumstances::default() };
        let planning = Circumstances { phase: Some(Phase::Planning), ..Circumstances::default() };
        assert_eq!(tier(&told, 100, 0, Some(&fight)), Tier::Fast);
        let world = class(Task::Character, 0.66, 0.2);
        assert_eq!(tier(&world, 100, 0, None), Tier::Voice);
        assert_eq!(tier(&world, 100, 0, Some(&planning)), Tier::Thinker);
    }
}
