//! Plain scalars, each in one file that Compose reads.

use std::{collections::BTreeMap, fs};

use stackctl::internals::source::compose::{Request, load, node::Node, text_of};

use super::composed;

const VALUES: &str = "017 0o17 0o08 08 09 1_000 1.10 yes on off no y n True TRUE true false False FALSE ~ null Null NULL .inf -.inf \
    +.inf .Inf .INF .nan .NaN 0x1F 0X1F 0b11 0B11 -0x1F -017 -0o17 +12 -12 1e3 1E3 1e+3 .5 5. -.5 1_0.5 0x_1 _1 1__0 1_ 12:30 22:22 1:2:3 \
    2024-01-01x 9223372036854775807 9223372036854775808 18446744073709551615 18446744073709551616 99999999999999999999 \
    -9223372036854775808 -9223372036854775809 0.0 -0 -0.0 +0 00 0 1.0 100000000000000000000.0 1e400 0x 0o 0b 0b12 1.2.3 1e 1e-7 0.1e1 +.5 \
    +1.5 1,000 0o_17 0x1F_F -0b11 +0x1F +017 1.e3 e3 0e0 = < << .5.5 0.00001 0.0001 123456789.5 1e21 1e20 1_000_000.25 Infinity inf nan NaN \
    +.nan -.NaN 0777 0o777 07_7 0_7 1e5 1e6 12e03 685.230_15e+03 190:20:30.15 ._1 1._5 -_5 +_5 -_ _ 0xfffffffffffffffff \
    0x7fffffffffffffff 0xffffffffffffffff -0xffffffffffffffff 077777777777777777777777 0b_1 --1 -+1 +-1 ++1 - + . .. ... -. +. 1- 1+ 0- 0x-1 \
    -0b- 0b-11 0o-7 0b+1 0x-7 -0b-1 0B-1 0O17 0o 00x1 0.1.2 1.5e 1.5e+ 1.5e- .e5 -.e5 .5e5 .5E-5 5e.5 1__ __1 0__0 0_x1 1e1_0 1_e1 tRUE nULL Yes YES \
    2024-13-01 2024-02-30 2024-1-1x 20240101 2024-01 24-01-01 2024-01-01T10:11 +0x 0xg 0x1g 1f 1F 1d \u{661} 1\u{a0}";

/// Every value of `environment` is printed as text: it shows what was read.
#[test]
#[ignore = "asks docker compose"]
fn plain_scalars_are_what_compose_reads() {
    let values: Vec<&str> = VALUES.split_ascii_whitespace().filter(|value| *value != "-").collect();
    let mut text = "name: p\nservices:\n  a:\n    image: b\n    environment:\n".to_owned();
    for (at, value) in values.iter().enumerate() {
        text += &format!("      K{at}: {value}\n");
    }
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("compose.yaml"), &text).unwrap();
    let expected = composed(folder.path(), &[]).unwrap();
    let expected = &expected["services"]["a"]["environment"];
    let request = Request { folder: folder.path(), files: &[], shell: &BTreeMap::new() };
    let loaded = load(&request).unwrap();
    let at = |keys: &[&str]| keys.iter().try_fold(&loaded.root, |node, key| node.get(key));
    let environment = at(&["services", "a", "environment"]).unwrap();
    let mut wrong = Vec::new();
    for (at, value) in values.iter().enumerate() {
        let key = format!("K{at}");
        let read = environment.get(&key).and_then(|node: &Node| text_of(&node.value));
        if read.as_deref() != expected[&key].as_str() {
            wrong.push(format!("{value}: {read:?} instead of {}", expected[&key]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Dates are refused, and nothing else that looks like one.
#[test]
#[ignore = "asks docker compose"]
fn dates_are_refused_as_compose_refuses_them() {
    let values = [
        "2024-01-01",
        "2024-1-1",
        "2024-01-01 10:11:12",
        "2024-01-01T10:11:12Z",
        "2024-01-01t1:1:1.5+02:00",
        "2024-01-01 10:11:12.5",
        "2024-01-01T10:11:12",
        "2024-01-01T10:11:12+2",
        "2024-01-01 10:11:12 Z",
        "2024-01-01  10:11:12",
        "2024-01-01T24:00:00Z",
        "2023-02-29",
        "2024-02-29",
        "0000-01-01",
        "2024-01-01T10:11:60Z",
        "2024-00-01",
        "2024-01-01T10:11:12-00:00",
        "2024-01-01T1:1:1,5Z",
        "2024-01-01Z",
        "2024-001-1",
        "2024-01-01T10:11:12+23:30",
    ];
    let mut wrong = Vec::new();
    for value in values {
        let folder = tempfile::tempdir().unwrap();
        let text = format!("name: p\nservices: {{a: {{image: b}}}}\nx-date: {{date: {value}}}\n");
        fs::write(folder.path().join("compose.yaml"), text).unwrap();
        let expected = composed(folder.path(), &[]).unwrap();
        let request = Request { folder: folder.path(), files: &[], shell: &BTreeMap::new() };
        let loaded = load(&request).unwrap();
        let read =
            loaded.root.get("x-date").and_then(|it| it.get("date")).and_then(|node| text_of(&node.value));
        if read.as_deref() != expected["x-date"]["date"].as_str() {
            wrong.push(format!("{value}: {read:?} instead of {}", expected["x-date"]["date"]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
