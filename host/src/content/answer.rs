//! A bot's answer as the parts that a channel is given, within bounds.
//!
//! A little that a bot says can become much: a text is split into parts, a list of buttons may become one each, and the
//! further keys of a reply go along with every part. So it is counted while the parts are made, and not afterwards.

use std::fmt;

use serde_json::Value;

use super::lowering;
use super::reply;
use super::responses::Responses;
use crate::bindings::connector::Rendering;
use crate::bindings::types::Part;

/// Parts of one answer.
pub const MAX_PARTS: usize = 2_000;

/// Further keys of all parts of one answer, bytes: four times the longest answer, so that only copies come to so much.
pub const MAX_EXTRA: usize = 32 << 20;

/// What is left of the bounds on one answer.
#[derive(Debug)]
pub struct Budget {
    parts: usize,
    extra: usize,
}

/// An answer comes to more than it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TooMuch {
    /// More than [`MAX_PARTS`].
    Parts,
    /// More than [`MAX_EXTRA`].
    Extra,
}

impl fmt::Display for TooMuch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Parts => write!(f, "it comes to more than {MAX_PARTS} parts"),
            Self::Extra => write!(
                f,
                "its further keys, which go along with every part, come to more than {MAX_EXTRA} bytes"
            ),
        }
    }
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            parts: MAX_PARTS,
            extra: MAX_EXTRA,
        }
    }
}

impl Budget {
    /// Takes a part with so many bytes of further keys out of it.
    ///
    /// # Errors
    ///
    /// When there is not so much left.
    pub(super) fn take(&mut self, extra: usize) -> Result<(), TooMuch> {
        self.parts = self.parts.checked_sub(1).ok_or(TooMuch::Parts)?;
        self.extra = self.extra.checked_sub(extra).ok_or(TooMuch::Extra)?;
        Ok(())
    }
}

/// What a reply says on a channel of that connector name, as parts that the channel renders.
///
/// # Errors
///
/// When it comes to more than is left for the answer that it belongs to.
pub fn parts(
    reply: Value,
    responses: &Responses,
    channel: &str,
    renders: &Rendering,
    budget: &mut Budget,
) -> Result<Vec<Part>, TooMuch> {
    let said = responses.resolve(reply, channel);
    let mut lowered = Vec::new();
    for part in said.into_iter().flat_map(reply::parts) {
        lowered.append(&mut lowering::lower(part, renders, budget)?);
    }
    Ok(lowered)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::bindings::connector::{LengthUnit, TextLimit};
    use crate::content::lowering::tests::plain;

    fn of(replies: Vec<Value>) -> Result<usize, TooMuch> {
        let renders = Rendering {
            text_limit: Some(TextLimit {
                max: 20,
                unit: LengthUnit::Characters,
            }),
            ..plain()
        };
        let responses = Responses::default();
        let mut budget = Budget::default();
        let mut count = 0;
        for reply in replies {
            count += parts(reply, &responses, "rest", &renders, &mut budget)?.len();
        }
        Ok(count)
    }

    #[test]
    fn a_little_does_not_become_much() {
        assert_eq!(of(vec![json!({"text": "\n\na".repeat(2_000)})]), Ok(2_000));
        // Each of these would have a copy of the further keys with each of millions of parts.
        let keys = "x".repeat(4 << 20);
        let texts = json!({"text": "\n\na".repeat(1 << 20), "keys": keys});
        assert_eq!(of(vec![texts]), Err(TooMuch::Extra));
        let buttons = json!({"buttons": vec![json!({}); 1 << 20], "keys": keys});
        assert_eq!(of(vec![buttons]), Err(TooMuch::Extra));
        let long = json!({"text": "x".repeat(8 << 20)});
        assert_eq!(of(vec![long]), Err(TooMuch::Parts));
        // All replies together.
        let one = json!({"text": "\n\na".repeat(1_500), "keys": "x".repeat(20_000)});
        assert_eq!(of(vec![one.clone()]), Ok(1_500));
        assert_eq!(of(vec![one; 400]), Err(TooMuch::Extra));
    }
}
