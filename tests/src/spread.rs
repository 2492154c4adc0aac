//! What benchmarks say of many measurements of one thing.

/// The middle, the smallest and the largest.
#[derive(Clone, Copy, Debug)]
pub struct Spread {
    /// The middle one, which a disturbed measurement does not move.
    pub median: f64,
    /// The smallest.
    pub least: f64,
    /// The largest.
    pub most: f64,
}

impl Spread {
    /// Of at least one value.
    ///
    /// # Panics
    ///
    /// Where there is none.
    #[must_use]
    pub fn of(values: impl Iterator<Item = f64>) -> Self {
        let mut values: Vec<f64> = values.collect();
        values.sort_by(f64::total_cmp);
        Self {
            median: values[values.len() / 2],
            least: values[0],
            most: values[values.len() - 1],
        }
    }
}

/// To two digits after the point.
#[must_use]
pub fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}
