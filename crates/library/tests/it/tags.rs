//! Tags of documents: given to many, taken back, counted, searched for, and kept apart by owner.

use crate::support::{OWNER, Running};
use library::{
    Config, Counting, DocumentFilter, Facet, Filter, LibraryError, MOST_TAGS, Reader, SearchRequest,
    TagChange, TagsOf,
};
use std::{collections::BTreeMap, sync::Arc};
use store::testing::TestDb;

store::on_each_database!(
    tags_are_given_counted_and_taken_back,
    tags_given_at_the_same_time_are_all_kept,
    tags_of_others_are_not_seen,
);

const OTHER: base::OwnerId = base::Id::from_u128(9);

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn change(add: &[&str], remove: &[&str]) -> TagChange {
    TagChange { add: words(add), remove: words(remove) }
}

/// How many passages a search finds, and how many have which tag.
async fn found(running: &Running, text: &str, chosen: &[&str]) -> (usize, BTreeMap<String, usize>) {
    let mut filter = Filter::default();
    if !chosen.is_empty() {
        filter.values.insert(Facet::Tag, words(chosen).into_iter().collect());
    }
    let request = SearchRequest { filter, counting: Counting::Facets, ..SearchRequest::new(text) };
    let found = running.library.search(OWNER, request).await.unwrap();
    (found.total, found.facets.values.get(&Facet::Tag).cloned().unwrap_or_default())
}

fn counts(of: &[(&str, usize)]) -> BTreeMap<String, usize> {
    of.iter().map(|(tag, count)| ((*tag).to_owned(), *count)).collect()
}

async fn tags_are_given_counted_and_taken_back(test: Arc<TestDb>) {
    let running = Running::start_with(&test, Config::default(), Reader::Thread).await;
    let library = &running.library;
    let one = running.add("one.txt", "The mill stands by the brook.").await.id;
    let two = running.add("two.txt", "The mill is old.").await.id;
    let three = running.add("three.txt", "A mill for coffee.").await.id;

    // Given to several at once, as they are kept.
    let before = library.tag(OWNER, &[one, two, one], &change(&["#Work", "To  do"], &[])).await.unwrap();
    assert_eq!(before, [one, two].map(|document_id| TagsOf { document_id, tags: Vec::new() }));
    library.tag(OWNER, &[two, three], &change(&["kitchen"], &["work"])).await.unwrap();
    assert_eq!(library.get(OWNER, one).await.unwrap().tags, ["work", "to do"]);
    assert_eq!(library.get(OWNER, two).await.unwrap().tags, ["to do", "kitchen"]);
    let used = library.used_tags(OWNER).await.unwrap();
    let used: Vec<(&str, u64)> = used.iter().map(|used| (used.tag.as_str(), used.documents)).collect();
    assert_eq!(used, [("kitchen", 2), ("to do", 2), ("work", 1)]);

    // Lists and searches know them at once; the choice of a facet leaves its own counts whole.
    let all = counts(&[("kitchen", 2), ("to do", 2), ("work", 1)]);
    assert_eq!(found(&running, "mill", &[]).await, (3, all.clone()));
    assert_eq!(found(&running, "mill", &["Work"]).await, (1, all.clone()));
    assert_eq!(found(&running, "mill", &["work", "kitchen"]).await, (3, all.clone()));
    assert_eq!(found(&running, "", &["to do"]).await, (2, all));
    assert_eq!(found(&running, "mill tag:\"to do\"", &[]).await.0, 2);
    assert_eq!(found(&running, "mill tag:kitchen tag:\"to do\"", &[]).await.0, 1);
    assert_eq!(found(&running, "mill -tag:kitchen", &[]).await.0, 1);
    assert_eq!(found(&running, "tag:kit*", &[]).await.0, 2, "without words, all that has it");
    assert_eq!(found(&running, "mill tag:nowhere", &[]).await.0, 0);
    let filter = DocumentFilter { tag: Some("kitchen".into()), ..DocumentFilter::default() };
    let page = library.list(OWNER, &filter).await.unwrap();
    assert_eq!((page.total, page.documents.len()), (2, 2));
    let part = DocumentFilter { tag: Some("kitch".into()), ..DocumentFilter::default() };
    assert_eq!(library.list(OWNER, &part).await.unwrap().total, 0, "a tag is found whole");

    // They hold when a document is read again, and go with it when it is deleted.
    library.reprocess(OWNER, three).await.unwrap();
    assert_eq!(running.settled(three).await.tags, ["kitchen"]);
    library.delete(OWNER, three).await.unwrap();
    assert_eq!(found(&running, "mill", &[]).await.1, counts(&[("kitchen", 1), ("to do", 2), ("work", 1)]));
    library.restore(OWNER, three).await.unwrap();
    assert_eq!(library.get(OWNER, three).await.unwrap().tags, ["kitchen"]);

    // What was before, put back, takes it back.
    let after = library.put_tags(OWNER, &before).await.unwrap();
    assert_eq!(after.iter().map(|of| of.tags.len()).collect::<Vec<_>>(), [2, 2]);
    assert_eq!(library.get(OWNER, two).await.unwrap().tags, [""; 0]);
    library.put_tags(OWNER, &after).await.unwrap();
    assert_eq!(library.get(OWNER, two).await.unwrap().tags, ["to do", "kitchen"]);

    // All of them or none.
    let many: Vec<String> = (0..MOST_TAGS).map(|number| format!("tag {number}")).collect();
    let many = TagChange { add: many, remove: Vec::new() };
    let refused = library.tag(OWNER, &[three, one], &many).await;
    assert!(matches!(refused, Err(LibraryError::TooManyTags)), "{refused:?}");
    assert_eq!(library.get(OWNER, three).await.unwrap().tags, ["kitchen"]);
    let bad = library.tag(OWNER, &[one], &change(&["a,b"], &[])).await;
    assert!(matches!(bad, Err(LibraryError::BadTag(_))), "{bad:?}");
    running.stop().await;
}

async fn tags_given_at_the_same_time_are_all_kept(test: Arc<TestDb>) {
    let running = Running::start_with(&test, Config::default(), Reader::Thread).await;
    let id = running.add("one.txt", "The mill stands by the brook.").await.id;
    let tags: Vec<String> = (10..26).map(|number| format!("tag {number}")).collect();
    let mut given = Vec::new();
    for tag in tags.clone() {
        let library = Arc::clone(&running.library);
        given.push(tokio::spawn(async move {
            let change = TagChange { add: vec![tag], remove: Vec::new() };
            library.tag(OWNER, &[id], &change).await.map(|_| ())
        }));
    }
    for one in given {
        one.await.unwrap().unwrap();
    }
    let mut kept = running.library.get(OWNER, id).await.unwrap().tags;
    kept.sort();
    assert_eq!(kept, tags);
    running.stop().await;
}

async fn tags_of_others_are_not_seen(test: Arc<TestDb>) {
    let running = Running::start_with(&test, Config::default(), Reader::Thread).await;
    let library = &running.library;
    let own = running.add("own.txt", "The mill stands by the brook.").await.id;
    library.tag(OWNER, &[own], &change(&["secret"], &[])).await.unwrap();

    let nobody = library.tag(OTHER, &[own], &change(&["mine"], &["secret"])).await;
    assert!(matches!(nobody, Err(LibraryError::NoDocument(_))), "{nobody:?}");
    let put = [TagsOf { document_id: own, tags: Vec::new() }];
    assert!(library.put_tags(OTHER, &put).await.unwrap().is_empty());
    let nothing = library.correct_document(OTHER, own, &BTreeMap::new()).await;
    assert!(matches!(nothing, Err(LibraryError::NoDocument(_))), "{nothing:?}");
    assert!(library.used_tags(OTHER).await.unwrap().is_empty());
    let filter = DocumentFilter { tag: Some("secret".into()), ..DocumentFilter::default() };
    assert_eq!(library.list(OTHER, &filter).await.unwrap().total, 0);
    for text in ["mill", "mill tag:secret", "tag:secret"] {
        let request = SearchRequest { counting: Counting::Facets, ..SearchRequest::new(text) };
        let seen = library.search(OTHER, request).await.unwrap();
        assert_eq!((seen.total, seen.facets.values.len()), (0, 0), "{text}");
    }
    assert_eq!(library.get(OWNER, own).await.unwrap().tags, ["secret"]);
    assert_eq!(found(&running, "mill", &["secret"]).await, (1, counts(&[("secret", 1)])));
    running.stop().await;
}
