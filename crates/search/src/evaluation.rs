//! How good an order of passages is, by judged sets in the format of BEIR (Thakur et al. 2021, arXiv 2104.08663).
//!
//! A set is a folder with `corpus.jsonl` (`_id`, `title`, `text`), `queries.jsonl` (`_id`, `text`) and
//! `qrels/test.tsv` (query, document, how relevant, after a line of headings).

use serde::Deserialize;
use std::{
    collections::{BTreeMap, HashMap},
    fs,
    path::{Path, PathBuf},
};

/// A judged set.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Set {
    /// What can be found.
    pub documents: Vec<Document>,
    /// What is asked, with what is relevant to it; queries without any judgement are left out.
    pub questions: Vec<Question>,
}

/// A document of a set.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Document {
    /// Its id.
    #[serde(rename = "_id")]
    pub id: String,
    /// Its title; may be empty.
    #[serde(default)]
    pub title: String,
    /// Its text.
    pub text: String,
}

/// A question of a set.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// Its id.
    pub id: String,
    /// What is asked.
    pub text: String,
    /// How relevant documents are: 1 and more, by id.
    pub relevant: HashMap<String, u32>,
}

#[derive(Deserialize)]
struct Asked {
    #[serde(rename = "_id")]
    id: String,
    text: String,
}

/// Why a set cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("`{}`, line {line}: {what}", path.display())]
pub struct SetError {
    path: PathBuf,
    /// From 1; 0 for the whole file.
    line: usize,
    what: String,
}

impl Set {
    /// Reads a folder.
    ///
    /// # Errors
    /// When a file is missing, or a line is not as the format says.
    pub fn read(folder: &Path) -> Result<Self, SetError> {
        let documents = lines(&folder.join("corpus.jsonl"))?;
        let asked: Vec<Asked> = lines(&folder.join("queries.jsonl"))?;
        let mut relevant = judgements(&folder.join("qrels").join("test.tsv"))?;
        let questions = asked.into_iter().filter_map(|Asked { id, text }| {
            let relevant = relevant.remove(&id)?;
            Some(Question { id, text, relevant })
        });
        Ok(Self { questions: questions.collect(), documents })
    }
}

fn text(path: &Path) -> Result<String, SetError> {
    fs::read_to_string(path).map_err(|error| SetError {
        path: path.to_owned(),
        line: 0,
        what: error.to_string(),
    })
}

fn lines<T: for<'a> Deserialize<'a>>(path: &Path) -> Result<Vec<T>, SetError> {
    let text = text(path)?;
    let numbered = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    numbered
        .map(|(line, json)| {
            serde_json::from_str(json).map_err(|error| SetError {
                path: path.to_owned(),
                line,
                what: error.to_string(),
            })
        })
        .collect()
}

fn judgements(path: &Path) -> Result<BTreeMap<String, HashMap<String, u32>>, SetError> {
    let text = text(path)?;
    let mut all: BTreeMap<String, HashMap<String, u32>> = BTreeMap::new();
    for (line, row) in (1..).zip(text.lines()).skip(1).filter(|(_, row)| !row.trim().is_empty()) {
        let mut cells = row.split('\t');
        let (Some(query), Some(document), Some(Ok(relevance))) =
            (cells.next(), cells.next(), cells.next().map(|cell| cell.trim().parse::<i64>()))
        else {
            let what = "there should be a query, a document and a number, parted by tabs".to_owned();
            return Err(SetError { path: path.to_owned(), line, what });
        };
        if let Some(relevance) = u32::try_from(relevance).ok().filter(|relevance| *relevance > 0) {
            all.entry(query.to_owned()).or_default().insert(document.to_owned(), relevance);
        }
    }
    Ok(all)
}

/// How good orders are, over several questions.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Figures {
    /// Normalised discounted cumulative gain of the first ten (Järvelin and Kekäläinen 2002), as `trec_eval` has it.
    pub ndcg_10: f64,
    /// The share of what is relevant that is among the first hundred.
    pub recall_100: f64,
    /// Whether the first is relevant.
    pub hit_1: f64,
    /// Whether one of the first ten is.
    pub hit_10: f64,
    /// How many questions.
    pub questions: usize,
}

impl Figures {
    /// Those of one order, the best first.
    pub fn of(order: &[String], relevant: &HashMap<String, u32>) -> Self {
        let gain = |id: &String| relevant.get(id).copied().unwrap_or(0);
        let gains: Vec<u32> = order.iter().map(gain).collect();
        let mut best: Vec<u32> = relevant.values().copied().collect();
        best.sort_unstable_by(|one, other| other.cmp(one));
        let ideal = discounted(&best);
        let found = |count: usize| gains.iter().take(count).filter(|gain| **gain > 0).count();
        let yes = |yes: bool| if yes { 1.0 } else { 0.0 };
        Self {
            ndcg_10: if ideal > 0.0 { discounted(&gains) / ideal } else { 0.0 },
            recall_100: share(found(100), relevant.len()),
            hit_1: yes(found(1) > 0),
            hit_10: yes(found(10) > 0),
            questions: 1,
        }
    }

    /// The mean over questions.
    pub fn mean(all: &[Self]) -> Self {
        let count: usize = all.iter().map(|one| one.questions).sum();
        #[expect(clippy::cast_precision_loss, reason = "few questions")]
        let mean = |of: fn(&Self) -> f64| {
            all.iter().map(|one| of(one) * one.questions as f64).sum::<f64>() / count.max(1) as f64
        };
        Self {
            ndcg_10: mean(|one| one.ndcg_10),
            recall_100: mean(|one| one.recall_100),
            hit_1: mean(|one| one.hit_1),
            hit_10: mean(|one| one.hit_10),
            questions: count,
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "few documents")]
fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}

fn discounted(gains: &[u32]) -> f64 {
    let ranked = (2_u32..).zip(gains.iter().take(10));
    ranked.map(|(place, gain)| f64::from(*gain) / f64::from(place).log2()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn figures_are_those_of_the_book() {
        let relevant = HashMap::from([("a".to_owned(), 2), ("b".to_owned(), 1), ("z".to_owned(), 1)]);
        let figures = Figures::of(&ids(&["x", "a", "y", "b"]), &relevant);
        let ideal = 2.0 + 1.0 / 3_f64.log2() + 1.0 / 4_f64.log2();
        let wanted = (2.0 / 3_f64.log2() + 1.0 / 5_f64.log2()) / ideal;
        assert!((figures.ndcg_10 - wanted).abs() < 1e-12, "{figures:?}");
        assert!((figures.recall_100 - 2.0 / 3.0).abs() < 1e-12);
        assert!((figures.hit_1, figures.hit_10) == (0.0, 1.0));
        let best = Figures::of(&ids(&["a", "z", "b"]), &relevant);
        assert!((best.ndcg_10 - 1.0).abs() < 1e-12 && (best.hit_1 - 1.0).abs() < 1e-12);
        let none = Figures::of(&[], &relevant);
        assert_eq!(none, Figures { questions: 1, ..Figures::default() });
        let mean = Figures::mean(&[best, none]);
        assert!((mean.ndcg_10 - 0.5).abs() < 1e-12 && mean.questions == 2);
        assert_eq!(Figures::mean(&[]), Figures::default());
    }

    #[test]
    fn a_set_is_read_and_what_is_wrong_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write(
            "corpus.jsonl",
            "{\"_id\":\"1\",\"title\":\"T\",\"text\":\"one\",\"metadata\":{}}\n\n{\"_id\":\"2\",\"text\":\"two\"}\n",
        );
        write(
            "queries.jsonl",
            "{\"_id\":\"q1\",\"text\":\"uno\"}\n{\"_id\":\"q2\",\"text\":\"nobody judged\"}\n",
        );
        write("qrels/test.tsv", "query-id\tcorpus-id\tscore\nq1\t1\t2\nq1\t2\t0\nq3\t1\t-1\n");
        let set = Set::read(folder.path()).unwrap();
        assert_eq!(
            set.documents.iter().map(|document| document.title.as_str()).collect::<Vec<_>>(),
            ["T", ""]
        );
        let relevant = HashMap::from([("1".to_owned(), 2)]);
        assert_eq!(set.questions, [Question { id: "q1".into(), text: "uno".into(), relevant }]);
        write("qrels/test.tsv", "query-id\tcorpus-id\tscore\nq1 1 2\n");
        let error = Set::read(folder.path()).unwrap_err().to_string();
        assert!(error.contains("test.tsv`, line 2: there should be"), "{error}");
        write("queries.jsonl", "{\"_id\":\"q1\"}\n");
        let error = Set::read(folder.path()).unwrap_err().to_string();
        assert!(error.contains("queries.jsonl`, line 1: missing field `text`"), "{error}");
        fs::remove_file(folder.path().join("corpus.jsonl")).unwrap();
        assert!(Set::read(folder.path()).unwrap_err().to_string().contains("line 0"));
    }
}
