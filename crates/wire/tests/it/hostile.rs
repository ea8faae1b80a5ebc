//! Every decoder of every dialect takes arbitrary bytes: errors, never panics.

use bytes::Bytes;
use http::HeaderMap;
use llm::{Dialect, RequestHead};
use proptest::prelude::*;
use wire::{gemini, ollama};

/// Bytes that look enough like JSON and events to get past the first checks.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let token = prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..6),
        prop_oneof![
            Just("data: "),
            Just("event: "),
            Just("\n\n"),
            Just("\r"),
            Just("\n"),
            Just("{"),
            Just("}"),
            Just("["),
            Just("]"),
            Just(","),
            Just(":"),
            Just("\""),
            Just("null"),
            Just("1e999"),
            Just("-1"),
            Just("{}"),
            Just("\"choices\":"),
            Just("\"delta\":"),
            Just("\"content\":"),
            Just("\"usage\":"),
            Just("\"error\":"),
            Just("\"model\":"),
            Just("\"messages\":"),
            Just("\"tool_calls\":"),
            Just("\"finish_reason\":"),
            Just("\"type\":"),
            Just("\"message\":"),
            Just("\"parts\":"),
            Just("\"candidates\":"),
            Just("\"content_block\":"),
            Just("\"index\":"),
            Just("\"source\":"),
            Just("\"input\":"),
            Just("\"content_block_start\""),
            Just("\"content_block_delta\""),
            Just("\"message_delta\""),
            Just("\"tool_use\""),
            Just("\"output\":"),
            Just("\"item\":"),
            Just("\"response\":"),
            Just("\"output_index\":"),
            Just("\"call_id\":"),
            Just("\"function_call\""),
            Just("\"reasoning\""),
            Just("\"encrypted_content\":"),
            Just("\"familiar-sealed:\""),
            Just("\"response.output_item.added\""),
            Just("\"response.output_item.done\""),
            Just("\"response.output_text.delta\""),
            Just("\"response.completed\""),
            Just("\"functionCall\":"),
            Just("\"finishReason\":"),
            Just("\"embeddings\":"),
            Just("\"contents\":"),
            Just("\"inline_data\":"),
            Just("\"functionResponse\":"),
            Just("\"generationConfig\":"),
            Just("\"responseSchema\":"),
            Just("\"requests\":"),
            Just("\"thoughtSignature\":\"ZmFtaWxpYXI6\""),
            Just("\"images\":"),
            Just("\"options\":"),
            Just("\"role\":\"tool\""),
            Just("[DONE]"),
            Just("\\ud800"),
            Just("\u{feff}"),
        ]
        .prop_map(|text: &str| text.as_bytes().to_vec()),
    ];
    proptest::collection::vec(token, 0..40).prop_map(|tokens| tokens.concat())
}

fn feed(dialect: Dialect, bytes: &[u8]) {
    let codec = wire::codec(dialect);
    let _ = codec.decode_reply(bytes);
    let _ = codec.decode_request(bytes);
    let _ = codec.decode_embedding_reply(bytes);
    let _ = codec.decode_embedding_request(bytes);
    let _ = codec.summarise(bytes);
    let _ = codec.decode_error(500, &HeaderMap::new(), bytes);
    if let Ok(head) = codec.head(bytes) {
        let body = Bytes::copy_from_slice(bytes);
        let _ = codec.retarget(&body, &head, "other");
    }
    // A head that belongs to another body must not make it panic either.
    let strange = RequestHead { model_span: 3..900, stream: true, ..RequestHead::default() };
    let _ = codec.retarget(&Bytes::copy_from_slice(bytes), &strange, "other");
    for size in [1, 7, bytes.len().max(1)] {
        let pieces: Vec<&[u8]> = bytes.chunks(size).collect();
        let _ = crate::fixtures::decode(codec, &pieces);
        let mut scanner = codec.scanner(&RequestHead::default());
        for piece in pieces {
            let _ = scanner.push(Bytes::copy_from_slice(piece));
        }
    }
}

proptest! {
    #[test]
    fn other_forms_of_the_doors(bytes in bytes(), size in 1usize..50) {
        let _ = gemini::count_tokens_request(&bytes);
        let _ = gemini::embeddings::single_as_batch(&bytes);
        let _ = gemini::embeddings::batch_as_single(&bytes);
        let mut array = gemini::array::JsonArray::default();
        let mut written: Vec<u8> = bytes.chunks(size).flat_map(|piece| array.push(piece).to_vec()).collect();
        written.extend_from_slice(&array.finish());
        prop_assert!(written.ends_with(b"]\n"));
        let _ = ollama::generate::to_chat(&bytes);
        let _ = ollama::generate::from_chat(&bytes);
        let _ = ollama::embeddings::to_embed(&bytes);
        let _ = ollama::embeddings::from_embed(&bytes);
        let _ = ollama::load::answer(&bytes);
        let _ = ollama::Times::default().stamp(Bytes::copy_from_slice(&bytes), String::new);
    }

    #[test]
    fn openai_chat(bytes in bytes()) { feed(Dialect::OpenAiChat, &bytes); }

    #[test]
    fn openai_responses(bytes in bytes()) { feed(Dialect::OpenAiResponses, &bytes); }

    #[test]
    fn anthropic(bytes in bytes()) { feed(Dialect::Anthropic, &bytes); }

    #[test]
    fn gemini(bytes in bytes()) { feed(Dialect::Gemini, &bytes); }

    #[test]
    fn ollama(bytes in bytes()) { feed(Dialect::Ollama, &bytes); }
}
