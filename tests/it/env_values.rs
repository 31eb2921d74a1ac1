//! Values of `.env` and of env files are printed nowhere.

use crate::support::Place;

const STACK: &str = "name = \"x\"\n[services.a]\nimage = \"x:1\"\nenv_file = [\"a.env\"]\n";

/// Nothing that any report of `validate` or another command prints has the value, and the place is right.
#[track_caller]
fn hides(place: &Place, at: &str) {
    for args in [
        &["validate"][..],
        &["validate", "--color", "always"],
        &["validate", "--format", "json"],
        &["validate", "-v"],
        &["render"],
        &["budget", "check"],
        &["graph"],
        &["secrets", "init"],
    ] {
        let ran = place.run(args);
        assert!(!ran.whole().contains("hunter2"), "{args:?}\n{}", ran.whole());
    }
    let ran = place.run(&["validate"]).exits(1);
    assert!(ran.stderr.contains(at), "{at}\n{}", ran.whole());
}

#[test]
fn an_env_file_that_cannot_be_read_as_one() {
    for (text, at) in [
        ("A=1\nDB_PASSWORD=\"hunter2\n", "env:2:13"),
        ("DB_PASSWORD='hunter2\n\nB=2", "env:1:13"),
        ("DB PASSWORD=hunter2\n", "env:1:1"),
        ("DB_PASSWORD=hunter2${DB\n", "env:1:13"),
        ("DB_PASSWORD=\"hunter2${DB\"\n", "env:1:13"),
        ("A%=hunter2\n", "env:1:1"),
        ("-----BEGIN hunter2 KEY-----\n", "env:1:1"),
    ] {
        hides(&Place::with_stack(STACK).file("a.env", "").file(".env", text), at);
        hides(&Place::with_stack(STACK).file("a.env", text), at);
    }
    let place = Place::with_stack(STACK).file("a.env", "").file(".env", "A=1\nDB_PASSWORD=\"hunter2\n");
    let ran = place.run(&["validate"]).exits(1);
    assert!(ran.stderr.contains("`DB_PASSWORD`"), "{}", ran.whole());
    let found = place.run(&["validate", "--format", "json"]).exits(1).json();
    let found = found.as_array().unwrap().iter().find(|found| found["code"] == "invalid-env-file").unwrap();
    assert_eq!((&found["file"], &found["line"], &found["column"]), (&".env".into(), &2.into(), &13.into()));
}

#[test]
fn values_that_do_not_fit_where_they_are_used() {
    for key in [
        "init = \"${SECRET}\"",
        "shm_size = \"${SECRET}\"",
        "stop_grace_period = \"${SECRET}\"",
        "pull_policy = \"${SECRET}\"",
        "container_name = \"${SECRET}!\"",
        "volumes = [\"${SECRET}:/data\"]",
        "volumes = [\"${SECRET}\"]",
        "image = \"${SECRET}!\"",
        "image = \"${SECRET}\"",
        "build = { context = \".\", dockerfile = \"${SECRET}\" }",
        "env_file = [\"${SECRET}\"]",
        "ports = [\"${SECRET}:80\"]",
        "limits = { memory = \"${SECRET}\" }",
        "ulimits = { nofile = \"${SECRET}\" }",
        "user = \"${SECRET?${SECRET}}\"",
        "extra_hosts = [\"${SECRET}\"]",
    ] {
        let image = if key.starts_with("image") { "" } else { "image = \"x:1\"\n" };
        let stack = format!("name = \"x\"\n[services.a]\n{image}{key}\n");
        let place = Place::with_stack(stack).file(".env", "SECRET=hunter2\n");
        for format in ["human", "json"] {
            let ran = place.run(&["validate", "--format", format]);
            assert!(!ran.whole().contains("hunter2"), "{key}\n{}", ran.whole());
        }
    }
}

#[test]
#[ignore = "needs an engine"]
fn words_of_compose() {
    let stack = "name = \"stackctl-words\"\n[budget]\nmemory = \"1G\"\ncpus = 1\n[services.a]\nimage = \"debian:trixie-slim\"\n\
                 limits = { memory = \"32M\", cpus = 0.1 }\nlogging = { max_size = \"1m\" }\nlinks = [\"${LINK}\"]\n";
    let place = Place::with_stack(stack).file(".env", "LINK=hunter2\n");
    for args in [&["plan"][..], &["up"], &["up", "--format", "json"]] {
        let ran = place.run(args);
        assert!(ran.code != Some(0) && !ran.whole().contains("hunter2"), "{args:?}\n{}", ran.whole());
        assert!(ran.whole().contains("undefined service"), "{args:?}\n{}", ran.whole());
    }
}
