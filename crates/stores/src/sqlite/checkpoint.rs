//! Copying the log into the database, beside the commits rather than between them.
//!
//! Left to itself SQLite copies the log within the commit that makes it too long, and a few
//! milliseconds long nobody is answered. Here a thread copies it meanwhile, and when it is done,
//! the writer copies what came since, a small part, so that its next commit begins the log anew.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use rusqlite::Connection;
use rusqlite::hooks::Wal;

/// How many pages the log may have before they are copied: 16 MiB. Copying rarely lets pages that
/// change in every batch be copied once.
pub(super) const COPY_AFTER_PAGES: u32 = 8_192;

/// The thread that copies. It ends with this value.
pub(super) struct Copier {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    /// Asks the thread; `None` once it is to end.
    ask: Mutex<Option<SyncSender<()>>>,
    copying: AtomicBool,
}

impl Copier {
    /// Starts the thread, which copies on `connection`, one of its own to the same file.
    pub(super) fn start(connection: Connection) -> io::Result<Self> {
        let (ask, asked) = sync_channel(1);
        let shared = Arc::new(Shared::new(ask));
        let of_thread = shared.clone();
        let thread = std::thread::Builder::new()
            .name("checkpoint".into())
            .spawn(move || copy_when_asked(&connection, &asked, &of_thread.copying))?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// Has the log of `writer` copied whenever its commits have made it long.
    pub(super) fn follow(&self, writer: &mut Connection) -> rusqlite::Result<()> {
        let mut follower = Follower { copier: self.shared.clone(), next: Next::Copy(0) };
        writer.wal_hook(Some(move |log: &mut Wal, pages| {
            follower.committed(u32::try_from(pages).unwrap_or(0), || log.checkpoint());
            Ok(())
        }))
    }
}

impl Drop for Copier {
    fn drop(&mut self) {
        *self.shared.ask.lock().unwrap_or_else(PoisonError::into_inner) = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join(); // it may have panicked, and nothing depends on it any more
        }
    }
}

impl Shared {
    fn new(ask: SyncSender<()>) -> Self {
        Self { ask: Mutex::new(Some(ask)), copying: AtomicBool::new(false) }
    }

    /// Has the thread copy, if it is there and idle.
    fn ask(&self) -> bool {
        self.copying.store(true, Ordering::Release);
        let ask = self.ask.lock().unwrap_or_else(PoisonError::into_inner);
        let asked = ask.as_ref().is_some_and(|ask| ask.try_send(()).is_ok());
        if !asked {
            self.copying.store(false, Ordering::Release);
        }
        asked
    }
}

fn copy_when_asked(connection: &Connection, asked: &Receiver<()>, copying: &AtomicBool) {
    while asked.recv().is_ok() {
        let _idle = IdleOnDrop(copying);
        // Passive: it waits for nobody, and nobody for it.
        if let Err(error) = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())) {
            could_not(&error);
        }
    }
}

/// Says that nothing is being copied any more, even after a panic.
struct IdleOnDrop<'a>(&'a AtomicBool);

impl Drop for IdleOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

fn could_not(error: &rusqlite::Error) {
    tracing::warn!(%error, "the log could not be copied into the database; it grows meanwhile");
}

/// What the writer does about its log after each commit.
struct Follower {
    copier: Arc<Shared>,
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
            // Without the thread all of it is the rest.
            Next::Copy(last) if pages - last >= COPY_AFTER_PAGES => {
                self.next = Next::CopyTheRest;
                if !self.copier.ask() {
                    self.copy_the_rest(pages, copy);
                }
            }
            Next::CopyTheRest if !self.copier.copying.load(Ordering::Acquire) => {
                self.copy_the_rest(pages, copy);
            }
            Next::Copy(_) | Next::CopyTheRest => {}
        }
    }

    fn copy_the_rest(&mut self, pages: u32, copy: impl FnOnce() -> rusqlite::Result<()>) {
        if let Err(error) = copy() {
            could_not(&error);
        }
        // Who still reads from the log keeps it from beginning anew: it is let be a while.
        self.next = Next::Copy(pages);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_log_is_copied_by_the_thread_and_then_the_rest_by_the_writer() {
        let (ask, asked) = sync_channel(1);
        let copier = Arc::new(Shared::new(ask));
        let mut follower = Follower { copier: copier.clone(), next: Next::Copy(0) };
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
        copier.copying.store(false, Ordering::Release);
        assert_eq!(commit(COPY_AFTER_PAGES + 9), copies);
        assert_eq!(commit(COPY_AFTER_PAGES + 12), nothing, "a reader kept it from beginning anew");
        assert_eq!(commit(2 * COPY_AFTER_PAGES + 9), asks);
        copier.copying.store(false, Ordering::Release);
        assert_eq!(commit(2 * COPY_AFTER_PAGES + 20), copies);
        assert_eq!(commit(7), nothing, "it has begun anew");
        assert_eq!(commit(COPY_AFTER_PAGES), asks);
        copier.copying.store(false, Ordering::Release);
        assert_eq!(commit(COPY_AFTER_PAGES + 1), copies);
        *copier.ask.lock().unwrap() = None;
        assert_eq!(commit(2 * COPY_AFTER_PAGES + 1), copies, "nobody is there to do it");
    }
}
