//! The pictures of docs/: a run with everything to see in it, photographed. `UPDATE=1 cargo test --test it pictures_of_the_docs --
//! --ignored` takes two minutes and writes them; without it the same run is a tenth as long, and only looked at.

use std::{
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU8, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use super::{page::engine, webdriver::Browser};
use crate::{
    ports::free_port,
    support::Place,
    traffic::{
        command::stackctl,
        target::{answer, json},
    },
};

const WELL: u8 = 0;
const SLOW: u8 = 1;
const FAILING: u8 = 2;

/// The shop as a person knows it: quick, at times slow, at times failing, as `mood` says.
fn moody(mood: Arc<AtomicU8>) -> std::net::SocketAddr {
    let next = AtomicU64::new(0);
    answer(move |seen| {
        let mood = mood.load(Ordering::Relaxed);
        let number = next.fetch_add(1, Ordering::Relaxed);
        let spread = (number * 7919) % 10;
        let long = if mood == SLOW { 40 + spread * 12 } else { 3 + spread / 2 };
        std::thread::sleep(Duration::from_millis(long));
        if mood == FAILING && number.is_multiple_of(3) {
            return json("503 Service Unavailable", "{}");
        }
        match seen.method.as_str() {
            "POST" => json("201 Created", &format!("{{\"id\":\"{number}\"}}")),
            _ => json("200 OK", "[]"),
        }
    })
}

const TABLE: &str = r#"[traffic]
target = "http://localhost"
modes = { steady = 10, burst = 40, overload = 120, pause = 0 }
[[traffic.requests]]
weight = 60
method = "POST"
path = "/orders"
capture = { order = "/id" }
[[traffic.requests]]
weight = 25
path = "/orders"
[[traffic.requests]]
weight = 15
name = "GET /orders/:id"
path = "/orders/{order}"
"#;

/// Inter where it is installed (Debian: fonts-inter), as a desktop of today shows the page.
const FONTS: &str = r#"<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <match target="pattern"><edit name="family" mode="prepend" binding="strong"><string>Inter</string></edit></match>
</fontconfig>
"#;

/// Take a picture of the whole page; kept where the docs are asked for.
fn picture(browser: &Browser, name: &str, width: u32, docs: bool) {
    let scale = if width < 600 { 2.0 } else { 1.5 };
    browser.screen_of(width, 900, scale);
    // A screen as high as the page.
    std::thread::sleep(Duration::from_millis(300));
    let height = browser.run("return document.documentElement.scrollHeight").as_u64().unwrap();
    browser.screen_of(width, height.try_into().unwrap(), scale);
    std::thread::sleep(Duration::from_millis(300));
    let png = browser.picture();
    assert!(png.starts_with(b"\x89PNG\r\n\x1a\n"), "{name} is no PNG");
    let pixels = u32::from_be_bytes(png[16..20].try_into().unwrap());
    assert_eq!(f64::from(pixels), f64::from(width) * scale, "{name} has another width");
    assert!(png.len() > 40_000, "{name} is nearly empty: {} bytes", png.len());
    if docs {
        fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name), png).unwrap();
    }
}

#[test]
#[ignore = "needs Chromium and chromedriver"]
fn pictures_of_the_docs() {
    let docs = std::env::var_os("UPDATE").is_some();
    let second = Duration::from_millis(if docs { 1_000 } else { 100 });
    let mood = Arc::new(AtomicU8::new(WELL));
    let target = moody(Arc::clone(&mood));
    let place = Place::new().file("traffic.toml", TABLE).file("fonts.conf", FONTS);
    let config = place.path("traffic.toml").display().to_string();

    let (running, url) = engine(free_port(), target, &["--config", &config, "--start-delay", "0s"]);
    let browser = Browser::with_fonts(&place.path("fonts.conf"));
    browser.open(&url);
    browser.wait("known.points.length > 0");
    browser.run("document.querySelector('[name=span][value=\"60\"]').click()");
    for (mode, mood_then, seconds) in [
        ("steady", WELL, 9),
        ("burst", WELL, 6),
        ("burst", SLOW, 5),
        ("burst", WELL, 5),
        ("overload", WELL, 6),
        ("overload", FAILING, 4),
        ("overload", WELL, 8),
        ("pause", WELL, 4),
        ("steady", WELL, 7),
        ("burst", WELL, 10),
    ] {
        let began = Instant::now();
        mood.store(mood_then, Ordering::Relaxed);
        browser.run(&format!("document.querySelector('#modes [value={mode}]').click()"));
        browser.wait(&format!("known.live.status.mode === '{mode}'"));
        std::thread::sleep((second * seconds).saturating_sub(began.elapsed()));
    }
    for (scheme, name, width) in [
        ("light", "dashboard-light.png", 1280),
        ("dark", "dashboard-dark.png", 1280),
        ("light", "dashboard-phone.png", 360),
    ] {
        browser.scheme(scheme);
        picture(&browser, name, width, docs);
    }
    drop(running);

    let duration = if docs { "40s" } else { "3s" };
    let moods = [(WELL, 12), (FAILING, 4), (WELL, 9), (SLOW, 6), (WELL, 0)];
    let turned = std::thread::spawn(move || {
        for (then, seconds) in moods {
            mood.store(then, Ordering::Relaxed);
            std::thread::sleep(second * seconds);
        }
    });
    let target = format!("http://{target}");
    let report = place.path("report.html").display().to_string();
    let ran = stackctl(&["traffic", "--config", &config, "--target", &target, "--mode", "overload"])
        .args(["--duration", duration, "--report", &report, "--max-p99", "50ms", "--max-failed", "1%"])
        .output()
        .unwrap();
    assert!(matches!(ran.status.code(), Some(0 | 1)), "{}", String::from_utf8_lossy(&ran.stderr));
    turned.join().unwrap();
    browser.scheme("light");
    browser.open(&format!("file://{report}"));
    browser.wait("document.querySelectorAll('canvas').length > 3");
    picture(&browser, "report.png", 1280, docs);
}
