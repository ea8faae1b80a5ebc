//! Folders that the library is kept in step with, on both databases. The clock is turned by hand, and so are the times
//! of the files.

use crate::support::{OWNER, Running};
use base::Clock as _;
use library::{
    Config, Document, DocumentFilter, KeptDocuments, LibraryError, NewWatch, SearchRequest, Status,
    WatchProblem, WatchedFolder,
};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};
use store::{BlobId, testing::TestDb};

store::on_each_database!(
    what_a_folder_holds_comes_in_once,
    what_changes_is_read_anew_and_keeps_its_id,
    what_a_person_put_right_holds_when_the_file_changes,
    what_is_deleted_goes_and_comes_back,
    what_is_renamed_keeps_its_document,
    what_could_not_be_read_anew_is_found_by_its_new_name,
    what_cannot_be_reached_deletes_nothing,
    what_is_being_written_waits,
    what_is_left_out_says_why,
    what_was_there_before_stays,
    what_could_not_be_kept_has_brought_nothing,
    what_goes_wrong_with_one_file_does_not_stop_the_others,
    what_a_person_deletes_stays_deleted,
    many_files_come_in_look_by_look,
    a_folder_is_watched_no_more,
    folders_that_cannot_be_watched_say_why,
    of_folders_in_each_other_one_is_watched,
);

const RULES: &str = "# Rules\n\n## Prone\n\nA prone creature can only crawl.\n";
const NEWER: &str = "# Rules\n\n## Stunned\n\nA stunned creature cannot move.\n";

/// A library and a folder that it watches.
struct Watching {
    running: Running,
    test: Arc<TestDb>,
    /// The folder is a part of it, so that it can go away and come back.
    dir: tempfile::TempDir,
}

impl Watching {
    async fn start(test: &Arc<TestDb>) -> Self {
        Self::start_with(test, Config::default()).await
    }

    async fn start_with(test: &Arc<TestDb>, config: Config) -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("books")).unwrap();
        Self { running: Running::start(test, config).await, test: Arc::clone(test), dir }
    }

    fn root(&self) -> PathBuf {
        self.dir.path().join("books")
    }

    /// Writes a file that was last changed so many seconds ago.
    fn write(&self, path: &str, text: impl AsRef<[u8]>, seconds_ago: u64) {
        let place = self.root().join(path);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::write(&place, text).unwrap();
        let now = u64::try_from(self.test.clock.now().millis()).unwrap();
        let at = UNIX_EPOCH + Duration::from_millis(now - seconds_ago * 1_000);
        fs::File::options().write(true).open(&place).unwrap().set_modified(at).unwrap();
    }

    async fn watch(&self) -> WatchedFolder {
        let new = NewWatch { path: self.root(), collection: Some("shelf".into()), closed: Vec::new() };
        self.running.library.watch(OWNER, new).await.unwrap()
    }

    /// Lets time pass until the next look, and what it finds be read.
    async fn look(&self) -> WatchedFolder {
        self.test.clock.advance(Duration::from_secs(10));
        self.running.library.look_at_due().await.unwrap();
        self.running.idle().await;
        self.folder().await
    }

    async fn folder(&self) -> WatchedFolder {
        self.running.library.watched(OWNER).await.unwrap().remove(0)
    }

    async fn documents(&self) -> Vec<Document> {
        let filter = DocumentFilter { limit: 1_000, ..DocumentFilter::default() };
        self.running.library.list(OWNER, &filter).await.unwrap().documents
    }

    async fn names(&self) -> Vec<String> {
        let mut names: Vec<String> =
            self.documents().await.into_iter().map(|document| document.file_name).collect();
        names.sort();
        names
    }
}

async fn what_a_folder_holds_comes_in_once(test: Arc<TestDb>) {
    let watching = Watching::start(&test).await;
    watching.write("rules.md", RULES, 60);
    watching.write("deep/er/other.md", "# Other\n\nA lantern.\n", 60);
    watching.write(".hidden/secret.md", "# Secret\n\nNobody sees this.\n", 60);
    let added = watching.watch().await;
    assert_eq!((added.ready, added.looked_at), (0, None), "adding waits for nothing");
    let folder = watching.look().await;
    assert_eq!((folder.ready, folder.waiting, folder.hidden, folder.problem), (2, 0, 1, None));
    assert_eq!(watching.names().await, ["books/deep/er/other.md", "books/rules.md"]);
    let documents = watching.documents().await;
    assert!(documents.iter().all(|document| document.collection.as_deref() == Some("shelf")));
    assert_eq!(watching.running.found("crawl").await, ["A prone creature can only crawl."]);
    let before: Vec<_> = documents.iter().map(|document| (document.id, document.updated_at)).collect();
    watching.look().await;
    let Watching { running, test, dir } = watching;
    running.stop().await;
    // The next start knows what was there.
    let again = Watching { running: Running::start(&test, Config::default()).await, test, dir };
    let folder = again.look().await;
    assert_eq!(folder.ready, 2);
    let after: Vec<_> =
        again.documents().await.iter().map(|document| (document.id, document.updated_at)).collect();
    assert_eq!(after, before, "nothing is done twice");
    again.running.stop().await;
}

async fn what_changes_is_read_anew_and_keeps_its_id(test: Arc<TestDb>) {
    let watching = Watching::start(&test).await;
    watching.write("rules.md", RULES, 60);
    watching.watch().await;
    watching.look().await;
    let before = watching.documents().await.remove(0);
    watching.write("rules.md", NEWER, 30);
    watching.look().await;
    let documents = watching.documents().await;
    assert_eq!((documents.len(), documents[0].id, documents[0].status), (1, before.id, Status::Ready));
    assert_eq!(watching.running.found("stunned").await, ["A stunned creature cannot move."]);
    assert_eq!(watching.running.found("crawl").await, [""; 0], "the old text is gone");
    let original = watching.running.library.original(OWNER, before.id).await.unwrap();
    assert_eq!(original.bytes, NEWER.as_bytes());
    // The same bytes once more are no change.
    let read_at = documents[0].updated_at;
    watching.write("rules.md", NEWER, 5);
    watching.look().await;
    assert_eq!(watching.documents().await[0].updated_at, read_at);
    // Who saves it may take the old one away first, and a look may come between.
    fs::remove_file(watching.root().join("rules.md")).unwrap();
    watching.look().await;
    assert_eq!(watching.documents().await[0].id, before.id);
    watching.write("rules.md", RULES, 5);
    watching.look().await;
    let documents = watching.documents().await;
    assert_eq!((documents.len(), documents[0].id), (1, before.id));
    assert_eq!(watching.running.found("crawl").await.len(), 1);
    fs::remove_file(watching.root().join("rules.md")).unwrap();
    watching.write("rules.md", NEWER, 5);
    watching.look().await;
    assert_eq!(watching.documents().await[0].id, before.id, "nor does it matter where none comes between");
    // What cannot be read leaves what was there.
    watching.write("rules.md", "", 5);
    let folder = watching.look().await;
    assert_eq!((folder.skipped, folder.skipped_files[0].code.as_str()), (1, "empty"));
    assert_eq!(watching.running.found("stunned").await.len(), 1);
    watching.running.stop().await;
}

async fn what_a_person_put_right_holds_when_the_file_changes(test: Arc<TestDb>) {
    let watching = Watching::start(&test).await;
    watching.write("rules.md", RULES, 60);
    watching.watch().await;
    watching.look().await;
    let id = watching.documents().await[0].id;
    let chosen = BTreeMap::from([("title".to_owned(), Some("House Book".to_owned()))]);
    watching.running.library.correct_document(OWNER, id, &chosen).await.unwrap();
    watching.write("rules.md", NEWER, 30);
    watching.look().await;
    assert_eq!(watching.documents().await[0].title, "House Book");
    let filter = DocumentFilter { text: "house b".into(), ..DocumentFilter::default() };
    assert_eq!(
        watching.running.library.list(OWNER, &filter).await.unwrap().total,
        1,
        "it is found by its name"
    );
    watching.running.stop().await;
}

async fn what_is_deleted_goes_and_comes_back(test: Arc<TestDb>) {
    let watching = Watching::start(&test).await;
    watching.write("rules.md", RULES, 60);
    watching.write("copy.md", RULES, 60);
    watching.watch().await;
    let folder = watching.look().await;
    assert_eq!((watching.documents().await.len(), folder.ready), (1, 2), "the same bytes are one document");
    let id = watching.documents().await[0].id;
    fs::remove_file(watching.root().join("rules.md")).unwrap();
    watching.look().await;
    assert_eq!(watching.documents().await.len(), 1, "the copy is still there");
    fs::remove_file(watching.root().join("copy.md")).unwrap();
    watching.look().await;
    assert_eq!(watching.documents().await.len(), 1, "it may be written anew");
    let folder = watching.look().await;
    assert_eq!((folder.ready, folder.problem), (0, None), "an empty folder is a folder");
    assert_eq!(watching.documents().await, []);
    assert_eq!(watching.running.found("crawl").await, [""; 0]);
    watching.write("rules.md", RULES, 60);
    watching.look().await;
    assert_eq!(watching.documents().await[0].id, id, "it is restored, not read again");
    assert_eq!(watching.running.found("crawl").await.len(), 1);
    watching.running.stop().await;
}

async fn what_is_renamed_keeps_its_document(test: Arc<TestDb>) {
    let watching = Watching::start(&test).await;
    watching.write("old_name.txt", "A lantern stands on the table.", 60);
    watching.watch().await;
    watching.look().await;
    let before = watching.documents().await.remove(0);
    assert_eq!(before.title, "old name");
    fs::create_dir(watching.root().join("deep")).unwrap();
    fs::rename(watching.root().join("old_name.txt"), watching.root().join("deep/new.txt")).unwrap();
    watching.look().await;
    let after = watching.documents().await.remove(0);
    assert_eq!((after.id, after.title.as_str()), (before.id, "new"));
    assert_eq!(watching.names().await, ["books/deep/new.txt"]);
    let found = watching.running.library.search(OWNER, SearchRequest::new("lantern")).await.unwrap();
    assert_eq!((found.total, found.hits[0].passage.title.as_str()), (1, "new"));
    // It is followed under its new name.
    fs::remove_file(watching.root().join("deep/new.txt")).unwrap();
    watching.look().await;
    watching.look().await;
    assert_eq!(watching.documents().await, []);
    watching.running.stop().await;
}

async fn what_could_not_be_read_anew_is_found_by_its_new_name(test: Arc<TestDb>) {
    let watching = Watching::start(&test).await;
    watching.write("old_name.txt", "A lantern stands on the table.", 60);
    watching.watch().await;
    watching.look().await;
    watching.write("old_name.txt", "%PDF-1.4 and nothing else", 30);
    watching.look().await;
    let before = watching.documents().await.remove(0);
    assert_eq!((before.title.as_str(), before.status), ("old name", Status::Failed));
    fs::rename(watching.root().join("old_name.txt"), watching.root().join("new.txt")).unwrap();
    watching.look().await;
    let after = watching.documents().await.remove(0);
    assert_eq!((after.id, after.title.as_str(), after.status), (before.id, "new", Status::Failed));
    assert_eq!(watching.running.found("title:new").await, ["A lantern stands on the table."]);
    assert_eq!(watching.running.found("title:old").await, [""; 0]);
    watching.running.stop().await;
}

async fn what_cannot_be_reached_deletes_nothing(test: Arc<TestDb>) {
    let watching = Watching::start(&test).await;
    watching.write("rules.md", RULES, 60);
    watching.watch().await;
    watching.look().await;
    let away = watching.dir.path().join("away");
    fs::rename(watching.root(), &away).unwrap();
    let folder = watching.look().await;
    assert_eq!((folder.problem, folder.ready), (Some(WatchProblem::Missing), 1));
    assert!(folder.detail.is_some());
    // An empty folder where a disk was mounted.
    fs::create_dir(watching.root()).unwrap();
    let folder = watching.look().await;
    assert_eq!((folder.problem, folder.ready), (Some(WatchProblem::Another), 1));
    assert_eq!(watching.documents().await.len(), 1);
    // The disk is back.
    fs::remove_dir(watching.root()).unwrap();
    fs::rename(&away, watching.root()).unwrap();
    let folder = watching.look().await;
    assert_eq!((folder.problem, folder.ready), (None, 1));
    fs::remove_dir_all(watching.root()).unwrap();
    fs::write(watching.root(), "no folder").unwrap();
    assert_eq!(watching.look().await.problem, Some(WatchProblem::NotAFolder));
    assert_eq!(watching.documents().await.len(), 1);
    watching.running.stop().await;
}

async fn what_is_being_written_waits(test: Arc<TestDb>) {
    let watching = Watching::start(&test).await;
    watching.watch().await;
    watching.look().await;
    test.clock.advance(Duration::from_secs(20));
    watching.write("rules.md", "# Ru", 1);
    watching.running.library.look(OWNER, watching.folder().await.id).await.unwrap();
    let folder = watching.folder().await;
    assert_eq!((folder.waiting, folder.ready), (1, 0));
    assert_eq!(watching.documents().await, []);
    // It has grown since, though its time says that it is old.
    watching.write("rules.md", RULES, 60);
    assert_eq!(watching.look().await.waiting, 1);
    let folder = watching.look().await;
    assert_eq!((folder.waiting, folder.ready), (0, 1));
    // What is gone while something is written may be the same under another name.
    fs::remove_file(watching.root().join("rules.md")).unwrap();
    test.clock.advance(Duration::from_secs(20));
    watching.write("new.md", RULES, 1);
    let id = watching.folder().await.id;
    watching.running.library.look(OWNER, id).await.unwrap();
    assert_eq!(watching.documents().await.len(), 1);
    watching.look().await;
    assert_eq!(watching.names().await, ["books/new.md"]);
    watching.running.stop().await;
}

async fn what_is_left_out_says_why(test: Arc<TestDb>) {
    let config = Config { max_file_bytes: 1_000, ..Config::default() };
    let watching = Watching::start_with(&test, config).await;
    watching.write("a.md", RULES, 60);
    watching.write("film.mp3", b"ID3 and sounds", 60);
    watching.write("long.txt", "x".repeat(1_001), 60);
    watching.write("page.pdf.part", "%PDF", 60);
    #[cfg(unix)]
    std::os::unix::fs::symlink("/etc/hostname", watching.root().join("link.txt")).unwrap();
    watching.watch().await;
    let folder = watching.look().await;
    let skipped: Vec<(&str, &str)> = folder
        .skipped_files
        .iter()
        .map(|file| (file.path.as_str(), file.code.as_str()))
        .filter(|(_, code)| *code != "link")
        .collect();
    let expected = [("film.mp3", "unsupported"), ("long.txt", "too_large"), ("page.pdf.part", "unfinished")];
    assert_eq!(skipped, expected);
    assert!(folder.skipped_files.iter().all(|file| !file.message.is_empty()));
    #[cfg(unix)]
    assert!(folder.skipped_files.iter().any(|file| file.path == "link.txt"));
    assert_eq!(watching.names().await, ["books/a.md"]);
    // What was left out is forgotten with its file.
    fs::remove_file(watching.root().join("film.mp3")).unwrap();
    assert_eq!(watching.look().await.skipped, folder.skipped - 1);
    watching.running.stop().await;
}

async fn what_was_there_before_stays(test: Arc<TestDb>) {
    let watching = Watching::start(&test).await;
    let by_hand = watching.running.add("mine.md", RULES).await;
    watching.write("rules.md", RULES, 60);
    watching.watch().await;
    watching.look().await;
    assert_eq!(watching.names().await, ["mine.md"]);
    watching.write("rules.md", NEWER, 30);
    watching.look().await;
    assert_eq!(watching.names().await, ["books/rules.md", "mine.md"], "it is not changed under its owner");
    watching.write("rules.md", RULES, 20);
    watching.look().await;
    assert_eq!(watching.names().await, ["mine.md"], "the one that came by watching is nobody's now");
    fs::remove_file(watching.root().join("rules.md")).unwrap();
    watching.look().await;
    assert_eq!(watching.documents().await[0].id, by_hand.id);
    watching.running.stop().await;
}

async fn what_could_not_be_kept_has_brought_nothing(test: Arc<TestDb>) {
    let watching = Watching::start(&test).await;
    watching.write("rules.md", RULES, 60);
    watching.watch().await;
    let [unfinished, away] = ["unfinished", "away"].map(|name| test.dir().join("blobs").join(name));
    fs::rename(&unfinished, &away).unwrap();
    fs::write(&unfinished, "no folder to write files into").unwrap();
    watching.look().await;
    assert_eq!(watching.documents().await, []);
    fs::remove_file(&unfinished).unwrap();
    fs::rename(&away, &unfinished).unwrap();
    let by_hand = watching.running.add("mine.md", RULES).await;
    watching.look().await;
    assert_eq!(watching.names().await, ["mine.md"]);
    fs::remove_file(watching.root().join("rules.md")).unwrap();
    watching.look().await;
    watching.look().await;
    let ids: Vec<_> = watching.documents().await.into_iter().map(|document| document.id).collect();
    assert_eq!(ids, [by_hand.id], "the file did not bring it, and does not take it along");
    watching.running.stop().await;
}

async fn what_goes_wrong_with_one_file_does_not_stop_the_others(test: Arc<TestDb>) {
    let watching = Watching::start(&test).await;
    watching.write("a.md", RULES, 60);
    watching.write("b.md", NEWER, 60);
    // Where the folder for the content of the first would be, there is a file.
    let content = BlobId::of(RULES.as_bytes());
    let blocked = test.dir().join("blobs").join(&content.as_str()[..2]);
    fs::write(&blocked, "no folder").unwrap();
    watching.watch().await;
    for _ in 0..3 {
        let folder = watching.look().await;
        assert_eq!((folder.problem, folder.ready, folder.skipped), (None, 1, 1));
        let skipped = &folder.skipped_files[0];
        assert_eq!((skipped.path.as_str(), skipped.code.as_str()), ("a.md", "unreadable"));
        assert!(skipped.message.contains("cannot write"), "{}", skipped.message);
    }
    fs::remove_file(&blocked).unwrap();
    let folder = watching.look().await;
    assert_eq!((folder.ready, folder.skipped), (2, 0));
    watching.running.stop().await;
}

async fn what_a_person_deletes_stays_deleted(test: Arc<TestDb>) {
    let watching = Watching::start(&test).await;
    watching.write("rules.md", RULES, 60);
    watching.watch().await;
    watching.look().await;
    let id = watching.documents().await[0].id;
    watching.running.library.delete(OWNER, id).await.unwrap();
    let folder = watching.look().await;
    assert_eq!((folder.deleted, watching.documents().await.len()), (1, 0));
    fs::rename(watching.root().join("rules.md"), watching.root().join("renamed.md")).unwrap();
    assert_eq!(watching.look().await.deleted, 1);
    // Until its file says something else.
    watching.write("renamed.md", NEWER, 30);
    let folder = watching.look().await;
    assert_eq!((folder.deleted, folder.ready), (0, 1));
    assert_eq!(watching.running.found("stunned").await.len(), 1);
    watching.running.stop().await;
}

async fn many_files_come_in_look_by_look(test: Arc<TestDb>) {
    let watching = Watching::start(&test).await;
    for number in 0..130 {
        watching.write(&format!("note{number:03}.txt"), format!("Note number {number}."), 60);
    }
    watching.watch().await;
    let folder = watching.look().await;
    assert_eq!((folder.ready, folder.waiting), (100, 30));
    test.clock.advance(Duration::from_secs(1));
    assert_eq!(watching.look().await.ready, 130);
    watching.running.stop().await;
}

async fn a_folder_is_watched_no_more(test: Arc<TestDb>) {
    let watching = Watching::start(&test).await;
    let library = Arc::clone(&watching.running.library);
    let by_hand = watching.running.add("mine.md", NEWER).await;
    watching.write("rules.md", RULES, 60);
    watching.write("newer.md", NEWER, 60);
    let id = watching.watch().await.id;
    watching.look().await;
    library.unwatch(OWNER, id, KeptDocuments::Keep).await.unwrap();
    assert_eq!(library.watched(OWNER).await.unwrap(), []);
    assert_eq!(watching.documents().await.len(), 2);
    let gone = library.unwatch(OWNER, id, KeptDocuments::Keep).await.unwrap_err();
    assert_eq!(gone.kind(), base::ErrorKind::NotFound);
    // What stays is one's own from then on.
    watching.write("extra.md", "# Extra\n\nOnly by watching.\n", 60);
    let id = watching.watch().await.id;
    watching.look().await;
    assert_eq!(watching.documents().await.len(), 3);
    library.unwatch(OWNER, id, KeptDocuments::Delete).await.unwrap();
    assert_eq!(library.watched(OWNER).await.unwrap(), []);
    assert_eq!(watching.names().await, ["books/rules.md", "mine.md"]);
    assert!(watching.documents().await.iter().any(|document| document.id == by_hand.id));
    watching.running.stop().await;
}

async fn folders_that_cannot_be_watched_say_why(test: Arc<TestDb>) {
    let watching = Watching::start(&test).await;
    let library = &watching.running.library;
    fs::create_dir(watching.root().join("inner")).unwrap();
    let refused = async |path: &Path, collection: Option<&str>| {
        let new = NewWatch {
            path: path.to_owned(),
            collection: collection.map(str::to_owned),
            closed: vec![test.dir().to_owned()],
        };
        library.watch(OWNER, new).await.unwrap_err()
    };
    for (path, collection) in [
        (PathBuf::from("/"), None),
        (PathBuf::from("books"), None),
        (test.dir().to_owned(), None),
        (watching.root().join("gone"), None),
        (watching.root(), Some("handbook")),
    ] {
        let error = refused(&path, collection).await;
        assert!(matches!(error, LibraryError::BadFolder { .. }), "{error}");
        assert_eq!(error.kind(), base::ErrorKind::Invalid);
    }
    watching.watch().await;
    for path in [watching.root(), watching.root().join("inner"), watching.dir.path().to_owned()] {
        let error = refused(&path, None).await;
        assert!(matches!(error, LibraryError::WatchedAlready { .. }), "{error}");
    }
    assert_eq!(library.watched(base::Id::from_u128(5)).await.unwrap(), [], "they are nobody else's");
    watching.running.stop().await;
}

async fn of_folders_in_each_other_one_is_watched(test: Arc<TestDb>) {
    let watching = Watching::start(&test).await;
    let deepest = watching.root().join("a/b/c/d/e/f/g");
    fs::create_dir_all(&deepest).unwrap();
    let library = &watching.running.library;
    let added = deepest.ancestors().take(8).map(|path| {
        let new = NewWatch { path: path.to_owned(), collection: None, closed: Vec::new() };
        library.watch(OWNER, new)
    });
    let added = futures::future::join_all(added).await;
    let refused = added.into_iter().filter_map(Result::err).collect::<Vec<_>>();
    assert_eq!(refused.len(), 7);
    assert!(refused.iter().all(|error| matches!(error, LibraryError::WatchedAlready { .. })), "{refused:?}");
    assert_eq!(library.watched(OWNER).await.unwrap().len(), 1);
    watching.running.stop().await;
}
