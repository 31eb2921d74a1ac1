//! What `demo` shows on a terminal: where to look, and what to do.

use std::{fmt::Write as _, path::Path};

use crate::{
    text::printable,
    ui::{Paint, Tone},
};

/// What is running.
#[derive(Debug)]
pub struct Banner<'a> {
    /// The shop's page.
    pub shop: &'a str,
    /// The traffic dashboard, where there is one.
    pub dashboard: Option<&'a str>,
    /// Where the orders are kept; `None` for nowhere.
    pub data: Option<&'a Path>,
}

/// The banner.
pub fn banner(running: &Banner<'_>, paint: Paint) -> String {
    let mut text =
        format!("\n  The order shop is open.\n\n  shop       {}\n", paint.text(Tone::Good, running.shop));
    // Writing to a string does not fail.
    if let Some(dashboard) = running.dashboard {
        let _ = writeln!(text, "  dashboard  {}", paint.text(Tone::Good, dashboard));
    }
    match running.data {
        Some(folder) => {
            let _ = writeln!(text, "  orders     {}", printable(&folder.display().to_string()));
        }
        None => text.push_str("  orders     lost at the end; --data DIR keeps them\n"),
    }
    if running.dashboard.is_some() {
        text.push_str("\n  stackctl traffic set burst  switches the mode, Ctrl-C ends everything\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_a_person_sees_it() {
        let plain = Paint { on: false };
        let running =
            Banner { shop: "http://127.0.0.1:8080/", dashboard: Some("http://127.0.0.1:8089/"), data: None };
        insta::assert_snapshot!(banner(&running, plain), @r"
          The order shop is open.

          shop       http://127.0.0.1:8080/
          dashboard  http://127.0.0.1:8089/
          orders     lost at the end; --data DIR keeps them

          stackctl traffic set burst  switches the mode, Ctrl-C ends everything
        ");
        let timed = Banner { dashboard: None, data: Some(Path::new("/srv/orders")), ..running };
        let text = banner(&timed, plain);
        assert!(text.contains("  orders     /srv/orders\n") && !text.contains("traffic set"), "{text}");
    }
}
