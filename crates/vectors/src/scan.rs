//! The products of one vector with many.

use pulp::Arch;

/// Calls `found` with the place and the sum of products of each row whose sum is above `least`, which `found` may
/// raise by what it answers.
///
/// Rows of length one never sum up to more than 2^30 and a little, so that nothing runs over.
pub(crate) fn rows_above(
    rows: &[i16],
    vector: &[i16],
    mut least: i32,
    mut found: impl FnMut(usize, i32) -> i32,
) -> i32 {
    Arch::new().dispatch(|| {
        for (place, row) in rows.chunks_exact(vector.len().max(1)).enumerate() {
            let sum = products(row, vector);
            if sum > least {
                least = found(place, sum);
            }
        }
        least
    })
}

/// The sum of the products of two vectors.
pub(crate) fn product(one: &[i16], other: &[i16]) -> i32 {
    Arch::new().dispatch(|| products(one, other))
}

#[inline(always)]
fn products(one: &[i16], other: &[i16]) -> i32 {
    one.iter()
        .zip(other)
        .fold(0_i32, |sum, (one, other)| sum.wrapping_add(i32::from(*one).wrapping_mul(i32::from(*other))))
}
