//! The way of docs/from-compose.md, on an engine: a stack that Compose started without limits gets limits and a proved budget.

use std::{fs, path::Path, process::Command};

use super::oracle::stackctl;

const NAME: &str = "from-compose-guide";
const COMPOSE: &str = "\
services:
  web:
    image: nginx:1.30-alpine
    depends_on: [cache]
  cache:
    image: redis:8-alpine
    command: [redis-server, --save, \"\"]
    volumes: [\"data:/data\"]
volumes:
  data:
";

/// Takes the stack down whatever the test did.
struct Running<'a>(&'a Path);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        let arguments = ["compose", "-p", NAME, "down", "--volumes", "--timeout", "1"];
        let _ = Command::new("docker").args(arguments).current_dir(self.0).output();
    }
}

fn containers(folder: &Path) -> Vec<String> {
    let output = Command::new("docker")
        .args(["ps", "-q", "--no-trunc", "--filter", &format!("label=com.docker.compose.project={NAME}")])
        .current_dir(folder)
        .output()
        .unwrap();
    let mut ids: Vec<String> = String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect();
    ids.sort();
    ids
}

#[test]
#[ignore = "needs an engine"]
fn a_running_stack_without_limits_gets_a_proved_budget() {
    let guide =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/from-compose.md")).unwrap();
    let (_, way) = guide.split_once("## From a running stack without limits").unwrap();
    let (_, block) = way.split_once("```sh\n").unwrap();
    let lines: Vec<&str> = block.lines().take_while(|line| !line.starts_with("```")).collect();
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join(NAME);
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("compose.yaml"), COMPOSE).unwrap();
    let _running = Running(&folder);
    let up = Command::new("docker").args(["compose", "up", "-d"]).current_dir(&folder).output().unwrap();
    assert!(up.status.success(), "{}", String::from_utf8_lossy(&up.stderr));
    let before = containers(&folder);
    assert_eq!(before.len(), 2);
    let mut ups = 0;
    for line in &lines {
        let line = line.split(" # ").next().unwrap().replace("--window 10m", "--window 3s");
        let line = if line.contains("--write") { format!("{} --window 3s --yes", line.trim()) } else { line };
        let arguments: Vec<&str> = line.split_whitespace().skip(1).collect();
        let (code, stdout, stderr) = stackctl(&folder, &arguments);
        assert_eq!(code, Some(0), "{line}\n{stdout}{stderr}");
        if arguments == ["up"] {
            ups += 1;
            if ups == 1 {
                assert_eq!(containers(&folder), before, "the first `up` recreated a container");
            }
        }
    }
    assert_eq!(ups, 2);
    let stack = fs::read_to_string(folder.join("stack.toml")).unwrap();
    assert!(stack.contains("[budget]") && stack.matches("limits = ").count() == 2, "{stack}");
}
