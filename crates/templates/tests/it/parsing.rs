//! What is understood, what is refused, and where.

use proptest::prelude::*;
use templates::{Kind, Piece, Template, Variable, parse};

fn one(text: &str) -> Variable {
    let template = parse(text).unwrap();
    assert_eq!(template.variables.len(), 1, "{text}");
    template.variables.into_iter().next().unwrap()
}

fn refused(text: &str) -> String {
    let problems = parse(text).unwrap_err();
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_type_is_understood_with_its_properties() {
    for (text, kind) in [
        ("{{topic}}", Kind::Text),
        ("{{ topic }}", Kind::Text),
        ("{{topic|textarea}}", Kind::Paragraph),
        ("{{topic | number:min=1:max=10:step=0.5:default=3}}", Kind::Number),
        (r#"{{topic | select:options=["Blog: long","E-mail {{x}}"]:default="Blog: long"}}"#, Kind::Choice),
        ("{{topic | date:default=2026-11-22}}", Kind::Date),
        (r#"{{topic | time:default="09:30"}}"#, Kind::Time),
        ("{{topic | datetime-local}}", Kind::DateTime),
        (r#"{{topic | checkbox:label="With sources":default=true}}"#, Kind::Boolean),
        (r#"{{topic | email:placeholder="you@example.org":required}}"#, Kind::Text),
    ] {
        let variable = one(text);
        assert_eq!((variable.name.as_str(), variable.kind), ("topic", kind), "{text}");
    }
    let number = one("{{n | number:min=1:max=10:step=0.5:default=3:required}}");
    assert_eq!((number.min, number.max, number.step), (Some(1.0), Some(10.0), Some(0.5)));
    assert_eq!((number.default.as_deref(), number.required), (Some("3"), true));
    let choice = one(r#"{{n | select:options=["Blog: long","E-mail }}", 3]:placeholder="say \"which\""}}"#);
    assert_eq!(choice.options, ["Blog: long", "E-mail }}", "3"]);
    assert_eq!(choice.placeholder.as_deref(), Some("say \"which\""));
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    for (text, told) in [
        ("Hello {{name", "line 1, column 7: `{{` has no `}}`"),
        (
            "a\nbé {{na me}}",
            "line 2, column 6: `na me` is no name: letters, digits, `_`, `-` and `.` make one",
        ),
        ("{{}}", "line 1, column 3: `` is no name: letters, digits, `_`, `-` and `.` make one"),
        ("{{#if x}}", "line 1, column 3: `#if x` is no name: letters, digits, `_`, `-` and `.` make one"),
        ("{{a | select}}", "line 1, column 3: `a` has nothing to choose from"),
        ("{{a | select:options=one}}", "line 1, column 22: the options are no list"),
        ("{{a | number:min=few}}", "line 1, column 18: `few` is no number"),
        ("{{a | number:min=3:max=1}}", "line 1, column 3: `a` is from 3 to 1, which is nothing"),
        (
            r#"{{a | select:options=["x"]:default="y"}}"#,
            "line 1, column 3: the default of `a` does not fit: it is one of x",
        ),
        ("{{a | text:default}}", "line 1, column 12: `default` says nothing"),
        ("{{a | number}} {{a | text}}", "line 1, column 18: `a` is something else in line 1, column 3"),
    ] {
        assert_eq!(refused(text), told, "{text}");
    }
    assert_eq!(refused("{{a b}}\n{{c d}}").lines().count(), 2, "all of it is told at once");
}

#[test]
fn what_works_all_the_same_is_noted() {
    let template = parse("{{a | picture:size=3}}").unwrap();
    assert_eq!(template.variables[0].kind, Kind::Text);
    let notes: Vec<String> = template.notes.iter().map(ToString::to_string).collect();
    assert_eq!(
        notes,
        [
            "line 1, column 7: `picture` is no type; a line of text is asked for",
            "line 1, column 15: `size` is no property; it does nothing"
        ]
    );
}

#[test]
fn a_variable_is_said_once_and_used_often() {
    let template = parse("{{a}} {{a | number:min=1}} {{a}} {{a | number:min=1}} {{CURRENT_DATE}}").unwrap();
    assert_eq!(template.variables.len(), 2);
    assert_eq!((template.variables[0].kind, template.variables[0].min), (Kind::Number, Some(1.0)));
    assert!(template.variables[1].is_given());
    let used = template.pieces.iter().filter(|piece| **piece == Piece::Variable("a".into())).count();
    assert_eq!(used, 4);
}

#[test]
fn braces_can_be_meant_as_they_are() {
    let template = parse(r"Use \{{name}} and { {x} }.").unwrap();
    assert_eq!(
        template,
        Template { pieces: vec![Piece::Text("Use {{name}} and { {x} }.".into())], ..Template::default() }
    );
}

proptest! {
    #[test]
    fn nothing_that_is_typed_breaks_it(text in r#"([a-z \n{}|:="\[\]\\é]|\{\{|\}\}|options=|default=|number|select){0,60}"#) {
        match parse(&text) {
            Ok(template) => {
                for variable in &template.variables {
                    let used = Piece::Variable(variable.name.clone());
                    prop_assert!(template.pieces.contains(&used));
                }
            }
            Err(problems) => {
                let lines = text.matches('\n').count() + 1;
                prop_assert!(!problems.is_empty());
                prop_assert!(problems.iter().all(|problem| problem.position.line <= lines));
            }
        }
    }

    #[test]
    fn text_without_braces_stays_as_it_is(text in "[^{]{0,80}") {
        let pieces = parse(&text).unwrap().pieces;
        let whole = if text.is_empty() { vec![] } else { vec![Piece::Text(text)] };
        prop_assert_eq!(pieces, whole);
    }
}
