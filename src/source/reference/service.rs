//! `[services.NAME]` and `[defaults]`: the keys that a decoder reads.

use super::{
    compose::REST,
    form::{
        Form::{self, Either, Flag, List, Map, Name, Of, Profiles, Swap, Whole},
        Naming, Table,
    },
    key::{Key, key},
    parts::{
        ATTACHMENT_TABLE, BUILD, DEPENDS_ON, ENV_FILE, FILE, GRANT, HEALTHCHECK_TABLE, LIMITS, LOGGING_TABLE,
        MOUNT, PORT, RESERVATIONS,
    },
    top::{ALLOW, NOTES},
};
use crate::source::shape::Shape::{self, Command, ListOrMap, Text, TextOrList};

const GRANTS: Form = List(&Either(&[Of(Text), Form::Table(&GRANT)]));
const TEXTS: Form = Of(Shape::List);

/// The keys that are decoded into fields of their own, sorted by name.
pub(in crate::source) const KEYS: [Key<Form>; 32] = [
    ALLOW,
    key("build", Either(&[Of(Text), Form::Table(&BUILD)]))
        .says("How its image is built: the folder, or a table")
        .such_as(r#"{ context = "./api", target = "release" }"#),
    key("command", Of(Command))
        .says("What the container runs, instead of the image's own command")
        .such_as(r#"["postgres", "-c", "config_file=/etc/postgresql.conf"]"#),
    key("compose", Form::Passthrough)
        .says("Any other Compose key; one that is not known is passed through as it is")
        .such_as(r#"{ deploy = { endpoint_mode = "dnsrr" } }"#),
    key("configs", GRANTS).says("Configs of `[configs]` that it is given as files").such_as(r#"["motd"]"#),
    key("container_name", Name(Naming::Container))
        .says("The container's name, which then exists once on the engine")
        .such_as(r#""shop-database""#),
    key("depends_on", DEPENDS_ON)
        .says("Services that it waits for: a list, or each with a condition")
        .such_as(r#"{ postgres = "healthy", migrate = "completed" }"#),
    key("entrypoint", Of(Command)).says("The program in front of the command").such_as(r#"["/entrypoint"]"#),
    key(
        "env_file",
        Either(&[Of(Text), Form::Table(&ENV_FILE), List(&Either(&[Of(Text), Form::Table(&ENV_FILE)]))]),
    )
    .says("Files with variables, a `KEY=value` a line")
    .such_as(r#"["api.env", { secret = "api_tokens" }]"#),
    key("environment", Of(ListOrMap))
        .says("Its variables; a number arrives as it is written")
        .such_as(r#"{ LEVEL = "info", WORKERS = 4 }"#),
    key("files", List(&Form::Table(&FILE)))
        .says("Files made of templates/, mounted read-only")
        .such_as(r#"[{ template = "nginx.conf", target = "/etc/nginx/nginx.conf" }]"#),
    key("healthcheck", Form::Table(&HEALTHCHECK_TABLE)).says("How it shows that it works").such_as(
        r#"{ test = ["CMD", "pg_isready"], interval = "10s", start_period = "60s", start_interval = "1s" }"#,
    ),
    key("image", Of(Text))
        .says("Its image; `stackctl` is the local one that holds stackctl itself")
        .such_as(r#""postgres:17-alpine""#),
    key("ipc", Of(Text)).says("Whose shared memory it sees").such_as(r#""shareable""#),
    key("limits", Form::Table(&LIMITS))
        .says("What it may take at most; without memory and CPUs the stack cannot be proved")
        .such_as(r#"{ memory = "512M", cpus = 1.0 }"#),
    key("links", TEXTS)
        .says("Services of the project, as `SERVICE[:ALIAS]`; networks make this needless")
        .such_as(r#"["db:database"]"#),
    key("logging", Form::Table(&LOGGING_TABLE))
        .says("Where its logs go, and when they are rotated")
        .such_as(r#"{ driver = "json-file", max_size = "10m", max_file = 3 }"#),
    key("memswap_limit", Swap)
        .says("Memory and swap together; equal to the memory limit there is no swap, -1 is without end")
        .such_as(r#""512M""#),
    key("network_mode", Of(Text))
        .says("`host`, `none`, or `service:NAME` to share another's network, instead of networks")
        .such_as(r#""service:api""#),
    key("networks", Either(&[TEXTS, Map("NETWORK", &Form::Table(&ATTACHMENT_TABLE))]))
        .says("Networks that it joins: a list, or each with options")
        .such_as(r#"{ back = { aliases = ["db"] } }"#),
    NOTES,
    key("pid", Of(Text))
        .says("Whose processes it sees: `host`, or `service:NAME`")
        .such_as(r#""service:api""#),
    key("ports", List(&PORT))
        .says("Ports that the machine publishes; on 127.0.0.1 where no address is written")
        .such_as(r#"["8080:80", "0.0.0.0:5353:53/udp"]"#),
    key("privileged", Flag).says("Whether it has every right of the machine's root").such_as("false"),
    key("profiles", Profiles)
        .says("Profiles that activate it; without any it is core and always active")
        .such_as(r#"["tracing"]"#),
    key("replicas", Whole(0, u32::MAX as i64))
        .says("How many containers; 1 where it is left out")
        .such_as("2"),
    key("reservations", Form::Table(&RESERVATIONS))
        .says("What it is expected to need; a soft limit of memory, and what Swarm places it by")
        .such_as(r#"{ memory = "256M", cpus = 0.5 }"#),
    key("restart", Of(Text))
        .says("When it is started again: `no`, `always`, `on-failure[:TIMES]`, `unless-stopped`")
        .such_as(r#""unless-stopped""#),
    key("secrets", GRANTS)
        .says("Secrets of `[secrets]` that it finds in /run/secrets")
        .such_as(r#"["database_password"]"#),
    key("tmpfs", Of(TextOrList))
        .says("Folders in memory, with a size that counts as the service's own memory")
        .such_as(r#"["/tmp:size=64m"]"#),
    key("volumes", List(&Either(&[Of(Text), Form::Table(&MOUNT)])))
        .says("Volumes and folders that it mounts, as `[SOURCE:]TARGET[:OPTIONS]` or a table")
        .such_as(r#"["data:/var/lib/postgresql/data", "./conf:/etc/app:ro"]"#),
    key("volumes_from", TEXTS).says("Services whose mounts it has as well").such_as(r#"["db:ro"]"#),
];

/// A service.
pub(super) const SERVICE: Table = Table::of(&KEYS).keeping(&REST);
