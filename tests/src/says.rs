//! Scripts with packages of other people that read what they are given, say something, and end.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::node::node;
use crate::python::python;

/// What a script of `tests/clients` prints with these packages, as `name==version`, when it is given these arguments, and
/// `input` to read.
///
/// # Panics
///
/// When it fails.
#[must_use]
pub fn python_says(packages: &[&str], script: &str, arguments: &[&str], input: &[u8]) -> String {
    said(python(packages, script).args(arguments), input)
}

/// The same of a script in JavaScript, with packages as `name@version`.
///
/// # Panics
///
/// When it fails.
#[must_use]
pub fn node_says(packages: &[&str], script: &str, arguments: &[&str], input: &[u8]) -> String {
    said(node(packages, script).args(arguments), input)
}

fn said(command: &mut Command, input: &[u8]) -> String {
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut child = child.unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let mut stdin = child.stdin.take().expect("piped");
    stdin.write_all(input).expect("it reads");
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{command:?} failed");
    String::from_utf8(output.stdout).expect("UTF-8")
}
