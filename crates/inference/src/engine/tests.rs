//! Whole answers of small models: known words, stops, limits, cancelling, and what is read again.

use super::{Engine, Listener};
use crate::testing::{SAYING, TinyModel};
use candle_core::quantized::GgmlDType;
use llm::{ChatEvent, ChatRequest, LlmErrorKind, Message, Parameters, Role, StopReason, Usage};

/// Takes an answer, and leaves after so many pieces of text.
#[derive(Default)]
struct Ear {
    events: Vec<ChatEvent>,
    patience: Option<usize>,
}

impl Ear {
    fn pieces(&self) -> Vec<&str> {
        let mut pieces = Vec::new();
        for event in &self.events {
            if let ChatEvent::Text { delta } = event {
                pieces.push(delta.as_str());
            }
        }
        pieces
    }

    fn usage(&self) -> Usage {
        let is_usage = |event: &&ChatEvent| matches!(event, ChatEvent::Usage(_));
        let Some(ChatEvent::Usage(usage)) = self.events.iter().find(is_usage) else { panic!("no usage") };
        *usage
    }

    fn reason(&self) -> StopReason {
        match self.events.last() {
            Some(ChatEvent::Stopped { reason }) => reason.clone(),
            other => panic!("{other:?}"),
        }
    }
}

impl Listener for Ear {
    fn tell(&mut self, event: ChatEvent) {
        self.events.push(event);
    }

    fn is_gone(&self) -> bool {
        self.patience.is_some_and(|patience| self.pieces().len() >= patience)
    }
}

fn engine(model: &TinyModel, context: usize) -> Engine {
    let folder = tempfile::tempdir().unwrap();
    model.write_folder(folder.path()).unwrap();
    Engine::load("tiny", folder.path(), context).unwrap()
}

fn ask(question: &str, parameters: Parameters) -> ChatRequest {
    ChatRequest { messages: vec![Message::text(Role::User, question)], parameters, ..ChatRequest::default() }
}

fn greedy() -> Parameters {
    Parameters { temperature: Some(0.0), ..Parameters::default() }
}

fn answer(engine: &mut Engine, request: &ChatRequest) -> Ear {
    let mut ear = Ear::default();
    engine.answer(request, (1, "2026-11-21"), &mut ear).unwrap();
    ear
}

/// `<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n`, a token a letter and a mark.
const PROMPT_TOKENS: u64 = 1 + 5 + 2 + 1 + 1 + 1 + 10;

#[test]
fn a_model_whose_words_are_known_says_them_from_either_kind_of_file() {
    let model = TinyModel::that_says();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("says.gguf");
    let mut engines = vec![engine(&model, 1024)];
    for tables in [GgmlDType::F32, GgmlDType::F16, GgmlDType::Q8_0, GgmlDType::Q4_0] {
        model.write_gguf(&path, tables).unwrap();
        engines.push(Engine::load("says", &path, 1024).unwrap());
    }
    for engine in &mut engines {
        let ear = answer(engine, &ask("Hi", greedy()));
        assert_eq!(ear.pieces().concat(), SAYING);
        assert_eq!(ear.pieces()[..3], ["Hello", " ", "😀"], "the four bytes of one letter come together");
        assert_eq!(ear.reason(), StopReason::EndTurn);
        let wanted = Usage { input: PROMPT_TOKENS, output: 12, ..Usage::default() };
        assert_eq!(ear.usage(), wanted, "the mark at the end is written, too");
        assert!(matches!(&ear.events[0], ChatEvent::Started { model: Some(_), .. }));
    }
}

#[test]
fn thoughts_come_apart_from_the_answer() {
    let mut model = TinyModel::that_says();
    model.template = Some("{% for message in messages %}{{ message.content }}{% endfor %}{{ '\\t' }}".into());
    let mut engine = engine(&model, 1024);
    let ear = answer(&mut engine, &ask("Hi", Parameters { stop: vec!["hm".into()], ..greedy() }));
    assert_eq!(ear.pieces().concat(), SAYING);
    assert!(ear.events.contains(&ChatEvent::Reasoning { delta: "hm".into() }), "{:?}", ear.events);
    let wanted = Usage { input: 3, output: 15, reasoning: 2, ..Usage::default() };
    assert_eq!(ear.usage(), wanted, "the mark behind the thought is none of it");
}

#[test]
fn stop_texts_and_limits_end_an_answer() {
    let mut engine = engine(&TinyModel::that_says(), 1024);
    let stop = Parameters { stop: vec!["machine".into(), "your own".into()], ..greedy() };
    let ear = answer(&mut engine, &ask("Hi", stop));
    assert_eq!(ear.pieces().concat(), "Hello 😀 from ");
    assert_eq!(ear.reason(), StopReason::StopSequence(Some("your own".into())));
    assert_eq!(ear.usage().output, 9);

    let limited = |most| Parameters { max_output_tokens: Some(most), ..greedy() };
    let ear = answer(&mut engine, &ask("Hi", limited(4)));
    assert_eq!(ear.pieces().concat(), "Hello \u{fffd}", "a letter cut off in its middle");
    assert_eq!((ear.reason(), ear.usage().output), (StopReason::MaxTokens, 4));
    let ear = answer(&mut engine, &ask("Hi", limited(0)));
    assert_eq!((ear.pieces().len(), ear.reason(), ear.usage().output), (0, StopReason::MaxTokens, 0));
}

#[test]
fn the_context_bounds_prompt_and_answer() {
    let model = TinyModel::random("llama");
    let mut engine = engine(&model, 64);
    let ear = answer(&mut engine, &ask("Hi", greedy()));
    assert_eq!(ear.usage().total_input() + ear.usage().output, 64, "up to the last token there is room for");
    assert_eq!(ear.reason(), StopReason::MaxTokens);
    let long = ask(&"a".repeat(64), greedy());
    let error = engine.answer(&long, (1, ""), &mut Ear::default()).unwrap_err();
    assert_eq!(error.kind, LlmErrorKind::ContextLength);
    assert!(error.message.contains("has 83 tokens and `tiny` reads at most 64"), "{}", error.message);
}

#[test]
fn a_seed_repeats_an_answer_and_another_does_not() {
    let mut engine = engine(&TinyModel::random("qwen2"), 128);
    let mut said = |seed| {
        let parameters = Parameters { temperature: Some(1.5), seed, ..Parameters::default() };
        answer(&mut engine, &ask("Hi", parameters)).pieces().concat()
    };
    let first = said(Some(5));
    assert_eq!(first, said(Some(5)));
    assert_ne!(first, said(Some(-6)));
    assert_eq!(said(None), said(Some(1)), "the seed that is handed in where the request has none");
}

#[test]
fn both_kinds_of_files_write_the_same() {
    for family in ["llama", "mistral", "qwen2", "qwen3"] {
        let model = TinyModel::random(family);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tiny.gguf");
        model.write_gguf(&path, GgmlDType::F32).unwrap();
        let mut engines = [engine(&model, 128), Engine::load("tiny", &path, 128).unwrap()];
        let [one, other] =
            engines.each_mut().map(|engine| answer(engine, &ask("Hi", greedy())).pieces().concat());
        assert!(!one.is_empty());
        assert_eq!(one, other, "{family}");
    }
}

#[test]
fn the_next_turn_reads_only_what_is_new() {
    let mut engine = engine(&TinyModel::that_says(), 1024);
    let first = answer(&mut engine, &ask("Hi", greedy()));
    assert_eq!(first.usage().cached_input, 0);
    let mut next = ask("Hi", greedy());
    next.messages.push(Message::text(Role::Assistant, "Ho"));
    next.messages.push(Message::text(Role::User, "And?"));
    let second = answer(&mut engine, &next);
    assert_eq!(second.usage().cached_input, PROMPT_TOKENS);
    assert_eq!(second.pieces().concat(), SAYING);
    let again = answer(&mut engine, &next);
    assert_eq!(again.usage().input, 1, "only the last token, for its scores");
    assert_eq!(again.usage().total_input(), second.usage().total_input());
    let other = answer(&mut engine, &ask("Bye", greedy()));
    assert_eq!(other.usage().cached_input, 6, "up to `<|im_start|>user\\n`");
    assert_eq!(other.pieces().concat(), SAYING);
}

#[test]
fn what_is_taken_up_again_gives_the_same_answer() {
    let model = TinyModel::random("qwen3");
    let long = ask("A question that takes a while to read.", greedy());
    let fresh = answer(&mut engine(&model, 256), &long).pieces().concat();
    let mut used = engine(&model, 256);
    answer(&mut used, &ask("A question that goes on otherwise.", greedy()));
    let taken_up = answer(&mut used, &long);
    assert!(taken_up.usage().cached_input > 10);
    assert_eq!(taken_up.pieces().concat(), fresh);
}

#[test]
fn an_answer_nobody_listens_to_ends_between_two_tokens() {
    let mut engine = engine(&TinyModel::that_says(), 1024);
    let mut ear = Ear { patience: Some(2), ..Ear::default() };
    let error = engine.answer(&ask("Hi", greedy()), (1, ""), &mut ear).unwrap_err();
    assert_eq!(error.kind, LlmErrorKind::Cancelled);
    assert_eq!(ear.pieces(), ["Hello", " "]);
    let mut ear = Ear { patience: Some(0), ..Ear::default() };
    let error = engine.answer(&ask("Hi", greedy()), (1, ""), &mut ear).unwrap_err();
    assert_eq!(error.kind, LlmErrorKind::Cancelled, "while the prompt is read");
    assert_eq!(
        answer(&mut engine, &ask("Hi", greedy())).pieces().concat(),
        SAYING,
        "the next is not disturbed"
    );
}

#[test]
fn numbers_that_are_none_are_an_error_and_not_a_word() {
    let mut model = TinyModel::random("llama");
    let (_, values) = model.tensors.get_mut("lm_head.weight").unwrap();
    values.fill(f32::NAN);
    let mut engine = engine(&model, 128);
    let error = engine.answer(&ask("Hi", greedy()), (1, ""), &mut Ear::default()).unwrap_err();
    assert_eq!(error.kind, LlmErrorKind::Server);
    assert!(error.message.contains("computes no numbers"), "{}", error.message);
}

#[test]
fn what_the_model_cannot_read_is_refused() {
    let mut engine = engine(&TinyModel::random("llama"), 128);
    let mut picture = ask("", greedy());
    picture.messages[0].parts = vec![llm::Part::Image {
        media: llm::Media::Url { url: "https://example.com/a.png".into() },
        detail: None,
    }];
    let error = engine.answer(&picture, (1, ""), &mut Ear::default()).unwrap_err();
    assert_eq!(
        (error.kind, error.message.as_str()),
        (LlmErrorKind::BadRequest, "`tiny` reads text only and got a picture")
    );
}
