//! Files that a browser saves and never shows as a page of ours: what is in them was written by others.

use axum::{
    body::Body,
    http::{HeaderValue, header},
    response::Response,
};

/// An answer that is a file.
pub(crate) fn attachment(bytes: Vec<u8>, file_name: &str, media_type: &'static str) -> Response {
    let name: String = file_name.bytes().map(percent_encoded).collect();
    let mut response = Response::new(Body::from(bytes));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox; default-src 'none'"));
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename*=UTF-8''{name}")) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    response
}

/// RFC 8187: what is not a plain letter or digit is percent-encoded.
fn percent_encoded(byte: u8) -> String {
    if byte.is_ascii_alphanumeric() || b"-._".contains(&byte) {
        char::from(byte).to_string()
    } else {
        format!("%{byte:02X}")
    }
}
