//! The stream of `streamGenerateContent` without `alt=sse`: one JSON list, written as it grows.

use crate::{gemini::error, sse::SseParser};
use bytes::{Bytes, BytesMut};

/// Turns the server-sent events of an answer into a list of their data.
#[derive(Debug, Default)]
pub struct JsonArray {
    parser: SseParser,
    has_items: bool,
    failed: bool,
}

impl JsonArray {
    /// How such a stream is labelled.
    pub const CONTENT_TYPE: &'static str = "application/json";

    /// Takes the next bytes of the answer and returns those of the list.
    pub fn push(&mut self, mut bytes: &[u8]) -> Bytes {
        let mut out = BytesMut::new();
        while !self.failed {
            match self.parser.next(&mut bytes) {
                Ok(Some(event)) => item(&mut self.has_items, event.data, &mut out),
                Ok(None) => break,
                Err(error) => {
                    self.failed = true;
                    item(&mut self.has_items, &error::written(&error.into()), &mut out);
                }
            }
        }
        out.freeze()
    }

    /// The answer has ended: returns what closes the list.
    pub fn finish(&mut self) -> Bytes {
        let mut out = BytesMut::new();
        if let Some(event) = self.parser.finish().filter(|_| !self.failed) {
            item(&mut self.has_items, event.data, &mut out);
        }
        out.extend_from_slice(if self.has_items { b"\n]\n" } else { b"[]\n" });
        out.freeze()
    }
}

fn item(has_items: &mut bool, data: &str, out: &mut BytesMut) {
    out.extend_from_slice(if std::mem::replace(has_items, true) { b",\r\n" } else { b"[" });
    out.extend_from_slice(data.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sse::write_event;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn whole(stream: &[u8], size: usize) -> Vec<u8> {
        let mut array = JsonArray::default();
        let mut written: Vec<u8> =
            stream.chunks(size.max(1)).flat_map(|piece| array.push(piece).to_vec()).collect();
        written.extend_from_slice(&array.finish());
        written
    }

    proptest! {
        #[test]
        fn the_list_holds_every_event(texts in prop::collection::vec("(?s).{0,12}", 0..5), size in 1usize..20) {
            let mut stream = BytesMut::new();
            let items: Vec<Value> = texts.iter().map(|text| json!({ "text": text })).collect();
            items.iter().for_each(|item| write_event(&mut stream, "", &item.to_string()));
            let read: Vec<Value> = serde_json::from_slice(&whole(&stream, size)).unwrap();
            prop_assert_eq!(read, items);
        }
    }

    #[test]
    fn an_event_that_is_too_large_ends_the_list_with_an_error() {
        let mut stream = b"data: {\"a\":1}\n\ndata: \"".to_vec();
        stream.extend(std::iter::repeat_n(b'x', crate::sse::MAX_EVENT_BYTES + 1));
        let read: Vec<Value> = serde_json::from_slice(&whole(&stream, 1 << 20)).unwrap();
        assert_eq!(read.len(), 2);
        assert!(read[1]["error"]["message"].is_string());
    }
}
