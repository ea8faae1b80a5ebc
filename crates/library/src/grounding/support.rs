//! Whether passages bear out what a sentence claims: by its words, its figures, its names, and what it denies.
//!
//! No model is asked. A sentence is borne out where enough of its words, weighed by rarity, stand close together in a
//! source, where that has its figures (with what they count) and its names, and where neither denies what the other says or
//! says its opposite (`open` and `closed`). What follows from a source by thinking, it cannot know.

use super::reading::{Clause, Word, clauses, denies, read, stem, unit};
use super::{Doubt, Reason, Support};
use crate::sentence;
use llm::Passage;
use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

/// Share of a claim's words, by weight, that its sources contain where they bear it out.
const SUPPORTED: f32 = 0.55;
/// The same where they bear out a part.
const PARTLY: f32 = 0.4;
/// Share of a claim's words in a sentence of a source from which on both are of one matter.
const SAME_MATTER: f32 = 0.3;
/// The same for an opposite to be one, without the opposites themselves.
const OPPOSED: f32 = 0.6;
/// What a word is worth where only its beginning stands in the source.
const BEGINNING_WORTH: f32 = 0.8;
/// Letters of a beginning.
const BEGINNING: usize = 5;
/// Sentences of a source that are read together.
const WINDOW: usize = 3;
/// Words that exclude each other where they are said of the same.
const OPPOSITES: &str = "open close shut closed|first last|more less fewer|maximum minimum|increase decrease reduce|rise fall|\
    always never|allow forbid|hot cold|north south east west northern southern eastern western|left right|win lose|\
    keep lose|advantage disadvantage|morning noon afternoon evening night midnight|spring summer autumn winter|high low|\
    above below|upper lower|inside outside|indoors outdoors|early late|oldest youngest|buy sell|top bottom|strong weak|\
    stronger weaker|adult child|full empty|wet dry|long short|longest shortest|large small|largest smallest|public private|\
    arrive depart|best worst|bow stern|front back|red green blue yellow amber orange white black brown grey purple violet pink|\
    monday tuesday wednesday thursday friday saturday sunday|\
    january february march april june july august september october november december";
/// Words of somebody who says that the sources do not tell.
const TELLING: &str = "say says mention mentioned mentions specify specified specifies state stated states answer answered \
    answers find found information contain contains tell tells told know provided provide given";
/// What or who does not tell.
const TELLERS: &str =
    "source sources document documents passage passages text texts information context library excerpts i we";
/// How sentences begin that only speak to the reader.
const COURTESIES: [&str; 15] = [
    "i hope",
    "let me know",
    "feel free",
    "i am happy",
    "i'm happy",
    "i\u{2019}m happy",
    "happy to",
    "sure",
    "of course",
    "certainly",
    "great question",
    "here is",
    "here are",
    "thank",
    "you're welcome",
];

static OPPOSED_STEMS: LazyLock<Vec<HashSet<String>>> =
    LazyLock::new(|| OPPOSITES.split('|').map(|group| group.split(' ').filter_map(stem).collect()).collect());

/// What is known of the sources of an answer.
pub(super) struct Sources {
    evidence: Vec<Evidence>,
    /// How many sentences they have.
    sentences: f32,
    /// In how many of them a stem stands.
    counts: HashMap<String, f32>,
    names: Names,
}

/// What capital letters within a sentence say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Names {
    /// They are names.
    Capitals,
    /// Nothing: every noun has one.
    Unknown,
}

/// A passage, read.
struct Evidence {
    sentences: Vec<Stated>,
    /// The stems of its title and headings.
    above: HashSet<String>,
    figures: HashSet<String>,
    /// Figures with what they count.
    units: Vec<(String, String)>,
}

struct Stated {
    stems: HashSet<String>,
    clauses: Vec<Clause>,
}

/// A sentence of an answer, read.
struct Claim {
    words: Vec<Word>,
    /// What is compared of it, each once, with its weight.
    terms: Vec<(String, f32)>,
    total: f32,
}

/// What sources say to a claim.
struct Judged {
    coverage: f32,
    objection: Option<Reason>,
}

impl Judged {
    fn bears_out(&self) -> bool {
        self.objection.is_none() && self.coverage >= SUPPORTED
    }
}

impl Sources {
    pub(super) fn new(passages: &[Passage], names: Names) -> Self {
        let evidence: Vec<Evidence> = passages.iter().map(Evidence::of).collect();
        let mut counts: HashMap<String, f32> = HashMap::new();
        let mut sentences = 0.0;
        for stated in evidence.iter().flat_map(|passage| &passage.sentences) {
            sentences += 1.0;
            for stem in &stated.stems {
                *counts.entry(stem.clone()).or_default() += 1.0;
            }
        }
        Self { evidence, sentences, counts, names }
    }

    /// How a sentence without its markers stands to the sources that it names, by their numbers from 1.
    pub(super) fn support(&self, text: &str, named: &[u32]) -> Support {
        let claim = self.claim(text);
        if !claim.claims(text) {
            return Support::NoClaim;
        }
        let cited: Vec<&Evidence> = named
            .iter()
            .filter_map(|number| self.evidence.get(usize::try_from(*number).ok()?.checked_sub(1)?))
            .collect();
        let own = (!cited.is_empty()).then(|| self.judge(&claim, &cited));
        if own.as_ref().is_some_and(Judged::bears_out) {
            return Support::Supported;
        }
        let bearing =
            (1..).zip(&self.evidence).find(|(_, passage)| self.judge(&claim, &[*passage]).bears_out());
        let source = bearing.map(|(number, _)| number);
        match (own, source) {
            (None, Some(_)) => Support::Weak(Doubt { reason: Reason::Uncited, source }),
            (None, None) => Support::Unsupported(Doubt { reason: Reason::Uncited, source }),
            (Some(_), Some(_)) => Support::Weak(Doubt { reason: Reason::Elsewhere, source }),
            (Some(judged), None) => match judged.objection {
                Some(reason) => Support::Unsupported(Doubt { reason, source }),
                None if judged.coverage >= PARTLY => Support::Weak(Doubt { reason: Reason::Partly, source }),
                None => Support::Unsupported(Doubt { reason: Reason::Words, source }),
            },
        }
    }

    fn claim(&self, text: &str) -> Claim {
        let text =
            text.trim_start_matches(|letter: char| letter.is_whitespace() || "-*\u{2022}>#".contains(letter));
        let words = read(without_number(text));
        let terms = self.terms(&words);
        let total: f32 = terms.iter().map(|(_, weight)| *weight).sum();
        Claim { words, terms, total: total.max(f32::MIN_POSITIVE) }
    }

    fn terms(&self, words: &[Word]) -> Vec<(String, f32)> {
        let mut terms: Vec<(String, f32)> = Vec::new();
        for term in words.iter().filter_map(Word::content) {
            if !terms.iter().any(|(known, _)| known == term) {
                terms.push((term.to_owned(), self.weight(term)));
            }
        }
        terms
    }

    /// How much a word says: the less often it stands in the sources, the more.
    fn weight(&self, stem: &str) -> f32 {
        (1.0 + self.sentences / (1.0 + self.counts.get(stem).copied().unwrap_or_default())).ln()
    }

    fn judge(&self, claim: &Claim, cited: &[&Evidence]) -> Judged {
        let mut best = vec![0.0_f32; claim.terms.len()];
        for passage in cited {
            for (credit, here) in best.iter_mut().zip(passage.best_window(&claim.terms)) {
                *credit = credit.max(here);
            }
        }
        let coverage = weighed(&claim.terms, &best) / claim.total;
        let figure = || claim.wrong_figure(cited).map(Reason::Figure);
        let name = || match self.names {
            Names::Capitals => claim.unknown_name(cited).map(Reason::Name),
            Names::Unknown => None,
        };
        let contradiction = || claim.is_contradicted(cited).then_some(Reason::Contradiction);
        Judged { coverage, objection: figure().or_else(name).or_else(contradiction) }
    }
}

impl Evidence {
    fn of(passage: &Passage) -> Self {
        let above = read(&format!("{}. {}", passage.title, passage.heading.as_deref().unwrap_or_default()));
        let sentences: Vec<Vec<Word>> = sentence::split(&passage.text)
            .into_iter()
            .filter_map(|range| passage.text.get(range))
            .map(read)
            .collect();
        let figures =
            sentences.iter().flatten().chain(&above).filter_map(|word| word.figure.clone()).collect();
        let mut units = Vec::new();
        for words in &sentences {
            for (at, word) in words.iter().enumerate() {
                if let (Some(figure), Some(unit)) = (&word.figure, unit(words, at)) {
                    units.push((figure.clone(), unit.to_owned()));
                }
            }
        }
        let stated = |words: &Vec<Word>| Stated { stems: stems(words), clauses: clauses(words) };
        Self { sentences: sentences.iter().map(stated).collect(), above: stems(&above), figures, units }
    }

    /// What each term is worth in the sentences next to each other that cover most of them, headings included.
    fn best_window(&self, terms: &[(String, f32)]) -> Vec<f32> {
        let credits = |stems: &HashSet<String>| -> Vec<f32> {
            terms.iter().map(|(term, _)| credit(term, stems)).collect()
        };
        let above = credits(&self.above);
        let each: Vec<Vec<f32>> = self.sentences.iter().map(|stated| credits(&stated.stems)).collect();
        let mut best = (weighed(terms, &above), above.clone());
        for start in 0..each.len() {
            let mut window = above.clone();
            for sentence in each.iter().skip(start).take(WINDOW) {
                for (credit, here) in window.iter_mut().zip(sentence) {
                    *credit = credit.max(*here);
                }
            }
            let value = weighed(terms, &window);
            if value > best.0 {
                best = (value, window);
            }
        }
        best.1
    }

    fn knows(&self, term: &str) -> bool {
        credit(term, &self.above) > 0.0
            || self.sentences.iter().any(|stated| credit(term, &stated.stems) > 0.0)
    }
}

impl Claim {
    /// Whether it says anything that could be true or false of the documents.
    fn claims(&self, text: &str) -> bool {
        let text = text.trim();
        if text.ends_with(['?', ':']) || text.starts_with('#') || self.admits_ignorance() {
            return false;
        }
        if self.words.iter().any(|word| word.figure.is_some()) {
            return true;
        }
        let lower = text.to_lowercase();
        self.terms.len() >= 2 && !COURTESIES.iter().any(|begin| lower.starts_with(begin))
    }

    /// `The sources do not say how long that takes.`
    fn admits_ignorance(&self) -> bool {
        let is_in = |word: &Word, list: &str| list.split(' ').any(|known| known == word.lower);
        let Some(denied) = (0..self.words.len()).find(|at| denies(&self.words, *at)) else { return false };
        self.words.iter().skip(denied).any(|word| is_in(word, TELLING))
            && self.words.iter().any(|word| is_in(word, TELLERS))
    }

    /// A figure that the sources do not have, or have of something else.
    fn wrong_figure(&self, cited: &[&Evidence]) -> Option<String> {
        for (at, word) in self.words.iter().enumerate() {
            let Some(figure) = &word.figure else { continue };
            let unit = unit(&self.words, at);
            let mut counting = cited
                .iter()
                .flat_map(|passage| &passage.units)
                .filter(|(_, counted)| Some(counted.as_str()) == unit)
                .map(|(number, _)| number)
                .peekable();
            let counts_otherwise = counting.peek().is_some() && !counting.any(|number| number == figure);
            let known = cited.iter().any(|passage| passage.figures.contains(figure));
            // `two ways` need not be counted by anybody.
            let incidental = word.spelled && matches!(figure.as_str(), "2" | "3" | "4");
            if counts_otherwise || (!known && !incidental) {
                return Some(word.written.clone());
            }
        }
        None
    }

    /// A name within it that no source has.
    fn unknown_name(&self, cited: &[&Evidence]) -> Option<String> {
        let is_capital = |word: &Word| word.written.chars().next().is_some_and(char::is_uppercase);
        let capitals = self.words.iter().filter(|word| is_capital(word)).count();
        // A title has capitals all over.
        if capitals * 10 >= self.words.len() * 6 {
            return None;
        }
        let named = |word: &&Word| {
            is_capital(word)
                && word.figure.is_none()
                && word.written.chars().nth(1).is_some()
                && !word.lower.starts_with("i'")
                && !word.gap.contains(['.', ':', '!', '?', '"', '\u{201c}', '*'])
        };
        let unknown = |word: &&Word| {
            word.content().is_some_and(|term| cited.iter().all(|passage| !passage.knows(term)))
        };
        self.words.iter().skip(1).filter(named).find(unknown).map(|word| word.written.clone())
    }

    /// Whether the sources say the opposite; two opposites in one agree again: `closed on Mondays` and `open except on
    /// Mondays`.
    fn is_contradicted(&self, cited: &[&Evidence]) -> bool {
        let stated = || cited.iter().flat_map(|passage| &passage.sentences);
        let mut nearest: Option<(f32, &Stated)> = None;
        for sentence in stated() {
            let share = self.share_in(&sentence.stems);
            if share >= SAME_MATTER && nearest.is_none_or(|(best, _)| share > best) {
                nearest = Some((share, sentence));
            }
        }
        let Some((_, nearest)) = nearest else { return false };
        let all: Vec<&Stated> = stated().collect();
        self.denies_otherwise(&nearest.clauses) != self.says_opposite(&all)
    }

    fn share_in(&self, stems: &HashSet<String>) -> f32 {
        let here: f32 = self.terms.iter().map(|(term, weight)| weight * credit(term, stems)).sum();
        here / self.total
    }

    /// Whether it says what a sentence denies, or denies what that says.
    fn denies_otherwise(&self, source: &[Clause]) -> bool {
        let stands = |term: &str| source.iter().any(|clause| clause.terms.contains(term));
        clauses(&self.words).iter().any(|clause| {
            let mut known = clause.terms.iter().filter(|term| stands(term)).peekable();
            if known.peek().is_none() {
                return false;
            }
            if clause.denies {
                // Something of it has to be denied there, too; the rest may be the subject.
                !known.any(|term| is_denied(source, term))
            } else {
                known.any(|term| is_denied_wherever_it_stands(source, term))
            }
        })
    }

    /// Whether a source says the same with an opposite word.
    fn says_opposite(&self, stated: &[&Stated]) -> bool {
        let mine = stems(&self.words);
        OPPOSED_STEMS.iter().any(|group| {
            let own: HashSet<&String> = mine.intersection(group).collect();
            if own.is_empty() {
                return false;
            }
            let rest: Vec<&(String, f32)> =
                self.terms.iter().filter(|(term, _)| !own.contains(term)).collect();
            let total: f32 = rest.iter().map(|(_, weight)| *weight).sum();
            let (mut same, mut other) = (0.0_f32, 0.0_f32);
            for sentence in stated {
                let here: f32 =
                    rest.iter().map(|(term, weight)| weight * credit(term, &sentence.stems)).sum();
                if own.iter().any(|word| sentence.stems.contains(*word)) {
                    same = same.max(here);
                } else if !group.is_disjoint(&sentence.stems) {
                    other = other.max(here);
                }
            }
            total > 0.0 && other > same && other / total >= OPPOSED
        })
    }
}

/// Text without the number that an item of a list begins with.
fn without_number(text: &str) -> &str {
    let rest = text.trim_start_matches(|letter: char| letter.is_ascii_digit());
    let item =
        rest.strip_prefix(['.', ')']).filter(|rest| rest.starts_with(' ') && text.len() > rest.len() + 1);
    item.unwrap_or(text)
}

fn is_denied(source: &[Clause], term: &str) -> bool {
    source.iter().any(|clause| clause.denies && clause.terms.contains(term))
}

fn is_denied_wherever_it_stands(source: &[Clause], term: &str) -> bool {
    source.iter().filter(|clause| clause.terms.contains(term)).all(|clause| clause.denies)
}

fn stems(words: &[Word]) -> HashSet<String> {
    words.iter().filter_map(|word| word.stem.clone()).collect()
}

fn weighed(terms: &[(String, f32)], credits: &[f32]) -> f32 {
    terms.iter().zip(credits).map(|((_, weight), credit)| weight * credit).sum()
}

/// What a term is worth among these stems: whole, or nearly that where one begins alike.
fn credit(term: &str, stems: &HashSet<String>) -> f32 {
    if stems.contains(term) {
        return 1.0;
    }
    let beginning = term
        .char_indices()
        .nth(BEGINNING - 1)
        .and_then(|(at, letter)| term.get(..at + letter.len_utf8()))
        .filter(|_| !term.starts_with('#'));
    let alike = |begin: &str| {
        stems.iter().any(|stem| stem.starts_with(begin) && stem.len().abs_diff(term.len()) < BEGINNING)
    };
    if beginning.is_some_and(alike) { BEGINNING_WORTH } else { 0.0 }
}
