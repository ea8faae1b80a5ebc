//! The attributes that the rules know: what kind they are, whether there is one value at a time, and by which words a
//! question asks for them.

use crate::model::Kind;

/// What is known about an attribute.
#[derive(Debug, Clone, Copy)]
pub struct Attribute {
    /// Its name.
    pub name: &'static str,
    /// What it is about.
    pub kind: Kind,
    /// Whether a new value takes the place of the one before.
    pub single: bool,
    /// How much it matters, from 0 to 1.
    pub importance: f64,
    /// Words that questions ask for it with.
    pub asked_by: &'static str,
    /// The attribute that says the opposite of the same value.
    pub opposite: Option<&'static str>,
}

const fn one(
    (name, kind): (&'static str, Kind),
    single: bool,
    importance: f64,
    asked_by: &'static str,
) -> Attribute {
    Attribute { name, kind, single, importance, asked_by, opposite: None }
}

/// All of them; the first of a name counts.
pub const ATTRIBUTES: &[Attribute] = &[
    one(("name", Kind::Identity), true, 0.95, "name called"),
    one(("age", Kind::Identity), true, 0.6, "age old years"),
    one(("birthday", Kind::Identity), true, 0.7, "birthday born birth"),
    one(("pronouns", Kind::Identity), true, 0.8, "pronouns gender"),
    one(("speaks", Kind::Identity), false, 0.6, "language speak"),
    one(("marital status", Kind::Relation), true, 0.6, "married marriage single relationship divorced"),
    one(("lives in", Kind::Place), true, 0.85, "live living home city town address moved location"),
    one(("comes from", Kind::Place), true, 0.6, "from hometown grew origin born"),
    one(("works at", Kind::Work), true, 0.85, "work works job employer company office"),
    one(("job", Kind::Work), true, 0.8, "job profession occupation work career living"),
    one(("studies", Kind::Work), true, 0.6, "study studies university school degree"),
    Attribute {
        opposite: Some("dislikes"),
        ..one(
            ("likes", Kind::Preference),
            false,
            0.5,
            "like likes love enjoy favourite favorite hobby hobbies",
        )
    },
    Attribute {
        opposite: Some("likes"),
        ..one(("dislikes", Kind::Preference), false, 0.5, "dislike hate avoid like")
    },
    one(("prefers", Kind::Preference), false, 0.55, "prefer preference rather"),
    one(("diet", Kind::Preference), true, 0.8, "diet eat food vegetarian vegan meal cook dinner"),
    one(("does not eat", Kind::Preference), false, 0.8, "eat food diet meal cook dinner avoid"),
    one(
        ("allergic to", Kind::Preference),
        false,
        0.95,
        "allergy allergies allergic eat food meal cook dinner",
    ),
    one(("plan", Kind::Plan), false, 0.5, "plan plans going planning trip"),
    one(("event", Kind::Event), false, 0.4, "happened"),
    one(("uses", Kind::Stack), false, 0.6, "use uses stack tool tools language editor framework setup"),
    one(("answer length", Kind::Style), true, 0.8, "answer length short long"),
    one(("answer language", Kind::Style), true, 0.8, "answer language"),
    one(("answer manner", Kind::Style), false, 0.7, "answer style tone"),
    one(("note", Kind::Note), false, 0.75, ""),
    one(("said", Kind::Said), false, 0.2, ""),
    one(("summary", Kind::Summary), true, 0.3, "conversation talked about summary"),
];

/// Relations of which somebody has one at a time.
pub const SINGLE_RELATIONS: &[&str] = &[
    "wife",
    "husband",
    "partner",
    "girlfriend",
    "boyfriend",
    "fiancé",
    "fiancée",
    "mother",
    "father",
    "boss",
    "manager",
];
/// Relations of which there may be more.
pub const RELATIONS: &[&str] = &[
    "sister",
    "brother",
    "son",
    "daughter",
    "child",
    "friend",
    "cousin",
    "aunt",
    "uncle",
    "grandmother",
    "grandfather",
    "roommate",
    "flatmate",
    "colleague",
    "neighbour",
    "neighbor",
    "dog",
    "cat",
    "horse",
    "rabbit",
    "hamster",
    "parrot",
    "teacher",
    "doctor",
    "therapist",
    "mum",
    "mom",
    "dad",
    "nephew",
    "niece",
    "parents",
    "kids",
];

/// What is known about the attribute of this name.
pub fn of(name: &str) -> Option<&'static Attribute> {
    ATTRIBUTES.iter().find(|attribute| attribute.name == name)
}

/// Whether there is one value at a time.
pub fn is_single(name: &str) -> bool {
    of(name).map_or_else(
        || name.starts_with("favourite ") || name.starts_with("summary") || SINGLE_RELATIONS.contains(&name),
        |attribute| attribute.single,
    )
}

/// What an attribute is about.
pub fn kind(name: &str) -> Kind {
    match of(name) {
        Some(attribute) => attribute.kind,
        None if name.starts_with("favourite ") => Kind::Preference,
        None if SINGLE_RELATIONS.contains(&name) || RELATIONS.contains(&name) => Kind::Relation,
        None => Kind::Note,
    }
}

/// How much an attribute matters, from 0 to 1.
pub fn importance(name: &str) -> f64 {
    of(name).map_or(0.6, |attribute| attribute.importance)
}

/// Words that questions ask for an attribute with.
pub fn asked_by(name: &str) -> &'static str {
    match of(name) {
        Some(attribute) => attribute.asked_by,
        None if name.starts_with("favourite ") => "favourite favorite like likes best",
        None if SINGLE_RELATIONS.contains(&name) || RELATIONS.contains(&name) => "family name called",
        None => "",
    }
}
