//! What Compose resolves each case to is what it resolves the imported stack to.

use std::sync::{
    Mutex,
    atomic::{AtomicUsize, Ordering},
};

use super::{cases, oracle::round_trip};

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
