//! Signed messages to other programs, as [Standard Webhooks](https://www.standardwebhooks.com) has it.
//!
//! Each message is a `POST` of JSON with three headers: `webhook-id` (the same each time a message is sent again, so that
//! whoever gets it twice can tell), `webhook-timestamp` (seconds since 1970, of this attempt), and
//! `webhook-signature`: `v1,` and the base64 of HMAC-SHA256 over `ID.TIMESTAMP.BODY`, keyed with the bytes of the secret
//! (what follows `whsec_`, decoded from base64). Any status of 200 to 299 says that it has arrived; `410` says that nobody
//! wants it any more; everything else, and silence, is tried again after a while.

use crate::model::Alert;
use base::{Id, Secret, Timestamp};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use net::{Client, NetError, Request, TimeOuts};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::time::Duration;

/// What secrets in base64 begin with.
const PREFIX: &str = "whsec_";
/// Bytes of a new secret.
const SECRET_BYTES: usize = 32;
/// Bytes that SHA-256 takes at a time.
const BLOCK: usize = 64;
/// How long the other side may take.
const TIME_OUTS: TimeOuts = TimeOuts {
    first_byte: Duration::from_secs(15),
    stall: Duration::from_secs(15),
    total: Duration::from_secs(20),
};
/// More of an answer is not read.
const MAX_REPLY_BYTES: u64 = 64 << 10;

/// How long after each failure it is tried again: for about a day.
pub(crate) const AGAIN: [Duration; 9] = [
    Duration::from_secs(5),
    Duration::from_secs(30),
    Duration::from_secs(2 * 60),
    Duration::from_secs(10 * 60),
    Duration::from_secs(30 * 60),
    Duration::from_secs(3_600),
    Duration::from_secs(3 * 3_600),
    Duration::from_secs(6 * 3_600),
    Duration::from_secs(12 * 3_600),
];

/// Why a message did not arrive.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct NotDelivered {
    /// What happened.
    pub message: String,
    /// Whether trying again may help.
    pub again: bool,
}

/// A new secret; `None` where the system gives no random numbers.
pub(crate) fn new_secret() -> Option<Secret> {
    let mut bytes = [0; SECRET_BYTES];
    getrandom::fill(&mut bytes).ok()?;
    Some(Secret::new(format!("{PREFIX}{}", STANDARD.encode(bytes))))
}

/// The value of `webhook-signature`.
pub fn signature(secret: &Secret, id: &str, timestamp_seconds: i64, body: &[u8]) -> String {
    let text = secret.expose();
    let decoded = text.strip_prefix(PREFIX).and_then(|encoded| STANDARD.decode(encoded).ok());
    let key = decoded.unwrap_or_else(|| text.as_bytes().to_vec());
    let head = format!("{id}.{timestamp_seconds}.");
    format!("v1,{}", STANDARD.encode(hmac_sha256(&key, &[head.as_bytes(), body])))
}

/// HMAC (RFC 2104) with SHA-256 over the parts one after the other.
fn hmac_sha256(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut block = [0_u8; BLOCK];
    let hashed;
    let key = if key.len() > BLOCK {
        hashed = Sha256::digest(key);
        hashed.as_slice()
    } else {
        key
    };
    for (place, byte) in block.iter_mut().zip(key) {
        *place = *byte;
    }
    let mut inner = Sha256::new_with_prefix(block.map(|byte| byte ^ 0x36));
    for part in parts {
        inner.update(part);
    }
    Sha256::new_with_prefix(block.map(|byte| byte ^ 0x5c)).chain_update(inner.finalize()).finalize().into()
}

/// What is told of an alert: `alert.raised`, `alert.worse` or `alert.resolved`.
pub(crate) fn body(event: &str, alert: &Alert) -> String {
    let time = |time: Option<Timestamp>| time.map(|time| time.to_string());
    json!({
        "type": event,
        "timestamp": alert.last_at.to_string(),
        "data": {
            "id": alert.id.to_string(),
            "kind": alert.news.kind,
            "severity": alert.news.severity,
            "title": alert.news.title,
            "message": alert.news.message,
            "facts": Value::Object(alert.news.facts.clone()),
            "occurrences": alert.occurrences,
            "first_at": alert.first_at.to_string(),
            "last_at": alert.last_at.to_string(),
            "resolved_at": time(alert.resolved_at),
        },
    })
    .to_string()
}

/// A message ready to be sent.
pub(crate) struct Message<'a> {
    pub(crate) id: Id,
    pub(crate) now: Timestamp,
    pub(crate) body: &'a str,
    pub(crate) secret: &'a Secret,
}

/// Sends a message once.
pub(crate) async fn send(
    client: &Client,
    uri: Uri,
    message: Message<'_>,
) -> Result<StatusCode, NotDelivered> {
    let mut request = Request::new(Method::POST, uri);
    request.headers = headers(&message)
        .ok_or_else(|| NotDelivered { message: "the message cannot be written".to_owned(), again: false })?;
    request.body = Bytes::copy_from_slice(message.body.as_bytes());
    request.time_outs = TIME_OUTS;
    request.max_reply_bytes = MAX_REPLY_BYTES;
    let refused = |error: NetError| NotDelivered {
        again: !matches!(error, NetError::Blocked { .. } | NetError::InvalidUrl { .. }),
        message: error.to_string(),
    };
    let response = client.send(request).await.map_err(refused)?;
    let status = response.status;
    // Read to its end, so that the connection can be used again; what it says does not matter.
    drop(response.body.collect().await);
    if status.is_success() {
        return Ok(status);
    }
    Err(NotDelivered { message: format!("the answer was {status}"), again: status != StatusCode::GONE })
}

fn headers(message: &Message<'_>) -> Option<HeaderMap> {
    let id = message.id.to_string();
    let seconds = message.now.millis().div_euclid(1_000);
    let signature = signature(message.secret, &id, seconds, message.body.as_bytes());
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::USER_AGENT, HeaderValue::from_static("Familiar"));
    headers.insert(HeaderName::from_static("webhook-id"), HeaderValue::from_str(&id).ok()?);
    headers.insert(HeaderName::from_static("webhook-timestamp"), HeaderValue::from(seconds));
    headers.insert(HeaderName::from_static("webhook-signature"), HeaderValue::from_str(&signature).ok()?);
    Some(headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Test cases 1, 2, 6 and 7 of RFC 4231.
    #[test]
    fn hmac_gives_what_the_rfc_says() {
        let cases: [(&[u8], &[u8], &str); 4] = [
            (&[0x0b; 20], b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
            (
                b"Jefe",
                b"what do ya want for nothing?",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            (
                &[0xaa; 131],
                b"Test Using Larger Than Block-Size Key - Hash Key First",
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            ),
            (
                &[0xaa; 131],
                b"This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm.",
                "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
            ),
        ];
        for (key, data, expected) in cases {
            assert_eq!(hex(&hmac_sha256(key, &[data])), expected);
            let (one, two) = data.split_at(3);
            assert_eq!(hex(&hmac_sha256(key, &[one, two])), expected, "in parts");
        }
    }

    /// The example of the libraries of Standard Webhooks.
    #[test]
    fn the_signature_is_what_their_libraries_expect() {
        let secret = Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let signed =
            signature(&secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn secrets_are_long_and_never_the_same() {
        let (one, two) = (new_secret().unwrap(), new_secret().unwrap());
        assert!(one.expose().starts_with(PREFIX) && one.expose().len() > 48);
        assert_ne!(one, two);
    }
}
