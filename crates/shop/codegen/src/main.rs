//! Writes `crates/shop/proto/orders.v1.rs` from `crates/shop/proto/orders.proto`, in Rust alone: no protoc. The output is
//! committed, so that a build needs no protobuf compiler; CI runs this and compares.

use std::{error::Error, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    let shop = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let proto = shop.join("proto");
    let files = protox::compile([proto.join("orders.proto")], [&proto])?;
    tonic_prost_build::configure().out_dir(&proto).compile_fds(files)?;
    Ok(())
}
