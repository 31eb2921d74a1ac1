//! The dashboard's files, as a browser reads them: nothing is generated, and nothing comes from elsewhere.

mod html;
mod policy;
mod report;

pub use report::{About, Fact, RunPage};

/// `GET /`.
pub const PAGE: &str = include_str!("page.html");

/// Its style.
pub const STYLE: &str = include_str!("page.css");

/// Charts on a canvas.
pub const CHARTS: &str = include_str!("charts.js");

/// What keeps the page live.
pub const SCRIPT: &str = include_str!("page.js");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_light_and_needs_nothing_from_elsewhere() {
        let all = [PAGE, STYLE, CHARTS, SCRIPT];
        let bytes: usize = all.iter().map(|text| text.len()).sum();
        assert!(bytes < 72_000, "{bytes}");
        for text in all {
            // The name of a namespace is not an address.
            let text = text.replace("http://www.w3.org/2000/svg", "");
            assert!(!text.contains("http://") && !text.contains("https://") && !text.contains("@import"));
        }
        // The policy allows no script or style of the page itself.
        assert!(!PAGE.contains(" style=") && !PAGE.contains("<style") && !PAGE.contains(" onclick="));
        assert!(!STYLE.contains("url("));
    }

    #[test]
    fn the_page_has_every_element_that_its_script_names() {
        for (at, _) in SCRIPT.match_indices("byId(\"").chain(SCRIPT.match_indices("text(\"")) {
            let id = SCRIPT[at..].split('"').nth(1).unwrap_or_default();
            assert!(PAGE.contains(&format!("id=\"{id}\"")), "{id}");
        }
    }
}
