//! What a target adds to the files that all targets share.

use std::collections::HashMap;

use super::{
    loss::Loss,
    output::{Document, GeneratedFile},
};
use crate::{diag::Diagnostic, model::Stack, resolve::Profiles};

/// One target: what it is called, and how its documents are made.
#[derive(Debug)]
pub struct Renderer {
    /// Its value of `--target`.
    pub name: &'static str,
    /// The program that reads the files, for people.
    pub title: &'static str,
    /// The manifest's name in `generated/`.
    pub manifest: &'static str,
    /// Whether its files hold one combination of profiles, and so depend on [`Selection`].
    pub takes_selection: bool,
    /// The paths of its documents in `generated/`, whatever is selected: no side file may have one of them.
    pub paths: fn(&Stack) -> Vec<String>,
    /// The documents, the main one first, or what the target's program would refuse.
    pub render: fn(&Input<'_>) -> Result<Output, Vec<Diagnostic>>,
}

/// Options of the targets that take a selection.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// The profiles of the combination.
    pub profiles: Vec<String>,
    /// Whether ports of a single address are published on every address.
    pub publish_all: bool,
}

/// What documents are made of.
#[derive(Debug)]
pub struct Input<'a> {
    /// The stack.
    pub profiles: &'a Profiles<'a>,
    /// What is selected of it.
    pub selection: &'a Selection,
    /// The files that all targets share.
    pub shared: &'a [GeneratedFile],
    /// Service to the fingerprint of its side files.
    pub fingerprints: &'a HashMap<&'a str, String>,
}

/// The documents of a target.
#[derive(Debug)]
pub struct Output {
    /// The main one first.
    pub documents: Vec<Document>,
    /// The parts of the stack that the target does not support.
    pub losses: Vec<Loss>,
}
