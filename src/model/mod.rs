//! What a stack is: plain values. No I/O, no clap, no TOML, no YAML.
