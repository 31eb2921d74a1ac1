//! Which names Compose and the engine accept.

fn of(text: &str, first: fn(char) -> bool, rest: fn(char) -> bool) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(first) && chars.all(rest)
}

/// A project name: `[a-z0-9][a-z0-9_-]*`.
pub fn is_project(text: &str) -> bool {
    let start = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    of(text, start, |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-')
}

/// A name of a service, volume, network, secret or config: `[a-zA-Z0-9._-]+`, but not `.` and `..`, which as the name of a
/// file are folders.
pub fn is_resource(text: &str) -> bool {
    let any = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    of(text, any, any) && ![".", ".."].contains(&text)
}

/// The longest profile name: `docker-compose.NAME.yml` is a file name of at most 255 bytes.
const LONGEST_PROFILE: usize = 236;

/// A profile name: `[a-zA-Z0-9][a-zA-Z0-9_.-]+`, which the specification asks for and the tool does not enforce, of at most
/// 236 characters.
pub fn is_profile(text: &str) -> bool {
    is_container(text) && text.len() <= LONGEST_PROFILE
}

/// A container name, at least two characters: `[a-zA-Z0-9][a-zA-Z0-9_.-]+`.
pub fn is_container(text: &str) -> bool {
    text.len() >= 2
        && of(
            text,
            |c| c.is_ascii_alphanumeric(),
            |c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'),
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_compose() {
        assert!(is_project("orders-2_x") && !is_project("Orders") && !is_project("_x") && !is_project(""));
        assert!(!is_resource(".") && !is_resource("..") && is_resource("..."));
        assert!(is_resource("a.b_c-D") && !is_resource("a b") && !is_resource(""));
        assert!(is_profile("ab") && !is_profile("a") && !is_profile(".ab") && !is_profile("a b"));
        assert!(is_profile(&"x".repeat(236)) && !is_profile(&"x".repeat(237)));
        assert!(is_container(&"x".repeat(237)));
    }
}
