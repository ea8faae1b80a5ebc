//! Personas to begin with: files in `templates/`, in Familiar's own XML.

use crate::{model::Persona, xml};

/// A persona to begin with.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    /// Its name in the API and on the command line.
    pub id: &'static str,
    /// The persona; its maker's notes say what it is for.
    pub persona: Persona,
}

macro_rules! templates {
    ($($id:literal),* $(,)?) => {
        [$(($id, include_str!(concat!("../templates/", $id, ".xml")))),*]
    };
}

const FILES: [(&str, &str); 7] = templates![
    "storyteller",
    "language-partner",
    "socratic-teacher",
    "editor",
    "devils-advocate",
    "innkeeper",
    "me",
];

/// All of them, in the order in which they are shown.
pub fn all() -> Vec<Template> {
    FILES.iter().filter_map(|(id, text)| read(id, text)).collect()
}

/// The one of this name.
pub fn named(id: &str) -> Option<Template> {
    let (id, text) = FILES.iter().find(|(known, _)| *known == id)?;
    read(id, text)
}

/// A file that ships is good: a test reads each.
fn read(id: &'static str, text: &str) -> Option<Template> {
    xml::read(text).ok().map(|persona| Template { id, persona })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{Weight, check};

    #[test]
    fn every_template_is_good_and_says_what_it_is_for() {
        assert_eq!(all().len(), FILES.len(), "each file can be read");
        for template in all() {
            let wrong: Vec<_> =
                check(&template.persona).into_iter().filter(|found| found.weight != Weight::Hint).collect();
            assert!(wrong.is_empty(), "{}: {wrong:?}", template.id);
            assert!(!template.persona.creator_notes.is_empty(), "{}", template.id);
            assert_eq!(named(template.id), Some(template));
        }
        assert_eq!(named("nobody"), None);
    }
}
