//! An engine behind TLS: a second `dockerd` with `--tlsverify`, and certificates of the test's own.

use std::{fs, process::Command};

use crate::{dockerd::Dockerd, ports::free_port, small::Stack, support::Place};

/// A certificate authority with what it has signed: `NAME.pem` and `NAME-key.pem`.
struct Authority(Place);

impl Authority {
    fn new() -> Self {
        let authority = Self(Place::new());
        authority.openssl(&format!(
            "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=test-ca -keyout ca-key.pem -out ca.pem -addext {}",
            "keyUsage=critical,keyCertSign"
        ));
        authority
    }

    fn openssl(&self, line: &str) {
        let output =
            Command::new("openssl").args(line.split(' ')).current_dir(self.0.path("")).output().unwrap();
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    }

    fn sign(&self, name: &str, extensions: &str) {
        self.0.write("extensions", extensions);
        self.openssl(&format!(
            "req -newkey rsa:2048 -nodes -subj /CN={name} -keyout {name}-key.pem -out {name}.csr"
        ));
        self.openssl(&format!(
            "x509 -req -in {name}.csr -CA ca.pem -CAkey ca-key.pem -CAcreateserial -days 2 -extfile extensions -out {name}.pem"
        ));
    }
}

#[test]
#[ignore = "needs an engine, openssl, and root"]
fn an_engine_behind_tls() {
    let authority = Authority::new();
    authority.sign("server", "subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth\n");
    authority.sign("client", "extendedKeyUsage=clientAuth\n");
    let path = |name: &str| authority.0.path(name).display().to_string();
    let port = free_port();
    let _engine = Dockerd::with(
        16,
        &format!(
            "--host tcp://127.0.0.1:{port} --tlsverify --tlscacert {} --tlscert {} --tlskey {}",
            path("ca.pem"),
            path("server.pem"),
            path("server-key.pem")
        ),
    );
    let stack = Stack::new("tls", "[services.a]\n");
    fs::create_dir_all(stack.place.path("certs")).unwrap();
    for (from, to) in [("ca.pem", "ca.pem"), ("client.pem", "cert.pem"), ("client-key.pem", "key.pem")] {
        fs::copy(path(from), stack.place.path("certs").join(to)).unwrap();
    }
    let certificates = stack.place.path("certs").display().to_string();
    let host = format!("tcp://127.0.0.1:{port}");
    let variables = [
        ("DOCKER_HOST", host.as_str()),
        ("DOCKER_TLS_VERIFY", "1"),
        ("DOCKER_CERT_PATH", certificates.as_str()),
    ];
    let doctor = stack.place.run_with(&variables, &["doctor"]);
    assert!(doctor.stdout.contains(&format!("at {host} (DOCKER_HOST)")), "{}", doctor.whole());
    let status = stack.place.run_with(&variables, &["status", "--format", "json"]).exits(1).json();
    assert_eq!(status["services"][0]["state"], "missing", "{status:#}");
    stack.place.run_with(&variables, &["plan"]).exits(0);

    // The same by a context, which carries its own copies.
    let config = stack.place.path("config").display().to_string();
    let files = format!(
        "host={host},ca={certificates}/ca.pem,cert={certificates}/cert.pem,key={certificates}/key.pem"
    );
    let created = Command::new("docker")
        .args(["context", "create", "closed", "--docker", &files])
        .env("DOCKER_CONFIG", &config)
        .output()
        .unwrap();
    assert!(created.status.success(), "{}", String::from_utf8_lossy(&created.stderr));
    let named = [("DOCKER_CONFIG", config.as_str()), ("DOCKER_CONTEXT", "closed")];
    stack.place.run_with(&named, &["status"]).exits(1);

    // Without a certificate of its own, with somebody else's authority, and without TLS.
    fs::remove_file(stack.place.path("certs/cert.pem")).unwrap();
    let ran = stack.place.run_with(&variables, &["status"]).exits(3);
    assert!(
        ran.stderr.contains("do not trust each other") && ran.stderr.contains("DOCKER_CERT_PATH"),
        "{}",
        ran.whole()
    );
    fs::copy(Authority::new().0.path("ca.pem"), stack.place.path("certs/ca.pem")).unwrap();
    let ran = stack.place.run_with(&variables, &["status"]).exits(3);
    assert!(ran.stderr.contains("do not trust each other: invalid peer certificate"), "{}", ran.whole());
    let ran = stack.place.run_with(&variables[..1], &["status"]).exits(3);
    assert!(ran.stderr.contains("HTTP request to an HTTPS server"), "{}", ran.whole());
}
