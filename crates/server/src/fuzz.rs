//! What `fuzz/` calls: a function for each of its targets, which takes any bytes and panics where
//! a property does not hold. Compiled for fuzzing and for tests only; not an interface for anyone
//! else.

pub use crate::config::fuzz::config;
pub use crate::http::fuzz::{bodies, cursors, idempotency_keys, requests, signatures};

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    type Target = fn(&[u8]);

    const TARGETS: [(&str, Target); 6] = [
        ("bodies", bodies),
        ("config", config),
        ("cursors", cursors),
        ("idempotency_keys", idempotency_keys),
        ("requests", requests),
        ("signatures", signatures),
    ];

    #[test]
    fn what_fuzzing_has_found_stays_mended() {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
        for (name, target) in TARGETS {
            let mut inputs = 0;
            for file in fs::read_dir(corpus.join(name)).unwrap() {
                let path = file.unwrap().path();
                println!("{}", path.display()); // shown for the one that fails
                target(&fs::read(&path).unwrap());
                inputs += 1;
            }
            assert!(inputs > 0, "{name} has no corpus");
        }
    }
}
