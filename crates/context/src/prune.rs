//! Shorter messages that still say what happened: thoughts that are over, results of tools that nobody reads again.

use llm::{Message, Part};

/// Results up to this length stay as they are.
const MOST_RESULT_BYTES: usize = 2_000;
/// What is kept of a longer one's beginning and end.
const HEAD_BYTES: usize = 1_000;
const TAIL_BYTES: usize = 500;
/// The newest results of tools stay whole: they are what the model is working with.
const WHOLE_RESULTS: usize = 2;

/// From which position on results are the newest.
pub(crate) fn newest_results(messages: &[Message]) -> usize {
    let has_result =
        |message: &Message| message.parts.iter().any(|part| matches!(part, Part::ToolResult { .. }));
    let mut results = messages.iter().enumerate().rev().filter(|(_, message)| has_result(message));
    results.nth(WHOLE_RESULTS - 1).map_or(messages.len(), |(position, _)| position)
}

/// The message with less in it; `None` where there is nothing to take. Thoughts go only from turns that are over.
pub(crate) fn shorter(message: &Message, is_over: bool) -> Option<Message> {
    let mut shorter = message.clone();
    if is_over {
        shorter.parts.retain(|part| !matches!(part, Part::Reasoning { .. }));
    }
    let mut changed = shorter.parts.len() != message.parts.len();
    for part in &mut shorter.parts {
        if let Part::ToolResult { parts, .. } = part {
            for part in parts {
                if let Part::Text { text, .. } = part
                    && let Some(short) = cut(text)
                {
                    *text = short;
                    changed = true;
                }
            }
        }
    }
    // A message of nothing is none that a format has.
    (changed && !shorter.parts.is_empty()).then_some(shorter)
}

/// Beginning and end of a long text.
fn cut(text: &str) -> Option<String> {
    if text.len() <= MOST_RESULT_BYTES {
        return None;
    }
    let head = text.get(..text.floor_char_boundary(HEAD_BYTES))?;
    let tail = text.get(text.ceil_char_boundary(text.len() - TAIL_BYTES)..)?;
    let left_out = text.len() - head.len() - tail.len();
    Some(format!("{head}\n[{left_out} bytes left out]\n{tail}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use llm::Role;

    #[test]
    fn thoughts_that_are_over_go_and_long_results_keep_their_ends() {
        let thought = Part::Reasoning { text: "hm".into(), signature: None, redacted: None };
        let result = |text: &str| Part::ToolResult {
            call_id: "1".into(),
            name: None,
            parts: vec![Part::text(text)],
            is_error: false,
        };
        let message = |parts| Message { role: Role::Assistant, parts, name: None };
        let both = message(vec![thought.clone(), Part::text("so")]);
        assert_eq!(shorter(&both, true), Some(message(vec![Part::text("so")])));
        assert_eq!(shorter(&both, false), None);
        assert_eq!(shorter(&message(vec![thought]), true), None, "nothing would be left");
        assert_eq!(shorter(&message(vec![result("short")]), true), None);
        let long = format!("begin {} the end", "é".repeat(5_000));
        let short = shorter(&message(vec![result(&long)]), false).unwrap();
        let Some(Part::ToolResult { parts, .. }) = short.parts.first() else { panic!("{short:?}") };
        let text = parts.first().and_then(Part::as_text).unwrap();
        assert!(text.starts_with("begin") && text.ends_with("the end") && text.len() < 1_600, "{text}");
    }
}
