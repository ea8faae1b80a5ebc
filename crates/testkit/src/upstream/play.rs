//! Plays replies on a connection: pace, pieces, interruptions.

use super::ask::Ask;
use super::batches;
use super::connection::{Connection, Gone, Head};
use super::control;
use super::dialect::{self, Answer, Audio, Door, Frame, Route};
use super::reply::{ErrorReply, Instead, Interruption, Reply, What};
use super::state::{Disconnect, Shared};
use bytes::Bytes;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::TcpStream;

const JSON: &str = "application/json";
/// Neither HTTP nor UTF-8.
const GARBAGE: &[u8] = b"\x00\xff\xfeno http here\r\n\r\n\x80\x81";
/// Half an event.
const HALF_AN_EVENT: &[u8] = b"data: {\"choices\": [{\"delta\": \xff\n\n";

/// How a reply ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// The connection can take the next request.
    Open,
    /// The connection is closed on purpose.
    Closed,
}

/// Serves one connection until one side has had enough.
pub(super) async fn serve(stream: TcpStream, shared: Arc<Shared>) {
    let mut connection = Connection::new(stream);
    while let Ok((head, body)) = connection.read_request().await {
        match answer(&mut connection, &shared, &head, &body).await {
            Ok(End::Open) if !head.wants_close() => {}
            Ok(End::Open | End::Closed) | Err(Gone) => return,
        }
    }
}

async fn answer(connection: &mut Connection, shared: &Shared, head: &Head, body: &[u8]) -> Result<End, Gone> {
    let (door, route) = dialect::route(head);
    if route == Route::Control {
        let (status, body) = control::handle(shared, &head.method, body);
        connection.write(&response(status, JSON, &[], &body)).await?;
        return Ok(End::Open);
    }
    if route == Route::Chat && shared.is_canned() {
        let ask = Ask::glance(door, &head.path, body);
        connection.write(&shared.canned_response(door, &ask)).await?;
        return Ok(End::Open);
    }
    let number = shared.record(head, body);
    let reply = {
        let mut state = shared.lock();
        let queued = state.next_reply(&head.path, route.is_model_call());
        queued.or_else(|| route.is_model_call().then(|| state.fallback.clone())).unwrap_or_default()
    };
    let ask = Ask::read(door, &head.path, body);
    let mut player = Player { connection, door, ask, reply, number, sent: 0 };
    let arrived = Instant::now();
    let result = player.play(shared, &route, Asked { head, body }).await;
    if result.is_err() {
        let noticed = Instant::now();
        shared.record_disconnect(Disconnect {
            number,
            path: head.path.clone(),
            sent: player.sent,
            after_ms: u64::try_from(noticed.duration_since(arrived).as_millis()).unwrap_or(u64::MAX),
            noticed,
        });
    }
    result
}

/// What came in.
#[derive(Clone, Copy)]
struct Asked<'a> {
    head: &'a Head,
    body: &'a [u8],
}

struct Player<'a> {
    connection: &'a mut Connection,
    door: Door,
    ask: Ask,
    reply: Reply,
    number: usize,
    /// Words that have gone out.
    sent: usize,
}

impl Player<'_> {
    async fn play(&mut self, shared: &Shared, route: &Route, asked: Asked<'_>) -> Result<End, Gone> {
        let Asked { head, body: received } = asked;
        if self.reply.first_token_ms > 0 {
            self.connection.wait(Duration::from_millis(self.reply.first_token_ms)).await?;
        }
        if let Some(instead) = self.reply.instead.take() {
            return self.play_instead(instead).await;
        }
        let body = match route {
            Route::Chat if self.ask.stream => {
                let answer = Answer::new(self.number, &self.ask, &self.reply);
                let frames = dialect::frames(self.door, &answer);
                return self.send_frames(content_type(self.door), frames).await;
            }
            Route::Pull => {
                if self.reply.interruption.is_none() {
                    shared.lock().add_model(&self.ask.model);
                }
                let frames = dialect::pull_frames(&self.ask.model);
                return self.send_frames(content_type(self.door), frames).await;
            }
            Route::Batches => {
                let (status, content_type, body) = batches::answer(shared, self.door, head, received);
                // Done, but the client never hears of it.
                if self.reply.interruption.is_some() {
                    return Ok(End::Closed);
                }
                return self.send(status, content_type, body.as_bytes()).await;
            }
            Route::Chat => return self.play_whole().await,
            Route::Speech => return self.play_audio(dialect::speech(&self.ask, &self.reply)).await,
            Route::Transcription => {
                return self.play_audio(dialect::transcription(&self.ask, &self.reply)).await;
            }
            Route::Embeddings => dialect::embeddings(self.door, &self.ask, self.reply.usage),
            Route::CountTokens => dialect::token_count(self.door, &self.ask),
            Route::Models => dialect::models(self.door, &shared.lock().models),
            Route::Model(name) => dialect::model(self.door, name),
            Route::Greeting(text) => {
                return self.send(200, "text/plain; charset=utf-8", text.as_bytes()).await;
            }
            Route::Control | Route::Unknown => {
                let message = "no such path at the scripted upstream".to_owned();
                let error = ErrorReply { status: 404, message, kind: None, code: None };
                return self.send_error(&error).await;
            }
        };
        self.send(200, JSON, body.to_string().as_bytes()).await
    }

    async fn play_instead(&mut self, instead: Instead) -> Result<End, Gone> {
        match instead {
            Instead::Error(error) => self.send_error(&error).await,
            Instead::Redirect { location } => {
                self.reply.headers.push(("location".to_owned(), location));
                self.send(302, "text/plain", b"").await
            }
            Instead::Raw { status, content_type, body } => {
                self.send(status, &content_type, body.as_bytes()).await
            }
            Instead::Garbage => {
                self.connection.write(GARBAGE).await?;
                Ok(End::Closed)
            }
            Instead::Nothing => Err(self.connection.until_gone().await),
            Instead::KeepAlive { every_ms } => {
                self.write(&stream_head(content_type(self.door), &self.reply.headers)).await?;
                loop {
                    self.write(&chunk(dialect::keep_alive(self.door))).await?;
                    self.connection.wait(Duration::from_millis(every_ms)).await?;
                }
            }
            Instead::Close => Ok(End::Closed),
        }
    }

    async fn send(&mut self, status: u16, content_type: &str, body: &[u8]) -> Result<End, Gone> {
        let response = response(status, content_type, &self.reply.headers, body);
        self.write(&response).await?;
        Ok(End::Open)
    }

    async fn send_error(&mut self, error: &ErrorReply) -> Result<End, Gone> {
        let body = dialect::error(self.door, error).to_string();
        self.send(error.status, JSON, body.as_bytes()).await
    }

    async fn play_whole(&mut self) -> Result<End, Gone> {
        let answer = Answer::new(self.number, &self.ask, &self.reply);
        if let Some(pace) = self.pace() {
            let count = dialect::frames(self.door, &answer).iter().filter(|frame| frame.is_word).count();
            self.connection.wait(pace * u32::try_from(count).unwrap_or(u32::MAX)).await?;
        }
        self.send_whole(JSON, dialect::whole(self.door, &answer).to_string()).await
    }

    async fn play_audio(&mut self, audio: Audio) -> Result<End, Gone> {
        match audio {
            Audio::Frames(content_type, frames) => self.send_frames(content_type, frames).await,
            Audio::Whole(content_type, body) => {
                if let Some(pace) = self.pace() {
                    let words = u32::try_from(body.split_whitespace().count()).unwrap_or(u32::MAX);
                    self.connection.wait(pace * words).await?;
                }
                self.send_whole(content_type, body).await
            }
        }
    }

    async fn send_whole(&mut self, content_type: &str, body: String) -> Result<End, Gone> {
        let interruption = self.reply.interruption.take();
        let Some(Interruption { what, .. }) = interruption else {
            return self.send(200, content_type, body.as_bytes()).await;
        };
        let response = response(200, content_type, &self.reply.headers, body.as_bytes());
        let half = response.get(..response.len() - body.len() / 2).unwrap_or_default();
        match what {
            What::Error(error) => self.send_error(&error).await,
            What::Cut | What::End => {
                self.write(half).await?;
                Ok(End::Closed)
            }
            What::Stall => {
                self.write(half).await?;
                Err(self.connection.until_gone().await)
            }
            What::Garbage => self.send(200, JSON, HALF_AN_EVENT).await,
            What::Huge { bytes } => {
                let huge = Reply { parts: Vec::new(), ..self.reply.clone() }.and_text("x".repeat(bytes));
                let answer = Answer::new(self.number, &self.ask, &huge);
                let body = dialect::whole(self.door, &answer).to_string();
                self.send(200, JSON, body.as_bytes()).await
            }
        }
    }

    async fn send_frames(&mut self, content_type: &str, mut frames: Vec<Frame>) -> Result<End, Gone> {
        let head = stream_head(content_type, &self.reply.headers);
        let interruption = self.reply.interruption.take();
        let cut_at = interruption.as_ref().map(|found| position_after(&frames, found.after));
        let rest = cut_at.map(|position| frames.split_off(position)).unwrap_or_default();
        self.write_frames(head, &frames).await?;
        match interruption.map(|found| found.what) {
            None => {}
            Some(What::Error(error)) => {
                let frame = dialect::error_frame(self.door, &error);
                self.write(&chunk(&frame.bytes)).await?;
            }
            Some(What::Cut) => return Ok(End::Closed),
            Some(What::End) => {}
            Some(What::Stall) => return Err(self.connection.until_gone().await),
            Some(What::Garbage) => self.write(&chunk(HALF_AN_EVENT)).await?,
            Some(What::Huge { bytes }) => {
                let answer = Answer::new(self.number, &self.ask, &self.reply);
                let frame = dialect::text_frame(self.door, &answer, &"x".repeat(bytes));
                self.write(&chunk(&frame.bytes)).await?;
                self.write_frames(Vec::new(), &rest).await?;
            }
        }
        self.write(b"0\r\n\r\n").await?;
        Ok(End::Open)
    }

    /// Writes frames after `before`: at once, or at the reply's pace.
    async fn write_frames(&mut self, before: Vec<u8>, frames: &[Frame]) -> Result<(), Gone> {
        let mut buffer = before;
        let pace = self.pace();
        for frame in frames {
            if let (Some(pace), true) = (pace, frame.is_word) {
                self.write(&std::mem::take(&mut buffer)).await?;
                self.connection.wait(pace).await?;
            }
            append_chunk(&mut buffer, &frame.bytes);
            self.sent += usize::from(frame.is_word);
        }
        self.write(&buffer).await
    }

    fn pace(&self) -> Option<Duration> {
        let per_second = self.reply.tokens_per_second.filter(|pace| *pace > 0.0)?;
        Duration::try_from_secs_f64(1.0 / per_second).ok()
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<(), Gone> {
        match self.reply.write_bytes {
            None => self.connection.write(bytes).await,
            Some(size) => {
                for piece in bytes.chunks(size.max(1)) {
                    self.connection.write(piece).await?;
                    // Lets the client's side run, so that it sees the pieces apart.
                    tokio::task::yield_now().await;
                }
                Ok(())
            }
        }
    }
}

/// Where in `frames` so many words have gone out.
fn position_after(frames: &[Frame], words: usize) -> usize {
    let ends = frames.iter().enumerate().filter(|(_, frame)| frame.is_word).map(|(index, _)| index + 1);
    if words == 0 {
        return frames.iter().position(|frame| frame.is_word).unwrap_or(frames.len());
    }
    ends.take(words).last().unwrap_or(frames.len())
}

fn content_type(door: Door) -> &'static str {
    match door {
        Door::OpenAi | Door::Responses | Door::Anthropic | Door::Gemini => "text/event-stream; charset=utf-8",
        Door::Ollama => "application/x-ndjson",
    }
}

fn status_line(status: u16) -> String {
    let reason = http::StatusCode::from_u16(status).ok().and_then(|code| code.canonical_reason());
    format!("HTTP/1.1 {status} {}\r\n", reason.unwrap_or("Scripted"))
}

fn add_headers(head: &mut String, headers: &[(String, String)]) {
    for (name, value) in headers {
        // Writing to a string cannot fail.
        let _ = write!(head, "{name}: {value}\r\n");
    }
}

fn response(status: u16, content_type: &str, headers: &[(String, String)], body: &[u8]) -> Vec<u8> {
    let mut head = status_line(status);
    let _ = write!(head, "content-type: {content_type}\r\ncontent-length: {}\r\n", body.len());
    add_headers(&mut head, headers);
    head.push_str("\r\n");
    let mut response = head.into_bytes();
    response.extend_from_slice(body);
    response
}

fn stream_head(content_type: &str, headers: &[(String, String)]) -> Vec<u8> {
    let mut head = status_line(200);
    let _ = write!(head, "content-type: {content_type}\r\ntransfer-encoding: chunked\r\n");
    add_headers(&mut head, headers);
    head.push_str("\r\n");
    head.into_bytes()
}

fn append_chunk(buffer: &mut Vec<u8>, bytes: &[u8]) {
    buffer.extend_from_slice(format!("{:x}\r\n", bytes.len()).as_bytes());
    buffer.extend_from_slice(bytes);
    buffer.extend_from_slice(b"\r\n");
}

fn chunk(bytes: &[u8]) -> Vec<u8> {
    let mut buffer = Vec::with_capacity(bytes.len() + 16);
    append_chunk(&mut buffer, bytes);
    buffer
}

/// The complete HTTP response to a chat call, streamed or not.
pub(super) fn whole_response(door: Door, ask: &Ask, reply: &Reply) -> Bytes {
    let ask = Ask { model: "scripted".to_owned(), ..ask.clone() };
    let answer = Answer::new(0, &ask, reply);
    if !ask.stream {
        let body = dialect::whole(door, &answer).to_string();
        return response(200, JSON, &reply.headers, body.as_bytes()).into();
    }
    let mut bytes = stream_head(content_type(door), &reply.headers);
    for frame in dialect::frames(door, &answer) {
        append_chunk(&mut bytes, &frame.bytes);
    }
    bytes.extend_from_slice(b"0\r\n\r\n");
    bytes.into()
}
