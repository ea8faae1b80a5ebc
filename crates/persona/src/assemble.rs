//! From a persona and what was said to the prompt of a turn.

mod portrait;

pub use portrait::portrait;

use crate::{
    chance::Chance,
    lorebook::{self, Book, Outcome, Scan, Spot, Timed},
    macros::{self, Words},
    model::Persona,
};
use jiff::Zoned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::time::Duration;

/// What precedes a character without instructions of its own; `{{original}}` stands for it.
pub const USUAL_INSTRUCTIONS: &str = "You are {{char}}. Stay {{char}} whatever happens, and say and do only what \
     {{char}} would; never speak or act for {{user}}.";
/// What a member of a group is told about it.
const GROUP_INTRODUCTION: &str = "This is a conversation of several: {{group}} and {{user}}. What others say is given \
     with their name before it.";
/// What a member of a group is told last.
const GROUP_REMINDER: &str = "Write only what {{char}} says and does next, without a name before it, and nothing for \
     anybody else.";
/// Tokens of a window that is not known.
const UNKNOWN_WINDOW: usize = 8_192;

/// Who says something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Instructions.
    #[default]
    System,
    /// The person.
    User,
    /// The character.
    Assistant,
}

impl Role {
    /// The role of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        match name.trim() {
            "system" => Some(Self::System),
            "user" => Some(Self::User),
            "assistant" => Some(Self::Assistant),
            _ => None,
        }
    }
}

/// Something that was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Said<'a> {
    /// By whom.
    pub role: Role,
    /// By whom, by name.
    pub name: &'a str,
    /// What.
    pub text: &'a str,
}

/// What a turn's prompt is made of.
#[derive(Clone, Copy)]
pub struct Scene<'a> {
    /// Who answers.
    pub persona: &'a Persona,
    /// Who asks, where that is a persona as well.
    pub user: Option<&'a Persona>,
    /// What the person is called where they are no persona.
    pub user_name: &'a str,
    /// Instructions for every conversation; may be empty.
    pub instructions: &'a str,
    /// Who else is there, in a group.
    pub company: Option<Company<'a>>,
    /// What else is known at this moment, such as feelings; macros are put in. May be empty.
    pub aside: &'a str,
    /// Lorebooks, the persona's own first.
    pub books: &'a [&'a Book],
    /// What was said, the oldest first.
    pub said: &'a [Said<'a>],
    /// What lasts of lorebooks' entries.
    pub timed: &'a Timed,
    /// The number of the greeting the conversation began with.
    pub greeting: Option<u64>,
    /// What chance goes by: the same for the whole conversation.
    pub seed: u64,
    /// The moment, where the person is.
    pub now: &'a Zoned,
    /// How long the person said nothing.
    pub idle: Option<Duration>,
    /// The model that is asked.
    pub model: &'a str,
    /// Tokens that the model takes; 0 where nobody knows.
    pub window_tokens: usize,
    /// Counts the tokens of a text.
    pub count: &'a dyn Fn(&str) -> usize,
}

/// The others of a group.
#[derive(Debug, Clone, Copy)]
pub struct Company<'a> {
    /// All members by the names they are called, the speaker among them.
    pub names: &'a str,
    /// Those whose cards are told as well, without the speaker.
    pub told: &'a [&'a Persona],
}

/// Something that is put between the messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Insert {
    /// Before which of the messages; their number for after the last.
    pub before: usize,
    /// Who says it.
    pub role: Role,
    /// What.
    pub text: String,
}

/// What a prompt takes, in tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tokens {
    /// What is always there.
    pub permanent: usize,
    /// Example dialogue.
    pub examples: usize,
    /// Entries of lorebooks.
    pub lore: usize,
}

/// The prompt of a turn.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Prompt {
    /// The instructions that come first.
    pub system: String,
    /// What stands between the messages, in order.
    pub inserts: Vec<Insert>,
    /// What was found in lorebooks, and what lasts of it.
    pub lore: Outcome,
    /// What it takes.
    pub tokens: Tokens,
    /// What a person should know about it.
    pub notes: Vec<String>,
}

/// Makes the prompt of a turn.
pub fn assemble(scene: &Scene<'_>) -> Prompt {
    let user = scene.user.map_or(scene.user_name, Persona::called);
    let words = words_of(scene, user);
    let fill = |text: &str| macros::expand(text, &words).trim().to_owned();
    let window = if scene.window_tokens == 0 { UNKNOWN_WINDOW } else { scene.window_tokens };
    let expand = |text: &str| {
        let expanded = macros::expand_all(text, &words);
        let searched = format!("{}{}", expanded.text, expanded.hidden);
        (expanded.text, searched)
    };
    let lore = lorebook::scan(
        scene.books,
        Scan {
            said: scene.said,
            state: scene.timed,
            seed: scene.seed,
            budget_tokens: window / 4,
            count: scene.count,
            expand: &expand,
            greeting: scene.greeting,
            user_icon: None,
        },
    );
    let mut prompt = Prompt { lore, ..Prompt::default() };
    let at = |lore: &Outcome, spot: Spot| {
        let texts = lore.found.iter().filter(|found| found.spot == spot).map(|found| found.text.clone());
        texts.collect::<Vec<_>>().join("\n")
    };
    let persona = scene.persona;
    let usual = fill(&[scene.instructions, USUAL_INSTRUCTIONS].join("\n\n"));
    let own = Words { original: &usual, ..words.clone() };
    let instructions = match persona.system_prompt.trim() {
        own_prompt if !own_prompt.is_empty() && !prompt.lore.disable_system_prompt => {
            macros::expand(own_prompt, &own).trim().to_owned()
        }
        _ => usual.clone(),
    };
    let char = words.char;
    let head = [
        instructions,
        at(&prompt.lore, Spot::BeforeCharacter),
        fill(&persona.description),
        fill(&portrait(persona)),
        section(&format!("{char}'s personality"), &fill(&persona.personality)),
        at(&prompt.lore, Spot::Personality),
        section("The scene", &fill(&persona.scenario)),
        at(&prompt.lore, Spot::Scenario),
        at(&prompt.lore, Spot::AfterCharacter),
        scene.user.map(|person| about_user(person, &words)).unwrap_or_default(),
        company(scene, &words),
        fill(scene.aside),
    ];
    let head = joined(head);
    prompt.tokens.lore = prompt.lore.tokens;
    let post_history = match persona.post_history_instructions.trim() {
        text if !text.is_empty() && !prompt.lore.disable_post_history => fill(text),
        _ => String::new(),
    };
    prompt.tokens.permanent =
        ((scene.count)(&head) + (scene.count)(&post_history)).saturating_sub(head_lore(&prompt.lore));
    let examples = examples(&persona.examples, &words);
    let room = (window / 2).saturating_sub(prompt.tokens.permanent);
    let told = fitting(&examples, room, scene.count);
    if told.0.len() < examples.len() {
        prompt.notes.push(format!(
            "{} of {} examples are left out: there is no room",
            examples.len() - told.0.len(),
            examples.len()
        ));
    }
    prompt.tokens.examples = told.1;
    let block =
        section(&format!("How {char} talks (examples, not part of this conversation)"), &told.0.join("\n\n"));
    prompt.system =
        joined([head, at(&prompt.lore, Spot::BeforeExamples), block, at(&prompt.lore, Spot::AfterExamples)]);
    if prompt.tokens.permanent > window / 2 {
        prompt.notes.push(format!(
            "the persona takes {} tokens at every turn, more than half of the model's {window}",
            prompt.tokens.permanent
        ));
    }
    if !prompt.lore.no_room.is_empty() {
        prompt
            .notes
            .push(format!("no room for these entries of the lorebook: {}", prompt.lore.no_room.join(", ")));
    }
    prompt.inserts = inserts(scene, &prompt.lore, &fill);
    if !post_history.is_empty() {
        prompt.inserts.push(Insert { before: scene.said.len(), role: Role::System, text: post_history });
    }
    if scene.company.is_some() {
        let text = fill(GROUP_REMINDER);
        prompt.inserts.push(Insert { before: scene.said.len(), role: Role::System, text });
    }
    prompt
}

/// Who else is there, and their cards where those are told.
fn company(scene: &Scene<'_>, words: &Words<'_>) -> String {
    let Some(company) = scene.company else { return String::new() };
    let told = company.told.iter().map(|other| {
        // In their card `{{char}}` is they.
        let theirs = Words {
            char: other.called(),
            description: &other.description,
            personality: &other.personality,
            scenario: &other.scenario,
            ..words.clone()
        };
        section(&format!("About {}", other.called()), &macros::expand(&about(other), &theirs))
    });
    joined(std::iter::once(macros::expand(GROUP_INTRODUCTION, words)).chain(told))
}

/// Who the person is, for a model that plays nobody in particular; empty where nothing is said of them.
pub fn introduce(scene: &Scene<'_>) -> String {
    let Some(person) = scene.user else { return String::new() };
    about_user(person, &words_of(scene, person.called()))
}

/// Who the person is. What their sliders and traits say is of them, not of the character.
fn about_user(person: &Persona, words: &Words<'_>) -> String {
    let own = macros::expand(&joined([person.description.clone(), person.personality.clone()]), words);
    let portrait = macros::expand(&portrait(person), &Words { char: words.user, ..words.clone() });
    section(&format!("About {}", words.user), &joined([own, portrait]))
}

/// A greeting of the persona as it is shown and kept: macros put in.
pub fn greeting(scene: &Scene<'_>, text: &str) -> String {
    let user = scene.user.map_or(scene.user_name, Persona::called);
    macros::expand(text, &words_of(scene, user)).trim().to_owned()
}

fn words_of<'a>(scene: &Scene<'a>, user: &'a str) -> Words<'a> {
    let last = |role: Option<Role>| {
        let said = scene.said.iter().rev().find(|said| role.is_none_or(|role| said.role == role));
        said.map_or("", |said| said.text)
    };
    let turn = u64::try_from(scene.said.len()).unwrap_or(0);
    let persona = scene.persona;
    Words {
        char: persona.called(),
        user,
        description: &persona.description,
        personality: &persona.personality,
        scenario: &persona.scenario,
        persona: scene.user.map_or("", |user| &user.description),
        examples: &persona.examples,
        original: "",
        group: scene.company.map_or(persona.called(), |company| company.names),
        model: scene.model,
        last_message: last(None),
        last_user_message: last(Some(Role::User)),
        last_char_message: last(Some(Role::Assistant)),
        idle: scene.idle,
        now: scene.now,
        seed: scene.seed,
        turn_seed: Chance::new(scene.seed ^ turn.rotate_left(32)).next(),
    }
}

/// Who another member of a group is.
fn about(person: &Persona) -> String {
    joined([person.description.clone(), person.personality.clone(), portrait(person)])
}

fn section(title: &str, text: &str) -> String {
    if text.trim().is_empty() { String::new() } else { format!("{title}: {text}") }
}

fn joined(parts: impl IntoIterator<Item = String>) -> String {
    let parts: Vec<String> =
        parts.into_iter().map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect();
    parts.join("\n\n")
}

/// Tokens of entries that stand in the first part of the instructions.
fn head_lore(lore: &Outcome) -> usize {
    let in_head = |spot| {
        matches!(spot, Spot::BeforeCharacter | Spot::AfterCharacter | Spot::Personality | Spot::Scenario)
    };
    lore.found.iter().filter(|found| in_head(found.spot)).map(|found| found.tokens).sum()
}

/// The blocks of example dialogue, macros put in.
fn examples(text: &str, words: &Words<'_>) -> Vec<String> {
    let mut blocks = vec![String::new()];
    for line in text.lines() {
        if line.trim().eq_ignore_ascii_case("<START>") {
            blocks.push(String::new());
        } else if let Some(block) = blocks.last_mut() {
            block.push_str(line);
            block.push('\n');
        }
    }
    let blocks = blocks.into_iter().map(|block| macros::expand(&block, words).trim().to_owned());
    blocks.filter(|block| !block.is_empty()).collect()
}

/// The first examples that fit into `room` tokens, and what they take.
fn fitting<'a>(examples: &'a [String], room: usize, count: &dyn Fn(&str) -> usize) -> (Vec<&'a str>, usize) {
    let (mut told, mut tokens) = (Vec::new(), 0usize);
    for example in examples {
        let more = count(example);
        if tokens.saturating_add(more) > room {
            break;
        }
        tokens += more;
        told.push(example.as_str());
    }
    (told, tokens)
}

/// What goes between the messages: entries at a depth, and the note that SillyTavern keeps with a card.
fn inserts(scene: &Scene<'_>, lore: &Outcome, fill: &dyn Fn(&str) -> String) -> Vec<Insert> {
    let messages = scene.said.len();
    let from_end = |depth: u64| messages.saturating_sub(usize::try_from(depth).unwrap_or(usize::MAX));
    let mut inserts: Vec<Insert> = lore
        .found
        .iter()
        .filter_map(|found| {
            let before = match found.spot {
                Spot::Depth(depth) => from_end(depth),
                Spot::ReverseDepth(depth) => usize::try_from(depth).unwrap_or(usize::MAX).min(messages),
                Spot::BeforeCharacter
                | Spot::AfterCharacter
                | Spot::Personality
                | Spot::Scenario
                | Spot::BeforeExamples
                | Spot::AfterExamples => return None,
            };
            Some(Insert { before, role: found.role, text: found.text.clone() })
        })
        .collect();
    if let Some((depth, role, text)) = depth_prompt(scene.persona) {
        let text = fill(&text);
        if !text.is_empty() {
            inserts.push(Insert { before: from_end(depth), role, text });
        }
    }
    inserts.sort_by_key(|insert| insert.before);
    inserts
}

/// `extensions.depth_prompt` of SillyTavern.
fn depth_prompt(persona: &Persona) -> Option<(u64, Role, String)> {
    let note = persona.extensions.get("depth_prompt")?.as_object()?;
    let depth = note.get("depth").and_then(Value::as_u64).unwrap_or(4);
    let role = note.get("role").and_then(Value::as_str).and_then(Role::from_name).unwrap_or_default();
    Some((depth, role, note.get("prompt")?.as_str()?.to_owned()))
}
