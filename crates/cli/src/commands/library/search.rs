//! `familiar library search`: by words, by meaning, and by what passages tell of.

use crate::{client::encoded, error::CliError, output::Output, session::Session};
use api::library::{Entry, Fragment, SearchChip, SearchHit, SearchResult};
use clap::{Args, ValueEnum};

/// What to search for, and among what
#[derive(Debug, Args)]
pub(super) struct Search {
    /// What to look for; may be left out where something is chosen by an option
    #[arg(required_unless_present_any = ["kind", "level", "school", "format", "collection", "document", "added", "document_kind", "tag"])]
    words: Vec<String>,
    /// How many passages at the most
    #[arg(short, long, default_value_t = 10)]
    limit: usize,
    /// By words and meaning, or by one of them
    #[arg(short, long, value_enum, default_value_t)]
    mode: Mode,
    /// Only what tells of these (may be given several times)
    #[arg(short = 't', long = "type", value_enum)]
    kind: Vec<Kind>,
    /// Only spells of this level and monsters of this challenge: 3, 1/4, or a range such as 1-3
    #[arg(long)]
    level: Option<String>,
    /// Only spells of this school of magic (may be given several times)
    #[arg(long)]
    school: Vec<String>,
    /// Only documents of this format, such as pdf (may be given several times)
    #[arg(long)]
    format: Vec<String>,
    /// Only documents of this collection (may be given several times)
    #[arg(long)]
    collection: Vec<String>,
    /// Only this document, by its id (may be given several times)
    #[arg(long)]
    document: Vec<String>,
    /// Only documents that were added in this month, such as 2026-11 (may be given several times)
    #[arg(long)]
    added: Vec<String>,
    /// Only documents of this kind (may be given several times)
    #[arg(long, value_enum)]
    document_kind: Vec<DocumentKind>,
    /// Only documents with this tag (may be given several times)
    #[arg(long)]
    tag: Vec<String>,
    /// Say how many passages there are by type, level, school, source and the like
    #[arg(long)]
    facets: bool,
    /// Do not make this of a word, by the key that is told beside it, such as synonym:hp (may be given several times)
    #[arg(long, value_name = "KEY")]
    off: Vec<String>,
    /// Look for related names as well, by the key that is told beside them (may be given several times)
    #[arg(long, value_name = "KEY")]
    on: Vec<String>,
}

/// How to search
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Mode {
    /// By words and by meaning
    #[default]
    Hybrid,
    /// By words only
    Keyword,
    /// By meaning only
    Semantic,
}

impl Mode {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Hybrid => "hybrid",
            Self::Keyword => "keyword",
            Self::Semantic => "semantic",
        }
    }
}

/// What a passage tells of
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    /// Spells
    Spell,
    /// Monsters
    Monster,
    /// Conditions
    Condition,
    /// Items with magic in them
    MagicItem,
    /// What can be bought
    Equipment,
    /// Rules of a game
    Rule,
    /// Everything else
    Text,
}

impl Kind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Spell => "spell",
            Self::Monster => "monster",
            Self::Condition => "condition",
            Self::MagicItem => "magic_item",
            Self::Equipment => "equipment",
            Self::Rule => "rule",
            Self::Text => "text",
        }
    }
}

/// What kind of document something is
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum DocumentKind {
    /// How a game is played
    Rulebook,
    /// A story for a game
    Adventure,
    /// More monsters, spells, items and options for a game
    Supplement,
    /// Where one looks things up
    Reference,
    /// Source code
    Code,
    /// A letter or a message
    Letter,
    /// A paper, a thesis, an essay with sources
    Article,
    /// A story
    Fiction,
    /// How something is installed or used
    Manual,
    /// Tables
    Data,
}

impl DocumentKind {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Rulebook => "rulebook",
            Self::Adventure => "adventure",
            Self::Supplement => "supplement",
            Self::Reference => "reference",
            Self::Code => "code",
            Self::Letter => "letter",
            Self::Article => "article",
            Self::Fiction => "fiction",
            Self::Manual => "manual",
            Self::Data => "data",
        }
    }
}

impl Search {
    pub(super) async fn run(&self, session: &Session, output: Output) -> Result<(), CliError> {
        let result: SearchResult = session.client.get(&self.address()).await?;
        if output.json {
            return output.value(&result);
        }
        for chip in &result.chips {
            output.remark(made_of(chip));
        }
        if result.hits.is_empty() {
            output.remark("nothing found");
        }
        for hit in &result.hits {
            show(output, hit)?;
        }
        for facet in &result.facets {
            let values = facet.values.iter().take(12);
            let values: Vec<String> = values
                .map(|value| format!("{} ({})", value.label.as_deref().unwrap_or(&value.value), value.count))
                .collect();
            output.line(format!("{} {}", output.bold(&facet.name), values.join(", ")))?;
        }
        output.remark(format!("{} passages in {:.1} ms", result.total, result.took_ms));
        if let Some(why) = &result.words_only {
            output.remark(&why.message);
        }
        Ok(())
    }

    fn address(&self) -> String {
        let kinds: Vec<String> = self.kind.iter().map(|kind| kind.as_str().to_owned()).collect();
        let lower = |values: &[String]| values.iter().map(|value| value.to_lowercase()).collect::<Vec<_>>();
        let mut path = format!(
            "/api/library/search?q={}&limit={}&mode={}&facets={}",
            encoded(&self.words.join(" ")),
            self.limit,
            self.mode.as_str(),
            self.facets
        );
        for (name, values) in [
            ("type", kinds),
            ("school", lower(&self.school)),
            ("format", lower(&self.format)),
            ("collection", self.collection.clone()),
            ("source", self.document.clone()),
            ("added", self.added.clone()),
            ("tag", lower(&self.tag)),
            ("document_kind", self.document_kind.iter().map(|kind| kind.as_str().to_owned()).collect()),
        ] {
            if !values.is_empty() {
                path.push_str(&format!("&{name}={}", encoded(&listed(&values))));
            }
        }
        for (name, keys) in [("off", &self.off), ("on", &self.on)] {
            if !keys.is_empty() {
                path.push_str(&format!("&{name}={}", encoded(&keys.join(","))));
            }
        }
        if let Some(level) = &self.level {
            let (least, most) = level.split_once('-').unwrap_or((level, level));
            path.push_str(&format!(
                "&level_min={}&level_max={}",
                encoded(least.trim()),
                encoded(most.trim())
            ));
        }
        path
    }
}

/// What was made of a word, and how to have it otherwise.
fn made_of(chip: &SearchChip) -> String {
    let SearchChip { key, typed, meant, on, .. } = chip;
    let meant = meant.join(", ");
    let made = match chip.kind.as_str() {
        "correction" => format!("`{typed}` taken for {meant}"),
        "related" => format!("`{typed}` stands together with {meant}"),
        _ => format!("`{typed}`, also as {meant}"),
    };
    match (chip.kind == "related", *on) {
        (false, true) => format!("{made} (not with --off '{key}')"),
        (false, false) => format!("{made}: switched off"),
        (true, true) => format!("{made}: looked for"),
        (true, false) => format!("{made} (looked for with --on '{key}')"),
    }
}

/// Values parted by commas, as the server reads them.
fn listed(values: &[String]) -> String {
    let escaped = values.iter().map(|value| value.replace('\\', "\\\\").replace(',', "\\,"));
    escaped.collect::<Vec<_>>().join(",")
}

fn show(output: Output, hit: &SearchHit) -> Result<(), CliError> {
    let page = hit.page.map(|page| format!(", page {page}")).unwrap_or_default();
    let heading = hit.heading.as_deref().map(|heading| format!(" › {heading}")).unwrap_or_default();
    let found = match (hit.by_words, hit.likeness) {
        (false, _) => "  (by meaning)",
        (true, Some(_)) => "  (by words and meaning)",
        (true, None) => "",
    };
    output.line(format!("{}{found}", output.bold(&format!("{}{heading}{page}", hit.title))))?;
    for entry in &hit.entries {
        output.line(format!("  {}", told(entry)))?;
    }
    let marked = |f: &Fragment| if f.marked { output.bold(&f.text) } else { f.text.clone() };
    let snippet: String = hit.snippet.iter().map(marked).collect();
    output.line(format!("  {}\n", snippet.split_whitespace().collect::<Vec<_>>().join(" ")))
}

/// What an entry is, in a line.
fn told(entry: &Entry) -> String {
    const TOLD: [&str; 8] =
        ["level", "challenge", "school", "size", "type", "rarity", "cost", "casting_time"];
    let fact = |name: &&str| entry.facts.iter().find(|fact| fact.field == **name);
    let facts = TOLD.iter().filter_map(fact);
    let facts: Vec<String> =
        facts.map(|fact| format!("{} {}", fact.field.replace('_', " "), fact.text)).collect();
    let kind = entry.kind.replace('_', " ");
    format!("[{kind}] {}{}{}", entry.name, if facts.is_empty() { "" } else { ": " }, facts.join(", "))
}
