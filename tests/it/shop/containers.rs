//! The shop in containers: the image that `stackctl up` would pack, with Postgres, Redis and nginx from theirs.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Output},
};

use stackctl::internals::{
    engine::pack,
    model::{Service, Stack},
    render::Image,
};
use tempfile::TempDir;

use super::{
    client::Shop,
    parts::{PASSWORD, Part, Parts},
};
use crate::ports::free_port;

/// Containers of one run, gone with it.
pub struct Containers {
    /// The prefix of every name.
    id: String,
    shop: Shop,
    postgres_port: u16,
    redis_port: u16,
    folder: TempDir,
}

impl Containers {
    /// Build the image and start everything.
    pub async fn start() -> Self {
        let [web, postgres_port, redis_port] = [(); 3].map(|()| free_port());
        let containers = Self {
            id: format!("stackctl-test-{}", std::process::id()),
            shop: Shop::at(([127, 0, 0, 1], web).into()),
            postgres_port,
            redis_port,
            folder: tempfile::tempdir().unwrap(),
        };
        containers.build();
        containers.docker(&["network", "create", &containers.id]);
        let password = containers.file("password", PASSWORD);
        let secret = format!("{password}:/run/secrets/password:ro");
        let published = |outside: u16, inside: u16| format!("127.0.0.1:{outside}:{inside}");
        let user = ["-e", "POSTGRES_USER=orders", "-e", "POSTGRES_PASSWORD_FILE=/run/secrets/password"];
        let port = published(postgres_port, 5432);
        containers.run(
            "postgres",
            &[&user[..], &["-v", &secret, "-p", &port]].concat(),
            &["postgres:17-alpine", "postgres", "-c", "listen_addresses=*"],
        );
        let port = published(redis_port, 6379);
        let kept =
            ["redis:8-alpine", "redis-server", "--bind", "0.0.0.0", "--save", "", "--requirepass", PASSWORD];
        containers.run("redis", &["-p", &port], &kept);
        containers.service("order-api", &secret);
        containers.service("fulfillment-worker", &secret);
        containers.service("web-gateway", &secret);
        let template = concat!(env!("CARGO_MANIFEST_DIR"), "/templates/nginx.conf");
        let nginx = containers.file("nginx.conf", &fs::read_to_string(template).unwrap());
        let (port, config) = (published(web, 80), format!("{nginx}:/etc/nginx/nginx.conf:ro"));
        containers.run("nginx", &["-v", &config, "-p", &port], &["nginx:1.30-alpine"]);
        containers.shop.until_ready().await;
        containers
    }

    fn build(&self) {
        let root = self.folder.path();
        let service = Service { image: Some("stackctl".to_owned()), ..Service::default() };
        let stack = Stack { services: [("shop".to_owned(), service)].into(), ..Stack::default() };
        for file in Image::of(&stack).files(root) {
            let path = root.join(&file.path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, file.text).unwrap();
        }
        let binary = assert_cmd::cargo::cargo_bin!("stackctl");
        pack::pack(Path::new(binary), &root.join(".stackctl/image")).unwrap();
        let dockerfile = root.join("shop/Dockerfile");
        self.docker(&[
            "build",
            "-q",
            "-t",
            &self.id,
            "-f",
            &dockerfile.to_string_lossy(),
            &root.to_string_lossy(),
        ]);
    }

    /// A container of ours: as locked up as in the sample.
    fn service(&self, role: &str, secret: &str) {
        let locked = ["--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"];
        let variables = [
            "ORDER_API_URL=http://order-api:50051",
            "DATABASE_URL=postgres://orders@postgres:5432/orders",
            "DATABASE_PASSWORD_FILE=/run/secrets/password",
            "REDIS_URL=redis://redis:6379",
            "REDIS_PASSWORD_FILE=/run/secrets/password",
        ];
        let environment = variables.iter().flat_map(|variable| ["-e", variable]);
        let options: Vec<&str> = locked.into_iter().chain(environment).chain(["-v", secret]).collect();
        self.run(role, &options, &[&self.id, "shop", role]);
    }

    fn run(&self, name: &str, options: &[&str], image: &[&str]) {
        let full = self.name(name);
        let general = ["run", "-d", "--name", &full, "--network", &self.id, "--network-alias", name];
        self.docker(&[&general[..], options, image].concat());
    }

    /// A file that any user of a container may read.
    fn file(&self, name: &str, text: &str) -> String {
        let path = self.folder.path().join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(self.folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
        path.to_string_lossy().into_owned()
    }

    fn name(&self, part: &str) -> String {
        format!("{}-{part}", self.id)
    }

    fn docker(&self, arguments: &[&str]) -> Output {
        let output = Command::new("docker").args(arguments).output().unwrap();
        assert!(output.status.success(), "docker {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        output
    }
}

impl Parts for Containers {
    async fn kill(&mut self, part: Part) {
        self.docker(&["kill", &self.name(part.name())]);
    }

    async fn restart(&mut self, part: Part) {
        self.docker(&["start", &self.name(part.name())]);
    }

    /// `docker stop`: the exit code tells whether SIGTERM was enough.
    async fn terminate(&mut self, part: Part) -> i64 {
        let name = self.name(part.name());
        self.docker(&["stop", "-t", "15", &name]);
        let state = self.docker(&["inspect", "-f", "{{.State.ExitCode}}", &name]);
        String::from_utf8_lossy(&state.stdout).trim().parse().unwrap()
    }

    fn shop(&self) -> &Shop {
        &self.shop
    }

    fn postgres_port(&self) -> u16 {
        self.postgres_port
    }

    fn redis_port(&self) -> u16 {
        self.redis_port
    }

    fn log(&self, part: Part) -> String {
        String::from_utf8(self.docker(&["logs", &self.name(part.name())]).stderr).unwrap()
    }
}

impl Drop for Containers {
    fn drop(&mut self) {
        let names = Part::ALL.map(|part| self.name(part.name()));
        let _ = Command::new("docker").args(["rm", "-f", "-v"]).args(names).output();
        let _ = Command::new("docker").args(["network", "rm", &self.id]).output();
        let _ = Command::new("docker").args(["image", "rm", "-f", &self.id]).output();
    }
}
