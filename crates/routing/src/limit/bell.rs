//! Tells those who hand out turns that there may be something to hand out; silent while nobody waits.

use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::Notify;

/// Rung when something is given back to a limiter, or somebody joins or leaves the queue.
#[derive(Debug, Default)]
pub struct Bell {
    waiting: AtomicUsize,
    notify: Notify,
}

impl Bell {
    /// Rings, if anybody waits.
    pub fn ring(&self) {
        if self.anybody_waits() {
            self.notify.notify_one();
        }
    }

    /// Waits until it is rung; a ring that nobody heard counts.
    pub async fn rung(&self) {
        self.notify.notified().await;
    }

    /// Says how many wait now.
    pub(super) fn set_waiting(&self, count: usize) {
        self.waiting.store(count, Ordering::Release);
    }

    /// Whether anybody waits.
    pub(super) fn anybody_waits(&self) -> bool {
        self.waiting.load(Ordering::Acquire) > 0
    }
}
