//! The names of the stack at hand, for a shell that completes them.

use std::{env, path::Path};

use super::compose_file::{self, is_compose};
use crate::source::{self, files};

/// Names with their descriptions, in declaration order.
#[derive(Debug, Default)]
pub struct Names {
    /// Profiles, and `core`.
    pub profiles: Vec<(String, String)>,
    /// Services.
    pub services: Vec<(String, String)>,
    /// Modes of `[traffic]`.
    pub modes: Vec<(String, String)>,
}

impl Names {
    /// Read them. No stack, or one that cannot be read, has none: a completion says nothing about it.
    pub fn read(file: Option<&Path>) -> Self {
        let here = env::current_dir().unwrap_or_default();
        let Ok(path) = files::find(file, &here).map(|path| here.join(path)) else { return Self::default() };
        let stack = if is_compose(&path) {
            compose_file::read(&path, &here).parsed.stack
        } else {
            let Ok(bytes) = files::read(&path) else { return Self::default() };
            source::parse(&bytes).stack
        };
        let core = ("core".to_owned(), "only what always runs".to_owned());
        let profiles =
            stack.profiles.into_iter().map(|(name, it)| (name, it.description.unwrap_or_default()));
        let services = stack.services.into_iter().map(|(name, it)| (name, it.image.unwrap_or_default()));
        let modes = stack.traffic.into_iter().flat_map(|traffic| traffic.modes);
        Self {
            profiles: std::iter::once(core).chain(profiles).collect(),
            services: services.collect(),
            modes: modes.map(|(name, rate)| (name, format!("{rate} requests a second"))).collect(),
        }
    }
}
