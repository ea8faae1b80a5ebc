//! What a person types, read without ever refusing it.

use crate::{
    Synonyms,
    facets::{DocumentTags, Filter},
};
use base::OwnerId;
use std::{collections::HashSet, sync::Arc};

/// Most clauses of a query that are read; the rest is ignored. How many of these are looked for, `compile` says.
const MAX_CLAUSES: usize = 256;

/// A search in one owner's passages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// In whose passages.
    pub owner: OwnerId,
    /// The person's text: words, `"phrase"`, `word*`, `w*d`, `w?rd`, `word~`, `-word`, `title:word`, `heading:word`,
    /// `text:word`, `tag:name`.
    pub text: String,
    /// Only in these documents; empty means everywhere.
    pub document_ids: Vec<String>,
    /// How many hits at the most (1 to 1,000).
    pub limit: usize,
    /// How many of the best to leave out, for pages.
    pub offset: usize,
    /// What a word that nobody wrote is taken for.
    pub typos: Typos,
    /// Words that mean the same, and are looked for as well.
    pub synonyms: Option<Arc<Synonyms>>,
    /// What is not to be done with words, by the keys of [`Chip`]s.
    pub switched_off: Vec<String>,
    /// What is only done where the person asks for it, by the keys of [`Chip`]s.
    pub switched_on: Vec<String>,
    /// Whether the words of the passages themselves widen the query.
    pub own_words: OwnWords,
    /// Only passages that are of this.
    pub filter: Filter,
    /// Whether hits are counted by facets.
    pub counting: Counting,
    /// The tags of the owner's documents, for `tag:`, for choices and for counts. Where none of these is asked for, it may
    /// be empty.
    pub tags: Arc<DocumentTags>,
}

/// Whether passages are counted by facets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Counting {
    /// Not.
    #[default]
    No,
    /// By every facet.
    Facets,
}

/// Whether what the passages say of names, abbreviations and what stands together widens a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OwnWords {
    /// Not.
    #[default]
    Unused,
    /// What is called otherwise is looked for as well; what is only related is proposed.
    Used,
}

/// What was made of a word of a query, which a person may switch off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chip {
    /// What was done.
    pub kind: ChipKind,
    /// What the person typed.
    pub typed: String,
    /// What is looked for: beside it, or in its place.
    pub meant: Vec<String>,
    /// Whether that holds; false where it was switched off, and where it is only proposed.
    pub on: bool,
}

impl Chip {
    /// The name to switch it off by, such as `synonym:hp`; the same for these words in every query.
    pub fn key(&self) -> String {
        key(self.kind, &self.typed)
    }
}

pub(crate) fn key(kind: ChipKind, typed: &str) -> String {
    let words: Vec<String> = crate::analysis::surface(typed).into_iter().map(|token| token.term).collect();
    format!("{}:{}", kind.as_str(), words.join(" "))
}

/// What was done with a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChipKind {
    /// Others that mean the same are looked for as well.
    Synonym,
    /// Nobody wrote it; what it is taken for is looked for instead.
    Correction,
    /// The passages themselves say that it is called so, too.
    Vocabulary,
    /// What stands together with it far more often than by chance: only looked for where a person wants it.
    Related,
}

impl ChipKind {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Synonym => "synonym",
            Self::Correction => "correction",
            Self::Vocabulary => "vocabulary",
            Self::Related => "related",
        }
    }
}

/// How freely a word that nobody wrote is taken for a typo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Typos {
    /// Not at all.
    None,
    /// One edit from five letters, two from nine, and only what is nearest: for questions, whose words need not be in
    /// the passages at all.
    Careful,
    /// One edit from four letters, two from five, words of headings first: for what a person looks up by name.
    #[default]
    Generous,
}

impl Query {
    /// The ten best passages for a text, everywhere, forgiving typos.
    pub fn new(owner: OwnerId, text: impl Into<String>) -> Self {
        Self {
            owner,
            text: text.into(),
            document_ids: Vec::new(),
            limit: 10,
            offset: 0,
            typos: Typos::default(),
            synonyms: None,
            switched_off: Vec::new(),
            switched_on: Vec::new(),
            own_words: OwnWords::default(),
            filter: Filter::default(),
            counting: Counting::No,
            tags: Arc::default(),
        }
    }

    /// Which documents its `tag:` clauses leave; `None` where it has none.
    pub(crate) fn tagged(&self) -> Option<Tagged> {
        let clauses = tag_clauses(&self.text);
        if clauses.is_empty() {
            return None;
        }
        let mut tagged = Tagged { within: None, without: HashSet::new() };
        for clause in clauses {
            let having = self.tags.iter().filter(|(_, tags)| tags.iter().any(|tag| clause.matches(tag)));
            let having = having.map(|(id, _)| id.clone());
            if clause.excluded {
                tagged.without.extend(having);
                continue;
            }
            let having: HashSet<String> = having.collect();
            tagged.within = Some(match tagged.within.take() {
                Some(before) => before.into_iter().filter(|id| having.contains(id)).collect(),
                None => having,
            });
        }
        Some(tagged)
    }
}

/// What `tag:` clauses leave of documents.
pub(crate) struct Tagged {
    /// Only these; `None` means all.
    pub(crate) within: Option<HashSet<String>>,
    /// But none of these.
    pub(crate) without: HashSet<String>,
}

impl Tagged {
    /// Whether a document is left.
    pub(crate) fn leaves(&self, id: &str) -> bool {
        self.within.as_ref().is_none_or(|within| within.contains(id)) && !self.without.contains(id)
    }
}

/// Whether a text asks for tags.
pub fn names_tags(text: &str) -> bool {
    !tag_clauses(text).is_empty()
}

/// What a query says without its syntax: the words that are looked for, in their order.
pub fn plain_text(text: &str) -> String {
    let wanted = parse(text).into_iter().filter(|clause| !clause.excluded);
    let words = wanted.map(|clause| match clause.pattern {
        Pattern::Word(text) | Pattern::Prefix(text) | Pattern::Phrase(text) | Pattern::Fuzzy(text, _) => text,
        Pattern::Wild(text) => text.replace(WILD, ""),
    });
    words.collect::<Vec<_>>().join(" ")
}

/// One piece of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Clause {
    /// Whether hits must not match.
    pub(crate) excluded: bool,
    /// Where it counts.
    pub(crate) place: Place,
    /// What to look for.
    pub(crate) pattern: Pattern,
}

/// A tag that documents must have, or must not.
#[derive(Debug, Clone, PartialEq, Eq)]
struct TagClause {
    excluded: bool,
    /// In small letters, with one blank between words.
    tag: String,
    /// Whether tags that only begin so are meant as well.
    prefix: bool,
}

impl TagClause {
    fn matches(&self, tag: &str) -> bool {
        if self.prefix { tag.starts_with(&self.tag) } else { tag == self.tag }
    }
}

/// A piece of a query: of its words, or a tag.
enum Piece {
    Clause(Clause),
    Tag(TagClause),
}

/// Where a clause looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Anywhere,
    /// In the titles of documents.
    Title,
    /// In the headings over passages.
    Heading,
    /// In the passages' own text.
    Text,
}

/// What a clause looks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Pattern {
    /// A word (which analysis may still split, such as `half-elf`).
    Word(String),
    /// Words that begin so.
    Prefix(String),
    /// Words of this form: `*` for any letters, `?` for one.
    Wild(String),
    /// Words that are at most so many edits from this one.
    Fuzzy(String, u8),
    /// Words in this order.
    Phrase(String),
}

/// What stands for other letters.
pub(crate) const WILD: [char; 2] = ['*', '?'];

/// Reads a query without its tags. Every text has a reading; what makes no sense as syntax is a word.
pub(crate) fn parse(text: &str) -> Vec<Clause> {
    let clause = |piece| match piece {
        Piece::Clause(clause) => Some(clause),
        Piece::Tag(_) => None,
    };
    pieces(text).into_iter().filter_map(clause).collect()
}

fn tag_clauses(text: &str) -> Vec<TagClause> {
    let tag = |piece| match piece {
        Piece::Clause(_) => None,
        Piece::Tag(tag) => Some(tag),
    };
    pieces(text).into_iter().filter_map(tag).collect()
}

fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() && pieces.len() < MAX_CLAUSES {
        let (piece, after) = parse_piece(rest);
        pieces.extend(piece);
        rest = after.trim_start();
    }
    pieces
}

fn parse_piece(text: &str) -> (Option<Piece>, &str) {
    // A dash excludes only in front of something: `a - b` is two words.
    let (excluded, text) = match text.strip_prefix('-') {
        Some(rest) if rest.starts_with(|next: char| next.is_alphanumeric() || matches!(next, '"' | '*')) => {
            (true, rest)
        }
        Some(_) | None => (false, text),
    };
    if let Some(text) = strip_tag(text) {
        let (tag, rest) = parse_tag(text);
        return (tag.map(|tag| Piece::Tag(TagClause { excluded, ..tag })), rest);
    }
    let (place, text) = strip_field(text).unwrap_or((Place::Anywhere, text));
    let (pattern, rest) = match text.strip_prefix(is_quote) {
        Some(inner) => {
            let (phrase, rest) = inner.split_once(is_quote).unwrap_or((inner, ""));
            (Pattern::Phrase(phrase.to_owned()), rest)
        }
        None => parse_word(text),
    };
    let empty = match &pattern {
        Pattern::Word(text)
        | Pattern::Prefix(text)
        | Pattern::Phrase(text)
        | Pattern::Wild(text)
        | Pattern::Fuzzy(text, _) => !text.chars().any(char::is_alphanumeric),
    };
    ((!empty).then_some(Piece::Clause(Clause { excluded, place, pattern })), rest)
}

/// What stands behind `tag:`.
fn strip_tag(text: &str) -> Option<&str> {
    let (name, rest) = text.split_at_checked("tag:".len())?;
    let wanted = rest.starts_with(|next: char| next.is_alphanumeric() || is_quote(next) || next == '#');
    (name.eq_ignore_ascii_case("tag:") && wanted).then_some(rest)
}

/// A tag and what stands behind it; none where nothing is named.
fn parse_tag(text: &str) -> (Option<TagClause>, &str) {
    let (name, rest) = match text.strip_prefix(is_quote) {
        Some(inner) => inner.split_once(is_quote).unwrap_or((inner, "")),
        None => text.split_at(text.find(char::is_whitespace).unwrap_or(text.len())),
    };
    let (name, prefix) = match name.strip_suffix('*') {
        Some(begin) => (begin, true),
        None => (name, false),
    };
    let words: Vec<&str> = name.trim_start_matches('#').split_whitespace().collect();
    let tag = words.join(" ").to_lowercase();
    ((!tag.is_empty()).then_some(TagClause { excluded: false, tag, prefix }), rest)
}

fn strip_field(text: &str) -> Option<(Place, &str)> {
    let fields = [("title:", Place::Title), ("heading:", Place::Heading), ("text:", Place::Text)];
    fields.into_iter().find_map(|(field, place)| {
        let (name, rest) = text.split_at_checked(field.len())?;
        let wanted = rest.starts_with(|next: char| next.is_alphanumeric() || is_quote(next) || next == '*');
        (name.eq_ignore_ascii_case(field) && wanted).then_some((place, rest))
    })
}

fn parse_word(text: &str) -> (Pattern, &str) {
    let end = text.find(|next: char| next.is_whitespace() || is_quote(next)).unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    let pattern = fuzzy(word).or_else(|| wild(word)).unwrap_or_else(|| match word.strip_suffix('*') {
        Some(prefix) => Pattern::Prefix(prefix.to_owned()),
        None => Pattern::Word(word.to_owned()),
    });
    (pattern, rest)
}

/// `word~`, `word~1`, `word~2`.
fn fuzzy(word: &str) -> Option<Pattern> {
    let (word, edits) = word.rsplit_once('~')?;
    let edits = match edits {
        "1" => 1,
        "" | "2" => 2,
        _ => return None,
    };
    let is_word = !word.is_empty() && word.chars().all(char::is_alphanumeric);
    is_word.then(|| Pattern::Fuzzy(word.to_owned(), edits))
}

/// Letters and what stands for others among or before them. A question mark at the end is none, and a star there alone
/// is a prefix.
fn wild(word: &str) -> Option<Pattern> {
    let word = word.trim_end_matches('?');
    let before = word.strip_suffix('*').unwrap_or(word);
    let letters = word.chars().filter(|letter| letter.is_alphanumeric()).count();
    let is_plain = word.chars().all(|letter| letter.is_alphanumeric() || WILD.contains(&letter));
    (is_plain && letters >= 2 && before.contains(WILD)).then(|| Pattern::Wild(word.to_owned()))
}

/// Straight and typographic double quotes.
fn is_quote(character: char) -> bool {
    matches!(character, '"' | '\u{201c}' | '\u{201d}' | '\u{201e}' | '\u{ab}' | '\u{bb}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str, expected: &[&str]) {
        let shown: Vec<String> = parse(text).iter().map(show).collect();
        assert_eq!(shown, expected, "{text}");
    }

    fn show(clause: &Clause) -> String {
        let sign = if clause.excluded { "not " } else { "" };
        let field = match clause.place {
            Place::Anywhere => "",
            Place::Title => "title ",
            Place::Heading => "heading ",
            Place::Text => "text ",
        };
        match &clause.pattern {
            Pattern::Wild(text) => format!("{sign}{field}<{text}>"),
            Pattern::Fuzzy(text, edits) => format!("{sign}{field}{text}~{edits}"),
            Pattern::Word(text) => format!("{sign}{field}{text}"),
            Pattern::Prefix(text) => format!("{sign}{field}{text}..."),
            Pattern::Phrase(text) => format!("{sign}{field}[{text}]"),
        }
    }

    #[test]
    fn every_form_is_read() {
        check("fire ball", &["fire", "ball"]);
        check("\"cone of cold\" ice", &["[cone of cold]", "ice"]);
        check("\u{201c}cone of cold\u{201d}", &["[cone of cold]"]);
        check("invis*", &["invis..."]);
        check("fire -ball -\"wall of fire\"", &["fire", "not ball", "not [wall of fire]"]);
        check(
            "title:rules Title:\"the rules\" -title:old",
            &["title rules", "title [the rules]", "not title old"],
        );
        check(
            "heading:fire -text:\"wall of\" HEADING:*ball",
            &["heading fire", "not text [wall of]", "heading <*ball>"],
        );
        check(
            "gobl?n f*ball *ball -w?ll fire*l*",
            &["<gobl?n>", "<f*ball>", "<*ball>", "not <w?ll>", "<fire*l*>"],
        );
        check(
            "goblin~ goblin~1 goblin~2 -title:goblin~",
            &["goblin~2", "goblin~1", "goblin~2", "not title goblin~2"],
        );
    }

    #[test]
    fn tags_are_read_apart_from_words() {
        let text = "tag:Work fire -tag:\"to  do\" TAG:#rule* tag: tag:# tag:a,b";
        let shown: Vec<String> = tag_clauses(text)
            .iter()
            .map(|clause| {
                let (sign, star) =
                    (if clause.excluded { "-" } else { "" }, if clause.prefix { "*" } else { "" });
                format!("{sign}{}{star}", clause.tag)
            })
            .collect();
        assert_eq!(shown, ["work", "-to do", "rule*", "a,b"]);
        check(text, &["fire", "tag:"]);
        assert_eq!(plain_text("tag:work cone of cold"), "cone of cold");
        assert!(names_tags("-tag:old") && !names_tags("tag: old"));
    }

    #[test]
    fn several_tags_must_all_hold() {
        let tags = [("d1", vec!["work", "old"]), ("d2", vec!["work"]), ("d3", vec!["workshop"])];
        let tags: DocumentTags = tags
            .into_iter()
            .map(|(id, tags)| (id.to_owned(), tags.into_iter().map(str::to_owned).collect()))
            .collect();
        let left = |text: &str| {
            let query = Query { tags: Arc::new(tags.clone()), ..Query::new(base::Id::FIRST_OWNER, text) };
            let tagged = query.tagged();
            let left = |id: &&str| tagged.as_ref().is_none_or(|tagged| tagged.leaves(id));
            ["d1", "d2", "d3", "d4"].into_iter().filter(left).collect::<Vec<_>>()
        };
        assert_eq!(left("fire"), ["d1", "d2", "d3", "d4"]);
        assert_eq!(left("tag:work"), ["d1", "d2"]);
        assert_eq!(left("tag:work tag:old"), ["d1"]);
        assert_eq!(left("tag:work*"), ["d1", "d2", "d3"]);
        assert_eq!(left("-tag:work*"), ["d4"]);
        assert_eq!(left("tag:nowhere"), [""; 0]);
    }

    #[test]
    fn what_is_no_syntax_is_words() {
        check("", &[]);
        check("  \t ", &[]);
        check("\"never closed", &["[never closed]"]);
        check("a - b -- c", &["a", "b", "c"]);
        check("half-elf", &["half-elf"]);
        check("title: rules", &["title:", "rules"]);
        check("author:smith (x OR y) AND [z TO", &["author:smith", "(x", "OR", "y)", "AND", "[z", "TO"]);
        check("* \"\" - \\ +", &[]);
        check(
            "who is it? *a goblin~7 ~ a~b half-e*f x?y=z",
            &["who", "is", "it?", "*a", "goblin~7", "a~b", "half-e*f", "x?y=z"],
        );
        check("text: heading:", &["text:", "heading:"]);
        check("word\"phrase\"word", &["word", "[phrase]", "word"]);
    }

    #[test]
    fn syntax_is_left_out_of_the_plain_text() {
        let text = "how does \"cone of cold\" work -fire title:spells invis* ?";
        assert_eq!(plain_text(text), "how does cone of cold work spells invis");
        assert_eq!(plain_text("g?blin heading:fire~ *ball"), "gblin fire ball");
        assert_eq!(plain_text("-fire"), "");
    }

    proptest! {
        #[test]
        fn no_text_is_an_error(text in "\\PC*") {
            prop_assert!(parse(&text).len() <= MAX_CLAUSES);
        }

        #[test]
        fn syntax_soup_is_read_to_its_end(text in "[-\"*:# tag()title]{0,60}") {
            parse(&text);
        }
    }
}
