//! The tables below Compose's keys, and the keys of builds, networks and other resources that are kept for Compose.

use super::key::{Key, key};
use crate::model::PROPAGATION;
use crate::source::requirement::Requirement;
use crate::source::shape::Shape::{
    self, BareBool, BareInt, BareNumber, Between, Bool, Closed, Command, DeviceCount, Distinct, Duration,
    Each, Filled, Hosts, Int, Keys, List, ListOrMap, MapOf, Mode, ModeNumber, Needing, Number, OneOf, Or,
    Pairs, Scalar, Scalars, Size, Text, TextOrBool, TextOrList, Texts, Variables,
};

const LIMIT: [Key<Shape>; 2] = [
    key("path", Text).says("The device").such_as(r#""/dev/sda""#),
    key("rate", Size).says("Bytes (with a unit) or operations per second").such_as(r#""12mb""#),
];
const WEIGHT: [Key<Shape>; 2] = [
    key("path", Text).says("The device").such_as(r#""/dev/sda""#),
    key("weight", BareInt(10, 1000)).says("From 10 to 1000").such_as("400"),
];

/// `blkio_config`.
pub(super) const BLKIO: [Key<Shape>; 6] = [
    key("device_read_bps", Each(&Closed(&LIMIT))).says("Read limit of a device, in bytes per second"),
    key("device_read_iops", Each(&Closed(&LIMIT))).says("Read limit of a device, in operations per second"),
    key("device_write_bps", Each(&Closed(&LIMIT))).says("Write limit of a device, in bytes per second"),
    key("device_write_iops", Each(&Closed(&LIMIT))).says("Write limit of a device, in operations per second"),
    key("weight", BareInt(10, 1000))
        .says("Weight relative to other containers, from 10 to 1000")
        .such_as("300"),
    key("weight_device", Each(&Closed(&WEIGHT))).says("Weight per device"),
];

/// `credential_spec`.
pub(super) const CREDENTIAL: [Key<Shape>; 3] = [
    key("config", Text).says("The config with the specification"),
    key("file", Text).says("The file with the specification, in the engine's folder of them"),
    key("registry", Text).says("The registry value with the specification"),
];

/// An entry of `post_start` and `pre_stop`.
pub(super) const HOOK: [Key<Shape>; 5] = [
    key("command", Command).says("The command").such_as(r#"["/warm-up", "--all"]"#).required(),
    key("environment", Distinct(&Variables)).says("Environment variables").such_as(r#"{ LEVEL = "2" }"#),
    key("privileged", Bool).says("Whether it runs privileged").such_as("false"),
    key("user", Text).says("User that runs it").such_as(r#""root""#),
    key("working_dir", Text).says("Working directory").such_as(r#""/srv""#),
];

/// `develop`.
pub(super) const DEVELOP: [Key<Shape>; 1] =
    [key("watch", Each(&Needing(&WATCH, Requirement::Unless("action", &["rebuild", "restart"], "target"))))
        .says("Watched paths, each with an action")];
const WATCH: [Key<Shape>; 7] = [
    key("action", OneOf(&["rebuild", "sync", "restart", "sync+restart", "sync+exec"]))
        .says("Action when a file below the path changes")
        .such_as(r#""rebuild""#)
        .required(),
    key("exec", Keys(&HOOK)).says("Command of `sync+exec`"),
    key("ignore", Distinct(&TextOrList)).says("Patterns to ignore").such_as(r#"["node_modules/"]"#),
    key("include", Distinct(&TextOrList)).says("Patterns to include").such_as(r#"["*.rs"]"#),
    key("initial_sync", BareBool).says("Whether all files are synchronised at the start").such_as("true"),
    key("path", Filled).says("The watched path").such_as(r#""./src""#).required(),
    key("target", Filled).says("Destination in the container").such_as(r#""/src""#),
];

/// `deploy`, without what `limits`, `reservations` and `replicas` say.
pub(super) const DEPLOY: [Key<Shape>; 7] = [
    key("endpoint_mode", Text).says("Service discovery in a swarm: `vip` or `dnsrr`").such_as(r#""dnsrr""#),
    key("labels", ListOrMap).says("Labels of the service in a swarm").such_as(r#"{ team = "shop" }"#),
    key("mode", Text).says("`replicated`, or `global` for one task on every node").such_as(r#""global""#),
    key("placement", Keys(&PLACEMENT)).says("Placement on nodes"),
    key("restart_policy", Keys(&RESTART_POLICY)).says("Restart policy in a swarm"),
    key("rollback_config", Keys(&ROLLOUT)).says("Rollback of a failed update"),
    key("update_config", Keys(&ROLLOUT)).says("Rolling update"),
];
const PLACEMENT: [Key<Shape>; 3] = [
    key("constraints", List)
        .says("Constraints that a node must satisfy")
        .such_as(r#"["node.role == worker"]"#),
    key("max_replicas_per_node", Between(0, i64::MAX))
        .says("Maximum number of replicas per node")
        .such_as("1"),
    key("preferences", Each(&Keys(&PREFERENCE))).says("Placement preferences"),
];
const PREFERENCE: [Key<Shape>; 1] =
    [key("spread", Text).says("Node label to spread over").such_as(r#""node.labels.zone""#)];
const RESTART_POLICY: [Key<Shape>; 4] = [
    key("condition", Text).says("`none`, `on-failure` or `any`").such_as(r#""on-failure""#),
    key("delay", Duration).says("Delay between restarts").such_as(r#""5s""#),
    key("max_attempts", Between(0, i64::MAX)).says("Maximum number of restarts").such_as("3"),
    key("window", Duration).says("Time after which a restart counts as successful").such_as(r#""2m""#),
];
const ROLLOUT: [Key<Shape>; 6] = [
    key("delay", Duration).says("Delay between batches of tasks").such_as(r#""10s""#),
    key("failure_action", Text).says("`pause`, `continue` or `rollback`").such_as(r#""rollback""#),
    key("max_failure_ratio", Number).says("Failure rate that is tolerated").such_as("0.2"),
    key("monitor", Duration).says("Time for which a task is monitored for failure").such_as(r#""30s""#),
    key("order", OneOf(&["start-first", "stop-first"])).says("Whether new tasks start before old ones stop"),
    key("parallelism", Between(0, i64::MAX)).says("Number of tasks updated at a time").such_as("2"),
];

/// An entry of `devices`.
pub(super) const DEVICE: [Key<Shape>; 3] = [
    key("permissions", Text).says("cgroup permissions: any of r, w and m").such_as(r#""rw""#),
    key("source", Text).says("Host device").such_as(r#""/dev/ttyUSB0""#).required(),
    key("target", Text).says("Path in the container").such_as(r#""/dev/ttyUSB0""#).required(),
];

/// An entry of `gpus`.
pub(super) const GPU: [Key<Shape>; 5] = [
    key("capabilities", List).says("Required capabilities").such_as(r#"["compute"]"#),
    key("count", DeviceCount).says("Number of GPUs, or `all`").such_as("1"),
    key("device_ids", List).says("Device IDs").such_as(r#"["0"]"#),
    key("driver", Text).says("Driver").such_as(r#""nvidia""#),
    key("options", Distinct(&ListOrMap)).says("Driver options"),
];

/// The keys of `reservations` that are kept.
pub(super) const RESERVATION: [Key<Shape>; 2] = [
    key("devices", Each(&Needing(&RESERVED_DEVICE, Requirement::NotBoth("count", "device_ids"))))
        .says("Devices, such as GPUs, that the container gets")
        .such_as(r#"[{ driver = "nvidia", count = 1, capabilities = ["gpu"] }]"#),
    key("generic_resources", Each(&Keys(&GENERIC_RESOURCE)))
        .says("Resources that nodes of a swarm announce")
        .such_as(r#"[{ discrete_resource_spec = { kind = "SSD", value = 1 } }]"#),
];
const RESERVED_DEVICE: [Key<Shape>; 5] = [
    GPU[0].such_as(r#"["gpu"]"#).required(),
    GPU[1].says("Number of devices, or `all`"),
    GPU[2],
    GPU[3],
    GPU[4],
];
const GENERIC_RESOURCE: [Key<Shape>; 1] = [key("discrete_resource_spec", Keys(&DISCRETE_RESOURCE))
    .says("A resource that is counted")
    .such_as(r#"{ kind = "SSD", value = 1 }"#)];
const DISCRETE_RESOURCE: [Key<Shape>; 2] = [
    key("kind", Text).says("Name of the resource").such_as(r#""SSD""#),
    key("value", Int).says("How many of it").such_as("1"),
];

/// `[models.NAME]`.
pub(in crate::source) const MODEL: [Key<Shape>; 4] = [
    key("context_size", BareInt(i64::MIN, i64::MAX)).says("Context size, in tokens").such_as("4096"),
    key("model", Text).says("The model").such_as(r#""ai/smollm2""#).required(),
    key("name", Text).says("Another name of it").such_as(r#""small""#),
    key("runtime_flags", List).says("Flags of the inference engine").such_as(r#"["--no-prefill-assistant"]"#),
];
/// The options of a model in a service.
pub(in crate::source) const MODEL_ATTACHMENT: [Key<Shape>; 2] = [
    key("endpoint_var", Text).says("Environment variable with the model's address").such_as(r#""AI_URL""#),
    key("model_var", Text).says("Environment variable with the model's name").such_as(r#""AI_MODEL""#),
];

/// `provider`.
pub(super) const PROVIDER: [Key<Shape>; 2] = [
    key("options", MapOf(&Or(&Scalar, &Scalars))).says("Options of the provider"),
    key("type", Text).says("The provider, a Compose plugin").such_as(r#""model""#).required(),
];

const SOFT_AND_HARD: [Key<Shape>; 2] = [
    key("hard", Int).says("Hard limit").such_as("65536").required(),
    key("soft", Int).says("What holds").such_as("1024").required(),
];

/// `ulimits` of a service.
pub(super) const ULIMITS: Shape = MapOf(&Or(&Int, &Keys(&SOFT_AND_HARD)));

/// The same of a build, where Compose takes no text.
const BUILD_ULIMITS: Shape = MapOf(&Or(&BARE, &Keys(&BARE_SOFT_AND_HARD)));
const BARE: Shape = BareInt(i64::MIN, i64::MAX);
const BARE_SOFT_AND_HARD: [Key<Shape>; 2] =
    [Key { form: BARE, ..SOFT_AND_HARD[0] }, Key { form: BARE, ..SOFT_AND_HARD[1] }];

/// Options of a driver.
pub(super) const OPTIONS: Shape = MapOf(&Scalar);

const POOL: [Key<Shape>; 4] = [
    key("aux_addresses", Texts)
        .says("Reserved addresses, by host name")
        .such_as(r#"{ host1 = "172.28.1.5" }"#),
    key("gateway", Text).says("Gateway address").such_as(r#""172.28.5.254""#),
    key("ip_range", Text).says("Range from which addresses are allocated").such_as(r#""172.28.5.0/24""#),
    key("subnet", Text).says("The subnet").such_as(r#""172.28.0.0/16""#),
];
const IPAM: [Key<Shape>; 3] = [
    key("config", Each(&Keys(&POOL))).says("The subnets").such_as(r#"[{ subnet = "172.28.0.0/16" }]"#),
    key("driver", Text).says("IPAM driver").such_as(r#""default""#),
    key("options", Texts).says("IPAM driver options"),
];

const SECRET_MOUNT: [Key<Shape>; 5] = [
    key("gid", Text).says("Group ID of the file").such_as(r#""1000""#),
    key("mode", Mode).says("File mode, octal").such_as("0o440"),
    key("source", Text).says("The secret").such_as(r#""npm_token""#).required(),
    key("target", Text).says("Name of the file in the build").such_as(r#""npm""#),
    key("uid", Text).says("User ID of the file").such_as(r#""1000""#),
];

/// The keys of `build` that are kept in `Build::rest`.
pub(in crate::source) const BUILD: [Key<Shape>; 21] = [
    key("additional_contexts", Pairs(&[]))
        .says("Additional named contexts")
        .such_as(r#"{ shared = "../shared" }"#),
    key("args", Variables).says("Build arguments").such_as(r#"{ VERSION = "1.4" }"#),
    key("cache_from", List).says("Cache sources").such_as(r#"["type=local,src=cache"]"#),
    key("cache_to", List).says("Cache destinations").such_as(r#"["type=local,dest=cache"]"#),
    key("entitlements", List).says("Additional privileges of the build").such_as(r#"["network.host"]"#),
    key("extra_hosts", Distinct(&Hosts))
        .says("Entries of /etc/hosts during the build")
        .such_as(r#"{ registry = "10.0.0.5" }"#),
    key("isolation", Text)
        .says("Isolation technology of build containers, on Windows")
        .such_as(r#""default""#),
    key("labels", ListOrMap).says("Labels of the image").such_as(r#"{ team = "shop" }"#),
    key("network", Text).says("Network of RUN instructions").such_as(r#""none""#),
    key("no_cache", Bool).says("Whether the build cache is disabled").such_as("false"),
    key("platforms", List).says("Target platforms").such_as(r#"["linux/amd64"]"#),
    key("privileged", Bool).says("Whether RUN instructions run privileged").such_as("false"),
    key("provenance", TextOrBool).says("Whether a provenance attestation is added").such_as("true"),
    key("pull", Bool).says("Whether base images are always pulled").such_as("false"),
    key("sbom", TextOrBool).says("Whether an SBOM attestation is added").such_as("true"),
    key("secrets", Each(&Or(&Text, &Keys(&SECRET_MOUNT))))
        .says("Secrets available to RUN instructions")
        .such_as(r#"["npm_token"]"#),
    key("shm_size", Size).says("Size of /dev/shm in build containers").such_as(r#""256m""#),
    key("ssh", Pairs(&["default"]))
        .says("SSH agent sockets and keys available to the build")
        .such_as(r#"["default"]"#),
    key("tags", List).says("Additional image tags").such_as(r#"["shop/api:1.4"]"#),
    key("target", Text).says("Target stage").such_as(r#""release""#),
    key("ulimits", BUILD_ULIMITS)
        .says("Resource limits of the build's processes")
        .such_as("{ nofile = 1024 }"),
];

/// The keys of a network attachment.
pub(in crate::source) const ATTACHMENT: [Key<Shape>; 9] = [
    key("aliases", List).says("Network aliases of the service").such_as(r#"["gitea.localhost"]"#),
    key("driver_opts", OPTIONS).says("Driver options of the attachment"),
    key("gw_priority", BareNumber).says("Priority as default gateway: the highest wins").such_as("1"),
    key("interface_name", Text).says("Interface name in the container").such_as(r#""eth0""#),
    key("ipv4_address", Text)
        .says("Static IPv4 address, in a subnet of the network")
        .such_as(r#""172.28.0.4""#),
    key("ipv6_address", Text).says("Static IPv6 address").such_as(r#""2001:db8::4""#),
    key("link_local_ips", List).says("Link-local addresses").such_as(r#"["169.254.8.8"]"#),
    key("mac_address", Text).says("MAC address of the interface").such_as(r#""02:42:ac:11:65:43""#),
    key("priority", BareNumber).says("Order of connection, highest first").such_as("1"),
];

/// `bind` of a mount.
pub(in crate::source) const BIND: [Key<Shape>; 4] = [
    key("create_host_path", Bool).says("Whether a missing source is created").such_as("true"),
    key("propagation", OneOf(&PROPAGATION)).says("Mount propagation").such_as(r#""rprivate""#),
    key("recursive", OneOf(&["enabled", "disabled", "writable", "readonly"]))
        .says("Handling of submounts")
        .such_as(r#""enabled""#),
    key("selinux", OneOf(&["z", "Z"])).says("SELinux label: `z` shared, `Z` private").such_as(r#""z""#),
];
/// `volume` of a mount.
pub(in crate::source) const VOLUME_OPTIONS: [Key<Shape>; 3] = [
    key("labels", Distinct(&ListOrMap)).says("Labels of a volume that this mount creates"),
    key("nocopy", Bool)
        .says("Whether copying the image's content into the volume is disabled")
        .such_as("true"),
    key("subpath", Text).says("Subfolder of the volume to mount").such_as(r#""data""#),
];
/// `tmpfs` of a mount.
pub(in crate::source) const TMPFS: [Key<Shape>; 2] = [
    key("mode", ModeNumber).says("File mode, octal").such_as("0o1777"),
    key("size", Size).says("Maximum size").such_as(r#""64m""#),
];
/// `image` of a mount.
pub(in crate::source) const IMAGE_OPTIONS: [Key<Shape>; 1] =
    [key("subpath", Text).says("Subfolder of the image to mount").such_as(r#""/usr/share""#)];

const DRIVER: Key<Shape> = key("driver", Text).says("Its driver").such_as(r#""local""#);
const DRIVER_OPTS: Key<Shape> = key("driver_opts", OPTIONS).says("Driver options");
const LABELS: Key<Shape> =
    key("labels", Distinct(&ListOrMap)).says("Its labels").such_as(r#"{ team = "shop" }"#);
const TEMPLATE_DRIVER: Key<Shape> = key("template_driver", Text).says("Template driver, in a swarm");

/// The kept keys of `[volumes.NAME]`.
pub(in crate::source) const VOLUME: [Key<Shape>; 3] =
    [DRIVER, DRIVER_OPTS.such_as(r#"{ type = "tmpfs", device = "tmpfs" }"#), LABELS];
/// The kept keys of `[networks.NAME]`.
pub(in crate::source) const NETWORK: [Key<Shape>; 8] = [
    key("attachable", Bool).says("Whether standalone containers may attach, in a swarm").such_as("true"),
    DRIVER.such_as(r#""bridge""#),
    DRIVER_OPTS.such_as(r#"{ "com.docker.network.bridge.name" = "shop0" }"#),
    key("enable_ipv4", Bool).says("Whether IPv4 is enabled").such_as("true"),
    key("enable_ipv6", Bool).says("Whether IPv6 is enabled").such_as("true"),
    key("internal", Bool).says("Whether external connectivity is disabled").such_as("true"),
    key("ipam", Keys(&IPAM)).says("Its addresses").such_as(r#"{ config = [{ subnet = "172.28.0.0/16" }] }"#),
    // Of these, Compose takes an item twice.
    Key { form: ListOrMap, ..LABELS },
];
/// The kept keys of `[secrets.NAME]`.
pub(in crate::source) const SECRET: [Key<Shape>; 4] =
    [DRIVER.such_as(r#""vault""#), DRIVER_OPTS, LABELS, TEMPLATE_DRIVER];
/// The kept keys of `[configs.NAME]`.
pub(in crate::source) const CONFIG: [Key<Shape>; 2] = [LABELS, TEMPLATE_DRIVER];
