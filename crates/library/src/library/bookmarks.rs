//! Passages that somebody wants to find again.

use super::Library;
use crate::{LibraryError, db::bookmarks, model::Bookmark};
use base::OwnerId;

/// Most that one owner may keep.
pub const MOST_BOOKMARKS: usize = 1_000;
/// Length of what is shown of one, in characters.
const EXCERPT_CHARS: usize = 240;

impl Library {
    /// Keeps a passage; one that is kept already stays as it is.
    ///
    /// # Errors
    /// [`LibraryError::NoPassage`]; [`LibraryError::TooManyBookmarks`].
    pub async fn bookmark(&self, owner: OwnerId, chunk_id: &str) -> Result<(), LibraryError> {
        let view = self.passage(owner, chunk_id).await?;
        let kept = bookmarks::count(self.db.pool(), owner).await?;
        if usize::try_from(kept).is_ok_and(|kept| kept >= MOST_BOOKMARKS) {
            return Err(LibraryError::TooManyBookmarks);
        }
        let bookmark = Bookmark {
            chunk_id: view.chunk_id,
            document_id: view.document.id,
            title: view.document.title,
            heading: view.heading,
            page: view.page,
            excerpt: excerpt(&view.text),
            there: true,
            created_at: self.now(),
        };
        bookmarks::put(self.db.pool(), owner, &bookmark).await
    }

    /// Forgets a passage that was kept; one that was not is none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn unbookmark(&self, owner: OwnerId, chunk_id: &str) -> Result<(), LibraryError> {
        bookmarks::remove(self.db.pool(), owner, chunk_id).await
    }

    /// The passages that were kept, the latest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn bookmarks(&self, owner: OwnerId) -> Result<Vec<Bookmark>, LibraryError> {
        bookmarks::list(self.db.pool(), owner).await
    }
}

/// The beginning of a passage, cut where a word ends.
fn excerpt(text: &str) -> String {
    let plain = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let Some((end, _)) = plain.char_indices().nth(EXCERPT_CHARS) else { return plain };
    let cut = plain.get(..end).unwrap_or_default();
    let cut = cut.rsplit_once(' ').map_or(cut, |(before, _)| before);
    format!("{cut} \u{2026}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_ends_with_a_word() {
        assert_eq!(excerpt("Two\n\nwords."), "Two words.");
        let long = excerpt(&"word ".repeat(100));
        assert!(long.ends_with("word \u{2026}") && long.chars().count() <= EXCERPT_CHARS + 2, "{long}");
    }
}
