//! Writes a line of the journal as JSON, field by field. Two are written for every call, and nearly all of their texts
//! need no escapes, which a general serializer has to find out byte by byte.

use super::Line;
use crate::exchange::Exchange;
use base::Id;
use serde::Serialize;

type Result = serde_json::Result<()>;

impl Line<&Exchange> {
    /// Appends the line as `serde_json` reads it. What says nothing is left out.
    ///
    /// # Errors
    /// As of `serde_json`; what stands in `out` then is of no use.
    pub fn write(&self, out: &mut Vec<u8>) -> Result {
        let (begin, exchange) = match self {
            Self::Open(exchange) => (r#"{"open":"#, exchange),
            Self::Settled(exchange) => (r#"{"settled":"#, exchange),
        };
        out.extend_from_slice(begin.as_bytes());
        write_exchange(exchange, out)?;
        out.push(b'}');
        Ok(())
    }
}

fn write_exchange(call: &Exchange, out: &mut Vec<u8>) -> Result {
    id(out, r#"{"id":"#, call.id);
    value(out, r#","started_at":"#, &call.started_at)?;
    id(out, r#","owner":"#, call.owner);
    if let Some(key_id) = call.key_id {
        id(out, r#","key_id":"#, key_id);
    }
    optional(out, r#","project":"#, call.project.as_ref().map(|project| project.as_str()))?;
    text(out, r#","operation":"#, &call.operation)?;
    text(out, r#","route":"#, &call.route)?;
    optional(out, r#","deployment":"#, call.deployment.as_deref())?;
    optional(out, r#","provider":"#, call.provider.as_deref())?;
    optional(out, r#","model":"#, call.model.as_deref())?;
    optional(out, r#","caller_dialect":"#, call.caller_dialect.as_deref())?;
    optional(out, r#","upstream_dialect":"#, call.upstream_dialect.as_deref())?;
    unless_default(out, r#","streamed":"#, &call.streamed)?;
    text(out, r#","outcome":"#, call.outcome.as_str())?;
    optional(out, r#","error_kind":"#, call.error_kind.as_deref())?;
    optional(out, r#","error_message":"#, call.error_message.as_deref())?;
    unless_default(out, r#","usage":"#, &call.usage)?;
    unless_default(out, r#","cost":"#, &call.cost)?;
    value(out, r#","priced":"#, &call.priced)?;
    unless_default(out, r#","estimated":"#, &call.estimated)?;
    unless_default(out, r#","saved":"#, &call.saved)?;
    unless_default(out, r#","baseline":"#, &call.baseline)?;
    unless_default(out, r#","prompt_saved":"#, &call.prompt_saved)?;
    if let Some(ms) = call.first_token_ms {
        value(out, r#","first_token_ms":"#, &ms)?;
    }
    unless_default(out, r#","total_ms":"#, &call.total_ms)?;
    unless_default(out, r#","attempts":"#, &call.attempts)?;
    unless_default(out, r#","cache_hit":"#, &call.cache_hit)?;
    unless_default(out, r#","tags":"#, &call.tags)?;
    value(out, r#","explanation":"#, &call.explanation)?;
    out.push(b'}');
    Ok(())
}

fn id(out: &mut Vec<u8>, key: &str, id: Id) {
    out.extend_from_slice(key.as_bytes());
    out.push(b'"');
    out.extend_from_slice(id.encode(&mut [0; Id::LENGTH]).as_bytes());
    out.push(b'"');
}

fn unless_default<T: Default + PartialEq + Serialize>(out: &mut Vec<u8>, key: &str, shown: &T) -> Result {
    if *shown == T::default() { Ok(()) } else { value(out, key, shown) }
}

fn optional(out: &mut Vec<u8>, key: &str, words: Option<&str>) -> Result {
    words.map_or(Ok(()), |words| text(out, key, words))
}

fn text(out: &mut Vec<u8>, key: &str, words: &str) -> Result {
    // Looked at as a whole, which goes many bytes at a time.
    let escapes =
        words.bytes().fold(false, |any, byte| any | (byte < 0x20) | (byte == b'"') | (byte == b'\\'));
    if escapes {
        return value(out, key, words);
    }
    out.extend_from_slice(key.as_bytes());
    out.push(b'"');
    out.extend_from_slice(words.as_bytes());
    out.push(b'"');
    Ok(())
}

fn value(out: &mut Vec<u8>, key: &str, value: &(impl Serialize + ?Sized)) -> Result {
    out.extend_from_slice(key.as_bytes());
    serde_json::to_writer(out, value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::{Explained, Explanation, Outcome};
    use base::{Money, Timestamp, new_id};
    use llm::Usage;
    use proptest::prelude::*;

    /// An exchange in which everything says something, made of a text and a number.
    fn eventful(words: &str, number: u32) -> Exchange {
        let (some, number) = (Some(words.to_owned()), number.max(1));
        let usage = Usage { input: u64::from(number), output: 3, images: 1, ..Usage::default() };
        Exchange {
            id: new_id(),
            started_at: Timestamp::from_millis(i64::from(number)),
            owner: new_id(),
            key_id: Some(new_id()),
            project: Some("trip to \"Rome\"".parse().unwrap()),
            operation: words.to_owned().into(),
            route: words.to_owned(),
            deployment: some.clone(),
            provider: some.clone(),
            model: some.clone(),
            caller_dialect: Some("openai-chat".into()),
            upstream_dialect: Some(words.to_owned().into()),
            streamed: true,
            outcome: Outcome::Interrupted,
            error_kind: some.clone(),
            error_message: some.clone(),
            usage,
            cost: Money::from_nanos(i64::from(number)),
            priced: true,
            estimated: true,
            saved: Money::from_nanos(7),
            baseline: Money::MAX,
            prompt_saved: Money::from_nanos(-i64::from(number)),
            first_token_ms: Some(0),
            total_ms: u64::from(number),
            attempts: number,
            cache_hit: true,
            tags: vec![words.to_owned(), String::new()],
            explanation: Explained::from(Explanation { asked: words.to_owned(), ..Explanation::default() }),
        }
    }

    fn read(line: &Line<&Exchange>) -> Line<Exchange> {
        let mut bytes = Vec::new();
        line.write(&mut bytes).unwrap();
        serde_json::from_slice(&bytes)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&bytes)))
    }

    proptest! {
        #[test]
        fn a_line_is_read_as_it_was_written(words in ".{0,40}", number: u32) {
            let told = eventful(&words, number);
            prop_assert_eq!(read(&Line::Settled(&told)), Line::Settled(told.clone()));
            let explanation = Explained::from(Explanation::by_own_name(words));
            let silent = Exchange {
                key_id: None,
                project: None,
                deployment: None,
                provider: None,
                model: None,
                caller_dialect: None,
                upstream_dialect: None,
                streamed: false,
                error_kind: None,
                error_message: None,
                usage: Usage::default(),
                cost: Money::ZERO,
                priced: false,
                estimated: false,
                saved: Money::ZERO,
                baseline: Money::ZERO,
                prompt_saved: Money::ZERO,
                first_token_ms: None,
                total_ms: 0,
                attempts: 0,
                cache_hit: false,
                tags: Vec::new(),
                explanation,
                ..told
            };
            prop_assert_eq!(read(&Line::Open(&silent)), Line::Open(silent.clone()));
        }
    }
}
