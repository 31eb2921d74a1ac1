//! The shop as it runs in containers, without the containers: three processes of the binary, a Postgres and a Redis, each of
//! which can be killed and started again.

use std::{
    fs::{self, File},
    net::{SocketAddr, TcpStream},
    os::unix::fs::{PermissionsExt, chown},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;

use super::{
    client::{SOON, Shop},
    parts::{PASSWORD, Part, Parts},
};
use crate::ports::free_port;

/// The user that servers run as when the test is root: Postgres refuses root. 65534 is nobody on every Linux.
const NOBODY: u32 = 65534;

/// A process that dies with the test.
pub struct Process {
    command: Command,
    child: Option<Child>,
}

impl Process {
    fn start(mut command: Command, log: &Path) -> Self {
        let open = || File::options().create(true).append(true).open(log).unwrap();
        command.stdin(Stdio::null()).stdout(open()).stderr(open());
        let child = Some(command.spawn().unwrap());
        Self { command, child }
    }

    fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    fn restart(&mut self) {
        self.kill();
        self.child = Some(self.command.spawn().unwrap());
    }

    fn terminate(&mut self) -> Option<i32> {
        let mut child = self.child.take().unwrap();
        let told = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
        assert!(told.success());
        child.wait().unwrap().code()
    }

    fn ended(&mut self) -> bool {
        self.child.as_mut().is_some_and(|child| child.try_wait().unwrap().is_some())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// All five.
pub struct Processes {
    postgres: Process,
    redis: Process,
    gateway: Process,
    api: Process,
    worker: Process,
    shop: Shop,
    postgres_port: u16,
    redis_port: u16,
    folder: TempDir,
}

impl Processes {
    /// Start everything; the services get `extra` in their environment.
    pub async fn start(extra: &[(&str, &str)]) -> Self {
        // In memory where there is a file system for that: killing a process asks nothing of a disk.
        Self::start_in(tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap(), extra)
            .await
    }

    /// Start everything with its files in `folder`.
    pub async fn start_in(folder: TempDir, extra: &[(&str, &str)]) -> Self {
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let at = |name: &str| folder.path().join(name);
        let secret = at("password");
        fs::write(&secret, format!("{PASSWORD}\n")).unwrap();
        let (postgres_port, redis_port) = (free_port(), free_port());
        let postgres = Process::start(postgres(&at("postgres"), &secret, postgres_port), &at("postgres.log"));
        let redis = Process::start(redis(redis_port), &at("redis.log"));

        let [web, grpc, api_health, worker_health] = [(); 4].map(|()| format!("127.0.0.1:{}", free_port()));
        let service = |role: &str, environment: &[(&str, String)]| {
            let mut command = Command::new(assert_cmd::cargo::cargo_bin!("stackctl"));
            command.args(["shop", role]).envs(environment.iter().map(|(name, value)| (name, value)));
            command
                .env("DATABASE_URL", format!("postgres://orders@127.0.0.1:{postgres_port}/orders"))
                .env("DATABASE_PASSWORD_FILE", &secret)
                .env("REDIS_URL", format!("redis://127.0.0.1:{redis_port}"))
                .env("REDIS_PASSWORD_FILE", &secret)
                .envs(extra.iter().copied());
            Process::start(command, &at(&format!("{role}.log")))
        };
        let gateway =
            service("web-gateway", &[("LISTEN", web.clone()), ("ORDER_API_URL", format!("http://{grpc}"))]);
        let api = service("order-api", &[("LISTEN", grpc), ("HEALTH_LISTEN", api_health)]);
        let worker = service("fulfillment-worker", &[("HEALTH_LISTEN", worker_health)]);
        let shop = Shop::at(web.parse().unwrap());
        let mut processes =
            Self { postgres, redis, gateway, api, worker, shop, postgres_port, redis_port, folder };
        processes.until_postgres_answers().await;
        processes.shop.until_ready().await;
        processes
    }

    fn part(&mut self, part: Part) -> &mut Process {
        match part {
            Part::Nginx => panic!("the processes have no nginx"),
            Part::Gateway => &mut self.gateway,
            Part::Api => &mut self.api,
            Part::Worker => &mut self.worker,
            Part::Redis => &mut self.redis,
            Part::Postgres => &mut self.postgres,
        }
    }

    /// Wait until Postgres answers. The children of one that was killed hold its memory for a moment, and a new one gives up
    /// then: start it again.
    async fn until_postgres_answers(&mut self) {
        let (start, address) = (Instant::now(), SocketAddr::from(([127, 0, 0, 1], self.postgres_port)));
        while TcpStream::connect(address).is_err() {
            assert!(start.elapsed() < SOON, "{}", self.log(Part::Postgres));
            tokio::time::sleep(Duration::from_millis(100)).await;
            if self.postgres.ended() {
                self.postgres.restart();
            }
        }
    }
}

impl Parts for Processes {
    async fn kill(&mut self, part: Part) {
        self.part(part).kill();
    }

    async fn restart(&mut self, part: Part) {
        self.part(part).restart();
        if part == Part::Postgres {
            self.until_postgres_answers().await;
        }
    }

    async fn terminate(&mut self, part: Part) -> i64 {
        // Ended by a signal is no code.
        self.part(part).terminate().map_or(-1, i64::from)
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
        fs::read_to_string(self.folder.path().join(format!("{}.log", part.name()))).unwrap()
    }
}

fn redis(port: u16) -> Command {
    let mut command = Command::new("redis-server");
    // Nothing is kept: killed is emptied.
    command.args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--requirepass", PASSWORD]);
    command.args(["--port", &port.to_string()]);
    command
}

fn postgres(data: &Path, secret: &Path, port: u16) -> Command {
    let home = postgres_home();
    fs::create_dir(data).unwrap();
    fs::set_permissions(data, fs::Permissions::from_mode(0o700)).unwrap();
    let root = fs::metadata("/proc/self").map(|own| std::os::unix::fs::MetadataExt::uid(&own)).unwrap() == 0;
    if root {
        chown(data, Some(NOBODY), Some(NOBODY)).unwrap();
    }
    let program = |name: &str| {
        let path = home.join(name);
        if !root {
            return Command::new(path);
        }
        let mut command = Command::new("setpriv");
        command
            .args([format!("--reuid={NOBODY}"), format!("--regid={NOBODY}"), "--clear-groups".to_owned()])
            .arg(path);
        command
    };
    let made = program("initdb")
        .args(["--auth=scram-sha-256", "--username=orders", "--no-sync", "--pgdata"])
        .arg(data)
        .arg(format!("--pwfile={}", secret.display()))
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    // The database of the same name as the user, as the image makes it.
    let mut single = program("postgres")
        .args(["--single", "-D"])
        .arg(data)
        .arg("postgres")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut single.stdin.take().unwrap(), b"CREATE DATABASE orders\n").unwrap();
    assert!(single.wait().unwrap().success());
    let mut command = program("postgres");
    command.args([
        "-p",
        &port.to_string(),
        "-c",
        "listen_addresses=127.0.0.1",
        "-c",
        "unix_socket_directories=",
    ]);
    command.arg("-D").arg(data);
    command
}

/// The folder of Postgres' programs: on the path, or where Debian puts them.
fn postgres_home() -> PathBuf {
    let debian = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut homes = std::env::split_paths(&path).chain(debian);
    homes.find(|home| home.join("initdb").exists()).expect("initdb is not installed")
}
