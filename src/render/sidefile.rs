//! Side files: what templates may read of the stack, and the files they become.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{diagnostics::TEMPLATE_UNREADABLE, output::GeneratedFile, path_guard, template::Templates};
use crate::{
    diag::{Diagnostic, KeyPath},
    model::{Cpus, Resources, Secret, SecretSource, Service, Stack},
    text::hex,
};

/// The side files of a stack.
#[derive(Debug, Default)]
pub struct SideFiles<'a> {
    /// The files, relative to `generated/`.
    pub files: Vec<GeneratedFile>,
    /// Service to a fingerprint of its files' text and targets.
    pub fingerprints: HashMap<&'a str, String>,
}

/// Where a service's copy of a template is, relative to `generated/`.
pub fn output_path(service: &str, template: &str) -> String {
    format!("{service}/{template}")
}

/// Render every side file.
///
/// # Errors
/// One diagnostic for each template that cannot be read, is malformed or fails.
pub fn render<'a>(root: &Path, stack: &'a Stack) -> Result<SideFiles<'a>, Vec<Diagnostic>> {
    let mut all = SideFiles::default();
    if stack.services.values().all(|service| service.files.is_empty()) {
        return Ok(all);
    }
    let mut found: Vec<Diagnostic> = Vec::new();
    let templates = Templates::new(root, &shared(stack), secret_files(root, stack));
    for (name, service) in stack.services.iter().filter(|(_, service)| !service.files.is_empty()) {
        let own = describe(name, service);
        let mut fingerprint = Sha256::new();
        for (index, file) in service.files.iter().enumerate() {
            let place = KeyPath::from(["services", name, "files"]).index(index).key("template");
            if !path_guard::is_inside(&file.template) {
                let message = format!("template {:?} lies outside templates/", file.template);
                found.push(Diagnostic::new(&TEMPLATE_UNREADABLE, message).at(place));
                continue;
            }
            if path_guard::is_reserved(&file.template) {
                let message = format!(
                    "template {:?} is not rendered: `.git` and `.stackctl` are reserved",
                    file.template
                );
                found.push(Diagnostic::new(&TEMPLATE_UNREADABLE, message).at(place));
                continue;
            }
            match templates.render(&file.template, &own) {
                Ok(text) => {
                    for part in [file.target.as_bytes(), text.as_bytes()] {
                        fingerprint.update((part.len() as u64).to_le_bytes());
                        fingerprint.update(part);
                    }
                    all.files.push(GeneratedFile { path: output_path(name, &file.template), text });
                }
                Err(diagnostic) => {
                    let known = |other: &Diagnostic| {
                        other.place == diagnostic.place && other.message == diagnostic.message
                    };
                    if !found.iter().any(known) {
                        found.push(diagnostic.related(place, "rendered for this service"));
                    }
                }
            }
        }
        all.fingerprints.insert(name, hex(&fingerprint.finalize()[..8]));
    }
    if found.is_empty() { Ok(all) } else { Err(found) }
}

/// The files of secrets with links resolved, each with the secret's name: no rendered file may hold one.
fn secret_files(root: &Path, stack: &Stack) -> Vec<(PathBuf, String)> {
    let file = |secret: &Secret| match &secret.source {
        SecretSource::File(path) => root.join(path).canonicalize().ok(),
        _ => None,
    };
    stack.secrets.iter().filter_map(|(name, secret)| Some((file(secret)?, name.clone()))).collect()
}

/// What every template may read; a key that is not set is absent, so that using it is an error.
fn shared(stack: &Stack) -> Value {
    let services = stack.services.iter().map(|(name, service)| (name.clone(), describe(name, service)));
    let profiles = stack.profiles.iter().map(|(name, profile)| {
        (name.clone(), json!({ "description": profile.description, "includes": profile.includes }))
    });
    let budget = &stack.budget;
    set(json!({
        "name": stack.name,
        "services": Value::Object(services.collect()),
        "profiles": Value::Object(profiles.collect()),
        "budget": set(json!({
            "memory": budget.memory.map(|bytes| bytes.0),
            "cpus": budget.cpus.map(Cpus::as_f64),
            "cpu_overcommit": budget.overcommit().map(Cpus::as_f64),
            "log_disk": budget.log_disk.map(|bytes| bytes.0),
        })),
        "traffic": stack.traffic_table,
    }))
}

fn describe(name: &str, service: &Service) -> Value {
    let ports = service.ports.iter().map(|port| {
        json!({
            "address": port.host_ip.representative().to_string(),
            "published": port.published.map(|range| range.to_string()),
            "target": port.target.to_string(),
            "protocol": port.protocol.as_str(),
        })
    });
    let secrets = service.secrets.iter().map(|grant| {
        let target = grant.target.clone().unwrap_or_else(|| grant.source.clone());
        let path = if target.starts_with('/') { target } else { format!("/run/secrets/{target}") };
        (grant.source.clone(), json!(path))
    });
    set(json!({
        "name": name,
        "replicas": service.replica_count(),
        "limits": resources(&service.limits),
        "reservations": resources(&service.reservations),
        "profiles": service.profiles,
        "environment": service.environment,
        "ports": ports.collect::<Vec<_>>(),
        "secrets": Value::Object(secrets.collect()),
        "image": service.image,
    }))
}

fn resources(resources: &Resources) -> Value {
    set(json!({
        "memory": resources.memory.map(|bytes| bytes.0),
        "cpus": resources.cpus.map(Cpus::as_f64),
        "pids": resources.pids,
    }))
}

/// The keys of an object that are set.
fn set(mut object: Value) -> Value {
    if let Value::Object(map) = &mut object {
        map.retain(|_, value| !value.is_null());
    }
    object
}
