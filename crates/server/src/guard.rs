//! Who may come in while there are no accounts, and the headers every answer carries.
//!
//! In single-user mode the page and its API need no login, so they must be reachable from this machine's own
//! pages only: the `Host` has to be a loopback name (a foreign name that resolves to 127.0.0.1 is DNS
//! rebinding), and a request that changes something must not come from another site's page.

use crate::problem::ApiError;
use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use base::ErrorKind;

const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; \
     font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; \
     frame-ancestors 'none'";

const SECURITY_HEADERS: [(HeaderName, &str); 5] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=(self)"),
];

/// Which of the addresses a request came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The one of the page, where who asks is the owner.
    Home,
    /// The one that other machines reach.
    Outside,
}

/// Lets only this machine's own pages and programs in.
pub async fn loopback_only(request: Request, next: Next) -> Response {
    match check(request.method(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(error) => error.into_response(),
    }
}

/// Adds the security headers.
pub async fn security_headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    for (name, value) in SECURITY_HEADERS {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

/// What was shared is kept nowhere and found by no search, whatever the answer is.
pub async fn kept_nowhere(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert("x-robots-tag", HeaderValue::from_static("noindex, nofollow"));
    response
}

fn check(method: &Method, headers: &HeaderMap) -> Result<(), ApiError> {
    let host = headers.get(header::HOST).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !is_loopback_name(without_port(host)) {
        let detail = format!("`{host}` is not a name of this machine's loopback address");
        return Err(ApiError::new(ErrorKind::Forbidden, detail)
            .code("foreign_host")
            .hint("open Familiar as http://127.0.0.1 or http://localhost with its port"));
    }
    let reads_only = matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
    let foreign = match headers.get(header::ORIGIN).map(HeaderValue::to_str) {
        None => headers.get("sec-fetch-site").is_some_and(|site| site == "cross-site"),
        Some(Ok(origin)) => origin.split_once("://").is_none_or(|(_, authority)| authority != host),
        Some(Err(_)) => true,
    };
    if foreign && !reads_only {
        return Err(ApiError::new(ErrorKind::Forbidden, "the request comes from another site's page")
            .code("foreign_origin")
            .hint("programs call `/v1` with a virtual key; `familiar keys create` makes one"));
    }
    Ok(())
}

fn without_port(host: &str) -> &str {
    match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, _)) => address,
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    }
}

fn is_loopback_name(name: &str) -> bool {
    name.eq_ignore_ascii_case("localhost")
        || name.to_ascii_lowercase().ends_with(".localhost")
        || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn only_loopback_names_are_hosts() {
        for (host, fine) in [
            ("127.0.0.1:7420", true),
            ("localhost:7420", true),
            ("LOCALHOST", true),
            ("familiar.localhost:7420", true),
            ("[::1]:7420", true),
            ("127.8.9.1", true),
            ("evil.example:7420", false),
            ("127.0.0.1.evil.example", false),
            ("192.168.1.5:7420", false),
            ("localhost.evil.example", false),
            ("", false),
        ] {
            assert_eq!(check(&Method::GET, &headers(&[("host", host)])).is_ok(), fine, "{host}");
        }
    }

    #[test]
    fn another_sites_page_may_not_change_anything() {
        let host = ("host", "localhost:7420");
        for (pairs, fine) in [
            (vec![host], true),
            (vec![host, ("origin", "http://localhost:7420")], true),
            (vec![host, ("origin", "http://localhost:3000")], false),
            (vec![host, ("origin", "https://evil.example")], false),
            (vec![host, ("origin", "null")], false),
            (vec![host, ("sec-fetch-site", "cross-site")], false),
            (vec![host, ("sec-fetch-site", "same-origin")], true),
        ] {
            assert_eq!(check(&Method::POST, &headers(&pairs)).is_ok(), fine, "{pairs:?}");
            assert!(check(&Method::GET, &headers(&pairs)).is_ok());
        }
    }
}
