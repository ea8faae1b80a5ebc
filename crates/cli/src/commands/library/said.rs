//! `familiar library tag` and `describe`: what people say of documents.

use crate::{client::encoded, error::CliError, output::Output, session::Session};
use api::{
    library::{CorrectDocument, Document},
    tags::{DocumentTagsList, LibraryTagList, TagDocuments},
};
use clap::{Args, ValueEnum};
use http::Method;
use std::collections::BTreeMap;

/// Which documents, and which tags
#[derive(Debug, Args)]
pub(super) struct Tag {
    /// Ids of documents
    ids: Vec<String>,
    /// A tag that they get (may be given several times)
    #[arg(long, value_name = "TAG", requires = "ids")]
    add: Vec<String>,
    /// A tag that they lose (may be given several times)
    #[arg(long, value_name = "TAG", requires = "ids")]
    remove: Vec<String>,
}

impl Tag {
    pub(super) async fn run(self, session: &Session, output: Output) -> Result<(), CliError> {
        if self.ids.is_empty() {
            return used(session, output).await;
        }
        let ids = self.ids.clone();
        if !self.add.is_empty() || !self.remove.is_empty() {
            let change = TagDocuments { ids: self.ids, add: self.add, remove: self.remove };
            let _before: DocumentTagsList =
                session.client.send(Method::POST, "/api/library/tags", &change).await?;
        }
        let mut documents: Vec<Document> = Vec::with_capacity(ids.len());
        for id in &ids {
            documents.push(session.client.get(&address(id)).await?);
        }
        if output.json {
            return output.value(&documents);
        }
        documents
            .iter()
            .try_for_each(|document| output.line(format!("{}: {}", document.title, document.tags.join(", "))))
    }
}

async fn used(session: &Session, output: Output) -> Result<(), CliError> {
    let list: LibraryTagList = session.client.get("/api/library/tags").await?;
    if output.json {
        return output.value(&list.tags);
    }
    let mut rows = vec![vec!["TAG".to_owned(), "DOCUMENTS".to_owned()]];
    rows.extend(list.tags.into_iter().map(|tag| vec![tag.tag, tag.documents.to_string()]));
    output.table(&rows)
}

/// What to put right; an empty text says that there is none
#[derive(Debug, Args)]
pub(super) struct Describe {
    /// Its id
    id: String,
    /// What it is called
    #[arg(long)]
    title: Option<String>,
    /// Who wrote it
    #[arg(long)]
    author: Option<String>,
    /// Who published it
    #[arg(long)]
    publisher: Option<String>,
    /// When it was published: 1999, 1999-05 or 1999-05-03
    #[arg(long, value_name = "DATE")]
    published: Option<String>,
    /// Its language, such as en or pt-BR
    #[arg(long)]
    language: Option<String>,
    /// Where the document's own word holds again (may be given several times)
    #[arg(long, value_enum, value_name = "FIELD")]
    as_told: Vec<Field>,
}

/// What a document says of itself
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Field {
    /// What it is called
    Title,
    /// Who wrote it
    Author,
    /// Who published it
    Publisher,
    /// When it was published
    Published,
    /// Its language
    Language,
}

impl Field {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Author => "author",
            Self::Publisher => "publisher",
            Self::Published => "published",
            Self::Language => "language",
        }
    }
}

impl Describe {
    pub(super) async fn run(self, session: &Session, output: Output) -> Result<(), CliError> {
        let taken_back = self.as_told.iter().map(|field| (*field, None));
        let given = [
            (Field::Title, self.title),
            (Field::Author, self.author),
            (Field::Publisher, self.publisher),
            (Field::Published, self.published),
            (Field::Language, self.language),
        ];
        let given = given.into_iter().filter(|(_, text)| text.is_some());
        let fields: BTreeMap<String, Option<String>> =
            taken_back.chain(given).map(|(field, text)| (field.as_str().to_owned(), text)).collect();
        let path = address(&self.id);
        let document: Document =
            session.client.send(Method::PATCH, &path, &CorrectDocument { fields }).await?;
        if output.json {
            return output.value(&document);
        }
        output.table_of_facts(&[
            ("title", document.title),
            ("author", document.author.unwrap_or_default()),
            ("publisher", document.publisher.unwrap_or_default()),
            ("published", document.published.unwrap_or_default()),
            ("language", document.language.unwrap_or_default()),
        ])
    }
}

fn address(id: &str) -> String {
    format!("/api/library/documents/{}", encoded(id))
}
