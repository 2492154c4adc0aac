//! Values that lie between two bounds: reading them, and saying what the bounds are.

use std::fmt;
use std::time::Duration;

use super::document::{Datum, Node};
use super::fields;
use super::report::Report;
use super::units::{Bytes, Time, duration, size};

/// Reads a size between two bounds, bytes.
pub(crate) fn read_size(
    node: &Node,
    name: &str,
    (least, most): (u64, u64),
    limit: &mut u64,
    report: &mut Report,
) {
    match size(node) {
        Some(bytes) if (least..=most).contains(&bytes) => *limit = bytes,
        Some(_) => out_of_range(report, node, name, &Bytes(least), &Bytes(most)),
        None => fields::malformed(report, node, name, "a size such as `512KiB` or `2 MiB`"),
    }
}

/// Reads a duration between two bounds.
pub(crate) fn read_time(
    node: &Node,
    name: &str,
    (least, most): (Duration, Duration),
    limit: &mut Duration,
    report: &mut Report,
) {
    match duration(node) {
        Some(time) if (least..=most).contains(&time) => *limit = time,
        Some(_) => out_of_range(report, node, name, &Time(least), &Time(most)),
        None => fields::malformed(
            report,
            node,
            name,
            "a duration such as `500ms`, `10s` or `2m`",
        ),
    }
}

/// Reads a whole number between two bounds.
pub(crate) fn read_count(
    node: &Node,
    name: &str,
    (least, most): (u32, u32),
    limit: &mut u32,
    report: &mut Report,
) {
    match fields::typed(node) {
        Some(Datum::Integer(count)) => match u32::try_from(count) {
            Ok(count) if (least..=most).contains(&count) => *limit = count,
            _ => out_of_range(report, node, name, &least, &most),
        },
        _ => fields::mismatch(report, node, name, "an integer"),
    }
}

/// Reports that a value lies outside its bounds.
pub(crate) fn out_of_range(
    report: &mut Report,
    node: &Node,
    name: &str,
    least: &dyn fmt::Display,
    most: &dyn fmt::Display,
) {
    report.at_value(node, format!("`{name}` must be from {least} to {most}"));
}
