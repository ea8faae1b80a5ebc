//! Measures how many words of a book are read from its files in several formats.
//!
//! `cargo xtask bench ebooks FOLDER` takes every EPUB of the folder and each file of the same name beside it (`book.epub`,
//! `book.mobi`, `book.azw3`), reads all of them as the library does, and compares their words with those that stand in the
//! EPUB's own files. These are taken with code that shares nothing with the library's readers: the files of the spine in
//! their order, without tags.

use reading::{
    Limits, Reader,
    formats::{ReadEvent, ReadOptions},
};
use std::{
    collections::HashMap,
    error::Error,
    fs,
    io::{Cursor, Read},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};
use zip::ZipArchive;

type Outcome<T> = Result<T, Box<dyn Error>>;
/// How often each word stands in a text.
type Words = HashMap<String, usize>;
type Book<'a> = ZipArchive<Cursor<&'a [u8]>>;

/// Marks that may stand within a word.
const INLINE: [&str; 17] = [
    "a", "abbr", "b", "big", "cite", "code", "em", "font", "i", "q", "s", "small", "span", "strong", "sub",
    "sup", "u",
];
/// Characters that only say where a line may break.
const INVISIBLE: [char; 3] = ['\u{ad}', '\u{2060}', '\u{feff}'];

fn main() -> ExitCode {
    // The reading child is this program itself.
    if std::env::args().nth(1).as_deref() == Some(reading::worker::SUBCOMMAND) {
        return reading::worker::main();
    }
    let Some(folder) = std::env::args().nth(1) else {
        report("name a folder with books in several formats: `cargo xtask bench ebooks FOLDER`");
        return ExitCode::FAILURE;
    };
    match run(Path::new(&folder)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report(&format!("failed: {error}"));
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stdout, reason = "the figures are what this program is for")]
fn report(line: &str) {
    println!("{line}");
}

fn run(folder: &Path) -> Outcome<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        files.push(entry?.path());
    }
    files.sort();
    let books: Vec<&PathBuf> = files.iter().filter(|path| ending(path) == "epub").collect();
    if books.is_empty() {
        return Err(format!("there is no EPUB in `{}`", folder.display()).into());
    }
    report("| file | words of the EPUB | of them read | recall | words besides | U+FFFD |");
    report("| --- | --: | --: | --: | --: | --: |");
    for book in books {
        let bytes = fs::read(book)?;
        let truth = words(&epub_text(&bytes)?);
        for file in files.iter().filter(|file| file.file_stem() == book.file_stem()) {
            match runtime.block_on(read(file)) {
                Ok(text) => report(&compared(file, &truth, &text)),
                Err(error) => report(&format!("| {} | not read: {error} | | | | |", name(file))),
            }
        }
    }
    Ok(())
}

fn compared(file: &Path, truth: &Words, text: &str) -> String {
    let found = words(text);
    let all: usize = truth.values().sum();
    let read: usize =
        truth.iter().map(|(word, times)| found.get(word).copied().unwrap_or(0).min(*times)).sum();
    let besides = found.values().sum::<usize>() - read;
    let number = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    let recall = number(read) / number(all.max(1));
    let odd = text.matches('\u{fffd}').count();
    format!("| {} | {all} | {read} | {recall:.4} | {besides} | {odd} |", name(file))
}

/// The text of a file as the library reads it.
async fn read(path: &Path) -> Outcome<String> {
    let reader = Reader::Process {
        program: std::env::current_exe()?,
        arguments: vec![reading::worker::SUBCOMMAND.into()],
    };
    let (sender, mut events) = tokio::sync::mpsc::channel(16);
    let options = ReadOptions::new(name(path), Limits::default());
    let bytes = Arc::new(fs::read(path)?);
    let reading = tokio::spawn(async move { reader.read(bytes, options, sender).await });
    let mut text = String::new();
    while let Some(event) = events.recv().await {
        match event {
            ReadEvent::Section { blocks, .. } => {
                for block in blocks {
                    text.push_str(&block.text);
                    text.push('\n');
                }
            }
            ReadEvent::Failed { problem } => return Err(problem.to_string().into()),
            ReadEvent::Opened(_)
            | ReadEvent::PageStarted { .. }
            | ReadEvent::PageRead { .. }
            | ReadEvent::Warning { .. }
            | ReadEvent::Done => {}
        }
    }
    reading.await?;
    Ok(text)
}

/// The words of a text: letters and digits next to each other, in small letters.
fn words(text: &str) -> Words {
    let visible: String = text.chars().filter(|letter| !INVISIBLE.contains(letter)).collect();
    let mut words = Words::new();
    for word in visible.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()) {
        *words.entry(word.to_lowercase()).or_default() += 1;
    }
    words
}

/// What stands in the files of an EPUB's spine.
fn epub_text(bytes: &[u8]) -> Outcome<String> {
    let mut book: Book<'_> = ZipArchive::new(Cursor::new(bytes))?;
    let container = unpacked(&mut book, "META-INF/container.xml")?;
    let package = tags(&container, "rootfile").find_map(|tag| attribute(tag, "full-path"));
    let package = package.ok_or("the container names no package")?;
    let folder = package.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
    let described = unpacked(&mut book, &package)?;
    let mut files: HashMap<String, String> = HashMap::new();
    for tag in tags(&described, "item") {
        if let (Some(id), Some(file)) = (attribute(tag, "id"), attribute(tag, "href")) {
            files.insert(id, file);
        }
    }
    let mut text = String::new();
    for tag in tags(&described, "itemref") {
        let file = attribute(tag, "idref").and_then(|id| files.get(&id)).ok_or("the spine names no file")?;
        let file = format!("{folder}{}", file.replace("%20", " "));
        push_text(&mut text, &unpacked(&mut book, &file)?);
        text.push('\n');
    }
    Ok(text)
}

fn unpacked(book: &mut Book<'_>, name: &str) -> Outcome<String> {
    let mut bytes = Vec::new();
    book.by_name(name).map_err(|error| format!("`{name}`: {error}"))?.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The tags of this name, whatever stands before a colon in it, without `<` and from the name on.
fn tags<'a>(xml: &'a str, name: &'a str) -> impl Iterator<Item = &'a str> {
    xml.split('<').skip(1).filter_map(move |piece| {
        let tag = piece.split('>').next()?;
        let called = tag.split(|letter: char| letter.is_whitespace() || letter == '/').next()?;
        (called.rsplit(':').next() == Some(name)).then_some(tag)
    })
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    tag.match_indices(name).find_map(|(at, _)| {
        let apart = tag.get(..at)?.ends_with(char::is_whitespace);
        let value = tag.get(at + name.len()..)?.trim_start().strip_prefix('=')?.trim_start();
        let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
        let value = value.get(1..)?.split(quote).next()?;
        apart.then(|| value.to_owned())
    })
}

/// Adds what of a page is read: without tags, with the signs that names stand for.
fn push_text(text: &mut String, page: &str) {
    let body = page.find("<body").and_then(|at| page.get(at..)).unwrap_or(page);
    for piece in body.split('<').skip(1) {
        let Some((tag, said)) = piece.split_once('>') else { continue };
        let name = tag.trim_start_matches('/').split(|letter: char| !letter.is_alphanumeric()).next();
        if !name.is_some_and(|name| INLINE.contains(&name.to_lowercase().as_str())) {
            text.push(' ');
        }
        push_decoded(text, said);
    }
}

fn push_decoded(text: &mut String, said: &str) {
    let mut rest = said;
    while let Some((before, after)) = rest.split_once('&') {
        text.push_str(before);
        match after.split_once(';').filter(|(name, _)| name.len() <= 8 && !name.contains(' ')) {
            Some((name, behind)) => {
                text.push(sign(name));
                rest = behind;
            }
            None => {
                text.push('&');
                rest = after;
            }
        }
    }
    text.push_str(rest);
}

fn sign(name: &str) -> char {
    let number = name.strip_prefix('#').and_then(|number| match number.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok(),
        None => number.parse().ok(),
    });
    match (name, number) {
        (_, Some(number)) => char::from_u32(number).unwrap_or(' '),
        ("shy", None) => '\u{ad}',
        ("eacute", None) => '\u{e9}',
        ("egrave", None) => '\u{e8}',
        ("auml", None) => '\u{e4}',
        ("ouml", None) => '\u{f6}',
        ("uuml", None) => '\u{fc}',
        (_, None) => ' ',
    }
}

fn ending(path: &Path) -> String {
    path.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default()
}

fn name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}
