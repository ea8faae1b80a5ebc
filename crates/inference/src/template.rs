//! A conversation written down as a model was taught to read it, by the Jinja template in its files.

mod python;

use llm::{ChatRequest, Message, Part, ReasoningEffort, Role};
use minijinja::{Environment, ErrorKind, UndefinedBehavior, context, syntax::SyntaxConfig, value::Serde};
use serde_json::{Value as Json, json};

/// How many steps a template may take; a long conversation takes some hundred thousand.
const FUEL: u64 = 20_000_000;

/// A family's own way, for models whose files have none; taken where the tokenizer knows the token.
const KNOWN: [(&str, &str); 3] = [
    ("<|im_start|>", include_str!("template/chatml.jinja")),
    ("<|start_header_id|>", include_str!("template/llama3.jinja")),
    ("<start_of_turn>", include_str!("template/gemma.jinja")),
];
/// Speakers' names before what they say, for models that were taught nothing.
const PLAIN: &str = include_str!("template/plain.jinja");

/// A compiled template.
#[derive(Debug)]
pub(crate) struct Template {
    environment: Environment<'static>,
    begin: String,
    end: String,
}

/// Why a conversation could not be written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TemplateError {
    /// The model does not take what is in the message.
    Part(&'static str),
    /// The template refuses the conversation, in its words.
    Refused(String),
    /// The template fails.
    Failed(String),
}

impl Template {
    /// Compiles the model's template, or the one that fits its tokens.
    pub(crate) fn new(
        source: Option<&str>,
        knows: impl Fn(&str) -> bool,
        (begin, end): (String, String),
    ) -> Result<Self, String> {
        let own = || KNOWN.iter().find(|(token, _)| knows(token)).map_or(PLAIN, |(_, template)| template);
        let source = source.filter(|source| !source.trim().is_empty()).unwrap_or_else(own);
        let mut environment = Environment::new();
        let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
        environment.set_syntax(syntax.map_err(|error| describe(&error))?);
        environment.set_undefined_behavior(UndefinedBehavior::Lenient);
        environment.set_fuel(Some(FUEL));
        python::add_to(&mut environment);
        environment
            .add_template_owned("chat", python::without_marks_of_training(source))
            .map_err(|error| describe(&error))?;
        Ok(Self { environment, begin, end })
    }

    /// The text up to where the model's answer begins. `day` is what templates get that ask for today's date.
    pub(crate) fn render(&self, request: &ChatRequest, day: &str) -> Result<String, TemplateError> {
        let messages = request.messages.iter().map(plain).collect::<Result<Vec<_>, _>>()?;
        let messages: Vec<Json> = messages.into_iter().flatten().collect();
        let thinks = !matches!(request.parameters.reasoning_effort, Some(ReasoningEffort::None));
        let refused = match self.write(&messages, thinks, day) {
            Err(TemplateError::Refused(refused)) => refused,
            written => return written,
        };
        // Some templates know no system message, or want user and assistant in turn.
        match self.write(&simplified(&messages), thinks, day) {
            Err(TemplateError::Refused(_)) => Err(TemplateError::Refused(refused)),
            written => written,
        }
    }

    fn write(&self, messages: &[Json], thinks: bool, day: &str) -> Result<String, TemplateError> {
        let failed = |error: minijinja::Error| match python::refusal(&error) {
            Some(refusal) => TemplateError::Refused(refusal),
            None => TemplateError::Failed(describe(&error)),
        };
        let template = self.environment.get_template("chat").map_err(failed)?;
        template
            .render(context! {
                messages => Serde(messages),
                add_generation_prompt => true,
                bos_token => self.begin.as_str(),
                eos_token => self.end.as_str(),
                enable_thinking => thinks,
                today => day,
            })
            .map_err(failed)
    }
}

fn describe(error: &minijinja::Error) -> String {
    if error.kind() == ErrorKind::OutOfFuel {
        return format!("the template takes more than {FUEL} steps");
    }
    crate::error::plain(error)
}

/// Messages as templates know them; the results of tools are messages each.
fn plain(message: &Message) -> Result<Vec<Json>, TemplateError> {
    let content = text_of(&message.parts)?;
    let role = match message.role {
        Role::System => "system",
        Role::User => "user",
        Role::Assistant => "assistant",
        Role::Tool => {
            let result = |part: &Part| match part {
                Part::ToolResult { call_id, name, parts, .. } => {
                    let content = text_of(parts)?;
                    Ok(json!({"role": "tool", "content": content, "tool_call_id": call_id, "name": name}))
                }
                Part::Text { .. }
                | Part::Image { .. }
                | Part::File { .. }
                | Part::ToolCall { .. }
                | Part::Reasoning { .. } => Err(TemplateError::Part("something else than a tool's result")),
            };
            return message.parts.iter().map(result).collect();
        }
    };
    let mut value = json!({"role": role, "content": content});
    let calls: Vec<Json> = message.parts.iter().filter_map(call).collect();
    if !calls.is_empty() {
        value["tool_calls"] = Json::Array(calls);
    }
    Ok(vec![value])
}

fn call(part: &Part) -> Option<Json> {
    let Part::ToolCall { id, name, arguments, .. } = part else { return None };
    let arguments = serde_json::from_str(arguments).unwrap_or_else(|_| Json::String(arguments.clone()));
    Some(json!({"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}))
}

fn text_of(parts: &[Part]) -> Result<String, TemplateError> {
    let mut text = String::new();
    for part in parts {
        match part {
            Part::Text { text: more, .. } => text.push_str(more),
            Part::Image { .. } => return Err(TemplateError::Part("a picture")),
            Part::File { .. } => return Err(TemplateError::Part("a file")),
            // Earlier thinking is not shown again.
            Part::ToolCall { .. } | Part::ToolResult { .. } | Part::Reasoning { .. } => {}
        }
    }
    Ok(text)
}

/// Without system messages, whose text goes before what the user says first, and with neighbours of one speaker
/// joined.
fn simplified(messages: &[Json]) -> Vec<Json> {
    let role = |message: &Json| message["role"].as_str().unwrap_or_default().to_owned();
    let content = |message: &Json| message["content"].as_str().unwrap_or_default().to_owned();
    let (system, others): (Vec<&Json>, Vec<&Json>) =
        messages.iter().partition(|message| role(message) == "system");
    let mut joined: Vec<Json> = Vec::new();
    let instructions: Vec<String> = system.into_iter().map(content).collect();
    if !instructions.is_empty() {
        joined.push(json!({"role": "user", "content": instructions.join("\n\n")}));
    }
    for message in others {
        match joined.last_mut() {
            Some(last) if role(last) == role(message) && message.get("tool_calls").is_none() => {
                last["content"] = json!(format!("{}\n\n{}", content(last), content(message)));
            }
            Some(_) | None => joined.push(message.clone()),
        }
    }
    joined
}

#[cfg(test)]
mod tests;
