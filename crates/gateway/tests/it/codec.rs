//! Two wire formats made for tests, alike but for their letter: requests are JSON, answers are lines such as
//! `A text hello`, `A usage 3 5`, `A stop`, `A error overloaded too many`.

use bytes::{BufMut, Bytes, BytesMut};
use http::HeaderMap;
use llm::{
    ChatEvent, ChatReply, ChatRequest, Codec, Dialect, EmbeddingReply, EmbeddingRequest, Encoded, LlmError,
    LlmErrorKind, Message, Operation, Part, RequestHead, Role, StopReason, StreamDecoder, StreamEncoder,
    StreamScanner, Summary, Usage,
};
use serde_json::{Value, json};

/// The format with the letter A; it calls itself OpenAI's.
pub(crate) static A: Toy = Toy { letter: 'A', dialect: Dialect::OpenAiChat };
/// The format with the letter B; it calls itself Anthropic's.
pub(crate) static B: Toy = Toy { letter: 'B', dialect: Dialect::Anthropic };

#[derive(Debug)]
pub(crate) struct Toy {
    letter: char,
    dialect: Dialect,
}

/// A request body; `more` is merged into it.
pub(crate) fn body(model: &str, text: &str, more: &Value) -> Bytes {
    let mut body = json!({ "model": model, "text": text });
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    Bytes::from(body.to_string())
}

fn bad(message: impl ToString) -> LlmError {
    LlmError::new(LlmErrorKind::BadRequest, message.to_string())
}

fn kind(name: &str) -> LlmErrorKind {
    LlmErrorKind::ALL.into_iter().find(|kind| kind.as_str() == name).unwrap()
}

impl Toy {
    fn parse(&self, line: &str, events: &mut Vec<ChatEvent>) -> Result<(), LlmError> {
        let rest = line.strip_prefix(self.letter).and_then(|rest| rest.strip_prefix(' '));
        let rest = rest.ok_or_else(|| LlmError::new(LlmErrorKind::Malformed, format!("`{line}`")))?;
        let (verb, rest) = rest.split_once(' ').unwrap_or((rest, ""));
        match verb {
            "start" => events.push(ChatEvent::Started { id: Some(rest.into()), model: None }),
            "text" => events.push(ChatEvent::Text { delta: rest.into() }),
            "usage" => events.push(ChatEvent::Usage(usage(rest))),
            "calls" => events.push(ChatEvent::Stopped { reason: StopReason::ToolCalls }),
            "stop" => events.push(ChatEvent::Stopped { reason: StopReason::EndTurn }),
            "error" => {
                let (name, message) = rest.split_once(' ').unwrap_or((rest, ""));
                return Err(LlmError::new(kind(name), message));
            }
            other => panic!("a script has `{other}`"),
        }
        Ok(())
    }

    fn write(&self, event: &ChatEvent) -> String {
        let letter = self.letter;
        match event {
            ChatEvent::Started { id, .. } => format!("{letter} start {}\n", id.as_deref().unwrap_or("-")),
            ChatEvent::Text { delta } => format!("{letter} text {delta}\n"),
            ChatEvent::Usage(usage) => format!("{letter} usage {} {}\n", usage.input, usage.output),
            ChatEvent::Stopped { .. } => format!("{letter} stop\n"),
            other => panic!("a script has {other:?}"),
        }
    }
}

fn usage(text: &str) -> Usage {
    let mut counts = text.split(' ').map(|count| count.parse().unwrap());
    let (input, output) = (counts.next().unwrap(), counts.next().unwrap());
    // What was found in the provider's cache, and what was written to it.
    let (cached_input, cache_write) = (counts.next().unwrap_or(0), counts.next().unwrap_or(0));
    Usage { input, output, cached_input, cache_write, ..Usage::default() }
}

impl Codec for Toy {
    fn dialect(&self) -> Dialect {
        self.dialect
    }

    fn path(&self, _: Operation, _: &str) -> String {
        "/".into()
    }

    fn encode_request(&self, request: &ChatRequest, stream: bool) -> Result<Encoded, LlmError> {
        let text = request.messages.iter().map(Message::plain_text).collect::<String>();
        let more = json!({ "stream": stream, "max": request.parameters.max_output_tokens });
        let dropped = request.parameters.temperature.map(|_| "temperature".to_owned()).into_iter().collect();
        Ok(Encoded { body: body(&request.model, &text, &more), dropped })
    }

    fn decode_reply(&self, body: &[u8]) -> Result<ChatReply, LlmError> {
        let mut events = Vec::new();
        for line in std::str::from_utf8(body).unwrap().lines() {
            self.parse(line, &mut events)?;
        }
        let mut aggregator = llm::Aggregator::default();
        events.iter().for_each(|event| aggregator.push(event));
        Ok(aggregator.finish())
    }

    fn stream_decoder(&self) -> Box<dyn StreamDecoder> {
        Box::new(Decoder {
            toy: Self { letter: self.letter, dialect: self.dialect },
            line: Vec::new(),
            stopped: false,
        })
    }

    fn decode_error(&self, _: u16, _: &HeaderMap, _: &[u8]) -> LlmError {
        panic!("scripted deployments fail with errors that are read")
    }

    fn encode_embedding_request(&self, request: &EmbeddingRequest) -> Result<Encoded, LlmError> {
        let body = json!({ "model": request.model, "inputs": request.inputs }).to_string();
        Ok(Encoded { body: Bytes::from(body), dropped: Vec::new() })
    }

    fn decode_embedding_reply(&self, body: &[u8]) -> Result<EmbeddingReply, LlmError> {
        let value: Value = serde_json::from_slice(body).unwrap();
        let vectors = serde_json::from_value(value["vectors"].clone()).unwrap();
        let usage = Usage { input: value["tokens"].as_u64().unwrap(), ..Usage::default() };
        Ok(EmbeddingReply { model: value["model"].as_str().unwrap().into(), vectors, usage })
    }

    fn head(&self, body: &[u8]) -> Result<RequestHead, LlmError> {
        let value: Value = serde_json::from_slice(body).map_err(bad)?;
        let model = value["model"].as_str().ok_or_else(|| bad("`model` is missing"))?;
        let text = value["text"].as_str().unwrap_or_default();
        let quoted = format!("\"{model}\"");
        let at = std::str::from_utf8(body).unwrap().find(&quoted).unwrap();
        Ok(RequestHead {
            model: model.into(),
            model_span: at..at + quoted.len(),
            stream: value["stream"].as_bool().unwrap_or_default(),
            max_output_tokens: value["max"].as_u64(),
            input_tokens_bound: text.len() as u64,
            choices: 1,
            wants_stream_usage: false,
            ..RequestHead::default()
        })
    }

    fn retarget(&self, body: &Bytes, head: &RequestHead, model: &str) -> Result<Bytes, LlmError> {
        let mut out = BytesMut::from(&body[..head.model_span.start]);
        out.put_slice(format!("\"{model}\"").as_bytes());
        out.put_slice(&body[head.model_span.end..]);
        Ok(out.freeze())
    }

    fn summarise(&self, body: &[u8]) -> Result<Summary, LlmError> {
        let mut scanner = Scanner { toy: self, line: Vec::new(), summary: Summary::default() };
        scanner.push(Bytes::copy_from_slice(body));
        Ok(scanner.summary)
    }

    fn scanner(&self, _: &RequestHead) -> Box<dyn StreamScanner> {
        let toy: &'static Self = if self.letter == 'A' { &A } else { &B };
        Box::new(Scanner { toy, line: Vec::new(), summary: Summary::default() })
    }

    fn decode_request(&self, body: &[u8]) -> Result<ChatRequest, LlmError> {
        let value: Value = serde_json::from_slice(body).map_err(bad)?;
        let mut request = ChatRequest {
            model: value["model"].as_str().unwrap().into(),
            messages: vec![Message::text(Role::User, value["text"].as_str().unwrap_or_default())],
            ..ChatRequest::default()
        };
        request.parameters.max_output_tokens = value["max"].as_u64();
        request.parameters.temperature = value["temperature"].as_f64();
        request.unmapped = value.get("odd").map(|_| "odd".to_owned()).into_iter().collect();
        Ok(request)
    }

    fn encode_reply(&self, reply: &ChatReply, _: &str) -> Result<Bytes, LlmError> {
        let text: String = reply.parts.iter().filter_map(Part::as_text).collect();
        let usage = reply.usage.unwrap_or_default();
        let letter = self.letter;
        Ok(format!("{letter} text {text}\n{letter} usage {} {}\n{letter} stop\n", usage.input, usage.output)
            .into())
    }

    fn stream_encoder(&self, _: &RequestHead) -> Result<Box<dyn StreamEncoder>, LlmError> {
        Ok(Box::new(Encoder { toy: if self.letter == 'A' { &A } else { &B } }))
    }

    fn encode_error(&self, error: &LlmError) -> Bytes {
        format!("{} error {} {}\n", self.letter, error.kind, error.message).into()
    }

    fn decode_embedding_request(&self, body: &[u8]) -> Result<EmbeddingRequest, LlmError> {
        let value: Value = serde_json::from_slice(body).map_err(bad)?;
        let inputs = serde_json::from_value(value["inputs"].clone()).map_err(bad)?;
        Ok(EmbeddingRequest {
            model: value["model"].as_str().unwrap().into(),
            inputs,
            ..EmbeddingRequest::default()
        })
    }

    fn encode_embedding_reply(&self, reply: &EmbeddingReply, _: bool) -> Result<Bytes, LlmError> {
        Ok(json!({ "model": reply.model, "vectors": reply.vectors }).to_string().into())
    }
}

struct Decoder {
    toy: Toy,
    line: Vec<u8>,
    stopped: bool,
}

impl StreamDecoder for Decoder {
    fn push(&mut self, bytes: &[u8], events: &mut Vec<ChatEvent>) -> Result<(), LlmError> {
        for byte in bytes {
            if *byte == b'\n' {
                let line = String::from_utf8(std::mem::take(&mut self.line)).unwrap();
                self.toy.parse(&line, events)?;
                self.stopped |= matches!(events.last(), Some(ChatEvent::Stopped { .. }));
            } else {
                self.line.push(*byte);
            }
        }
        Ok(())
    }

    fn finish(&mut self, _: &mut Vec<ChatEvent>) -> Result<(), LlmError> {
        if self.stopped { Ok(()) } else { Err(LlmError::new(LlmErrorKind::Network, "it broke off")) }
    }
}

struct Encoder {
    toy: &'static Toy,
}

impl StreamEncoder for Encoder {
    fn event(&mut self, event: &ChatEvent, out: &mut BytesMut) {
        out.put_slice(self.toy.write(event).as_bytes());
    }

    fn error(&mut self, error: &LlmError, out: &mut BytesMut) {
        out.put_slice(&self.toy.encode_error(error));
    }

    fn finish(&mut self, out: &mut BytesMut) {
        out.put_slice(format!("{} done\n", self.toy.letter).as_bytes());
    }
}

struct Scanner<'a> {
    toy: &'a Toy,
    line: Vec<u8>,
    summary: Summary,
}

impl StreamScanner for Scanner<'_> {
    fn push(&mut self, bytes: Bytes) -> Bytes {
        for byte in &bytes {
            if *byte != b'\n' {
                self.line.push(*byte);
                continue;
            }
            let line = String::from_utf8(std::mem::take(&mut self.line)).unwrap();
            let mut events = Vec::new();
            if let Err(error) = self.toy.parse(&line, &mut events) {
                self.summary.error = Some(error);
            }
            for event in events {
                match event {
                    ChatEvent::Text { delta } => {
                        self.summary.started = true;
                        self.summary.text_bytes += delta.len() as u64;
                    }
                    ChatEvent::Usage(usage) => self.summary.usage = Some(usage),
                    ChatEvent::Stopped { reason } => self.summary.stop = Some(reason),
                    _ => {}
                }
            }
        }
        bytes
    }

    fn summary(&self) -> &Summary {
        &self.summary
    }
}
