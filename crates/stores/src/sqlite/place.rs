//! Where a file is: whether its path still leads to the file that is open.

use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;

/// The path of an open file, and which file that was. One that is removed can still be written and
/// synced, and nobody will ever read it again.
#[derive(Debug)]
pub(super) struct Place {
    path: PathBuf,
    device: u64,
    inode: u64,
}

/// The path leads to that file no more.
#[derive(Debug, thiserror::Error)]
pub(super) enum Gone {
    #[error("{} was removed or moved away while this server was using it", .0.display())]
    Removed(PathBuf),
    #[error("{} was replaced by another file while this server was using it", .0.display())]
    Replaced(PathBuf),
    #[error("{} cannot be found any more: {source}", .path.display())]
    Io { path: PathBuf, source: io::Error },
}

impl Place {
    /// Of the file that is at `path` now.
    pub(super) fn of(path: PathBuf) -> io::Result<Self> {
        let found = fs::metadata(&path)?;
        Ok(Self { path, device: found.dev(), inode: found.ino() })
    }

    /// Whether it is still there.
    pub(super) fn check(&self) -> Result<(), Gone> {
        match fs::metadata(&self.path) {
            Ok(found) if (found.dev(), found.ino()) == (self.device, self.inode) => Ok(()),
            Ok(_) => Err(Gone::Replaced(self.path.clone())),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                Err(Gone::Removed(self.path.clone()))
            }
            Err(source) => Err(Gone::Io { path: self.path.clone(), source }),
        }
    }
}
