//! Tools and what was done with them, from the chat's types to the API's.

use api::tools as dto;
use chat::{Decision, MessageStatus, ToolChoices, ToolShown, ToolState, ToolUse};

pub(crate) fn shown(tool: ToolShown) -> dto::Tool {
    let ToolShown { name, description, changes, server, tokens } = tool;
    dto::Tool { name, description, changes, server, tokens }
}

pub(crate) fn choices_out(choices: ToolChoices) -> dto::ToolChoices {
    dto::ToolChoices { on: choices.on, unasked: choices.unasked }
}

pub(crate) fn choices_in(choices: dto::ToolChoices) -> ToolChoices {
    ToolChoices { on: choices.on, unasked: choices.unasked }
}

/// A call in an answer of this status; where a killed server left it unfinished, nobody finishes it.
pub(crate) fn used(used: ToolUse, of: MessageStatus) -> dto::ToolUse {
    let state = if of == MessageStatus::Streaming { used.state } else { used.state.ended() };
    dto::ToolUse {
        id: used.id.to_string(),
        name: used.name,
        arguments: used.arguments,
        changes: used.changes,
        about: used.about,
        state: match state {
            ToolState::Waiting => dto::ToolState::Waiting,
            ToolState::Running => dto::ToolState::Running,
            ToolState::Done => dto::ToolState::Done,
            ToolState::Failed => dto::ToolState::Failed,
            ToolState::Declined => dto::ToolState::Declined,
            ToolState::Cancelled => dto::ToolState::Cancelled,
        },
        result: used.result,
    }
}

pub(crate) const fn decision_in(decision: dto::ToolDecision) -> Decision {
    match decision {
        dto::ToolDecision::Allow => Decision::Allow,
        dto::ToolDecision::AllowAlways => Decision::AllowAlways,
        dto::ToolDecision::Decline => Decision::Decline,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::new_id;

    #[test]
    fn what_a_killed_server_left_unfinished_is_shown_as_cancelled() {
        let call = ToolUse {
            id: new_id(),
            name: "remember".into(),
            arguments: "{}".into(),
            changes: true,
            about: String::new(),
            state: ToolState::Waiting,
            result: String::new(),
        };
        assert_eq!(used(call.clone(), MessageStatus::Streaming).state, dto::ToolState::Waiting);
        assert_eq!(used(call.clone(), MessageStatus::Interrupted).state, dto::ToolState::Cancelled);
        let done = ToolUse { state: ToolState::Done, ..call };
        assert_eq!(used(done, MessageStatus::Interrupted).state, dto::ToolState::Done);
    }
}
