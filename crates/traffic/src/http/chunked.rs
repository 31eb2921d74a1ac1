//! The chunked transfer coding (RFC 9112, section 7.1), as bytes come in.

use super::body::BodySink;
use crate::fault::Fault;

/// Bytes of extensions and trailers together, at most.
const MAX_EXTRA: u32 = 16 * 1024;

/// Where in the coding the last byte was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    /// Before the first digit of a size.
    SizeStart,
    Size,
    Extension,
    SizeLf,
    Data,
    DataCr,
    DataLf,
    /// At the start of a trailer line.
    TrailerStart,
    Trailer,
    TrailerLf,
    EndLf,
}

/// A decoder of one body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chunked {
    at: At,
    /// What is left of the chunk, or its size as far as it is read.
    left: u64,
    extra: u32,
}

impl Chunked {
    pub fn new() -> Self {
        Self { at: At::SizeStart, left: 0, extra: 0 }
    }

    /// Read on. Returns how many bytes were read and whether the body is complete.
    ///
    /// # Errors
    /// `Malformed`, or `TooLarge` from the sink.
    pub fn feed(&mut self, data: &[u8], sink: &mut BodySink<'_>) -> Result<(usize, bool), Fault> {
        let mut used = 0;
        while let Some(&byte) = data.get(used) {
            if self.at == At::Data {
                let take = (data.len() - used).min(usize::try_from(self.left).unwrap_or(usize::MAX));
                sink.push(&data[used..used + take])?;
                used += take;
                self.left -= take as u64;
                if self.left == 0 {
                    self.at = At::DataCr;
                }
                continue;
            }
            used += 1;
            self.at = match (self.at, byte) {
                (At::SizeStart | At::Size, b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F') => {
                    let digit = char::from(byte).to_digit(16).unwrap_or_default();
                    let shifted = self.left.checked_mul(16).ok_or(Fault::Malformed)?;
                    self.left = shifted + u64::from(digit);
                    self.count()?;
                    At::Size
                }
                (At::Size | At::Extension, b'\r') => At::SizeLf,
                (At::Size, b';' | b' ' | b'\t') => At::Extension,
                (At::Extension, byte) if byte != b'\n' => {
                    self.count()?;
                    At::Extension
                }
                (At::SizeLf, b'\n') if self.left == 0 => At::TrailerStart,
                (At::SizeLf, b'\n') => {
                    self.extra = 0;
                    At::Data
                }
                (At::DataCr, b'\r') => At::DataLf,
                (At::DataLf, b'\n') => At::SizeStart,
                (At::TrailerStart, b'\r') => At::EndLf,
                (At::Trailer, b'\r') => At::TrailerLf,
                (At::TrailerStart | At::Trailer, byte) if byte != b'\n' => {
                    self.count()?;
                    At::Trailer
                }
                (At::TrailerLf, b'\n') => At::TrailerStart,
                (At::EndLf, b'\n') => return Ok((used, true)),
                _ => return Err(Fault::Malformed),
            };
        }
        Ok((used, false))
    }

    fn count(&mut self) -> Result<(), Fault> {
        self.extra += 1;
        if self.extra > MAX_EXTRA { Err(Fault::Malformed) } else { Ok(()) }
    }
}
