//! Links to conversations: what others read, until when, behind which password, and what they may go on with.

use crate::stage::{OWNER, Stage};
use base::{Clock, Id, ManualClock, SystemClock, new_id};
use chat::{
    Conversation, Image, NewShare, NewTurn, Preferences, Refresh, SharePatch, Shares, SharesError, Shown,
    shares::Reader,
};
use llm::{ChatEvent, Citation, StopReason, Usage};
use std::{sync::Arc, time::Duration};
use store::testing::TestDb;

store::on_each_database!(
    a_copy_holds_what_was_shown_and_nothing_that_is_private,
    what_is_said_later_is_read_when_its_owner_says_so,
    a_link_ends_at_its_moment_and_when_it_is_taken_back,
    a_deleted_conversation_is_read_by_nobody,
    a_password_is_asked_for_and_guessed_only_so_often,
    others_are_counted_and_the_owner_is_not,
    a_copy_goes_on_as_a_conversation_of_ones_own,
    nobody_elses_links_can_be_seen_or_changed,
    there_is_nothing_to_share_before_something_was_said,
);

const HOUR: Duration = Duration::from_secs(3_600);
const EVERYTHING: Shown = Shown { system: true, sources: true, reasoning: true, costs: true };

struct Sharing {
    stage: Stage,
    clock: Arc<ManualClock>,
    shares: Shares,
    conversation: Conversation,
}

impl Sharing {
    async fn new(test: Arc<TestDb>) -> Self {
        let stage = Stage::new(test).await;
        let clock = Arc::new(ManualClock::at(SystemClock::default().now()));
        let shares = Shares::by(Arc::clone(&stage.chat), Arc::clone(&clock) as Arc<dyn Clock>);
        let conversation = stage.conversation().await;
        Self { stage, clock, shares, conversation }
    }

    /// A question and an answer with everything that an answer may have.
    async fn asked(test: Arc<TestDb>) -> Self {
        let sharing = Self::new(test).await;
        sharing.stage.chat.set_preferences(Preferences {
            system_prompt: "Be brief.".into(),
            default_model: crate::stage::MODEL.into(),
            ..Preferences::default()
        });
        let lines = sharing.stage.actor.next();
        let citation = Citation {
            index: 1,
            chunk_id: "chunk-9".into(),
            document_id: "document-9".into(),
            title: "Almanac".into(),
            heading: None,
            page: Some(3),
            quote: "It rises at six.".into(),
        };
        for event in [
            ChatEvent::Reasoning { delta: "Dawn, then.".into() },
            ChatEvent::Text { delta: "At six [1].".into() },
            ChatEvent::Citation(citation),
            ChatEvent::Usage(Usage { input: 7, output: 3, ..Usage::default() }),
            ChatEvent::Stopped { reason: StopReason::EndTurn },
        ] {
            lines.send(Ok(event)).unwrap();
        }
        let image = Image {
            media_type: "image/png".into(),
            data: "iVBORw0=".into(),
            alt: "The sun".into(),
            gone: None,
            blob: None,
        };
        let new = NewTurn { text: "When does it rise?".into(), images: vec![image], ..NewTurn::default() };
        let started = sharing.stage.chat.start_turn(OWNER, sharing.conversation.id, new).await.unwrap();
        sharing.stage.finished(&started.reply).await;
        sharing
    }

    async fn share(&self, new: NewShare) -> chat::Share {
        self.shares.create(OWNER, self.conversation.id, new).await.unwrap()
    }

    async fn read(&self, token: &str) -> Result<chat::Opened, SharesError> {
        self.shares.open(token, None, Reader::Other).await
    }

    async fn leads_nowhere(&self, token: &str) {
        let error = self.read(token).await.unwrap_err();
        assert!(matches!(error, SharesError::NoLink), "{error:?}");
        assert_eq!(error.to_string(), self.read("nobody-gave-this-out").await.unwrap_err().to_string());
    }
}

fn words(opened: &chat::Opened) -> Vec<&str> {
    opened.snapshot.messages.iter().map(|message| message.text.as_str()).collect()
}

async fn a_copy_holds_what_was_shown_and_nothing_that_is_private(test: Arc<TestDb>) {
    let sharing = Sharing::asked(test).await;
    let bare = sharing.share(NewShare::default()).await;
    assert_eq!((bare.messages, bare.has_password, bare.views), (2, false, 0));
    assert_eq!(bare.token.len(), 32, "192 bits");
    let opened = sharing.read(&bare.token).await.unwrap();
    assert_eq!(words(&opened), ["When does it rise?", "At six [1]."]);
    assert_eq!(opened.snapshot.title, "When does it rise?");
    assert_eq!(opened.snapshot.model.as_deref(), Some(crate::stage::MODEL));
    assert_eq!(opened.snapshot.messages[0].images[0].alt, "The sun");
    let told = serde_json::to_string(&opened.snapshot).unwrap();
    for private in ["Be brief", "Dawn, then", "Almanac", "chunk-9", "document-9", "cost", "exchange"] {
        assert!(!told.contains(private), "{private} in {told}");
    }
    let ids = sharing.stage.chat.messages(OWNER, sharing.conversation.id).await.unwrap();
    for id in ids.iter().map(|message| message.id).chain([sharing.conversation.id]) {
        assert!(!told.contains(&id.to_string()), "{told}");
    }

    let whole = sharing.share(NewShare { shown: EVERYTHING, ..NewShare::default() }).await;
    let opened = sharing.read(&whole.token).await.unwrap().snapshot;
    assert_eq!(opened.system.as_deref(), Some("Be brief."));
    let answer = &opened.messages[1];
    assert_eq!(answer.reasoning, "Dawn, then.");
    assert_eq!((answer.sources[0].title.as_str(), answer.sources[0].page), ("Almanac", Some(3)));
    let cost = answer.cost.as_ref().unwrap();
    assert_eq!((cost.input_tokens, cost.output_tokens, cost.amount.is_some()), (7, 3, true));
    let told = serde_json::to_string(&opened).unwrap();
    assert!(!told.contains("chunk-9") && !told.contains("document-9"), "{told}");
    assert_ne!(bare.token, whole.token);
}

async fn what_is_said_later_is_read_when_its_owner_says_so(test: Arc<TestDb>) {
    let sharing = Sharing::asked(test).await;
    let share = sharing.share(NewShare::default()).await;
    let leaf = sharing.stage.chat.get(OWNER, sharing.conversation.id).await.unwrap().leaf_id;
    sharing.stage.actor.says("At eight.");
    let started = sharing.stage.say(&sharing.conversation, leaf, "And when does it set?").await;
    sharing.stage.finished(&started.reply).await;
    assert_eq!(words(&sharing.read(&share.token).await.unwrap()).len(), 2);

    sharing.clock.advance(HOUR);
    let patch = SharePatch { refresh: Refresh::Anew, ..SharePatch::default() };
    let anew = sharing.shares.update(OWNER, share.id, patch).await.unwrap();
    assert_eq!((anew.token.as_str(), anew.messages), (share.token.as_str(), 4));
    assert!(anew.updated_at > share.updated_at && anew.created_at == share.created_at);
    assert_eq!(words(&sharing.read(&share.token).await.unwrap())[3], "At eight.");

    let patch = SharePatch { shown: Some(EVERYTHING), ..SharePatch::default() };
    sharing.shares.update(OWNER, share.id, patch).await.unwrap();
    assert_eq!(sharing.read(&share.token).await.unwrap().snapshot.messages[1].reasoning, "Dawn, then.");
}

async fn a_link_ends_at_its_moment_and_when_it_is_taken_back(test: Arc<TestDb>) {
    let sharing = Sharing::asked(test).await;
    let end = sharing.clock.now().plus(HOUR);
    let share = sharing.share(NewShare { expires_at: Some(end), ..NewShare::default() }).await;
    sharing.clock.advance(HOUR - Duration::from_millis(1));
    assert_eq!(sharing.read(&share.token).await.unwrap().expires_at, Some(end));
    sharing.clock.advance(Duration::from_millis(1));
    sharing.leads_nowhere(&share.token).await;
    let listed = sharing.shares.list(OWNER, None).await.unwrap();
    assert_eq!((listed.len(), listed[0].expires_at), (1, Some(end)), "its owner sees it still");

    let past = SharePatch { expires_at: Some(Some(end)), ..SharePatch::default() };
    let refused = sharing.shares.update(OWNER, share.id, past).await.unwrap_err();
    assert!(matches!(refused, SharesError::Past(_)), "{refused:?}");
    let never = SharePatch { expires_at: Some(None), ..SharePatch::default() };
    assert_eq!(sharing.shares.update(OWNER, share.id, never).await.unwrap().expires_at, None);
    sharing.read(&share.token).await.unwrap();

    sharing.shares.revoke(OWNER, share.id).await.unwrap();
    sharing.leads_nowhere(&share.token).await;
    assert!(sharing.shares.list(OWNER, None).await.unwrap().is_empty());
    let again = sharing.shares.revoke(OWNER, share.id).await.unwrap_err();
    assert!(matches!(again, SharesError::NoShare(_)), "{again:?}");
}

async fn a_deleted_conversation_is_read_by_nobody(test: Arc<TestDb>) {
    let sharing = Sharing::asked(test).await;
    let share = sharing.share(NewShare::default()).await;
    sharing.stage.chat.delete(OWNER, sharing.conversation.id).await.unwrap();
    sharing.leads_nowhere(&share.token).await;
    assert!(sharing.shares.list(OWNER, None).await.unwrap().is_empty());
    sharing.stage.chat.restore(OWNER, sharing.conversation.id).await.unwrap();
    sharing.read(&share.token).await.unwrap();
}

async fn a_password_is_asked_for_and_guessed_only_so_often(test: Arc<TestDb>) {
    let sharing = Sharing::asked(test).await;
    let short = NewShare { password: Some("short".into()), ..NewShare::default() };
    let refused = sharing.shares.create(OWNER, sharing.conversation.id, short).await.unwrap_err();
    assert!(matches!(refused, SharesError::BadPassword), "{refused:?}");

    let locked = NewShare { password: Some("correct horse".into()), ..NewShare::default() };
    let share = sharing.share(locked).await;
    assert!(share.has_password);
    let refused = sharing.read(&share.token).await.unwrap_err();
    assert!(matches!(refused, SharesError::Locked), "{refused:?}");
    let give = |password: &str| sharing.shares.unlock(&share.token, password.to_owned());
    let ticket = give("correct horse").await.unwrap().unwrap();
    let with = |ticket: &str| {
        let ticket = ticket.to_owned();
        async { sharing.shares.open(&share.token, Some(&{ ticket }), Reader::Other).await }
    };
    assert_eq!(words(&with(&ticket).await.unwrap()).len(), 2);
    assert!(matches!(with("made-up").await.unwrap_err(), SharesError::Locked));
    let other =
        sharing.share(NewShare { password: Some("another word".into()), ..NewShare::default() }).await;
    let elsewhere = sharing.shares.open(&other.token, Some(&ticket), Reader::Other).await.unwrap_err();
    assert!(matches!(elsewhere, SharesError::Locked), "a ticket is for one link: {elsewhere:?}");

    for _ in 0..5 {
        assert!(matches!(give("wrong horse").await.unwrap_err(), SharesError::WrongPassword));
    }
    let enough = give("correct horse").await.unwrap_err();
    assert!(matches!(enough, SharesError::TooManyTries { minutes: 10 }), "{enough:?}");
    with(&ticket).await.expect("who is in stays in");
    sharing.clock.advance(Duration::from_secs(601));
    let ticket = give("correct horse").await.unwrap().unwrap();
    sharing.clock.advance(HOUR);
    assert!(matches!(with(&ticket).await.unwrap_err(), SharesError::Locked), "tickets end");

    let ticket = give("correct horse").await.unwrap().unwrap();
    let change = SharePatch { password: Some(Some("battery staple".into())), ..SharePatch::default() };
    sharing.shares.update(OWNER, share.id, change).await.unwrap();
    assert!(
        matches!(with(&ticket).await.unwrap_err(), SharesError::Locked),
        "another password, other tickets"
    );
    assert!(matches!(give("correct horse").await.unwrap_err(), SharesError::WrongPassword));
    let open = SharePatch { password: Some(None), ..SharePatch::default() };
    assert!(!sharing.shares.update(OWNER, share.id, open).await.unwrap().has_password);
    sharing.read(&share.token).await.unwrap();
    assert_eq!(give("anything").await.unwrap(), None, "nothing is locked");
}

async fn others_are_counted_and_the_owner_is_not(test: Arc<TestDb>) {
    let sharing = Sharing::asked(test).await;
    let share = sharing.share(NewShare::default()).await;
    sharing.shares.open(&share.token, None, Reader::Owner).await.unwrap();
    let views = async || sharing.shares.list(OWNER, Some(sharing.conversation.id)).await.unwrap()[0].clone();
    assert_eq!((views().await.views, views().await.viewed_at), (0, None));
    sharing.clock.advance(HOUR);
    sharing.read(&share.token).await.unwrap();
    sharing.read(&share.token).await.unwrap();
    assert_eq!((views().await.views, views().await.viewed_at), (2, Some(sharing.clock.now())));
    assert!(sharing.shares.list(OWNER, Some(new_id())).await.unwrap().is_empty());
}

async fn a_copy_goes_on_as_a_conversation_of_ones_own(test: Arc<TestDb>) {
    let sharing = Sharing::asked(test).await;
    let share = sharing.share(NewShare { shown: EVERYTHING, ..NewShare::default() }).await;
    let reader = new_id();
    sharing.stage.test_db.add_owner(reader).await;
    let copy = sharing.shares.copy(reader, &share.token, None).await.unwrap();
    assert_ne!(copy.id, sharing.conversation.id);
    assert_eq!(copy.title, "When does it rise?");
    let messages = sharing.stage.chat.messages(reader, copy.id).await.unwrap();
    assert_eq!(messages.len(), 2);
    let sun = &messages[0].body.images[0];
    assert_eq!((sun.alt.as_str(), sun.data.as_str()), ("The sun", "iVBORw0="));
    assert_eq!(messages[1].reasoning(), "Dawn, then.");
    assert_eq!(copy.leaf_id, Some(messages[1].id));
    assert_eq!(sharing.shares.copy(reader, &share.token, None).await.unwrap().id, copy.id, "once is enough");
    let own = sharing.shares.copy(OWNER, &share.token, None).await.unwrap();
    assert!(own.id != copy.id && own.id != sharing.conversation.id);

    sharing.stage.actor.says("At six, still.");
    let started = sharing.stage.say(&own, own.leaf_id, "Sure?").await;
    assert_eq!(sharing.stage.finished(&started.reply).await.text, "At six, still.");
    assert_eq!(words(&sharing.read(&share.token).await.unwrap()).len(), 2, "what is shared stays");

    let leaf = sharing.stage.chat.get(OWNER, sharing.conversation.id).await.unwrap().leaf_id;
    sharing.stage.actor.says("At eight.");
    let started = sharing.stage.say(&sharing.conversation, leaf, "And when does it set?").await;
    sharing.stage.finished(&started.reply).await;
    let patch = SharePatch { refresh: Refresh::Anew, ..SharePatch::default() };
    sharing.shares.update(OWNER, share.id, patch).await.unwrap();
    sharing.shares.copy(reader, &share.token, None).await.unwrap();
    assert_eq!(
        sharing.stage.chat.messages(reader, copy.id).await.unwrap().len(),
        4,
        "what came since is added"
    );
}

async fn nobody_elses_links_can_be_seen_or_changed(test: Arc<TestDb>) {
    let sharing = Sharing::asked(test).await;
    let share = sharing.share(NewShare::default()).await;
    let other: Id = new_id();
    assert!(sharing.shares.list(other, None).await.unwrap().is_empty());
    let theirs =
        sharing.shares.create(other, sharing.conversation.id, NewShare::default()).await.unwrap_err();
    assert_eq!(theirs.kind(), base::ErrorKind::NotFound);
    let patch = SharePatch { password: Some(Some("taken over!".into())), ..SharePatch::default() };
    let changed = sharing.shares.update(other, share.id, patch).await.unwrap_err();
    assert!(matches!(changed, SharesError::NoShare(_)), "{changed:?}");
    let gone = sharing.shares.revoke(other, share.id).await.unwrap_err();
    assert!(matches!(gone, SharesError::NoShare(_)), "{gone:?}");
    sharing.read(&share.token).await.unwrap();
}

async fn there_is_nothing_to_share_before_something_was_said(test: Arc<TestDb>) {
    let sharing = Sharing::new(test).await;
    let id = sharing.conversation.id;
    let empty = sharing.shares.create(OWNER, id, NewShare::default()).await.unwrap_err();
    assert!(matches!(empty, SharesError::Empty), "{empty:?}");
    let lines = sharing.stage.actor.next();
    let started = sharing.stage.say(&sharing.conversation, None, "Go on").await;
    let writing = sharing.shares.create(OWNER, id, NewShare::default()).await.unwrap_err();
    assert_eq!(writing.kind(), base::ErrorKind::Conflict);
    lines.send(Ok(ChatEvent::Text { delta: "There.".into() })).unwrap();
    lines.send(Ok(ChatEvent::Stopped { reason: StopReason::EndTurn })).unwrap();
    sharing.stage.finished(&started.reply).await;
    sharing.share(NewShare::default()).await;
}
