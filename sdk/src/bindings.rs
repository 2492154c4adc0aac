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
