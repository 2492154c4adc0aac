//! The line of a file that a diagnostic shows, with every value blotted out.
//!
//! Any value in a configuration file may be a secret, and a slip of the pen may put one anywhere on
//! a line. So nothing is shown because it looks harmless; only these are: indentation and list
//! dashes, names before a colon, and `${NAME}`. All else becomes `…`.

use super::document::Key;
use super::expand;
use super::source::{Source, Span};

/// What stands for everything that is not shown.
const BLOT: &str = "…";

/// Longer names are cut, characters. Every name that means something here is shorter.
const MAX_NAME: usize = 64;

/// Deeper indentation is cut, characters.
const MAX_INDENT: usize = 40;

/// One line to show, and what to underline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// The line, values replaced by `…`.
    pub line: String,
    /// Characters before the underlined ones.
    pub offset: usize,
    /// Underlined characters, at least one.
    pub width: usize,
}

impl Excerpt {
    /// The line of a key, the key underlined.
    pub(crate) fn of_key(source: &Source, key: &Key) -> Self {
        let (line, at) = source.line_at(key.span.start);
        let (last_line, end) = source.line_at(key.span.end);
        let lead = lead(&line[..at]);
        let name = name(&key.text);
        let rest = match last_line[end..].trim_start().strip_prefix(':') {
            None => "",
            Some(value) if matches!(value.trim_start().chars().next(), None | Some('#')) => ":",
            Some(_) => ": …",
        };
        let offset = lead.chars().count();
        let width = name.chars().count().max(1);
        let line = format!("{lead}{name}{rest}");
        Self {
            line,
            offset,
            width,
        }
    }

    /// The line of a value, with the name before it if there is one; the place of the value
    /// underlined.
    pub(crate) fn of_value(source: &Source, span: Span) -> Self {
        let (line, at) = source.line_at(span.start);
        let slice = source.slice(span);
        let is_reference = expand::is_one_reference(slice.trim_matches(['"', '\'']));
        let shown = if is_reference { slice } else { BLOT };
        Self::underlined(value_lead(&line[..at]), shown)
    }

    /// The line of a mistake in the notation. `None` where there is nothing to show, as at the end
    /// of the text.
    pub(crate) fn of_syntax(source: &Source, byte: usize) -> Option<Self> {
        let (line, at) = source.line_at(byte);
        if line.is_empty() {
            return None;
        }
        let before = &line[..at];
        let Some((named, key_end)) = leading_name(line).filter(|(_, key_end)| at < *key_end) else {
            return Some(Self::underlined(value_lead(before), BLOT));
        };
        let has_more = !line[key_end..].trim_start().is_empty();
        let rest = if has_more { " …" } else { "" };
        Some(Self {
            line: format!("{named}{rest}"),
            offset: before.chars().count(),
            width: 1,
        })
    }

    fn underlined(lead: String, shown: &str) -> Self {
        let (offset, width) = (lead.chars().count(), shown.chars().count());
        Self {
            line: format!("{lead}{shown}"),
            offset,
            width,
        }
    }
}

/// A key as messages show it: the letters, digits and signs that names and paths are made of. What
/// was meant to be `name: value` but lacks the colon ends where the name does.
pub(crate) fn name(key: &str) -> String {
    let mut shown = String::new();
    for (count, (at, letter)) in key.char_indices().enumerate() {
        let of_drive = letter == ':' && at == 1 && key[at + 1..].starts_with(['/', '\\']);
        let of_name = letter.is_alphanumeric() || "_-./\\".contains(letter) || of_drive;
        if !of_name || count == MAX_NAME {
            shown.push_str(BLOT);
            break;
        }
        shown.push(letter);
    }
    shown
}

/// What stands before a key or a line's own value: indentation and dashes as they are, anything
/// else blotted out.
fn lead(before: &str) -> String {
    let indent_end = before.find(|letter| !is_indent(letter));
    if indent_end.is_none() && before.len() <= MAX_INDENT {
        return before.replace('\t', "→");
    }
    let spaces = before
        .bytes()
        .take(MAX_INDENT)
        .take_while(|byte| *byte == b' ');
    format!("{}{BLOT} ", " ".repeat(spaces.count()))
}

fn is_indent(letter: char) -> bool {
    " \t-?".contains(letter)
}

/// What stands before a value: the name on its line, if the line begins with one.
fn value_lead(before: &str) -> String {
    match leading_name(before) {
        Some((named, _)) => format!("{named} "),
        None => lead(before),
    }
}

/// The name that a line begins with, with indentation, dashes and its colon; and where it ends,
/// bytes.
fn leading_name(line: &str) -> Option<(String, usize)> {
    let start = line.find(|letter| !is_indent(letter))?;
    let shown = name(&line[start..]);
    let key = shown.trim_end_matches(BLOT);
    let end = start + key.len() + 1;
    let is_key = !key.is_empty() && line[start + key.len()..].starts_with(':');
    (is_key && start <= MAX_INDENT)
        .then(|| (format!("{}{key}:", line[..start].replace('\t', "→")), end))
}
