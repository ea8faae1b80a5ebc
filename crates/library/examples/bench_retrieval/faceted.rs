//! How long searches take among 100,000 passages where facets are chosen and counted.

use super::{
    Outcome, report,
    speed::{DIMENSIONS, OWNER, PASSAGES, document, entry, quantile, vector, words},
};
use base::{Clock, Id, SystemClock};
use search::{Candidate, Counting, Entry, Facet, Facets, Filter, Index, OwnWords, Query, fuse};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    time::Duration,
};
use vectors::{Question, Space, Vector};

const OF_A_DOCUMENT: u128 = 1_000;
const ROUNDS: u64 = 200;
/// What 95 % of the searches have to stay below, in milliseconds: by words, and by words and meaning.
const GATES: [f64; 2] = [5.0, 30.0];

/// A search with what was chosen.
struct Way {
    name: &'static str,
    filter: Filter,
    both: bool,
}

fn chosen(values: &[(Facet, &str)]) -> BTreeMap<Facet, BTreeSet<String>> {
    let mut chosen: BTreeMap<Facet, BTreeSet<String>> = BTreeMap::new();
    for (facet, value) in values {
        chosen.entry(*facet).or_default().insert((*value).to_owned());
    }
    chosen
}

fn ways() -> Vec<Way> {
    let spells = || Filter {
        values: chosen(&[(Facet::Kind, "spell"), (Facet::School, "evocation")]),
        levels: Some(8..=24),
    };
    let most = || Filter {
        values: chosen(&[
            (Facet::Format, "pdf"),
            (Facet::Kind, "rule"),
            (Facet::Kind, "text"),
            (Facet::Kind, "monster"),
        ]),
        levels: None,
    };
    let way = |name, filter, both| Way { name, filter, both };
    vec![
        way("words, counted", Filter::default(), false),
        way("words, evocations of level 1 to 3, counted", spells(), false),
        way("words, three types in PDF, counted", most(), false),
        way("both, counted", Filter::default(), true),
        way("both, evocations of level 1 to 3, counted", spells(), true),
        way("both, three types in PDF, counted", most(), true),
    ]
}

pub(crate) fn run() -> Outcome<()> {
    let clock = SystemClock::default();
    let folder = tempfile::tempdir()?;
    let (index, _) = Index::open(folder.path())?;
    let mut space = Space::new(DIMENSIONS);
    for number in 0..PASSAGES / OF_A_DOCUMENT {
        let passages: Vec<u128> = (number * OF_A_DOCUMENT..(number + 1) * OF_A_DOCUMENT).collect();
        index.add(&passages.iter().map(|passage| faceted(*passage)).collect::<Vec<_>>())?;
        let vectors: Vec<(u128, Vector)> = passages
            .iter()
            .filter_map(|passage| Some((*passage, vector(u64::try_from(*passage).ok()?)?)))
            .collect();
        space.put(document(number), OWNER, &vectors);
    }
    index.commit()?;
    report(&format!(
        "\n{} passages\n\n| search | p50 ms | p95 ms | gate |\n| --- | --- | --- | --- |",
        space.len()
    ));
    for way in ways() {
        let mut times: Vec<Duration> = Vec::new();
        for round in 0..ROUNDS {
            let vector = vector(round + 9_000_000).ok_or("no vector")?;
            let query = Query {
                limit: if way.both { 100 } else { 20 },
                filter: way.filter.clone(),
                counting: Counting::Facets,
                // As every search of the library has it.
                own_words: OwnWords::Used,
                ..Query::new(OWNER, words(round + 7_000_000, 4))
            };
            let began = clock.monotonic();
            if way.both {
                both(&index, &query, &space, &vector)?
            } else {
                drop(index.search(&query)?)
            }
            times.push(clock.monotonic() - began);
        }
        let gate = GATES.get(usize::from(way.both)).copied().unwrap_or_default();
        let (half, most) = (quantile(&mut times, 50), quantile(&mut times, 95));
        let held = if most < gate { "held" } else { "MISSED" };
        report(&format!("| {} | {half:.2} | {most:.2} | {gate} ms: {held} |", way.name));
    }
    Ok(())
}

/// What the library does after the question has its vector.
fn both(index: &Index, query: &Query, space: &Space, vector: &Vector) -> Outcome<()> {
    let allowed = if query.filter.is_empty() { None } else { Some(index.allowed(query)?) };
    let documents: Option<HashSet<Id>> =
        allowed.as_ref().map(|allowed| allowed.documents.iter().filter_map(|id| id.parse().ok()).collect());
    let near = space.nearest(&Question {
        owner: OWNER,
        documents: documents.as_ref(),
        passages: allowed.as_ref().and_then(|allowed| allowed.passages.as_ref()),
        vector,
        limit: 100,
    });
    let number = |id: &str| u128::from_str_radix(id, 16);
    let mut found: HashMap<u128, (Id, f32, bool)> = HashMap::new();
    for hit in index.search(query)?.hits {
        found.insert(number(&hit.id)?, (hit.document_id.parse()?, hit.score, hit.is_named));
    }
    let others = near.iter().filter(|near| !found.contains_key(&near.passage));
    let others: Vec<String> = others.map(|near| format!("{:032x}", near.passage)).collect();
    for hit in index.score(query, &others)? {
        found.insert(number(&hit.id)?, (hit.document_id.parse()?, hit.score, hit.is_named));
    }
    drop(index.count(query, &others)?);
    let all: Vec<(Id, u128)> = found.iter().map(|(passage, (document, ..))| (*document, *passage)).collect();
    let likenesses = space.likenesses(vector, &all);
    let candidates = found.into_iter().map(|(passage, (_, score, is_named))| Candidate {
        is_named,
        passage,
        words: (score > 0.0).then_some(score),
        meaning: likenesses.get(&passage).copied(),
    });
    drop(fuse(candidates.collect(), library::FUSION));
    Ok(())
}

/// A passage of a shelf of rulebooks: a third tells of spells and monsters.
fn faceted(passage: u128) -> Entry {
    const SCHOOLS: [&str; 8] = [
        "abjuration",
        "conjuration",
        "divination",
        "enchantment",
        "evocation",
        "illusion",
        "necromancy",
        "transmutation",
    ];
    const FORMATS: [&str; 4] = ["pdf", "epub", "markdown", "pdf"];
    let number = usize::try_from(passage).unwrap_or(0);
    let book = usize::try_from(passage / OF_A_DOCUMENT).unwrap_or(0);
    let one_of = |all: &[&str], at: usize| all.get(at % all.len()).copied().unwrap_or_default().to_owned();
    let kind = one_of(&["spell", "monster", "rule", "text", "text", "rule"], number);
    let mut facets = Facets {
        values: vec![
            (Facet::Format, one_of(&FORMATS, book)),
            (Facet::Added, format!("2026-{:02}", book % 12 + 1)),
            (Facet::Collection, format!("shelf {}", book % 5)),
            (Facet::Kind, kind.clone()),
        ],
        ..Facets::default()
    };
    match kind.as_str() {
        "spell" => {
            facets.values.push((Facet::School, one_of(&SCHOOLS, number / 6)));
            facets.levels.push(u32::try_from(number / 48 % 10).unwrap_or(0) * 8);
        }
        "monster" => facets.levels.push(u32::try_from(number / 6 % 30).unwrap_or(0) * 8),
        _ => {}
    }
    Entry {
        id: format!("{passage:032x}"),
        document_id: document(passage / OF_A_DOCUMENT).to_string(),
        facets,
        ..entry(passage)
    }
}
