//! Commands that change what a stack is on this machine, at once: none of this needs an engine.

use std::{
    fs::File,
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use crate::support::{Place, Ran, one_service};

/// A stack with two generated secrets.
fn stack() -> String {
    let secrets = "[secrets]\nkey = { generate = true }\nother = { generate = true }\n";
    one_service("locked", "x:1", &format!("secrets = [\"key\", \"other\"]\n{secrets}"))
}

/// A stack whose lock another process has, as far as anybody can see.
fn held(content: &str) -> (Place, File) {
    let place = Place::with_stack(stack()).file(".stackctl/up.lock", content);
    let lock = File::open(place.path(".stackctl/up.lock")).unwrap();
    lock.lock().unwrap();
    (place, lock)
}

fn nowhere(place: &Place, args: &[&str]) -> Ran {
    place.run_with(&[("DOCKER_HOST", "unix:///nowhere/docker.sock")], args)
}

#[test]
fn who_cannot_have_the_lock_is_told_who_has_it() {
    let (place, lock) = held("4711\n");
    for args in [
        &["up"][..],
        &["up", "--target", "swarm"],
        &["down"],
        &["down", "--target", "swarm"],
        &["down", "--volumes", "--yes"],
    ] {
        let ran = nowhere(&place, args).exits(3);
        assert!(ran.stderr.contains("process 4711 is starting this stack"), "{args:?}: {}", ran.whole());
    }
    drop(lock);
    let (place, _lock) = held("4712\ndown\n");
    let ran = nowhere(&place, &["up"]).exits(3);
    assert!(ran.stderr.contains("process 4712 is taking this stack down"), "{}", ran.whole());
    // Without one it is the engine that is missing.
    let ran = nowhere(&Place::with_stack(stack()), &["down"]).exits(3);
    assert!(ran.stderr.contains("no Docker engine answers"), "{}", ran.whole());
}

#[test]
fn secrets_wait_for_the_lock() {
    let (place, lock) = held("4711\n");
    let mut command = place.command(&["secrets", "init"]);
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    thread::sleep(Duration::from_millis(300));
    assert_eq!(child.try_wait().unwrap(), None, "it does not wait");
    assert!(!place.path(".stackctl/secrets/key").exists());
    drop(lock);
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(place.path(".stackctl/secrets/key").exists());
    // Nothing is left to make, and nothing to wait for.
    let lock = File::open(place.path(".stackctl/up.lock")).unwrap();
    lock.lock().unwrap();
    place.run(&["secrets", "init"]).exits(0);
}

#[test]
fn twenty_at_once_make_the_secrets_once() {
    let place = Place::with_stack(stack());
    let start = |_| {
        let mut command: Command = place.command(&["secrets", "init"]);
        command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let children: Vec<_> = (0..20).map(start).collect();
    let mut made = 0;
    for child in children {
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{said}");
        made += said.matches("created .stackctl/secrets/").count();
    }
    assert_eq!(made, 2);
}
