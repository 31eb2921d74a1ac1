//! The files of a project become one tree.

use std::{collections::BTreeMap, path::Path};

use super::{
    decision::Decision,
    document::judge_dates,
    layers::{Loader, Scope},
    loaded::{Loaded, Request},
    node::Entry,
    paths::clean,
    project,
    unique::unique,
};
use crate::{
    diag::Diagnostic,
    model::variable::{expand, has_variable},
};

/// Load a project.
///
/// # Errors
/// Every mistake, at its place.
pub fn load(request: &Request<'_>) -> Result<Loaded, Vec<Diagnostic>> {
    let project = project::find(request)?;
    let mut loader = Loader::new(request.folder);
    let scope = Scope {
        folder: project.folder.clone(),
        values: project.values,
        known: BTreeMap::new(),
        chain: Vec::new(),
    };
    let mut root = loader.layers(&project.files, &scope);
    unique(&mut root);
    let paths: Vec<&Path> = loader.sources.iter().map(|source| source.path.as_path()).collect();
    judge_dates(&mut root, &paths, &mut loader.mistakes);
    if loader.mistakes.is_empty() {
        loader.judge_top(&root);
    }
    let folder = clean(&request.folder.join(&project.folder));
    let written = root.entry("name");
    let name = written.and_then(|name| name.value.text());
    let value = name.and_then(|name| expand(name, &|name| scope.value(name)));
    let name = match project::name(&scope.values, value.as_deref(), &folder) {
        Ok(name) => name,
        Err(found) => {
            let at = written.map(|written| loader.place(&written.value.place));
            loader.mistakes.push(Diagnostic { place: at, ..*found });
            String::new()
        }
    };
    if !loader.mistakes.is_empty() {
        return Err(loader.mistakes);
    }
    loader.decisions.extend(name_decision(&scope, written, &name));
    Ok(Loaded {
        sources: loader.sources,
        name,
        folder,
        profiles: project::profiles(&scope.values),
        decisions: loader.decisions,
        warnings: project.warnings,
        root,
    })
}

/// The name that comes out of the environment.
fn name_decision(scope: &Scope, written: Option<&Entry>, name: &str) -> Option<Decision> {
    let from = written.and_then(|written| written.value.text());
    let is_set = scope.value("COMPOSE_PROJECT_NAME").is_some_and(|value| !value.is_empty());
    if !is_set && !from.is_some_and(has_variable) {
        return None;
    }
    let help = if is_set {
        "`COMPOSE_PROJECT_NAME` names the project, and volumes and networks with it"
    } else {
        "`name` holds no variable in stack.toml: this is its present value, which names volumes and networks"
    };
    Some(Decision {
        from: from.map(str::to_owned),
        place: written.map(|written| written.value.place.clone()),
        ..Decision::resolved("name").to(name).help(help)
    })
}
