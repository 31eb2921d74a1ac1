//! The one integration binary. What needs an engine, a browser or the Compose CLI is ignored with its reason and run in CI
//! with `--include-ignored`.

mod allowable;
mod any_input;
mod architecture;
mod bad_input;
mod binds;
mod bounds;
mod compose_file;
mod compose_keys;
mod compose_loader;
mod compose_oracle;
mod compose_values;
mod compose_words;
mod dashboard;
mod default_profiles;
mod diagnostics;
#[cfg(unix)]
mod dockerd;
mod doctor;
mod engine_faults;
mod engine_oracle;
mod env_values;
mod excludes;
#[cfg(unix)]
mod faults;
mod findings;
mod fix;
mod follow;
mod given;
mod guide;
mod help;
#[cfg(unix)]
mod hostile_files;
mod ignore_file;
mod import;
mod last_line;
#[cfg(target_os = "linux")]
mod limits;
mod locks;
mod measured;
mod no_budget;
#[cfg(target_os = "linux")]
mod output;
mod paths;
mod picture;
mod plan;
mod ports;
#[cfg(unix)]
mod proxy;
#[cfg(unix)]
mod pull;
mod readme;
mod recording;
mod reference;
mod render;
mod render_write;
mod running;
mod sample;
#[cfg(target_os = "linux")]
mod series;
mod shells;
mod shop;
mod small;
#[cfg(unix)]
mod ssh;
mod stacks;
mod status;
mod support;
mod swarm;
#[cfg(target_os = "linux")]
mod swarm_nodes;
mod systems;
mod terminal;
#[cfg(unix)]
mod tls;
mod top;
mod traffic;
#[cfg(unix)]
mod untrusted;
mod up;
mod verbs;
mod words;
