//! `.dockerignore`: which paths of a build context BuildKit leaves out. Measured on BuildKit by `tests/it/ignore_file.rs`.

/// The patterns of an ignore file, in order.
#[derive(Debug, Clone, Default)]
pub struct IgnoreFile {
    patterns: Vec<Pattern>,
}

#[derive(Debug, Clone)]
struct Pattern {
    /// `!`: what matches is taken back in.
    is_exception: bool,
    tokens: Vec<Token>,
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Char(char),
    /// `?`: any character but a slash.
    Any,
    /// `[a-c]`, `[^a-c]`: whether the ranges are what it does not match, and the ranges.
    Class(bool, Vec<(char, char)>),
    /// `*`: any characters but slashes.
    Star,
    /// `**` in front of something: nothing, or any characters and a slash.
    Folders,
    /// `**` at the end: any characters.
    Everything,
}

impl IgnoreFile {
    /// Read an ignore file. A malformed pattern, which ends the build, matches nothing.
    pub fn parse(text: &str) -> Self {
        let lines = text.trim_start_matches('\u{feff}').lines();
        let patterns = lines.filter(|line| !line.starts_with('#')).filter_map(|line| {
            let line = line.trim();
            let (is_exception, pattern) = match line.strip_prefix('!') {
                Some(rest) => (true, rest.trim()),
                None => (false, line),
            };
            let pattern = (!pattern.is_empty()).then(|| clean(pattern))?;
            Some(Pattern { is_exception, tokens: tokens(&pattern)? })
        });
        Self { patterns: patterns.collect() }
    }

    /// Whether a file, named by its path in the context with slashes, is left out.
    pub fn excludes(&self, path: &str) -> bool {
        // What matches a folder matches what lies below it. BuildKit asks an exception only about what is left out so far: one
        // that takes back a folder which nothing left out has no say about what lies in it.
        let mut matched = vec![false; self.patterns.len()];
        let mut is_excluded = false;
        for end in path.match_indices('/').map(|(at, _)| at).chain([path.len()]) {
            let step: Vec<char> = path[..end].chars().collect();
            is_excluded = false;
            for (pattern, matched) in self.patterns.iter().zip(&mut matched) {
                *matched =
                    *matched || (pattern.is_exception == is_excluded && matches(&pattern.tokens, &step));
                if *matched {
                    is_excluded = !pattern.is_exception;
                }
            }
        }
        is_excluded
    }
}

/// Without empty, `.` and `..` steps, and without a slash at either end.
fn clean(pattern: &str) -> String {
    let mut steps: Vec<&str> = Vec::new();
    for step in pattern.split('/') {
        match step {
            "" | "." => {}
            ".." if steps.last().is_some_and(|last| *last != "..") => {
                steps.pop();
            }
            // The context is its own root.
            ".." if pattern.starts_with('/') => {}
            step => steps.push(step),
        }
    }
    steps.join("/")
}

/// The tokens of a cleaned pattern; `None` where it is malformed.
fn tokens(pattern: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        tokens.push(match c {
            '*' if chars.next_if_eq(&'*').is_some() => {
                let slash = chars.next_if_eq(&'/').is_some();
                let first = tokens.is_empty();
                match chars.peek() {
                    None => Token::Everything,
                    // `**name`, with nothing special behind it, is taken for an ending.
                    Some(_) if first && !slash && !pattern[2..].contains(['*', '?', '[', ']', '\\']) => {
                        Token::Everything
                    }
                    Some(_) => Token::Folders,
                }
            }
            '*' => Token::Star,
            '?' => Token::Any,
            '\\' => Token::Char(chars.next()?),
            '[' => class(&mut chars)?,
            c => Token::Char(c),
        });
    }
    Some(tokens)
}

fn class(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<Token> {
    let negated = chars.next_if_eq(&'^').is_some();
    let mut ranges = Vec::new();
    let one = |chars: &mut std::iter::Peekable<std::str::Chars<'_>>| match chars.next()? {
        '\\' => chars.next(),
        '-' => None,
        c => Some(c),
    };
    loop {
        if !ranges.is_empty() && chars.next_if_eq(&']').is_some() {
            return Some(Token::Class(negated, ranges));
        }
        let from = one(chars)?;
        let to = if chars.next_if_eq(&'-').is_some() { one(chars)? } else { from };
        ranges.push((from, to));
    }
}

/// Whether the tokens match all of a path. The set of places where the tokens so far may end is carried along, so the effort is
/// bounded by their number times the length.
fn matches(tokens: &[Token], path: &[char]) -> bool {
    let mut at = vec![false; path.len() + 1];
    at[0] = true;
    for token in tokens {
        let mut next = vec![false; path.len() + 1];
        let step = |accepts: &dyn Fn(char) -> bool, next: &mut [bool]| {
            for (place, c) in path.iter().enumerate() {
                next[place + 1] = at[place] && accepts(*c);
            }
        };
        match token {
            Token::Char(wanted) => step(&|c| c == *wanted, &mut next),
            Token::Any => step(&|c| c != '/', &mut next),
            Token::Class(negated, ranges) => {
                step(&|c| ranges.iter().any(|(from, to)| (*from..=*to).contains(&c)) != *negated, &mut next);
            }
            Token::Star | Token::Folders | Token::Everything => {
                let mut open = false;
                for place in 0..=path.len() {
                    let before = place.checked_sub(1).map(|before| path[before]);
                    let goes_on = match token {
                        Token::Star => before != Some('/'),
                        _ => true,
                    };
                    open = at[place] || (open && goes_on);
                    next[place] = match token {
                        Token::Folders => at[place] || (open && before == Some('/')),
                        _ => open,
                    };
                }
            }
        }
        at = next;
    }
    at[path.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn excludes(text: &str, path: &str) -> bool {
        IgnoreFile::parse(text).excludes(path)
    }

    #[test]
    fn a_pattern_covers_what_lies_below() {
        let secret = ".stackctl/secrets/db";
        for shut in [
            ".stackctl",
            "/.stackctl/",
            "./.stackctl",
            "**/.stackctl",
            ".stackctl/secrets",
            ".stackctl/secrets/*",
            ".stackctl/**",
            "*",
            "**",
            ".*",
            ".stack?tl",
            ".stack[a-c]tl",
            "# a comment\r\n.stackctl\r\n",
            "*\n!src",
            ".stackctl\n!.stackctl/image",
            "a/../.stackctl",
        ] {
            assert!(excludes(shut, secret), "{shut:?}");
        }
        for open in [
            "",
            "#.stackctl",
            " # .stackctl",
            "stackctl",
            "*/secrets/x",
            "secrets",
            "*.stackctl/x",
            ".stackctl\n!.stackctl/secrets",
            "*\n!.stackctl",
            "**\n!**/db",
            "!.stackctl",
            ".stack[^a-c]tl",
            "[",
        ] {
            assert!(!excludes(open, secret), "{open:?}");
        }
    }

    #[test]
    fn two_stars_are_any_folders() {
        for (pattern, path, expected) in [
            ("**/db", "db", true),
            ("**/db", "a/b/db", true),
            ("**/db", "a/xdb", false),
            ("**db", "a/xdb", true),
            ("a/**/db", "a/db", true),
            ("a/**/db", "a/b/c/db", true),
            ("a/**/db", "a/bdb", false),
            ("a/**", "a", false),
            ("a/**", "a/b/c", true),
            ("a**", "ab/c", true),
            ("*/db", "a/b/db", false),
            ("**/db\n!a", "a/db", true),
            ("a\n!a/b\na/b/db", "a/b/db", true),
            ("a\n!a/b\na/b/db", "a/b/x", false),
        ] {
            assert_eq!(excludes(pattern, path), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn the_effort_is_bounded() {
        let pattern = "**/*a".repeat(200);
        assert!(!excludes(&pattern, &"bbbbbbbb/".repeat(20)));
    }
}
