//! Conversations written down as the transformers library does it (`tests/reference/templates.py`), and templates
//! that mean no good.

use super::{Template, TemplateError};
use llm::{ChatRequest, Media, Message, Parameters, Part, ReasoningEffort, Role};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Case {
    template: String,
    talk: String,
    messages: Vec<Value>,
    thinks: bool,
    written: Value,
}

fn source(name: &str) -> &'static str {
    match name {
        "chatml" => include_str!("chatml.jinja"),
        "llama3" => include_str!("llama3.jinja"),
        "gemma" => include_str!("gemma.jinja"),
        "plain" => super::PLAIN,
        "instructions" => include_str!("../../tests/reference/templates/instructions.jinja"),
        "headers" => include_str!("../../tests/reference/templates/headers.jinja"),
        "thinking" => include_str!("../../tests/reference/templates/thinking.jinja"),
        other => panic!("no template `{other}`"),
    }
}

fn template(source: &str) -> Template {
    Template::new(Some(source), |_| false, ("<s>".to_owned(), "</s>".to_owned())).unwrap()
}

#[test]
fn conversations_are_written_down_as_in_python() {
    let cases: Vec<Case> =
        serde_json::from_str(include_str!("../../tests/reference/templates.json")).unwrap();
    assert!(cases.len() > 30);
    for case in cases {
        let found = template(source(&case.template)).write(&case.messages, case.thinks, "2026-11-21");
        let wanted = match case.written.as_str() {
            Some(text) => Ok(text.to_owned()),
            None => Err(TemplateError::Refused(case.written["refused"].as_str().unwrap().to_owned())),
        };
        assert_eq!(found, wanted, "{}: {}", case.template, case.talk);
    }
}

fn says(role: Role, text: &str) -> Message {
    Message::text(role, text)
}

fn request(messages: Vec<Message>) -> ChatRequest {
    ChatRequest { messages, ..ChatRequest::default() }
}

#[test]
fn messages_become_what_templates_know() {
    let call = Part::ToolCall {
        id: "1".into(),
        name: "add".into(),
        arguments: "{\"a\": [1, 2]}".into(),
        signature: None,
    };
    let result =
        Part::ToolResult { call_id: "1".into(), name: None, parts: vec![Part::text("3")], is_error: false };
    let asked = request(vec![
        says(Role::System, "Be brief."),
        says(Role::User, "1 + 2?"),
        Message { role: Role::Assistant, parts: vec![call], name: None },
        Message { role: Role::Tool, parts: vec![result], name: None },
    ]);
    let written = template(source("headers")).render(&asked, "2026-11-21").unwrap();
    expect_test::expect![[r#"
        <s><|start_header_id|>system<|end_header_id|>

        Today: 21 Nov 2026

        Be brief.<|eot_id|><|start_header_id|>user<|end_header_id|>

        1 + 2?<|eot_id|><|start_header_id|>assistant<|end_header_id|>

        {"name": "add", "parameters": {"a": [1, 2]}}<|eot_id|><|start_header_id|>ipython<|end_header_id|>

        3<|eot_id|><|start_header_id|>assistant<|end_header_id|>

    "#]]
    .assert_eq(&written);
}

#[test]
fn thinking_is_left_out_and_can_be_turned_off() {
    let thought = Part::Reasoning { text: "hm".into(), signature: None, redacted: None };
    let mut asked =
        request(vec![Message { role: Role::User, parts: vec![thought, Part::text("?")], name: None }]);
    asked.parameters = Parameters { reasoning_effort: Some(ReasoningEffort::None), ..Parameters::default() };
    let written = template(source("thinking")).render(&asked, "2026-11-21").unwrap();
    assert_eq!(written, "<|im_start|>user\n?<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n");
}

#[test]
fn what_a_template_refuses_is_said_in_a_way_it_takes() {
    let asked = request(vec![
        says(Role::System, "Be brief."),
        says(Role::User, "One."),
        says(Role::User, "Two."),
        says(Role::Assistant, "Yes."),
        says(Role::User, "Three."),
    ]);
    let of = |name: &str, asked: &ChatRequest| template(source(name)).render(asked, "2026-11-21");
    assert_eq!(
        of("gemma", &asked).unwrap(),
        "<s><start_of_turn>user\nBe brief.\n\nOne.\n\nTwo.<end_of_turn>\n<start_of_turn>model\nYes.<end_of_turn>\n\
         <start_of_turn>user\nThree.<end_of_turn>\n<start_of_turn>model\n"
    );
    assert_eq!(
        of("instructions", &asked).unwrap(),
        "<s>[INST] Be brief.\n\nOne.\n\nTwo. [/INST] Yes.</s>[INST] Three. [/INST]"
    );
    let backwards = request(vec![says(Role::Assistant, "Yes."), says(Role::User, "One.")]);
    let refused = TemplateError::Refused("user and assistant take turns".to_owned());
    assert_eq!(of("instructions", &backwards), Err(refused));
}

#[test]
fn pictures_are_not_dropped_in_silence() {
    let media = Media::Url { url: "https://example.com/a.png".into() };
    let picture = Part::Image { media, detail: None };
    let asked = request(vec![Message { role: Role::User, parts: vec![picture], name: None }]);
    assert_eq!(template(super::PLAIN).render(&asked, ""), Err(TemplateError::Part("a picture")));
}

#[test]
fn a_model_without_a_template_gets_the_one_of_its_tokens() {
    let asked = request(vec![says(Role::User, "?")]);
    let of = |token: &'static str| {
        let marks = (String::new(), String::new());
        Template::new(None, |known| known == token, marks).unwrap().render(&asked, "").unwrap()
    };
    assert_eq!(of("<|im_start|>"), "<|im_start|>user\n?<|im_end|>\n<|im_start|>assistant\n");
    assert!(of("<|start_header_id|>").starts_with("<|start_header_id|>user"));
    assert_eq!(of("<start_of_turn>"), "<start_of_turn>user\n?<end_of_turn>\n<start_of_turn>model\n");
    assert_eq!(of("none"), "User: ?\nAssistant:");
}

#[test]
fn templates_that_mean_no_good_end() {
    let asked = request(vec![says(Role::User, "?")]);
    let failed = |source: &str| {
        let error = template(source).render(&asked, "").unwrap_err();
        let TemplateError::Failed(why) = error else { panic!("{error:?}") };
        why
    };
    let nested = "{% for a in range(9999) %}{% for b in range(9999) %}{{ a * b }}{% endfor %}{% endfor %}";
    assert!(failed(nested).contains("more than 20000000 steps"), "{}", failed(nested));
    assert!(failed("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}").contains("recursion"));
    assert!(failed("{{ 'a' * 100000000000 }}").contains("too large"));
    assert!(failed("{{ messages[0].content.nothing() }}").contains("nothing"));
    assert!(failed("{% include '/etc/passwd' %}").contains("not"));
    for broken in ["{% for %}", "{{", "{% if x %}", "{% unknown %}"] {
        assert!(Template::new(Some(broken), |_| false, (String::new(), String::new())).is_err(), "{broken}");
    }
}
