//! Pictures of questions that are older than somebody wants: they go, and what was asked stays.

use crate::stage::{ONE, OWNER, Stage, TWO, column, question};
use base::{Clock, SystemClock};
use compare::{Image, NewComparison};
use std::{sync::Arc, time::Duration};
use store::{Gone, testing::TestDb};

store::on_each_database!(old_pictures_go_and_their_questions_say_so);

async fn old_pictures_go_and_their_questions_say_so(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let answers = || {
        stage.one.says("a lantern");
        stage.two.says("a lamp");
    };
    let image = Image { media_type: "image/png".into(), data: "iVBORw0=".into(), gone: None };
    let mut asked = question("What is it?");
    asked.images.push(image);
    let columns = vec![column(ONE), column(TWO)];
    let new = NewComparison { title: None, columns, blind: false, question: asked };
    answers();
    let id = stage.bench.create(OWNER, new).await.unwrap().comparison.id;
    stage.finished(id).await;
    let now = SystemClock::default().now();
    let day = Duration::from_secs(86_400);
    assert_eq!(stage.bench.forget_pictures(now.minus(day), 30).await.unwrap(), 0, "it is not old yet");
    assert_eq!(stage.bench.forget_pictures(now.plus(day), 30).await.unwrap(), 1);
    assert_eq!(stage.bench.forget_pictures(now.plus(day), 30).await.unwrap(), 0, "it is gone already");
    let whole = stage.bench.get(OWNER, id).await.unwrap();
    let kept = &whole.turns[0].question;
    assert_eq!(kept.text, "What is it?");
    assert_eq!(
        (kept.images[0].data.as_str(), kept.images[0].gone),
        ("", Some(Gone { days: 30, size_bytes: 5 }))
    );

    answers();
    stage.bench.ask(OWNER, id, question("Are you sure?")).await.unwrap();
    stage.finished(id).await;
    let told = stage.one.requests().last().unwrap().messages[0].plain_text();
    assert!(told.contains("deleted after 30 days") && told.ends_with("What is it?"), "{told}");
}
