//! How requests to a bucket travel: by `net`, the one HTTP client. What a store refuses becomes a [`BucketFault`] here,
//! where status and body are still at hand.

use super::BucketFault;
use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use http_body_util::BodyExt as _;
use net::{Client, LocalOnly, NetConfig, NetError, Request, TimeOuts};
use object_store::{
    ClientOptions,
    client::{
        HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpResponseBody,
        HttpService,
    },
};
use std::time::Duration;

/// A slower connection than this, in bytes a second, is none.
const SLOWEST: u64 = 64 << 10;
/// The longest that an object may take to come.
const LONGEST: Duration = Duration::from_secs(3600);
/// Where Azure says what is wrong, also where there is no body.
const AZURE_CODE: &str = "x-ms-error-code";

/// The way to the store.
#[derive(Debug, Clone)]
pub(super) struct Transport {
    client: Client,
    /// How long the store may think, and stop in the middle.
    time_out: Duration,
}

impl Transport {
    pub(super) fn new(time_out: Duration, local_only: LocalOnly) -> Result<Self, NetError> {
        let client = Client::new(NetConfig {
            local_only,
            connect_time_out: time_out.min(Duration::from_secs(10)),
            max_idle_per_host: 16,
            ..NetConfig::default()
        })?;
        Ok(Self { client, time_out })
    }

    async fn exchange(&self, request: Request) -> Result<(StatusCode, HeaderMap, Bytes), NetError> {
        let reply = self.client.send(request).await?;
        Ok((reply.status, reply.headers, reply.body.collect().await?))
    }
}

impl HttpConnector for Transport {
    fn connect(&self, _options: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.clone()))
    }
}

#[async_trait]
impl HttpService for Transport {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let (head, body) = request.into_parts();
        let body = body.collect().await?.to_bytes();
        let sending = Duration::from_secs(u64::try_from(body.len()).unwrap_or(u64::MAX) / SLOWEST);
        let first_byte = self.time_out.saturating_add(sending);
        let mut outgoing = Request::new(head.method, head.uri);
        outgoing.headers = head.headers;
        outgoing.body = body;
        outgoing.time_outs =
            TimeOuts { first_byte, stall: self.time_out, total: first_byte.saturating_add(LONGEST) };
        // As large as what was put there; its name tells whether it is the same.
        outgoing.max_reply_bytes = u64::MAX;
        let (status, headers, body) = match self.exchange(outgoing).await {
            Ok(reply) => reply,
            Err(error) => return Err(HttpError::new(kind_of(&error), BucketFault::NoAnswer(error))),
        };
        if let Some((kind, fault)) = fault_of(status, &headers, &body) {
            return Err(HttpError::new(kind, fault));
        }
        let mut reply = HttpResponse::new(HttpResponseBody::from(body));
        *reply.status_mut() = status;
        *reply.headers_mut() = headers;
        Ok(reply)
    }
}

/// Whether it may be tried again. All that is asked of a bucket can be asked twice, but who has waited for so long once
/// does not want to wait for it again.
fn kind_of(error: &NetError) -> HttpErrorKind {
    match error {
        NetError::Resolve { .. } | NetError::Connect { .. } | NetError::Proxy { .. } => {
            HttpErrorKind::Connect
        }
        NetError::Broken { .. } => HttpErrorKind::Request,
        NetError::TimedOut { .. }
        | NetError::InvalidUrl { .. }
        | NetError::InvalidProxy { .. }
        | NetError::InvalidRoots { .. }
        | NetError::Blocked { .. }
        | NetError::LocalOnly { .. }
        | NetError::Tls { .. }
        | NetError::Redirected { .. }
        | NetError::NotHttp { .. }
        | NetError::BodyTooLarge { .. } => HttpErrorKind::Unknown,
    }
}

/// What is wrong with an answer, and whether asking again may help; nothing where it is one that the caller has to
/// understand, such as that there is no such object.
fn fault_of(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Option<(HttpErrorKind, BucketFault)> {
    let code = code_of(headers, body);
    match status.as_u16() {
        401 | 403 => Some((HttpErrorKind::Unknown, BucketFault::Refused { code })),
        404 if matches!(code.as_str(), "NoSuchBucket" | "ContainerNotFound" | "ContainerBeingDeleted") => {
            Some((HttpErrorKind::Unknown, BucketFault::NoBucket { code }))
        }
        404 => None,
        status @ (408 | 409 | 429 | 500..=599) => {
            Some((HttpErrorKind::Request, BucketFault::Busy { status }))
        }
        status @ 400..=499 => Some((HttpErrorKind::Unknown, BucketFault::Answered { status, code })),
        _ => None,
    }
}

/// The store's word for what is wrong: in a header of Azure's, or in the element `Code` of the body.
fn code_of(headers: &HeaderMap, body: &[u8]) -> String {
    let of_header = headers.get(AZURE_CODE).and_then(|value| value.to_str().ok());
    let start = String::from_utf8_lossy(body.get(..body.len().min(4096)).unwrap_or_default());
    let of_body =
        start.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>")).map(|(code, _)| code);
    let code = of_header.or(of_body).unwrap_or_default().trim();
    if code.is_empty() || code.len() > 60 || !code.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        "without a reason".to_owned()
    } else {
        code.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_told_apart() {
        let body = |code: &str| format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code></Error>");
        let of = |status: u16, code: &str| {
            let fault =
                fault_of(StatusCode::from_u16(status).unwrap(), &HeaderMap::new(), body(code).as_bytes());
            fault.map(|(kind, fault)| (kind, fault.to_string()))
        };
        let (for_good, again) = (HttpErrorKind::Unknown, HttpErrorKind::Request);
        for (status, code, expected) in [
            (200, "", None),
            (206, "", None),
            (404, "NoSuchKey", None),
            (404, "", None),
            (404, "NoSuchBucket", Some((for_good, "there is no such bucket (NoSuchBucket)"))),
            (403, "SignatureDoesNotMatch", Some((for_good, "the key is refused (SignatureDoesNotMatch)"))),
            (403, "<script>", Some((for_good, "the key is refused (without a reason)"))),
            (401, "", Some((for_good, "the key is refused (without a reason)"))),
            (400, "BadDigest", Some((for_good, "the store answers with status 400 (BadDigest)"))),
            (409, "OperationAborted", Some((again, "the store answers with status 409"))),
            (429, "", Some((again, "the store answers with status 429"))),
            (503, "SlowDown", Some((again, "the store answers with status 503"))),
        ] {
            let expected = expected.map(|(kind, text)| (kind, text.to_owned()));
            assert_eq!(of(status, code), expected, "{status} {code}");
        }
    }

    #[test]
    fn azure_says_it_in_a_header_where_there_is_no_body() {
        let mut headers = HeaderMap::new();
        headers.insert(AZURE_CODE, "ContainerNotFound".parse().unwrap());
        let (_, fault) = fault_of(StatusCode::NOT_FOUND, &headers, b"").unwrap();
        assert!(matches!(fault, BucketFault::NoBucket { .. }), "{fault}");
    }
}
