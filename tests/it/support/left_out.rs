//! Where the tests of one `cargo test` record what they left out, for `tests/left_out.rs` to tell.

use std::path::{Path, PathBuf};

/// The record: of the `cargo` that runs the tests, so that none is another run's.
pub(crate) fn record() -> PathBuf {
    let run = std::os::unix::process::parent_id();
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("left-out-{run}"))
}
