//! What sets the answers to a question apart, put together for the wire.

use api::compare as dto;
use compare::{Turn, Whole};
use contrast::{Ignore, Named, Piece};

/// The answers to a turn, held against the one with the number `base`; `None` where there is no such answer.
pub(crate) fn difference(
    whole: &Whole,
    turn: &Turn,
    (base, ignore): (usize, Ignore),
) -> Option<dto::CompareDifference> {
    let columns = whole.comparison.columns.iter();
    let answered: Vec<_> = columns.filter_map(|column| whole.answer(turn.id, column.id)).collect();
    let texts: Vec<&str> = answered.iter().map(|answer| answer.text.as_str()).collect();
    let from = *texts.get(base)?;
    let differences = contrast::difference(&texts, base, ignore)?;
    let pieces = differences
        .iter()
        .zip(&texts)
        .map(|(difference, text)| difference.pieces.iter().map(|one| piece(one, (*text, from))).collect());
    let blocks: Vec<Vec<std::ops::Range<usize>>> = texts.iter().map(|text| contrast::split(text)).collect();
    let rows = contrast::align(&texts, base)?.into_iter().map(|row| {
        let cell = |(at, number): (usize, Option<usize>)| {
            let range = blocks.get(at)?.get(number?)?.clone();
            texts.get(at)?.get(range).map(str::to_owned)
        };
        row.cells.into_iter().enumerate().map(cell).collect()
    });
    let claims = contrast::claims(&texts);
    Some(dto::CompareDifference {
        column_ids: answered.iter().map(|answer| answer.column_id.to_string()).collect(),
        base,
        pieces: pieces.collect(),
        similarity: differences.iter().map(|difference| difference.similarity).collect(),
        overlap: contrast::overlap(&texts),
        rows: rows.collect(),
        figures: figures(&texts),
        disagreements: claims
            .disagreements
            .into_iter()
            .map(|found| dto::CompareDisagreement { about: found.about, values: found.values })
            .collect(),
        numbers: claims.numbers.into_iter().map(named).collect(),
        names: claims.names.into_iter().map(named).collect(),
    })
}

fn piece(piece: &Piece, (text, base): (&str, &str)) -> dto::ComparePiece {
    dto::ComparePiece {
        mark: piece.mark.as_str().to_owned(),
        text: text.get(piece.range.clone()).unwrap_or_default().to_owned(),
        instead: piece.instead.clone().and_then(|range| base.get(range)).map(str::to_owned),
    }
}

fn named(named: Named) -> dto::CompareNamed {
    dto::CompareNamed { what: named.what, held_by: named.held_by }
}

fn figures(texts: &[&str]) -> Vec<dto::CompareFigure> {
    let found: Vec<_> = texts.iter().map(|text| contrast::figures(text).named()).collect();
    let names = found.first().map(|first| first.map(|(what, _)| what)).unwrap_or_default();
    let figure = |(at, what): (usize, &'static str)| dto::CompareFigure {
        what: what.to_owned(),
        values: found.iter().filter_map(|figures| figures.get(at)).map(|(_, value)| *value).collect(),
    };
    names.into_iter().enumerate().map(figure).collect()
}
