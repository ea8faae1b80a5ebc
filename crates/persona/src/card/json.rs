//! Cards as JSON: V1, V2, V3, Familiar's own, and lorebooks by themselves.

use super::{
    Card, Form, MAX_TEXT_BYTES, Read,
    fields::{Fields, put, put_some},
    unpack_assets, world,
};
use crate::{
    error::{PersonaError, Position},
    lorebook::{Entry, Lorebook, MAX_ENTRIES},
    model::{Asset, Kind, Persona, Style, Trait, Unknown},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// The `format` of Familiar's own JSON.
pub const OWN: &str = "familiar_persona";
/// Where Familiar keeps in a card what cards have no field for.
const EXTENSION: &str = "familiar";
/// What the fields of very old cards are called now.
const OLD_NAMES: [(&str, &str); 5] = [
    ("char_name", "name"),
    ("char_persona", "description"),
    ("world_scenario", "scenario"),
    ("char_greeting", "first_mes"),
    ("example_dialogue", "mes_example"),
];
/// Fields of `data` that SillyTavern also writes beside it, and what it calls them there.
const MIRRORS: [(&str, &str); 8] = [
    ("name", "name"),
    ("description", "description"),
    ("personality", "personality"),
    ("scenario", "scenario"),
    ("first_mes", "first_mes"),
    ("mes_example", "mes_example"),
    ("creatorcomment", "creator_notes"),
    ("tags", "tags"),
];
const BACKFILLED: &str =
    "This is a Character Card V3, here in the form of V2: a program for V3 shows all of it.";

/// Reads a card from JSON.
pub(super) fn read(text: &str) -> Result<Read, PersonaError> {
    let value = parse(text)?;
    let Value::Object(root) = value else {
        return Err(PersonaError::NotACard("it is a list; a card is an object".into()));
    };
    from_object(root)
}

fn parse(text: &str) -> Result<Value, PersonaError> {
    if text.len() > MAX_TEXT_BYTES {
        let found = format!("{} bytes", text.len());
        return Err(PersonaError::TooLarge { what: "the card".into(), found, limit: MAX_TEXT_BYTES });
    }
    serde_json::from_str(text).map_err(|error| {
        let message = error.to_string();
        let message =
            message.rsplit_once(" at line").map_or(message.as_str(), |(message, _)| message).to_owned();
        PersonaError::Syntax { position: Position { line: error.line(), column: error.column() }, message }
    })
}

/// A lorebook by itself; `None` for something else.
pub(super) fn read_lorebook(text: &str) -> Result<Option<Lorebook>, PersonaError> {
    let Value::Object(mut root) = parse(text)? else { return Ok(None) };
    let mut notes = Vec::new();
    if root.get("spec").and_then(Value::as_str) == Some("lorebook_v3") {
        let Some(Value::Object(data)) = root.remove("data") else {
            return Err(PersonaError::NotACard("the lorebook has no `data`".into()));
        };
        return lorebook(data, &mut notes).map(Some);
    }
    if root.get("entries").is_some_and(Value::is_object) {
        return world::read(root).map(Some);
    }
    if root.get("entries").is_some_and(Value::is_array) {
        return lorebook(root, &mut notes).map(Some);
    }
    Ok(None)
}

/// A lorebook as a file of its own.
pub fn write_lorebook(book: &Lorebook) -> Value {
    json!({ "spec": "lorebook_v3", "data": lorebook_value(book) })
}

fn from_object(mut root: Map<String, Value>) -> Result<Read, PersonaError> {
    if root.get("format").and_then(Value::as_str) == Some(OWN) {
        return read_own(root);
    }
    let spec = root.get("spec").and_then(Value::as_str).map(str::to_owned);
    if spec.as_deref() == Some("lorebook_v3") {
        return Err(PersonaError::ALorebook);
    }
    let mut notes = Vec::new();
    let (form, data) = match (spec.as_deref(), root.remove("data")) {
        (Some("chara_card_v2"), Some(Value::Object(data))) => (Form::V2, Some(data)),
        (Some(spec), Some(Value::Object(data))) if spec.starts_with("chara_card_v") => {
            let version =
                root.get("spec_version").and_then(Value::as_str).and_then(|text| text.parse::<f64>().ok());
            if version.is_some_and(|version| version > 3.0) || spec != "chara_card_v3" {
                notes.push(
                    "the card is of a newer version than V3; what is new in it is kept, but not used".into(),
                );
            }
            (Form::V3, Some(data))
        }
        (None, Some(Value::Object(data))) if data.get("name").is_some_and(Value::is_string) => {
            notes.push("the card does not say its version; it is read as V2".into());
            (Form::V2, Some(data))
        }
        (_, Some(other)) => {
            root.insert("data".into(), other);
            (Form::V1, None)
        }
        (_, None) => (Form::V1, None),
    };
    let persona = match data {
        Some(data) => {
            if form == Form::V2 || root.get("spec_version").and_then(Value::as_str) == Some("3.0") {
                root.remove("spec_version");
            }
            root.remove("spec");
            from_data(data, root, &mut notes)?
        }
        None => from_v1(root, &mut notes)?,
    };
    let mut card = Card { persona, ..Card::default() };
    unpack_assets(&mut card);
    Ok(Read { card, form, notes })
}

fn from_v1(mut root: Map<String, Value>, notes: &mut Vec<String>) -> Result<Persona, PersonaError> {
    for (old, new) in OLD_NAMES {
        if !root.contains_key(new)
            && let Some(value) = root.remove(old)
        {
            root.insert(new.to_owned(), value);
        }
    }
    let known = ["description", "personality", "scenario", "first_mes", "mes_example"];
    if !root.get("name").is_some_and(Value::is_string) || !known.iter().any(|field| root.contains_key(*field))
    {
        return Err(PersonaError::NotACard("it has no `name` with a `description` or a greeting".into()));
    }
    let mut fields = Fields::new(root, "", notes);
    let mut persona = Persona::default();
    plain_fields(&mut fields, &mut persona);
    persona.unknown = Unknown { root: fields.map, data: Map::new() };
    Ok(persona)
}

/// The six fields that cards of all versions have.
fn plain_fields(fields: &mut Fields<'_>, persona: &mut Persona) {
    persona.name = fields.text("name");
    persona.description = fields.text("description");
    persona.personality = fields.text("personality");
    persona.scenario = fields.text("scenario");
    persona.greeting = fields.text("first_mes");
    persona.examples = fields.text("mes_example");
}

fn from_data(
    data: Map<String, Value>,
    root: Map<String, Value>,
    notes: &mut Vec<String>,
) -> Result<Persona, PersonaError> {
    let mut persona = Persona::default();
    let mut fields = Fields::new(data, "data.", notes);
    plain_fields(&mut fields, &mut persona);
    persona.creator_notes = fields.text("creator_notes");
    persona.system_prompt = fields.text("system_prompt");
    persona.post_history_instructions = fields.text("post_history_instructions");
    persona.alternate_greetings = fields.texts("alternate_greetings");
    persona.tags = fields.texts("tags");
    persona.creator = fields.text("creator");
    persona.character_version = fields.text("character_version");
    persona.extensions = fields.object("extensions").unwrap_or_default();
    persona.nickname = fields.optional_text("nickname");
    persona.creator_notes_multilingual = fields.object("creator_notes_multilingual");
    persona.source = fields.optional_texts("source");
    persona.group_only_greetings = fields.texts("group_only_greetings");
    persona.creation_date = fields.number("creation_date");
    persona.modification_date = fields.number("modification_date");
    persona.assets = fields.take("assets", "list of files", assets);
    let book = fields.object("character_book");
    let unknown = fields.map;
    persona.lorebook = book.map(|book| lorebook(book, notes)).transpose()?;
    persona.unknown = Unknown { root, data: unknown };
    take_extension(&mut persona, notes);
    Ok(persona)
}

/// Files of a card, if each has all that a file of a card has and nothing else.
fn assets(value: &Value) -> Option<Vec<Asset>> {
    let whole = |asset: &Value| {
        let map = asset.as_object()?;
        let field = |name: &str| map.get(name)?.as_str().map(str::to_owned);
        let read =
            Asset { kind: field("type")?, uri: field("uri")?, name: field("name")?, ext: field("ext")? };
        (map.len() == 4).then_some(read)
    };
    value.as_array()?.iter().map(whole).collect()
}

pub(super) fn lorebook(map: Map<String, Value>, notes: &mut Vec<String>) -> Result<Lorebook, PersonaError> {
    let mut fields = Fields::new(map, "character_book.", notes);
    let entries = fields.take("entries", "list of entries", |value| {
        value.as_array()?.iter().map(|entry| entry.as_object().cloned()).collect::<Option<Vec<_>>>()
    });
    let entries = entries.unwrap_or_default();
    if entries.len() > MAX_ENTRIES {
        let found = format!("{} entries", entries.len());
        return Err(PersonaError::TooLarge { what: "the lorebook".into(), found, limit: MAX_ENTRIES });
    }
    let mut book = Lorebook {
        name: fields.optional_text("name"),
        description: fields.optional_text("description"),
        scan_depth: fields.count("scan_depth"),
        token_budget: fields.count("token_budget"),
        recursive_scanning: fields.flag("recursive_scanning"),
        extensions: fields.object("extensions").unwrap_or_default(),
        entries: Vec::new(),
        unknown: fields.map,
    };
    let numbered = entries.into_iter().enumerate();
    book.entries = numbered
        .map(|(index, map)| entry(Fields::new(map, format!("character_book.entries[{index}]."), notes)))
        .collect();
    Ok(book)
}

fn entry(mut fields: Fields<'_>) -> Entry {
    Entry {
        keys: fields.texts("keys"),
        content: fields.text("content"),
        extensions: fields.object("extensions").unwrap_or_default(),
        enabled: fields.flag("enabled").unwrap_or(true),
        insertion_order: fields.integer("insertion_order").unwrap_or(100),
        case_sensitive: fields.flag("case_sensitive"),
        use_regex: fields.flag("use_regex"),
        constant: fields.flag("constant"),
        name: fields.optional_text("name"),
        priority: fields.integer("priority"),
        id: fields.take("id", "number or text", |id| (id.is_number() || id.is_string()).then(|| id.clone())),
        comment: fields.optional_text("comment"),
        selective: fields.flag("selective"),
        secondary_keys: fields.optional_texts("secondary_keys"),
        position: fields.optional_text("position"),
        unknown: fields.map,
    }
}

/// What Familiar adds to a card.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Extension {
    kind: Kind,
    #[serde(skip_serializing_if = "String::is_empty")]
    backstory: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    traits: Vec<Trait>,
    #[serde(skip_serializing_if = "no_style")]
    style: Style,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    goals: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    knowledge: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    boundaries: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    voice: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<String>,
}

fn no_style(style: &Style) -> bool {
    *style == Style::default()
}

fn take_extension(persona: &mut Persona, notes: &mut Vec<String>) {
    let Some(value) = persona.extensions.get(EXTENSION) else { return };
    let Ok(own) = serde_json::from_value::<Extension>(value.clone()) else {
        notes.push("what Familiar kept in the card is not understood; it is kept as it is".into());
        return;
    };
    persona.extensions.remove(EXTENSION);
    persona.kind = own.kind;
    persona.backstory = own.backstory;
    persona.traits = own.traits;
    persona.style = own.style;
    persona.goals = own.goals;
    persona.knowledge = own.knowledge;
    persona.boundaries = own.boundaries;
    persona.voice = own.voice;
    persona.model = own.model;
}

fn extensions(persona: &Persona) -> Map<String, Value> {
    let own = Extension {
        kind: persona.kind,
        backstory: persona.backstory.clone(),
        traits: persona.traits.clone(),
        style: persona.style,
        goals: persona.goals.clone(),
        knowledge: persona.knowledge.clone(),
        boundaries: persona.boundaries.clone(),
        voice: persona.voice.clone(),
        model: persona.model.clone(),
    };
    let mut extensions = persona.extensions.clone();
    if own != Extension::default()
        && let Ok(value) = serde_json::to_value(own)
    {
        extensions.insert(EXTENSION.into(), value);
    }
    extensions
}

fn read_own(mut root: Map<String, Value>) -> Result<Read, PersonaError> {
    let persona = root.remove("persona").unwrap_or_default();
    let persona: Persona =
        serde_json::from_value(persona).map_err(|error| PersonaError::NotACard(error.to_string()))?;
    let mut card = Card { persona, ..Card::default() };
    unpack_assets(&mut card);
    Ok(Read { card, form: Form::Familiar, notes: Vec::new() })
}

pub(super) fn write_own(persona: &Persona) -> Result<Value, PersonaError> {
    let value = serde_json::to_value(persona)
        .map_err(|error| PersonaError::NotWritten { format: "JSON", reason: error.to_string() })?;
    Ok(json!({ "format": OWN, "version": 1, "persona": value }))
}

fn write_plain(map: &mut Map<String, Value>, persona: &Persona) {
    put(map, "name", json!(persona.name));
    put(map, "description", json!(persona.description));
    put(map, "personality", json!(persona.personality));
    put(map, "scenario", json!(persona.scenario));
    put(map, "first_mes", json!(persona.greeting));
    put(map, "mes_example", json!(persona.examples));
}

/// The card as V1, which has six fields; the rest is lost.
pub(super) fn write_v1(persona: &Persona) -> Value {
    let mut root = persona.unknown.root.clone();
    write_plain(&mut root, persona);
    Value::Object(root)
}

/// The card as V2, with the fields of V3 that it has, which V2 lets pass.
pub(crate) fn write_v2(persona: &Persona) -> Value {
    write_card(persona, "chara_card_v2", "2.0", data(persona))
}

/// The card as V2 beside V3 in one picture.
pub(crate) fn write_backfill(persona: &Persona) -> Value {
    let mut data = data(persona);
    let notes = format!("{BACKFILLED}\n\n{}", persona.creator_notes);
    data.insert("creator_notes".into(), json!(notes.trim()));
    write_card(persona, "chara_card_v2", "2.0", data)
}

/// The card as V3.
pub(crate) fn write_v3(persona: &Persona) -> Value {
    let mut data = data(persona);
    let entries = data.get_mut("character_book").and_then(|book| book.get_mut("entries")?.as_array_mut());
    for entry in entries.into_iter().flatten().filter_map(Value::as_object_mut) {
        entry.entry("use_regex").or_insert(json!(false));
    }
    let version =
        persona.unknown.root.get("spec_version").and_then(Value::as_str).unwrap_or("3.0").to_owned();
    write_card(persona, "chara_card_v3", &version, data)
}

fn write_card(persona: &Persona, spec: &str, version: &str, data: Map<String, Value>) -> Value {
    let mut root = persona.unknown.root.clone();
    for (beside, field) in MIRRORS {
        if root.contains_key(beside)
            && let Some(value) = data.get(field)
        {
            root.insert(beside.to_owned(), value.clone());
        }
    }
    root.insert("spec".into(), json!(spec));
    root.insert("spec_version".into(), json!(version));
    root.insert("data".into(), Value::Object(data));
    Value::Object(root)
}

fn data(persona: &Persona) -> Map<String, Value> {
    let mut data = persona.unknown.data.clone();
    write_plain(&mut data, persona);
    put(&mut data, "creator_notes", json!(persona.creator_notes));
    put(&mut data, "system_prompt", json!(persona.system_prompt));
    put(&mut data, "post_history_instructions", json!(persona.post_history_instructions));
    put(&mut data, "alternate_greetings", json!(persona.alternate_greetings));
    put(&mut data, "tags", json!(persona.tags));
    put(&mut data, "creator", json!(persona.creator));
    put(&mut data, "character_version", json!(persona.character_version));
    put(&mut data, "extensions", Value::Object(extensions(persona)));
    put_some(&mut data, "character_book", persona.lorebook.as_ref().map(lorebook_value));
    put_some(&mut data, "nickname", persona.nickname.clone());
    put_some(&mut data, "creator_notes_multilingual", persona.creator_notes_multilingual.clone());
    put_some(&mut data, "source", persona.source.clone());
    put(&mut data, "group_only_greetings", json!(persona.group_only_greetings));
    put_some(&mut data, "creation_date", persona.creation_date.clone());
    put_some(&mut data, "modification_date", persona.modification_date.clone());
    put_some(&mut data, "assets", persona.assets.as_ref().map(|assets| json!(assets)));
    data
}

fn lorebook_value(book: &Lorebook) -> Value {
    let mut map = book.unknown.clone();
    put_some(&mut map, "name", book.name.clone());
    put_some(&mut map, "description", book.description.clone());
    put_some(&mut map, "scan_depth", book.scan_depth);
    put_some(&mut map, "token_budget", book.token_budget);
    put_some(&mut map, "recursive_scanning", book.recursive_scanning);
    put(&mut map, "extensions", Value::Object(book.extensions.clone()));
    put(&mut map, "entries", Value::Array(book.entries.iter().map(entry_value).collect()));
    Value::Object(map)
}

fn entry_value(entry: &Entry) -> Value {
    let mut map = entry.unknown.clone();
    put(&mut map, "keys", json!(entry.keys));
    put(&mut map, "content", json!(entry.content));
    put(&mut map, "extensions", Value::Object(entry.extensions.clone()));
    // These two have a meaning by themselves, so what could not be read of them goes first.
    map.entry("enabled").or_insert(json!(entry.enabled));
    map.entry("insertion_order").or_insert(json!(entry.insertion_order));
    put_some(&mut map, "case_sensitive", entry.case_sensitive);
    put_some(&mut map, "use_regex", entry.use_regex);
    put_some(&mut map, "constant", entry.constant);
    put_some(&mut map, "name", entry.name.clone());
    put_some(&mut map, "priority", entry.priority);
    put_some(&mut map, "id", entry.id.clone());
    put_some(&mut map, "comment", entry.comment.clone());
    put_some(&mut map, "selective", entry.selective);
    put_some(&mut map, "secondary_keys", entry.secondary_keys.clone());
    put_some(&mut map, "position", entry.position.clone());
    Value::Object(map)
}
