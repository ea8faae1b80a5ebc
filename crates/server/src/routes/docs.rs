//! `/api/openapi.json` and `/api/docs`: the API described by itself, as a document and as a page without script.

use crate::openapi;
use axum::{Json, response::Html};
use base::ErrorKind;
use serde_json::Value;
use std::fmt::Write as _;

/// The OpenAPI document.
pub(crate) async fn document() -> Json<Value> {
    Json(openapi::document())
}

/// The OpenAPI document as a page.
pub(crate) async fn page() -> Html<String> {
    Html(render(&openapi::document()))
}

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}\
code,pre{font:.9em ui-monospace,monospace}table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.25rem .75rem .25rem 0;\
vertical-align:top;border-bottom:1px solid #8884}h2{margin-top:2.5rem}h3{margin:1.5rem 0 .25rem}.method{display:inline-block;min-width:4.5rem;font-weight:600}";

const ERRORS: [(ErrorKind, &str); 9] = [
    (ErrorKind::Invalid, "The request is malformed or not allowed; sending it again cannot help."),
    (ErrorKind::Unauthenticated, "No key, or one that is not known."),
    (ErrorKind::Forbidden, "A known caller that may not do this."),
    (ErrorKind::NotFound, "The thing named does not exist."),
    (ErrorKind::Conflict, "It has changed since it was looked at; look again."),
    (ErrorKind::Limited, "A limit on size, rate or money was reached."),
    (ErrorKind::Upstream, "A provider failed or answered nonsense."),
    (ErrorKind::Unavailable, "Not possible at the moment; try again."),
    (ErrorKind::Internal, "A fault of Familiar's own; the log has more under the correlation id."),
];

fn render(document: &Value) -> String {
    let mut page =
        String::from("<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Familiar API</title>");
    page.push_str("<meta name=\"viewport\" content=\"width=device-width\">");
    // Writing to a String cannot fail.
    let _ = write!(page, "<style>{STYLE}</style><main><h1>Familiar API</h1>");
    page.push_str(
        "<p>Machine-readable: <a href=\"/api/openapi.json\">openapi.json</a>. OpenAI clients call <code>/v1</code>, \
         Anthropic clients <code>/anthropic</code>, both with a virtual key.</p><h2>Operations</h2>",
    );
    for (path, operations) in object(document.get("paths")) {
        for (method, operation) in object(Some(operations)) {
            render_operation(&mut page, path, method, operation);
        }
    }
    page.push_str("<h2>Types</h2>");
    for (name, schema) in object(document.pointer("/components/schemas")) {
        render_schema(&mut page, name, schema);
    }
    page.push_str("<h2>Errors</h2><p>Every error of <code>/api</code> is <code>application/problem+json</code>.</p><table>");
    for (kind, meaning) in ERRORS {
        let _ = write!(page, "<tr id=\"error-{kind}\"><td><code>{kind}</code><td>{meaning}");
    }
    page.push_str("</table></main></html>");
    page
}

fn render_operation(page: &mut String, path: &str, method: &str, operation: &Value) {
    let text = |key: &str| operation.get(key).and_then(Value::as_str).unwrap_or_default();
    let takes = operation.pointer("/requestBody/content").map(content_type_name).unwrap_or_default();
    let _ = write!(
        page,
        "<h3 id=\"{}\"><span class=\"method\">{}</span> <code>{}</code></h3><p>{}</p><table>",
        escape(text("operationId")),
        method.to_uppercase(),
        escape(path),
        escape(text("summary")),
    );
    for parameter in operation.get("parameters").and_then(Value::as_array).into_iter().flatten() {
        let field = |key: &str| escape(parameter.get(key).and_then(Value::as_str).unwrap_or_default());
        let _ = write!(
            page,
            "<tr><td><code>{}</code> ({})<td>{}",
            field("name"),
            field("in"),
            field("description")
        );
    }
    if !takes.is_empty() {
        let _ = write!(page, "<tr><td>takes<td>{takes}");
    }
    for (status, response) in object(operation.get("responses")) {
        let gives = response.get("content").map(content_type_name).unwrap_or_default();
        let _ = write!(page, "<tr><td>{}<td>{gives}", escape(status));
    }
    page.push_str("</table>");
}

fn render_schema(page: &mut String, name: &str, schema: &Value) {
    let description = schema.get("description").and_then(Value::as_str).unwrap_or_default();
    let _ = write!(
        page,
        "<h3 id=\"type-{0}\"><code>{0}</code></h3><p>{1}</p><table>",
        escape(name),
        escape(description)
    );
    for (field, property) in object(schema.get("properties")) {
        let meaning = property.get("description").and_then(Value::as_str).unwrap_or_default();
        let _ = write!(
            page,
            "<tr><td><code>{}</code><td>{}<td>{}",
            escape(field),
            type_name(property),
            escape(meaning)
        );
    }
    for choice in schema.get("enum").and_then(Value::as_array).into_iter().flatten() {
        let _ = write!(page, "<tr><td><code>{}</code>", escape(choice.as_str().unwrap_or_default()));
    }
    page.push_str("</table>");
}

/// The media type and schema of a body, as HTML.
fn content_type_name(content: &Value) -> String {
    object(Some(content))
        .map(|(media_type, body)| {
            format!(
                "{} <code>{}</code>",
                body.get("schema").map(type_name).unwrap_or_default(),
                escape(media_type)
            )
        })
        .collect::<Vec<_>>()
        .join(", ")
}

/// A schema's type in a word, as HTML; references link to their type.
fn type_name(schema: &Value) -> String {
    if let Some(name) = schema.get("$ref").and_then(Value::as_str).and_then(|path| path.rsplit('/').next()) {
        return format!("<a href=\"#type-{0}\">{0}</a>", escape(name));
    }
    if let Some(items) = schema.get("items") {
        return format!("list of {}", type_name(items));
    }
    if let Some(choices) = schema.get("oneOf").and_then(Value::as_array) {
        return choices
            .iter()
            .map(type_name)
            .filter(|name| !name.is_empty())
            .collect::<Vec<_>>()
            .join(" or ");
    }
    match schema.get("type") {
        Some(Value::String(name)) => escape(name),
        Some(Value::Array(names)) => {
            names.iter().filter_map(Value::as_str).map(escape).collect::<Vec<_>>().join(" or ")
        }
        _ => String::new(),
    }
}

fn object(value: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    value.and_then(Value::as_object).into_iter().flatten()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
