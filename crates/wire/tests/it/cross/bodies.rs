//! A request of every caller's format with everything that it can say. The `mark-…` words are what has to arrive.

use serde_json::{Value, json};

pub(super) fn openai_request() -> Value {
    json!({
        "model": "auto", "max_tokens": 9000, "reasoning_effort": "high", "parallel_tool_calls": true,
        "messages": [
            { "role": "system", "content": "mark-system" },
            { "role": "user", "content": [
                { "type": "text", "text": "mark-question" },
                { "type": "image_url", "image_url": { "url": "data:image/png;base64,mark-inline" } },
                { "type": "image_url", "image_url": { "url": "https://example.org/mark-linked.png" } },
            ] },
            { "role": "assistant", "content": "mark-said", "tool_calls": [
                { "id": "mark-call-1", "type": "function", "function": { "name": "mark-roll", "arguments": "{\"dice\":\"mark-2d6\"}" } },
                { "id": "mark-call-2", "type": "function", "function": { "name": "mark-clock", "arguments": "{}" } },
            ] },
            { "role": "tool", "tool_call_id": "mark-call-1", "content": "mark-seven" },
            { "role": "tool", "tool_call_id": "mark-call-2", "content": "mark-noon" },
            { "role": "user", "content": "mark-next" },
        ],
        "tools": [
            { "type": "function", "function": { "name": "mark-roll", "description": "mark-rolls",
                "parameters": { "type": "object", "properties": { "dice": { "type": "string", "description": "mark-dice" } } } } },
            { "type": "function", "function": { "name": "mark-clock" } },
        ],
        "response_format": { "type": "json_schema", "json_schema": { "name": "mark-answer", "strict": true, "schema": {
            "type": "object", "properties": { "mark-total": { "type": "integer" } }, "required": ["mark-total"],
            "additionalProperties": false } } },
    })
}

pub(super) fn responses_request() -> Value {
    json!({
        "model": "auto", "max_output_tokens": 9000, "reasoning": { "effort": "high" }, "parallel_tool_calls": true,
        "instructions": "mark-system",
        "input": [
            { "role": "user", "content": [
                { "type": "input_text", "text": "mark-question" },
                { "type": "input_image", "detail": "auto", "image_url": "data:image/png;base64,mark-inline" },
                { "type": "input_image", "detail": "auto", "image_url": "https://example.org/mark-linked.png" },
                { "type": "input_file", "filename": "mark-file", "file_data": "data:application/pdf;base64,mark-pdf" },
            ] },
            { "type": "reasoning", "id": "rs_1", "encrypted_content": "mark-sealed", "summary": [{ "type": "summary_text", "text": "mark-thought" }] },
            { "type": "message", "id": "msg_1", "status": "completed", "role": "assistant",
                "content": [{ "type": "output_text", "text": "mark-said", "annotations": [] }] },
            { "type": "function_call", "id": "fc_1", "call_id": "mark-call-1", "name": "mark-roll", "arguments": "{\"dice\":\"mark-2d6\"}" },
            { "type": "function_call", "call_id": "mark-call-2", "name": "mark-clock", "arguments": "{}" },
            { "type": "function_call_output", "call_id": "mark-call-1", "output": [
                { "type": "input_text", "text": "mark-seven" },
                { "type": "input_image", "image_url": "data:image/png;base64,mark-picture" },
            ] },
            { "type": "function_call_output", "call_id": "mark-call-2", "output": "mark-noon" },
            { "role": "user", "content": "mark-next" },
        ],
        "tools": [
            { "type": "function", "name": "mark-roll", "description": "mark-rolls",
                "parameters": { "type": "object", "properties": { "dice": { "type": "string", "description": "mark-dice" } } } },
            { "type": "function", "name": "mark-clock" },
            { "type": "web_search" },
        ],
        "text": { "format": { "type": "json_schema", "name": "mark-answer", "strict": true, "schema": {
            "type": "object", "properties": { "mark-total": { "type": "integer" } }, "required": ["mark-total"],
            "additionalProperties": false } } },
    })
}

pub(super) fn anthropic_request() -> Value {
    json!({
        "model": "auto", "max_tokens": 9000, "system": [{ "type": "text", "text": "mark-system" }],
        "thinking": { "type": "enabled", "budget_tokens": 2000 },
        "messages": [
            { "role": "user", "content": [
                { "type": "text", "text": "mark-question" },
                { "type": "image", "source": { "type": "base64", "media_type": "image/png", "data": "mark-inline" } },
                { "type": "image", "source": { "type": "url", "url": "https://example.org/mark-linked.png" } },
                { "type": "document", "source": { "type": "base64", "media_type": "application/pdf", "data": "mark-pdf" } },
            ] },
            { "role": "assistant", "content": [
                { "type": "thinking", "thinking": "mark-thought", "signature": "mark-signature" },
                { "type": "text", "text": "mark-said" },
                { "type": "tool_use", "id": "mark-call-1", "name": "mark-roll", "input": { "dice": "mark-2d6" } },
                { "type": "tool_use", "id": "mark-call-2", "name": "mark-clock", "input": {} },
            ] },
            { "role": "user", "content": [
                { "type": "tool_result", "tool_use_id": "mark-call-1", "content": [
                    { "type": "text", "text": "mark-seven" },
                    { "type": "image", "source": { "type": "base64", "media_type": "image/png", "data": "mark-picture" } },
                ] },
                { "type": "tool_result", "tool_use_id": "mark-call-2", "content": "mark-broken", "is_error": true },
                { "type": "text", "text": "mark-next" },
            ] },
        ],
        "tools": [
            { "name": "mark-roll", "description": "mark-rolls",
                "input_schema": { "type": "object", "properties": { "dice": { "type": "string", "description": "mark-dice" } } } },
            { "name": "mark-clock", "input_schema": { "type": "object" } },
        ],
        "output_config": { "format": { "type": "json_schema", "schema": {
            "type": "object", "properties": { "mark-total": { "type": "integer" } }, "required": ["mark-total"],
            "additionalProperties": false } } },
    })
}

pub(super) fn gemini_request() -> Value {
    json!({
        "systemInstruction": { "parts": [{ "text": "mark-system" }] },
        "contents": [
            { "role": "user", "parts": [
                { "text": "mark-question" },
                { "inlineData": { "mimeType": "image/png", "data": "markinline==" } },
                { "fileData": { "fileUri": "https://example.org/mark-linked.png" } },
                { "inline_data": { "mime_type": "application/pdf", "data": "mark_pdf" } },
            ] },
            { "role": "model", "parts": [
                { "text": "mark-thought", "thought": true },
                { "text": "mark-said" },
                { "functionCall": { "name": "mark-roll", "args": { "dice": "mark-2d6" } }, "thoughtSignature": "bWFya3NpZ24=" },
                { "functionCall": { "id": "mark-call-2", "name": "mark-clock" } },
            ] },
            { "role": "user", "parts": [
                { "functionResponse": { "name": "mark-roll", "response": { "output": "mark-seven" },
                    "parts": [{ "inlineData": { "mimeType": "image/png", "data": "markpicture=" } }] } },
                { "functionResponse": { "name": "mark-clock", "response": { "error": "mark-broken" } } },
                { "text": "mark-next" },
            ] },
        ],
        "tools": [{ "functionDeclarations": [
            { "name": "mark-roll", "description": "mark-rolls",
                "parameters": { "type": "OBJECT", "properties": { "dice": { "type": "STRING", "description": "mark-dice" } } } },
            { "name": "mark-clock" },
        ] }, { "googleSearch": {} }],
        "generationConfig": {
            "maxOutputTokens": 9000, "thinkingConfig": { "thinkingLevel": "high" }, "candidateCount": 2,
            "responseMimeType": "application/json",
            "responseSchema": { "type": "OBJECT", "properties": { "mark-total": { "type": "INTEGER" } }, "required": ["mark-total"] },
        },
        "safetySettings": [{ "category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_NONE" }],
        "cachedContent": "cachedContents/1",
    })
}

pub(super) fn ollama_request() -> Value {
    json!({
        "model": "auto", "think": "high",
        "messages": [
            { "role": "system", "content": "mark-system" },
            { "role": "user", "content": "mark-question", "images": ["markinline=="] },
            { "role": "assistant", "content": "mark-said", "thinking": "mark-thought", "tool_calls": [
                { "function": { "name": "mark-roll", "arguments": { "dice": "mark-2d6" } } },
                { "id": "mark-call-2", "function": { "index": 1, "name": "mark-clock", "arguments": {} } },
            ] },
            { "role": "tool", "content": "mark-seven", "tool_name": "mark-roll" },
            { "role": "tool", "content": "mark-noon", "name": "mark-clock" },
            { "role": "user", "content": "mark-next" },
        ],
        "tools": [
            { "type": "function", "function": { "name": "mark-roll", "description": "mark-rolls",
                "parameters": { "type": "object", "properties": { "dice": { "type": "string", "description": "mark-dice" } } } } },
            { "type": "function", "function": { "name": "mark-clock" } },
        ],
        "format": { "type": "object", "properties": { "mark-total": { "type": "integer" } }, "required": ["mark-total"] },
        "options": { "num_predict": 9000, "seed": 7, "num_ctx": 8192, "stop": "mark-stop" },
        "keep_alive": "5m",
    })
}
