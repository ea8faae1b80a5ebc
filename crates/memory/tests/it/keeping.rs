//! What is kept, changed, shown and let go.

use crate::stage::{OWNER, Stage, noon};
use base::{Clock, ErrorKind, Id};
use memory::{Draft, Edit, Kind, ListFacts, MemoryError, Origin, Scope, Source, Standing, Wanted};
use std::{sync::Arc, time::Duration};
use store::testing::TestDb;

store::on_each_database!(
    nothing_is_overwritten,
    a_fact_is_put_right_struck_out_and_forgotten,
    a_message_is_heard_once,
    facts_are_listed_searched_and_paged,
    letters_of_every_script_are_found_in_either_case,
    everything_can_be_taken_along_and_erased,
    a_budget_is_kept_and_the_profile_told,
    a_conversation_that_is_deleted_is_not_quoted,
    facts_outlive_what_they_were_said_in,
    a_second_process_hears_of_what_the_first_has_learned,
);

async fn texts(stage: &Stage, list: ListFacts) -> Vec<String> {
    let (facts, _) = stage.memory.list(OWNER, &ListFacts { limit: 50, ..list }).await.unwrap();
    facts.into_iter().map(|fact| fact.draft.text).collect()
}

async fn nothing_is_overwritten(test: Arc<TestDb>) {
    let stage = Stage::new(test);
    stage.says((OWNER, &Scope::User), "2023-01-10", "I live in Berlin.").await;
    stage.says((OWNER, &Scope::User), "2024-01-10", "I live in Lisbon.").await;
    stage.says((OWNER, &Scope::User), "2024-02-10", "I live in lisbon.").await;
    let all = ListFacts { query: "lives in".into(), ..ListFacts::default() };
    assert_eq!(texts(&stage, all.clone()).await, ["Lives in Lisbon", "Lives in Berlin"]);
    let (facts, _) = stage.memory.list(OWNER, &ListFacts { limit: 9, ..all }).await.unwrap();
    let [lisbon, berlin] = facts.as_slice() else { panic!("two facts") };
    assert_eq!((lisbon.standing(), berlin.standing()), (Standing::Current, Standing::Superseded));
    assert_eq!((berlin.superseded_by, berlin.draft.true_until), (Some(lisbon.id), Some(noon("2024-01-10"))));
    assert!(lisbon.draft.confidence > 0.94, "said twice");
    let history = stage.memory.history(OWNER, lisbon.id).await.unwrap();
    assert_eq!(history.iter().map(|fact| fact.id).collect::<Vec<_>>(), [lisbon.id, berlin.id]);
    let (changes, _) = stage.memory.changes(OWNER, None, (None, 50)).await.unwrap();
    let mut whats: Vec<&str> = changes.iter().map(|change| change.what.as_str()).collect();
    whats.sort_unstable();
    assert_eq!(whats, ["confirmed", "learned", "learned", "superseded"]);
}

async fn a_fact_is_put_right_struck_out_and_forgotten(test: Arc<TestDb>) {
    let stage = Stage::new(test);
    let (memory, scopes) = (&stage.memory, [Scope::User]);
    stage.says((OWNER, &Scope::User), "2025-12-10", "We have a dog called Rexx.").await;
    let ask = "What is my dog called?";
    assert_eq!(stage.recalls(&scopes, ask).await, ["Dog: Rexx"]);
    let (facts, _) = memory.list(OWNER, &ListFacts { limit: 9, ..ListFacts::default() }).await.unwrap();
    let edit = Edit { text: Some("Dog: Rex".into()), ..Edit::default() };
    let right = memory.edit(OWNER, facts[0].id, edit.clone()).await.unwrap();
    assert_eq!((right.draft.origin, right.draft.value.as_str()), (Origin::Person, "Dog: Rex"));
    assert_eq!(memory.edit(OWNER, facts[0].id, edit.clone()).await.unwrap_err().kind(), ErrorKind::Conflict);
    assert_eq!(memory.edit(OWNER, right.id, edit).await.unwrap().id, right.id, "nothing changed");
    assert_eq!(stage.recalls(&scopes, ask).await, ["Dog: Rex"], "nor are the words told that were wrong");
    let bad = Edit { text: Some(" ".into()), ..Edit::default() };
    assert!(matches!(memory.edit(OWNER, right.id, bad).await, Err(MemoryError::Empty)));
    let backwards = Edit {
        true_from: Some(Some(noon("2025-01-02"))),
        true_until: Some(Some(noon("2025-01-01"))),
        ..Edit::default()
    };
    assert!(matches!(memory.edit(OWNER, right.id, backwards).await, Err(MemoryError::Backwards)));
    memory.strike(OWNER, right.id, true).await.unwrap();
    assert!(stage.recalls(&scopes, ask).await.is_empty());
    memory.strike(OWNER, right.id, false).await.unwrap();
    memory.forget(OWNER, right.id, true).await.unwrap();
    assert!(stage.recalls(&scopes, ask).await.is_empty());
    assert_eq!(memory.purge().await.unwrap(), 0, "it can still be brought back");
    memory.forget(OWNER, right.id, false).await.unwrap();
    assert!(stage.recalls(&scopes, ask).await.contains(&"Dog: Rex".to_owned()));
    memory.forget(OWNER, right.id, true).await.unwrap();
    stage.test.clock.advance(Duration::from_secs(25 * 3600));
    assert_eq!(memory.purge().await.unwrap(), 2, "the fact and its words");
    assert!(matches!(memory.get(OWNER, right.id).await, Err(MemoryError::NoFact(_))));
}

async fn a_message_is_heard_once(test: Arc<TestDb>) {
    let stage = Stage::new(test);
    let source = Source { conversation_id: None, message_id: Some(Id::from_u128(5)) };
    let heard = stage.memory.heard("I love long walks in the rain.", "", (source, noon("2025-05-01")));
    assert_eq!(stage.memory.listen(OWNER, &Scope::User, &heard).await.unwrap().len(), 2);
    assert!(stage.memory.listen(OWNER, &Scope::User, &heard).await.unwrap().is_empty());
    let fact = texts(&stage, ListFacts::default()).await;
    assert_eq!(fact, ["Likes long walks in the rain"]);
    // Struck out, it does not come back by itself; the person can write it down again.
    let (facts, _) = stage.memory.list(OWNER, &ListFacts { limit: 9, ..ListFacts::default() }).await.unwrap();
    stage.memory.strike(OWNER, facts[0].id, true).await.unwrap();
    stage.says((OWNER, &Scope::User), "2025-06-01", "I love long walks in the rain.").await;
    let current = ListFacts { standing: Some(Standing::Current), ..ListFacts::default() };
    assert!(texts(&stage, current.clone()).await.is_empty());
    for draft in stage.memory.drafts("I love long walks in the rain.", Origin::Person) {
        stage.memory.add(OWNER, &Scope::User, draft).await.unwrap();
    }
    assert_eq!(texts(&stage, current).await, ["Likes long walks in the rain"]);
    let notes = stage.memory.drafts("the key is under the mat", Origin::Person);
    assert_eq!((notes[0].kind, notes[0].text.as_str()), (Kind::Note, "The key is under the mat"));
}

async fn facts_are_listed_searched_and_paged(test: Arc<TestDb>) {
    let stage = Stage::new(test);
    for number in 1..=7 {
        stage
            .says(
                (OWNER, &Scope::User),
                &format!("2025-05-0{number}"),
                &format!("I'm allergic to thing {number}_%."),
            )
            .await;
    }
    let mut list = ListFacts { limit: 3, ..ListFacts::default() };
    let mut seen = Vec::new();
    loop {
        let (page, next) = stage.memory.list(OWNER, &list).await.unwrap();
        seen.extend(page.into_iter().map(|fact| fact.draft.value));
        let Some(next) = next else { break };
        list.cursor = Some(ListFacts::cursor(&next).unwrap());
    }
    assert_eq!(seen, (1..=7).rev().map(|number| format!("thing {number}_%")).collect::<Vec<_>>());
    assert!(ListFacts::cursor("x").is_err());
    let found = texts(&stage, ListFacts { query: "3_%".into(), ..ListFacts::default() }).await;
    assert_eq!(found, ["I'm allergic to thing 3_%.", "Is allergic to thing 3_%"]);
    assert_eq!(
        texts(&stage, ListFacts { query: "_____________________________".into(), ..ListFacts::default() })
            .await,
        [""; 0]
    );
    assert_eq!(texts(&stage, ListFacts { kind: Some(Kind::Said), ..ListFacts::default() }).await.len(), 7);
    assert_eq!(stage.memory.scopes(OWNER).await.unwrap(), [(Scope::User, 7)]);
    let (changes, next) = stage.memory.changes(OWNER, None, (None, 4)).await.unwrap();
    let (rest, end) = stage.memory.changes(OWNER, None, (next.as_deref(), 4)).await.unwrap();
    assert_eq!((changes.len(), rest.len(), end), (4, 3, None));
}

async fn letters_of_every_script_are_found_in_either_case(test: Arc<TestDb>) {
    let stage = Stage::new(test);
    for text in ["Die Äpfel liegen im Keller", "Ключ под ковриком"] {
        for draft in stage.memory.drafts(text, Origin::Person) {
            stage.memory.add(OWNER, &Scope::User, draft).await.unwrap();
        }
    }
    for (query, found) in
        [("äpfel", 1), ("ÄPFEL", 1), (" äpfel liegen ", 1), ("apfel", 0), ("КЛЮЧ", 1), ("", 2)]
    {
        let list = ListFacts { query: query.into(), ..ListFacts::default() };
        assert_eq!(texts(&stage, list).await.len(), found, "{query}");
    }
}

async fn everything_can_be_taken_along_and_erased(test: Arc<TestDb>) {
    let stage = Stage::new(test);
    stage.says((OWNER, &Scope::User), "2025-05-01", "I'm vegan and my name is Ada.").await;
    stage.says((OWNER, &Scope::Persona(Id::from_u128(4))), "2025-05-01", "I love chess and tea.").await;
    let export = stage.memory.export(OWNER).await.unwrap();
    assert_eq!(export.facts.len(), 6, "{:?}", export.facts);
    assert_eq!(export.changes.len(), 4);
    assert_eq!(stage.memory.erase(OWNER).await.unwrap().facts, 6);
    let nothing = stage.memory.export(OWNER).await.unwrap();
    assert!(nothing.facts.is_empty() && nothing.changes.is_empty());
    assert!(stage.recalls(&[Scope::User], "Am I vegan?").await.is_empty());
    for table in ["memory_fact", "memory_change", "memory_vector"] {
        let count: i64 = stage.count(table).await;
        assert_eq!(count, 0, "{table}");
    }
}

async fn a_budget_is_kept_and_the_profile_told(test: Arc<TestDb>) {
    let stage = Stage::new(test);
    stage.says((OWNER, &Scope::User), "2025-05-01", "My name is Ada. Please answer in German.").await;
    for number in 0..30 {
        stage
            .says(
                (OWNER, &Scope::User),
                "2025-05-02",
                &format!("I'm allergic to the pollen of tree number {number}."),
            )
            .await;
    }
    let wanted = Wanted {
        owner: OWNER,
        scopes: vec![Scope::User],
        text: "Which pollen am I allergic to?".into(),
        not_from: None,
        budget_tokens: 200,
        limit: 50,
        with_profile: true,
    };
    let recalled = stage.memory.recall(&wanted).await.unwrap();
    let texts: Vec<&str> = recalled.iter().map(|one| one.fact.draft.text.as_str()).collect();
    assert_eq!(texts[..2], ["Is called Ada", "Wants answers in German"]);
    assert_eq!((recalled[0].why.as_str(), recalled[1].why.as_str()), ("Who you are", "How you want answers"));
    assert!(recalled[2].why.contains("pollen"), "{}", recalled[2].why);
    assert!(recalled.len() > 5 && recalled.iter().map(|one| one.tokens).sum::<usize>() <= 200);
    let profile = stage.memory.profile(OWNER, &Scope::User).await.unwrap();
    assert_eq!(profile.name.as_deref(), Some("Ada"));
    assert_eq!(
        profile.sections.iter().map(|part| part.kind).collect::<Vec<_>>(),
        [Kind::Identity, Kind::Preference, Kind::Style]
    );
    let none = stage.memory.recall(&Wanted { budget_tokens: 0, ..wanted }).await.unwrap();
    assert!(none.is_empty());
}

async fn a_conversation_that_is_deleted_is_not_quoted(test: Arc<TestDb>) {
    let stage = Stage::new(test);
    let conversation_id = Id::from_u128(77);
    let source = Source { conversation_id: Some(conversation_id), message_id: Some(Id::from_u128(78)) };
    let heard = stage.memory.heard(
        "The boiler makes a strange humming noise at night.",
        "",
        (source, noon("2025-05-01")),
    );
    stage.memory.listen(OWNER, &Scope::User, &heard).await.unwrap();
    let summary = |text: &str| (source, text.to_owned());
    stage.memory.summarise(OWNER, &Scope::User, summary("About a boiler."), Origin::Rules).await.unwrap();
    stage
        .memory
        .summarise(OWNER, &Scope::User, summary("About a boiler that hums."), Origin::Rules)
        .await
        .unwrap();
    let kept = stage.memory.summary(OWNER, conversation_id).await.unwrap().unwrap();
    assert_eq!(kept.draft.text, "About a boiler that hums.");
    assert_eq!(stage.recalls(&[Scope::User], "boiler humming noise").await.len(), 2);
    stage.memory.hide_conversation(OWNER, conversation_id, true).await.unwrap();
    assert!(stage.recalls(&[Scope::User], "boiler humming noise").await.is_empty());
    stage.memory.hide_conversation(OWNER, conversation_id, false).await.unwrap();
    assert!(!stage.recalls(&[Scope::User], "boiler humming noise").await.is_empty());
    let here = Wanted {
        owner: OWNER,
        scopes: vec![Scope::User],
        text: "boiler humming noise".into(),
        not_from: Some(conversation_id),
        budget_tokens: 300,
        limit: 5,
        with_profile: false,
    };
    assert!(stage.memory.recall(&here).await.unwrap().is_empty(), "it is there already");
}

async fn facts_outlive_what_they_were_said_in(test: Arc<TestDb>) {
    let stage = Stage::new(test);
    let conversation_id = Id::from_u128(77);
    for (message, text) in [(78, "We have a dog called Rex."), (79, "We have a cat called Tom.")] {
        let source =
            Source { conversation_id: Some(conversation_id), message_id: Some(Id::from_u128(message)) };
        let heard = stage.memory.heard(text, "", (source, noon("2025-05-01")));
        stage.memory.listen(OWNER, &Scope::User, &heard).await.unwrap();
    }
    let sources = async || {
        let (facts, _) =
            stage.memory.list(OWNER, &ListFacts { limit: 50, ..ListFacts::default() }).await.unwrap();
        let facts = facts.into_iter().filter(|fact| fact.draft.kind == Kind::Relation);
        let mut found: Vec<(String, Source)> =
            facts.map(|fact| (fact.draft.text, fact.draft.source)).collect();
        found.sort_by(|(one, _), (other, _)| one.cmp(other));
        found
    };
    let before = sources().await;
    assert_eq!(before.len(), 2, "{before:?}");
    stage.memory.outlive_messages(&[Id::from_u128(78)]).await.unwrap();
    let after = sources().await;
    let named: Vec<bool> = after.iter().map(|(_, source)| source.message_id.is_some()).collect();
    assert_eq!(named.iter().filter(|named| **named).count(), 1, "{after:?}");
    assert!(after.iter().all(|(_, source)| source.conversation_id == Some(conversation_id)), "{after:?}");
    stage.memory.outlive_conversation(conversation_id).await.unwrap();
    let after = sources().await;
    assert_eq!(after.len(), 2, "{after:?}");
    assert!(after.iter().all(|(_, source)| *source == Source::default()), "{after:?}");
}

async fn a_second_process_hears_of_what_the_first_has_learned(test: Arc<TestDb>) {
    let (first, second) = (Stage::new(Arc::clone(&test)), Stage::new(test));
    assert!(second.recalls(&[Scope::User], "What is my favourite tea?").await.is_empty());
    first.says((OWNER, &Scope::User), "2025-05-01", "My favourite tea is Assam.").await;
    assert!(
        second
            .recalls(&[Scope::User], "What is my favourite tea?")
            .await
            .contains(&"Favourite tea: Assam".to_owned())
    );
    let note = Draft {
        said_at: first.test.clock.now(),
        ..Draft::note("My favourite tea is Assam", noon("2025-05-01"))
    };
    assert!(matches!(
        first.memory.add(OWNER, &Scope::User, Draft { text: "x".repeat(5_000), ..note }).await,
        Err(MemoryError::TooLong { .. })
    ));
}
