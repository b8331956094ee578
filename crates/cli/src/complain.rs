//! What goes wrong, said on standard error.

use std::fmt::Display;
use std::io::Write;

/// A line on standard error. Where that cannot be written, the exit code says what there is to say.
pub fn complain(problem: impl Display) {
    let _ = writeln!(anstream::stderr(), "{problem}");
}
