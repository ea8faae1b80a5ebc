//! HTTP to a Familiar on this machine: JSON, uploads and event streams.

use crate::error::CliError;
use api::problem::Problem;
use budget::Project;
use bytes::Bytes;
use futures::{Stream, StreamExt, stream};
use http::{Method, Request, StatusCode, header};
use http_body_util::{BodyExt, BodyStream, Full};
use hyper::body::Incoming;
use hyper_util::{
    client::legacy::{Client as Pool, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde::{Serialize, de::DeserializeOwned};
use std::net::SocketAddr;

/// A client of one server.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    pool: Pool<HttpConnector, Full<Bytes>>,
    address: SocketAddr,
    /// What its calls of models are for, if somebody said so.
    project: Option<Project>,
}

/// A file to upload.
#[derive(Debug)]
pub(crate) struct Upload {
    /// Its name, with its folder where a folder was given.
    pub file_name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Client {
    /// A client of the server that listens on `address`.
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self { pool: Pool::builder(TokioExecutor::new()).build_http(), address, project: None }
    }

    /// The same client, at work on a project: its calls of models are put down to it.
    pub(crate) fn at_work_on(&self, project: Option<Project>) -> Self {
        Self { project, ..self.clone() }
    }

    /// Reads a resource.
    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, CliError> {
        self.json(Method::GET, path, None).await
    }

    /// Sends JSON and reads the answer.
    pub(crate) async fn send<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, CliError> {
        let body = serde_json::to_vec(body).map_err(|error| CliError::failed(error.to_string()))?;
        self.json(method, path, Some(("application/json".to_owned(), body))).await
    }

    /// Reads a resource piece by piece.
    pub(crate) async fn copy(
        &self,
        path: &str,
        take: impl Fn(&[u8]) -> Result<(), CliError>,
    ) -> Result<(), CliError> {
        let mut body = BodyStream::new(self.respond(Method::GET, path, None).await?);
        while let Some(frame) = body.next().await {
            let frame = frame.map_err(|error| broken(&error))?;
            frame.data_ref().map_or(Ok(()), |piece| take(piece))?;
        }
        Ok(())
    }

    /// Sends a request without body whose answer does not matter.
    pub(crate) async fn act(&self, method: Method, path: &str) -> Result<(), CliError> {
        self.whole(method, path, None).await.map(|_| ())
    }

    /// Uploads a file and reads the answer.
    pub(crate) async fn upload<T: DeserializeOwned>(
        &self,
        path: &str,
        upload: Upload,
    ) -> Result<T, CliError> {
        let boundary = format!("familiar-{}", base::new_id());
        let name: String =
            upload.file_name.chars().map(|c| if matches!(c, '"' | '\r' | '\n') { '_' } else { c }).collect();
        let mut body = format!(
            "--{boundary}\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
             content-type: application/octet-stream\r\n\r\n"
        )
        .into_bytes();
        body.extend_from_slice(&upload.bytes);
        body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
        self.json(Method::POST, path, Some((format!("multipart/form-data; boundary={boundary}"), body))).await
    }

    /// Follows an event stream: each event's data, read as JSON.
    pub(crate) async fn events<T: DeserializeOwned + Send + 'static>(
        &self,
        path: &str,
    ) -> Result<impl Stream<Item = Result<T, CliError>> + Unpin + use<T>, CliError> {
        let body = self.respond(Method::GET, path, None).await?;
        let pieces =
            BodyStream::new(body).map(|frame| frame.map(|frame| frame.into_data().unwrap_or_default()));
        let lines =
            stream::unfold((pieces, Vec::new()), |(mut pieces, mut buffer): (_, Vec<u8>)| async move {
                loop {
                    if let Some(end) = buffer.iter().position(|byte| *byte == b'\n') {
                        let line: Vec<u8> = buffer.drain(..=end).collect();
                        return Some((Ok(line), (pieces, buffer)));
                    }
                    match pieces.next().await? {
                        Ok(piece) => buffer.extend_from_slice(&piece),
                        Err(error) => return Some((Err(broken(&error)), (pieces, buffer))),
                    }
                }
            });
        Ok(Box::pin(lines.filter_map(|line| async move {
            match line {
                Err(error) => Some(Err(error)),
                Ok(line) => line
                    .strip_prefix(b"data: ")
                    .map(|data| serde_json::from_slice(data).map_err(|error| broken(&error))),
            }
        })))
    }

    async fn json<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<(String, Vec<u8>)>,
    ) -> Result<T, CliError> {
        let bytes = self.whole(method, path, body).await?;
        serde_json::from_slice(&bytes).map_err(|error| broken(&error))
    }

    async fn whole(
        &self,
        method: Method,
        path: &str,
        body: Option<(String, Vec<u8>)>,
    ) -> Result<Bytes, CliError> {
        let body = self.respond(method, path, body).await?;
        Ok(body.collect().await.map_err(|error| broken(&error))?.to_bytes())
    }

    async fn respond(
        &self,
        method: Method,
        path: &str,
        body: Option<(String, Vec<u8>)>,
    ) -> Result<Incoming, CliError> {
        let mut request = Request::builder().method(method).uri(format!("http://{}{path}", self.address));
        if let Some(project) = &self.project {
            request = request.header("x-familiar-project", project.as_str().as_bytes());
        }
        let mut bytes = Vec::new();
        if let Some((content_type, content)) = body {
            request = request.header(header::CONTENT_TYPE, content_type);
            bytes = content;
        }
        let request = request.body(Full::from(bytes)).map_err(|error| CliError::failed(error.to_string()))?;
        let response = self.pool.request(request).await.map_err(|error| {
            CliError::failed(format!("no answer from Familiar on `{}`: {error}", self.address))
                .hint("`familiar doctor` looks for what is wrong")
        })?;
        let status = response.status();
        let body = response.into_body();
        if status.is_success() {
            return Ok(body);
        }
        let bytes = body.collect().await.map_err(|error| broken(&error))?.to_bytes();
        Err(refused(status, &bytes))
    }
}

fn refused(status: StatusCode, body: &[u8]) -> CliError {
    match serde_json::from_slice::<Problem>(body) {
        Ok(problem) => CliError::refused(problem),
        Err(_) => CliError::failed(format!("Familiar answered with status {status}")),
    }
}

fn broken(error: &dyn std::fmt::Display) -> CliError {
    CliError::failed(format!("the answer could not be read: {error}"))
        .hint("is the running server of the same version as this command?")
}

/// A text as a part of a path or query.
pub(crate) fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

#[cfg(test)]
mod tests {
    use super::encoded;

    #[test]
    fn what_people_type_is_safe_in_an_address() {
        assert_eq!(encoded("a b/c?d&ü+"), "a%20b%2Fc%3Fd%26%C3%BC%2B");
    }
}
