//! Every caller's format with every provider's: what a caller sends reaches the provider, and what the
//! provider answers reaches the caller, whole and streamed, except for what is named as lost.

mod bodies;
mod replies;
mod requests;
mod sealed;

pub(crate) use sealed::next_request;

use llm::{Codec, Dialect, LlmErrorKind};

pub(crate) const CALLERS: [Dialect; 5] = PROVIDERS;
const PROVIDERS: [Dialect; 5] = Dialect::ALL;

fn codec(dialect: Dialect) -> &'static dyn Codec {
    wire::codec(dialect)
}

#[test]
fn the_class_of_an_error_survives_every_door() {
    for caller in CALLERS {
        for kind in LlmErrorKind::ALL {
            // As `server` answers; the body has to tell what the status does not.
            let status = match kind.kind() {
                base::ErrorKind::Invalid => 400,
                base::ErrorKind::NotFound => 404,
                base::ErrorKind::Limited => 429,
                base::ErrorKind::Unavailable => 503,
                base::ErrorKind::Upstream
                | base::ErrorKind::Unauthenticated
                | base::ErrorKind::Forbidden
                | base::ErrorKind::Conflict
                | base::ErrorKind::Internal => 502,
            };
            let error = llm::LlmError::new(kind, "it went wrong");
            let body = codec(caller).encode_error(&error);
            let read = codec(caller).decode_error(status, &http::HeaderMap::new(), &body);
            assert_eq!(read.kind, kind, "{caller}: {}", String::from_utf8_lossy(&body));
            assert!(read.message.contains("it went wrong"));
        }
    }
}
