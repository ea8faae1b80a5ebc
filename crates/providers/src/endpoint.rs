//! One provider with its address and credential: where requests go out and replies come back.

mod headers;
mod url;

pub(crate) use url::BaseUrl;

use crate::{
    BatchApi, Catalogue, KeyNeed, ProviderConfig, ProviderError, Vendor, catalogue::PromptCacheUse,
    config::Waits, limits::rate_limits,
};
use base::{Clock, Secret};
use bytes::Bytes;
use futures::{FutureExt, StreamExt, future::BoxFuture, stream::BoxStream};
use http::{HeaderMap, HeaderValue, Method, header};
use llm::{
    BatchUpstream, Codec, Dialect, LlmError, LlmErrorKind, Operation, PromptCache, Upstream, UpstreamBody,
    UpstreamCall, UpstreamReply,
};
use net::{Client, LocalOnly, NetConfig, NetError, PoolFigures, Request, TimeOuts, is_here};
use std::{fmt, sync::Arc, time::Duration};

/// How much of an error body is read.
const MAX_ERROR_BYTES: u64 = 1 << 20;
/// How large a reply in one piece may be; a thousand embeddings of 3,072 numbers are about 40 MB of JSON.
const MAX_WHOLE_BYTES: u64 = 128 << 20;
/// How large a stream may be.
const MAX_STREAM_BYTES: u64 = 1 << 30;

/// What a provider's connection pool holds and has done (PRV-15).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pool {
    /// The provider's name.
    pub provider: String,
    /// Its figures.
    pub figures: PoolFigures,
}

/// A request about batches.
pub(crate) struct BatchAsk<'a> {
    pub(crate) method: Method,
    /// Below the base URL.
    pub(crate) path: &'a str,
    /// Where it is not JSON.
    pub(crate) content_type: Option<HeaderValue>,
    pub(crate) body: Bytes,
}

/// One provider with its address and credential. `Debug` shows neither key nor headers.
#[derive(Clone)]
pub struct Endpoint {
    name: String,
    codec: &'static dyn Codec,
    /// The same endpoint in the other formats that it understands.
    also: Vec<Self>,
    base_url: BaseUrl,
    client: Client,
    /// Sent with every request, the credential among them.
    headers: HeaderMap,
    time_outs: TimeOuts,
    first_token_time_out: Duration,
    /// The form of its own batches.
    batch_api: BatchApi,
    /// How its prompt cache is used.
    prompt_cache: PromptCacheUse,
    /// Everything that must not show up in an error.
    secrets: Vec<Secret>,
    /// The vendor's address where a person gets the key that is missing.
    missing_key: Option<Option<String>>,
    /// Whether what it is sent leaves this machine.
    leaves: bool,
    clock: Arc<dyn Clock>,
}

impl Endpoint {
    /// Sets an endpoint up. Nothing is connected yet.
    ///
    /// # Errors
    /// When the configuration cannot be used, see [`ProviderError`].
    pub fn new(
        name: &str,
        config: &ProviderConfig,
        catalogue: &Catalogue,
        (clock, local_only): (Arc<dyn Clock>, LocalOnly),
    ) -> Result<Self, ProviderError> {
        let vendor = config.vendor(name, catalogue)?;
        let dialect = config.dialect.unwrap_or(vendor.dialect);
        let base_url = BaseUrl::new(config, vendor)?;
        let Waits { connect: connect_time_out, first_token: first_token_time_out, reply: time_outs } =
            config.time_outs()?;
        let extra_roots_pem = match &config.ca_file {
            None => None,
            Some(path) => Some(
                std::fs::read(path)
                    .map_err(|cause| ProviderError::RootsFile { path: path.clone(), cause })?,
            ),
        };
        let proxy = config.proxy.as_ref().map(|proxy| proxy.expose().parse()).transpose()?;
        let here = base_url.as_str().parse().is_ok_and(|uri| is_here(&uri));
        let leaves = !here || config.proxy.is_some();
        let client = Client::new(NetConfig {
            proxy,
            local_only,
            extra_roots_pem,
            connect_time_out,
            ..NetConfig::default()
        })?;
        let key = key(config);
        let mut endpoint = Self {
            name: name.to_owned(),
            codec: vendor.codec(dialect),
            also: Vec::new(),
            base_url,
            client,
            headers: headers::outgoing(config, vendor, key.as_ref())?,
            time_outs,
            first_token_time_out,
            batch_api: config.batches.unwrap_or(vendor.batches),
            prompt_cache: if config.prompt_caching == Some(false) {
                PromptCacheUse::Unaided
            } else {
                vendor.prompt_cache
            },
            secrets: key.iter().chain(config.headers.values()).cloned().collect(),
            missing_key: (needs_key(config, vendor) && key.is_none()).then(|| vendor.keys_url.clone()),
            leaves,
            clock,
        };
        let others = config.formats(vendor).into_iter().filter(|other| *other != dialect);
        endpoint.also = others.map(|other| Self { codec: vendor.codec(other), ..endpoint.clone() }).collect();
        Ok(endpoint)
    }

    /// The provider's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where it listens.
    pub fn base_url(&self) -> &str {
        self.base_url.as_str()
    }

    /// The wire format it speaks.
    pub fn dialect(&self) -> Dialect {
        self.codec.dialect()
    }

    /// What its connection pool holds and has done.
    pub fn pool(&self) -> Pool {
        Pool { provider: self.name.clone(), figures: self.client.figures() }
    }

    /// Asks at a path below the base URL and reads the whole answer.
    pub(crate) async fn get(&self, path: &str, time_outs: TimeOuts) -> Result<Bytes, LlmError> {
        self.ask(Method::GET, path, Bytes::new(), time_outs).await
    }

    /// Sends JSON to a path below the base URL and reads the whole answer.
    pub(crate) async fn post(&self, path: &str, body: Bytes, time_outs: TimeOuts) -> Result<Bytes, LlmError> {
        self.ask(Method::POST, path, body, time_outs).await
    }

    async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Bytes,
        time_outs: TimeOuts,
    ) -> Result<Bytes, LlmError> {
        let request = self.request(method, path, time_outs)?;
        let reply = self.exchange(Request { body, ..request }).await?;
        reply.body.collect().await.map_err(|error| net_error(&error))
    }

    /// Sends JSON to a path below the base URL and gives the answer as it comes. Dropping it closes the
    /// connection.
    pub(crate) async fn open(
        &self,
        path: &str,
        body: Bytes,
        time_outs: TimeOuts,
    ) -> Result<BoxStream<'static, Result<Bytes, LlmError>>, LlmError> {
        let request = self.request(Method::POST, path, time_outs)?;
        let reply = self.exchange(Request { body, max_reply_bytes: MAX_STREAM_BYTES, ..request }).await?;
        Ok(reply.body.map(|piece| piece.map_err(|error| net_error(&error))).boxed())
    }

    fn request(&self, method: Method, path: &str, time_outs: TimeOuts) -> Result<Request, LlmError> {
        let request = Request::new(method, self.base_url.join(path, "")?);
        Ok(Request { headers: self.headers.clone(), time_outs, ..request })
    }

    /// Asks for something of the provider's batches; the answer comes as it is read.
    pub(crate) async fn ask_batches(&self, ask: BatchAsk<'_>) -> Result<net::Body, LlmError> {
        let mut request = Request::new(ask.method, self.base_url.join(ask.path, "")?);
        request.headers = self.headers.clone();
        if let Some(content_type) = ask.content_type {
            request.headers.insert(header::CONTENT_TYPE, content_type);
        }
        request.body = ask.body;
        request.time_outs = self.time_outs;
        request.max_reply_bytes = MAX_STREAM_BYTES;
        Ok(self.exchange(request).await?.body)
    }

    /// The form of its own batches.
    pub(crate) fn batch_api(&self) -> BatchApi {
        self.batch_api
    }

    /// Sends a request; a reply whose status is not 2xx comes back as the error it is.
    async fn exchange(&self, request: Request) -> Result<net::Response, LlmError> {
        if let Some(keys_url) = &self.missing_key {
            let at = keys_url.as_ref().map(|url| format!("; {url} gives one")).unwrap_or_default();
            let message = format!("no API key is set for `{}`{at}", self.name);
            return Err(LlmError::new(LlmErrorKind::Authentication, message));
        }
        let mut reply = self.client.send(request).await.map_err(|error| net_error(&error))?;
        if reply.status.is_success() {
            return match reply.headers.get(header::CONTENT_ENCODING) {
                Some(encoding) if encoding != "identity" => Err(LlmError::new(
                    LlmErrorKind::Malformed,
                    "the reply is compressed, which was not asked for",
                )),
                Some(_) | None => Ok(reply),
            };
        }
        let body = Box::pin(read_at_most(&mut reply.body, MAX_ERROR_BYTES)).await;
        let mut error = self.codec.decode_error(reply.status.as_u16(), &reply.headers, &body);
        error.retry_after =
            error.retry_after.or_else(|| rate_limits(&reply.headers, self.clock.now()).retry_after);
        Err(error.without_secrets(self))
    }

    async fn call(&self, call: UpstreamCall) -> Result<UpstreamReply, LlmError> {
        let streamed = match call.operation {
            Operation::ChatStream
            | Operation::Speech
            | Operation::Transcription
            | Operation::AudioTranslation => true,
            Operation::Chat | Operation::Embeddings => false,
        };
        let path = self.codec.path(call.operation, &call.model);
        let mut request = Request::new(Method::POST, self.base_url.join(&path, &call.model)?);
        request.headers = headers::with_callers(&self.headers, &call.headers);
        if let Some(content_type) = call.headers.get(header::CONTENT_TYPE) {
            request.headers.insert(header::CONTENT_TYPE, content_type.clone());
        }
        request.body = call.body;
        request.time_outs = self.time_outs;
        request.max_reply_bytes = if streamed { MAX_STREAM_BYTES } else { MAX_WHOLE_BYTES };
        let reply = self.exchange(request).await?;
        let limits = rate_limits(&reply.headers, self.clock.now());
        let headers = headers::for_caller(&reply.headers);
        let body = if streamed {
            UpstreamBody::Stream(reply.body.map(|piece| piece.map_err(|error| net_error(&error))).boxed())
        } else {
            UpstreamBody::Whole(reply.body.collect().await.map_err(|error| net_error(&error))?)
        };
        Ok(UpstreamReply { headers, limits, body })
    }
}

impl Upstream for Endpoint {
    fn codec(&self) -> &'static dyn Codec {
        self.codec
    }

    fn facing(&self, dialect: Dialect) -> Option<&dyn Upstream> {
        self.also.iter().find(|other| other.dialect() == dialect).map(|other| other as &dyn Upstream)
    }

    fn send(&self, call: UpstreamCall) -> BoxFuture<'_, Result<UpstreamReply, LlmError>> {
        self.call(call).boxed()
    }

    fn first_token_time_out(&self) -> Option<Duration> {
        Some(self.first_token_time_out)
    }

    /// A server on this machine may still hand a model's calls on: those of Ollama's cloud say so in their names.
    fn leaves(&self, model: &str) -> bool {
        self.leaves || model.ends_with("-cloud") || model.ends_with(":cloud")
    }

    /// Providers like to repeat the key they refuse.
    fn without_secrets(&self, text: &str) -> Option<String> {
        let held = self.secrets.iter().map(Secret::expose).filter(|secret| secret.len() >= 6);
        held.filter(|secret| text.contains(secret)).fold(None, |blotted: Option<String>, secret| {
            Some(blotted.as_deref().unwrap_or(text).replace(secret, "***"))
        })
    }

    fn prompt_cache(&self) -> PromptCache {
        match (self.prompt_cache, self.dialect()) {
            (PromptCacheUse::Marks, Dialect::Anthropic) => PromptCache::Marks,
            (PromptCacheUse::Key, Dialect::OpenAiChat | Dialect::OpenAiResponses) => PromptCache::Key,
            (_, _) => PromptCache::Unaided,
        }
    }

    fn batches(&self) -> Option<&dyn BatchUpstream> {
        (self.batch_api != BatchApi::None).then_some(self as &dyn BatchUpstream)
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Endpoint({} {} {})", self.name, self.dialect(), self.base_url.as_str())
    }
}

/// The key, without the white space that comes along when one is copied; an empty one is none.
fn key(config: &ProviderConfig) -> Option<Secret> {
    let key = config.api_key.as_ref()?.expose().trim();
    (!key.is_empty()).then(|| Secret::new(key))
}

/// Whether nothing works without a key. A server of one's own at another address may well need none, nor
/// one that is given its credential as a header.
fn needs_key(config: &ProviderConfig, vendor: &Vendor) -> bool {
    let elsewhere = match (&config.base_url, &vendor.base_url) {
        (Some(given), Some(usual)) => given.trim_end_matches('/') != usual,
        (Some(_), None) | (None, _) => false,
    };
    vendor.key == KeyNeed::Required && !elsewhere && config.headers.is_empty()
}

/// The beginning of a body; what cannot be read is left out, because the status says enough.
async fn read_at_most(body: &mut net::Body, limit_bytes: u64) -> Vec<u8> {
    let mut read = Vec::new();
    while let Some(Ok(piece)) = body.next().await {
        read.extend_from_slice(&piece);
        if read.len() as u64 >= limit_bytes {
            break;
        }
    }
    read
}

/// A failure of the network in the vocabulary of model calls.
pub(crate) fn net_error(error: &NetError) -> LlmError {
    let kind = match error {
        NetError::TimedOut { .. } => LlmErrorKind::Timeout,
        NetError::NotHttp { .. } | NetError::BodyTooLarge { .. } | NetError::Redirected { .. } => {
            LlmErrorKind::Malformed
        }
        NetError::InvalidUrl { .. }
        | NetError::InvalidProxy { .. }
        | NetError::InvalidRoots { .. }
        | NetError::Blocked { .. }
        | NetError::LocalOnly { .. }
        | NetError::Resolve { .. }
        | NetError::Connect { .. }
        | NetError::Tls { .. }
        | NetError::Proxy { .. }
        | NetError::Broken { .. } => LlmErrorKind::Network,
    };
    LlmError::new(kind, error.to_string())
}

/// The error for a model whose name does not fit into an address.
fn unspeakable(model: &str) -> LlmError {
    LlmError::new(LlmErrorKind::BadRequest, format!("`{model}` cannot be a model's name"))
}

/// Reads a header's value and marks it as secret.
fn secret_value(value: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::try_from(value).ok()?;
    value.set_sensitive(true);
    Some(value)
}
