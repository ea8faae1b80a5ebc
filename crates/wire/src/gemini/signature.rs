//! Thought signatures: how the tokens that go back unchanged travel in this format and in the vocabulary.
//!
//! Towards a caller there is one field for them, `thoughtSignature`, whose value clients decode and encode
//! again as base64. Gemini's own stand there as they came; another provider's are put into base64 with a
//! mark before them, and taken out again when they come back.

use crate::media::standard_alphabet;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use std::borrow::Cow;

/// Stands before Gemini's signatures in the vocabulary.
pub(crate) const SIGNATURE_TAG: &str = "gemini:";
/// Stands before another provider's signature, inside the base64.
const FOREIGN: &str = "familiar:signature:";
/// Stands before another provider's encrypted thinking, inside the base64.
const REDACTED: &str = "familiar:redacted:";

/// What a signature of a caller or of the provider turns out to be in the vocabulary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sealed {
    Signature(String),
    Redacted(String),
}

impl Sealed {
    /// As the two fields that the vocabulary has for it.
    pub(super) fn into_fields(self) -> (Option<String>, Option<String>) {
        match self {
            Self::Signature(signature) => (Some(signature), None),
            Self::Redacted(data) => (None, Some(data)),
        }
    }
}

/// The signature as the provider gave it, if it is one of its own.
pub(super) fn own(signature: &str) -> Option<&str> {
    signature.strip_prefix(SIGNATURE_TAG)
}

/// A signature of the vocabulary as a caller gets it.
pub(super) fn for_caller(signature: &str) -> Cow<'_, str> {
    match signature.strip_prefix(SIGNATURE_TAG) {
        Some(own) => Cow::Borrowed(own),
        None => Cow::Owned(STANDARD.encode(format!("{FOREIGN}{signature}"))),
    }
}

/// Encrypted thinking of another provider as a caller gets it.
pub(super) fn redacted_for_caller(data: &str) -> Cow<'static, str> {
    Cow::Owned(STANDARD.encode(format!("{REDACTED}{data}")))
}

/// Reads a `thoughtSignature`.
pub(super) fn read(text: String) -> Sealed {
    let standard = standard_alphabet(Cow::Borrowed(&text));
    let Some(bytes) = STANDARD.decode(&*standard).ok().filter(|_| !is_words(&text)) else {
        return Sealed::Signature(format!("{SIGNATURE_TAG}{text}"));
    };
    let carried = |mark: &str| {
        let rest = bytes.strip_prefix(mark.as_bytes())?;
        std::str::from_utf8(rest).ok().map(str::to_owned)
    };
    if let Some(signature) = carried(FOREIGN) {
        Sealed::Signature(signature)
    } else if let Some(data) = carried(REDACTED) {
        Sealed::Redacted(data)
    } else {
        Sealed::Signature(format!("{SIGNATURE_TAG}{standard}"))
    }
}

/// Whether these are the words that clients put in place of the signature of another model's call, such as
/// `skip_thought_signature_validator`, which could be base64 in the alphabet for addresses.
fn is_words(text: &str) -> bool {
    text.len() >= 16 && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::engine::general_purpose::URL_SAFE;
    use proptest::prelude::*;

    proptest! {
        /// A client decodes the signature and writes it back in the other alphabet.
        #[test]
        fn signatures_survive_the_way_round(bytes in prop::collection::vec(any::<u8>(), 1..40), words in "(?s).{1,20}") {
            let own = format!("{SIGNATURE_TAG}{}", STANDARD.encode(&bytes));
            for signature in [own, words.clone()] {
                let written = for_caller(&signature).into_owned();
                let again = URL_SAFE.encode(STANDARD.decode(&written).unwrap());
                for text in [written, again] {
                    prop_assert_eq!(read(text), Sealed::Signature(signature.clone()));
                }
            }
            let again = URL_SAFE.encode(STANDARD.decode(&*redacted_for_caller(&words)).unwrap());
            prop_assert_eq!(read(again), Sealed::Redacted(words));
        }
    }

    #[test]
    fn what_is_no_base64_stays_as_it_is() {
        for text in ["skip_thought_signature_validator", "no base64!"] {
            assert_eq!(read(text.to_owned()), Sealed::Signature(format!("gemini:{text}")));
            assert_eq!(own(&format!("gemini:{text}")), Some(text));
        }
        assert_eq!(own("EqQB"), None);
    }
}
