//! Scripts of commands, decided in batches: see `crates/domain/tests/domain/script.rs`.
#![no_main]

#[path = "../../crates/domain/tests/domain/invariants.rs"]
mod invariants;
#[allow(dead_code, unused_imports, reason = "the domain's tests say more in it")]
#[path = "../../crates/domain/tests/domain/language/mod.rs"]
mod language;
#[allow(dead_code, reason = "the domain's tests compare more with it")]
#[path = "../../crates/domain/tests/domain/lockstep.rs"]
mod lockstep;
#[path = "../../crates/domain/tests/domain/model/mod.rs"]
mod model;
#[path = "../../crates/domain/tests/domain/rows.rs"]
mod rows;
#[path = "../../crates/domain/tests/domain/script.rs"]
mod script;
#[allow(dead_code, reason = "the domain's tests pause in more ways")]
#[path = "../../crates/domain/tests/domain/shelf.rs"]
mod shelf;

libfuzzer_sys::fuzz_target!(|script: &str| {
    if let Err(wrong) = script::run(script) {
        panic!("{wrong}");
    }
});
