//! The most likely strengths, and how sure they are: Newton's method on the penalised likelihood.

use super::{matrix::Matrix, style::FIGURES};

/// Most steps of Newton's method; a handful is enough, since the function is concave.
const MOST_STEPS: usize = 100;

/// Votes between the same two with the same difference in looks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    /// The place of the one.
    pub(super) left: usize,
    /// The place of the other.
    pub(super) right: usize,
    /// How often the one has won; a tie is half a win.
    pub(super) won: f64,
    /// How often they met.
    pub(super) met: f64,
    /// How much more there is of each figure on the left, in standard deviations.
    pub(super) looks: [f64; FIGURES],
}

/// How many strengths there are, and how many figures of looks have a weight of their own (none, or all).
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    pub(super) players: usize,
    pub(super) figures: usize,
}

/// Strengths, then the weights of looks; and the negative second derivatives of the likelihood there.
#[derive(Debug, Clone)]
pub(super) struct Fit {
    pub(super) values: Vec<f64>,
    pub(super) information: Matrix,
}

/// The maximum of the log-likelihood less `penalty` times the sum of squares, from a first guess.
pub(super) fn fit(rows: &[Row], shape: Shape, penalty: f64, first: Option<&[f64]>) -> Fit {
    let size = shape.players + shape.figures;
    let mut values = first.map_or_else(|| vec![0.0; size], <[f64]>::to_vec);
    for _ in 0..MOST_STEPS {
        let (slope, information) = derivatives(rows, shape, penalty, &values);
        let step = information.solve(&slope);
        let length = step.iter().fold(0.0_f64, |most, part| most.max(part.abs()));
        // A step that is too long would leave the range in which the quadratic is true.
        let damped = if length > 2.0 { 2.0 / length } else { 1.0 };
        values.iter_mut().zip(&step).for_each(|(value, part)| *value += damped * part);
        if length < 1e-10 {
            break;
        }
    }
    let (_, information) = derivatives(rows, shape, penalty, &values);
    Fit { values, information }
}

/// The slope of the penalised log-likelihood, and the negative of its second derivatives.
fn derivatives(rows: &[Row], shape: Shape, penalty: f64, values: &[f64]) -> (Vec<f64>, Matrix) {
    let value = |at: usize| values.get(at).copied().unwrap_or_default();
    let mut slope: Vec<f64> = values.iter().map(|value| -2.0 * penalty * value).collect();
    let mut information = Matrix::zero(values.len());
    for at in 0..values.len() {
        information.add(at, at, 2.0 * penalty);
    }
    for row in rows {
        // What each value is multiplied with in the difference of the two.
        let mut parts = [(row.left, 1.0), (row.right, -1.0), (0, 0.0), (0, 0.0), (0, 0.0), (0, 0.0)];
        let figures = row.looks.iter().take(shape.figures).enumerate();
        for (part, (figure, look)) in parts.iter_mut().skip(2).zip(figures) {
            *part = (shape.players + figure, *look);
        }
        let parts = parts.iter().take(2 + shape.figures);
        let difference: f64 = parts.clone().map(|(at, factor)| factor * value(*at)).sum();
        let expected = 1.0 / (1.0 + (-difference).exp());
        let (surprise, curvature) = (row.won - row.met * expected, row.met * expected * (1.0 - expected));
        for (one, factor) in parts.clone() {
            if let Some(slope) = slope.get_mut(*one) {
                *slope += surprise * factor;
            }
            for (other, beside) in parts.clone() {
                information.add(*one, *other, curvature * factor * beside);
            }
        }
    }
    (slope, information)
}
