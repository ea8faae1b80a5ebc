//! The scripted upstream against a plain HTTP client.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod answers;
mod faults;
mod script;

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use testkit::ScriptedUpstream;

/// A client with a connection pool of its own.
struct Caller(Client<HttpConnector, Full<Bytes>>);

impl Caller {
    fn new() -> Self {
        Self(Client::builder(TokioExecutor::new()).build_http())
    }

    async fn open(&self, url: &str, body: Value) -> Result<hyper::Response<Incoming>, String> {
        let request = hyper::Request::post(url).body(Full::from(body.to_string())).unwrap();
        self.0.request(request).await.map_err(|error| error.to_string())
    }

    async fn post(&self, url: &str, body: Value) -> Result<(u16, String), String> {
        collect(self.open(url, body).await?).await
    }

    async fn get(&self, url: &str) -> Result<(u16, String), String> {
        let request = hyper::Request::get(url).body(Full::default()).unwrap();
        collect(self.0.request(request).await.map_err(|error| error.to_string())?).await
    }
}

async fn collect(response: hyper::Response<Incoming>) -> Result<(u16, String), String> {
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.map_err(|error| error.to_string())?.to_bytes();
    Ok((status, String::from_utf8_lossy(&body).into_owned()))
}

/// The `data:` lines (or the plain lines) of a stream as JSON, without `[DONE]`.
fn events(body: &str) -> Vec<Value> {
    body.lines()
        .map(|line| line.strip_prefix("data: ").unwrap_or(line))
        .filter(|line| line.starts_with('{'))
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

async fn started() -> (ScriptedUpstream, Caller) {
    (ScriptedUpstream::start().await.unwrap(), Caller::new())
}
