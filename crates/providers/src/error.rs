//! Why a provider cannot be set up or is not there.

use base::ErrorKind;
use net::NetError;
use std::path::PathBuf;

/// Why a provider cannot be set up or is not there. Holds no credentials.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// No such provider is configured.
    #[error("there is no provider `{name}`")]
    UnknownProvider {
        /// The name asked for.
        name: String,
    },
    /// The name cannot be the first half of a model's id.
    #[error("`{name}` cannot be a provider's name")]
    InvalidName {
        /// The name.
        name: String,
    },
    /// The vendor is in no row of the catalogue.
    #[error("`{vendor}` is not a vendor in the catalogue")]
    UnknownVendor {
        /// The id asked for.
        vendor: String,
        /// The ids there are.
        known: Vec<String>,
    },
    /// The vendor has no usual address, and none is given.
    #[error("`{vendor}` needs a base URL")]
    NoBaseUrl {
        /// The vendor's id.
        vendor: String,
    },
    /// The base URL is not one.
    #[error("`{base_url}` is not a base URL: {reason}")]
    InvalidBaseUrl {
        /// What was given, without user name and query.
        base_url: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A header cannot be sent. Its value is not shown.
    #[error("the header `{name}` cannot be sent: {reason}")]
    InvalidHeader {
        /// The header's name.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The key has characters that no key has. It is not shown.
    #[error("the API key has characters that cannot be sent")]
    InvalidKey,
    /// A time-out leaves no time at all.
    #[error("`{setting}` must be at least 1")]
    NoTime {
        /// The setting.
        setting: &'static str,
    },
    /// The file with root certificates cannot be read.
    #[error("`{}` cannot be read", .path.display())]
    RootsFile {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        cause: std::io::Error,
    },
    /// The proxy or the certificates cannot be used.
    #[error("the connection cannot be set up: {0}")]
    Net(#[from] NetError),
}

impl ProviderError {
    /// What sort of failure this is.
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::UnknownProvider { .. } => ErrorKind::NotFound,
            Self::Net(error) => error.kind(),
            Self::InvalidName { .. }
            | Self::UnknownVendor { .. }
            | Self::NoBaseUrl { .. }
            | Self::InvalidBaseUrl { .. }
            | Self::InvalidHeader { .. }
            | Self::InvalidKey
            | Self::NoTime { .. }
            | Self::RootsFile { .. } => ErrorKind::Invalid,
        }
    }

    /// What the person can do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::UnknownProvider { .. } => "`familiar models` lists the providers there are".to_owned(),
            Self::InvalidName { .. } => {
                "use lower-case letters, digits, `-`, `_` and `.`; `familiar` and `on-device` are Familiar's own".to_owned()
            },
            Self::UnknownVendor { known, .. } => {
                format!("set `vendor` to one of `{}`, or set `dialect` and `base_url`", known.join("`, `"))
            }
            Self::NoBaseUrl { .. } => {
                "set `base_url`, such as `http://127.0.0.1:8000/v1` or `https://NAME.openai.azure.com`".to_owned()
            }
            Self::InvalidBaseUrl { .. } => "use an address like `https://api.example.com/v1`".to_owned(),
            Self::InvalidHeader { .. } => {
                "header names are letters, digits and `-`; values are one line of text; the key has a setting of its own"
                    .to_owned()
            }
            Self::InvalidKey => "copy the key again, without spaces and line breaks inside it".to_owned(),
            Self::NoTime { .. } => "leave it out for the usual time; a very large number means no limit".to_owned(),
            Self::RootsFile { .. } => "check the path in `ca_file` and its permissions".to_owned(),
            Self::Net(error) => error.hint().to_owned(),
        }
    }
}
