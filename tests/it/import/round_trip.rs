//! What Compose resolves each case to is what it resolves the imported stack to.

use std::sync::{
    Mutex,
    atomic::{AtomicUsize, Ordering},
};

use super::{
    cases,
    oracle::{round_trip, stackctl},
};

#[test]
#[ignore = "needs the docker CLI with Compose"]
fn a_secret_that_is_lost_is_reported_once() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    std::fs::create_dir(folder.path().join("sub")).unwrap();
    write("compose.yaml", "include:\n  - {path: sub/inc.yaml, env_file: sub/inc.env}\nservices: {}\n");
    write("sub/inc.yaml", "services:\n  a:\n    image: x:1\n    environment: {S: \"${MY_SECRET}\"}\n");
    write("sub/inc.env", "MY_SECRET=abc123\n");
    let (code, stdout, stderr) = stackctl(folder.path(), &["import", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    let lost: Vec<_> =
        report["decisions"].as_array().unwrap().iter().filter(|it| it["action"] == "lost").collect();
    assert!(code == Some(1) && lost.len() == 1 && lost[0]["path"] == "MY_SECRET", "{stdout}{stderr}");
    assert!(!report["verified"].is_null() && !stderr.contains("please report"), "{stderr}");
}

#[test]
#[ignore = "needs the docker CLI with Compose"]
fn every_case_comes_back_as_it_was() {
    let only = std::env::var("STACKCTL_IMPORT_CASE").unwrap_or_default();
    let cases: Vec<_> = cases::all().into_iter().filter(|case| case.name.contains(&only)).collect();
    let (next, failed) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let folder = tempfile::tempdir().unwrap();
                    let folder = folder.path().join("project");
                    std::fs::create_dir(&folder).unwrap();
                    if let Err(reason) = round_trip(case, &folder) {
                        failed.lock().unwrap().push(format!("## {}\n{reason}", case.name));
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    assert!(failed.is_empty(), "{} of {} cases:\n{}", failed.len(), cases.len(), failed.join("\n"));
}
