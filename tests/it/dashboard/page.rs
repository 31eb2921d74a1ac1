//! What a person sees and does on the page.

use std::{
    net::SocketAddr,
    process::{Command, Stdio},
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use serde_json::Value;

use super::webdriver::{Browser, until};
use crate::{
    ports::free_port,
    support::Place,
    traffic::{
        command::{Running, stackctl},
        report,
        target::{Shop, answer, json},
    },
};

/// An engine with this target and these options, its dashboard on a port of its own.
pub fn engine(port: u16, target: SocketAddr, args: &[&str]) -> (Running, String) {
    let child = stackctl(&["traffic", "--port", &port.to_string(), "--target", &format!("http://{target}")])
        .args(args)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let running = Running(child);
    until("the control server listens", || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
    (running, format!("http://127.0.0.1:{port}/"))
}

fn shop() -> SocketAddr {
    Shop::start(|| Duration::from_millis(3)).1
}

/// The page of an engine somewhere else, as it stands in a container: live, and its buttons work.
pub fn works_at(url: &str) {
    let browser = Browser::start();
    browser.open(url);
    browser.wait(&format!("{STATE} === 'running' && known.points.length > 1"));
    browser.run("document.querySelector('#modes [value=burst]').click()");
    browser
        .wait("known.live.status.mode === 'burst' && document.getElementById('problem').textContent === ''");
    let points = browser.run("return known.points.length").as_u64().unwrap();
    browser.wait(&format!("known.points.length > {points}"));
    assert_eq!(browser.run("return document.getElementById('target').textContent"), "http://nginx");
    assert_eq!(browser.complaints(), Vec::<String>::new());
}

/// The shop's page behind nginx: orders arrive, and one's own is fulfilled.
pub fn shop_works_at(url: &str) {
    let browser = Browser::start();
    browser.open(url);
    browser.wait("document.querySelectorAll('#orders .fulfilled').length > 0");
    browser.run("document.querySelector('form button').click()");
    browser.wait("/^Your order #\\d+: fulfilled$/.test(document.getElementById('own').textContent)");
    browser.wait("document.getElementById('traffic').href.startsWith('http://127.0.0.1:')");
    assert_eq!(browser.complaints(), Vec::<String>::new());
}

const STATE: &str = "document.getElementById('state').dataset.state";

#[test]
#[ignore = "needs Chromium and chromedriver"]
fn every_button_switches_the_mode_and_the_charts_move() {
    let place = Place::new().file(
        "traffic.toml",
        "[traffic]\ntarget = \"http://localhost\"\nmodes = { steady = 2, burst = 40, trickle = 0.5, pause = 0 }\n\
         [[traffic.requests]]\nmethod = \"GET\"\npath = \"/<b>&amp;\"\n[[traffic.requests]]\nmethod = \"GET\"\npath = \"/orders\"\n",
    );
    let config = place.path("traffic.toml");
    let args = ["--config", config.to_str().unwrap(), "--start-delay", "0s"];
    let (_running, url) = engine(free_port(), shop(), &args);
    let browser = Browser::start();
    browser.screen(1280, 900);
    browser.open(&url);
    browser.wait("known.points.length > 0");
    let names = browser.run("return [...document.querySelectorAll('#modes button')].map((b) => b.value)");
    assert_eq!(names, serde_json::json!(["steady", "burst", "trickle", "pause"]));
    let on = "[...document.querySelectorAll('#modes [aria-pressed=true]')].map((b) => b.value).join()";
    browser.wait(&format!("{on} === 'steady'"));
    for name in ["pause", "trickle", "burst"] {
        browser.run(&format!("document.querySelector('#modes [value={name}]').click()"));
        browser.wait(&format!("{on} === '{name}' && known.live.status.mode === '{name}'"));
        let status = browser.run("return fetch('/status').then((answer) => answer.json())");
        assert_eq!(status["mode"], name);
    }
    // The changes stand on the time axis, in their order.
    browser.wait("known.changes.map((c) => c.mode).join() === 'steady,pause,trickle,burst'");
    assert_eq!(browser.run("return document.querySelectorAll('#changes li').length"), 4);

    // Every chart changes with each second, and the page keeps still around them.
    let painted = "return [...document.querySelectorAll('.plot canvas')].map((canvas) => canvas.toDataURL())";
    browser.wait("known.points.length > 2 && known.live.status.stats.total > 40");
    let before = browser.run(painted);
    let points = browser.run("return known.points.length").as_u64().unwrap();
    browser.wait(&format!("known.points.length > {points}"));
    std::thread::sleep(Duration::from_millis(200));
    let after = browser.run(painted);
    assert_eq!(before.as_array().unwrap().len(), 3);
    for (before, after) in before.as_array().unwrap().iter().zip(after.as_array().unwrap()) {
        assert!(before != after, "a chart stands still");
    }
    let text = browser.run("return document.querySelector('#endpoints tbody th').textContent");
    assert_eq!(text, "GET /<b>&amp;");

    // With the keyboard: the first stop is the link to the target, the next the first mode, and Enter switches to it.
    browser.press("\u{E004}");
    assert_eq!(browser.run("return document.activeElement.id"), "open");
    browser.press("\u{E004}");
    assert_eq!(browser.run("return document.activeElement.value"), "steady");
    let outline = browser.run("return getComputedStyle(document.activeElement).outlineStyle");
    assert_eq!(outline, "solid");
    browser.press("\u{E007}");
    browser.wait(&format!("{on} === 'steady'"));
    // Charts tell their numbers to who walks along them.
    browser.run("document.querySelector('#rate .plot').focus()");
    browser.press("\u{E012}");
    browser.wait(
        "/succeeded .*asked/.test(document.querySelector('#rate .plot').getAttribute('aria-valuetext'))",
    );

    // What was seen is still there after a reload, from the server's memory.
    let points = browser.run("return known.points.length").as_u64().unwrap();
    browser.open(&url);
    browser.wait(&format!("known.points.length >= {points} && known.changes.length === 5"));
    assert_eq!(browser.complaints(), Vec::<String>::new());
}

/// A target that answers every fifth request with 503 and this body.
fn failing_at_times(body: &'static str) -> SocketAddr {
    let count = AtomicU64::new(0);
    answer(move |_| match count.fetch_add(1, Ordering::Relaxed) % 5 {
        0 => json("503 Service Unavailable", body),
        _ => json("200 OK", "[]"),
    })
}

#[test]
#[ignore = "needs Chromium and chromedriver"]
fn any_rate_digits_samples_and_a_reset() {
    let moody = failing_at_times("{\"error\":\"busy <b>\u{1b}[31m\"}");
    let (_running, url) = engine(free_port(), moody, &["--start-delay", "0s", "--mode", "burst"]);
    let browser = Browser::start();
    browser.screen(1280, 900);
    browser.open(&url);
    browser.wait("known.points.length > 1");
    // The axis begins with the run: what is known so far fills a good part of it, though five minutes are chosen.
    let part = browser.run(
        "const to = now(), first = known.points[0].t - 1; const from = to - Math.min(view.span, Math.max(SHORTEST, to - first)); \
         return [to - from, view.span]",
    );
    assert!(part[0].as_f64().unwrap() <= 60.0 && part[1] == 300, "{part}");

    // A field takes any rate, on a straight line where that is chosen.
    browser.run(
        "const field = document.getElementById('free-rate'); field.value = '40'; field.form.requestSubmit()",
    );
    browser.wait("known.live.status.mode === 'custom' && known.live.status.rps === 40");
    browser.wait("document.querySelectorAll('#modes [aria-pressed=true]').length === 0");
    browser.run(
        "document.getElementById('over').value = '60s'; const field = document.getElementById('free-rate'); \
         field.value = '10'; field.form.requestSubmit()",
    );
    browser.wait("/on the way to 10/.test(document.getElementById('asked').textContent)");
    browser.wait("/custom, 10\\/s over 60 s/.test(document.querySelector('#changes li').textContent)");
    browser.run("document.getElementById('over').value = ''");

    // Digits choose a mode, but not while something is typed.
    browser.run("document.getElementById('free-rate').focus()");
    browser.press("1");
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(browser.run("return known.live.status.mode"), "custom");
    browser.run("document.activeElement.blur()");
    browser.press("3");
    browser.wait("known.live.status.mode === 'overload'");
    assert_eq!(
        browser.run("return document.querySelector('#modes button:nth-child(3) kbd').textContent"),
        "3"
    );

    // A failure can be looked at, and stays open while the counts go on.
    let details = "document.querySelector('#errors li[data-kind=\"status-503\"] details')";
    browser.wait(&format!("Boolean({details})"));
    browser.run(&format!("{details}.open = true"));
    let failed = browser.run("return known.live.status.stats.failed").as_u64().unwrap();
    browser.wait(&format!("known.live.status.stats.failed > {failed}"));
    assert_eq!(browser.run(&format!("return {details}.open")), true);
    let text = browser.run(&format!("return {details}.querySelector('pre').textContent"));
    let text = text.as_str().unwrap();
    assert!(
        text.starts_with("GET /\nstatus 503 after ") && text.ends_with("{\"error\":\"busy <b>\"}"),
        "{text:?}"
    );
    // Tiles are named, and of a stretch that has enough.
    assert_eq!(
        browser.run("return [...document.querySelectorAll('.tiles dt')].map((dt) => dt.textContent).join()"),
        "Reached,Succeeded,p50,p99,In flight,Dropped"
    );
    browser.wait("known.live.lately.responses >= 30 && /^last \\d+ s$/.test(document.getElementById('p99-of').textContent)");
    let cells = browser
        .run("return [...document.querySelectorAll('#endpoints tbody td')].map((td) => td.textContent)");
    assert!(cells.as_array().unwrap()[2..].iter().all(|cell| !cell.as_str().unwrap().is_empty()), "{cells}");

    browser.run("document.getElementById('reset').click()");
    browser.wait("/^Requests since \\d/.test(document.getElementById('since').textContent)");
    for kind in ["html", "json", "csv"] {
        let length = browser.run(&format!(
            "return fetch('/report.{kind}').then((file) => file.text()).then((text) => text.length)"
        ));
        assert!(length.as_u64().unwrap() > 100, "{kind}");
        let link = browser.run(&format!(
            "return document.querySelector('a[href=\"/report.{kind}\"]').hasAttribute('download')"
        ));
        assert_eq!(link, true);
    }
    let open = browser.run("return document.getElementById('open').href");
    assert_eq!(open, format!("http://{moody}/"));
    assert_eq!(browser.complaints(), Vec::<String>::new());
}

#[test]
#[ignore = "needs Chromium and chromedriver"]
fn labels_of_modes_do_not_hide_each_other() {
    let (_running, url) = engine(free_port(), shop(), &["--start-delay", "0s"]);
    let browser = Browser::start();
    browser.screen(1280, 900);
    browser.open(&url);
    browser.wait("known.points.length > 1");
    // What is written on the canvas, in its last drawing.
    browser.run(
        "window.written = []; const fill = CanvasRenderingContext2D.prototype.fillText; \
         CanvasRenderingContext2D.prototype.fillText = function (text, x, y) { \
           if (this.canvas.closest('#rate')) window.written.push([text, x, y, this.measureText(text).width]); fill.call(this, text, x, y); }; \
         const clear = CanvasRenderingContext2D.prototype.clearRect; \
         CanvasRenderingContext2D.prototype.clearRect = function (...all) { if (this.canvas.closest('#rate')) window.written = []; clear.apply(this, all); }",
    );
    for mode in ["burst", "overload"] {
        browser.run(&format!("document.querySelector('#modes [value={mode}]').click()"));
        browser.wait(&format!("known.live.status.mode === '{mode}'"));
    }
    let labels = "window.written.filter(([text]) => ['steady', 'burst', 'overload'].includes(text))";
    browser.wait(&format!("{labels}.length === 3"));
    let labels = browser.run(&format!("return {labels}.map(([text, x, y, wide]) => [x, y, wide])"));
    let labels: Vec<[f64; 3]> = serde_json::from_value(labels).unwrap();
    for (at, [x, y, _]) in labels.iter().enumerate() {
        for [x2, y2, wide2] in &labels[..at] {
            assert!(y != y2 || x >= &(x2 + wide2) || x2 > x, "{labels:?}");
        }
    }
}

/// The shop's page, with an order of one's own.
#[test]
#[ignore = "needs Chromium, chromedriver and axe-core from npm"]
fn the_shops_page_shows_orders_and_takes_one() {
    let (gateway, control) = (free_port(), free_port());
    let child = stackctl(&["demo", "--gateway-port", &gateway.to_string(), "--port", &control.to_string()])
        .args(["--mode", "burst"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let _running = Running(child);
    until("the shop listens", || std::net::TcpStream::connect(("127.0.0.1", gateway)).is_ok());
    let url = format!("http://127.0.0.1:{gateway}/");
    let browser = Browser::start();
    let axe = axe();
    for (width, scheme) in [(1280, "light"), (1280, "dark"), (360, "light"), (360, "dark")] {
        browser.screen(width, 900);
        browser.scheme(scheme);
        browser.open(&url);
        browser.wait("document.querySelectorAll('#orders .fulfilled').length > 3");
        browser.wait("Number(document.getElementById('rate').textContent) > 1");
        assert_eq!(violations(&browser, &axe), Vec::<String>::new(), "{width} {scheme}");
        let wide = browser.run("return document.documentElement.scrollWidth - innerWidth");
        assert_eq!(wide, 0, "the page scrolls sideways at {width}");
        if let Some(folder) = std::env::var_os("PICTURES") {
            let name = format!("shop-{width}-{scheme}.png");
            std::fs::write(std::path::Path::new(&folder).join(name), browser.picture()).unwrap();
        }
    }
    let placed = browser.run("return document.getElementById('placed').textContent");
    browser.run(
        "document.getElementById('quantity').value = '7'; document.querySelector('form button').click()",
    );
    browser.wait("/^Your order #\\d+: fulfilled$/.test(document.getElementById('own').textContent)");
    browser
        .wait(&format!("document.getElementById('placed').textContent !== '{}'", placed.as_str().unwrap()));
    // What cannot be ordered is refused in words.
    browser.run(
        "document.getElementById('quantity').removeAttribute('max'); document.getElementById('quantity').value = '101'; \
         document.querySelector('form button').click()",
    );
    browser.wait("/^Not placed: quantity must be/.test(document.getElementById('own').textContent)");
    let traffic = browser.run("return document.getElementById('traffic').href");
    assert_eq!(traffic, format!("http://127.0.0.1:{control}/"));
    let complaints = browser.complaints();
    assert!(complaints.iter().all(|line| line.contains("422")), "{complaints:?}");
    let requested = browser.requested();
    let foreign = |address: &&String| !address.starts_with(&url) && !address.starts_with("data:");
    assert_eq!(requested.iter().filter(foreign).collect::<Vec<_>>(), Vec::<&String>::new());
}

#[test]
#[ignore = "needs Chromium and chromedriver"]
fn a_killed_server_shows_as_lost_and_comes_back() {
    let (port, shop) = (free_port(), shop());
    let (running, url) = engine(port, shop, &["--start-delay", "0s", "--mode", "burst"]);
    let browser = Browser::start();
    browser.open(&url);
    browser.wait(&format!("{STATE} === 'running' && known.points.length > 2"));
    drop(running);
    browser.wait(&format!("{STATE} === 'lost' && /Connection lost/.test(document.title)"));
    // A mode cannot be changed now, and the page says so.
    browser.run("document.querySelector('#modes [value=steady]').click()");
    browser.wait("/does not respond/.test(document.getElementById('problem').textContent)");
    let points = browser.run("return known.points.length").as_u64().unwrap();

    std::thread::sleep(Duration::from_millis(2_500));
    let (running, _) = engine(port, shop, &["--start-delay", "0s"]);
    browser.wait(&format!("{STATE} === 'regained'"));
    browser.wait(&format!("{STATE} === 'running' && document.getElementById('problem').textContent === ''"));
    // Both runs are on the axis, and what lies between is a gap.
    browser.wait(&format!("known.points.length > {points} && known.live.status.mode === 'steady'"));
    let gaps = browser.run("return gaps(now() - 300, now()).map(([from, to]) => to - from)");
    let gaps: Vec<f64> = gaps.as_array().unwrap().iter().map(|gap| gap.as_f64().unwrap()).collect();
    assert!(gaps.len() == 1 && gaps[0] > 2.0, "{gaps:?}");

    // A target that is gone is another matter than a connection that is.
    drop(running);
    let (_running, _) =
        engine(port, ([127, 0, 0, 1], free_port()).into(), &["--start-delay", "0s", "--mode", "burst"]);
    browser.wait(&format!(
        "{STATE} === 'down' && document.getElementById('state-text').textContent === 'Target down: connect-refused'"
    ));
    browser.wait("document.querySelector('#errors li').textContent.startsWith('connect-refused')");
}

#[test]
#[ignore = "needs Chromium and chromedriver"]
fn the_page_says_what_the_engine_is_doing() {
    // Answers that take seconds, so that there is something to drain.
    let slow = answer(|seen| {
        std::thread::sleep(Duration::from_millis(if seen.path == "/slow" { 5_000 } else { 0 }));
        json("200 OK", "[]")
    });
    let place = Place::new().file(
        "traffic.toml",
        "[traffic]\ntarget = \"http://localhost\"\n[[traffic.requests]]\nmethod = \"GET\"\npath = \"/slow\"\n",
    );
    let config = place.path("traffic.toml");
    let (mut running, url) =
        engine(free_port(), slow, &["--config", config.to_str().unwrap(), "--start-delay", "6s"]);
    let browser = Browser::start();
    browser.open(&url);
    let said = "document.getElementById('state-text').textContent";
    browser.wait(&format!("{STATE} === 'starting' && {said}.startsWith('Starting')"));
    browser.wait(&format!("{STATE} === 'running' && {said} === 'Running'"));
    browser.run("document.querySelector('#modes [value=pause]').click()");
    browser.wait(&format!("{STATE} === 'paused' && {said} === 'Paused'"));
    browser.run("document.querySelector('#modes [value=burst]').click()");
    browser.wait("known.live.status.in_flight > 3");
    let pid = running.0.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    browser.wait(&format!("{STATE} === 'draining' && {said}.startsWith('Draining')"));
    browser.wait(&format!("{STATE} === 'lost'"));
    assert_eq!(running.0.wait().unwrap().code(), Some(0));
}

/// axe-core's script, as CI installs it.
fn axe() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/target/ci-npm/node_modules/axe-core/axe.min.js");
    std::fs::read_to_string(path).expect("axe-core: npm install --prefix target/ci-npm axe-core")
}

/// What axe-core finds wrong with the page, of any weight.
fn violations(browser: &Browser, axe: &str) -> Vec<String> {
    let found = browser.run(&format!("{axe}; return axe.run().then((result) => result.violations)"));
    let found = found.as_array().unwrap().iter();
    found
        .map(|violation| {
            format!("{} ({}): {}", violation["id"], violation["impact"], violation["nodes"][0]["html"])
        })
        .collect()
}

#[test]
#[ignore = "needs Chromium, chromedriver and axe-core from npm"]
fn nothing_to_complain_of() {
    // A target that fails now and then, so that every part of the page is there.
    let moody = failing_at_times("{}");
    let (_running, url) = engine(free_port(), moody, &["--start-delay", "0s", "--mode", "overload"]);
    let browser = Browser::start();
    let axe = axe();
    for (width, height, scheme) in
        [(1280, 900, "light"), (1280, 900, "dark"), (360, 740, "light"), (360, 740, "dark")]
    {
        browser.screen(width, height);
        browser.scheme(scheme);
        browser.open(&url);
        browser.run(
            "window.shifts = 0; new PerformanceObserver((list) => { for (const entry of list.getEntries()) window.shifts += entry.value; })\
             .observe({ type: 'layout-shift', buffered: true })",
        );
        browser.wait("known.points.length > 3 && document.querySelectorAll('#errors li small').length > 0");
        std::thread::sleep(Duration::from_millis(1_500));
        assert_eq!(violations(&browser, &axe), Vec::<String>::new(), "{width} {scheme}");
        let wide = browser.run("return document.documentElement.scrollWidth - innerWidth");
        assert_eq!(wide, 0, "the page scrolls sideways at {width}");
        let shifts = browser.run("return window.shifts").as_f64().unwrap();
        assert!(shifts < 0.02, "the layout shifted by {shifts} at {width}");
    }
    assert_eq!(browser.complaints(), Vec::<String>::new());
    let requested = browser.requested();
    assert!(requested.iter().any(|address| address.ends_with("/events")), "{requested:?}");
    let foreign = |address: &&String| !address.starts_with(&url) && !address.starts_with("data:");
    assert_eq!(requested.iter().filter(foreign).collect::<Vec<_>>(), Vec::<&String>::new());
    // The policy forbids what the page does not do.
    let blocked = browser.run(
        "return new Promise((done) => { addEventListener('securitypolicyviolation', (event) => done(event.effectiveDirective)); \
         const script = document.createElement('script'); script.textContent = 'window.inline = 1'; document.body.append(script); })",
    );
    assert_eq!(blocked, Value::from("script-src-elem"));
}

#[test]
#[ignore = "needs Chromium, chromedriver and axe-core from npm"]
fn a_report_opens_from_a_file() {
    let place = Place::new();
    report::hostile_run(&place, "report.html");
    let url = format!("file://{}", place.path("report.html").display());
    let browser = Browser::start();
    let axe = axe();
    for (width, scheme) in [(1280, "light"), (1280, "dark"), (360, "light"), (360, "dark")] {
        browser.screen(width, 900);
        browser.scheme(scheme);
        browser.open(&url);
        // Every canvas has something on it.
        browser.wait(
            "[...document.querySelectorAll('canvas')].filter((canvas) => canvas.clientWidth > 0).every((canvas) => \
             canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some((value) => value > 0))",
        );
        assert_eq!(violations(&browser, &axe), Vec::<String>::new(), "{width} {scheme}");
        let wide = browser.run("return document.documentElement.scrollWidth - innerWidth");
        assert_eq!(wide, 0, "the page scrolls sideways at {width}");
    }
    let share = browser.run("return document.querySelector('[data-share]').getBoundingClientRect().width");
    assert!(share.as_f64().unwrap() > 10.0);
    assert_eq!(browser.complaints(), Vec::<String>::new());
    let requested = browser.requested();
    let foreign = |address: &&String| **address != url && !address.starts_with("data:");
    assert_eq!(requested.iter().filter(foreign).collect::<Vec<_>>(), Vec::<&String>::new());
}
