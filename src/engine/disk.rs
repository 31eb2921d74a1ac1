//! What volumes, images and build cache take on the disk of an engine.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use bollard::ClientVersion;
use futures_util::TryStreamExt as _;
use serde::{Deserialize, Serialize};

use super::{
    client::{Client, EngineError},
    observe::{NAMESPACE, Observed, PROJECT},
};

/// How long the engine may take to answer: it walks through every file of every volume.
const TIMEOUT: Duration = Duration::from_secs(300);
/// What is asked for. The sizes of containers would take a walk through each of their file systems.
const KINDS: &str = "type=volume&type=image&type=build-cache";
/// What an engine has on its disk.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct EngineDisk {
    /// Bytes of all images, layers that several share counted once.
    layers_size: u64,
    images: Option<Vec<Image>>,
    volumes: Option<Vec<Volume>>,
    build_cache: Option<Vec<CacheRecord>>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Image {
    id: String,
    size: i64,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Volume {
    name: String,
    labels: Option<BTreeMap<String, String>>,
    usage_data: Option<VolumeUsage>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct VolumeUsage {
    /// -1 where a driver does not say.
    size: i64,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct CacheRecord {
    size: i64,
    /// It is a part of an image, which counts it.
    shared: bool,
}

/// What an engine has on its disk, in bytes; `None` is not known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct EngineDiskUse {
    /// All volumes.
    pub volumes_bytes: Option<u64>,
    /// All images.
    pub images_bytes: Option<u64>,
    /// What builds have kept. It belongs to no project.
    pub build_cache_bytes: Option<u64>,
}

impl Client {
    /// The answer is that of API 1.44, which every engine gives. bollard reads the one of 1.52 alone: so its request for bytes is
    /// sent to another place.
    pub(super) async fn disk(&self) -> Result<EngineDisk, EngineError> {
        let ClientVersion { major_version: major, minor_version: minor } = self.docker.client_version();
        let place = format!("/v{major}.{minor}/system/df?{KINDS}");
        let docker = self.docker.clone().with_timeout(TIMEOUT).with_request_modifier(move |mut request| {
            let uri = request.uri().to_string();
            let base = uri.strip_suffix(request.uri().path()).unwrap_or(&uri);
            if let Ok(uri) = format!("{base}{place}").parse() {
                *request.uri_mut() = uri;
            }
            request
        });
        let bytes = docker.export_container("disk");
        let text = bytes.try_fold(Vec::new(), |mut text, part| async move {
            text.extend_from_slice(&part);
            Ok(text)
        });
        let text = text.await.map_err(|error| self.error(error))?;
        serde_json::from_slice(&text).map_err(|error| self.error(error.into()))
    }
}

impl EngineDisk {
    /// All of it.
    pub fn whole(&self) -> EngineDiskUse {
        let volumes = self.volumes.as_ref().map(|volumes| volumes.iter().filter_map(Volume::bytes).sum());
        let cache = self.build_cache.as_ref().map(|records| {
            let own = records.iter().filter(|record| !record.shared);
            own.filter_map(|record| u64::try_from(record.size).ok()).sum()
        });
        EngineDiskUse {
            volumes_bytes: volumes,
            images_bytes: self.images.as_ref().map(|_| self.layers_size),
            build_cache_bytes: cache,
        }
    }

    /// The volumes of a project, and what these containers have mounted.
    pub fn volumes_of(&self, project: &str, containers: &[Observed]) -> Option<u64> {
        let mounts = containers.iter().flat_map(|it| it.created_with.mounts.values());
        let mounted: BTreeSet<&str> =
            mounts.filter(|mount| mount.kind == "volume").map(|mount| mount.source.as_str()).collect();
        let is_own = |volume: &&Volume| {
            let label = |key| volume.labels.as_ref()?.get(key);
            let own = label(PROJECT).or_else(|| label(NAMESPACE));
            own.is_some_and(|name| name == project) || mounted.contains(volume.name.as_str())
        };
        self.volumes.as_ref()?.iter().filter(is_own).map(Volume::bytes).sum()
    }

    /// The images of these containers: each as a whole, up to all that there is.
    pub fn images_of(&self, containers: &[Observed]) -> Option<u64> {
        let used: BTreeSet<&str> = containers.iter().map(|it| it.image_id.as_str()).collect();
        let own = self.images.as_ref()?.iter().filter(|image| used.contains(image.id.as_str()));
        let sum = own.filter_map(|image| u64::try_from(image.size).ok()).sum::<u64>();
        Some(if self.layers_size > 0 { sum.min(self.layers_size) } else { sum })
    }
}

impl Volume {
    fn bytes(&self) -> Option<u64> {
        u64::try_from(self.usage_data.as_ref()?.size).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::observe::{CreatedWith, Mounted};

    /// An answer of Docker 28, shortened.
    const ANSWER: &str = r#"{"LayersSize":900,
        "Images":[{"Id":"sha256:a","Size":500,"SharedSize":300},{"Id":"sha256:b","Size":600,"SharedSize":300},{"Id":"sha256:c","Size":90}],
        "Containers":null,
        "Volumes":[{"Name":"x_data","Labels":{"com.docker.compose.project":"x"},"UsageData":{"RefCount":1,"Size":40}},
            {"Name":"outside","Labels":null,"UsageData":{"RefCount":1,"Size":2}},
            {"Name":"y_data","Labels":{"com.docker.compose.project":"y"},"UsageData":{"RefCount":0,"Size":1000}},
            {"Name":"s_data","Labels":{"com.docker.stack.namespace":"s"},"UsageData":{"RefCount":1,"Size":3}},
            {"Name":"far","Labels":{},"UsageData":{"RefCount":0,"Size":-1}}],
        "BuildCache":[{"Size":7,"Shared":false},{"Size":100,"Shared":true},{"Size":5}]}"#;

    fn container(image: &str, volume: &str) -> Observed {
        let mount = Mounted { kind: "volume".into(), source: volume.into(), writable: true };
        let created_with =
            CreatedWith { mounts: [("/d".to_owned(), mount)].into(), ..CreatedWith::default() };
        Observed { image_id: image.into(), created_with, ..Observed::default() }
    }

    #[test]
    fn a_share_of_what_the_engine_has() {
        let disk: EngineDisk = serde_json::from_str(ANSWER).unwrap();
        let containers = [container("sha256:a", "outside"), container("sha256:a", "outside")];
        assert_eq!(disk.volumes_of("x", &containers), Some(42));
        assert_eq!(disk.volumes_of("s", &[]), Some(3), "a stack of a swarm");
        assert_eq!(disk.images_of(&containers), Some(500), "each image once");
        let both = [container("sha256:a", "far"), container("sha256:b", "far")];
        assert_eq!(disk.images_of(&both), Some(900), "not more than there is");
        assert_eq!(disk.volumes_of("x", &both), None, "a driver does not say");
        let whole =
            EngineDiskUse { volumes_bytes: Some(1045), images_bytes: Some(900), build_cache_bytes: Some(12) };
        assert_eq!(disk.whole(), whole);
        assert_eq!(serde_json::from_str::<EngineDisk>("{}").unwrap().whole(), EngineDiskUse::default());
    }
}
