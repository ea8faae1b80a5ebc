//! What lies in a watched folder, and reading one file of it.
//!
//! Links are not followed: what a link in the folder leads to may be anywhere on the machine. What is inside the
//! folder is found without them.

use super::patience::Answers;
use crate::model::WatchProblem;
use std::{
    collections::BTreeMap,
    fs::{self, DirEntry, File, Metadata},
    io::{self, Read as _},
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

/// Files that only other programs are meant to see.
const HOUSEKEEPING: &[&str] = &["Thumbs.db", "desktop.ini"];
/// How names end that programs give to files which are not whole yet.
const UNFINISHED: &[&str] = &[".part", ".crdownload", ".download", ".tmp", "~"];

/// Longest path: what PostgreSQL finds things by has at most 2,704 bytes.
pub(super) const MOST_PATH_BYTES: usize = 2_500;
/// How much is shown of a longer one, in characters.
const SHOWN_PATH_CHARS: usize = 500;

/// How much of a file is read at a time: even a slow file system answers that soon.
const MOST_PIECE_BYTES: usize = 256 * 1024;

/// Why a file is left out before it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Skip {
    pub(super) code: &'static str,
    pub(super) message: &'static str,
}

const LINK: Skip = Skip { code: "link", message: "links are not followed" };
const UNFINISHED_NAME: Skip =
    Skip { code: "unfinished", message: "its name says that it is not whole, or a copy of another program" };
const NOT_UNICODE: Skip = Skip { code: "name", message: "its name is not Unicode" };
const LONG_PATH: Skip = Skip { code: "name", message: "its path is longer than 2,500 bytes" };
const SPECIAL: Skip = Skip { code: "special", message: "it is no file" };
const UNREADABLE: Skip = Skip { code: CANNOT_READ, message: "Familiar may not read it" };
/// The code of what could not be read, which may be tried again.
pub(super) const CANNOT_READ: &str = "unreadable";

/// A file as it was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SeenFile {
    pub(super) size_bytes: u64,
    /// In milliseconds since the Unix epoch.
    pub(super) modified_at: i64,
    /// Why it is left out.
    pub(super) skip: Option<Skip>,
}

impl SeenFile {
    fn of(metadata: &Metadata) -> Self {
        Self { size_bytes: metadata.len(), modified_at: modified_at(metadata), skip: None }
    }

    fn left_out(skip: Skip) -> Self {
        Self { size_bytes: 0, modified_at: 0, skip: Some(skip) }
    }
}

/// What lies in a folder.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Seen {
    /// By their paths below the folder.
    pub(super) files: BTreeMap<String, SeenFile>,
    /// How many hidden files and folders there are.
    pub(super) hidden: u64,
    /// Folders in it of which not everything could be seen; an empty text is the folder itself.
    closed: Vec<String>,
    /// Which folder it is, as its file system tells.
    pub(super) identity: Option<String>,
}

impl Seen {
    /// Whether a file may be there although it was not seen.
    pub(super) fn is_out_of_sight(&self, path: &str) -> bool {
        self.closed.iter().any(|folder| {
            folder.is_empty() || path.strip_prefix(folder.as_str()).is_some_and(|rest| rest.starts_with('/'))
        })
    }

    fn close(&mut self, folder: String) {
        if !folder.is_empty() {
            self.files.insert(folder.clone(), SeenFile::left_out(UNREADABLE));
        }
        self.closed.push(folder);
    }
}

/// Why a folder cannot be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unreachable {
    pub(super) problem: WatchProblem,
    pub(super) detail: String,
}

impl Unreachable {
    fn of(error: &io::Error) -> Self {
        let problem = if error.kind() == io::ErrorKind::NotFound {
            WatchProblem::Missing
        } else if error.kind() == io::ErrorKind::PermissionDenied {
            WatchProblem::Denied
        } else {
            WatchProblem::Failed
        };
        Self { problem, detail: error.to_string() }
    }

    /// One whose file system does not answer.
    pub(super) fn silent() -> Self {
        Self { problem: WatchProblem::Failed, detail: "its file system does not answer".to_owned() }
    }
}

/// Looks at everything in a folder. Blocks.
pub(super) fn walk(root: &Path, most_files: usize, answers: &Answers) -> Result<Seen, Unreachable> {
    let metadata = fs::symlink_metadata(root).map_err(|error| Unreachable::of(&error))?;
    if !metadata.is_dir() {
        let detail = "links are not followed".to_owned();
        return Err(Unreachable { problem: WatchProblem::NotAFolder, detail });
    }
    // Where a folder above it has become a link, its files would be seen, and none of them read.
    if fs::canonicalize(root).map_err(|error| Unreachable::of(&error))? != root {
        let detail = "a folder above it is a link now, and links are not followed: watch it where it lies";
        return Err(Unreachable { problem: WatchProblem::NotAFolder, detail: detail.to_owned() });
    }
    let mut seen = Seen { identity: identity(&metadata), ..Seen::default() };
    let (mut folders, mut looked_into) = (vec![String::new()], 0_usize);
    while let Some(folder) = folders.pop() {
        looked_into += 1;
        answers.count();
        let entries = match fs::read_dir(place(root, &folder)) {
            Ok(entries) => entries,
            Err(error) if folder.is_empty() => return Err(Unreachable::of(&error)),
            Err(_) => {
                seen.close(folder);
                continue;
            }
        };
        for entry in entries {
            answers.count();
            match entry {
                Ok(entry) => folders.extend(look_at(&entry, &folder, &mut seen)),
                Err(_) => seen.close(folder.clone()),
            }
        }
        if seen.files.len() > most_files || looked_into + folders.len() > most_files {
            let detail = format!("{most_files} files or folders are the most");
            return Err(Unreachable { problem: WatchProblem::TooMany, detail });
        }
    }
    Ok(seen)
}

/// Notes an entry of a folder; answers its path where it is a folder to look into.
fn look_at(entry: &DirEntry, folder: &str, seen: &mut Seen) -> Option<String> {
    let name = entry.file_name();
    let shown = name.to_string_lossy();
    if shown.starts_with('.') || shown.starts_with("~$") || HOUSEKEEPING.contains(&&*shown) {
        seen.hidden += 1;
        return None;
    }
    let path = if folder.is_empty() { shown.to_string() } else { format!("{folder}/{shown}") };
    if path.len() > MOST_PATH_BYTES {
        let shown: String = path.chars().take(SHOWN_PATH_CHARS).collect();
        seen.files.insert(format!("{shown}…"), SeenFile::left_out(LONG_PATH));
        return None;
    }
    let file = match (name.to_str(), entry.file_type()) {
        (None, _) => SeenFile::left_out(NOT_UNICODE),
        (Some(_), Err(_)) => SeenFile::left_out(UNREADABLE),
        (Some(_), Ok(kind)) if kind.is_symlink() => SeenFile::left_out(LINK),
        (Some(_), Ok(kind)) if kind.is_dir() => return Some(path),
        (Some(_), Ok(kind)) if !kind.is_file() => SeenFile::left_out(SPECIAL),
        (Some(name), Ok(_)) if UNFINISHED.iter().any(|end| name.ends_with(end)) => {
            SeenFile::left_out(UNFINISHED_NAME)
        }
        (Some(_), Ok(_)) => match entry.metadata() {
            Ok(metadata) => SeenFile::of(&metadata),
            Err(_) => SeenFile::left_out(UNREADABLE),
        },
    };
    seen.files.insert(path, file);
    None
}

/// Why a file was not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NotRead {
    /// It is not as it was seen any more.
    Changed,
    /// It cannot be read.
    Failed(String),
}

impl NotRead {
    fn of(error: &io::Error) -> Self {
        if error.kind() == io::ErrorKind::NotFound { Self::Changed } else { Self::Failed(error.to_string()) }
    }
}

/// Reads a file that is as it was seen, and still is when it is read. Blocks.
pub(super) fn read(
    (root, path): (&Path, &str),
    seen: SeenFile,
    answers: &Answers,
) -> Result<Vec<u8>, NotRead> {
    let failed = |error: io::Error| NotRead::of(&error);
    let place = place(root, path);
    // A folder on the way may have become a link since it was looked into.
    if fs::canonicalize(&place).map_err(failed)? != place {
        return Err(NotRead::Changed);
    }
    let file = File::open(&place).map_err(failed)?;
    let is_as_seen = |metadata: &Metadata| metadata.is_file() && SeenFile::of(metadata) == seen;
    if !is_as_seen(&file.metadata().map_err(failed)?) {
        return Err(NotRead::Changed);
    }
    let mut bytes = Vec::new();
    let heard = Heard { file: &file, answers };
    heard.take(seen.size_bytes.saturating_add(1)).read_to_end(&mut bytes).map_err(failed)?;
    let is_whole = u64::try_from(bytes.len()).is_ok_and(|length| length == seen.size_bytes);
    let is_still_there = fs::symlink_metadata(&place).is_ok_and(|metadata| is_as_seen(&metadata));
    if is_whole && is_still_there { Ok(bytes) } else { Err(NotRead::Changed) }
}

/// A file that is read piece by piece, each of which is an answer.
struct Heard<'a> {
    file: &'a File,
    answers: &'a Answers,
}

impl io::Read for Heard<'_> {
    fn read(&mut self, piece: &mut [u8]) -> io::Result<usize> {
        let (piece, _rest) = piece.split_at_mut(piece.len().min(MOST_PIECE_BYTES));
        let read = self.file.read(piece);
        self.answers.count();
        read
    }
}

fn place(root: &Path, path: &str) -> PathBuf {
    path.split('/').filter(|part| !part.is_empty()).fold(root.to_path_buf(), |place, part| place.join(part))
}

fn modified_at(metadata: &Metadata) -> i64 {
    let since = metadata.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
    since.and_then(|since| i64::try_from(since.as_millis()).ok()).unwrap_or(0)
}

#[cfg(unix)]
fn identity(metadata: &Metadata) -> Option<String> {
    use std::os::unix::fs::MetadataExt as _;
    Some(format!("{}:{}", metadata.dev(), metadata.ino()))
}

/// Elsewhere folders are not told apart.
#[cfg(not(unix))]
fn identity(_metadata: &Metadata) -> Option<String> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(root: &Path, most_files: usize) -> Result<Seen, Unreachable> {
        super::walk(root, most_files, &Answers::default())
    }

    fn read(root: &Path, path: &str, seen: SeenFile) -> Result<Vec<u8>, NotRead> {
        super::read((root, path), seen, &Answers::default())
    }

    fn at(paths: &[&str]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for path in paths {
            let place = dir.path().join(path);
            fs::create_dir_all(place.parent().unwrap()).unwrap();
            fs::write(place, path).unwrap();
        }
        dir
    }

    #[test]
    fn what_is_hidden_is_counted_and_the_rest_is_seen() {
        let dir = at(&["a.md", "deep/er/b.md", ".git/config", ".env", "~$a.docx", "c.pdf.part"]);
        let seen = walk(&fs::canonicalize(dir.path()).unwrap(), 100).unwrap();
        assert_eq!(seen.files.keys().collect::<Vec<_>>(), ["a.md", "c.pdf.part", "deep/er/b.md"]);
        assert_eq!(seen.hidden, 3);
        assert_eq!(seen.files["c.pdf.part"].skip, Some(UNFINISHED_NAME));
        assert_eq!(seen.files["deep/er/b.md"].size_bytes, 12);
        assert!(!seen.is_out_of_sight("a.md"));
    }

    #[test]
    fn a_path_that_is_too_long_for_the_tables_is_left_out() {
        let deep = vec!["x".repeat(240); 10].join("/");
        let paths = [format!("{deep}/a.md"), format!("{deep}/{}/b.md", "y".repeat(200))];
        let dir = at(&[&paths[0], &paths[1]]);
        let seen = walk(&fs::canonicalize(dir.path()).unwrap(), 100).unwrap();
        let skips: Vec<Option<Skip>> = seen.files.values().map(|file| file.skip).collect();
        assert_eq!((seen.files[&paths[0]].skip, skips.len()), (None, 2));
        assert!(skips.contains(&Some(LONG_PATH)));
        assert!(seen.files.keys().all(|path| path.len() <= MOST_PATH_BYTES));
    }

    #[test]
    fn a_folder_that_is_none_is_no_empty_folder() {
        let dir = at(&["a.md"]);
        let root = fs::canonicalize(dir.path()).unwrap();
        let problem = |path: &str| walk(&root.join(path), 100).unwrap_err().problem;
        assert_eq!(problem("gone"), WatchProblem::Missing);
        assert_eq!(problem("a.md"), WatchProblem::NotAFolder);
        let many = at(&["a", "b", "c"]);
        let many = fs::canonicalize(many.path()).unwrap();
        assert_eq!(walk(&many, 2).unwrap_err().problem, WatchProblem::TooMany);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_left_out_and_not_read_through() {
        let elsewhere = at(&["secret.md", "in/x.md"]);
        let dir = at(&["a.md", "in/x.md"]);
        std::os::unix::fs::symlink(elsewhere.path().join("secret.md"), dir.path().join("b.md")).unwrap();
        let root = fs::canonicalize(dir.path()).unwrap();
        let seen = walk(&root, 100).unwrap();
        assert_eq!(seen.files["b.md"].skip, Some(LINK));
        assert_eq!(read(&root, "a.md", seen.files["a.md"]).unwrap(), b"a.md");
        // The folder becomes a link behind the look.
        let inside = seen.files["in/x.md"];
        fs::remove_dir_all(root.join("in")).unwrap();
        std::os::unix::fs::symlink(elsewhere.path().join("in"), root.join("in")).unwrap();
        assert_eq!(read(&root, "in/x.md", inside), Err(NotRead::Changed));
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_below_a_link_says_so_instead_of_waiting_for_ever() {
        let dir = at(&["above/books/a.md"]);
        let root = fs::canonicalize(dir.path()).unwrap();
        let books = root.join("above/books");
        assert_eq!(walk(&books, 100).unwrap().files.len(), 1);
        fs::rename(root.join("above"), root.join("elsewhere")).unwrap();
        std::os::unix::fs::symlink(root.join("elsewhere"), root.join("above")).unwrap();
        let unreachable = walk(&books, 100).unwrap_err();
        assert_eq!(unreachable.problem, WatchProblem::NotAFolder);
        assert!(unreachable.detail.contains("a link now"), "{}", unreachable.detail);
        assert_eq!(walk(&root.join("elsewhere/books"), 100).unwrap().files.len(), 1);
    }

    #[test]
    fn a_file_that_changes_under_the_reader_is_not_taken() {
        let dir = at(&["a.md"]);
        let root = fs::canonicalize(dir.path()).unwrap();
        let seen = walk(&root, 100).unwrap().files["a.md"];
        fs::write(root.join("a.md"), "longer than before").unwrap();
        assert_eq!(read(&root, "a.md", seen), Err(NotRead::Changed));
        fs::remove_file(root.join("a.md")).unwrap();
        assert_eq!(read(&root, "a.md", seen), Err(NotRead::Changed));
    }
}
