//! Why something in a conversation cannot be done.

use base::{ErrorKind, Id};

/// A failed operation on conversations. A model call that fails is not one: it ends as a message whose
/// status is `failed`.
#[derive(Debug, thiserror::Error)]
pub enum ChatError {
    /// No such conversation for this owner.
    #[error("there is no conversation `{0}`")]
    NoConversation(Id),
    /// No such message in this conversation.
    #[error("there is no message `{0}` in this conversation")]
    NoMessage(Id),
    /// Nothing was said.
    #[error("the message is empty")]
    Empty,
    /// More than a message may hold.
    #[error("the message has {size_bytes} bytes, {limit_bytes} are allowed")]
    TooLong {
        /// Its size.
        size_bytes: usize,
        /// The limit.
        limit_bytes: usize,
    },
    /// A picture that is not one.
    #[error("`{0}` is not a picture that models read")]
    NotAnImage(String),
    /// A picture whose data are not base64.
    #[error("the data of a picture are not base64")]
    NotBase64,
    /// An answer where a person's message is needed, or the reverse.
    #[error("message `{0}` is not {1}")]
    WrongSpeaker(Id, &'static str),
    /// An answer that is not there yet.
    #[error("message `{0}` is still being written")]
    BeingWritten(Id),
    /// A message that follows one that is deleted.
    #[error("message `{0}` cannot come back: what it follows is deleted as well")]
    GoneBefore(Id),
    /// A cursor that no list has given.
    #[error("`{0}` is not a cursor of this list")]
    BadCursor(String),
    /// The conversation's persona cannot be had.
    #[error(transparent)]
    Persona(Box<crate::PersonasError>),
    /// A group that cannot be so.
    #[error("{0}")]
    Group(String),
    /// Only one speaks in this conversation.
    #[error("the conversation `{0}` is no group")]
    NoGroup(Id),
    /// A group in which nobody is to speak.
    #[error("nobody is to speak next")]
    NobodyNext,
    /// A tool that nobody has.
    #[error("there is no tool `{0}`")]
    NoTool(String),
    /// No such folder for this owner.
    #[error("there is no folder `{0}`")]
    NoFolder(Id),
    /// A folder that cannot be so.
    #[error("{0}")]
    Folder(String),
    /// A folder that would be in itself.
    #[error("`{0}` cannot be put into itself or into a folder within it")]
    FolderInItself(String),
    /// A tag that is none.
    #[error("`{0}` is not a tag")]
    BadTag(String),
    /// More tags than a conversation may have.
    #[error("a conversation has at most {0} tags")]
    TooManyTags(usize),
    /// More conversations than one request may change.
    #[error("{count} conversations are too many at once, {limit} are allowed")]
    TooMany {
        /// How many.
        count: usize,
        /// The limit.
        limit: usize,
    },
    /// A call of a tool that does not wait for anybody.
    #[error("the call `{0}` does not wait for a decision")]
    NotWaiting(Id),
    /// A setting that nobody could mean.
    #[error("`{name}` cannot be so: {bounds}")]
    BadParameter {
        /// Which.
        name: &'static str,
        /// What it may be.
        bounds: String,
    },
    /// A name that another preset has.
    #[error("there is a preset `{0}` already")]
    PresetName(String),
    /// A command that another template has.
    #[error("another template has the command `{0}`")]
    CommandTaken(String),
    /// A file of templates that cannot be read.
    #[error(transparent)]
    TemplateFile(templates::ReadError),
    /// A record is not there, or not as it should be.
    #[error(transparent)]
    Record(#[from] store::RecordError),
    /// What is known cannot be read or written.
    #[error(transparent)]
    Memory(#[from] memory::MemoryError),
    /// The documents of a folder cannot be looked up.
    #[error(transparent)]
    Library(Box<library::LibraryError>),
    /// A picture of a message cannot be kept or read.
    #[error(transparent)]
    Picture(Box<store::BlobError>),
    /// A file of conversations that cannot be read.
    #[error(transparent)]
    File(#[from] transcript::ReadError),
    /// A form in which only one conversation can be written.
    #[error("`{0}` holds one conversation")]
    OneOnly(&'static str),
    /// Conversations that cannot be written as a file.
    #[error("the conversations cannot be written as JSON")]
    Unwritable(#[source] serde_json::Error),
    /// The server is going down.
    #[error("the server is shutting down")]
    ShuttingDown,
    /// The database failed.
    #[error("the conversation could not be read or written")]
    Database(#[from] sqlx::Error),
    /// What belongs together could not be written together.
    #[error("the conversation could not be written")]
    Store(#[from] store::DbError),
}

impl From<library::LibraryError> for ChatError {
    fn from(error: library::LibraryError) -> Self {
        Self::Library(Box::new(error))
    }
}

impl From<store::BlobError> for ChatError {
    fn from(error: store::BlobError) -> Self {
        Self::Picture(Box::new(error))
    }
}

impl ChatError {
    /// The kind, for the edge.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::NoConversation(_) | Self::NoMessage(_) | Self::NoGroup(_) | Self::NoFolder(_) => {
                ErrorKind::NotFound
            }
            Self::Empty
            | Self::TooLong { .. }
            | Self::NotAnImage(_)
            | Self::NotBase64
            | Self::WrongSpeaker(..)
            | Self::Group(_)
            | Self::NobodyNext
            | Self::NoTool(_)
            | Self::BadParameter { .. }
            | Self::TemplateFile(_)
            | Self::OneOnly(_)
            | Self::Folder(_)
            | Self::FolderInItself(_)
            | Self::BadTag(_)
            | Self::TooManyTags(_)
            | Self::TooMany { .. }
            | Self::BadCursor(_) => ErrorKind::Invalid,
            Self::File(error) => error.kind(),
            Self::BeingWritten(_)
            | Self::GoneBefore(_)
            | Self::NotWaiting(_)
            | Self::PresetName(_)
            | Self::CommandTaken(_) => ErrorKind::Conflict,
            Self::Record(error) => error.kind(),
            Self::Persona(error) => error.kind(),
            Self::Memory(error) => error.kind(),
            Self::Library(error) => error.kind(),
            Self::Picture(error) => error.kind(),
            Self::ShuttingDown => ErrorKind::Unavailable,
            Self::Database(_) | Self::Store(_) | Self::Unwritable(_) => ErrorKind::Internal,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<&str> {
        match self {
            Self::NoConversation(_) | Self::NoMessage(_) | Self::NoFolder(_) => {
                Some("it may have been deleted in another window")
            }
            Self::Empty => Some("write something, or add a picture"),
            Self::TooLong { .. } => Some("add long texts to the library and ask about them"),
            Self::NotAnImage(_) => Some("use PNG, JPEG, WebP or GIF"),
            Self::NotBase64 => Some("send the picture's bytes in base64, standard alphabet with padding"),
            Self::WrongSpeaker(..) => Some("regenerate answers, edit and resend your own messages"),
            Self::NoTool(_) => Some("`GET /api/tools` lists them"),
            Self::Folder(_) => Some("choose another name, or put it further up"),
            Self::FolderInItself(_) => Some("choose a folder that is not within it, or the top"),
            Self::BadTag(_) => Some("a tag has 1 to 40 characters, without quotation marks and commas"),
            Self::TooManyTags(_) => Some("take others away first"),
            Self::TooMany { .. } => Some("ask several times"),
            Self::BadParameter { .. } => Some("put it right, or leave it out: then it is inherited"),
            Self::CommandTaken(_) => Some("choose another command"),
            Self::TemplateFile(_) => {
                Some("take a file that Familiar has written, or the prompts that Open WebUI exports")
            }
            Self::PresetName(_) => Some("choose another name, or change that preset"),
            Self::Record(error) => error.hint().or(Some("it may have been deleted in another window")),
            Self::NotWaiting(_) => Some("it was decided in another window, or the answer has ended"),
            Self::BeingWritten(_) => Some("wait for its end, or stop it"),
            Self::GoneBefore(_) => Some("bring back the message before it first"),
            Self::BadCursor(_) => Some("take the `next` of the page before"),
            Self::Group(_) => Some("change who takes part, or how they take turns"),
            Self::NoGroup(_) => Some("choose two or more personas for it first"),
            Self::NobodyNext => {
                Some("choose who speaks, let somebody speak who is muted, or take another policy")
            }
            Self::Memory(error) => error.hint(),
            Self::Library(error) => Some(error.hint()),
            Self::Picture(error) => error.hint().or(Some("`familiar doctor` checks where files lie")),
            Self::File(error) => Some(error.hint()),
            Self::OneOnly(_) => Some("take `json`, `openai` or `sharegpt` for all of them"),
            Self::Persona(_) => Some("choose another persona for this conversation"),
            Self::ShuttingDown => Some("try again in a moment"),
            Self::Database(_) | Self::Store(_) | Self::Unwritable(_) => {
                Some("`familiar doctor` checks the database and the disk")
            }
        }
    }
}
