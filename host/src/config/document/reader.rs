//! Builds the tree from the parser's events.
//!
//! Aliases are copies here, so a short file could ask for a huge or deep tree: what is copied is
//! counted, and depth is checked for the tree as it comes out. Merge keys (`<<`) are not part of
//! YAML 1.2, but Rasa's files may use them, and several accounts that share settings want them.

use std::collections::HashMap;

use serde_saphyr::granit_parser::{Event, Parser, ScalarStyle, Span as ParserSpan, Tag, options};

use super::super::excerpt;
use super::super::report::Report;
use super::super::source::{Position, Source, Span};
use super::{Datum, Entry, Key, Mapping, Node, Scalar, Value, syntax};

/// How deep values may nest, aliases followed. Settings nest three or four deep; more is a mistake
/// or an attack on the stack of whoever walks the tree.
pub(super) const MAX_DEPTH: usize = 64;

/// How much anchors and aliases may copy, in characters and values together: as much as the largest
/// file has.
const MAX_COPIED: usize = 1024 * 1024;

/// Nothing more can be read; the report says why.
struct Stop;

/// Reads the report's source. `None` when it is no YAML, and then the report says why; other
/// mistakes, such as a key given twice, are reported and the tree goes on. An empty file is null.
pub(crate) fn read(report: &mut Report) -> Option<Node> {
    let source = report.source().clone();
    let limits = options! { flow_nesting_limit: MAX_DEPTH, block_nesting_limit: MAX_DEPTH };
    let mut builder = Builder {
        report,
        stack: Vec::new(),
        anchors: HashMap::new(),
        copied: 0,
        root: None,
    };
    for event in Parser::new_from_str_with_options(source.text(), limits) {
        match event {
            Ok((event, span)) => builder.take(event, convert(span)).ok()?,
            Err(error) => {
                syntax::explain(builder.report, &error);
                return None;
            }
        }
    }
    Some(
        builder
            .root
            .unwrap_or_else(|| scalar("", true, Span::START)),
    )
}

/// A collection whose end has not come yet.
struct Frame {
    span: Span,
    anchor: usize,
    measure: Measure,
    parts: Parts,
}

enum Parts {
    Sequence(Vec<Node>),
    Mapping(Entries),
}

#[derive(Default)]
struct Entries {
    complete: Vec<Entry>,
    /// Where each key was given first.
    seen: HashMap<String, Position>,
    /// The key whose value comes next.
    key: Option<Key>,
    /// What merge keys bring, in order.
    merged: Vec<Entry>,
}

/// How much a value takes.
#[derive(Clone, Copy)]
struct Measure {
    /// Values and bytes of text.
    size: usize,
    /// Levels below this one.
    depth: usize,
}

/// An anchored value, and how much it takes to copy.
struct Anchor {
    node: Node,
    measure: Measure,
}

struct Builder<'a> {
    report: &'a mut Report,
    stack: Vec<Frame>,
    anchors: HashMap<usize, Anchor>,
    copied: usize,
    root: Option<Node>,
}

impl Builder<'_> {
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), Stop> {
        match event {
            Event::DocumentStart(..) if self.root.is_some() => {
                let message = "a second document begins here";
                self.stop(span, message, "remove this `---`")
            }
            Event::Scalar(text, style, anchor, tag) => {
                let is_text = self.check_tag(tag.as_deref(), span, "str")?;
                let plain = style == ScalarStyle::Plain && !is_text;
                // The parser writes `~` where nothing is written.
                let nothing = plain && span.start == span.end;
                let text = if nothing { "" } else { &*text };
                let size = 1 + text.len();
                let measure = Measure { size, depth: 0 };
                self.push(scalar(text, plain, span), anchor, measure)
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.check_tag(tag.as_deref(), span, "seq")?;
                self.open(span, anchor, Parts::Sequence(Vec::new()));
                Ok(())
            }
            Event::MappingStart(_, anchor, tag) => {
                self.check_tag(tag.as_deref(), span, "map")?;
                self.open(span, anchor, Parts::Mapping(Entries::default()));
                Ok(())
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            Event::Alias(id) => self.alias(id, span),
            _ => Ok(()),
        }
    }

    fn stop<T>(&mut self, span: Span, message: impl Into<String>, hint: &str) -> Result<T, Stop> {
        self.report.at_syntax(span, message).hint(hint);
        Err(Stop)
    }

    /// Whether the value bears `expected`, the only tag that means something for it here.
    fn check_tag(&mut self, tag: Option<&Tag>, span: Span, expected: &str) -> Result<bool, Stop> {
        let Some(tag) = tag else { return Ok(false) };
        if tag.handle() == "tag:yaml.org,2002:" && tag.suffix() == expected {
            return Ok(true);
        }
        let hint = "remove the tag; put quotes around a text that begins with `!`";
        self.stop(span, "a tag (`!…`) that means nothing here", hint)
    }

    fn open(&mut self, span: Span, anchor: usize, parts: Parts) {
        let measure = Measure { size: 1, depth: 0 };
        self.stack.push(Frame {
            span,
            anchor,
            measure,
            parts,
        });
    }

    fn close(&mut self) -> Result<(), Stop> {
        let frame = self.stack.pop().expect("the parser ends what it began");
        let value = match frame.parts {
            Parts::Sequence(items) => Value::Sequence(items),
            Parts::Mapping(entries) => Value::Mapping(entries.finish()),
        };
        let node = Node {
            span: frame.span,
            value,
        };
        self.push(node, frame.anchor, frame.measure)
    }

    fn alias(&mut self, id: usize, span: Span) -> Result<(), Stop> {
        let Some(anchor) = self.anchors.get(&id) else {
            let hint = "write the value out in place of the alias";
            return self.stop(span, "a value that contains itself", hint);
        };
        let (mut node, measure) = (anchor.node.clone(), anchor.measure);
        node.span = span;
        self.count_copy(measure, span)?;
        self.push(node, 0, measure)
    }

    fn count_copy(&mut self, measure: Measure, span: Span) -> Result<(), Stop> {
        self.copied += measure.size;
        if self.copied > MAX_COPIED {
            let hint = "write the values out, or use fewer aliases";
            return self.stop(span, "anchors and aliases repeat more than 1 MiB", hint);
        }
        Ok(())
    }

    /// Puts a complete value where it belongs.
    fn push(&mut self, node: Node, anchor: usize, measure: Measure) -> Result<(), Stop> {
        if self.stack.len() + measure.depth > MAX_DEPTH {
            let message = format!("nested more than {MAX_DEPTH} levels deep");
            return self.stop(node.span, message, "flatten the mapping");
        }
        if anchor != 0 {
            self.count_copy(measure, node.span)?;
            let node = node.clone();
            self.anchors.insert(anchor, Anchor { node, measure });
        }
        let Some(frame) = self.stack.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        frame.measure.size += measure.size;
        frame.measure.depth = frame.measure.depth.max(measure.depth + 1);
        match &mut frame.parts {
            Parts::Sequence(items) => items.push(node),
            Parts::Mapping(entries) => match entries.key.take() {
                Some(key) => entries.add(key, node, self.report),
                None if anchor != 0 => {
                    let hint = "put quotes around a key or value that begins with `&`";
                    return self.stop(node.span, "a `&` before a key", hint);
                }
                None => entries.key = Some(as_key(node, self.report)?),
            },
        }
        Ok(())
    }
}

impl Entries {
    fn add(&mut self, key: Key, value: Node, report: &mut Report) {
        if lacks_colon(&key, &value, report.source()) {
            report
                .at_syntax(key.span, "a name without `:` after it")
                .hint("write `name: value`, with a space after the colon");
        } else if key.text == "<<" {
            merge(&mut self.merged, value, report);
        } else if let Some(first) = self.seen.get(&key.text) {
            let message = format!("`{}` is given twice", excerpt::name(&key.text));
            let line = first.line;
            let hint = format!("remove one of the two; the first is on line {line}");
            report.at_key(&key, message).hint(hint);
        } else {
            self.seen.insert(key.text.clone(), key.span.position);
            self.complete.push(Entry { key, value });
        }
    }

    /// The mapping: its own entries, then of the merged ones the first of each name that it lacks.
    fn finish(mut self) -> Mapping {
        for entry in self.merged {
            let place = entry.key.span.position;
            if self.seen.insert(entry.key.text.clone(), place).is_none() {
                self.complete.push(entry);
            }
        }
        Mapping {
            entries: self.complete,
        }
    }
}

/// Whether a key stands alone, as `{name}` does. YAML takes that for a name with nothing; here it
/// is a lost colon, or a value that ended up where a name should be and must not be shown as one.
fn lacks_colon(key: &Key, value: &Node, source: &Source) -> bool {
    let nothing_written = value.span.start == value.span.end && value.is_null();
    let after = source.text().get(key.span.end..).unwrap_or_default();
    nothing_written && !after.trim_start().starts_with(':')
}

fn as_key(node: Node, report: &mut Report) -> Result<Key, Stop> {
    let (message, hint) = match node.value {
        Value::Scalar(scalar) if !scalar.text.is_empty() => {
            return Ok(Key {
                text: scalar.text,
                span: node.span,
            });
        }
        Value::Scalar(_) => (
            "a `:` without a key before it",
            "write `name: value`; put quotes around a value that begins with `: `",
        ),
        Value::Sequence(_) | Value::Mapping(_) => (
            "a key must be text: found a list or mapping",
            "put quotes around a text that begins with `{` or `[`",
        ),
    };
    report.at_syntax(node.span, message).hint(hint);
    Err(Stop)
}

/// What `<<` brings: the entries of a mapping, or of several.
fn merge(merged: &mut Vec<Entry>, node: Node, report: &mut Report) {
    match node.value {
        Value::Mapping(mapping) => merged.extend(mapping.entries),
        Value::Sequence(nodes) => {
            for node in nodes {
                merge(merged, node, report);
            }
        }
        Value::Scalar(_) => {
            let message = format!("`<<` takes in another mapping: found {}", node.kind());
            report
                .at_value(&node, message)
                .hint("write `<<: *name`, with `&name` at the other");
        }
    }
}

fn scalar(text: &str, plain: bool, span: Span) -> Node {
    let datum = if plain {
        Datum::of_plain(text)
    } else {
        Datum::Text
    };
    let value = Value::Scalar(Scalar {
        text: text.to_owned(),
        datum,
        plain,
        from_environment: false,
    });
    Node { span, value }
}

fn convert(span: ParserSpan) -> Span {
    let bytes = span.byte_range().unwrap_or(0..0);
    let position = Position {
        line: span.start.line(),
        column: span.start.col() + 1,
    };
    Span {
        position,
        start: bytes.start,
        end: bytes.end,
    }
}
