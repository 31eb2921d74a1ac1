# The common commands. `just` lists them.

_list:
  @just --list --unsorted

# The order shop in one process, with traffic: http://127.0.0.1:8089
demo:
  cargo run -- demo

# Everything that needs nothing but Rust.
test:
  cargo test

# Formatting and lints, as CI asks.
lint:
  cargo fmt --all --check
  cargo clippy --all-targets -- -D warnings

# Write generated files: docs, schema, snapshots, the sample's generated/.
update:
  UPDATE=1 cargo test --test it -- diagnostics reference
  cargo run -- render

# One test by name, whatever it needs.
one NAME:
  cargo test --test it {{NAME}} -- --include-ignored

# An engine and the sample's images on this machine (Debian, root).
engine:
  tests/engine/start
  tests/engine/prepare

# Each fuzz target for a minute (cargo-fuzz).
fuzz *ARGS:
  fuzz/run {{ARGS}}

# stackctl beside `docker compose config`.
bench:
  cargo build --release
  python3 benches/compose.py --rounds 5

# Licences, bans, sources and advisories of the dependencies (cargo-deny).
deny:
  cargo deny check

# Everything that CI runs (Debian, root).
ci:
  bash .ci/run
