//! The tables below a service's keys.

use super::{
    compose_tables,
    form::{
        Form::{
            self, Condition, Cpus, Either, Flag, Given, List, Map, Of, PortRange, Size, TextOrWhole, Whole,
            Word,
        },
        Needs, Table,
    },
    key::{Key, key},
};
use crate::source::shape::Shape::{self, Duration, Keys, Mode, Scalar, Text};

const MEMORY: Key<Form> =
    key("memory", Given(&Size)).says("Memory, in Docker's units (1024-based)").such_as(r#""512M""#);
const CPUS: Key<Form> =
    key("cpus", Given(&Cpus)).says("CPUs, as a number with at most nine decimals").such_as("0.5");

/// `limits`.
const LIMIT_KEYS: [Key<Form>; 3] = [
    MEMORY,
    CPUS,
    key("pids", Given(&Whole(-1, i64::MAX))).says("Processes and threads; -1 for no limit").such_as("500"),
];
/// `reservations`.
const RESERVATION_KEYS: [Key<Form>; 2] = [MEMORY, CPUS];
/// `limits` as a table.
pub(in crate::source) const LIMITS: Table = Table::of(&LIMIT_KEYS).keeping(&[]);
/// `reservations` as a table.
pub(in crate::source) const RESERVATIONS: Table =
    Table::of(&RESERVATION_KEYS).keeping(&compose_tables::RESERVATION);
/// `limits` and `reservations` of an overlay: Compose appends lists when it merges files, so that devices would add up.
pub(in crate::source) const OVERLAY_LIMITS: Table = Table::of(&LIMIT_KEYS);
/// The same of reservations.
pub(in crate::source) const OVERLAY_RESERVATIONS: Table = Table::of(&RESERVATION_KEYS);

/// `logging`.
const LOGGING: [Key<Form>; 4] = [
    key("driver", Of(Text)).says("Log driver").such_as(r#""json-file""#),
    key("max_size", Given(&Size)).says("Size at which a log file is rotated").such_as(r#""10m""#),
    key("max_file", Given(&Whole(1, u32::MAX as i64))).says("Number of log files that are kept").such_as("3"),
    key("options", Map("OPTION", &Of(Scalar)))
        .says("Other options of the driver")
        .such_as("{ compress = true }"),
];
/// The same as a table.
pub(in crate::source) const LOGGING_TABLE: Table = Table::of(&LOGGING).keeping(&[]);

/// `healthcheck`.
const HEALTHCHECK: [Key<Form>; 7] = [
    key("disable", Given(&Flag)).says("Whether the image's health check is disabled").such_as("true"),
    key("test", Of(Shape::Test))
        .says("Command that is run in the container: a list that starts with `CMD`, `CMD-SHELL` or `NONE`, or a shell command")
        .such_as(r#"["CMD", "pg_isready"]"#),
    key("interval", Of(Duration)).says("Interval between checks").such_as(r#""10s""#),
    key("timeout", Of(Duration)).says("Timeout of a check").such_as(r#""5s""#),
    key("retries", Given(&Whole(0, u32::MAX as i64))).says("Consecutive failures after which the container is unhealthy").such_as("3"),
    key("start_period", Of(Duration)).says("Grace period after the start during which failures do not count").such_as(r#""60s""#),
    key("start_interval", Of(Duration)).says("Interval between checks during `start_period`").such_as(r#""1s""#),
];
/// The same as a table.
pub(in crate::source) const HEALTHCHECK_TABLE: Table = Table::of(&HEALTHCHECK).keeping(&[]);

/// `depends_on`.
pub(super) const DEPENDS_ON: Form =
    Either(&[Of(Shape::List), Map("SERVICE", &Either(&[Condition, Form::Table(&DEPENDENCY_TABLE)]))]);
/// An entry of `depends_on`.
const DEPENDENCY: [Key<Form>; 3] = [
    key("condition", Condition).says("Condition to wait for").such_as(r#""healthy""#),
    key("required", Flag).says("Whether the dependency has to be active").such_as("false"),
    key("restart", Flag).says("Whether it is restarted when Compose restarts the dependency").such_as("true"),
];
/// The same as a table.
pub(in crate::source) const DEPENDENCY_TABLE: Table = Table::of(&DEPENDENCY).keeping(&[]);

/// An entry of `env_file`.
const ENV_FILE_KEYS: [Key<Form>; 4] = [
    key("path", Of(Text)).says("The file, relative to stack.toml").such_as(r#""api.env""#),
    key("secret", Of(Text))
        .says("Instead of a path, a generated secret with `env`")
        .such_as(r#""api_tokens""#),
    key("required", Flag).says("Whether the file has to exist").such_as("false"),
    key("format", Of(Text)).says("`raw` disables interpolation and quoting").such_as(r#""raw""#),
];
/// The same as a table.
pub(in crate::source) const ENV_FILE: Table =
    Table::of(&ENV_FILE_KEYS).keeping(&[]).closed().needing(Needs::OneOf(&["path", "secret"], &[]));

/// An entry of `ports`.
pub(super) const PORT: Form = Either(&[TextOrWhole, Form::Table(&PORT_TABLE)]);
/// The same as a table.
const PORT_KEYS: [Key<Form>; 7] = [
    key("target", Given(&PortRange)).says("Container port or range").such_as("80").required(),
    key("published", Given(&PortRange)).says("Host port or range").such_as("8080"),
    key("host_ip", Of(Text)).says("Host address; `*` is every one").such_as(r#""127.0.0.1""#),
    key("protocol", Of(Text)).says("`tcp`, `udp` or `sctp`").such_as(r#""udp""#),
    key("mode", Of(Shape::OneOf(&["host", "ingress"])))
        .says("In a swarm: `ingress` on every node, or `host` on those of its tasks")
        .such_as(r#""host""#),
    key("name", Of(Text)).says("A name for people").such_as(r#""web""#),
    key("app_protocol", Of(Text)).says("The protocol above it, for people").such_as(r#""http""#),
];
/// The same as a table.
pub(in crate::source) const PORT_TABLE: Table = Table::of(&PORT_KEYS).keeping(&[]);

/// The types of a mount.
pub(in crate::source) const MOUNT_TYPES: [&str; 6] = ["bind", "volume", "tmpfs", "npipe", "cluster", "image"];

/// An entry of `volumes`.
const MOUNT_KEYS: [Key<Form>; 9] = [
    key("type", Word(&MOUNT_TYPES))
        .says("Mount type; a bind needs a `source`")
        .such_as(r#""volume""#)
        .required(),
    key("source", Of(Text)).says("Volume name, or host path").such_as(r#""./conf""#),
    key("target", Of(Text)).says("Path in the container").such_as(r#""/etc/app""#).required(),
    key("read_only", Flag).says("Whether it is read-only").such_as("true"),
    key("bind", Of(Keys(&compose_tables::BIND)))
        .says("Options of a bind")
        .such_as("{ create_host_path = false }"),
    key("volume", Of(Keys(&compose_tables::VOLUME_OPTIONS)))
        .says("Options of a volume")
        .such_as("{ nocopy = true }"),
    key("tmpfs", Of(Keys(&compose_tables::TMPFS))).says("Options of a tmpfs").such_as(r#"{ size = "64m" }"#),
    key("image", Of(Keys(&compose_tables::IMAGE_OPTIONS)))
        .says("Options of an image")
        .such_as(r#"{ subpath = "/usr" }"#),
    key("consistency", Of(Text)).says("A hint for Docker Desktop").such_as(r#""cached""#),
];
/// The same as a table.
pub(in crate::source) const MOUNT: Table =
    Table::of(&MOUNT_KEYS).keeping(&[]).needing(Needs::Where("type", "bind", "source"));

/// An entry of `secrets` and `configs`.
const GRANT_KEYS: [Key<Form>; 5] = [
    key("source", Of(Text)).says("Name of the declared secret or config").such_as(r#""api_key""#).required(),
    key("target", Of(Text)).says("Path in the container").such_as(r#""/run/key""#),
    key("uid", Of(Scalar)).says("User ID of the file").such_as(r#""1000""#),
    key("gid", Of(Scalar)).says("Group ID of the file").such_as(r#""1000""#),
    key("mode", Of(Mode)).says("File mode, octal").such_as("0o440"),
];
/// The same as a table.
pub(in crate::source) const GRANT: Table = Table::of(&GRANT_KEYS).keeping(&[]);

/// An entry of `files`.
pub(in crate::source) const FILE_KEYS: [Key<Form>; 2] = [
    key("template", Of(Text)).says("The file in templates/").such_as(r#""nginx.conf""#).required(),
    key("target", Of(Text)).says("Path in the container").such_as(r#""/etc/nginx/nginx.conf""#).required(),
];
/// The same as a table.
pub(super) const FILE: Table = Table::of(&FILE_KEYS);

/// The keys of `build` that are read.
const BUILD_KEYS: [Key<Form>; 3] = [
    key("context", Of(Text)).says("Build context").such_as(r#""./api""#),
    key("dockerfile", Of(Text))
        .says("The Dockerfile, relative to the context")
        .such_as(r#""release.Dockerfile""#),
    key("dockerfile_inline", Of(Text)).says("Inline Dockerfile").such_as(r#""FROM scratch""#),
];
/// `build` as a table.
pub(in crate::source) const BUILD: Table = Table::of(&BUILD_KEYS).keeping(&compose_tables::BUILD);

/// An entry of `networks`.
pub(super) const ATTACHMENT_TABLE: Table = Table::of(&[]).keeping(&compose_tables::ATTACHMENT);

/// `deploy`, without what `limits`, `reservations` and `replicas` say.
pub(in crate::source) const DEPLOY: Table = Table::of(&DEPLOY_KEYS).keeping(&compose_tables::DEPLOY);
const DEPLOY_KEYS: [Key<Form>; 1] = [key("resources", Form::Table(&RESOURCES))
    .says("Extension keys of Compose's `resources`; its limits and reservations are keys of the service")
    .such_as(r#"{ x-owner = "operations" }"#)];
/// `resources` of `deploy`.
pub(in crate::source) const RESOURCES: Table = Table::of(&[]).keeping(&[]);

/// An entry of `models`.
pub(super) const MODEL_TABLE: Table = Table::of(&[]).keeping(&compose_tables::MODEL_ATTACHMENT);

/// A list of texts that no other key shares.
pub(super) const TEXTS: Form = List(&Of(Text));
