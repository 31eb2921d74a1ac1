//! `up --format json` ends with its result, whatever happens. None of this needs an engine.

use std::{
    io::Read as _,
    net::TcpListener,
    process::{Command, Stdio},
    thread,
};

use serde_json::Value;

use crate::support::{Place, Ran, one_service};

fn stack() -> String {
    one_service("result", "x:1", "")
}

const UPS: [&[&str]; 2] = [&["up", "--format", "json"], &["up", "--target", "swarm", "--format", "json"]];

/// Every line of stdout is JSON, and the last one says that it failed.
#[track_caller]
fn failed(ran: &Ran) {
    let lines = ran.stdout.lines().map(serde_json::from_str::<Value>);
    let lines: Vec<Value> = lines.collect::<Result<_, _>>().unwrap_or_else(|_| panic!("{}", ran.whole()));
    let last = lines.last().unwrap_or_else(|| panic!("{}", ran.whole()));
    assert_eq!((&last["result"], &last["failures"]), (&"failed".into(), &Value::Array(Vec::new())));
}

#[test]
fn a_start_that_is_refused_has_a_result() {
    let place = Place::with_stack(stack());
    for up in UPS {
        let ran = place.run_with(&[("DOCKER_HOST", "unix:///nowhere.sock")], up).exits(3);
        failed(&ran);
        let ran = place.run(&[up, &["--profile", "none"]].concat()).exits(2);
        failed(&ran);
        let ran = Place::new().run(up).exits(3);
        failed(&ran);
        let wrong = Place::with_stack(stack().replace("x:1", "x:1\"\nimagine = \"y"));
        let ran = wrong.run(up).exits(1);
        failed(&ran);
        assert!(ran.stderr.contains("error[unknown-key]"), "{}", ran.whole());
        let large = Place::with_stack(stack().replace("\"1G\"", "\"32M\""));
        failed(&large.run_with(&[("DOCKER_HOST", "unix:///nowhere.sock")], up));
    }
}

/// An engine that accepts, and never answers.
#[cfg(unix)]
#[test]
fn an_interrupted_start_has_a_result() {
    for up in UPS {
        let place = Place::with_stack(stack());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("tcp://{}", listener.local_addr().unwrap());
        let mut command = place.command(up);
        command.env("DOCKER_HOST", address).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().unwrap();
        // It has asked something: its work is under way.
        let (mut connection, _) = listener.accept().unwrap();
        connection.read_exact(&mut [0; 4]).unwrap();
        let hold = thread::spawn(move || listener.incoming().take(3).collect::<Vec<_>>());
        let interrupted = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
        assert!(interrupted.success());
        let output = child.wait_with_output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let ran =
            Ran { code: output.status.code(), stdout: text(&output.stdout), stderr: text(&output.stderr) };
        drop((connection, hold));
        let ran = ran.exits(1);
        failed(&ran);
        assert!(ran.stderr.contains("interrupted: nothing of result was"), "{}", ran.whole());
    }
}
