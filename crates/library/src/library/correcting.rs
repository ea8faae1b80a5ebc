//! What documents say of themselves, put right by people.

use super::Library;
use crate::{
    LibraryError,
    db::{chosen as table, documents, failed},
    model::{Document, DocumentField, PartialDate},
};
use base::{Id, OwnerId};
use std::collections::BTreeMap;

/// Longest title that a person may give, in characters.
const MOST_TITLE_CHARS: usize = 300;
/// Longest name of an author or publisher.
const MOST_NAME_CHARS: usize = 200;
/// Longest tag of a language.
const MOST_LANGUAGE_CHARS: usize = 35;

/// What a person says of a field; none takes that back.
type Chosen = (DocumentField, Option<String>);

impl Library {
    /// Puts right what a document says of itself, by the names of [`DocumentField`]s; fields that are left out stay. An
    /// empty text says that there is none, `None` takes back what was said. It holds when the document is read again.
    ///
    /// # Errors
    /// [`LibraryError::NoDocument`]; [`LibraryError::Deleted`]; [`LibraryError::BadField`].
    pub async fn correct_document(
        &self,
        owner: OwnerId,
        id: Id,
        fields: &BTreeMap<String, Option<String>>,
    ) -> Result<Document, LibraryError> {
        let before = self.get(owner, id).await?;
        let chosen: Vec<Chosen> =
            fields.iter().map(|(name, text)| read(name, text.as_deref())).collect::<Result<_, _>>()?;
        if chosen.is_empty() {
            return Ok(before);
        }
        let now = self.now();
        let mut transaction = self.db.begin().await.map_err(failed)?;
        for (field, text) in &chosen {
            table::set_field(&mut transaction, id, (*field, text.as_deref()), now).await?;
        }
        documents::rename(&mut transaction, id).await?;
        transaction.commit().await.map_err(failed)?;
        let stored = self.existing(owner, id).await?;
        if stored.generation > 0 && chosen.iter().any(|(field, _)| is_searched(*field)) {
            self.index_document(&stored, &|_| {}).await?;
        }
        self.changed(owner, id, false);
        self.get(owner, id).await
    }
}

/// Whether searches know a field: by the title itself, by what is learned of an author's entries.
const fn is_searched(field: DocumentField) -> bool {
    match field {
        DocumentField::Title | DocumentField::Author => true,
        DocumentField::Publisher | DocumentField::Published | DocumentField::Language => false,
    }
}

fn read(name: &str, text: Option<&str>) -> Result<Chosen, LibraryError> {
    let field = DocumentField::ALL.into_iter().find(|field| field.as_str() == name);
    let Some(field) = field else {
        let name: String = name.chars().take(40).collect();
        return Err(LibraryError::BadField(format!("there is no field `{name}` to put right")));
    };
    let Some(text) = text else { return Ok((field, None)) };
    let text: String = text.chars().map(|sign| if sign.is_control() { ' ' } else { sign }).collect();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let most = match field {
        DocumentField::Title => MOST_TITLE_CHARS,
        DocumentField::Author | DocumentField::Publisher => MOST_NAME_CHARS,
        DocumentField::Published | DocumentField::Language => MOST_LANGUAGE_CHARS,
    };
    if text.chars().count() > most {
        return Err(LibraryError::BadField(format!("`{name}` has at most {most} characters")));
    }
    match field {
        DocumentField::Title if text.is_empty() => {
            Err(LibraryError::BadField("a document has a title".to_owned()))
        }
        DocumentField::Published if !text.is_empty() => match text.parse::<PartialDate>() {
            Ok(date) => Ok((field, Some(date.to_string()))),
            Err(error) => Err(LibraryError::BadField(error.to_string())),
        },
        DocumentField::Language if !text.is_empty() && !is_language(&text) => {
            Err(LibraryError::BadField(format!("`{text}` is no language such as `en` or `pt-BR`")))
        }
        DocumentField::Title
        | DocumentField::Author
        | DocumentField::Publisher
        | DocumentField::Published
        | DocumentField::Language => Ok((field, Some(text))),
    }
}

/// Whether a text has the form of a tag of BCP 47: letters, then letters and digits, a dash between parts.
fn is_language(text: &str) -> bool {
    let mut parts = text.split('-');
    let first = parts.next().unwrap_or_default();
    (2..=8).contains(&first.len())
        && first.bytes().all(|sign| sign.is_ascii_alphabetic())
        && parts.all(|part| {
            (1..=8).contains(&part.len()) && part.bytes().all(|sign| sign.is_ascii_alphanumeric())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(name: &str, text: Option<&str>) -> Result<Option<String>, String> {
        read(name, text).map(|(_, text)| text).map_err(|error| error.to_string())
    }

    #[test]
    fn fields_are_read_as_people_write_them() {
        for (name, text, expected) in [
            ("title", " The\n Book ", "The Book"),
            ("author", "", ""),
            ("published", "1999", "1999"),
            ("published", "1999-05", "1999-05"),
            ("published", " 1999-05-03 ", "1999-05-03"),
            ("published", "", ""),
            ("language", "pt-BR", "pt-BR"),
        ] {
            assert_eq!(shown(name, Some(text)), Ok(Some(expected.to_owned())), "{name} {text}");
            assert_eq!(shown(name, None), Ok(None));
        }
        for (name, text, why) in [
            ("title", " ", "has a title"),
            ("published", "1999-13", "`1999-13` is no date"),
            ("published", "1999-02-30", "is no date"),
            ("published", "soon", "is no date"),
            ("language", "English (UK)", "is no language"),
            ("made", "1999", "there is no field `made`"),
            ("author", &"x".repeat(201), "at most 200"),
        ] {
            let error = shown(name, Some(text)).unwrap_err();
            assert!(error.contains(why), "{error}");
        }
    }
}
