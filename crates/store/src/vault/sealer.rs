//! Encrypting much with one key that itself is a secret of the vault: a rotation of the vault's key changes one
//! row and not every row that was sealed.

use super::{NONCE_BYTES, Vault, VaultError, key_file};
use base::{OwnerId, Secret};
use chacha20poly1305::{
    Key, KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use std::fmt;

/// Seals and opens bytes with XChaCha20-Poly1305 under a key of its own. Clones share the key.
#[derive(Clone)]
pub struct Sealer {
    key: Key,
    /// What the key is called in the vault.
    name: String,
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealer({})", self.name)
    }
}

impl Sealer {
    /// The sealer of this name; its key is made at the first use.
    ///
    /// # Errors
    /// As [`Vault::get`] and [`Vault::put`]; [`VaultError::Damaged`] where the secret is no key.
    pub async fn of(vault: &Vault, owner: OwnerId, name: &str) -> Result<Self, VaultError> {
        if vault.get(owner, name).await?.is_none() {
            let bytes: [u8; 32] = key_file::random_bytes().map_err(VaultError::Random)?;
            vault.put(owner, name, &Secret::new(key_file::hex(&bytes))).await?;
        }
        // Read once more: of two that make it at the same time, the last one's counts for both.
        let text = vault.get(owner, name).await?;
        let bytes = text.and_then(|text| key_file::unhex(text.expose()));
        let bytes = bytes.ok_or_else(|| VaultError::Damaged { name: name.to_owned() })?;
        Ok(Self { key: Key::from(bytes), name: name.to_owned() })
    }

    /// Encrypts. What is sealed opens only with the same `place`, such as the id of its row.
    ///
    /// # Errors
    /// [`VaultError::Random`].
    pub fn seal(&self, place: &str, plain: &[u8]) -> Result<Vec<u8>, VaultError> {
        let nonce: [u8; NONCE_BYTES] = key_file::random_bytes().map_err(VaultError::Random)?;
        let payload = Payload { msg: plain, aad: place.as_bytes() };
        let sealed = XChaCha20Poly1305::new(&self.key)
            .encrypt(XNonce::from_slice(&nonce), payload)
            .map_err(|_too_long| VaultError::Damaged { name: place.to_owned() })?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// Decrypts.
    ///
    /// # Errors
    /// [`VaultError::Damaged`] where it was changed, sealed for another place, or with another key.
    pub fn open(&self, place: &str, sealed: &[u8]) -> Result<Vec<u8>, VaultError> {
        let damaged = || VaultError::Damaged { name: place.to_owned() };
        let (nonce, sealed) = sealed.split_at_checked(NONCE_BYTES).ok_or_else(damaged)?;
        let payload = Payload { msg: sealed, aad: place.as_bytes() };
        XChaCha20Poly1305::new(&self.key)
            .decrypt(XNonce::from_slice(nonce), payload)
            .map_err(|_opaque| damaged())
    }
}
