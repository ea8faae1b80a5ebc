//! Which sentences answer a question, and whether any do.

use crate::sentence;
use llm::Passage;
use std::{
    collections::{HashMap, HashSet},
    ops::Range,
};

/// Share of the question (by the weight of its words) that the best passage must cover, with its headings.
const ANSWERING_COVERAGE: f32 = 0.62;
/// Share that the best sentence must cover together with the headings above it.
const ANSWERING_SENTENCE: f32 = 0.45;
/// Most sentences of an answer.
const MAX_SENTENCES: usize = 6;
/// A sentence is added while it brings at least this share of what the first one brought.
const LEAST_GAIN: f32 = 0.3;
/// What is left of a word's weight once a sentence with it was chosen.
const WORTH_AGAIN: f32 = 0.25;
/// What a word in the heading above is worth against one in the sentence.
const HEADING_WORTH: f32 = 0.75;
/// What a word in the document's title is worth: it stands over much else, too.
const TITLE_WORTH: f32 = 0.4;
/// Share of the question from which on a heading names its subject, if it names little else.
const SUBJECT_COVERAGE: f32 = 0.35;
/// Share of the heading's own words that must stand in the question for that.
const SUBJECT_SHARE: f32 = 0.65;
/// What it counts for a sentence to stand under a heading that names the subject.
const SUBJECT_BONUS: f32 = 0.45;
/// What such a heading adds to the evidence of its passage.
const SUBJECT_EVIDENCE: f32 = 0.12;
/// What it costs to be no whole sentence.
const FRAGMENT_COST: f32 = 0.2;
/// Passages that are named when none answers.
const NEAREST: usize = 3;
/// From this overlap of words on two sentences say the same.
const SAME_OVERLAP: f32 = 0.7;
/// Longest sentence that is quoted, in bytes.
const MAX_SENTENCE_BYTES: usize = 700;

/// A word of the question.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Term {
    /// The stems it may stand as.
    pub(super) alternatives: Vec<String>,
    /// How much it says.
    pub(super) weight: f32,
}

/// What a question wants covered.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Wanted {
    terms: Vec<Term>,
    total: f32,
}

impl Wanted {
    pub(super) fn new(terms: Vec<Term>) -> Self {
        let total = terms.iter().map(|term| term.weight).sum::<f32>().max(f32::MIN_POSITIVE);
        Self { terms, total }
    }

    /// Which of the terms stand among these stems.
    fn found_in(&self, stems: &HashSet<String>) -> Vec<bool> {
        let stands = |term: &Term| term.alternatives.iter().any(|stem| stems.contains(stem));
        self.terms.iter().map(stands).collect()
    }

    /// The share of the question that is covered where `worth` says how much each term's match counts.
    fn coverage(&self, worth: impl Fn(usize) -> f32) -> f32 {
        let covered: f32 = self.terms.iter().enumerate().map(|(at, term)| term.weight * worth(at)).sum();
        covered / self.total
    }
}

/// A sentence that was chosen.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Chosen {
    /// The passages it stands in, by their number in [`Selection::passages`]; the first is quoted, the others
    /// say the same.
    pub(super) passages: Vec<usize>,
    /// Its bytes in the text of the first.
    pub(super) range: Range<usize>,
}

/// What was chosen.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Selection {
    pub(super) passages: Vec<Passage>,
    /// Whether the sentences answer the question; else they are only the nearest there is.
    pub(super) answers: bool,
    /// In the order in which they are to be read.
    pub(super) sentences: Vec<Chosen>,
}

/// A sentence that may be chosen.
struct Candidate {
    passage: usize,
    range: Range<usize>,
    stems: HashSet<String>,
    in_sentence: Vec<bool>,
    /// What each term's match in the headings and the title is worth.
    above: Vec<f32>,
    /// What it brings besides covering words.
    bonus: f32,
}

impl Candidate {
    fn worth(&self, term: usize) -> f32 {
        match self.in_sentence.get(term) {
            Some(true) => 1.0,
            Some(false) | None => self.above.get(term).copied().unwrap_or(0.0),
        }
    }
}

/// Chooses the sentences that answer best, from passages in the order of the search.
pub(super) fn select(wanted: &Wanted, passages: Vec<Passage>) -> Selection {
    let top_score = passages.iter().map(|passage| passage.score).fold(f32::MIN_POSITIVE, f32::max);
    let mut candidates = Vec::new();
    let mut evidence = Vec::with_capacity(passages.len());
    for (number, passage) in passages.iter().enumerate() {
        evidence.push(look_at(wanted, number, passage, top_score, &mut candidates));
    }
    let best_passage = evidence.iter().copied().fold(0.0, f32::max);
    let best_sentence =
        candidates.iter().map(|candidate| wanted.coverage(|term| candidate.worth(term))).fold(0.0, f32::max);
    if best_passage < ANSWERING_COVERAGE || best_sentence < ANSWERING_SENTENCE {
        let sentences = nearest(wanted, &candidates, &evidence);
        return Selection { passages, answers: false, sentences };
    }
    candidates.retain(|candidate| {
        evidence.get(candidate.passage).is_some_and(|covered| *covered >= best_passage * 0.75)
    });
    let sentences = in_reading_order(choose(wanted, &candidates), &evidence);
    Selection { passages, answers: true, sentences }
}

/// Takes a passage apart; gives the share of the question that it covers with its headings.
fn look_at(
    wanted: &Wanted,
    number: usize,
    passage: &Passage,
    top_score: f32,
    candidates: &mut Vec<Candidate>,
) -> f32 {
    let heading = passage.heading.as_deref().unwrap_or_default();
    let in_heading = wanted.found_in(&stems(heading));
    let in_title = wanted.found_in(&stems(&passage.title));
    let in_body = wanted.found_in(&stems(&passage.text));
    let above: Vec<f32> = in_heading
        .iter()
        .zip(&in_title)
        .map(|(heading, title)| match (heading, title) {
            (true, _) => HEADING_WORTH,
            (false, true) => TITLE_WORTH,
            (false, false) => 0.0,
        })
        .collect();
    let about_subject = names_subject(wanted, heading);
    let relevance = passage.score / top_score * 0.25;
    for (position, range) in sentence::with_code(&passage.text, MAX_SENTENCE_BYTES).into_iter().enumerate() {
        let Some(text) = passage.text.get(range.clone()) else { continue };
        if !is_quotable(text) {
            continue;
        }
        let stems = stems(text);
        #[expect(clippy::cast_precision_loss, reason = "a passage has few sentences")]
        let early = (1.0 - position as f32 * 0.08).max(0.2);
        let whole = text.contains("\n\n")
            || text.ends_with(['.', '!', '?', ':', '"', '\u{201d}', '|']) && text.len() > 24;
        let bonus = relevance + if about_subject { SUBJECT_BONUS * early } else { 0.05 * early }
            - if whole { 0.0 } else { FRAGMENT_COST };
        candidates.push(Candidate {
            passage: number,
            range,
            in_sentence: wanted.found_in(&stems),
            above: above.clone(),
            stems,
            bonus,
        });
    }
    let covered = wanted.coverage(|term| {
        match in_body.get(term) == Some(&true) || in_heading.get(term) == Some(&true) {
            true => 1.0,
            false => above.get(term).copied().unwrap_or(0.0),
        }
    });
    covered + if about_subject { SUBJECT_EVIDENCE } else { 0.0 }
}

/// Whether the innermost heading is about what the question is about. What stands in brackets behind it
/// (`Prone [Condition]`) does not count.
fn names_subject(wanted: &Wanted, heading: &str) -> bool {
    let innermost = heading.rsplit('\u{203a}').next().unwrap_or_default();
    let name = innermost.split(['[', '(']).next().unwrap_or_default();
    let words = stems(name);
    let named = wanted.found_in(&words);
    let asked = |word: &String| wanted.terms.iter().any(|term| term.alternatives.contains(word));
    #[expect(clippy::cast_precision_loss, reason = "headings have few words")]
    let share = words.iter().filter(|word| asked(word)).count() as f32 / words.len().max(1) as f32;
    let coverage = wanted.coverage(|term| f32::from(named.get(term).copied().unwrap_or(false)));
    share >= SUBJECT_SHARE && coverage >= SUBJECT_COVERAGE
}

fn stems(text: &str) -> HashSet<String> {
    search::analyse(text).into_iter().map(|token| token.term).collect()
}

/// Not the rule of a table, a lone number or a wall of text.
fn is_quotable(text: &str) -> bool {
    text.len() <= MAX_SENTENCE_BYTES
        && !text.starts_with("|--")
        && text.split_whitespace().filter(|word| word.chars().any(char::is_alphanumeric)).count() >= 2
}

/// Takes the sentence that brings most, again and again; what is covered counts little the next time.
fn choose(wanted: &Wanted, candidates: &[Candidate]) -> Vec<Chosen> {
    let mut left = vec![1.0_f32; wanted.terms.len()];
    let mut open: Vec<&Candidate> = candidates.iter().collect();
    let mut chosen: Vec<(Chosen, &Candidate)> = Vec::new();
    let mut first_gain = None;
    while chosen.len() < MAX_SENTENCES {
        let gain = |candidate: &Candidate| {
            let covered =
                wanted.coverage(|term| candidate.worth(term) * left.get(term).copied().unwrap_or(0.0));
            covered + candidate.bonus
        };
        let best = open.iter().enumerate().map(|(at, candidate)| (at, gain(candidate)));
        let Some((at, best_gain)) = best.max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0))) else {
            break;
        };
        if best_gain < *first_gain.get_or_insert(best_gain) * LEAST_GAIN {
            break;
        }
        let candidate = open.remove(at);
        for (term, share) in left.iter_mut().enumerate() {
            if candidate.worth(term) > 0.0 {
                *share = (*share * WORTH_AGAIN).max(0.0);
            }
        }
        match chosen.iter_mut().find(|(_, other)| overlap(&other.stems, &candidate.stems) >= SAME_OVERLAP) {
            Some((same, _)) if same.passages.contains(&candidate.passage) => {}
            Some((same, _)) => same.passages.push(candidate.passage),
            None => {
                let sentence = Chosen { passages: vec![candidate.passage], range: candidate.range.clone() };
                chosen.push((sentence, candidate));
            }
        }
    }
    chosen.into_iter().map(|(sentence, _)| sentence).collect()
}

/// The share of the shorter sentence's words that stand in the other.
fn overlap(left: &HashSet<String>, right: &HashSet<String>) -> f32 {
    let shared = left.intersection(right).count();
    let shorter = left.len().min(right.len()).max(1);
    let longer = left.len().max(right.len()).max(1);
    #[expect(clippy::cast_precision_loss, reason = "sentences have few words")]
    let (of_shorter, of_longer) = (shared as f32 / shorter as f32, shared as f32 / longer as f32);
    // A sentence that is a small part of another says something else.
    if of_longer < 0.5 { 0.0 } else { of_shorter }
}

/// The passage with most evidence first, its sentences as they stand there.
fn in_reading_order(mut chosen: Vec<Chosen>, evidence: &[f32]) -> Vec<Chosen> {
    let mut first_seen: HashMap<usize, usize> = HashMap::new();
    for (order, sentence) in chosen.iter().enumerate() {
        first_seen.entry(sentence.passages.first().copied().unwrap_or(0)).or_insert(order);
    }
    chosen.sort_by(|a, b| {
        let key = |sentence: &Chosen| {
            let passage = sentence.passages.first().copied().unwrap_or(0);
            let covered = evidence.get(passage).copied().unwrap_or(0.0);
            (covered, first_seen.get(&passage).copied().unwrap_or(usize::MAX))
        };
        let (a_key, b_key) = (key(a), key(b));
        b_key.0.total_cmp(&a_key.0).then(a_key.1.cmp(&b_key.1)).then(a.range.start.cmp(&b.range.start))
    });
    chosen
}

/// The best sentence of each of the best passages.
fn nearest(wanted: &Wanted, candidates: &[Candidate], evidence: &[f32]) -> Vec<Chosen> {
    let mut passages: Vec<usize> = (0..evidence.len()).collect();
    let covered = |passage: &usize| evidence.get(*passage).copied().unwrap_or(0.0);
    passages.sort_by(|a, b| covered(b).total_cmp(&covered(a)));
    let best = |passage: usize| {
        let score = |candidate: &Candidate| wanted.coverage(|term| candidate.worth(term)) + candidate.bonus;
        candidates
            .iter()
            .filter(|candidate| candidate.passage == passage)
            .max_by(|a, b| score(a).total_cmp(&score(b)).then(b.range.start.cmp(&a.range.start)))
    };
    passages
        .into_iter()
        .filter_map(best)
        .take(NEAREST)
        .map(|candidate| Chosen { passages: vec![candidate.passage], range: candidate.range.clone() })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passage(id: &str, heading: &str, text: &str, score: f32) -> Passage {
        Passage {
            chunk_id: id.to_owned(),
            document_id: "d".to_owned(),
            title: "Book".to_owned(),
            heading: (!heading.is_empty()).then(|| heading.to_owned()),
            page: Some(1),
            text: text.to_owned(),
            score,
        }
    }

    fn wanted(words: &[(&str, f32)]) -> Wanted {
        let term = |(word, weight): &(&str, f32)| Term {
            alternatives: search::analyse(word).into_iter().map(|token| token.term).collect(),
            weight: *weight,
        };
        Wanted::new(words.iter().map(term).collect())
    }

    fn texts(selection: &Selection) -> Vec<&str> {
        let text = |chosen: &Chosen| &selection.passages[chosen.passages[0]].text[chosen.range.clone()];
        selection.sentences.iter().map(text).collect()
    }

    #[test]
    fn sentences_under_a_heading_about_the_subject_answer() {
        let selection = select(
            &wanted(&[("fireball", 5.0), ("damage", 2.0)]),
            vec![
                passage(
                    "a",
                    "Spells \u{203a} Fireball",
                    "A streak flashes from your finger. Each creature takes 8d6 fire damage. It ignites things.",
                    9.0,
                ),
                passage("b", "Weather", "Rain falls. Some damage is done by hail.", 2.0),
            ],
        );
        assert!(selection.answers);
        assert!(
            texts(&selection).contains(&"Each creature takes 8d6 fire damage."),
            "{:?}",
            texts(&selection)
        );
        assert!(selection.sentences.iter().all(|chosen| chosen.passages == [0]));
    }

    #[test]
    fn what_says_the_same_is_said_once_with_both_sources() {
        let same = "The harbour opens at seven in the morning.";
        let selection = select(
            &wanted(&[("harbour", 3.0), ("opens", 3.0)]),
            vec![passage("a", "", same, 5.0), passage("b", "", same, 5.0)],
        );
        assert_eq!(texts(&selection), [same]);
        assert_eq!(selection.sentences[0].passages, [0, 1]);
    }

    #[test]
    fn a_rare_word_that_is_nowhere_means_no_answer() {
        let selection = select(
            &wanted(&[("invented", 6.0), ("harbour", 3.0)]),
            vec![passage("a", "", "The harbour opens at seven in the morning.", 5.0)],
        );
        assert!(!selection.answers);
        assert_eq!(selection.sentences.len(), 1);
        assert!(!select(&wanted(&[("x", 1.0)]), Vec::new()).answers);
    }
}
