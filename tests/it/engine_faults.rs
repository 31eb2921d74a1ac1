//! No engine, or not the right one: each is said with the next step, and is exit 3. None of this needs an engine.

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    thread,
};

use crate::{
    ports::free_port,
    support::{Place, Ran, one_service},
};

fn stack() -> String {
    one_service("nowhere", "debian:trixie-slim", "")
}

/// `stackctl down` with this engine.
fn down(host: &str) -> Ran {
    let place = Place::with_stack(stack());
    let output = place.command(&["down"]).env("DOCKER_HOST", host).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    Ran { code: output.status.code(), stdout: text(&output.stdout), stderr: text(&output.stderr) }
}

/// An engine that answers everything with this, until the test is over.
fn engine(status: &'static str, body: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("tcp://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut head = BufReader::new(stream.try_clone().unwrap());
            let mut line = String::new();
            while head.read_line(&mut line).is_ok_and(|read| read > 2) {
                line.clear();
            }
            let length = body.len();
            let answer = format!(
                "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
            );
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    address
}

#[test]
fn no_engine() {
    insta::assert_snapshot!(down("unix:///nowhere/docker.sock").whole());
    let port = free_port();
    let ran = down(&format!("tcp://127.0.0.1:{port}"));
    insta::assert_snapshot!(ran.whole().replace(&port.to_string(), "PORT"));
}

#[test]
fn an_engine_that_cannot_be_spoken_to() {
    insta::assert_snapshot!(down("ssh://somebody:secret@far").whole());
    let place = Place::with_stack(stack());
    let output = place.command(&["down"]).env("DOCKER_CONTEXT", "far").output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    insta::assert_snapshot!(String::from_utf8(output.stderr).unwrap());
}

#[test]
fn an_engine_that_is_too_old_or_broken() {
    let named = |host: &str| down(host).whole().replace(host, "HOST");
    let old = engine(
        "400 Bad Request",
        r#"{"message":"client version 1.44 is too new. Maximum supported API version is 1.39"}"#,
    );
    insta::assert_snapshot!(named(&old));
    let other = engine("200 OK", "<html>");
    insta::assert_snapshot!(named(&other));
    let angry = engine("500 Internal Server Error", r#"{"message":"no space left on device"}"#);
    insta::assert_snapshot!(named(&angry));
}
