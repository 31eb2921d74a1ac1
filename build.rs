//! Compiles proto/orders.proto, in Rust alone: no protoc.

use std::error::Error;

#[expect(clippy::disallowed_macros, reason = "Cargo reads what a build script prints")]
fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=proto");
    tonic_prost_build::configure().compile_fds(protox::compile(["proto/orders.proto"], ["proto"])?)?;
    Ok(())
}
