//! Compiles the built-in connectors: every crate under `plugins/` becomes a component, is precompiled for the engine
//! that `src/runtime/profile.rs` describes, and is embedded into the binary.

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "this is how cargo and a build script speak to each other"
)]

use std::env;
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use wasmtime::Engine;

#[path = "src/runtime/profile.rs"]
mod profile;

fn main() {
    if let Err(error) = build() {
        eprintln!("failed to build the built-in connectors: {error}");
        std::process::exit(1);
    }
}

fn build() -> Result<(), Box<dyn Error>> {
    let root = Path::new(&env::var("CARGO_MANIFEST_DIR")?)
        .parent()
        .ok_or("host/ has no parent folder")?
        .to_path_buf();
    for input in [
        "plugins",
        "sdk/src",
        "sdk/Cargo.toml",
        "sdk/cargo-wasm",
        "wit",
        "Cargo.toml",
        "Cargo.lock",
    ] {
        println!("cargo::rerun-if-changed={}", root.join(input).display());
    }
    println!("cargo::rerun-if-changed=src/runtime/profile.rs");
    // Which toolchain compiles connectors: what ./setup chose, and what overrides it.
    println!(
        "cargo::rerun-if-changed={}",
        root.join("target/wasm-toolchain").display()
    );
    println!("cargo::rerun-if-env-changed=SWITCHBOARD_WASM_TOOLCHAIN");

    let names = connector_names(&root.join("plugins"))?;
    let components = compile(&root, &names)?;
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let engine = Engine::new(&profile::compiler())?;
    let mut table = String::from("pub(crate) static CONNECTORS: &[Builtin] = &[\n");
    for name in &names {
        let wasm = components.join(format!("{}.wasm", name.replace('-', "_")));
        let bytes = fs::read(&wasm).map_err(|e| format!("{}: {e}", wasm.display()))?;
        let embedded = out.join(format!("{name}.wasm"));
        let native = out.join(format!("{name}.cwasm"));
        // Compiling is the slow part, and most changes touch one connector.
        if !native.exists()
            || fs::read(&embedded).ok().as_ref() != Some(&bytes)
            || profile_changed(&native)
        {
            fs::write(&native, engine.precompile_component(&bytes)?)?;
            fs::write(&embedded, &bytes)?;
        }
        writeln!(
            table,
            "    Builtin {{ name: {name:?}, wasm: include_bytes!({embedded:?}), native: include_bytes!({native:?}) }},",
        )?;
    }
    table.push_str("];\n");
    fs::write(out.join("builtin.rs"), table)?;
    Ok(())
}

/// Whether the compiler's settings are newer than what was compiled with them.
fn profile_changed(native: &Path) -> bool {
    let modified = |path: &Path| fs::metadata(path).and_then(|m| m.modified()).ok();
    modified(native) < modified(Path::new("src/runtime/profile.rs"))
}

fn connector_names(plugins: &Path) -> Result<Vec<String>, Box<dyn Error>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(plugins)? {
        let entry = entry?;
        if entry.path().join("Cargo.toml").exists() {
            names.push(
                entry
                    .file_name()
                    .into_string()
                    .map_err(|n| format!("{n:?} is not UTF-8"))?,
            );
        }
    }
    names.sort();
    Ok(names)
}

/// Runs `sdk/cargo-wasm` in a target folder of its own (cargo holds the lock of the one that it is building in), and
/// returns the folder with the components.
fn compile(root: &Path, names: &[String]) -> Result<PathBuf, Box<dyn Error>> {
    let out = PathBuf::from(env::var("OUT_DIR")?);
    // OUT_DIR is TARGET/PROFILE/build/switchboard-HASH/out; TARGET/connectors serves all profiles.
    let target = out
        .ancestors()
        .nth(4)
        .ok_or("OUT_DIR is not where cargo puts it")?
        .join("connectors");
    let cargo_wasm = root.join("sdk/cargo-wasm");
    let place = ["--profile", "connector", "--target-dir"];
    let mut command = Command::new(&cargo_wasm);
    command
        .current_dir(root)
        .args(["build", "--locked"])
        .args(place)
        .arg(&target);
    for name in names {
        command.args(["-p", name]);
    }
    let output = command
        .output()
        .map_err(|e| format!("{}: {e}", cargo_wasm.display()))?;
    if !output.status.success() {
        return Err(format!(
            "`sdk/cargo-wasm build` ended with {}:\n{}\nhint: `./setup` installs what compiling connectors needs",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        )
        .into());
    }
    let folder = Command::new(&cargo_wasm)
        .arg("--print-dir")
        .args(place)
        .arg(&target)
        .output()?;
    if !folder.status.success() {
        return Err(String::from_utf8_lossy(&folder.stderr).into());
    }
    Ok(PathBuf::from(String::from_utf8(folder.stdout)?.trim()))
}
