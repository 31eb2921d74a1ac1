//! Names: can images be found where they come from.

use std::time::Duration;

use indexmap::IndexMap;

use super::Check;

/// A resolver that takes longer does not answer.
const TIMEOUT: Duration = Duration::from_secs(3);

/// Where images come from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Registry {
    /// Hosts, each with the images that come from there.
    pub hosts: IndexMap<String, Vec<String>>,
    /// Images that the engine does not have yet.
    pub missing: Vec<String>,
}

impl Registry {
    /// From image names and whether the engine has each; `default` is the host that the engine asks for a name without one.
    pub fn of(images: &[(String, bool)], default: &str) -> Self {
        let mut registry = Self::default();
        for (image, present) in images {
            let host = host(image).unwrap_or(default).to_owned();
            registry.hosts.entry(host).or_default().push(image.clone());
            if !present {
                registry.missing.push(image.clone());
            }
        }
        registry
    }
}

/// The registry in an image's name: a first part with a dot, a colon or `localhost`.
fn host(image: &str) -> Option<&str> {
    let (first, _) = image.split_once('/')?;
    (first.contains(['.', ':']) || first == "localhost").then_some(first)
}

/// Whether every registry's name resolves; it matters where an image is missing.
pub async fn registries(registry: &Registry) -> Check {
    let mut unknown = Vec::new();
    for (host, images) in registry.hosts.iter().filter(|(host, _)| !host.is_empty()) {
        let address = if host.contains(':') { host.clone() } else { format!("{host}:443") };
        let found = tokio::time::timeout(TIMEOUT, tokio::net::lookup_host(address)).await;
        if !matches!(found, Ok(Ok(_))) {
            unknown.push((host, images));
        }
    }
    judge(registry, &unknown)
}

fn judge(registry: &Registry, unknown: &[(&String, &Vec<String>)]) -> Check {
    let missing = &registry.missing;
    if unknown.is_empty() {
        return Check::ok(
            "dns",
            match missing.len() {
                0 => "every image is present".to_owned(),
                _ => format!("registries resolve; to be pulled or built: {}", missing.join(", ")),
            },
        );
    }
    let hosts: Vec<&str> = unknown.iter().map(|(host, _)| host.as_str()).collect();
    let wanted: Vec<&str> = missing
        .iter()
        .filter(|image| unknown.iter().any(|(_, images)| images.contains(image)))
        .map(String::as_str)
        .collect();
    let fix = "see /etc/resolv.conf and the network, or load the images with `docker load`";
    if wanted.is_empty() {
        return Check::warning(
            "dns",
            format!("{} does not resolve; every image from it is present", hosts.join(", ")),
            fix,
        );
    }
    Check::error(
        "dns",
        format!("{} does not resolve, and these images are missing: {}", hosts.join(", "), wanted.join(", ")),
        fix,
    )
}

#[cfg(test)]
mod tests {
    use super::super::CheckStatus;
    use super::*;

    #[test]
    fn a_name_that_does_not_resolve_matters_where_an_image_is_missing() {
        let images = [
            ("postgres:17".to_owned(), true),
            ("reg.example:5000/a/b:1".to_owned(), false),
            ("org/c:1".to_owned(), true),
        ];
        let registry = Registry::of(&images, "default.example");
        let hosts: Vec<&String> = registry.hosts.keys().collect();
        assert_eq!(hosts, ["default.example", "reg.example:5000"]);
        let judged = |at: usize| judge(&registry, registry.hosts.get_index(at).as_slice());
        assert_eq!((judged(0).status, judged(1).status), (CheckStatus::Warning, CheckStatus::Error));
        assert_eq!(judge(&registry, &[]).status, CheckStatus::Ok);
    }
}
