//! What a command writes, and what becomes of it when it cannot be written.

use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

pub use crate::complain::complain;

use crate::exit;

/// Writes a text to standard output as it is, and sees to it that it has gone out. Colours are left
/// out when it is no terminal.
pub fn write(text: &str) -> io::Result<()> {
    let mut out = anstream::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// A line of its own.
pub fn line(text: &str) -> io::Result<()> {
    write(&format!("{text}\n"))
}

/// So many of what has an ordinary plural.
pub fn counted(count: usize, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    }
}

/// How a command ends that would end with `code`, after it wrote. A reader that has left, such as
/// `head`, changes nothing; anything else is an error of its own.
pub fn end(command: &str, code: u8, written: io::Result<()>) -> ExitCode {
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => exit::fail(
            command,
            &format!("cannot write the output: {error}"),
            exit::NOT_WRITTEN,
        ),
        _ => ExitCode::from(code),
    }
}
