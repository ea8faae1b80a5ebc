//! A passage in its place: what stands before and after it on its page.

use crate::db::chunks::StoredChunk;

/// How many passages to each side are asked for the rest of a page.
pub(crate) const NEIGHBOURS: i64 = 15;

/// What stands around a passage.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Surroundings {
    pub(crate) before: String,
    pub(crate) after: String,
    pub(crate) previous: Option<String>,
    pub(crate) next: Option<String>,
}

/// The surroundings of the passage at `position` among its neighbours: the rest of its page, or the
/// passages next to it where there are no pages. Headings are put in where they change.
pub(crate) fn surroundings(chunks: &[StoredChunk], position: usize) -> Surroundings {
    let Some(chunk) = chunks.get(position) else { return Surroundings::default() };
    let (before, after) =
        (chunks.get(..position).unwrap_or_default(), chunks.get(position + 1..).unwrap_or_default());
    let (shown_before, shown_after) = match (chunk.first_page(), chunk.last_page()) {
        (Some(first), Some(last)) => {
            let start =
                before.iter().rposition(|other| other.last_page() != Some(first)).map_or(0, |at| at + 1);
            let end = after.iter().position(|other| other.first_page() != Some(last)).unwrap_or(after.len());
            (before.get(start..).unwrap_or_default(), after.get(..end).unwrap_or_default())
        }
        _ => (
            before.get(before.len().saturating_sub(1)..).unwrap_or_default(),
            after.get(..after.len().min(1)).unwrap_or_default(),
        ),
    };
    let heading_before = before.len().checked_sub(shown_before.len() + 1).and_then(|at| before.get(at));
    let (mut text_before, heading) =
        joined(shown_before, heading_before.and_then(|other| other.heading.as_deref()), chunk.first_page());
    if chunk.heading.as_deref() != heading {
        push_heading(&mut text_before, chunk.heading.as_deref(), heading);
    }
    let (text_after, _) = joined(shown_after, chunk.heading.as_deref(), None);
    Surroundings {
        before: text_before,
        after: text_after,
        previous: before.last().map(|other| other.id.clone()),
        next: after.first().map(|other| other.id.clone()),
    }
}

/// The texts of passages, with headings where they change; only from `page` on where it is given. Also the
/// heading at the end.
fn joined<'a>(
    chunks: &'a [StoredChunk],
    mut heading: Option<&'a str>,
    page: Option<u32>,
) -> (String, Option<&'a str>) {
    let mut text = String::new();
    for chunk in chunks {
        let start =
            chunk.page_starts.iter().find(|(at, _)| Some(*at) == page).map_or(0, |(_, offset)| *offset);
        if chunk.heading.as_deref() != heading && start == 0 {
            push_heading(&mut text, chunk.heading.as_deref(), heading);
        }
        heading = chunk.heading.as_deref();
        if !text.is_empty() {
            text.push_str("\n\n");
        }
        text.push_str(chunk.text.get(start..).unwrap_or(&chunk.text).trim_start());
    }
    (text, heading)
}

/// Writes the part of a heading path that is new.
fn push_heading(text: &mut String, heading: Option<&str>, before: Option<&str>) {
    let parts: Vec<&str> = heading.unwrap_or_default().split(" \u{203a} ").collect();
    let old: Vec<&str> = before.unwrap_or_default().split(" \u{203a} ").collect();
    let same = parts.iter().zip(&old).take_while(|(new, old)| new == old).count();
    for part in parts.get(same..).unwrap_or_default().iter().filter(|part| !part.is_empty()) {
        if !text.is_empty() {
            text.push_str("\n\n");
        }
        text.push_str(part);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(ordinal: i64, heading: &str, text: &str, page_starts: &[(u32, usize)]) -> StoredChunk {
        StoredChunk {
            id: format!("c{ordinal}"),
            ordinal,
            heading: (!heading.is_empty()).then(|| heading.to_owned()),
            text: text.to_owned(),
            page_starts: page_starts.to_vec(),
        }
    }

    #[test]
    fn the_rest_of_the_page_stands_around_a_passage() {
        let chunks = [
            chunk(0, "A", "on page one", &[(1, 0)]),
            chunk(1, "A", "end of one, start of two", &[(1, 0), (2, 12)]),
            chunk(2, "A \u{203a} B", "the passage", &[(2, 0)]),
            chunk(3, "A \u{203a} C", "rest of two", &[(2, 0)]),
            chunk(4, "A \u{203a} C", "page three", &[(3, 0)]),
        ];
        let found = surroundings(&chunks, 2);
        assert_eq!(found.before, "start of two\n\nB");
        assert_eq!(found.after, "C\n\nrest of two");
        assert_eq!((found.previous.as_deref(), found.next.as_deref()), (Some("c1"), Some("c3")));
    }

    #[test]
    fn without_pages_the_neighbours_stand_around_it() {
        let chunks: Vec<StoredChunk> = (0..5).map(|at| chunk(at, "", &format!("text {at}"), &[])).collect();
        let found = surroundings(&chunks, 2);
        assert_eq!((found.before.as_str(), found.after.as_str()), ("text 1", "text 3"));
        assert_eq!(surroundings(&chunks, 0).previous, None);
        assert_eq!(surroundings(&chunks[..1], 0), Surroundings::default());
    }
}
