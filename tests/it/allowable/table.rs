//! A small stack for each code that can be allowed, and a Compose file for each that Compose refuses whatever is selected.

/// An error that can be allowed.
pub struct Case {
    /// The code.
    pub code: &'static str,
    /// What follows [`HEAD`]. `ALLOW` stands for the line that allows the code.
    pub stack: &'static str,
    /// A selection of profiles that Compose accepts.
    pub accepted: &'static [&'static str],
    /// One that `up` ends with, and whether Compose refuses it too.
    pub stopped: Option<(&'static [&'static str], bool)>,
}

/// The top of every stack.
pub const HEAD: &str = "\
name = \"allowed\"
[budget]
memory = \"8G\"
cpus = 8
[defaults]
limits = { memory = \"64M\", cpus = 0.5 }
logging = { driver = \"json-file\", max_size = \"10m\", max_file = 3 }
[profiles.extra]
[services.base]
image = \"a:1\"
[services.more]
image = \"a:1\"
profiles = [\"extra\"]
";

/// Accepted by Compose in every selection.
const fn anywhere(code: &'static str, stack: &'static str) -> Case {
    Case { code, stack, accepted: &["extra"], stopped: None }
}

/// Refused by Compose while the profile is enabled.
const fn outside_core(code: &'static str, stack: &'static str) -> Case {
    Case { code, stack, accepted: &[], stopped: Some((&["extra"], true)) }
}

/// One for each code, and more where a code has several forms.
pub const ALLOWED: &[Case] = &[
    anywhere(
        "bad-fixed-address",
        "[services.api]\nALLOW\nimage = \"a:1\"\nnetworks = { back = { ipv4_address = \"10.1.1.1\" } }\n[networks.back]\n",
    ),
    anywhere(
        "bad-healthcheck-test",
        "[services.api]\nALLOW\nimage = \"a:1\"\nhealthcheck = { test = [\"CMD\"] }\n",
    ),
    anywhere("bad-image", "[services.api]\nALLOW\nimage = \"${NOT_SET_IMAGE-}:${NOT_SET_TAG-}\"\n"),
    anywhere(
        "bad-log-value",
        "[services.api]\nALLOW\nimage = \"a:1\"\nlogging = { driver = \"json-file\", max_size = \"10m\", max_file = 1, options = { compress = \"true\" } }\n",
    ),
    anywhere("bad-restart", "[services.api]\nALLOW\nimage = \"a:1\"\nrestart = \"sometimes\"\n"),
    anywhere(
        "bad-subnet",
        "[services.api]\nimage = \"a:1\"\nnetworks = [\"back\"]\n[networks.back]\nALLOW\nipam = { config = [{ subnet = \"10.1.1.1/24\" }] }\n",
    ),
    outside_core(
        "container-name-with-replicas",
        "[services.api]\nALLOW\nprofiles = [\"extra\"]\nimage = \"a:1\"\ncontainer_name = \"api\"\nreplicas = 2\n",
    ),
    anywhere(
        "cpu-limit-below-minimum",
        "[services.api]\nALLOW\nimage = \"a:1\"\nlimits = { cpus = 0.001 }\n",
    ),
    outside_core(
        "dependency-cycle",
        "[services.api]\nprofiles = [\"extra\"]\nimage = \"a:1\"\ndepends_on = [\"web\"]\n[services.web]\nALLOW\nprofiles = [\"extra\"]\nimage = \"a:1\"\ndepends_on = [\"api\"]\n",
    ),
    outside_core(
        "duplicate-container-name",
        "[services.api]\nimage = \"a:1\"\ncontainer_name = \"one\"\n[services.web]\nALLOW\nprofiles = [\"extra\"]\nimage = \"a:1\"\ncontainer_name = \"one\"\n",
    ),
    anywhere("duplicate-mount-target", "[services.api]\nALLOW\nimage = \"a:1\"\ntmpfs = [\"/x\", \"/x/\"]\n"),
    outside_core(
        "duplicate-mount-target",
        "[services.api]\nALLOW\nprofiles = [\"extra\"]\nimage = \"a:1\"\nvolumes = [\"data:/x\"]\ntmpfs = [\"/x\"]\n[volumes.data]\n",
    ),
    anywhere(
        "duration-below-minimum",
        "[services.api]\nALLOW\nimage = \"a:1\"\nhealthcheck = { test = \"true\", interval = \"500us\" }\n",
    ),
    anywhere("engine-refuses", "[services.api]\nALLOW\nimage = \"a:1\"\ncap_add = [\"NOT_ONE\"]\n"),
    anywhere(
        "healthy-without-check",
        "[services.api]\nALLOW\nimage = \"a:1\"\ndepends_on = { base = \"healthy\" }\n",
    ),
    Case {
        code: "inactive-dependency",
        stack: "[services.api]\nALLOW\nimage = \"a:1\"\ndepends_on = [\"more\"]\n",
        accepted: &["extra"],
        stopped: Some((&[], true)),
    },
    anywhere(
        "max-file-without-max-size",
        "[services.api]\nALLOW\nimage = \"a:1\"\nlogging = { driver = \"local\", max_file = 3 }\n[defaults.logging]\n",
    ),
    anywhere(
        "memory-below-minimum",
        "[services.api]\nALLOW\nimage = \"a:1\"\nlimits = { memory = \"5m\" }\n",
    ),
    anywhere("missing-build-context", "[services.api]\nALLOW\nbuild = \"./nowhere\"\n"),
    anywhere(
        "missing-dockerfile",
        "[services.api]\nALLOW\nbuild = { context = \".\", dockerfile = \"None.Dockerfile\" }\n",
    ),
    anywhere(
        "missing-file",
        "[services.api]\nimage = \"a:1\"\nsecrets = [\"token\"]\n[secrets.token]\nALLOW\nfile = \"./nowhere\"\n",
    ),
    anywhere(
        "missing-file",
        "[services.api]\nimage = \"a:1\"\nconfigs = [\"settings\"]\n[configs.settings]\nALLOW\nfile = \"./nowhere\"\n",
    ),
    outside_core(
        "missing-file",
        "[services.api]\nALLOW\nprofiles = [\"extra\"]\nimage = \"a:1\"\nenv_file = \"./nowhere.env\"\n",
    ),
    anywhere("missing-limit", ""),
    outside_core(
        "network-mode-and-networks",
        "[services.api]\nALLOW\nprofiles = [\"extra\"]\nimage = \"a:1\"\nnetwork_mode = \"none\"\nnetworks = [\"back\"]\n[networks.back]\n",
    ),
    anywhere(
        "never-completes",
        "[services.once]\nimage = \"a:1\"\nrestart = \"always\"\n[services.api]\nALLOW\nimage = \"a:1\"\ndepends_on = { once = \"completed\" }\n",
    ),
    outside_core("no-image", "[services.api]\nALLOW\nprofiles = [\"extra\"]\ncommand = \"x\"\n"),
    outside_core(
        "no-image",
        "[services.api]\nALLOW\nprofiles = [\"extra\"]\nimage = \"${NOT_SET_IMAGE-}\"\n",
    ),
    anywhere(
        "overlapping-subnets",
        "[services.api]\nimage = \"a:1\"\nnetworks = [\"one\", \"two\"]\n[networks.one]\nipam = { config = [{ subnet = \"10.1.0.0/16\" }] }\n[networks.two]\nALLOW\nipam = { config = [{ subnet = \"10.1.1.0/24\" }] }\n",
    ),
    Case {
        code: "port-collision",
        stack: "[services.api]\nimage = \"a:1\"\nports = [\"127.0.0.1:8080:80\"]\n[services.web]\nALLOW\nprofiles = [\"extra\"]\nimage = \"a:1\"\nports = [\"127.0.0.1:8080:80\"]\n",
        accepted: &["extra"],
        stopped: Some((&["extra"], false)),
    },
    anywhere(
        "ports-without-network",
        "[services.api]\nALLOW\nimage = \"a:1\"\nnetwork_mode = \"host\"\nports = [\"127.0.0.1:8080:80\"]\n",
    ),
    anywhere(
        "refused-resource",
        "[services.api]\nimage = \"a:1\"\nvolumes = [\"data:/x\"]\n[volumes.data]\nALLOW\ndriver_opts = { colour = \"red\" }\n",
    ),
    Case {
        code: "replicas-share-port",
        stack: "[services.api]\nALLOW\nimage = \"a:1\"\nreplicas = 2\nports = [\"127.0.0.1:8080:80\"]\n",
        accepted: &["extra"],
        stopped: Some((&[], false)),
    },
    anywhere(
        "reservation-above-limit",
        "[services.api]\nALLOW\nimage = \"a:1\"\nreservations = { memory = \"128M\" }\n",
    ),
    anywhere(
        "start-interval-without-start-period",
        "[services.api]\nALLOW\nimage = \"a:1\"\nhealthcheck = { test = \"true\", start_interval = \"1s\" }\n",
    ),
    anywhere("swap-despite-budget", "[services.api]\nALLOW\nimage = \"a:1\"\nmemswap_limit = \"128M\"\n"),
    anywhere("swap-below-limit", "[services.api]\nALLOW\nimage = \"a:1\"\nmemswap_limit = \"32M\"\n"),
    // The marker is not in the stack: the head itself lacks it.
    anywhere("missing-limit", "# logs\n"),
    outside_core(
        "undefined-config",
        "[services.api]\nALLOW\nprofiles = [\"extra\"]\nimage = \"a:1\"\nconfigs = [\"nope\"]\n",
    ),
    outside_core(
        "undefined-model",
        "[services.api]\nALLOW\nprofiles = [\"extra\"]\nimage = \"a:1\"\nmodels = [\"nope\"]\n",
    ),
    outside_core(
        "undefined-network",
        "[services.api]\nALLOW\nprofiles = [\"extra\"]\nimage = \"a:1\"\nnetworks = [\"nope\"]\n",
    ),
    outside_core(
        "undefined-secret",
        "[services.api]\nALLOW\nprofiles = [\"extra\"]\nimage = \"a:1\"\nsecrets = [\"nope\"]\n",
    ),
    outside_core(
        "undefined-service",
        "[services.api]\nALLOW\nprofiles = [\"extra\"]\nimage = \"a:1\"\ndepends_on = [\"nope\"]\n",
    ),
    outside_core(
        "undefined-service",
        "[services.api]\nALLOW\nprofiles = [\"extra\"]\nimage = \"a:1\"\nnetwork_mode = \"service:nope\"\n",
    ),
    outside_core(
        "undefined-volume",
        "[services.api]\nALLOW\nprofiles = [\"extra\"]\nimage = \"a:1\"\nvolumes = [\"nope:/x\"]\n",
    ),
    anywhere(
        "unknown-log-option",
        "[services.api]\nALLOW\nimage = \"a:1\"\nlogging = { driver = \"local\", options = { colour = \"red\" } }\n",
    ),
    anywhere(
        "unset-source",
        "[services.api]\nimage = \"a:1\"\nsecrets = [\"token\"]\n[secrets.token]\nALLOW\nenvironment = \"NOT_SET_ANYWHERE\"\n",
    ),
];

/// Compose files that are refused with every profile and without.
pub const REFUSED: &[(&str, &str)] = &[
    ("bad-container-name", "services: {b: {image: b}, a: {image: a, profiles: [extra], container_name: a}}"),
    (
        "bad-expanded-value",
        "services: {b: {image: b}, a: {image: a, profiles: [extra], init: '${NOT_SET_INIT-}'}}",
    ),
    ("bad-variable", "services: {b: {image: b}, a: {image: a, profiles: [extra], command: '${}'}}"),
    ("compose-refuses", "services: {b: {image: b}, a: {image: a, profiles: [extra], cpu_percent: 101}}"),
    ("conflicting-keys", "services: {b: {image: b}}\nsecrets: {s: {file: x, environment: Y}}"),
    ("duplicate-item", "services: {b: {image: b}, a: {image: a, profiles: [extra], security_opt: [X, X]}}"),
    ("invalid-env-file", "services: {b: {image: b, env_file: bad.env}}"),
    (
        "required-variable",
        "services: {b: {image: b}, a: {image: a, profiles: [extra], command: '${NOT_SET_ANYWHERE:?}'}}",
    ),
];
