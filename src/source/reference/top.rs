//! The top of stack.toml, the budget, profiles, and what the project declares.

use super::{
    compose_tables,
    form::{
        Form::{self, Cpus, Flag, Given, List, Map, Name, Of, Profiles, Size, Whole},
        Naming, Needs, Table,
    },
    key::{Key, key},
    parts::{DEPENDS_ON, OVERLAY_LIMITS, OVERLAY_RESERVATIONS},
    traffic::TRAFFIC,
};
use crate::source::shape::Shape::{Command, Filled, Keys, ListOrMap, Text};

/// stack.toml itself.
const TOP: [Key<Form>; 12] = [
    key("name", Name(Naming::Project)).says("The project's name").such_as(r#""orders""#).required(),
    key("default_profiles", Profiles)
        .says("Profiles that are enabled where no `--profile` is given; `--profile` replaces them, and `--profile core` enables none")
        .such_as(r#"["tracing"]"#),
    key("budget", Form::Table(&BUDGET_TABLE))
        .says("Resources of this machine that the stack may use; nothing is proved for what it does not name")
        .such_as(r#"{ memory = "12G", cpus = 8.0 }"#),
    key("defaults", Form::Service)
        .says("Default values of every service, key by key; a service's own key wins")
        .such_as(r#"{ restart = "unless-stopped", cap_drop = ["ALL"] }"#),
    key("profiles", Map("PROFILE", &Form::Table(&PROFILE_TABLE)))
        .says("Groups of services that are enabled together")
        .such_as(r#"{ tracing = { description = "distributed tracing" } }"#),
    key("services", Map("SERVICE", &Form::Service))
        .says("The services")
        .such_as(r#"{ redis = { image = "redis:8-alpine" } }"#),
    key("volumes", Map("VOLUME", &Form::Table(&VOLUME)))
        .says("Volumes that services mount")
        .such_as("{ data = {} }"),
    key("networks", Map("NETWORK", &Form::Table(&NETWORK)))
        .says("Networks that services join in addition to the default one")
        .such_as("{ back = { internal = true } }"),
    key("secrets", Map("SECRET", &Form::Table(&SECRET)))
        .says("Secrets that services mount as files")
        .such_as("{ database_password = { generate = true } }"),
    key("configs", Map("CONFIG", &Form::Table(&CONFIG)))
        .says("Configs that services mount as files")
        .such_as(r#"{ motd = { content = "hello" } }"#),
    key("models", Map("MODEL", &Of(Keys(&compose_tables::MODEL))))
        .says("Language models that services use")
        .such_as(r#"{ small = { model = "ai/smollm2" } }"#),
    key("traffic", Form::Table(&TRAFFIC))
        .says("Load that `stackctl traffic` generates")
        .such_as(r#"{ target = "http://nginx", requests = [{ path = "/" }] }"#),
];
/// The same as a table, which also takes extension keys.
pub(in crate::source) const TOP_TABLE: Table = Table { extensions: true, ..Table::of(&TOP) };

/// `[budget]`.
pub(in crate::source) const BUDGET: [Key<Form>; 5] = [
    key("memory", Size)
        .says("Upper bound of the sum of memory limits, and of memory reservations, for every combination of profiles")
        .such_as(r#""12G""#),
    key("cpus", Cpus).says("Upper bound of the sum of CPU reservations for every combination").such_as("8.0"),
    key("cpu_overcommit", Cpus)
        .says("CPU limits may add up to `cpus` times this, since services rarely reach their limits at the same time; 1.0 by default")
        .such_as("1.5"),
    key("log_disk", Size)
        .says("Upper bound of the sum of `max_size` x `max_file` over all containers; unlimited by default")
        .such_as(r#""1G""#),
    key("swap", Flag)
        .says("Whether containers may swap; `false` gives every service a `memswap_limit` equal to its memory limit")
        .such_as("false"),
];
const BUDGET_TABLE: Table = Table::of(&BUDGET);

/// `notes` of services and profiles.
pub(super) const NOTES: Key<Form> = key("notes", Of(Text))
    .says("Notes that `stackctl up` prints at the end")
    .such_as(r#""The shop: http://127.0.0.1:8080""#);
/// `allow` of every table that has a name of its own.
pub(super) const ALLOW: Key<Form> = key("allow", Map("CODE", &Of(Text)))
    .says("Acknowledged warnings and errors, by code, each with a reason; docs/diagnostics.md lists what it takes")
    .such_as(r#"{ docker-socket = "the runner starts a container for each build" }"#);

/// `[profiles.NAME]`.
pub(in crate::source) const PROFILE: [Key<Form>; 6] = [
    key("description", Of(Text)).says("One-line description").such_as(r#""distributed tracing""#),
    key("includes", Profiles).says("Profiles that it enables as well").such_as(r#"["tracing", "kafka"]"#),
    key("excludes", Profiles)
        .says("Alternatives to it, both ways: no combination with both is checked, proved or started; plain Compose does not know this")
        .such_as(r#"["cpu"]"#),
    key("services", Map("SERVICE", &Form::Table(&OVERLAY_TABLE)))
        .says("Overlays: changes to other services while the profile is enabled")
        .such_as("{ order-api = { replicas = 2 } }"),
    NOTES,
    ALLOW,
];
const PROFILE_TABLE: Table = Table::of(&PROFILE);

/// `[profiles.NAME.services.SERVICE]`.
pub(in crate::source) const OVERLAY: [Key<Form>; 6] = [
    key("environment", Of(ListOrMap))
        .says("Environment variables to add or replace")
        .such_as(r#"{ OTEL_EXPORTER_OTLP_ENDPOINT = "http://otel-collector:4317" }"#),
    key("depends_on", DEPENDS_ON)
        .says("Additional dependencies")
        .such_as(r#"{ otel-collector = "started" }"#),
    key("limits", Form::Table(&OVERLAY_LIMITS))
        .says("Limits that replace its own")
        .such_as(r#"{ memory = "1G" }"#),
    key("reservations", Form::Table(&OVERLAY_RESERVATIONS))
        .says("Reservations that replace its own")
        .such_as("{ cpus = 0.75 }"),
    key("replicas", Given(&Whole(0, u32::MAX as i64))).says("Number of containers").such_as("2"),
    key("command", Of(Command)).says("Command that replaces its own").such_as(r#"["serve", "--trace"]"#),
];
const OVERLAY_TABLE: Table = Table::of(&OVERLAY);

const EXTERNAL: Key<Form> = key("external", Flag)
    .says("Whether it was created outside of this stack; only `name` can be set then")
    .such_as("true");
const NAME: Key<Form> =
    key("name", Of(Text)).says("Name on the engine, without the project prefix").such_as(r#""shared-data""#);
const FILE: Key<Form> =
    key("file", Of(Text)).says("File with its content, relative to stack.toml").such_as(r#""./token.txt""#);
const ENVIRONMENT: Key<Form> =
    key("environment", Of(Filled)).says("Environment variable with its content").such_as(r#""API_TOKEN""#);

/// The keys of `[volumes.NAME]` and `[networks.NAME]` that are read.
const RESOURCE: [Key<Form>; 3] = [EXTERNAL, NAME, ALLOW];
/// `[volumes.NAME]`.
pub(in crate::source) const VOLUME: Table = Table::of(&RESOURCE).keeping(&compose_tables::VOLUME);
/// `[networks.NAME]`.
pub(in crate::source) const NETWORK: Table = Table::of(&RESOURCE).keeping(&compose_tables::NETWORK);

/// The keys of `[secrets.NAME]` that are read.
const SECRET_KEYS: [Key<Form>; 7] = [
    key("generate", Flag)
        .says("Whether `up` or `secrets init` generates it, in .stackctl/secrets")
        .such_as("true"),
    FILE,
    ENVIRONMENT,
    EXTERNAL,
    key("env", List(&Of(Text)))
        .says("Environment variables, for images that read only those: the secret is an env file with a generated value for each")
        .such_as(r#"["DRONE_RPC_SECRET"]"#),
    NAME,
    ALLOW,
];
/// `[secrets.NAME]`.
pub(in crate::source) const SECRET: Table = Table::of(&SECRET_KEYS)
    .keeping(&compose_tables::SECRET)
    .needing(Needs::OneOf(&["file", "environment"], &["generate", "external"]));

/// The keys of `[configs.NAME]` that are read.
const CONFIG_KEYS: [Key<Form>; 6] = [
    FILE,
    key("content", Of(Text)).says("Content; Compose interpolates variables").such_as(r#""hello""#),
    ENVIRONMENT,
    EXTERNAL,
    NAME,
    ALLOW,
];
/// `[configs.NAME]`.
pub(in crate::source) const CONFIG: Table = Table::of(&CONFIG_KEYS)
    .keeping(&compose_tables::CONFIG)
    .needing(Needs::OneOf(&["file", "content", "environment"], &["external"]));
