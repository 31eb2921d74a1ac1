//! The rules, one per file, each with its codes and their documentation.

pub(super) mod allow;
mod build;
mod compose_value;
mod container_name;
mod cpu_limit;
mod dependency_cycle;
mod docker_socket;
mod duplicate_item;
mod engine_refuses;
mod excluded_together;
mod expanded_value;
mod file_over_folder;
mod fixed_address;
mod healthcheck;
mod healthy_without_check;
mod ignored_owner;
mod image;
mod inactive_dependency;
mod include_cycle;
mod log_value;
mod logging;
mod memory_minimum;
mod missing_bind_source;
mod missing_file;
mod missing_limit;
mod mount_target;
mod network_mode;
mod never_completes;
mod no_services;
mod no_shell;
mod open_port;
mod overlay_conflict;
mod port_collision;
mod ports_without_network;
mod privileged;
mod replica_ports;
mod reservation_above_limit;
mod resource;
mod restart;
mod secrets_in_context;
mod stackctl_command;
mod subnet;
mod swap_below_limit;
mod swarm_only;
mod template;
mod tmpfs_size;
mod unadopted_one_shot;
mod undefined_resource;
mod undefined_service;
mod unknown_compose_key;
mod unknown_profile;
mod unset_source;
mod unused_profile;
mod variables;

use super::context::Context;
use crate::diag::{Code, Diagnostic};

/// A rule: what it can say, and how it looks.
pub(super) struct Rule {
    /// Its codes.
    pub codes: &'static [&'static Code],
    /// Adds what it finds.
    pub check: fn(&Context<'_>, &mut Vec<Diagnostic>),
}

macro_rules! rules {
    ($($name:ident),* $(,)?) => { &[$(Rule { codes: $name::CODES, check: $name::check }),*] };
}

/// Every rule, in the order in which they run.
pub(super) static RULES: &[Rule] = rules![
    no_services,
    unknown_profile,
    include_cycle,
    excluded_together,
    unused_profile,
    overlay_conflict,
    undefined_service,
    inactive_dependency,
    dependency_cycle,
    healthy_without_check,
    never_completes,
    unadopted_one_shot,
    missing_limit,
    memory_minimum,
    cpu_limit,
    reservation_above_limit,
    swap_below_limit,
    port_collision,
    replica_ports,
    open_port,
    ports_without_network,
    network_mode,
    container_name,
    undefined_resource,
    mount_target,
    missing_file,
    template,
    build,
    image,
    logging,
    restart,
    healthcheck,
    duplicate_item,
    compose_value,
    engine_refuses,
    subnet,
    fixed_address,
    resource,
    log_value,
    secrets_in_context,
    missing_bind_source,
    file_over_folder,
    ignored_owner,
    swarm_only,
    unset_source,
    no_shell,
    tmpfs_size,
    stackctl_command,
    expanded_value,
    unknown_compose_key,
    privileged,
    docker_socket,
    variables,
    allow,
];
