//! What was searched for: counted once, reported, and forgotten.

use crate::support::{OWNER, Running};
use library::{Config, LibraryError, Reader, SearchRequest};
use std::{sync::Arc, time::Duration};
use store::testing::TestDb;

store::on_each_database!(searches_are_counted_reported_and_forgotten);

async fn searches_are_counted_reported_and_forgotten(test: Arc<TestDb>) {
    let running = Running::start_with(&test, Config::default(), Reader::Thread).await;
    let library = &running.library;
    let document = running.add("mill.md", "# The mill\n\nThe old mill stands by the sea.\n").await;
    let found = library.search(OWNER, SearchRequest::new("mill")).await.unwrap();
    let chunk = found.hits[0].passage.chunk_id.clone();

    // What is typed letter by letter is one search, and so is the same text again.
    let first = library.asked(OWNER, "mi", Some(0)).await.unwrap().unwrap();
    test.clock.advance(Duration::from_secs(1));
    assert_eq!(library.asked(OWNER, "  Mill ", Some(1)).await.unwrap(), Some(first));
    test.clock.advance(Duration::from_secs(60));
    assert_eq!(library.asked(OWNER, "mill", Some(1)).await.unwrap(), Some(first));
    // Narrowed down it is the same search, whatever is left; other words narrowed down are none.
    assert_eq!(library.asked(OWNER, "mill", None).await.unwrap(), Some(first));
    assert_eq!(library.asked(OWNER, "sea", None).await.unwrap(), None);
    assert_eq!(library.asked(OWNER, "  ", Some(9)).await.unwrap(), None);
    library.opened(OWNER, first, (&chunk, 2)).await.unwrap();
    library.opened(OWNER, first, (&chunk, 1)).await.unwrap();

    test.clock.advance(Duration::from_secs(700));
    let second = library.asked(OWNER, "mill", Some(1)).await.unwrap().unwrap();
    assert_ne!(first, second);
    test.clock.advance(Duration::from_secs(60));
    library.asked(OWNER, "lighthouse", Some(0)).await.unwrap();

    let report = library.search_report(OWNER, 30).await.unwrap();
    let totals = report.totals;
    assert_eq!(
        (totals.searches, totals.without_hits, totals.opened, totals.opened_near_top),
        (3, 1, 1, 1),
        "{report:?}"
    );
    let frequent: Vec<_> =
        report.frequent.iter().map(|often| (often.query.as_str(), often.asked, often.opened)).collect();
    assert_eq!(frequent, [("mill", 2, 1), ("lighthouse", 1, 0)]);
    let missed: Vec<_> = report.missed.iter().map(|often| (often.query.as_str(), often.asked)).collect();
    assert_eq!(missed, [("lighthouse", 1)]);
    let popular: Vec<_> = report.popular.iter().map(|often| (often.document_id, often.opened)).collect();
    assert_eq!(popular, [(document.id, 1)]);

    // Others neither see them nor open them.
    let other = base::Id::from_u128(9);
    assert_eq!(library.search_report(other, 30).await.unwrap().totals.searches, 0);
    let opened = library.opened(other, first, (&chunk, 1)).await;
    assert!(matches!(opened, Err(LibraryError::NoPassage(_))), "{opened:?}");
    let unknown = library.opened(OWNER, base::Id::from_u128(9), (&chunk, 1)).await;
    assert!(matches!(unknown, Err(LibraryError::NoSearch(_))), "{unknown:?}");

    // They are forgotten after some months, or when one says so.
    test.clock.advance(Duration::from_secs(91 * 86_400));
    library.asked(OWNER, "sea", Some(1)).await.unwrap();
    assert_eq!(library.search_report(OWNER, 365).await.unwrap().totals.searches, 1);
    library.forget_all_searches(OWNER).await.unwrap();
    assert_eq!(library.search_report(OWNER, 365).await.unwrap().totals.searches, 0);
    running.stop().await;
}
