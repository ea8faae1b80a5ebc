//! Counts the corpus and long texts, and writes the strings for others to count: `cargo xtask bench tokens`.
#![expect(clippy::print_stdout, reason = "its output is what it is for")]

use std::{env, fs, time::Instant};
use tokens::{Encoding, testing::corpus};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = env::args().skip(1);
    let (Some(mode), Some(path)) = (arguments.next(), arguments.next()) else {
        return Err("bench_tokens corpus|time FILE".into());
    };
    if mode == "corpus" {
        fs::write(path, serde_json::to_vec(&corpus(10_000))?)?;
        return Ok(());
    }
    let texts: Vec<(String, Vec<String>)> = serde_json::from_slice(&fs::read(path)?)?;
    for encoding in [Encoding::O200kBase, Encoding::Cl100kBase] {
        let begin = Instant::now();
        let first = encoding.count("hello");
        println!("{}\tload\t{first}\t{:.6}", encoding.as_str(), begin.elapsed().as_secs_f64());
        for (name, texts) in &texts {
            let mut best = f64::INFINITY;
            let mut tokens = 0;
            for _ in 0..5 {
                let begin = Instant::now();
                tokens = texts.iter().map(|text| encoding.count(text)).sum();
                best = best.min(begin.elapsed().as_secs_f64());
            }
            println!("{}\t{name}\t{tokens}\t{best:.6}", encoding.as_str());
        }
    }
    Ok(())
}
