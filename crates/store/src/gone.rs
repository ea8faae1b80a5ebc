//! What is left of something that was attached, once its time is over.

use serde::{Deserialize, Serialize};

/// What is known of an attachment whose bytes were deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gone {
    /// After how many days it was deleted.
    pub days: u32,
    /// How large it was, in bytes.
    pub size_bytes: u64,
}

impl Gone {
    /// Of content in base64, deleted after so many days.
    pub fn of_base64(data: &str, days: u32) -> Self {
        let padding = data.bytes().rev().take_while(|byte| *byte == b'=').count();
        let size = (data.len() / 4 * 3).saturating_sub(padding);
        Self { days, size_bytes: u64::try_from(size).unwrap_or(u64::MAX) }
    }

    /// What a model is told in the picture's place; `name` may be empty.
    pub fn told(self, name: &str) -> String {
        let named = if name.is_empty() { String::new() } else { format!(" (`{name}`)") };
        format!(
            "[A picture{named} was here. It was deleted after {} days and cannot be seen any more.]",
            self.days
        )
    }
}

#[cfg(test)]
mod tests {
    use super::Gone;

    #[test]
    fn sizes_are_those_of_the_content() {
        for (data, size_bytes) in [("", 0), ("aGk=", 2), ("aA==", 1), ("aGlo", 3), ("iVBORw0=", 5)] {
            assert_eq!(Gone::of_base64(data, 30), Gone { days: 30, size_bytes }, "{data}");
        }
    }
}
