//! What happens anywhere in the program, for pages that show it live.

use api::events::AppEvent;
use tokio::sync::broadcast;

/// Events kept for a reader who is slow; one who is slower misses some.
const WAITING: usize = 512;

/// Where events are published.
#[derive(Debug, Clone)]
pub(crate) struct Events(broadcast::Sender<AppEvent>);

impl Default for Events {
    fn default() -> Self {
        Self(broadcast::channel(WAITING).0)
    }
}

impl Events {
    pub(crate) fn publish(&self, event: AppEvent) {
        // Nobody listening is fine.
        drop(self.0.send(event));
    }

    pub(crate) fn subscribe(&self) -> broadcast::Receiver<AppEvent> {
        self.0.subscribe()
    }
}
