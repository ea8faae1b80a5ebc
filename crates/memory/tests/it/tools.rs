//! The memory as tools of models: what they may see, and what they are told when they may not.

use crate::stage::{OWNER, Stage, noon};
use base::{Id, OwnerId, new_id};
use llm::{Effect, Tool, ToolContext, ToolError};
use memory::{Draft, Memory, Origin, Scope, Standing, tools};
use std::sync::Arc;
use store::testing::TestDb;

store::on_each_database!(
    what_a_model_remembers_is_recalled_and_forgotten_by_its_id,
    what_the_person_struck_out_comes_back_by_the_person_alone,
    tools_see_the_scopes_that_are_open_and_no_others,
);

fn context(owner: OwnerId, scopes: &[Scope]) -> ToolContext {
    ToolContext {
        owner: Some(owner),
        conversation_id: Some(new_id()),
        scopes: scopes.iter().map(ToString::to_string).collect(),
        ..ToolContext::default()
    }
}

fn named(memory: &Arc<Memory>, name: &str) -> Arc<dyn Tool> {
    tools::all(memory).into_iter().find(|tool| tool.spec().name == name).unwrap()
}

async fn call(
    memory: &Arc<Memory>,
    name: &str,
    context: &ToolContext,
    arguments: &str,
) -> Result<String, ToolError> {
    named(memory, name).call(context, arguments).await
}

async fn what_a_model_remembers_is_recalled_and_forgotten_by_its_id(test: Arc<TestDb>) {
    let memory = Arc::new(Stage::new(Arc::clone(&test)).memory);
    let here = context(OWNER, &[Scope::User]);
    for (name, effect) in
        [("recall", Effect::Reads), ("remember", Effect::Changes), ("forget", Effect::Changes)]
    {
        assert_eq!(named(&memory, name).effect(), effect, "{name}");
    }
    let kept = call(&memory, "remember", &here, r#"{"text":"I live in Oslo"}"#).await.unwrap();
    let id: Id = kept.split("(id ").nth(1).unwrap().trim_end_matches(')').parse().unwrap();
    let fact = memory.get(OWNER, id).await.unwrap();
    assert_eq!((fact.draft.text.as_str(), fact.draft.origin), ("Lives in Oslo", Origin::Tool));
    assert_eq!(fact.draft.source.conversation_id, here.conversation_id);
    let recalled = call(&memory, "recall", &here, r#"{"query":"Where do I live?"}"#).await.unwrap();
    assert!(recalled.contains("Lives in Oslo") && recalled.contains(&id.to_string()), "{recalled}");
    let forget = format!("{{\"id\":\"{id}\"}}");
    let about = named(&memory, "forget").about(&here, &forget).await;
    assert_eq!(about.as_deref(), Some("Lives in Oslo"), "the person is shown what would be forgotten");
    assert_eq!(named(&memory, "remember").about(&here, "{}").await, None);
    let told = call(&memory, "forget", &here, &forget).await.unwrap();
    assert!(told.starts_with("Forgotten.") && !told.contains("Oslo"), "{told}");
    assert_eq!(memory.get(OWNER, id).await.unwrap().standing(), Standing::Forgotten);
    let again = call(&memory, "forget", &here, &forget).await;
    assert!(matches!(again, Err(ToolError::NotFound(_))), "{again:?}");
    let nothing = call(&memory, "recall", &here, r#"{"query":"Where do I live?"}"#).await.unwrap();
    assert_eq!(nothing, "Nothing is remembered about this.");
    for (name, bad) in [
        ("recall", "{}"),
        ("recall", r#"{"query":" "}"#),
        ("remember", r#"{"text":""}"#),
        ("remember", r#"{"fact":"I live in Oslo"}"#),
        ("forget", r#"{"id":"the one about Oslo"}"#),
    ] {
        let error = call(&memory, name, &here, bad).await;
        assert!(matches!(error, Err(ToolError::Arguments(_))), "{name} {bad}: {error:?}");
    }
    let long = format!("{{\"text\":\"{}\"}}", "long ".repeat(2_000));
    assert!(matches!(call(&memory, "remember", &here, &long).await, Err(ToolError::Arguments(_))));
}

async fn what_the_person_struck_out_comes_back_by_the_person_alone(test: Arc<TestDb>) {
    let memory = Arc::new(Stage::new(Arc::clone(&test)).memory);
    let here = context(OWNER, &[Scope::User]);
    let text = "I live in Oslo";
    let arguments = format!("{{\"text\":\"{text}\"}}");
    let [draft] = memory.drafts(text, Origin::Person).try_into().unwrap();
    let fact = memory.add(OWNER, &Scope::User, draft.clone()).await.unwrap();
    memory.strike(OWNER, fact.id, true).await.unwrap();
    let refused = call(&memory, "remember", &here, &arguments).await.unwrap_err().to_string();
    assert!(refused.contains("struck this out earlier") && refused.contains("page Memory"), "{refused}");
    assert_eq!(memory.get(OWNER, fact.id).await.unwrap().standing(), Standing::Struck);
    let recalled = call(&memory, "recall", &here, r#"{"query":"Where do I live?"}"#).await.unwrap();
    assert!(!recalled.contains("Oslo"), "{recalled}");
    let back = memory.add(OWNER, &Scope::User, draft).await.unwrap();
    assert_eq!((back.id, back.standing()), (fact.id, Standing::Current));
}

async fn tools_see_the_scopes_that_are_open_and_no_others(test: Arc<TestDb>) {
    let memory = Arc::new(Stage::new(Arc::clone(&test)).memory);
    let mira = Scope::Persona(Id::from_u128(11));
    let stranger = Id::from_u128(99);
    let note = |text: &str| Draft::note(text, noon("2025-05-01"));
    let secret = memory.add(OWNER, &mira, note("The lantern is hidden in the well")).await.unwrap();
    let forget = format!("{{\"id\":\"{}\"}}", secret.id);
    for here in [context(OWNER, &[Scope::User]), context(stranger, &[mira.clone(), Scope::User])] {
        let recalled = call(&memory, "recall", &here, r#"{"query":"where is the lantern?"}"#).await.unwrap();
        assert!(!recalled.contains("well"), "{recalled}");
        let error = call(&memory, "forget", &here, &forget).await;
        assert!(matches!(error, Err(ToolError::NotFound(_))), "{error:?}");
    }
    // What is new belongs to the first scope that is open.
    let with_mira = context(OWNER, &[mira.clone(), Scope::User]);
    call(&memory, "remember", &with_mira, r#"{"text":"The well is behind the mill"}"#).await.unwrap();
    let plain = context(OWNER, &[Scope::User]);
    let question = r#"{"query":"where is the well?"}"#;
    assert!(call(&memory, "recall", &with_mira, question).await.unwrap().contains("mill"));
    assert!(!call(&memory, "recall", &plain, question).await.unwrap().contains("mill"));
    for closed in [context(OWNER, &[]), ToolContext { owner: None, ..plain }] {
        assert!(call(&memory, "recall", &closed, question).await.is_err());
        assert!(call(&memory, "remember", &closed, r#"{"text":"x"}"#).await.is_err());
    }
}
