//! Scopes and owners never hear of each other.

use crate::stage::{OWNER, Stage};
use base::{ErrorKind, Id};
use memory::{Edit, ListFacts, MemoryError, Scope};
use std::sync::Arc;
use store::testing::TestDb;

store::on_each_database!(nobody_hears_what_was_said_to_somebody_else);

async fn nobody_hears_what_was_said_to_somebody_else(test: Arc<TestDb>) {
    let stage = Stage::new(test);
    let (mira, otto) = (Scope::Persona(Id::from_u128(11)), Scope::Persona(Id::from_u128(12)));
    let project = Scope::Project("lighthouse".into());
    let stranger = Id::from_u128(99);
    let secrets = [
        ((OWNER, Scope::User), "My favourite colour is amber."),
        ((OWNER, mira.clone()), "My favourite colour is crimson."),
        ((OWNER, otto.clone()), "My favourite colour is indigo."),
        ((OWNER, project.clone()), "My favourite colour is ochre."),
        ((stranger, Scope::User), "My favourite colour is teal."),
        ((stranger, mira.clone()), "My favourite colour is umber."),
    ];
    for ((owner, scope), text) in &secrets {
        stage.says((*owner, scope), "2025-05-01", text).await;
    }
    let everywhere = [Scope::User, mira, otto, project];
    for owner in [OWNER, stranger] {
        for scopes in
            [&everywhere[..1], &everywhere[1..2], &everywhere[2..3], &everywhere[3..], &everywhere[..2]]
        {
            let recalled = stage.recalls_for(owner, scopes, "What is my favourite colour?").await.join(" ");
            for ((of, scope), text) in &secrets {
                let colour = text.trim_end_matches('.').rsplit(' ').next().unwrap();
                let may = *of == owner && scopes.contains(scope);
                assert_eq!(
                    recalled.contains(colour),
                    may,
                    "{colour} of {of} in {scope} for {owner} in {scopes:?}"
                );
            }
        }
    }
    let list = ListFacts { limit: 50, ..ListFacts::default() };
    let (theirs, _) = stage.memory.list(stranger, &list).await.unwrap();
    assert_eq!(theirs.len(), 2);
    for fact in &theirs {
        let (id, memory) = (fact.id, &stage.memory);
        let none = |error: MemoryError| assert_eq!(error.kind(), ErrorKind::NotFound);
        none(memory.get(OWNER, id).await.unwrap_err());
        none(memory.strike(OWNER, id, true).await.unwrap_err());
        none(memory.forget(OWNER, id, true).await.unwrap_err());
        none(memory.history(OWNER, id).await.unwrap_err());
        none(memory.edit(OWNER, id, Edit::default()).await.unwrap_err());
        assert!(memory.these(OWNER, &[id]).await.unwrap().is_empty());
        assert!(memory.changes(OWNER, Some(id), (None, 9)).await.unwrap().0.is_empty());
    }
    assert!(stage.memory.export(OWNER).await.unwrap().facts.iter().all(|fact| fact.owner == OWNER));
    stage.memory.erase(OWNER).await.unwrap();
    assert_eq!(stage.memory.list(stranger, &list).await.unwrap().0.len(), 2);
}
