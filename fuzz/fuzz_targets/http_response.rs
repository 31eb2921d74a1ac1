//! Any bytes as an HTTP answer: decoding ends, and gives the same whether they come at once or in pieces.
#![no_main]

use libfuzzer_sys::fuzz_target;
use stackctl_fuzz::decode;

fuzz_target!(|input: (bool, u8, &[u8])| {
    let (head_request, piece, bytes) = input;
    let whole = decode(bytes, bytes.len().max(1), head_request);
    let pieces = decode(bytes, usize::from(piece).max(1), head_request);
    assert_eq!(whole, pieces, "the answer depends on how it is cut");
});
