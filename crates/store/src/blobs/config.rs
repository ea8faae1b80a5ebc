//! The section `[blobs]` of the configuration: where files lie that are not in the folder.

use super::{BlobError, Bucket, BucketFault};
use base::Secret;
use http::Uri;
use net::{LocalOnly, is_here};
use serde::Deserialize;

/// Where files lie: in the data folder, or in a bucket.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BlobsConfig {
    /// `s3://bucket/prefix` or `azure://container/prefix`. Left out, files lie in the data folder.
    pub url: Option<String>,
    /// The address of the store, such as `https://minio.example:9000`. Left out, Amazon's or Azure's.
    pub endpoint: Option<String>,
    /// Amazon's region, or what the store calls one.
    pub region: Option<String>,
    /// Whether the bucket is a part of the host's name and not of the path (S3).
    pub virtual_host: bool,
    /// The id of the key (S3).
    pub access_key_id: Option<Secret>,
    /// The environment variable that has it.
    pub access_key_id_env: Option<String>,
    /// The key (S3).
    pub secret_access_key: Option<Secret>,
    /// The environment variable that has it.
    pub secret_access_key_env: Option<String>,
    /// The storage account (Azure).
    pub account: Option<String>,
    /// Its key (Azure).
    pub account_key: Option<Secret>,
    /// The environment variable that has it.
    pub account_key_env: Option<String>,
    /// A shared access signature instead of the account's key (Azure).
    pub sas_token: Option<Secret>,
    /// The environment variable that has it.
    pub sas_token_env: Option<String>,
    /// Whether `endpoint` may be an `http:` address of another machine: files and signatures can be read on the way.
    pub allow_http: bool,
    /// How long the store may take to answer, beside the time that the bytes take, in seconds: 1 to 600.
    pub timeout_seconds: u64,
}

impl Default for BlobsConfig {
    fn default() -> Self {
        Self {
            url: None,
            endpoint: None,
            region: None,
            virtual_host: false,
            access_key_id: None,
            access_key_id_env: None,
            secret_access_key: None,
            secret_access_key_env: None,
            account: None,
            account_key: None,
            account_key_env: None,
            sas_token: None,
            sas_token_env: None,
            allow_http: false,
            timeout_seconds: 30,
        }
    }
}

/// What a store speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    S3,
    Azure,
}

/// What `url` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) protocol: Protocol,
    pub(super) bucket: String,
    /// Without slashes at its ends; empty for none.
    pub(super) prefix: String,
}

impl Target {
    pub(super) fn of(url: &str) -> Result<Self, String> {
        // Not the text itself: somebody may have put a key there.
        let form = || "write `s3://bucket/prefix` or `azure://container/prefix`".to_owned();
        let (scheme, rest) = url.trim().split_once("://").ok_or_else(form)?;
        let protocol = match scheme {
            "s3" => Protocol::S3,
            "azure" => Protocol::Azure,
            _ => return Err(form()),
        };
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let plain = |sign: char| sign.is_ascii_alphanumeric() || matches!(sign, '-' | '_' | '.');
        if !(3..=63).contains(&bucket.len()) || !bucket.chars().all(plain) {
            return Err("the name of a bucket has 3 to 63 letters, digits, `-`, `_` and `.`".to_owned());
        }
        let prefix = prefix.trim_end_matches('/');
        let is_part = |part: &str| !matches!(part, "" | "." | "..") && part.chars().all(plain);
        if !prefix.is_empty() && !prefix.split('/').all(is_part) {
            let message = "a prefix has letters, digits, `-`, `_` and `.`, and `/` between its parts";
            return Err(message.to_owned());
        }
        Ok(Self { protocol, bucket: bucket.to_owned(), prefix: prefix.to_owned() })
    }
}

/// A key of ours, the variable that may have it, and what both are called.
type Key<'a> = (&'static str, &'a mut Option<Secret>, &'static str, Option<&'a str>);

impl BlobsConfig {
    /// The bucket; `None` where files lie in the folder. Nothing is connected yet.
    ///
    /// # Errors
    /// Settings that no store can be made of.
    pub fn bucket(&self, local_only: LocalOnly) -> Result<Option<Bucket>, BlobError> {
        Bucket::open(self, local_only)
    }

    /// Takes the keys out of the environment that the file leaves there; answers with what is wrong, as (key, what).
    pub fn take_keys(&mut self, variable: &dyn Fn(&str) -> Option<String>) -> Vec<(&'static str, String)> {
        let keys: [Key<'_>; 4] = [
            (
                "access_key_id",
                &mut self.access_key_id,
                "access_key_id_env",
                self.access_key_id_env.as_deref(),
            ),
            (
                "secret_access_key",
                &mut self.secret_access_key,
                "secret_access_key_env",
                self.secret_access_key_env.as_deref(),
            ),
            ("account_key", &mut self.account_key, "account_key_env", self.account_key_env.as_deref()),
            ("sas_token", &mut self.sas_token, "sas_token_env", self.sas_token_env.as_deref()),
        ];
        let mut problems = Vec::new();
        for (name, key, name_env, env) in keys {
            let Some(named) = env else { continue };
            if key.is_some() {
                problems.push((name, format!("`{name}` and `{name_env}` are both given")));
                continue;
            }
            match variable(named) {
                Some(value) => *key = Some(Secret::new(value.trim())),
                None => {
                    problems.push((name_env, format!("the environment variable `{named}` is not set")));
                }
            }
        }
        problems
    }

    /// Names every value that cannot be, as (key, what is wrong).
    pub fn problems(&self) -> Vec<(&'static str, String)> {
        let mut problems = Vec::new();
        if !(1..=600).contains(&self.timeout_seconds) {
            problems
                .push(("timeout_seconds", format!("`{}` is not between 1 and 600", self.timeout_seconds)));
        }
        let Some(url) = &self.url else {
            let given = self.of_s3().into_iter().chain(self.of_azure());
            let given = given.chain([("endpoint", self.endpoint.is_some())]);
            let without = given.filter(|(_, is_given)| *is_given);
            problems.extend(without.map(|(key, _)| (key, "there is no bucket: set `url`".to_owned())));
            return problems;
        };
        match Target::of(url) {
            Ok(target) => {
                self.check_keys(target.protocol, &mut problems);
                self.check_endpoint(&mut problems);
            }
            Err(message) => problems.push(("url", message)),
        }
        if problems.is_empty()
            && let Err(BlobError::Bucket { fault, .. }) = self.bucket(LocalOnly::default())
        {
            problems.push((self.likely(&fault), fault.to_string()));
        }
        problems
    }

    /// Which key is meant by what the builder of a store says.
    fn likely(&self, fault: &BucketFault) -> &'static str {
        match fault {
            BucketFault::Odd(_) if self.account_key.is_some() => "account_key",
            BucketFault::Odd(_) if self.sas_token.is_some() => "sas_token",
            BucketFault::Odd(_)
            | BucketFault::NoAnswer(_)
            | BucketFault::Refused { .. }
            | BucketFault::NoBucket { .. }
            | BucketFault::Busy { .. }
            | BucketFault::Answered { .. } => "url",
        }
    }

    /// The settings that only S3 has, and whether they are given.
    fn of_s3(&self) -> [(&'static str, bool); 4] {
        [
            ("region", self.region.is_some()),
            ("virtual_host", self.virtual_host),
            ("access_key_id", self.access_key_id.is_some() || self.access_key_id_env.is_some()),
            ("secret_access_key", self.secret_access_key.is_some() || self.secret_access_key_env.is_some()),
        ]
    }

    /// The settings that only Azure has, and whether they are given.
    fn of_azure(&self) -> [(&'static str, bool); 3] {
        [
            ("account", self.account.is_some()),
            ("account_key", self.account_key.is_some() || self.account_key_env.is_some()),
            ("sas_token", self.sas_token.is_some() || self.sas_token_env.is_some()),
        ]
    }

    fn check_keys(&self, protocol: Protocol, problems: &mut Vec<(&'static str, String)>) {
        let (strange, of) = match protocol {
            Protocol::S3 => (self.of_azure().to_vec(), "Azure"),
            Protocol::Azure => (self.of_s3().to_vec(), "S3"),
        };
        let strange = strange.into_iter().filter(|(_, is_given)| *is_given);
        problems.extend(strange.map(|(key, _)| (key, format!("`{key}` is for {of} only"))));
        let [_, _, (_, has_id), (_, has_secret)] = self.of_s3();
        let [(_, has_account), (_, has_key), (_, has_sas)] = self.of_azure();
        let lacking = match protocol {
            Protocol::S3 if !has_id || !has_secret => {
                "an S3 store needs `access_key_id` and `secret_access_key`, or their `_env`"
            }
            Protocol::Azure if !has_account || has_key == has_sas => {
                "Azure needs `account` and either `account_key` or `sas_token`, or the `_env` of one"
            }
            Protocol::S3 | Protocol::Azure => return,
        };
        problems.push(("url", lacking.to_owned()));
    }

    fn check_endpoint(&self, problems: &mut Vec<(&'static str, String)>) {
        let Some(endpoint) = &self.endpoint else { return };
        let uri = endpoint.trim().parse::<Uri>().ok();
        let uri = uri.filter(|uri| {
            let has_host = uri
                .authority()
                .is_some_and(|authority| !authority.host().is_empty() && !authority.as_str().contains('@'));
            has_host && uri.query().is_none() && matches!(uri.scheme_str(), Some("http" | "https"))
        });
        match uri {
            None => {
                // Not the text itself: somebody may have put a key there.
                let message =
                    "write an address like `https://minio.example:9000`, without user name and query";
                problems.push(("endpoint", message.to_owned()));
            }
            Some(uri) if uri.scheme_str() == Some("http") && !is_here(&uri) && !self.allow_http => {
                let message = "`http:` can be read on the way: use `https:`, or set `allow_http = true`";
                problems.push(("endpoint", message.to_owned()));
            }
            Some(_) => {}
        }
    }

    /// The address as the builders want it: with the bucket in its name where that is wanted.
    pub(super) fn endpoint_of(&self, target: &Target) -> Option<String> {
        let endpoint = self.endpoint.as_deref()?.trim().trim_end_matches('/');
        match endpoint.split_once("://") {
            Some((scheme, host))
                if self.virtual_host && !host.starts_with(&format!("{}.", target.bucket)) =>
            {
                Some(format!("{scheme}://{}.{host}", target.bucket))
            }
            Some(_) | None => Some(endpoint.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn s3() -> BlobsConfig {
        BlobsConfig {
            url: Some("s3://bucket/prefix".to_owned()),
            access_key_id: Some(Secret::new("AKID")),
            secret_access_key: Some(Secret::new("hunter2")),
            ..BlobsConfig::default()
        }
    }

    fn azure() -> BlobsConfig {
        BlobsConfig {
            url: Some("azure://container".to_owned()),
            account: Some("account".to_owned()),
            account_key: Some(Secret::new("aHVudGVyMg==")),
            ..BlobsConfig::default()
        }
    }

    fn keys(config: &BlobsConfig) -> Vec<&'static str> {
        config.problems().into_iter().map(|(key, _)| key).collect()
    }

    #[test]
    fn addresses_say_the_store_the_bucket_and_the_prefix() {
        let of =
            |url: &str| Target::of(url).ok().map(|target| (target.protocol, target.bucket, target.prefix));
        let is =
            |protocol, bucket: &str, prefix: &str| Some((protocol, bucket.to_owned(), prefix.to_owned()));
        for (url, expected) in [
            ("s3://bucket", is(Protocol::S3, "bucket", "")),
            ("s3://bucket/", is(Protocol::S3, "bucket", "")),
            (" s3://my.bucket-1/a/b_c/ ", is(Protocol::S3, "my.bucket-1", "a/b_c")),
            ("azure://container/x", is(Protocol::Azure, "container", "x")),
            ("bucket", None),
            ("gs://bucket", None),
            ("s3://", None),
            ("s3://ab", None),
            ("s3://key:secret@bucket", None),
            ("s3://bucket/../etc", None),
            ("s3://bucket//x", None),
            ("s3://bucket/x?y", None),
        ] {
            assert_eq!(of(url), expected, "{url}");
        }
    }

    #[test]
    fn what_cannot_be_is_named_and_no_key_is_shown() {
        assert_eq!(BlobsConfig::default().problems(), []);
        assert_eq!(s3().problems(), []);
        assert_eq!(azure().problems(), []);
        let endpoint = |address: &str| BlobsConfig { endpoint: Some(address.to_owned()), ..s3() };
        for address in ["https://minio.example:9000", "http://127.0.0.1:9000/", "http://localhost:9000"] {
            assert_eq!(keys(&endpoint(address)), [""; 0], "{address}");
        }
        for address in
            ["", "minio:9000", "ftp://h", "https://me:hunter2@h", "https://h/?x", "http://minio:9000"]
        {
            assert_eq!(keys(&endpoint(address)), ["endpoint"], "{address}");
        }
        assert_eq!(keys(&BlobsConfig { allow_http: true, ..endpoint("http://minio:9000") }), [""; 0]);
        assert_eq!(keys(&BlobsConfig { url: None, ..s3() }), ["access_key_id", "secret_access_key"]);
        assert_eq!(keys(&BlobsConfig { secret_access_key: None, ..s3() }), ["url"]);
        assert_eq!(keys(&BlobsConfig { account: Some("a".to_owned()), ..s3() }), ["account"]);
        assert_eq!(keys(&BlobsConfig { region: Some("a".to_owned()), ..azure() }), ["region"]);
        assert_eq!(keys(&BlobsConfig { account: None, ..azure() }), ["url"]);
        assert_eq!(keys(&BlobsConfig { sas_token: Some(Secret::new("a=b")), ..azure() }), ["url"]);
        assert_eq!(keys(&BlobsConfig { timeout_seconds: 0, ..s3() }), ["timeout_seconds"]);
        let no_key = BlobsConfig { account_key: Some(Secret::new("not base64: hunter2")), ..azure() };
        assert_eq!(keys(&no_key), ["account_key"]);
        let shown =
            format!("{:?} {:?} {:?}", s3(), no_key.problems(), endpoint("https://me:hunter2@h").problems());
        assert!(!shown.contains("hunter2"), "{shown}");
    }

    #[test]
    fn keys_come_from_the_environment_where_the_file_leaves_them_there() {
        let variable = |name: &str| (name == "KEY").then(|| " hunter2\n".to_owned());
        let mut config =
            BlobsConfig { secret_access_key: None, secret_access_key_env: Some("KEY".to_owned()), ..s3() };
        assert_eq!(config.take_keys(&variable), []);
        assert_eq!(config.secret_access_key, Some(Secret::new("hunter2")));
        assert_eq!(config.problems(), []);
        let mut config = BlobsConfig { access_key_id_env: Some("KEY".to_owned()), ..s3() };
        assert_eq!(config.take_keys(&variable)[0].0, "access_key_id");
        let mut config =
            BlobsConfig { account_key: None, account_key_env: Some("NONE".to_owned()), ..azure() };
        assert_eq!(config.take_keys(&variable)[0].0, "account_key_env");
    }

    #[test]
    fn the_bucket_is_a_part_of_the_host_where_that_is_wanted() {
        let target = Target::of("s3://bucket").unwrap();
        let of = |virtual_host, endpoint: &str| {
            let config = BlobsConfig { virtual_host, endpoint: Some(endpoint.to_owned()), ..s3() };
            config.endpoint_of(&target).unwrap()
        };
        assert_eq!(of(false, "https://h:9000/"), "https://h:9000");
        assert_eq!(of(true, "https://h:9000"), "https://bucket.h:9000");
        assert_eq!(of(true, "https://bucket.h"), "https://bucket.h");
        assert_eq!(BlobsConfig::default().endpoint_of(&target), None);
    }
}
