//! Tables for people: columns apart by spaces, without lines.

use tabled::{
    builder::Builder,
    settings::{Alignment, Padding, Style, object::Columns},
};

/// On which side the cells of a column stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Text.
    Left,
    /// Numbers.
    Right,
    /// Numbers that the next column follows closely, as in `78 MiB of 2 GiB`.
    RightClose,
}

/// A table with its headings, every line with a line feed and without spaces at its end. As in `format!`, `>` before a heading
/// puts its column on the right.
pub fn table<const N: usize>(
    headings: [&'static str; N],
    rows: impl IntoIterator<Item = Vec<String>>,
) -> String {
    let column = |heading: &'static str| match heading.strip_prefix('>') {
        Some(heading) => (heading, Side::Right),
        None => (heading, Side::Left),
    };
    with_sides(headings.map(column), rows)
}

/// The same with the side of each column beside its heading.
pub fn with_sides(
    headings: impl IntoIterator<Item = (&'static str, Side)>,
    rows: impl IntoIterator<Item = Vec<String>>,
) -> String {
    let (headings, sides): (Vec<&str>, Vec<Side>) = headings.into_iter().unzip();
    let mut table = Builder::default();
    table.push_record(headings);
    rows.into_iter().for_each(|row| table.push_record(row));
    let mut table = table.build();
    table.with(Style::blank().remove_vertical()).with(Padding::new(0, 2, 0, 0));
    for (at, side) in sides.into_iter().enumerate().filter(|(_, side)| *side != Side::Left) {
        let space = if side == Side::Right { 2 } else { 1 };
        table.modify(Columns::one(at), Alignment::right());
        table.modify(Columns::one(at), Padding::new(0, space, 0, 0));
    }
    table.to_string().lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}
