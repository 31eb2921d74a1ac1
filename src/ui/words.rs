//! Words that depend on a number.

/// `1 file`, `2 files`: for nouns that take a plain s.
pub fn counted(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}
