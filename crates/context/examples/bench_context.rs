//! How often the turns that answer a question survive: the conversations of LoCoMo, a file each, in a folder.
//!
//! `cargo run --release --package context --example bench_context -- FOLDER`
#![expect(clippy::print_stdout, reason = "its output is what it is for")]

use context::{Wanted, plan};
use llm::{ChatRequest, Message, Role};
use serde_json::Value;
use std::{collections::HashSet, env, fs, time::Instant};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = env::args().nth(1).ok_or("bench_context FOLDER (with the JSON files of LoCoMo)")?;
    let mut conversations = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            conversations.push(serde_json::from_slice::<Value>(&fs::read(path)?)?);
        }
    }
    println!(
        "| room for | questions | all evidence kept: fit | the last turns | in the summary too | ms a fit |"
    );
    println!("|--:|--:|--:|--:|--:|--:|");
    for percent in [10, 25, 50, 75] {
        let mut sums = Sums::default();
        conversations.iter().for_each(|conversation| of(conversation, percent, &mut sums));
        let share = |count: u64| format!("{:.1} %", count as f64 * 100.0 / sums.questions as f64);
        println!(
            "| {percent} % | {} | {} | {} | {} | {:.1} |",
            sums.questions,
            share(sums.fit),
            share(sums.last),
            share(sums.told),
            sums.seconds * 1_000.0 / sums.questions as f64
        );
    }
    Ok(())
}

#[derive(Default)]
struct Sums {
    questions: u64,
    fit: u64,
    last: u64,
    told: u64,
    seconds: f64,
}

fn measure(message: &Message) -> u64 {
    message.plain_text().len() as u64 / 4 + 4
}

fn of(conversation: &Value, percent: u64, sums: &mut Sums) {
    let first = conversation.get("speaker_a").and_then(Value::as_str).unwrap_or_default();
    let (mut messages, mut ids) = (Vec::new(), Vec::new());
    for session in 1.. {
        let Some(turns) = conversation.get(format!("session_{session}")).and_then(Value::as_array) else {
            break;
        };
        let day = conversation.get(format!("session_{session}_date_time")).and_then(Value::as_str);
        for turn in turns {
            let text = |key: &str| turn.get(key).and_then(Value::as_str).unwrap_or_default();
            let role = if text("speaker") == first { Role::User } else { Role::Assistant };
            let said = format!("({}) {}: {}", day.unwrap_or_default(), text("speaker"), text("text"));
            messages.push(Message::text(role, said));
            ids.push(text("dia_id").to_owned());
        }
    }
    for question in conversation.get("qa").and_then(Value::as_array).into_iter().flatten() {
        let evidence: HashSet<&str> = question
            .get("evidence")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let asked = question.get("question").and_then(Value::as_str).unwrap_or_default();
        // Of category 5 are questions that nothing answers.
        let answerable = question.get("category").and_then(Value::as_u64) != Some(5);
        if !answerable
            || evidence.is_empty()
            || !evidence.iter().all(|id| ids.iter().any(|known| known == id))
        {
            continue;
        }
        let mut request = ChatRequest { messages: messages.clone(), ..ChatRequest::default() };
        request.messages.push(Message::text(Role::User, asked));
        let total: u64 = request.messages.iter().map(measure).sum();
        let window = 256 + total * percent / 100;
        let mut room = window - 256;
        let mut last = HashSet::new();
        for (message, id) in
            request.messages.iter().rev().zip(std::iter::once("").chain(ids.iter().rev().map(String::as_str)))
        {
            let cost = measure(message);
            if cost > room {
                break;
            }
            room -= cost;
            last.insert(id);
        }
        let texts: Vec<String> = evidence
            .iter()
            .filter_map(|id| ids.iter().position(|known| known == id).and_then(|at| messages.get(at)))
            .map(Message::plain_text)
            .collect();
        let begin = Instant::now();
        let wanted = Wanted { window, beside: 0, measure: &measure, vectors: None, cache: None };
        let Some(plan) = plan(&request, &wanted) else { continue };
        plan.apply(&mut request, None);
        sums.seconds += begin.elapsed().as_secs_f64();
        let kept: Vec<String> = request.messages.iter().map(Message::plain_text).collect();
        let is_kept = |text: &String| kept.iter().any(|kept| kept.ends_with(text.as_str()));
        // A summary has sentences of a message, not all of it.
        let is_told = |text: &String| {
            let said = text.split_once(": ").map_or(text.as_str(), |(_, said)| said);
            is_kept(text)
                || said
                    .split_inclusive(". ")
                    .any(|part| part.len() > 20 && kept.iter().any(|kept| kept.contains(part)))
        };
        sums.questions += 1;
        sums.fit += u64::from(texts.iter().all(is_kept));
        sums.told += u64::from(texts.iter().all(is_told));
        sums.last += u64::from(evidence.iter().all(|id| last.contains(id)));
    }
}
