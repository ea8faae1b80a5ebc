//! Folders that the library is kept in step with: looking at them, and telling the page.

use crate::app::App;
use api::events::AppEvent;
use std::{path::PathBuf, sync::Arc, time::Duration};
use tokio::sync::broadcast::error::RecvError;

/// How long nothing is looked at when the database fails.
const AFTER_FAILURE: Duration = Duration::from_secs(60);

impl App {
    /// Where Familiar keeps its own things: nobody else's documents lie there.
    pub fn own_folders(&self) -> Vec<PathBuf> {
        vec![self.data_dir.clone()]
    }
}

/// Looks at watched folders when their time has come, or somebody wants it.
pub(crate) async fn keep_in_step(app: Arc<App>) {
    loop {
        let pause = match app.library.look_at_due().await {
            Ok(pause) => pause,
            Err(error) => {
                tracing::warn!(%error, "watched folders cannot be looked at");
                AFTER_FAILURE
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = app.library.look_wanted() => {}
        }
    }
}

/// Tells the page when a watched folder stands otherwise.
pub(crate) async fn publish(app: Arc<App>) {
    let mut changes = app.library.subscribe_watched();
    loop {
        match changes.recv().await {
            Ok(()) | Err(RecvError::Lagged(_)) => app.events.publish(AppEvent::WatchedFoldersChanged),
            Err(RecvError::Closed) => return,
        }
    }
}
