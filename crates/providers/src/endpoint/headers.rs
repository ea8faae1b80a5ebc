//! Which headers go out to a provider, and which come back to the caller.

use super::secret_value;
use crate::{AuthStyle, ProviderConfig, ProviderError, Vendor};
use base::Secret;
use http::{HeaderMap, HeaderName, HeaderValue, header};

/// Headers of a caller that belong to a wire format and are passed on.
const CALLERS: [&str; 7] = [
    "anthropic-beta",
    "anthropic-version",
    "openai-beta",
    "x-client-request-id",
    "http-referer",
    "x-title",
    // Only there where the configuration asks for it.
    "traceparent",
];

/// Headers that the configuration cannot set, because the connection depends on them.
const OURS: [HeaderName; 5] =
    [header::HOST, header::CONTENT_LENGTH, header::TRANSFER_ENCODING, header::CONNECTION, header::UPGRADE];

/// What every request to a provider carries.
pub(super) fn outgoing(
    config: &ProviderConfig,
    vendor: &Vendor,
    key: Option<&Secret>,
) -> Result<HeaderMap, ProviderError> {
    let mut headers = HeaderMap::new();
    headers.insert(
        header::USER_AGENT,
        HeaderValue::from_static(concat!("familiar/", env!("CARGO_PKG_VERSION"))),
    );
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::ACCEPT, HeaderValue::from_static("*/*"));
    for (name, value) in &vendor.headers {
        insert(&mut headers, name, value)?;
    }
    for (name, value) in
        [(&vendor.organisation_header, &config.organisation), (&vendor.project_header, &config.project)]
    {
        if let (Some(name), Some(value)) = (name, value) {
            insert(&mut headers, name, value)?;
        }
    }
    if let Some(key) = key {
        let (name, value) = match vendor.auth {
            AuthStyle::Bearer => ("authorization", format!("Bearer {}", key.expose())),
            AuthStyle::XApiKey => ("x-api-key", key.expose().to_owned()),
            AuthStyle::XGoogApiKey => ("x-goog-api-key", key.expose().to_owned()),
            AuthStyle::ApiKey => ("api-key", key.expose().to_owned()),
            AuthStyle::None => ("", String::new()),
        };
        if vendor.auth != AuthStyle::None {
            let value = secret_value(&value).ok_or(ProviderError::InvalidKey)?;
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    for (name, value) in &config.headers {
        insert(&mut headers, name, value.expose())?;
    }
    Ok(headers)
}

fn insert(headers: &mut HeaderMap, name: &str, value: &str) -> Result<(), ProviderError> {
    let invalid = |reason| ProviderError::InvalidHeader { name: name.to_owned(), reason };
    let header = HeaderName::try_from(name).map_err(|_| invalid("that is not a header's name"))?;
    if OURS.contains(&header) {
        return Err(invalid("the connection sets it itself"));
    }
    headers.insert(header, secret_value(value).ok_or_else(|| invalid("its value is not one line of text"))?);
    Ok(())
}

/// The headers of a request: the endpoint's own, and those of the caller that belong to the format. Where
/// both have one, the caller's wins, because it knows which version it speaks.
pub(super) fn with_callers(own: &HeaderMap, callers: &HeaderMap) -> HeaderMap {
    let mut headers = own.clone();
    if callers.is_empty() {
        return headers;
    }
    for name in CALLERS.map(HeaderName::from_static) {
        let mut values = callers.get_all(&name).iter();
        if let Some(value) = values.next() {
            headers.insert(name.clone(), value.clone());
            values.for_each(|value| {
                headers.append(name.clone(), value.clone());
            });
        }
    }
    headers
}

/// The headers of a reply that are the caller's business.
pub(super) fn for_caller(reply: &HeaderMap) -> HeaderMap {
    let wanted = |name: &HeaderName| {
        matches!(
            name.as_str(),
            "content-type"
                | "request-id"
                | "x-request-id"
                | "apim-request-id"
                | "retry-after"
                | "retry-after-ms"
                | "x-should-retry"
                | "openai-processing-ms"
                | "openai-version"
                | "openai-model"
        ) || name.as_str().starts_with("x-ratelimit-")
            || name.as_str().starts_with("anthropic-ratelimit-")
    };
    reply.iter().filter(|(name, _)| wanted(name)).map(|(name, value)| (name.clone(), value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_belongs_to_the_caller_comes_back() {
        let names = [
            "content-type",
            "x-request-id",
            "x-ratelimit-remaining-tokens",
            "set-cookie",
            "connection",
            "transfer-encoding",
            "content-length",
            "openai-organization",
            "www-authenticate",
            "x-api-key",
            "server",
        ];
        let reply: HeaderMap = names
            .map(|name| (HeaderName::from_static(name), HeaderValue::from_static("1")))
            .into_iter()
            .collect();
        let mut kept: Vec<_> = for_caller(&reply).keys().map(|name| name.as_str().to_owned()).collect();
        kept.sort();
        assert_eq!(kept, ["content-type", "x-ratelimit-remaining-tokens", "x-request-id"]);
    }

    #[test]
    fn a_callers_credentials_do_not_go_out() {
        let mut own = HeaderMap::new();
        own.insert("anthropic-version", HeaderValue::from_static("2023-06-01"));
        own.insert("x-api-key", HeaderValue::from_static("ours"));
        let mut callers = HeaderMap::new();
        for name in ["x-api-key", "authorization", "cookie", "host", "x-forwarded-for"] {
            callers.insert(HeaderName::from_static(name), HeaderValue::from_static("theirs"));
        }
        callers.append("anthropic-beta", HeaderValue::from_static("a"));
        callers.append("anthropic-beta", HeaderValue::from_static("b"));
        let sent = with_callers(&own, &callers);
        assert_eq!(sent.get("x-api-key").unwrap(), "ours");
        assert_eq!(sent.get_all("anthropic-beta").iter().count(), 2);
        assert!(sent.values().all(|value| value != "theirs"), "{sent:?}");
    }
}
