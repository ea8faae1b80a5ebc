//! The headers by which an answer tells what became of the request.

use crate::call::{Answer, AnswerBody};
use base::Id;
use http::{HeaderMap, HeaderName, HeaderValue, header::CONTENT_TYPE};

/// How long the gateway itself had a request, in microseconds.
pub(super) const OVERHEAD: HeaderName = HeaderName::from_static("x-familiar-overhead-us");
/// What came of looking into the cache: `hit`, `shared`, `semantic` or `miss`; missing where the route keeps nothing.
pub(super) const CACHE: HeaderName = HeaderName::from_static("x-familiar-cache");
/// What of a long conversation was left out for it to fit.
pub(super) const FITTED: HeaderName = HeaderName::from_static("x-familiar-fitted");
/// Why the answer comes from where it comes, in a sentence.
const ROUTE: HeaderName = HeaderName::from_static("x-familiar-route");
const EXCHANGE: HeaderName = HeaderName::from_static("x-familiar-exchange");
/// The deployment that answered.
const MODEL: HeaderName = HeaderName::from_static("x-familiar-model");
/// What the provider's format could not carry.
const DROPPED: HeaderName = HeaderName::from_static("x-familiar-dropped");
/// Longest sentence in `x-familiar-route`; the ledger has the whole of it.
const MOST_ROUTE_CHARS: usize = 1_000;

/// A text as a header may have it: printable ASCII.
fn header_text(text: &str) -> String {
    let plain = |c: char| match c {
        ' '..='~' => c,
        '\n' | '\r' | '\t' => ' ',
        '‘' | '’' => '\'',
        '“' | '”' => '"',
        '–' | '—' => '-',
        _ => '?',
    };
    let mut short: String = text.chars().take(MOST_ROUTE_CHARS).map(plain).collect();
    if text.chars().nth(MOST_ROUTE_CHARS).is_some() {
        short.push_str("...");
    }
    short
}

/// Adds the headers that every answer has.
pub(super) fn write_headers(answer: &mut Answer, stream_content_type: &'static str) {
    let headers = &mut answer.headers;
    let insert = |headers: &mut HeaderMap, name: HeaderName, value: &str| {
        // A name with characters that no header may have is left out; the ledger has it.
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    insert(headers, EXCHANGE, answer.exchange_id.encode(&mut [0; Id::LENGTH]));
    if let Some(chosen) = &answer.explanation.chosen {
        insert(headers, MODEL, chosen);
    }
    if answer.explanation.goes_without_saying() {
        headers.insert(ROUTE, HeaderValue::from_static("asked for by its own name"));
    } else if let Ok(value) = HeaderValue::from_str(&header_text(&answer.explanation.sentence())) {
        headers.insert(ROUTE, value);
    }
    if !answer.dropped.is_empty() {
        insert(headers, DROPPED, &answer.dropped.join(", "));
    }
    let content_type = match &answer.body {
        AnswerBody::Whole(_) => "application/json",
        AnswerBody::Stream(_) => stream_content_type,
        AnswerBody::Raw(_) | AnswerBody::Events(_) | AnswerBody::Vectors(_) => return,
    };
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
}
