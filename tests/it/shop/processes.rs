//! The shop as it runs in containers, without the containers: three processes of the binary, a Postgres and a Redis, each of
//! which can be killed and started again.

use std::{
    fs::{self, File},
    net::{SocketAddr, TcpListener, TcpStream},
    os::unix::fs::{PermissionsExt, chown},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;

use super::client::{SOON, Shop};

/// The user that servers run as when the test is root: Postgres refuses root. 65534 is nobody on every Linux.
const NOBODY: u32 = 65534;
const PASSWORD: &str = "p/w with @ all:sorts";

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

    /// SIGKILL.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Start it again as it was.
    pub fn restart(&mut self) {
        self.kill();
        self.child = Some(self.command.spawn().unwrap());
    }

    /// SIGTERM, and the exit code.
    pub fn terminate(&mut self) -> Option<i32> {
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
    pub postgres: Process,
    pub redis: Process,
    pub gateway: Process,
    pub api: Process,
    pub worker: Process,
    pub shop: Shop,
    postgres_port: u16,
    redis_port: u16,
    folder: TempDir,
}

impl Processes {
    /// Start everything; the services get `extra` in their environment.
    pub async fn start(extra: &[(&str, &str)]) -> Self {
        // In memory where there is a file system for that: killing a process asks nothing of a disk.
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
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

    /// A session of the database, as its owner.
    pub async fn database(&self) -> tokio_postgres::Client {
        let mut config = tokio_postgres::Config::new();
        config.host("127.0.0.1").port(self.postgres_port).user("orders").dbname("orders").password(PASSWORD);
        let (client, connection) = config.connect(tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }

    /// A connection to Redis.
    pub async fn stream(&self) -> redis::aio::MultiplexedConnection {
        let settings = redis::RedisConnectionInfo::default().set_password(PASSWORD);
        let address =
            redis::IntoConnectionInfo::into_connection_info(format!("redis://127.0.0.1:{}", self.redis_port));
        let client = redis::Client::open(address.unwrap().set_redis_settings(settings)).unwrap();
        client.get_multiplexed_async_connection().await.unwrap()
    }

    /// What a service has logged.
    pub fn log(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(format!("{name}.log"))).unwrap()
    }

    /// Wait until Postgres answers. The children of one that was killed hold its memory for a moment, and a new one gives up
    /// then: start it again.
    pub async fn until_postgres_answers(&mut self) {
        let (start, address) = (Instant::now(), SocketAddr::from(([127, 0, 0, 1], self.postgres_port)));
        while TcpStream::connect(address).is_err() {
            assert!(start.elapsed() < SOON, "{}", self.log("postgres"));
            tokio::time::sleep(Duration::from_millis(100)).await;
            if self.postgres.ended() {
                self.postgres.restart();
            }
        }
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
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
