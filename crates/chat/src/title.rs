//! A conversation's title from the words of its first message.

/// Longest title made from words, in characters.
const LENGTH_LIMIT: usize = 60;

/// The title before anything was said.
pub(crate) const UNTITLED: &str = "New conversation";

/// The first line's words, without Markdown's marks, cut at a word.
pub(crate) fn from_words(text: &str) -> String {
    let line = text.lines().map(str::trim).find(|line| line.chars().any(char::is_alphanumeric));
    let Some(line) = line else { return UNTITLED.to_owned() };
    let line = line.trim_start_matches(['#', '>', '-', '*', '`', ' ']);
    let mut title = String::new();
    for word in line.split_whitespace() {
        let length = title.chars().count() + word.chars().count() + usize::from(!title.is_empty());
        if length > LENGTH_LIMIT {
            if title.is_empty() {
                title.extend(word.chars().take(LENGTH_LIMIT));
            }
            title.push('…');
            break;
        }
        if !title.is_empty() {
            title.push(' ');
        }
        title.push_str(word);
    }
    title
}

/// Cleans a title that a model wrote: one line, no quotation marks around it, not too long.
pub(crate) fn from_model(text: &str) -> Option<String> {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty())?;
    let line = line.trim_start_matches("Title:").trim().trim_matches(['"', '\'', '“', '”', '*', '.']).trim();
    (!line.is_empty()).then(|| from_words(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_the_first_words() {
        for (text, title) in [
            ("", UNTITLED),
            ("  \n---\n", UNTITLED),
            ("Hello there", "Hello there"),
            ("\n\n# How do I *start*?\nMore", "How do I *start*?"),
            (
                "What does the handbook say about budgets for virtual keys and what happens after",
                "What does the handbook say about budgets for virtual keys…",
            ),
        ] {
            assert_eq!(from_words(text), title, "{text:?}");
        }
        assert_eq!(from_words(&"x".repeat(100)).chars().count(), LENGTH_LIMIT + 1);
    }

    #[test]
    fn a_models_title_is_cleaned() {
        assert_eq!(from_model("\n\"Budgets for keys.\"\nmore").as_deref(), Some("Budgets for keys"));
        assert_eq!(from_model(" \n "), None);
    }
}
