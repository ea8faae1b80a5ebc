//! What documents say of themselves is kept with them, and what people put right of it holds.

use crate::support::{OWNER, Running};
use library::{Config, Document, DocumentField, DocumentFilter, LibraryError, Reader, Sort};
use std::{collections::BTreeMap, sync::Arc};
use store::testing::TestDb;

store::on_each_database!(what_is_put_right_holds);

#[tokio::test]
async fn it_is_kept_with_the_document() {
    let test = TestDb::sqlite().await;
    let running = Running::start(&test, Config::default()).await;
    let matter = "---\npublisher: Sea Press\ndate: 2014-05\nlang: de\n---\n\n# Notes\n\nWords of the mill.\n";
    let document = running.add("notes.md", matter).await;
    let expected = (Some("Sea Press"), Some("2014-05"), None, Some("de"));
    let shown = |document: &library::Document| {
        let date = |date: Option<library::PartialDate>| date.map(|date| date.to_string());
        (document.publisher.clone(), date(document.published), date(document.made), document.language.clone())
    };
    let owned = |text: Option<&str>| text.map(str::to_owned);
    let expected = (owned(expected.0), owned(expected.1), owned(expected.2), owned(expected.3));
    assert_eq!(shown(&document), expected);
    running.library.reprocess(OWNER, document.id).await.unwrap();
    assert_eq!(shown(&running.settled(document.id).await), expected);
    running.stop().await;
}

fn fields(fields: &[(&str, Option<&str>)]) -> BTreeMap<String, Option<String>> {
    fields.iter().map(|(name, text)| ((*name).to_owned(), text.map(str::to_owned))).collect()
}

/// Title, author, publisher, date and language as they are shown.
fn shown(document: &Document) -> [String; 5] {
    let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    [
        document.title.clone(),
        or_none(&document.author),
        or_none(&document.publisher),
        or_none(&document.published.map(|date| date.to_string())),
        or_none(&document.language),
    ]
}

async fn what_is_put_right_holds(test: Arc<TestDb>) {
    let running = Running::start_with(&test, Config::default(), Reader::Thread).await;
    let library = &running.library;
    let matter = "---\npublisher: Sea Press\ndate: 2014-05\nlang: de\n---\n\n# Notes\n\nWords of the mill.\n";
    let id = running.add("notes.md", matter).await.id;
    let right = fields(&[
        ("title", Some("  Mills  of the north ")),
        ("author", Some("Ann Lee")),
        ("publisher", Some("")),
        ("published", Some("2013-11-30")),
        ("language", Some("en")),
    ]);
    let corrected = library.correct_document(OWNER, id, &right).await.unwrap();
    let expected = ["Mills of the north", "Ann Lee", "-", "2013-11-30", "en"];
    assert_eq!(shown(&corrected), expected);
    let told: Vec<(DocumentField, Option<&str>)> =
        corrected.corrected.iter().map(|field| (field.field, field.told.as_deref())).collect();
    assert_eq!(
        told,
        [
            (DocumentField::Title, Some("Notes")),
            (DocumentField::Author, None),
            (DocumentField::Publisher, Some("Sea Press")),
            (DocumentField::Published, Some("2014-05")),
            (DocumentField::Language, Some("de")),
        ]
    );

    // Searches and lists go by it, also when the document is read again.
    for round in ["at once", "read again"] {
        let hits = library.search(OWNER, library::SearchRequest::new("title:north mill")).await.unwrap().hits;
        let titles: Vec<&str> = hits.iter().map(|hit| hit.passage.title.as_str()).collect();
        assert_eq!(titles, ["Mills of the north"], "{round}");
        assert_eq!(running.found("title:notes").await, [""; 0], "{round}");
        for (text, total) in [("mills OF", 1), ("notes.md", 1), ("nothing", 0)] {
            let filter = DocumentFilter { text: text.into(), sort: Sort::Title, ..DocumentFilter::default() };
            assert_eq!(library.list(OWNER, &filter).await.unwrap().total, total, "{round} {text}");
        }
        library.reprocess(OWNER, id).await.unwrap();
        assert_eq!(shown(&running.settled(id).await), expected, "{round}");
    }

    // What is left out stays; what is taken back is as the document tells it.
    let back = fields(&[("title", None), ("publisher", None)]);
    let back = library.correct_document(OWNER, id, &back).await.unwrap();
    assert_eq!(shown(&back), ["Notes", "Ann Lee", "Sea Press", "2013-11-30", "en"]);
    assert_eq!(running.found("title:notes").await.len(), 1);

    for bad in [("published", "May 14"), ("published", "2014-02-30"), ("title", " "), ("pages", "7")] {
        let refused = library.correct_document(OWNER, id, &fields(&[(bad.0, Some(bad.1))])).await;
        assert!(matches!(&refused, Err(LibraryError::BadField(_))), "{bad:?} {refused:?}");
    }
    assert_eq!(shown(&library.get(OWNER, id).await.unwrap()), shown(&back));
    running.stop().await;
}
