//! The results of a batch as lines: in OpenAI's form as two files, in Anthropic's as one.

use crate::{
    BatchError,
    db::{self, EndedFilter},
    model::{EndedLine, LineState},
};
use base::Id;
use bytes::Bytes;
use futures::{Stream, stream};
use serde_json::Value;
use store::Db;

/// Lines read at once.
const PAGE: u32 = 64;

/// Which results.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Results {
    /// OpenAI's output file: what got a reply.
    Output,
    /// OpenAI's error file: everything else.
    Errors,
    /// Anthropic's results: everything.
    Messages,
}

impl Results {
    const fn filter(self) -> EndedFilter {
        match self {
            Self::Output => EndedFilter::Replies,
            Self::Errors => EndedFilter::Errors,
            Self::Messages => EndedFilter::All,
        }
    }
}

/// The results of a batch, a page of lines at a time: however large they are, little of them is in memory.
pub(crate) fn results(
    db: Db,
    batch: Id,
    which: Results,
) -> impl Stream<Item = Result<Bytes, BatchError>> + Send {
    stream::try_unfold((db, 0), move |(db, after)| async move {
        let lines = db::ended(&db, batch, which.filter(), (after, PAGE)).await?;
        let Some(last) = lines.last().map(|line| line.number) else { return Ok(None) };
        let mut text = String::new();
        for line in &lines {
            match which {
                Results::Output | Results::Errors => openai(line, &mut text),
                Results::Messages => anthropic(line, &mut text),
            }
        }
        Ok(Some((Bytes::from(text), (db, last))))
    })
}

/// A line of one of OpenAI's files.
fn openai(line: &EndedLine, out: &mut String) {
    let (id, exchange_id) = (Value::from(line.custom_id.as_str()), line.exchange_id);
    let head = format!(r#"{{"id":"batch_req_{exchange_id}","custom_id":{id},"#);
    out.push_str(&head);
    let unused = |code: &str, message: &str| {
        format!(r#""response":null,"error":{{"code":"{code}","message":"{message}"}}}}"#)
    };
    let rest = match line.state {
        LineState::Done | LineState::Failed => format!(
            r#""response":{{"status_code":{},"request_id":"{exchange_id}","body":{}}},"error":null}}"#,
            line.status,
            body(line)
        ),
        LineState::Cancelled => {
            unused("batch_cancelled", "this request was not sent: the batch was cancelled")
        }
        LineState::Waiting | LineState::Expired => {
            unused("batch_expired", "this request was not sent: the time of the batch was over")
        }
    };
    out.push_str(&rest);
    out.push('\n');
}

/// A line of Anthropic's results.
fn anthropic(line: &EndedLine, out: &mut String) {
    let id = Value::from(line.custom_id.as_str());
    let result = match line.state {
        LineState::Done => format!(r#"{{"type":"succeeded","message":{}}}"#, body(line)),
        LineState::Failed => format!(r#"{{"type":"errored","error":{}}}"#, body(line)),
        LineState::Cancelled => r#"{"type":"canceled"}"#.to_owned(),
        LineState::Waiting | LineState::Expired => r#"{"type":"expired"}"#.to_owned(),
    };
    out.push_str(&format!("{{\"custom_id\":{id},\"result\":{result}}}\n"));
}

/// The reply in one line: between JSON's tokens an end of line is just white space.
fn body(line: &EndedLine) -> String {
    if line.reply.is_empty() { "null".to_owned() } else { line.reply.replace(['\n', '\r'], " ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_one_line_of_json_in_its_form() {
        let line = |state, status, reply: &str| EndedLine {
            number: 1,
            custom_id: "a\"b\n".into(),
            exchange_id: Id::from_u128(7),
            state,
            status,
            reply: reply.into(),
        };
        let cases = [
            (line(LineState::Done, 200, "{\n \"x\": 1}"), Some(200), "succeeded"),
            (line(LineState::Failed, 429, "{\"error\":{}}"), Some(429), "errored"),
            (line(LineState::Cancelled, 0, ""), None, "canceled"),
            (line(LineState::Expired, 0, ""), None, "expired"),
        ];
        for (line, status, kind) in cases {
            let (mut one, mut other) = (String::new(), String::new());
            openai(&line, &mut one);
            anthropic(&line, &mut other);
            for text in [&one, &other] {
                assert_eq!(text.matches('\n').count(), 1, "{text}");
            }
            let one: Value = serde_json::from_str(&one).unwrap();
            assert_eq!(one["custom_id"], "a\"b\n");
            assert_eq!(one["response"]["status_code"].as_u64(), status);
            assert_eq!(one["error"].is_null(), status.is_some());
            let other: Value = serde_json::from_str(&other).unwrap();
            assert_eq!(other["result"]["type"], kind);
        }
    }
}
