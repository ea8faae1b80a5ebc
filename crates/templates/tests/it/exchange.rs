//! The way through files.

use proptest::prelude::*;
use templates::{Entry, Form, ReadError, exchange::command_of, read, write};

fn entry(title: &str, command: &str, category: &str) -> Entry {
    Entry {
        title: title.into(),
        command: command.into(),
        category: category.into(),
        description: String::new(),
        text: "Write about {{topic}}.".into(),
    }
}

#[test]
fn what_open_webui_exports_is_read() {
    let file = r#"[
        {"command": "/summarise", "user_id": "u", "title": "Summarise", "content": "Sum up {{CLIPBOARD}}",
         "timestamp": 1700000000, "access_control": null},
        {"id": "2", "command": "bug report", "name": "Bug", "content": "{{x | text}}", "tags": ["work"], "is_active": true},
        {"command": "/nothing"}
    ]"#;
    let (form, entries) = read(file.as_bytes()).unwrap();
    assert_eq!(form, Form::OpenWebUi);
    let told: Vec<(&str, &str, &str)> = entries
        .iter()
        .map(|entry| (entry.title.as_str(), entry.command.as_str(), entry.category.as_str()))
        .collect();
    assert_eq!(told, [("Summarise", "summarise", ""), ("Bug", "bug-report", "work")]);
}

#[test]
fn both_forms_come_back() {
    let entries = [entry("Blog", "blog", "Writing"), entry("Grüße", "grüße", "")];
    for form in [Form::Familiar, Form::OpenWebUi] {
        let (found, back) = read(write(&entries, form, 1_700_000_000).as_bytes()).unwrap();
        assert_eq!(found, form);
        assert_eq!(back, entries);
    }
}

#[test]
fn other_files_are_refused() {
    assert!(matches!(read(b"{]"), Err(ReadError::Syntax { .. })));
    for other in ["3", "[]", "{}", "[{\"a\": 1}]", r#"{"format":"familiar_templates"}"#] {
        assert_eq!(read(other.as_bytes()), Err(ReadError::Unknown), "{other}");
    }
}

proptest! {
    #[test]
    fn commands_are_words(name in r"\PC{0,60}") {
        let command = command_of(&name);
        prop_assert!(command.chars().count() <= 40);
        prop_assert!(command.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-')), "{}", command);
        prop_assert_eq!(command_of(&command), command.clone());
    }
}
