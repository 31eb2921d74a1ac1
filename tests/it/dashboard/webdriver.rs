//! A small WebDriver client: chromedriver and a headless Chromium of its own for each test.

use std::{
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::ports::free_port;

/// No page here needs longer.
const PATIENCE: Duration = Duration::from_secs(30);

/// A browser with one page. It ends with the value.
pub struct Browser {
    driver: Child,
    runtime: tokio::runtime::Runtime,
    client: reqwest::Client,
    session: String,
}

impl Browser {
    /// Start one.
    pub fn start() -> Self {
        Self::with_fonts(Path::new("/etc/fonts/fonts.conf"))
    }

    /// Start one with fonts by this configuration of fontconfig.
    pub fn with_fonts(configuration: &Path) -> Self {
        let port = free_port();
        let driver = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .env("FONTCONFIG_FILE", configuration)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver is installed (Debian: chromium-driver)");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let mut browser = Self { driver, runtime, client, session: format!("http://127.0.0.1:{port}") };
        until("chromedriver answers", || browser.try_call("GET", "/status", None).is_ok());
        let args = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
        ];
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "goog:chromeOptions": {"args": args},
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        }}});
        let session = browser.call("POST", "/session", Some(wanted));
        browser.session = format!("{}/session/{}", browser.session, session["sessionId"].as_str().unwrap());
        browser
    }

    fn try_call(&self, method: &str, path: &str, body: Option<Value>) -> Result<Value, String> {
        self.runtime.block_on(async {
            let url = format!("{}{path}", self.session);
            let request = self.client.request(method.parse().unwrap(), url).timeout(PATIENCE);
            let request = match body {
                Some(body) => request.json(&body),
                None => request,
            };
            let answer = request.send().await.map_err(|error| error.to_string())?;
            let good = answer.status().is_success();
            let mut answer: Value = answer.json().await.map_err(|error| error.to_string())?;
            let value = answer["value"].take();
            if good { Ok(value) } else { Err(value.to_string()) }
        })
    }

    #[track_caller]
    fn call(&self, method: &str, path: &str, body: Option<Value>) -> Value {
        self.try_call(method, path, body).unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    /// Open a page.
    pub fn open(&self, url: &str) {
        self.call("POST", "/url", Some(json!({"url": url})));
    }

    /// Run a function's body in the page; what it returns, a promise's value included.
    #[track_caller]
    pub fn run(&self, script: &str) -> Value {
        self.call("POST", "/execute/sync", Some(json!({"script": script, "args": []})))
    }

    /// Wait until an expression of the page is true.
    #[track_caller]
    pub fn wait(&self, expression: &str) {
        until(expression, || self.run(&format!("return Boolean({expression})")) == true);
    }

    /// A command of Chromium's own protocol.
    pub fn chromium(&self, command: &str, parameters: Value) -> Value {
        self.call("POST", "/goog/cdp/execute", Some(json!({"cmd": command, "params": parameters})))
    }

    /// Lay the page out for a screen of this size, in CSS pixels.
    pub fn screen(&self, width: u32, height: u32) {
        self.screen_of(width, height, 2.0);
    }

    /// The same with so many pixels for each of CSS.
    pub fn screen_of(&self, width: u32, height: u32, scale: f64) {
        self.chromium(
            "Emulation.setDeviceMetricsOverride",
            json!({"width": width, "height": height, "deviceScaleFactor": scale, "mobile": width < 600}),
        );
    }

    /// Prefer dark or light colours.
    pub fn scheme(&self, name: &str) {
        let features = json!([{"name": "prefers-color-scheme", "value": name}]);
        self.chromium("Emulation.setEmulatedMedia", json!({"features": features}));
    }

    /// A picture of what is on the screen, as PNG.
    pub fn picture(&self) -> Vec<u8> {
        let taken = self.chromium("Page.captureScreenshot", json!({"format": "png"}));
        base64(taken["data"].as_str().unwrap())
    }

    /// Press a key on whatever has the focus: a character, or a WebDriver key code such as `\u{E004}` for Tab.
    pub fn press(&self, key: &str) {
        let strokes = json!([{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]);
        let actions = json!([{"type": "key", "id": "keyboard", "actions": strokes}]);
        self.call("POST", "/actions", Some(json!({"actions": actions})));
    }

    /// What the console said since the last look, at the level of an error or a warning.
    pub fn complaints(&self) -> Vec<String> {
        let lines = self.call("POST", "/se/log", Some(json!({"type": "browser"})));
        let lines = lines.as_array().unwrap().iter();
        let bad = |line: &&Value| line["level"] == "SEVERE" || line["level"] == "WARNING";
        lines.filter(bad).map(Value::to_string).collect()
    }

    /// The URLs that were requested since the last look.
    pub fn requested(&self) -> Vec<String> {
        let lines = self.call("POST", "/se/log", Some(json!({"type": "performance"})));
        let messages = lines.as_array().unwrap().iter();
        let messages = messages.map(|line| {
            serde_json::from_str::<Value>(line["message"].as_str().unwrap()).unwrap()["message"].take()
        });
        messages
            .filter(|message| message["method"] == "Network.requestWillBeSent")
            .map(|message| message["params"]["request"]["url"].as_str().unwrap().to_owned())
            .collect()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Ends Chromium, which its driver's end alone would not.
        let _ = self.try_call("DELETE", "", None);
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// The bytes of a text in base 64 (RFC 4648).
fn base64(text: &str) -> Vec<u8> {
    let sextet = |byte: u8| match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        _ => 63,
    };
    let digits: Vec<u32> =
        text.bytes().filter(|byte| *byte != b'=').map(|byte| sextet(byte).into()).collect();
    let bytes = digits.chunks(4).flat_map(|four| {
        let bits = (0..4).fold(0, |bits, at| bits << 6 | four.get(at).copied().unwrap_or_default());
        bits.to_be_bytes()[1..four.len()].to_vec()
    });
    bytes.collect()
}

/// Wait until something is so.
#[track_caller]
pub fn until(what: &str, mut so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !so() {
        assert!(began.elapsed() < PATIENCE, "not within {PATIENCE:?}: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}
