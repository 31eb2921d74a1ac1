//! `--report FILE.html`: what stands in the page.

use serde_json::Value;

use super::{
    command::stackctl,
    target::{answer, json},
};
use crate::support::Place;

/// A run of 3 s against a target that refuses every fifth request, with names that want to be markup.
pub fn hostile_run(place: &Place, report: &str) -> String {
    let count = std::sync::atomic::AtomicU64::new(0);
    let target = answer(move |_| match count.fetch_add(1, std::sync::atomic::Ordering::Relaxed) % 5 {
        0 => json("503 Service Unavailable", "{}"),
        _ => json("200 OK", "[]"),
    });
    place.write(
        "traffic.toml",
        "[traffic]\ntarget = \"http://localhost\"\n[[traffic.requests]]\nmethod = \"GET\"\npath = \"/\"\n\
         name = \"</script><img src=x onerror=alert(1)>\"\n[[traffic.requests]]\nmethod = \"GET\"\npath = \"/b\"\nname = '\"{{data}}'\n",
    );
    let output = stackctl(&[
        "traffic",
        "--mode",
        "overload",
        "--duration",
        "3s",
        "--max-failed",
        "10%",
        "--max-p99",
        "20s",
    ])
    .args(["--config", place.path("traffic.toml").to_str().unwrap(), "--target", &format!("http://{target}")])
    .args(["--report", place.path(report).to_str().unwrap()])
    .output()
    .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(1) && stderr.contains("failed or were dropped"), "{stderr}");
    std::fs::read_to_string(place.path(report)).unwrap()
}

#[test]
fn the_page_holds_the_whole_run_and_nothing_gets_out_of_its_place() {
    let place = Place::new();
    let page = hostile_run(&place, "report.HTML");
    assert!(page.starts_with("<!doctype html>") && page.len() < 100_000, "{}", page.len());
    // Two scripts and the data, as the template has them; the names are text.
    assert_eq!((page.matches("<script").count(), page.matches("</script>").count()), (3, 3));
    assert!(!page.contains("<img"), "markup in a name is markup in the page");
    assert!(page.contains("&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;"));
    assert!(page.contains("&quot;{{data}}"));
    assert!(page.contains("Outside its limits") && page.contains("status-503"));
    let data = page.split("<script type=\"application/json\" id=\"data\">").nth(1).unwrap();
    let data: Value = serde_json::from_str(data.split("</script>").next().unwrap()).unwrap();
    let points = data["points"].as_array().unwrap();
    let sum = |key: &str| points.iter().map(|point| point[key].as_u64().unwrap()).sum::<u64>();
    assert_eq!(sum("sent") + sum("dropped"), 300);
    assert_eq!(sum("successful") + sum("failed"), sum("sent"));
    let seconds: f64 = points.iter().map(|point| point["seconds"].as_f64().unwrap()).sum();
    assert!((2.9..20.0).contains(&seconds), "{seconds}");
    let curve = data["curves"]["response"].as_array().unwrap();
    assert!(curve.len() > 10 && curve.is_sorted_by_key(|pair| pair[1].as_f64().unwrap()));
    // Nothing from elsewhere.
    let addresses = page.replace("http://127.0.0.1", "").replace("http://www.w3.org/2000/svg", "");
    assert!(!addresses.contains("http://") && !addresses.contains("https://"));
}

#[test]
fn another_name_is_json() {
    let page = hostile_run(&Place::new(), "report.json");
    assert_eq!(serde_json::from_str::<Value>(&page).unwrap()["failed"], 60);
}
