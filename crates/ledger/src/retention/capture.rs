//! What is held on to of a call whose request and reply are to be kept.

use super::{Keep, keeper::Rules};
use crate::exchange::Outcome;
use bytes::Bytes;
use llm::{Aggregator, ChatEvent, ChatRequest, Codec};
use std::sync::Arc;

/// Most bytes of a stream that are held on to; what surrounds the words weighs much more than they do.
const MAX_STREAM_BYTES: usize = 4 << 20;

/// Request and reply of a call under way.
#[derive(Debug)]
pub struct Capture {
    pub(super) rules: Arc<Rules>,
    /// The caller's format; `None` for requests from inside.
    pub(super) codec: Option<&'static dyn Codec>,
    pub(super) model: String,
    pub(super) request: Asked,
    pub(super) reply: Reply,
    /// Whether the reply is sound, which is never kept.
    speaks: bool,
    /// Whether the reply was longer than what is held on to.
    pub(super) cut: bool,
    bytes: usize,
}

/// What was asked.
#[derive(Debug)]
pub enum Asked {
    /// A recording, which is never kept.
    Sound,
    /// A request in the caller's format.
    Body(Bytes),
    /// A chat request from inside.
    Inside(Box<ChatRequest>),
    /// Texts to embed.
    Texts(Vec<String>),
}

#[derive(Debug, Default)]
pub(super) enum Reply {
    /// Nothing came.
    #[default]
    None,
    /// In one piece.
    Whole(Bytes),
    /// Pieces of a stream in the caller's format.
    Stream(Vec<Bytes>),
    /// Events.
    Events(Box<Aggregator>),
}

impl Capture {
    /// Begins with what was asked of `model`, in the format `codec` where it came in one. A reply that is sound
    /// (`speaks`) is never kept.
    pub fn new(
        rules: Arc<Rules>,
        codec: Option<&'static dyn Codec>,
        model: String,
        request: Asked,
        speaks: bool,
    ) -> Self {
        Self { rules, codec, model, request, reply: Reply::None, speaks, cut: false, bytes: 0 }
    }

    /// Whether it is to be kept now that it is known how the call ended.
    pub fn wanted(&self, outcome: Outcome) -> bool {
        match self.rules.keep {
            Keep::None => false,
            Keep::Failed => matches!(outcome, Outcome::Failed | Outcome::Interrupted),
            Keep::All => true,
        }
    }

    pub fn whole(&mut self, bytes: &Bytes) {
        if !self.speaks {
            self.reply = Reply::Whole(bytes.clone());
        }
    }

    pub fn piece(&mut self, bytes: &Bytes) {
        if !self.fits(bytes.len()) {
            return;
        }
        match &mut self.reply {
            Reply::Stream(pieces) => pieces.push(bytes.clone()),
            Reply::None | Reply::Whole(_) | Reply::Events(_) => {
                self.reply = Reply::Stream(vec![bytes.clone()])
            }
        }
    }

    pub fn event(&mut self, event: &ChatEvent, bytes: usize) {
        if !self.fits(bytes) {
            return;
        }
        if !matches!(self.reply, Reply::Events(_)) {
            self.reply = Reply::Events(Box::default());
        }
        if let Reply::Events(aggregator) = &mut self.reply {
            aggregator.push(event);
        }
    }

    /// How much memory it holds, roughly.
    pub(super) fn weight(&self) -> usize {
        let request = match &self.request {
            Asked::Body(bytes) => bytes.len(),
            Asked::Sound => 0,
            Asked::Inside(request) => request.messages.len() * 1_024,
            Asked::Texts(texts) => texts.iter().map(String::len).sum(),
        };
        let reply = match &self.reply {
            Reply::Whole(bytes) => bytes.len(),
            Reply::None | Reply::Stream(_) | Reply::Events(_) => self.bytes,
        };
        request + reply
    }

    fn fits(&mut self, bytes: usize) -> bool {
        self.bytes = self.bytes.saturating_add(bytes);
        self.cut |= self.bytes > MAX_STREAM_BYTES;
        !self.cut
    }
}
