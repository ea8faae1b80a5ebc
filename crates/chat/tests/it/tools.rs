//! Tools in a turn: called, several at once, badly, too often, with the person's leave, and stopped in between.

use crate::stage::{MODEL, OWNER, Stage};
use base::Id;
use chat::{
    ChatError, Conversation, ConversationPatch, Decision, Message, MessageStatus, NewConversation,
    Preferences, ToolChoices, ToolState, rounds::MAX_ROUNDS,
};
use llm::{ChatEvent, ChatRequest, Part, Role, StopReason, ToolChoice, Usage};
use memory::{Draft, ListFacts, Origin, Scope, Standing};
use std::{sync::Arc, time::Duration};
use store::testing::TestDb;

store::on_each_database!(
    a_tool_is_called_and_the_model_goes_on_with_its_result,
    calls_of_one_round_are_all_done_and_told_in_their_order,
    whatever_is_wrong_with_a_call_is_told_to_the_model,
    a_model_that_only_calls_comes_to_an_end,
    what_changes_something_waits_for_the_person,
    what_is_not_allowed_is_not_done,
    once_allowed_for_good_it_is_not_asked_again,
    a_stop_ends_what_waits,
    tools_are_told_only_where_they_are_on_and_the_model_can,
    memory_tools_stay_within_the_scopes_of_the_conversation,
    later_turns_know_what_was_called,
    what_was_forgotten_is_never_told_again,
    a_conversation_begins_with_its_choices,
);

/// The next call is answered with these calls of tools.
fn calls(stage: &Stage, text: &str, calls: &[(&str, &str)]) {
    let lines = stage.actor.next();
    if !text.is_empty() {
        lines.send(Ok(ChatEvent::Text { delta: text.into() })).unwrap();
    }
    for (index, (name, arguments)) in (0..).zip(calls) {
        let (id, name) = (format!("call-{index}"), (*name).to_owned());
        lines.send(Ok(ChatEvent::ToolCallStarted { index, id, name, signature: None })).unwrap();
        let delta = (*arguments).to_owned();
        lines.send(Ok(ChatEvent::ToolCallArguments { index, delta })).unwrap();
    }
    lines.send(Ok(ChatEvent::Usage(Usage { input: 7, output: 3, ..Usage::default() }))).unwrap();
    lines.send(Ok(ChatEvent::Stopped { reason: StopReason::ToolCalls })).unwrap();
}

async fn with(stage: &Stage, on: &[&str], unasked: &[&str]) -> Conversation {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let tools = ToolChoices { on: Some(names(on)), unasked: names(unasked) };
    let conversation = stage.conversation().await;
    let patch = ConversationPatch { tools: Some(tools), ..ConversationPatch::default() };
    stage.chat.update(OWNER, conversation.id, patch).await.unwrap()
}

/// What the tools answered, as the last request tells it: the call, the text, whether it is an error.
fn results(request: &ChatRequest) -> Vec<(String, String, bool)> {
    let last = request.messages.last().filter(|message| message.role == Role::Tool);
    let parts = last.map(|message| message.parts.as_slice()).unwrap_or_default();
    let result = |part: &Part| match part {
        Part::ToolResult { call_id, parts, is_error, .. } => {
            let text: String = parts.iter().filter_map(Part::as_text).collect();
            (call_id.clone(), text, *is_error)
        }
        other => panic!("{other:?} is no result"),
    };
    parts.iter().map(result).collect()
}

fn states(message: &Message) -> Vec<(&str, ToolState)> {
    message.body.tool_uses.iter().map(|used| (used.name.as_str(), used.state)).collect()
}

/// Waits until a call of the answer waits for the person.
async fn waiting(stage: &Stage, answer: &Message) -> Id {
    for _ in 0..2_000 {
        let messages = stage.chat.messages(OWNER, answer.conversation_id).await.unwrap();
        let current = messages.into_iter().find(|message| message.id == answer.id).unwrap();
        if let Some(used) = current.body.tool_uses.iter().find(|used| used.state == ToolState::Waiting) {
            return used.id;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("nothing ever waited");
}

async fn notes(stage: &Stage) -> Vec<(String, Origin)> {
    let list = ListFacts { standing: Some(Standing::Current), limit: 50, ..ListFacts::default() };
    let (facts, _) = stage.chat.memory().list(OWNER, &list).await.unwrap();
    facts.into_iter().map(|fact| (fact.draft.text, fact.draft.origin)).collect()
}

async fn a_tool_is_called_and_the_model_goes_on_with_its_result(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let conversation = with(&stage, &["calculate"], &[]).await;
    calls(&stage, "Let me see.", &[("calculate", r#"{"expression":"6 * 7"}"#)]);
    stage.actor.says("It is 42.");
    let started = stage.say(&conversation, None, "six times seven?").await;
    let answer = stage.finished(&started.reply).await;
    assert_eq!((answer.status, answer.text.as_str()), (MessageStatus::Complete, "Let me see.\n\nIt is 42."));
    let [first, second] = stage.actor.requests().try_into().unwrap();
    assert_eq!(first.tools.iter().map(|tool| tool.name.as_str()).collect::<Vec<_>>(), ["calculate"]);
    assert_eq!(results(&second), [("call-0".to_owned(), "6 * 7 = 42".to_owned(), false)]);
    let kept = stage.chat.messages(OWNER, conversation.id).await.unwrap().pop().unwrap();
    let [used] = kept.body.tool_uses.try_into().unwrap();
    assert_eq!((used.state, used.result.as_str(), used.changes), (ToolState::Done, "6 * 7 = 42", false));
    assert_eq!(used.arguments, r#"{"expression":"6 * 7"}"#);
    let receipt = answer.body.receipt.unwrap();
    assert_eq!((receipt.usage.input, receipt.usage.output, receipt.earlier_ids.len()), (14, 6, 1));
    assert_eq!(receipt.cost.unwrap().to_string(), "0.000026");
}

async fn calls_of_one_round_are_all_done_and_told_in_their_order(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let conversation = with(&stage, &["calculate", "convert"], &[]).await;
    calls(
        &stage,
        "",
        &[
            ("calculate", r#"{"expression":"1 + 1"}"#),
            ("convert", r#"{"value":1,"from":"mi","to":"km"}"#),
            ("calculate", r#"{"expression":"2 + 2"}"#),
        ],
    );
    stage.actor.says("Done.");
    let started = stage.say(&conversation, None, "three things").await;
    let answer = stage.finished(&started.reply).await;
    let told: Vec<String> = results(&stage.actor.requests()[1])
        .into_iter()
        .map(|(id, text, _)| format!("{id}: {text}"))
        .collect();
    assert_eq!(told, ["call-0: 1 + 1 = 2", "call-1: 1 mi = 1.609344 km", "call-2: 2 + 2 = 4"]);
    assert_eq!(answer.text, "Done.");
    let done = ToolState::Done;
    assert_eq!(states(&answer), [("calculate", done), ("convert", done), ("calculate", done)]);
}

async fn whatever_is_wrong_with_a_call_is_told_to_the_model(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let conversation = with(&stage, &["calculate"], &[]).await;
    calls(
        &stage,
        "",
        &[
            ("launch_rockets", "{}"),
            ("calculate", "{\"expression\":"),
            ("calculate", "{}"),
            ("calculate", r#"{"expression":"1/0"}"#),
            // It exists, but it is off here.
            ("roll", r#"{"dice":"d6"}"#),
        ],
    );
    stage.actor.says("I could not.");
    let started = stage.say(&conversation, None, "do it").await;
    let answer = stage.finished(&started.reply).await;
    let told = results(&stage.actor.requests()[1]);
    assert!(told.iter().all(|(_, _, is_error)| *is_error), "{told:?}");
    for (text, expected) in told.iter().map(|(_, text, _)| text).zip([
        "there is no tool `launch_rockets`; there are: calculate",
        "not JSON",
        "`expression`",
        "no value",
        "there is no tool `roll`",
    ]) {
        assert!(text.contains(expected), "{text}");
    }
    assert!(answer.body.tool_uses.iter().all(|used| used.state == ToolState::Failed));
    assert_eq!((answer.status, answer.text.as_str()), (MessageStatus::Complete, "I could not."));
}

async fn a_model_that_only_calls_comes_to_an_end(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let conversation = with(&stage, &["roll"], &[]).await;
    for _ in 0..MAX_ROUNDS {
        calls(&stage, "", &[("roll", r#"{"dice":"d6"}"#)]);
    }
    let started = stage.say(&conversation, None, "roll for ever").await;
    let answer = stage.finished(&started.reply).await;
    assert_eq!(answer.status, MessageStatus::Failed);
    assert_eq!(answer.body.failure.unwrap().code, "too_many_tool_calls");
    let choices: Vec<ToolChoice> =
        stage.actor.requests().into_iter().map(|request| request.tool_choice).collect();
    assert_eq!(choices.len(), MAX_ROUNDS);
    assert_eq!(choices.last(), Some(&ToolChoice::None), "the last time it has to answer");
    assert!(choices.iter().rev().skip(1).all(|choice| *choice == ToolChoice::Auto));
    assert_eq!(answer.body.tool_uses.len(), MAX_ROUNDS - 1);
}

async fn what_changes_something_waits_for_the_person(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let conversation = with(&stage, &["remember"], &[]).await;
    calls(&stage, "", &[("remember", r#"{"text":"The spare key is in the blue pot"}"#)]);
    stage.actor.says("I will remember.");
    let started = stage.say(&conversation, None, "keep this in mind").await;
    let used = waiting(&stage, &started.reply).await;
    let noted = |notes: Vec<(String, Origin)>| notes.into_iter().any(|(text, _)| text.contains("blue pot"));
    assert!(!noted(notes(&stage).await), "nothing is done before");
    assert_eq!(stage.actor.requests().len(), 1, "and the model waits, too");
    let call = (started.reply.id, used);
    let other = stage.chat.decide(Id::from_u128(7), conversation.id, call, Decision::Allow).await;
    assert!(matches!(other, Err(ChatError::NoConversation(_))), "nobody else decides");
    let after = stage.chat.decide(OWNER, conversation.id, call, Decision::Allow).await.unwrap();
    assert_ne!(states(&after), [("remember", ToolState::Waiting)]);
    let answer = stage.finished(&started.reply).await;
    assert_eq!(states(&answer), [("remember", ToolState::Done)]);
    let found = notes(&stage).await.into_iter().find(|(text, _)| text.contains("blue pot")).unwrap();
    assert_eq!(found.1, Origin::Tool);
    let again = stage.chat.decide(OWNER, conversation.id, call, Decision::Allow).await;
    assert!(matches!(again, Err(ChatError::NotWaiting(_))));
}

async fn what_is_not_allowed_is_not_done(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let conversation = with(&stage, &["remember"], &[]).await;
    calls(&stage, "", &[("remember", r#"{"text":"The safe opens with 1234"}"#)]);
    stage.actor.says("As you like.");
    let started = stage.say(&conversation, None, "what do you think?").await;
    let used = waiting(&stage, &started.reply).await;
    let call = (started.reply.id, used);
    stage.chat.decide(OWNER, conversation.id, call, Decision::Decline).await.unwrap();
    let answer = stage.finished(&started.reply).await;
    assert_eq!(states(&answer), [("remember", ToolState::Declined)]);
    let told = results(&stage.actor.requests()[1]);
    assert!(told[0].2 && told[0].1.contains("did not allow"), "{told:?}");
    assert!(notes(&stage).await.iter().all(|(text, _)| !text.contains("1234")));
}

async fn once_allowed_for_good_it_is_not_asked_again(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let conversation = with(&stage, &["remember"], &[]).await;
    calls(&stage, "", &[("remember", r#"{"text":"The boat is called Vega"}"#)]);
    calls(&stage, "", &[("remember", r#"{"text":"The mooring is number nine"}"#)]);
    stage.actor.says("Both kept.");
    let started = stage.say(&conversation, None, "two things").await;
    let used = waiting(&stage, &started.reply).await;
    let call = (started.reply.id, used);
    stage.chat.decide(OWNER, conversation.id, call, Decision::AllowAlways).await.unwrap();
    let answer = stage.finished(&started.reply).await;
    assert_eq!(states(&answer), [("remember", ToolState::Done), ("remember", ToolState::Done)]);
    let kept = stage.chat.get(OWNER, conversation.id).await.unwrap();
    assert_eq!(kept.tools.unasked, ["remember"]);
}

async fn a_stop_ends_what_waits(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let conversation = with(&stage, &["remember"], &[]).await;
    calls(&stage, "One moment.", &[("remember", r#"{"text":"The door code is 99"}"#)]);
    let started = stage.say(&conversation, None, "remember the code").await;
    let used = waiting(&stage, &started.reply).await;
    let stopped = stage.chat.stop(OWNER, conversation.id, started.reply.id).await.unwrap();
    assert_eq!((stopped.status, stopped.text.as_str()), (MessageStatus::Stopped, "One moment."));
    assert_eq!(states(&stopped), [("remember", ToolState::Cancelled)]);
    let late = stage.chat.decide(OWNER, conversation.id, (stopped.id, used), Decision::Allow).await;
    assert!(matches!(late, Err(ChatError::NotWaiting(_))));
    assert!(notes(&stage).await.iter().all(|(text, _)| !text.contains("99")));
    assert_eq!(stage.actor.requests().len(), 1);
}

async fn tools_are_told_only_where_they_are_on_and_the_model_can(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let told = async |conversation: &Conversation| {
        stage.actor.says("Hello.");
        let started = stage.say(conversation, None, "hi").await;
        stage.finished(&started.reply).await;
        let request = stage.actor.requests().pop().unwrap();
        request.tools.into_iter().map(|tool| tool.name).collect::<Vec<_>>()
    };
    let plain = stage.conversation().await;
    assert!(told(&plain).await.is_empty(), "none without a choice");
    let preferences = Preferences {
        memory: true,
        default_model: MODEL.into(),
        tools: vec!["roll".into(), "recall".into()],
        ..Preferences::default()
    };
    stage.chat.set_preferences(preferences.clone());
    assert_eq!(told(&plain).await, ["roll", "recall"], "those of the settings");
    let off = ConversationPatch { memory: Some(false), ..ConversationPatch::default() };
    let forgetful = stage.chat.update(OWNER, plain.id, off).await.unwrap();
    assert_eq!(told(&forgetful).await, ["roll"], "the memory's only with the memory");
    let none = with(&stage, &[], &[]).await;
    assert!(told(&none).await.is_empty(), "a conversation may have none");
    stage.model_without_tools();
    assert!(told(&plain).await.is_empty(), "nor has a model that cannot call them");
    let unknown = ToolChoices { on: Some(vec!["fly".into()]), unasked: Vec::new() };
    let patch = ConversationPatch { tools: Some(unknown), ..ConversationPatch::default() };
    let refused = stage.chat.update(OWNER, plain.id, patch).await;
    assert!(matches!(refused, Err(ChatError::NoTool(name)) if name == "fly"));
}

async fn memory_tools_stay_within_the_scopes_of_the_conversation(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let memory = stage.chat.memory();
    let at = base::Timestamp::parse("2026-01-05T12:00:00Z").unwrap();
    let mine = memory.add(OWNER, &Scope::User, Draft::note("The parcel is at the bakery", at)).await.unwrap();
    let other = Scope::Persona(Id::from_u128(9));
    let hidden = memory.add(OWNER, &other, Draft::note("The parcel is a surprise", at)).await.unwrap();
    let conversation = with(&stage, &["recall", "forget"], &["forget"]).await;
    let forget = |id: Id| format!("{{\"id\":\"{id}\"}}");
    let (mine_text, hidden_text) = (forget(mine.id), forget(hidden.id));
    calls(&stage, "", &[("recall", r#"{"query":"where is the parcel?"}"#)]);
    calls(&stage, "", &[("forget", mine_text.as_str()), ("forget", hidden_text.as_str())]);
    stage.actor.says("Gone.");
    let started = stage.say(&conversation, None, "forget the parcel").await;
    let answer = stage.finished(&started.reply).await;
    assert!(answer.body.tool_uses.iter().all(|used| used.about.is_empty()), "{answer:?}");
    let requests = stage.actor.requests();
    let recalled = &results(&requests[1])[0].1;
    assert!(recalled.contains("bakery") && recalled.contains(&mine.id.to_string()), "{recalled}");
    assert!(!recalled.contains("surprise"), "{recalled}");
    let forgotten = results(&requests[2]);
    assert!(!forgotten[0].2 && forgotten[1].2, "{forgotten:?}");
    assert_eq!(memory.get(OWNER, mine.id).await.unwrap().standing(), Standing::Forgotten);
    assert_eq!(memory.get(OWNER, hidden.id).await.unwrap().standing(), Standing::Current);
}

async fn later_turns_know_what_was_called(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let conversation = with(&stage, &["calculate"], &[]).await;
    calls(&stage, "", &[("calculate", r#"{"expression":"2^10"}"#)]);
    stage.actor.says("1024.");
    let started = stage.say(&conversation, None, "two to the tenth?").await;
    let answer = stage.finished(&started.reply).await;
    let roles = |request: &ChatRequest| request.messages.iter().map(|said| said.role).collect::<Vec<_>>();
    stage.actor.says("Yes.");
    let next = stage.say(&conversation, Some(answer.id), "sure?").await;
    stage.finished(&next.reply).await;
    let request = stage.actor.requests().pop().unwrap();
    assert_eq!(roles(&request), [Role::User, Role::Assistant, Role::Tool, Role::Assistant, Role::User]);
    // A model that has no tools hears the words only.
    stage.model_without_tools();
    stage.actor.says("Quite.");
    let last = stage.say(&conversation, Some(answer.id), "really?").await;
    stage.finished(&last.reply).await;
    let request = stage.actor.requests().pop().unwrap();
    assert_eq!(roles(&request), [Role::User, Role::Assistant, Role::User]);
    assert_eq!(request.messages[1].plain_text(), "1024.");
}

async fn what_was_forgotten_is_never_told_again(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let memory = stage.chat.memory();
    let at = base::Timestamp::parse("2026-01-05T12:00:00Z").unwrap();
    let fact = memory.add(OWNER, &Scope::User, Draft::note("The parcel is at the bakery", at)).await.unwrap();
    let conversation = with(&stage, &["recall", "forget", "roll"], &[]).await;
    calls(&stage, "", &[("recall", r#"{"query":"where is the parcel?"}"#), ("roll", r#"{"dice":"1d1"}"#)]);
    stage.actor.says("At the baker's.");
    let started = stage.say(&conversation, None, "where is it?").await;
    let answer = stage.finished(&started.reply).await;
    assert!(results(&stage.actor.requests()[1])[0].1.contains("bakery"));

    let forget = format!("{{\"id\":\"{}\"}}", fact.id);
    calls(&stage, "", &[("forget", forget.as_str())]);
    stage.actor.says("Done.");
    let next = stage.say(&conversation, Some(answer.id), "forget it").await;
    let used = waiting(&stage, &next.reply).await;
    let messages = stage.chat.messages(OWNER, conversation.id).await.unwrap();
    let shown = &messages.iter().find(|message| message.id == next.reply.id).unwrap().body.tool_uses[0];
    assert_eq!(shown.about, "The parcel is at the bakery", "who is asked sees what is meant");
    stage.chat.decide(OWNER, conversation.id, (next.reply.id, used), Decision::Allow).await.unwrap();
    let forgotten = stage.finished(&next.reply).await;

    stage.actor.says("Of what?");
    let last = stage.say(&conversation, Some(forgotten.id), "so?").await;
    stage.finished(&last.reply).await;
    let request = stage.actor.requests().pop().unwrap();
    let told = format!("{:?}", request.messages);
    assert!(!told.contains("bakery") && !told.contains(&fact.id.to_string()), "{told}");
    assert!(told.contains("At the baker's.") && told.contains("1d1"), "{told}");
}

async fn a_conversation_begins_with_its_choices(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let tools = |name: &str| ToolChoices { on: Some(vec![name.to_owned()]), unasked: Vec::new() };
    let new = NewConversation { tools: tools("roll"), memory: Some(false), ..NewConversation::default() };
    let made = stage.chat.create(OWNER, new).await.unwrap();
    let kept = stage.chat.get(OWNER, made.id).await.unwrap();
    assert_eq!((kept.tools, kept.memory), (tools("roll"), false));
    let new = NewConversation { tools: tools("fly"), ..NewConversation::default() };
    let refused = stage.chat.create(OWNER, new).await;
    assert!(matches!(refused, Err(ChatError::NoTool(name)) if name == "fly"));
    assert_eq!(stage.chat.count(OWNER).await.unwrap(), 1, "and nothing is begun");
}
