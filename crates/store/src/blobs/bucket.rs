//! A bucket: blobs in an S3-compatible store or a container of Azure's, where configured.
//!
//! An object lies at `PREFIX/ab/cdef…`, named as its file would be in the folder, so that either can be copied to the
//! other by any tool. Both stores put an object in its place whole or not at all.

use super::{
    BlobError, BlobId, BucketFault,
    config::{BlobsConfig, Protocol, Target},
    folder::blocking,
    transport::Transport,
};
use base::new_id;
use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use net::LocalOnly;
use object_store::{
    BackoffConfig, GetOptions, ObjectStore, PutOptions, PutPayload, RetryConfig,
    aws::AmazonS3Builder,
    azure::{AzureConfigKey, MicrosoftAzureBuilder},
    path::Path,
};
use std::{
    collections::BTreeSet,
    error::Error,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// How often a request is repeated that failed for the moment.
const RETRIES: usize = 3;
/// After this time nothing is repeated any more.
const RETRYING: Duration = Duration::from_secs(60);

/// A bucket with a prefix. Clones are one.
#[derive(Clone)]
pub struct Bucket {
    store: Arc<dyn ObjectStore>,
    prefix: String,
    name: Arc<str>,
    /// Objects that were found damaged: the next time that somebody adds their content it is sent again.
    damaged: Arc<Mutex<BTreeSet<BlobId>>>,
}

impl fmt::Debug for Bucket {
    /// The name only: what is behind it has keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Bucket").field(&self.name).finish()
    }
}

impl Bucket {
    /// The bucket that the configuration names; `None` where files lie in the folder.
    pub(super) fn open(config: &BlobsConfig, local_only: LocalOnly) -> Result<Option<Self>, BlobError> {
        let Some(url) = &config.url else { return Ok(None) };
        let odd = |fault: BucketFault| BlobError::Bucket {
            doing: "use",
            bucket: url.clone(),
            fault: Box::new(fault),
        };
        let target = Target::of(url).map_err(|message| odd(BucketFault::Odd(message)))?;
        let transport = Transport::new(Duration::from_secs(config.timeout_seconds), local_only)
            .map_err(|error| odd(error.into()))?;
        let made = match target.protocol {
            Protocol::S3 => s3(config, &target, transport),
            Protocol::Azure => azure(config, &target, transport),
        };
        let store = made.map_err(|error| odd(BucketFault::Odd(innermost(&error))))?;
        Ok(Some(Self::over(store, url.trim(), target.prefix)))
    }

    /// A bucket in memory, for tests.
    #[cfg(any(test, feature = "testing"))]
    pub fn in_memory() -> Self {
        Self::over(Arc::new(object_store::memory::InMemory::new()), "memory://test", "files".to_owned())
    }

    fn over(store: Arc<dyn ObjectStore>, name: &str, prefix: String) -> Self {
        Self { store, prefix, name: Arc::from(name), damaged: Arc::default() }
    }

    /// What it is called in the configuration: `s3://bucket/prefix`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether an object is there whole.
    pub(super) async fn has(&self, id: &BlobId, size_bytes: u64) -> Result<bool, BlobError> {
        if self.damaged().contains(id) {
            return Ok(false);
        }
        match self.store.get_opts(&self.path(id), GetOptions::new().with_head(true)).await {
            Ok(about) => Ok(about.meta.size == size_bytes),
            Err(error) if is_missing(&error) => Ok(false),
            Err(error) => Err(self.failed("look into", &error)),
        }
    }

    /// Puts an object there, over the one that may be there.
    pub(super) async fn send(&self, id: &BlobId, bytes: Bytes) -> Result<(), BlobError> {
        let sent = self.store.put_opts(&self.path(id), PutPayload::from(bytes), PutOptions::default()).await;
        sent.map_err(|error| self.failed("write to", &error))?;
        self.damaged().remove(id);
        Ok(())
    }

    /// Puts an object there where it is not there whole.
    pub(super) async fn assure(&self, id: &BlobId, bytes: &Bytes) -> Result<(), BlobError> {
        if self.has(id, size_of(bytes)).await? {
            return Ok(());
        }
        self.send(id, bytes.clone()).await
    }

    /// Reads an object and checks that it is what it was; `None` where it is not there.
    pub(super) async fn read(&self, id: &BlobId) -> Result<Option<Bytes>, BlobError> {
        let found = match self.store.get_opts(&self.path(id), GetOptions::default()).await {
            Ok(found) => found.bytes().await,
            Err(error) => Err(error),
        };
        let bytes = match found {
            Ok(bytes) => bytes,
            Err(error) if is_missing(&error) => return Ok(None),
            Err(error) => return Err(self.failed("read from", &error)),
        };
        let hashed = bytes.clone();
        if blocking(move || Ok(BlobId::of(&hashed))).await? == *id {
            return Ok(Some(bytes));
        }
        self.damaged().insert(id.clone());
        Err(BlobError::Damaged(id.clone()))
    }

    /// Deletes an object; one that is not there is no error.
    pub(super) async fn remove(&self, id: &BlobId) -> Result<(), BlobError> {
        let path = self.path(id);
        let mut deleted = self.store.delete_stream(stream::once(async move { Ok(path) }).boxed());
        match deleted.try_next().await {
            Ok(_) => Ok(()),
            Err(error) if is_missing(&error) => Ok(()),
            Err(error) => Err(self.failed("delete from", &error)),
        }
    }

    /// Tries out all that is done with a bucket, with a small object that is gone afterwards.
    ///
    /// # Errors
    /// What does not work, with what to do about it.
    pub async fn try_out(&self) -> Result<(), BlobError> {
        let bytes = Bytes::from(format!("a trial of `familiar doctor`: {}", new_id()));
        let id = BlobId::of(&bytes);
        // First, since what is wrong with a key is told only where an answer has a body.
        self.send(&id, bytes.clone()).await?;
        let is_there = self.has(&id, size_of(&bytes)).await?;
        let read = self.read(&id).await?;
        self.remove(&id).await?;
        if read.is_none() || !is_there {
            return Err(self.odd("an object is not there that was written"));
        }
        if self.has(&id, size_of(&bytes)).await? {
            return Err(self.odd("an object is there that was deleted"));
        }
        Ok(())
    }

    fn odd(&self, what: &str) -> BlobError {
        BlobError::Bucket {
            doing: "use",
            bucket: self.name.to_string(),
            fault: Box::new(BucketFault::Odd(what.to_owned())),
        }
    }

    fn path(&self, id: &BlobId) -> Path {
        let (folder, file) = id.halves();
        let separator = if self.prefix.is_empty() { "" } else { "/" };
        Path::from(format!("{}{separator}{folder}/{file}", self.prefix))
    }

    fn damaged(&self) -> std::sync::MutexGuard<'_, BTreeSet<BlobId>> {
        self.damaged.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn failed(&self, doing: &'static str, error: &object_store::Error) -> BlobError {
        let fault = fault_within(error).unwrap_or_else(|| BucketFault::Odd(innermost(error)));
        BlobError::Bucket { doing, bucket: self.name.to_string(), fault: Box::new(fault) }
    }
}

/// The size, as the rows have it.
pub(super) fn size_of(bytes: &Bytes) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

fn retry() -> RetryConfig {
    let backoff = BackoffConfig {
        init_backoff: Duration::from_millis(100),
        max_backoff: Duration::from_secs(5),
        base: 2.0,
    };
    RetryConfig { backoff, max_retries: RETRIES, retry_timeout: RETRYING }
}

type Made = object_store::Result<Arc<dyn ObjectStore>>;

fn s3(config: &BlobsConfig, target: &Target, transport: Transport) -> Made {
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(&target.bucket)
        .with_virtual_hosted_style_request(config.virtual_host)
        // Not every store has the request that deletes many at once.
        .with_disable_bulk_delete(true)
        .with_allow_http(true)
        .with_retry(retry())
        .with_http_connector(transport);
    if let Some(region) = &config.region {
        builder = builder.with_region(region);
    }
    if let Some(endpoint) = config.endpoint_of(target) {
        builder = builder.with_endpoint(endpoint);
    }
    // Both, also where they are empty: without them it would ask the machine's cloud for some.
    builder = builder.with_access_key_id(text_of(config.access_key_id.as_ref()));
    builder = builder.with_secret_access_key(text_of(config.secret_access_key.as_ref()));
    Ok(Arc::new(builder.build()?))
}

fn azure(config: &BlobsConfig, target: &Target, transport: Transport) -> Made {
    let mut builder = MicrosoftAzureBuilder::new()
        .with_account(config.account.as_deref().unwrap_or_default())
        .with_container_name(&target.bucket)
        .with_allow_http(true)
        .with_retry(retry())
        .with_http_connector(transport);
    if let Some(endpoint) = config.endpoint_of(target) {
        builder = builder.with_endpoint(endpoint);
    }
    builder = match &config.account_key {
        Some(key) => builder.with_access_key(key.expose().trim()),
        None => builder.with_config(AzureConfigKey::SasKey, text_of(config.sas_token.as_ref())),
    };
    Ok(Arc::new(builder.build()?))
}

fn text_of(secret: Option<&base::Secret>) -> &str {
    secret.map(|secret| secret.expose().trim()).unwrap_or_default()
}

fn is_missing(error: &object_store::Error) -> bool {
    matches!(error, object_store::Error::NotFound { .. })
}

/// The fault that the transport has seen, somewhere among the causes.
fn fault_within(error: &object_store::Error) -> Option<BucketFault> {
    let mut next: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = next {
        if let Some(fault) = error.downcast_ref::<BucketFault>() {
            return Some(fault.clone());
        }
        next = error.source();
    }
    None
}

/// The last of the causes, which names no address and says what it is about.
fn innermost(error: &object_store::Error) -> String {
    let mut last: &dyn Error = error;
    while let Some(cause) = last.source() {
        last = cause;
    }
    last.to_string()
}
