//! Types of functions in one form, whether they were read from WIT or from a component.

use std::fmt;

/// The functions and resources of one interface.
pub(super) struct Interface {
    /// Without package and version.
    pub(super) name: String,
    pub(super) functions: Vec<Function>,
    pub(super) resources: Vec<String>,
}

impl Interface {
    pub(super) fn function(&self, name: &str) -> Option<&Function> {
        self.functions.iter().find(|function| function.name == name)
    }
}

/// A function's type.
pub(super) struct Function {
    /// As the component model mangles it: `fetch`, `[method]reply.next`.
    pub(super) name: String,
    pub(super) params: Vec<(String, Shape)>,
    pub(super) result: Option<Shape>,
}

impl Function {
    /// The name for people: `fetch`, `reply.next`, `reply` for its constructor.
    pub(super) fn label(&self) -> &str {
        self.name.rsplit(']').next().unwrap_or(&self.name)
    }
}

/// The line of WIT that declares the function.
impl fmt::Display for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let receiver = usize::from(self.name.starts_with("[method]"));
        write!(f, "{}: func(", self.label())?;
        for (index, (name, shape)) in self.params.iter().skip(receiver).enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{name}: {shape}")?;
        }
        f.write_str(")")?;
        match &self.result {
            Some(shape) => write!(f, " -> {shape}"),
            None => Ok(()),
        }
    }
}

/// A type. Aliases are resolved: what counts is the structure.
pub(super) enum Shape {
    /// `string`, `u8`, or a resource by its name.
    Plain(String),
    /// `list<…>`, `option<…>`, `result<…, …>`, `tuple<…>`, `borrow<…>` and their like; an absent argument is `_`.
    Applied(&'static str, Vec<Option<Shape>>),
    /// A type with members of its own.
    Declared(Declared),
}

/// A record, variant, enum or flags.
pub(super) struct Declared {
    pub(super) kind: Kind,
    /// Where the WIT declares it. A component does not keep the names of its types.
    pub(super) name: Option<TypeName>,
    pub(super) members: Vec<Member>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Record,
    Variant,
    Enum,
    Flags,
}

#[derive(Clone, PartialEq, Eq)]
pub(super) struct TypeName {
    pub(super) interface: String,
    pub(super) name: String,
}

/// A field, a case or a flag.
pub(super) struct Member {
    pub(super) name: String,
    /// `None` for cases without payload, and for flags.
    pub(super) shape: Option<Shape>,
}

impl Kind {
    /// The word that WIT declares it with.
    pub(super) fn keyword(self) -> &'static str {
        match self {
            Self::Record => "record",
            Self::Variant => "variant",
            Self::Enum => "enum",
            Self::Flags => "flags",
        }
    }

    /// What its members are called.
    pub(super) fn member(self) -> &'static str {
        match self {
            Self::Record => "field",
            Self::Variant | Self::Enum => "case",
            Self::Flags => "flag",
        }
    }
}

/// Members that are shown of a type without a name; enough to know it again.
const SHOWN_MEMBERS: usize = 4;

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(name) => f.write_str(name),
            Self::Applied(head, arguments) => {
                f.write_str(head)?;
                let Some(last) = arguments.iter().rposition(Option::is_some) else {
                    return Ok(());
                };
                for (index, argument) in arguments[..=last].iter().enumerate() {
                    f.write_str(if index == 0 { "<" } else { ", " })?;
                    match argument {
                        Some(shape) => write!(f, "{shape}")?,
                        None => f.write_str("_")?,
                    }
                }
                f.write_str(">")
            }
            Self::Declared(Declared {
                name: Some(name), ..
            }) => f.write_str(&name.name),
            Self::Declared(Declared {
                kind,
                name: None,
                members,
            }) => {
                write!(f, "{} {{ ", kind.keyword())?;
                for (index, member) in members.iter().take(SHOWN_MEMBERS).enumerate() {
                    let comma = if index == 0 { "" } else { ", " };
                    write!(f, "{comma}{}", member.name)?;
                }
                f.write_str(if members.len() > SHOWN_MEMBERS {
                    ", … }"
                } else {
                    " }"
                })
            }
        }
    }
}
