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
        let is_wanted = match level {
            Level::Debug => tracing::enabled!(tracing::Level::DEBUG),
            Level::Info => tracing::enabled!(tracing::Level::INFO),
            Level::Warn => tracing::enabled!(tracing::Level::WARN),
            Level::Error => tracing::enabled!(tracing::Level::ERROR),
        };
        let channel = &*self.context.label;
        if !is_wanted
            || self.call.log_lines > self.context.limits.log_lines
            || !self.context.may_log()
        {
            return Ok(());
        }
        let mut text = cut(&message, MAX_MESSAGE).to_owned();
        for (name, value) in fields.iter().take(MAX_FIELDS) {
            text.push(' ');
            text.push_str(cut(&format!("{name}={value:?}"), MAX_FIELD));
        }
        let text = one_line(&text);
        self.note_exposed(text.as_bytes());
        let text = self.context.redactor.text(&text);
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
    /// Passes on what the connector printed in a call that ended well. At level debug, as it may be what users said.
    pub(crate) fn report_output(&self) {
        let output = self.stderr.take();
        if !output.is_empty() && tracing::enabled!(tracing::Level::DEBUG) && self.context.may_log()
        {
            let text = one_line(&output);
            self.note_exposed(text.as_bytes());
            let text = self.context.redactor.text(&text);
            tracing::debug!(channel = &*self.context.label, "connector printed: {text}");
        }
    }

    /// Says how many of the call's lines were dropped.
    pub(crate) fn report_dropped_lines(&self) {
        let most = self.context.limits.log_lines;
        let dropped = self.call.log_lines.saturating_sub(most);
        if dropped > 0 && self.context.may_log() {
            tracing::warn!(
                channel = &*self.context.label,
                dropped,
                "the connector wrote more than {most} log lines in one call; hint: `limits.log_lines` of the channel raises it"
            );
        }
    }
}

/// A line is a line: what could start a second one is made visible.
fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() {
            line.extend(c.escape_default());
        } else {
            line.push(c);
        }
    }
    line
}

fn cut(text: &str, max: usize) -> &str {
    &text[..text.floor_char_boundary(max)]
}
