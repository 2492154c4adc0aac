//! What a person reads.

use std::fmt;

/// One thing in which a component differs from the contract, and the next step. Shown in two lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    what: String,
    hint: String,
}

impl Difference {
    pub(super) fn new(what: String, hint: String) -> Self {
        Self { what, hint }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\nhint: {}", self.what, self.hint)
    }
}

/// All differences, a line each and indented to stand below a heading. Those with the same next step stand together,
/// and the step is said once. Nothing for none.
pub(crate) fn report(differences: &[Difference]) -> String {
    let mut lines = Vec::new();
    for (index, Difference { hint, .. }) in differences.iter().enumerate() {
        let (told, rest) = differences.split_at(index);
        if told.iter().any(|other| other.hint == *hint) {
            continue;
        }
        let same = rest.iter().filter(|other| other.hint == *hint);
        lines.extend(same.map(|other| format!("  {}", other.what)));
        lines.push(format!("    hint: {hint}"));
    }
    lines.join("\n")
}
