//! How much text messages hold, without keeping any of it.

use super::chunk::{Seen, Unreadable};
use crate::json::{JsonError, JsonReader};

/// What has been counted in one message or several.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counted {
    /// Bytes of text, as they stand.
    pub(super) bytes: u64,
    pub(super) seen: Seen,
}

impl Counted {
    /// Counts one message.
    pub(super) fn read(reader: &mut JsonReader<'_>) -> Result<Self, Unreadable> {
        let mut counted = Self::default();
        counted.add(reader)?;
        Ok(counted)
    }

    /// Adds a message; what came before an error has been added.
    pub(super) fn add(&mut self, reader: &mut JsonReader<'_>) -> Result<(), JsonError> {
        let (before, mut details) = (self.bytes, 0);
        reader.fields(|key, reader| {
            match key {
                "content" | "reasoning_content" | "reasoning" => self.bytes += strings(reader)?,
                "refusal" => {
                    let bytes = strings(reader)?;
                    self.seen.refusal |= bytes > 0;
                    self.bytes += bytes;
                }
                "tool_calls" | "function_call" => {
                    let bytes = strings(reader)?;
                    self.seen.calls |= bytes > 0;
                    self.bytes += bytes;
                }
                // They repeat the plain text, where there is any.
                "reasoning_details" => details = strings(reader)?,
                _ => {
                    reader.skip()?;
                }
            }
            Ok::<(), JsonError>(())
        })?;
        if self.bytes == before {
            self.bytes += details;
        }
        Ok(())
    }
}

impl std::iter::Sum for Counted {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |sum, one| Self {
            bytes: sum.bytes + one.bytes,
            seen: sum.seen.and(one.seen),
        })
    }
}

/// The bytes of all strings in a value, save for those that are not the model's words.
fn strings(reader: &mut JsonReader<'_>) -> Result<u64, JsonError> {
    let mut bytes = 0;
    match reader.peek() {
        Some(b'"') => bytes = u64::try_from(reader.string()?.raw.len()).unwrap_or(0),
        Some(b'[') => {
            reader.enter_array()?;
            while reader.next_item()? {
                bytes += strings(reader)?;
            }
        }
        Some(b'{') => {
            reader.enter_object()?;
            while let Some(key) = reader.next_key()? {
                match &*key {
                    "id" | "type" | "format" | "signature" | "thought_signature" => {
                        reader.skip()?;
                    }
                    _ => bytes += strings(reader)?,
                }
            }
        }
        _ => {
            reader.skip()?;
        }
    }
    Ok(bytes)
}
