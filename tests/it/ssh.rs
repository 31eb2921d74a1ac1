//! An engine behind SSH: a real `sshd` on loopback, with keys of the test's own.

use std::{
    fs,
    net::TcpStream,
    os::unix::fs::PermissionsExt as _,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::{
    ports::free_port,
    small::Stack,
    support::{Place, Ran},
};

/// A server that lets one key in.
struct Sshd {
    place: Place,
    child: Child,
    port: u16,
}

impl Sshd {
    fn new() -> Self {
        let place = Place::new();
        let path = |name: &str| place.path(name).display().to_string();
        for key in ["host", "client"] {
            let made =
                Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f", &path(key)]).status();
            assert!(made.unwrap().success());
        }
        let port = free_port();
        let search = std::env::var("PATH").unwrap();
        place.write(
            "sshd_config",
            format!(
                "ListenAddress 127.0.0.1\nPort {port}\nHostKey {}\nAuthorizedKeysFile {}\nPidFile none\nUsePAM no\n\
                 StrictModes no\nPasswordAuthentication no\nPermitRootLogin prohibit-password\nSetEnv PATH={search}\n",
                path("host"),
                path("client.pub"),
            ),
        );
        let host = fs::read_to_string(place.path("host.pub")).unwrap();
        place.write("known", format!("[127.0.0.1]:{port} {host}"));
        // What a person has in ~/.ssh, which `ssh` looks up by the user and not by HOME.
        place.write(
            "ssh_config",
            format!(
                "IdentityFile {}\nUserKnownHostsFile {}\nIdentitiesOnly yes\n",
                path("client"),
                path("known")
            ),
        );
        place.write("bin/ssh", format!("#!/bin/sh\nexec /usr/bin/ssh -F {} \"$@\"\n", path("ssh_config")));
        fs::set_permissions(place.path("bin/ssh"), fs::Permissions::from_mode(0o755)).unwrap();
        fs::create_dir_all("/run/sshd").expect("root may");
        let mut command = Command::new("/usr/sbin/sshd");
        command.args(["-D", "-e", "-f", &path("sshd_config")]);
        let log = fs::File::create(place.path("log")).unwrap();
        let child = command.stdout(Stdio::null()).stderr(log).spawn().expect("openssh-server is installed");
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(
                began.elapsed() < Duration::from_secs(20),
                "{}",
                fs::read_to_string(path("log")).unwrap()
            );
            thread::sleep(Duration::from_millis(20));
        }
        Self { place, child, port }
    }

    /// `stackctl` with the engine behind this server.
    fn run(&self, stack: &Stack, args: &[&str]) -> Ran {
        let path = format!("{}:{}", self.place.path("bin").display(), std::env::var("PATH").unwrap());
        let host = format!("ssh://root@127.0.0.1:{}", self.port);
        stack.place.run_with(&[("DOCKER_HOST", &host), ("PATH", &path)], args)
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
#[ignore = "needs an engine, openssh-server, and root"]
fn an_engine_behind_ssh() {
    let server = Sshd::new();
    let stack = Stack::new(
        "ssh",
        "[services.a]\ncommand = ['sh', '-c', 'echo one; exec sleep 1000']\n[services.b]\n[services.c]\n",
    );
    let ran = server.run(&stack, &["up"]).exits(0);
    assert!(ran.stderr.contains("is up: 3 services"), "{}", ran.whole());
    let status = server.run(&stack, &["status", "--format", "json"]).exits(0).json();
    let services = status["services"].as_array().unwrap();
    assert!(services.iter().all(|service| service["state"] == "running"), "{status:#}");
    assert!(services.iter().all(|service| service["memory_bytes"].as_u64() > Some(0)), "{status:#}");
    assert_eq!(server.run(&stack, &["logs", "a"]).exits(0).stdout, "a | one\n");
    let doctor = server.run(&stack, &["doctor"]).exits(0);
    assert!(doctor.stdout.contains(&format!("ssh://root@127.0.0.1:{}", server.port)), "{}", doctor.whole());
    server.run(&stack, &["plan", "--exit-code"]).exits(0);
    server.run(&stack, &["down"]).exits(0);

    // A key that the server does not know, and a server that nobody knows.
    server.place.write("client.pub", "");
    let ran = server.run(&stack, &["status"]).exits(3);
    assert!(ran.stderr.contains("Permission denied (publickey"), "{}", ran.whole());
    assert!(ran.stderr.contains("`ssh HOST docker version` has to work without a prompt"), "{}", ran.whole());
    server.place.write("known", "");
    let ran = server.run(&stack, &["up"]).exits(3);
    assert!(ran.stderr.contains("Host key verification failed"), "{}", ran.whole());
}
