//! `familiar.lock`: one program on one data folder, and where the others find it.
//!
//! The lock is the operating system's own on the open file, so that it goes with its process however that ends;
//! nothing has to be cleaned up after a kill. The file's text says who holds it and where it listens.

use base::{ErrorKind, Id, new_id};
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Read as _, Seek as _, Write as _},
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

/// The name of the file in the data folder.
pub const LOCK_FILE: &str = "familiar.lock";
/// How long a program that has just started may take to say where it listens.
const STARTING: Duration = Duration::from_secs(5);
/// How long a program that only looks whether somebody is there may stand in the way of one that starts.
const LOOK: Duration = Duration::from_millis(250);
const PAUSE: Duration = Duration::from_millis(50);
/// How long a program on this machine may take to answer.
const PROBE: Duration = Duration::from_secs(2);

/// Why the data folder cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another program uses it.
    #[error("another Familiar{} uses the data folder `{}`", described(*.pid, *.address), .folder.display())]
    Held {
        /// The folder.
        folder: PathBuf,
        /// The other's process, where known.
        pid: Option<u32>,
        /// Where the other listens, where known.
        address: Option<SocketAddr>,
    },
    /// The folder or the file cannot be made, read or written.
    #[error("cannot use `{}`", .path.display())]
    Io {
        /// The folder or file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
}

fn described(pid: Option<u32>, address: Option<SocketAddr>) -> String {
    match (pid, address) {
        (Some(pid), Some(address)) => format!(" (process {pid}, on http://{address})"),
        (Some(pid), None) => format!(" (process {pid})"),
        (None, _) => String::new(),
    }
}

impl LockError {
    /// The kind, for the edge.
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Held { .. } => ErrorKind::Conflict,
            Self::Io { .. } => ErrorKind::Unavailable,
        }
    }

    /// What to do about it.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Held { .. } => "use the one that runs, stop it, or choose another folder with `--data DIR`",
            Self::Io { .. } => "choose another folder with `--data DIR`, or make this one writable",
        }
    }
}

/// The name of the file that holds this installation's id.
const INSTALLATION_FILE: &str = "installation.id";

/// The id of the installation that has this data folder: made at the first start and kept from then on, so that
/// it knows which work it left behind.
///
/// # Errors
/// Where the file cannot be read or written, or holds no id.
pub fn installation(folder: &Path) -> Result<Id, LockError> {
    let path = folder.join(INSTALLATION_FILE);
    let failed = |source| LockError::Io { path: path.clone(), source };
    match fs::read_to_string(&path) {
        Ok(text) => {
            text.trim().parse().map_err(|error| failed(io::Error::new(io::ErrorKind::InvalidData, error)))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let id = new_id();
            let part = folder.join(format!("{INSTALLATION_FILE}.part"));
            fs::write(&part, format!("{id}\n")).and_then(|()| fs::rename(&part, &path)).map_err(failed)?;
            Ok(id)
        }
        Err(error) => Err(failed(error)),
    }
}

/// What the file says.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Holder {
    pid: u32,
    address: Option<SocketAddr>,
}

/// The right to use a data folder, until it is dropped.
#[derive(Debug)]
pub struct DataLock {
    file: File,
    path: PathBuf,
}

impl DataLock {
    /// Makes the folder where there is none, closed to others, and takes the lock.
    ///
    /// # Errors
    /// [`LockError::Held`] while another program has it.
    pub fn take(folder: &Path) -> Result<Self, LockError> {
        make_private(folder).map_err(|source| LockError::Io { path: folder.to_owned(), source })?;
        let path = folder.join(LOCK_FILE);
        let failed = |source| LockError::Io { path: path.clone(), source };
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let mut file = options.open(&path).map_err(failed)?;
        let mut waited = Duration::ZERO;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::Error(source)) => return Err(failed(source)),
                Err(TryLockError::WouldBlock) if waited >= LOOK => {
                    let holder = read(&mut file).unwrap_or_default();
                    return Err(LockError::Held {
                        folder: folder.to_owned(),
                        pid: (holder.pid != 0).then_some(holder.pid),
                        address: holder.address,
                    });
                }
                Err(TryLockError::WouldBlock) => {}
            }
            thread::sleep(PAUSE);
            waited += PAUSE;
        }
        let mut lock = Self { file, path };
        lock.write(None)?;
        Ok(lock)
    }

    /// Says where this program listens.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn publish(&mut self, address: SocketAddr) -> Result<(), LockError> {
        self.write(Some(address))
    }

    fn write(&mut self, address: Option<SocketAddr>) -> Result<(), LockError> {
        let holder = Holder { pid: std::process::id(), address };
        let written = serde_json::to_vec(&holder).map_err(io::Error::other).and_then(|text| {
            self.file.set_len(0)?;
            self.file.rewind()?;
            self.file.write_all(&text)
        });
        written.map_err(|source| LockError::Io { path: self.path.clone(), source })
    }
}

impl Drop for DataLock {
    fn drop(&mut self) {
        // The file stays: removing it would let two programs each lock a file of this name.
        if let Err(error) = self.file.set_len(0) {
            tracing::debug!(%error, path = %self.path.display(), "the lock file could not be emptied");
        }
    }
}

/// Where the program that uses this data folder listens; `None` where none does, or it does not answer. One that
/// has just started is waited for. Blocks for as long as that takes, a few seconds at the most.
pub fn running(folder: &Path) -> Option<SocketAddr> {
    let address = held_at(folder, STARTING)?;
    answers(address).then_some(address)
}

/// The address in the lock file while somebody holds the lock.
fn held_at(folder: &Path, patience: Duration) -> Option<SocketAddr> {
    let path = folder.join(LOCK_FILE);
    let mut waited = Duration::ZERO;
    loop {
        let mut file = OpenOptions::new().read(true).write(true).open(&path).ok()?;
        match file.try_lock_shared() {
            Err(TryLockError::WouldBlock) => {}
            Ok(()) | Err(TryLockError::Error(_)) => return None,
        }
        let address = read(&mut file).and_then(|holder| holder.address);
        if address.is_some() || waited >= patience {
            return address;
        }
        thread::sleep(PAUSE);
        waited += PAUSE;
    }
}

fn read(file: &mut File) -> Option<Holder> {
    let mut text = String::new();
    file.rewind().ok()?;
    file.take(4096).read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}

/// Whether `GET /live` is answered with 200.
fn answers(address: SocketAddr) -> bool {
    let ask = || -> io::Result<bool> {
        let mut stream = TcpStream::connect_timeout(&address, PROBE)?;
        stream.set_read_timeout(Some(PROBE))?;
        stream.set_write_timeout(Some(PROBE))?;
        let request = format!("GET /live HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes())?;
        let mut head = [0_u8; 12];
        stream.read_exact(&mut head)?;
        Ok(head.starts_with(b"HTTP/1.") && head.ends_with(b" 200"))
    };
    ask().unwrap_or(false)
}

/// Makes the folder, readable by its owner only: it holds conversations and documents.
fn make_private(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}
