//! docs/up.svg: what `stackctl up` leaves on a terminal, recorded by tmux and drawn. `UPDATE=1 cargo test --test it
//! picture_of_up -- --ignored` writes it, with the sample's own name and ports; without it the same run is only looked at.

use std::{fmt::Write as _, fs, path::Path, time::Duration};

use crate::{
    running::{Stack, elsewhere},
    support::sample,
    terminal::Terminal,
};

/// The size of a cell, in pixels: that of DejaVu Sans Mono at 13.
const CELL: (f64, f64) = (7.83, 17.0);
const MARGIN: f64 = 14.0;
/// Above the text: the buttons of a window.
const BAR: f64 = 30.0;

/// Colours of the terminal by their SGR codes, on a dark ground.
fn color(code: u32) -> Option<&'static str> {
    Some(match code {
        30 | 90 => "#8b949e",
        31 | 91 => "#ff7b72",
        32 | 92 => "#7ee787",
        33 | 93 => "#e3b341",
        34 | 94 => "#79c0ff",
        35 | 95 => "#d2a8ff",
        36 | 96 => "#76e3ea",
        _ => return None,
    })
}

/// What a terminal shows, lines with SGR sequences, as a picture. Each run of one style is as wide as its cells, whatever the font.
fn draw(screen: &str, columns: usize) -> String {
    let lines: Vec<&str> = screen.trim_end().lines().collect();
    let width = columns as f64 * CELL.0 + 2.0 * MARGIN;
    let height = lines.len() as f64 * CELL.1 + 2.0 * MARGIN + BAR;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" viewBox=\"0 0 {width:.0} {height:.0}\" role=\"img\">\n\
         <title>stackctl up in a terminal</title>\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#0d1117\"/>\n"
    );
    for (at, fill) in ["#ff5f57", "#febc2e", "#28c840"].into_iter().enumerate() {
        let _ = writeln!(svg, "<circle cx=\"{}\" cy=\"18\" r=\"5.5\" fill=\"{fill}\"/>", 20 + 18 * at);
    }
    svg += "<g font-family=\"ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace\" font-size=\"13\" fill=\"#e6edf3\" xml:space=\"preserve\">\n";
    for (row, line) in lines.iter().enumerate() {
        let (mut fill, mut bold, mut dim, mut column) = (None, false, false, 0);
        for part in line.split("\u{1b}[").enumerate() {
            let text = match part {
                (0, text) => text,
                (_, sequence) => {
                    let (codes, text) = sequence.split_once('m').unwrap_or((sequence, ""));
                    for code in codes.split(';').map(|code| code.parse().unwrap_or(0)) {
                        match code {
                            0 => (fill, bold, dim) = (None, false, false),
                            1 => bold = true,
                            2 => dim = true,
                            22 => (bold, dim) = (false, false),
                            39 => fill = None,
                            code => fill = color(code).or(fill),
                        }
                    }
                    text
                }
            };
            let cells = text.chars().count();
            let indent = cells - text.trim_start().chars().count();
            let shown = text.trim();
            if !shown.is_empty() {
                let x = MARGIN + (column + indent) as f64 * CELL.0;
                let y = BAR + MARGIN + (row as f64 + 0.75) * CELL.1;
                let length = shown.chars().count() as f64 * CELL.0;
                let fill = fill.map_or_else(String::new, |fill| format!(" fill=\"{fill}\""));
                let weight = if bold { " font-weight=\"700\"" } else { "" };
                let opacity = if dim { " opacity=\"0.65\"" } else { "" };
                let shown = shown.replace('&', "&amp;").replace('<', "&lt;").replace(' ', "\u{a0}");
                let _ = writeln!(
                    svg,
                    "<text x=\"{x:.1}\" y=\"{y:.1}\" textLength=\"{length:.1}\" lengthAdjust=\"spacingAndGlyphs\"{fill}{weight}{opacity}>{shown}</text>"
                );
            }
            column += cells;
        }
    }
    svg + "</g>\n</svg>\n"
}

#[test]
fn a_screen_is_drawn_cell_by_cell() {
    let svg = draw("a \u{1b}[1m\u{1b}[32m✔ ok\u{1b}[0m  <b>\n\n\u{1b}[2m  faint\u{1b}[0m", 20);
    let document = roxmltree::Document::parse(&svg).unwrap();
    let texts = document.descendants().filter(|node| node.has_tag_name("text"));
    let texts: Vec<_> =
        texts.map(|it| (it.text().unwrap(), it.attribute("fill"), it.attribute("x").unwrap())).collect();
    assert_eq!(
        texts,
        [
            ("a", None, "14.0"),
            ("✔\u{a0}ok", Some("#7ee787"), "29.7"),
            ("<b>", None, "76.6"),
            ("faint", None, "29.7"),
        ]
    );
}

#[test]
#[ignore = "needs an engine and tmux"]
fn picture_of_up() {
    let update = std::env::var_os("UPDATE").is_some();
    let name = if update { "orders" } else { "stackctl-recording" };
    let place = if update { sample() } else { elsewhere(name).0 };
    let _running = Stack(&place, name);
    let program = env!("CARGO_BIN_EXE_stackctl");
    let line =
        format!("clear; echo '$ stackctl up --profile tracing'; {program} up --profile tracing; sleep 100");
    let terminal = Terminal::start(&line, &place.path(""));
    terminal.resize(104, 40);
    let began = std::time::Instant::now();
    while !terminal.screen().contains(" is up") {
        assert!(began.elapsed() < Duration::from_secs(180), "{}", terminal.screen());
        std::thread::sleep(Duration::from_millis(200));
    }
    let svg = draw(&terminal.colored(), 104);
    assert!(svg.contains("otel-collector") && svg.contains("is\u{a0}up"), "{}", terminal.screen());
    if update {
        fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/up.svg"), svg).unwrap();
    }
}
