//! Compose's service keys that no proof reads, sorted by name. The keys and shapes are those of the Compose Specification's
//! schema.

use super::{
    compose_tables::{self, BLKIO, CREDENTIAL, DEVELOP, DEVICE, GPU, HOOK, OPTIONS, PROVIDER, ULIMITS},
    key::{Key, key},
};
use crate::source::need::Need;
use crate::source::shape::Shape::{
    self, BareBool, Between, Bool, Closed, Distinct, Duration, Each, Hosts, Int, Keys, List, ListOrMap,
    Needing, OneOf, Or, PullPolicy, Scalar, Scalars, Size, Text, TextOrList,
};

/// `deploy`, which stands in `compose` only.
pub(in crate::source) const DEPLOY: Key<Shape> = key("deploy", Keys(&compose_tables::DEPLOY))
    .says("What a swarm does with it, beside `limits`, `reservations` and `replicas`")
    .such_as(r#"{ endpoint_mode = "dnsrr" }"#);

/// Service keys that are kept in `Service::rest`.
pub(in crate::source) const REST: [Key<Shape>; 57] = [
    key("annotations", ListOrMap)
        .says("Annotations of the container, for what runs it")
        .such_as(r#"{ "com.example.owner" = "shop" }"#),
    key("attach", Bool)
        .says("Whether a plain `docker compose up` in the foreground shows what the service prints")
        .such_as("false"),
    key("blkio_config", Closed(&BLKIO))
        .says("The weight and the limits of the service's disk access")
        .such_as("{ weight = 300 }"),
    key("cap_add", List).says("Kernel capabilities to add").such_as(r#"["NET_BIND_SERVICE"]"#),
    key("cap_drop", List)
        .says("Kernel capabilities to take away; `ALL`, and `cap_add` gives back the few that are needed")
        .such_as(r#"["ALL"]"#),
    key("cgroup", OneOf(&["host", "private"]))
        .says("Whether the container has a control group namespace of its own")
        .such_as(r#""private""#),
    key("cgroup_parent", Text)
        .says("The control group that the container's own is put under")
        .such_as(r#""shop.slice""#),
    key("cpu_count", Between(0, i64::MAX)).says("CPUs that the container may use, on Windows").such_as("2"),
    key("cpu_percent", Between(0, 100))
        .says("The part of all CPUs that it may use, on Windows")
        .such_as("50"),
    key("cpu_rt_period", Scalar)
        .says("The period of the real-time scheduler, in microseconds or as a duration")
        .such_as("1_000_000"),
    key("cpu_rt_runtime", Scalar)
        .says("How much of that period it may run, in microseconds or as a duration")
        .such_as("95_000"),
    key("cpu_shares", Int)
        .says("Its weight beside other containers when CPUs are short; 1024 is the engine's default")
        .such_as("512"),
    key("cpuset", Text).says("The CPUs it may run on").such_as(r#""0-1""#),
    key("credential_spec", Keys(&CREDENTIAL))
        .says("The credentials of a managed service account, on Windows")
        .such_as(r#"{ file = "account.json" }"#),
    key("develop", Keys(&DEVELOP))
        .says("What `docker compose watch` does when files change")
        .such_as(r#"{ watch = [{ path = "./src", action = "rebuild" }] }"#),
    key("device_cgroup_rules", Distinct(&List))
        .says("Devices that the container may create, in the kernel's notation")
        .such_as(r#"["c 1:3 mr"]"#),
    key("devices", Each(&Or(&Text, &Keys(&DEVICE))))
        .says("Devices of the machine, as `SOURCE[:TARGET[:PERMISSIONS]]` or a table")
        .such_as(r#"["/dev/ttyUSB0:/dev/ttyUSB0:rw"]"#),
    key("dns", TextOrList).says("The name servers of the container").such_as(r#"["10.0.0.53"]"#),
    key("dns_opt", List).says("Options of its resolver").such_as(r#"["use-vc"]"#),
    key("dns_search", TextOrList)
        .says("Domains that it looks for short names in")
        .such_as(r#""shop.example""#),
    key("domainname", Text).says("The domain of the container's own name").such_as(r#""shop.example""#),
    key("expose", Scalars)
        .says("Ports that the image serves to its neighbours; documentation, nothing is published")
        .such_as("[9000]"),
    key("external_links", Distinct(&List))
        .says("Containers of other projects, as `CONTAINER[:ALIAS]`")
        .such_as(r#"["other-db-1:db"]"#),
    key("extra_hosts", Distinct(&Hosts))
        .says("Names for the container's hosts file, with an address or several")
        .such_as(r#"{ "host.docker.internal" = "host-gateway" }"#),
    key("gpus", Or(&OneOf(&["all"]), &Each(&Needing(&GPU, Need::NotBoth("count", "device_ids")))))
        .says("The GPUs that it gets: all of them, or a list")
        .such_as(r#""all""#),
    key("group_add", Distinct(&Scalars))
        .says("More groups of the container's user")
        .such_as(r#"["mail", 1001]"#),
    key("hostname", Text).says("The name that the container has for itself").such_as(r#""api""#),
    key("init", Bool)
        .says("Whether a small init is process 1, which passes signals on and collects ended children")
        .such_as("true"),
    key("isolation", Text).says("How containers are isolated, on Windows").such_as(r#""default""#),
    key("label_file", TextOrList).says("Files with labels, a `KEY=value` a line").such_as(r#""labels.env""#),
    key("labels", ListOrMap).says("Labels of the container").such_as(r#"{ team = "shop" }"#),
    key("mac_address", Text).says("The address of its network interface").such_as(r#""02:42:ac:11:65:43""#),
    key("mem_swappiness", Int)
        .says("How readily the kernel swaps its memory out, from 0 to 100")
        .such_as("10"),
    key("oom_kill_disable", Bool)
        .says("Whether the container waits instead of being killed when its memory runs out")
        .such_as("false"),
    key("oom_score_adj", Int)
        .says("How early the kernel kills it when the machine's memory runs out, from -1000 to 1000")
        .such_as("500"),
    key("platform", Text).says("The platform of its image").such_as(r#""linux/amd64""#),
    key("post_start", Each(&Keys(&HOOK)))
        .says("Commands that Compose runs in the container after its start")
        .such_as(r#"[{ command = ["/warm-up"] }]"#),
    key("pre_stop", Each(&Keys(&HOOK)))
        .says("Commands that Compose runs in the container before it stops it")
        .such_as(r#"[{ command = ["/drain"] }]"#),
    key("provider", Keys(&PROVIDER))
        .says("A program that provides the service instead of a container")
        .such_as(r#"{ type = "awesomecloud" }"#),
    key("pull_policy", PullPolicy).says("When its image is pulled").such_as(r#""missing""#),
    key("pull_refresh_after", Text)
        .says("How old an image may be before `pull_policy = \"refresh\"` pulls it again")
        .such_as(r#""24h""#),
    key("read_only", Bool)
        .says("Whether its root filesystem is read-only; `tmpfs` and `volumes` are what it can write to")
        .such_as("true"),
    key("runtime", Text).says("The runtime of its container").such_as(r#""runc""#),
    key("security_opt", Distinct(&List))
        .says("Options of the kernel's security modules")
        .such_as(r#"["no-new-privileges:true"]"#),
    key("shm_size", Size)
        .says("The room of /dev/shm; 64m where it is left out, which Postgres and browsers outgrow")
        .such_as(r#""256m""#),
    key("stdin_open", Bool).says("Whether its standard input stays open").such_as("false"),
    key("stop_grace_period", Duration)
        .says("How long it has to end after the stop signal, before it is killed")
        .such_as(r#""30s""#),
    key("stop_signal", Text).says("The signal that asks it to end").such_as(r#""SIGINT""#),
    key("storage_opt", OPTIONS).says("Options of the storage driver").such_as(r#"{ size = "10G" }"#),
    key("sysctls", ListOrMap)
        .says("Kernel parameters of its namespaces")
        .such_as(r#"{ "net.core.somaxconn" = 1024 }"#),
    key("tty", Bool).says("Whether it has a terminal").such_as("false"),
    key("ulimits", ULIMITS)
        .says("Limits of its processes: a number, or a soft and a hard one")
        .such_as("{ nofile = { soft = 1024, hard = 65536 } }"),
    key("use_api_socket", BareBool)
        .says("Whether it may speak to the engine that runs it, which is as good as root on the machine")
        .such_as("false"),
    key("user", Text)
        .says("Who its process is: a name or number, and a group behind a colon")
        .such_as(r#""1000:1000""#),
    key("userns_mode", Text).says("The user namespace of the container").such_as(r#""host""#),
    key("uts", Text).says("Whose host name it has: `host` is the machine's").such_as(r#""host""#),
    key("working_dir", Text).says("The folder that its process starts in").such_as(r#""/srv""#),
];
