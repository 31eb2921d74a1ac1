//! Compose's service keys that no proof reads, sorted by name. The keys and shapes are those of the Compose Specification's
//! schema.

use super::{
    compose_tables::{BLKIO, CREDENTIAL, DEVELOP, DEVICE, GPU, HOOK, OPTIONS, PROVIDER, ULIMITS},
    key::{Key, key},
};
use crate::source::requirement::Requirement;
use crate::source::shape::Shape::{
    self, BareBool, Between, Bool, Closed, Distinct, Duration, Each, Hosts, Int, Keys, List, ListOrMap,
    Needing, OneOf, Or, PullPolicy, Scalar, Scalars, Size, Text, TextOrList,
};

/// Service keys that are kept in `Service::rest`.
pub(in crate::source) const REST: [Key<Shape>; 57] = [
    key("annotations", ListOrMap)
        .says("Annotations of the container, for its runtime")
        .such_as(r#"{ "com.example.owner" = "shop" }"#),
    key("attach", Bool)
        .says("Whether `docker compose up` in the foreground shows the service's logs")
        .such_as("false"),
    key("blkio_config", Closed(&BLKIO))
        .says("Weight and limits of block I/O")
        .such_as("{ weight = 300 }"),
    key("cap_add", List).says("Kernel capabilities to add").such_as(r#"["NET_BIND_SERVICE"]"#),
    key("cap_drop", List)
        .says("Kernel capabilities to drop; drop `ALL` and add the few that are needed with `cap_add`")
        .such_as(r#"["ALL"]"#),
    key("cgroup", OneOf(&["host", "private"]))
        .says("The cgroup namespace: the container's own, or the host's")
        .such_as(r#""private""#),
    key("cgroup_parent", Text)
        .says("The parent cgroup")
        .such_as(r#""shop.slice""#),
    key("cpu_count", Between(0, i64::MAX)).says("Number of CPUs, on Windows").such_as("2"),
    key("cpu_percent", Between(0, 100))
        .says("Percentage of all CPUs, on Windows")
        .such_as("50"),
    key("cpu_rt_period", Scalar)
        .says("Period of the real-time scheduler, in microseconds or as a duration")
        .such_as("1_000_000"),
    key("cpu_rt_runtime", Scalar)
        .says("Run time within that period, in microseconds or as a duration")
        .such_as("95_000"),
    key("cpu_shares", Int)
        .says("CPU weight relative to other containers under contention; 1024 by default")
        .such_as("512"),
    key("cpuset", Text).says("CPUs that it may run on").such_as(r#""0-1""#),
    key("credential_spec", Keys(&CREDENTIAL))
        .says("Credentials of a managed service account, on Windows")
        .such_as(r#"{ file = "account.json" }"#),
    key("develop", Keys(&DEVELOP))
        .says("What `docker compose watch` does when files change")
        .such_as(r#"{ watch = [{ path = "./src", action = "rebuild" }] }"#),
    key("device_cgroup_rules", Distinct(&List))
        .says("Device cgroup rules, in the kernel's notation")
        .such_as(r#"["c 1:3 mr"]"#),
    key("devices", Each(&Or(&Text, &Keys(&DEVICE))))
        .says("Host devices, as `SOURCE[:TARGET[:PERMISSIONS]]` or a table")
        .such_as(r#"["/dev/ttyUSB0:/dev/ttyUSB0:rw"]"#),
    key("dns", TextOrList).says("DNS servers").such_as(r#"["10.0.0.53"]"#),
    key("dns_opt", List).says("DNS resolver options").such_as(r#"["use-vc"]"#),
    key("dns_search", TextOrList)
        .says("DNS search domains")
        .such_as(r#""shop.example""#),
    key("domainname", Text).says("Domain name of the container").such_as(r#""shop.example""#),
    key("expose", Scalars)
        .says("Ports exposed to other containers; documentation only, nothing is published")
        .such_as("[9000]"),
    key("external_links", Distinct(&List))
        .says("Containers of other projects to link to, as `CONTAINER[:ALIAS]`")
        .such_as(r#"["other-db-1:db"]"#),
    key("extra_hosts", Distinct(&Hosts))
        .says("Entries of /etc/hosts, each with one or more addresses")
        .such_as(r#"{ "host.docker.internal" = "host-gateway" }"#),
    key("gpus", Or(&OneOf(&["all"]), &Each(&Needing(&GPU, Requirement::NotBoth("count", "device_ids")))))
        .says("GPUs: `all`, or a list")
        .such_as(r#""all""#),
    key("group_add", Distinct(&Scalars))
        .says("Additional groups of the container's user")
        .such_as(r#"["mail", 1001]"#),
    key("hostname", Text).says("Host name of the container").such_as(r#""api""#),
    key("init", Bool)
        .says("Whether an init process runs as PID 1, which forwards signals and reaps child processes")
        .such_as("true"),
    key("isolation", Text).says("Isolation technology, on Windows").such_as(r#""default""#),
    key("label_file", TextOrList).says("Files with labels, one `KEY=value` per line").such_as(r#""labels.env""#),
    key("labels", ListOrMap).says("Labels of the container").such_as(r#"{ team = "shop" }"#),
    key("mac_address", Text).says("MAC address of the container").such_as(r#""02:42:ac:11:65:43""#),
    key("mem_swappiness", Int)
        .says("Swappiness of its memory, from 0 to 100")
        .such_as("10"),
    key("oom_kill_disable", Bool)
        .says("Whether the OOM killer is disabled for the container")
        .such_as("false"),
    key("oom_score_adj", Int)
        .says("OOM score adjustment, from -1000 to 1000: higher is killed earlier")
        .such_as("500"),
    key("platform", Text).says("Platform of the image").such_as(r#""linux/amd64""#),
    key("post_start", Each(&Keys(&HOOK)))
        .says("Commands that Compose runs in the container after it has started")
        .such_as(r#"[{ command = ["/warm-up"] }]"#),
    key("pre_stop", Each(&Keys(&HOOK)))
        .says("Commands that Compose runs in the container before stopping it")
        .such_as(r#"[{ command = ["/drain"] }]"#),
    key("provider", Keys(&PROVIDER))
        .says("An external provider that runs the service instead of a container")
        .such_as(r#"{ type = "awesomecloud" }"#),
    key("pull_policy", PullPolicy).says("When the image is pulled").such_as(r#""missing""#),
    key("pull_refresh_after", Text)
        .says("Age of an image at which `pull_policy = \"refresh\"` pulls it again")
        .such_as(r#""24h""#),
    key("read_only", Bool)
        .says("Whether the root filesystem is read-only; `tmpfs` and `volumes` stay writable")
        .such_as("true"),
    key("runtime", Text).says("OCI runtime").such_as(r#""runc""#),
    key("security_opt", Distinct(&List))
        .says("Security options: AppArmor, SELinux, seccomp, no-new-privileges")
        .such_as(r#"["no-new-privileges:true"]"#),
    key("shm_size", Size)
        .says("Size of /dev/shm; 64m by default, too little for Postgres and browsers")
        .such_as(r#""256m""#),
    key("stdin_open", Bool).says("Whether stdin stays open").such_as("false"),
    key("stop_grace_period", Duration)
        .says("Time between the stop signal and SIGKILL")
        .such_as(r#""30s""#),
    key("stop_signal", Text).says("Signal that stops the container").such_as(r#""SIGINT""#),
    key("storage_opt", OPTIONS).says("Storage driver options").such_as(r#"{ size = "10G" }"#),
    key("sysctls", ListOrMap)
        .says("Namespaced kernel parameters")
        .such_as(r#"{ "net.core.somaxconn" = 1024 }"#),
    key("tty", Bool).says("Whether a pseudo-terminal is allocated").such_as("false"),
    key("ulimits", ULIMITS)
        .says("Resource limits of its processes: a number, or a soft and a hard limit")
        .such_as("{ nofile = { soft = 1024, hard = 65536 } }"),
    key("use_api_socket", BareBool)
        .says("Whether the engine's API socket is available in the container, which is equivalent to root on the host")
        .such_as("false"),
    key("user", Text)
        .says("User, as `USER[:GROUP]` by name or number")
        .such_as(r#""1000:1000""#),
    key("userns_mode", Text).says("User namespace").such_as(r#""host""#),
    key("uts", Text).says("UTS namespace: `host` shares the host's").such_as(r#""host""#),
    key("working_dir", Text).says("Working directory").such_as(r#""/srv""#),
];
