//! Comments as lines of TOML.

/// A comment as TOML allows it: a control character, which YAML takes, becomes a space.
pub(super) fn line(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() && c != '\t' { ' ' } else { c }).collect();
    if text.trim().is_empty() { "#".to_owned() } else { format!("# {}", text.trim_end()) }
}

/// The lines of a block; an empty text between two comments is an empty line.
pub(super) fn block(lines: &[String], out: &mut String) {
    for text in lines {
        if !text.is_empty() {
            out.push_str(&line(text));
        }
        out.push('\n');
    }
}
