//! `[services.NAME]` and `[defaults]`: the keys that a decoder reads.

use super::{
    compose::REST,
    form::{
        Form::{self, Either, Flag, Given, List, Map, Name, Of, Profiles, Swap, Whole, Word},
        Naming, Table,
    },
    key::{self, Key, key},
    parts::{
        ATTACHMENT_TABLE, BUILD, DEPENDS_ON, DEPLOY, ENV_FILE, FILE, GRANT, HEALTHCHECK_TABLE, LIMITS,
        LOGGING_TABLE, MODEL_TABLE, MOUNT, PORT, RESERVATIONS,
    },
    top::{ALLOW, NOTES},
};
use crate::source::shape::Shape::{self, Command, ListOrMap, Text, TextOrList};

const GRANTS: Form = List(&Either(&[Of(Text), Form::Table(&GRANT)]));
const TEXTS: Form = Of(Shape::List);

/// The keys that are decoded into fields of their own, sorted by name.
pub(in crate::source) const KEYS: [Key<Form>; 36] = [
    ALLOW,
    key("build", Either(&[Of(Text), Form::Table(&BUILD)]))
        .says("Build context, or a table with build options")
        .such_as(r#"{ context = "./api", target = "release" }"#),
    key("command", Of(Command))
        .says("Command, replaces the image's CMD")
        .such_as(r#"["postgres", "-c", "config_file=/etc/postgresql.conf"]"#),
    key("compose", Form::Passthrough)
        .says("Other Compose keys; unknown ones are passed through unchanged")
        .such_as("{ newer_key = true }"),
    key("configs", GRANTS).says("Configs of `[configs]` mounted as files").such_as(r#"["motd"]"#),
    key("container_name", Name(Naming::Container))
        .says("Container name; allows only one replica")
        .such_as(r#""shop-database""#),
    key("cpu_period", Given(&Whole(i64::MIN, i64::MAX)))
        .says("Period of the CPU scheduler, in microseconds; 100000 by default")
        .such_as("50_000"),
    key("cpu_quota", Given(&Whole(i64::MIN, i64::MAX)))
        .says("CPU time in each period, in microseconds: `limits.cpus` in another spelling, and read like it")
        .such_as("25_000"),
    key("depends_on", DEPENDS_ON)
        .says("Services that have to start first: a list, or a condition for each")
        .such_as(r#"{ postgres = "healthy", migrate = "completed" }"#),
    key("deploy", Form::Table(&DEPLOY))
        .says("Compose's `deploy` without `resources` and `replicas`: settings of a swarm, most of them")
        .such_as(r#"{ endpoint_mode = "dnsrr" }"#),
    key("entrypoint", Of(Command)).says("Entrypoint, replaces the image's ENTRYPOINT").such_as(r#"["/entrypoint"]"#),
    key(
        "env_file",
        Either(&[Of(Text), Form::Table(&ENV_FILE), List(&Either(&[Of(Text), Form::Table(&ENV_FILE)]))]),
    )
    .says("Files with environment variables, one `KEY=value` per line")
    .such_as(r#"["api.env", { secret = "api_tokens" }]"#),
    key("environment", Of(ListOrMap))
        .says("Environment variables; numbers are passed as written")
        .such_as(r#"{ LEVEL = "info", WORKERS = 4 }"#),
    key("files", List(&Form::Table(&FILE)))
        .says("Files rendered from templates/, mounted read-only")
        .such_as(r#"[{ template = "nginx.conf", target = "/etc/nginx/nginx.conf" }]"#),
    key("healthcheck", Either(&[Form::Table(&HEALTHCHECK_TABLE), Word(&["image"])]))
        .says("Health check; `\"image\"` means that the image brings its own")
        .such_as(
            r#"{ test = ["CMD", "pg_isready"], interval = "10s", start_period = "60s", start_interval = "1s" }"#,
        ),
    key("image", Of(Text))
        .says("Image; `stackctl` is the local image that contains stackctl itself")
        .such_as(r#""postgres:17-alpine""#),
    key("ipc", Of(Text)).says("IPC namespace").such_as(r#""shareable""#),
    key("limits", Form::Table(&LIMITS))
        .says("Resource limits; memory and CPUs are required for the budget proof")
        .such_as(r#"{ memory = "512M", cpus = 1.0 }"#),
    key("links", TEXTS)
        .says("Links to services, as `SERVICE[:ALIAS]`; legacy, use networks")
        .such_as(r#"["db:database"]"#),
    key("logging", Form::Table(&LOGGING_TABLE))
        .says("Log driver and rotation")
        .such_as(r#"{ driver = "json-file", max_size = "10m", max_file = 3 }"#),
    key("memswap_limit", Given(&Swap))
        .says("Memory plus swap; equal to the memory limit disables swap, -1 is unlimited")
        .such_as(r#""512M""#),
    key("models", Either(&[TEXTS, Map("MODEL", &Form::Table(&MODEL_TABLE))]))
        .says("Models of `[models]` that it uses: a list, or options for each")
        .such_as(r#"{ small = { endpoint_var = "AI_URL" } }"#),
    key("network_mode", Of(Text))
        .says("Network mode instead of networks: `host`, `none`, or `service:NAME` to share another service's network")
        .such_as(r#""service:api""#),
    key("networks", Either(&[TEXTS, Map("NETWORK", &Form::Table(&ATTACHMENT_TABLE))]))
        .says("Networks to join: a list, or options for each")
        .such_as(r#"{ back = { aliases = ["db"] } }"#),
    NOTES,
    key("pid", Of(Text))
        .says("PID namespace: `host`, or `service:NAME`")
        .such_as(r#""service:api""#),
    key("ports", List(&PORT))
        .says("Published ports; on 127.0.0.1 without an address")
        .such_as(r#"["8080:80", "0.0.0.0:5353:53/udp"]"#),
    key("privileged", Given(&Flag)).says("Whether the container runs privileged").such_as("false"),
    key("profiles", Profiles)
        .says("Profiles that activate it; a service without profiles is core and always active")
        .such_as(r#"["tracing"]"#),
    key("replicas", Given(&Whole(0, u32::MAX as i64)))
        .says("Number of containers; 1 by default")
        .such_as("2"),
    key("reservations", Form::Table(&RESERVATIONS))
        .says("Resource reservations: a soft memory limit, and what Swarm schedules by")
        .such_as(r#"{ memory = "256M", cpus = 0.5 }"#),
    key("restart", Of(Text))
        .says("Restart policy: `no`, `always`, `on-failure[:TIMES]` or `unless-stopped`")
        .such_as(r#""unless-stopped""#),
    key("secrets", GRANTS)
        .says("Secrets of `[secrets]` mounted in /run/secrets")
        .such_as(r#"["database_password"]"#),
    key("tmpfs", Of(TextOrList))
        .says("tmpfs mounts; their size counts against the service's memory limit")
        .such_as(r#"["/tmp:size=64m"]"#),
    key("volumes", List(&Either(&[Of(Text), Form::Table(&MOUNT)])))
        .says("Volumes and bind mounts, as `[SOURCE:]TARGET[:OPTIONS]` or a table")
        .such_as(r#"["data:/var/lib/postgresql/data", "./conf:/etc/app:ro"]"#),
    key("volumes_from", TEXTS).says("Services from which all mounts are mounted as well").such_as(r#"["db:ro"]"#),
];

/// A service. Its `compose` is a key of its own.
pub(super) const SERVICE: Table = Table { door: false, ..Table::of(&KEYS).keeping(&REST) };

/// The names of every key of a service.
pub(in crate::source) fn names() -> impl Iterator<Item = &'static str> + Clone {
    key::names(&KEYS).chain(key::names(&REST))
}
