//! `${NAME}` in values becomes what the environment holds.
//!
//! In quoted and plain values alike, any number of times: who quotes a token for its special
//! characters must not lose the expansion. Keys are not expanded. What comes in is data: it is not
//! expanded again and cannot add keys. A plain value that is one reference and nothing else is
//! typed by what came in, so that `port: ${PORT}` is a number.
//!
//! An unset variable is an error, and so is anything else between `${` and `}`: sent on as it
//! stands, it would come back as a puzzling refusal by the platform.

use super::Environment;
use super::document::{Datum, Node, Scalar, Value};
use super::report::Report;

/// How much text all references of one file may bring in, bytes: as much as the largest file has.
const MAX_EXPANDED: usize = 1024 * 1024;

/// Expands every value of a document, or of a part of it.
pub(crate) fn expand(node: &mut Node, environment: &Environment<'_>, report: &mut Report) {
    let mut budget = MAX_EXPANDED;
    expand_within(node, environment, report, &mut budget);
}

/// Whether a text is one `${NAME}` and nothing else.
pub(crate) fn is_one_reference(text: &str) -> bool {
    text.strip_prefix("${")
        .and_then(|rest| rest.strip_suffix('}'))
        .is_some_and(is_variable)
}

fn expand_within(
    node: &mut Node,
    environment: &Environment<'_>,
    report: &mut Report,
    budget: &mut usize,
) {
    let scalar = match &mut node.value {
        Value::Scalar(scalar) => scalar,
        Value::Sequence(items) => {
            items
                .iter_mut()
                .for_each(|item| expand_within(item, environment, report, budget));
            return;
        }
        Value::Mapping(mapping) => {
            for entry in &mut mapping.entries {
                expand_within(&mut entry.value, environment, report, budget);
            }
            return;
        }
    };
    match expanded(scalar, environment, budget) {
        Ok(None) => {}
        Ok(Some(scalar)) => node.value = Value::Scalar(scalar),
        Err(problems) => {
            for Problem { message, hint } in problems {
                report.at_value(node, message).hint(hint);
            }
        }
    }
}

/// What is wrong with a reference.
struct Problem {
    message: String,
    hint: String,
}

/// The scalar with its references replaced; `None` if it has none.
fn expanded(
    scalar: &Scalar,
    environment: &Environment<'_>,
    budget: &mut usize,
) -> Result<Option<Scalar>, Vec<Problem>> {
    if !scalar.text.contains("${") {
        return Ok(None);
    }
    let mut text = String::with_capacity(scalar.text.len());
    let mut problems = Vec::new();
    let mut rest = scalar.text.as_str();
    while let Some(at) = rest.find("${") {
        let (before, reference) = rest.split_at(at);
        if let Some(literal) = before.strip_suffix('$') {
            text.push_str(literal);
            text.push_str("${");
            rest = &reference["${".len()..];
            continue;
        }
        text.push_str(before);
        let Some((name, after)) = reference["${".len()..].split_once('}') else {
            problems.push(Problem {
                message: "`${` without a `}`".to_owned(),
                hint: "close the name of the variable by `}`, or write `$${` for the text itself"
                    .to_owned(),
            });
            rest = "";
            break;
        };
        match look_up(name, environment) {
            Ok(value) if value.len() > *budget => {
                problems.push(Problem {
                    message: "environment variables bring in more than 1 MiB".to_owned(),
                    hint: "check the variables' values".to_owned(),
                });
                *budget = 0;
            }
            Ok(value) => {
                *budget -= value.len();
                text.push_str(&value);
            }
            Err(problem) => problems.push(problem),
        }
        rest = after;
    }
    text.push_str(rest);
    if !problems.is_empty() {
        return Err(problems);
    }
    let from_environment = is_one_reference(&scalar.text);
    let typed = scalar.plain && from_environment;
    let datum = if typed {
        Datum::of_plain(&text)
    } else {
        Datum::Text
    };
    Ok(Some(Scalar {
        text,
        datum,
        plain: scalar.plain,
        from_environment,
    }))
}

fn look_up(name: &str, environment: &Environment<'_>) -> Result<String, Problem> {
    if !is_variable(name) {
        let hint = if name.contains(['-', '=', '?', '+']) {
            "default values are not supported: set the variable; or write `$${` for the text itself"
        } else {
            "a variable's name is letters, digits and `_`; write `$${` for the text itself"
        };
        let message = "`${…}` does not hold the name of a variable".to_owned();
        return Err(Problem {
            message,
            hint: hint.to_owned(),
        });
    }
    environment(name).ok_or_else(|| Problem {
        message: format!("the environment variable `{name}` is not set"),
        hint: format!("export {name}=…, or write $${{{name}}} for the text itself"),
    })
}

fn is_variable(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}
