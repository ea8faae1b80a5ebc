//! The built-in model that needs no weights: it answers with cited sentences from the owner's documents.
//!
//! The words of the question find passages (BM25), the passages' sentences are weighed by how much of the
//! question they and their headings cover (rare words count more), and the best are quoted word for word.
//! Where too little of the question is covered it says that the documents do not answer it.

mod answer;
mod select;

use crate::{
    Library,
    library::{llm_error, passage_of},
    question::{Keyword, Question},
};
use answer::Answer;
use base::OwnerId;
use futures::{StreamExt, future::BoxFuture, stream};
use llm::{
    Capability, ChatModel, ChatRequest, ChatStream, LibraryScope, LlmError, Message, ModelSpec, Prices, Role,
};
use search::{Query, Typos};
use select::{Term, Wanted};
use std::sync::Arc;

/// How a caller names the Librarian.
pub const LIBRARIAN_ID: &str = "familiar/librarian";
/// Says that no language model wrote the answer; for the label beside it.
pub const LIBRARIAN_NOTICE: &str =
    "Written without a language model: these are sentences from your documents, quoted word for word.";

/// Passages that are looked at for an answer.
const PASSAGES: usize = 24;
/// How much a word of an earlier question counts when the last one points back to it.
const EARLIER_WEIGHT: f32 = 0.6;
/// How many earlier questions are looked at.
const EARLIER_QUESTIONS: usize = 2;

/// Answers from documents without a language model.
#[derive(Debug)]
pub struct Librarian {
    library: Arc<Library>,
    default_owner: OwnerId,
}

impl Librarian {
    /// A Librarian that looks where a request's [`LibraryScope`] says, and in all documents of
    /// `default_owner` when it says nothing.
    pub fn for_owner(library: Arc<Library>, default_owner: OwnerId) -> Self {
        Self { library, default_owner }
    }

    /// Its entry in the registry of models: free, chat only.
    pub fn spec() -> ModelSpec {
        ModelSpec {
            provider: "familiar".to_owned(),
            name: "librarian".to_owned(),
            display_name: "Librarian".to_owned(),
            context_window: None,
            max_output_tokens: None,
            capabilities: vec![Capability::Chat],
            prices: Some(Prices::default()),
            quality: None,
            cacheable_tokens: None,
        }
    }

    async fn answer(&self, request: &ChatRequest) -> Result<Answer, LlmError> {
        let whole = LibraryScope { owner: self.default_owner, document_ids: Vec::new() };
        let scope = request.library.as_ref().unwrap_or(&whole);
        let asked = Asked::in_conversation(&request.messages);
        if asked.keywords.is_empty() {
            return Ok(Answer::no_question());
        }
        let words: Vec<&str> = asked.keywords.iter().map(|(keyword, _)| keyword.word.as_str()).collect();
        let query = Query {
            document_ids: scope.document_ids.clone(),
            limit: PASSAGES,
            typos: Typos::Careful,
            ..Query::new(scope.owner, words.join(" "))
        };
        let found = self.library.query(query).await.map_err(llm_error)?;
        let terms = asked.keywords.iter().map(|(keyword, _)| keyword.term.clone()).collect();
        let (frequencies, passages) = self.library.frequencies(terms).await.map_err(llm_error)?;
        if passages == 0 {
            return Ok(Answer::no_documents());
        }
        let wanted = asked.keywords.iter().zip(frequencies).map(|((keyword, weight), frequency)| Term {
            alternatives: alternatives(keyword, &found.corrections),
            weight: weight * keyword.weight * rarity(frequency, passages),
        });
        let wanted = Wanted::new(wanted.collect());
        let passages = found.hits.into_iter().map(passage_of).collect();
        Ok(Answer::from_selection(select::select(&wanted, passages), &found.corrections))
    }
}

impl ChatModel for Librarian {
    fn stream(&self, request: ChatRequest) -> BoxFuture<'_, Result<ChatStream, LlmError>> {
        Box::pin(async move {
            let answer = self.answer(&request).await?;
            Ok(stream::iter(answer.into_events().into_iter().map(Ok)).boxed())
        })
    }
}

/// What is asked: the words of the last question, and of earlier ones where it points back to them.
struct Asked {
    keywords: Vec<(Keyword, f32)>,
}

impl Asked {
    fn in_conversation(messages: &[Message]) -> Self {
        let mut questions = messages
            .iter()
            .rev()
            .filter(|message| message.role == Role::User)
            .map(|message| Question::new(&message.plain_text()));
        let Some(last) = questions.next() else { return Self { keywords: Vec::new() } };
        let points_back = last.points_back;
        let mut keywords: Vec<(Keyword, f32)> =
            last.keywords.into_iter().map(|keyword| (keyword, 1.0)).collect();
        if points_back {
            for earlier in questions.take(EARLIER_QUESTIONS) {
                let goes_on = earlier.points_back;
                for keyword in earlier.keywords {
                    if !keywords.iter().any(|(known, _)| known.term == keyword.term) {
                        keywords.push((keyword, EARLIER_WEIGHT));
                    }
                }
                if !goes_on {
                    break;
                }
            }
        }
        Self { keywords }
    }
}

/// Numbers that people write as words and as digits.
const NUMBER_WORDS: [&str; 13] = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
];

/// The terms that a word of the question may stand as.
fn alternatives(keyword: &Keyword, corrections: &[(String, Vec<String>)]) -> Vec<String> {
    let mut terms = vec![keyword.term.clone()];
    let lower = keyword.word.to_lowercase();
    if let Some(number) = NUMBER_WORDS.iter().position(|word| *word == lower) {
        terms.push(number.to_string());
    } else if let Some(word) = lower.parse::<usize>().ok().and_then(|number| NUMBER_WORDS.get(number)) {
        terms.extend(search::analyse(word).into_iter().map(|token| token.term));
    }
    for (typed, meant) in corrections {
        if *typed == keyword.word {
            terms.extend(meant.iter().flat_map(|word| search::analyse(word)).map(|token| token.term));
        }
    }
    terms
}

/// Inverse document frequency as in BM25: ln(1 + (N - n + 0.5) / (n + 0.5)).
fn rarity(frequency: u64, passages: u64) -> f32 {
    #[expect(clippy::cast_precision_loss, reason = "a weight needs no more than seven digits")]
    let (frequency, passages) = (frequency.min(passages) as f32, passages as f32);
    (1.0 + (passages - frequency + 0.5) / (frequency + 0.5)).ln()
}
