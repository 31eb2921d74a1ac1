//! A repository of a stranger: links, pipes, devices and huge files where stackctl reads or writes.

use std::{
    fs::{self, File},
    os::unix::fs::{PermissionsExt, symlink},
    path::Path,
    process::{Command, Stdio},
};

use super::support::{Place, Ran};

const STACK: &str = "\
name = \"orders\"

[budget]
memory = \"1G\"
cpus = 1.0

[services.web]
image = \"nginx:1.30-alpine\"
limits = { memory = \"64M\", cpus = 0.5 }
";

/// Runs to its end with little memory: what reads without end fails, and what waits without end is stopped.
fn ends(place: &Place, args: &[&str]) -> Ran {
    let script = "ulimit -v 6000000 2>/dev/null; exec timeout 120 \"$0\" \"$@\"";
    within(place, script, args)
}

/// Runs the binary from a line of shell that ends with `exec "$0" "$@"`.
fn within(place: &Place, script: &str, args: &[&str]) -> Ran {
    let direct = place.command(args);
    let mut command = Command::new("sh");
    command.args(["-c", script]).arg(direct.get_program()).args(args).current_dir(place.path(""));
    command.env_clear().envs(direct.get_envs().filter_map(|(name, value)| Some((name, value?))));
    place.end(&mut command)
}

/// What it is, how a path becomes it, and what an error says of it.
type OddFile = (&'static str, fn(&Path), &'static str);

/// What no file should be.
fn odd_files() -> [OddFile; 3] {
    [
        (
            "a pipe",
            |path| assert!(Command::new("mkfifo").arg(path).status().unwrap().success()),
            "a named pipe",
        ),
        ("a device", |path| symlink("/dev/zero", path).unwrap(), "a device"),
        ("1 GiB", |path| File::create(path).unwrap().set_len(1 << 30).unwrap(), "larger than 8 MiB"),
    ]
}

#[test]
fn no_second_file_is_read_without_bound() {
    for (what, make, problem) in odd_files() {
        let place = Place::with_stack(STACK);
        make(&place.path(".env"));
        let ran = ends(&place, &["validate"]).exits(1);
        assert!(
            ran.stderr.contains("invalid-env-file") && ran.stderr.contains(problem),
            "{what}: {}",
            ran.stderr
        );

        let place = Place::with_stack(format!("{STACK}env_file = \"app.env\"\n"));
        make(&place.path("app.env"));
        let ran = ends(&place, &["validate"]).exits(1);
        assert!(
            ran.stderr.contains("invalid-env-file") && ran.stderr.contains(problem),
            "{what}: {}",
            ran.stderr
        );

        // A link in the manifest's place is never read, and replaced; nothing else is taken for stackctl's own.
        let place = Place::with_stack(STACK);
        fs::create_dir(place.path("generated")).unwrap();
        make(&place.path("generated/.stackctl.json"));
        ends(&place, &["render"]).exits(if what == "a device" { 0 } else { 3 });

        let place = Place::with_stack(STACK);
        make(&place.path("stack.schema.json"));
        ends(&place, &["schema", "--check"]).exits(if what == "a device" { 3 } else { 1 });
        ends(&place, &["schema", "--write"]).exits(3);

        let place = Place::with_stack(STACK.replace("nginx:1.30-alpine", "stackctl"));
        make(&place.path("Cargo.toml"));
        ends(&place, &["render"]).exits(0);

        let place = Place::with_stack(STACK);
        fs::create_dir(place.path(".stackctl")).unwrap();
        make(&place.path(".stackctl/selection.json"));
        assert!(stackctl::internals::engine::selection::load(&place.path("")).is_none());

        let place = Place::with_stack(format!("{STACK}files = [{{ template = \"x\", target = \"/x\" }}]\n"));
        fs::create_dir(place.path("templates")).unwrap();
        make(&place.path("templates/x"));
        ends(&place, &["validate"]).exits(1);

        let place = Place::new();
        make(&place.path("other.toml"));
        ends(&place, &["validate", "--file", "other.toml"]).exits(if what == "1 GiB" { 1 } else { 3 });
    }
    // The empty device is an empty file, as it is for Compose.
    let place = Place::with_stack(format!("{STACK}env_file = \"/dev/null\"\n"));
    place.run(&["validate"]).exits(0);
}

/// A project whose `generated/web` leads into `.git`, with templates that git would run code from.
fn attack() -> Place {
    let files = ["commondir", "config", "hooks/post-checkout"].map(|name| {
        let target = name.replace('/', "-");
        format!("{{ template = \"{name}\", target = \"/etc/{target}\" }}")
    });
    let place = Place::with_stack(format!("{STACK}files = [{}]\n", files.join(", ")));
    place.write("templates/commondir", "../evil\n");
    place.write("templates/config", "[core]\n\tfsmonitor = \"touch RAN\"\n");
    place.write("templates/hooks/post-checkout", "touch RAN\n");
    place.write("evil/config", "[core]\n\trepositoryformatversion = 0\n\tfsmonitor = \"touch RAN; false\"\n");
    fs::create_dir(place.path("generated")).unwrap();
    symlink("../.git", place.path("generated/web")).unwrap();
    place
}

/// A manifest that claims files as they are.
fn manifest(files: &[(&str, &[u8])]) -> String {
    use sha2::{Digest, Sha256};
    let hash =
        |bytes: &[u8]| Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let files: serde_json::Map<String, serde_json::Value> =
        files.iter().map(|(path, bytes)| ((*path).to_owned(), hash(bytes).into())).collect();
    serde_json::json!({ "about": "", "files": files }).to_string()
}

#[test]
fn render_never_writes_into_git() {
    let place = attack();
    place.write(".git/HEAD", "ref: refs/heads/main\n");
    place.write(".git/config", "[core]\n");
    let claimed = manifest(&[("web/config", b"[core]\n"), ("web/HEAD", b"ref: refs/heads/main\n")]);
    place.write("generated/.stackctl.json", claimed);
    let before = place.files();
    for args in [["render", "--force"], ["render", "--check"], ["render", "--target=swarm"]] {
        let ran = place.run(&args).exits(3);
        assert!(ran.stderr.contains("generated/web is a symbolic link"), "{}", ran.stderr);
    }
    assert_eq!(place.files(), before);

    // Nor is it removed from, where the manifest claims what is there and nothing is rendered into it.
    place.write("stack.toml", STACK);
    place.run(&["render"]).exits(0);
    assert!(place.path(".git/HEAD").exists() && place.path(".git/config").exists());

    // The folder itself may be no link either, nor its staging folder.
    let place = attack();
    fs::remove_file(place.path("generated/web")).unwrap();
    fs::remove_dir(place.path("generated")).unwrap();
    fs::create_dir(place.path(".git")).unwrap();
    symlink(".git", place.path("generated")).unwrap();
    let ran = place.run(&["render"]).exits(3);
    assert!(ran.stderr.contains("generated is a symbolic link"), "{}", ran.stderr);
    fs::remove_file(place.path("generated")).unwrap();
    fs::create_dir(place.path("generated")).unwrap();
    symlink("../.git", place.path("generated/.stackctl-staging")).unwrap();
    place.run(&["render"]).exits(0);
    assert_eq!(fs::read_dir(place.path(".git")).unwrap().count(), 0);
    assert!(place.path("generated/web/config").exists());
}

#[test]
fn no_output_is_a_git_folder_of_its_own() {
    for service in [".git", ".GIT", ".git.", ".stackctl", ".stackctl-staging"] {
        let stack = STACK.replace("services.web", &format!("services.\"{service}\""));
        let place = Place::with_stack(format!("{stack}files = [{{ template = \"x\", target = \"/x\" }}]\n"));
        place.write("templates/x", "x\n");
        let ran = place.run(&["render"]).exits(1);
        assert!(ran.stderr.contains("output-path"), "{}", ran.stderr);
    }
    let place = Place::with_stack(format!("{STACK}files = [{{ template = \".git/x\", target = \"/x\" }}]\n"));
    place.write("templates/.git/x", "x\n");
    let ran = place.run(&["render"]).exits(1);
    assert!(ran.stderr.contains("template-unreadable"), "{}", ran.stderr);
    // A manifest may claim such a file, and it stays.
    let place = Place::with_stack(STACK);
    place.write("generated/sub/.git/config", "mine");
    place.write("generated/.stackctl.json", manifest(&[("sub/.git/config", b"mine")]));
    place.run(&["render"]).exits(0);
    assert!(place.path("generated/sub/.git/config").exists());
}

#[test]
#[ignore = "needs git"]
fn a_cloned_repository_runs_nothing() {
    let place = attack();
    let git = |args: &[&str], at: &str| {
        let who = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "init.defaultBranch=main"];
        let done = Command::new("git").args(who).args(args).current_dir(place.path(at)).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    };
    git(&["init", "-q"], "");
    git(&["add", "-A"], "");
    git(&["commit", "-qm", "x"], "");
    git(&["clone", "-q", ".", "clone"], "");
    let mut render = place.command(&["render"]);
    render.current_dir(place.path("clone"));
    place.end(&mut render).exits(3);
    git(&["status"], "clone");
    assert!(!place.path("clone/RAN").exists() && !place.path("clone/.git/commondir").exists());
}

#[test]
fn templates_hold_no_secret_and_no_env_file() {
    let stack = format!(
        "{STACK}files = [{{ template = \"leak\", target = \"/x\" }}]\nsecrets = [\"db\", \"key\"]\n\
         [secrets.db]\ngenerate = true\n[secrets.key]\nfile = \"templates/key\"\n"
    );
    let place = Place::with_stack(stack).file(".env", "A=b\n").file("templates/key", "k").file("x/y", "y");
    place.run(&["secrets", "init"]).exits(1);
    fs::write(place.path("templates/leak"), "").unwrap();
    place.run(&["secrets", "init"]).exits(0);
    for (target, code) in [
        ("../.stackctl/secrets/db", "template-outside-project"),
        ("../.env", "template-outside-project"),
        ("../x/y", "template-outside-project"),
        ("key", "template-unreadable"),
    ] {
        fs::remove_file(place.path("templates/leak")).unwrap();
        symlink(target, place.path("templates/leak")).unwrap();
        let ran = place.run(&["render"]).exits(1);
        assert!(ran.stderr.contains(code), "{target}: {}", ran.stderr);
    }
    place.write("templates/other", "{% include 'key' %}");
    fs::remove_file(place.path("templates/leak")).unwrap();
    symlink("other", place.path("templates/leak")).unwrap();
    let ran = place.run(&["render"]).exits(1);
    assert!(ran.stderr.contains("the file of the secret `key`"), "{}", ran.stderr);
    assert!(!place.path("generated").exists());

    // The folder of the templates is no link to where the secrets are.
    fs::rename(place.path("templates"), place.path("elsewhere")).unwrap();
    symlink("elsewhere", place.path("templates")).unwrap();
    let ran = place.run(&["render"]).exits(1);
    assert!(ran.stderr.contains("`templates` is a symbolic link"), "{}", ran.stderr);
}

const SECRETS: &str =
    "\n[secrets.db]\ngenerate = true\n[secrets.drone]\ngenerate = true\nenv = [\"A\", \"B\"]\n";

fn with_secrets() -> Place {
    Place::with_stack(format!("{STACK}secrets = [\"db\", \"drone\"]\n{SECRETS}"))
}

#[test]
fn secrets_stay_in_their_folder() {
    for link in [".stackctl", ".stackctl/secrets"] {
        let place = with_secrets();
        let outside = Place::new();
        fs::set_permissions(outside.path(""), fs::Permissions::from_mode(0o755)).unwrap();
        fs::create_dir_all(place.path(link).parent().unwrap()).unwrap();
        symlink(outside.path(""), place.path(link)).unwrap();
        let ran = place.run(&["secrets", "init"]).exits(3);
        assert!(ran.stderr.contains(link) && ran.stderr.contains("it is a symbolic link"), "{}", ran.stderr);
        assert_eq!(fs::read_dir(outside.path("")).unwrap().count(), 0);
        assert_eq!(fs::metadata(outside.path("")).unwrap().permissions().mode() & 0o777, 0o755);
    }
}

#[test]
fn modes_do_not_depend_on_the_umask() {
    for umask in ["000", "077"] {
        let place = with_secrets();
        place.write(".stackctl/.gitignore", "!*\n");
        fs::set_permissions(place.path(".stackctl"), fs::Permissions::from_mode(0o777)).unwrap();
        within(&place, &format!("umask {umask}; exec \"$0\" \"$@\""), &["secrets", "init"]).exits(0);
        let mode = |path: &str| fs::metadata(place.path(path)).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(".stackctl"), mode(".stackctl/.gitignore")), (0o700, 0o600));
        assert_eq!((mode(".stackctl/secrets"), mode(".stackctl/secrets/db")), (0o700, 0o444));
        assert_eq!(fs::read_to_string(place.path(".stackctl/.gitignore")).unwrap(), "*\n");
    }
}

#[test]
fn twenty_at_once_make_the_same_secrets() {
    let place = with_secrets();
    let started: Vec<_> = (0..20)
        .map(|_| place.command(&["secrets", "init"]).stderr(Stdio::piped()).spawn().unwrap())
        .collect();
    for child in started {
        let ended = child.wait_with_output().unwrap();
        assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    }
    let names: Vec<String> = place.files().into_iter().map(|(name, _)| name).collect();
    assert!(names.contains(&".stackctl/secrets/db".to_owned()), "{names:?}");
    assert_eq!(names.iter().filter(|name| name.contains("/secrets/")).count(), 2, "{names:?}");
}

#[test]
fn nothing_is_written_through_a_link() {
    for target in ["away/file", "nowhere"] {
        let place = Place::with_stack(STACK).file("away/other", "");
        symlink(target, place.path("stack.schema.json")).unwrap();
        let ran = place.run(&["schema", "--write"]).exits(3);
        assert!(ran.stderr.contains("stack.schema.json is a symbolic link"), "{}", ran.stderr);
        assert!(!place.path(target).exists());

        let place = Place::new().file("away/other", "");
        symlink(target, place.path("stack.schema.json")).unwrap();
        let ran = place.run(&["init"]).exits(3);
        assert!(ran.stderr.contains("symbolic link"), "{}", ran.stderr);
        assert!(!place.path("stack.toml").exists() && !place.path(target).exists());

        let place = Place::new().file("away/other", "");
        symlink(target, place.path("stack.toml")).unwrap();
        place.run(&["init"]).exits(3);
        assert!(!place.path("stack.schema.json").exists() && !place.path(target).exists());
    }
    let place = Place::with_stack(format!("#:schema sub/x.json\n{STACK}"));
    symlink("..", place.path("sub")).unwrap();
    let ran = place.run(&["schema", "--write"]).exits(3);
    assert!(ran.stderr.contains("sub is a symbolic link"), "{}", ran.stderr);
}

#[test]
fn a_full_disk_leaves_every_file_as_it_was() {
    // A limit of a file's size, in blocks of 512 or 1,024 bytes, is met as a full disk is.
    for blocks in [0, 1, 8] {
        let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
        let place = Place::new();
        within(&place, &script, &["init"]).exits(3);
        assert_eq!(place.files(), []);
        place.run(&["init"]).exits(0);
        let before = place.files();
        place.write("stack.schema.json", "{\"title\": \"stack.toml of stackctl\"}");
        within(&place, &script, &["schema", "--write"]).exits(3);
        assert!(fs::metadata(place.path("stack.schema.json")).unwrap().len() > 0);
        // What an earlier version left empty is written again.
        place.write("stack.schema.json", "");
        place.run(&["schema", "--write"]).exits(0);
        assert_eq!(place.files(), before);
    }
    let place = with_secrets();
    within(&place, "trap '' XFSZ; ulimit -f 0; exec \"$0\" \"$@\"", &["secrets", "init"]).exits(3);
    assert_eq!(place.files().len(), 1, "nothing that is believed later");
    place.run(&["secrets", "init"]).exits(0);
    assert_eq!(fs::read_to_string(place.path(".stackctl/.gitignore")).unwrap(), "*\n");
}

#[test]
#[ignore = "needs root, to mount a file system"]
fn a_disk_without_room_leaves_nothing_that_is_believed() {
    let place = with_secrets();
    let mounted = Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=64k", "tmpfs"])
        .arg(place.path(""))
        .status()
        .unwrap();
    assert!(mounted.success(), "mount needs root");
    place.write("stack.toml", format!("{STACK}secrets = [\"db\", \"drone\"]\n{SECRETS}"));
    let filled = fs::write(place.path("filler"), vec![0; 1 << 20]);
    let full = place.run(&["secrets", "init"]);
    let schema = place.run(&["schema", "--write"]);
    let _ = fs::remove_file(place.path("filler"));
    let again = place.run(&["secrets", "init"]);
    let ignore = fs::read_to_string(place.path(".stackctl/.gitignore"));
    let there = place.path("stack.schema.json").exists();
    assert!(Command::new("umount").arg(place.path("")).status().unwrap().success());
    assert!(filled.is_err());
    full.exits(3);
    schema.exits(3);
    again.exits(0);
    assert_eq!(ignore.unwrap(), "*\n");
    assert!(!there);
}

#[test]
fn a_killed_process_leaves_whole_files() {
    let place = with_secrets();
    // As long as a run takes here, so that kills fall anywhere in it.
    let begun = std::time::Instant::now();
    place.run(&["schema"]).exits(0);
    let run = u64::try_from(begun.elapsed().as_micros()).unwrap();
    let kill = |args: &[&str]| {
        let mut child = place.command(args).stderr(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_micros(fastrand::u64(run / 2..run * 5 / 4)));
        let _ = child.kill();
        let _ = child.wait();
    };
    for _ in 0..25 {
        kill(&["schema", "--write"]);
        kill(&["secrets", "init"]);
        kill(&["init", "--file", "new.toml"]);
    }
    // A lock is held first and names its holder then: what counts of it is that the next run takes it.
    let written = |name: &str| !name.contains('~') && !name.ends_with("up.lock");
    for (name, bytes) in place.files().into_iter().filter(|(name, _)| written(name)) {
        assert!(!bytes.is_empty(), "{name}");
    }
    place.run(&["schema", "--write"]).exits(0);
    place.run(&["schema", "--check"]).exits(0);
    place.run(&["secrets", "init"]).exits(0);
    if !place.path("new.toml").exists() {
        place.run(&["init", "--file", "new.toml"]).exits(0);
    }
    place.run(&["validate", "--file", "new.toml"]).exits(0);
    let names: Vec<String> = place.files().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names.iter().filter(|name| name.contains("/secrets/")).count(), 2, "{names:?}");
}

#[test]
#[ignore = "needs root, to give a file away"]
fn a_stack_above_that_belongs_to_somebody_else_is_refused() {
    let place = Place::with_stack(STACK);
    fs::create_dir_all(place.path("sub/deep")).unwrap();
    let own = |path: &str, uid: u32| std::os::unix::fs::chown(place.path(path), Some(uid), None).unwrap();
    let below = |args: &[&str], sudo: Option<&str>| {
        let mut command = place.command(args);
        command.current_dir(place.path("sub/deep"));
        if let Some(uid) = sudo {
            command.env("SUDO_UID", uid);
        }
        place.end(&mut command)
    };
    below(&["validate"], None).exits(0);
    for path in ["stack.toml", ""] {
        own(path, 54_321);
        let ran = below(&["validate"], None).exits(3);
        assert!(ran.stderr.contains("54321") && ran.stderr.contains("--file"), "{}", ran.stderr);
        below(&["traffic", "--duration", "1s"], None).exits(3);
        below(&["schema", "--check"], None).exits(3);
        below(&["validate"], Some("54321")).exits(0);
        below(&["validate"], Some("54322")).exits(3);
        below(&["validate", "--file", "../../stack.toml"], None).exits(0);
        place.run(&["validate"]).exits(0);
        own(path, 0);
    }
    // Nor is a Compose file, which `import` looks for in the folders above too.
    place.write("compose.yaml", "services: {a: {image: 'a:1'}}\n");
    own("compose.yaml", 54_321);
    let ran = below(&["import", "--check"], None).exits(3);
    assert!(ran.stderr.contains("54321") && ran.stderr.contains("compose.yaml"), "{}", ran.stderr);
    fs::remove_file(place.path("stack.toml")).unwrap();
    below(&["import", "-f", "../../compose.yaml"], None).exits(0);
}

#[test]
fn names_of_folders_are_no_names() {
    for table in ["secrets", "volumes", "configs", "networks", "services"] {
        for name in [".", ".."] {
            let rest = if table == "services" { "image = \"x:1\"\n" } else { "" };
            let place = Place::with_stack(format!("{STACK}[{table}.\"{name}\"]\n{rest}"));
            let ran = place.run(&["validate"]).exits(1);
            assert!(ran.stderr.contains("bad-name"), "{table} {name}: {}", ran.stderr);
        }
    }
}
