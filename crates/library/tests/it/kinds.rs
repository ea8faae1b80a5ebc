//! Kinds of documents: found when a document is read, chosen by people, and known to searches.

use crate::support::{OWNER, Running, corpus, process_reader};
use library::{Config, Counting, DocumentKind, Facet, Filter, LibraryError, Reader, SearchRequest};
use std::{collections::BTreeMap, sync::Arc};
use store::testing::TestDb;

store::on_each_database!(a_kind_is_found_chosen_and_counted);

const LETTER: &str = "Dear Ms Parker,\n\nthe roof of the mill leaks again, and I would be glad if the tiler came.\n\nYours sincerely,\nAnn Lee\n";
const RULES: &str = "# Playing the Game\n\nOn your turn you can move and take one action. Roll a d20 to attack. Every player rolls initiative, \
     and the referee sets the difficulty class of each check.\n\n# Combat\n\nOn a hit, roll damage. A creature with no hit points is \
     dying and makes a saving throw each round. The mill gives cover.\n";

async fn kinds_of(running: &Running, chosen: &[&str]) -> (usize, BTreeMap<String, usize>) {
    let mut filter = Filter::default();
    if !chosen.is_empty() {
        let values = chosen.iter().map(|value| (*value).to_owned()).collect();
        filter.values.insert(Facet::DocumentKind, values);
    }
    let request = SearchRequest { filter, counting: Counting::Facets, ..SearchRequest::new("mill") };
    let found = running.library.search(OWNER, request).await.unwrap();
    (found.total, found.facets.values.get(&Facet::DocumentKind).cloned().unwrap_or_default())
}

async fn a_kind_is_found_chosen_and_counted(test: Arc<TestDb>) {
    let running = Running::start_with(&test, Config::default(), Reader::Thread).await;
    let letter = running.add("letter.txt", LETTER).await;
    let rules = running.add("rules.md", RULES).await;
    let list = running.add("list.txt", "milk\nbread\nthe mill\n").await;
    let found = letter.found_kind.clone().unwrap();
    assert_eq!((letter.kind(), found.kind), (Some(DocumentKind::Letter), Some(DocumentKind::Letter)));
    assert!(found.share > 0.5 && found.because.contains(&"salutation".to_owned()), "{found:?}");
    assert_eq!(rules.kind(), Some(DocumentKind::Rulebook), "{:?}", rules.found_kind);
    assert_eq!((list.kind(), list.chosen_kind), (None, None), "{:?}", list.found_kind);

    let (_, counts) = kinds_of(&running, &[]).await;
    assert_eq!(counts.keys().collect::<Vec<_>>(), ["letter", "rulebook"], "{counts:?}");
    let (total, _) = kinds_of(&running, &["letter"]).await;
    assert_eq!(total, counts["letter"]);

    // What a person says holds, in searches as well, also when the document is read again.
    let chosen = running.library.choose_kind(OWNER, letter.id, Some(DocumentKind::Fiction)).await.unwrap();
    assert_eq!((chosen.kind(), chosen.found_kind), (Some(DocumentKind::Fiction), Some(found)));
    assert_eq!(kinds_of(&running, &["letter"]).await.0, 0);
    assert_eq!(kinds_of(&running, &["fiction"]).await.0, total);
    running.library.reprocess(OWNER, letter.id).await.unwrap();
    assert_eq!(running.settled(letter.id).await.kind(), Some(DocumentKind::Fiction));
    assert_eq!(kinds_of(&running, &["fiction"]).await.0, total);
    let taken_back = running.library.choose_kind(OWNER, letter.id, None).await.unwrap();
    assert_eq!((taken_back.kind(), taken_back.chosen_kind), (Some(DocumentKind::Letter), None));
    assert_eq!(kinds_of(&running, &["letter"]).await.0, total);

    let nobody = running.library.choose_kind(base::Id::from_u128(9), letter.id, None).await;
    assert!(matches!(nobody, Err(LibraryError::NoDocument(_))), "{nobody:?}");
    running.stop().await;
}

/// The SRD's files are what people would call them.
#[tokio::test]
async fn the_files_of_the_srd() {
    let Some(folder) = corpus("srd") else { return };
    let test = TestDb::sqlite().await;
    let running = Running::start_with(&test, Config::default(), process_reader()).await;
    for (file, expected) in [
        ("srd-rules.pdf", DocumentKind::Rulebook),
        ("srd-monsters.pdf", DocumentKind::Supplement),
        ("srd-spells.pdf", DocumentKind::Supplement),
        ("srd-items.pdf", DocumentKind::Supplement),
        ("srd-5.2/02_playing_the_game.md", DocumentKind::Rulebook),
        ("srd-5.2/13_monsters_az.md", DocumentKind::Supplement),
    ] {
        let path = folder.join(file);
        let Ok(bytes) = std::fs::read(&path) else {
            eprintln!("SKIPPED: `{}` is not here", path.display());
            continue;
        };
        let document = running.add(file, bytes).await;
        println!("{file}: {:?}", document.found_kind);
        assert_eq!(document.kind(), Some(expected), "{file}: {:?}", document.found_kind);
    }
    running.stop().await;
}
