//! The targets: a folder of this room each, and a row here.

use super::{compose, renderer::Renderer, swarm};

/// The program that reads the files. All targets share `generated/` and the side files in it; each has its own manifest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Target {
    /// `docker compose`.
    #[default]
    Compose,
    /// `docker stack deploy`.
    Swarm,
}

impl Target {
    /// Every target.
    pub const ALL: [Self; 2] = [Self::Compose, Self::Swarm];

    pub(super) fn renderer(self) -> &'static Renderer {
        match self {
            Self::Compose => &compose::RENDERER,
            Self::Swarm => &swarm::RENDERER,
        }
    }

    /// The target with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|target| target.name() == name)
    }

    /// Its value of `--target`.
    pub fn name(self) -> &'static str {
        self.renderer().name
    }

    /// Its name in messages: `Docker Compose`, `Swarm`.
    pub fn title(self) -> &'static str {
        self.renderer().title
    }

    /// The manifest's name in `generated/`.
    pub fn manifest(self) -> &'static str {
        self.renderer().manifest
    }

    /// Whether its files hold one combination of profiles, and so depend on the selection.
    pub fn takes_selection(self) -> bool {
        self.renderer().takes_selection
    }

    /// Whether a path in `generated/` is the manifest of any target.
    pub(super) fn is_manifest(path: &str) -> bool {
        Self::ALL.iter().any(|target| target.manifest() == path)
    }
}
