//! The log: text on a terminal, JSON lines elsewhere, always to standard error.

use std::io::IsTerminal;

use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::fmt;
use tracing_subscriber::prelude::*;

use crate::config::{LogFormat, LogOptions};

/// How many lines may wait for a slow reader of standard error. When it is full further lines are
/// dropped: a full pipe must never stop the engine.
const BUFFERED_LINES: usize = 16_384;

/// Writes what is still buffered when dropped.
#[must_use = "without it, the last lines are lost"]
pub struct LogGuard(#[expect(dead_code, reason = "held for its drop")] WorkerGuard);

/// Starts logging for the whole process, panics included.
///
/// # Errors
/// When it was started before.
pub fn init(options: &LogOptions) -> anyhow::Result<LogGuard> {
    let (writer, guard) = NonBlockingBuilder::default()
        .lossy(true)
        .buffered_lines_limit(BUFFERED_LINES)
        .thread_name("log-writer")
        .finish(std::io::stderr());
    let terminal = std::io::stderr().is_terminal();
    let json = match options.log_format {
        LogFormat::Auto => !terminal,
        LogFormat::Text => false,
        LogFormat::Json => true,
    };
    let filter = options.log.to_filter();
    let lines = fmt::layer().with_writer(writer);
    let registry = tracing_subscriber::registry().with(filter);
    if json {
        let lines = lines.json().flatten_event(true).with_current_span(false).with_span_list(false);
        registry.with(lines).try_init()?;
    } else {
        registry.with(lines.with_target(false).with_ansi(terminal)).try_init()?;
    }
    std::panic::set_hook(Box::new(|panic| {
        let thread = std::thread::current();
        tracing::error!(thread = thread.name().unwrap_or("unnamed"), %panic, "panicked");
    }));
    Ok(LogGuard(guard))
}
