//! The body of an answer: counted, and kept where a capture needs it.

use crate::fault::Fault;

/// Bytes of a body that are read before the connection is closed instead: 64 MiB.
pub const MAX_BODY: u64 = 64 * 1024 * 1024;

/// Bytes of a body that are kept for captures: 64 KiB.
pub const MAX_BODY_KEPT: usize = 64 * 1024;

/// Bytes of a body that are kept of an answer that may be a failure.
pub const MAX_SAMPLE: usize = 200;

/// Where a body goes: counted, and kept up to [`MAX_BODY_KEPT`] where a capture needs it.
pub struct BodySink<'a> {
    pub seen: &'a mut u64,
    pub kept: Option<&'a mut Vec<u8>>,
    /// How the body begins, up to [`MAX_SAMPLE`].
    pub sample: Option<&'a mut Vec<u8>>,
}

impl BodySink<'_> {
    pub(super) fn push(&mut self, data: &[u8]) -> Result<(), Fault> {
        *self.seen += data.len() as u64;
        if *self.seen > MAX_BODY {
            return Err(Fault::TooLarge);
        }
        if let Some(kept) = &mut self.kept {
            let room = MAX_BODY_KEPT - kept.len().min(MAX_BODY_KEPT);
            kept.extend_from_slice(&data[..data.len().min(room)]);
        }
        if let Some(sample) = &mut self.sample {
            let room = MAX_SAMPLE - sample.len().min(MAX_SAMPLE);
            sample.extend_from_slice(&data[..data.len().min(room)]);
        }
        Ok(())
    }
}
