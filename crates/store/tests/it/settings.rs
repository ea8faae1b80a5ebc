//! Settings by name.

use base::Id;
use std::sync::Arc;
use store::{DbError, Settings, on_each_database, testing::TestDb};

on_each_database![a_setting_is_made_changed_and_taken_away];

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
