//! In what a component differs from the contract.
//!
//! wasmtime refuses a component at the first import or export that does not fit, in words for the author of a runtime.
//! A connector's author is better served by everything at once, in the words of the WIT, with the next step. So the
//! component's type is read back from the compiled component, the contract from the WIT that the host itself is built
//! from, and the two are compared here.
//!
//! A difference is what keeps the component from being linked or called, no more and no less: exports beyond the
//! contract are fine, names of parameters do not matter, versions match as wasmtime matches them. This module decides
//! nothing: it knows no channel and no settings, and what it does not find wrong can still be refused by the linker.

mod compare;
mod declared;
mod difference;
mod found;
mod imports;
mod name;
mod shape;
mod sniff;
#[cfg(test)]
mod tests;

use wasmtime::Engine;
use wasmtime::component::Component;

use self::compare::Mismatches;
use self::declared::Contract;
use self::difference::Difference;
pub(crate) use self::difference::report;
use self::found::{Found, Item};
use self::name::InterfaceName;
use self::shape::Interface;
pub(crate) use self::sniff::sniff;

/// Everything in which a component differs from the contract, exports first. Empty: it can be linked and called.
///
/// To be asked before a component is linked: wasmtime looks at the types of exports when an instance is made and not
/// before.
pub(crate) fn differences(engine: &Engine, component: &Component) -> Vec<Difference> {
    let contract = Contract::get();
    let found = Found::read(engine, component);
    let mut differences = Vec::new();
    let mut mismatches = Mismatches::default();
    let required = contract.exports.iter().map(|interface| (interface, true));
    let optional = contract
        .optional_exports
        .iter()
        .map(|interface| (interface, false));
    for (expected, is_required) in required.chain(optional) {
        match found.export(&contract.name_of(expected)) {
            Some(interface) => {
                differences.extend(compare_export(
                    contract,
                    expected,
                    interface,
                    &mut mismatches,
                ));
            }
            None if is_required => differences.push(missing_export(contract, expected, &found)),
            // it would not be called, and its author would never learn why
            None => differences.extend(other_version(contract, expected, &found)),
        }
    }
    let imports = imports::differences(contract, &found, &mut mismatches);
    differences.extend(mismatches.into_differences(contract));
    differences.extend(imports);
    differences
}

/// The functions that an export lacks; what differs in the types of the others goes to `mismatches`.
fn compare_export(
    contract: &Contract,
    expected: &Interface,
    found: &Interface,
    mismatches: &mut Mismatches,
) -> Vec<Difference> {
    let mut differences = Vec::new();
    for function in &expected.functions {
        if let Some(found) = found.function(&function.name) {
            mismatches.compare(&expected.name, function, found);
            continue;
        }
        let mut what = format!(
            "the export `{}` lacks the function `{}`",
            expected.name,
            function.label()
        );
        let misspelt = found
            .functions
            .iter()
            .filter(|other| expected.function(&other.name).is_none())
            .find(|other| {
                strsim::normalized_damerau_levenshtein(&function.name, &other.name) > 0.6
            });
        if let Some(misspelt) = misspelt {
            what.push_str(&format!("; it has `{}`", misspelt.label()));
        }
        let hint = format!("implement `{function}` of {}", contract.package);
        differences.push(Difference::new(what, hint));
    }
    differences
}

fn missing_export(contract: &Contract, expected: &Interface, found: &Found) -> Difference {
    if let Some(difference) = other_version(contract, expected, found) {
        return difference;
    }
    let wanted = contract.name_of(expected);
    let elsewhere = found.exports.iter().find_map(|(name, item)| match item {
        Item::Interface(interface) if interface.name == expected.name => Some(name),
        _ => None,
    });
    if let Some(elsewhere) = elsewhere {
        return Difference::new(
            format!("exports `{elsewhere}`, not the contract's `{wanted}`"),
            format!(
                "build the component from the WIT of {}, for its world `channel`",
                contract.package
            ),
        );
    }
    let bare: Vec<_> = found
        .exports
        .iter()
        .filter(|(name, item)| matches!(item, Item::Function) && expected.function(name).is_some())
        .map(|(name, _)| format!("`{name}`"))
        .collect();
    if !bare.is_empty() {
        return Difference::new(
            format!(
                "exports {} by themselves, not within `{wanted}`",
                bare.join(", ")
            ),
            format!(
                "export the interface `{}`, which holds these functions",
                expected.name
            ),
        );
    }
    Difference::new(
        format!("does not export `{wanted}`"),
        format!(
            "implement it for the world `channel` of {}; in Rust, the export macro of \
             `switchboard-sdk` does the exporting",
            contract.package
        ),
    )
}

/// The interface is there, in a version that does not fit or without one.
fn other_version(contract: &Contract, expected: &Interface, found: &Found) -> Option<Difference> {
    let (name, other) = found.exports.iter().find_map(|(name, _)| {
        let parsed = InterfaceName::parse(name)?;
        (contract.owns(&parsed) && parsed.interface == expected.name).then_some((name, parsed))
    })?;
    let what = format!("exports {}", contract.against(name, &other));
    Some(Difference::new(what, contract.step(&other)))
}
