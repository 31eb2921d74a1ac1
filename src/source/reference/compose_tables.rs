//! The tables below Compose's keys, and the keys of builds, networks and other resources that are kept for Compose.

use super::key::{Key, key};
use crate::source::need::Need;
use crate::source::shape::Shape::{
    self, BareBool, BareInt, BareNumber, Between, Bool, Closed, Command, DeviceCount, Distinct, Duration,
    Each, Filled, Hosts, Int, Keys, List, ListOrMap, MapOf, Mode, ModeNumber, Needing, Number, OneOf, Or,
    Pairs, Scalar, Scalars, Size, Text, TextOrBool, TextOrList, Texts, Variables,
};

const LIMIT: [Key<Shape>; 2] = [
    key("path", Text).says("The device").such_as(r#""/dev/sda""#),
    key("rate", Size).says("Bytes with a unit, or operations, a second").such_as(r#""12mb""#),
];
const WEIGHT: [Key<Shape>; 2] = [
    key("path", Text).says("The device").such_as(r#""/dev/sda""#),
    key("weight", BareInt(10, 1000)).says("From 10 to 1000").such_as("400"),
];

/// `blkio_config`.
pub(super) const BLKIO: [Key<Shape>; 6] = [
    key("device_read_bps", Each(&Closed(&LIMIT))).says("The most it may read from a device"),
    key("device_read_iops", Each(&Closed(&LIMIT))).says("How often it may read from a device"),
    key("device_write_bps", Each(&Closed(&LIMIT))).says("The most it may write to a device"),
    key("device_write_iops", Each(&Closed(&LIMIT))).says("How often it may write to a device"),
    key("weight", BareInt(10, 1000))
        .says("Its weight beside other containers, from 10 to 1000")
        .such_as("300"),
    key("weight_device", Each(&Closed(&WEIGHT))).says("Its weight at single devices"),
];

/// `credential_spec`.
pub(super) const CREDENTIAL: [Key<Shape>; 3] = [
    key("config", Text).says("The config that holds the specification"),
    key("file", Text).says("The file that holds it"),
    key("registry", Text).says("The registry value that holds it"),
];

/// An entry of `post_start` and `pre_stop`.
pub(super) const HOOK: [Key<Shape>; 5] = [
    key("command", Command).says("What is run").such_as(r#"["/warm-up", "--all"]"#).required(),
    key("environment", Distinct(&Variables)).says("Its variables").such_as(r#"{ LEVEL = "2" }"#),
    key("privileged", Bool).says("Whether it runs with every right").such_as("false"),
    key("user", Text).says("Who runs it").such_as(r#""root""#),
    key("working_dir", Text).says("Where it runs").such_as(r#""/srv""#),
];

/// `develop`.
pub(super) const DEVELOP: [Key<Shape>; 1] =
    [key("watch", Each(&Needing(&WATCH, Need::Unless("action", &["rebuild", "restart"], "target"))))
        .says("Paths that are watched, each with what happens")];
const WATCH: [Key<Shape>; 7] = [
    key("action", OneOf(&["rebuild", "sync", "restart", "sync+restart", "sync+exec"]))
        .says("What happens when something below the path changes")
        .such_as(r#""rebuild""#)
        .required(),
    key("exec", Keys(&HOOK)).says("What `sync+exec` runs"),
    key("ignore", Distinct(&TextOrList)).says("What is left out").such_as(r#"["node_modules/"]"#),
    key("include", Distinct(&TextOrList)).says("What alone is watched").such_as(r#"["*.rs"]"#),
    key("initial_sync", BareBool).says("Whether everything is copied at the start").such_as("true"),
    key("path", Filled).says("The path that is watched").such_as(r#""./src""#).required(),
    key("target", Filled).says("Where in the container it is copied to").such_as(r#""/src""#),
];

/// `deploy`, without what `limits`, `reservations` and `replicas` say.
pub(super) const DEPLOY: [Key<Shape>; 7] = [
    key("endpoint_mode", Text).says("How others find it in a swarm: `vip` or `dnsrr`").such_as(r#""dnsrr""#),
    key("labels", ListOrMap).says("Labels of the service in a swarm").such_as(r#"{ team = "shop" }"#),
    key("mode", Text).says("`replicated`, or `global` for a container on every node").such_as(r#""global""#),
    key("placement", Keys(&PLACEMENT)).says("The nodes that it may run on"),
    key("restart_policy", Keys(&RESTART_POLICY)).says("When a swarm starts it again"),
    key("rollback_config", Keys(&ROLLOUT)).says("How a failed update is taken back"),
    key("update_config", Keys(&ROLLOUT)).says("How an update is rolled out"),
];
const PLACEMENT: [Key<Shape>; 3] = [
    key("constraints", List).says("What a node must have").such_as(r#"["node.role == worker"]"#),
    key("max_replicas_per_node", Between(0, i64::MAX))
        .says("How many containers a node may have")
        .such_as("1"),
    key("preferences", Each(&Keys(&PREFERENCE))).says("What containers are spread over"),
];
const PREFERENCE: [Key<Shape>; 1] =
    [key("spread", Text).says("A label of nodes").such_as(r#""node.labels.zone""#)];
const RESTART_POLICY: [Key<Shape>; 4] = [
    key("condition", Text).says("`none`, `on-failure` or `any`").such_as(r#""on-failure""#),
    key("delay", Duration).says("The time between two starts").such_as(r#""5s""#),
    key("max_attempts", Between(0, i64::MAX)).says("How often it is tried").such_as("3"),
    key("window", Duration).says("How long a start is watched before it counts").such_as(r#""2m""#),
];
const ROLLOUT: [Key<Shape>; 6] = [
    key("delay", Duration).says("The time between two groups of containers").such_as(r#""10s""#),
    key("failure_action", Text).says("`pause`, `continue` or `rollback`").such_as(r#""rollback""#),
    key("max_failure_ratio", Number).says("The part of containers that may fail").such_as("0.2"),
    key("monitor", Duration).says("How long a container is watched for failures").such_as(r#""30s""#),
    key("order", OneOf(&["start-first", "stop-first"])).says("Which of the old and the new goes first"),
    key("parallelism", Between(0, i64::MAX)).says("How many containers at a time").such_as("2"),
];

/// An entry of `devices`.
pub(super) const DEVICE: [Key<Shape>; 3] = [
    key("permissions", Text).says("Any of read, write and mknod").such_as(r#""rw""#),
    key("source", Text).says("The device of the machine").such_as(r#""/dev/ttyUSB0""#).required(),
    key("target", Text).says("Its path in the container").such_as(r#""/dev/ttyUSB0""#).required(),
];

/// An entry of `gpus`.
pub(super) const GPU: [Key<Shape>; 5] = [
    key("capabilities", List).says("What they must be able to do").such_as(r#"["compute"]"#),
    key("count", DeviceCount).says("How many, or `all`").such_as("1"),
    key("device_ids", List).says("Which ones").such_as(r#"["0"]"#),
    key("driver", Text).says("Their driver").such_as(r#""nvidia""#),
    key("options", Distinct(&ListOrMap)).says("Options of the driver"),
];

/// `provider`.
pub(super) const PROVIDER: [Key<Shape>; 2] = [
    key("options", MapOf(&Or(&Scalar, &Scalars))).says("What the program is told"),
    key("type", Text)
        .says("The program, which Compose looks for as a plugin")
        .such_as(r#""model""#)
        .required(),
];

const SOFT_AND_HARD: [Key<Shape>; 2] = [
    key("hard", Int).says("What it can raise the soft one to").such_as("65536").required(),
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
        .says("Addresses that are taken, by host")
        .such_as(r#"{ host1 = "172.28.1.5" }"#),
    key("gateway", Text).says("The address of the gateway").such_as(r#""172.28.5.254""#),
    key("ip_range", Text).says("Where containers get theirs from").such_as(r#""172.28.5.0/24""#),
    key("subnet", Text).says("The subnet").such_as(r#""172.28.0.0/16""#),
];
const IPAM: [Key<Shape>; 3] = [
    key("config", Each(&Keys(&POOL))).says("The subnets").such_as(r#"[{ subnet = "172.28.0.0/16" }]"#),
    key("driver", Text).says("Who gives addresses").such_as(r#""default""#),
    key("options", Texts).says("Options of that driver"),
];

const SECRET_MOUNT: [Key<Shape>; 5] = [
    key("gid", Text).says("The group of the file").such_as(r#""1000""#),
    key("mode", Mode).says("Its permissions, octal").such_as("0o440"),
    key("source", Text).says("The secret").such_as(r#""npm_token""#).required(),
    key("target", Text).says("The name that the build knows it by").such_as(r#""npm""#),
    key("uid", Text).says("The owner of the file").such_as(r#""1000""#),
];

/// The keys of `build` that are kept in `Build::rest`.
pub(in crate::source) const BUILD: [Key<Shape>; 21] = [
    key("additional_contexts", Pairs(&[]))
        .says("More contexts, by name")
        .such_as(r#"{ shared = "../shared" }"#),
    key("args", Variables).says("Arguments of the build").such_as(r#"{ VERSION = "1.4" }"#),
    key("cache_from", List).says("Where the cache comes from").such_as(r#"["type=local,src=cache"]"#),
    key("cache_to", List).says("Where the cache goes").such_as(r#"["type=local,dest=cache"]"#),
    key("entitlements", List).says("More rights of the build").such_as(r#"["network.host"]"#),
    key("extra_hosts", Distinct(&Hosts))
        .says("Names for the build's hosts file")
        .such_as(r#"{ registry = "10.0.0.5" }"#),
    key("isolation", Text).says("How build containers are isolated, on Windows").such_as(r#""default""#),
    key("labels", ListOrMap).says("Labels of the image").such_as(r#"{ team = "shop" }"#),
    key("network", Text).says("The network of RUN instructions").such_as(r#""none""#),
    key("no_cache", Bool).says("Whether the cache is left aside").such_as("false"),
    key("platforms", List).says("The platforms that are built for").such_as(r#"["linux/amd64"]"#),
    key("privileged", Bool).says("Whether RUN instructions have every right").such_as("false"),
    key("provenance", TextOrBool).says("Whether the image says how it was made").such_as("true"),
    key("pull", Bool).says("Whether base images are pulled anew").such_as("false"),
    key("sbom", TextOrBool).says("Whether the image carries a bill of materials").such_as("true"),
    key("secrets", Each(&Or(&Text, &Keys(&SECRET_MOUNT))))
        .says("Secrets that RUN instructions may mount")
        .such_as(r#"["npm_token"]"#),
    key("shm_size", Size).says("The room of /dev/shm in build containers").such_as(r#""256m""#),
    key("ssh", Pairs(&["default"])).says("SSH agents and keys of the build").such_as(r#"["default"]"#),
    key("tags", List).says("More names for the image").such_as(r#"["shop/api:1.4"]"#),
    key("target", Text).says("The stage that is built").such_as(r#""release""#),
    key("ulimits", BUILD_ULIMITS).says("Limits of the build's processes").such_as("{ nofile = 1024 }"),
];

/// The keys of a network attachment.
pub(in crate::source) const ATTACHMENT: [Key<Shape>; 9] = [
    key("aliases", List).says("More names of the service in that network").such_as(r#"["gitea.localhost"]"#),
    key("driver_opts", OPTIONS).says("Options of the network's driver"),
    key("gw_priority", BareNumber)
        .says("The network with the highest one gives the default gateway")
        .such_as("1"),
    key("interface_name", Text).says("The name of the interface in the container").such_as(r#""eth0""#),
    key("ipv4_address", Text)
        .says("A fixed address, inside a subnet of the network")
        .such_as(r#""172.28.0.4""#),
    key("ipv6_address", Text).says("A fixed IPv6 address").such_as(r#""2001:db8::4""#),
    key("link_local_ips", List).says("Link-local addresses").such_as(r#"["169.254.8.8"]"#),
    key("mac_address", Text).says("The address of the interface").such_as(r#""02:42:ac:11:65:43""#),
    key("priority", BareNumber)
        .says("The order in which networks are joined, the highest first")
        .such_as("1"),
];

/// `bind` of a mount.
pub(in crate::source) const BIND: [Key<Shape>; 4] = [
    key("create_host_path", Bool).says("Whether a missing source is made").such_as("true"),
    key("propagation", OneOf(&["private", "rprivate", "shared", "rshared", "slave", "rslave"]))
        .says("Whether later mounts below it are seen on the other side")
        .such_as(r#""rprivate""#),
    key("recursive", OneOf(&["enabled", "disabled", "writable", "readonly"]))
        .says("What becomes of mounts below the source")
        .such_as(r#""enabled""#),
    key("selinux", OneOf(&["z", "Z"])).says("The SELinux label: `z` shared, `Z` its own").such_as(r#""z""#),
];
/// `volume` of a mount.
pub(in crate::source) const VOLUME_OPTIONS: [Key<Shape>; 3] = [
    key("labels", Distinct(&ListOrMap)).says("Labels of a volume that is made for this mount"),
    key("nocopy", Bool).says("Whether what the image holds there is left out").such_as("true"),
    key("subpath", Text).says("A folder of the volume instead of all of it").such_as(r#""data""#),
];
/// `tmpfs` of a mount.
pub(in crate::source) const TMPFS: [Key<Shape>; 2] = [
    key("mode", ModeNumber).says("Its permissions, octal").such_as("0o1777"),
    key("size", Size).says("The most it may hold").such_as(r#""64m""#),
];
/// `image` of a mount.
pub(in crate::source) const IMAGE_OPTIONS: [Key<Shape>; 1] =
    [key("subpath", Text).says("A folder of the image instead of all of it").such_as(r#""/usr/share""#)];

const DRIVER: Key<Shape> = key("driver", Text).says("Its driver").such_as(r#""local""#);
const DRIVER_OPTS: Key<Shape> = key("driver_opts", OPTIONS).says("Options of the driver");
const LABELS: Key<Shape> =
    key("labels", Distinct(&ListOrMap)).says("Its labels").such_as(r#"{ team = "shop" }"#);
const TEMPLATE_DRIVER: Key<Shape> =
    key("template_driver", Text).says("Who expands templates in it, in a swarm");

/// The kept keys of `[volumes.NAME]`.
pub(in crate::source) const VOLUME: [Key<Shape>; 3] =
    [DRIVER, DRIVER_OPTS.such_as(r#"{ type = "tmpfs", device = "tmpfs" }"#), LABELS];
/// The kept keys of `[networks.NAME]`.
pub(in crate::source) const NETWORK: [Key<Shape>; 8] = [
    key("attachable", Bool).says("Whether containers outside the project may join").such_as("true"),
    DRIVER.such_as(r#""bridge""#),
    DRIVER_OPTS.such_as(r#"{ "com.docker.network.bridge.name" = "shop0" }"#),
    key("enable_ipv4", Bool).says("Whether it has IPv4 addresses").such_as("true"),
    key("enable_ipv6", Bool).says("Whether it has IPv6 addresses").such_as("true"),
    key("internal", Bool).says("Whether it leads nowhere but to its members").such_as("true"),
    key("ipam", Keys(&IPAM)).says("Its addresses").such_as(r#"{ config = [{ subnet = "172.28.0.0/16" }] }"#),
    // Of these, Compose takes an item twice.
    Key { form: ListOrMap, ..LABELS },
];
/// The kept keys of `[secrets.NAME]`.
pub(in crate::source) const SECRET: [Key<Shape>; 4] =
    [DRIVER.such_as(r#""vault""#), DRIVER_OPTS, LABELS, TEMPLATE_DRIVER];
/// The kept keys of `[configs.NAME]`.
pub(in crate::source) const CONFIG: [Key<Shape>; 2] = [LABELS, TEMPLATE_DRIVER];
