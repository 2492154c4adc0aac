//! What a component imports that the host does not offer.

use super::compare::Mismatches;
use super::declared::Contract;
use super::difference::Difference;
use super::found::{Found, Item};
use super::name::{InterfaceName, same_package};
use super::shape::Interface;

/// The interfaces of WASI that the host links, in every version 0.2.x. The linker and this list must say the same.
pub(crate) const LINKED_WASI: [&str; 20] = [
    "wasi:cli/environment@0.2.0",
    "wasi:cli/exit@0.2.0",
    "wasi:cli/stderr@0.2.0",
    "wasi:cli/stdin@0.2.0",
    "wasi:cli/stdout@0.2.0",
    "wasi:cli/terminal-input@0.2.0",
    "wasi:cli/terminal-output@0.2.0",
    "wasi:cli/terminal-stderr@0.2.0",
    "wasi:cli/terminal-stdin@0.2.0",
    "wasi:cli/terminal-stdout@0.2.0",
    "wasi:clocks/monotonic-clock@0.2.0",
    "wasi:clocks/wall-clock@0.2.0",
    "wasi:filesystem/preopens@0.2.0",
    "wasi:filesystem/types@0.2.0",
    "wasi:io/error@0.2.0",
    "wasi:io/poll@0.2.0",
    "wasi:io/streams@0.2.0",
    "wasi:random/insecure-seed@0.2.0",
    "wasi:random/insecure@0.2.0",
    "wasi:random/random@0.2.0",
];

/// What to use in place of a WASI package that is not linked, and how to be rid of it where a toolchain imports it
/// unasked.
const IN_PLACE_OF: &[(&str, &str)] = &[
    (
        "http",
        "call the platform through the import `http` of the contract; componentize-js leaves \
         wasi:http out with `--disable http fetch-event`",
    ),
    (
        "sockets",
        "call the platform through the import `http` of the contract; componentize-py leaves \
         wasi:sockets out with `--stub-wasi`",
    ),
    (
        "keyvalue",
        "keep what must last through the import `state` of the contract",
    ),
    (
        "config",
        "read the channel's settings through the import `settings` of the contract",
    ),
    (
        "logging",
        "write to the operator's log through the import `log` of the contract",
    ),
];

/// Differences of the imports; those of their functions' types go to `mismatches`.
pub(super) fn differences(
    contract: &Contract,
    found: &Found,
    mismatches: &mut Mismatches,
) -> Vec<Difference> {
    let mut differences = Vec::new();
    for (full_name, item) in &found.imports {
        let interface = match item {
            Item::Interface(interface) => interface,
            Item::Function => {
                differences.push(unknown(contract, &format!("the function `{full_name}`")));
                continue;
            }
            Item::Other(kind) => {
                differences.push(unknown(contract, &format!("the {kind} `{full_name}`")));
                continue;
            }
        };
        // an interface of types alone wants nothing of the host
        if interface.functions.is_empty() && interface.resources.is_empty() {
            continue;
        }
        match InterfaceName::parse(full_name) {
            Some(name) if contract.owns(&name) => {
                differences.extend(own(contract, full_name, &name, interface, mismatches));
            }
            Some(name) if name.package.namespace == "wasi" => {
                differences.extend(wasi(contract, full_name, &name));
            }
            _ => differences.push(unknown(contract, &format!("`{full_name}`"))),
        }
    }
    differences
}

/// An import of the contract's own package.
fn own(
    contract: &Contract,
    full_name: &str,
    name: &InterfaceName,
    found: &Interface,
    mismatches: &mut Mismatches,
) -> Vec<Difference> {
    let Some(expected) = contract
        .imports
        .iter()
        .find(|known| known.name == name.interface)
    else {
        let what = format!("imports `{full_name}`, an interface that this server does not have");
        return vec![Difference::new(what, contract.step(name))];
    };
    let ours = InterfaceName {
        package: contract.package.clone(),
        interface: expected.name.clone(),
    };
    if !name.fits(&ours) {
        let what = format!("imports {}", contract.against(full_name, name));
        return vec![Difference::new(what, contract.step(name))];
    }
    let mut differences = Vec::new();
    for resource in found
        .resources
        .iter()
        .filter(|name| !expected.resources.contains(name))
    {
        let what = format!(
            "imports the resource `{}.{resource}`, which this server does not have",
            expected.name
        );
        differences.push(Difference::new(what, contract.step(name)));
    }
    for function in &found.functions {
        match expected.function(&function.name) {
            Some(expected_function) => {
                mismatches.compare(&expected.name, expected_function, function);
            }
            None => {
                let what = format!(
                    "imports the function `{}.{}`, which this server does not have",
                    expected.name,
                    function.label()
                );
                differences.push(Difference::new(what, contract.step(name)));
            }
        }
    }
    differences
}

fn wasi(contract: &Contract, full_name: &str, name: &InterfaceName) -> Option<Difference> {
    let linked: Vec<_> = LINKED_WASI
        .iter()
        .filter_map(|linked| InterfaceName::parse(linked))
        .collect();
    if linked.iter().any(|linked| linked.fits(name)) {
        return None;
    }
    let is_same = |linked: &InterfaceName| {
        same_package(&linked.package, &name.package) && linked.interface == name.interface
    };
    if linked.iter().any(is_same) {
        return Some(Difference::new(
            format!("imports `{full_name}`; this server links WASI 0.2"),
            "build the component for WASI 0.2: in Rust with `--target wasm32-wasip2`".to_owned(),
        ));
    }
    let instead = IN_PLACE_OF
        .iter()
        .find(|(package, _)| *package == name.package.name);
    Some(match instead {
        Some((_, step)) => Difference::new(
            format!("imports `{full_name}`, which connectors do not get"),
            (*step).to_owned(),
        ),
        None => unknown(contract, &format!("`{full_name}`")),
    })
}

fn unknown(contract: &Contract, what: &str) -> Difference {
    Difference::new(
        format!("imports {what}, which this server does not have"),
        format!(
            "use only what {} offers and the basics of WASI 0.2, or compose the component with one \
             that provides the rest (`wac plug`)",
            contract.package
        ),
    )
}
