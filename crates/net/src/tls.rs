//! The TLS configuration: the system's root certificates, and further ones where configured.

use crate::NetError;
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};
use std::sync::{Arc, LazyLock};

/// The system's roots, read once in a process because reading them takes milliseconds.
static SYSTEM_ROOTS: LazyLock<Arc<RootCertStore>> = LazyLock::new(|| {
    let found = rustls_native_certs::load_native_certs();
    for error in &found.errors {
        tracing::warn!(%error, "some of the system's root certificates cannot be read");
    }
    let mut roots = RootCertStore::empty();
    let (usable, unusable) = roots.add_parsable_certificates(found.certs);
    tracing::debug!(usable, unusable, "read the system's root certificates");
    Arc::new(roots)
});

/// Builds the configuration; `extra_roots_pem` holds certificates that are trusted besides the system's.
pub(crate) fn client_config(extra_roots_pem: Option<&[u8]>) -> Result<ClientConfig, NetError> {
    let roots = match extra_roots_pem {
        None => Arc::clone(&SYSTEM_ROOTS),
        Some(pem) => Arc::new(with_extra_roots(pem)?),
    };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| NetError::InvalidRoots { reason: error.to_string() })?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

fn with_extra_roots(pem: &[u8]) -> Result<RootCertStore, NetError> {
    let mut roots = RootCertStore::clone(&SYSTEM_ROOTS);
    let before = roots.len();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate =
            certificate.map_err(|error| NetError::InvalidRoots { reason: error.to_string() })?;
        roots.add(certificate).map_err(|error| NetError::InvalidRoots { reason: error.to_string() })?;
    }
    if roots.len() == before {
        return Err(NetError::InvalidRoots { reason: "there is no certificate in it".to_owned() });
    }
    Ok(roots)
}
