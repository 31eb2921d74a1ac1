//! What is on the disk, in a line.

use crate::{
    engine::{disk::EngineDiskUse, disk_use::DiskUse},
    model::Bytes,
    text::listed,
};

/// A stack's share, and what of the whole engine belongs to no stack.
pub fn of_stack(disk: &DiskUse) -> String {
    let own = parts([
        ("volumes", "", disk.volumes_bytes),
        ("images", "up to ", disk.images_bytes),
        ("logs", "", disk.logs_bytes),
    ]);
    let cache = size("", disk.engine.build_cache_bytes);
    format!("{own}; build cache of the whole engine {cache}")
}

/// All that the engine has.
pub fn of_engine(disk: &EngineDiskUse) -> String {
    parts([
        ("volumes", "", disk.volumes_bytes),
        ("images", "", disk.images_bytes),
        ("build cache", "", disk.build_cache_bytes),
    ])
}

fn parts(parts: [(&str, &str, Option<u64>); 3]) -> String {
    listed(parts.map(|(name, bound, bytes)| format!("{name} {}", size(bound, bytes))))
}

fn size(bound: &str, bytes: Option<u64>) -> String {
    match bytes {
        None => "not known".to_owned(),
        Some(0) => Bytes(0).rounded(),
        Some(bytes) => format!("{bound}{}", Bytes(bytes).rounded()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_not_nothing() {
        let engine = EngineDiskUse {
            volumes_bytes: Some(9 << 30),
            images_bytes: Some(2 << 30),
            build_cache_bytes: Some(212 << 20),
        };
        let disk =
            DiskUse { volumes_bytes: Some(48 << 20), images_bytes: Some(1 << 30), logs_bytes: None, engine };
        assert_eq!(
            of_stack(&disk),
            "volumes 48 MiB, images up to 1.0 GiB, logs not known; build cache of the whole engine 212 MiB"
        );
        assert_eq!(of_engine(&engine), "volumes 9.0 GiB, images 2.0 GiB, build cache 212 MiB");
        let none = DiskUse { images_bytes: Some(0), ..DiskUse::default() };
        assert_eq!(
            of_stack(&none),
            "volumes not known, images 0 B, logs not known; build cache of the whole engine not known"
        );
    }
}
