//! What the form of a text says: code, errors, dice, first-person actions, quoted speech.

use crate::{Task, cues::Speaks, tally::Tally, words::Words};

/// Signs of a text's form.
#[derive(Debug, Default)]
pub(crate) struct Signs {
    code_lines: usize,
    identifiers: usize,
    files: usize,
    error: bool,
    dice: bool,
    quoted_speech: bool,
    question: bool,
    acts: bool,
    speaks_to: bool,
    bound_actions: bool,
    figures: usize,
    words: usize,
}

/// Endings of files with code and configuration.
const CODE_FILES: [&str; 30] = [
    ".rs", ".py", ".js", ".ts", ".tsx", ".jsx", ".go", ".java", ".kt", ".c", ".h", ".cpp", ".cs", ".rb",
    ".php", ".swift", ".sql", ".html", ".css", ".scss", ".json", ".json5", ".yaml", ".yml", ".toml", ".sh",
    ".xml", ".lock", ".gradle", ".md",
];

/// What errors look like in the words of machines.
const ERRORS: [&str; 24] = [
    "Traceback (most",
    "Exception",
    "error[E",
    "TypeError",
    "ValueError",
    "KeyError",
    "ReferenceError",
    "SyntaxError",
    "NullPointer",
    "segfault",
    "Segfault",
    "Segmentation fault",
    "panicked",
    "panics with",
    "undefined reference",
    "cannot borrow",
    "error: ",
    "Error: ",
    "failed:",
    "stack trace",
    "OOM",
    "NaN",
    "deadlock",
    "is not defined",
];

impl Signs {
    pub(crate) fn of(text: &str, words: &Words) -> Self {
        let mut signs = Self { words: words.len(), ..Self::default() };
        signs.code_lines = text.lines().filter(|line| is_code(line)).count();
        for token in text.split_whitespace() {
            let bare = token.trim_matches(|letter: char| !letter.is_alphanumeric() && letter != '_');
            if is_identifier(bare) || (token.contains("()") && bare.len() > 1) || token.starts_with('`') {
                signs.identifiers += 1;
            }
            let lower = bare.to_ascii_lowercase();
            if CODE_FILES.iter().any(|ending| lower.len() > ending.len() && lower.ends_with(ending)) {
                signs.files += 1;
            }
            signs.dice |= is_dice(&lower);
            signs.figures += usize::from(bare.bytes().any(|byte| byte.is_ascii_digit()));
        }
        signs.error = ERRORS.iter().any(|error| text.contains(error));
        signs.question = text.trim_end().ends_with('?');
        let quotes = text.matches(['"', '“', '”', '„']).count();
        signs.quoted_speech = quotes >= 2 && signs.code_lines == 0 && signs.identifiers == 0;
        let second = words.at(1);
        signs.acts = matches!(words.first(), "i" | "we" | "ich" | "wir") && !THINKS.contains(&second);
        signs.speaks_to = signs.acts && SPEAKS.iter().any(|verb| second.starts_with(verb));
        signs.bound_actions = signs.acts && FIGHTS.iter().any(|verb| second.starts_with(verb));
        signs
    }

    pub(crate) fn speak(self, tally: &mut Tally) {
        let code = self.code_lines + self.identifiers.min(4);
        if code > 0 {
            tally.add(Speaks::Code, (0.9 * code as f32).min(2.5), "code in the text");
        }
        if self.files > 0 {
            tally.add(Speaks::Code, 1.5, "names of source files");
            if self.files >= 3 {
                tally.add(Speaks::For(Task::CodeArchitecture), 2.0, "many source files");
            }
        }
        if self.error {
            tally.add(Speaks::For(Task::CodeDebugging), 2.2, "an error message");
            tally.add(Speaks::Code, 0.8, "an error message");
        }
        if self.dice {
            tally.add(Speaks::Table, 1.5, "dice");
            tally.add(Speaks::For(Task::Mechanics), 0.4, "dice");
        }
        if self.quoted_speech && (self.acts || self.question) {
            tally.add(Speaks::For(Task::Dialogue), 0.7, "quoted speech");
        }
        if self.bound_actions {
            tally.add(Speaks::For(Task::Combat), 1.4, "an action in a fight");
            tally.add(Speaks::Table, 0.8, "an action in a fight");
        } else if self.speaks_to {
            tally.add(Speaks::For(Task::Dialogue), 1.9, "words to somebody in the story");
            tally.add(Speaks::Table, 0.8, "words to somebody in the story");
        } else if self.acts && self.code_lines == 0 {
            tally.add(Speaks::For(Task::Narrative), 1.3, "an action in the story");
        }
        if self.words < 25 && self.code_lines <= 2 && self.files <= 1 {
            tally.add(Speaks::For(Task::CodeEdit), 0.2, "a short request");
            tally.add(Speaks::For(Task::CodeArchitecture), -0.2, "a short request");
        }
        if self.question {
            tally.add(Speaks::For(Task::RuleLookup), 0.5, "a question");
            tally.add(Speaks::For(Task::CodeEdit), -0.4, "a question");
            tally.add(Speaks::For(Task::Narrative), -0.3, "a question");
        }
        if self.figures >= 4 {
            tally.add(Speaks::For(Task::Combat), 0.5, "many figures");
            tally.add(Speaks::For(Task::Mechanics), 0.3, "many figures");
        }
    }
}

/// After these, `I` does not act but speaks of itself.
const THINKS: [&str; 46] = [
    "am", "want", "need", "have", "had", "would", "d", "think", "don't", "do", "was", "can", "could",
    "should", "feel", "like", "love", "hate", "know", "wonder", "see", "get", "got", "keep", "rolled",
    "must", "will", "fell", "live", "work", "use", "are", "were", "also", "never", "always", "just", "only",
    "applied", "heard", "read", "bin", "habe", "möchte", "brauche", "brauchen",
];

/// Verbs of talking to somebody.
const SPEAKS: [&str; 16] = [
    "ask", "tell", "greet", "say", "shout", "whisper", "insult", "persuade", "talk", "try", "lie", "flatter",
    "offer", "frage", "sage", "grüße",
];

/// Verbs of fighting.
const FIGHTS: [&str; 17] = [
    "attack",
    "cast",
    "ready",
    "hit",
    "shoot",
    "strike",
    "stab",
    "dodge",
    "dash",
    "disengage",
    "swing",
    "charge",
    "parry",
    "fire",
    "smite",
    "rage",
    "greife",
];

/// Whether a line is one of a program.
fn is_code(line: &str) -> bool {
    let line = line.trim();
    let begins = [
        "def ", "fn ", "func ", "class ", "import ", "from ", "#include", "public ", "private ", "const ",
        "let ", "var ", "for (", "for row", "if (", "while (", "return ", "SELECT ", "select ", "File \"",
        "#[derive", "@", "print(", "char ", "void ", "int ", "String ", "pub ", "struct ", "    ", "</",
        "```", "$ ",
    ];
    let ends = [";", "{", "}", "):", "=>", "];", ")]"];
    let inside = [" = ", " => ", "::", "();", "->", "&&", "||", "==", " := ", "</"];
    let long_enough = line.len() >= 4;
    long_enough
        && (ends.iter().any(|end| line.ends_with(end))
            || (begins.iter().any(|begin| line.starts_with(begin))
                && line.contains(['(', '=', '{', '.', ';', '<', '"']))
            || inside.iter().any(|sign| line.contains(sign)))
}

/// Whether a word is written as only names in programs are: `snake_case`, `camelCase`, `MAX_SIZE`, `a.b(`.
fn is_identifier(word: &str) -> bool {
    let ascii = word.is_ascii() && word.len() >= 4;
    let snake = word.contains('_') && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let camel = word.as_bytes().windows(2).any(|pair| match pair {
        [first, second] => first.is_ascii_lowercase() && second.is_ascii_uppercase(),
        _ => false,
    });
    ascii && (snake || (camel && word.bytes().all(|byte| byte.is_ascii_alphanumeric())))
}

/// Dice as they are written: `d20`, `2d6+3`, `W6`.
fn is_dice(word: &str) -> bool {
    let Some((count, rest)) = word.split_once(['d', 'w']) else { return false };
    let sides: String = rest.chars().take_while(char::is_ascii_digit).collect();
    let sides_fit =
        matches!(sides.as_str(), "2" | "3" | "4" | "6" | "8" | "10" | "12" | "20" | "100" | "6s" | "10s");
    let after = rest.get(sides.len()..).unwrap_or_default();
    sides_fit
        && count.bytes().all(|byte| byte.is_ascii_digit())
        && count.len() <= 3
        && (after.is_empty() || after.starts_with(['+', '-', 's']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dice_and_names_of_programs_are_told_from_words() {
        for (word, dice) in [
            ("d20", true),
            ("2d6+3", true),
            ("8d6", true),
            ("w6", true),
            ("d10s", true),
            ("dad", false),
            ("3d", false),
            ("d7", false),
            ("wd40", false),
        ] {
            assert_eq!(is_dice(word), dice, "{word}");
        }
        for (word, name) in [
            ("snake_case", true),
            ("camelCase", true),
            ("MAX_RETRIES", true),
            ("McDonald", true),
            ("Word", false),
            ("well-known", false),
        ] {
            assert_eq!(is_identifier(word), name, "{word}");
        }
        assert!(is_code("let a = 1"));
        assert!(is_code("for (int i = 0; i < 3; i++) {"));
        assert!(!is_code("We walk through the forest for two days."));
    }
}
