//! Node.js with packages of other people, for clients that are written in JavaScript.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::installed::{installed, run};

/// A script of `tests/clients` with these packages, as `name@version` or `alias@npm:name@version`, which are installed when
/// they are first wanted.
pub(crate) fn node(packages: &[&str], script: &str) -> Command {
    let folder = installed(&folder_name(packages), |folder| {
        // Without one npm takes that of a folder further up.
        fs::write(folder.join("package.json"), "{}").expect("a file");
        run(npm(folder)
            .args(["install", "--no-audit", "--no-fund", "--ignore-scripts"])
            .args(packages));
    });
    let clients = Path::new(env!("CARGO_MANIFEST_DIR")).join("clients");
    let mut command = Command::new("node");
    command
        .env("NODE_PATH", folder.join("node_modules"))
        .arg(clients.join(script));
    command
}

/// The folder with the content of this package alone, `name@version`: for a page, which has all that it needs in one
/// script. What the package names as its dependencies is what that was built with, hundreds of packages.
#[must_use]
pub fn npm_package(package: &str) -> PathBuf {
    let folder = installed(&folder_name(&[package]), |folder| {
        run(npm(folder).args(["pack", package]));
        let packed = fs::read_dir(folder).expect("a folder").flatten().next();
        let packed = packed.expect("npm packs one file").path();
        run(Command::new("tar")
            .arg("xzf")
            .arg(packed)
            .arg("-C")
            .arg(folder));
    });
    folder.join("package")
}

fn folder_name(packages: &[&str]) -> String {
    format!("npm-{}", packages.join("-").replace(['/', ':', '@'], "-"))
}

fn npm(folder: &Path) -> Command {
    let mut command = Command::new("npm");
    command.current_dir(folder);
    command
}
