//! Generated secrets beside the volumes that may know an older one.

use std::{collections::BTreeMap, fs, path::Path, time::UNIX_EPOCH};

use super::Check;
use crate::model::{EnvFileSource, Service, Stack, secret_path};

const NAME: &str = "secrets";

/// Servers that keep no password in their data: they read it from their configuration at each start.
const FORGETFUL: [&str; 5] = ["redis", "redis-stack-server", "valkey", "keydb", "memcached"];

/// A generated secret that is younger than a volume of a service that reads it, or gone while the volume is still there:
/// a database keeps the password that it was made with. A server that reads its password at each start ([`FORGETFUL`]) keeps
/// none. `volumes` are the engine's names with the second of their making.
pub fn secrets(root: &Path, stack: &Stack, volumes: &BTreeMap<String, f64>) -> Vec<Check> {
    let mut found = Vec::new();
    for (name, _) in stack.generated_secrets() {
        let made = fs::metadata(root.join(secret_path(name))).and_then(|it| it.modified()).ok();
        let made = made.and_then(|time| time.duration_since(UNIX_EPOCH).ok()).map(|it| it.as_secs_f64());
        let readers =
            stack.services.iter().filter(|(_, service)| reads(service, name) && !is_forgetful(service));
        for (service, volume) in
            readers.flat_map(|(service, it)| it.named_volumes().map(move |volume| (service, volume)))
        {
            let own = stack.volumes.get(volume).and_then(|volume| volume.name.clone());
            let own = own.unwrap_or_else(|| format!("{}_{volume}", stack.name));
            let Some(age) = volumes.get(&own) else { continue };
            let what = match made {
                None => "does not exist, and `up` would create another",
                Some(made) if made > *age => "is younger",
                Some(_) => continue,
            };
            let detail = format!(
                "the secret {name} {what}: the volume {own} of {service} may have been created with the old one"
            );
            let fix = format!(
                "put the old value back into {}, or change it inside {service}, or delete the data with `stackctl down --volumes`",
                secret_path(name)
            );
            found.push(Check::error(NAME, detail, fix));
        }
    }
    if found.is_empty() {
        found.push(Check::ok(NAME, "no volume was created with an older secret"));
    }
    found
}

fn reads(service: &Service, secret: &str) -> bool {
    let granted = service.secrets.iter().any(|grant| grant.source == secret);
    granted || service.env_file.iter().any(|file| file.source == EnvFileSource::Secret(secret.to_owned()))
}

/// By its image's name, without registry, folder and tag.
fn is_forgetful(service: &Service) -> bool {
    let name = service.image.as_deref().and_then(|image| image.rsplit('/').next()?.split([':', '@']).next());
    name.is_some_and(|name| FORGETFUL.contains(&name))
}

/// Whether the folder of the secrets is closed to others.
pub fn folder(root: &Path) -> Check {
    const FIX: &str = "chmod 700 .stackctl/secrets";
    let folder = root.join(".stackctl/secrets");
    match fs::metadata(&folder) {
        Err(_) => Check::ok("permissions", "there are no generated secrets yet"),
        Ok(found) if open(&found) => {
            Check::error("permissions", ".stackctl/secrets is open to other users", FIX)
        }
        Ok(_) => Check::ok("permissions", ".stackctl/secrets is closed to other users"),
    }
}

#[cfg(unix)]
fn open(found: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    found.permissions().mode() & 0o077 != 0
}

#[cfg(not(unix))]
fn open(_found: &fs::Metadata) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::super::CheckStatus;
    use super::*;
    use crate::model::{Grant, Mount, MountKind, Secret, SecretSource};

    #[test]
    fn a_secret_younger_than_the_volume_that_knows_the_old_one() {
        let place = tempfile::tempdir().unwrap();
        let mount = Mount {
            kind: MountKind::Volume,
            source: Some("data".into()),
            target: "/d".into(),
            read_only: false,
            options: Vec::new(),
            is_long: false,
            rest: Default::default(),
        };
        let grant = Grant { source: "pw".into(), ..Grant::default() };
        let db = Service { volumes: vec![mount], secrets: vec![grant], ..Service::default() };
        let redis = Service { image: Some("registry.example:5000/x/redis:8-alpine".into()), ..db.clone() };
        let secret = Secret {
            source: SecretSource::Generated { env: vec![] },
            name: None,
            allow: Default::default(),
            rest: Default::default(),
        };
        let mut stack = Stack {
            name: "x".into(),
            services: [("db".to_owned(), db)].into(),
            secrets: [("pw".to_owned(), secret)].into(),
            ..Stack::default()
        };
        let judge = |stack: &Stack, made: f64| {
            secrets(place.path(), stack, &[("x_data".to_owned(), made)].into())[0].clone()
        };
        let judged = |made| judge(&stack, made);
        assert!(judged(1.0).detail.starts_with("the secret pw does not exist"));
        crate::engine::secrets::generate(place.path(), &stack).unwrap();
        assert_eq!(judged(1.0).status, CheckStatus::Error);
        assert!(judged(1.0).detail.contains("x_data of db"), "{:?}", judged(1.0));
        assert_eq!(judged(9e9).status, CheckStatus::Ok);
        assert_eq!(secrets(place.path(), &stack, &BTreeMap::new())[0].status, CheckStatus::Ok);
        assert_eq!(folder(place.path()).status, CheckStatus::Ok);
        // Redis reads its password at each start: its data knows none.
        stack.services.insert("db".to_owned(), redis);
        assert_eq!(judge(&stack, 1.0).status, CheckStatus::Ok);
    }
}
