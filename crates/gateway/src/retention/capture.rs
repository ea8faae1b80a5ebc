//! What is held on to of a call whose request and reply are to be kept.

use super::{Keep, keeper::Rules};
use crate::{
    ask::{Ask, Form},
    exchange::Outcome,
};
use bytes::Bytes;
use llm::{Aggregator, ChatEvent, ChatRequest, Codec, Operation};
use std::sync::Arc;

/// Most bytes of a stream that are held on to; what surrounds the words weighs much more than they do.
const MAX_STREAM_BYTES: usize = 4 << 20;

/// Request and reply of a call under way.
#[derive(Debug)]
pub(crate) struct Capture {
    pub(super) rules: Arc<Rules>,
    /// The caller's format; `None` for requests from inside.
    pub(super) codec: Option<&'static dyn Codec>,
    pub(super) model: String,
    pub(super) request: Request,
    pub(super) reply: Reply,
    /// Whether the reply is sound, which is never kept.
    speaks: bool,
    /// Whether the reply was longer than what is held on to.
    pub(super) cut: bool,
    bytes: usize,
}

#[derive(Debug)]
pub(super) enum Request {
    /// A recording, which is never kept.
    Sound,
    Body(Bytes),
    Inside(Box<ChatRequest>),
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
    pub(crate) fn new(rules: Arc<Rules>, ask: &Ask) -> Self {
        let request = match &ask.form {
            Form::Body(wire) => Request::Body(wire.body.clone()),
            Form::Request(request) => Request::Inside(Box::new(request.clone())),
            Form::Embeddings(request, _) => Request::Texts(request.inputs.clone()),
            Form::Audio(audio) if audio.head.operation == Operation::Speech => {
                Request::Body(audio.body.clone())
            }
            Form::Audio(_) => Request::Sound,
        };
        let speaks = ask.audio_head().is_some_and(|head| head.operation == Operation::Speech);
        let model = ask.head.model.clone();
        Self { rules, codec: ask.codec(), model, request, reply: Reply::None, speaks, cut: false, bytes: 0 }
    }

    /// Whether it is to be kept now that it is known how the call ended.
    pub(crate) fn wanted(&self, outcome: Outcome) -> bool {
        match self.rules.keep {
            Keep::None => false,
            Keep::Failed => matches!(outcome, Outcome::Failed | Outcome::Interrupted),
            Keep::All => true,
        }
    }

    pub(crate) fn whole(&mut self, bytes: &Bytes) {
        if !self.speaks {
            self.reply = Reply::Whole(bytes.clone());
        }
    }

    pub(crate) fn piece(&mut self, bytes: &Bytes) {
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

    pub(crate) fn event(&mut self, event: &ChatEvent, bytes: usize) {
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
            Request::Body(bytes) => bytes.len(),
            Request::Sound => 0,
            Request::Inside(request) => request.messages.len() * 1_024,
            Request::Texts(texts) => texts.iter().map(String::len).sum(),
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
