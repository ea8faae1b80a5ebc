//! A model in memory that answers one request after the other.

use crate::{
    error::{ModelError, plain},
    files,
    model::Model,
    sampling::{Sampler, Settings},
    template::{Template, TemplateError},
    text::{Detokenizer, StopWatch},
    thinking::{Spoken, Thinking},
    tokenizer::TextTokenizer,
};
use llm::{ChatEvent, ChatRequest, LlmError, LlmErrorKind, StopReason, Usage};
use std::path::Path;

/// How many tokens of a prompt are read before it is asked whether anybody still listens.
const PROMPT_STEP: usize = 128;

/// Who gets the answer.
pub(crate) trait Listener {
    /// Takes more of it.
    fn tell(&mut self, event: ChatEvent);
    /// Whether nobody listens any more.
    fn is_gone(&self) -> bool;
}

/// A model, its tokenizer, its template.
pub(crate) struct Engine {
    name: String,
    model: Model,
    tokenizer: TextTokenizer,
    template: Template,
    settings: Settings,
    /// The tokens that the model has read and still knows.
    read: Vec<u32>,
}

impl Engine {
    /// Reads the files.
    pub(crate) fn load(name: &str, path: &Path, context: usize) -> Result<Self, ModelError> {
        let mut files = files::open(path)?;
        let tokenizer = files.tokenizer()?;
        let source = files.template()?;
        let template =
            Template::new(source.as_deref(), |token| tokenizer.knows(token), tokenizer.mark_texts());
        let template = template.map_err(|what| ModelError::Broken {
            path: path.to_owned(),
            what: format!("its chat template: {what}"),
        })?;
        let settings = files.sampling();
        let model = Model::read(files.as_mut(), context)?;
        Ok(Self { name: name.to_owned(), model, tokenizer, template, settings, read: Vec::new() })
    }

    /// Answers. `seed` is used where the request has none; `day` is today.
    ///
    /// # Errors
    /// In the vocabulary of model calls; [`LlmErrorKind::Cancelled`] when nobody listens any more.
    pub(crate) fn answer(
        &mut self,
        request: &ChatRequest,
        (seed, day): (u64, &str),
        listener: &mut dyn Listener,
    ) -> Result<(), LlmError> {
        let (prompt, thinking) = self.prompt(request, day)?;
        let parameters = &request.parameters;
        let room = self.model.context() - prompt.len();
        let most =
            parameters.max_output_tokens.map_or(room, |most| usize::try_from(most).unwrap_or(room).min(room));
        #[expect(clippy::cast_sign_loss, reason = "a seed is any 64 bits")]
        let seed = parameters.seed.map_or(seed, |seed| seed as u64);
        let mut sampler = Sampler::new(self.settings.with(parameters), seed);
        listener.tell(ChatEvent::Started { id: None, model: Some(self.name.clone()) });
        let known = self.take_up(&prompt);
        let mut answer = Answer {
            prompt: prompt.len(),
            known,
            tokens: 0,
            thought: 0,
            thinking,
            text: Detokenizer::default(),
            stops: StopWatch::new(&parameters.stop),
        };
        let scores = self.read_prompt(prompt, known, listener);
        let reason = match scores {
            Ok(scores) => self.write(&mut answer, (scores, most), &mut sampler, listener),
            Err(error) => Err(error),
        };
        let reason = reason.inspect_err(|error| {
            if error.kind != LlmErrorKind::Cancelled {
                self.read.clear();
                self.model.forget();
            }
        })?;
        listener.tell(ChatEvent::Usage(answer.usage()));
        listener.tell(ChatEvent::Stopped { reason });
        Ok(())
    }

    /// The conversation as tokens, which must leave room for an answer, and whether it begins with a thought.
    fn prompt(&self, request: &ChatRequest, day: &str) -> Result<(Vec<u32>, Thinking), LlmError> {
        let name = &self.name;
        let text = self.template.render(request, day).map_err(|error| match error {
            TemplateError::Part(what) => {
                LlmError::new(LlmErrorKind::BadRequest, format!("`{name}` reads text only and got {what}"))
            }
            TemplateError::Refused(why) => LlmError::new(
                LlmErrorKind::BadRequest,
                format!("the chat template of `{name}` refuses: {why}"),
            ),
            TemplateError::Failed(why) => {
                LlmError::new(LlmErrorKind::Server, format!("the chat template of `{name}` fails: {why}"))
            }
        })?;
        let prompt = self.tokenizer.encode(&text).map_err(|why| {
            LlmError::new(LlmErrorKind::Server, format!("the tokenizer of `{name}` fails: {why}"))
        })?;
        let context = self.model.context();
        if prompt.is_empty() {
            return Err(LlmError::new(LlmErrorKind::BadRequest, "there is nothing to answer"));
        }
        if prompt.len() >= context {
            let message =
                format!("the prompt has {} tokens and `{name}` reads at most {context}", prompt.len());
            return Err(LlmError {
                code: Some("context_length_exceeded".to_owned()),
                ..LlmError::new(LlmErrorKind::ContextLength, message)
            });
        }
        Ok((prompt, Thinking::after(&text)))
    }

    /// Goes back to where this prompt parts from what was read before; the last token is read again for its
    /// scores. Returns how many tokens need not be read.
    fn take_up(&mut self, prompt: &[u32]) -> usize {
        let same = self.read.iter().zip(prompt).take_while(|(one, other)| one == other).count();
        let known = same.min(prompt.len() - 1);
        self.read.truncate(known);
        self.model.keep(known);
        known
    }

    fn read_prompt(
        &mut self,
        prompt: Vec<u32>,
        known: usize,
        listener: &dyn Listener,
    ) -> Result<Vec<f32>, LlmError> {
        let mut scores = Vec::new();
        for step in prompt.get(known..).unwrap_or_default().chunks(PROMPT_STEP) {
            if listener.is_gone() {
                return Err(gone());
            }
            scores = self.read_on(step)?;
        }
        Ok(scores)
    }

    fn read_on(&mut self, tokens: &[u32]) -> Result<Vec<f32>, LlmError> {
        let scores = self.model.read_on(tokens);
        let scores = scores.map_err(|error| LlmError::new(LlmErrorKind::Server, plain(error)))?;
        self.read.extend_from_slice(tokens);
        Ok(scores)
    }

    /// Chooses token after token until the answer ends.
    fn write(
        &mut self,
        answer: &mut Answer,
        (mut scores, most): (Vec<f32>, usize),
        sampler: &mut Sampler,
        listener: &mut dyn Listener,
    ) -> Result<StopReason, LlmError> {
        let reason = loop {
            if answer.tokens >= most {
                break StopReason::MaxTokens;
            }
            if listener.is_gone() {
                return Err(gone());
            }
            let Some(token) = sampler.choose(&mut scores, &self.read, answer.prompt) else {
                let message = format!("`{}` computes no numbers; its file may be damaged", self.name);
                return Err(LlmError::new(LlmErrorKind::Server, message));
            };
            answer.tokens += 1;
            if self.tokenizer.ends(token) {
                break StopReason::EndTurn;
            }
            let text = answer.text.push(token, &self.tokenizer);
            let spoken = answer.thinking.push(&text);
            answer.thought += usize::from(answer.thinking.is_thinking());
            if let Some(stop) = answer.speak(spoken, listener) {
                return Ok(stop);
            }
            if answer.tokens < most {
                scores = self.read_on(&[token])?;
            }
        };
        let rest = answer.text.finish(&self.tokenizer);
        let mut spoken = answer.thinking.push(&rest);
        spoken.extend(answer.thinking.finish());
        if let Some(stop) = answer.speak(spoken, listener) {
            return Ok(stop);
        }
        tell(listener, answer.stops.finish());
        Ok(reason)
    }
}

/// One answer so far.
struct Answer {
    prompt: usize,
    known: usize,
    tokens: usize,
    /// How many of these were spent thinking.
    thought: usize,
    thinking: Thinking,
    text: Detokenizer,
    stops: StopWatch,
}

impl Answer {
    /// Gives out what is clear; the reason to stop where a stop text has come. Thoughts may have them.
    fn speak(&mut self, spoken: Vec<Spoken>, listener: &mut dyn Listener) -> Option<StopReason> {
        for piece in spoken {
            match piece {
                Spoken::Thought(delta) => listener.tell(ChatEvent::Reasoning { delta }),
                Spoken::Said(text) => {
                    let (text, stop) = self.stops.push(&text);
                    tell(listener, text);
                    if stop.is_some() {
                        return Some(StopReason::StopSequence(stop));
                    }
                }
            }
        }
        None
    }

    fn usage(&self) -> Usage {
        Usage {
            input: (self.prompt - self.known) as u64,
            cached_input: self.known as u64,
            output: self.tokens as u64,
            reasoning: self.thought as u64,
            ..Usage::default()
        }
    }
}

fn tell(listener: &mut dyn Listener, text: String) {
    if !text.is_empty() {
        listener.tell(ChatEvent::Text { delta: text });
    }
}

fn gone() -> LlmError {
    LlmError::new(LlmErrorKind::Cancelled, "nobody listens any more")
}

#[cfg(test)]
mod tests;
