//! The contract as Rust types, generated from `wit/`.
//!
//! The contract's types are the host's own vocabulary: messages, parts and errors cross the host unchanged, so that
//! there is no second set of the same records to keep in step. This module knows nothing of the rest of the host.
#![expect(missing_docs, reason = "generated code; the documentation is in wit/")]

wasmtime::component::bindgen!({
    path: "../wit",
    world: "channel",
    imports: {
        "switchboard:channel/bot.ask": async | trappable,
        "switchboard:channel/bot.ask-stream": async | trappable,
        "switchboard:channel/bot.[method]reply.next": async | trappable,
        "switchboard:channel/http.fetch": async | trappable,
        "switchboard:channel/response.begin": async | trappable,
        "switchboard:channel/response.write": async | trappable,
        "switchboard:channel/state": async | trappable,
        default: trappable,
    },
    exports: { default: async },
    with: {
        "switchboard:channel/bot.reply": crate::runtime::Reply,
    },
    additional_derives: [PartialEq, serde::Deserialize, serde::Serialize],
});

/// The interface that only some connectors export: a world of its own, since a world has nothing optional.
pub mod managed {
    wasmtime::component::bindgen!({
        path: "../wit",
        inline: "
            package switchboard:host;
            world managed {
                export switchboard:channel/lifecycle@0.1.0;
            }
        ",
        world: "switchboard:host/managed",
        exports: { default: async },
        additional_derives: [PartialEq],
    });

    pub use self::exports::switchboard::channel::lifecycle::LifecycleError;
}

/// The same for clients that speak Socket.IO.
pub mod socket_events {
    wasmtime::component::bindgen!({
        path: "../wit",
        inline: "
            package switchboard:host;
            world sockets {
                export switchboard:channel/socket-events@0.1.0;
            }
        ",
        world: "switchboard:host/sockets",
        exports: { default: async },
        with: {
            "switchboard:channel/types": crate::bindings::types,
        },
        additional_derives: [PartialEq],
    });

    pub use self::exports::switchboard::channel::socket_events::{Handshake, SocketEvent};
}

pub use self::exports::switchboard::channel::connector;
pub use self::switchboard::channel::types;
