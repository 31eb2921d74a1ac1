//! Bind mounts of what is not there: what cannot be committed as a fixture, and what Compose does.

use std::fs;

use crate::{diagnostics, small::Stack, support::Place};

const HEAD: &str = "name = \"binds\"\n[budget]\nmemory = \"1G\"\ncpus = 1\n[services.a]\nimage = \"a:1\"\nlimits = { memory = \"64M\", cpus = 0.5 }\nlogging = { max_size = \"1m\" }\n";

fn found(place: &Place) -> Vec<String> {
    diagnostics::judge(&place.path("."))
        .1
        .into_iter()
        .map(|found| format!("{}: {}", found.code.name, found.message))
        .collect()
}

#[test]
fn a_folder_that_an_earlier_start_left_is_reported_while_it_is_empty() {
    let place = Place::with_stack(format!(
        "{HEAD}volumes = [\"./nginx.conf:/etc/nginx/nginx.conf\", \"./site:/site\"]\n"
    ));
    for folder in ["nginx.conf", "site"] {
        fs::create_dir(place.path(folder)).unwrap();
    }
    assert_eq!(
        found(&place),
        ["missing-bind-source: the bind source `./nginx.conf` of service `a` is an empty folder"]
    );
    place.write("nginx.conf/default.conf", "");
    assert_eq!(found(&place), [] as [&str; 0]);
}

#[test]
fn a_folder_that_a_neighbour_mounts_is_no_near_name() {
    let place = Place::with_stack(format!("{HEAD}volumes = [\"./datas:/data\"]\n"));
    fs::create_dir(place.path("data")).unwrap();
    assert_eq!(found(&place).len(), 1);
    place.write("stack.toml", format!("{HEAD}volumes = [\"./datas:/datas\", \"./data:/data\"]\n"));
    assert_eq!(found(&place), [] as [&str; 0]);
}

#[test]
#[ignore = "needs an engine"]
fn the_long_syntax_makes_a_missing_folder_as_the_short_one_does() {
    let services = "[services.a]\nvolumes = [\"./short:/short\", { type = \"bind\", source = \"./long\", target = \"/long\" }]\n";
    let stack = Stack::new("binds", services);
    stack.up(&[], 0);
    assert!(stack.place.path("short").is_dir() && stack.place.path("long").is_dir());
}
