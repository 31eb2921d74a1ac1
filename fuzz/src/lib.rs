//! What the targets for HTTP answers share.

use stackctl_traffic::http::{Decoder, Progress};

/// What decoding an answer came to.
#[derive(Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is complete: its status, how many bytes belonged to it, and its body.
    Complete { status: u16, used: usize, body: Vec<u8> },
    /// The bytes ended before the answer did.
    Incomplete,
    /// It is not HTTP, or too large.
    Refused,
}

/// Decode `bytes` as one answer, fed `piece` bytes at a time.
pub fn decode(bytes: &[u8], piece: usize, head_request: bool) -> Answer {
    let mut decoder = Decoder::new();
    decoder.reset(head_request, head_request);
    let (mut used, mut body) = (0, Vec::new());
    for part in bytes.chunks(piece) {
        match decoder.feed(part, Some(&mut body)) {
            Ok(Progress::More) => used += part.len(),
            Ok(Progress::Done(taken)) => {
                assert!(taken <= part.len(), "took {taken} of {} bytes", part.len());
                return Answer::Complete { status: decoder.status, used: used + taken, body };
            }
            Err(_) => return Answer::Refused,
        }
    }
    Answer::Incomplete
}
