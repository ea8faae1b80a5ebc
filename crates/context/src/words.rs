//! Words of a text, so that forms of one word are the same.

/// Words that are everywhere and tell nothing.
const EVERYWHERE: [&str; 64] = [
    "a", "about", "after", "all", "am", "an", "and", "any", "are", "as", "at", "be", "been", "but", "by",
    "can", "could", "did", "do", "does", "for", "from", "had", "has", "have", "he", "her", "his", "how", "i",
    "if", "in", "is", "it", "its", "just", "me", "my", "of", "on", "or", "our", "she", "so", "that", "the",
    "their", "them", "then", "there", "they", "this", "to", "was", "we", "were", "what", "when", "which",
    "who", "will", "with", "would", "you",
];

/// The words of a text that tell something, in lower case and without their commonest endings.
pub(crate) fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).flat_map(|word| {
        let word = word.to_lowercase();
        if EVERYWHERE.binary_search(&word.as_str()).is_ok() {
            return Vec::new();
        }
        // Scripts without spaces: two neighbouring characters are the nearest thing to a word.
        if word.chars().any(|c| matches!(u32::from(c), 0x0e00..=0x0eff | 0x3040..=0x9fff | 0xac00..=0xd7a3)) {
            let characters: Vec<char> = word.chars().collect();
            return characters.windows(2.min(characters.len())).map(|pair| pair.iter().collect()).collect();
        }
        vec![root(word)]
    })
}

fn root(mut word: String) -> String {
    for ending in ["ings", "ing", "edly", "ies", "ied", "ed", "es", "ly", "s"] {
        if let Some(rest) = word.strip_suffix(ending)
            && rest.chars().count() >= 3
            && !(ending == "s" && rest.ends_with('s'))
        {
            word.truncate(rest.len());
            break;
        }
    }
    // `hiking` and `hike`, `stopped` and `stop`.
    let mut ends = word.chars().rev();
    match (ends.next(), ends.next()) {
        (Some('e' | 'y' | 'i'), Some(_)) if word.chars().count() > 3 => drop(word.pop()),
        (Some(one), Some(other)) if one == other && one.is_alphabetic() && word.chars().count() > 4 => {
            word.pop();
        }
        _ => {}
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<String> {
        words(text).collect()
    }

    #[test]
    fn forms_of_a_word_are_one_word() {
        assert!(EVERYWHERE.is_sorted());
        assert_eq!(of("She was hiking."), of("to hike"));
        assert_eq!(of("stopped"), of("stops"));
        assert_eq!(of("cities"), of("city"));
        assert_eq!(of("日本語"), ["日本", "本語"]);
        assert_eq!(of("the of and"), Vec::<String>::new());
    }
}
