//! The text of a book in pieces that can be read each for itself: the files of KF8, made of skeletons and
//! fragments; or the pieces between page breaks of the older kind.

use super::{bytes::size_at, damaged, header::Header, index::Index, palm::Palm};
use crate::{Problem, ProblemCode};

/// Most bytes that are moved to put fragments into skeletons: more than any book needs, and done in a second or two.
const MAX_MOVED_BYTES: usize = 4_000_000_000;
/// A piece of the older kind goes on over page breaks until it has so many bytes.
const LEAST_PIECE_BYTES: usize = 16_384;
/// What parts pages of the older kind.
const PAGE_BREAK: &[u8] = b"<mbp:pagebreak";

/// A piece of the text.
pub(super) struct Part {
    /// Where it begins in the whole text.
    pub(super) start: usize,
    /// Its markup.
    pub(super) markup: Vec<u8>,
}

/// The text in pieces.
pub(super) struct Parts {
    pub(super) parts: Vec<Part>,
    /// KF8: where each fragment was put, in the whole text. The table of contents refers to fragments.
    pub(super) fragment_places: Vec<usize>,
}

/// Cuts a text of the older kind.
pub(super) fn between_page_breaks(text: &[u8]) -> Parts {
    let mut parts = Vec::new();
    let mut start = 0;
    let mut at = 0;
    while let Some(rest) = text.get(at..)
        && let Some(found) = rest.iter().position(|byte| *byte == b'<')
    {
        at += found;
        let is_break =
            text.get(at..at + PAGE_BREAK.len()).is_some_and(|tag| tag.eq_ignore_ascii_case(PAGE_BREAK));
        if is_break && at - start >= LEAST_PIECE_BYTES {
            parts.push(Part { start, markup: text.get(start..at).unwrap_or_default().to_vec() });
            start = at;
        }
        at += 1;
    }
    parts.push(Part { start, markup: text.get(start..).unwrap_or_default().to_vec() });
    Parts { parts, fragment_places: Vec::new() }
}

/// Puts the files of a KF8 book together.
pub(super) fn of_kf8(palm: &Palm<'_>, header: &Header, text: &[u8]) -> Result<Parts, Problem> {
    let text = main_flow(palm, header, text);
    let Some(skeletons) = header.skeletons else {
        let parts = vec![Part { start: 0, markup: text.to_vec() }];
        return Ok(Parts { parts, fragment_places: Vec::new() });
    };
    let skeletons = Index::read(palm, skeletons)?;
    let fragments: Option<Vec<Fragment>> = match header.fragments {
        Some(fragments) => Index::read(palm, fragments)?.entries.iter().map(Fragment::of).collect(),
        None => Some(Vec::new()),
    };
    let fragments = fragments.ok_or_else(|| damaged("the list of the book's fragments is damaged"))?;
    let mut build = Build { text, fragments: &fragments, next: 0, moved: 0, taken: 0 };
    let mut parts = Vec::new();
    for skeleton in &skeletons.entries {
        let (Some(count), Some(start), Some(length)) =
            (skeleton.size(1, 0), skeleton.size(6, 0), skeleton.size(6, 1))
        else {
            return Err(damaged("the list of the book's files is damaged"));
        };
        parts.push(Part { start, markup: build.file(start, length, count)? });
    }
    Ok(Parts { parts, fragment_places: fragments.iter().map(|fragment| fragment.place).collect() })
}

/// The first flow is the text; others are style sheets and drawings.
fn main_flow<'a>(palm: &Palm<'_>, header: &Header, text: &'a [u8]) -> &'a [u8] {
    let flows =
        header.flows.and_then(|index| palm.record(index)).filter(|record| record.starts_with(b"FDST"));
    let first = flows.and_then(|record| {
        let list = size_at(record, 4)?;
        text.get(size_at(record, list)?..size_at(record, list.checked_add(4)?)?)
    });
    first.filter(|first| !first.is_empty()).unwrap_or(text)
}

/// A piece that belongs into a skeleton.
struct Fragment {
    /// Where it is put, in the whole text as it grows.
    place: usize,
    length: usize,
}

impl Fragment {
    fn of(entry: &super::index::Entry<'_>) -> Option<Self> {
        let place = std::str::from_utf8(entry.name).ok()?.trim().parse().ok()?;
        Some(Self { place, length: entry.size(6, 1)? })
    }
}

/// Work under way on the files of a book.
struct Build<'a> {
    text: &'a [u8],
    fragments: &'a [Fragment],
    /// The next fragment that belongs to no file yet.
    next: usize,
    /// Bytes moved so far.
    moved: usize,
    /// Bytes of the text used so far.
    taken: usize,
}

impl Build<'_> {
    /// The next file: its skeleton lies in the text, and its fragments behind it.
    fn file(&mut self, start: usize, length: usize, count: usize) -> Result<Vec<u8>, Problem> {
        let broken = || damaged("a file of the book lies beyond the end of its text");
        let mut behind = start.checked_add(length).ok_or_else(broken)?;
        self.take(length)?;
        let mut markup = self.text.get(start..behind).ok_or_else(broken)?.to_vec();
        let end = self.next.checked_add(count).filter(|end| *end <= self.fragments.len());
        let fragments = end.and_then(|end| self.fragments.get(self.next..end)).ok_or_else(broken)?;
        self.next += count;
        for fragment in fragments {
            let end = behind.checked_add(fragment.length).ok_or_else(broken)?;
            let piece = self.text.get(behind..end).ok_or_else(broken)?;
            self.take(fragment.length)?;
            behind = end;
            let at = fragment.place.saturating_sub(start).min(markup.len());
            let at = out_of_tag(&markup, at);
            self.moved = self.moved.saturating_add(markup.len() - at + piece.len());
            if self.moved > MAX_MOVED_BYTES {
                let message = "the book's files are made of too many fragments";
                return Err(Problem::new(ProblemCode::TooLarge, message));
            }
            let tail = markup.split_off(at);
            markup.extend_from_slice(piece);
            markup.extend_from_slice(&tail);
        }
        Ok(markup)
    }

    /// Counts bytes of the text as used. Every piece belongs to one file: those that lie over each other could make
    /// terabytes of a short text.
    fn take(&mut self, bytes: usize) -> Result<(), Problem> {
        self.taken = self.taken.saturating_add(bytes);
        if self.taken > self.text.len().saturating_mul(2) {
            return Err(damaged("the book's files lie over each other"));
        }
        Ok(())
    }
}

/// How far back the beginning of a tag is looked for.
const TAG_BYTES: usize = 4_096;

/// The place itself, or, inside of a tag or of a character, the place before that.
pub(super) fn out_of_tag(markup: &[u8], at: usize) -> usize {
    let at = at.min(markup.len());
    let from = at.saturating_sub(TAG_BYTES);
    let before = markup.get(from..at).unwrap_or_default();
    match before.iter().rposition(|byte| matches!(byte, b'<' | b'>')) {
        Some(found) if before.get(found) == Some(&b'<') => from + found,
        Some(_) | None => {
            // In other encodings such bytes are whole characters: only behind a first byte they are not.
            let continues = |at: usize| markup.get(at).is_some_and(|byte| byte & 0xc0 == 0x80);
            let first = (1..4).filter_map(|back| at.checked_sub(back)).find(|at| !continues(*at));
            let first = first.filter(|first| markup.get(*first).is_some_and(|byte| *byte >= 0xc0));
            first.filter(|_| continues(at)).unwrap_or(at)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn built(
        text: &[u8],
        skeletons: &[(usize, usize, usize)],
        fragments: &[(usize, usize)],
    ) -> Vec<Option<String>> {
        let fragments: Vec<Fragment> =
            fragments.iter().map(|(place, length)| Fragment { place: *place, length: *length }).collect();
        let mut build = Build { text, fragments: &fragments, next: 0, moved: 0, taken: 0 };
        let file = |(start, length, count): &(usize, usize, usize)| {
            build.file(*start, *length, *count).ok().map(|file| String::from_utf8(file).unwrap())
        };
        skeletons.iter().map(file).collect()
    }

    #[test]
    fn fragments_are_put_into_skeletons() {
        let text = b"<b></b>onetwo<i></i>three";
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(
            built(text, &[(0, 7, 2), (13, 7, 1)], &[(3, 3), (6, 3), (16, 5)]),
            [some("<b>onetwo</b>"), some("<i>three</i>")]
        );
        // A place inside of a tag is before it; one beyond the end is the end.
        assert_eq!(built(text, &[(0, 7, 1)], &[(5, 3)]), [some("<b>one</b>")]);
        assert_eq!(built(text, &[(0, 7, 1)], &[(500, 3)]), [some("<b></b>one")]);
        for (skeletons, fragments) in [
            ((0, 70, 0), (0, 0)),
            ((0, 7, 9), (3, 3)),
            ((0, 7, 1), (3, 300)),
            ((0, 7, 1), (3, usize::MAX)),
            ((usize::MAX, 1, 0), (0, 0)),
            ((0, 7, usize::MAX), (3, 3)),
        ] {
            assert_eq!(built(text, &[skeletons], &[fragments]), [None], "{skeletons:?} {fragments:?}");
        }
        // A thousand files that each are the whole text.
        let files = built(text, &[(0, text.len(), 0); 1_000], &[]);
        assert_eq!(files.iter().flatten().count(), 2);
    }

    #[test]
    fn places_leave_tags_and_characters() {
        let markup = "<p>gr\u{fc}n</p>".as_bytes();
        assert_eq!(out_of_tag(b"<p>\x93Yes", 3), 3, "a quotation mark of Windows-1252");
        for (at, expected) in [(0, 0), (1, 0), (2, 0), (3, 3), (5, 5), (6, 5), (7, 7), (9, 8), (99, 12)] {
            assert_eq!(out_of_tag(markup, at), expected, "{at}");
        }
    }

    proptest! {
        #[test]
        fn pieces_are_the_whole_text(words in proptest::collection::vec("[a-z ]{0,200}|<mbp:pagebreak/>|<MBP:PAGEBREAK>|<", 0..400)) {
            let text = words.concat();
            let parts = between_page_breaks(text.as_bytes());
            let joined: Vec<u8> = parts.parts.iter().flat_map(|part| part.markup.clone()).collect();
            prop_assert_eq!(joined, text.as_bytes());
            let mut start = 0;
            for part in &parts.parts {
                prop_assert_eq!(part.start, start);
                start += part.markup.len();
            }
        }
    }
}
