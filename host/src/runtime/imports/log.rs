//! `log`: a connector's lines in the operator's log, bounded.

use crate::bindings::switchboard::channel::log::{Host, Level};
use crate::runtime::state::State;

/// The longest message, bytes.
const MAX_MESSAGE: usize = 4 << 10;
/// Fields of a line.
const MAX_FIELDS: usize = 32;
/// The longest field, name and value, bytes.
const MAX_FIELD: usize = 1 << 10;

impl Host for State {
    fn write(
        &mut self,
        level: Level,
        message: String,
        fields: Vec<(String, String)>,
    ) -> wasmtime::Result<()> {
        self.call.log_lines = self.call.log_lines.saturating_add(1);
        if self.call.log_lines > self.context.limits.log_lines {
            return Ok(());
        }
        let mut text = cut(&message, MAX_MESSAGE).to_owned();
        for (name, value) in fields.iter().take(MAX_FIELDS) {
            text.push(' ');
            text.push_str(cut(&format!("{name}={value:?}"), MAX_FIELD));
        }
        // A line is a line: what could start a second one is made visible.
        let text: String = text
            .chars()
            .flat_map(|c| {
                let escaped = if c.is_control() {
                    Some(c.escape_default())
                } else {
                    None
                };
                let plain = if c.is_control() { None } else { Some(c) };
                escaped.into_iter().flatten().chain(plain)
            })
            .collect();
        self.watch(text.as_bytes());
        let text = self.context.redactor.text(&text);
        let channel = &*self.context.label;
        match level {
            Level::Debug => tracing::debug!(channel, "connector: {text}"),
            Level::Info => tracing::info!(channel, "connector: {text}"),
            Level::Warn => tracing::warn!(channel, "connector: {text}"),
            Level::Error => tracing::error!(channel, "connector: {text}"),
        }
        Ok(())
    }
}

impl State {
    /// Says how many of the call's lines were dropped.
    pub(crate) fn report_dropped_lines(&self) {
        let most = self.context.limits.log_lines;
        let dropped = self.call.log_lines.saturating_sub(most);
        if dropped > 0 {
            tracing::warn!(
                channel = &*self.context.label,
                dropped,
                "the connector wrote more than {most} log lines in one call; hint: `limits.log_lines` of the channel raises it"
            );
        }
    }
}

fn cut(text: &str, max: usize) -> &str {
    &text[..text.floor_char_boundary(max)]
}
