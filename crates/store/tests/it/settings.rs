//! Settings by name.

use base::Id;
use std::sync::Arc;
use store::{DbError, Settings, on_each_database, testing::TestDb};

on_each_database![
    a_setting_is_made_changed_and_taken_away,
    what_is_added_to_a_setting_at_the_same_time_is_all_kept,
];

async fn a_setting_is_made_changed_and_taken_away(test: Arc<TestDb>) {
    let settings = Settings::new(test.db.clone());
    let owner = Id::FIRST_OWNER;
    assert_eq!(settings.get::<String>(owner, "theme").await.unwrap(), None);
    settings.put(owner, "theme", &"dark").await.unwrap();
    settings.put(owner, "theme", &"light").await.unwrap();
    assert_eq!(settings.get::<String>(owner, "theme").await.unwrap().as_deref(), Some("light"));
    let error = settings.get::<u8>(owner, "theme").await.unwrap_err();
    assert!(matches!(error, DbError::Malformed { .. }), "{error:?}");
    settings.remove(owner, "theme").await.unwrap();
    assert_eq!(settings.get::<String>(owner, "theme").await.unwrap(), None);
}

async fn what_is_added_to_a_setting_at_the_same_time_is_all_kept(test: Arc<TestDb>) {
    let settings = Settings::new(test.db.clone());
    let owner = Id::FIRST_OWNER;
    let add = |number: u8| {
        let settings = settings.clone();
        tokio::spawn(async move {
            let (chosen, held) = settings.hold::<Vec<u8>>(owner, "numbers").await.unwrap();
            let mut numbers = chosen.unwrap_or_default();
            numbers.push(number);
            held.put(&numbers).await.unwrap();
        })
    };
    let adding: Vec<_> = (0..4).map(add).collect();
    for added in adding {
        added.await.unwrap();
    }
    let mut numbers = settings.get::<Vec<u8>>(owner, "numbers").await.unwrap().unwrap();
    numbers.sort_unstable();
    assert_eq!(numbers, [0, 1, 2, 3]);
    // Who lets it go changes nothing.
    let (none, held) = settings.hold::<u8>(owner, "other").await.unwrap();
    assert_eq!(none, None);
    drop(held);
    assert_eq!(settings.get::<u8>(owner, "other").await.unwrap(), None);
}
