//! About how many tokens a prompt has, where no tokenizer is at hand: for callers who ask before they send.

use crate::{ChatRequest, Media, Message, Part, ResponseFormat, ToolSpec};

/// What a message, a tool or a part adds around its text.
const AROUND: u64 = 4;
/// What providers write around a list of tools: Anthropic documents 313 to 346 tokens for its models.
const TOOLS_PREAMBLE: u64 = 320;
/// A picture of about 1.1 megapixels, which is the most that Anthropic reads of one (width times height by 750).
const PICTURE: u64 = 1_500;
/// A page of a document in text and picture (Anthropic's guide to PDFs says 1,500 to 3,000 of text a page).
const PAGE: u64 = 2_500;
/// Bytes of a file that make a page, in base64.
const BYTES_A_PAGE: u64 = 60_000;

/// About how many tokens this prompt has: system and conversation, tools, pictures, files, and the shape of the
/// answer.
pub fn input_tokens(request: &ChatRequest) -> u64 {
    let messages = request.messages.iter().map(message).fold(0, u64::saturating_add);
    let tools = request.tools.iter().map(tool).fold(0, u64::saturating_add);
    let preamble = if request.tools.is_empty() { 0 } else { TOOLS_PREAMBLE };
    let shape = match &request.response_format {
        ResponseFormat::JsonSchema { name, schema, .. } => text(name) + text(&schema.to_string()),
        ResponseFormat::Text | ResponseFormat::JsonObject => 0,
    };
    messages.saturating_add(tools).saturating_add(preamble + shape).max(1)
}

fn message(message: &Message) -> u64 {
    let parts = message.parts.iter().map(part).fold(0, u64::saturating_add);
    parts.saturating_add(message.name.as_deref().map_or(0, text) + AROUND)
}

fn tool(tool: &ToolSpec) -> u64 {
    text(&tool.name) + text(&tool.description) + text(&tool.parameters.to_string()) + AROUND
}

fn part(part: &Part) -> u64 {
    match part {
        Part::Text { text: said, .. } => text(said),
        Part::Image { .. } => PICTURE,
        Part::File { media: Media::Inline { data, .. }, .. } => {
            (data.len() as u64).div_ceil(BYTES_A_PAGE).saturating_mul(PAGE)
        }
        Part::File { .. } => PAGE,
        Part::ToolCall { name, arguments, .. } => text(name) + text(arguments) + AROUND,
        Part::ToolResult { parts, .. } => parts.iter().map(self::part).fold(AROUND, u64::saturating_add),
        Part::Reasoning { text: thought, .. } => text(thought),
    }
}

/// Four characters of English or code make a token, two of other alphabets, one of Chinese or Japanese, and a
/// picture-character is two.
fn text(text: &str) -> u64 {
    let quarters: u64 = text
        .chars()
        .map(|character| match character.len_utf8() {
            1 => 1,
            2 => 2,
            3 => 4,
            _ => 8,
        })
        .sum();
    quarters.div_ceil(4)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Role;
    use serde_json::json;

    fn asked(parts: Vec<Part>) -> ChatRequest {
        let messages = vec![Message { role: Role::User, parts, name: None }];
        ChatRequest { messages, ..ChatRequest::default() }
    }

    fn said(text: &str) -> Part {
        Part::Text { text: text.into(), cache_marker: false }
    }

    #[test]
    fn everything_that_is_read_counts_and_nothing_counts_by_its_base64() {
        let plain = input_tokens(&asked(vec![said(&"word ".repeat(100))]));
        assert_eq!(plain, 125 + AROUND);
        assert_eq!(input_tokens(&asked(vec![said("日本語の文章")])), 6 + AROUND);

        let picture = |bytes: usize| Part::Image {
            media: Media::Inline { media_type: "image/png".into(), data: "A".repeat(bytes) },
            detail: None,
        };
        assert_eq!(input_tokens(&asked(vec![picture(10)])), input_tokens(&asked(vec![picture(2_000_000)])));

        let mut with_tools = asked(vec![said(&"word ".repeat(100))]);
        with_tools.tools.push(ToolSpec {
            name: "weather".into(),
            description: "Tells the weather of a city.".into(),
            parameters: json!({ "type": "object", "properties": { "city": { "type": "string" } } }),
            strict: None,
            cache_marker: false,
        });
        assert!(
            (plain + 330..plain + 400).contains(&input_tokens(&with_tools)),
            "{}",
            input_tokens(&with_tools)
        );

        let mut with_system = asked(vec![said("hi")]);
        let system = Message { role: Role::System, parts: vec![said(&"rule ".repeat(80))], name: None };
        with_system.messages.insert(0, system);
        assert_eq!(input_tokens(&with_system), 100 + 1 + 2 * AROUND);
        assert_eq!(input_tokens(&ChatRequest::default()), 1, "never nothing");
    }
}
