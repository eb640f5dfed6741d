//! Every connection is an open file, and the usual limit is 1,024 of them.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Open files besides connections: the database with its readers, logs, timers.
const BESIDES: u64 = 128;

/// Raises this process's limit as far as the system allows, and warns where that is too little.
pub(crate) fn allow(connections: usize) {
    let wanted = (connections as u64).saturating_add(BESIDES);
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current.is_none_or(|current| current >= wanted) {
        return;
    }
    let raised = maximum.map_or(wanted, |maximum| maximum.min(wanted));
    let new = Rlimit { current: Some(raised), maximum };
    if let Err(error) = setrlimit(Resource::Nofile, new) {
        tracing::warn!(%error, "the limit of open files could not be raised");
    }
    let allowed = getrlimit(Resource::Nofile).current;
    if let Some(allowed) = allowed.filter(|allowed| *allowed < wanted) {
        tracing::warn!(
            allowed,
            wanted,
            "open files are limited below max_connections; raise the limit (ulimit -n) or lower \
             the option"
        );
    }
}
