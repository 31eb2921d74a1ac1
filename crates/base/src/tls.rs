//! The arithmetic of TLS: rustls over graviola, which is Rust and inline assembly, so that building needs no C compiler or cmake.
//! It covers the processors of the last decade on x86-64 and 64-bit ARM.

use rustls::crypto::CryptoProvider;

/// The arithmetic; `None` on a processor that lacks what it takes.
#[cfg(target_arch = "x86_64")]
pub fn provider() -> Option<CryptoProvider> {
    use std::arch::is_x86_feature_detected as has;
    let can = has!("aes") && has!("pclmulqdq") && has!("bmi1") && has!("adx") && has!("avx") && has!("avx2");
    can.then(rustls_graviola::default_provider)
}

/// The arithmetic; `None` on a processor that lacks what it takes.
#[cfg(target_arch = "aarch64")]
pub fn provider() -> Option<CryptoProvider> {
    use std::arch::is_aarch64_feature_detected as has;
    (has!("aes") && has!("neon") && has!("pmull") && has!("sha2")).then(rustls_graviola::default_provider)
}

/// The arithmetic; `None` on a processor that lacks what it takes.
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
pub fn provider() -> Option<CryptoProvider> {
    None
}
