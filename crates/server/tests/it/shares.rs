//! Links to conversations: `/api/shares` for their owner, `/s` and `/api/shared` for whoever has the link, at the page's own
//! address and at the one that other machines reach.

use crate::{
    client::{Client, Reply},
    stage::Stage,
};
use http::Method;
use serde_json::{Value, json};
use server::{Addresses, Listeners, lanes::Lanes};
use std::{net::SocketAddr, sync::Arc};
use tokio_util::sync::CancellationToken;

/// A conversation with a question and its answer.
async fn asked(stage: &Stage) -> String {
    let conversation = stage.conversation().await;
    stage.upstream.queue(testkit::Reply::text("At six."));
    let mut events = stage.client.events(&format!("{conversation}/events"), None).await;
    stage.say(&conversation, "When does the sun rise?").await;
    events.until(|event| event["type"] == "finished").await;
    conversation.trim_start_matches("/api/conversations/").to_owned()
}

async fn share(stage: &Stage, more: Value) -> Value {
    let mut body = more;
    body["conversation_id"] = json!(asked(stage).await);
    stage.client.post("/api/shares", &body).await.ok(201)
}

/// `/s/TOKEN` as `/api/shared/TOKEN`.
fn shared(share: &Value) -> String {
    share["path"].as_str().unwrap().replace("/s/", "/api/shared/")
}

fn is_kept_nowhere(reply: &Reply) {
    assert_eq!(reply.header("cache-control"), "no-store");
    assert_eq!(reply.header("x-robots-tag"), "noindex, nofollow");
    assert_eq!(reply.header("referrer-policy"), "no-referrer");
    assert!(reply.header("content-security-policy").contains("default-src 'self'"));
}

#[tokio::test]
async fn a_link_is_made_read_changed_and_taken_back() {
    let stage = Stage::start().await;
    let made = share(&stage, json!({})).await;
    assert_eq!(
        (&made["messages"], &made["has_password"], &made["views"]),
        (&json!(2), &json!(false), &json!(0))
    );
    let path = shared(&made);
    let reply = stage.client.get(&path).await;
    is_kept_nowhere(&reply);
    let read = reply.ok(200);
    assert_eq!(read["messages"][1]["text"], "At six.");
    assert_eq!((&read["can_copy"], &read["system"]), (&json!(true), &Value::Null));
    let told = read.to_string();
    for private in [made["conversation_id"].as_str().unwrap(), "exchange", "owner", "cost", "tokens"] {
        assert!(!told.contains(private), "{private} in {told}");
    }
    stage.client.get(&format!("{path}?own=true")).await.ok(200);
    let list = stage.client.get("/api/shares").await.ok(200);
    assert_eq!((&list["shares"][0]["views"], &list["exposed"]), (&json!(1), &Value::Null));

    let one = format!("/api/shares/{}", made["id"].as_str().unwrap());
    let wanted = json!({ "shown": { "costs": true }, "expires_at": "2126-01-01", "refresh": true });
    let changed = stage.client.patch(&one, &wanted).await.ok(200);
    assert_eq!((&changed["path"], &changed["shown"]["costs"]), (&made["path"], &json!(true)));
    assert_eq!(changed["expires_at"], "2126-01-01T00:00:00.000Z");
    assert!(stage.client.get(&path).await.ok(200)["messages"][1]["cost"]["output_tokens"].as_u64() > Some(0));
    let forever = stage.client.patch(&one, &json!({ "expires_at": "" })).await.ok(200);
    assert_eq!(forever["expires_at"], Value::Null);
    for wrong in [
        json!({ "expires_at": "2001-01-01" }),
        json!({ "expires_at": "tomorrow" }),
        json!({ "password": "short" }),
        json!({ "shown": { "memory": true } }),
    ] {
        stage.client.patch(&one, &wrong).await.problem(422, "invalid");
    }

    let copy = stage.client.post(&format!("{path}/copy"), &json!({})).await.ok(201);
    assert_ne!(copy["id"], made["conversation_id"]);
    let again = stage.client.post(&format!("{path}/copy"), &json!({})).await.ok(201);
    assert_eq!(again["id"], copy["id"]);

    assert_eq!(stage.client.delete(&one).await.status, 204);
    stage.client.delete(&one).await.problem(404, "not_found");
    stage.client.patch(&one, &json!({ "refresh": true })).await.problem(404, "not_found");
}

#[tokio::test]
async fn whatever_leads_nowhere_is_told_in_the_same_words() {
    let stage = Stage::start().await;
    let revoked = share(&stage, json!({ "password": "correct horse" })).await;
    let deleted = share(&stage, json!({})).await;
    let id = revoked["id"].as_str().unwrap();
    assert_eq!(stage.client.delete(&format!("/api/shares/{id}")).await.status, 204);
    let conversation = deleted["conversation_id"].as_str().unwrap();
    assert_eq!(stage.client.delete(&format!("/api/conversations/{conversation}")).await.status, 204);
    let mut told = Vec::new();
    for path in [
        shared(&revoked),
        shared(&deleted),
        "/api/shared/nobody-gave-this-out".to_owned(),
        "/api/shared/%00".to_owned(),
    ] {
        let reply = stage.client.get(&path).await;
        is_kept_nowhere(&reply);
        let mut problem = reply.problem(404, "not_found");
        problem["correlation_id"] = Value::Null;
        told.push(problem);
        let opened =
            stage.client.post(&format!("{path}/open"), &json!({ "password": "correct horse" })).await;
        is_kept_nowhere(&opened);
        opened.problem(404, "not_found");
        stage.client.post(&format!("{path}/copy"), &json!({})).await.problem(404, "not_found");
        let page = stage.client.get(&path.replace("/api/shared/", "/s/")).await;
        is_kept_nowhere(&page);
        assert!(page.status == 404 || page.status == 503, "{}", page.status);
    }
    assert_eq!(told[0], told[1]);
    assert_eq!(told[1], told[2]);
}

#[tokio::test]
async fn a_password_opens_a_link_for_who_gave_it() {
    let stage = Stage::start().await;
    let path = shared(&share(&stage, json!({ "password": "correct horse" })).await);
    let reply = stage.client.get(&path).await;
    is_kept_nowhere(&reply);
    let told = reply.problem(401, "password_needed");
    assert!(!told.to_string().contains("sun"), "{told}");
    stage.client.post(&format!("{path}/copy"), &json!({})).await.problem(401, "password_needed");
    let open = format!("{path}/open");
    let right = stage.client.post(&open, &json!({ "password": "correct horse" })).await;
    assert_eq!(right.status, 204);
    let cookie = right.header("set-cookie").to_owned();
    for part in [format!("Path={path};"), "HttpOnly".to_owned(), "SameSite=Strict".to_owned()] {
        assert!(cookie.contains(&part), "{cookie}");
    }
    let ticket = cookie.split(';').next().unwrap();
    let request = stage.client.request(Method::GET, &path).header("cookie", format!("a=b; {ticket}"));
    let read = stage.client.send(request.body(Default::default()).unwrap()).await.ok(200);
    assert_eq!(read["messages"][0]["text"], "When does the sun rise?");
    for _ in 0..5 {
        let wrong = stage.client.post(&open, &json!({ "password": "wrong horse" })).await;
        wrong.problem(401, "wrong_password");
    }
    stage.client.post(&open, &json!({ "password": "correct horse" })).await.problem(429, "limited");
}

#[tokio::test]
async fn other_machines_reach_links_and_nothing_else_of_the_page() {
    let stage = Stage::start().await;
    let path = shared(&share(&stage, json!({})).await);
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    let free = std::net::TcpListener::bind(any).unwrap().local_addr().unwrap();
    let listeners = Listeners::open(Addresses { listen: any, expose: Some(free) }).await.unwrap();
    let home = Client::new(listeners.address().unwrap());
    let stop = CancellationToken::new();
    let serving =
        tokio::spawn(server::serve(Arc::clone(&stage.app), listeners, Arc::new(Lanes::none()), stop.clone()));
    let outside = Client::new(free);
    let request =
        outside.request(Method::GET, &format!("{path}?own=true")).header("host", "familiar.example");
    let reply = outside.send(request.body(Default::default()).unwrap()).await;
    is_kept_nowhere(&reply);
    let read = reply.ok(200);
    assert_eq!((&read["messages"][1]["text"], &read["can_copy"]), (&json!("At six."), &json!(false)));
    for path in ["/api/shares", "/api/conversations", "/", "/settings", "/index.html", "/s"] {
        assert_eq!(outside.get(path).await.status, 404, "{path}");
    }
    assert_eq!(outside.post(&format!("{path}/copy"), &json!({})).await.status, 404);
    let list = home.get("/api/shares").await.ok(200);
    assert_eq!(list["exposed"], free.to_string());
    assert_eq!(list["shares"][0]["views"], 1, "from outside nobody is the owner");
    stop.cancel();
    serving.await.unwrap().unwrap();
}
