//! The scripted upstream: a small HTTP server that plays the providers.
//!
//! It is written straight on TCP because half of what it plays is not proper HTTP: garbage, half a body,
//! a connection closed without a word. Reading order: [`reply`] (the script), [`ask`] (what a request
//! wants), [`dialect`] (bytes of an answer), [`play`] (how they go out), [`connection`] (HTTP/1.1).

mod ask;
mod batches;
mod connection;
mod control;
mod dialect;
mod play;
mod reply;
mod state;

pub use control::Script;
pub use reply::{ErrorReply, Instead, Interruption, Part, Reply, Stop, UsageFigures, UsageReport, What};
pub use state::{Disconnect, Recorded};

use state::Shared;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};

/// A provider on loopback that answers from a script, or else repeats what it was asked.
///
/// Dropping it closes its port and every connection.
#[derive(Debug)]
pub struct ScriptedUpstream {
    shared: Arc<Shared>,
    address: SocketAddr,
    accepting: JoinHandle<()>,
}

impl ScriptedUpstream {
    /// Starts on a free port of loopback; fails when none can be bound.
    pub async fn start() -> io::Result<Self> {
        Self::start_on(SocketAddr::from(([127, 0, 0, 1], 0))).await
    }

    /// Starts on a given address, for instance to come back where an upstream was before.
    pub async fn start_on(address: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared::default());
        let accepting = tokio::spawn(accept(listener, Arc::clone(&shared)));
        Ok(Self { shared, address, accepting })
    }

    /// The address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The base URL with `path` behind it: `/v1` for OpenAI's clients, nothing for the others'.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Answers the next model call (chat or embeddings) that no queue of its own path takes with this.
    pub fn queue(&self, reply: Reply) {
        self.shared.lock().queue.push_back((None, reply));
    }

    /// Answers the next request whose path contains `path` with this, model call or not.
    pub fn queue_on(&self, path: &str, reply: Reply) {
        self.shared.lock().queue.push_back((Some(path.to_owned()), reply));
    }

    /// Answers every model call that nothing is queued for with this, instead of repeating the prompt.
    pub fn always(&self, reply: Reply) {
        self.shared.set_fallback(reply);
    }

    /// Lets batches be done after they were asked for this often; at once where nothing is said.
    pub fn batch_polls(&self, polls: usize) {
        self.shared.lock().batches.polls = polls;
    }

    /// Sets what the model lists name.
    pub fn models(&self, names: &[&str]) {
        self.shared.lock().models = names.iter().map(|name| (*name).to_owned()).collect();
    }

    /// Answers without looking into requests and without keeping them: for benchmarks.
    ///
    /// Every chat call gets the same bytes, written at once.
    pub fn canned(&self, words: usize) {
        self.shared.set_canned(Reply::words(words));
    }

    /// Forgets script, requests and disconnects.
    pub fn reset(&self) {
        self.shared.reset();
    }

    /// How many queued replies nobody has asked for yet.
    pub fn left_in_queue(&self) -> usize {
        self.shared.lock().queue.len()
    }

    /// The requests so far, oldest first; at most the first 20,000 are kept.
    pub fn requests(&self) -> Vec<Recorded> {
        self.shared.lock().requests.clone()
    }

    /// The latest request.
    pub fn last_request(&self) -> Option<Recorded> {
        self.shared.lock().requests.last().cloned()
    }

    /// The clients that went away in the middle of an answer so far.
    pub fn disconnects(&self) -> Vec<Disconnect> {
        self.shared.lock().disconnects.clone()
    }

    /// Waits until `count` requests have arrived; `None` when they have not after ten seconds.
    pub async fn wait_for_requests(&self, count: usize) -> Option<Vec<Recorded>> {
        self.wait_for(|state| (state.requests.len() >= count).then(|| state.requests.clone())).await
    }

    /// Waits until `count` clients have gone away in mid-answer; `None` when they have not after ten seconds.
    pub async fn wait_for_disconnects(&self, count: usize) -> Option<Vec<Disconnect>> {
        self.wait_for(|state| (state.disconnects.len() >= count).then(|| state.disconnects.clone())).await
    }

    async fn wait_for<T>(&self, look: impl Fn(&state::State) -> Option<T>) -> Option<T> {
        let watch = async {
            loop {
                let changed = self.shared.changed.notified();
                tokio::pin!(changed);
                changed.as_mut().enable();
                if let Some(found) = look(&self.shared.lock()) {
                    return found;
                }
                changed.await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), watch).await.ok()
    }
}

impl Drop for ScriptedUpstream {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// Takes connections until aborted; the set aborts the connections with it.
async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        match listener.accept().await {
            Ok((stream, _peer)) => {
                connections.spawn(play::serve(stream, Arc::clone(&shared)));
            }
            // Out of file descriptors, most likely: the next one may go better.
            Err(_error) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
        while connections.try_join_next().is_some() {}
    }
}
