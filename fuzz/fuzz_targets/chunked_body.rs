//! Any bytes as a body in the chunked transfer coding: decoding ends, gives the same whether they come at once or in pieces, and what
//! this target encodes itself is read back.
#![no_main]

use libfuzzer_sys::fuzz_target;
use stackctl_fuzz::{Answer, decode};

const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";

fuzz_target!(|input: (u8, Vec<&[u8]>)| {
    let (piece, parts) = input;
    let piece = usize::from(piece).max(1);

    let mut bytes = HEAD.to_vec();
    bytes.extend(parts.concat());
    assert_eq!(decode(&bytes, bytes.len(), false), decode(&bytes, piece, false), "the body depends on how it is cut");

    let mut encoded = HEAD.to_vec();
    for part in parts.iter().filter(|part| !part.is_empty()) {
        encoded.extend(format!("{:x}\r\n", part.len()).bytes());
        encoded.extend_from_slice(part);
        encoded.extend(b"\r\n");
    }
    encoded.extend(b"0\r\n\r\n");
    assert_eq!(decode(&encoded, piece, false), Answer::Complete { status: 200, used: encoded.len(), body: parts.concat() });
});
