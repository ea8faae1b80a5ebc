//! What the upstream answers: a script's lines.

use serde::{Deserialize, Serialize};

/// One answer. Without parts it repeats the prompt; everything else has a plain default.
///
/// The same form goes over the control endpoint as JSON, for instance
/// `{"parts": [{"text": "hi"}], "tokens_per_second": 20}` or `{"instead": {"error": {"status": 429, "message": "slow down"}}}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub struct Reply {
    /// What the answer consists of, in order.
    pub parts: Vec<Part>,
    /// What happens in place of an answer.
    pub instead: Option<Instead>,
    /// What goes wrong in the middle of it.
    pub interruption: Option<Interruption>,
    /// Words a second; as fast as possible when not set.
    pub tokens_per_second: Option<f64>,
    /// Milliseconds before the first byte.
    pub first_token_ms: u64,
    /// What it says it used.
    pub usage: UsageReport,
    /// Why it says it stopped; by default what its parts suggest.
    pub stop: Option<Stop>,
    /// Headers beside the usual ones.
    pub headers: Vec<(String, String)>,
    /// Writes at most this many bytes at a time, so that events arrive in pieces.
    pub write_bytes: Option<usize>,
}

/// A part of an answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Text.
    Text(String),
    /// Thinking.
    Reasoning(String),
    /// A refusal (OpenAI's own part; plain text in the other formats).
    Refusal(String),
    /// A tool call; its arguments are JSON text, sent in fragments.
    ToolCall {
        /// The call's id, where the format has one.
        id: String,
        /// The tool's name.
        name: String,
        /// JSON text.
        arguments: String,
    },
}

/// What happens in place of an answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Instead {
    /// An error in the dialect's own form.
    Error(ErrorReply),
    /// A 302 to somewhere else.
    Redirect {
        /// The target.
        location: String,
    },
    /// This body as it stands.
    Raw {
        /// HTTP status.
        status: u16,
        /// The `content-type`.
        content_type: String,
        /// The body.
        body: String,
    },
    /// Bytes that are not HTTP.
    Garbage,
    /// Nothing, for as long as the client holds the line.
    Nothing,
    /// The head of a stream, and then only what keeps a connection open, for as long as the client stays.
    KeepAlive {
        /// How often.
        every_ms: u64,
    },
    /// The connection closed without a byte.
    Close,
}

/// An error in the dialect's own form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ErrorReply {
    /// HTTP status.
    pub status: u16,
    /// What went wrong, in words.
    pub message: String,
    /// The dialect's error type or status word; by default the usual one for the HTTP status.
    #[serde(default)]
    pub kind: Option<String>,
    /// OpenAI's `code`.
    #[serde(default)]
    pub code: Option<String>,
}

/// What goes wrong in the middle of an answer.
///
/// An answer that is not streamed has no words on the way: there `Error` turns the whole answer into an
/// error, the rest happens after half of the body.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interruption {
    /// After how many words or fragments.
    pub after: usize,
    /// What happens then.
    pub what: What,
}

/// What happens in the middle of an answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// An error event in the dialect's own form; the stream ends.
    Error(ErrorReply),
    /// The connection is cut.
    Cut,
    /// The stream ends properly as HTTP, without the dialect's last events.
    End,
    /// Nothing more comes, the connection stays.
    Stall,
    /// Half an event that is not JSON, then the stream ends.
    Garbage,
    /// One event with so many bytes of text; the answer goes on after it.
    Huge {
        /// How many bytes.
        bytes: usize,
    },
}

/// What an answer says it used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum UsageReport {
    /// The words of prompt and answer, counted.
    #[default]
    Counted,
    /// Nothing at all.
    None,
    /// These figures.
    Exact(UsageFigures),
}

/// Tokens by class; the classes do not overlap, except that `reasoning` is a part of `output`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub struct UsageFigures {
    /// Read, not from the cache.
    pub input: u64,
    /// Read from the cache.
    pub cached_input: u64,
    /// Written to the cache (Anthropic).
    pub cache_write: u64,
    /// Written, reasoning included.
    pub output: u64,
    /// Of these, reasoning.
    pub reasoning: u64,
}

/// Why an answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stop {
    /// It was done.
    Stop,
    /// The output limit was reached.
    Length,
    /// It calls tools.
    ToolCalls,
    /// A filter or a refusal.
    ContentFilter,
}

impl Reply {
    /// Repeats the last words of the user: `You said: ...`.
    pub fn echo() -> Self {
        Self::default()
    }

    /// Answers with this text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::echo().and_text(text)
    }

    /// Answers with so many words, always the same ones.
    pub fn words(count: usize) -> Self {
        const WORDS: [&str; 8] = ["the", "lantern", "keeps", "its", "own", "time", "all", "night"];
        let words: Vec<&str> = WORDS.iter().copied().cycle().take(count).collect();
        Self::text(words.join(" "))
    }

    /// Answers with one tool call; `arguments` is JSON text.
    pub fn tool_call(id: impl Into<String>, name: impl Into<String>, arguments: impl Into<String>) -> Self {
        Self::echo().and_tool_call(id, name, arguments)
    }

    /// Thinks first.
    pub fn reasoning(text: impl Into<String>) -> Self {
        Self::echo().and(Part::Reasoning(text.into()))
    }

    /// Fails with this status in the dialect's own error form.
    pub fn error(status: u16, message: impl Into<String>) -> Self {
        let error = ErrorReply { status, message: message.into(), kind: None, code: None };
        Self::instead(Instead::Error(error))
    }

    /// Does something else than answer.
    pub fn instead(instead: Instead) -> Self {
        Self { instead: Some(instead), ..Self::default() }
    }

    /// Sends this body with this status as it stands.
    pub fn raw(status: u16, content_type: impl Into<String>, body: impl Into<String>) -> Self {
        Self::instead(Instead::Raw { status, content_type: content_type.into(), body: body.into() })
    }

    /// Sends the client elsewhere with a 302.
    pub fn redirect(location: impl Into<String>) -> Self {
        Self::instead(Instead::Redirect { location: location.into() })
    }

    /// Adds a part.
    #[must_use]
    pub fn and(mut self, part: Part) -> Self {
        self.parts.push(part);
        self
    }

    /// Adds text.
    #[must_use]
    pub fn and_text(self, text: impl Into<String>) -> Self {
        self.and(Part::Text(text.into()))
    }

    /// Adds a tool call; `arguments` is JSON text.
    #[must_use]
    pub fn and_tool_call(
        self,
        id: impl Into<String>,
        name: impl Into<String>,
        arguments: impl Into<String>,
    ) -> Self {
        self.and(Part::ToolCall { id: id.into(), name: name.into(), arguments: arguments.into() })
    }

    /// Goes at this pace, in words a second.
    #[must_use]
    pub fn tokens_per_second(mut self, pace: f64) -> Self {
        self.tokens_per_second = Some(pace);
        self
    }

    /// Waits so many milliseconds before the first byte.
    #[must_use]
    pub fn first_token_ms(mut self, milliseconds: u64) -> Self {
        self.first_token_ms = milliseconds;
        self
    }

    /// Says it used this many tokens.
    #[must_use]
    pub fn usage(self, input: u64, output: u64) -> Self {
        self.exact_usage(UsageFigures { input, output, ..UsageFigures::default() })
    }

    /// Says it used these tokens.
    #[must_use]
    pub fn exact_usage(mut self, figures: UsageFigures) -> Self {
        self.usage = UsageReport::Exact(figures);
        self
    }

    /// Says nothing about what it used.
    #[must_use]
    pub fn without_usage(mut self) -> Self {
        self.usage = UsageReport::None;
        self
    }

    /// Says it stopped for this reason.
    #[must_use]
    pub fn stop(mut self, stop: Stop) -> Self {
        self.stop = Some(stop);
        self
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Writes at most this many bytes at a time.
    #[must_use]
    pub fn write_bytes(mut self, bytes: usize) -> Self {
        self.write_bytes = Some(bytes);
        self
    }

    /// Goes wrong after so many words.
    #[must_use]
    pub fn interrupted(mut self, after: usize, what: What) -> Self {
        self.interruption = Some(Interruption { after, what });
        self
    }

    /// Sends an error event in the dialect's own form after so many words.
    #[must_use]
    pub fn error_after(self, after: usize, status: u16, message: impl Into<String>) -> Self {
        let error = ErrorReply { status, message: message.into(), kind: None, code: None };
        self.interrupted(after, What::Error(error))
    }

    /// Sets the error type and OpenAI's `code` of an error reply.
    #[must_use]
    pub fn error_kind(mut self, kind: &str, code: Option<&str>) -> Self {
        if let Some(Instead::Error(error)) = &mut self.instead {
            error.kind = Some(kind.to_owned());
            error.code = code.map(str::to_owned);
        }
        self
    }
}
