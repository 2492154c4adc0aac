//! Connectors made from the contract's WIT, or from a changed copy of it, that do nothing.

use wasmtime::component::{Component, Linker};
use wasmtime::{Config, Engine, OptLevel, Store};
use wit_component::{ComponentEncoder, StringEncoding, dummy_module, embed_component_metadata};
use wit_parser::{LiftLowerAbi, ManglingAndAbi, PackageId, Resolve, SourceMap};

use super::super::declared::FILES;
use super::super::{differences, report};
use crate::bindings::Channel;
use crate::runtime::imports;
use crate::runtime::state::State;

/// Of each interface of WASI that the host links, something that is enough to know it by.
pub(super) const WASI: [&str; 5] = [
    "package wasi:io@0.2.6;
    interface error { resource error; }
    interface poll { resource pollable; }
    interface streams { resource input-stream; resource output-stream; }",
    "package wasi:cli@0.2.6;
    interface environment { get-arguments: func() -> list<string>; }
    interface exit { exit: func(status: result); }
    interface stdin { use wasi:io/streams@0.2.6.{input-stream}; get-stdin: func() -> input-stream; }
    interface stdout { use wasi:io/streams@0.2.6.{output-stream}; get-stdout: func() -> output-stream; }
    interface stderr { use wasi:io/streams@0.2.6.{output-stream}; get-stderr: func() -> output-stream; }
    interface terminal-input { resource terminal-input; }
    interface terminal-output { resource terminal-output; }
    interface terminal-stdin {
        use terminal-input.{terminal-input};
        get-terminal-stdin: func() -> option<terminal-input>;
    }
    interface terminal-stdout {
        use terminal-output.{terminal-output};
        get-terminal-stdout: func() -> option<terminal-output>;
    }
    interface terminal-stderr {
        use terminal-output.{terminal-output};
        get-terminal-stderr: func() -> option<terminal-output>;
    }",
    "package wasi:clocks@0.2.6;
    interface monotonic-clock { now: func() -> u64; }
    interface wall-clock {
        record datetime { seconds: u64, nanoseconds: u32 }
        now: func() -> datetime;
    }",
    "package wasi:filesystem@0.2.6;
    interface types { resource descriptor; }
    interface preopens {
        use types.{descriptor};
        get-directories: func() -> list<tuple<descriptor, string>>;
    }",
    "package wasi:random@0.2.6;
    interface random { get-random-u64: func() -> u64; }
    interface insecure { get-insecure-random-u64: func() -> u64; }
    interface insecure-seed { insecure-seed: func() -> tuple<u64, u64>; }",
];

/// The WIT that a connector under test is built from: the contract's, changed.
pub(super) struct Wit {
    files: Vec<(String, String)>,
    /// Packages that it uses.
    packages: Vec<&'static str>,
    world: &'static str,
}

impl Wit {
    pub(super) fn of_the_contract() -> Self {
        let files = FILES
            .iter()
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
        Self {
            files: files.collect(),
            packages: Vec::new(),
            world: "channel",
        }
    }

    /// Puts `new` in the place of `old` in one file, where it must stand exactly once.
    pub(super) fn with(mut self, file: &str, old: &str, new: &str) -> Self {
        let (_, text) = self
            .files
            .iter_mut()
            .find(|(name, _)| name == file)
            .unwrap_or_else(|| panic!("the contract has no {file}"));
        assert_eq!(text.matches(old).count(), 1, "`{old}` in {file}");
        *text = text.replace(old, new);
        self
    }

    pub(super) fn in_version(self, package: &str) -> Self {
        self.with(
            "world.wit",
            "package switchboard:channel@0.1.0;",
            &format!("package {package};"),
        )
    }

    pub(super) fn using(mut self, package: &'static str, import: &str) -> Self {
        self.packages.push(package);
        let import = format!("world channel {{\n    {import}");
        self.with("world.wit", "world channel {", &import)
    }

    pub(super) fn for_world(self, world: &'static str) -> Self {
        Self { world, ..self }
    }

    fn parse(&self) -> (Resolve, PackageId) {
        let mut resolve = Resolve::default();
        for package in &self.packages {
            resolve
                .push_source("package.wit", package)
                .expect("the package is WIT");
        }
        let mut sources = SourceMap::new();
        for (name, text) in &self.files {
            sources.push_str(name, text.as_str());
        }
        let group = sources
            .parse()
            .map_err(|(_, error)| error)
            .expect("the changed WIT parses");
        let package = resolve.push_group(group).expect("the changed WIT resolves");
        (resolve, package)
    }

    /// A component that imports and exports all that the world says, and traps when called.
    fn component(&self) -> Vec<u8> {
        let (resolve, package) = self.parse();
        let world = resolve
            .select_world(&[package], Some(self.world))
            .expect("the world is there");
        let abi = ManglingAndAbi::Legacy(LiftLowerAbi::Sync);
        let mut module = dummy_module(&resolve, world, abi);
        embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)
            .expect("the world can be embedded");
        let mut encoder = ComponentEncoder::default();
        let encoder = encoder.module(&module).expect("the module is valid");
        encoder.encode().expect("the module becomes a component")
    }

    fn compile(&self) -> (Engine, Component) {
        let mut config = Config::new();
        // it will never run
        config.cranelift_opt_level(OptLevel::None);
        let engine = Engine::new(&config).expect("wasmtime runs here");
        let component = Component::new(&engine, self.component()).expect("the component compiles");
        (engine, component)
    }

    /// What is told of the component, which wasmtime must refuse for it, and take if it is nothing.
    pub(super) fn report(&self) -> String {
        let (engine, component) = self.compile();
        let differences = differences(&engine, &component);
        let linked = link(&engine, &component);
        assert_eq!(
            linked.is_ok(),
            differences.is_empty(),
            "{linked:?}\n{differences:#?}"
        );
        report(&differences)
    }

    /// The same for what the host does not bind.
    pub(super) fn report_of_optional_exports(&self) -> String {
        let (engine, component) = self.compile();
        report(&differences(&engine, &component))
    }
}

/// What wasmtime says of the imports, linked as the runtime does it, and of the exports.
fn link(engine: &Engine, component: &Component) -> wasmtime::Result<()> {
    let mut linker = Linker::<State>::new(engine);
    imports::link(&mut linker)?;
    linker.instantiate_pre(component)?;

    let mut linker = Linker::<()>::new(engine);
    linker.define_unknown_imports_as_traps(component)?;
    let mut store = Store::new(engine, ());
    let instance = linker.instantiate(&mut store, component)?;
    Channel::new(&mut store, &instance)?;
    Ok(())
}
