mod dummy;

use self::dummy::Wit;
use super::declared::FILES;
use super::imports::LINKED_WASI;

#[test]
fn every_file_of_the_contract_is_read() {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/../wit");
    let mut files: Vec<_> = std::fs::read_dir(directory)
        .expect("the contract's directory is there")
        .map(|entry| {
            entry
                .expect("it can be listed")
                .file_name()
                .into_string()
                .expect("UTF-8")
        })
        .filter(|name| name.ends_with(".wit"))
        .collect();
    files.sort_unstable();
    let read: Vec<_> = FILES.iter().map(|(name, _)| *name).collect();
    assert_eq!(files, read);
}

#[test]
fn the_contract_itself_fits() {
    insta::assert_snapshot!(Wit::of_the_contract().report(), @"");
    let managed = Wit::of_the_contract().for_world("managed-channel");
    insta::assert_snapshot!(managed.report(), @"");
}

#[test]
fn another_patch_version_fits() {
    let wit = Wit::of_the_contract().in_version("switchboard:channel@0.1.7");
    insta::assert_snapshot!(wit.report(), @"");
}

#[test]
fn what_is_beyond_the_contract_does_no_harm() {
    let wit = Wit::of_the_contract()
        .with(
            "world.wit",
            "export connector;",
            "export connector;\n    export init: func();",
        )
        .with(
            "connector.wit",
            "name: func() -> string;",
            "name: func() -> string;\n    more: func();",
        )
        .with("log.wit", "message: string", "text: string")
        .using(
            "package wasi:io@0.2.6;
            interface poll { resource pollable; poll: func(in: list<borrow<pollable>>) -> list<u32>; }",
            "import wasi:io/poll@0.2.6;",
        );
    insta::assert_snapshot!(wit.report(), @"");
}

#[test]
fn nothing_exported() {
    let wit = Wit::of_the_contract().with("world.wit", "    export connector;", "");
    insta::assert_snapshot!(wit.report(), @"
    does not export `switchboard:channel/connector@0.1.0`
      hint: implement it for the world `channel` of switchboard:channel@0.1.0; in Rust, the export macro of `switchboard-sdk` does the exporting
    ");
}

#[test]
fn functions_exported_by_themselves() {
    let wit = Wit::of_the_contract().with(
        "world.wit",
        "export connector;",
        "export name: func() -> string;\n    export routes: func();",
    );
    insta::assert_snapshot!(wit.report(), @"
    exports `name`, `routes` by themselves, not within `switchboard:channel/connector@0.1.0`
      hint: export the interface `connector`, which holds these functions
    ");
}

#[test]
fn an_interface_of_another_package() {
    let wit = Wit::of_the_contract().using(
        "package acme:chat@1.0.0; interface connector { name: func() -> string; }",
        "export acme:chat/connector@1.0.0;",
    );
    let wit = wit.with("world.wit", "    export connector;", "");
    insta::assert_snapshot!(wit.report(), @"
    exports `acme:chat/connector@1.0.0`, not the contract's `switchboard:channel/connector@0.1.0`
      hint: build the component from the WIT of switchboard:channel@0.1.0, for its world `channel`
    ");
}

#[test]
fn a_newer_version() {
    let wit = Wit::of_the_contract().in_version("switchboard:channel@0.2.0");
    insta::assert_snapshot!(wit.report(), @"
    exports `switchboard:channel/connector@0.2.0`; this server speaks 0.1.0
    imports `switchboard:channel/bot@0.2.0`; this server speaks 0.1.0
    imports `switchboard:channel/http@0.2.0`; this server speaks 0.1.0
    imports `switchboard:channel/log@0.2.0`; this server speaks 0.1.0
    imports `switchboard:channel/response@0.2.0`; this server speaks 0.1.0
    imports `switchboard:channel/secrets@0.2.0`; this server speaks 0.1.0
    imports `switchboard:channel/settings@0.2.0`; this server speaks 0.1.0
    imports `switchboard:channel/sockets@0.2.0`; this server speaks 0.1.0
    imports `switchboard:channel/state@0.2.0`; this server speaks 0.1.0
      hint: update the server to one that speaks switchboard:channel@0.2.0, or build against switchboard:channel@0.1.0
    ");
}

#[test]
fn an_older_version_and_none() {
    let wit = Wit::of_the_contract().in_version("switchboard:channel@0.0.9");
    insta::assert_snapshot!(wit.report(), @"
    exports `switchboard:channel/connector@0.0.9`; this server speaks 0.1.0
    imports `switchboard:channel/bot@0.0.9`; this server speaks 0.1.0
    imports `switchboard:channel/http@0.0.9`; this server speaks 0.1.0
    imports `switchboard:channel/log@0.0.9`; this server speaks 0.1.0
    imports `switchboard:channel/response@0.0.9`; this server speaks 0.1.0
    imports `switchboard:channel/secrets@0.0.9`; this server speaks 0.1.0
    imports `switchboard:channel/settings@0.0.9`; this server speaks 0.1.0
    imports `switchboard:channel/sockets@0.0.9`; this server speaks 0.1.0
    imports `switchboard:channel/state@0.0.9`; this server speaks 0.1.0
      hint: build the component against switchboard:channel@0.1.0
    ");
    let wit = Wit::of_the_contract().in_version("switchboard:channel");
    insta::assert_snapshot!(wit.report(), @"
    exports `switchboard:channel/connector` without a version; this server speaks 0.1.0
    imports `switchboard:channel/bot` without a version; this server speaks 0.1.0
    imports `switchboard:channel/http` without a version; this server speaks 0.1.0
    imports `switchboard:channel/log` without a version; this server speaks 0.1.0
    imports `switchboard:channel/response` without a version; this server speaks 0.1.0
    imports `switchboard:channel/secrets` without a version; this server speaks 0.1.0
    imports `switchboard:channel/settings` without a version; this server speaks 0.1.0
    imports `switchboard:channel/sockets` without a version; this server speaks 0.1.0
    imports `switchboard:channel/state` without a version; this server speaks 0.1.0
      hint: let the WIT that the component is built from begin with `package switchboard:channel@0.1.0;`
    ");
}

#[test]
fn a_lifecycle_that_would_never_be_called() {
    let wit = Wit::of_the_contract().using(
        "package switchboard:channel@0.3.0; interface lifecycle { activate: func(); }",
        "export switchboard:channel/lifecycle@0.3.0;",
    );
    insta::assert_snapshot!(wit.report_of_optional_exports(), @"
    exports `switchboard:channel/lifecycle@0.3.0`; this server speaks 0.1.0
      hint: update the server to one that speaks switchboard:channel@0.3.0, or build against switchboard:channel@0.1.0
    ");
    let wit = Wit::of_the_contract().for_world("managed-channel");
    let wit = wit.with(
        "lifecycle.wit",
        "activate: func(url: option<string>)",
        "activate: func()",
    );
    insta::assert_snapshot!(wit.report_of_optional_exports(), @"
    `lifecycle.activate`: the parameter `url: option<string>` is missing
      hint: take `activate` as the interface `lifecycle` of switchboard:channel@0.1.0 declares it
    ");
}

#[test]
fn functions_missing_and_misspelt() {
    let wit = Wit::of_the_contract()
        .with("connector.wit", "    receive: func(", "    recieve: func(")
        .with(
            "connector.wit",
            "routes: func() -> result<list<route>, string>;",
            "",
        );
    insta::assert_snapshot!(wit.report(), @"
    the export `connector` lacks the function `routes`
      hint: implement `routes: func() -> result<list<route>, string>` of switchboard:channel@0.1.0
    the export `connector` lacks the function `receive`; it has `recieve`
      hint: implement `receive: func(route: string, request: request) -> result<response, refusal>` of switchboard:channel@0.1.0
    ");
}

#[test]
fn one_field_deep_within() {
    let wit = Wit::of_the_contract().with(
        "connector.wit",
        "        body: list<u8>,\n        /// The peer's",
        "        body: string,\n        /// The peer's",
    );
    insta::assert_snapshot!(wit.report(), @"
    `connector.receive`: parameter `request`, field `body`: expected `list<u8>`, found `string`
      hint: take `record request` as the interface `connector` of switchboard:channel@0.1.0 declares it
    ");
}

#[test]
fn a_type_that_many_functions_use_is_told_once() {
    let wit = Wit::of_the_contract()
        .with(
            "types.wit",
            "        extra: option<json>,\n    }\n\n    /// Why the bot",
            "    }\n\n    /// Why the bot",
        )
        .with(
            "types.wit",
            "title: option<string>,\n        /// Its postal address",
            "title: option<u8>,\n        /// Its postal address",
        )
        .with(
            "types.wit",
            "address: option<string>,",
            "address: option<u8>,",
        )
        .with("types.wit", "typing,", "typing(u32),")
        .with("types.wit", "cards(list<card>),", "cards(list<string>),");
    insta::assert_snapshot!(wit.report(), @"
    `connector.send`: parameter `part`, field `content`, case `cards`: expected `list<card>`, found `list<string>` (the same in `bot.reply.next`, `bot.ask`)
    `connector.send`: parameter `part`, field `content`, case `typing`: expected nothing, found `u32` (the same in `bot.reply.next`, `bot.ask`)
      hint: take `variant content` as the interface `types` of switchboard:channel@0.1.0 declares it
    `connector.send`: parameter `part`, field `content`, case `location`, field `title`: expected `option<string>`, found `option<u8>` (the same in `bot.reply.next`, `bot.accept`, `bot.ask`, `bot.ask-stream`)
    `connector.send`: parameter `part`, field `content`, case `location`, field `address`: expected `option<string>`, found `option<u8>` (the same in `bot.reply.next`, `bot.accept`, `bot.ask`, `bot.ask-stream`)
      hint: take `record location` as the interface `types` of switchboard:channel@0.1.0 declares it
    `connector.send`: parameter `part`: `part` lacks the field `extra: option<string>` (the same in `bot.reply.next`, `bot.ask`)
      hint: take `record part` as the interface `types` of switchboard:channel@0.1.0 declares it
    ");
}

/// Changes of types: file, what stands there, what stands there instead.
const CHANGES: &[(&str, &str, &str)] = &[
    // parameters: one missing and one of another type, one too many
    (
        "connector.wit",
        "func(to: address, part: part, attempt: attempt)",
        "func(to: string, part: part)",
    ),
    (
        "log.wit",
        "fields: list<tuple<string, string>>)",
        "fields: list<tuple<string, u32>>, line: u32)",
    ),
    // results
    (
        "connector.wit",
        "routes: func() -> result<list<route>, string>",
        "routes: func() -> string",
    ),
    ("settings.wit", "get: func() -> json", "get: func()"),
    (
        "state.wit",
        "delete: func(key: string) -> result<_, state-error>",
        "delete: func(key: string) -> result<bool>",
    ),
    // members: one renamed, two swapped, one with a payload, another kind of type
    (
        "connector.wit",
        "enum rate-scope { conversation, channel }",
        "enum rate-scope { conversation, account }",
    ),
    (
        "http.wit",
        "        username: string,\n        password: string,",
        "        password: u8,\n        username: string,",
    ),
    ("response.wit", "        closed,", "        closed(string),"),
    (
        "secrets.wit",
        "enum digest { sha1, sha256, sha384, sha512 }",
        "flags digest { sha1, sha256, sha384, sha512 }",
    ),
];

#[test]
fn types_of_every_kind() {
    let wit = CHANGES
        .iter()
        .fold(Wit::of_the_contract(), |wit, (file, old, new)| {
            wit.with(file, old, new)
        });
    insta::assert_snapshot!(wit.report(), @"
    `connector.routes`: result: expected `result<list<route>, string>`, found `string`
      hint: take `routes` as the interface `connector` of switchboard:channel@0.1.0 declares it
    `connector.send`: parameter `to`: expected `record address`, found `string`
      hint: take `record address` as the interface `connector` of switchboard:channel@0.1.0 declares it
    `connector.send`: the parameter `attempt: attempt` is missing
      hint: take `send` as the interface `connector` of switchboard:channel@0.1.0 declares it
    `connector.send`: result, error, case `rate-limited`, field `scope`: `rate-scope` lacks the case `channel`
    `connector.send`: result, error, case `rate-limited`, field `scope`: `rate-scope` has the case `account`, unknown to the contract
      hint: take `enum rate-scope` as the interface `connector` of switchboard:channel@0.1.0 declares it
    `http.fetch`: parameter `request`, field `basic-auth`, field `password`: expected `string`, found `u8`
    `http.fetch`: parameter `request`, field `basic-auth`: the fields of `basic-auth` are in another order: `password` stands in the place of `username`
      hint: take `record basic-auth` as the interface `http` of switchboard:channel@0.1.0 declares it
    `log.write`: parameter `fields`: expected `list<tuple<string, string>>`, found `list<tuple<string, u32>>`
    `log.write`: the parameter `line: u32` is not in the contract
      hint: take `write` as the interface `log` of switchboard:channel@0.1.0 declares it
    `response.begin`: result, error, case `closed`: expected nothing, found `string` (the same in `response.write`)
      hint: take `variant response-error` as the interface `response` of switchboard:channel@0.1.0 declares it
    `secrets.hmac`: parameter `digest`: expected `enum digest`, found `flags { sha1, sha256, sha384, sha512 }` (the same in `secrets.verify-hmac`)
      hint: take `enum digest` as the interface `secrets` of switchboard:channel@0.1.0 declares it
    `settings.get`: result: expected `string`, found nothing
      hint: take `get` as the interface `settings` of switchboard:channel@0.1.0 declares it
    `state.delete`: result, ok: expected nothing, found `bool`
      hint: take `delete` as the interface `state` of switchboard:channel@0.1.0 declares it
    `state.delete`: result, error: expected `variant state-error`, found nothing
      hint: take `variant state-error` as the interface `state` of switchboard:channel@0.1.0 declares it
    ");
}

#[test]
fn each_change_of_a_type_is_one_that_wasmtime_refuses() {
    for (file, old, new) in CHANGES {
        let wit = Wit::of_the_contract().with(file, old, new);
        assert_ne!(wit.report(), "", "{new}");
    }
}

#[test]
fn a_resource_is_known_by_its_name() {
    let wit = Wit::of_the_contract()
        .with("bot.wit", "resource reply {", "resource answer {")
        .with(
            "bot.wit",
            "result<reply, bot-error>",
            "result<answer, bot-error>",
        );
    insta::assert_snapshot!(wit.report(), @"
    `bot.ask-stream`: result, ok: expected `reply`, found `answer`
      hint: take `ask-stream` as the interface `bot` of switchboard:channel@0.1.0 declares it
    imports the resource `bot.answer`, which this server does not have
    imports the function `bot.answer.next`, which this server does not have
      hint: build the component against the unchanged WIT of switchboard:channel@0.1.0
    ");
}

#[test]
fn imports_beyond_the_contract() {
    let wit = Wit::of_the_contract()
        .with(
            "world.wit",
            "import bot;",
            "import bot;\n    import telemetry;\n    import now: func() -> u64;",
        )
        .with(
            "world.wit",
            "/// A channel connector.",
            "interface telemetry { count: func(); }",
        )
        .with(
            "state.wit",
            "delete: func(",
            "clear: func();\n    delete: func(",
        )
        .using(
            "package acme:sql@1.2.3; interface query { run: func(); }",
            "import acme:sql/query@1.2.3;",
        );
    insta::assert_snapshot!(wit.report(), @"
    imports `acme:sql/query@1.2.3`, which this server does not have
    imports the function `now`, which this server does not have
      hint: use only what switchboard:channel@0.1.0 offers and the basics of WASI 0.2, or compose the component with one that provides the rest (`wac plug`)
    imports `switchboard:channel/telemetry@0.1.0`, an interface that this server does not have
    imports the function `state.clear`, which this server does not have
      hint: build the component against the unchanged WIT of switchboard:channel@0.1.0
    ");
}

#[test]
fn imports_of_a_newer_patch_version() {
    let wit = Wit::of_the_contract()
        .in_version("switchboard:channel@0.1.7")
        .with(
            "state.wit",
            "delete: func(",
            "clear: func();\n    delete: func(",
        );
    insta::assert_snapshot!(wit.report(), @"
    imports the function `state.clear`, which this server does not have
      hint: update the server to one that speaks switchboard:channel@0.1.7, or build against switchboard:channel@0.1.0
    ");
}

#[test]
fn wasi_that_is_not_linked() {
    let wit = Wit::of_the_contract()
        .using(
            "package wasi:http@0.2.10; interface outgoing-handler { handle: func(); }",
            "import wasi:http/outgoing-handler@0.2.10;",
        )
        .using(
            "package wasi:sockets@0.2.9; interface tcp { connect: func(); } interface udp { bind: func(); }",
            "import wasi:sockets/tcp@0.2.9;\n    import wasi:sockets/udp@0.2.9;",
        )
        .using(
            "package wasi:random@0.3.0; interface random { get-random-u64: func() -> u64; }",
            "import wasi:random/random@0.3.0;",
        )
        .using("package wasi:nn@0.2.0; interface tensor { load: func(); }", "import wasi:nn/tensor@0.2.0;");
    insta::assert_snapshot!(wit.report(), @"
    imports `wasi:nn/tensor@0.2.0`, which this server does not have
      hint: use only what switchboard:channel@0.1.0 offers and the basics of WASI 0.2, or compose the component with one that provides the rest (`wac plug`)
    imports `wasi:random/random@0.3.0`; this server links WASI 0.2
      hint: build the component for WASI 0.2: in Rust with `--target wasm32-wasip2`
    imports `wasi:sockets/tcp@0.2.9`, which connectors do not get
    imports `wasi:sockets/udp@0.2.9`, which connectors do not get
      hint: call the platform through the import `http` of the contract; componentize-py leaves wasi:sockets out with `--stub-wasi`
    imports `wasi:http/outgoing-handler@0.2.10`, which connectors do not get
      hint: call the platform through the import `http` of the contract; componentize-js leaves wasi:http out with `--disable http fetch-event`
    ");
}

#[test]
fn wasi_that_is_linked() {
    let imports = LINKED_WASI.map(|name| format!("import {};", name.replace("@0.2.0", "@0.2.6")));
    let wit = dummy::WASI
        .iter()
        .fold(Wit::of_the_contract(), |wit, package| {
            wit.using(package, "")
        });
    let wit = wit.with(
        "world.wit",
        "import bot;",
        &format!("import bot;\n{}", imports.join("\n")),
    );
    insta::assert_snapshot!(wit.report(), @"");
}
