//! What words do: rules that propose changes.
// tidy: a list

use super::{Axis, Proposal, What};
use std::collections::BTreeMap;

/// Words before a cue in which a denial takes it back.
const DENIAL_REACH: usize = 2;
const DENIALS: [&str; 10] =
    ["not", "never", "no", "don't", "didn't", "isn't", "wasn't", "aren't", "without", "hardly"];
/// What every message adds to knowing each other.
const MET: f64 = 0.5;
/// Characters from which on a message adds twice that.
const LONG: usize = 240;

/// Something that people say, and what it does.
struct Rule {
    /// What it is, for people.
    name: &'static str,
    /// Phrases in small letters; `*` at the end of a word stands for any ending.
    cues: &'static [&'static str],
    axes: &'static [(Axis, f64)],
    /// Traits that it strengthens or weakens, where the persona has them.
    traits: &'static [(&'static str, f64)],
    /// Whether it makes peace.
    peace: bool,
}

const RULES: &[Rule] = &[
    Rule {
        name: "thanks",
        cues: &["thank you", "thanks", "thankful", "i appreciate", "grateful"],
        axes: &[(Axis::Affection, 2.0), (Axis::Trust, 1.0), (Axis::Mood, 6.0)],
        traits: &[("kind", 1.0), ("caring", 1.0), ("generous", 1.0), ("warm", 1.0)],
        peace: false,
    },
    Rule {
        name: "praise",
        cues: &[
            "well done",
            "good job",
            "great job",
            "you are brilliant",
            "you're brilliant",
            "i admire you",
            "impressive",
            "you are amazing",
            "you're amazing",
            "you're the best",
            "you are the best",
            "beautifully said",
        ],
        axes: &[(Axis::Respect, 3.0), (Axis::Affection, 2.0), (Axis::Mood, 8.0)],
        traits: &[("confident", 1.0), ("proud", 1.0), ("shy", -1.0), ("timid", -1.0)],
        peace: false,
    },
    Rule {
        name: "affection",
        cues: &[
            "i like you",
            "i love you",
            "i missed you",
            "i miss you",
            "good to see you",
            "glad you are here",
            "glad you're here",
            "my friend",
            "hug*",
        ],
        axes: &[(Axis::Affection, 4.0), (Axis::Familiarity, 1.0), (Axis::Mood, 8.0)],
        traits: &[("warm", 1.0), ("cold", -1.0), ("lonely", -1.0)],
        peace: false,
    },
    Rule {
        name: "confidence",
        cues: &[
            "i trust you",
            "between us",
            "i never told",
            "tell you a secret",
            "only you know",
            "confide*",
        ],
        axes: &[(Axis::Trust, 5.0), (Axis::Familiarity, 2.0)],
        traits: &[("loyal", 1.0), ("guarded", -1.0), ("suspicious", -1.0)],
        peace: false,
    },
    Rule {
        name: "an apology",
        cues: &["sorry", "i apologise", "i apologize", "apologies", "forgive me", "my fault", "i was wrong"],
        axes: &[(Axis::Tension, -18.0), (Axis::Trust, 2.0), (Axis::Affection, 1.0), (Axis::Mood, 4.0)],
        traits: &[("forgiving", 1.0), ("patient", 1.0)],
        peace: true,
    },
    Rule {
        name: "an insult",
        cues: &[
            "idiot*",
            "stupid",
            "moron*",
            "shut up",
            "i hate you",
            "you are useless",
            "you're useless",
            "pathetic",
            "you are worthless",
            "you're worthless",
            "disgusting",
            "you fool",
        ],
        axes: &[(Axis::Affection, -5.0), (Axis::Respect, -3.0), (Axis::Tension, 16.0), (Axis::Mood, -15.0)],
        traits: &[("patient", -1.0), ("guarded", 1.0), ("cynical", 1.0), ("trusting", -1.0)],
        peace: false,
    },
    Rule {
        name: "a breach of trust",
        cues: &[
            "you lied",
            "liar",
            "you betrayed",
            "i don't trust you",
            "i cannot trust you",
            "can't trust you",
            "you broke your promise",
        ],
        axes: &[(Axis::Trust, -6.0), (Axis::Tension, 12.0), (Axis::Mood, -10.0)],
        traits: &[("suspicious", 1.0), ("trusting", -1.0), ("guarded", 1.0)],
        peace: false,
    },
    Rule {
        name: "a threat",
        cues: &[
            "i will hurt you",
            "i'll hurt you",
            "i will kill you",
            "i'll kill you",
            "or else",
            "you will regret",
            "you'll regret",
        ],
        axes: &[(Axis::Trust, -5.0), (Axis::Tension, 20.0), (Axis::Mood, -12.0)],
        traits: &[("fearful", 1.0), ("cautious", 1.0), ("trusting", -1.0)],
        peace: false,
    },
    Rule {
        name: "contradiction",
        cues: &["i disagree", "that is wrong", "that's wrong", "you are wrong", "you're wrong", "nonsense"],
        axes: &[(Axis::Tension, 5.0), (Axis::Mood, -3.0)],
        traits: &[("stubborn", 1.0)],
        peace: false,
    },
    Rule {
        name: "agreement",
        cues: &["you are right", "you're right", "i agree", "good point", "fair enough", "that makes sense"],
        axes: &[(Axis::Respect, 2.0), (Axis::Tension, -5.0), (Axis::Mood, 3.0)],
        traits: &[("confident", 1.0)],
        peace: true,
    },
    Rule {
        name: "laughter",
        cues: &["haha*", "hehe*", "lol", "that is funny", "that's funny", "made me laugh", "you're funny"],
        axes: &[(Axis::Affection, 1.0), (Axis::Mood, 6.0), (Axis::Tension, -3.0)],
        traits: &[("playful", 1.0), ("humorous", 1.0), ("witty", 1.0), ("serious", -1.0)],
        peace: false,
    },
    Rule {
        name: "dismissal",
        cues: &["whatever", "i don't care", "boring", "leave me alone", "go away"],
        axes: &[(Axis::Affection, -2.0), (Axis::Mood, -6.0), (Axis::Tension, 4.0)],
        traits: &[("insecure", 1.0), ("confident", -1.0)],
        peace: false,
    },
];

/// What a message proposes to whoever it was said to: one change for each axis and trait, by all the words together.
pub fn by_words(text: &str) -> Vec<Proposal> {
    if text.trim().is_empty() {
        return Vec::new();
    }
    let lower = text.to_lowercase().replace('\u{2019}', "'");
    let words: Vec<&str> = lower
        .split(|c: char| !(c.is_alphanumeric() || c == '\'' || c == '-'))
        .filter(|word| !word.is_empty())
        .collect();
    let mut found: BTreeMap<What, (f64, Vec<&'static str>, bool)> = BTreeMap::new();
    let mut add = |what: What, by: f64, (name, peace): (&'static str, bool)| {
        let entry = found.entry(what).or_insert((0.0, Vec::new(), false));
        entry.0 += by;
        entry.1.push(name);
        entry.2 |= peace;
    };
    for rule in RULES {
        if rule.cues.iter().any(|cue| says(&words, cue)) {
            for (axis, by) in rule.axes {
                add(What::Axis(*axis), *by, (rule.name, rule.peace));
            }
            for (name, by) in rule.traits {
                add(What::Trait((*name).to_owned()), *by, (rule.name, rule.peace));
            }
        }
    }
    let long = if text.chars().count() > LONG { 2.0 } else { 1.0 };
    add(What::Axis(Axis::Familiarity), MET * long, ("a message", false));
    let proposals = found.into_iter().filter(|(_, (by, _, _))| *by != 0.0);
    proposals
        .map(|(what, (by, because, peace))| Proposal { what, by, because: because.join(", "), peace })
        .collect()
}

/// Whether the words hold a cue that nothing takes back.
fn says(words: &[&str], cue: &str) -> bool {
    let cue: Vec<&str> = cue.split(' ').collect();
    words.windows(cue.len()).enumerate().any(|(at, window)| {
        let said = window.iter().zip(&cue).all(|(word, cue)| match cue.strip_suffix('*') {
            Some(stem) => word.starts_with(stem),
            None => word == cue,
        });
        let before = words.get(at.saturating_sub(DENIAL_REACH)..at).unwrap_or_default();
        said && !before.iter().any(|word| DENIALS.contains(word))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<String> {
        by_words(text)
            .iter()
            .map(|found| format!("{} {:+} {}", found.what, found.by, found.because))
            .collect()
    }

    #[test]
    fn words_propose_and_denials_take_them_back() {
        assert_eq!(told("Hm."), ["familiarity +0.5 a message"]);
        assert!(told("").is_empty());
        let sorry = by_words("I\u{2019}m so sorry, I was wrong.");
        assert!(
            sorry
                .iter()
                .any(|found| found.what == What::Axis(Axis::Tension) && found.by == -18.0 && found.peace)
        );
        assert!(
            told("You are not useless; I don't hate you.").len() == 1,
            "{:?}",
            told("You are not useless")
        );
        let mixed = by_words("You idiot! Thanks for nothing.");
        let affection = mixed.iter().find(|found| found.what == What::Axis(Axis::Affection)).unwrap();
        assert_eq!((affection.by, affection.because.as_str()), (-3.0, "thanks, an insult"), "both count");
        assert!(told("thanks!").contains(&"trait:kind +1 thanks".to_owned()));
    }
}
