//! The order in which a page of two columns is read, whatever the order in which its lines were drawn.

use crate::{
    making,
    support::{process_reader, read_with},
};
use reading::{Limits, formats::ReadEvent};
use std::collections::HashMap;

const TEXT: &str = concat!(
    include_str!("../../../../docs/handbook/chat.md"),
    "\n\n",
    include_str!("../../../../docs/handbook/personas.md"),
    "\n\n",
    include_str!("../../../../docs/handbook/library-and-citations.md"),
);

/// Letters that fit into a column of 9 points, and lines that fit into it.
const LETTERS: usize = 46;
const LINES: usize = 50;

/// A line of the page: whether it is a heading, and its words.
type Line = (bool, String);

/// The paragraphs and headings of the text, as lines of a column.
fn lines() -> Vec<Line> {
    let mut lines = Vec::new();
    for paragraph in TEXT.split("\n\n").filter(|paragraph| !paragraph.contains("```")) {
        let heading = paragraph.starts_with('#');
        let width = if heading { LETTERS * 2 / 3 } else { LETTERS };
        let mut line = String::new();
        for word in paragraph.split_whitespace().filter(|word| word.is_ascii() && word.len() < width) {
            let word = word.trim_matches(['#', '|', '*', '`', '-']);
            if word.is_empty() {
                continue;
            }
            if line.len() + word.len() + 1 > width {
                lines.push((heading, std::mem::take(&mut line)));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push((heading, line));
        lines.push((false, String::new()));
    }
    lines
}

/// Each page as the drawing of its lines, in the order of reading.
fn pages(lines: &[Line]) -> Vec<Vec<String>> {
    let drawn = |place: usize, (heading, words): &Line| {
        let (x, y) = (if place < LINES { 45 } else { 315 }, 790 - 14 * (place % LINES));
        let size = if *heading { 12 } else { 9 };
        let words = words.replace('\\', "\\\\").replace('(', "\\(").replace(')', "\\)");
        format!("BT /F1 {size} Tf 1 0 0 1 {x} {y} Tm ({words}) Tj ET\n")
    };
    let page = |lines: &[Line]| -> Vec<String> {
        let filled = lines.iter().enumerate().filter(|(_, (_, words))| !words.is_empty());
        filled.map(|(place, line)| drawn(place, line)).collect()
    };
    lines.chunks(2 * LINES).map(page).collect()
}

/// Mixes lines, always in the same way (Fisher and Yates, with Knuth's linear congruential generator).
fn scrambled(mut lines: Vec<String>) -> Vec<String> {
    let mut state: u64 = 1;
    for last in (1..lines.len()).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        lines.swap(last, usize::try_from(state >> 33).unwrap() % (last + 1));
    }
    lines
}

fn threes(text: &str) -> HashMap<Vec<&str>, usize> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut counts = HashMap::new();
    for three in words.windows(3) {
        *counts.entry(three.to_vec()).or_default() += 1;
    }
    counts
}

/// The share of the words' threes in `expected` that stand in `got`.
fn share_in_order(got: &str, expected: &str) -> f64 {
    let (got, expected) = (threes(got), threes(expected));
    let all: usize = expected.values().sum();
    let found: usize = expected.iter().map(|(three, count)| *count.min(got.get(three).unwrap_or(&0))).sum();
    #[expect(clippy::cast_precision_loss, reason = "few words")]
    let share = found as f64 / all as f64;
    share
}

async fn read(pages: Vec<Vec<String>>) -> String {
    let streams: Vec<String> = pages.iter().map(|lines| lines.concat()).collect();
    let streams: Vec<(&[u8], &str)> = streams.iter().map(|stream| (stream.as_bytes(), "")).collect();
    let file = making::pdf_of_streams(&streams, &[]);
    let mut text = String::new();
    for event in read_with(process_reader(), "columns.pdf", file, Limits::default()).await {
        if let ReadEvent::Section { blocks, .. } = event {
            blocks.iter().for_each(|block| text.push_str(&format!("{}\n", block.text)));
        }
    }
    text
}

#[tokio::test]
async fn columns_are_read_one_after_the_other_however_they_were_drawn() {
    let lines = lines();
    let expected: String = lines.iter().map(|(_, words)| format!("{words}\n")).collect();
    let pages = pages(&lines);
    assert!(pages.len() >= 5, "too little text for a figure: {} pages", pages.len());
    let ordered = share_in_order(&read(pages.clone()).await, &expected);
    let mixed = share_in_order(&read(pages.into_iter().map(scrambled).collect()).await, &expected);
    println!(
        "threes of words in order: {ordered:.4} as drawn, {mixed:.4} where lines are drawn in any order"
    );
    assert!(ordered >= 0.99, "{ordered}");
    assert!(mixed >= 0.96, "{mixed}");
}
