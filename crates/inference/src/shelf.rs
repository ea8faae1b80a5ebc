//! What is in the models' folder: every file and folder with its header read once, as long as it stays the same.

use crate::{
    config::Config,
    encoder,
    error::{ModelError, panic_text},
    files::{self, Folder, ModelFiles as _},
};
use std::{
    collections::BTreeMap,
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    time::SystemTime,
};

/// A model that can be loaded.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Found {
    /// The file's name without its ending, or the folder's.
    pub(crate) name: String,
    pub(crate) path: PathBuf,
    /// What its file calls it.
    pub(crate) title: Option<String>,
    pub(crate) kind: Kind,
    /// The most tokens it reads here.
    pub(crate) context: usize,
    /// Bytes that it takes with a full conversation.
    pub(crate) memory: u64,
}

/// What a model does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It holds conversations.
    Chat {
        /// Whether it thinks before it answers, by its template.
        thinks: bool,
    },
    /// It makes vectors.
    Encoder,
}

/// Something in the folder that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unusable {
    /// The file or folder.
    pub path: PathBuf,
    /// Why.
    pub message: String,
    /// What can be done.
    pub hint: &'static str,
}

/// What tells whether a file has changed.
type Stamp = (u64, Option<SystemTime>);

/// The folder as it was when it was last looked at.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shelf {
    known: BTreeMap<PathBuf, (Stamp, Result<Found, Unusable>)>,
    /// Why the folder itself cannot be read.
    closed: Option<Unusable>,
}

impl Shelf {
    /// The models, by name; of two with one name the first path's.
    pub(crate) fn models(&self) -> Vec<&Found> {
        let mut models: Vec<&Found> =
            self.known.values().filter_map(|(_, found)| found.as_ref().ok()).collect();
        models.sort_by(|one, other| one.name.cmp(&other.name));
        models.dedup_by(|later, earlier| later.name == earlier.name);
        models
    }

    /// What cannot be used.
    pub(crate) fn unusable(&self) -> Vec<Unusable> {
        let broken = self.known.values().filter_map(|(_, found)| found.as_ref().err());
        self.closed.iter().chain(broken).cloned().collect()
    }

    /// Looks at the folder again; `true` where something is different. A folder that is not there is empty.
    pub(crate) fn look(&mut self, folder: &Path, config: &Config) -> bool {
        let (paths, closed) = match fs::read_dir(folder) {
            Ok(entries) => (entries.flatten().map(|entry| entry.path()).collect(), None),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => (Vec::new(), None),
            Err(source) => {
                let error = ModelError::Unreadable { path: folder.to_owned(), source };
                (Vec::new(), Some(Unusable::new(folder, &error)))
            }
        };
        let mut known = BTreeMap::new();
        let mut changed = closed != self.closed;
        for path in paths.into_iter().filter(|path| is_model(path)) {
            let stamp = stamp(&path);
            let entry = match self.known.remove(&path) {
                Some((before, found)) if before == stamp => (stamp, found),
                Some(_) | None => {
                    changed = true;
                    (stamp, read(&path, config).map_err(|error| Unusable::new(&path, &error)))
                }
            };
            known.insert(path, entry);
        }
        changed |= !self.known.is_empty();
        self.known = known;
        self.closed = closed;
        changed
    }
}

impl Unusable {
    fn new(path: &Path, error: &ModelError) -> Self {
        Self { path: path.to_owned(), message: error.to_string(), hint: error.hint() }
    }
}

fn is_model(path: &Path) -> bool {
    let is_gguf = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gguf"));
    if path.is_dir() { Folder::is_model(path) } else { is_gguf && path.is_file() }
}

/// Length and time of the file, or of all files in the folder.
fn stamp(path: &Path) -> Stamp {
    let of = |path: &Path| fs::metadata(path).ok().map(|about| (about.len(), about.modified().ok()));
    if !path.is_dir() {
        return of(path).unwrap_or_default();
    }
    let files = fs::read_dir(path).into_iter().flatten().flatten().filter_map(|entry| of(&entry.path()));
    files.fold((0, None), |(length, latest), (more, modified)| (length + more, latest.max(modified)))
}

fn read(path: &Path, config: &Config) -> Result<Found, ModelError> {
    let stem = if path.is_dir() { path.file_name() } else { path.file_stem() };
    let name = stem.unwrap_or_default().to_string_lossy().into_owned();
    let read = || -> Result<Found, ModelError> {
        if path.is_dir() {
            let folder = Folder::open(path)?;
            if encoder::Shape::is_encoder(folder.model_type()) {
                return read_encoder(name.clone(), &folder);
            }
        }
        let mut files = files::open(path)?;
        let shape = files.architecture()?;
        let context = shape.context.min(config.context_tokens);
        let memory = files.weight_bytes().saturating_add(shape.cache_bytes(context));
        let thinks = files.template()?.is_some_and(|template| template.contains("<think>"));
        let title = files.title();
        let kind = Kind::Chat { thinks };
        Ok(Found { name: name.clone(), path: path.to_owned(), title, kind, context, memory })
    };
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|panic| {
        Err(ModelError::Broken { path: path.to_owned(), what: panic_text(panic.as_ref()) })
    })
}

fn read_encoder(name: String, folder: &Folder) -> Result<Found, ModelError> {
    let shape = encoder::Shape::read(folder)?;
    let memory = shape.bytes(folder.weight_bytes());
    let path = folder.path().to_owned();
    Ok(Found { name, path, title: None, kind: Kind::Encoder, context: shape.context, memory })
}
