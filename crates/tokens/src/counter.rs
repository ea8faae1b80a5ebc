//! Counts texts and whole requests for one model.

use crate::{Calibrations, Encoding, Family, picture, tools};
use llm::{ChatRequest, Media, Message, Part, ResponseFormat, Role, TokenCounter, ToolChoice};
use std::{fmt, sync::Arc};

/// What a message adds around its text, where its vendor does not say: a mark and a role at its beginning and a mark at
/// its end, as in the public chat templates.
const AROUND_MESSAGE: u64 = 4;
/// What OpenAI's models have around a message (its role is one), a name, and before the answer (its cookbook, "How to
/// count tokens with tiktoken").
const OPENAI_MESSAGE: u64 = 4;
const OPENAI_NAME: u64 = 1;
const OPENAI_ANSWER: u64 = 3;
/// What Anthropic writes around tools, for the model to choose and when it must call one (its guide to tool use).
const CLAUDE_TOOLS: u64 = 346;
const CLAUDE_FORCED_TOOLS: u64 = 313;
/// A page of a document: Anthropic says 1,500 to 3,000 tokens of text (its guide to PDFs), Google 258 in all.
const PAGE: u64 = 2_500;
const GEMINI_PAGE: u64 = 258;
/// Bytes of base64 that make a page.
const BYTES_A_PAGE: u64 = 60_000;

/// How far a count is to be trusted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Certainty {
    /// It is the number that the model's tokenizer gives.
    Exact,
    /// It is an estimate.
    Estimate {
        /// Nine of ten were at most this far from what the provider reported, in percent; `None` where too few were
        /// measured to say.
        error_percent: Option<f64>,
        /// How many answers were measured.
        samples: u64,
    },
}

/// Where the tokens are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ByPart {
    /// Of instructions.
    pub system: u64,
    /// Of the conversation.
    pub messages: u64,
    /// Of what the tools are and what the answer must look like.
    pub tools: u64,
    /// Of pictures.
    pub images: u64,
    /// Of documents.
    pub files: u64,
    /// Of what is written around all that.
    pub overhead: u64,
}

/// What a request counts for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Counted {
    /// All of it.
    pub input_tokens: u64,
    /// Where the tokens are; they add up to the above.
    pub by_part: ByPart,
    /// How far it is to be trusted.
    pub certainty: Certainty,
}

/// What is to be known of a model to count for it.
#[derive(Debug, Default)]
pub struct Facts<'a> {
    /// The model's own name.
    pub model: &'a str,
    /// What was measured of such models.
    pub calibrations: Option<&'a Calibrations>,
    /// Its tokenizer, if that is on this machine.
    pub tokenizer: Option<Arc<dyn TokenCounter>>,
}

/// Counts for one model.
pub struct Counter {
    model: String,
    family: Family,
    tokenizer: Option<Arc<dyn TokenCounter>>,
    /// What texts of the yardstick are multiplied by.
    ratio: f64,
    estimate: Certainty,
}

impl fmt::Debug for Counter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Counter")
            .field("model", &self.model)
            .field("family", &self.family)
            .finish_non_exhaustive()
    }
}

impl Counter {
    /// The counter of a model.
    pub fn new(facts: Facts<'_>) -> Self {
        let family = Family::of_model(facts.model);
        let known = facts.calibrations.and_then(|known| known.of(family, facts.model));
        let ratio = known.map_or_else(|| family.prior(), |known| known.ratio(family));
        let estimate = Certainty::Estimate {
            error_percent: known.and_then(crate::Calibration::error_percent),
            samples: known.map_or(0, |known| known.samples),
        };
        Self { model: facts.model.to_owned(), family, tokenizer: facts.tokenizer, ratio, estimate }
    }

    /// An answer as [`Calibrations::learn`] takes it: the uncorrected estimate of its prompt and what was reported for
    /// it; `None` where the prompt has what is not measured by text.
    pub fn sample(model: &str, request: &ChatRequest, reported: u64) -> Option<(u64, u64)> {
        let plain = Self {
            model: model.to_owned(),
            family: Family::of_model(model),
            tokenizer: None,
            ratio: 1.0,
            estimate: Certainty::Estimate { error_percent: None, samples: 0 },
        };
        let counted = plain.count_request(request);
        let ByPart { images, files, .. } = counted.by_part;
        let fixed = plain.fixed(request);
        (images + files == 0).then(|| (counted.input_tokens - fixed, reported.saturating_sub(fixed)))
    }

    /// How texts are counted: `o200k_base`, `tokenizer.json`, or an estimate.
    pub fn method(&self) -> &'static str {
        match (&self.tokenizer, self.family) {
            (Some(_), _) => "tokenizer.json",
            (None, Family::OpenAi(encoding)) => encoding.as_str(),
            (None, _) => "estimate",
        }
    }

    /// How far counts of texts are to be trusted.
    pub fn certainty(&self) -> Certainty {
        match (&self.tokenizer, self.family) {
            (Some(_), _) | (None, Family::OpenAi(_)) => Certainty::Exact,
            (None, _) => self.estimate,
        }
    }

    /// How many tokens a text has.
    pub fn count(&self, text: &str) -> u64 {
        let counted = self.measure(text);
        if self.certainty() == Certainty::Exact { counted } else { corrected(counted, self.ratio) }
    }

    /// The same, before it is corrected.
    fn measure(&self, text: &str) -> u64 {
        let counted = self.tokenizer.as_ref().and_then(|tokenizer| tokenizer.count(text));
        counted.unwrap_or_else(|| self.family.yardstick().count(text))
    }

    /// How many tokens a request has, with what is written around its texts.
    pub fn count_request(&self, request: &ChatRequest) -> Counted {
        if let Some(input_tokens) =
            self.tokenizer.as_ref().and_then(|tokenizer| tokenizer.count_request(request))
        {
            let by_part = ByPart { messages: input_tokens, ..ByPart::default() };
            return Counted { input_tokens, by_part, certainty: Certainty::Exact };
        }
        let mut parts = ByPart::default();
        for message in &request.messages {
            self.add_message(message, &mut parts);
        }
        self.add_tools(request, &mut parts);
        if self.is_openai() {
            parts.overhead += OPENAI_ANSWER;
        }
        self.correct(&mut parts);
        parts.overhead += self.fixed(request);
        if parts.sum() == 0 {
            parts.overhead = 1;
        }
        Counted { input_tokens: parts.sum(), by_part: parts, certainty: self.certainty_of(request) }
    }

    /// How many of a request's tokens are in no message: tools, the shape of the answer, what stands before it.
    pub fn count_beside(&self, request: &ChatRequest) -> u64 {
        let mut parts = ByPart::default();
        self.add_tools(request, &mut parts);
        if self.is_openai() {
            parts.overhead += OPENAI_ANSWER;
        }
        self.correct(&mut parts);
        parts.sum() + self.fixed(request)
    }

    /// How many of a request's tokens a message has.
    pub fn count_message(&self, message: &Message) -> u64 {
        let mut parts = ByPart::default();
        self.add_message(message, &mut parts);
        self.correct(&mut parts);
        parts.sum()
    }

    /// What reasoning models of OpenAI have around texts is not published, so that it is learned as others' texts are.
    fn correct(&self, parts: &mut ByPart) {
        if self.tokenizer.is_some() || (self.is_openai() && self.wrapping_is_published()) {
            return;
        }
        let measured = [&mut parts.system, &mut parts.messages, &mut parts.tools, &mut parts.overhead];
        measured.into_iter().for_each(|part| *part = corrected(*part, self.ratio));
    }

    /// Tokens that the vendor says in numbers.
    fn fixed(&self, request: &ChatRequest) -> u64 {
        match request.tool_choice {
            _ if self.family != Family::Claude || request.tools.is_empty() => 0,
            ToolChoice::Auto | ToolChoice::None => CLAUDE_TOOLS,
            ToolChoice::Required | ToolChoice::Named(_) => CLAUDE_FORCED_TOOLS,
        }
    }

    /// Whether OpenAI has said what this model reads around messages.
    fn wrapping_is_published(&self) -> bool {
        let name = self.model.rsplit('/').next().unwrap_or_default();
        ["gpt-3.5", "gpt-35", "gpt-4", "chatgpt-4o"].iter().any(|known| name.starts_with(known))
    }

    fn certainty_of(&self, request: &ChatRequest) -> Certainty {
        let plain = request.tools.is_empty()
            && matches!(request.response_format, ResponseFormat::Text)
            && request
                .messages
                .iter()
                .flat_map(|message| &message.parts)
                .all(|part| part.as_text().is_some());
        if plain && self.is_openai() && self.wrapping_is_published() {
            Certainty::Exact
        } else {
            self.estimate
        }
    }

    const fn is_openai(&self) -> bool {
        matches!(self.family, Family::OpenAi(_))
    }

    fn add_message(&self, message: &Message, parts: &mut ByPart) {
        let name = message.name.as_deref().map_or(0, |name| self.measure(name));
        let mark = if self.is_openai() && message.name.is_some() { OPENAI_NAME } else { 0 };
        parts.overhead += if self.is_openai() { OPENAI_MESSAGE } else { AROUND_MESSAGE } + name + mark;
        // One text for the tokenizer, as the model reads it.
        let texts: String = message.parts.iter().filter_map(Part::as_text).collect();
        let text = self.measure(&texts);
        match message.role {
            Role::System => parts.system += text,
            Role::User | Role::Assistant | Role::Tool => parts.messages += text,
        }
        for part in &message.parts {
            self.add_part(part, parts);
        }
    }

    /// What is no plain text of a message.
    fn add_part(&self, part: &Part, parts: &mut ByPart) {
        match part {
            Part::Text { .. } => {}
            Part::Image { media, detail } => {
                let size = picture::size_of(media);
                parts.images += picture::tokens(self.family, &self.model, size, detail.as_deref());
            }
            Part::File { media, .. } => parts.files += self.file(media),
            Part::ToolCall { name, arguments, .. } => {
                parts.messages += self.measure(name) + self.measure(arguments);
                parts.overhead += AROUND_MESSAGE;
            }
            Part::ToolResult { parts: inside, .. } => {
                parts.overhead += AROUND_MESSAGE;
                for part in inside {
                    parts.messages += part.as_text().map_or(0, |text| self.measure(text));
                    self.add_part(part, parts);
                }
            }
            Part::Reasoning { text, redacted, .. } => {
                // Four characters of encrypted thinking are three bytes, of which most make a token with a neighbour.
                let sealed = redacted.as_ref().map_or(0, |sealed| sealed.len() as u64 / 4);
                parts.messages += self.measure(text) + sealed;
            }
        }
    }

    fn file(&self, media: &Media) -> u64 {
        let page = if self.family == Family::Gemini { GEMINI_PAGE } else { PAGE };
        match media {
            Media::Inline { data, .. } => (data.len() as u64).div_ceil(BYTES_A_PAGE).saturating_mul(page),
            Media::Url { .. } | Media::Uploaded { .. } => page,
        }
    }

    fn add_tools(&self, request: &ChatRequest, parts: &mut ByPart) {
        if let ResponseFormat::JsonSchema { name, schema, .. } = &request.response_format {
            parts.tools += self.measure(name) + self.measure(&schema.to_string());
        }
        if request.tools.is_empty() {
            return;
        }
        if let Family::OpenAi(encoding) = self.family {
            let begin = if encoding == Encoding::Cl100kBase { 10 } else { 7 };
            parts.tools += tools::openai(&request.tools, begin, &|text| self.measure(text));
            return;
        }
        for tool in &request.tools {
            parts.tools += self.measure(&tool.name) + self.measure(&tool.description);
            parts.tools += self.measure(&tool.parameters.to_string());
            parts.overhead += AROUND_MESSAGE;
        }
    }
}

impl ByPart {
    fn sum(&self) -> u64 {
        self.system + self.messages + self.tools + self.images + self.files + self.overhead
    }
}

fn corrected(counted: u64, ratio: f64) -> u64 {
    (counted as f64 * ratio).round() as u64
}

#[cfg(test)]
mod tests;
