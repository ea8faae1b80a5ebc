//! The file with the vault's key: one line, readable by its owner only.

use crate::blobs::sync_folder;
use chacha20poly1305::Key;
use sha2::{Digest, Sha256};
use std::{
    fmt::{self, Write as _},
    fs,
    io::{self, Write as _},
    path::Path,
};

/// The first word of the line; its number would change with the form of the file.
const MARK: &str = "familiar-vault-key-1";

/// The key all secrets are encrypted with. `Debug` shows only its id.
#[derive(Clone)]
pub(super) struct VaultKey {
    pub(super) key: Key,
    /// Tells keys apart without giving one away: the first 8 bytes of a hash of it.
    pub(super) id: String,
}

impl fmt::Debug for VaultKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VaultKey({})", self.id)
    }
}

impl VaultKey {
    fn from_bytes(bytes: [u8; 32]) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"familiar vault key id");
        hash.update(bytes);
        let id = hex(hash.finalize().get(..8).unwrap_or_default());
        Self { key: Key::from(bytes), id }
    }

    /// A new key from the system's random numbers.
    pub(super) fn random() -> io::Result<Self> {
        random_bytes().map(Self::from_bytes)
    }

    /// Reads a key file; `None` where there is none. A file that others may read is closed to them.
    pub(super) fn read(path: &Path) -> io::Result<Option<Self>> {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        close_to_others(path)?;
        let parsed = text.trim().strip_prefix(MARK).map(str::trim).and_then(unhex);
        parsed.map(|bytes| Some(Self::from_bytes(bytes))).ok_or_else(|| {
            io::Error::new(
                io::ErrorKind::InvalidData,
                format!("the line is not `{MARK}` and 64 hexadecimal digits"),
            )
        })
    }

    /// Writes a key file that was not there, whole or not at all.
    ///
    /// # Errors
    /// `AlreadyExists` where there is one.
    pub(super) fn write_new(&self, path: &Path) -> io::Result<()> {
        let part = path.with_extension(format!("{}.part", base::new_id()));
        let written = self.write(&part).and_then(|()| fs::hard_link(&part, path));
        let _the_part_is_only_a_name = fs::remove_file(&part);
        written?;
        path.parent().map_or(Ok(()), sync_folder)
    }

    fn write(&self, part: &Path) -> io::Result<()> {
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(part)?;
        writeln!(file, "{MARK} {}", hex(&self.key))?;
        file.sync_all()
    }
}

/// Bytes from the system's random numbers.
pub(super) fn random_bytes<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0_u8; N];
    getrandom::fill(&mut bytes).map_err(|error| io::Error::other(error.to_string()))?;
    Ok(bytes)
}

#[cfg(unix)]
fn close_to_others(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = fs::metadata(path)?.permissions().mode();
    if mode & 0o077 != 0 {
        tracing::warn!(path = %path.display(), "the key file could be read by others; it is closed to them now");
        fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
    }
    Ok(())
}

#[cfg(not(unix))]
fn close_to_others(_path: &Path) -> io::Result<()> {
    Ok(())
}

/// Bytes as hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _infallible = write!(text, "{byte:02x}");
        text
    })
}

/// Reads 64 hexadecimal digits.
pub(super) fn unhex(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    let mut bytes = [0_u8; 32];
    for (byte, at) in bytes.iter_mut().zip((0..64).step_by(2)) {
        *byte = u8::from_str_radix(text.get(at..at + 2)?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_key_is_read_as_it_was_written(bytes: [u8; 32]) {
            prop_assert_eq!(unhex(&hex(&bytes)), Some(bytes));
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".{0,80}") {
            let _no_panic = unhex(&text);
        }
    }
}
