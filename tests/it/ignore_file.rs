//! BuildKit as the oracle of `.dockerignore`: a build from scratch copies its whole context, and what arrives is what our patterns let
//! through.

use std::{collections::BTreeSet, process::Command};

use stackctl::internals::check::ignore_file::IgnoreFile;

use crate::support::Place;

const FILES: [&str; 14] = [
    ".stackctl/secrets/db",
    ".stackctl/image/stackctl",
    "a/db",
    "a/b/db",
    "a/b/xdb",
    "abc",
    "db",
    "src/main.rs",
    "src/b.txt",
    "x.log",
    "sub/x.log",
    "sub/.stackctl/secrets/db",
    "[x]/y",
    "star*/z",
];

const IGNORED: [&str; 57] = [
    "",
    ".stackctl",
    "/.stackctl",
    "/.stackctl/",
    "./.stackctl",
    ".stackctl/secrets",
    ".stackctl/secrets/*",
    ".stackctl/*/db",
    ".stackctl/**",
    "**/.stackctl",
    "**/secrets",
    "*",
    "**",
    ".*",
    "*.log",
    "**/*.log",
    "*/*.log",
    "?bc",
    "a?c",
    "[ab]bc",
    "[a-c]bc",
    "[^b]bc",
    "[!b]bc",
    "\\[x\\]",
    "star\\*",
    "star*",
    "**db",
    "**/db",
    "a/**/db",
    "a/**",
    "a**",
    "**/b/**",
    "a/*/db",
    "a/../.stackctl",
    "../x",
    "a//b",
    "a/b/",
    "# .stackctl",
    " # .stackctl",
    "  .stackctl  ",
    "\u{feff}.stackctl",
    ".stackctl\r\nsrc\r\n",
    "*\n!src",
    "*\n!src/*.rs",
    "*\n!**/db",
    "**\n!**/*.log",
    ".stackctl\n!.stackctl/image",
    ".stackctl\n!.stackctl/secrets",
    ".stackctl\n!.stackctl/secrets/db",
    "!.stackctl\n.stackctl",
    "*\n!.stackctl\n.stackctl/secrets",
    "! src\nsrc",
    "src\n!  src/b.txt",
    "a\n!a/b\na/b/xdb",
    ".stackctl/\n!*",
    "**/.stackctl\n!sub",
    "sub/**\n!sub/x.log",
];

#[test]
#[ignore = "needs an engine"]
fn patterns_leave_out_what_buildkit_leaves_out() {
    let mut wrong = Vec::new();
    for (number, ignored) in IGNORED.into_iter().enumerate() {
        // A name of its own, so that no layer of another one is taken for it.
        let place = Place::new().file("Dockerfile", format!("FROM scratch\nCOPY . /{number}/\n"));
        for file in FILES {
            place.write(file, "x");
        }
        // The Dockerfile's own ignore file: the context's would have to be let through as well.
        place.write("Dockerfile.dockerignore", ignored);
        let build = ["build", "--quiet", "--output", "type=tar,dest=out.tar", "."];
        let output = Command::new("docker").args(build).current_dir(place.path(".")).output().unwrap();
        assert!(output.status.success(), "{ignored:?}: {}", String::from_utf8_lossy(&output.stderr));
        let list = Command::new("tar").args(["tf", "out.tar"]).current_dir(place.path(".")).output().unwrap();
        let list = String::from_utf8_lossy(&list.stdout).into_owned();
        let prefix = format!("{number}/");
        let arrived = list.lines().filter_map(|path| path.trim_start_matches("./").strip_prefix(&prefix));
        let arrived: BTreeSet<&str> = arrived.filter(|path| FILES.contains(path)).collect();
        let patterns = IgnoreFile::parse(ignored);
        let ours: BTreeSet<&str> = FILES.into_iter().filter(|path| !patterns.excludes(path)).collect();
        if arrived != ours {
            let difference: Vec<&&str> = arrived.symmetric_difference(&ours).collect();
            wrong.push(format!("{ignored:?}: {difference:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// BuildKit is given the folder of an ignore file alone.
#[cfg(unix)]
#[test]
#[ignore = "needs an engine with BuildKit"]
fn links_are_followed_as_buildkit_does() {
    use std::os::unix::fs::symlink;
    const STACK: &str = "name = \"links\"\n[budget]\nmemory = \"1G\"\ncpus = 1\n[services.web]\nbuild = \".\"\nlimits = { memory = \
                         \"64M\", cpus = 0.1 }\n[secrets.db]\ngenerate = true\n";
    for file in [".dockerignore", "Dockerfile.dockerignore"] {
        for target in
            ["shut", "below/../shut", "twice", "../outside", "../context/shut", "ABSOLUTE", "nowhere"]
        {
            let place = Place::new();
            for name in ["outside", "context/shut", "context/below/x"] {
                place.write(name, ".stackctl\n");
            }
            place.write("context/Dockerfile", "FROM scratch\nCOPY . /\n");
            symlink("shut", place.path("context/twice")).unwrap();
            let absolute = place.path("context/shut");
            let target = if target == "ABSOLUTE" { absolute.as_path() } else { target.as_ref() };
            symlink(target, place.path("context").join(file)).unwrap();
            place.write("context/stack.toml", STACK);
            place.write("context/.stackctl/secrets/db", "x");
            let build = ["build", "--quiet", "--output", "type=tar,dest=../out.tar", "."];
            let built =
                Command::new("docker").args(build).current_dir(place.path("context")).output().unwrap();
            assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
            let list =
                Command::new("tar").args(["tf", "out.tar"]).current_dir(place.path(".")).output().unwrap();
            let arrives = String::from_utf8_lossy(&list.stdout).contains(".stackctl/secrets/db");
            let ran = place.run(&["--file", "context/stack.toml", "validate"]);
            assert_eq!(
                ran.stderr.contains("secrets-in-context"),
                arrives,
                "{file} -> {}\n{}",
                target.display(),
                ran.stderr
            );
        }
    }
}
