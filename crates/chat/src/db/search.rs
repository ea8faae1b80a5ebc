//! Lists of conversations: by date, of a folder, and those in which something is found.

use super::{COLUMNS, Result, read_conversation};
use crate::{
    error::ChatError,
    model::{Archived, Conversation, ListConversations, Pinned},
    search::{Has, Is, Search},
};
use base::{Id, OwnerId};
use sqlx::Row;
use store::{
    Db, Engine, Sought,
    columns::{self, containing, read_cursor},
    folded,
};

/// What is asked for, with the names in it found.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted<'a> {
    pub(crate) list: &'a ListConversations,
    pub(crate) search: &'a Search,
    /// For each `folder:` the folders that are called so, with all within them.
    pub(crate) folders: &'a [Vec<Id>],
    /// For each `persona:` those who are called so.
    pub(crate) personas: &'a [Vec<Id>],
}

/// A value of a condition.
enum Value {
    Text(String),
    Whole(i64),
}

/// Conditions that all hold, and their values.
struct Conditions {
    engine: Engine,
    sql: Vec<String>,
    values: Vec<Value>,
}

impl Conditions {
    /// The place of a value.
    fn text(&mut self, value: impl Into<String>) -> String {
        self.values.push(Value::Text(value.into()));
        format!("${}", self.values.len())
    }

    fn whole(&mut self, value: i64) -> String {
        self.values.push(Value::Whole(value));
        format!("${}", self.values.len())
    }

    fn add(&mut self, condition: impl Into<String>) {
        self.sql.push(condition.into());
    }

    fn ids(&mut self, ids: &[Id]) -> String {
        ids.iter().map(|id| self.text(id.to_string())).collect::<Vec<_>>().join(", ")
    }

    /// A word and the places of its patterns.
    fn word(&mut self, word: &str) -> (Sought, Vec<String>) {
        let sought = Sought::of(self.engine, word);
        let places = sought.patterns().iter().map(|pattern| self.text(pattern.as_str())).collect();
        (sought, places)
    }

    fn search(&mut self, wanted: Wanted<'_>) -> Option<String> {
        let search = wanted.search;
        let mut in_text = Vec::with_capacity(search.words.len());
        for word in &search.words {
            let (sought, places) = self.word(word);
            let text = sought.held_by("m.text", &places);
            self.add(format!("({} OR {})", sought.held_by("title", &places), in_a_message(&text)));
            in_text.push(text);
        }
        for tag in &search.tags {
            let pattern = self.text(containing(&columns::to_json(tag)));
            self.add(format!("tags LIKE {pattern} ESCAPE '!'"));
        }
        for folders in wanted.folders {
            let ids = self.ids(folders);
            self.add(if ids.is_empty() { "1 = 0".to_owned() } else { format!("folder_id IN ({ids})") });
        }
        for model in &search.models {
            let (sought, places) = self.word(model);
            let answered = in_a_message(&sought.held_by("m.model", &places));
            self.add(format!("({} OR {answered})", sought.held_by("model", &places)));
        }
        for personas in wanted.personas {
            let ids = self.ids(personas);
            let cast: Vec<String> = personas
                .iter()
                .map(|id| format!("persona LIKE {}", self.text(containing(&id.to_string()))))
                .collect();
            self.add(if ids.is_empty() {
                "1 = 0".to_owned()
            } else {
                format!("({} OR {})", cast.join(" OR "), in_a_message(&format!("m.persona_id IN ({ids})")))
            });
        }
        if let Some(before) = search.before {
            let at = self.whole(before.millis());
            self.add(format!("updated_at < {at}"));
        }
        if let Some(after) = search.after {
            let at = self.whole(after.millis());
            self.add(format!("updated_at >= {at}"));
        }
        search.has.iter().for_each(|has| self.add(has_it(*has)));
        if search.is.contains(&Is::Pinned) {
            self.add("pinned_at IS NOT NULL");
        }
        (!in_text.is_empty()).then(|| in_text.join(" OR "))
    }
}

fn in_a_message(condition: &str) -> String {
    format!(
        "EXISTS (SELECT 1 FROM message m WHERE m.conversation_id = conversation.id AND m.deleted_at IS NULL \
         AND {condition})"
    )
}

/// Where something is in a conversation. The bodies of messages are JSON, in which only a field has its quotation marks bare.
fn has_it(has: Has) -> String {
    let field = |name: &str| in_a_message(&format!("m.body LIKE '%\"{name}\":[%' ESCAPE '!'"));
    match has {
        Has::Image => field("images"),
        Has::Source => field("citations"),
        Has::Tool => field("tool!_uses"),
        Has::Memory => field("remembered"),
        Has::Code => in_a_message("m.text LIKE '%```%'"),
        Has::Error => in_a_message("m.status = 'failed'"),
        Has::Tag => "tags IS NOT NULL".to_owned(),
        Has::Folder => {
            "EXISTS (SELECT 1 FROM folder f WHERE f.id = conversation.folder_id AND f.deleted_at IS NULL)"
                .to_owned()
        }
    }
}

/// A page of conversations: of a folder in its order, else the latest first.
pub(crate) async fn list(db: &Db, owner: OwnerId, wanted: Wanted<'_>) -> Result<Vec<Conversation>> {
    let Wanted { list, search, .. } = wanted;
    let (before, before_id) = match &list.cursor {
        Some(cursor) => read_cursor(cursor).ok_or_else(|| ChatError::BadCursor(cursor.to_owned()))?,
        None => (i64::MAX, "~".to_owned()),
    };
    let mut all = Conditions { engine: db.engine(), sql: Vec::new(), values: Vec::new() };
    let holder = all.text(owner.to_string());
    all.add(format!("owner = {holder} AND deleted_at IS NULL"));
    let key = if in_order(list, search) { "COALESCE(rank, updated_at * 1000000)" } else { "updated_at" };
    let (at, id) = (all.whole(before), all.text(before_id));
    all.add(format!("({key} < {at} OR ({key} = {at} AND id < {id}))"));
    if let Some(folder_id) = list.folder {
        let folder = all.text(folder_id.to_string());
        all.add(format!("folder_id = {folder}"));
    }
    let archived = if search.is.contains(&Is::Archived) { Archived::Only } else { list.archived };
    match archived {
        Archived::Too => {}
        Archived::Not => all.add("archived_at IS NULL"),
        Archived::Only => all.add("archived_at IS NOT NULL"),
    }
    match list.pinned {
        Pinned::Too => {}
        Pinned::Not => all.add("pinned_at IS NULL"),
        Pinned::Only => all.add("pinned_at IS NOT NULL"),
    }
    let found = all.search(wanted).map_or_else(String::new, |any| {
        format!(
            ", (SELECT m.text FROM message m WHERE m.conversation_id = conversation.id AND m.deleted_at IS NULL \
             AND ({any}) ORDER BY m.id LIMIT 1) AS found"
        )
    });
    let limit = all.whole(i64::from(list.limit));
    let sql = format!(
        "SELECT {COLUMNS}{found} FROM conversation WHERE {} ORDER BY {key} DESC, id DESC LIMIT {limit}",
        all.sql.join(" AND ")
    );
    let query =
        all.values.into_iter().fold(sqlx::query(sqlx::AssertSqlSafe(sql)), |query, value| match value {
            Value::Text(text) => query.bind(text),
            Value::Whole(number) => query.bind(number),
        });
    let rows = query.fetch_all(db.pool()).await?;
    rows.iter()
        .map(|row| {
            let text: Option<String> =
                if found.is_empty() { None } else { row.try_get("found").unwrap_or_default() };
            let snippet = text.map(|text| snippet(&text, &search.words));
            Ok(Conversation { snippet, ..read_conversation(row)? })
        })
        .collect()
}

/// Whether the order is the one that a person makes.
fn in_order(list: &ListConversations, search: &Search) -> bool {
    list.folder.is_some() && search.is_empty()
}

/// What follows a page that ends with this conversation.
pub(crate) fn cursor(wanted: Wanted<'_>, last: &Conversation) -> String {
    if in_order(wanted.list, wanted.search) {
        return format!("{}.{}", last.filed.rank, last.id);
    }
    columns::cursor(last.updated_at, last.id)
}

/// About 120 characters of `text` around the first place that holds one of the words.
fn snippet(text: &str, words: &[String]) -> String {
    let characters: Vec<char> = text.split_whitespace().collect::<Vec<_>>().join(" ").chars().collect();
    let lower: Vec<char> = characters.iter().copied().map(folded).collect();
    let place = |word: &String| {
        let needle: Vec<char> = word.chars().map(folded).collect();
        lower.windows(needle.len().max(1)).position(|window| window == needle)
    };
    let at = words.iter().filter_map(place).min().unwrap_or(0);
    let (from, to) = (at.saturating_sub(40), (at + 80).min(characters.len()));
    let middle: String = characters.get(from..to).unwrap_or_default().iter().collect();
    format!("{}{middle}{}", if from > 0 { "…" } else { "" }, if to < characters.len() { "…" } else { "" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snippet_shows_the_words_in_their_surroundings() {
        let text = format!("{} the Needle stands {}", "before ".repeat(20), "after ".repeat(40));
        let found = snippet(&text, &["nowhere".to_owned(), "needle".to_owned()]);
        assert!(
            found.contains("the Needle stands") && found.starts_with('…') && found.ends_with('…'),
            "{found}"
        );
        assert_eq!(snippet("Ünïcode", &["ï".to_owned()]), "Ünïcode");
        let text = format!("{} Ο ΛΌΓΟΣ.", "πριν ".repeat(40));
        assert!(snippet(&text, &["λόγος".to_owned()]).ends_with("ΛΌΓΟΣ."), "a sigma at the end is a sigma");
    }
}
