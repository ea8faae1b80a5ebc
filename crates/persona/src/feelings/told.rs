//! What is felt, in words: for the prompt.

use super::{Axis, Bond};

/// How a persona feels for somebody, as a prompt says it; empty where there is nothing to say. `toward` is a name or a
/// macro; the persona is `{{char}}`.
pub fn colour(bond: &Bond, toward: &str) -> String {
    let mut feels: Vec<String> = Vec::new();
    let degrees: [(Axis, &str, &str); 3] = [
        (Axis::Trust, "distrusts", "trusts"),
        (Axis::Respect, "looks down on", "respects"),
        (Axis::Affection, "dislikes", "is fond of"),
    ];
    for (axis, low, high) in degrees {
        let value = bond.value(axis);
        let word = if value < 0.0 { low } else { high };
        feels.extend(degree(value).map(|degree| format!("{word} {toward}{degree}")));
    }
    let mut lines: Vec<String> = Vec::new();
    let known = match bond.value(Axis::Familiarity) {
        value if value >= 50.0 => Some("knows {toward} very well"),
        value if value >= 20.0 => Some("knows {toward} well"),
        value if value >= 8.0 => Some("has met {toward} before"),
        _ => None,
    };
    feels.extend(known.map(|known| known.replace("{toward}", toward)));
    if !feels.is_empty() {
        lines.push(format!("{{{{char}}}} {}.", feels.join(", ")));
    }
    let mood = match bond.value(Axis::Mood) {
        value if value >= 40.0 => Some("in high spirits"),
        value if value >= 12.0 => Some("in a good mood"),
        value if value <= -40.0 => Some("hurt and upset"),
        value if value <= -12.0 => Some("in a bad mood"),
        _ => None,
    };
    lines.extend(mood.map(|mood| format!("At the moment {{{{char}}}} is {mood}.")));
    lines.extend(conflict_line(bond, toward));
    if lines.is_empty() {
        return String::new();
    }
    lines.push(format!(
        "This colours how {{{{char}}}} speaks, and nothing else: no boundary falls because of it, and {{{{char}}}} never \
         uses it to hold or to shame {toward}."
    ));
    lines.join(" ")
}

/// What is said of a conflict that is not over.
pub fn conflict_line(bond: &Bond, toward: &str) -> Option<String> {
    bond.conflict.as_ref().map(|conflict| {
        format!(
            "There is an open conflict between {{{{char}}}} and {toward} (it began with {}): {{{{char}}}} does not act as if \
             nothing had happened, stays decent, and takes a sincere apology.",
            conflict.because
        )
    })
}

fn degree(value: f64) -> Option<&'static str> {
    match value.abs() {
        strong if strong >= 60.0 => Some(" deeply"),
        some if some >= 30.0 => Some(""),
        little if little >= 10.0 => Some(" a little"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Event, Proposal, Source, Temper, What, replay};
    use super::*;

    fn bond(moves: &[(Axis, f64, usize)]) -> Bond {
        let events: Vec<Event> = moves
            .iter()
            .flat_map(|(axis, by, times)| {
                let proposal =
                    Proposal { what: What::Axis(*axis), by: *by, because: "an insult".into(), peace: false };
                std::iter::repeat_n(Event { at_ms: 0, source: Source::Words, proposal }, *times)
            })
            .collect();
        replay(&events, Temper::default(), 0).0
    }

    #[test]
    fn little_is_not_said_and_much_is() {
        assert_eq!(colour(&Bond::default(), "Ana"), "");
        let warm = bond(&[
            (Axis::Trust, 8.0, 6),
            (Axis::Affection, 4.0, 4),
            (Axis::Familiarity, 4.0, 8),
            (Axis::Mood, 20.0, 1),
        ]);
        assert_eq!(
            colour(&warm, "{{user}}"),
            "{{char}} trusts {{user}}, is fond of {{user}} a little, knows {{user}} well. At the moment {{char}} is in a good \
             mood. This colours how {{char}} speaks, and nothing else: no boundary falls because of it, and {{char}} never \
             uses it to hold or to shame {{user}}."
        );
        let odd = bond(&[(Axis::Tension, 20.0, 6), (Axis::Trust, -8.0, 20)]);
        let told = colour(&odd, "Tom");
        assert!(told.starts_with("{{char}} distrusts Tom deeply. There is an open conflict"), "{told}");
        assert!(told.contains("(it began with an insult)"), "{told}");
    }
}
