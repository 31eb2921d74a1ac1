//! An engine of a test's own, with a small disk of its own. It pulls images, and is not made to start anything: it shares the
//! bridge of the engine that tests use, and must not take it away (`--bridge none` would).

use std::{
    fs,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::support::Place;

/// A second `dockerd` beside the engine that tests use, killed with the value.
pub struct Dockerd {
    child: Child,
    /// `unix://PATH`.
    pub address: String,
    _place: Place,
}

impl Dockerd {
    /// With a disk of so many MiB. A download that fails is not tried again.
    pub fn new(disk: u32) -> Self {
        Self::with(disk, "")
    }

    /// The same with more options.
    pub fn with(disk: u32, options: &str) -> Self {
        let place = Place::new();
        // The program is the one that runs already, wherever it was installed.
        let pid = fs::read_to_string("/var/run/docker.pid").expect("an engine runs");
        let program = fs::read_link(format!("/proc/{}/exe", pid.trim())).expect("root may look");
        let containerd = ["/run/docker/containerd/containerd.sock", "/run/containerd/containerd.sock"];
        let containerd =
            containerd.into_iter().find(|path| Path::new(path).exists()).expect("containerd runs");
        // It gives docker0 the address that it has already: one of its own choice would cut off the containers of the other.
        let format = "{{with index .IPAM.Config 0}}{{.Gateway}}/{{.Subnet}}{{end}}";
        let bridge =
            Command::new("docker").args(["network", "inspect", "bridge", "-f", format]).output().unwrap();
        let bridge = String::from_utf8(bridge.stdout).unwrap();
        let parts: Vec<&str> = bridge.trim().split('/').collect();
        let [gateway, _, length] = parts[..] else { panic!("the bridge is {bridge}") };
        let name = format!("stackctl-{}-{}", std::process::id(), fastrand::u32(..));
        let path = |part: &str| place.path(part).display().to_string();
        let address = format!("unix://{}", path("sock"));
        let script = format!(
            "mkdir root && mount -t tmpfs -o size={disk}m none root && exec {} --host {address} --data-root {} --exec-root {} \
             --pidfile {} --containerd {containerd} --containerd-namespace {name} --containerd-plugins-namespace {name}-plugins \
             --bip {gateway}/{length} --iptables=false --ip6tables=false --max-download-attempts 1 {options}",
            program.display(),
            path("root"),
            path("exec"),
            path("pid"),
        );
        // The disk is mounted where nobody else sees it, and goes with the program.
        let mut command = Command::new("unshare");
        command.args(["--mount", "sh", "-c", &script]).current_dir(place.path(""));
        let log = fs::File::create(place.path("log")).unwrap();
        let child = command.stdout(Stdio::null()).stderr(log).spawn().unwrap();
        let began = Instant::now();
        let answers = || {
            let asked = Command::new("docker").args(["--host", &address, "version"]).output().unwrap();
            asked.status.success()
        };
        while !answers() {
            let log = || fs::read_to_string(path("log")).unwrap();
            assert!(began.elapsed() < Duration::from_secs(30), "no second engine: {}", log());
            thread::sleep(Duration::from_millis(50));
        }
        Self { child, address, _place: place }
    }

    /// Kill it, as a machine that loses power does.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Dockerd {
    fn drop(&mut self) {
        self.kill();
    }
}
