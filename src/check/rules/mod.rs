//! The rules, one per file, each with its codes and their documentation.

use super::context::Context;
use crate::diag::{Code, Diagnostic};

macro_rules! rules {
    ($($name:ident),* $(,)?) => {
        $(pub(super) mod $name;)*

        /// Every rule, in the order in which they run.
        pub(super) static RULES: &[Rule] = &[$(Rule { codes: $name::CODES, check: $name::check }),*];
    };
}

/// A rule: what it can say, and how it looks.
pub(super) struct Rule {
    /// Its codes.
    pub codes: &'static [&'static Code],
    /// Adds what it finds.
    pub check: fn(&Context<'_>, &mut Vec<Diagnostic>),
}

rules![
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
