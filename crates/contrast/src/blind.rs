//! Blind comparisons: who stands on which side, and answers that give themselves away.

use crate::words::spoken;
use std::{collections::BTreeSet, sync::LazyLock};

/// A line a family or maker: `claude: claude, anthropic`.
const MAKERS: &str = include_str!("../data/makers.txt");

/// A family of models, and the words by which it names itself.
#[derive(Debug)]
struct Maker {
    part: String,
    says: Vec<Vec<String>>,
}

static KNOWN: LazyLock<Vec<Maker>> = LazyLock::new(|| MAKERS.lines().filter_map(maker).collect());

fn maker(line: &str) -> Option<Maker> {
    let (part, says) = line.split_once(':').filter(|_| !line.starts_with('#'))?;
    let says = says.split(',').map(spoken).filter(|words| !words.is_empty()).collect();
    Some(Maker { part: part.trim().to_owned(), says })
}

/// The order in which `count` answers are shown: a shuffle that is the same for the same seed, so that a page that is loaded
/// again shows them where they were. `order[place]` is the number of the answer (Fisher and Yates; the numbers are those of
/// Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
pub fn order(count: usize, seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    let mut state = seed;
    for last in (1..count).rev() {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^= mixed >> 31;
        let other = usize::try_from(mixed % (last as u64 + 1)).unwrap_or(0);
        order.swap(last, other);
    }
    order
}

/// What a hidden answer is called: `A`, `B`, and so on.
pub fn letter(place: usize) -> String {
    u8::try_from(place)
        .ok()
        .filter(|place| *place < 26)
        .map_or_else(|| (place + 1).to_string(), |place| char::from(b'A' + place).to_string())
}

/// The words by which an answer of `model` (`maker/name-of-model`) gives it away, or `None`. Words that the question has say
/// nothing, unless the answer introduces itself with them (`I am Claude`).
pub fn reveals(answer: &str, model: &str, question: &str) -> Option<String> {
    let (answer, question) = (spoken(answer), spoken(question));
    let asked: BTreeSet<&str> = question.iter().map(String::as_str).collect();
    let own = own_words(model);
    own.iter().find_map(|name| {
        let known = name.iter().all(|word| asked.contains(word.as_str()));
        let gives_away = |at: usize| !known || introduces(answer.get(..at).unwrap_or_default());
        let found = answer.windows(name.len()).enumerate().any(|(at, here)| here == name && gives_away(at));
        found.then(|| name.join(" "))
    })
}

/// What a model calls itself, the longest first: the name in its id, and the words of its family and its maker.
fn own_words(model: &str) -> Vec<Vec<String>> {
    let parts: Vec<String> = model
        .to_lowercase()
        .split(|sign: char| !sign.is_alphanumeric())
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect();
    // `qwen3` is of the family `qwen`, `gpt4o` of `gpt`; `phi` is not that of `philosopher`.
    let is = |part: &str, family: &str| {
        part.strip_prefix(family)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(|next: char| next.is_numeric()))
    };
    let of_family = |maker: &&Maker| parts.iter().any(|part| is(part, &maker.part));
    let mut words: BTreeSet<Vec<String>> =
        KNOWN.iter().filter(of_family).flat_map(|maker| maker.says.iter().cloned()).collect();
    let name = spoken(model.rsplit('/').next().unwrap_or(model));
    // A name of one short word, such as `auto`, is a word like any other.
    if name.len() > 1 || name.iter().any(|word| word.chars().any(char::is_numeric)) {
        words.insert(name);
    }
    let mut words: Vec<Vec<String>> = words.into_iter().collect();
    words.sort_by_key(|name| std::cmp::Reverse(name.len()));
    words
}

/// Whether these words lead up to the name of who speaks.
fn introduces(before: &[String]) -> bool {
    const LEADS: [&[&str]; 12] = [
        &["i", "am"],
        &["i'm"],
        &["i’m"],
        &["my", "name", "is"],
        &["called"],
        &["ich", "bin"],
        &["ich", "heiße"],
        &["soy"],
        &["me", "llamo"],
        &["我", "是"],
        &["我", "叫"],
        &["as"],
    ];
    let ends = |lead: &&[&str]| {
        let start = before.len().checked_sub(lead.len());
        start.and_then(|start| before.get(start..)).is_some_and(|tail| tail.iter().eq(lead.iter()))
    };
    LEADS.iter().any(ends)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_line_of_makers_is_understood() {
        let lines = MAKERS.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        assert_eq!(lines.count(), KNOWN.len());
        assert!(KNOWN.iter().all(|maker| !maker.says.is_empty() && maker.part == maker.part.to_lowercase()));
    }

    #[test]
    fn an_answer_that_names_its_model_gives_itself_away() {
        let cases = [
            ("I am Claude, made by Anthropic.", "anthropic/claude-opus-4-5", "Who are you?", true),
            ("As ChatGPT I cannot.", "openai/gpt-5-mini", "Can you?", true),
            ("Here is how GPT-5-mini sees it.", "openai/gpt-5-mini", "Hm?", true),
            ("Ich bin Qwen.", "local/qwen3-8b", "Wer bist du?", true),
            ("我是通义千问。", "local/qwen3-8b", "你是谁", true),
            // Another's name is no secret of its own.
            ("Claude is a good model.", "openai/gpt-5-mini", "Which is good?", false),
            // The question named it.
            ("Llamas spit. Llama is a genus.", "local/llama-3", "What is a llama?", false),
            ("I am Llama.", "local/llama-3", "Are you Llama?", true),
            ("The philosopher said so.", "microsoft/phi-4", "Who?", false),
            ("It drives in auto mode.", "auto", "How?", false),
        ];
        for (answer, model, question, expected) in cases {
            assert_eq!(reveals(answer, model, question).is_some(), expected, "{answer}");
        }
    }

    #[test]
    fn every_order_comes_about_equally_often() {
        let mut seen = std::collections::BTreeMap::new();
        for seed in 0..6_000_u64 {
            *seen.entry(order(3, seed)).or_insert(0_u32) += 1;
        }
        assert_eq!(seen.len(), 6);
        assert!(seen.values().all(|count| (850..1_150).contains(count)), "{seen:?}");
        assert_eq!(order(8, 7), order(8, 7));
        assert_eq!((letter(0), letter(7), letter(30)), ("A".into(), "H".into(), "31".into()));
    }

    proptest! {
        #[test]
        fn an_order_has_everybody_once(count in 0_usize..20, seed: u64) {
            let mut all = order(count, seed);
            all.sort_unstable();
            prop_assert_eq!(all, (0..count).collect::<Vec<_>>());
        }

        #[test]
        fn whatever_is_said_can_be_looked_at(answer: String, model: String, question: String) {
            let _found = reveals(&answer, &model, &question);
        }
    }
}
