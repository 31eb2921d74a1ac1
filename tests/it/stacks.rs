//! Generated stacks: mostly right, each with a good chance of every feature that Compose and stackctl could see
//! differently, and now and then wrong.

use std::{collections::BTreeSet, fmt::Write as _, fs, path::Path};

use fastrand::Rng;

/// A generated stack.toml and what the test knows of its profiles.
pub struct Generated {
    toml: String,
    /// Profile and what it includes, in declaration order.
    profiles: Vec<(String, Vec<usize>)>,
    /// Which profiles each excludes.
    excludes: Vec<Vec<usize>>,
}

const CONDITIONS: [&str; 3] = ["started", "healthy", "completed"];
const MEMORY: [&str; 8] = ["64M", "128m", "0.5G", "256MiB", "100000k", "67108865", "1.3g", "96 MB"];
const CPUS: [&str; 7] = ["0.25", "0.5", "\"0.1\"", "1", "0.333", "0.7", "\"1.50\""];
const VALUES: [&str; 10] = [
    "\"no\"",
    "\"1.10\"",
    "\"017\"",
    "true",
    "1.10",
    "7",
    "\"22:22\"",
    "\"a $$B ${C:-d} $5\"",
    "\"\"",
    "\"x: #y\"",
];

impl Generated {
    /// The stack of a seed: the same text on every machine.
    pub fn new(seed: u64) -> Self {
        let mut generator = Generator {
            rng: Rng::with_seed(seed),
            toml: String::new(),
            profiles: Vec::new(),
            excludes: Vec::new(),
            services: 0,
        };
        generator.stack();
        Self { toml: generator.toml, profiles: generator.profiles, excludes: generator.excludes }
    }

    /// Its text.
    pub fn toml(&self) -> &str {
        &self.toml
    }

    /// Write stack.toml and the files that it names.
    pub fn write(&self, folder: &Path) {
        fs::create_dir_all(folder.join("app")).unwrap();
        fs::write(folder.join("stack.toml"), &self.toml).unwrap();
        fs::write(folder.join("app/Dockerfile"), "FROM scratch\n").unwrap();
        fs::write(folder.join(".dockerignore"), ".stackctl\n").unwrap();
        fs::write(folder.join("settings.env"), "FROM_FILE=1\n").unwrap();
        fs::write(folder.join("token"), "t\n").unwrap();
    }

    /// Every subset of the profiles that enables none which another one excludes.
    pub fn subsets(&self) -> Vec<Vec<&str>> {
        (0..1_u32 << self.profiles.len())
            .map(|bits| {
                let chosen = self.profiles.iter().enumerate().filter(|(index, _)| bits & (1 << index) != 0);
                chosen.map(|(_, (name, _))| name.as_str()).collect()
            })
            .filter(|subset: &Vec<&str>| {
                let enabled = self.enabled(subset);
                let is_enabled = |at: usize| enabled.contains(&self.profiles[at].0.as_str());
                let excluded =
                    |at: usize| is_enabled(at) && self.excludes[at].iter().any(|other| is_enabled(*other));
                !(0..self.profiles.len()).any(excluded)
            })
            .collect()
    }

    /// Everything that a subset enables, included profiles before the aggregate, else in declaration order: written apart
    /// from the crate's own expansion, since the test checks that one.
    pub fn enabled(&self, subset: &[&str]) -> Vec<&str> {
        let mut order = Vec::new();
        let mut done = BTreeSet::new();
        fn visit(stack: &Generated, index: usize, done: &mut BTreeSet<usize>, order: &mut Vec<usize>) {
            if done.insert(index) {
                let mut includes = stack.profiles[index].1.clone();
                includes.sort_unstable();
                includes.into_iter().for_each(|include| visit(stack, include, done, order));
                order.push(index);
            }
        }
        for (index, (name, _)) in self.profiles.iter().enumerate() {
            if subset.contains(&name.as_str()) {
                visit(self, index, &mut done, &mut order);
            }
        }
        order.into_iter().map(|index| self.profiles[index].0.as_str()).collect()
    }
}

struct Generator {
    rng: Rng,
    toml: String,
    profiles: Vec<(String, Vec<usize>)>,
    excludes: Vec<Vec<usize>>,
    services: usize,
}

impl Generator {
    fn chance(&mut self, percent: u8) -> bool {
        self.rng.u8(0..100) < percent
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.rng.usize(0..from.len())]
    }

    fn line(&mut self, text: &str) {
        writeln!(self.toml, "{text}").unwrap();
    }

    fn stack(&mut self) {
        self.services = self.rng.usize(1..9);
        let profiles = self.rng.usize(0..5);
        self.line("name = \"oracle\"\n[budget]\nmemory = \"64G\"\ncpus = 64\ncpu_overcommit = 2");
        self.line("[defaults]\nlogging = { driver = \"json-file\", max_size = \"10m\", max_file = 3 }");
        if self.chance(70) {
            self.line("restart = \"unless-stopped\"");
        }
        if self.chance(20) {
            self.line("limits = { pids = 100 }\nlabels = { team = \"a\" }");
        }
        for index in 0..profiles {
            // Only later profiles include earlier ones or the other way round, never both: no circles.
            let includes: Vec<usize> = (0..index).filter(|_| self.rng.u8(0..100) < 25).collect();
            let others = (0..index).filter(|other| !includes.contains(other));
            let excludes = others.filter(|_| self.rng.u8(0..100) < 12).collect();
            self.excludes.push(excludes);
            self.profiles.push((format!("p{index}.x-{index}"), includes));
        }
        if profiles > 0 && self.chance(15) {
            let default = &self.profiles[self.rng.usize(0..profiles)].0;
            // The first line is the name: a key of the top comes before any table.
            self.toml.insert_str(0, &format!("default_profiles = [{default:?}]\n"));
        }
        for index in 0..profiles {
            self.profile(index);
        }
        for index in 0..self.services {
            self.service(index);
        }
        self.line("[volumes.data]\n[volumes.cache]\ndriver = \"local\"\n[networks.front]\n[networks.back]\ninternal = true");
        self.line("[secrets.made]\ngenerate = true\n[secrets.token]\nfile = \"token\"\n[configs.motd]\ncontent = \"hello $$you\"");
    }

    fn profile(&mut self, index: usize) {
        let (name, includes) = self.profiles[index].clone();
        let quoted = |of: &[usize]| -> Vec<String> {
            of.iter().map(|at| format!("{:?}", self.profiles[*at].0)).collect()
        };
        let (includes, excludes) = (quoted(&includes), quoted(&self.excludes[index]));
        self.line(&format!(
            "[profiles.{name:?}]\ndescription = \"{name}\"\nincludes = [{}]\nexcludes = [{}]",
            includes.join(", "),
            excludes.join(", ")
        ));
        for service in 0..self.services {
            if !self.chance(12) {
                continue;
            }
            self.line(&format!("[profiles.{name:?}.services.s{service}]"));
            if self.chance(50) {
                let key = if self.chance(20) { "SHARED".to_owned() } else { format!("P{index}") };
                let value = self.pick(&VALUES);
                self.line(&format!("environment = {{ {key} = {value} }}"));
            }
            if self.chance(40) {
                let (memory, cpus) = (self.pick(&MEMORY), self.pick(&CPUS));
                self.line(&format!("limits = {{ memory = {memory:?}, cpus = {cpus} }}"));
            }
            if self.chance(20) {
                let replicas = self.rng.u8(0..4);
                self.line(&format!("replicas = {replicas}"));
            }
            if self.chance(20) {
                self.line("command = [\"run\", \"--profile\"]");
            }
            if self.chance(30) {
                self.dependencies(service);
            }
        }
    }

    fn service(&mut self, index: usize) {
        self.line(&format!("[services.s{index}]"));
        self.source();
        let (memory, cpus) = (self.pick(&MEMORY), self.pick(&CPUS));
        self.line(&format!("limits = {{ memory = {memory:?}, cpus = {cpus} }}"));
        if self.chance(50) {
            self.line("reservations = { memory = \"32M\", cpus = 0.05 }");
        }
        if self.chance(50) && !self.profiles.is_empty() {
            let count = self.rng.usize(1..3);
            let chosen: BTreeSet<usize> =
                (0..count).map(|_| self.rng.usize(0..self.profiles.len())).collect();
            let names: Vec<String> =
                chosen.into_iter().map(|at| format!("{:?}", self.profiles[at].0)).collect();
            self.line(&format!("profiles = [{}]", names.join(", ")));
        }
        if self.chance(50) {
            self.dependencies(index);
        }
        if self.chance(45) {
            self.line("healthcheck = { test = [\"CMD\", \"true\"], interval = \"5s\", start_period = \"1m30s\", start_interval = \"1s\" }");
        }
        self.running(index);
        self.attachments(index);
    }

    fn source(&mut self) {
        match self.rng.u8(0..10) {
            0 => self.line("build = \"app\""),
            1 => self
                .line("build = { context = \".\", dockerfile = \"app/Dockerfile\", args = { A = \"1\" } }"),
            2 => self.line("image = \"registry.example/app:${TAG:-1}\""),
            _ => self.line("image = \"example/app:1.2\""),
        }
    }

    fn running(&mut self, index: usize) {
        if self.chance(40) {
            let (value, other) = (self.pick(&VALUES), self.pick(&VALUES));
            self.line(&format!("environment = {{ BASE = {value}, SHARED = {other} }}"));
        } else if self.chance(20) {
            self.line("environment = [\"LISTED=a=b\", \"FROM_CALLER\"]");
        }
        if self.chance(20) {
            self.line(&format!("replicas = {}", index % 4));
        } else if self.chance(15) {
            self.line(&format!("container_name = \"box-{index}\""));
        }
        if self.chance(10) {
            self.line("memswap_limit = \"2G\"");
        }
        if self.chance(15) {
            self.line("tmpfs = [\"/scratch:size=16m\"]\nread_only = true\ncap_drop = [\"ALL\"]\ninit = true");
        }
        if self.chance(15) {
            self.line("labels = [\"a=b\", \"c=22:22\"]\nsysctls = { \"net.core.somaxconn\" = 1024 }\nshm_size = \"64m\"");
        }
        if self.chance(15) {
            self.line("ulimits = { nofile = { soft = 1024, hard = 2048 } }\nstop_grace_period = \"1m\"\nuser = \"1000:1000\"");
        }
        if self.chance(10) {
            self.line("compose = { hostname = \"h\", extra_hosts = [\"a:10.0.0.1\"] }");
        }
        if self.chance(10) {
            self.line("command = \"echo $$HOME ${X-y}\"\nentrypoint = [\"/bin/sh\", \"-c\"]");
        }
    }

    fn attachments(&mut self, index: usize) {
        let network = self.rng.u8(0..20);
        // Ports of a service without a network of its own are refused: rarely both.
        if self.chance(30) && (network >= 8 || self.chance(5)) {
            let port = if self.chance(10) { 9000 } else { 9100 + index };
            self.line(&format!("ports = [\"{port}:80\", \"[::1]:{}:53/udp\"]", 9200 + index));
        }
        if self.chance(40) {
            self.line("volumes = [\"data:/data\", \"./app:/app:ro\", \"cache:/cache:nocopy\"]");
        } else if self.chance(20) {
            self.line(
                "volumes = [{ type = \"bind\", source = \"../\", target = \"/up\", read_only = true }]",
            );
        }
        match network {
            8..12 => self.line("networks = [\"front\", \"back\"]"),
            12 | 13 => self.line("networks = { front = { aliases = [\"x\"] } }"),
            0 | 1 if index > 0 => self.line(&format!("network_mode = \"service:s{}\"", index - 1)),
            6 | 7 => self.line("network_mode = \"host\""),
            _ => {}
        }
        if self.chance(25) {
            self.line(
                "secrets = [\"made\", { source = \"token\", target = \"/run/token\" }]\nconfigs = [\"motd\"]",
            );
        }
        if self.chance(15) {
            self.line("env_file = [\"settings.env\"]");
        }
        if self.chance(5) && index > 0 {
            self.line(&format!("links = [\"s{}:other\"]", index - 1));
        }
    }

    /// Mostly backwards, so that circles are rare.
    fn dependencies(&mut self, index: usize) {
        let mut entries = Vec::new();
        for _ in 0..self.rng.usize(1..3) {
            let on = if index > 0 && !self.chance(5) {
                self.rng.usize(0..index)
            } else {
                self.rng.usize(0..self.services)
            };
            if on != index && !entries.iter().any(|(other, _)| *other == on) {
                let condition = if self.chance(85) { "started" } else { self.pick(&CONDITIONS) };
                let required = self.chance(25);
                entries
                    .push((on, format!("s{on} = {{ condition = \"{condition}\", required = {required} }}")));
            }
        }
        let entries: Vec<String> = entries.into_iter().map(|(_, text)| text).collect();
        self.line(&format!("depends_on = {{ {} }}", entries.join(", ")));
    }
}
