//! Base URLs, and the addresses of calls below them.

use super::unspeakable;
use crate::{ProviderConfig, ProviderError, Vendor};
use ::url::Url;
use http::{Uri, uri::PathAndQuery};
use llm::LlmError;

/// Where a provider listens.
#[derive(Debug, Clone)]
pub(crate) struct BaseUrl {
    /// Without a slash at its end and without query.
    text: String,
    /// The same, read: calls differ from it in their path only.
    uri: Uri,
    /// What the base URL has after its `?`; goes behind every path.
    query: Option<String>,
    /// Azure: the deployment is in the path, this version in the query.
    azure_api_version: Option<String>,
}

impl BaseUrl {
    pub(super) fn new(config: &ProviderConfig, vendor: &Vendor) -> Result<Self, ProviderError> {
        let given = config.base_url.as_ref().or(vendor.base_url.as_ref());
        let given = given.ok_or_else(|| ProviderError::NoBaseUrl { vendor: vendor.id.clone() })?.trim();
        let url = Url::parse(given);
        let shown = || shown(given, url.as_ref().ok());
        let invalid = |reason| Err(ProviderError::InvalidBaseUrl { base_url: shown(), reason });
        let url = match &url {
            Ok(url) if !matches!(url.scheme(), "http" | "https") => {
                return invalid("it begins neither with http:// nor with https://");
            }
            Ok(url) if !url.username().is_empty() || url.password().is_some() => {
                return invalid("a user name in the address is not allowed");
            }
            Ok(url) if url.fragment().is_some() => return invalid("it has a fragment"),
            Ok(url) => url,
            Err(_) => return invalid("it is not an address"),
        };
        let path = url.path().trim_end_matches('/');
        // Azure's newer address has no deployments in the path and needs no version.
        let classic_azure = vendor.azure_api_version.is_some() && !path.ends_with("/openai/v1");
        let version = config.api_version.as_ref().or(vendor.azure_api_version.as_ref());
        let text = format!("{}{path}", url.origin().ascii_serialization());
        let Ok(uri) = Uri::try_from(text.as_str()) else { return invalid("it is not an address") };
        Ok(Self {
            text,
            uri,
            query: url.query().map(str::to_owned),
            azure_api_version: version.filter(|_| classic_azure).cloned(),
        })
    }

    /// The address without query.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// The address of a path, in which `model` is asked. A path whose beginning the base URL already ends with
    /// is not repeated: `https://host/v1` and `/v1/messages` make `https://host/v1/messages`, because people
    /// give base URLs both ways.
    pub(super) fn join(&self, path: &str, model: &str) -> Result<Uri, LlmError> {
        let first = path.get(1..).and_then(|rest| rest.split(['/', '?']).next()).unwrap_or_default();
        let repeated = !first.is_empty() && self.text.rsplit('/').next() == Some(first);
        let path = if repeated { path.get(first.len() + 1..).unwrap_or_default() } else { path };
        let base = self.uri.path().trim_end_matches('/');
        let mut text = String::with_capacity(base.len() + path.len());
        text.push_str(base);
        if let Some(version) = &self.azure_api_version {
            if !model.is_empty() {
                text.push_str("/openai/deployments/");
                // Deployments' names have nothing to encode; a strange one must not change the path.
                let encoded: String = ::url::form_urlencoded::byte_serialize(model.as_bytes()).collect();
                text.push_str(&encoded.replace('+', "%20"));
            }
            text.push_str(path);
            push_query(&mut text, &format!("api-version={version}"));
        } else {
            text.push_str(path);
        }
        if let Some(query) = &self.query {
            push_query(&mut text, query);
        }
        let mut parts = self.uri.clone().into_parts();
        parts.path_and_query = Some(PathAndQuery::try_from(text).map_err(|_| unspeakable(model))?);
        Uri::from_parts(parts).map_err(|_| unspeakable(model))
    }
}

fn push_query(text: &mut String, query: &str) {
    text.push(if text.contains('?') { '&' } else { '?' });
    text.push_str(query);
}

/// What may be shown of a base URL that cannot be used.
fn shown(given: &str, url: Option<&Url>) -> String {
    match url.and_then(|url| Some((url.scheme(), url.host_str()?))) {
        Some((scheme, host)) => format!("{scheme}://{host}"),
        None if given.contains(['@', '?']) => "***".to_owned(),
        None => given.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Catalogue;

    fn base_url(vendor: &str, base_url: &str, api_version: Option<&str>) -> Result<BaseUrl, ProviderError> {
        let catalogue = Catalogue::shipped().unwrap();
        let config = ProviderConfig {
            base_url: (!base_url.is_empty()).then(|| base_url.to_owned()),
            api_version: api_version.map(str::to_owned),
            ..ProviderConfig::default()
        };
        BaseUrl::new(&config, catalogue.vendor(vendor).unwrap())
    }

    #[test]
    fn paths_are_put_behind() {
        for (vendor, base, path, expected) in [
            ("openai", "", "/chat/completions", "https://api.openai.com/v1/chat/completions"),
            ("openai", "http://h:1/v1/", "/chat/completions", "http://h:1/v1/chat/completions"),
            ("anthropic", "", "/v1/messages", "https://api.anthropic.com/v1/messages"),
            ("anthropic", "http://h:1/v1", "/v1/messages", "http://h:1/v1/messages"),
            ("anthropic", "http://h:1/proxy", "/v1/messages", "http://h:1/proxy/v1/messages"),
            ("ollama", "http://h:1/api", "/api/chat", "http://h:1/api/chat"),
            ("openai", "http://h:1/v1?tenant=a", "/models?x=1", "http://h:1/v1/models?x=1&tenant=a"),
            ("openai", "http://[::1]:1", "/models", "http://[::1]:1/models"),
        ] {
            let uri = base_url(vendor, base, None).unwrap().join(path, "m").unwrap();
            assert_eq!(uri, expected, "{base}");
        }
    }

    #[test]
    fn azure_has_the_deployment_in_the_path_and_the_version_in_the_query() {
        let join = |base, version| {
            base_url("azure", base, version).unwrap().join("/chat/completions", "my gpt").unwrap()
        };
        assert_eq!(
            join("https://me.openai.azure.com", Some("2025-01-01-preview")),
            "https://me.openai.azure.com/openai/deployments/my%20gpt/chat/completions?api-version=2025-01-01-preview"
        );
        assert!(join("https://me.openai.azure.com/", None).to_string().ends_with("?api-version=2024-10-21"));
        assert_eq!(
            join("https://me.openai.azure.com/openai/v1/", None),
            "https://me.openai.azure.com/openai/v1/chat/completions"
        );
    }

    #[test]
    fn what_is_no_base_url_is_refused_without_showing_secrets() {
        for (base, reason) in [
            ("api.openai.com/v1", "it is not an address"),
            ("ftp://h/", "it begins neither"),
            ("https://me:hush@h/v1", "a user name"),
            ("https://h/v1#hush", "it has a fragment"),
            ("h?key=hush", "it is not an address"),
        ] {
            let error = base_url("openai", base, None).unwrap_err().to_string();
            assert!(error.contains(reason) && !error.contains("hush"), "{error}");
        }
        let error = base_url("azure", "", None).unwrap_err();
        assert_eq!(error.to_string(), "`azure` needs a base URL");
    }

    #[test]
    fn a_strange_model_name_stays_in_its_place() {
        let azure = base_url("azure", "https://h", None).unwrap();
        let uri = azure.join("/chat/completions", "../../x?y#z").unwrap();
        assert!(uri.path().starts_with("/openai/deployments/..%2F..%2Fx%3Fy%23z/chat"), "{uri}");
        let plain = base_url("openai", "", None).unwrap();
        assert!(plain.join("/models/a b", "a b").is_err());
    }
}
