//! Parts of a stack that a target does not support.

use std::fmt;

use indexmap::IndexMap;

/// How many services an item names before it counts the rest.
const NAMED: usize = 6;

/// One reason for a difference from stack.toml, and the keys that it concerns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    /// What happens instead, or what to do.
    pub why: &'static str,
    /// The keys (with their values where that matters), each with its services in declaration order; none where it
    /// concerns the whole stack.
    pub items: Vec<(String, Vec<String>)>,
}

impl fmt::Display for Loss {
    /// `Swarm starts services in no particular order: depends_on (nginx, order-api)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.why)?;
        for (index, (what, services)) in self.items.iter().enumerate() {
            write!(f, "{}{what}", if index == 0 { "" } else { ", " })?;
            let more = services.len().saturating_sub(NAMED);
            if !services.is_empty() {
                write!(f, " ({}", services[..services.len() - more].join(", "))?;
                f.write_str(&if more > 0 { format!(" and {more} more)") } else { ")".to_owned() })?;
            }
        }
        Ok(())
    }
}

/// Collects losses, grouped by reason.
#[derive(Debug, Default)]
pub struct Losses(IndexMap<&'static str, IndexMap<String, Vec<String>>>);

impl Losses {
    /// Note one. `service` is `None` for what concerns the whole stack.
    pub fn add(&mut self, service: Option<&str>, what: impl Into<String>, why: &'static str) {
        let services = self.0.entry(why).or_default().entry(what.into()).or_default();
        if let Some(service) = service
            && services.last().is_none_or(|last| last != service)
        {
            services.push(service.to_owned());
        }
    }

    /// All of them, in the order in which they were found.
    pub fn into_list(self) -> Vec<Loss> {
        self.0.into_iter().map(|(why, items)| Loss { why, items: items.into_iter().collect() }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_listed_once() {
        let mut losses = Losses::default();
        losses.add(Some("a"), "links", "gone");
        losses.add(Some("a"), "links", "gone");
        losses.add(None, ".env", "not read");
        losses.add(Some("b"), "links", "gone");
        losses.add(Some("b"), "pid", "gone");
        for n in 1..=8 {
            losses.add(Some(&format!("s{n}")), "ipc", "lost");
        }
        let texts: Vec<String> = losses.into_list().iter().map(Loss::to_string).collect();
        assert_eq!(
            texts,
            [
                "gone: links (a, b), pid (b)",
                "not read: .env",
                "lost: ipc (s1, s2, s3, s4, s5, s6 and 2 more)"
            ]
        );
    }
}
