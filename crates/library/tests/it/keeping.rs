//! What is kept: documents over their whole life, on both databases.

use crate::{
    making,
    support::{OWNER, Running, WORKER, open, process_reader},
};
use base::Id;
use library::{
    Config, DocumentFilter, HitOrder, LibraryError, NewDocument, ProblemCode, SearchRequest, Sort, Status,
};
use std::{sync::Arc, time::Duration};
use store::{Jobs, jobs::Outcome, testing::TestDb};

store::on_each_database!(
    a_document_is_taken_in_found_and_shown,
    the_same_bytes_are_kept_once,
    deleting_can_be_undone,
    processing_anew_leaves_no_duplicates,
    everything_is_there_after_a_restart,
    a_lost_index_is_built_again,
    owners_do_not_see_each_other,
    lists_are_filtered_and_sorted,
    long_and_unfinished_documents_can_come_first,
    an_ingest_can_be_cancelled_and_tried_again,
    an_ingest_asked_for_while_a_cancelled_one_ends_is_not_lost,
    unreadable_files_say_why_and_stop_no_other,
    bookmarks_hold_while_the_passage_is_there,
    more_passages_like_one_are_found,
    hits_come_in_the_order_of_their_places_where_that_is_asked_for,
);

const RULES: &str = "# Rules\n\n## Prone\n\nA prone creature can only crawl.\n\n## Stunned\n\nA stunned creature cannot move.\n";

async fn a_document_is_taken_in_found_and_shown(test: Arc<TestDb>) {
    let running = Running::start(&test, Config::default()).await;
    let pages = ["The first page tells of apples.\n\nApples are red.", "The second page tells of pears."];
    let document = running.add("folder/Fruit.pdf", making::pdf(&pages, &[])).await;
    assert_eq!((document.status, document.pages, document.title.as_str()), (Status::Ready, Some(2), "Fruit"));
    let results = running.library.search(OWNER, SearchRequest::new("pears")).await.unwrap();
    let hit = &results.hits[0];
    assert_eq!(hit.passage.page, Some(1), "the passage begins on page one");
    assert_eq!(&hit.passage.text[hit.highlights[0].clone()], "pears");
    let view = running.library.passage(OWNER, &hit.passage.chunk_id).await.unwrap();
    assert_eq!(view.text, hit.passage.text);
    assert_eq!(view.document.id, document.id);
    let original = running.library.original(OWNER, document.id).await.unwrap();
    assert_eq!((original.file_name.as_str(), original.media_type), ("Fruit.pdf", "application/pdf"));
    assert_eq!(original.bytes, making::pdf(&pages, &[]));
    running.stop().await;
}

async fn the_same_bytes_are_kept_once(test: Arc<TestDb>) {
    let running = Running::start(&test, Config::default()).await;
    let first = running.add("a.md", RULES).await;
    let new = NewDocument { file_name: "b.md".into(), bytes: RULES.into(), collection: None };
    let again = running.library.add_bytes(OWNER, new.clone()).await.unwrap();
    assert_eq!((again.document_id, again.duplicate, again.job_id), (first.id, true, None));
    running.library.delete(OWNER, first.id).await.unwrap();
    let restored = running.library.add_bytes(OWNER, new).await.unwrap();
    assert_eq!(restored.document_id, first.id);
    assert_eq!(running.found("crawl").await.len(), 1);
    running.stop().await;
}

async fn deleting_can_be_undone(test: Arc<TestDb>) {
    let running = Running::start(&test, Config::default()).await;
    let document = running.add("a.md", RULES).await;
    running.library.delete(OWNER, document.id).await.unwrap();
    assert_eq!(running.found("crawl").await, [""; 0]);
    assert_eq!(running.library.list(OWNER, &DocumentFilter::default()).await.unwrap().total, 0);
    let deleted = DocumentFilter { deleted: true, ..DocumentFilter::default() };
    assert_eq!(running.library.list(OWNER, &deleted).await.unwrap().total, 1);
    let away = running.library.get(OWNER, document.id).await.unwrap_err();
    assert!(matches!(away, LibraryError::Deleted(_)) && away.hint().contains("restore"), "{away}");
    running.library.restore(OWNER, document.id).await.unwrap();
    assert_eq!(running.found("crawl").await.len(), 1);
    running.library.delete(OWNER, document.id).await.unwrap();
    test.clock.advance(Duration::from_secs(1));
    let now = base::Clock::now(test.clock.as_ref());
    assert_eq!(running.library.purge_deleted(now).await.unwrap(), 1);
    let gone = running.library.get(OWNER, document.id).await.unwrap_err();
    assert!(matches!(gone, LibraryError::NoDocument(_)), "{gone}");
    running.stop().await;
}

async fn processing_anew_leaves_no_duplicates(test: Arc<TestDb>) {
    let running = Running::start(&test, Config::default()).await;
    let document = running.add("a.md", RULES).await;
    let before = running.library.search(OWNER, SearchRequest::new("crawl")).await.unwrap();
    running.library.reprocess(OWNER, document.id).await.unwrap();
    let again = running.settled(document.id).await;
    assert_eq!((again.status, again.chunk_count), (Status::Ready, document.chunk_count));
    let after = running.library.search(OWNER, SearchRequest::new("crawl")).await.unwrap();
    assert_eq!(after.total, 1);
    assert_eq!(before.hits[0].passage.chunk_id, after.hits[0].passage.chunk_id, "citations stay valid");
    running.stop().await;
}

async fn everything_is_there_after_a_restart(test: Arc<TestDb>) {
    let running = Running::start(&test, Config::default()).await;
    let document = running.add("a.md", RULES).await;
    running.stop().await;
    // Queued, and the program ends before anything is done.
    let idle = open(&test, Config::default(), process_reader()).await;
    let new =
        NewDocument { file_name: "b.md".into(), bytes: b"# Later\n\nIt waits.".to_vec(), collection: None };
    let waiting = idle.add_bytes(OWNER, new).await.unwrap();
    drop(idle);
    let running = Running::start(&test, Config::default()).await;
    assert_eq!(running.library.get(OWNER, document.id).await.unwrap(), document);
    assert_eq!(running.settled(waiting.document_id).await.status, Status::Ready);
    assert_eq!(running.found("crawl waits").await.len(), 2);
    running.stop().await;
}

async fn a_lost_index_is_built_again(test: Arc<TestDb>) {
    let running = Running::start(&test, Config::default()).await;
    running.add("a.md", RULES).await;
    let deleted = running.add("b.md", "# Gone\n\nIt does not crawl back.").await;
    running.library.delete(OWNER, deleted.id).await.unwrap();
    running.stop().await;
    std::fs::write(test.dir().join("index/meta.json"), "{").unwrap();
    let running = Running::start(&test, Config::default()).await;
    let found = tokio::time::timeout(Duration::from_secs(60), async {
        loop {
            let found = running.found("crawl").await;
            if !found.is_empty() {
                return found;
            }
            tokio::task::yield_now().await;
        }
    });
    assert_eq!(found.await.unwrap(), ["A prone creature can only crawl."]);
    running.stop().await;
}

async fn owners_do_not_see_each_other(test: Arc<TestDb>) {
    let running = Running::start(&test, Config::default()).await;
    let document = running.add("a.md", RULES).await;
    let other = Id::from_u128(9);
    assert!(running.library.get(other, document.id).await.is_err());
    assert!(running.library.delete(other, document.id).await.is_err());
    assert!(running.library.original(other, document.id).await.is_err());
    assert_eq!(running.library.search(other, SearchRequest::new("crawl")).await.unwrap().total, 0);
    let hit = running.library.search(OWNER, SearchRequest::new("crawl")).await.unwrap().hits.remove(0);
    let refused = running.library.passage(other, &hit.passage.chunk_id).await.unwrap_err();
    assert_eq!(refused.kind(), base::ErrorKind::NotFound);
    running.stop().await;
}

async fn lists_are_filtered_and_sorted(test: Arc<TestDb>) {
    let running = Running::start(&test, Config::default()).await;
    for (name, text, collection) in [
        ("b_first.md", "# Bravo\n\nText.", Some("letters")),
        ("a%second.txt", "Alpha text, longer than the other one.", None),
        ("c.md", "# charlie\n\nMore text.", Some("letters")),
    ] {
        test.clock.advance(Duration::from_secs(1));
        let new = NewDocument {
            file_name: name.into(),
            bytes: text.into(),
            collection: collection.map(str::to_owned),
        };
        let added = running.library.add_bytes(OWNER, new).await.unwrap();
        running.settled(added.document_id).await;
    }
    let titles = async |filter: DocumentFilter| -> Vec<String> {
        let page = running.library.list(OWNER, &filter).await.unwrap();
        page.documents.into_iter().map(|document| document.title).collect()
    };
    let all = DocumentFilter::default();
    assert_eq!(titles(all.clone()).await, ["charlie", "a%second", "Bravo"]);
    let by_title = DocumentFilter { sort: Sort::Title, descending: false, ..all.clone() };
    assert_eq!(titles(by_title.clone()).await, ["a%second", "Bravo", "charlie"]);
    assert_eq!(titles(DocumentFilter { limit: 1, offset: 1, ..by_title }).await, ["Bravo"]);
    let by_size = DocumentFilter { sort: Sort::Size, ..all.clone() };
    assert_eq!(titles(by_size).await, ["a%second", "charlie", "Bravo"]);
    assert_eq!(titles(DocumentFilter { text: "%".into(), ..all.clone() }).await, ["a%second"]);
    assert_eq!(titles(DocumentFilter { text: "B_FIRST".into(), ..all.clone() }).await, ["Bravo"]);
    assert_eq!(titles(DocumentFilter { collection: Some("letters".into()), ..all.clone() }).await.len(), 2);
    assert_eq!(
        titles(DocumentFilter { format: Some(library::Format::Text), ..all.clone() }).await,
        ["a%second"]
    );
    assert_eq!(titles(DocumentFilter { status: Some(Status::Failed), ..all }).await, [""; 0]);
    let collections = running.library.collections(OWNER).await.unwrap();
    assert_eq!((collections[0].name.as_str(), collections[0].documents), ("letters", 2));
    let inside = SearchRequest { collection: Some("letters".into()), ..SearchRequest::new("text") };
    assert_eq!(running.library.search(OWNER, inside).await.unwrap().total, 2);
    running.stop().await;
}

async fn long_and_unfinished_documents_can_come_first(test: Arc<TestDb>) {
    let running = Running::start(&test, Config::default()).await;
    running.add("Fruit.pdf", making::pdf(&["Apples are red.", "Pears are green."], &[])).await;
    test.clock.advance(Duration::from_secs(1));
    running.add("broken.pdf", b"%PDF-1.7\nnot a PDF at all".to_vec()).await;
    test.clock.advance(Duration::from_secs(1));
    running.add("a.md", RULES).await;
    let names = async |sort, descending| -> Vec<String> {
        let filter = DocumentFilter { sort, descending, ..DocumentFilter::default() };
        let page = running.library.list(OWNER, &filter).await.unwrap();
        page.documents.into_iter().map(|document| document.file_name).collect()
    };
    // Where two are even, the later one is first.
    assert_eq!(names(Sort::Pages, true).await, ["Fruit.pdf", "a.md", "broken.pdf"]);
    assert_eq!(names(Sort::Pages, false).await, ["a.md", "broken.pdf", "Fruit.pdf"]);
    assert_eq!(names(Sort::Status, false).await, ["broken.pdf", "a.md", "Fruit.pdf"]);
    assert_eq!(names(Sort::Status, true).await, ["a.md", "Fruit.pdf", "broken.pdf"]);
    running.stop().await;
}

async fn an_ingest_can_be_cancelled_and_tried_again(test: Arc<TestDb>) {
    let library = open(&test, Config::default(), process_reader()).await;
    let new = NewDocument { file_name: "a.md".into(), bytes: RULES.into(), collection: None };
    let added = library.add_bytes(OWNER, new).await.unwrap();
    library.cancel(OWNER, added.document_id).await.unwrap();
    let cancelled = library.get(OWNER, added.document_id).await.unwrap();
    assert_eq!(cancelled.failure.unwrap().code, ProblemCode::Cancelled);
    let again = library.cancel(OWNER, added.document_id).await.unwrap_err();
    assert_eq!(again.kind(), base::ErrorKind::Conflict);
    let running = Running::start(&test, Config::default()).await;
    running.library.reprocess(OWNER, added.document_id).await.unwrap();
    assert_eq!(running.settled(added.document_id).await.status, Status::Ready);
    running.stop().await;
}

async fn an_ingest_asked_for_while_a_cancelled_one_ends_is_not_lost(test: Arc<TestDb>) {
    let library = open(&test, Config::default(), process_reader()).await;
    let new = NewDocument { file_name: "a.md".into(), bytes: RULES.into(), collection: None };
    let id = library.add_bytes(OWNER, new).await.unwrap().document_id;
    let jobs = Jobs::new(test.db.clone(), WORKER);
    let claim = jobs.claim(&["library.ingest"]).await.unwrap().unwrap();
    library.cancel(OWNER, id).await.unwrap();
    library.reprocess(OWNER, id).await.unwrap();
    let queued = library.get(OWNER, id).await.unwrap();
    assert_eq!((queued.status, queued.failure), (Status::Queued, None));
    jobs.end(&claim, Outcome::Cancelled).await.unwrap();
    let running = Running::start(&test, Config::default()).await;
    assert_eq!(running.settled(id).await.status, Status::Ready);
    running.stop().await;
}

async fn unreadable_files_say_why_and_stop_no_other(test: Arc<TestDb>) {
    let running = Running::start(&test, Config { max_file_bytes: 10_000, ..Config::default() }).await;
    let refused = async |name: &str, bytes: Vec<u8>| -> ProblemCode {
        let new = NewDocument { file_name: name.into(), bytes, collection: None };
        let error = running.library.add_bytes(OWNER, new).await.unwrap_err();
        let LibraryError::Refused { problem, .. } = error else { panic!("{error}") };
        problem.code
    };
    assert_eq!(refused("a.pdf", Vec::new()).await, ProblemCode::Empty);
    assert_eq!(refused("a.txt", vec![b'x'; 10_001]).await, ProblemCode::TooLarge);
    assert_eq!(refused("a.png", b"ID3 and sounds".to_vec()).await, ProblemCode::Unsupported);
    let broken = running.add("broken.pdf", b"%PDF-1.4 and then nothing".to_vec()).await;
    assert_eq!(broken.failure.unwrap().code, ProblemCode::Damaged);
    let picture = running.add("scan.pdf", making::pdf(&["", ""], &[])).await;
    let failure = picture.failure.unwrap();
    assert_eq!(failure.code, ProblemCode::Scanned);
    assert!(failure.hint().contains("OCR"));
    assert_eq!(running.add("fine.md", RULES).await.status, Status::Ready);
    running.stop().await;
}

async fn bookmarks_hold_while_the_passage_is_there(test: Arc<TestDb>) {
    let running = Running::start(&test, Config::default()).await;
    let library = &running.library;
    let document = running.add("rules.md", RULES).await;
    let hit = library.search(OWNER, SearchRequest::new("stunned")).await.unwrap().hits.remove(0);
    let chunk_id = hit.passage.chunk_id;
    library.bookmark(OWNER, &chunk_id).await.unwrap();
    library.bookmark(OWNER, &chunk_id).await.unwrap();
    let kept = library.bookmarks(OWNER).await.unwrap();
    assert_eq!(kept.len(), 1, "the same passage is kept once");
    assert_eq!((kept[0].chunk_id.as_str(), kept[0].title.as_str()), (chunk_id.as_str(), "Rules"));
    assert_eq!((kept[0].excerpt.as_str(), kept[0].there), ("A stunned creature cannot move.", true));
    assert_eq!(library.bookmarks(Id::from_u128(5)).await.unwrap(), [], "they are nobody else's");
    library.reprocess(OWNER, document.id).await.unwrap();
    running.settled(document.id).await;
    assert!(library.bookmarks(OWNER).await.unwrap()[0].there, "it holds when the document is read again");
    library.delete(OWNER, document.id).await.unwrap();
    assert_eq!(library.bookmarks(OWNER).await.unwrap(), [], "what is deleted is not shown");
    let gone = library.bookmark(OWNER, &chunk_id).await.unwrap_err();
    assert!(matches!(gone, LibraryError::NoPassage(_)), "{gone}");
    library.restore(OWNER, document.id).await.unwrap();
    assert_eq!(library.bookmarks(OWNER).await.unwrap().len(), 1);
    library.unbookmark(OWNER, &chunk_id).await.unwrap();
    library.unbookmark(OWNER, &chunk_id).await.unwrap();
    assert_eq!(library.bookmarks(OWNER).await.unwrap(), []);
    running.stop().await;
}

async fn more_passages_like_one_are_found(test: Arc<TestDb>) {
    let running = Running::start(&test, Config::default()).await;
    let orchard = "# Orchard\n\n## Quince\n\nThe quince ripens in October and its hard fruit is cooked.\n\n\
        ## Medlar\n\nThe medlar ripens in October, too, and its fruit is eaten when it is soft.\n\n\
        ## Tools\n\nA ladder and a saw lie in the shed.\n";
    running.add("orchard.md", orchard).await;
    let hit = running.library.search(OWNER, SearchRequest::new("quince")).await.unwrap().hits.remove(0);
    let like = running.library.similar(OWNER, &hit.passage.chunk_id, 10).await.unwrap();
    let found: Vec<&str> = like.hits.iter().map(|hit| hit.passage.text.as_str()).collect();
    assert!(found[0].starts_with("The medlar"), "{found:?}");
    assert!(!found.iter().any(|text| text.starts_with("The quince")), "not itself: {found:?}");
    let marked = &like.hits[0];
    assert!(!marked.highlights.is_empty(), "what both share is marked");
    let missing = running.library.similar(OWNER, "nonsense", 10).await.unwrap_err();
    assert!(matches!(missing, LibraryError::NoPassage(_)), "{missing}");
    running.stop().await;
}

async fn hits_come_in_the_order_of_their_places_where_that_is_asked_for(test: Arc<TestDb>) {
    let running = Running::start(&test, Config::default()).await;
    running.add("b.md", "# Beta\n\n## One\n\nA lantern.\n\n## Two\n\nLantern, lantern, lantern.\n").await;
    running
        .add("a.md", "# Alpha\n\n## One\n\nHere is a lantern among many other things that lie about.\n")
        .await;
    let request = SearchRequest { order: HitOrder::Place, ..SearchRequest::new("lantern") };
    let found = running.library.search(OWNER, request.clone()).await.unwrap();
    let places: Vec<(&str, &str)> = found
        .hits
        .iter()
        .map(|hit| (hit.passage.title.as_str(), hit.passage.heading.as_deref().unwrap_or_default()))
        .collect();
    let expected =
        [("Alpha", "Alpha \u{203a} One"), ("Beta", "Beta \u{203a} One"), ("Beta", "Beta \u{203a} Two")];
    assert_eq!(places, expected);
    let second = SearchRequest { offset: 1, limit: 1, ..request };
    let page = running.library.search(OWNER, second).await.unwrap();
    assert_eq!((page.total, page.hits.len()), (3, 1));
    assert_eq!(page.hits[0].passage.chunk_id, found.hits[1].passage.chunk_id);
    running.stop().await;
}
