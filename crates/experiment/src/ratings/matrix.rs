//! Square matrices, and the solution of symmetric positive systems.

/// A square matrix.
#[derive(Debug, Clone)]
pub(super) struct Matrix {
    pub(super) size: usize,
    values: Vec<f64>,
}

impl Matrix {
    pub(super) fn zero(size: usize) -> Self {
        Self { size, values: vec![0.0; size * size] }
    }

    pub(super) fn get(&self, row: usize, column: usize) -> f64 {
        self.values.get(row * self.size + column).copied().unwrap_or_default()
    }

    pub(super) fn add(&mut self, row: usize, column: usize, value: f64) {
        if let Some(place) = self.values.get_mut(row * self.size + column) {
            *place += value;
        }
    }

    /// The `x` with `self x = right`, by Gauss; the matrix is symmetric and positive, so that no rows have to be changed
    /// around.
    pub(super) fn solve(&self, right: &[f64]) -> Vec<f64> {
        let (mut left, mut x) = (self.clone(), right.to_vec());
        let value = |x: &[f64], at: usize| x.get(at).copied().unwrap_or_default();
        for pivot in 0..self.size {
            let divisor = left.get(pivot, pivot);
            for row in pivot + 1..self.size {
                let factor = left.get(row, pivot) / divisor;
                if factor == 0.0 {
                    continue;
                }
                for column in pivot..self.size {
                    let above = left.get(pivot, column);
                    left.add(row, column, -factor * above);
                }
                let above = value(&x, pivot);
                if let Some(place) = x.get_mut(row) {
                    *place -= factor * above;
                }
            }
        }
        for row in (0..self.size).rev() {
            let known: f64 =
                (row + 1..self.size).map(|column| left.get(row, column) * value(&x, column)).sum();
            let solved = (value(&x, row) - known) / left.get(row, row);
            if let Some(place) = x.get_mut(row) {
                *place = solved;
            }
        }
        x
    }
}
