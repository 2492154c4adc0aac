//! The contract, read from its WIT.

use std::cmp::Ordering;
use std::sync::LazyLock;

use wit_parser::{
    Handle, InterfaceId, PackageName, Resolve, SourceMap, Type, TypeDefKind, TypeId, TypeOwner,
    WorldItem, WorldKey,
};

use super::name::{InterfaceName, same_package};
use super::shape::{Declared, Function, Interface, Kind, Member, Shape, TypeName};

/// The files of the contract, as the host's own bindings are made from them.
pub(super) const FILES: &[(&str, &str)] = &[
    ("bot.wit", include_str!("../../../../wit/bot.wit")),
    (
        "connector.wit",
        include_str!("../../../../wit/connector.wit"),
    ),
    ("http.wit", include_str!("../../../../wit/http.wit")),
    (
        "lifecycle.wit",
        include_str!("../../../../wit/lifecycle.wit"),
    ),
    ("log.wit", include_str!("../../../../wit/log.wit")),
    ("response.wit", include_str!("../../../../wit/response.wit")),
    ("secrets.wit", include_str!("../../../../wit/secrets.wit")),
    ("settings.wit", include_str!("../../../../wit/settings.wit")),
    (
        "socket-events.wit",
        include_str!("../../../../wit/socket-events.wit"),
    ),
    ("sockets.wit", include_str!("../../../../wit/sockets.wit")),
    ("state.wit", include_str!("../../../../wit/state.wit")),
    ("types.wit", include_str!("../../../../wit/types.wit")),
    ("world.wit", include_str!("../../../../wit/world.wit")),
];

/// What the host offers and wants.
pub(super) struct Contract {
    /// With the version that this server speaks.
    pub(super) package: PackageName,
    pub(super) imports: Vec<Interface>,
    /// What a connector must export.
    pub(super) exports: Vec<Interface>,
    /// What it may export, for the host to act on: whatever `managed-channel` and `socket-channel` add to
    /// `channel`.
    pub(super) optional_exports: Vec<Interface>,
}

impl Contract {
    /// The contract of this server.
    pub(super) fn get() -> &'static Self {
        static CONTRACT: LazyLock<Contract> = LazyLock::new(|| {
            let mut sources = SourceMap::new();
            for (name, text) in FILES {
                sources.push_str(name, *text);
            }
            let group = sources.parse().map_err(|(_, error)| error);
            let mut resolve = Resolve::default();
            let package = resolve
                .push_group(group.expect("the contract is WIT"))
                .expect("the contract's names resolve");
            let package_name = resolve.packages[package].name.clone();
            let (imports, exports) = world(&resolve, &package_name, "channel");
            let optional_exports = ["managed-channel", "socket-channel"]
                .into_iter()
                .flat_map(|name| world(&resolve, &package_name, name).1)
                .filter(|interface| exports.iter().all(|known| known.name != interface.name))
                .collect();
            Contract {
                package: package_name,
                imports,
                exports,
                optional_exports,
            }
        });
        &CONTRACT
    }

    /// The full name of one of the contract's interfaces.
    pub(super) fn name_of(&self, interface: &Interface) -> String {
        self.package.interface_id(&interface.name)
    }

    /// Whether the name is of the contract's package, in whatever version.
    pub(super) fn owns(&self, name: &InterfaceName) -> bool {
        same_package(&name.package, &self.package)
    }

    /// A name of the contract's package that does not fit, and the version that would.
    pub(super) fn against(&self, full_name: &str, name: &InterfaceName) -> String {
        let unversioned = if name.package.version.is_none() {
            " without a version"
        } else {
            ""
        };
        match &self.package.version {
            Some(ours) => format!("`{full_name}`{unversioned}; this server speaks {ours}"),
            None => format!("`{full_name}`; this server speaks none of its versions"),
        }
    }

    /// What to do about a name of the contract's package that does not fit, or holds more than this server knows.
    pub(super) fn step(&self, name: &InterfaceName) -> String {
        let (ours, theirs) = (&self.package, &name.package);
        match theirs.version.cmp(&ours.version) {
            _ if theirs.version.is_none() => {
                format!("let the WIT that the component is built from begin with `package {ours};`")
            }
            Ordering::Greater => {
                format!("update the server to one that speaks {theirs}, or build against {ours}")
            }
            Ordering::Equal => format!("build the component against the unchanged WIT of {ours}"),
            Ordering::Less => format!("build the component against {ours}"),
        }
    }
}

fn world(resolve: &Resolve, package: &PackageName, name: &str) -> (Vec<Interface>, Vec<Interface>) {
    let (_, world) = resolve
        .worlds
        .iter()
        .find(|(_, world)| {
            world.name == name
                && world
                    .package
                    .is_some_and(|id| resolve.packages[id].name == *package)
        })
        .expect("the contract declares the worlds `channel` and `managed-channel`");
    (
        interfaces(resolve, world.imports.iter()),
        interfaces(resolve, world.exports.iter()),
    )
}

fn interfaces<'a>(
    resolve: &Resolve,
    items: impl Iterator<Item = (&'a WorldKey, &'a WorldItem)>,
) -> Vec<Interface> {
    items
        .filter_map(|(_, item)| match item {
            WorldItem::Interface { id, .. } => Some(interface(resolve, *id)),
            _ => None,
        })
        .collect()
}

fn interface(resolve: &Resolve, id: InterfaceId) -> Interface {
    let interface = &resolve.interfaces[id];
    let functions = interface.functions.values().map(|function| Function {
        name: function.name.clone(),
        params: function
            .params
            .iter()
            .map(|param| (param.name.clone(), shape(resolve, &param.ty)))
            .collect(),
        result: function.result.as_ref().map(|ty| shape(resolve, ty)),
    });
    Interface {
        name: interface.name.clone().unwrap_or_default(),
        functions: functions.collect(),
        resources: interface
            .types
            .iter()
            .filter(|(_, id)| matches!(resolve.types[**id].kind, TypeDefKind::Resource))
            .map(|(name, _)| name.clone())
            .collect(),
    }
}

fn shape(resolve: &Resolve, ty: &Type) -> Shape {
    let plain = match ty {
        Type::Id(id) => return defined(resolve, *id),
        Type::Bool => "bool",
        Type::U8 => "u8",
        Type::U16 => "u16",
        Type::U32 => "u32",
        Type::U64 => "u64",
        Type::S8 => "s8",
        Type::S16 => "s16",
        Type::S32 => "s32",
        Type::S64 => "s64",
        Type::F32 => "f32",
        Type::F64 => "f64",
        Type::Char => "char",
        Type::String => "string",
        Type::ErrorContext => "error-context",
    };
    Shape::Plain(plain.to_owned())
}

fn defined(resolve: &Resolve, id: TypeId) -> Shape {
    let one = |ty: &Type| Some(shape(resolve, ty));
    let any = |ty: &Option<Type>| ty.as_ref().and_then(one);
    let declared = |kind, members| {
        Shape::Declared(Declared {
            kind,
            name: Some(type_name(resolve, id)),
            members,
        })
    };
    let member = |name: &str, shape| Member {
        name: name.to_owned(),
        shape,
    };
    match &resolve.types[id].kind {
        TypeDefKind::Record(record) => declared(
            Kind::Record,
            record
                .fields
                .iter()
                .map(|field| member(&field.name, one(&field.ty)))
                .collect(),
        ),
        TypeDefKind::Variant(variant) => declared(
            Kind::Variant,
            variant
                .cases
                .iter()
                .map(|case| member(&case.name, any(&case.ty)))
                .collect(),
        ),
        TypeDefKind::Enum(cases) => declared(
            Kind::Enum,
            cases
                .cases
                .iter()
                .map(|case| member(&case.name, None))
                .collect(),
        ),
        TypeDefKind::Flags(flags) => declared(
            Kind::Flags,
            flags
                .flags
                .iter()
                .map(|flag| member(&flag.name, None))
                .collect(),
        ),
        TypeDefKind::Type(alias) => shape(resolve, alias),
        TypeDefKind::Tuple(tuple) => Shape::Applied("tuple", tuple.types.iter().map(one).collect()),
        TypeDefKind::Option(inner) => Shape::Applied("option", vec![one(inner)]),
        TypeDefKind::Result(result) => {
            Shape::Applied("result", vec![any(&result.ok), any(&result.err)])
        }
        TypeDefKind::List(element) => Shape::Applied("list", vec![one(element)]),
        TypeDefKind::FixedLengthList(element, length) => Shape::Applied(
            "list",
            vec![one(element), Some(Shape::Plain(length.to_string()))],
        ),
        TypeDefKind::Map(key, value) => Shape::Applied("map", vec![one(key), one(value)]),
        TypeDefKind::Future(payload) => Shape::Applied("future", vec![any(payload)]),
        TypeDefKind::Stream(payload) => Shape::Applied("stream", vec![any(payload)]),
        TypeDefKind::Handle(Handle::Own(resource)) => defined(resolve, *resource),
        TypeDefKind::Handle(Handle::Borrow(resource)) => {
            Shape::Applied("borrow", vec![Some(defined(resolve, *resource))])
        }
        TypeDefKind::Resource => Shape::Plain(type_name(resolve, id).name),
        TypeDefKind::Unknown => unreachable!("only in a package that is not resolved"),
    }
}

fn type_name(resolve: &Resolve, id: TypeId) -> TypeName {
    let ty = &resolve.types[id];
    let interface = match ty.owner {
        TypeOwner::Interface(id) => resolve.interfaces[id].name.clone(),
        TypeOwner::World(_) | TypeOwner::None => None,
    };
    TypeName {
        interface: interface.unwrap_or_default(),
        name: ty.name.clone().unwrap_or_default(),
    }
}
