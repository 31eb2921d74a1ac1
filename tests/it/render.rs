//! `render` over a stack that uses everything: what a person reads, and what Compose makes of it.

use std::{fs, path::Path, process::Command as Process};

use indexmap::IndexMap;
use stackctl::{
    model::{
        Build, Bytes, Command, Condition, Config, ConfigSource, Cpus, Dependency, EnvFile, EnvFileSource,
        Grant, Healthcheck, Logging, Map, Mount, MountKind, Overlay, Port, Profile, Resource, Resources,
        Secret, SecretSource, Service, SideFile, Stack, Swap, Value, Written,
    },
    render::{Input, Rendered, project},
    resolve::Profiles,
};

fn resources(memory: &str, cpus: &str) -> Resources {
    Resources {
        memory: Some(Bytes::parse(memory).unwrap()),
        cpus: Some(Cpus::parse(cpus).unwrap()),
        pids: None,
    }
}

fn exec(words: &[&str]) -> Option<Command> {
    Some(Command::Exec(words.iter().map(|word| (*word).to_owned()).collect()))
}

fn written(text: &str) -> Option<Written<stackctl::model::Duration>> {
    Some(Written { text: text.to_owned(), value: stackctl::model::Duration::parse(text).ok() })
}

fn service(image: &str, memory: &str) -> Service {
    Service {
        image: Some(image.to_owned()),
        limits: resources(memory, "0.5"),
        reservations: resources("32M", "0.25"),
        restart: Some("unless-stopped".to_owned()),
        logging: Logging {
            driver: Some("json-file".to_owned()),
            max_size: Some(Bytes::parse("10m").unwrap()),
            max_file: Some(3),
            options: IndexMap::new(),
        },
        ..Service::default()
    }
}

fn needs(on: &str, condition: Condition, required: bool) -> (String, Dependency) {
    (on.to_owned(), Dependency { condition, required, restart: false })
}

fn bind(source: &str, target: &str) -> Mount {
    Mount {
        kind: MountKind::Bind,
        source: Some(source.to_owned()),
        target: target.to_owned(),
        read_only: true,
        options: vec!["z".to_owned()],
        rest: Map::new(),
    }
}

/// Every feature once.
fn stack() -> Stack {
    let mut postgres = service("postgres:17-alpine", "2G");
    postgres.healthcheck = Some(Healthcheck {
        test: exec(&["CMD-SHELL", "pg_isready -U shop"]),
        interval: written("30s"),
        start_period: written("60s"),
        start_interval: written("1s"),
        retries: Some(3),
        ..Healthcheck::default()
    });
    postgres.volumes = vec![
        Mount {
            kind: MountKind::Volume,
            source: Some("data".into()),
            target: "/var/lib/postgresql/data".into(),
            read_only: false,
            options: vec![],
            rest: Map::new(),
        },
        Mount {
            kind: MountKind::Volume,
            source: Some("v".into()),
            target: "/v".into(),
            read_only: false,
            options: vec![],
            rest: Map::new(),
        },
        bind("./init", "/docker-entrypoint-initdb.d"),
    ];
    postgres.secrets =
        vec![Grant { source: "password".into(), target: None, uid: None, gid: None, mode: None }];
    postgres.environment = [
        ("POSTGRES_PASSWORD_FILE".to_owned(), Some("/run/secrets/password".to_owned())),
        ("TZ".to_owned(), None),
    ]
    .into();

    let mut api = service("stackctl", "1G");
    api.depends_on = [needs("postgres", Condition::Healthy, true)].into();
    api.environment =
        [("MODE".to_owned(), Some("no".to_owned())), ("LEVEL".to_owned(), Some("${LEVEL:-info}".to_owned()))]
            .into();
    api.replicas = Some(2);
    api.memswap_limit = Some(Swap::Limit(Bytes::parse("1G").unwrap()));
    api.rest.insert("read_only".into(), Value::Bool(true));
    api.rest.insert("user".into(), Value::from("65532:65532"));
    api.rest.insert("cap_drop".into(), Value::List(vec![Value::from("ALL")]));

    let mut proxy = service("nginx:1.30-alpine", "128M");
    proxy.ports = vec![Port::parse("8080:80").unwrap()];
    proxy.files = vec![SideFile { template: "nginx.conf".into(), target: "/etc/nginx/nginx.conf".into() }];
    proxy.networks = [("front".to_owned(), Value::Null), ("default".to_owned(), Value::Null)].into();
    proxy.configs = vec![Grant {
        source: "motd".into(),
        target: Some("/etc/motd".into()),
        uid: None,
        gid: None,
        mode: Some(0o444),
    }];
    proxy.tmpfs = vec!["/tmp:size=16m".into()];

    let mut generator = service("stackctl", "256M");
    generator.command = exec(&["traffic", "--mode", "steady"]);

    let mut jaeger = service("jaegertracing/jaeger:2.19.0", "1G");
    jaeger.profiles = vec!["tracing".into()];
    jaeger.env_file = vec![
        EnvFile { source: EnvFileSource::Path("jaeger.env".into()), required: true, format: None },
        EnvFile { source: EnvFileSource::Secret("tokens".into()), required: true, format: None },
    ];
    jaeger.compose.insert("hostname".into(), Value::from("jaeger"));

    let mut tool = service("tool:1", "64M");
    tool.image = None;
    tool.build = Some(Build {
        context: "./tool".into(),
        dockerfile: Some("Dockerfile".into()),
        dockerfile_inline: None,
        rest: Map::new(),
    });
    tool.profiles = vec!["extra".into()];
    tool.restart = Some("no".into());

    let tracing = Overlay {
        environment: [("OTEL_EXPORTER_OTLP_ENDPOINT".to_owned(), Some("http://jaeger:4317".to_owned()))]
            .into(),
        depends_on: [needs("jaeger", Condition::Started, true), needs("postgres", Condition::Started, true)]
            .into(),
        limits: resources("1536M", "1"),
        replicas: Some(1),
        command: exec(&["shop", "order-api"]),
        ..Overlay::default()
    };
    let profile = |description: &str, includes: &[&str]| Profile {
        description: Some(description.to_owned()),
        includes: includes.iter().map(|name| (*name).to_owned()).collect(),
        ..Profile::default()
    };
    let mut tracing_profile = profile("distributed tracing", &[]);
    tracing_profile.services.insert("api".into(), tracing);
    let made = |env: &[&str]| Secret {
        source: SecretSource::Generated { env: env.iter().map(|key| (*key).to_owned()).collect() },
        name: None,
        rest: Map::new(),
    };
    Stack {
        name: "orders".into(),
        traffic_table: None,
        budget: Some(stackctl::model::Budget {
            memory: Bytes::parse("12G").unwrap(),
            cpus: Cpus::parse("8").unwrap(),
            cpu_overcommit: Cpus::parse("1.5").unwrap(),
            log_disk: None,
        }),
        profiles: [
            ("tracing".to_owned(), tracing_profile),
            ("extra".to_owned(), profile("a tool\n# with two lines", &[])),
            ("full".to_owned(), profile("all services", &["tracing", "extra"])),
        ]
        .into(),
        services: [
            ("postgres", postgres),
            ("api", api),
            ("proxy", proxy),
            ("traffic-generator", generator),
            ("jaeger", jaeger),
            ("tool", tool),
        ]
        .map(|(name, service)| (name.to_owned(), service))
        .into(),
        volumes: [("data".to_owned(), Resource::default()), ("v".to_owned(), Resource::default())].into(),
        networks: [(
            "front".to_owned(),
            Resource { rest: Map::from([("internal".to_owned(), Value::Bool(true))]), ..Resource::default() },
        )]
        .into(),
        secrets: [("password".to_owned(), made(&[])), ("tokens".to_owned(), made(&["A"]))].into(),
        configs: [(
            "motd".to_owned(),
            Config { source: ConfigSource::Content("a: b\n  c $$\n".into()), name: None, rest: Map::new() },
        )]
        .into(),
        ..Stack::default()
    }
}

fn render(root: &Path, stack: &Stack) -> Rendered {
    fs::create_dir_all(root.join("templates")).unwrap();
    fs::write(
        root.join("templates/nginx.conf"),
        "# {{ name }}\nworker_processes {{ service.limits.cpus }};\n",
    )
    .unwrap();
    let profiles = Profiles::new(stack);
    project(&Input { root, profiles: &profiles, traffic: None }).unwrap()
}

fn write(root: &Path, rendered: &Rendered) {
    for file in &rendered.files {
        let path = root.join("generated").join(&file.path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, &file.text).unwrap();
    }
}

#[test]
fn everything_as_a_person_reads_it() {
    let folder = tempfile::tempdir().unwrap();
    let rendered = render(folder.path(), &stack());
    let all: String = rendered.files.iter().map(|file| format!("=== {}\n{}", file.path, file.text)).collect();
    insta::assert_snapshot!(all.replace(env!("CARGO_PKG_VERSION"), "VERSION"));
    assert_eq!(rendered, render(folder.path(), &stack()));
}

#[test]
#[ignore = "needs docker compose"]
fn compose_accepts_it() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &render(folder.path(), &stack()));
    fs::write(folder.path().join("jaeger.env"), "X=1\n").unwrap();
    for (overlays, profiles) in
        [(vec![], vec![]), (vec!["tracing"], vec!["tracing"]), (vec!["tracing"], vec!["full"])]
    {
        let mut command = Process::new("docker");
        command.current_dir(folder.path()).args([
            "compose",
            "-p",
            "orders",
            "-f",
            "generated/docker-compose.yml",
        ]);
        for overlay in overlays {
            command.args(["-f", &format!("generated/docker-compose.{overlay}.yml")]);
        }
        for profile in profiles {
            command.args(["--profile", profile]);
        }
        let output = command.args(["config", "--format", "json"]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}
