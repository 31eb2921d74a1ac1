//! Booleans in texts.

/// What Compose takes a text for where it asks for a boolean: its own words and those of YAML 1.1, in any case.
pub fn parse(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "y" => Some(true),
        "false" | "no" | "off" | "n" => Some(false),
        _ => None,
    }
}
