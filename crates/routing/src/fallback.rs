//! What a failure says of the others, and which smaller models may stand in for a route's members.

use llm::{Capability, LlmErrorKind, ModelSpec};

/// Whether another deployment is likely to fail in the same way as one that has just failed: after a failure of the
/// account or the network the others of the same provider, after a prompt that was too long those with no more
/// room.
pub fn fails_alike(kind: LlmErrorKind, failed: &ModelSpec, other: &ModelSpec) -> bool {
    match kind {
        LlmErrorKind::Authentication | LlmErrorKind::QuotaExceeded | LlmErrorKind::Network => {
            other.provider == failed.provider
        }
        LlmErrorKind::ContextLength => match (other.context_window, failed.context_window) {
            (Some(room), Some(too_little)) => room <= too_little,
            (_, _) => false,
        },
        LlmErrorKind::Permission
        | LlmErrorKind::NotFound
        | LlmErrorKind::BadRequest
        | LlmErrorKind::ContentFiltered
        | LlmErrorKind::RateLimited
        | LlmErrorKind::Overloaded
        | LlmErrorKind::Server
        | LlmErrorKind::Timeout
        | LlmErrorKind::Malformed
        | LlmErrorKind::Cancelled => false,
    }
}

/// For each member the next smaller model of its family at the same provider, as positions in `all`: the dearest of
/// those that cost less and that can do as much. None is a member, and each is there once.
pub fn smaller_models(members: &[&ModelSpec], all: &[&ModelSpec]) -> Vec<usize> {
    let price = |spec: &ModelSpec| spec.prices.as_ref().map(|prices| prices.first().usual.base.output);
    let same = |one: &ModelSpec, other: &ModelSpec| one.provider == other.provider && one.name == other.name;
    let mut smaller: Vec<usize> = Vec::new();
    for member in members {
        let Some(limit) = price(member) else { continue };
        let family = family(&member.name);
        let is_smaller = |(position, spec): &(usize, &&ModelSpec)| {
            spec.provider == member.provider
                && spec.can(Capability::Chat)
                && price(spec).is_some_and(|price| price < limit)
                && self::family(&spec.name) == family
                && !smaller.contains(position)
                && !members.iter().any(|known| same(known, spec))
        };
        let lacks = |spec: &ModelSpec| {
            let needed = member.capabilities.iter();
            needed.filter(|can| !spec.can(**can)).count()
        };
        // Rather one that can do as much; among those the nearest in price.
        let next = all
            .iter()
            .enumerate()
            .filter(is_smaller)
            .min_by_key(|(_, spec)| (lacks(spec), std::cmp::Reverse(price(spec))))
            .map(|(position, _)| position);
        smaller.extend(next);
    }
    smaller
}

/// The family of a model, by its name: the letters that it begins with.
fn family(name: &str) -> String {
    let name = name.rsplit('/').next().unwrap_or(name);
    name.chars().take_while(|c| c.is_alphabetic()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use llm::{PriceTier, Prices};

    fn spec(provider: &str, name: &str, output_usd: &str) -> ModelSpec {
        let base = PriceTier { output: output_usd.parse().unwrap(), ..PriceTier::default() };
        ModelSpec {
            provider: provider.into(),
            name: name.into(),
            display_name: name.into(),
            context_window: None,
            max_output_tokens: None,
            capabilities: vec![Capability::Chat, Capability::Tools],
            prices: Some(Prices::from(base)),
            quality: None,
            cacheable_tokens: None,
        }
    }

    #[test]
    fn a_family_is_known_by_its_name() {
        for (name, expected) in [
            ("gpt-4o", "gpt"),
            ("gpt-4o-mini", "gpt"),
            ("claude-opus-4-5", "claude"),
            ("gemini-2.5-pro", "gemini"),
            ("o3-mini", "o"),
            ("meta-llama/Llama-3.3-70B-Instruct-Turbo", "llama"),
            ("4o", ""),
        ] {
            assert_eq!(family(name), expected, "{name}");
        }
    }

    #[test]
    fn the_next_smaller_model_stands_in_once() {
        let all = [
            spec("a", "gpt-5", "10"),
            spec("a", "gpt-5-nano", "0.4"),
            spec("a", "gpt-5-mini", "2"),
            spec("b", "gpt-5-mini", "1"),
            spec("a", "other", "1"),
        ];
        let all: Vec<&ModelSpec> = all.iter().collect();
        assert_eq!(smaller_models(&all[..1], &all), [2], "the dearest of those that cost less");
        let both = [all[0], all[2]];
        assert_eq!(smaller_models(&both, &all), [1], "a member stands in for nobody");
        let dull = ModelSpec { capabilities: vec![Capability::Chat], ..all[2].clone() };
        let with_dull = [all[0], all[1], &dull];
        assert_eq!(smaller_models(&all[..1], &with_dull), [1], "rather one that can do as much");
        assert!(smaller_models(&[all[1]], &all).is_empty());
    }

    #[test]
    fn who_fails_alike_depends_on_the_failure() {
        let one = ModelSpec { context_window: Some(8_000), ..spec("a", "x", "1") };
        let sibling = ModelSpec { context_window: Some(32_000), ..spec("a", "y", "1") };
        let stranger = ModelSpec { context_window: Some(4_000), ..spec("b", "x", "1") };
        for kind in LlmErrorKind::ALL {
            let account = matches!(
                kind,
                LlmErrorKind::Authentication | LlmErrorKind::QuotaExceeded | LlmErrorKind::Network
            );
            assert_eq!(fails_alike(kind, &one, &sibling), account, "{kind}");
            let too_long = kind == LlmErrorKind::ContextLength;
            assert_eq!(fails_alike(kind, &one, &stranger), too_long, "{kind}");
        }
        let unknown = spec("b", "z", "1");
        assert!(!fails_alike(LlmErrorKind::ContextLength, &one, &unknown), "its room is not known");
    }
}
