//! Compose files as text become a tree of the shape of stack.toml.

pub mod node;
