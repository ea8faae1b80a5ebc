//! What is to be done about a file of a watched folder: pure, so that it can be tried on every case.

use super::walk::{CANNOT_READ, SeenFile};
use crate::db::watched::{File, FileState};
use base::Timestamp;
use reading::ProblemCode;

/// A file that was changed so recently may still be written.
const SETTLED_AFTER_MS: i64 = 2_000;

/// What to do about a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// It is known as it is.
    Nothing,
    /// It may still be written: the next look will tell.
    Wait,
    /// It is to be read.
    Take,
    /// It could not be read before, and is to be tried again behind all others.
    Again,
}

/// What to do about a file that was seen now.
pub(super) fn step(seen: &SeenFile, known: Option<&File>, now: Timestamp, max_file_bytes: u64) -> Step {
    let is_same =
        known.is_some_and(|file| file.size_bytes == seen.size_bytes && file.modified_at == seen.modified_at);
    let state = known.map(|file| file.state);
    let code = known.and_then(|file| file.code.as_deref());
    if let Some(skip) = seen.skip {
        let is_noted = state == Some(FileState::Skipped) && code == Some(skip.code);
        return if is_noted { Step::Nothing } else { Step::Take };
    }
    match state {
        Some(FileState::Taken) if is_same => return Step::Nothing,
        Some(FileState::Skipped) if is_same => {
            // What may have changed without the file: rights, and the limit on sizes.
            if code == Some(CANNOT_READ) {
                return Step::Again;
            }
            let now_fits = code == Some(ProblemCode::TooLarge.as_str()) && seen.size_bytes <= max_file_bytes;
            return if now_fits { Step::Take } else { Step::Nothing };
        }
        Some(FileState::Waiting) if !is_same => return Step::Wait,
        Some(FileState::Taken | FileState::Skipped | FileState::Waiting) | None => {}
    }
    let age_ms = now.millis().saturating_sub(seen.modified_at);
    let is_fresh = (0..SETTLED_AFTER_MS).contains(&age_ms);
    // Another machine's clock may be ahead: then two looks have to agree.
    let is_ahead = age_ms < 0 && !(is_same && state == Some(FileState::Waiting));
    if is_fresh || is_ahead { Step::Wait } else { Step::Take }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_000_000;

    fn seen(size_bytes: u64, modified_at: i64) -> SeenFile {
        SeenFile { size_bytes, modified_at, skip: None }
    }

    fn known(state: FileState, (size_bytes, modified_at): (u64, i64), code: Option<&str>) -> File {
        File { size_bytes, modified_at, state, code: code.map(str::to_owned), ..File::new("a.md") }
    }

    #[test]
    fn every_case() {
        use FileState::{Skipped, Taken, Waiting};
        let old = NOW - 60_000;
        for (case, seen, known, expected) in [
            ("new", seen(5, old), None, Step::Take),
            ("new and being written", seen(5, NOW - 100), None, Step::Wait),
            ("new and from the future", seen(5, NOW + 9_000), None, Step::Wait),
            ("the same", seen(5, old), Some(known(Taken, (5, old), None)), Step::Nothing),
            ("changed", seen(6, old), Some(known(Taken, (5, old - 1), None)), Step::Take),
            ("changed and being written", seen(6, NOW), Some(known(Taken, (5, old), None)), Step::Wait),
            ("waited enough", seen(5, old), Some(known(Waiting, (5, old), None)), Step::Take),
            ("still growing", seen(6, old), Some(known(Waiting, (5, old), None)), Step::Wait),
            (
                "from the future, as before",
                seen(5, NOW + 9),
                Some(known(Waiting, (5, NOW + 9), None)),
                Step::Take,
            ),
            ("unsupported", seen(5, old), Some(known(Skipped, (5, old), Some("unsupported"))), Step::Nothing),
            (
                "unsupported before",
                seen(6, old),
                Some(known(Skipped, (5, old), Some("unsupported"))),
                Step::Take,
            ),
            ("unreadable", seen(5, old), Some(known(Skipped, (5, old), Some("unreadable"))), Step::Again),
            (
                "unreadable before",
                seen(6, old),
                Some(known(Skipped, (5, old), Some("unreadable"))),
                Step::Take,
            ),
            ("too large", seen(99, old), Some(known(Skipped, (99, old), Some("too_large"))), Step::Nothing),
            ("too large before", seen(9, old), Some(known(Skipped, (9, old), Some("too_large"))), Step::Take),
        ] {
            let now = Timestamp::from_millis(NOW);
            assert_eq!(step(&seen, known.as_ref(), now, 50), expected, "{case}");
        }
    }
}
