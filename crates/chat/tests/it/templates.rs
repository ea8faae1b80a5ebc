//! Prompt templates as they are kept: commands, versions, and the way through files.

use crate::stage::{OWNER, Stage};
use base::new_id;
use chat::{
    ChatError, PromptTemplate,
    templates::{Outcome, Really},
};
use std::sync::Arc;
use store::{records::Deleted, testing::TestDb};
use templates::Form;

store::on_each_database!(
    a_template_is_kept_with_its_versions,
    a_command_is_taken_once,
    what_is_no_template_is_refused_with_its_place,
    deleted_ones_come_back,
    files_are_taken_in_once,
);

fn template(title: &str, command: &str, text: &str) -> PromptTemplate {
    PromptTemplate {
        title: title.into(),
        command: command.into(),
        text: text.into(),
        ..PromptTemplate::default()
    }
}

async fn titles(stage: &Stage, words: &str) -> Vec<String> {
    let all = stage.chat.templates(OWNER, words, Deleted::Without).await.unwrap();
    all.into_iter().map(|kept| kept.value.title).collect()
}

async fn a_template_is_kept_with_its_versions(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let first = template(" Sum  up ", "/Sum", "Sum up {{text | textarea:required}}");
    let kept = stage.chat.create_template(OWNER, first.clone()).await.unwrap();
    assert_eq!((kept.value.title.as_str(), kept.value.command.as_str()), ("Sum up", "sum"));
    let next =
        PromptTemplate { text: "Sum {{text}} up in {{n | number}} words".into(), ..kept.value.clone() };
    let changed = stage.chat.update_template(OWNER, (kept.id, 1), next.clone()).await.unwrap();
    assert_eq!(changed.version, 2);
    let same = stage.chat.update_template(OWNER, (kept.id, 2), next.clone()).await.unwrap();
    assert_eq!(same.version, 2, "what does not change makes no version");
    let stale = stage.chat.update_template(OWNER, (kept.id, 1), template("X", "x", "x")).await;
    assert_eq!(stale.unwrap_err().kind(), base::ErrorKind::Conflict);
    let versions = stage.chat.template_history(OWNER, kept.id).await.unwrap();
    assert_eq!(versions.iter().map(|version| version.version).collect::<Vec<_>>(), [2, 1]);
    assert_eq!(stage.chat.template_at(OWNER, kept.id, 1).await.unwrap().text, first.text);
    let back = stage.chat.roll_back_template(OWNER, kept.id, (1, 2)).await.unwrap();
    assert_eq!((back.version, back.value.text), (3, first.text));
    assert_eq!(titles(&stage, "textarea").await, ["Sum up"], "its words are searched");
    assert!(stage.chat.template(new_id(), kept.id).await.is_err(), "nobody else sees it");
}

async fn a_command_is_taken_once(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let kept = stage.chat.create_template(OWNER, template("One", "same", "x")).await.unwrap();
    let taken = stage.chat.create_template(OWNER, template("Two", "SAME", "y")).await.unwrap_err();
    assert!(matches!(taken, ChatError::CommandTaken(_)), "{taken}");
    let copy = stage.chat.duplicate_template(OWNER, kept.id).await.unwrap();
    assert_eq!((copy.value.title.as_str(), copy.value.command.as_str()), ("One (copy)", "same-2"));
    assert_eq!(titles(&stage, "").await, ["One", "One (copy)"]);
}

async fn what_is_no_template_is_refused_with_its_place(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    for (refused, told) in [
        (template("", "a", "x"), "a template has a title of 1 to 120 characters"),
        (template("A", "a b", "x"), "`a b` is no command: letters, digits, `-` and `_`, at most 40"),
        (template("A", "a", " "), "the template is empty"),
        (
            template("A", "a", "Hello\n{{na me}}"),
            "line 2, column 3: `na me` is no name: letters, digits, `_`, `-` and `.` make one",
        ),
    ] {
        let error = stage.chat.create_template(OWNER, refused).await.unwrap_err();
        assert_eq!((error.to_string().as_str(), error.kind()), (told, base::ErrorKind::Invalid));
    }
}

async fn deleted_ones_come_back(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let kept = stage.chat.create_template(OWNER, template("One", "one", "x")).await.unwrap();
    stage.chat.delete_template(OWNER, kept.id).await.unwrap();
    assert!(titles(&stage, "").await.is_empty());
    stage.chat.create_template(OWNER, template("Other", "one", "y")).await.unwrap();
    let back = stage.chat.restore_template(OWNER, kept.id).await.unwrap();
    assert_eq!(back.value.command, "one-2", "another one has its command by now");
    assert_eq!(titles(&stage, "").await, ["One", "Other"]);
}

async fn files_are_taken_in_once(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    stage.chat.create_template(OWNER, template("Mine", "blog", "mine")).await.unwrap();
    let file = br#"[{"command":"/blog","title":"Blog","content":"Write {{x}}","timestamp":1},
        {"command":"/bad","title":"Bad","content":"{{x"}]"#;
    let (form, said) = stage.chat.import_templates(OWNER, file, Really::OnlySay).await.unwrap();
    assert_eq!(
        (form, said[0].command.as_str(), &said[0].outcome),
        (Form::OpenWebUi, "blog-2", &Outcome::New(None))
    );
    assert!(
        matches!(&said[1].outcome, Outcome::Refused(why) if why.contains("line 1, column 1")),
        "{said:?}"
    );
    assert_eq!(titles(&stage, "").await, ["Mine"], "nothing is kept that was only said");
    let (_, done) = stage.chat.import_templates(OWNER, file, Really::Yes).await.unwrap();
    assert!(matches!(done[0].outcome, Outcome::New(Some(_))));
    let (_, again) = stage.chat.import_templates(OWNER, file, Really::Yes).await.unwrap();
    assert_eq!(again[0].outcome, Outcome::Known);
    assert_eq!(titles(&stage, "").await, ["Blog", "Mine"]);
    let out = stage.chat.export_templates(OWNER, &[], Form::Familiar).await.unwrap();
    let (_, ours) = stage.chat.import_templates(OWNER, out.as_bytes(), Really::Yes).await.unwrap();
    assert_eq!(
        ours.iter().map(|one| &one.outcome).collect::<Vec<_>>(),
        [&Outcome::Known; 2],
        "what we wrote we know"
    );
    assert!(stage.chat.import_templates(OWNER, b"3", Really::Yes).await.is_err());
}
