//! Copying the log into the database, beside the commits rather than between them.
//!
//! Left to itself SQLite copies the log within the commit that makes it too long, and a few
//! milliseconds long nobody is answered. Here a thread copies it meanwhile, and when it is done,
//! the writer copies the little that came since, so that its next commit may begin the log anew.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use rusqlite::Connection;
use rusqlite::hooks::Wal;

/// How many pages the log may have before they are copied: 16 MiB. Copying rarely lets pages that
/// change in every batch be copied once.
pub(super) const COPY_AFTER_PAGES: u32 = 4_096;

/// The thread that copies. It ends with this value.
pub(super) struct Copier {
    ask: Option<SyncSender<()>>,
    copying: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Copier {
    /// Starts the thread, which copies on `connection`, one of its own to the same file.
    pub(super) fn start(connection: Connection) -> io::Result<Self> {
        let (ask, asked) = sync_channel(1);
        let copying = Arc::<AtomicBool>::default();
        let done = copying.clone();
        let thread = std::thread::Builder::new()
            .name("checkpoint".into())
            .spawn(move || copy_when_asked(&connection, &asked, &done))?;
        Ok(Self { ask: Some(ask), copying, thread: Some(thread) })
    }

    /// Has the log of `writer` copied whenever its commits have made it long.
    pub(super) fn follow(&self, writer: &mut Connection) -> rusqlite::Result<()> {
        let Some(ask) = self.ask.clone() else { return Ok(()) };
        let mut follower = Follower { ask, copying: self.copying.clone(), next: Next::Copy(0) };
        writer.wal_hook(Some(move |log: &mut Wal, pages| {
            follower.committed(u32::try_from(pages).unwrap_or(0), || log.checkpoint());
            Ok(())
        }))
    }

    /// Ends the thread. The writer's connection, which has a way to ask it, must be closed before.
    pub(super) fn finish(&mut self) {
        self.ask = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join(); // it may have panicked, and nothing depends on it any more
        }
    }
}

impl Drop for Copier {
    fn drop(&mut self) {
        self.finish();
    }
}

fn copy_when_asked(connection: &Connection, asked: &Receiver<()>, copying: &AtomicBool) {
    while asked.recv().is_ok() {
        // Passive: it waits for nobody, and nobody for it.
        if let Err(error) = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())) {
            could_not(&error);
        }
        copying.store(false, Ordering::Release);
    }
}

fn could_not(error: &rusqlite::Error) {
    tracing::warn!(%error, "the log could not be copied into the database; it grows meanwhile");
}

/// What the writer does about its log after each commit.
struct Follower {
    ask: SyncSender<()>,
    copying: Arc<AtomicBool>,
    next: Next,
}

#[derive(Clone, Copy)]
enum Next {
    /// Have the log copied once it is longer by [`COPY_AFTER_PAGES`] than this.
    Copy(u32),
    /// Copy the rest once the thread has copied the most.
    CopyTheRest,
}

impl Follower {
    fn committed(&mut self, pages: u32, copy: impl FnOnce() -> rusqlite::Result<()>) {
        match self.next {
            // It has begun anew.
            Next::Copy(last) if pages < last => self.next = Next::Copy(0),
            Next::Copy(last) if pages - last >= COPY_AFTER_PAGES => {
                self.copying.store(true, Ordering::Release);
                if self.ask.try_send(()).is_ok() {
                    self.next = Next::CopyTheRest;
                }
            }
            Next::CopyTheRest if !self.copying.load(Ordering::Acquire) => {
                if let Err(error) = copy() {
                    could_not(&error);
                }
                // Who still reads from the log keeps it from beginning anew: it is let be a while.
                self.next = Next::Copy(pages);
            }
            Next::Copy(_) | Next::CopyTheRest => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_log_is_copied_by_the_thread_and_then_the_rest_by_the_writer() {
        let (ask, asked) = sync_channel(1);
        let copying = Arc::<AtomicBool>::default();
        let mut follower = Follower { ask, copying: copying.clone(), next: Next::Copy(0) };
        let mut commit = |pages| {
            let mut rest = false;
            follower.committed(pages, || {
                rest = true;
                Ok(())
            });
            (asked.try_recv().is_ok(), rest)
        };
        let (nothing, asks, copies) = ((false, false), (true, false), (false, true));
        assert_eq!(commit(COPY_AFTER_PAGES - 1), nothing);
        assert_eq!(commit(COPY_AFTER_PAGES), asks);
        assert_eq!(commit(COPY_AFTER_PAGES + 5), nothing, "the thread is at it");
        copying.store(false, Ordering::Release);
        assert_eq!(commit(COPY_AFTER_PAGES + 9), copies);
        assert_eq!(commit(COPY_AFTER_PAGES + 12), nothing, "a reader kept it from beginning anew");
        assert_eq!(commit(2 * COPY_AFTER_PAGES + 9), asks);
        copying.store(false, Ordering::Release);
        assert_eq!(commit(2 * COPY_AFTER_PAGES + 20), copies);
        assert_eq!(commit(7), nothing, "it has begun anew");
        assert_eq!(commit(COPY_AFTER_PAGES), asks);
    }
}
