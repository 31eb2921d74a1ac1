//! A swarm of several nodes on this machine. A node is an engine in a network namespace of its own, with its own host name,
//! processes, mounts and data, and with a `/proc/meminfo` that says how large it is; they meet on a bridge in one more
//! namespace. Swarm's virtual addresses need IPVS, which not every kernel has: services say `endpoint_mode: dnsrr`.

use std::{
    fs,
    process::{Child, Command, Output, Stdio},
    sync::{Mutex, MutexGuard, PoisonError},
    thread::sleep,
    time::{Duration, Instant},
};

use crate::support::{Place, Ran};

/// The nodes, the first of which manages; gone with the value.
pub struct Nodes {
    place: Place,
    /// Of every namespace's name.
    prefix: String,
    children: Vec<Child>,
    /// One swarm at a time: names of namespaces, and two cores.
    _alone: MutexGuard<'static, ()>,
}

static ALONE: Mutex<()> = Mutex::new(());

fn done(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

fn ip(arguments: &str) {
    done(Command::new("ip").args(arguments.split(' ')));
}

impl Nodes {
    /// `node1` and so on, with so many GiB of memory each.
    pub fn new(memory: &[u64]) -> Self {
        let prefix = format!("stackctl-{}-", std::process::id());
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let mut nodes = Self { place: Place::new(), prefix, children: Vec::new(), _alone: alone };
        let hub = nodes.namespace(0);
        ip(&format!("netns add {hub}"));
        ip(&format!("-n {hub} link add bridge type bridge"));
        ip(&format!("-n {hub} link set bridge up"));
        for (number, gib) in (1..).zip(memory) {
            nodes.start(number, *gib);
        }
        let began = Instant::now();
        for number in 1..=memory.len() {
            while !nodes.command(number, &["version"]).output().unwrap().status.success() {
                let log = fs::read_to_string(nodes.place.path(&format!("{number}/log"))).unwrap();
                assert!(began.elapsed() < Duration::from_secs(30), "node{number} does not answer: {log}");
                sleep(Duration::from_millis(50));
            }
        }
        nodes.docker(1, &["swarm", "init", "--advertise-addr", "10.77.0.1"]);
        let token = nodes.docker(1, &["swarm", "join-token", "-q", "worker"]);
        for number in 2..=memory.len() {
            let address = format!("10.77.0.{number}");
            let join = ["swarm", "join", "--advertise-addr", &address, "--token", &token, "10.77.0.1:2377"];
            nodes.docker(number, &join);
        }
        nodes
    }

    fn namespace(&self, number: usize) -> String {
        format!("{}{number}", self.prefix)
    }

    fn start(&mut self, number: usize, gib: u64) {
        let (space, hub) = (self.namespace(number), self.namespace(0));
        ip(&format!("netns add {space}"));
        ip(&format!("-n {space} link set lo up"));
        ip(&format!("-n {space} link add eth0 type veth peer name port{number} netns {hub}"));
        ip(&format!("-n {space} addr add 10.77.0.{number}/24 dev eth0"));
        ip(&format!("-n {space} link set eth0 up"));
        ip(&format!("-n {hub} link set port{number} master bridge up"));

        let total = format!("MemTotal: {} kB", gib << 20);
        let memory = fs::read_to_string("/proc/meminfo").unwrap();
        let memory = memory.lines().map(|line| if line.starts_with("MemTotal:") { &total } else { line });
        self.place.write(&format!("{number}/meminfo"), memory.collect::<Vec<_>>().join("\n") + "\n");
        // The program is the one that runs already, wherever it was installed.
        let pid = fs::read_to_string("/var/run/docker.pid").expect("an engine runs");
        let dockerd = fs::read_link(format!("/proc/{}/exe", pid.trim())).expect("root may look");
        // No containerd of the machine is seen, so it starts one of its own.
        let script = format!(
            "hostname node{number} && mount --bind meminfo /proc/meminfo && mkdir -p /run/containerd && \
             mount -t tmpfs none /run/containerd && {} --host unix://$PWD/sock --data-root $PWD/data --exec-root $PWD/exec \
             --pidfile $PWD/pid --cgroup-parent /{space} & wait",
            dockerd.display()
        );
        let mut node = Command::new("nsenter");
        node.arg(format!("--net=/run/netns/{space}")).current_dir(self.place.path(&number.to_string()));
        node.args([
            "unshare",
            "--uts",
            "--mount",
            "--pid",
            "--fork",
            "--kill-child",
            "--mount-proc",
            "sh",
            "-c",
        ]);
        let log = fs::File::create(self.place.path(&format!("{number}/log"))).unwrap();
        node.arg(script).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        self.children.push(node.spawn().unwrap());
    }

    fn address(&self, number: usize) -> String {
        format!("unix://{}", self.place.path(&format!("{number}/sock")).display())
    }

    fn command(&self, number: usize, arguments: &[&str]) -> Command {
        let mut command = Command::new("docker");
        command.args(["--host", &self.address(number)]).args(arguments);
        command
    }

    /// What the `docker` command prints on a node.
    #[track_caller]
    pub fn docker(&self, number: usize, arguments: &[&str]) -> String {
        let output = done(&mut self.command(number, arguments));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// The same of what may fail: a container that is asked may end meanwhile.
    pub fn asked(&self, number: usize, arguments: &[&str]) -> Option<String> {
        let output = self.command(number, arguments).output().unwrap();
        output.status.success().then(|| String::from_utf8(output.stdout).unwrap())
    }

    /// Give an image of this machine's engine to every node.
    pub fn load(&self, image: &str) {
        let file = self.place.path("image.tar");
        done(Command::new("docker").args(["save", "-o", &file.to_string_lossy(), image]));
        for number in 1..=self.children.len() {
            self.docker(number, &["load", "-q", "-i", &file.to_string_lossy()]);
        }
    }

    /// The binary in a project's folder, for the managing node.
    pub fn stackctl(&self, project: &Place, arguments: &[&str]) -> Command {
        let mut command = project.command(arguments);
        command.env("DOCKER_HOST", self.address(1));
        command
    }

    /// The same, run to its end.
    pub fn run(&self, project: &Place, arguments: &[&str]) -> Ran {
        project.end(&mut self.stackctl(project, arguments))
    }

    /// A node loses its power: every process there is gone.
    pub fn kill(&mut self, number: usize) {
        let child = &mut self.children[number - 1];
        let _ = child.kill();
        let _ = child.wait();
    }
}

impl Drop for Nodes {
    fn drop(&mut self) {
        for number in 1..=self.children.len() {
            self.kill(number);
        }
        for number in 0..=self.children.len() {
            let _ = Command::new("ip").args(["netns", "del", &self.namespace(number)]).output();
        }
    }
}
