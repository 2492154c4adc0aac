//! Components that are changed in their bytes: what a connector does before there are settings to tell it, and what no
//! compiler would make.

use std::fs;

use crate::build::example;
use crate::hostile;

/// The mark in the data of the component `misfit`.
const MARK: &str = "misfit: nowhere  nothing";

/// The component of `tests/connectors/misfit`, which does `what` (`loop`, `panic`, `memory`, `much`, `hosts`) in the function `place`.
///
/// # Panics
///
/// When it does not build.
#[must_use]
pub fn misfit(place: &str, what: &str) -> Vec<u8> {
    let mark = format!("misfit: {place} {what}");
    let mark = format!("{mark:<width$}", width = MARK.len());
    let component = fs::read(example("misfit")).expect("the component");
    replaced(component, MARK.as_bytes(), mark.as_bytes())
}

/// The component `hostile`, with a table of 16,383 functions.
///
/// # Panics
///
/// When it does not build, or its own table is one that this cannot change.
#[must_use]
pub fn hostile_with_large_table() -> Vec<u8> {
    let component = fs::read(hostile()).expect("the component");
    // A section of tables: one, of functions, with a minimum and a maximum. Both are the same, and two bytes long.
    let head = [4, 7, 1, 0x70, 1];
    let is_table = |bytes: &[u8]| {
        let (found, sizes) = bytes.split_at(head.len());
        let (least, most) = sizes.split_at(2);
        found == head && least == most && least[0] >= 0x80 && least[1] < 0x80
    };
    let table = component
        .windows(head.len() + 4)
        .find(|bytes| is_table(bytes))
        .expect("a table of functions")
        .to_vec();
    let large = [&head[..], &[0xff, 0x7f, 0xff, 0x7f]].concat();
    replaced(component, &table, &large)
}

/// Puts `by`, which is as long, in the one place of `what`.
fn replaced(mut bytes: Vec<u8>, what: &[u8], by: &[u8]) -> Vec<u8> {
    assert_eq!(what.len(), by.len(), "nothing else may move");
    let mut places = (0..=bytes.len() - what.len()).filter(|at| bytes[*at..].starts_with(what));
    let at = places.next().expect("it is there");
    assert_eq!(places.next(), None, "it is there once");
    bytes[at..at + by.len()].copy_from_slice(by);
    bytes
}
