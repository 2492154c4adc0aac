//! What a component imports and exports.

use wasmtime::Engine;
use wasmtime::component::types::{ComponentFunc, ComponentInstance, ComponentItem, Type};
use wasmtime::component::{Component, ResourceType};

use super::name::InterfaceName;
use super::shape::{Declared, Function, Interface, Kind, Member, Shape};

/// The outside of a component, by the full names of its imports and exports.
pub(super) struct Found {
    pub(super) imports: Vec<(String, Item)>,
    pub(super) exports: Vec<(String, Item)>,
}

pub(super) enum Item {
    Interface(Interface),
    Function,
    /// What a connector has no use for; the word for people.
    Other(&'static str),
}

impl Found {
    pub(super) fn read(engine: &Engine, component: &Component) -> Self {
        let outside = component.component_type();
        let imports: Vec<_> = outside
            .imports(engine)
            .map(|(name, item)| (name.to_owned(), item.ty))
            .collect();
        let exports: Vec<_> = outside
            .exports(engine)
            .map(|(name, item)| (name.to_owned(), item.ty))
            .collect();
        // first all resources, since an interface may use those of another
        let mut reader = Reader {
            engine,
            resources: Vec::new(),
        };
        for (_, item) in imports.iter().chain(&exports) {
            reader.learn_resources(item);
        }
        Self {
            imports: imports
                .iter()
                .map(|(name, item)| reader.item(name, item))
                .collect(),
            exports: exports
                .iter()
                .map(|(name, item)| reader.item(name, item))
                .collect(),
        }
    }

    /// The exported interface of that full name, or of a version that fits.
    pub(super) fn export(&self, wanted: &str) -> Option<&Interface> {
        let wanted = InterfaceName::parse(wanted)?;
        self.exports.iter().find_map(|(name, item)| match item {
            Item::Interface(interface)
                if InterfaceName::parse(name).is_some_and(|name| name.fits(&wanted)) =>
            {
                Some(interface)
            }
            _ => None,
        })
    }
}

struct Reader<'a> {
    engine: &'a Engine,
    /// A component refers to resources by identity; their names are those that interfaces export them by.
    resources: Vec<(ResourceType, String)>,
}

impl Reader<'_> {
    fn learn_resources(&mut self, item: &ComponentItem) {
        if let ComponentItem::ComponentInstance(instance) = item {
            for (name, export) in instance.exports(self.engine) {
                if let ComponentItem::Resource(resource) = export.ty {
                    self.resources.push((resource, name.to_owned()));
                }
            }
        }
    }

    fn item(&self, name: &str, item: &ComponentItem) -> (String, Item) {
        let read = match item {
            ComponentItem::ComponentInstance(instance) => {
                Item::Interface(self.interface(name, instance))
            }
            ComponentItem::ComponentFunc(_) => Item::Function,
            ComponentItem::CoreFunc(_) => Item::Other("core function"),
            ComponentItem::Module(_) => Item::Other("core module"),
            ComponentItem::Component(_) => Item::Other("component"),
            ComponentItem::Type(_) => Item::Other("type"),
            ComponentItem::Resource(_) => Item::Other("resource"),
        };
        (name.to_owned(), read)
    }

    fn interface(&self, name: &str, instance: &ComponentInstance) -> Interface {
        let name =
            InterfaceName::parse(name).map_or_else(|| name.to_owned(), |name| name.interface);
        let mut interface = Interface {
            name,
            functions: Vec::new(),
            resources: Vec::new(),
        };
        for (name, export) in instance.exports(self.engine) {
            match export.ty {
                ComponentItem::ComponentFunc(function) => {
                    interface.functions.push(self.function(name, &function));
                }
                ComponentItem::Resource(_) => interface.resources.push(name.to_owned()),
                // types have names for people, and are looked at where a function uses them
                _ => {}
            }
        }
        interface
    }

    fn function(&self, name: &str, function: &ComponentFunc) -> Function {
        Function {
            name: name.to_owned(),
            params: function
                .params()
                .map(|(name, ty)| (name.to_owned(), self.shape(&ty)))
                .collect(),
            result: function.results().next().map(|ty| self.shape(&ty)),
        }
    }

    fn shape(&self, ty: &Type) -> Shape {
        let one = |ty: Type| Some(self.shape(&ty));
        let any = |ty: Option<Type>| ty.and_then(one);
        let declared = |kind, members| {
            Shape::Declared(Declared {
                kind,
                name: None,
                members,
            })
        };
        let member = |name: &str, shape| Member {
            name: name.to_owned(),
            shape,
        };
        let plain = match ty {
            Type::Bool => "bool",
            Type::U8 => "u8",
            Type::U16 => "u16",
            Type::U32 => "u32",
            Type::U64 => "u64",
            Type::S8 => "s8",
            Type::S16 => "s16",
            Type::S32 => "s32",
            Type::S64 => "s64",
            Type::Float32 => "f32",
            Type::Float64 => "f64",
            Type::Char => "char",
            Type::String => "string",
            Type::ErrorContext => "error-context",
            Type::Own(resource) => self.resource(*resource),
            Type::Borrow(resource) => {
                let resource = Shape::Plain(self.resource(*resource).to_owned());
                return Shape::Applied("borrow", vec![Some(resource)]);
            }
            Type::Record(record) => {
                let members = record
                    .fields()
                    .map(|field| member(field.name, one(field.ty)));
                return declared(Kind::Record, members.collect());
            }
            Type::Variant(variant) => {
                let members = variant.cases().map(|case| member(case.name, any(case.ty)));
                return declared(Kind::Variant, members.collect());
            }
            Type::Enum(cases) => {
                return declared(
                    Kind::Enum,
                    cases.names().map(|name| member(name, None)).collect(),
                );
            }
            Type::Flags(flags) => {
                return declared(
                    Kind::Flags,
                    flags.names().map(|name| member(name, None)).collect(),
                );
            }
            Type::Tuple(tuple) => {
                return Shape::Applied("tuple", tuple.types().map(one).collect());
            }
            Type::Option(option) => return Shape::Applied("option", vec![one(option.ty())]),
            Type::Result(result) => {
                return Shape::Applied("result", vec![any(result.ok()), any(result.err())]);
            }
            Type::List(list) => return Shape::Applied("list", vec![one(list.ty())]),
            Type::FixedLengthList(list) => {
                let length = Shape::Plain(list.len().to_string());
                return Shape::Applied("list", vec![one(list.ty()), Some(length)]);
            }
            Type::Map(map) => return Shape::Applied("map", vec![one(map.key()), one(map.value())]),
            Type::Future(future) => return Shape::Applied("future", vec![any(future.ty())]),
            Type::Stream(stream) => return Shape::Applied("stream", vec![any(stream.ty())]),
        };
        Shape::Plain(plain.to_owned())
    }

    fn resource(&self, resource: ResourceType) -> &str {
        self.resources
            .iter()
            .find(|(known, _)| *known == resource)
            .map_or("resource", |(_, name)| name)
    }
}
