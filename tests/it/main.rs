//! The one integration binary. What needs an engine, a browser or the Compose CLI is ignored with its reason and run in CI
//! with `--include-ignored`.

mod architecture;
mod diagnostics;
mod render;
mod shop;
mod render_write;
