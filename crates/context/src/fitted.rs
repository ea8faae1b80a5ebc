//! What was given up, for people and programs.

/// Who told what was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Summarised {
    /// A model.
    Model,
    /// Its own most telling sentences.
    Extract,
}

impl Summarised {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Extract => "extract",
        }
    }
}

/// What was given up for a request to fit. All tokens are by the measure that was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Fitted {
    /// The longest answer before and now, where it was lowered.
    pub answer_tokens: Option<(u64, u64)>,
    /// Tokens of the system prompt that said nothing.
    pub system_tokens: u64,
    /// Messages left out because they were said again later, and their tokens.
    pub repeated: usize,
    /// Their tokens.
    pub repeated_tokens: u64,
    /// Messages without their thoughts or with shorter results of tools.
    pub shortened: usize,
    /// The tokens that saved.
    pub shortened_tokens: u64,
    /// Messages left out because they matter least for what is asked.
    pub messages: usize,
    /// Their tokens.
    pub tokens: u64,
    /// How it is told what they said, if at all.
    pub summarised: Option<Summarised>,
}

impl Fitted {
    /// In sentences: each begins with a word that stays the same.
    pub fn events(&self, deployment: &str) -> Vec<String> {
        let mut events = Vec::new();
        let mut add = |event: String| events.push(format!("fewer_tokens: {event}, to fit `{deployment}`"));
        if let Some((before, now)) = self.answer_tokens {
            add(format!("the answer may have {now} tokens instead of {before}"));
        }
        if self.system_tokens > 0 {
            let tokens = self.system_tokens;
            add(format!("{tokens} tokens of spaces and repeated lines of the instructions were left out"));
        }
        if self.repeated > 0 {
            let (count, tokens) = (some(self.repeated), self.repeated_tokens);
            add(format!("{count} (about {tokens} tokens) that are said again later were left out"));
        }
        if self.shortened > 0 {
            let (count, tokens) = (some(self.shortened), self.shortened_tokens);
            add(format!(
                "earlier thoughts and long results of tools in {count} were shortened by about {tokens} tokens"
            ));
        }
        if self.messages > 0 {
            let (count, tokens) = (some(self.messages), self.tokens);
            let told = match self.summarised {
                Some(Summarised::Model) => " and summarised by a model",
                Some(Summarised::Extract) => " except for some sentences",
                None => "",
            };
            add(format!("{count} (about {tokens} tokens) that matter least were left out{told}"));
        }
        events
    }

    /// For a header: `messages=4; tokens=1328; summary=extract`.
    pub fn header(&self) -> String {
        let mut fields = Vec::new();
        let counts = [
            ("messages", self.messages as u64),
            ("tokens", self.tokens),
            ("repeated", self.repeated as u64),
            ("shortened", self.shortened as u64),
            ("system_tokens", self.system_tokens),
        ];
        fields.extend(
            counts.iter().filter(|(_, count)| *count > 0).map(|(name, count)| format!("{name}={count}")),
        );
        fields.extend(self.answer_tokens.map(|(_, now)| format!("answer_tokens={now}")));
        fields.extend(self.summarised.map(|by| format!("summary={}", by.as_str())));
        fields.join("; ")
    }
}

fn some(messages: usize) -> String {
    if messages == 1 { "1 message".to_owned() } else { format!("{messages} messages") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_given_up_is_told() {
        let fitted = Fitted {
            answer_tokens: Some((4_000, 500)),
            repeated: 1,
            repeated_tokens: 30,
            messages: 4,
            tokens: 1_328,
            summarised: Some(Summarised::Extract),
            ..Fitted::default()
        };
        let expected = [
            "fewer_tokens: the answer may have 500 tokens instead of 4000, to fit `a/x`",
            "fewer_tokens: 1 message (about 30 tokens) that are said again later were left out, to fit `a/x`",
            "fewer_tokens: 4 messages (about 1328 tokens) that matter least were left out except for some sentences, \
             to fit `a/x`",
        ];
        assert_eq!(fitted.events("a/x"), expected);
        assert_eq!(
            fitted.header(),
            "messages=4; tokens=1328; repeated=1; answer_tokens=500; summary=extract"
        );
        assert_eq!(
            (Fitted::default().events("a/x"), Fitted::default().header()),
            (Vec::new(), String::new())
        );
    }
}
