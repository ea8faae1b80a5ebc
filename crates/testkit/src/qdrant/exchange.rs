//! How the played Qdrant answers.

use crate::exchange::{Call, read, whole};
use serde_json::Value;
use tokio::{io::AsyncWriteExt as _, net::TcpStream};

/// What is answered.
#[derive(Debug)]
pub(super) struct Answer {
    status: &'static str,
    media_type: &'static str,
    body: String,
}

impl Answer {
    pub(super) fn json(status: &'static str, body: &Value) -> Self {
        Self { status, media_type: "application/json", body: body.to_string() }
    }

    pub(super) fn text(status: &'static str, body: &str) -> Self {
        Self { status, media_type: "text/plain", body: body.to_owned() }
    }
}

/// Reads a request, has it handled, and answers.
pub(super) async fn answer(mut stream: TcpStream, handle: impl FnOnce(&Call) -> Answer + Send) {
    let Some(call) = read(&mut stream).await else { return };
    let Answer { status, media_type, body } = handle(&call);
    let headers = format!("content-type: {media_type}\r\n");
    // Who has gone away needs no answer.
    let _gone = stream.write_all(whole(status, &headers, &body).as_bytes()).await;
}
