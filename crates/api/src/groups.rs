//! Conversations of several personas.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Several personas in a conversation, and how they take turns.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Group {
    /// Who takes part, in their order.
    pub members: Vec<GroupMember>,
    /// How it is decided who speaks: `natural` (who is named, then the talkative ones by chance), `list`, `pooled` (one who
    /// has not spoken yet), `random` or `manual`.
    pub policy: String,
    /// Whose cards the speaker's prompt has beside its own: `swap` (none), `join` (those who are not muted) or `join_all`.
    pub cards: String,
    /// Whether one may speak twice in a row.
    pub answers_itself: bool,
    /// Answers that the group gives by itself after those to the person; 0 for none.
    pub auto_turns: u32,
    /// What chance goes by.
    pub seed: u64,
}

/// A member of a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupMember {
    /// Who.
    pub persona_id: String,
    /// Whether they are to be silent.
    #[serde(default)]
    pub muted: bool,
    /// How readily they speak up, 0 to 100; missing takes what the card says.
    #[serde(default)]
    pub talkativeness: Option<u8>,
}

/// Whether a conversation is a group, and whose turn it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GroupState {
    /// The group; missing where only one speaks.
    pub group: Option<Group>,
    /// The members as they are, in their order.
    pub people: Vec<GroupPerson>,
    /// Who is to speak, the next first. It outlives the program.
    pub queue: Vec<NextSpeaker>,
    /// Who would go on now by the policy, where nobody is queued.
    pub expected: Option<NextSpeaker>,
    /// Answers that the group still gives by itself.
    pub auto_left: u32,
}

/// A member as they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GroupPerson {
    /// Who.
    pub persona_id: String,
    /// What they are called.
    pub name: String,
    /// How readily they speak up, 0 to 100.
    pub talkativeness: u8,
    /// Whether they are silent.
    pub muted: bool,
}

/// Somebody who is to speak.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NextSpeaker {
    /// Who.
    pub persona_id: String,
    /// What they are called.
    pub name: String,
    /// Why, in words.
    pub why: String,
}

/// Says who speaks next, in this order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QueueSpeakers {
    /// Who; nobody takes the queue away.
    pub persona_ids: Vec<String>,
}

/// Has somebody speak now.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LetSpeak {
    /// Who; missing is who is next.
    pub persona_id: Option<String>,
}
