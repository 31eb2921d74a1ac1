//! What a stack is: plain values. No I/O, no clap, no TOML, no YAML.

mod assumption;
pub mod boolean;
mod cpu;
mod duration;
pub mod env_grammar;
mod host_ip;
mod mask;
mod memory;
pub mod name;
mod node;
mod path_base;
mod port;
pub mod replacement;
mod service;
pub mod shell_words;
mod stack;
mod subnet;
pub mod texts;
mod value;
pub mod variable;
mod variable_texts;

pub use assumption::{Assumption, Origin};
pub use cpu::Cpus;
pub use duration::Duration;
pub use host_ip::HostIp;
pub use mask::Mask;
pub use memory::Bytes;
pub use node::Node;
pub use path_base::PathBase;
pub use port::{Port, PortError, PortLabels, PortRange, PortText, Protocol};
pub use service::{
    Build, Command, Condition, Dependency, EnvFile, EnvFileSource, Grant, Healthcheck, Logging, Mount,
    MountKind, PROPAGATION, Resources, Service, SideFile, Swap, Written,
};
pub use stack::{
    Budget, Config, ConfigSource, Declared, Overlay, Profile, Resource, Secret, SecretSource, Stack,
    UnknownKey, secret_path,
};
pub use stackctl_traffic::plan as traffic;
pub use subnet::Subnet;
pub use value::{Map, Value, merge};
pub use variable_texts::VariableTexts;
