//! Says in which order the linker is to lay the functions of the program: first those that it calls.
//!
//! `order PROGRAM FUNCTIONS ORDER` reads the symbols of PROGRAM, an ELF file of 64 bits, and writes those that FUNCTIONS
//! names to ORDER, for `--symbol-ordering-file` of LLD. It ends with 0 where ORDER has to be linked, with 3 where the program
//! has that order already, with 1 and a reason where there is none.
//!
//! FUNCTIONS has a line a function, 16 hexadecimal digits ([`key`]); `cargo xtask bench functions` writes it.

mod key;

use key::key;
use std::collections::{HashMap, HashSet};
use std::process::ExitCode;

/// How many of a hundred names may be missing in an order before it is written anew.
const STALE_PERCENT: usize = 5;

fn main() -> ExitCode {
    let paths: Vec<String> = std::env::args().skip(1).collect();
    let [program, functions, order] = paths.as_slice() else {
        return failed("usage: order PROGRAM FUNCTIONS ORDER");
    };
    let read = |path: &String| std::fs::read(path).map_err(|error| format!("{path}: {error}"));
    let (program, functions) = match (read(program), read(functions)) {
        (Ok(program), Ok(functions)) => (program, functions),
        (Err(why), _) | (_, Err(why)) => return failed(&why),
    };
    let Some(symbols) = symbols(&program) else { return failed("not an ELF file of 64 bits with symbols") };
    let wanted = ordered(&symbols, &String::from_utf8_lossy(&functions));
    let old = std::fs::read_to_string(order).unwrap_or_default();
    let old: HashSet<&str> = old.lines().collect();
    let missing = wanted.iter().filter(|name| !old.contains(*name)).count();
    if missing * 100 <= wanted.len() * STALE_PERCENT {
        return ExitCode::from(3);
    }
    match std::fs::write(order, wanted.join("\n") + "\n") {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&format!("{order}: {error}")),
    }
}

fn failed(why: &str) -> ExitCode {
    eprintln!("{why}");
    ExitCode::FAILURE
}

/// The symbols that are named, in the order of the names.
fn ordered<'a>(symbols: &[&'a str], functions: &str) -> Vec<&'a str> {
    let mut known: HashMap<u64, Vec<&str>> = HashMap::new();
    for symbol in symbols {
        known.entry(key(symbol)).or_default().push(symbol);
    }
    let named = functions.lines().filter_map(|line| u64::from_str_radix(line, 16).ok());
    named.filter_map(|key| known.remove(&key)).flatten().collect()
}

/// The names in the symbol table of an ELF file (System V ABI, chapter 4: section headers and `SHT_SYMTAB`).
fn symbols(file: &[u8]) -> Option<Vec<&str>> {
    const SYMBOLS: u32 = 2;
    const FUNCTION: u8 = 2;
    if file.get(..5)? != b"\x7fELF\x02" {
        return None;
    }
    let sections = usize::try_from(u64_at(file, 0x28)?).ok()?;
    let count = u16_at(file, 0x3c)?;
    let header = |index: usize| file.get(sections + index * 64..sections + (index + 1) * 64);
    let content = |header: &[u8]| {
        let (offset, size) = (u64_at(header, 0x18)?, u64_at(header, 0x20)?);
        file.get(usize::try_from(offset).ok()?..usize::try_from(offset.checked_add(size)?).ok()?)
    };
    let table =
        (0..usize::from(count)).filter_map(header).find(|header| u32_at(header, 4) == Some(SYMBOLS))?;
    let names = content(header(usize::try_from(u32_at(table, 0x28)?).ok()?)?)?;
    let name = |symbol: &[u8]| {
        let is_here = u16_at(symbol, 6)? != 0;
        let name = names.get(usize::try_from(u32_at(symbol, 0)?).ok()?..)?;
        let name = std::str::from_utf8(&name[..name.iter().position(|byte| *byte == 0)?]).ok()?;
        (is_here && symbol[4] & 15 == FUNCTION).then_some(name)
    };
    Some(content(table)?.chunks_exact(24).filter_map(name).collect())
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..at + 2)?.try_into().ok().map(u16::from_le_bytes)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4)?.try_into().ok().map(u32::from_le_bytes)
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..at + 8)?.try_into().ok().map(u64::from_le_bytes)
}
