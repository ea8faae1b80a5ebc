//! Measures how many sentences a second become vectors: `bench_embeddings MODEL SENTENCES`, where MODEL is the folder
//! of a sentence encoder and SENTENCES a file with one a line. `cargo xtask bench embeddings` runs it in turns with
//! ONNX Runtime.

use base::{Clock, SystemClock};
use inference::{Config, OnDevice};
use llm::{Embedder, EmbeddingRequest};
use std::{error::Error, path::PathBuf, process::ExitCode, sync::Arc};

/// Sentences that are asked for at once.
const BATCH: usize = 32;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1).map(PathBuf::from);
    let told = match (arguments.next(), arguments.next()) {
        (Some(model), Some(sentences)) => run(&model, &sentences),
        _ => Err("name the folder of a model, and a file with a sentence a line".into()),
    };
    let (text, code) = match told {
        Ok(text) => (text, ExitCode::SUCCESS),
        Err(error) => (format!("failed: {error}"), ExitCode::FAILURE),
    };
    report(&text);
    code
}

#[expect(clippy::print_stdout, reason = "the figures are what this program is for")]
fn report(line: &str) {
    println!("{line}");
}

fn run(model: &std::path::Path, sentences: &std::path::Path) -> Result<String, Box<dyn Error>> {
    let text = std::fs::read_to_string(sentences)?;
    let sentences: Vec<String> = text.lines().map(str::to_owned).collect();
    let folder = model.parent().unwrap_or(model).to_owned();
    let name = model.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let clock = Arc::new(SystemClock::default());
    let models = OnDevice::new(Config::default(), folder, Arc::<SystemClock>::clone(&clock));
    models.look();
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let embed = |inputs: &[String]| {
        let request =
            EmbeddingRequest { model: name.clone(), inputs: inputs.to_vec(), ..EmbeddingRequest::default() };
        runtime.block_on(models.embed(request))
    };
    // The first brings the model into memory.
    embed(sentences.get(..1).unwrap_or_default())?;
    let (began, mut tokens) = (clock.monotonic(), 0);
    for batch in sentences.chunks(BATCH) {
        tokens += embed(batch)?.usage.input;
    }
    let took = (clock.monotonic() - began).as_secs_f64();
    let mut alone: Vec<f64> = Vec::new();
    for sentence in sentences.iter().take(50) {
        let began = clock.monotonic();
        embed(std::slice::from_ref(sentence))?;
        alone.push((clock.monotonic() - began).as_secs_f64() * 1e3);
    }
    alone.sort_by(f64::total_cmp);
    let one = alone.get(alone.len() / 2).copied().unwrap_or_default();
    #[expect(clippy::cast_precision_loss, reason = "a figure for the eye")]
    let a_second = sentences.len() as f64 / took;
    Ok(format!("familiar: {a_second:.1} sentences/s, {tokens} tokens in {took:.2} s, one alone {one:.1} ms"))
}
