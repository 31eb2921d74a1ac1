//! Generated Compose files: services, merges, anchors, `extends`, variables.
//!
//! `STACKCTL_IMPORT_SEED=N` runs one again and prints it; `STACKCTL_IMPORT_STACKS=N` changes how many are compared.

#![expect(clippy::disallowed_macros, reason = "what a test prints is for the person who runs it")]

use std::{
    env,
    fmt::Write as _,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use fastrand::Rng;

use super::{cases::Case, oracle::round_trip};

/// How many are compared without the variable.
const STACKS: u64 = 500;

/// Keys that mean something alone, in flow style.
const KEYS: &[&str] = &[
    "restart: unless-stopped",
    "restart: \"no\"",
    "user: \"1000:1000\"",
    "command: [\"serve\", \"--port\", \"80\"]",
    "command: echo hello",
    "entrypoint: []",
    "environment: {A: \"1\", B: 2, C: true, D: 1.10}",
    "environment: [A=1, B=2]",
    "environment: {A: }",
    "labels: {a.b: x, c: 1.5}",
    "labels: [\"a.b=x\"]",
    "ports: [\"{port}:80\"]",
    "ports: [\"127.0.0.1:{port}:80\", {target: 81}]",
    "volumes: [\"data:/data\", \"./conf:/conf:ro\"]",
    "volumes: [\"${DIR:-./dir}:/dir\"]",
    "networks: [front]",
    "networks: {front: {aliases: [x]}, back: }",
    "mem_limit: 64m",
    "cpus: 0.25",
    "deploy: {replicas: 2}",
    "deploy: {resources: {limits: {memory: 128M}}}",
    "logging: {driver: json-file, options: {max-size: 10m, max-file: \"3\"}}",
    "healthcheck: {test: [CMD, \"true\"], interval: 10s}",
    "healthcheck: {disable: true}",
    "cap_drop: [ALL]",
    "security_opt: [\"no-new-privileges:true\"]",
    "read_only: true",
    "tmpfs: /tmp",
    "stop_grace_period: 30s",
    "init: true",
    "ulimits: {nofile: {soft: 1, hard: 2}}",
    "extra_hosts: [\"a:10.0.0.1\"]",
    "profiles: [debug]",
    "profiles: [debug, x]",
    "secrets: [token]",
    "configs: [{source: motd, target: /etc/motd, mode: 0440}]",
    "env_file: [{path: gone.env, required: false}]",
];

/// Compose files that a seed makes.
fn generate(seed: u64) -> Case {
    let mut rng = Rng::with_seed(seed);
    let mut port = 20_000;
    let mut text = String::from(
        "x-one: &one\n  restart: always\nx-two: &two\n  stop_signal: SIGINT\n  labels: {two: \"2\"}\nservices:\n",
    );
    let count = rng.usize(1..6);
    for service in 0..count {
        if rng.bool() {
            let _ = writeln!(text, "  # about s{service}");
        }
        let _ = writeln!(text, "  s{service}:");
        match rng.u8(0..4) {
            0 => text.push_str("    <<: *one\n"),
            1 => text.push_str("    <<: [*one, *two]\n"),
            _ => {}
        }
        let image = ["busybox", "\"x:${TAG:-1}\"", "nginx:1.27  # pinned"];
        let _ = writeln!(text, "    image: {}", image[rng.usize(0..image.len())]);
        if service > 0 && rng.u8(0..4) == 0 {
            let _ = writeln!(text, "    extends: {{service: s{}}}", rng.usize(0..service));
        } else if service > 0 && rng.u8(0..3) == 0 {
            let _ = writeln!(text, "    depends_on: [s{}]", rng.usize(0..service));
        } else if service > 0 && rng.u8(0..3) == 0 {
            let _ = writeln!(
                text,
                "    depends_on: {{s{}: {{condition: service_started, required: false}}}}",
                rng.usize(0..service)
            );
        }
        text.push_str(&keys(&mut rng, &mut port, 6));
    }
    text.push_str("volumes: {data: }\nnetworks: {front: , back: {internal: true}}\nsecrets: {token: {environment: TOKEN}}\nconfigs: {motd: {content: \"hi ${WHO:-x}\"}}\n");
    let mut files = vec![("compose.yaml".to_owned(), text)];
    if rng.u8(0..3) == 0 {
        let more = format!("services:\n  s0:\n{}    tty: true\n", keys(&mut rng, &mut port, 3));
        files.push(("compose.override.yaml".to_owned(), more));
    }
    let other = [("TAG", "2"), ("DIR", "/srv/dir"), ("WHO", "you"), ("A", "a"), ("TOKEN", "t")];
    Case {
        name: format!("seed {seed}"),
        files,
        other: other.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        arguments: Vec::new(),
    }
}

/// Some keys, each once.
fn keys(rng: &mut Rng, port: &mut u32, most: usize) -> String {
    let (mut text, mut seen) = (String::new(), Vec::new());
    for _ in 0..rng.usize(0..=most) {
        let key = KEYS[rng.usize(0..KEYS.len())];
        let name = key.split(':').next().unwrap_or_default();
        // Two spellings of a limit that disagree are refused.
        let group = if ["mem_limit", "cpus", "deploy"].contains(&name) { "size" } else { name };
        if seen.contains(&group) {
            continue;
        }
        seen.push(group);
        *port += 1;
        let _ = writeln!(text, "    {}", key.replace("{port}", &port.to_string()));
    }
    text
}

#[test]
#[ignore = "needs the docker CLI with Compose"]
fn generated_files_come_back_as_they_were() {
    if let Some(seed) = env::var("STACKCTL_IMPORT_SEED").ok().and_then(|seed| seed.parse().ok()) {
        let case = generate(seed);
        let folder = tempfile::tempdir().unwrap();
        let result = round_trip(&case, folder.path());
        case.files.iter().for_each(|(name, text)| println!("--- {name}\n{text}"));
        println!(
            "--- stack.toml\n{}",
            std::fs::read_to_string(folder.path().join("stack.toml")).unwrap_or_default()
        );
        result.unwrap();
        return;
    }
    let wanted =
        env::var("STACKCTL_IMPORT_STACKS").ok().and_then(|count| count.parse().ok()).unwrap_or(STACKS);
    let (seeds, done, failed) = (AtomicU64::new(1), AtomicU64::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while done.load(Ordering::Relaxed) < wanted && failed.lock().unwrap().len() < 5 {
                    let seed = seeds.fetch_add(1, Ordering::Relaxed);
                    let folder = tempfile::tempdir().unwrap();
                    match round_trip(&generate(seed), folder.path()) {
                        Ok(()) => {
                            done.fetch_add(1, Ordering::Relaxed);
                        }
                        // A merged limit may disagree with its other spelling: Compose refuses the file as well.
                        Err(reason)
                            if reason.contains("compose-conflict") || reason.contains("Compose refuses") => {}
                        Err(reason) => failed.lock().unwrap().push(format!("## seed {seed}\n{reason}")),
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    assert!(failed.is_empty(), "{} fail:\n{}", failed.len(), failed.join("\n"));
}
