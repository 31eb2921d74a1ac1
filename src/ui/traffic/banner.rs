//! What `demo` shows on a terminal: where to look, and what to do.

use std::{fmt::Write as _, path::Path};

use crate::{
    text::printable,
    ui::{Paint, Tone},
};

/// The shop's page, the traffic dashboard where there is one, and where the orders are kept (`None` for nowhere).
pub fn banner(shop: &str, dashboard: Option<&str>, data: Option<&Path>, paint: Paint) -> String {
    let mut text = format!("\n  The order shop is open.\n\n  shop       {}\n", paint.text(Tone::Good, shop));
    // Writing to a string does not fail.
    if let Some(dashboard) = dashboard {
        let _ = writeln!(text, "  dashboard  {}", paint.text(Tone::Good, dashboard));
    }
    match data {
        Some(folder) => {
            let _ = writeln!(text, "  orders     {}", printable(&folder.display().to_string()));
        }
        None => text.push_str("  orders     lost at the end; --data DIR keeps them\n"),
    }
    if dashboard.is_some() {
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
        let shop = "http://127.0.0.1:8080/";
        insta::assert_snapshot!(banner(shop, Some("http://127.0.0.1:8089/"), None, plain), @r"
          The order shop is open.

          shop       http://127.0.0.1:8080/
          dashboard  http://127.0.0.1:8089/
          orders     lost at the end; --data DIR keeps them

          stackctl traffic set burst  switches the mode, Ctrl-C ends everything
        ");
        let text = banner(shop, None, Some(Path::new("/srv/orders")), plain);
        assert!(text.contains("  orders     /srv/orders\n") && !text.contains("traffic set"), "{text}");
    }
}
