//! Text of strangers: what a stack.toml, a server or a folder's name holds reaches no terminal as an instruction, and data
//! reads back as it was.

use std::{
    fs,
    io::{Read, Write},
    net::TcpListener,
    os::unix::ffi::OsStrExt,
    path::Path,
    process::Command,
    thread,
};

use crate::support::{Place, Ran};

/// A window title, a bell, a clear in 8-bit C1, text that runs backwards, an isolate that is never closed, DEL.
const HOSTILE: &str = "x\u{1b}]0;PWNED\u{7}\u{9b}2J\u{202e}y\u{2066}\u{200f}\u{61c}\u{2028}\u{7f}\u{1b}[31mz";

/// The same as TOML and JSON write it.
fn toml(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_ascii_graphic() { c.to_string() } else { format!("\\u{:04x}", u32::from(c)) })
        .collect()
}

fn is_control(c: char) -> bool {
    let bidi = matches!(u32::from(c), 0x61c | 0x200e | 0x200f | 0x2028..=0x202e | 0x2066..=0x2069);
    (c.is_control() && c != '\n' && c != '\t') || bidi
}

#[track_caller]
fn clean(ran: Ran) -> Ran {
    assert!(!ran.stdout.contains(is_control) && !ran.stderr.contains(is_control), "{:?}", ran.whole());
    ran
}

/// A stack that is right and holds the text wherever one may stand.
fn stack() -> String {
    let h = toml(HOSTILE);
    format!(
        r#"name = "orders"
budget = {{ memory = "1G", cpus = 2 }}
[profiles.more]
description = "{h}"
notes = "{h}"
[profiles.more.services.web]
environment = {{ OVER = "{h}" }}
[services.web]
image = "nginx:1.30-alpine"
limits = {{ memory = "128M", cpus = 0.5 }}
restart = "unless-stopped"
logging = {{ max_size = "10m", max_file = 3 }}
notes = "{h}"
command = ["echo", "{h}", "a"]
environment = {{ VALUE = "{h}", LINES = "a\n{h}\nb" }}
labels = {{ "{h}" = "{h}" }}
[services.late]
image = "nginx:1.30-alpine"
limits = {{ memory = "128M", cpus = 0.5 }}
restart = "unless-stopped"
logging = {{ max_size = "10m", max_file = 3 }}
profiles = ["more"]
"#
    )
}

#[test]
fn files_and_pictures_hold_no_control_characters_and_read_back_equal() {
    let place = Place::with_stack(stack());
    clean(place.run(&["validate"])).exits(0);
    for args in [
        &["render"][..],
        &["render", "--target", "swarm", "--profile", "more"],
        &["graph"],
        &["graph", "--format", "mermaid"],
        &["graph", "--format", "dot"],
        &["graph", "--format", "json"],
        &["budget", "check"],
    ] {
        clean(place.run(args)).exits(0);
    }
    for (name, content) in place.files() {
        let text = String::from_utf8(content).unwrap();
        assert!(!text.contains(is_control), "{name}: {text:?}");
    }
    let stdout = clean(place.run(&["render", "--stdout"])).exits(0).stdout;
    let read: serde_yaml::Value = serde_yaml::from_str(&stdout).unwrap();
    let web = &read["services"]["web"];
    assert_eq!(web["environment"]["VALUE"].as_str(), Some(HOSTILE));
    assert_eq!(web["environment"]["LINES"].as_str(), Some(format!("a\n{HOSTILE}\nb").as_str()));
    assert_eq!(web["labels"][HOSTILE].as_str(), Some(HOSTILE));
    assert_eq!(web["command"][1].as_str(), Some(HOSTILE));
    let overlay = fs::read_to_string(place.path("generated/docker-compose.more.yml")).unwrap();
    let read: serde_yaml::Value = serde_yaml::from_str(&overlay).unwrap();
    assert_eq!(read["services"]["web"]["environment"]["OVER"].as_str(), Some(HOSTILE));

    // What a person edited is shown, on either side.
    place.write("generated/docker-compose.yml", format!("# {HOSTILE}\n"));
    clean(place.run(&["render", "--check"])).exits(1);
    clean(place.run(&["render"])).exits(1);
    for color in ["never", "always"] {
        let ran = place.run(&["render", "--check", "--color", color]).exits(1);
        assert!(!ran.stdout.contains("\u{1b}]") && !ran.stdout.contains("\u{1b}[31mz"), "{:?}", ran.whole());
    }
}

#[test]
fn diagnostics_show_pictures_of_control_characters() {
    let h = toml(HOSTILE);
    for (key, value) in [
        ("depends_on", format!("[\"w{h}\"]")),
        ("restart", format!("\"{h}\"")),
        ("profiles", format!("[\"{h}\"]")),
        ("image", format!("\"{h}\"")),
        ("ports", format!("[\"{h}\"]")),
        ("volumes", format!("[\"{h}:/x\"]")),
        ("networks", format!("[\"{h}\"]")),
        ("secrets", format!("[\"{h}\"]")),
        ("env_file", format!("[\"{}\"]", h.replace("\\u007f", ""))),
        ("limits", format!("{{ memory = \"{h}\" }}")),
        ("files", format!("[{{ template = \"{h}\", target = \"{h}\" }}]")),
        ("healthcheck", format!("{{ interval = \"{h}\" }}")),
        (&format!("\"{h}\""), "1".to_owned()),
        // Raw bidirectional controls are allowed in TOML.
        ("user", "\"\u{202e}${\u{2066}\"".to_owned()),
    ] {
        let place = Place::with_stack(format!(
            "name = \"orders\"\n[services.web]\nimage = \"x:1\"\n{key} = {value}\n"
        ));
        let ran = clean(place.run(&["validate"])).exits(1);
        assert!(ran.stderr.contains("error["), "{}", ran.whole());
        let list = clean(place.run(&["validate", "--format", "json"])).exits(1).json();
        assert!(!list.as_array().unwrap().is_empty());
        let colored = place.run(&["validate", "--color", "always"]).exits(1).stderr;
        assert!(!colored.contains("\u{1b}]") && !colored.contains("\u{1b}[31mz"), "{colored:?}");
    }
}

#[test]
fn names_of_folders_and_words_of_the_command_line() {
    let outer = Place::new();
    let folder = outer.path(&HOSTILE.replace('\0', ""));
    fs::create_dir_all(&folder).unwrap();
    let run = |folder: &Path, args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_stackctl"));
        clean(outer.end(command.args(args).current_dir(folder).env_clear()))
    };
    for args in [&["validate"][..], &["render"], &["init"], &["validate", "-v"]] {
        let ran = run(&folder, args);
        assert!(ran.code.is_some_and(|code| code < 4), "{}", ran.whole());
    }
    let file = folder.join("none.toml");
    run(Path::new("/"), &["validate", "--file", std::str::from_utf8(file.as_os_str().as_bytes()).unwrap()])
        .exits(3);
    run(Path::new("/"), &[HOSTILE]).exits(2);
    run(&folder, &["graph", "--profile", HOSTILE]);
    run(&folder, &["traffic", HOSTILE]);
}

#[test]
fn a_shell_that_completes_is_given_no_control_characters() {
    let place = Place::with_stack(stack() + &format!("[traffic.modes]\n\"{}\" = 1\n", toml(HOSTILE)));
    for words in ["budget check --profile ", "logs ", "traffic set "] {
        let mut args = vec!["--", "stackctl"];
        args.extend(words.split(' '));
        clean(place.end(place.command(&args).env("STACKCTL_COMPLETE", "fish"))).exits(0);
    }
}

/// A control server that answers every request with this.
fn server(status: &'static str, body: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut request = [0; 4096];
            let _ = stream.read(&mut request);
            let length = body.len();
            let _ = write!(
                stream,
                "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
            );
        }
    });
    address
}

#[test]
fn answers_of_a_traffic_server() {
    let h = toml(HOSTILE);
    let body = format!(
        r#"{{"mode":"{h}","rps":"{h}","state":"{h}","target":"{h}","current_rps":1,"in_flight":"{h}","uptime_seconds":"{h}",
        "stats":{{"total":1,"failed":0,"by_endpoint":{{"{h}":1}}}},"errors":{{"{h}":2}},"dropped":0,"late":0,"latency_ms":{{"p50":"{h}"}},
        "error":"{h}","modes":["{h}"],"peers":{{"of":2,"reached":1,"missed":[{{"peer":"{h}","error":"{h}","status":404}}]}}}}"#
    );
    let good = server("200 OK", body.clone());
    let bad = server("404 Not Found", body);
    let place = Place::new();
    for url in [&good, &bad] {
        for words in [&["status"][..], &["set", "burst"]] {
            for format in ["human", "json"] {
                let mut args = vec!["traffic"];
                args.extend(words);
                args.extend(["--url", url, "--format", format]);
                let ran = clean(place.run(&args));
                assert_ne!(ran.code, Some(2), "{}", ran.whole());
                if format == "json" && ran.code == Some(0) {
                    assert_eq!(ran.json()["target"], HOSTILE);
                }
            }
        }
    }
}
