//! Secrets, encrypted at rest.
//!
//! Each is encrypted with XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha) under a random nonce, its owner and name
//! bound to it, so that a row cannot be passed off as another. The key lies in a file of its own beside the
//! database, so that a copy of the database alone gives nothing away.

mod key_file;
mod sealer;

pub use sealer::Sealer;

use crate::{
    Db, DbError,
    db::secrets::{self as table, StoredSecret},
};
use base::{ErrorKind, OwnerId, Secret};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use key_file::{VaultKey, random_bytes};
use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio::sync::RwLock;

/// The name of the key file in the data folder.
pub const KEY_FILE: &str = "vault.key";
const NEW_KEY_FILE: &str = "vault.key.new";
const NONCE_BYTES: usize = 24;

/// A failure to keep or read secrets.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The key file cannot be read or written.
    #[error("cannot {doing} the key file `{}`", path.display())]
    KeyFile {
        /// What was being done.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// There are secrets, but the key file is gone.
    #[error("the key file `{}` is missing, and the database has secrets that only it can open", path.display())]
    KeyMissing {
        /// Where it should be.
        path: PathBuf,
    },
    /// There are secrets of another key.
    #[error("the key in `{}` is not the one the secrets were encrypted with", path.display())]
    WrongKey {
        /// The file.
        path: PathBuf,
    },
    /// A secret's row was changed or damaged.
    #[error("the secret `{name}` is damaged and cannot be opened")]
    Damaged {
        /// Its name.
        name: String,
    },
    /// The system gives no random numbers.
    #[error("the system gives no random numbers")]
    Random(#[source] io::Error),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl VaultError {
    /// The kind, for the edge.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Db(error) => error.kind(),
            Self::KeyFile { .. }
            | Self::KeyMissing { .. }
            | Self::WrongKey { .. }
            | Self::Damaged { .. }
            | Self::Random(_) => ErrorKind::Internal,
        }
    }

    /// What a person can do about it, where there is something.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::KeyFile { .. } => Some(
                "give the user that runs Familiar the right to read and write the data folder and its files",
            ),
            Self::KeyMissing { .. } | Self::WrongKey { .. } => Some(
                "put the right `vault.key` back from your backup; without it the keys of providers must be typed in again",
            ),
            Self::Damaged { .. } => Some("type it in again"),
            Self::Db(error) => error.hint(),
            Self::Random(_) => None,
        }
    }
}

/// The secrets. Clones share the key.
#[derive(Debug, Clone)]
pub struct Vault {
    db: Db,
    folder: Arc<Path>,
    key: Arc<RwLock<VaultKey>>,
}

impl Vault {
    /// Opens the vault with the key file in this folder; makes a key where there is none and no secret needs one.
    ///
    /// # Errors
    /// [`VaultError::KeyMissing`] and [`VaultError::WrongKey`]; where the file cannot be read or written.
    pub async fn open(db: Db, folder: &Path) -> Result<Self, VaultError> {
        let used = table::key_ids(db.pool()).await?;
        finish_rotation(folder, &used)?;
        let path = folder.join(KEY_FILE);
        let key = match read_key(&path)? {
            Some(key) => key,
            None if used.is_empty() => make_key(&path)?,
            None => return Err(VaultError::KeyMissing { path }),
        };
        if used.iter().any(|id| *id != key.id) {
            return Err(VaultError::WrongKey { path });
        }
        Ok(Self { db, folder: Arc::from(folder), key: Arc::new(RwLock::new(key)) })
    }

    /// Says whether the key file is there and right, and changes nothing; `false` where none is there and none is
    /// needed yet.
    ///
    /// # Errors
    /// As [`Vault::open`].
    pub async fn check(db: &Db, folder: &Path) -> Result<bool, VaultError> {
        let used = table::key_ids(db.pool()).await?;
        let path = folder.join(KEY_FILE);
        // The new key of a rotation that was killed is put in place at the next start.
        let keys = [read_key(&path)?, read_key(&folder.join(NEW_KEY_FILE))?];
        if keys.iter().all(Option::is_none) {
            return if used.is_empty() { Ok(false) } else { Err(VaultError::KeyMissing { path }) };
        }
        let is_right = keys.iter().flatten().any(|key| used.iter().all(|id| *id == key.id));
        if is_right { Ok(true) } else { Err(VaultError::WrongKey { path }) }
    }

    /// Keeps a secret under this name, in place of one that was there.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn put(&self, owner: OwnerId, name: &str, secret: &Secret) -> Result<(), VaultError> {
        let key = self.key.read().await;
        let sealed = seal(&key, owner, name, secret)?;
        let mut transaction = self.db.begin().await?;
        table::put(&mut transaction, &sealed, self.db.now()).await?;
        Ok(transaction.commit().await?)
    }

    /// Opens a secret; `None` where there is none of this name.
    ///
    /// # Errors
    /// [`VaultError::Damaged`], [`VaultError::WrongKey`], or where the database fails.
    pub async fn get(&self, owner: OwnerId, name: &str) -> Result<Option<Secret>, VaultError> {
        let key = self.key.read().await;
        let stored = table::get(self.db.pool(), owner, name).await?;
        stored.map(|stored| self.open_one(&key, &stored)).transpose()
    }

    /// Forgets a secret; one that is not there is no error.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn remove(&self, owner: OwnerId, name: &str) -> Result<(), VaultError> {
        let mut transaction = self.db.begin().await?;
        table::remove(&mut transaction, owner, name).await?;
        Ok(transaction.commit().await?)
    }

    /// The names of this owner's secrets.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn names(&self, owner: OwnerId) -> Result<Vec<String>, VaultError> {
        Ok(table::names(self.db.pool(), owner).await?)
    }

    /// Makes a new key and encrypts every secret with it; answers how many. Killed at any moment, it has either
    /// happened or not.
    ///
    /// # Errors
    /// [`VaultError::Damaged`] where a secret cannot be opened (nothing is changed then); where the file or the
    /// database cannot be written.
    pub async fn rotate(&self) -> Result<usize, VaultError> {
        let mut current = self.key.write().await;
        let new = VaultKey::random().map_err(VaultError::Random)?;
        let new_path = self.folder.join(NEW_KEY_FILE);
        new.write_new(&new_path).map_err(|source| VaultError::KeyFile {
            doing: "write",
            path: new_path.clone(),
            source,
        })?;
        let changed = self.encrypt_all(&current, &new).await;
        if changed.is_err() {
            // A commit may have happened although its answer was lost, so the database is asked. Where it does
            // not answer, both keys stay, and the next start decides.
            let used = table::key_ids(self.db.pool()).await?;
            if !used.contains(&new.id) {
                let _the_next_start_would_forget_it = fs::remove_file(&new_path);
                return changed;
            }
        }
        *current = new;
        put_new_key_in_place(&self.folder)?;
        changed
    }

    async fn encrypt_all(&self, old: &VaultKey, new: &VaultKey) -> Result<usize, VaultError> {
        let mut transaction = self.db.begin().await?;
        let all = table::all(&mut transaction).await?;
        for stored in &all {
            let secret = self.open_one(old, stored)?;
            let sealed = seal(new, stored.owner, &stored.name, &secret)?;
            table::put(&mut transaction, &sealed, self.db.now()).await?;
        }
        transaction.commit().await?;
        Ok(all.len())
    }

    fn open_one(&self, key: &VaultKey, stored: &StoredSecret) -> Result<Secret, VaultError> {
        if stored.key_id != key.id {
            return Err(VaultError::WrongKey { path: self.folder.join(KEY_FILE) });
        }
        let damaged = || VaultError::Damaged { name: stored.name.clone() };
        if stored.nonce.len() != NONCE_BYTES {
            return Err(damaged());
        }
        let bound = bound_to(stored.owner, &stored.name);
        let payload = Payload { msg: &stored.ciphertext, aad: bound.as_bytes() };
        let plain = XChaCha20Poly1305::new(&key.key)
            .decrypt(XNonce::from_slice(&stored.nonce), payload)
            .map_err(|_opaque| damaged())?;
        String::from_utf8(plain).map(Secret::new).map_err(|_opaque| damaged())
    }
}

/// What a ciphertext is bound to, so that it opens in its own row only.
fn bound_to(owner: OwnerId, name: &str) -> String {
    format!("{owner}/{name}")
}

fn seal(key: &VaultKey, owner: OwnerId, name: &str, secret: &Secret) -> Result<StoredSecret, VaultError> {
    let nonce: [u8; NONCE_BYTES] = random_bytes().map_err(VaultError::Random)?;
    let bound = bound_to(owner, name);
    let payload = Payload { msg: secret.expose().as_bytes(), aad: bound.as_bytes() };
    let ciphertext = XChaCha20Poly1305::new(&key.key)
        .encrypt(XNonce::from_slice(&nonce), payload)
        .map_err(|_too_long| VaultError::Damaged { name: name.to_owned() })?;
    Ok(StoredSecret {
        owner,
        name: name.to_owned(),
        key_id: key.id.clone(),
        nonce: nonce.to_vec(),
        ciphertext,
    })
}

fn read_key(path: &Path) -> Result<Option<VaultKey>, VaultError> {
    VaultKey::read(path).map_err(|source| VaultError::KeyFile {
        doing: "read",
        path: path.to_owned(),
        source,
    })
}

fn make_key(path: &Path) -> Result<VaultKey, VaultError> {
    let key = VaultKey::random().map_err(VaultError::Random)?;
    key.write_new(path).map_err(|source| VaultError::KeyFile {
        doing: "write",
        path: path.to_owned(),
        source,
    })?;
    Ok(key)
}

/// A rotation that was killed leaves its new key: it is put in place when the secrets were encrypted with it
/// already, else forgotten.
fn finish_rotation(folder: &Path, used: &[String]) -> Result<(), VaultError> {
    let path = folder.join(NEW_KEY_FILE);
    let Some(new) = read_key(&path)? else { return Ok(()) };
    if used.contains(&new.id) {
        return put_new_key_in_place(folder);
    }
    fs::remove_file(&path).map_err(|source| VaultError::KeyFile { doing: "remove", path, source })
}

fn put_new_key_in_place(folder: &Path) -> Result<(), VaultError> {
    let path = folder.join(KEY_FILE);
    fs::rename(folder.join(NEW_KEY_FILE), &path)
        .and_then(|()| crate::blobs::sync_folder(folder))
        .map_err(|source| VaultError::KeyFile { doing: "replace", path, source })
}
