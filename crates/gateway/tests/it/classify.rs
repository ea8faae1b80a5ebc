//! How often the classifier is right, on prompts that it has not learned from; and that the document says so.

use classify::{
    Task, TaskClass, TaskText, classify,
    labelled::{Part, prompts},
};
use expect_test::expect_file;
use gateway::tiers::{TiersConfig, tier_of};
use std::{fmt::Write as _, path::Path};

/// What was measured when this was written, less a little: below it something has become worse.
const LEAST: [(Part, f64); 3] = [(Part::Learned, 0.98), (Part::HeldOut, 0.97), (Part::Blind, 0.7)];
const BEGIN: &str = "<!-- measured: begin -->\n";
const END: &str = "<!-- measured: end -->\n";

/// What was said about the prompts of a part.
struct Measured {
    part: Part,
    /// For each task how often which was said.
    confusion: [[usize; Task::ALL.len()]; Task::ALL.len()],
    right_tier: usize,
    /// How many were right, and how many there were, by tenth of confidence from 0.5.
    by_confidence: [(usize, usize); 5],
}

impl Measured {
    fn of(part: Part) -> Self {
        let mut measured =
            Self { part, confusion: Default::default(), right_tier: 0, by_confidence: Default::default() };
        for labelled in prompts(part) {
            let text = TaskText { text: &labelled.prompt, ..TaskText::default() };
            let class = classify(&text);
            measured.confusion[labelled.task as usize][class.task as usize] += 1;
            let config = TiersConfig::default();
            let meant = TaskClass { task: labelled.task, confidence: 1.0, ..class.clone() };
            measured.right_tier += usize::from(tier_of(&config, &class) == tier_of(&config, &meant));
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 4")]
            let tenth = ((class.confidence - 0.5) * 10.0).clamp(0.0, 4.0) as usize;
            measured.by_confidence[tenth].1 += 1;
            measured.by_confidence[tenth].0 += usize::from(class.task == labelled.task);
        }
        measured
    }

    fn count(&self) -> usize {
        self.confusion.iter().flatten().sum()
    }

    fn right(&self) -> usize {
        (0..Task::ALL.len()).map(|task| self.confusion[task][task]).sum()
    }

    fn accuracy(&self) -> f64 {
        self.right() as f64 / self.count() as f64
    }

    fn write(&self, out: &mut String) {
        let (name, about) = match self.part {
            Part::Learned => ("Learned from", "what the weights were learned from: no measure of anything"),
            Part::HeldOut => (
                "Held out",
                "not learned from, but the rules' words were chosen by whoever wrote these prompts",
            ),
            Part::Blind => (
                "Blind",
                "not learned from, written after the rules, and not read by whoever wrote the prompts to learn from",
            ),
        };
        let percent = |part: usize, whole: usize| 100.0 * part as f64 / whole.max(1) as f64;
        writeln!(out, "### {name}\n\n{about}.\n").unwrap();
        writeln!(
            out,
            "**{} of {} right ({:.1} %)**; the tier that `auto` asks is the right one for {:.1} %.\n",
            self.right(),
            self.count(),
            percent(self.right(), self.count()),
            percent(self.right_tier, self.count())
        )
        .unwrap();
        let heads: Vec<String> = (1..=Task::ALL.len()).map(|number| number.to_string()).collect();
        writeln!(out, "| is \\ said | {} | recall | precision |", heads.join(" | ")).unwrap();
        writeln!(out, "| --- |{} --: | --: |", " --: |".repeat(Task::ALL.len())).unwrap();
        for (number, (task, row)) in Task::ALL.iter().zip(&self.confusion).enumerate() {
            let cells: Vec<String> =
                row.iter().map(|count| if *count == 0 { String::new() } else { count.to_string() }).collect();
            let recall = percent(row[number], row.iter().sum());
            let said = self.confusion.iter().map(|row| row[number]).sum();
            let precision = percent(row[number], said);
            let cells = cells.join(" | ");
            writeln!(out, "| {} `{task}` | {cells} | {recall:.0} % | {precision:.0} % |", number + 1)
                .unwrap();
        }
        if self.part != Part::Learned {
            writeln!(out, "\n| confidence | prompts | right |\n| --- | --: | --: |").unwrap();
            for (tenth, (right, count)) in self.by_confidence.iter().enumerate() {
                let from = 0.5 + tenth as f64 / 10.0;
                writeln!(out, "| from {from:.1} | {count} | {:.0} % |", percent(*right, *count)).unwrap();
            }
        }
        out.push('\n');
    }
}

fn document() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/classification.md")
}

#[test]
fn accuracy_stays_what_was_measured() {
    for (part, least) in LEAST {
        let measured = Measured::of(part);
        assert!(measured.accuracy() >= least, "{part:?}: {:.3} of {}", measured.accuracy(), measured.count());
    }
}

#[test]
fn the_document_says_what_is_measured() {
    let mut measured = String::new();
    for part in [Part::Blind, Part::HeldOut, Part::Learned] {
        Measured::of(part).write(&mut measured);
    }
    let text = std::fs::read_to_string(document()).unwrap();
    let (before, rest) = text.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let expected = format!("{before}{BEGIN}\n{measured}{END}{after}");
    // `cargo xtask bench classify` writes it anew.
    expect_file!["../../../../docs/classification.md"].assert_eq(&expected);
}
