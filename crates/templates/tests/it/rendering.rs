//! What templates become.

use proptest::prelude::*;
use std::collections::BTreeMap;
use templates::{parse, render};

fn rendered(text: &str, values: &[(&str, &str)]) -> Result<String, String> {
    let values: BTreeMap<String, String> =
        values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    render(&parse(text).unwrap(), &values)
        .map_err(|refused| refused.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
}

#[test]
fn values_stand_where_their_names_stood() {
    let text = "Write {{count | number:default=3}} lines on {{topic | text:required}}. {{topic}}!";
    assert_eq!(rendered(text, &[("topic", "tea")]).unwrap(), "Write 3 lines on tea. tea!");
    assert_eq!(rendered(text, &[("topic", "tea"), ("count", " 5 ")]).unwrap(), "Write 5 lines on tea. tea!");
}

#[test]
fn values_are_never_read_as_templates() {
    assert_eq!(rendered("{{a}}{{b}}", &[("a", "{{b}}"), ("b", "x")]).unwrap(), "{{b}}x");
}

#[test]
fn what_cannot_be_is_refused_by_name() {
    for (text, value, told) in [
        ("{{a | text:required}}", " ", "`a`: it has to be given"),
        ("{{a | number}}", "many", "`a`: it is a number"),
        ("{{a | number:min=1:max=3}}", "4", "`a`: it is from 1 to 3"),
        ("{{a | number:min=1}}", "0", "`a`: it is at least 1"),
        (r#"{{a | select:options=["x","y"]}}"#, "z", "`a`: it is one of x, y"),
        ("{{a | date}}", "tomorrow", "`a`: a day is written as `2026-11-22`"),
        ("{{a | checkbox}}", "maybe", "`a`: it is `true` or `false`"),
    ] {
        assert_eq!(rendered(text, &[("a", value)]).unwrap_err(), told, "{text}");
    }
    assert_eq!(rendered("{{a | checkbox:required}}", &[]).unwrap(), "false");
    assert_eq!(rendered("[{{a}}]", &[]).unwrap(), "[]");
}

proptest! {
    #[test]
    fn escaped_text_comes_out_as_it_was(text in r"[a-z \n{}\\é]{0,40}") {
        // A backslash right before braces is the one thing that cannot be said in another way.
        prop_assume!(!text.contains(r"\{{"));
        let escaped = text.replace("{{", r"\{{");
        prop_assert_eq!(rendered(&escaped, &[]).unwrap(), text);
    }

    #[test]
    fn any_value_comes_through(value in r"\PC{1,40}") {
        prop_assume!(!value.trim().is_empty());
        prop_assert_eq!(rendered("<{{a}}>", &[("a", &value)]).unwrap(), format!("<{value}>"));
    }
}
