//! What a text with variables has to become.

use super::{
    reference,
    shape::{Shape, is_pull_policy},
};
use crate::{
    diag::KeyPath,
    model::{Bytes, Duration, boolean, shell_words},
};

/// What the value at a place has to be, where what Compose made of its variables is none of it. Completes "has to be ...".
pub fn misfit(path: &KeyPath, made: &str) -> Option<String> {
    let whole =
        |least: i64, most: i64| made.parse().is_ok_and(|number: i64| (least..=most).contains(&number));
    let (fits, asked) = match reference::shape_at(path)? {
        Shape::Bool => (boolean::parse(made).is_some(), "true or false"),
        Shape::Int => (whole(i64::MIN, i64::MAX), "a whole number"),
        Shape::Between(least, most) => {
            let asked = if most == i64::MAX {
                format!("at least {least}")
            } else {
                format!("from {least} to {most}")
            };
            return (!whole(least, most)).then(|| format!("a whole number {asked}"));
        }
        Shape::Number => (made.parse::<f64>().is_ok(), "a number"),
        Shape::DeviceCount => {
            (made.eq_ignore_ascii_case("all") || whole(i64::MIN, i64::MAX), "a whole number or all")
        }
        Shape::Filled => (!made.is_empty(), "a text"),
        Shape::OneOf(words) => return (!words.contains(&made)).then(|| words.join(" or ")),
        Shape::PullPolicy => (is_pull_policy(made), "one of Compose's pull policies"),
        Shape::Size => (Bytes::parse(made).is_ok(), "a size"),
        Shape::Duration => (Duration::parse(made).is_ok(), "a duration"),
        Shape::Command => match shell_words::unsplittable(made) {
            Some(problem) => return Some(format!("a command that can be split into words: {problem}")),
            None => return None,
        },
        _ => return None,
    };
    (!fits).then(|| asked.to_owned())
}
