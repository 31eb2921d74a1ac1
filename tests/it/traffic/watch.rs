//! `traffic status --watch`: lines in a pipe, a live view in a real terminal.

use std::{
    io::{BufRead, BufReader},
    process::Stdio,
    time::{Duration, Instant},
};

use super::{
    command::{Running, SHOP_TABLE, stackctl},
    target::Shop,
};
use crate::{ports::free_port, support::Place, terminal::Terminal};

fn engine(port: u16) -> Running {
    let (_, shop) = Shop::start(|| Duration::ZERO);
    let child = stackctl(&["traffic", "--port", &port.to_string(), "--target", &format!("http://{shop}")])
        .args(["--start-delay", "0s", "--mode", "burst", "--config", SHOP_TABLE])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let began = Instant::now();
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(began.elapsed() < Duration::from_secs(20), "the control server does not listen");
        std::thread::sleep(Duration::from_millis(10));
    }
    Running(child)
}

#[test]
fn a_pipe_gets_a_line_a_second_and_the_end() {
    let port = free_port();
    let engine = engine(port);
    let mut watch = stackctl(&["traffic", "status", "--watch", "--url", &format!("http://127.0.0.1:{port}")])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(watch.stdout.take().unwrap()).lines();
    for _ in 0..2 {
        let line = lines.next().unwrap().unwrap();
        assert!(line.starts_with("burst (running): ") && line.contains(" of 20 a second, p50 "), "{line}");
        assert!(!line.contains('\u{1b}'), "{line:?}");
    }
    drop(engine);
    let code = watch.wait().unwrap().code();
    assert!(matches!(code, Some(0 | 3)), "{code:?}");
}

#[test]
#[ignore = "needs tmux"]
fn the_live_view_in_a_terminal() {
    let port = free_port();
    let first = engine(port);
    let place = Place::new();
    let script = format!(
        "{} traffic status --watch --url http://127.0.0.1:{port}; echo \"left with $?\"; stty -a | grep -o -- '-\\?icanon'; exec cat",
        env!("CARGO_BIN_EXE_stackctl")
    );
    place.write("run.sh", script);
    let terminal = Terminal::start("sh run.sh", &place.path(""));
    let wide = |screen: &str| {
        screen.contains("● running  burst")
            && screen.contains("response time, ms")
            && screen.contains("GET /orders/:id")
    };
    terminal.until("the view", wide);
    // Numbers move.
    let before = terminal.screen();
    terminal.until("another second", |screen| screen != before);
    // A digit chooses a mode, and one that no mode has does nothing.
    terminal.types("9");
    terminal.types("3");
    terminal.until("the other mode", |screen| {
        screen.contains("● running  overload")
            && screen.contains("1 steady 2/s   2 burst 20/s   3 overload 100/s")
    });
    terminal.types("2");
    terminal.until("the mode again", wide);
    // A narrow terminal keeps what matters, and a wide one gets the rest back.
    terminal.resize(34, 9);
    terminal.until("the narrow view", |screen| {
        screen.contains("reached") && !screen.contains("response time, ms")
    });
    terminal.resize(100, 30);
    terminal.until("the wide view", wide);
    // The server goes and comes back.
    drop(first);
    terminal.until("the loss", |screen| screen.contains("connection lost for"));
    let _second = engine(port);
    terminal.until("the return", wide);
    terminal.press("q");
    // The terminal is as it was: the shell's lines are read and echoed again.
    let screen = terminal.until("the end", |screen| screen.contains("icanon"));
    assert!(
        screen.contains("left with 0") && !screen.contains("-icanon") && !screen.contains('●'),
        "{screen}"
    );
}

#[test]
#[ignore = "needs tmux"]
fn a_run_and_the_demo_as_a_person_sees_them() {
    let place = Place::new();
    let (_, shop) = Shop::start(|| Duration::from_millis(2));
    let stackctl = env!("CARGO_BIN_EXE_stackctl");
    let [gateway, control] = [(); 2].map(|()| free_port());
    place.write(
        "run.sh",
        format!(
            "trap : INT; {stackctl} traffic {shop}/orders --rate 20 --duration 2s --max-p99 20s; echo \"left with $?\"; read line; clear; \
             {stackctl} demo --gateway-port {gateway} --port {control}; echo \"left with $?\"; exec cat"
        ),
    );
    let terminal = Terminal::start("sh run.sh", &place.path(""));
    terminal.resize(80, 40);
    let screen = terminal.until("the summary", |screen| screen.contains("left with 0"));
    for part in
        ["40 sent, 40 succeeded, 0 failed", "response time", "GET /orders", "✔ p99 of the response time is"]
    {
        assert!(screen.contains(part), "{part}: {screen}");
    }
    // Lines of the log, with their braces, are for programs.
    assert!(!screen.contains('{') && !screen.contains("final statistics"), "{screen}");
    terminal.press("Enter");
    terminal.resize(200, 40);
    let screen = terminal.until("the demo", |screen| screen.contains("steady (running): "));
    for part in
        [format!("shop       http://127.0.0.1:{gateway}/"), format!("dashboard  http://127.0.0.1:{control}/")]
    {
        assert!(screen.contains(&part), "{part}: {screen}");
    }
    assert!(!screen.contains("listening") && !screen.contains("127.0.0.1:0"), "{screen}");
    terminal.press("C-c");
    terminal.until("the end", |screen| screen.contains("POST /orders") && screen.contains("left with 0"));
}
