//! Puts messages in order that a file has as nodes that name their parents: with gaps, circles and nodes that are no
//! messages.

use crate::{Entry, Role};
use std::collections::{HashMap, HashSet};

/// A message as a file has it, or something between messages.
#[derive(Debug, Default)]
pub(crate) struct Node {
    /// What the file calls it.
    pub(crate) id: String,
    /// What the file calls the one before it.
    pub(crate) parent: Option<String>,
    /// The message; `None` where the node is none, and what follows it follows the one before it. Its parent is not
    /// looked at.
    pub(crate) entry: Option<Entry>,
    /// What the model thought here, for the answer that follows.
    pub(crate) thinking: String,
}

/// The messages in order, and the place of the one that ends the branch through `current`.
pub(crate) fn arrange(nodes: Vec<Node>, current: Option<&str>) -> (Vec<Entry>, Option<usize>) {
    let mut nodes = without_circles(nodes);
    let by_id: HashMap<String, usize> =
        nodes.iter().enumerate().map(|(place, node)| (node.id.clone(), place)).collect();
    let parents: Vec<Option<usize>> =
        nodes.iter().map(|node| node.parent.as_ref().and_then(|parent| by_id.get(parent)).copied()).collect();
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); nodes.len()];
    let mut roots = Vec::new();
    for (place, parent) in parents.iter().enumerate() {
        match parent.and_then(|parent| children.get_mut(parent)) {
            Some(siblings) => siblings.push(place),
            None => roots.push(place),
        }
    }
    // Depth first, without recursion: a conversation may be ten thousand deep.
    let mut order = Vec::with_capacity(nodes.len());
    let mut waiting = roots;
    waiting.reverse();
    while let Some(place) = waiting.pop() {
        order.push(place);
        waiting.extend(children.get(place).into_iter().flatten().rev());
    }

    let mut entries: Vec<Entry> = Vec::with_capacity(order.len());
    // Where the message of a node, or the last one before it, stands; and what was thought since.
    let mut stands: Vec<(Option<usize>, String)> = vec![(None, String::new()); nodes.len()];
    for place in order {
        let before = parents.get(place).copied().flatten().and_then(|parent| stands.get(parent)).cloned();
        let (parent, mut thought) = before.unwrap_or_default();
        let Some(node) = nodes.get_mut(place) else { continue };
        join(&mut thought, &node.thinking);
        let here = match node.entry.take() {
            Some(mut entry) => {
                entry.parent = parent;
                if entry.role == Some(Role::Assistant) {
                    let own = std::mem::replace(&mut entry.thinking, std::mem::take(&mut thought));
                    join(&mut entry.thinking, &own);
                }
                entries.push(entry);
                (Some(entries.len() - 1), String::new())
            }
            None => (parent, thought),
        };
        if let Some(place) = stands.get_mut(place) {
            *place = here;
        }
    }
    let leaf = current.and_then(|current| stands.get(*by_id.get(current)?)?.0);
    let leaf = leaf.map(|leaf| end_below(&entries, leaf)).or_else(|| entries.len().checked_sub(1));
    (entries, leaf)
}

/// The last message of the branch that stands last below a message.
fn end_below(entries: &[Entry], from: usize) -> usize {
    let mut last_below: HashMap<usize, usize> = HashMap::new();
    for (place, entry) in entries.iter().enumerate() {
        if let Some(parent) = entry.parent {
            last_below.insert(parent, place);
        }
    }
    let mut end = from;
    while let Some(next) = last_below.get(&end) {
        end = *next;
    }
    end
}

/// A node whose parents lead back to it begins the conversation; a second one of the same name is another message, which
/// nothing follows.
fn without_circles(mut nodes: Vec<Node>) -> Vec<Node> {
    let mut seen = HashSet::new();
    for node in &mut nodes {
        while !seen.insert(node.id.clone()) {
            node.id.push('*');
            if let Some(entry) = &mut node.entry {
                entry.id.clone_from(&node.id);
            }
        }
    }
    let by_id: HashMap<String, usize> =
        nodes.iter().enumerate().map(|(place, node)| (node.id.clone(), place)).collect();
    let parent = |nodes: &[Node], place: usize| {
        nodes.get(place).and_then(|node| by_id.get(node.parent.as_ref()?)).copied()
    };
    // Of each node: not looked at, on the way that is being followed, known to lead to a beginning.
    let mut leads = vec![0_u8; nodes.len()];
    for start in 0..nodes.len() {
        let mut way = Vec::new();
        let mut at = Some(start);
        while let Some(place) = at {
            match leads.get(place).copied() {
                Some(0) => {
                    if let Some(mark) = leads.get_mut(place) {
                        *mark = 1;
                    }
                    way.push(place);
                    at = parent(&nodes, place);
                }
                Some(1) => {
                    // The circle is cut where the file comes to it first.
                    if let Some(node) = nodes.get_mut(place) {
                        node.parent = None;
                    }
                    break;
                }
                _ => break,
            }
        }
        for place in way {
            if let Some(mark) = leads.get_mut(place) {
                *mark = 2;
            }
        }
    }
    nodes
}

/// Adds a paragraph.
pub(crate) fn join(text: &mut String, more: &str) {
    let more = more.trim();
    if more.is_empty() {
        return;
    }
    if !text.is_empty() {
        text.push_str("\n\n");
    }
    text.push_str(more);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn node(id: &str, parent: &str, said: Option<(Role, &str)>) -> Node {
        let entry =
            said.map(|(role, text)| Entry { role: Some(role), text: text.into(), ..Entry::default() });
        let parent = (!parent.is_empty()).then(|| parent.to_owned());
        Node { id: id.into(), parent, entry, thinking: String::new() }
    }

    fn shown(entries: &[Entry]) -> Vec<(String, Option<usize>)> {
        entries.iter().map(|entry| (entry.text.clone(), entry.parent)).collect()
    }

    #[test]
    fn what_is_no_message_is_passed_over_and_its_thoughts_go_to_the_answer() {
        use Role::{Assistant, User};
        let mut thought = node("t", "q", None);
        thought.thinking = "hm".into();
        let nodes = vec![
            node("root", "", None),
            node("a", "t", Some((Assistant, "answer"))),
            node("q", "root", Some((User, "question"))),
            thought,
            node("b", "q", Some((Assistant, "other answer"))),
            node("lost", "gone", Some((User, "an orphan"))),
        ];
        let (entries, leaf) = arrange(nodes, Some("a"));
        let expected =
            [("question", None), ("answer", Some(0)), ("other answer", Some(0)), ("an orphan", None)];
        assert_eq!(shown(&entries), expected.map(|(text, parent)| (text.to_owned(), parent)));
        assert_eq!((leaf, entries[1].thinking.as_str(), entries[2].thinking.as_str()), (Some(1), "hm", ""));
    }

    #[test]
    fn a_circle_is_cut() {
        let said = |text| Some((Role::User, text));
        let nodes = vec![node("x", "z", said("x")), node("y", "x", said("y")), node("z", "y", said("z"))];
        let (entries, leaf) = arrange(nodes, Some("z"));
        assert_eq!(entries.len(), 3);
        assert_eq!(leaf, Some(2));
        let own = arrange(vec![node("x", "x", said("x"))], None);
        assert_eq!((own.0.len(), own.1), (1, Some(0)));
    }

    #[test]
    fn two_of_one_name_are_two_messages() {
        let said = |text| Some((Role::User, text));
        let nodes =
            vec![node("x", "", said("one")), node("x", "", said("two")), node("y", "x", said("after"))];
        let (entries, _) = arrange(nodes, None);
        let expected = [("one", None), ("after", Some(0)), ("two", None)];
        assert_eq!(shown(&entries), expected.map(|(text, parent)| (text.to_owned(), parent)));
        assert_ne!(entries[0].id, entries[2].id);
    }

    proptest! {
        #[test]
        fn every_message_is_kept_once_and_parents_come_first(links in prop::collection::vec((0_usize..30, any::<bool>()), 0..30)) {
            let nodes: Vec<Node> = links
                .iter()
                .enumerate()
                .map(|(place, (parent, said))| {
                    node(&place.to_string(), &parent.to_string(), said.then_some((Role::User, "x")))
                })
                .collect();
            let count = links.iter().filter(|(_, said)| *said).count();
            let (entries, leaf) = arrange(nodes, Some("3"));
            prop_assert_eq!(entries.len(), count);
            prop_assert!(entries.iter().enumerate().all(|(place, entry)| entry.parent.is_none_or(|parent| parent < place)));
            prop_assert_eq!(leaf.is_some(), count > 0);
        }
    }
}
