//! Waiting for a file system that may never answer, such as that of a machine that is gone.
//!
//! What waits for an answer there cannot be broken off. It is left behind, and nothing else is begun on its folder until it
//! is over: so a folder costs one thread at the most, and whoever looks at others goes on.

use crate::LibraryError;
use std::{
    collections::HashSet,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{task::spawn_blocking, time::timeout};

/// How often a file system has answered.
#[derive(Debug, Clone, Default)]
pub(super) struct Answers(Arc<AtomicU64>);

impl Answers {
    /// It has answered once more.
    pub(super) fn count(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn so_far(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Why something was not done.
#[derive(Debug)]
pub(super) enum NotDone {
    /// The file system does not answer.
    Silent,
    /// Something else went wrong.
    Failed(LibraryError),
}

impl From<LibraryError> for NotDone {
    fn from(error: LibraryError) -> Self {
        Self::Failed(error)
    }
}

/// The folders on which something is under way.
#[derive(Debug, Clone, Default)]
pub(super) struct Patience {
    busy: Arc<Mutex<HashSet<PathBuf>>>,
}

impl Patience {
    /// Does something that blocks on a folder, and waits for it while the file system answers, which it counts; gives it
    /// up where that is silent for so long, or still silent since before.
    pub(super) async fn wait<T: Send + 'static>(
        &self,
        (folder, silence): (&Path, Duration),
        work: impl FnOnce(&Answers) -> T + Send + 'static,
    ) -> Result<T, NotDone> {
        let Some(busy) = self.begin(folder) else { return Err(NotDone::Silent) };
        let answers = Answers::default();
        let counted = answers.clone();
        let mut task = spawn_blocking(move || {
            let done = work(&counted);
            drop(busy);
            done
        });
        let mut heard = 0;
        loop {
            if let Ok(done) = timeout(silence, &mut task).await {
                return done.map_err(|_| NotDone::Failed(LibraryError::Stopped));
            }
            let answered = answers.so_far();
            if answered == heard {
                return Err(NotDone::Silent);
            }
            heard = answered;
        }
    }

    fn begin(&self, folder: &Path) -> Option<Busy> {
        let mut all = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(folder.to_owned()).then(|| Busy { all: self.clone(), folder: folder.to_owned() })
    }
}

/// Something is under way on a folder until this is dropped.
struct Busy {
    all: Patience,
    folder: PathBuf,
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.all.busy.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.folder);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    const LONG: Duration = Duration::from_secs(60);
    const SHORT: Duration = Duration::from_millis(10);

    #[tokio::test]
    async fn a_folder_that_does_not_answer_is_left_alone_until_it_does() {
        let (patience, far, near) = (Patience::default(), Path::new("/far"), Path::new("/near"));
        let (answer, silence) = mpsc::channel::<()>();
        let given_up = patience.wait((far, SHORT), move |_| silence.recv()).await;
        assert!(matches!(given_up, Err(NotDone::Silent)));
        let begun = Answers::default();
        let counted = begun.clone();
        let again = patience.wait((far, LONG), move |_| counted.count()).await;
        assert!(matches!(again, Err(NotDone::Silent)));
        assert_eq!(begun.so_far(), 0, "nothing else is begun there");
        assert_eq!(patience.wait((near, LONG), |_| 7).await.ok(), Some(7), "others are not held up");
        answer.send(()).unwrap();
        let mut tries = 0;
        while patience.wait((far, LONG), |_| ()).await.is_err() {
            tries += 1;
            assert!(tries < 10_000, "it has answered");
            tokio::time::sleep(SHORT).await;
        }
    }
}
