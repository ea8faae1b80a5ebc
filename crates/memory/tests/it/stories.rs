//! Fixture suites: updates, contradictions, time, and leaving out what is not asked for.

use crate::stage::{OWNER, Stage};
use memory::Scope;
use serde::Deserialize;
use std::sync::Arc;
use store::testing::TestDb;

store::on_each_database!(stories_end_as_they_should);

#[derive(Deserialize)]
struct Story {
    name: String,
    suite: String,
    said: Vec<(String, String)>,
    asked: Vec<Asked>,
}

/// The day, the question, what has to be recalled, and what must not be told.
type Asked = (String, String, Option<Vec<String>>, Vec<String>);

async fn stories_end_as_they_should(test: Arc<TestDb>) {
    let stories: Vec<Story> = serde_json::from_str(include_str!("../fixtures/stories.json")).unwrap();
    for suite in ["update", "contradiction", "time", "abstention"] {
        assert!(stories.iter().any(|story| story.suite == suite), "{suite}");
    }
    let stage = Stage::new(test);
    let mut wrong = Vec::new();
    for (number, story) in (0_u128..).zip(stories) {
        // Nobody hears of another story.
        let scope = Scope::Persona(base::Id::from_u128(number + 1_000));
        for (day, text) in &story.said {
            stage.says((OWNER, &scope), day, text).await;
        }
        for (day, question, expected, forbidden) in &story.asked {
            stage.at(day);
            let recalled = stage.recalls(std::slice::from_ref(&scope), question).await;
            let missing =
                expected.iter().flatten().filter(|text| !recalled.iter().any(|one| one.contains(*text)));
            let too_much = forbidden.iter().filter(|text| recalled.iter().any(|one| one.contains(*text)));
            let (missing, too_much): (Vec<_>, Vec<_>) = (missing.collect(), too_much.collect());
            if !missing.is_empty() || !too_much.is_empty() {
                wrong.push(format!(
                    "{}: {question}\n  missing {missing:?}, too much {too_much:?} in {recalled:?}",
                    story.name
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
