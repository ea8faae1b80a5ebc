//! What documents say of themselves is kept with them.

use crate::support::{OWNER, Running};
use library::Config;
use store::testing::TestDb;

#[tokio::test]
async fn it_is_kept_with_the_document() {
    let test = TestDb::sqlite().await;
    let running = Running::start(&test, Config::default()).await;
    let matter = "---\npublisher: Sea Press\ndate: 2014-05\nlang: de\n---\n\n# Notes\n\nWords of the mill.\n";
    let document = running.add("notes.md", matter).await;
    let expected = (Some("Sea Press"), Some("2014-05"), None, Some("de"));
    let shown = |document: &library::Document| {
        let date = |date: Option<library::PartialDate>| date.map(|date| date.to_string());
        (document.publisher.clone(), date(document.published), date(document.made), document.language.clone())
    };
    let owned = |text: Option<&str>| text.map(str::to_owned);
    let expected = (owned(expected.0), owned(expected.1), owned(expected.2), owned(expected.3));
    assert_eq!(shown(&document), expected);
    running.library.reprocess(OWNER, document.id).await.unwrap();
    assert_eq!(shown(&running.settled(document.id).await), expected);
    running.stop().await;
}
