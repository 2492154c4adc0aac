//! `settings`: the channel's settings with placeholders where they are sealed.

use crate::bindings::switchboard::channel::settings::Host;
use crate::runtime::sealed::Placeholders;
use crate::runtime::state::State;

impl Host for State {
    fn get(&mut self) -> wasmtime::Result<String> {
        let (_, settings) = self
            .placeholders
            .get_or_insert_with(|| Placeholders::fill(&self.context.template));
        Ok(settings.clone())
    }
}
