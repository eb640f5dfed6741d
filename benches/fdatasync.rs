//! What the disk takes to make one small write durable: the unit in which a hold's latency is
//! measured.
//!
//! It writes blocks one after the other into a file that has been written before, each followed by
//! fdatasync: what a log that is reused in place does, and the fastest that any database can do
//! with one commit at a time. (Appending to a growing file takes about twice as long, because the
//! file's new length must be made durable too.)
//!
//! `fdatasync directory=DIR [writes=2000] [block=4096]`

#[path = "arguments.rs"]
mod arguments;

use std::error::Error;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::time::Instant;

use arguments::Arguments;

/// How long the file is; then it is written again from its start.
const FILE_BYTES: usize = 16 * 1024 * 1024;

#[expect(clippy::print_stdout, reason = "a benchmark tells what it measured")]
#[expect(clippy::disallowed_methods, reason = "durations are what is measured")]
fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::of_process(&["directory", "writes", "block"])?;
    let directory: PathBuf = arguments.get("directory", std::env::temp_dir())?;
    let writes: usize = arguments.get("writes", 2_000)?;
    let block = arguments.get("block", 4_096)?.clamp(1, FILE_BYTES);

    let folder = tempfile::tempdir_in(directory)?;
    let file = File::create_new(folder.path().join("log"))?;
    file.write_all_at(&vec![0x55; FILE_BYTES], 0)?;
    file.sync_all()?;

    let bytes = vec![0xAA; block];
    let mut times_us = Vec::with_capacity(writes);
    let started = Instant::now();
    for write in 0..writes.max(1) {
        let offset = write % (FILE_BYTES / block) * block;
        let before = Instant::now();
        file.write_all_at(&bytes, u64::try_from(offset)?)?;
        file.sync_data()?;
        times_us.push(before.elapsed().as_micros());
    }
    let per_second = times_us.len() as f64 / started.elapsed().as_secs_f64();

    times_us.sort_unstable();
    println!("median_us: {}", times_us[times_us.len() / 2]);
    println!("p99_us: {}", times_us[times_us.len() * 99 / 100]);
    println!("per_second: {per_second:.0}");
    Ok(())
}
