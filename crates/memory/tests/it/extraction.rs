//! What rules find in sentences, and what is made of a model's answers.

use crate::stage::noon;
use base::Timestamp;
use jiff::tz::TimeZone;
use memory::{Found, Heard, Source, extract};
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    said: String,
    found: Vec<String>,
}

fn heard(text: &str) -> Heard<'_> {
    // A Thursday.
    Heard { text, before: "", source: Source::default(), said_at: noon("2023-05-25"), zone: TimeZone::UTC }
}

fn told(found: &Found) -> String {
    let day = |at: Timestamp| at.to_string().split('T').next().unwrap_or_default().to_owned();
    match found {
        Found::Fact(draft) => {
            let from = draft.true_from.map(|at| format!(" from {}", day(at))).unwrap_or_default();
            let until = draft.true_until.map(|at| format!(" until {}", day(at))).unwrap_or_default();
            format!("{}/{}={}{from}{until}", draft.subject, draft.attribute, draft.value)
        }
        Found::Ended { subject, attribute, value } => {
            let value = value.as_ref().map(|value| format!("={value}")).unwrap_or_default();
            format!("ended {subject}/{attribute}{value}")
        }
        Found::Retracted { subject, attribute, value } => format!("retracted {subject}/{attribute}={value}"),
    }
}

#[test]
fn rules_find_what_people_say_of_themselves() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("../fixtures/extract.json")).unwrap();
    let mut wrong = Vec::new();
    for Case { said, found } in cases {
        let mut got: Vec<String> = extract::by_rules(&heard(&said)).iter().map(told).collect();
        got.sort();
        if got != found {
            wrong.push(format!("{said}\n  expected {found:?}\n  found    {got:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_models_answer_is_a_proposal() {
    let heard = heard("We got a beagle, Bo, in March. I gave up sugar.");
    let answer = r#"Here you are: {"facts":[
        {"subject":"User","attribute":"dog","value":"Bo","text":"dog: Bo, a beagle","confidence":7,"true_from":"2023-03-01","true_until":null,"ended":false},
        {"subject":"you","attribute":"likes","value":"sugar","text":"Likes sugar","confidence":0.9,"true_from":null,"true_until":null,"ended":true},
        {"subject":"you","attribute":"said","value":"x","text":"no","confidence":1,"true_from":null,"true_until":null,"ended":false},
        {"subject":"you","attribute":"plan","value":"y","text":"backwards","confidence":1,"true_from":"2023-04-01","true_until":"2023-03-01","ended":false},
        {"subject":"you","attribute":"","value":"x","text":"no","confidence":1,"true_from":"soon","true_until":null,"ended":false}]}"#;
    let found = extract::model::from_answer(answer, &heard).unwrap();
    assert_eq!(
        found.iter().map(told).collect::<Vec<_>>(),
        ["you/dog=Bo from 2023-03-01", "ended you/likes=sugar", "you/plan=y from 2023-04-01"]
    );
    let Found::Fact(dog) = &found[0] else { panic!("a fact was proposed") };
    assert!((dog.confidence - 0.95).abs() < 1e-9 && dog.text == "Dog: Bo, a beagle");
    for none in ["", "I found nothing.", "{\"facts\": 3}", "}{"] {
        assert_eq!(extract::model::from_answer(none, &heard), None, "{none}");
    }
    let question = extract::model::question("a/model", &heard);
    assert!(question.messages[0].plain_text().contains("Today is 2023-05-25"));
    assert!(question.messages[1].plain_text().contains("We got a beagle"));
}
