//! The contract as Rust, generated from `wit/`. Hidden, because it is the generator's shape and not ours: the rest of
//! the crate gives its types names and helpers, and only the expansion of [`export!`](crate::export) reaches in here.

wit_bindgen::generate!({
    path: "../wit",
    world: "channel",
    pub_export_macro: true,
    export_macro_name: "export_component",
    default_bindings_module: "switchboard_sdk::bindings",
    additional_derives: [PartialEq],
});

/// The interface that only some connectors export. A world of its own, so that the others need not have it.
pub mod lifecycle {
    wit_bindgen::generate!({
        path: "../wit",
        inline: "
            package switchboard:sdk;
            world managed {
                export switchboard:channel/lifecycle@0.1.0;
            }
        ",
        world: "switchboard:sdk/managed",
        pub_export_macro: true,
        export_macro_name: "export_lifecycle",
        default_bindings_module: "switchboard_sdk::bindings::lifecycle",
        additional_derives: [PartialEq],
    });
}

/// The same for clients that speak Socket.IO.
pub mod socket_events {
    wit_bindgen::generate!({
        path: "../wit",
        inline: "
            package switchboard:sdk;
            world socket {
                export switchboard:channel/socket-events@0.1.0;
            }
        ",
        world: "switchboard:sdk/socket",
        with: {
            "switchboard:channel/types@0.1.0": crate::bindings::switchboard::channel::types,
        },
        pub_export_macro: true,
        export_macro_name: "export_socket_events",
        default_bindings_module: "switchboard_sdk::bindings::socket_events",
        additional_derives: [PartialEq],
    });
}
