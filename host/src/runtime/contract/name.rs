//! Names of interfaces, and which versions fit.

use wit_parser::{PackageName, ParsedUsePath, parse_use_path};

/// `package:name/interface@version`.
pub(super) struct InterfaceName {
    pub(super) package: PackageName,
    pub(super) interface: String,
}

impl InterfaceName {
    /// `None` for what is no interface of a package, such as a function's plain name.
    pub(super) fn parse(text: &str) -> Option<Self> {
        match parse_use_path(text) {
            Ok(ParsedUsePath::Package(package, interface)) => Some(Self { package, interface }),
            _ => None,
        }
    }

    /// Whether wasmtime links the two: all versions with the same first digit that is not 0 match, pre-releases and
    /// `0.0.x` match themselves alone.
    pub(super) fn fits(&self, other: &Self) -> bool {
        self.interface == other.interface
            && same_package(&self.package, &other.package)
            && track(&self.package) == track(&other.package)
    }
}

/// Whether two names mean one package, in whatever version.
pub(super) fn same_package(one: &PackageName, other: &PackageName) -> bool {
    one.namespace == other.namespace && one.name == other.name
}

fn track(package: &PackageName) -> Option<String> {
    package
        .version
        .as_ref()
        .map(PackageName::version_compat_track_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_fit_as_wasmtime_matches_them() {
        let fit = |one: &str, other: &str| {
            let parse = |text| InterfaceName::parse(text).expect("a name");
            parse(one).fits(&parse(other))
        };
        assert!(fit("a:b/c@0.1.0", "a:b/c@0.1.9"));
        assert!(fit("a:b/c@1.2.3", "a:b/c@1.0.0"));
        assert!(fit("a:b/c@0.0.1", "a:b/c@0.0.1"));
        assert!(fit("a:b/c", "a:b/c"));
        for other in [
            "a:b/c@0.2.0",
            "a:b/c@1.1.0",
            "a:b/c@0.1.0-rc.1",
            "a:b/c",
            "a:b/d@0.1.0",
        ] {
            assert!(!fit("a:b/c@0.1.0", other), "{other}");
        }
        assert!(!fit("a:b/c@0.0.1", "a:b/c@0.0.2"));
    }

    #[test]
    fn what_is_no_interface_has_no_such_name() {
        for text in ["receive", "", "a:b", "unlocked-dep=<a:b>"] {
            assert!(InterfaceName::parse(text).is_none(), "{text}");
        }
    }
}
