//! What rustls reads and writes: the transport below TLS.

use std::io::{Read, Result, Write};

use ureq::unversioned::transport::{NextTimeout, Transport};

/// The transport below TLS. It keeps its deadlines itself.
#[derive(Debug)]
pub(super) struct Ciphertext {
    transport: Box<dyn Transport>,
    record: Record,
}

impl Ciphertext {
    pub(super) fn over(transport: Box<dyn Transport>) -> Self {
        Self {
            transport,
            record: Record::default(),
        }
    }

    /// Whether nothing waits to be decrypted, neither here nor in part in rustls, and the transport
    /// is open.
    pub(super) fn is_open(&mut self) -> bool {
        self.record.is_between()
            && self.transport.buffers().input().is_empty()
            && self.transport.is_open()
    }
}

impl Read for Ciphertext {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        self.transport
            .maybe_await_input(NextTimeout::default())
            .map_err(ureq::Error::into_io)?;
        let input = self.transport.buffers();
        let bytes = buffer.len().min(input.input().len());
        buffer[..bytes].copy_from_slice(&input.input()[..bytes]);
        input.input_consume(bytes);
        self.record.pass(&buffer[..bytes]);
        Ok(bytes)
    }
}

impl Write for Ciphertext {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        let output = self.transport.buffers().output();
        let count = bytes.len().min(output.len());
        output[..count].copy_from_slice(&bytes[..count]);
        self.transport
            .transmit_output(count, NextTimeout::default())
            .map_err(ureq::Error::into_io)?;
        Ok(count)
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}

/// Where the bytes that rustls took stand in a TLS record: a head of five bytes, the last two of
/// which are the length of what follows (RFC 8446, section 5.1). rustls itself does not tell
/// whether it holds a part of one.
#[derive(Debug, Default)]
struct Record {
    /// Bytes of the head so far.
    head: u8,
    /// What is known of the length, then what is missing of the body.
    left: usize,
}

impl Record {
    fn pass(&mut self, mut bytes: &[u8]) {
        while let [first, rest @ ..] = bytes {
            match self.head {
                5 => {
                    let part = self.left.min(bytes.len());
                    self.left -= part;
                    bytes = &bytes[part..];
                }
                seen => {
                    self.left = match seen {
                        3 | 4 => self.left << 8 | usize::from(*first),
                        _ => 0,
                    };
                    self.head += 1;
                    bytes = rest;
                }
            }
            if self.head == 5 && self.left == 0 {
                self.head = 0;
            }
        }
    }

    fn is_between(&self) -> bool {
        self.head == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_record_is_known_however_it_arrives() {
        let mut records = Vec::new();
        for length in [1_usize, 0, 300, 16_384] {
            records.extend_from_slice(&[23, 3, 3, (length >> 8) as u8, length as u8]);
            records.extend(std::iter::repeat_n(23, length));
        }
        let ends = [6, 11, 316, 16_705];
        for step in [1, 2, 3, 7, 4096, records.len()] {
            let mut record = Record::default();
            let mut passed = 0;
            for part in records.chunks(step) {
                record.pass(part);
                passed += part.len();
                assert_eq!(
                    record.is_between(),
                    ends.contains(&passed),
                    "{step} {passed}"
                );
            }
        }
    }
}
