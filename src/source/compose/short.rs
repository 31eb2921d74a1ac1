//! Short forms such as `SOURCE:TARGET:OPTIONS`, of which variables may hold colons of their own.

/// The parts of a short form between its colons; those inside `${...}` do not count, nor does that of a Windows drive.
pub(super) fn parts(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut depth) = (0, 0_usize);
    let bytes = text.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'{' if at > 0 && bytes[at - 1] == b'$' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            b':' if depth == 0 => {
                let is_drive = at == start + 1
                    && bytes[start].is_ascii_alphabetic()
                    && matches!(bytes.get(at + 1), Some(b'/' | b'\\'));
                if !is_drive || start > 0 {
                    parts.push(&text[start..at]);
                    start = at + 1;
                }
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colons_of_variables_and_drives_do_not_count() {
        for (text, expected) in [
            ("./a:/b:ro", &["./a", "/b", "ro"][..]),
            ("${D:-./d}:/x", &["${D:-./d}", "/x"]),
            ("${A:-${B:-c}}:/x", &["${A:-${B:-c}}", "/x"]),
            ("/x", &["/x"]),
            ("c:/x:/y", &["c:/x", "/y"]),
        ] {
            assert_eq!(parts(text), expected, "{text}");
        }
    }
}
