//! Where the types of a function differ.
//!
//! A difference is told at the place where it is, not by printing two long types: the path to it, what the contract has
//! there, what the component has. A type that many functions use is compared for each, and told once.

use super::declared::Contract;
use super::difference::Difference;
use super::shape::{Declared, Function, Kind, Shape, TypeName};

/// All mismatches of a component's functions.
#[derive(Default)]
pub(super) struct Mismatches(Vec<Mismatch>);

struct Mismatch {
    /// `interface.function`; more than one where they use one type.
    functions: Vec<String>,
    /// From the function to the place: `parameter …`, `field …`.
    path: Vec<String>,
    /// The innermost type of the contract that holds the place.
    holder: Option<Holder>,
    /// The type at the place is another one, as opposed to one of the same kind with other members.
    clash: bool,
    what: String,
}

#[derive(Clone, PartialEq, Eq)]
struct Holder {
    kind: Kind,
    name: TypeName,
    /// How many steps of the path lead to it.
    depth: usize,
}

impl Holder {
    fn of(declared: &Declared, depth: usize) -> Option<Self> {
        let name = declared.name.clone()?;
        Some(Self {
            kind: declared.kind,
            name,
            depth,
        })
    }
}

impl Mismatches {
    /// Compares a function with the contract's function of the same name.
    pub(super) fn compare(&mut self, interface: &str, expected: &Function, found: &Function) {
        let mut walk = Walk::default();
        walk.function(expected, found);
        let function = format!("{interface}.{}", expected.label());
        for mismatch in walk.mismatches {
            match self.0.iter_mut().find(|known| known.is_same_as(&mismatch)) {
                Some(known) if known.functions.contains(&function) => {}
                Some(known) => known.functions.push(function.clone()),
                None => self.0.push(Mismatch {
                    functions: vec![function.clone()],
                    ..mismatch
                }),
            }
        }
    }

    pub(super) fn into_differences(self, contract: &Contract) -> Vec<Difference> {
        self.0
            .into_iter()
            .map(|mismatch| mismatch.into_difference(contract))
            .collect()
    }
}

impl Mismatch {
    /// The same place in the same type, wherever it was met.
    fn is_same_as(&self, other: &Self) -> bool {
        match (&self.holder, &other.holder) {
            (Some(one), Some(two)) => {
                one.name == two.name
                    && self.path[one.depth..] == other.path[two.depth..]
                    && self.what == other.what
            }
            _ => false,
        }
    }

    fn into_difference(self, contract: &Contract) -> Difference {
        let Self {
            functions,
            path,
            holder,
            what,
            ..
        } = self;
        let mut functions = functions.iter();
        let first = functions.next().map_or("", String::as_str);
        let mut text = format!("`{first}`: ");
        if !path.is_empty() {
            text.push_str(&format!("{}: ", path.join(", ")));
        }
        text.push_str(&what);
        let also: Vec<_> = functions.map(|function| format!("`{function}`")).collect();
        if !also.is_empty() {
            text.push_str(&format!(" (the same in {})", also.join(", ")));
        }
        let (what, interface) = match holder {
            Some(Holder { kind, name, .. }) => {
                (format!("{} {}", kind.keyword(), name.name), name.interface)
            }
            None => {
                let (interface, function) = first.split_once('.').unwrap_or(("", first));
                (function.to_owned(), interface.to_owned())
            }
        };
        let package = &contract.package;
        let hint = format!("take `{what}` as the interface `{interface}` of {package} declares it");
        Difference::new(text, hint)
    }
}

/// One walk over a function's types.
#[derive(Default)]
struct Walk {
    path: Vec<String>,
    holders: Vec<Holder>,
    mismatches: Vec<Mismatch>,
}

impl Walk {
    fn note(&mut self, what: String) {
        self.mismatches.push(Mismatch {
            functions: Vec::new(),
            path: self.path.clone(),
            holder: self.holders.last().cloned(),
            clash: false,
            what,
        });
    }

    /// Notes that the types at this place are different ones.
    fn clash(&mut self, expected: Option<&Shape>, found: Option<&Shape>) {
        let quoted = |shape: Option<&Shape>| match shape {
            Some(Shape::Declared(Declared {
                kind,
                name: Some(name),
                ..
            })) => {
                format!("`{} {}`", kind.keyword(), name.name)
            }
            Some(shape) => format!("`{shape}`"),
            None => "nothing".to_owned(),
        };
        let depth = self.path.len();
        let own = match expected {
            Some(Shape::Declared(declared)) => Holder::of(declared, depth),
            _ => None,
        };
        let holder = own.or_else(|| self.holders.last().cloned());
        self.mismatches.push(Mismatch {
            functions: Vec::new(),
            path: self.path.clone(),
            holder,
            clash: true,
            what: format!("expected {}, found {}", quoted(expected), quoted(found)),
        });
    }

    fn at(&mut self, place: String, walk: impl FnOnce(&mut Self)) {
        self.path.push(place);
        walk(self);
        self.path.pop();
    }

    fn function(&mut self, expected: &Function, found: &Function) {
        self.params(expected, found);
        self.at("result".to_owned(), |walk| {
            walk.optional(expected.result.as_ref(), found.result.as_ref());
        });
    }

    /// By position, as they are passed. Only where their number differs do names say which one is missing.
    fn params(&mut self, expected: &Function, found: &Function) {
        if expected.params.len() == found.params.len() {
            for ((name, shape), (_, other)) in expected.params.iter().zip(&found.params) {
                self.at(format!("parameter `{name}`"), |walk| {
                    walk.shape(shape, other);
                });
            }
            return;
        }
        for (name, shape) in &expected.params {
            match found.params.iter().find(|(other, _)| other == name) {
                Some((_, other)) => {
                    self.at(format!("parameter `{name}`"), |walk| {
                        walk.shape(shape, other);
                    });
                }
                None => self.note(format!("the parameter `{name}: {shape}` is missing")),
            }
        }
        for (name, shape) in &found.params {
            if expected.params.iter().all(|(known, _)| known != name) {
                self.note(format!(
                    "the parameter `{name}: {shape}` is not in the contract"
                ));
            }
        }
    }

    fn shape(&mut self, expected: &Shape, found: &Shape) {
        match (expected, found) {
            (Shape::Plain(one), Shape::Plain(other)) if one == other => {}
            (Shape::Applied(head, one), Shape::Applied(other_head, other))
                if head == other_head && one.len() == other.len() =>
            {
                match *head {
                    "result" => {
                        for (place, (one, other)) in
                            ["ok", "error"].iter().zip(one.iter().zip(other))
                        {
                            self.at((*place).to_owned(), |walk| {
                                walk.optional(one.as_ref(), other.as_ref());
                            });
                        }
                    }
                    _ => self.arguments(expected, found, one, other),
                }
            }
            (Shape::Declared(one), Shape::Declared(other)) if one.kind == other.kind => {
                let holder = Holder::of(one, self.path.len());
                let holders = self.holders.len();
                self.holders.extend(holder);
                self.members(one, other);
                self.holders.truncate(holders);
            }
            _ => self.clash(Some(expected), Some(found)),
        }
    }

    fn optional(&mut self, expected: Option<&Shape>, found: Option<&Shape>) {
        match (expected, found) {
            (None, None) => {}
            (Some(expected), Some(found)) => self.shape(expected, found),
            _ => self.clash(expected, found),
        }
    }

    /// The arguments of a `list` and its like have no names. What differs within a member of theirs is told there; what
    /// differs in themselves, as the whole type.
    fn arguments(
        &mut self,
        expected: &Shape,
        found: &Shape,
        arguments: &[Option<Shape>],
        others: &[Option<Shape>],
    ) {
        let before = self.mismatches.len();
        for (argument, other) in arguments.iter().zip(others) {
            self.optional(argument.as_ref(), other.as_ref());
        }
        let depth = self.path.len();
        let all = self.mismatches.split_off(before);
        let (own, inner): (Vec<_>, Vec<_>) = all
            .into_iter()
            .partition(|mismatch| mismatch.clash && mismatch.path.len() == depth);
        if !own.is_empty() {
            self.clash(Some(expected), Some(found));
        }
        self.mismatches.extend(inner);
    }

    fn members(&mut self, expected: &Declared, found: &Declared) {
        let word = expected.kind.member();
        let whole = match &expected.name {
            Some(name) => name.name.as_str(),
            None => expected.kind.keyword(),
        };
        for member in &expected.members {
            let name = &member.name;
            match found.members.iter().find(|other| other.name == *name) {
                Some(other) => self.at(format!("{word} `{name}`"), |walk| {
                    walk.optional(member.shape.as_ref(), other.shape.as_ref());
                }),
                None => {
                    let shape = member.shape.as_ref();
                    let shape = shape.map(|shape| format!(": {shape}")).unwrap_or_default();
                    self.note(format!("`{whole}` lacks the {word} `{name}{shape}`"));
                }
            }
        }
        for other in &found.members {
            if expected
                .members
                .iter()
                .all(|member| member.name != other.name)
            {
                let name = &other.name;
                self.note(format!(
                    "`{whole}` has the {word} `{name}`, unknown to the contract"
                ));
            }
        }
        // the order of those that both have
        let theirs = |name: &str| found.members.iter().any(|other| other.name == name);
        let ours = |name: &str| expected.members.iter().any(|member| member.name == name);
        let one = expected
            .members
            .iter()
            .map(|member| &member.name)
            .filter(|name| theirs(name));
        let other = found
            .members
            .iter()
            .map(|member| &member.name)
            .filter(|name| ours(name));
        if let Some((one, other)) = one.zip(other).find(|(one, other)| one != other) {
            self.note(format!(
                "the {word}s of `{whole}` are in another order: `{other}` stands in the place of \
                 `{one}`"
            ));
        }
    }
}
