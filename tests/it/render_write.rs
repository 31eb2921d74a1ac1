//! `generated/` is written all or nothing, and what a person wrote is never overwritten unasked.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
    thread,
};

use stackctl::internals::render::{
    Comparison, Conflict, GeneratedFile, Outcome, Rendered, Target, WriteError, write,
};
use tempfile::TempDir;

fn rendered(files: &[(&str, &str)]) -> Rendered {
    let file = |(path, text): &(&str, &str)| GeneratedFile { path: (*path).into(), text: (*text).into() };
    Rendered { files: files.iter().map(file).collect(), target: Target::Compose, losses: Vec::new() }
}

/// Every file and folder below `generated/`, folders with a `/` at the end.
fn tree(root: &Path) -> BTreeMap<String, String> {
    fn walk(top: &Path, folder: &Path, found: &mut BTreeMap<String, String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(top).unwrap().to_str().unwrap().to_owned();
            if path.is_dir() {
                found.insert(name + "/", String::new());
                walk(top, &path, found);
            } else {
                found.insert(name, fs::read_to_string(&path).unwrap_or_else(|_| "(no text)".into()));
            }
        }
    }
    let mut found = BTreeMap::new();
    if root.join("generated").exists() {
        walk(&root.join("generated"), &root.join("generated"), &mut found);
    }
    found
}

/// A project whose `generated/` was written once.
fn project() -> (TempDir, Rendered) {
    let folder = tempfile::tempdir().unwrap();
    let first = rendered(&[
        ("docker-compose.yml", "name: a\n"),
        ("proxy/nginx.conf", "one\n"),
        ("old/x.conf", "x\n"),
    ]);
    assert!(matches!(write(folder.path(), &first, false).unwrap(), Outcome::Written(_)));
    (folder, first)
}

fn edit(root: &Path, path: &str, text: &str) {
    fs::write(root.join("generated").join(path), text).unwrap();
}

fn paths(comparison: &Comparison<'_>) -> Vec<(String, Option<Conflict>)> {
    comparison.changes.iter().map(|change| (change.path.clone(), change.conflict)).collect()
}

#[test]
fn writes_once_and_then_nothing() {
    let (folder, first) = project();
    let before = tree(folder.path());
    assert_eq!(before.len(), 6, "{before:?}");
    let written =
        fs::metadata(folder.path().join("generated/docker-compose.yml")).unwrap().modified().unwrap();
    assert!(Comparison::new(folder.path(), &first).unwrap().is_fresh());
    assert!(matches!(write(folder.path(), &first, false).unwrap(), Outcome::Fresh));
    assert_eq!(tree(folder.path()), before);
    let again = fs::metadata(folder.path().join("generated/docker-compose.yml")).unwrap().modified().unwrap();
    assert_eq!(written, again);
}

#[test]
fn a_check_shows_the_diff_and_writes_nothing() {
    let (folder, _) = project();
    let before = tree(folder.path());
    let next =
        rendered(&[("docker-compose.yml", "name: b\n"), ("proxy/nginx.conf", "one\n"), ("new.conf", "n\n")]);
    let comparison = Comparison::new(folder.path(), &next).unwrap();
    let expected = ["docker-compose.yml", "new.conf", "old/x.conf", ".stackctl.json"]
        .map(|path| (path.to_owned(), None));
    assert_eq!(paths(&comparison), expected);
    insta::assert_snapshot!(comparison.changes[..3].iter().map(|change| change.diff()).collect::<String>());
    assert_eq!(tree(folder.path()), before);
}

#[test]
fn what_is_no_longer_rendered_goes_with_its_folder() {
    let (folder, _) = project();
    edit(folder.path(), "mine.txt", "a note\n");
    let next = rendered(&[("docker-compose.yml", "name: a\n"), ("proxy/nginx.conf", "one\n")]);
    assert!(matches!(write(folder.path(), &next, false).unwrap(), Outcome::Written(_)));
    let names: Vec<String> = tree(folder.path()).into_keys().collect();
    assert_eq!(names, [".stackctl.json", "docker-compose.yml", "mine.txt", "proxy/", "proxy/nginx.conf"]);
}

#[test]
fn an_edit_by_hand_is_kept_until_it_is_forced() {
    let (folder, _) = project();
    edit(folder.path(), "proxy/nginx.conf", "mine\n");
    edit(folder.path(), "old/x.conf", "mine too\n");
    let before = tree(folder.path());
    let next = rendered(&[("docker-compose.yml", "name: b\n"), ("proxy/nginx.conf", "two\n")]);
    let Outcome::Refused(comparison) = write(folder.path(), &next, false).unwrap() else {
        panic!("not refused")
    };
    let conflicts: Vec<&str> = comparison.conflicts().map(|change| change.path.as_str()).collect();
    assert_eq!(conflicts, ["proxy/nginx.conf", "old/x.conf"]);
    assert!(comparison.conflicts().all(|change| change.conflict == Some(Conflict::Edited)));
    assert_eq!(tree(folder.path()), before);

    assert!(matches!(write(folder.path(), &next, true).unwrap(), Outcome::Written(_)));
    assert_eq!(tree(folder.path())["proxy/nginx.conf"], "two\n");
    assert!(!folder.path().join("generated/old").exists());
    // Now they are stackctl's again.
    assert!(matches!(
        write(folder.path(), &rendered(&[("docker-compose.yml", "c\n")]), false).unwrap(),
        Outcome::Written(_)
    ));
}

#[test]
fn an_edit_that_says_what_would_be_rendered_is_no_conflict() {
    let (folder, _) = project();
    edit(folder.path(), "proxy/nginx.conf", "two\n");
    let next = rendered(&[
        ("docker-compose.yml", "name: a\n"),
        ("proxy/nginx.conf", "two\n"),
        ("old/x.conf", "x\n"),
    ]);
    assert!(matches!(write(folder.path(), &next, false).unwrap(), Outcome::Written(_)));
    assert!(Comparison::new(folder.path(), &next).unwrap().is_fresh());
}

#[test]
fn a_file_that_stackctl_never_wrote_is_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("generated")).unwrap();
    edit(folder.path(), "docker-compose.yml", "mine: 1\n");
    let next = rendered(&[("docker-compose.yml", "name: a\n")]);
    let Outcome::Refused(comparison) = write(folder.path(), &next, false).unwrap() else {
        panic!("not refused")
    };
    assert_eq!(comparison.changes[0].conflict, Some(Conflict::Foreign));
    assert_eq!(tree(folder.path()).len(), 1);
    assert!(matches!(write(folder.path(), &next, true).unwrap(), Outcome::Written(_)));
    assert_eq!(tree(folder.path())["docker-compose.yml"], "name: a\n");
}

#[test]
fn a_damaged_manifest_makes_every_difference_a_conflict() {
    let (folder, first) = project();
    edit(folder.path(), ".stackctl.json", "<<<<<<< HEAD\n");
    let next = rendered(&[("docker-compose.yml", "name: b\n")]);
    assert!(matches!(write(folder.path(), &next, false).unwrap(), Outcome::Refused(_)));
    assert!(matches!(write(folder.path(), &first, false).unwrap(), Outcome::Written(_)));
}

#[test]
fn a_manifest_cannot_name_files_outside() {
    let (folder, first) = project();
    fs::write(folder.path().join("precious"), "p").unwrap();
    // The SHA-256 of "p".
    let hash = "148de9c5a7a44d19e56cd9ae1a554bf67847afb0c58f6e12fa29ac7ddfca9940";
    let manifest = format!("{{\"about\": \"\", \"files\": {{\"../precious\": \"{hash}\"}}}}");
    edit(folder.path(), ".stackctl.json", &manifest);
    assert!(matches!(write(folder.path(), &first, true).unwrap(), Outcome::Written(_)));
    assert!(folder.path().join("precious").exists());
}

#[test]
fn what_is_no_file_is_never_replaced() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("generated/docker-compose.yml/mine")).unwrap();
    let next = rendered(&[("docker-compose.yml", "a\n")]);
    assert!(matches!(write(folder.path(), &next, true), Err(WriteError::NotAFile(_))));

    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("generated"), "a file").unwrap();
    assert!(matches!(write(folder.path(), &next, true), Err(WriteError::NotAFolder(_))));
    assert_eq!(fs::read_to_string(folder.path().join("generated")).unwrap(), "a file");

    let (folder, _) = project();
    fs::write(folder.path().join("generated/web"), "a file").unwrap();
    let before = tree(folder.path());
    let next = rendered(&[("docker-compose.yml", "b\n"), ("web/x", "x\n")]);
    assert!(matches!(write(folder.path(), &next, true), Err(WriteError::NotAFolder(_))));
    assert_eq!(tree(folder.path()), before);
}

#[cfg(unix)]
#[test]
fn symbolic_links_are_not_written_through() {
    use std::os::unix::fs::symlink;
    let outside = tempfile::tempdir().unwrap();
    let next = rendered(&[("docker-compose.yml", "a\n"), ("web/x", "x\n")]);

    let folder = tempfile::tempdir().unwrap();
    symlink(outside.path(), folder.path().join("generated")).unwrap();
    assert!(matches!(write(folder.path(), &next, true), Err(WriteError::Link(_))));

    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("generated")).unwrap();
    symlink(outside.path(), folder.path().join("generated/web")).unwrap();
    assert!(matches!(write(folder.path(), &next, true), Err(WriteError::Link(_))));
    assert!(fs::read_dir(outside.path()).unwrap().next().is_none());

    // One that stays inside can lead into `.git`.
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("elsewhere")).unwrap();
    symlink("elsewhere", folder.path().join("generated")).unwrap();
    assert!(matches!(write(folder.path(), &next, true), Err(WriteError::Link(_))));
    assert!(fs::read_dir(folder.path().join("elsewhere")).unwrap().next().is_none());
    fs::remove_file(folder.path().join("generated")).unwrap();
    write(folder.path(), &next, false).unwrap();

    // A link in a file's place is replaced only with force, and what it points at stays.
    let target = outside.path().join("precious");
    fs::write(&target, "p").unwrap();
    fs::remove_file(folder.path().join("generated/docker-compose.yml")).unwrap();
    symlink(&target, folder.path().join("generated/docker-compose.yml")).unwrap();
    assert!(matches!(write(folder.path(), &next, false).unwrap(), Outcome::Refused(_)));
    assert!(matches!(write(folder.path(), &next, true).unwrap(), Outcome::Written(_)));
    assert_eq!(fs::read_to_string(&target).unwrap(), "p");
}

#[cfg(unix)]
#[test]
fn containers_that_are_not_root_can_read_the_files() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, first) = project();
    let path = folder.path().join("generated/proxy/nginx.conf");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&path), 0o644);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    assert!(matches!(write(folder.path(), &first, false).unwrap(), Outcome::Fresh));
    assert_eq!(mode(&path), 0o644);
}

#[test]
fn after_a_crash_between_two_renames_the_next_run_goes_on() {
    let (folder, _) = project();
    let next = rendered(&[("docker-compose.yml", "name: b\n"), ("proxy/nginx.conf", "two\n")]);
    // Where a process killed after its first rename leaves the folder.
    let other = tempfile::tempdir().unwrap();
    write(other.path(), &next, false).unwrap();
    edit(folder.path(), "docker-compose.yml", "name: b\n");
    fs::create_dir(folder.path().join("generated/.stackctl-staging")).unwrap();
    edit(folder.path(), ".stackctl-staging/1", "tw");
    fs::copy(
        other.path().join("generated/.stackctl.json"),
        folder.path().join("generated/.stackctl-staging/manifest"),
    )
    .unwrap();
    let later = rendered(&[("docker-compose.yml", "name: c\n"), ("proxy/nginx.conf", "three\n")]);
    assert!(matches!(write(folder.path(), &later, false).unwrap(), Outcome::Written(_)));
    let names: Vec<String> = tree(folder.path()).into_keys().collect();
    assert_eq!(names, [".stackctl.json", "docker-compose.yml", "proxy/", "proxy/nginx.conf"]);
}

#[test]
fn concurrent_runs_leave_the_files_of_one() {
    let (folder, _) = project();
    let texts: Vec<String> = (0..8).map(|run| format!("run {run}\n").repeat(2_000)).collect();
    thread::scope(|scope| {
        for text in &texts {
            scope.spawn(|| {
                for _ in 0..20 {
                    let next = rendered(&[("docker-compose.yml", text), ("proxy/nginx.conf", text)]);
                    assert!(!matches!(write(folder.path(), &next, false).unwrap(), Outcome::Refused(_)));
                }
            });
        }
    });
    let found = tree(folder.path());
    assert!(texts.contains(&found["docker-compose.yml"]));
    assert_eq!(found["docker-compose.yml"], found["proxy/nginx.conf"]);
    assert_eq!(found.len(), 4, "{:?}", found.keys());
}

/// A mounted file system that ends with the test.
struct Mount(PathBuf);

impl Mount {
    fn tmpfs(at: &Path, options: &str) -> Self {
        fs::create_dir_all(at).unwrap();
        let done =
            Command::new("mount").args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(at).status().unwrap();
        assert!(done.success(), "mount needs root");
        Self(at.to_owned())
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

#[test]
#[ignore = "needs root, to mount a file system"]
fn a_full_disk_leaves_the_old_files_whole() {
    let folder = tempfile::tempdir().unwrap();
    let _mount = Mount::tmpfs(&folder.path().join("generated"), "size=64k");
    let first = rendered(&[("docker-compose.yml", "name: a\n"), ("proxy/nginx.conf", "one\n")]);
    write(folder.path(), &first, false).unwrap();
    let before = tree(folder.path());
    let large = "x".repeat(200_000);
    let next = rendered(&[
        ("docker-compose.yml", "name: b\n"),
        ("web/new.conf", "n\n"),
        ("proxy/nginx.conf", &large),
    ]);
    let error = write(folder.path(), &next, false).unwrap_err();
    assert!(matches!(error, WriteError::Io { doing: "write", .. }), "{error:?}");
    assert_eq!(tree(folder.path()), before);
    assert!(Comparison::new(folder.path(), &first).unwrap().is_fresh());
}

#[test]
#[ignore = "needs root, to mount a file system"]
fn a_read_only_folder_leaves_the_old_files_whole() {
    let folder = tempfile::tempdir().unwrap();
    let mount = Mount::tmpfs(&folder.path().join("generated"), "size=1m");
    let first = rendered(&[("docker-compose.yml", "name: a\n")]);
    write(folder.path(), &first, false).unwrap();
    let before = tree(folder.path());
    let remounted = Command::new("mount").args(["-o", "remount,ro"]).arg(&mount.0).status().unwrap();
    assert!(remounted.success());
    assert!(matches!(write(folder.path(), &first, false).unwrap(), Outcome::Fresh));
    let next = rendered(&[("docker-compose.yml", "name: b\n")]);
    assert!(matches!(write(folder.path(), &next, false), Err(WriteError::Io { .. })));
    assert_eq!(tree(folder.path()), before);
}

#[test]
#[ignore = "needs root, to mount a file system"]
fn a_rename_that_fails_halfway_is_taken_back() {
    let (folder, _) = project();
    // Another file system in a service's folder: the rename into it is refused, after others were made.
    let _mount = Mount::tmpfs(&folder.path().join("generated/zone"), "size=64k");
    let before = tree(folder.path());
    let next = rendered(&[
        ("docker-compose.yml", "name: b\n"),
        ("new/x.conf", "x\n"),
        ("proxy/nginx.conf", "two\n"),
        ("zone/z.conf", "z\n"),
    ]);
    let error = write(folder.path(), &next, false).unwrap_err();
    assert!(matches!(error, WriteError::Io { doing: "write", .. }), "{error:?}");
    assert_eq!(tree(folder.path()), before);
}
