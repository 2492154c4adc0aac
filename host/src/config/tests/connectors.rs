//! Which connector a key names, and what is said when there is none.

use std::path::{Path, PathBuf};

use insta::assert_snapshot;

use super::super::{ConnectorRef, Credentials};
use super::{BUILTINS, environment, errors};

#[test]
fn an_unknown_channel_is_explained() {
    let text = "
slak:
discord:
my_module.MyIO:
  username: hunter2
rasa.core.channels.rest.RestInput:
Facebook: {}
";
    assert_snapshot!(errors(text), @r"
    error: unknown channel `slak`
      --> credentials.yml:2:1
       |
     2 | slak:
       | ^^^^
       = known channels: `callback`, `facebook`, `rest`, `slack`
       = hint: did you mean `slack`? a connector of your own is named by its path: `connectors/slak.wasm:`

    error: unknown channel `discord`
      --> credentials.yml:3:1
       |
     3 | discord:
       | ^^^^^^^
       = known channels: `callback`, `facebook`, `rest`, `slack`
       = hint: a connector of your own is named by its path: `connectors/discord.wasm:`

    error: unknown channel `my_module.MyIO`
      --> credentials.yml:4:1
       |
     4 | my_module.MyIO:
       | ^^^^^^^^^^^^^^
       = known channels: `callback`, `facebook`, `rest`, `slack`
       = Python classes cannot be loaded
       = hint: write the channel with the SDK, build it to `.wasm` and name the file: `connectors/my_channel.wasm:`

    error: unknown channel `rasa.core.channels.rest.RestInput`
      --> credentials.yml:6:1
       |
     6 | rasa.core.channels.rest.RestInput:
       | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
       = known channels: `callback`, `facebook`, `rest`, `slack`
       = hint: write `rest:`, the channel that answers to this class

    error: unknown channel `Facebook`
      --> credentials.yml:7:1
       |
     7 | Facebook: …
       | ^^^^^^^^
       = known channels: `callback`, `facebook`, `rest`, `slack`
       = hint: did you mean `facebook`? a connector of your own is named by its path: `connectors/Facebook.wasm:`
    ");
}

#[test]
fn a_path_names_a_connector_in_a_file() {
    let directory = tempfile::tempdir().expect("a directory");
    let connectors = directory.path().join("connectors");
    std::fs::create_dir_all(connectors.join("directory.wasm")).expect("created");
    for name in ["my_io.wasm", "my_io.cwasm"] {
        std::fs::write(connectors.join(name), b"").expect("written");
    }
    let parse = |text: &str| {
        Credentials::parse(
            "credentials.yml",
            text,
            directory.path(),
            &BUILTINS,
            &environment,
        )
    };
    for key in [
        "connectors/my_io.wasm",
        "./connectors/./my_io.wasm",
        "connectors\\my_io.wasm",
    ] {
        let channels = parse(&format!("{key}:\n"))
            .expect("the file is there")
            .channels;
        let path = connectors.join("my_io.wasm");
        let shown = path.display().to_string();
        assert_eq!(channels[0].connector, ConnectorRef::File(path), "{key}");
        assert_eq!(channels[0].connector.to_string(), shown);
    }
    let text = "
connectors/none.wasm:
none.wasm:
connectors/my_io.cwasm:
connectors/directory.wasm:
C:\\none.wasm:
";
    let errors = parse(text).expect_err("none of them loads").to_string();
    let here = directory.path().display().to_string();
    assert_snapshot!(errors.replace(&here, "HERE"), @r"
    error: failed to find the connector `HERE/connectors/none.wasm`: No such file or directory (os error 2)
      --> credentials.yml:2:1
       |
     2 | connectors/none.wasm:
       | ^^^^^^^^^^^^^^^^^^^^
       = hint: a path is relative to the directory of this file

    error: failed to find the connector `HERE/none.wasm`: No such file or directory (os error 2)
      --> credentials.yml:3:1
       |
     3 | none.wasm:
       | ^^^^^^^^^
       = hint: a path is relative to the directory of this file

    error: `HERE/connectors/my_io.cwasm` is precompiled, and only `.wasm` is loaded
      --> credentials.yml:4:1
       |
     4 | connectors/my_io.cwasm:
       | ^^^^^^^^^^^^^^^^^^^^^^
       = hint: name the `.wasm` that it was made from; it is compiled once and cached

    error: `HERE/connectors/directory.wasm` is not a file
      --> credentials.yml:5:1
       |
     5 | connectors/directory.wasm:
       | ^^^^^^^^^^^^^^^^^^^^^^^^^
       = hint: name the `.wasm` file of the connector

    error: failed to find the connector `HERE/C:/none.wasm`: No such file or directory (os error 2)
      --> credentials.yml:6:1
       |
     6 | C:\none.wasm:
       | ^^^^^^^^^^^^
       = hint: a path is relative to the directory of this file
    ");
    let twice = parse("connectors/my_io.wasm:\n./connectors/my_io.wasm:\n");
    assert!(
        twice
            .expect_err("one connector")
            .to_string()
            .contains("given twice")
    );
}

#[test]
fn a_file_is_read_relative_to_its_directory() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("credentials.yml");
    std::fs::write(directory.path().join("my_io.wasm"), b"").expect("written");
    std::fs::write(&path, "my_io.wasm:\n").expect("written");
    let credentials = Credentials::load(&path, &BUILTINS, &environment).expect("right");
    let expected: PathBuf = directory.path().join("my_io.wasm");
    assert_eq!(
        credentials.channels[0].connector,
        ConnectorRef::File(expected)
    );

    let errors = Credentials::load(Path::new("none/credentials.yml"), &BUILTINS, &environment);
    assert_snapshot!(errors.expect_err("no file"), @r"
    error: failed to read: No such file or directory (os error 2)
     --> none/credentials.yml
      = hint: check the path and that this user may read the file
    ");
}
