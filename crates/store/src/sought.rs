//! Words that are looked for in texts, whatever case their letters have, the same on both databases.
//!
//! `LIKE` and `LOWER` of SQLite know the letters of ASCII alone, `LOWER` of PostgreSQL those that its locale knows. So a word
//! with any other letter is asked for by patterns that name every form of each letter: of `GLOB`, of which one begins with
//! each form of the first letter, since SQLite jumps to a letter far faster than to a choice of letters; and of `~`.

use crate::{Engine, columns::containing};
use std::{collections::HashMap, iter, sync::LazyLock};

/// Letters of a word that are looked for; the rest of a longer one is passed over.
const MAX_LETTERS: usize = 400;

/// A word that is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sought {
    how: How,
    patterns: Vec<String>,
}

/// How a database is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    /// SQLite, where letters of ASCII have no case.
    Like,
    /// PostgreSQL, where they have.
    LowerLike,
    /// SQLite, with other letters.
    Glob,
    /// PostgreSQL, with other letters.
    Expression,
}

impl Sought {
    /// A word or a phrase, anywhere in a text.
    pub fn of(engine: Engine, word: &str) -> Self {
        let letters: Vec<char> =
            word.chars().filter(|letter| *letter != '\0').take(MAX_LETTERS).map(folded).collect();
        let plain = letters.iter().all(char::is_ascii);
        match (engine, plain) {
            (Engine::Sqlite, true) => Self { how: How::Like, patterns: vec![like(&letters)] },
            (Engine::Postgres, true) => Self { how: How::LowerLike, patterns: vec![like(&letters)] },
            (Engine::Sqlite, false) => Self { how: How::Glob, patterns: globs(&letters) },
            (Engine::Postgres, false) => {
                let pattern = letters.iter().map(|letter| choice(*letter, How::Expression)).collect();
                Self { how: How::Expression, patterns: vec![pattern] }
            }
        }
    }

    /// The patterns, to be bound.
    pub fn patterns(&self) -> &[String] {
        &self.patterns
    }

    /// The condition that a column holds the word, with the patterns bound at these places (`$1`).
    pub fn held_by(&self, column: &str, places: &[String]) -> String {
        let one = |place: &String| match self.how {
            How::Like => format!("{column} LIKE {place} ESCAPE '!'"),
            How::LowerLike => format!("LOWER({column}) LIKE {place} ESCAPE '!'"),
            How::Glob => format!("{column} GLOB {place}"),
            How::Expression => format!("{column} ~ {place}"),
        };
        format!("({})", places.iter().map(one).collect::<Vec<_>>().join(" OR "))
    }
}

fn like(letters: &[char]) -> String {
    containing(&letters.iter().collect::<String>())
}

fn globs(letters: &[char]) -> Vec<String> {
    let Some((first, rest)) = letters.split_first() else { return vec!["*".to_owned()] };
    let rest: String = rest.iter().map(|letter| choice(*letter, How::Glob)).collect();
    let begins = |form: char| if matches!(form, '*' | '?' | '[') { format!("[{form}]") } else { form.into() };
    forms(*first).map(|form| format!("*{}{rest}*", begins(form))).collect()
}

/// A letter in all its forms, as a pattern.
fn choice(letter: char, how: How) -> String {
    let all: String = forms(letter).collect();
    if all.chars().nth(1).is_some() {
        return format!("[{all}]");
    }
    match how {
        How::Glob if matches!(letter, '*' | '?' | '[') => format!("[{letter}]"),
        How::Expression if letter.is_ascii_punctuation() => format!("\\{letter}"),
        How::Like | How::LowerLike | How::Glob | How::Expression => all,
    }
}

/// A letter with all that fold to it.
fn forms(letter: char) -> impl Iterator<Item = char> {
    let upper = letter.is_ascii_lowercase().then(|| letter.to_ascii_uppercase());
    let others = FORMS.get(&letter).filter(|_| !letter.is_ascii()).map_or(&[][..], Vec::as_slice);
    iter::once(letter).chain(upper).chain(others.iter().copied())
}

/// Of each letter those that fold to it. Beyond these planes no letter has a case.
static FORMS: LazyLock<HashMap<char, Vec<char>>> = LazyLock::new(|| {
    let mut forms: HashMap<char, Vec<char>> = HashMap::new();
    for letter in '\u{80}'..='\u{1FFFF}' {
        let folded = folded(letter);
        if folded != letter {
            forms.entry(folded).or_default().push(letter);
        }
    }
    forms
});

/// The letter that stands for all forms of this one: its small one, and one sigma for both. A letter whose small form are
/// two stands for itself.
pub fn folded(letter: char) -> char {
    let mut small = letter.to_lowercase();
    match (letter, small.next(), small.next()) {
        ('ς', _, _) => 'σ',
        (_, Some(one), None) => one,
        (_, Some(_) | None, _) => letter,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_of_ascii_are_left_to_like() {
        let sought = Sought::of(Engine::Sqlite, "50%_OFF");
        assert_eq!(sought.patterns(), ["%50!%!_off%"]);
        assert_eq!(sought.held_by("t", &["$2".to_owned()]), "(t LIKE $2 ESCAPE '!')");
        let sought = Sought::of(Engine::Postgres, "Oslo");
        assert_eq!(sought.held_by("t", &["$2".to_owned()]), "(LOWER(t) LIKE $2 ESCAPE '!')");
    }

    #[test]
    fn other_letters_are_named_in_every_form() {
        let sought = Sought::of(Engine::Sqlite, "ÄpF?[");
        assert_eq!(sought.patterns(), ["*ä[pP][fF][?][[]*", "*Ä[pP][fF][?][[]*"]);
        let places = ["$2".to_owned(), "$3".to_owned()];
        assert_eq!(sought.held_by("t", &places), "(t GLOB $2 OR t GLOB $3)");
        assert_eq!(Sought::of(Engine::Sqlite, "[ö").patterns(), ["*[[][öÖ]*"]);
        let sought = Sought::of(Engine::Postgres, "(ł)*");
        assert_eq!(sought.patterns(), ["\\([łŁ]\\)\\*"]);
        assert_eq!(Sought::of(Engine::Postgres, "ΣΑΣ"), Sought::of(Engine::Postgres, "σας"));
        for form in ['ß', 'ẞ', 'ǆ', 'ǅ', 'Ǆ', 'ж', 'Ж'] {
            assert!(forms(folded(form)).any(|other| other == form), "{form}");
        }
        // The small form of this one are two letters.
        assert_eq!(folded('İ'), 'İ');
    }

    crate::on_each_database!(a_word_is_found_in_every_case_and_nothing_else_is);

    async fn a_word_is_found_in_every_case_and_nothing_else_is(test: std::sync::Arc<crate::testing::TestDb>) {
        let holds = async |text: &str, word: &str| {
            let sought = Sought::of(test.db.engine(), word);
            let places: Vec<String> =
                (1..=sought.patterns().len()).map(|place| format!("${}", place + 2)).collect();
            let sql = format!(
                "SELECT id FROM owner WHERE id = $1 AND {}",
                sought.held_by("CAST($2 AS TEXT)", &places)
            );
            let query = sqlx::query(sqlx::AssertSqlSafe(sql))
                .bind(base::Id::FIRST_OWNER.to_string())
                .bind(text.to_owned());
            let query = sought.patterns().iter().fold(query, |query, pattern| query.bind(pattern.clone()));
            query.fetch_optional(test.db.pool()).await.unwrap().is_some()
        };
        for (text, word) in [
            ("zwei äpfel", "ÄPFEL"),
            ("ZWEI ÄPFEL", "wei äpf"),
            ("stary żółw", "ŻÓŁW"),
            ("ΛΌΓΟΣ", "λόγος"),
            ("λόγος", "ΛΌΓΟΣ"),
            ("ЖУК", "жук"),
            ("GROẞ", "groß"),
            ("50% of a_b, (ü) [x] \\ * ?", "B, (Ü) [X] \\ * ?"),
            ("plain WORDS", "n w"),
            ("50% off", "50% OFF"),
            ("日本語", "本"),
        ] {
            assert!(holds(text, word).await, "{word} in {text}");
        }
        for (text, word) in [("apfel", "äpfel"), ("äpf", "ä*f"), ("xö", "?ö"), ("ab", "a_"), ("ao", "a[oö]")]
        {
            assert!(!holds(text, word).await, "{word} in {text}");
        }
    }
}
