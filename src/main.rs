//! The command line of Qianglian.

use std::process::ExitCode;

fn main() -> ExitCode {
    qianglian::cli::run()
}
