//! How often the check of answers is right: on sentences that people marked, on the replies of scripted writers, and on the
//! Librarian's own; and that the document says so.

use crate::{
    answering::{ask, fixture, fixtures},
    support::{OWNER, Running},
};
use expect_test::expect_file;
use library::grounding::{self, Support};
use llm::{ChatReply, Passage, Retrieval, Retriever};
use std::{collections::BTreeMap, fmt::Write as _};
use store::testing::TestDb;

const BEGIN: &str = "<!-- answers measured: begin -->\n";
const END: &str = "<!-- answers measured: end -->\n";

/// What was said about a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Said {
    Nothing,
    BorneOut,
    InDoubt,
    NotBorneOut,
}

impl Said {
    fn of(support: &Support) -> Self {
        match support {
            Support::NoClaim => Self::Nothing,
            Support::Supported => Self::BorneOut,
            Support::Weak(_) => Self::InDoubt,
            Support::Unsupported(_) => Self::NotBorneOut,
        }
    }
}

/// The passages of a fixture: what stands under a heading, or a paragraph where there are none.
fn passages(document: &str) -> Vec<Passage> {
    let text = std::fs::read_to_string(fixture(document)).unwrap();
    let text = match text.strip_prefix("---\n") {
        Some(rest) => rest.split_once("---\n").unwrap().1,
        None => text.as_str(),
    };
    let plain = document.ends_with(".txt");
    let mut title = String::new();
    let mut found: Vec<Passage> = Vec::new();
    let mut heading: Option<String> = None;
    for block in text.split("\n\n").map(str::trim).filter(|block| !block.is_empty()) {
        if let Some(name) = block.strip_prefix("# ") {
            title = name.to_owned();
        } else if let Some(name) = block.strip_prefix('#') {
            heading = Some(name.trim_start_matches('#').trim().to_owned());
        } else if plain && title.is_empty() {
            title = block.to_owned();
        } else if let Some(last) = found.last_mut().filter(|last| !plain && last.heading == heading) {
            last.text = format!("{}\n\n{block}", last.text);
        } else {
            found.push(Passage {
                chunk_id: format!("{document}-{}", found.len()),
                document_id: document.to_owned(),
                title: title.clone(),
                heading: heading.clone(),
                page: None,
                // Lines of plain text are broken anywhere; those of a table are not.
                text: if plain { block.replace('\n', " ") } else { block.to_owned() },
                score: 1.0,
            });
        }
    }
    found
}

/// What the check says about one sentence that cites the passage with these words, `-` for none.
fn said(sentence: &str, cited: &str, passages: &[Passage]) -> Said {
    let marker = match cited {
        "-" => String::new(),
        words => {
            let place = passages.iter().position(|passage| passage.text.contains(words));
            format!(" [{}]", place.unwrap_or_else(|| panic!("no passage has `{words}`")) + 1)
        }
    };
    let checked = grounding::check(&format!("{sentence}{marker}"), passages);
    assert_eq!(checked.sentences.len(), 1, "{sentence}: {checked:?}");
    Said::of(&checked.sentences[0].support)
}

fn rows(name: &str) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(fixture(name)).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}

/// Of sentences that people marked, how many were marked.
#[derive(Debug, Default, Clone, Copy)]
struct Marked {
    wrong: usize,
    wrong_marked: usize,
    wrong_doubted: usize,
    right: usize,
    right_marked: usize,
    right_doubted: usize,
}

impl Marked {
    fn add(&mut self, is_wrong: bool, said: Said) {
        let (all, marked, doubted) = if is_wrong {
            (&mut self.wrong, &mut self.wrong_marked, &mut self.wrong_doubted)
        } else {
            (&mut self.right, &mut self.right_marked, &mut self.right_doubted)
        };
        *all += 1;
        *marked += usize::from(said == Said::NotBorneOut);
        *doubted += usize::from(matches!(said, Said::NotBorneOut | Said::InDoubt));
    }

    fn precision(&self) -> f64 {
        share(self.wrong_marked, self.wrong_marked + self.right_marked)
    }

    fn recall(&self) -> f64 {
        share(self.wrong_marked, self.wrong)
    }
}

fn share(part: usize, whole: usize) -> f64 {
    100.0 * f64::from(u32::try_from(part).unwrap()) / f64::from(u32::try_from(whole.max(1)).unwrap())
}

fn marked(part: &str) -> (Marked, BTreeMap<String, (usize, usize)>) {
    let mut all = Marked::default();
    let mut kinds: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for row in rows("claims.tsv").iter().filter(|row| row[0] == part) {
        let [_, document, label, kind, cited, sentence] = row.as_slice() else { panic!("{row:?}") };
        let passages = passages(document);
        let said = said(sentence, cited, &passages);
        let wrong = label == "not";
        all.add(wrong, said);
        let right = match label.as_str() {
            "not" => said == Said::NotBorneOut,
            "borne" => said == Said::BorneOut,
            _ => said == Said::Nothing,
        };
        let counted = kinds.entry(kind.clone()).or_default();
        counted.0 += usize::from(right);
        counted.1 += 1;
        if !right {
            println!("{part} {label} {said:?}: {sentence}");
        }
    }
    (all, kinds)
}

/// What was said about the sentences of a writer: how many there are, how many are marked, how many of the others doubted.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Written {
    sentences: usize,
    marked: usize,
    doubted: usize,
}

impl Written {
    fn add(&mut self, said: Said) {
        self.sentences += 1;
        self.marked += usize::from(said == Said::NotBorneOut);
        self.doubted += usize::from(said == Said::InDoubt);
    }
}

/// The replies of the scripted writers, held against what is retrieved for the question, as a turn does it.
async fn scripted(running: &Running) -> BTreeMap<String, Written> {
    let mut writers: BTreeMap<String, Written> = BTreeMap::new();
    for row in rows("replies.tsv") {
        let [writer, question, cited, sentence] = row.as_slice() else { panic!("{row:?}") };
        let retrieval =
            Retrieval { owner: OWNER, query: question.clone(), document_ids: Vec::new(), limit: 8 };
        let passages = running.library.retrieve(retrieval).await.unwrap();
        let place = passages.iter().position(|passage| passage.text.contains(cited.as_str())).unwrap_or(0);
        let checked = grounding::check(&format!("{sentence} [{}]", place + 1), &passages);
        for found in &checked.sentences {
            let said = Said::of(&found.support);
            writers.entry(writer.clone()).or_default().add(said);
            let expected = if writer == "faithful" { Said::BorneOut } else { Said::NotBorneOut };
            if said != expected {
                println!("{writer} {said:?}: {sentence}");
            }
        }
    }
    writers
}

/// The passages that a reply cites, each at its number.
async fn cited(running: &Running, reply: &ChatReply) -> Vec<Passage> {
    let mut passages = Vec::new();
    let last = reply.citations.iter().map(|citation| citation.index).max().unwrap_or(0);
    for number in 1..=last {
        let citation = reply.citations.iter().find(|citation| citation.index == number).unwrap();
        let view = running.library.passage(OWNER, &citation.chunk_id).await.unwrap();
        passages.push(Passage {
            chunk_id: citation.chunk_id.clone(),
            document_id: citation.document_id.clone(),
            title: citation.title.clone(),
            heading: citation.heading.clone(),
            page: citation.page,
            text: view.text,
            score: 1.0,
        });
    }
    passages
}

/// The Librarian's answers to the questions that the documents answer, held against the passages they cite.
async fn librarian(running: &Running) -> Written {
    let mut written = Written::default();
    for row in rows("questions.tsv").iter().filter(|row| row[1] != "-") {
        let reply = ask(running, &row[0]).await;
        let passages = cited(running, &reply).await;
        let checked = grounding::check(&reply.plain_text(), &passages);
        for found in checked.sentences.iter().filter(|found| found.support != Support::NoClaim) {
            let said = Said::of(&found.support);
            written.add(said);
            if said != Said::BorneOut {
                println!("librarian {said:?}: {}", &reply.plain_text()[found.range.clone()]);
            }
        }
    }
    written
}

fn write_labelled(out: &mut String) {
    writeln!(
        out,
        "| sentences | marked as not borne out: precision | recall | with the doubtful: precision | recall |"
    )
    .unwrap();
    writeln!(out, "| --- | --: | --: | --: | --: |").unwrap();
    let mut kinds = String::new();
    for (part, name) in [("tuned", "used for tuning"), ("held", "held out")] {
        let (all, by_kind) = marked(part);
        writeln!(
            out,
            "| {name} ({} borne out or no claim, {} not) | {:.1} % | {:.1} % | {:.1} % | {:.1} % |",
            all.right,
            all.wrong,
            all.precision(),
            all.recall(),
            share(all.wrong_doubted, all.wrong_doubted + all.right_doubted),
            share(all.wrong_doubted, all.wrong),
        )
        .unwrap();
        let by_kind: Vec<String> =
            by_kind.iter().map(|(kind, (right, of))| format!("{kind} {right} of {of}")).collect();
        writeln!(kinds, "Rightly told, {name}: {}.", by_kind.join(", ")).unwrap();
    }
    writeln!(out, "\n{kinds}").unwrap();
}

#[test]
fn marks_stay_as_right_as_they_were() {
    for (part, precision, recall) in [("tuned", 90.0, 85.0), ("held", 80.0, 75.0)] {
        let (all, kinds) = marked(part);
        assert!(all.precision() >= precision && all.recall() >= recall, "{part}: {all:?} {kinds:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_says_what_is_measured() {
    let mut measured = String::from("\n");
    write_labelled(&mut measured);
    let test = TestDb::sqlite().await;
    let running = fixtures(&test).await;
    let mut writers = scripted(&running).await;
    writers.insert("librarian".to_owned(), librarian(&running).await);
    running.stop().await;
    writeln!(measured, "| who writes | sentences | marked | doubtful | neither |").unwrap();
    writeln!(measured, "| --- | --: | --: | --: | --: |").unwrap();
    for (writer, name) in [
        ("librarian", "the Librarian, to the questions that the documents answer"),
        ("faithful", "a scripted model that answers faithfully in its own words"),
        ("added", "one that embellishes: the sentences that it adds"),
        ("made_up", "one that answers what the documents do not answer"),
    ] {
        let Written { sentences, marked, doubted } = writers[writer];
        let rest = sentences - marked - doubted;
        writeln!(measured, "| {name} | {sentences} | {marked} | {doubted} | {rest} |").unwrap();
    }
    println!("{measured}");
    let faithful = writers["faithful"];
    assert!(faithful.marked * 10 <= faithful.sentences, "{writers:?}");
    for writer in ["added", "made_up"] {
        let written = writers[writer];
        assert!((written.marked + written.doubted) * 10 >= written.sentences * 9, "{writers:?}");
    }
    let librarian = writers["librarian"];
    assert!(librarian.marked * 20 <= librarian.sentences, "a quotation bears itself out: {writers:?}");
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/library.md");
    let text = std::fs::read_to_string(path).unwrap();
    let (before, rest) = text.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    expect_file!["../../../../docs/library.md"].assert_eq(&format!("{before}{BEGIN}{measured}{END}{after}"));
}
