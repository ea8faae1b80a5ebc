//! Reading the lines of a batch: where each request's body lies, and everything that is wrong, by line.

use crate::model::{Endpoint, Problem};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::{borrow::Cow, collections::HashSet, ops::Range};

/// Problems told at the most; the rest is like them.
const MOST_PROBLEMS: usize = 100;
/// Longest `custom_id`, in bytes.
const MOST_ID_BYTES: usize = 512;

/// A line that can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadLine {
    /// Counted from 1, as people count.
    pub number: u64,
    /// The caller's id of it.
    pub custom_id: String,
    /// Where its body lies.
    pub body: Range<usize>,
}

/// The lines of a batch, and what is wrong with them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Intake {
    /// Those that can be read.
    pub lines: Vec<ReadLine>,
    /// What is wrong.
    pub problems: Vec<Problem>,
}

impl Intake {
    /// Adds a problem, up to a bound.
    pub fn problem(&mut self, line: u64, code: &str, message: String, param: Option<&str>) {
        if self.problems.len() < MOST_PROBLEMS {
            let param = param.map(str::to_owned);
            self.problems.push(Problem { line, code: code.to_owned(), message, param });
        }
    }

    /// Whether no more problems are taken.
    pub fn is_full(&self) -> bool {
        self.problems.len() >= MOST_PROBLEMS
    }
}

#[derive(Deserialize)]
struct FileLine<'a> {
    #[serde(borrow, default)]
    custom_id: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    method: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    url: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    body: Option<&'a RawValue>,
}

/// Reads a file of lines as OpenAI has them: `{"custom_id", "method": "POST", "url", "body"}`.
pub fn read_file(text: &Bytes, endpoint: Endpoint, max_lines: usize) -> Intake {
    let mut intake = Intake::default();
    let mut seen = HashSet::new();
    let lines = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    for (number, line) in (1_u64..).zip(lines.split(|byte| *byte == b'\n')) {
        if line.trim_ascii().is_empty() {
            continue;
        }
        if intake.lines.len() >= max_lines {
            too_many(&mut intake, max_lines);
            break;
        }
        if intake.is_full() {
            break;
        }
        let is_object = line.trim_ascii_start().starts_with(b"{");
        let parsed: FileLine<'_> = match serde_json::from_slice(line) {
            Ok(parsed) if is_object => parsed,
            Ok(_) => {
                let message = format!("line {number} is not a JSON object of a request");
                intake.problem(number, "invalid_json_line", message, None);
                continue;
            }
            Err(error) => {
                let message = format!("line {number} is not a JSON object of a request: {error}");
                intake.problem(number, "invalid_json_line", message, None);
                continue;
            }
        };
        if parsed.method.as_ref().is_some_and(|method| method != "POST") {
            let message = format!("`method` of line {number} must be `POST`");
            intake.problem(number, "invalid_method", message, Some("method"));
            continue;
        }
        match parsed.url {
            Some(url) if url == endpoint.as_str() => {}
            Some(url) => {
                let wanted = endpoint.as_str();
                let message = format!("`url` of line {number} is `{url}`, but the batch is for `{wanted}`");
                intake.problem(number, "mismatched_endpoint", message, Some("url"));
                continue;
            }
            None => {
                let message = format!("line {number} has no `url`");
                intake.problem(number, "missing_required_parameter", message, Some("url"));
                continue;
            }
        }
        let request = Request { number, custom_id: parsed.custom_id, body: parsed.body };
        take(&mut intake, &mut seen, text, request);
    }
    if intake.lines.is_empty() && intake.problems.is_empty() {
        intake.problem(0, "empty_file", "the file has no lines".to_owned(), None);
    }
    intake
}

#[derive(Deserialize)]
struct MessageBatch<'a> {
    #[serde(borrow)]
    requests: Vec<MessageRequest<'a>>,
}

#[derive(Deserialize)]
struct MessageRequest<'a> {
    #[serde(borrow, default)]
    custom_id: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    params: Option<&'a RawValue>,
}

/// Reads the body of a message batch as Anthropic has them: `{"requests": [{"custom_id", "params"}]}`.
pub fn read_messages(text: &Bytes, max_lines: usize) -> Intake {
    let mut intake = Intake::default();
    let batch: MessageBatch<'_> = match serde_json::from_slice(text) {
        Ok(batch) => batch,
        Err(error) => {
            intake.problem(
                0,
                "invalid_request",
                format!("the body is not a batch: {error}"),
                Some("requests"),
            );
            return intake;
        }
    };
    let mut seen = HashSet::new();
    for (number, request) in (1_u64..).zip(batch.requests) {
        if intake.lines.len() >= max_lines {
            too_many(&mut intake, max_lines);
            break;
        }
        let request = Request { number, custom_id: request.custom_id, body: request.params };
        take(&mut intake, &mut seen, text, request);
    }
    if intake.lines.is_empty() && intake.problems.is_empty() {
        intake.problem(0, "empty_file", "`requests` is empty".to_owned(), Some("requests"));
    }
    intake
}

fn too_many(intake: &mut Intake, max_lines: usize) {
    let message = format!("there are more than {max_lines} requests; hand them in in several batches");
    intake.problem(0, "too_many_tasks", message, None);
}

struct Request<'a> {
    number: u64,
    custom_id: Option<Cow<'a, str>>,
    body: Option<&'a RawValue>,
}

/// Takes a request whose form is right, if its id and body are.
fn take(intake: &mut Intake, seen: &mut HashSet<String>, text: &Bytes, request: Request<'_>) {
    let Request { number, custom_id, body } = request;
    let Some(custom_id) = custom_id.filter(|id| !id.is_empty()) else {
        let message = format!("request {number} has no `custom_id`");
        return intake.problem(number, "missing_required_parameter", message, Some("custom_id"));
    };
    if custom_id.len() > MOST_ID_BYTES || custom_id.contains('\0') {
        let message =
            format!("`custom_id` of request {number} is longer than {MOST_ID_BYTES} bytes, or not text");
        return intake.problem(number, "invalid_custom_id", message, Some("custom_id"));
    }
    if !seen.insert(custom_id.clone().into_owned()) {
        let message = format!("`custom_id` `{custom_id}` of request {number} stands there twice");
        return intake.problem(number, "duplicate_custom_id", message, Some("custom_id"));
    }
    let Some(body) = body.map(RawValue::get).filter(|body| body.starts_with('{')) else {
        let message = format!("request {number} has no object with what is asked");
        return intake.problem(number, "missing_required_parameter", message, Some("body"));
    };
    // The body is a part of the text, so its place is the distance between the two.
    let start = (body.as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
    let body = start..start + body.len();
    intake.lines.push(ReadLine { number, custom_id: custom_id.into_owned(), body });
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn file(text: &str) -> Intake {
        read_file(&Bytes::copy_from_slice(text.as_bytes()), Endpoint::ChatCompletions, 3)
    }

    fn line(id: &str) -> String {
        format!(
            r#"{{"custom_id":"{id}","method":"POST","url":"/v1/chat/completions","body": {{"model":"m"}} }}"#
        )
    }

    #[test]
    fn every_line_that_is_wrong_is_named_with_its_number() {
        let good = line("a");
        let cases = [
            (String::new(), 0, "empty_file"),
            ("\n\n".to_owned(), 0, "empty_file"),
            (format!("{good}\nno json"), 2, "invalid_json_line"),
            (format!("{good}\n[]"), 2, "invalid_json_line"),
            (format!("\n{good}\n\n{good}"), 4, "duplicate_custom_id"),
            (good.replace("POST", "GET"), 1, "invalid_method"),
            (good.replace("chat/completions", "embeddings"), 1, "mismatched_endpoint"),
            (good.replace(r#""url":"/v1/chat/completions","#, ""), 1, "missing_required_parameter"),
            (good.replace(r#""custom_id":"a","#, ""), 1, "missing_required_parameter"),
            (good.replace(r#"{"model":"m"}"#, "7"), 1, "missing_required_parameter"),
            (line(&"x".repeat(513)), 1, "invalid_custom_id"),
            ([line("1"), line("2"), line("3"), line("4")].join("\n"), 0, "too_many_tasks"),
        ];
        for (text, number, code) in cases {
            let problems = file(&text).problems;
            let found: Vec<_> =
                problems.iter().map(|problem| (problem.line, problem.code.as_str())).collect();
            assert_eq!(found, [(number, code)], "{text}");
        }
    }

    #[test]
    fn bodies_are_found_where_they_are_and_all_problems_are_told_at_once() {
        let text = format!("\u{feff}{}\r\n{}\nx\ny\n", line("ä"), line("b"));
        let intake = file(&text);
        assert_eq!(intake.problems.iter().map(|problem| problem.line).collect::<Vec<_>>(), [3, 4]);
        assert_eq!(intake.lines.len(), 2);
        for (read, id) in intake.lines.iter().zip(["ä", "b"]) {
            assert_eq!((read.custom_id.as_str(), &text[read.body.clone()]), (id, r#"{"model":"m"}"#));
        }
    }

    #[test]
    fn a_message_batch_is_read_likewise() {
        let text = r#"{"requests": [ {"custom_id":"a","params":{"model":"m"}}, {"custom_id":"a","params":{}}, {"params":{}} ]}"#;
        let intake = read_messages(&Bytes::from_static(text.as_bytes()), 9);
        assert_eq!(&text[intake.lines[0].body.clone()], r#"{"model":"m"}"#);
        let found: Vec<_> =
            intake.problems.iter().map(|problem| (problem.line, problem.code.as_str())).collect();
        assert_eq!(found, [(2, "duplicate_custom_id"), (3, "missing_required_parameter")]);
        for broken in ["", "[]", "{}", r#"{"requests":{}}"#, r#"{"requests":[]}"#, r#"{"requests":[1]}"#] {
            let intake = read_messages(&Bytes::from_static(broken.as_bytes()), 9);
            assert_eq!((intake.lines.len(), intake.problems.len()), (0, 1), "{broken}");
        }
    }

    proptest! {
        #[test]
        fn nothing_makes_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let bytes = Bytes::from(bytes);
            for intake in [read_file(&bytes, Endpoint::Messages, 5), read_messages(&bytes, 5)] {
                for line in &intake.lines { prop_assert!(bytes.get(line.body.clone()).is_some()); }
            }
        }
    }
}
