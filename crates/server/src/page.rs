//! The page: the built files of `web/dist`, embedded in release builds and read from the folder in others.

use crate::problem::ApiError;
use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use base::ErrorKind;
use rust_embed::{EmbeddedFile, RustEmbed};

#[derive(RustEmbed)]
#[folder = "../../web/dist"]
#[allow_missing = true]
struct Dist;

/// Answers with a file of the page, or with the page itself for an address that the page's router knows.
pub async fn serve(uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path().trim_start_matches('/');
    let looks_like_a_file = path.rsplit('/').next().is_some_and(|name| name.contains('.'));
    match find(path, &headers) {
        Some(found) => found,
        None if looks_like_a_file => StatusCode::NOT_FOUND.into_response(),
        None => find("index.html", &headers).unwrap_or_else(not_built),
    }
}

fn not_built() -> Response {
    ApiError::new(ErrorKind::Unavailable, "this build of Familiar has no page in it")
        .code("page_not_built")
        .hint("run `make run`, or `npm ci && npm run build` in `web/`; the API works without it")
        .into_response()
}

fn find(path: &str, headers: &HeaderMap) -> Option<Response> {
    if path.is_empty() || path.ends_with(".br") || path.ends_with(".gz") {
        return None;
    }
    let accepted =
        headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let accepts = |coding: &str| accepted.split(',').any(|one| is_accepted(one, coding));
    let packed = [("br", "br"), ("gz", "gzip")]
        .into_iter()
        .filter(|(_, coding)| accepts(coding))
        .find_map(|(suffix, coding)| Some((Dist::get(&format!("{path}.{suffix}"))?, Some(coding))));
    let (file, coding) = packed.or_else(|| Some((Dist::get(path)?, None)))?;
    let tag = entity_tag(&file);
    // Vite puts a hash of the content into the names under `assets/`: those never change.
    let caching =
        if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    let is_known = headers.get(header::IF_NONE_MATCH).is_some_and(|known| holds_tag(known, &tag));
    let mut response = if is_known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Response::new(Body::from(file.data.into_owned()))
    };
    let out = response.headers_mut();
    out.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(path)));
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    out.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    out.insert(header::ETAG, tag);
    if let Some(coding) = coding {
        out.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
    }
    Some(response)
}

/// Whether one entry of `Accept-Encoding` asks for this coding; a weight of 0 forbids it (RFC 9110, 12.5.3).
fn is_accepted(entry: &str, coding: &str) -> bool {
    let mut parts = entry.split(';').map(str::trim);
    parts.next() == Some(coding)
        && !parts.filter_map(|part| part.strip_prefix("q=")).any(|weight| weight.parse() == Ok(0.0_f32))
}

/// Whether `If-None-Match` names this tag; whether a proxy weakened it does not matter (RFC 9110, 13.1.2).
fn holds_tag(known: &HeaderValue, tag: &HeaderValue) -> bool {
    let (Ok(known), Ok(tag)) = (known.to_str(), tag.to_str()) else { return false };
    let mut tags = known.split(',').map(str::trim);
    tags.any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag)
}

fn entity_tag(file: &EmbeddedFile) -> HeaderValue {
    let hash: String =
        file.metadata.sha256_hash().iter().take(12).map(|byte| format!("{byte:02x}")).collect();
    HeaderValue::from_str(&format!("\"{hash}\"")).unwrap_or(HeaderValue::from_static("\"\""))
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "wasm" => "application/wasm",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// A method that an address below `/api` does not have.
pub(crate) async fn wrong_method(method: Method, uri: Uri) -> Response {
    ApiError::new(ErrorKind::Invalid, format!("`{}` cannot be asked with `{method}`", uri.path()))
        .status(StatusCode::METHOD_NOT_ALLOWED)
        .code("method_not_allowed")
        .hint("the header `allow` names the methods that it has")
        .into_response()
}

/// An address below `/api` that is none.
pub async fn no_such_route(uri: Uri) -> Response {
    ApiError::new(ErrorKind::NotFound, format!("there is no `{}`", uri.path()))
        .code("no_such_route")
        .hint("`/api/docs` lists what there is")
        .into_response()
}
