//! Text in pictures, recognised by the program `tesseract` where it is installed.
//!
//! The program gets a picture on its standard input and answers with a table: a row for each word, with its place and
//! how sure it is. It runs under the limits of the process that starts it, and with a clock beside it.

use crate::Limits;
use std::{
    io::{ErrorKind, Read, Write},
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

/// What the program is called where the configuration says `auto`.
const PROGRAM: &str = "tesseract";
/// Time that is left of a page's for everything else, in seconds.
const SPARE_S: u64 = 5;
/// How often the program is asked whether it has ended.
const PATIENCE: Duration = Duration::from_millis(20);
/// Most that the program may answer for one picture.
const MAX_ANSWER_BYTES: u64 = 32 << 20;
/// Below this the words of a picture are guesses: it is no page of text.
const LEAST_CONFIDENCE: f32 = 40.0;
/// What resolutions are believed, in dots to the inch.
const RESOLUTIONS: std::ops::RangeInclusive<u32> = 70..=1_200;

/// How pictures are read.
#[derive(Debug, Clone)]
pub(super) struct Ocr {
    program: String,
    languages: String,
    time: Duration,
}

/// What stands in a picture.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Recognised {
    /// Its text by page (a TIFF may have several): lines, with empty ones between paragraphs.
    pub(super) pages: Vec<String>,
    /// How sure the program is of its words on average, from 0 to 100.
    pub(super) confidence: f32,
}

/// Why there is no text of a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NoText {
    /// The program is not installed.
    Missing,
    /// It took too long.
    TooSlow,
    /// It failed; what it says.
    Failed(String),
    /// There are no words in the picture.
    Wordless,
}

impl Ocr {
    /// The program of the configuration; none where it is switched off.
    pub(super) fn of(limits: &Limits) -> Option<Self> {
        let program = match limits.ocr.as_str() {
            "none" => return None,
            "auto" => PROGRAM,
            program => program,
        };
        let seconds = limits.page_timeout_s.saturating_sub(SPARE_S).max(limits.page_timeout_s.div_ceil(2));
        Some(Self {
            program: program.to_owned(),
            languages: limits.ocr_languages.clone(),
            time: Duration::from_secs(seconds),
        })
    }

    /// Reads a picture in a format that the program knows (PNG, JPEG, TIFF, GIF, WebP).
    pub(super) fn recognise(&self, picture: &[u8], dots_per_inch: Option<u32>) -> Result<Recognised, NoText> {
        let mut command = Command::new(&self.program);
        // `--psm 1`: finds columns, and which way up the page is.
        command.args(["stdin", "stdout", "--psm", "1", "-c", "tessedit_create_tsv=1", "-l"]);
        command.arg(&self.languages);
        if let Some(dots) = dots_per_inch.filter(|dots| RESOLUTIONS.contains(dots)) {
            command.arg("--dpi").arg(dots.to_string());
        }
        // Pages are read in parallel already.
        command.env("OMP_THREAD_LIMIT", "1");
        let answer = self.run(command, picture)?;
        let recognised = words(&answer);
        let says_something = recognised
            .pages
            .iter()
            .any(|page| page.chars().filter(|next| next.is_alphanumeric()).count() > 1);
        if says_something && recognised.confidence >= LEAST_CONFIDENCE {
            Ok(recognised)
        } else {
            Err(NoText::Wordless)
        }
    }

    /// The same in a share of the time, for a page of several pictures.
    pub(super) fn recognise_within(
        &self,
        share: u32,
        picture: &[u8],
        dots_per_inch: Option<u32>,
    ) -> Result<Recognised, NoText> {
        let quick = Self { time: self.time / share.max(1), ..self.clone() };
        quick.recognise(picture, dots_per_inch)
    }

    fn run(&self, mut command: Command, picture: &[u8]) -> Result<String, NoText> {
        let failed = |error: std::io::Error| {
            if error.kind() == ErrorKind::NotFound {
                NoText::Missing
            } else {
                NoText::Failed(error.to_string())
            }
        };
        let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = piped.spawn().map_err(failed)?;
        let (input, output, errors) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        thread::scope(|scope| {
            scope.spawn(move || {
                // A program that does not take it says why on standard error.
                input.map(|mut input| input.write_all(picture))
            });
            let answer = scope.spawn(move || all_of(output));
            let complaint = scope.spawn(move || all_of(errors));
            let ended = wait(&mut child, self.time);
            let answer = answer.join().unwrap_or_default();
            let complaint = complaint.join().unwrap_or_default();
            match ended {
                Ok(Some(true)) => Ok(answer),
                Ok(Some(false)) => Err(NoText::Failed(shortened(&complaint))),
                Ok(None) => Err(NoText::TooSlow),
                Err(error) => Err(failed(error)),
            }
        })
    }
}

/// Whether the program ended well; nothing when its time was up and it was stopped.
fn wait(child: &mut Child, time: Duration) -> std::io::Result<Option<bool>> {
    let mut waited = Duration::ZERO;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status.success()));
        }
        if waited >= time {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(PATIENCE);
        waited += PATIENCE;
    }
}

fn all_of(output: Option<impl Read>) -> String {
    let mut bytes = Vec::new();
    if let Some(mut output) = output {
        // What was read until an error is what there is.
        let _read = (&mut output).take(MAX_ANSWER_BYTES).read_to_end(&mut bytes);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn shortened(complaint: &str) -> String {
    let lines = complaint.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join("; ").chars().take(300).collect()
}

/// The columns of the table.
const COLUMNS: usize = 12;

/// The words of the program's table (`level page block paragraph line word left top width height confidence text`).
fn words(table: &str) -> Recognised {
    let mut recognised = Recognised::default();
    let mut before: Option<[u32; 4]> = None;
    let (mut sum, mut count) = (0.0_f32, 0_u16);
    for row in table.lines() {
        let cells: Vec<&str> = row.splitn(COLUMNS, '\t').collect();
        let [level, page, block, paragraph, line, .., confidence, word] = cells.as_slice() else { continue };
        let (word, sure) = (word.trim(), confidence.parse::<f32>().unwrap_or(-1.0));
        if *level != "5" || cells.len() < COLUMNS || word.is_empty() || sure < 0.0 {
            continue;
        }
        let place = [page, block, paragraph, line].map(|number| number.parse().unwrap_or(0));
        let [page, block, paragraph, _] = place;
        if recognised.pages.is_empty() || before.is_some_and(|[before, ..]| before != page) {
            recognised.pages.push(String::new());
            before = None;
        }
        let Some(text) = recognised.pages.last_mut() else { continue };
        match before {
            None => {}
            Some(before) if before == place => text.push(' '),
            Some([_, block_before, paragraph_before, _])
                if (block_before, paragraph_before) == (block, paragraph) =>
            {
                text.push('\n');
            }
            Some(_) => text.push_str("\n\n"),
        }
        text.push_str(word);
        before = Some(place);
        if count < u16::MAX {
            count += 1;
            sum += sure;
        }
    }
    recognised.confidence = sum / f32::from(count.max(1));
    recognised
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_table_becomes_lines_and_paragraphs() {
        let rows = [
            "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext",
            "1\t1\t0\t0\t0\t0\t0\t0\t99\t99\t-1\t",
            "5\t1\t1\t1\t1\t1\t0\t0\t9\t9\t90.5\tThe",
            "5\t1\t1\t1\t1\t2\t0\t0\t9\t9\t89.5\tmill",
            "5\t1\t1\t1\t2\t1\t0\t0\t9\t9\t60\tstood.",
            "5\t1\t1\t2\t1\t1\t0\t0\t9\t9\t80\tIt",
            "5\t1\t1\t2\t1\t2\t0\t0\t9\t9\t95\t ",
            "5\t2\t1\t1\t1\t1\t0\t0\t9\t9\t80\tfell.",
            "nonsense",
        ];
        let recognised = words(&rows.join("\n"));
        assert_eq!(recognised.pages, ["The mill\nstood.\n\nIt", "fell."]);
        assert!((recognised.confidence - 80.0).abs() < 0.01, "{}", recognised.confidence);
    }

    #[test]
    fn a_program_that_is_not_there_is_missing() {
        let limits = Limits { ocr: "/no/such/program".to_owned(), ..Limits::default() };
        let ocr = Ocr::of(&limits).unwrap();
        assert_eq!(ocr.recognise(b"x", None), Err(NoText::Missing));
        assert!(Ocr::of(&Limits { ocr: "none".to_owned(), ..Limits::default() }).is_none());
    }

    proptest! {
        #[test]
        fn any_table_is_read(table in "([0-9a-z.-]{0,3}\t){0,13}\n{0,3}([0-9]\t){10}[0-9.]{1,3}\tword") {
            prop_assert!(words(&table).confidence.is_finite());
        }
    }
}
